"""What `docker` answers on a host, for `hosts_bin/docker`, which is the first of that name there.

Replaces nothing of MiniStack; it stands for docker's command line and daemon.
Why: what lambda-medic ships calls `docker` to restart a container, and a test has to see every word
that reached it: each call is kept, byte by byte, and shown by `GET /_medic/hosts`.
Knows `restart`, `ps` (`container ls`) and `inspect` with the options below, also as
`docker container ...`; texts and statuses are those of docker's command line 27, of what is known
of them from its source: 1 for what the daemon refuses, 125 for options that do not exist.
Does not: anything else of docker (it says so and exits with 1); tables wider than their words;
format strings with more than paths like `{{.State.Running}}` and `{{json .State}}`.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import hosts_docker_inspect
from hosts import Host
from hosts_containers import STOP_TIMEOUT_SECONDS, HostContainer

_KEPT_CALLS = 1000
_SHORT_ID = 12


@dataclass(frozen=True)
class Answer:
    stdout: str = ""
    stderr: str = ""
    status: int = 0


class Usage(Exception):
    """The command line was not understood; docker exits with 125."""


def run(host: Host, request: Any) -> dict[str, Any]:
    """Runs one call; may take as long as the container takes to stop."""
    words = _words(request)
    call: dict[str, Any] = {
        "at": time.time(),
        "argv": [word.decode("utf-8", "replace") for word in words],
        "argv_base64": [base64.b64encode(word).decode() for word in words],
        "status": None,
    }
    host.docker_calls.append(call)
    del host.docker_calls[:-_KEPT_CALLS]
    # Bytes that are no text stay apart from each other, and match no container.
    answer = _run(host, [word.decode("utf-8", "surrogateescape") for word in words[1:]])
    call["status"] = answer.status
    return {
        "stdout": answer.stdout,
        "stderr": answer.stderr.encode("utf-8", "replace").decode(),
        "status": answer.status,
    }


def _words(request: Any) -> list[bytes]:
    argv = request.get("argv_base64") if isinstance(request, dict) else None
    if not isinstance(argv, list) or not argv or not all(isinstance(word, str) for word in argv):
        raise ValueError("argv_base64 must be a list of texts")
    return [base64.b64decode(word, validate=True) for word in argv]


def _run(host: Host, words: Sequence[str]) -> Answer:
    words = list(words[1:]) if words[:1] == ["container"] else list(words)
    command = words[0] if words else ""
    handlers: dict[str, Callable[[Host, list[str]], Answer]] = {
        "restart": _restart,
        "ps": _list,
        "ls": _list,
        "list": _list,
        "inspect": _inspect,
    }
    if command not in handlers:
        text = f"docker: '{command}' is not a docker command (of this host).\nSee 'docker --help'\n"
        return Answer(stderr=text, status=1)
    try:
        return handlers[command](host, words[1:])
    except Usage as problem:
        hint = f"See 'docker {command} --help'.\n"
        return Answer(stderr=f"{problem}\n{hint}", status=125)


def _options(
    words: list[str], valued: dict[str, str], flags: dict[str, str]
) -> tuple[dict[str, list[str]], list[str]]:
    """The options by their long name, and the other words. `--` ends the options."""
    found: dict[str, list[str]] = {}
    rest: list[str] = []
    words = list(words)
    while words:
        word = words.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            rest += words
            break
        if not word.startswith("-") or word == "-":
            rest.append(word)
        elif name in flags and not equals:
            found.setdefault(flags[name], []).append("true")
        elif name in valued and (equals or words):
            found.setdefault(valued[name], []).append(value if equals else words.pop(0))
        elif name in valued:
            raise Usage(f"flag needs an argument: {name}")
        elif word.startswith("--"):
            raise Usage(f"unknown flag: {name}")
        else:
            raise Usage(f"unknown shorthand flag: {word[1:2]!r} in {word}")
    return found, rest


def _restart(host: Host, words: list[str]) -> Answer:
    options, names = _options(
        words, {"-t": "time", "--time": "time", "--timeout": "time"}, {}
    )
    timeout = STOP_TIMEOUT_SECONDS
    if "time" in options:
        text = options["time"][-1]
        if not re.fullmatch(r"-?\d{1,9}", text):
            raise Usage(f'invalid argument "{text}" for "-t, --time" flag: invalid syntax')
        timeout = float(text)
    if not names:
        return _too_few("restart")
    done, problems = "", ""
    for name in names:
        container = _find(host, name)
        if container is None:
            problems += f"Error response from daemon: No such container: {name}\n"
            continue
        try:
            # A negative time means without end.
            container.restart(timeout if timeout >= 0 else 1e6)
            done += f"{name}\n"
        except OSError as error:
            problems += f"Error response from daemon: Cannot restart container {name}: {error}\n"
    return Answer(done, problems, 1 if problems else 0)


def _list(host: Host, words: list[str]) -> Answer:
    options, names = _options(
        words,
        {"-f": "filter", "--filter": "filter"},
        {"-q": "quiet", "--quiet": "quiet", "-a": "all", "--all": "all", "--no-trunc": "whole"},
    )
    if names:
        return Answer(stderr='"docker ps" accepts no arguments.\n', status=1)
    wanted: dict[str, list[str]] = {}
    for text in options.get("filter", []):
        key, equals, value = text.partition("=")
        if not equals:
            raise Usage(f'invalid argument "{text}" for "-f, --filter" flag: invalid filter')
        if key not in ("name", "status", "id"):
            text = f"Error response from daemon: invalid filter '{key}'\n"
            return Answer(stderr=text, status=1)
        wanted.setdefault(key, []).append(value)
    is_whole = "all" in options or "status" in wanted
    length = None if "whole" in options else _SHORT_ID
    found = [
        container
        for container in host.containers.values()
        if (is_whole or container.pid is not None) and _matches(container, wanted)
    ]
    if "quiet" in options:
        return Answer("".join(f"{container.id[:length]}\n" for container in found))
    lines = ["CONTAINER ID   COMMAND   STATUS   NAMES"]
    lines += [f"{c.id[:length]}   {c.command[0]!r}   {c.status}   {c.name}" for c in found]
    return Answer("\n".join(lines) + "\n")


def _matches(container: HostContainer, wanted: dict[str, list[str]]) -> bool:
    """Values of one key are alternatives. A name is a regular expression, as in docker."""

    def is_named(pattern: str) -> bool:
        try:
            expression = re.compile(pattern)
        except re.error:
            return False
        return any(expression.search(name) for name in (container.name, f"/{container.name}"))

    return (
        ("name" not in wanted or any(map(is_named, wanted["name"])))
        and ("status" not in wanted or container.status in wanted["status"])
        and ("id" not in wanted or any(map(container.id.startswith, wanted["id"])))
    )


def _inspect(host: Host, words: list[str]) -> Answer:
    options, names = _options(
        words, {"-f": "format", "--format": "format", "--type": "type"}, {}
    )
    if not names:
        return _too_few("inspect")
    found = [container for name in names if (container := _find(host, name))]
    problems = "".join(
        f"Error: No such container: {name}\n" for name in names if _find(host, name) is None
    )
    try:
        text = hosts_docker_inspect.text(found, options.get("format", [None])[-1])
    except hosts_docker_inspect.BadFormat as error:
        return Answer(stderr=f"{error}\n", status=1)
    return Answer(text, problems, 1 if problems else 0)


def _find(host: Host, name: str) -> HostContainer | None:
    """By name, by id, or by the beginning of an id if only one begins like that."""
    if name in host.containers:
        return host.containers[name]
    if not name:
        return None
    found = [c for c in host.containers.values() if c.id.startswith(name)]
    return found[0] if len(found) == 1 else None


def _too_few(command: str) -> Answer:
    text = f'"docker {command}" requires at least 1 argument.\nSee \'docker {command} --help\'.\n'
    return Answer(stderr=text, status=1)
