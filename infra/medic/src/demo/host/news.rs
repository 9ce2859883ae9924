//! What is new since the last look, as events in the order in which they happened.

use jiff::{SignedDuration, Timestamp};

use super::observations::HostObservations;
use crate::demo::news::{added, of_the_record};
use crate::event::{self, Event};
use crate::scenario::host::{HOST_ALARM, PROCESSOR_THRESHOLD};

/// What `now` has that `before` had not.
pub(super) fn news(
    before: &HostObservations,
    now: &HostObservations,
    period: SignedDuration,
) -> Vec<(Timestamp, Event)> {
    let mut news = Vec::new();
    for over in added(&before.periods, &now.periods) {
        let end = over.start.saturating_add(period).unwrap_or(over.start);
        news.push((end, event::processor(over, PROCESSOR_THRESHOLD)));
    }
    for change in added(&before.state_changes, &now.state_changes) {
        news.push((change.at, event::state_change(HOST_ALARM, change)));
    }
    for (at, summary) in added(&before.alarm_actions, &now.alarm_actions) {
        news.push((*at, event::alarm_action(summary)));
    }
    for mail in added(&before.mails, &now.mails) {
        news.push((mail.at, event::mail(mail)));
    }
    news.extend(of_the_record(before.entry.as_ref(), now.entry.as_ref()));
    news.extend(of_the_host(before, now));
    news.sort_by_key(|(at, _)| *at);
    news
}

fn of_the_host(before: &HostObservations, now: &HostObservations) -> Vec<(Timestamp, Event)> {
    let mut news = Vec::new();
    for command in added(&before.commands, &now.commands) {
        news.push((command.sent_at, event::command_sent(command)));
    }
    for command in &now.commands {
        let mut known = before.commands.iter();
        let had_ended = known.any(|known| known.id == command.id && known.ended_at.is_some());
        if let (false, Some(at)) = (had_ended, command.ended_at) {
            news.push((at, event::command_ended(command)));
        }
    }
    for call in added(&before.docker_calls, &now.docker_calls) {
        news.push((call.at, event::docker_call(call)));
    }
    let had_changed = before.changed();
    for (old, new) in now.changed() {
        let is_known = had_changed
            .iter()
            .any(|(known, now)| known.name == old.name && *now == new);
        if let (false, Some(new)) = (is_known, new.filter(|new| new.pid.is_some())) {
            news.push((new.started_at, event::new_process(old, new)));
        }
    }
    news
}
