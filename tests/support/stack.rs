//! The real binary, deployed with the real template into a local cloud of its own, and what can be seen of it.

use std::collections::BTreeSet;

use alarm_playbook::record::{Entry, Stage};
use anyhow::Context as _;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::Environment;
use medic::deployment::Mode;
use medic::function::{Function, LoggedDecision};
use medic::installation::Installation;
use medic::local_cloud::{Mail, Via};
use medic::poll::{Look, TimeLimit, until};
use medic::project::Project;
use medic::record::StoredRecord;
use medic::scenario::deployment_ids;
use medic::screen::Screen;
use serde_json::Value;

/// An installation under test.
#[derive(Debug)]
pub struct Stack {
    /// The installation; the local cloud ends with it.
    pub installation: Installation,
    /// The deployed function.
    pub function: Function,
    record: StoredRecord,
    lambda: aws_sdk_lambda::Client,
}

/// What one incident left behind.
#[derive(Debug, Eq, PartialEq)]
pub struct Aftermath {
    /// Deployments besides the one that the service was created with.
    pub new_deployments: usize,
    /// Report mails that came from the reports topic.
    pub topic_reports: usize,
    /// Report mails that the function sent itself.
    pub mail_reports: usize,
    /// Events that every attempt failed on.
    pub in_failure_queue: usize,
}

impl Stack {
    /// Sets one up: cloud, stack, steady service, alarm in OK.
    pub async fn deploy(mode: Mode) -> anyhow::Result<Self> {
        let project = Project::find(None)?;
        let installation = Installation::set_up(&project, mode, &Screen::silent()).await?;
        let config = installation.cloud.sdk_config();
        Ok(Self {
            function: Function::describe(&config, &installation.outputs).await?,
            record: StoredRecord::new(&config, &installation.outputs.state_bucket_name)?,
            lambda: aws_sdk_lambda::Client::new(&config),
            installation,
        })
    }

    /// Sets one more variable of the function's environment.
    pub async fn set_variable(&self, name: &str, value: &str) -> anyhow::Result<()> {
        let variables = self.function.environment().clone();
        let environment = Environment::builder()
            .set_variables(Some(variables.into_iter().collect()))
            .variables(name, value)
            .build();
        let call = self.lambda.update_function_configuration();
        call.function_name(self.function.name())
            .environment(environment)
            .send()
            .await?;
        Ok(())
    }

    /// Invokes the function and returns its answer.
    pub async fn invoke(&self, event: &Value) -> anyhow::Result<Value> {
        let call = self.lambda.invoke().function_name(self.function.name());
        let answer = call.payload(Blob::new(event.to_string())).send().await?;
        let payload = answer.payload().context("the function answered nothing")?;
        Ok(serde_json::from_slice(payload.as_ref())?)
    }

    /// Publishes a message to the alerts topic, as CloudWatch would.
    pub async fn publish(&self, message: &str) -> anyhow::Result<()> {
        let sns = aws_sdk_sns::Client::new(&self.installation.cloud.sdk_config());
        let call = sns
            .publish()
            .topic_arn(&self.installation.outputs.alerts_topic_arn);
        call.message(message).send().await?;
        Ok(())
    }

    /// Waits until what was done about the one incident is known and told, and returns its entry.
    pub async fn handled_entry(&self) -> anyhow::Result<Entry> {
        until(
            "an entry whose outcome was told",
            TimeLimit::usual(),
            async || {
                let entries = self.record.read().await?.map(|record| record.entries);
                Ok(match entries.as_deref() {
                    Some([entry]) if matches!(entry.stage(), Stage::Verifying | Stage::Settled) => {
                        Look::Seen(entry.clone())
                    }
                    other => Look::NotYet(format!("{other:?}")),
                })
            },
        )
        .await
    }

    /// Waits until the function logged this many decisions about alarms, and returns them.
    pub async fn decisions(&self, number: usize) -> anyhow::Result<Vec<LoggedDecision>> {
        let what = format!("{number} decisions");
        until(&what, TimeLimit::usual(), async || {
            let mut decisions = self.function.decisions().await?;
            let is_about_an_alarm = |decision: &LoggedDecision| {
                decision.decision != "verify" && !decision.message.starts_with("OK")
            };
            decisions.retain(is_about_an_alarm);
            Ok(match decisions.len() {
                seen if seen >= number => Look::Seen(decisions),
                seen => Look::NotYet(format!("{seen} decisions")),
            })
        })
        .await
    }

    /// The mails with this beginning of their subject.
    pub async fn mails(&self, subject: &str) -> anyhow::Result<Vec<Mail>> {
        let mut mails = self.installation.cloud.mails().await?;
        mails.retain(|mail| mail.subject.starts_with(subject));
        Ok(mails)
    }

    /// What there is to see now; reports are mails whose subject begins with `subject`.
    pub async fn aftermath(&self, subject: &str) -> anyhow::Result<Aftermath> {
        let mails = self.mails(subject).await?;
        let over = |via| mails.iter().filter(|mail| mail.via == via).count();
        let deployments: BTreeSet<_> = deployment_ids(&self.installation.scenario.service().await?);
        Ok(Aftermath {
            new_deployments: deployments.len() - 1,
            topic_reports: over(Via::Sns),
            mail_reports: over(Via::Ses),
            in_failure_queue: self.in_failure_queue().await?,
        })
    }

    async fn in_failure_queue(&self) -> anyhow::Result<usize> {
        let sqs = aws_sdk_sqs::Client::new(&self.installation.cloud.sdk_config());
        let queue = &self.installation.outputs.alarm_playbook_failure_queue_url;
        let received = sqs
            .receive_message()
            .queue_url(queue)
            .max_number_of_messages(10)
            .send()
            .await?;
        Ok(received.messages().len())
    }
}
