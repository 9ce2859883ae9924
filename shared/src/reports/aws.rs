use aws_config::retry::RetryConfig;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};

use super::{Channel, Reports};
use crate::aws::{Call, LazyClient};
use crate::deadline::Deadline;
use crate::failure::CallError;
use crate::outbound::Outbound;

/// Who writes to whom.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MailSettings {
    /// A sender that SES has verified.
    pub from: String,
    /// The recipients.
    pub to: Vec<String>,
}

/// Reports over SNS and SES, for the length of one invocation.
///
/// SDK retries are off: neither call takes a token, so a second try is the handler's decision.
#[derive(Clone, Debug)]
pub struct AwsReports<'a> {
    /// The SNS client, built once per sandbox.
    pub sns: &'a LazyClient<aws_sdk_sns::Client>,
    /// The SES client, built once per sandbox.
    pub ses: &'a LazyClient<aws_sdk_sesv2::Client>,
    /// The reports topic.
    pub topic_arn: &'a str,
    /// The mail settings, if mail is wanted.
    pub mail: Option<&'a MailSettings>,
    /// By when every call must be over.
    pub deadline: Deadline,
}

impl Reports for AwsReports<'_> {
    fn channels(&self) -> &[Channel] {
        match self.mail {
            Some(_) => &[Channel::Topic, Channel::Mail],
            None => &[Channel::Topic],
        }
    }

    async fn send(&self, channel: Channel, message: &Outbound) -> Result<String, CallError> {
        match (channel, self.mail) {
            (Channel::Mail, Some(mail)) => self.mail(mail, message).await,
            (Channel::Topic | Channel::Mail, _) => self.publish(message).await,
        }
    }
}

impl AwsReports<'_> {
    async fn publish(&self, message: &Outbound) -> Result<String, CallError> {
        let call = Call::new(
            "publish a report to",
            format!("SNS topic {}", self.topic_arn),
        );
        let once = aws_sdk_sns::Config::builder()
            .timeout_config(call.timeouts(self.deadline)?)
            .retry_config(RetryConfig::disabled());
        let answer = self
            .sns
            .publish()
            .topic_arn(self.topic_arn)
            .subject(message.subject())
            .message(message.text())
            .customize()
            .config_override(once)
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        answer
            .message_id
            .ok_or_else(|| call.misanswered("SNS sent no message id"))
    }

    async fn mail(&self, mail: &MailSettings, message: &Outbound) -> Result<String, CallError> {
        let call = Call::new("send a mail to", mail.to.join(", "));
        let once = aws_sdk_sesv2::Config::builder()
            .timeout_config(call.timeouts(self.deadline)?)
            .retry_config(RetryConfig::disabled());
        let content = content(message).map_err(|_| call.misanswered("the mail has no text"))?;
        let answer = self
            .ses
            .send_email()
            .from_email_address(&mail.from)
            .destination(
                Destination::builder()
                    .set_to_addresses(Some(mail.to.clone()))
                    .build(),
            )
            .content(EmailContent::builder().simple(content).build())
            .customize()
            .config_override(once)
            .send()
            .await
            .map_err(|error| call.failed(error))?;
        answer
            .message_id
            .ok_or_else(|| call.misanswered("SES sent no message id"))
    }
}

fn content(message: &Outbound) -> Result<Message, aws_sdk_sesv2::error::BuildError> {
    let utf8 = |text: &str| Content::builder().data(text).charset("UTF-8").build();
    let body = Body::builder()
        .text(utf8(message.text())?)
        .html(utf8(message.html())?)
        .build();
    Ok(Message::builder()
        .subject(utf8(message.subject())?)
        .body(body)
        .build())
}
