//! Looks for each consequence of the alarm, shows it when it is seen, and returns what was seen of it.

use std::collections::BTreeSet;

use alarm_playbook::playbook::Step;
use alarm_playbook::record::{Entry, Outcome, Stage};
use anyhow::{anyhow, bail};
use aws_sdk_cloudwatch::types::StateValue;

use crate::event;
use crate::function::Function;
use crate::installation::{Installation, MAIL_FROM};
use crate::local_cloud::{Mail, Via};
use crate::poll::{self, Look, TimeLimit};
use crate::record::StoredRecord;
use crate::scenario::{ALARM, deployment_ids, primary};
use crate::screen::Screen;

/// Watches an installation from the moment that its service broke; everything shares one time limit.
pub(super) struct Watch<'a> {
    installation: &'a Installation,
    screen: &'a Screen,
    limit: TimeLimit,
}

impl<'a> Watch<'a> {
    pub(super) fn new(installation: &'a Installation, screen: &'a Screen) -> Self {
        let limit = TimeLimit::usual();
        Self {
            installation,
            screen,
            limit,
        }
    }

    pub(super) async fn alarm(&self) -> anyhow::Result<String> {
        self.screen.waiting_for("the alarm to go off");
        let scenario = &self.installation.scenario;
        let alarm = scenario
            .wait_for_alarm(&StateValue::Alarm, self.limit)
            .await?;
        self.screen.observed(&event::alarm(&alarm));
        Ok(format!("{ALARM} went from OK to ALARM"))
    }

    pub(super) async fn notification(&self) -> anyhow::Result<String> {
        self.screen.waiting_for("the mail that tells of the alarm");
        let topic = &self.installation.outputs.alerts_topic_arn;
        // The alarm's OK, before the errors, was told as well.
        let subject = format!("ALARM: \"{ALARM}\"");
        let tells =
            |mail: &Mail| mail.topic.as_ref() == Some(topic) && mail.subject.starts_with(&subject);
        let mail = self.mail("a mail about the alarm", tells).await?;
        Ok(format!("to {}", mail.to.join(", ")))
    }

    pub(super) async fn invocation(&self, function: &Function) -> anyhow::Result<String> {
        self.screen.waiting_for("the function");
        let decision = poll::until(
            "the decision to remediate in the function's log",
            self.limit,
            async || {
                let decisions = function.decisions().await?;
                let others: Vec<_> = decisions.iter().map(|line| line.decision.clone()).collect();
                Ok(
                    match decisions
                        .into_iter()
                        .find(|line| line.decision == "remediate")
                    {
                        Some(line) => Look::Seen(line),
                        None => Look::NotYet(format!("its decisions are [{}]", others.join(", "))),
                    },
                )
            },
        );
        let decision = decision.await?;
        self.screen.observed(&event::decision(&decision));
        Ok(format!(
            "{} decided to {}",
            function.name(),
            decision.decision
        ))
    }

    /// Returns the id of the deployment that took the place of `before`.
    pub(super) async fn new_deployment(&self, before: &str) -> anyhow::Result<String> {
        self.screen.waiting_for("a new deployment");
        let deployment = poll::until("a new deployment", self.limit, async || {
            let service = self.installation.scenario.service().await?;
            let now = primary(&service).and_then(|primary| primary.id());
            Ok(match now {
                Some(id) if id != before => Look::Seen(id.to_owned()),
                _ => Look::NotYet(format!("{before} is still PRIMARY")),
            })
        });
        let deployment = deployment.await?;
        self.screen
            .observed(&event::new_deployment(before, &deployment));
        Ok(deployment)
    }

    /// Returns the reports, by SNS and by SES.
    pub(super) async fn reports(
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

    pub(super) async fn record(
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
                },
            ) if recorded == *deployment => Ok(record.address()),
            other => bail!("{} says {other:?}", record.address()),
        }
    }

    /// Waits until the deployment is rolled out and returns its id, if it is the only one that is not `known`.
    pub(super) async fn only_restart(
        &self,
        known: &BTreeSet<String>,
        deployment: anyhow::Result<String>,
    ) -> anyhow::Result<String> {
        let deployment = deployment?;
        self.screen.waiting_for("the new tasks");
        let scenario = &self.installation.scenario;
        let service = scenario
            .wait_for_rollout(Some(&deployment), self.limit)
            .await?;
        self.screen.observed(&event::service(&service));
        let seen = deployment_ids(&service);
        let new: Vec<_> = seen.difference(known).map(String::as_str).collect();
        if new != [deployment.as_str()] {
            bail!("{} new deployments: {}", new.len(), new.join(", "));
        }
        Ok(deployment)
    }

    async fn mail(&self, what: &str, is_wanted: impl Fn(&Mail) -> bool) -> anyhow::Result<Mail> {
        let mail = poll::until(what, self.limit, async || {
            let mails = self.installation.cloud.mails().await?;
            let others = mails.len();
            Ok(match mails.into_iter().find(&is_wanted) {
                Some(mail) => Look::Seen(mail),
                None => Look::NotYet(format!("{others} other mails left")),
            })
        });
        let mail = mail.await?;
        self.screen.observed(&event::mail(&mail));
        Ok(mail)
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
        let text = "Alarm: shop-high-5xx-errors\nAction: restart ECS service\n";
        assert_eq!(
            unnamed(text, &["shop-high-5xx-errors", "ecs-svc/2"]),
            ["ecs-svc/2"]
        );
    }
}
