"""The metrics that SNS and SQS publish about themselves. (Lambda's are counted in `lambdas`.)

Replaces: wraps `sns._fanout` and `sns._deliver_to_sqs`.
Why: MiniStack publishes none of them, and alarms on a dead-letter queue, or on alarms that nobody
decided about, watch them.
Does not: the other metrics of these services; the delay of a minute or more with which AWS's
arrive. A queue's are published every second (AWS: every minute, and none for a queue that is empty
and has been unused for six hours). What HTTP and e-mail subscribers got is not counted.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import metrics_store
from metrics_series import Datum
from selfcheck import Name

REQUIRED = [
    Name(
        "services.sns",
        "_fanout",
        "(topic_arn, msg_id, message, subject, message_structure='', message_attributes=None, "
        "message_group_id='', message_dedup_id='')",
    ),
    Name(
        "services.sns",
        "_deliver_to_sqs",
        "(endpoint, envelope, raw, raw_message, message_group_id='', message_dedup_id='', "
        "message_attributes=None, topic_arn='')",
    ),
    Name("services.sqs", "_queues.to_dict", "()"),
    Name("services.sqs", "_queue_by_arn", "(arn)"),
    Name("core.responses", "request_scope", "(account_id, region)"),
    *metrics_store.REQUIRED,
]

QUEUE_INTERVAL_SECONDS = 1.0

logger = logging.getLogger("overlay.metrics")


# MiniStack's own delivery, for what is not a delivery to a subscriber.
_deliver_uncounted: Callable[..., None] | None = None


def install() -> None:
    global _deliver_uncounted
    from ministack.services import sns

    fanout, deliver_to_sqs = sns._fanout, sns._deliver_to_sqs
    _deliver_uncounted = deliver_to_sqs

    def counting_fanout(topic_arn: str, *rest: Any, **named: Any) -> None:
        count_for_topic("NumberOfMessagesPublished", topic_arn)
        fanout(topic_arn, *rest, **named)

    def counting_delivery(endpoint: str, *rest: Any, topic_arn: str = "", **named: Any) -> None:
        before = _message_count(endpoint)
        deliver_to_sqs(endpoint, *rest, topic_arn=topic_arn, **named)
        if topic_arn:
            count_delivery(topic_arn, _message_count(endpoint) > before)

    sns._fanout = counting_fanout
    sns._deliver_to_sqs = counting_delivery


def redrive(queue_arn: str, envelope: str, message: str, topic_arn: str) -> None:
    """Sends what could not be delivered to the subscription's dead-letter queue."""
    before = _message_count(queue_arn)
    if _deliver_uncounted is not None:
        _deliver_uncounted(queue_arn, envelope, False, message, topic_arn=topic_arn)
    arrived = _message_count(queue_arn) > before
    outcome = "RedrivenToDlq" if arrived else "FailedToRedriveToDlq"
    count_for_topic(f"NumberOfNotifications{outcome}", topic_arn)


def count_delivery(topic_arn: str, delivered: bool) -> None:
    name = "NumberOfNotificationsDelivered" if delivered else "NumberOfNotificationsFailed"
    count_for_topic(name, topic_arn)


def count_for_topic(metric: str, topic_arn: str) -> None:
    from ministack.core.responses import request_scope

    _, _, _, region, account, name = topic_arn.split(":", 5)
    with request_scope(account, region):
        metrics_store.store(Datum("AWS/SNS", metric, {"TopicName": name}, (1.0,), "Count"))


def _message_count(queue_arn: str) -> int:
    from ministack.services import sqs

    queue = sqs._queue_by_arn(queue_arn)
    return len(queue["messages"]) if queue else 0


async def publish_queues_forever() -> None:
    """On MiniStack's event loop, where the queues are changed too; at whole seconds."""
    while True:
        await asyncio.sleep(QUEUE_INTERVAL_SECONDS - time.time() % QUEUE_INTERVAL_SECONDS)
        try:
            _publish_queues(time.time())
        except Exception:
            logger.exception("the metrics of the queues are lost")


def _publish_queues(now: float) -> None:
    from ministack.core.responses import request_scope
    from ministack.services import sqs

    for (account, region, _), queue in sqs._queues.to_dict().items():
        with request_scope(account, region):
            for datum in of_queue(queue, now):
                metrics_store.store(datum)


def of_queue(queue: Mapping[str, Any], now: float) -> list[Datum]:
    messages = list(queue["messages"])
    in_flight = sum(1 for m in messages if m.get("visible_at", 0) > now and m.get("receive_count"))
    delayed = sum(1 for m in messages if m.get("visible_at", 0) > now) - in_flight
    oldest = min((m.get("sent_at", now) for m in messages), default=now)
    dimensions = {"QueueName": queue["name"]}
    return [
        Datum("AWS/SQS", name, dimensions, (float(value),), unit, now)
        for name, value, unit in (
            (
                "ApproximateNumberOfMessagesVisible",
                len(messages) - in_flight - delayed,
                "Count",
            ),
            ("ApproximateNumberOfMessagesNotVisible", in_flight, "Count"),
            ("ApproximateNumberOfMessagesDelayed", delayed, "Count"),
            ("ApproximateAgeOfOldestMessage", max(0.0, now - oldest), "Seconds"),
        )
    ]
