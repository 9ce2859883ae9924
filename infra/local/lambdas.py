"""Lambda: asynchronous invocation as AWS does it, and the function's environment.

Replaces: `sns._deliver_to_lambda` and `lambda_svc.invoke_async_with_retry`; wraps
`lambda_svc._execute_function_dispatch`, `_provided_worker_env` and `_emit_lambda_metrics`.
Why: MiniStack invokes SNS subscribers once and synchronously, so that a failed invocation is lost
without a retry and without reaching the on-failure destination; it does not notice that a function
never allowed the topic to invoke it; a retry has a new request id; a throttled event uses up a
retry and counts as an invocation; the destination's record lacks fields; `LoggingConfig` does not
reach the function, and the server's own environment does.
Does not: the waits between retries are seconds (`LAMBDA_ASYNC_RETRY_BASE_SECONDS`, default 1, then
doubled) where AWS waits one minute and two; no duplicate deliveries of AWS's own; destinations
other than SQS and SNS, and on-success destinations; platform log lines stay plain text with the
JSON format; processor architecture and memory limit are not enforced.
"""

from __future__ import annotations

import contextvars
import json
import logging
import os
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import metrics_of_services
import metrics_store
import resource_policies
from metrics_series import Datum
from selfcheck import Name

REQUIRED = [
    Name("services.lambda_svc", "invoke_async_with_retry", "(func, event)"),
    Name("services.lambda_svc", "_execute_function", "(func, event)"),
    Name(
        "services.lambda_svc",
        "_execute_function_dispatch",
        "(func, config, event, request_id, started)",
    ),
    Name("services.lambda_svc", "_provided_worker_env", "(config, code_dir, port)"),
    Name("services.lambda_svc", "_get_func_record_for_ref", "(function_ref)"),
    Name("services.lambda_svc", "_execution_record_for_config", "(func, config)"),
    Name("services.lambda_svc", "_account_region_from_function_config", "(config)"),
    Name("services.lambda_svc", "_runtime_env_vars", "(config)"),
    Name("services.lambda_svc", "function_policy_for_arn", "(resource_arn)"),
    Name(
        "services.lambda_svc",
        "_emit_lambda_metrics",
        "(function_name, duration_ms, error, throttle)",
    ),
    Name("services.lambda_svc", "_LAMBDA_ASYNC_RETRY_BASE_SECONDS"),
    *metrics_of_services.REQUIRED,
    *metrics_store.REQUIRED,
    Name(
        "services.sns",
        "_deliver_to_lambda",
        "(endpoint, envelope, topic_arn, sub_arn, msg_id, raw_message, message_attributes)",
    ),
    Name(
        "services.sns",
        "_deliver_to_sqs",
        "(endpoint, envelope, raw, raw_message, message_group_id='', message_dedup_id='', "
        "message_attributes=None, topic_arn='')",
    ),
    Name("services.sns", "_find_subscription", "(topic_arn, sub_arn)"),
    Name("core.responses", "request_scope", "(account_id, region)"),
]

# AWS keeps a throttled event for up to six hours, with waits of one second to five minutes.
_LONGEST_THROTTLE_WAIT_SECONDS = 0.4
_DEFAULT_MAXIMUM_RETRIES = 2
_DEFAULT_MAXIMUM_AGE_SECONDS = 21_600

# What a native function sees of the server's environment; everything else is the cloud's own.
_FROM_THE_SERVER = ("PATH", "LANG", "TZ", "TMPDIR", "RUST_BACKTRACE")

logger = logging.getLogger("overlay.lambdas")

# Set while an asynchronous event is tried, so that every try has the id of the first.
_request_id: contextvars.ContextVar[str | None] = contextvars.ContextVar("request_id", default=None)


