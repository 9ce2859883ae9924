"""A thousand deliveries to the function, and what it made of them: alarms, duplicates, OK messages, ticks, nonsense.

The function runs as in Lambda, below `runtime_api`, and everything it does goes to the local cloud: services that it
restarts, records, mails. The alarms there are put into the state that a message tells of, but do not deliver it; the messages
are the samples in events/, made theirs. Halfway there is a pause with traffic and no errors, which proves the recoveries.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from runtime_api import RuntimeApi
from start import peak_bytes

ROOT = Path(__file__).resolve().parents[2]
EVENTS = ROOT / "events" / "alarm-playbook"
SERVICES = [f"service-{n:02}" for n in range(20)]

# A rollout takes two seconds in the local cloud.
STEADY_WITHIN_SECONDS = 60

# The shortest there is, so that a pause holds a whole one, wherever it begins.
PERIOD_SECONDS = 10
PAUSE_SECONDS = 30

# Of all alarms: what they count is on one load balancer.
DIMENSIONS = [{"Name": "LoadBalancer", "Value": "app/bench/50dc6c495c0c9188"}]

# Puts the alarm of a service into a state and says when.
Change = Callable[[str, str], datetime]

# One after the other for each service, again and again.
KINDS = ("alarm", "duplicate", "ok", "tick", "malformed")

# The service is named by a tag of the alarm, so that all calls are made that an alarm can lead to.
PLAYBOOK = {
    "version": 1,
    # Short enough that each service is restarted again after the pause.
    "defaults": {"cooldown": "1s", "max_actions_per_hour": 1000},
    "playbooks": [
        {
            "name": "bench",
            "match": {"alarm_name": "*-high-5xx-errors"},
            "target": {"ecs_service": {"cluster": "bench", "service": {"from_tag": "service", "allowed": SERVICES}}},
            "steps": ["restart_service"],
        }
    ],
}


@dataclass(frozen=True)
class Delivered:
    answers: Counter[str]
    restarted: int  # services that have another deployment than at first
    recovered: int  # mails that tell of a recovery
    mails: int
    peak_bytes: int


def deliver(bootstrap: Path, environment: Mapping[str, str], count: int) -> Delivered:
    with local_cloud() as endpoint, tempfile.TemporaryDirectory() as folder:
        aws = clients(endpoint)
        set_up(aws, environment)
        before = steady_deployments(aws["ecs"])
        playbook = Path(folder) / "playbook.yaml"
        playbook.write_text(json.dumps(PLAYBOOK))
        variables = {**environment, "AWS_ENDPOINT_URL": endpoint, "PLAYBOOK_FILE": str(playbook)}
        change = partial(put_into, aws["cloudwatch"])
        events = messages(count, environment["ALERTS_TOPIC_ARN"], change)
        traffic = partial(put_traffic, aws["cloudwatch"])
        answers, peak = run(bootstrap, variables, with_a_pause(events, count // 2, traffic))
        after = {service: primary(aws["ecs"], service)["id"] for service in SERVICES}
        restarted = sum(after[service] != before[service] for service in SERVICES)
        told = subjects(endpoint)
        recovered = sum(subject.startswith("Recovered: ") for subject in told)
        return Delivered(answers, restarted, recovered, len(told), peak)


def run(bootstrap: Path, environment: Mapping[str, str], events: Iterable[bytes]) -> tuple[Counter[str], int]:
    """What became of the events, and the most memory that the function held."""
    with RuntimeApi() as api, tempfile.TemporaryFile() as log:
        variables = {**environment, "AWS_LAMBDA_RUNTIME_API": api.address}
        process = subprocess.Popen([bootstrap], env=variables, stdout=log, stderr=log)
        try:
            answers: Counter[str] = Counter()
            for event in events:
                answer = api.deliver(event)
                if answer.kind == "init":
                    raise ChildProcessError(f"{bootstrap} could not start: {answer.body.decode()}")
                answers.update(decisions(answer.body) if answer.kind == "response" else ["to be tried again"])
            return answers, peak_bytes(process.pid)
        finally:
            process.kill()
            process.wait()


def decisions(body: bytes) -> list[str]:
    """Of each message of an event; a tick without anything to do has none."""
    handled = json.loads(body)
    return [one["decision"] for one in handled] if isinstance(handled, list) and handled else ["nothing"]


def messages(count: int, topic: str, change: Change) -> Iterator[bytes]:
    samples = {kind: (EVENTS / f"{kind}.json").read_bytes() for kind in KINDS if kind != "duplicate"}
    last: dict[str, bytes] = {}
    for n in range(count):
        service, kind = SERVICES[n % len(SERVICES)], KINDS[n // len(SERVICES) % len(KINDS)]
        if kind in ("alarm", "ok"):
            last[service] = of_service(samples[kind], service, topic, change(service, kind))
        yield last[service] if kind in ("alarm", "duplicate", "ok") else samples[kind]


def with_a_pause(events: Iterable[bytes], after: int, traffic: Callable[[], object]) -> Iterator[bytes]:
    """The events, with a pause in which traffic, counted each second, shows that the services have recovered."""
    for n, event in enumerate(events):
        if n == after:
            for _ in range(PAUSE_SECONDS):
                traffic()
                time.sleep(1)
        yield event


def of_service(sample: bytes, service: str, topic: str, changed_at: datetime) -> bytes:
    """The sample as a state change of that service's alarm."""
    event = json.loads(sample)
    sns = event["Records"][0]["Sns"]
    message = json.loads(sns["Message"])
    name = alarm_name(service)
    message |= {
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{name}",
        "StateChangeTime": changed_at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000",
        "AlarmActions": [topic],
        "OKActions": [topic],
    }
    message["Trigger"]["Period"] = PERIOD_SECONDS
    sns["Message"] = json.dumps(message)
    return json.dumps(event).encode()


