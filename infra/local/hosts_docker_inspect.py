"""The text of `docker inspect`: its JSON, or what a format string picks from it.

Replaces nothing itself.
Why: what lambda-medic ships looks at `.State.Running` to see that a container runs again.
Does not: more of docker's JSON than below; more of its format language than paths and `json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from hosts_containers import HostContainer

_ACTION = re.compile(r"\{\{\s*(json\s+)?((?:\.\w+)+|\.)\s*\}\}")


class BadFormat(Exception):
    pass


def text(containers: Sequence[HostContainer], template: str | None) -> str:
    facts = [_facts(container) for container in containers]
    if template is None:
        return json.dumps(facts, indent=4) + "\n"
    return "".join(_filled(template, fact) + "\n" for fact in facts)


def _facts(container: HostContainer) -> dict[str, Any]:
    is_running = container.pid is not None
    return {
        "Id": container.id,
        "Created": container.created,
        "Path": container.command[0],
        "Args": container.command[1:],
        "State": {
            "Status": container.status,
            "Running": is_running,
            "Paused": False,
            "Restarting": False,
            "OOMKilled": False,
            "Dead": False,
            "Pid": container.pid or 0,
            "ExitCode": 0 if is_running else container.exit_code,
            "Error": "",
            "StartedAt": container.started_at,
            "FinishedAt": container.finished_at,
        },
        "Name": f"/{container.name}",
        # Those of its restart policy, of which it has none.
        "RestartCount": 0,
        "Config": {
            "Env": [f"{name}={value}" for name, value in container.environment.items()],
            "Cmd": container.command,
        },
    }


def _filled(template: str, facts: dict[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        found: Any = facts
        for name in filter(None, match[2].split(".")):
            if not isinstance(found, dict) or name not in found:
                raise BadFormat(
                    f'template parsing error: template: :1: executing "" at <{match[2]}>: '
                    f'map has no entry for key "{name}"'
                )
            found = found[name]
        is_text = isinstance(found, str) and not match[1]
        return found if is_text else json.dumps(found, separators=(",", ":"))

    rest = _ACTION.sub("", template)
    if "{{" in rest:
        raise BadFormat("template parsing error: this docker knows paths and json only")
    return _ACTION.sub(value, template)