def install() -> None:
    from ministack.services import lambda_svc, sns

    execute = lambda_svc._execute_function_dispatch
    worker_environment = lambda_svc._provided_worker_env
    emit_metrics = lambda_svc._emit_lambda_metrics

    def dispatch(func: Any, config: Any, event: Any, request_id: str, started: float) -> Any:
        return execute(func, config, event, _request_id.get() or request_id, started)

    def environment(config: dict[str, Any], code_dir: str, port: int) -> dict[str, str]:
        own = lambda_svc._runtime_env_vars(config)
        return function_environment(config, own, worker_environment(config, code_dir, port))

    def metrics(function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:
        if throttle:  # AWS does not count it as an invocation; MiniStack does
            _count("Throttles", function_name)
        elif duration_ms or error:
            emit_metrics(function_name, duration_ms, error, throttle)
        # else: MiniStack counts an asynchronous invocation on acceptance, `_try_once` counts runs

    lambda_svc._emit_lambda_metrics = metrics
    lambda_svc._execute_function_dispatch = dispatch
    lambda_svc._provided_worker_env = environment
    lambda_svc.invoke_async_with_retry = invoke_asynchronously
    sns._deliver_to_lambda = _deliver_from_sns


def function_environment(
    config: dict[str, Any], own: dict[str, str], environment: dict[str, str]
) -> dict[str, str]:
    """The environment of a native function: its own variables and those that AWS sets.

    `own` are the function's variables, `environment` is what MiniStack would give it.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if name in own
        or name in _FROM_THE_SERVER
        or name.startswith("AWS_")
        or name not in os.environ
    }
    logging_config = config.get("LoggingConfig") or {}
    log_group = logging_config.get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
    kept["AWS_LAMBDA_LOG_GROUP_NAME"] = log_group
    kept["AWS_LAMBDA_LOG_FORMAT"] = logging_config.get("LogFormat") or "Text"
    if logging_config.get("LogFormat") == "JSON":
        kept["AWS_LAMBDA_LOG_LEVEL"] = logging_config.get("ApplicationLogLevel") or "INFO"
    kept["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand"
    return kept


def _count(metric: str, function_name: str, value: float = 1.0, unit: str = "Count") -> None:
    dimensions = {"FunctionName": function_name}
    metrics_store.store(Datum("AWS/Lambda", metric, dimensions, (value,), unit))


def sns_event(notification: dict[str, Any], subscribed: str) -> dict[str, Any]:
    """The event of one SNS message: AWS sends exactly one record per invocation.

    `subscribed` is the ARN of the subscription.
    """
    region = notification["TopicArn"].split(":")[3]
    sns = f"https://sns.{region}.amazonaws.com/"
    moment = datetime.now(timezone.utc)
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscribed,
                "Sns": {
                    "Type": "Notification",
                    "MessageId": notification["MessageId"],
                    "TopicArn": notification["TopicArn"],
                    "Subject": notification.get("Subject"),
                    "Message": notification["Message"],
                    "Timestamp": _iso_milliseconds(moment),
                    "SignatureVersion": "1",
                    "Signature": "EXAMPLE",
                    "SigningCertUrl": f"{sns}SimpleNotificationService-EXAMPLE.pem",
                    "UnsubscribeUrl": f"{sns}?Action=Unsubscribe&SubscriptionArn={subscribed}",
                    "MessageAttributes": notification.get("MessageAttributes") or {},
                },
            }
        ]
    }


def _deliver_from_sns(
    endpoint: str,
    envelope: str,
    topic_arn: str,
    sub_arn: str,
    msg_id: str,
    raw_message: str,
    message_attributes: dict[str, Any],
) -> None:
    from ministack.services import lambda_svc

    func, config, name = lambda_svc._get_func_record_for_ref(endpoint)
    if not func or not config:
        refusal = "there is no such function"
    elif not may_invoke("sns.amazonaws.com", endpoint, topic_arn):
        refusal = f"its policy does not let {topic_arn} invoke it"
    else:
        record = lambda_svc._execution_record_for_config(func, config)
        invoke_asynchronously(record, sns_event(json.loads(envelope), sub_arn))
        metrics_of_services.count_delivery(topic_arn, delivered=True)
        return
    metrics_of_services.count_delivery(topic_arn, delivered=False)
    logger.warning("SNS could not invoke %s: %s", name, refusal)
    _send_to_dead_letter_queue(envelope, raw_message, topic_arn, sub_arn)


def may_invoke(service: str, function_arn: str, source_arn: str) -> bool:
    """Whether the function's policy lets a service invoke it on behalf of a topic or a rule."""
    from ministack.services import lambda_svc

    policy_and_owner = lambda_svc.function_policy_for_arn(function_arn)
    if policy_and_owner is None:
        return False
    policy, _ = policy_and_owner
    return resource_policies.service_may(
        service, "lambda:InvokeFunction", function_arn, policy, source_arn=source_arn
    )


def _send_to_dead_letter_queue(
    envelope: str, raw_message: str, topic_arn: str, subscription_arn: str
) -> None:
    """What SNS could not hand to Lambda at all goes to the subscription's own queue."""
    from ministack.services import sns

    subscription = sns._find_subscription(topic_arn, subscription_arn) or {}
    policy = subscription.get("attributes", {}).get("RedrivePolicy")
    queue = json.loads(policy).get("deadLetterTargetArn") if policy else None
    if queue:
        metrics_of_services.redrive(queue, envelope, raw_message, topic_arn)


@dataclass(frozen=True)
class _Retries:
    """The asynchronous invocation settings of one function."""

    maximum: int
    maximum_age: float
    on_failure: str | None
    dead_letter: str | None


def _retries(func: dict[str, Any], config: dict[str, Any]) -> _Retries:
    settings = func.get("event_invoke_config") or (func.get("event_invoke_configs") or {}).get(
        "$LATEST"
    )
    settings = settings or {}
    maximum = settings.get("MaximumRetryAttempts")
    on_failure = (settings.get("DestinationConfig") or {}).get("OnFailure") or {}
    return _Retries(
        maximum=_DEFAULT_MAXIMUM_RETRIES if maximum is None else int(maximum),
        maximum_age=float(settings.get("MaximumEventAgeInSeconds") or _DEFAULT_MAXIMUM_AGE_SECONDS),
        on_failure=on_failure.get("Destination"),
        dead_letter=(config.get("DeadLetterConfig") or {}).get("TargetArn"),
    )


def invoke_asynchronously(func: dict[str, Any], event: Any) -> None:
    """Accepts the event and returns; a thread of its own sees it through."""
    context = contextvars.copy_context()
    threading.Thread(
        target=context.run, args=(_see_through, func, event), daemon=True, name="lambda-event"
    ).start()


def _see_through(func: dict[str, Any], event: Any) -> None:
    from ministack.core.responses import request_scope
    from ministack.services import lambda_svc

    config = func.get("config") or func
    account, region = lambda_svc._account_region_from_function_config(config)
    with request_scope(account, region):
        request_id = str(uuid.uuid4())
        _request_id.set(request_id)
        try:
            _try_until_done(func, config, event, request_id)
        except Exception:  # the last place that could report it
            logger.exception("the event %s for %s is lost", request_id, config.get("FunctionName"))


def _try_until_done(
    func: dict[str, Any], config: dict[str, Any], event: Any, request_id: str
) -> None:
    retries = _retries(func, config)
    accepted = time.monotonic()
    _count("AsyncEventsReceived", config.get("FunctionName", "unknown"))
    failures = 0
    while True:
        result = _try_once(func, config, event, retries, accepted)
        if result is None:
            _give_up(config, event, request_id, retries, failures, None)
            return
        if not result.get("error"):
            return
        failures += 1
        if failures > retries.maximum:
            _give_up(config, event, request_id, retries, failures, result)
            return
        wait = _retry_base() * 2 ** (failures - 1)
        if time.monotonic() - accepted + wait > retries.maximum_age:
            _give_up(config, event, request_id, retries, failures, None)
            return
        time.sleep(wait)


def _retry_base() -> float:
    from ministack.services import lambda_svc

    return lambda_svc._LAMBDA_ASYNC_RETRY_BASE_SECONDS


def _try_once(
    func: dict[str, Any],
    config: dict[str, Any],
    event: Any,
    retries: _Retries,
    accepted: float,
) -> dict[str, Any] | None:
    """The result of one execution, or `None` when the event grew too old waiting for one.

    Being throttled is not a failed try: the event stays in Lambda's queue.
    """
    from ministack.services import lambda_svc

    wait = 0.05
    while True:
        started = time.monotonic()
        result = lambda_svc._execute_function(func, event)
        if not result.get("throttle"):
            name = config.get("FunctionName", "unknown")
            _count("AsyncEventAge", name, (started - accepted) * 1000, "Milliseconds")
            lambda_svc._emit_lambda_metrics(
                name,
                duration_ms=(time.monotonic() - started) * 1000,
                error=bool(result.get("error")),
                throttle=False,
            )
            return result
        if time.monotonic() - accepted + wait > retries.maximum_age:
            return None
        time.sleep(wait)
        wait = min(wait * 2, _LONGEST_THROTTLE_WAIT_SECONDS)


def _give_up(
    config: dict[str, Any],
    event: Any,
    request_id: str,
    retries: _Retries,
    failures: int,
    result: dict[str, Any] | None,
) -> None:
    """`result` is the last failure, or `None` when the event became too old."""
    name = config.get("FunctionName", "unknown")
    logger.warning("function %s: gave up the event %s after %d tries", name, request_id, failures)
    _count("AsyncEventsDropped", name)
    if retries.on_failure:
        record = failure_record(config, event, request_id, failures, result)
        if not _send(retries.on_failure, json.dumps(record)):
            _count("DestinationDeliveryFailures", name)
    if retries.dead_letter and not _send(retries.dead_letter, json.dumps(event)):
        _count("DeadLetterErrors", name)


def failure_record(
    config: dict[str, Any],
    event: Any,
    request_id: str,
    failures: int,
    result: dict[str, Any] | None,
) -> dict[str, Any]:
    """The invocation record that Lambda sends to an on-failure destination."""
    version = config.get("Version", "$LATEST")
    arn = config["FunctionArn"]
    if not arn.endswith(f":{version}"):
        arn = f"{arn}:{version}"
    record = {
        "version": "1.0",
        "timestamp": _iso_milliseconds(datetime.now(timezone.utc)),
        "requestContext": {
            "requestId": request_id,
            "functionArn": arn,
            "condition": "EventAgeExceeded" if result is None else "RetriesExhausted",
            "approximateInvokeCount": failures,
        },
        "requestPayload": event,
    }
    if result is not None:
        record["responseContext"] = {
            "statusCode": 200,
            "executedVersion": version,
            "functionError": result.get("function_error") or "Unhandled",
        }
        record["responsePayload"] = result.get("body")
    return record


def _send(target_arn: str, body: str) -> bool:
    """Whether it arrived."""
    from ministack.services import sns, sqs

    service = target_arn.split(":")[2]
    if service == "sqs" and sqs._queue_by_arn(target_arn):
        # Raw delivery is a plain SendMessage; no topic is involved.
        sns._deliver_to_sqs(target_arn, body, True, body)
        return True
    if service == "sns" and sns.publish_internal(target_arn, body) is not None:
        return True
    logger.warning("nothing could be sent to the destination %s", target_arn)
    return False


def _iso_milliseconds(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
