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
    /// The topic that calls somebody, if there is one.
    pub pager_topic_arn: Option<&'a str>,
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

    fn pager(&self) -> Option<Channel> {
        self.pager_topic_arn.map(|_| Channel::Pager)
    }

    async fn send(&self, channel: Channel, message: &Outbound) -> Result<String, CallError> {
        match (channel, self.mail, self.pager_topic_arn) {
            (Channel::Mail, Some(mail), _) => self.mail(mail, message).await,
            (Channel::Pager, _, Some(pager)) => self.publish(pager, message).await,
            // What was due over a channel that is no longer configured goes where everything goes.
            _ => self.publish(self.topic_arn, message).await,
        }
    }
}

impl AwsReports<'_> {
    async fn publish(&self, topic_arn: &str, message: &Outbound) -> Result<String, CallError> {
        let call = Call::new("publish a report to", format!("SNS topic {topic_arn}"));
        let once = aws_sdk_sns::Config::builder()
            .timeout_config(call.once(self.deadline)?)
            .retry_config(RetryConfig::disabled());
        let answer = self
            .sns
            .publish()
            .topic_arn(topic_arn)
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
            .timeout_config(call.once(self.deadline)?)
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

#[cfg(test)]
mod tests {
    use aws_sdk_sesv2::operation::send_email::{SendEmailError, SendEmailInput, SendEmailOutput};
    use aws_sdk_sesv2::types::error::MessageRejected;
    use aws_sdk_sns::operation::publish::PublishOutput;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use jiff::SignedDuration;

    use super::*;
    use crate::aws::lazy;
    use crate::clock::{Clock as _, System};
    use crate::failure::{Classify as _, Effect, FailureKind};
    use crate::outbound::Draft;

    const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:reports";

    fn message() -> Outbound {
        Outbound::from(&Draft {
            title: "Restart begun".to_owned(),
            summary: "<b>".to_owned(),
            ..Draft::default()
        })
    }

    /// Sends a message over a channel with one rule for each service.
    async fn send(
        channel: Channel,
        mail: Option<&MailSettings>,
        sns: &Rule,
        ses: &Rule,
    ) -> Result<String, CallError> {
        let sns = mock_client!(aws_sdk_sns, RuleMode::MatchAny, [sns]);
        let ses = mock_client!(aws_sdk_sesv2, RuleMode::MatchAny, [ses]);
        let reports = AwsReports {
            sns: &lazy(move || sns),
            ses: &lazy(move || ses),
            topic_arn: TOPIC,
            pager_topic_arn: None,
            mail,
            deadline: Deadline::at(System.now() + SignedDuration::from_secs(30)),
        };
        reports.send(channel, &message()).await
    }

    fn settings() -> MailSettings {
        MailSettings {
            from: "medic@example.com".to_owned(),
            to: vec!["a@example.com".to_owned(), "b@example.com".to_owned()],
        }
    }

    fn publishes() -> Rule {
        mock!(aws_sdk_sns::Client::publish)
            .match_requests(|request| {
                request.topic_arn() == Some(TOPIC)
                    && request.subject() == Some("Restart begun")
                    && request.message() == Some(message().text())
            })
            .then_output(|| PublishOutput::builder().message_id("sns-1").build())
    }

    fn is_our_mail(request: &SendEmailInput) -> bool {
        let simple = request.content().and_then(EmailContent::simple);
        let body = simple.and_then(Message::body);
        let text = body.and_then(Body::text).map(Content::data);
        let html = body.and_then(Body::html).map(Content::data);
        let to = request.destination().map(Destination::to_addresses);
        request.from_email_address() == Some("medic@example.com")
            && to == Some(&settings().to)
            && simple.and_then(Message::subject).map(Content::data) == Some("Restart begun")
            && text == Some(message().text())
            && html == Some(message().html())
    }

    fn mails() -> Rule {
        mock!(aws_sdk_sesv2::Client::send_email)
            .match_requests(is_our_mail)
            .then_output(|| SendEmailOutput::builder().message_id("ses-1").build())
    }

    #[tokio::test]
    async fn each_channel_carries_the_message_in_its_own_form() {
        let settings = settings();
        let (sns, ses) = (publishes(), mails());
        let topic = send(Channel::Topic, Some(&settings), &sns, &ses).await;
        let mail = send(Channel::Mail, Some(&settings), &sns, &ses).await;
        assert_eq!(
            (topic.unwrap(), mail.unwrap()),
            ("sns-1".to_owned(), "ses-1".to_owned())
        );
    }

    #[tokio::test]
    async fn a_message_whose_answer_is_lost_is_sent_once_only() {
        let settings = settings();
        let sns = mock!(aws_sdk_sns::Client::publish)
            .sequence()
            .http_status(500, None)
            .times(3)
            .build();
        let ses = mock!(aws_sdk_sesv2::Client::send_email)
            .sequence()
            .http_status(500, None)
            .times(3)
            .build();
        for (channel, rule) in [(Channel::Topic, &sns), (Channel::Mail, &ses)] {
            let error = send(channel, Some(&settings), &sns, &ses)
                .await
                .unwrap_err();
            assert_eq!(
                (error.kind(), error.effect()),
                (FailureKind::Transient, Effect::Unknown)
            );
            assert_eq!(rule.num_calls(), 1);
        }
    }

    #[tokio::test]
    async fn a_rejected_mail_is_permanent_and_names_the_receivers() {
        let settings = settings();
        let ses = mock!(aws_sdk_sesv2::Client::send_email).then_error(|| {
            let rejected = MessageRejected::builder().message("not verified").build();
            SendEmailError::MessageRejected(rejected)
        });
        let error = send(Channel::Mail, Some(&settings), &publishes(), &ses)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), FailureKind::Permanent);
        assert_eq!(
            error.to_string(),
            "couldn't send a mail to a@example.com, b@example.com"
        );
    }
}
