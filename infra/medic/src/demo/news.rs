//! What is new since the last look, as events in the order in which they happened.

use alarm_playbook::record::Entry;
use jiff::{SignedDuration, Timestamp};

use super::observations::Observations;
use crate::event::{self, Event};

/// What `now` has that `before` had not.
pub(super) fn news(
    before: &Observations,
    now: &Observations,
    alarm: &str,
    period: SignedDuration,
) -> Vec<(Timestamp, Event)> {
    let mut news = Vec::new();
    if let (None, Some(line)) = (&before.first_error, &now.first_error) {
        news.push((line.written_at, event::error_line(line)));
    }
    for over in added(&before.periods, &now.periods) {
        let end = over.start.saturating_add(period).unwrap_or(over.start);
        news.push((end, event::period(over)));
    }
    for change in added(&before.state_changes, &now.state_changes) {
        news.push((change.at, event::state_change(alarm, change)));
    }
    for (at, summary) in added(&before.alarm_actions, &now.alarm_actions) {
        news.push((*at, event::alarm_action(summary)));
    }
    if let (None, Some(found)) = (&before.first_analysis, &now.first_analysis) {
        news.push((found.at, event::analysis(found)));
    }
    if let (None, Some(found)) = (&before.exported, &now.exported) {
        news.push((found.at, event::exported(found.lines, &found.address)));
    }
    for deployment in added(&before.deployments, &now.deployments) {
        news.push((deployment.created_at, event::new_deployment(&deployment.id)));
    }
    for told in added(&before.service_events, &now.service_events) {
        news.push((told.at, event::service_event(&told.message)));
    }
    for mail in added(&before.mails, &now.mails) {
        news.push((mail.at, event::mail(mail)));
    }
    news.extend(of_the_record(before.entry.as_ref(), now.entry.as_ref()));
    news.sort_by_key(|(at, _)| *at);
    news
}

/// What is new in the function's own record.
pub(super) fn of_the_record(
    before: Option<&Entry>,
    now: Option<&Entry>,
) -> Vec<(Timestamp, Event)> {
    let Some(entry) = now else {
        return Vec::new();
    };
    let mut news = Vec::new();
    if before.is_none() {
        news.push((entry.decided_at, event::decided(entry)));
    }
    let concluded = before.and_then(|entry| entry.concluded_at);
    if let (None, Some(at)) = (concluded, entry.concluded_at) {
        news.push((at, event::outcome(entry)));
    }
    news
}

/// What came to the end of a list.
pub(super) fn added<'a, T>(before: &[T], now: &'a [T]) -> &'a [T] {
    now.get(before.len()..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::observations::{NewDeployment, ServiceEvent};

    fn at(time: &str) -> Timestamp {
        format!("2026-02-18T21:45:{time}Z").parse().unwrap()
    }

    #[test]
    fn only_what_is_new_is_told_and_in_the_order_of_time() {
        let event = |time, message: &str| ServiceEvent {
            at: at(time),
            message: message.to_owned(),
        };
        let before = Observations {
            service_events: vec![event("01", "old")],
            ..Observations::default()
        };
        let now = Observations {
            service_events: vec![event("01", "old"), event("21", "has started 1 tasks")],
            deployments: vec![NewDeployment {
                id: "ecs-svc/2".to_owned(),
                created_at: at("20"),
                runs: "checkout:1".to_owned(),
            }],
            ..Observations::default()
        };
        let period = SignedDuration::from_secs(10);
        assert_eq!(
            news(&before, &now, "alarm", period),
            [
                (at("20"), event::new_deployment("ecs-svc/2")),
                (at("21"), event::service_event("has started 1 tasks")),
            ]
        );
        assert_eq!(news(&now, &now, "alarm", period), []);
    }
}
