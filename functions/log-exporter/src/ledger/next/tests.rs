use jiff::SignedDuration;
use shared::exports::manifest::Output;

use super::super::samples::{at, by_task, direct, gone, group, output, rules, source};
use super::super::{Note, Proven, Query, Reconciling};
use super::*;

fn noted(mut entry: Entry, time: &str) -> Entry {
    entry.noted.push(Note {
        at: at(time),
        text: "something".to_owned(),
    });
    entry
}

#[track_caller]
fn check(entry: &Entry, group: &Group, cases: &[(&str, Step)]) {
    for (now, expected) in cases {
        let step = next(entry, group, &rules(), at(now));
        assert_eq!(&step, expected, "at {now}");
    }
}

fn wait(until: &str) -> Step {
    Step::Wait(Some(at(until)))
}

fn give_up(loss: &str) -> Step {
    Step::GiveUp {
        loss: loss.to_owned(),
    }
}

fn planned() -> State {
    State::Planned {
        not_before: at("19T12:00"),
        earlier: Output::default(),
    }
}

fn copied() -> Pending {
    Pending {
        is_copied: true,
        output: output(&[("07", 5, "a1")]),
        ..Pending::default()
    }
}

fn proven() -> Proven {
    Proven {
        output: output(&[("07", 5, "a1")]),
        source: source("19T12:00", &[("07", 5)]),
        by_ids: false,
        swept_at: at("19T12:00"),
        query: None,
        reconciling: None,
    }
}

fn suspect() -> State {
    State::Suspect {
        reason: "why".to_owned(),
        again_at: at("20T12:00"),
        output: output(&[("07", 5, "a1")]),
    }
}

#[test]
fn a_task_is_asked_for_when_its_window_has_settled_or_is_urgent() {
    let entry = by_task(planned());
    check(
        &entry,
        &group(None),
        &[
            ("19T11:59", wait("19T12:00")),
            ("19T12:00", Step::AskForTask),
        ],
    );
    // Of two days the last quarter is urgent.
    check(
        &entry,
        &group(Some(2)),
        &[
            ("19T11:59", wait("19T12:00")),
            ("19T12:00", Step::AskForTask),
        ],
    );
    let waits = by_task(State::Planned {
        not_before: at("19T13:00"),
        earlier: Output::default(),
    });
    check(
        &waits,
        &group(Some(2)),
        &[
            ("19T11:59", wait("19T12:00")),
            ("19T12:00", Step::AskForTask),
        ],
    );
    // What is left is saved, and nothing is asked for when nothing is.
    let loss = "the log group keeps events for 2 days and has begun to forget them before it was proven that all are here: \
        0 rows were here at 2026-02-21T00:00:00Z, others may be missing";
    check(
        &entry,
        &group(Some(2)),
        &[("20T23:59", Step::AskForTask), ("21T00:00", give_up(loss))],
    );
}

#[test]
fn a_task_whose_id_is_not_known_is_looked_for() {
    let asked = |task: Option<&str>| {
        by_task(State::Exporting(Exporting::Task {
            asked_at: at("19T12:00"),
            task: task.map(str::to_owned),
            earlier: Output::default(),
        }))
    };
    check(
        &asked(None),
        &group(None),
        &[("19T12:01", wait("19T12:02")), ("19T12:02", Step::FindTask)],
    );
    check(&asked(None), &gone(), &[("19T12:02", Step::FindTask)]);
    check(
        &asked(Some("t")),
        &gone(),
        &[("19T12:00", Step::LookAtTask("t".to_owned()))],
    );
}

