//! How far a command is, from what SSM says of it.

use aws_sdk_ssm::operation::get_command_invocation::GetCommandInvocationOutput;
use aws_sdk_ssm::primitives::{DateTime, DateTimeFormat};
use aws_sdk_ssm::types::{Command, CommandInvocationStatus, CommandStatus};
use jiff::{SignedDuration, Timestamp};
use shared::aws::timestamp;

use crate::action::DELIVERY_SECONDS;
use crate::aws::targets::bounded::{beginning, ending};
use crate::targets::RunStatus;

/// SSM shows a command on its host a moment after it was sent; one that it does not show may still be delivered for as long as
/// it was given for that.
const TO_APPEAR: SignedDuration = SignedDuration::from_secs(DELIVERY_SECONDS as i64 + 15);

/// The end of an output says what went wrong.
const LONGEST_OUTPUT: usize = 400;

/// SSM's own words for it are a word or two.
const LONGEST_DETAILS: usize = 100;

/// What SSM showed of a command on its host.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    /// How its one step goes.
    Invocation(Box<GetCommandInvocationOutput>),
    /// That it has several steps, which are not looked at one by one.
    Steps,
    /// Nothing.
    Nothing,
}

/// How far a command is that was asked for at that time. It runs on one host only, so what SSM says of all of it will do
/// where it says nothing of the host.
pub(super) fn status(
    seen: &Seen,
    (command, asked_at): (&Command, Timestamp),
    now: Timestamp,
) -> RunStatus {
    match seen {
        Seen::Invocation(invocation) => of_invocation(invocation, now),
        Seen::Steps => of_command(command, now),
        Seen::Nothing if now.duration_since(asked_at) <= TO_APPEAR => RunStatus::InProgress,
        Seen::Nothing => match of_command(command, now) {
            RunStatus::Failed { reason } => RunStatus::Failed { reason },
            _ => RunStatus::Failed {
                reason: "it never reached the host".to_owned(),
            },
        },
    }
}

fn of_invocation(invocation: &GetCommandInvocationOutput, now: Timestamp) -> RunStatus {
    use CommandInvocationStatus::{Cancelling, Delayed, InProgress, Pending, Success};
    match invocation.status() {
        Some(Pending | InProgress | Delayed | Cancelling) => RunStatus::InProgress,
        Some(Success) => RunStatus::Succeeded {
            at: invocation
                .execution_end_date_time()
                .and_then(time)
                .unwrap_or(now),
        },
        status => RunStatus::Failed {
            reason: reason(
                invocation,
                status.map_or("no status", CommandInvocationStatus::as_str),
            ),
        },
    }
}

fn of_command(command: &Command, now: Timestamp) -> RunStatus {
    use CommandStatus::{Cancelling, InProgress, Pending, Success};
    match command.status() {
        Some(Pending | InProgress | Cancelling) => RunStatus::InProgress,
        Some(Success) => RunStatus::Succeeded { at: now },
        status => {
            let status = status.map_or("no status", CommandStatus::as_str);
            let details = command.status_details().unwrap_or(status);
            let reason = beginning(details, LONGEST_DETAILS).to_owned();
            RunStatus::Failed { reason }
        }
    }
}

/// Such as `Failed, response code 1: it was restarted and does not run`.
fn reason(invocation: &GetCommandInvocationOutput, status: &str) -> String {
    let details = invocation.status_details().unwrap_or(status);
    let details = beginning(details, LONGEST_DETAILS);
    let code = invocation.response_code();
    let outputs = [
        invocation.standard_error_content(),
        invocation.standard_output_content(),
    ];
    let mut outputs = outputs
        .into_iter()
        .flatten()
        .map(|output| ending(output, LONGEST_OUTPUT));
    match outputs.find(|output| !output.is_empty()) {
        Some(output) => format!("{details}, response code {code}: {output}"),
        None => format!("{details}, response code {code}"),
    }
}

/// A time as SSM writes it here: as a text, which is empty for what has not happened yet.
fn time(text: &str) -> Option<Timestamp> {
    let time = DateTime::from_str(text, DateTimeFormat::DateTimeWithOffset).ok()?;
    timestamp(&time)
}
