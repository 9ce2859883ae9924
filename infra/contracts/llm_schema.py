"""Exports the types of the requests for chat completions of the official SDKs as JSON Schema: see llm.sh."""

import importlib.metadata
import json
import pathlib
import sys

from groq.types.chat.completion_create_params import CompletionCreateParams as Groq
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming as OpenAi
from pydantic import TypeAdapter


def closed(schema: object) -> object:
    """The schema without words for people, and with every object closed: what a type does not name, the SDK does not send."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {}
    for key, value in schema.items():
        if key == "properties":
            kept[key] = {name: closed(item) for name, item in value.items()}
        elif key not in ("description", "title"):
            kept[key] = closed(value)
    if "properties" in kept:
        kept.setdefault("additionalProperties", False)
    return kept


def main(folder: pathlib.Path) -> None:
    """Writes one file per SDK."""
    for package, request in (("openai", OpenAi), ("groq", Groq)):
        schema = {
            "$comment": f"From the PyPI package {package} {importlib.metadata.version(package)} (Apache-2.0) by "
            "infra/contracts/llm.sh: do not edit.",
            **closed(TypeAdapter(request).json_schema()),
        }
        text = json.dumps(schema, indent=1, sort_keys=True) + "\n"
        (folder / f"{package}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
