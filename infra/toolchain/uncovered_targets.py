"""Prints the targets of a playbook file that no service ARN covers, one per line as `cluster/service (playbook)`.

Only targets with a fixed cluster and service: one that a dimension chooses is known when its alarm arrives.

Usage: .venv/bin/python infra/toolchain/uncovered_targets.py PLAYBOOK_FILE SERVICE_ARNS
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml


def main(file: str, arns: str) -> None:
    for line in uncovered(yaml.safe_load(Path(file).read_text()), arns):
        print(line)


def uncovered(playbooks: dict[str, Any], arns: str) -> list[str]:
    services = {arn.strip().partition(":service/")[2] for arn in arns.split(",")}
    return [
        f"{cluster}/{service} ({name})"
        for name, cluster, service in fixed_targets(playbooks)
        # An ARN of the old form has no cluster in it.
        if not {f"{cluster}/{service}", service} & services
    ]


def fixed_targets(playbooks: dict[str, Any]) -> list[tuple[str, str, str]]:
    targets = [(one["name"], one["target"].get("ecs_service", {})) for one in playbooks["playbooks"]]
    named = [(name, target.get("cluster"), target.get("service")) for name, target in targets]
    return [one for one in named if all(isinstance(part, str) for part in one)]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
