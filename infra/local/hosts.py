"""EC2 hosts whose containers are real processes: `POST` and `GET /_medic/hosts`.

Replaces nothing of MiniStack; wraps `ec2.reset`, and adds EC2 instances to the tagging API's
`_COLLECTORS`.
Why: MiniStack's instances run nothing without a container engine, and no template can say what an
`AWS::EC2::Instance` runs. A host is an instance record of MiniStack's (DescribeInstances and
DescribeTags show it) with an SSM Agent and containers, all of which end with the cloud.
Does not: follow StopInstances, RebootInstances or TerminateInstances, which change the record only;
isolate hosts from each other or from this machine (see `tasks`).
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hosts_containers import HostContainer
from selfcheck import Name

REQUIRED = [
    Name("services.ec2", "_instances.get", "(key, default=None)"),
    Name(
        "services.ec2",
        "_launch_instances_internal",
        "(image_id, instance_type, subnet_id, count, key_name='', user_data='', sg_ids=None, "
        "requested_private_ip=None, iam_profile=None)",
    ),
    Name("services.ec2", "_DEFAULT_SUBNET_ID"),
    Name("services.ec2", "_volumes.values", "()"),
    Name("services.ec2", "_tags.get", "(key, default=None)"),
    Name("services.ec2", "reset", "()"),
    Name("services.tagging", "_COLLECTORS"),
    Name("core.responses", "get_account_id", "()"),
    Name("core.responses", "get_region", "()"),
]

ONLINE, CONNECTION_LOST = "Online", "ConnectionLost"

_INSTANCE = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})")
# As docker names containers, which wants two characters; one is allowed here as in our document.
_CONTAINER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
_MOST_CONTAINERS = 100

_PROGRAMS = Path(__file__).resolve().parent / "hosts_bin"
# What a service has on Debian and Amazon Linux.
_USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Refused(Exception):
    """What was asked for cannot be done; the text says why."""


@dataclass
class Host:
    instance: str
    account: str
    region: str
    containers: dict[str, HostContainer]
    directory: Path
    """Where what runs on it may keep something."""
    ping: str = ONLINE
    last_ping: float = field(default_factory=time.time)
    registered: float = field(default_factory=time.time)
    docker_calls: list[dict[str, Any]] = field(default_factory=list)
    """What its `docker` was asked, oldest first (see `hosts_docker`)."""

    @property
    def arn(self) -> str:
        return f"arn:aws:ec2:{self.region}:{self.account}:instance/{self.instance}"

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of what runs on it; its `docker` comes first."""
        return {
            "PATH": f"{_PROGRAMS}:{_USUAL_PATH}",
            "MEDIC_LOCAL_HOST": f"{os.environ['AWS_ENDPOINT_URL']}/_medic/hosts/{self.instance}",
            "MEDIC_LOCAL_PYTHON": sys.executable,
            "LAMBDA_MEDIC_ATTEMPTS": str(self.directory / "attempts"),
        }

    @property
    def is_online(self) -> bool:
        return self.ping == ONLINE


_hosts: dict[str, Host] = {}


def install() -> None:
    from ministack.services import ec2, tagging

    reset = ec2.reset

    def reset_with_hosts() -> None:
        for host in list(_hosts.values()):
            for container in host.containers.values():
                container.remove()
            shutil.rmtree(host.directory, ignore_errors=True)
        _hosts.clear()
        reset()

    ec2.reset = reset_with_hosts
    tagging._COLLECTORS["ec2"] = _tagged_instances


def add(request: Any) -> dict[str, Any]:
    """Makes a host and starts its containers."""
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import ec2

    instance, tags, containers = _checked(request)
    if instance in _hosts or ec2._instances.get(instance) is not None:
        raise Refused(f"there is an instance {instance} already")
    started: list[HostContainer] = []
    try:
        for container in containers.values():
            container.start()
            started.append(container)
    except OSError as error:
        for container in started:
            container.remove()
        raise Refused(f"a container cannot be started: {error}") from None
    _record_instance(instance, tags)
    directory = Path(tempfile.mkdtemp(prefix=f"{instance}-"))
    host = _hosts[instance] = Host(instance, get_account_id(), get_region(), containers, directory)
    return describe(host)


