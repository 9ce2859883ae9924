"""The addresses of ECS tasks.

Replaces nothing itself.
Why: two tasks on one machine cannot both listen on the container's port, and a target group knows
its targets by address. A task has an invented private address, in the CIDR of its subnet if
MiniStack knows the subnet and in 10.0.0.0/16 otherwise (so any value does for `subnets`). Its
targets are registered under that address and the container's port; behind it is the process on
127.0.0.1 (`networkBindings` of DescribeTasks tells the real port, which AWS does with `bridge`
only).
Does not: security groups, public addresses, target groups of type `instance` (the address it is).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

from ecs_task_records import container_of
from selfcheck import Name

REQUIRED = [
    Name("services.ec2", "_subnets.get", "(key, default=None)"),
    Name("core.responses", "new_uuid", "()"),
]

_OTHER_NETWORK = IPv4Network("10.0.0.0/16")

# AWS keeps the first four addresses of a subnet for itself.
_FIRST_HOST = 4

_hosts = itertools.count()


def attach(task: dict[str, Any]) -> str:
    """Gives the task a network interface with an address of its own."""
    from ministack.core.responses import new_uuid
    from ministack.services import ec2

    subnet = ec2._subnets.get(task.get("_subnet") or "")
    network = IPv4Network(subnet["CidrBlock"]) if subnet else _OTHER_NETWORK
    usable = network.num_addresses - _FIRST_HOST - 1
    address = str(network[_FIRST_HOST + next(_hosts) % max(1, usable)])
    attachment = new_uuid()
    details = {"subnetId": task.get("_subnet"), "privateIPv4Address": address}
    task["attachments"] = [
        {
            "id": attachment,
            "type": "ElasticNetworkInterface",
            "status": "ATTACHED",
            "details": [{"name": n, "value": value} for n, value in details.items() if value],
        }
    ]
    for container in task["containers"]:
        interface = {"attachmentId": attachment, "privateIpv4Address": address}
        container["networkInterfaces"] = [interface]
    return address


def bind(task: dict[str, Any], container: Mapping[str, Any], port: int) -> None:
    bindings = [
        {
            "bindIP": "127.0.0.1",
            "containerPort": int(mapping["containerPort"]),
            "hostPort": port,
            "protocol": mapping.get("protocol") or "tcp",
        }
        for mapping in container.get("portMappings") or []
    ]
    container_of(task, container["name"])["networkBindings"] = bindings
