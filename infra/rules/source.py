"""What the Rust code of a package says about itself, as far as the template has to agree with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

# botocore's name where it is not the SDK's.
BOTOCORE_NAME = {
    "applicationautoscaling": "application-autoscaling",
    "cloudwatchlogs": "logs",
    "elasticloadbalancingv2": "elbv2",
    "resourcegroupstagging": "resourcegroupstaggingapi",
}

# What stands in metrics.rs beside the names of metrics: the embedded metric format's own words, units and dimensions.
NOT_METRICS = frozenset(
    "CloudWatchMetrics Count Decision Dimensions FunctionName LambdaMedic Metrics Milliseconds Name Namespace None Seconds "
    "StorageResolution Timestamp Unit".split()
)


@dataclass(frozen=True)
class Source:
    """What the Rust code of one package says about itself."""

    variables: frozenset[str] | None  # read by config.rs; None if there is no config.rs
    calls: frozenset[str]  # `.call()` outside of tests
    services: frozenset[str]  # the SDK crates it uses, without `aws-sdk-`
    metrics: frozenset[str] | None = None  # named in metrics.rs; None if there is no metrics.rs
    words: frozenset[str] = frozenset()  # quoted words anywhere outside of tests, such as `remediate`


def read_source(package: Path) -> Source:
    config = package / "src" / "config.rs"
    names = re.findall(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"', production(config)) if config.exists() else None
    # Lambda itself sets these.
    ours = None if names is None else frozenset(name for name in names if not name.startswith(("AWS_", "LAMBDA_")))
    dependencies = (package / "Cargo.toml").read_text().split("[dev-dependencies]")[0]
    code = deployed(package / "src")
    return Source(
        ours,
        frozenset(re.findall(r"\.([a-z][a-z0-9_]*)\(\s*\)", code)),
        frozenset(re.findall(r"^aws-sdk-(\w+)", dependencies, re.MULTILINE)),
        metrics(package / "src" / "metrics.rs"),
        frozenset(re.findall(r'"([a-z]+)"', code)),
    )


def metrics(file: Path) -> frozenset[str] | None:
    if not file.exists():
        return None
    return frozenset(re.findall(r'"([A-Z][a-z]+(?:[A-Z][a-z]+)*)"', production(file))) - NOT_METRICS


def production(path: Path) -> str:
    """A Rust file without its tests and comments."""
    code = path.read_text().split("#[cfg(test)]")[0]
    return re.sub(r"//.*", "", code)


def deployed(folder: Path) -> str:
    """All of a package's code, without tests and comments."""
    paths = [path for path in sorted(folder.rglob("*.rs")) if "tests" not in (path.stem, path.parent.name)]
    return "\n".join(production(path) for path in paths)


def operations(service: str, known: dict[str, frozenset[str]] = {}) -> frozenset[str]:  # noqa: B006, a cache on purpose
    """All operations of an AWS service, as the SDK names them."""
    if service not in known:
        import botocore.session
        from botocore import xform_name

        model = botocore.session.get_session().get_service_model(BOTOCORE_NAME.get(service, service))
        known[service] = frozenset(xform_name(name) for name in model.operation_names)
    return known[service]