def find(instance: str) -> Host | None:
    return _hosts.get(instance)


def every() -> list[Host]:
    return list(_hosts.values())


def set_ping(host: Host, request: Any) -> dict[str, Any]:
    """Takes the host's agent off line, or back."""
    status = request.get("status") if isinstance(request, dict) else None
    if status not in (ONLINE, CONNECTION_LOST):
        raise Refused(f"status must be {ONLINE} or {CONNECTION_LOST}")
    if host.is_online:
        host.last_ping = time.time()
    host.ping = status
    return describe(host)


def describe(host: Host) -> dict[str, Any]:
    from ministack.services import ec2

    return {
        "instance": host.instance,
        "arn": host.arn,
        "tags": {tag["Key"]: tag["Value"] for tag in ec2._tags.get(host.instance) or []},
        "ping_status": host.ping,
        "containers": [container.describe() for container in host.containers.values()],
        "environment": host.environment,
        "docker_calls": list(host.docker_calls),
    }


def _checked(request: Any) -> tuple[str, dict[str, str], dict[str, HostContainer]]:
    if not isinstance(request, dict):
        raise Refused("a host is a JSON object")
    instance = request.get("instance")
    if not isinstance(instance, str) or not _INSTANCE.fullmatch(instance):
        raise Refused("instance must be an id like i-0123456789abcdef0")
    tags, containers = request.get("tags", {}), request.get("containers", {})
    if not _is_text_map(tags):
        raise Refused("tags must be an object of texts")
    if not isinstance(containers, dict) or len(containers) > _MOST_CONTAINERS:
        raise Refused(f"containers must be an object of {_MOST_CONTAINERS} at most")
    return instance, tags, {name: _container(name, spec) for name, spec in containers.items()}


def _container(name: str, spec: Any) -> HostContainer:
    if not _CONTAINER.fullmatch(name):
        raise Refused(f"{name!r} is no name of a container")
    command = spec.get("command") if isinstance(spec, dict) else None
    if not isinstance(command, list) or not command or not all(map(_is_argument, command)):
        raise Refused(f"container {name}: command must be a list of texts, the program first")
    environment = spec.get("environment", {})
    if not _is_text_map(environment) or not all(map(_is_argument, environment.values())):
        raise Refused(f"container {name}: environment must be an object of texts")
    port = spec.get("port")
    if port is not None and (type(port) is not int or not 0 < port < 65536):
        raise Refused(f"container {name}: port must be a number of 1 to 65535")
    return HostContainer(name, command, environment, port)


def _is_argument(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value


def _is_text_map(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _record_instance(instance: str, tags: Mapping[str, str]) -> None:
    """MiniStack chooses ids itself, so its record is made and then renamed."""
    from ministack.services import ec2

    (record,) = ec2._launch_instances_internal(
        "ami-0000000000000000a", "t3.micro", ec2._DEFAULT_SUBNET_ID, 1
    )
    chosen = record["InstanceId"]
    ec2._instances.pop(chosen, None)
    record["InstanceId"] = instance
    ec2._instances[instance] = record
    for volume in ec2._volumes.values():
        for attachment in volume.get("Attachments", []):
            if attachment["InstanceId"] == chosen:
                attachment["InstanceId"] = instance
    if tags:
        ec2._tags[instance] = [{"Key": key, "Value": value} for key, value in tags.items()]


def _tagged_instances() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """As on AWS, what never had a tag is not found."""
    for host in every():
        tags = describe(host)["tags"]
        if tags:
            yield host.arn, [{"Key": key, "Value": value} for key, value in tags.items()]
