"""Prints the targets of a playbook file that no ARN covers, one per line as `cluster/service (playbook)` or
`instance (playbook)`.

Only targets with a fixed cluster and service, or instance: one that a dimension chooses is known when its alarm arrives.

Usage: .venv/bin/python infra/toolchain/uncovered_targets.py PLAYBOOK_FILE SERVICE_ARNS INSTANCE_ARNS
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml


def main(file: str, services: str, instances: str) -> None:
    playbooks = yaml.safe_load(Path(file).read_text())
    for line in uncovered(playbooks, services) + uncovered_instances(playbooks, instances):
        print(line)


def uncovered(playbooks: dict[str, Any], arns: str) -> list[str]:
    services = {arn.strip().partition(":service/")[2] for arn in arns.split(",")}
    return [
        f"{cluster}/{service} ({name})"
        for name, cluster, service in fixed_targets(playbooks)
        # An ARN of the old form has no cluster in it.
        if not {f"{cluster}/{service}", service} & services
    ]


def uncovered_instances(playbooks: dict[str, Any], arns: str) -> list[str]:
    """Those that the agent of a host would restart; over SSH no permission on the instance is asked for."""
    covered = {arn.strip().partition(":instance/")[2] for arn in arns.split(",")}
    by_agent = [one for one in playbooks["playbooks"] if "restart_container" in one.get("steps", [])]
    named = [(one["name"], one["target"].get("ec2_container", {}).get("instance")) for one in by_agent]
    return [f"{instance} ({name})" for name, instance in named if isinstance(instance, str) and instance not in covered]


def fixed_targets(playbooks: dict[str, Any]) -> list[tuple[str, str, str]]:
    targets = [(one["name"], one["target"].get("ecs_service", {})) for one in playbooks["playbooks"]]
    named = [(name, target.get("cluster"), target.get("service")) for name, target in targets]
    return [one for one in named if all(isinstance(part, str) for part in one)]


if __name__ == "__main__":
    main(*sys.argv[1:])
