"""Entry point of the local cloud: MiniStack with our overlay, in one process.

Contract with whoever starts it:
- one line of JSON on standard output when it is ready: `{"endpoint", "account", "region"}`;
  everything else goes to standard error;
- it listens on 127.0.0.1, on a free port unless `LOCAL_CLOUD_PORT` names one;
- it ends on SIGTERM, on SIGINT, and when its standard input reaches end of file (the parent died
  or closed the pipe), and takes every Lambda process with it;
- it exits with 1 and says why when the MiniStack it finds is not the one it was written for.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NoReturn, TextIO

import log_clock
import overlay
import processes
import selfcheck
import ssm_agent
import tasks

HOST = "127.0.0.1"
_SCRATCH_PREFIX = "medic-local-cloud-"
ACCOUNT = "111122223333"
REGION = "eu-west-1"

# It takes less than a second; a busy machine may need several.
READY_WITHIN_SECONDS = 30.0

# What of the caller's environment reaches MiniStack and, through it, the functions. Anything else
# (above all the caller's real AWS credentials and profile) must not.
_INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "RUST_BACKTRACE", "VIRTUAL_ENV")

# Settings of MiniStack that a user of the local cloud may choose.
_SETTABLE = {
    "LOG_LEVEL": "WARNING",
    # AWS waits one minute, then two, before it repeats a failed asynchronous invocation. Here it
    # is one second, then two, so that a test can wait for it.
    "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "1",
    "LAMBDA_ACCOUNT_CONCURRENCY": "1000",
    "ECS_ROLLOUT_SECONDS": "2",
    "ECS_LOCAL_IMAGES": "{}",
    "ALB_HEALTH_CHECK_SPEEDUP": "1",
    "SSM_DELIVERY_SPEEDUP": "1",
    **log_clock.DEFAULTS,
}


# Their warnings concern nobody here: a package that KMS signatures would need, and SAM's telemetry.
_TALKATIVE = ("kms", "samtranslator")


def environment(caller: dict[str, str], port: int, scratch: Path) -> dict[str, str]:
    """The whole environment the cloud runs in."""
    endpoint = f"http://{HOST}:{port}"
    inherited = {name: caller[name] for name in _INHERITED if name in caller}
    settable = {name: caller.get(name, default) for name, default in _SETTABLE.items()}
    return {
        **inherited,
        **settable,
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        # Host names that MiniStack hands out (queue URLs) must resolve without a DNS entry.
        "MINISTACK_HOST": HOST,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        # All state lives in memory and in the scratch directory.
        "TMPDIR": str(scratch),
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        # After a burst, idle Lambda processes are worth little here and cost memory.
        "LAMBDA_WARM_TTL_SECONDS": "60",
        # Listeners on fixed ports that nothing here needs.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        # The same behaviour with and without a container engine on the machine.
        "DOCKER_HOST": f"unix://{scratch}/no-docker.sock",
    }


def main() -> None:
    announce = _keep_stdout_for_the_announcement()
    _remove_leftovers()
    scratch = Path(tempfile.mkdtemp(prefix=f"{_SCRATCH_PREFIX}{os.getpid()}-"))
    signal.signal(signal.SIGTERM, lambda *_: _end(scratch, 0))
    signal.signal(signal.SIGINT, lambda *_: _end(scratch, 0))
    threading.Thread(target=_end_with_stdin, args=(scratch,), daemon=True).start()

    listener = _listen(scratch)
    port = listener.getsockname()[1]
    settings = environment(dict(os.environ), port, scratch)
    os.environ.clear()
    os.environ.update(settings)
    tempfile.tempdir = str(scratch)
    for talkative in _TALKATIVE:
        logging.getLogger(talkative).setLevel(logging.ERROR)

    # MiniStack reads its environment when it is imported, which the check of its names does first.
    problems = selfcheck.version_problems() or selfcheck.name_problems(overlay.REQUIRED)
    problems += tasks.image_problems() + ssm_agent.setting_problems()
    problems += log_clock.setting_problems()
    for problem in problems:
        print(f"local cloud: {problem}", file=sys.stderr)
    if problems:
        _end(scratch, 1)

    processes.install()
    overlay.install()
    threading.Thread(
        target=_announce_when_ready, args=(announce, port, scratch), daemon=True
    ).start()
    try:
        asyncio.run(_serve(listener, overlay.app))
    except Exception as error:  # the last resort: say it, and leave nothing behind
        print(f"local cloud: the server failed: {error!r}", file=sys.stderr)
    _end(scratch, 1)


def _listen(scratch: Path) -> socket.socket:
    port = os.environ.get("LOCAL_CLOUD_PORT", "0")
    try:
        return socket.create_server((HOST, int(port)))
    except (OSError, ValueError) as error:
        print(f"local cloud: cannot listen on {HOST}:{port}: {error}", file=sys.stderr)
        _end(scratch, 1)


def _keep_stdout_for_the_announcement() -> TextIO:
    """Hands out the real standard output and points the ordinary one at standard error."""
    announce = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return announce


def _remove_leftovers() -> None:
    """Removes the scratch directories of clouds that were killed before they could."""
    for path in Path(tempfile.gettempdir()).glob(f"{_SCRATCH_PREFIX}*-*"):
        pid = path.name.removeprefix(_SCRATCH_PREFIX).split("-")[0]
        if pid.isdigit() and not _is_running(int(pid)):
            shutil.rmtree(path, ignore_errors=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _end(scratch: Path, status: int) -> NoReturn:
    """Ends the process at once: there is no state worth an orderly shutdown."""
    processes.kill_all()
    shutil.rmtree(scratch, ignore_errors=True)
    sys.stderr.flush()
    os._exit(status)


def _end_with_stdin(scratch: Path) -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:  # no standard input at all: nobody could ever close it
        pass
    _end(scratch, 0)


async def _serve(listener: socket.socket, app: object) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.keep_alive_timeout = 75
    config.backlog = 1024
    config.loglevel = os.environ["LOG_LEVEL"]
    # The signals are ours; the server itself never has to stop.
    await serve(app, config, shutdown_trigger=asyncio.Event().wait)


def _announce_when_ready(announce: TextIO, port: int, scratch: Path) -> None:
    endpoint = f"http://{HOST}:{port}"
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while not _answers(f"{endpoint}/_ministack/health"):
        if time.monotonic() > deadline:
            print(f"local cloud: not ready after {READY_WITHIN_SECONDS:.0f} s", file=sys.stderr)
            _end(scratch, 1)
        time.sleep(0.02)
    line = {"endpoint": endpoint, "account": ACCOUNT, "region": REGION}
    try:
        print(json.dumps(line), file=announce, flush=True)
    except BrokenPipeError:
        _end(scratch, 0)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    main()
