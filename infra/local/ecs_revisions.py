"""Service revisions: what each deployment of a service was to run, as it was then.

Replaces: `ecs._describe_service_revisions`.
Why: MiniStack always answers with an empty list. On AWS creating a service, and each update that
starts a deployment, makes a revision; a rollback makes none and uses the last successful one, and
deleting the service deletes them (developer guide, "Amazon ECS service revisions").
Does not: resolve tags (there is no registry, so only an image that names a digest has one); Service
Connect, volumes, VPC Lattice. AWS does not document a relation between the number of a revision and
the one in the id of a deployment (`ecs-svc/...`), so here they have none.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping
from typing import Any

from selfcheck import Name

REQUIRED = [
    Name("services.ecs", "_describe_service_revisions", "(data)"),
    Name("services.ecs", "_resolve_td_key", "(ref)"),
    Name("services.ecs", "_task_defs.get", "(key, default=None)"),
    Name("services.ecs", "_services.values", "()"),
    Name("services.ecs", "_sanitize", "(obj)"),
    Name("services.ecs", "_iso", "()"),
]

# As long as those in AWS's examples.
_NUMBER_DIGITS = 19

# What a revision copies of its service, where the service has it.
_COPIED = (
    "capacityProviderStrategy",
    "launchType",
    "loadBalancers",
    "networkConfiguration",
    "platformFamily",
    "platformVersion",
    "serviceRegistries",
)

_random = random.SystemRandom()


def number() -> str:
    """A number like those of revisions and deployments."""
    digits = "0123456789"
    return _random.choice(digits[1:]) + "".join(_random.choices(digits, k=_NUMBER_DIGITS - 1))


def record(service: dict[str, Any], task_definition: str) -> str:
    """Records what the service is to run from now on, and returns the ARN of the revision."""
    from ministack.services import ecs

    arn = f"{child_arn(service, 'service-revision')}/{number()}"
    service.setdefault("_revisions", {})[arn] = {
        "serviceRevisionArn": arn,
        "serviceArn": service["serviceArn"],
        "clusterArn": service["clusterArn"],
        "taskDefinition": task_definition,
        **{name: copy.deepcopy(service[name]) for name in _COPIED if service.get(name)},
        "containerImages": _images(task_definition),
        "guardDutyEnabled": False,
        "createdAt": ecs._iso(),
    }
    return arn


def child_arn(service: Mapping[str, Any], kind: str) -> str:
    """`arn:aws:ecs:<region>:<account>:<kind>/<cluster>/<service>`."""
    start, _, rest = str(service["serviceArn"]).rpartition(":service/")
    return f"{start}:{kind}/{rest}"


def described(arn: str) -> dict[str, Any] | None:
    """A revision of this account and region, as DescribeServiceRevisions shows it."""
    from ministack.services import ecs

    for service in ecs._services.values():
        if found := service.get("_revisions", {}).get(arn):
            return ecs._sanitize(found)
    return None


def _images(task_definition: str) -> list[dict[str, str]]:
    from ministack.services import ecs

    definition = ecs._task_defs.get(ecs._resolve_td_key(task_definition)) or {}
    return [_image(container) for container in definition.get("containerDefinitions") or []]


def _image(container: Mapping[str, Any]) -> dict[str, str]:
    image = str(container.get("image") or "")
    _, at, digest = image.partition("@")
    return {
        "containerName": str(container["name"]),
        **({"imageDigest": digest} if at else {}),
        "image": image,
    }
