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
    "Bytes CloudWatchMetrics Count Decision Dimensions FunctionName LambdaMedic Metrics Milliseconds Mode Name Namespace None Seconds "
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
    dependencies = (package / "Cargo.toml").read_text().split("[dev-dependencies]")[0]
    code = deployed(package / "src")
    return Source(
        variables(package) if config.exists() else None,
        frozenset(re.findall(r"\.([a-z][a-z0-9_]*)\(\s*\)", code)),
        frozenset(re.findall(r"^aws-sdk-(\w+)", dependencies, re.MULTILINE)),
        metrics(package / "src" / "metrics.rs"),
        frozenset(re.findall(r'"([a-z_]+)"', code)),
    )


def variables(package: Path) -> frozenset[str]:
    """What config.rs reads: itself, by a module `settings` of the package or a shared one, and by a method of the shared settings."""
    config = production(package / "src" / "config.rs")
    modules = [production(path) for path in sorted((package / "src").rglob("settings.rs"))]
    found = {name for code in (config, *modules) for name in names(code)}
    shared = package.parent.parent / "shared" / "src" / "settings.rs"
    if shared.exists():
        for method in production(shared).split("pub fn ")[1:]:
            # A method without arguments that knows its variables.
            if re.match(r"\w+\(&self\)", method) and f".{method.split('(')[0]}()" in config:
                found |= names(method)
    for path in sorted((package.parent.parent / "shared" / "src").glob("*/settings.rs")):
        code = production(path)
        functions = re.findall(r"pub fn (\w+)\(vars", code)
        if any(f"{path.parent.name}::{function}(&vars" in config for function in functions):
            found |= names(code)
    # Lambda itself sets these.
    return frozenset(name for name in found if not name.startswith(("AWS_", "LAMBDA_")))


def names(code: str) -> set[str]:
    """Names with an underscore, those that a setting is asked for by, and those that a macro puts together."""
    found = set(re.findall(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"', code))
    found |= set(re.findall(r'\.(?:optional|required|optional_list|list|flag|number)\(\s*"([A-Z][A-Z0-9_]*)"', code))
    endings = re.findall(r'concat!\(\s*\$\w+,\s*"(_[A-Z0-9_]+)"\s*\)', code)
    return found | {f"{beginning}{ending}" for beginning in re.findall(r'\w+!\("([A-Z]+)"\)', code) for ending in endings}


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
