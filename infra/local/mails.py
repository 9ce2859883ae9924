"""Every mail that left the cloud, as its reader would get it: `GET /_medic/mails`.

Replaces: wraps `sns._fanout`, because MiniStack delivers nothing to e-mail subscriptions. Mails
sent with SES are read from MiniStack's own record of them.
Why: people are told by mail what was done to their service; a test has to see what they see.
Does not: send anything; wait for the confirmation of an e-mail subscription (MiniStack counts it as
confirmed when it is made, also by CloudFormation; on AWS a person has to click first); add the
footer with which SNS ends its mails; `email-json` arrives as the bare message.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any

from selfcheck import Name

REQUIRED = [
    Name(
        "services.sns",
        "_fanout",
        "(topic_arn, msg_id, message, subject, message_structure='', message_attributes=None, "
        "message_group_id='', message_dedup_id='')",
    ),
    Name("services.sns", "_topic_by_arn_any_scope", "(topic_arn)"),
    Name(
        "services.sns",
        "_resolve_message_for_protocol",
        "(message, message_structure, protocol)",
    ),
    Name("services.sns", "_matches_filter_policy", "(sub, message_attributes, message='')"),
    Name("services.sns", "reset", "()"),
    Name("services.ses", "_sent_emails.to_dict", "()"),
]

_SNS_ADDRESS = "no-reply@sns.amazonaws.com"

# What SNS writes when the topic has no display name, and when the message has no subject.
_SNS_SENDER = "AWS Notifications"
_SNS_SUBJECT = "AWS Notification Message"


@dataclass(frozen=True)
class Mail:
    via: str
    sender: str
    to: list[str]
    subject: str
    text: str
    html: str | None
    at: float
    topic: str | None

    def to_json(self) -> dict[str, Any]:
        fields = asdict(self)
        fields["from"] = fields.pop("sender")
        moment = datetime.fromtimestamp(self.at, tz=timezone.utc)
        fields["at"] = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
        return fields


_from_sns: list[Mail] = []


def install() -> None:
    from ministack.services import sns

    fanout = sns._fanout
    reset = sns.reset

    def fanout_with_mail(
        topic_arn: str,
        msg_id: str,
        message: str,
        subject: str,
        message_structure: str = "",
        message_attributes: dict[str, Any] | None = None,
        **delivery: str,
    ) -> None:
        _mail_subscribers(topic_arn, message, subject, message_structure, message_attributes or {})
        fanout(
            topic_arn, msg_id, message, subject, message_structure, message_attributes, **delivery
        )

    def reset_with_mail() -> None:
        _from_sns.clear()
        reset()

    sns._fanout = fanout_with_mail
    sns.reset = reset_with_mail


def all_mails() -> list[dict[str, Any]]:
    """Oldest first."""
    return [mail.to_json() for mail in sorted([*_from_sns, *_from_ses()], key=lambda mail: mail.at)]


def _mail_subscribers(
    topic_arn: str,
    message: str,
    subject: str,
    message_structure: str,
    attributes: dict[str, Any],
) -> None:
    from ministack.services import sns

    topic = sns._topic_by_arn_any_scope(topic_arn) or {}
    for subscription in topic.get("subscriptions", []):
        protocol = subscription.get("protocol")
        if protocol not in ("email", "email-json") or not subscription.get("confirmed"):
            continue
        text = sns._resolve_message_for_protocol(message, message_structure, protocol)
        if not sns._matches_filter_policy(subscription, attributes, text):
            continue
        _from_sns.append(
            Mail(
                via="sns",
                sender=f"{_display_name(topic)} <{_SNS_ADDRESS}>",
                to=[subscription["endpoint"]],
                subject=subject or _SNS_SUBJECT,
                text=text,
                html=None,
                at=time.time(),
                topic=topic_arn,
            )
        )


def _display_name(topic: dict[str, Any]) -> str:
    return topic.get("attributes", {}).get("DisplayName") or _SNS_SENDER


def _from_ses() -> list[Mail]:
    from ministack.services import ses

    return [
        Mail(
            via="ses",
            sender=record["Source"],
            to=[*record.get("To", []), *record.get("CC", []), *record.get("BCC", [])],
            subject=record.get("RenderedSubject") or record.get("Subject") or "",
            text=record.get("RenderedBodyText") or record.get("BodyText") or "",
            html=record.get("RenderedBodyHtml") or record.get("BodyHtml") or None,
            at=record["Timestamp"],
            topic=None,
        )
        for records in ses._sent_emails.to_dict().values()
        for record in records
    ]
