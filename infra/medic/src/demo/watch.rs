//! Looks for each consequence of the alarm, shows it when it is seen, and returns what was seen of it.

mod accounts;
mod restart;

use aws_sdk_cloudwatch::types::StateValue;

use crate::event;
use crate::function::{Function, LoggedDecision};
use crate::installation::Installation;
use crate::local_cloud::Mail;
use crate::poll::{self, Look, TimeLimit};
use crate::scenario::ALARM;
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
        let what = "the decision to remediate in the function's log";
        let look = async || function.decisions().await.map(remediation);
        let decision = poll::until(what, self.limit, look).await?;
        self.screen.observed(&event::decision(&decision));
        Ok(format!(
            "{} decided to {}",
            function.name(),
            decision.decision
        ))
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

/// The decision to act; the alarm's OK, before the errors, led to another one.
fn remediation(decisions: Vec<LoggedDecision>) -> Look<LoggedDecision> {
    let others: Vec<_> = decisions.iter().map(|line| line.decision.clone()).collect();
    match decisions
        .into_iter()
        .find(|line| line.decision == "remediate")
    {
        Some(line) => Look::Seen(line),
        None => Look::NotYet(format!("its decisions are [{}]", others.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(decision: &str) -> LoggedDecision {
        LoggedDecision {
            decision: decision.to_owned(),
            message: String::new(),
        }
    }

    #[test]
    fn only_the_decision_to_act_counts() {
        let (ignore, remediate) = (logged("ignore"), logged("remediate"));
        let not_yet = Look::NotYet("its decisions are [ignore]".to_owned());
        assert_eq!(remediation(vec![ignore.clone()]), not_yet);
        assert_eq!(
            remediation(vec![ignore, remediate.clone()]),
            Look::Seen(remediate)
        );
    }
}
