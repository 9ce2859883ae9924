"""Checks the templates: linters on the raw and on the transformed one, then what linters cannot know.

`sam validate --lint` passes a circular template and a literal token, so the template is linted again as CloudFormation
sees it after SAM's transform, and the rules in infra/rules look at what is particular to this project. Its tests break
the template once per rule and expect the rule's sentence.

Usage: .venv/bin/python infra/validate.py [TEMPLATE...]
"""

from __future__ import annotations

import copy
import json
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rules import RULES, UPLOAD_RULES, findings
from rules.source import read_source
from rules.stack import Stack

ROOT = Path(__file__).resolve().parent.parent

# cfn-lint-serverless knows SAM's defaults, not ours.
SERVERLESS_EXCEPTIONS = {
    "ES6000": "a failure queue needs no failure queue of its own",
    "ES7000": "a mail subscription has nothing to redrive; our rule covers the functions' subscriptions",
    "ES4000": "a tick that could not be delivered is made good by the next, and an alarm tells if none arrives",
    "WS1002": "the topic and the schedule are two principals, each let in by its own ARN",
    "WS1004": "looks for a log group by the function's name; our rule follows LoggingConfig",
}

# SAM asks once more for the condition of a function inside the bucket that sets it off, which has the same condition.
TRANSFORM_EXCEPTIONS = ("W1028",)

# One stack of it for each repository; it has no functions and no transform.
UPLOAD_TEMPLATE = ROOT / "infra" / "ci-upload.yaml"


def read_template(path: Path) -> dict[str, Any]:
    from cfnlint.decode import decode

    template, problems = decode(str(path))
    if problems:
        sys.exit(f"{path}: {problems[0].message}")
    # Plain dictionaries instead of cfn-lint's, which carry line numbers.
    return json.loads(json.dumps(template))


def transform(raw: dict[str, Any]) -> dict[str, Any]:
    """The template after SAM's transform, as CloudFormation will see it."""
    from samtranslator.translator.transform import transform as sam_transform

    # It would otherwise tell at exit that nobody collected its usage metrics.
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
    template = copy.deepcopy(raw)
    for resource in template["Resources"].values():
        if "CodeUri" in resource.get("Properties", {}):
            resource["Properties"]["CodeUri"] = "s3://packages/function.zip"
    defaults = {name: one["Default"] for name, one in template.get("Parameters", {}).items() if "Default" in one}
    return sam_transform(template, defaults, managed_policy_loader=None)


def read_stack(template: Path) -> Stack:
    raw = read_template(template)
    packages = sorted(ROOT.glob("functions/*/Cargo.toml"))
    sources = {path.parent.name: read_source(path.parent) for path in packages}
    settings = sorted((ROOT / "infra" / "local" / "env").glob("*.json"))
    by_hand = {path.stem: json.loads(path.read_text()) for path in settings}
    return Stack(raw, transform(raw), sources, read_source(ROOT / "shared"), by_hand, read_document())


def read_document() -> Any:
    """The document that restarts a container, as it lies beside its script."""
    import yaml

    return yaml.safe_load((ROOT / "infra" / "host" / "restart-container.yaml").read_text())


def lint(template: Path, *options: str) -> bool:
    command = [str(Path(sys.executable).parent / "cfn-lint"), "--template", str(template), *options]
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    print(answer.stdout + answer.stderr, end="")
    return answer.returncode == 0


def validate(template: Path) -> bool:
    stack = read_stack(template)
    with tempfile.TemporaryDirectory() as scratch:
        transformed = Path(scratch) / f"{template.stem}.transformed.json"
        transformed.write_text(json.dumps(stack.transformed, indent=1))
        linted = [
            lint(template, "--append-rules", "cfn_lint_serverless.rules", "--ignore-checks", *SERVERLESS_EXCEPTIONS),
            lint(transformed, "--ignore-checks", *TRANSFORM_EXCEPTIONS),
        ]
    rules = UPLOAD_RULES if template == UPLOAD_TEMPLATE else RULES
    found = findings(stack, rules)
    for sentence in found:
        print(f"{template.relative_to(ROOT)}: {sentence}", file=sys.stderr)
    checked = f"{len(stack.raw['Resources'])} resources, {len(rules)} rules"
    print(f"{template.relative_to(ROOT)}: {checked}, {len(found)} findings")
    return all(linted) and not found


def main() -> int:
    named = [Path(name).resolve() for name in sys.argv[1:]]
    templates = named or sorted((ROOT / "infra").glob("*.yaml"))
    # The watched service's template has no functions, so the linter says all there is to say.
    others = [] if named else sorted((ROOT / "infra").glob("*/template.yaml"))
    fine = [validate(template) for template in templates] + [lint(template) for template in others]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
