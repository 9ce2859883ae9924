//! What people get: the real senders of reports, with recording stand-ins for SES and SNS behind them.

use std::sync::{Arc, Mutex};

use aws_sdk_sesv2::operation::send_email::{SendEmailError, SendEmailOutput};
use aws_sdk_sesv2::types::error::MessageRejected;
use aws_sdk_sns::operation::publish::PublishOutput;
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use jiff::{SignedDuration, Timestamp};
use shared::aws::{LazyClient, lazy};
use shared::clock::{Clock as _, System};
use shared::deadline::Deadline;
use shared::reports::{AwsReports, Channel, MailSettings};

use super::recorded::Message;
use super::rules::{MAIL_FROM, MAIL_TO, TOPICS};

/// Stand-ins for SES and SNS that keep what they are asked to send, as it was asked.
pub struct People {
    sns: LazyClient<aws_sdk_sns::Client>,
    ses: LazyClient<aws_sdk_sesv2::Client>,
    mail: MailSettings,
    got: Arc<Mutex<Vec<Message>>>,
    now: Arc<Mutex<Timestamp>>,
}

impl std::fmt::Debug for People {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("People").finish_non_exhaustive()
    }
}

impl People {
    /// Nobody has got anything yet.
    pub fn new() -> Self {
        Self::with(true)
    }

    /// The same, whose mails SES refuses.
    pub fn refusing_mail() -> Self {
        Self::with(false)
    }

    fn with(takes_mail: bool) -> Self {
        let got = Arc::new(Mutex::new(Vec::new()));
        let now = Arc::new(Mutex::new(Timestamp::UNIX_EPOCH));
        let (sns, ses) = (
            publishing(&got, &now),
            if takes_mail {
                mailing(&got, &now)
            } else {
                refusing()
            },
        );
        Self {
            sns: lazy(move || sns),
            ses: lazy(move || ses),
            mail: MailSettings {
                from: MAIL_FROM.to_owned(),
                to: MAIL_TO.map(str::to_owned).to_vec(),
            },
            got,
            now,
        }
    }

    /// The senders for an invocation at that time.
    pub fn reports(&self, now: Timestamp) -> AwsReports<'_> {
        *self.now.lock().unwrap() = now;
        AwsReports {
            sns: &self.sns,
            ses: &self.ses,
            topic_arn: TOPICS[0],
            pager_topic_arn: Some(TOPICS[1]),
            mail: Some(&self.mail),
            deadline: Deadline::at(System.now() + SignedDuration::from_secs(60)),
        }
    }

    /// What people got so far.
    pub fn got(&self) -> Vec<Message> {
        self.got.lock().unwrap().clone()
    }
}

impl Default for People {
    fn default() -> Self {
        Self::new()
    }
}

fn publishing(got: &Arc<Mutex<Vec<Message>>>, now: &Arc<Mutex<Timestamp>>) -> aws_sdk_sns::Client {
    let (got, now) = (Arc::clone(got), Arc::clone(now));
    let rule = mock!(aws_sdk_sns::Client::publish)
        .match_requests(move |request| {
            let topic = request.topic_arn().unwrap_or_default();
            let channel = if topic == TOPICS[1] {
                Channel::Pager
            } else {
                Channel::Topic
            };
            got.lock().unwrap().push(Message {
                at: *now.lock().unwrap(),
                channel,
                from: topic.to_owned(),
                to: Vec::new(),
                subject: request.subject().unwrap_or_default().to_owned(),
                text: request.message().unwrap_or_default().to_owned(),
                html: String::new(),
            });
            true
        })
        .then_output(|| PublishOutput::builder().message_id("m-1").build());
    mock_client!(aws_sdk_sns, RuleMode::MatchAny, [&rule])
}

/// An identity that is not verified (SES API reference, `SendEmail`).
fn refusing() -> aws_sdk_sesv2::Client {
    let rule = mock!(aws_sdk_sesv2::Client::send_email).then_error(|| {
        let refused = MessageRejected::builder().message("Email address is not verified.");
        SendEmailError::MessageRejected(refused.build())
    });
    mock_client!(aws_sdk_sesv2, RuleMode::MatchAny, [&rule])
}

fn mailing(got: &Arc<Mutex<Vec<Message>>>, now: &Arc<Mutex<Timestamp>>) -> aws_sdk_sesv2::Client {
    let (got, now) = (Arc::clone(got), Arc::clone(now));
    let rule = mock!(aws_sdk_sesv2::Client::send_email)
        .match_requests(move |request| {
            let simple = request.content().and_then(|content| content.simple());
            let body = simple.and_then(|message| message.body());
            let text = |content: Option<&aws_sdk_sesv2::types::Content>| {
                content
                    .map(|content| content.data().to_owned())
                    .unwrap_or_default()
            };
            let destination = request.destination().cloned();
            let to = destination
                .map(|to| [to.to_addresses(), to.cc_addresses(), to.bcc_addresses()].concat());
            got.lock().unwrap().push(Message {
                at: *now.lock().unwrap(),
                channel: Channel::Mail,
                from: request.from_email_address().unwrap_or_default().to_owned(),
                to: to.unwrap_or_default(),
                subject: text(simple.and_then(|message| message.subject())),
                text: text(body.and_then(|body| body.text())),
                html: text(body.and_then(|body| body.html())),
            });
            true
        })
        .then_output(|| SendEmailOutput::builder().message_id("m-1").build());
    mock_client!(aws_sdk_sesv2, RuleMode::MatchAny, [&rule])
}
