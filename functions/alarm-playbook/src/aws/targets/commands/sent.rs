//! Finds the command that was sent for an order, where the answer to sending it was lost.

use aws_sdk_ssm::types::{Command, CommandFilter, CommandFilterKey};
use jiff::{SignedDuration, Timestamp};
use shared::aws::Call;
use shared::clock::{Clock as _, System};
use shared::failure::CallError;

use crate::action::Order;
use crate::aws::AwsTargets;
use crate::target::Ec2Container;
use crate::targets::Run;

/// An order is settled or given up long before.
const LOOKING_BACK: SignedDuration = SignedDuration::from_hours(2);

/// As many as a page may have (API reference, `ListCommands`).
const PAGE: i32 = 50;

/// More than a host or a document sees in two hours in any account that still works.
const MOST_PAGES: usize = 20;

impl AwsTargets<'_> {
    /// The command that was sent for an order, and how far it is, if one was sent.
    ///
    /// It is not looked for by its instance: a command is not known under one while it is pending (API reference,
    /// `ListCommands`), and what is not found is sent again.
    pub(in crate::aws::targets) async fn sent_command(
        &self,
        container: &Ec2Container,
        document: &str,
        order: &Order,
    ) -> Result<Option<Run>, CallError> {
        let call = Call::new("look for a command for", container.to_string());
        let (filters, comment) = (filters(document, System.now()), order.comment());
        let is_ours = |command: &&Command| {
            command.comment() == Some(comment.as_str()) && command.document_name() == Some(document)
        };
        let mut next = None;
        for _ in 0..MOST_PAGES {
            let page = self
                .clients
                .ssm
                .list_commands()
                .set_filters(Some(filters.clone()))
                .max_results(PAGE)
                .set_next_token(next)
                .customize()
                .config_override(self.ssm_look(&call)?)
                .send()
                .await
                .map_err(|error| call.failed(error))?;
            if let Some(command) = page.commands().iter().find(is_ours) {
                return self.followed(container, command).await;
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(None);
            }
        }
        Err(call.misanswered("there are more commands than can be looked through"))
    }
}

fn filters(document: &str, now: Timestamp) -> Vec<CommandFilter> {
    // To the second: the reference shows no fractions.
    let after = now - LOOKING_BACK;
    let after = Timestamp::from_second(after.as_second()).unwrap_or(after);
    let filter = |key, value: String| CommandFilter::builder().key(key).value(value).build();
    [
        filter(CommandFilterKey::InvokedAfter, after.to_string()),
        filter(CommandFilterKey::DocumentName, document.to_owned()),
    ]
    .into_iter()
    .filter_map(Result::ok)
    .collect()
}
