"""Takes from GitHub's OpenAPI description what the CI log analyzer's client uses, as one JSON document for the fake GitHub.

    npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz
    python3 infra/contracts/github_openapi.py package/generated/api.github.com.json > infra/local/github/contract.json

The description is OpenAPI 3.0, whose schemas are no JSON Schemas: `nullable` becomes a type of its own here, and words for people go.
"""

import hashlib
import json
import sys

PACKAGE = "@octokit/openapi 23.0.2, generated/api.github.com.json"
LICENSE = "MIT, Copyright (c) 2020 Octokit contributors; see contract.LICENSE"
SHA256 = "829b4bebb19a53133289f7b0bc819f4f1118115821db2ca9f25e9ee995a7da2a"

# The same as in functions/ci-log-analyzer/src/github/endpoint.rs, where a test compares the two.
OPERATIONS = [
    "GET /user",
    "GET /repos/{owner}/{repo}",
    "GET /repos/{owner}/{repo}/installation",
    "POST /app/installations/{installation_id}/access_tokens",
    "GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}",
    "GET /repos/{owner}/{repo}/git/commits/{commit_sha}",
    "GET /repos/{owner}/{repo}/git/trees/{tree_sha}",
    "GET /repos/{owner}/{repo}/git/blobs/{file_sha}",
    "GET /repos/{owner}/{repo}/git/ref/{ref}",
    "GET /repos/{owner}/{repo}/git/matching-refs/{ref}",
    "POST /repos/{owner}/{repo}/git/blobs",
    "POST /repos/{owner}/{repo}/git/trees",
    "POST /repos/{owner}/{repo}/git/commits",
    "POST /repos/{owner}/{repo}/git/refs",
    "DELETE /repos/{owner}/{repo}/git/refs/{ref}",
    "GET /repos/{owner}/{repo}/pulls",
    "POST /repos/{owner}/{repo}/pulls",
    "GET /repos/{owner}/{repo}/issues",
    "POST /repos/{owner}/{repo}/issues",
    "POST /repos/{owner}/{repo}/issues/{issue_number}/labels",
    "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
    "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
    "GET /search/issues",
]

FOR_PEOPLE = {"description", "example", "examples", "externalDocs", "title", "deprecated", "default"}


def schema(value):
    """A schema of OpenAPI 3.0 as a JSON Schema."""
    if isinstance(value, list):
        return [schema(item) for item in value]
    if not isinstance(value, dict):
        return value
    plain = {}
    for key, item in value.items():
        if key == "properties":
            # Names of properties, whatever they are called.
            plain[key] = {name: schema(each) for name, each in item.items()}
        elif key == "enum":
            plain[key] = list(item)
        elif key not in FOR_PEOPLE | {"nullable"} and not key.startswith("x-"):
            plain[key] = schema(item)
    return nullable(plain) if value.get("nullable") else plain


def nullable(plain):
    """The same, or null."""
    if isinstance(plain.get("type"), str):
        plain["type"] = [plain["type"], "null"]
        if "enum" in plain and None not in plain["enum"]:
            plain["enum"].append(None)
        return plain
    return {"anyOf": [plain, {"type": "null"}]}


def resolved(root, value):
    """What a reference leads to."""
    while "$ref" in value:
        target = root
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        value = target
    return value


def body(part):
    """The JSON Schema of a body, if there is one."""
    content = part.get("content", {}).get("application/json")
    return schema(content["schema"]) if content else None


def operation(root, line):
    method, path = line.split(" ")
    described = root["paths"][path][method.lower()]
    parameters = [resolved(root, each) for each in described.get("parameters", [])]
    answers = {status: resolved(root, each) for status, each in described["responses"].items()}
    return {
        "id": described["operationId"],
        "method": method,
        "path": path,
        "query": {each["name"]: schema(each["schema"]) for each in parameters if each["in"] == "query"},
        "body": body(resolved(root, described["requestBody"])) if "requestBody" in described else None,
        "answers": {status: body(each) for status, each in answers.items()},
    }


def references(value, found):
    """The names of all schemas that are referred to."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            found.add(value["$ref"].rsplit("/", 1)[1])
        for item in value.values():
            references(item, found)
    elif isinstance(value, list):
        for item in value:
            references(item, found)
    return found


def contract(root):
    operations = [operation(root, line) for line in OPERATIONS]
    schemas, open_names = {}, references(operations, set())
    while open_names:
        name = open_names.pop()
        schemas[name] = schema(root["components"]["schemas"][name])
        open_names |= references(schemas[name], set()) - schemas.keys()
    return {
        "from": PACKAGE,
        "license": LICENSE,
        "made_by": "infra/contracts/github_openapi.py",
        "operations": operations,
        "components": {"schemas": dict(sorted(schemas.items()))},
    }


def main():
    with open(sys.argv[1], "rb") as file:
        text = file.read()
    if hashlib.sha256(text).hexdigest() != SHA256:
        sys.exit(f"github_openapi: {sys.argv[1]} is not that of {PACKAGE}")
    json.dump(contract(json.loads(text)), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
