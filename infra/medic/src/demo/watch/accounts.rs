//! What people are told of the restart, and what is written down about it.

use alarm_playbook::playbook::Step;
use alarm_playbook::record::{Entry, Outcome, Stage};
use anyhow::{anyhow, bail};

use super::Watch;
use crate::event;
use crate::installation::MAIL_FROM;
use crate::local_cloud::{Mail, Via};
use crate::poll::{self, Look};
use crate::record::StoredRecord;
use crate::scenario::ALARM;

impl Watch<'_> {
    /// Returns the reports, by SNS and by SES.
    pub(in crate::demo) async fn reports(
        &self,
        deployment: &anyhow::Result<String>,
    ) -> anyhow::Result<Vec<Mail>> {
        self.screen.waiting_for("the reports");
        let topic = &self.installation.outputs.reports_topic_arn;
        let from_topic = |mail: &Mail| mail.topic.as_ref() == Some(topic);
        let from_function = |mail: &Mail| mail.via == Via::Ses && mail.from == MAIL_FROM;
        let mails = [
            self.mail("a report from the reports topic", from_topic)
                .await?,
            self.mail("a report by SES", from_function).await?,
        ];
        let deployment = deployment
            .as_ref()
            .map_err(|_| anyhow!("there is no deployment to name"))?;
        for mail in &mails {
            let missing = unnamed(
                &mail.text,
                &[ALARM, Step::RestartService.title(), deployment],
            );
            if !missing.is_empty() {
                bail!(
                    "{} does not name {}",
                    event::mail(mail).subject,
                    missing.join(", ")
                );
            }
        }
        Ok(mails.into())
    }

    pub(in crate::demo) async fn record(
        &self,
        record: &StoredRecord,
        deployment: &anyhow::Result<String>,
    ) -> anyhow::Result<String> {
        self.screen.waiting_for("the record");
        let what = format!("a settled entry in {}", record.address());
        let settled = |entry: &&Entry| entry.alarm_name == ALARM && entry.stage() == Stage::Settled;
        let found = poll::until(&what, self.limit, async || {
            let Some(record) = record.read().await? else {
                return Ok(Look::NotYet("there is no record".to_owned()));
            };
            Ok(match record.entries.iter().find(settled) {
                Some(entry) => Look::Seen((entry.outcome.clone(), record)),
                None => Look::NotYet(format!(
                    "{} entries, none of them settled",
                    record.entries.len()
                )),
            })
        });
        let (outcome, found) = found.await?;
        self.screen
            .observed(&event::record(&record.address(), &found));
        let deployment = deployment
            .as_ref()
            .map_err(|_| anyhow!("there is no deployment to record"))?;
        match outcome {
            Some(
                Outcome::Applied {
                    deployment: recorded,
                }
                | Outcome::Adopted {
                    deployment: recorded,
                    ..
                },
            ) if recorded == *deployment => Ok(record.address()),
            other => bail!("{} says {other:?}", record.address()),
        }
    }
}

/// Which of the names a text does not contain.
fn unnamed<'a>(text: &str, names: &[&'a str]) -> Vec<&'a str> {
    names
        .iter()
        .copied()
        .filter(|name| !text.contains(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_report_leaves_out_are_found() {
        let text = "Alarm: checkout-high-5xx-errors\nAction: restart ECS service\n";
        assert_eq!(
            unnamed(text, &["checkout-high-5xx-errors", "ecs-svc/2"]),
            ["ecs-svc/2"]
        );
    }
}