def alarm_name(service: str) -> str:
    return f"{service}-high-5xx-errors"


@contextmanager
def local_cloud() -> Iterator[str]:
    """Its endpoint; it ends with its standard input."""
    command = [sys.executable, str(ROOT / "infra" / "local" / "cloud.py")]
    cloud = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        ready = cloud.stdout.readline() if cloud.stdout else b""
        if not ready:
            raise ChildProcessError("the local cloud did not start; `.venv/bin/python infra/local/cloud.py` says why")
        yield json.loads(ready)["endpoint"]
    finally:
        cloud.kill()
        cloud.wait()


def clients(endpoint: str) -> dict[str, Any]:
    credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "eu-west-1"}
    config = Config(retries={"max_attempts": 1, "mode": "standard"})
    names = ("cloudwatch", "ecs", "s3", "sesv2", "sns")
    return {name: boto3.client(name, endpoint_url=endpoint, config=config, **credentials) for name in names}


def set_up(aws: dict[str, Any], environment: Mapping[str, str]) -> None:
    """All that the function's settings name, and services with their alarms."""
    place = {"LocationConstraint": "eu-west-1"}
    aws["s3"].create_bucket(Bucket=environment["STATE_BUCKET"], CreateBucketConfiguration=place)
    for variable in ("ALERTS_TOPIC_ARN", "REPORTS_TOPIC_ARN"):
        aws["sns"].create_topic(Name=environment[variable].rsplit(":", 1)[-1])
    for variable in ("MAIL_FROM", "MAIL_TO"):
        aws["sesv2"].create_email_identity(EmailIdentity=environment[variable])
    aws["ecs"].create_cluster(clusterName="bench")
    container = {"name": "app", "image": "bench:1", "essential": True, "memory": 128}
    aws["ecs"].register_task_definition(family="bench", containerDefinitions=[container])
    for service in SERVICES:
        aws["ecs"].create_service(cluster="bench", serviceName=service, taskDefinition="bench", desiredCount=1)
        put_alarm(aws["cloudwatch"], service, environment["ALERTS_TOPIC_ARN"])


def put_alarm(cloudwatch: Any, service: str, topic: str) -> None:
    cloudwatch.put_metric_alarm(
        AlarmName=alarm_name(service),
        Namespace="AWS/ApplicationELB",
        MetricName="HTTPCode_Target_5XX_Count",
        Dimensions=DIMENSIONS,
        Statistic="Sum",
        Period=PERIOD_SECONDS,
        EvaluationPeriods=2,
        DatapointsToAlarm=2,
        Threshold=10,
        ComparisonOperator="GreaterThanThreshold",
        # It stays in the state that it is put into.
        TreatMissingData="ignore",
        AlarmActions=[topic],
        OKActions=[topic],
        Tags=[{"Key": "service", "Value": service}],
    )


def put_into(cloudwatch: Any, service: str, state: str) -> datetime:
    """Puts the service's alarm into a state, `alarm` or `ok`, and returns when that was."""
    name = alarm_name(service)
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state.upper(), StateReason="for the bench")
    described = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    return described["StateTransitionedTimestamp"]


def put_traffic(cloudwatch: Any) -> None:
    requests = {"MetricName": "RequestCount", "Dimensions": DIMENSIONS, "Value": 50, "StorageResolution": 1}
    cloudwatch.put_metric_data(Namespace="AWS/ApplicationELB", MetricData=[requests])


def steady_deployments(ecs: Any) -> dict[str, str]:
    """The deployment that each service was created with, completed: while one is in progress, nothing is restarted."""
    until = time.monotonic() + STEADY_WITHIN_SECONDS
    while True:
        deployments = {service: primary(ecs, service) for service in SERVICES}
        if all(one.get("rolloutState") == "COMPLETED" for one in deployments.values()):
            return {service: one["id"] for service, one in deployments.items()}
        if time.monotonic() > until:
            raise TimeoutError(f"the services are not steady after {STEADY_WITHIN_SECONDS} s")
        time.sleep(0.2)


def primary(ecs: Any, service: str) -> dict[str, Any]:
    """The service's deployment that is wanted now."""
    described = ecs.describe_services(cluster="bench", services=[service])["services"][0]
    return next(one for one in described["deployments"] if one["status"] == "PRIMARY")


def subjects(endpoint: str) -> list[str]:
    """Of all mails that left."""
    with urllib.request.urlopen(f"{endpoint}/_medic/mails", timeout=30) as response:
        return [mail["subject"] for mail in json.load(response)]