#[test]
fn what_was_staged_is_copied_and_what_can_be_proven_is_counted() {
    let copying = by_task(State::Exported(Pending {
        copied_to: Some("k".to_owned()),
        ..Pending::default()
    }));
    let copy = || Step::Copy {
        after: Some("k".to_owned()),
    };
    check(&copying, &gone(), &[("19T12:00", copy())]);
    let loss = |why: &str, now: &str| {
        give_up(&format!(
            "{why} before it was proven that all are here: 5 rows were here at {now}, others may be missing"
        ))
    };
    let counted = by_task(State::Exported(copied()));
    check(&counted, &group(None), &[("19T12:00", Step::Count)]);
    check(
        &counted,
        &gone(),
        &[(
            "19T12:00",
            loss("the log group was deleted", "2026-02-19T12:00:00Z"),
        )],
    );
    // An hour before the source begins to forget it is the last moment at which its answer proves anything.
    let keeps = "the log group keeps events for 3 days and has begun to forget them";
    check(
        &counted,
        &group(Some(3)),
        &[
            ("20T22:59", Step::Count),
            ("20T23:00", loss(keeps, "2026-02-20T23:00:00Z")),
        ],
    );
    let asked = by_task(State::Exported(Pending {
        query: Some(Query {
            id: "q".to_owned(),
            began_at: at("20T22:00"),
        }),
        ..copied()
    }));
    check(
        &asked,
        &group(Some(3)),
        &[
            ("20T22:59", Step::AskCount("q".to_owned())),
            ("20T23:00", loss(keeps, "2026-02-20T23:00:00Z")),
        ],
    );
    let failed = by_task(State::Exported(Pending {
        uncounted: 2,
        ..copied()
    }));
    check(
        &noted(failed, "19T12:00"),
        &group(None),
        &[("19T12:19", wait("19T12:20")), ("19T12:20", Step::Count)],
    );
}

#[test]
fn a_direct_window_is_read_as_it_goes_and_sealed_after_its_end() {
    let read = |from: &str, until: &str, token: Option<&str>| Step::Read {
        from: at(from),
        until: at(until),
        token: token.map(str::to_owned),
    };
    let entry = direct(State::Planned {
        not_before: at("18T09:00"),
        earlier: Output::default(),
    });
    check(
        &entry,
        &group(None),
        &[
            ("18T09:00", wait("18T09:01")),
            ("18T09:05", read("18T09:00", "18T09:05", None)),
            ("18T10:05", read("18T09:00", "18T10:05", None)),
            ("18T10:10", Step::Reconcile(None)),
        ],
    );
    let reading = |token: Option<&str>| {
        direct(State::Exporting(Exporting::Direct {
            read_until: at("18T09:05"),
            token: token.map(str::to_owned),
            output: Output::default(),
        }))
    };
    check(
        &reading(Some("p")),
        &group(None),
        &[("18T09:06", read("18T09:05", "18T09:06", Some("p")))],
    );
    check(
        &reading(None),
        &group(None),
        &[("18T09:05", wait("18T09:06"))],
    );
    // What the source has begun to forget is read, as it can prove nothing any more.
    check(
        &reading(None),
        &group(Some(1)),
        &[("19T08:00", read("18T09:00", "19T08:00", None))],
    );

    let began = Some(Reconciling {
        began_at: at("18T10:10"),
        to: at("18T09:30"),
        piece_ms: None,
        hours: Vec::new(),
    });
    let sealing = direct(State::Exported(Pending {
        reconciling: began.clone(),
        ..copied()
    }));
    check(
        &sealing,
        &group(None),
        &[
            ("18T10:09", wait("18T10:10")),
            ("18T10:10", Step::Reconcile(began)),
        ],
    );
}

/// An event is not listed at once when it happens.
#[test]
fn each_direct_read_goes_back_some_minutes_also_after_the_end_of_its_window() {
    let cases = [
        // When it was read last, and now; from when on it is read, or until when it waits.
        ("18T09:02", "18T09:07", Ok("18T09:00")),
        ("18T09:20", "18T09:25", Ok("18T09:15")),
        ("18T09:20", "18T09:20", Err("18T09:21")),
        ("18T09:59", "18T09:59", Err("18T10:00")),
        ("18T09:58", "18T10:03", Ok("18T09:53")),
        ("18T10:00", "18T10:00", Err("18T10:01")),
        ("18T10:03", "18T10:08", Ok("18T09:58")),
        ("18T10:04", "18T10:04", Err("18T10:05")),
    ];
    for (read_until, now, expected) in cases {
        let entry = direct(State::Exporting(Exporting::Direct {
            read_until: at(read_until),
            token: None,
            output: Output::default(),
        }));
        let read = |from: &str| Step::Read {
            from: at(from),
            until: at(now),
            token: None,
        };
        let expected = expected.map_or_else(wait, read);
        check(&entry, &group(None), &[(now, expected)]);
    }
}

