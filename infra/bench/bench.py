"""Start-up time and size of the packaged functions, beside an empty Rust function and the same clients in Python, and the
memory of the one that answers alarms.

Usage: .venv/bin/python infra/bench/bench.py [--runs N] [--deliveries N]      (`make bench` packages the functions first)

Prints what was measured and whether the bars hold; exit code 1 if one does not. Times are of this machine and vary with
what else it does: the runs are interleaved, so that all of them see the same of it, and the median is what counts.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import statistics
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from deliveries import SERVICES, Delivered, deliver
from start import Start, first_poll

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "target" / "lambda"
PACKAGE = PACKAGES / "alarm-playbook"
SETTINGS = ROOT / "infra" / "local" / "env"

FUNCTION, CI_FUNCTION, ANALYST, EXPORTER = "alarm-playbook", "ci-log-analyzer", "incident-analyst", "log-exporter"
EMPTY, PYTHON = "empty Rust function", f"Python {platform.python_version()} and boto3"

# What was promised; README.md quotes the figures.
START_MS = 6.0
START_OF_PYTHONS = 1 / 20
PEAK_MIB = 20.0
# SSH, seven SDK clients and the time zones come to 6.3 MB; Lambda takes 50 MB (quotas), and a start does not read it all.
ZIP_MB = 7.0


@dataclass(frozen=True)
class Bar:
    what: str
    value: float
    limit: float
    unit: str

    @property
    def is_kept(self) -> bool:
        return self.value <= self.limit

    def __str__(self) -> str:
        verdict = "kept" if self.is_kept else "MISSED"
        value, limit = (f"{number:.3g} {self.unit}".rstrip() for number in (self.value, self.limit))
        return f"  {verdict:<7}{self.what}: {value}, at most {limit}"


def main() -> int:
    arguments = parse_arguments()
    environment = function_environment(FUNCTION)
    starts = measure_starts(arguments.runs)
    print(table(starts))
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores: on a busy machine all of this takes longer")
    delivered = deliver(PACKAGE / "bootstrap", environment, arguments.deliveries)
    answers = ", ".join(f"{count} {answer}" for answer, count in delivered.answers.most_common())
    print(f"\n{arguments.deliveries} deliveries: {answers}")
    services = f"{delivered.restarted} of {len(SERVICES)} services restarted"
    print(f"{services}, {delivered.recovered} recoveries proven, {delivered.mails} mails\n")
    sizes = {name: zip_bytes(PACKAGES / name) for name in (FUNCTION, CI_FUNCTION, ANALYST, EXPORTER)}
    kept = bars(starts, delivered, arguments.deliveries, sizes)
    print(*kept, sep="\n")
    if not did_all(delivered):
        print("  MISSED the deliveries did not lead to a restart, a proven recovery and mails for each service")
        return 1
    return 0 if all(bar.is_kept for bar in kept) else 1


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="start-up time, memory and size of the packaged functions")
    parser.add_argument("--runs", type=int, default=30, help="starts of each function (30)")
    parser.add_argument("--deliveries", type=int, default=1000, help="events for the measurement of memory (1000)")
    return parser.parse_args()


def function_environment(function: str) -> dict[str, str]:
    """What Lambda would set, with the settings for running the function by hand."""
    return {
        **json.loads((SETTINGS / f"{function}.json").read_text()),
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_LAMBDA_FUNCTION_NAME": function,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
        "LAMBDA_TASK_ROOT": str(PACKAGES / function),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
    }


def measure_starts(runs: int) -> dict[str, list[Start]]:
    commands = {
        FUNCTION: ([str(PACKAGE / "bootstrap")], function_environment(FUNCTION)),
        CI_FUNCTION: ([str(PACKAGES / CI_FUNCTION / "bootstrap")], function_environment(CI_FUNCTION)),
        ANALYST: ([str(PACKAGES / ANALYST / "bootstrap")], function_environment(ANALYST)),
        EXPORTER: ([str(PACKAGES / EXPORTER / "bootstrap")], function_environment(EXPORTER)),
        EMPTY: ([str(PACKAGES / "empty-function" / "bootstrap")], function_environment(FUNCTION)),
        PYTHON: ([sys.executable, str(Path(__file__).with_name("python_function.py"))], function_environment(FUNCTION)),
    }
    # Once without counting: files come from the disk then, and Python compiles.
    for command, environment in commands.values():
        first_poll(command, environment)
    starts: dict[str, list[Start]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, (command, environment) in commands.items():
            starts[name].append(first_poll(command, environment))
    return starts


def table(starts: dict[str, list[Start]]) -> str:
    lines = [f"{'process start to first poll':<30}{'median':>11}{'fastest':>11}{'slowest':>11}{'ratio':>8}{'memory':>11}"]
    for name, of_name in starts.items():
        times = [start.seconds * 1000 for start in of_name]
        ratio = median_ms(of_name) / median_ms(starts[FUNCTION])
        memory = statistics.median(start.peak_bytes for start in of_name) / 2**20
        milliseconds = "".join(f"{value:>8.2f} ms" for value in (median_ms(of_name), min(times), max(times)))
        lines.append(f"{name:<30}{milliseconds}{ratio:>8.2f}{memory:>7.1f} MiB")
    return "\n".join(lines)


def median_ms(starts: list[Start]) -> float:
    return statistics.median(start.seconds for start in starts) * 1000


def bars(starts: dict[str, list[Start]], delivered: Delivered, count: int, sizes: dict[str, int]) -> list[Bar]:
    ours, pythons = (median_ms(starts[name]) for name in (FUNCTION, PYTHON))
    kept = [
        Bar("start to first poll", ours, START_MS, "ms"),
        Bar("the same as a part of Python's", ours / pythons, START_OF_PYTHONS, ""),
        Bar(f"peak memory over {count} deliveries", delivered.peak_bytes / 2**20, PEAK_MIB, "MiB"),
        Bar("package, zipped", sizes[FUNCTION] / 1e6, ZIP_MB, "MB"),
    ]
    for other in (CI_FUNCTION, ANALYST, EXPORTER):
        start = median_ms(starts[other])
        kept += [
            Bar(f"start of {other} to first poll", start, START_MS, "ms"),
            Bar("the same as a part of Python's", start / pythons, START_OF_PYTHONS, ""),
            Bar(f"package of {other}, zipped", sizes[other] / 1e6, ZIP_MB, "MB"),
        ]
    return kept


def did_all(delivered: Delivered) -> bool:
    """Whether the memory is that of a function which did everything, from the restart to the last mail."""
    return delivered.restarted == len(SERVICES) and min(delivered.recovered, delivered.mails) >= len(SERVICES)


def zip_bytes(package: Path) -> int:
    """The size of the package as `aws cloudformation package` makes it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in package.rglob("*") if path.is_file()):
            archive.write(file, file.relative_to(package))
    return packed.tell()


if __name__ == "__main__":
    sys.exit(main())