#[test]
fn what_is_suspect_is_tried_again_and_every_hour_in_its_last_day() {
    let mut entry = noted(by_task(suspect()), "19T12:00");
    check(
        &entry,
        &group(None),
        &[("20T11:59", wait("20T12:00")), ("20T12:00", Step::Again)],
    );
    // The last day of five begins on the 22nd.
    entry.state = match entry.state {
        State::Suspect { reason, output, .. } => State::Suspect {
            reason,
            again_at: at("25T00:00"),
            output,
        },
        state => state,
    };
    let entry = noted(entry, "22T00:30");
    check(
        &entry,
        &group(Some(5)),
        &[("22T01:29", wait("22T01:30")), ("22T01:30", Step::Again)],
    );
}

#[test]
fn a_proven_window_is_looked_at_again_until_nothing_can_come_late() {
    let swept = |time: &str| {
        by_task(State::Verified(Proven {
            swept_at: at(time),
            ..proven()
        }))
    };
    check(
        &swept("19T12:00"),
        &group(None),
        &[("20T11:59", wait("20T12:00")), ("20T12:00", Step::Count)],
    );
    // The 14 days end on the 5th of March; one more look is taken after that.
    let last = "2026-03-05T01:00:00Z".parse().unwrap();
    let mut late = swept("28T12:00");
    for (swept_at, expected) in [
        ("2026-03-04T12:00:00Z", Step::Wait(Some(last))),
        ("2026-03-05T01:00:00Z", Step::Wait(None)),
    ] {
        late.state = State::Verified(Proven {
            swept_at: swept_at.parse().unwrap(),
            ..proven()
        });
        let now = swept_at.parse().unwrap();
        assert_eq!(next(&late, &group(None), &rules(), now), expected);
    }
    // The last look is taken while the source still has all of it.
    check(
        &swept("20T12:00"),
        &group(Some(3)),
        &[
            ("20T20:59", wait("20T21:00")),
            ("20T21:00", Step::Count),
            ("20T23:00", Step::Wait(None)),
        ],
    );
    check(
        &swept("19T12:00"),
        &gone(),
        &[("20T12:00", Step::Wait(None))],
    );
    let failed = noted(swept("19T12:00"), "20T12:05");
    check(
        &failed,
        &group(None),
        &[("20T12:30", wait("20T13:05")), ("20T13:05", Step::Count)],
    );
}

#[test]
fn late_events_are_added_unless_the_source_forgets_them_first() {
    let began = Reconciling {
        began_at: at("20T12:00"),
        to: at("18T07:00"),
        piece_ms: None,
        hours: Vec::new(),
    };
    let entry = by_task(State::Verified(Proven {
        reconciling: Some(began.clone()),
        ..proven()
    }));
    let loss = "the log group keeps events for 3 days and has begun to forget them before it was proven that all are here: \
        5 rows were here at 2026-02-21T06:00:00Z, others may be missing";
    check(
        &entry,
        &group(Some(3)),
        &[
            ("21T05:59", Step::Reconcile(Some(began))),
            ("21T06:00", give_up(loss)),
        ],
    );
}

#[test]
fn telling_comes_first_and_tidying_when_all_is_old() {
    let mut entry = noted(by_task(State::Verified(proven())), "19T12:00");
    entry.is_told = false;
    entry.is_tidy = false;
    check(&entry, &group(None), &[("19T12:00", Step::Tell)]);
    entry.is_told = true;
    check(
        &entry,
        &group(None),
        &[("19T12:19", wait("19T12:20")), ("19T12:20", Step::Tidy)],
    );
    let lost = State::Expired {
        loss: "some".to_owned(),
        output: Output::default(),
    };
    entry.state = lost;
    check(&entry, &gone(), &[("19T12:20", Step::Tidy)]);
    entry.is_tidy = true;
    check(&entry, &gone(), &[("19T12:20", Step::Wait(None))]);
}

#[test]
fn waits_are_shorter_by_the_pace() {
    let asked = by_task(State::Exporting(Exporting::Task {
        asked_at: at("19T12:00"),
        task: None,
        earlier: Output::default(),
    }));
    let fast = Rules {
        pace: 60,
        ..rules()
    };
    let now = at("19T12:00") + SignedDuration::from_secs(2);
    assert_eq!(next(&asked, &group(None), &fast, now), Step::FindTask);
}
