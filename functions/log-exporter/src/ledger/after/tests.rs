use jiff::SignedDuration;
use proptest::prelude::*;
use shared::exports::manifest::{CountedBy, SourceCount};

use super::super::samples::{at, by_task, direct, output, rules, source};
use super::super::{Exporting, Pending, Proven, Query, Reconciling, Refusal, TaskStatus};
use super::*;

const NOW: &str = "19T12:30";

fn asked(task: Option<&str>) -> State {
    State::Exporting(Exporting::Task {
        asked_at: at("19T12:00"),
        task: task.map(str::to_owned),
        earlier: output(&[("07", 5, "a1")]),
    })
}

fn planned(not_before: &str) -> State {
    State::Planned {
        not_before: at(not_before),
        earlier: output(&[("07", 5, "a1")]),
    }
}

/// Copied by a second attempt, after one that had more of an hour.
fn copied(query: Option<Query>, uncounted: u32) -> State {
    State::Exported(Pending {
        copied_to: Some("z".to_owned()),
        is_copied: true,
        output: output(&[("07", 3, "a2"), ("08", 9, "a2")]),
        earlier: output(&[("07", 5, "a1")]),
        query,
        uncounted,
        reconciling: None,
    })
}

fn query() -> Query {
    Query {
        id: "q".to_owned(),
        began_at: at("19T12:20"),
    }
}

fn suspect(reason: &str, again_at: &str, output: Output) -> State {
    State::Suspect {
        reason: reason.to_owned(),
        again_at: at(again_at),
        output,
    }
}

fn verified(looked_at: &str, by_ids: bool) -> Proven {
    Proven {
        output: output(&[("07", 5, "a1"), ("08", 9, "a2")]),
        source: source(looked_at, &[("07", 5), ("08", 9)]),
        by_ids,
        swept_at: at(looked_at),
        query: None,
        reconciling: None,
    }
}

fn after_it(entry: Entry, fact: Fact) -> Entry {
    after(entry, fact, &rules(), at(NOW)).unwrap()
}

/// `before` is after `fact` what is expected, and the attempt counted or not.
#[track_caller]
fn check(before: State, fact: Fact, expected: &State, attempt: u32) {
    let changed = after_it(by_task(before), fact);
    assert_eq!((&changed.state, changed.attempt), (expected, attempt));
}

#[test]
fn a_task_is_asked_for_once_whatever_becomes_of_the_answer() {
    let words = || "no\u{202e} policy".to_owned();
    let never = "no task could be begun: no  policy";
    let earlier = || output(&[("07", 5, "a1")]);
    let cases = [
        (asked(None), Fact::Task("t".to_owned()), asked(Some("t")), 1),
        // It holds nothing against the window that somebody else's task is under way.
        (
            asked(None),
            Fact::Refused(Refusal::Busy),
            planned("19T12:34"),
            1,
        ),
        (
            asked(None),
            Fact::Refused(Refusal::Never(words())),
            suspect(never, "19T13:30", earlier()),
            1,
        ),
        // Another attempt writes to another place: one that turns up later harms nobody.
        (asked(None), Fact::NoTask, planned(NOW), 2),
    ];
    for (before, fact, expected, attempt) in cases {
        check(before, fact, &expected, attempt);
    }
    let intended = after_it(by_task(planned("19T12:00")), Fact::Intended);
    let State::Exporting(Exporting::Task { asked_at, task, .. }) = &intended.state else {
        panic!("{intended:?}");
    };
    assert_eq!((asked_at, task), (&at(NOW), &None));
    // The list of tasks may not have it yet.
    let young = after_it(intended.clone(), Fact::NoTask);
    assert_eq!(young, intended);
}

#[test]
fn only_a_task_that_completed_is_copied() {
    let copying = State::Exported(Pending {
        earlier: output(&[("07", 5, "a1")]),
        ..Pending::default()
    });
    let failed = "the task did not complete: CANCELLED";
    let earlier = output(&[("07", 5, "a1")]);
    let cases = [
        (TaskStatus::UnderWay, asked(Some("t"))),
        (TaskStatus::Completed, copying.clone()),
        (
            TaskStatus::Failed("CANCELLED".to_owned()),
            suspect(failed, "19T13:30", earlier),
        ),
        // Forgotten long after it was over: the count tells what it did.
        (TaskStatus::Unknown, copying),
    ];
    for (status, expected) in cases {
        check(asked(Some("t")), Fact::Seen(status), &expected, 1);
    }
}

#[test]
fn each_hour_has_the_fuller_attempt_and_is_proven_by_as_many_as_counted() {
    let both = || output(&[("07", 5, "a1"), ("08", 9, "a2")]);
    let differ = "in the hour from 2026-02-18T08:00:00Z the source has 10 events and 9 rows are here; 14 rows in all";
    let empty = "in the hour from 2026-02-18T07:00:00Z the source has 0 events and 5 rows are here; \
        in the hour from 2026-02-18T08:00:00Z the source has 0 events and 9 rows are here; 14 rows in all";
    let counted = |hours: &[(&str, u64)]| Fact::Counted(source("19T12:25", hours));
    let proven = |looked_at| State::Verified(verified(looked_at, false));
    let cases = [
        // What came after the query was begun may not be in it, whenever its answer is read.
        (
            Some(query()),
            counted(&[("07", 5), ("08", 9)]),
            proven("19T12:20"),
        ),
        (None, counted(&[("07", 5), ("08", 9)]), proven("19T12:25")),
        (
            Some(query()),
            counted(&[("07", 5), ("08", 10)]),
            suspect(differ, "19T13:30", both()),
        ),
        // A stream was deleted between the two attempts: what is there now is what the source has.
        (
            Some(query()),
            counted(&[("07", 3), ("08", 9)]),
            State::Verified(Proven {
                output: output(&[("07", 3, "a2"), ("08", 9, "a2")]),
                source: source("19T12:20", &[("07", 3), ("08", 9)]),
                ..verified("19T12:20", false)
            }),
        ),
        // Fewer rows that prove nothing never replace more.
        (
            Some(query()),
            counted(&[]),
            suspect(empty, "19T13:30", both()),
        ),
    ];
    for (query, fact, expected) in cases {
        check(copied(query, 0), fact, &expected, 1);
    }
}

#[test]
fn what_completed_and_is_empty_is_proven_only_by_a_count_of_nothing() {
    let nothing = || {
        by_task(State::Exported(Pending {
            is_copied: true,
            ..Pending::default()
        }))
    };
    let is_proven = |hours: &[(&str, u64)]| {
        after_it(nothing(), Fact::Counted(source("19T12:25", hours))).is_proven()
    };
    assert_eq!(
        [
            is_proven(&[]),
            is_proven(&[("07", 0)]),
            is_proven(&[("07", 1)])
        ],
        [true, true, false]
    );
}

#[test]
fn what_cannot_be_counted_becomes_suspect() {
    let fact = || Fact::Uncounted("Failed".to_owned());
    check(copied(Some(query()), 0), fact(), &copied(None, 1), 1);
    let reason = "the source could not be counted, 4 times: Failed";
    let both = output(&[("07", 5, "a1"), ("08", 9, "a2")]);
    check(
        copied(Some(query()), 3),
        fact(),
        &suspect(reason, "19T13:30", both),
        1,
    );
}

#[test]
fn after_the_last_attempt_it_is_tried_once_a_day() {
    let waits: Vec<_> = (1..=6)
        .map(|attempt| {
            let mut entry = by_task(asked(Some("t")));
            entry.attempt = attempt;
            let failed = Fact::Seen(TaskStatus::Failed("FAILED".to_owned()));
            match after_it(entry, failed).state {
                State::Suspect { again_at, .. } => again_at.duration_since(at(NOW)).as_hours(),
                state => panic!("{state:?}"),
            }
        })
        .collect();
    assert_eq!(waits, [1, 2, 4, 24, 24, 24]);
}

#[test]
fn what_is_suspect_is_exported_again_beside_what_is_there() {
    let entry = by_task(suspect("why", "19T12:00", output(&[("07", 5, "a1")])));
    let again = after_it(entry, Fact::Again);
    assert_eq!((&again.state, again.attempt), (&planned(NOW), 2));
    // Until it is proven, its manifest says that it was not.
    assert!(matches!(again.proof(), Proof::Suspect { .. }));

    let there = output(&[("09", 5, "a1")]);
    let again = after_it(
        direct(suspect("why", "19T12:00", there.clone())),
        Fact::Again,
    );
    let listed_anew = State::Exported(Pending {
        is_copied: true,
        output: there,
        ..Pending::default()
    });
    assert_eq!(again.state, listed_anew);
}

#[test]
fn a_task_that_was_never_begun_is_no_attempt_that_failed() {
    let again = after_it(by_task(asked(None)), Fact::NoTask);
    assert_eq!((again.attempt, again.proof()), (2, Proof::Open));
}

#[test]
fn what_was_listed_only_from_the_middle_on_is_not_proven_by_ids() {
    let mended = |by_ids| {
        let reconciling = Some(Reconciling {
            began_at: at("19T12:10"),
            to: at("18T08:00"),
            piece_ms: None,
            hours: vec![(at("18T07:00"), 5)],
        });
        let proven = Proven {
            reconciling,
            ..verified("19T12:00", by_ids)
        };
        let fact = Fact::Reconciled {
            output: output(&[("07", 5, "a1"), ("08", 10, "a2")]),
            source: SourceCount {
                by: CountedBy::EventIds,
                ..source("19T12:20", &[("07", 5), ("08", 10)])
            },
        };
        let entry = after_it(by_task(State::Verified(proven)), fact);
        (entry.proof(), entry.source().unwrap().by)
    };
    assert_eq!(mended(false), (Proof::Counted, CountedBy::Insights));
    assert_eq!(mended(true), (Proof::EventIds, CountedBy::EventIds));
}

#[test]
fn a_task_that_keeps_failing_is_replaced_by_a_direct_listing_when_that_is_complete() {
    let old = output(&[("07", 9, "a1")]);
    let entry = |failed| Entry {
        failed,
        ..by_task(suspect("why", "19T12:00", old.clone()))
    };
    assert_eq!(after_it(entry(2), Fact::Again).state.name(), "planned");
    for (failed, fact) in [(3, Fact::Again), (0, Fact::AgainDirectly)] {
        let again = after_it(entry(failed), fact);
        assert_eq!((again.mode, again.output()), (Mode::Direct, old.clone()));
        assert_eq!(again.listed(), Output::default());
        let half = Fact::Reconciling {
            done: Reconciling {
                began_at: at(NOW),
                to: at("18T12:00"),
                piece_ms: None,
                hours: vec![(at("18T07:00"), 5)],
            },
            output: output(&[("07", 5, "b")]),
        };
        let half = after_it(again, half);
        assert_eq!(half.output(), old);
        assert_eq!(half.listed(), output(&[("07", 5, "b")]));
        let given_up = after_it(half.clone(), Fact::Unreconciled("why".to_owned()));
        assert_eq!(given_up.output(), old);
        let whole = Fact::Reconciled {
            output: output(&[("07", 5, "b")]),
            source: source(NOW, &[("07", 5)]),
        };
        let whole = after_it(half, whole);
        assert_eq!(
            (whole.proof(), whole.output()),
            (Proof::EventIds, output(&[("07", 5, "b")]))
        );
    }
}

#[test]
fn what_is_read_directly_and_stays_suspect_is_listed_without_what_is_there() {
    let there = output(&[("09", 5, "a1")]);
    let again = |failed| {
        let entry = direct(suspect("why", "19T12:00", there.clone()));
        let again = after_it(Entry { failed, ..entry }, Fact::Again);
        (again.output(), again.listed())
    };
    assert_eq!(again(0), (there.clone(), there.clone()));
    assert_eq!(again(1), (there.clone(), Output::default()));
}

/// A direct window that is read.
fn reading(until: &str, token: Option<&str>) -> State {
    State::Exporting(Exporting::Direct {
        read_until: at(until),
        token: token.map(str::to_owned),
        output: output(&[("09", 2, "a1")]),
    })
}

/// A direct window that was read.
fn was_read(reconciling: Option<Reconciling>) -> State {
    State::Exported(Pending {
        is_copied: true,
        output: output(&[("09", 2, "a1")]),
        reconciling,
        ..Pending::default()
    })
}

#[test]
fn a_direct_window_is_read_to_its_end() {
    let read = |until: &str, token: Option<&str>, rows: u64| Fact::Read {
        until: at(until),
        token: token.map(str::to_owned),
        output: output(&[("09", rows, "a1")]),
    };
    let planned = State::Planned {
        not_before: at("18T09:00"),
        earlier: Output::default(),
    };
    let cases = [
        (
            planned,
            read("18T09:30", None, 2),
            reading("18T09:30", None),
        ),
        (
            reading("18T09:30", None),
            read("18T09:30", Some("p"), 2),
            reading("18T09:30", Some("p")),
        ),
        // All pages have to be read, up to the end.
        (
            reading("18T09:30", None),
            read("18T10:00", Some("p"), 2),
            reading("18T10:00", Some("p")),
        ),
        // What happened just before the end is listed a little later.
        (
            reading("18T09:30", Some("p")),
            read("18T10:04", None, 2),
            reading("18T10:04", None),
        ),
        (
            reading("18T09:30", Some("p")),
            read("18T10:05", None, 2),
            was_read(None),
        ),
    ];
    for (before, fact, expected) in cases {
        assert_eq!(after_it(direct(before), fact).state, expected);
    }
}

#[test]
fn a_direct_window_that_was_read_is_proven_by_ids() {
    let done = |began_at: &str, to: &str| Reconciling {
        began_at: at(began_at),
        to: at(to),
        piece_ms: None,
        hours: Vec::new(),
    };
    let reconciling = |began_at: &str, to: &str| Fact::Reconciling {
        done: done(began_at, to),
        output: output(&[("09", 2, "a1")]),
    };
    let cases = [
        (
            was_read(None),
            reconciling("19T12:00", "18T09:20"),
            was_read(Some(done("19T12:00", "18T09:20"))),
        ),
        // A listing began when its first piece did.
        (
            was_read(Some(done("19T12:00", "18T09:20"))),
            reconciling("19T12:10", "18T09:40"),
            was_read(Some(done("19T12:00", "18T09:40"))),
        ),
        (
            was_read(Some(done("19T12:00", "18T09:40"))),
            Fact::Reconciled {
                output: output(&[("09", 3, "a2")]),
                source: source("19T12:20", &[("09", 3)]),
            },
            State::Verified(Proven {
                output: output(&[("09", 3, "a2")]),
                source: source("19T12:00", &[("09", 3)]),
                by_ids: true,
                swept_at: at("19T12:00"),
                query: None,
                reconciling: None,
            }),
        ),
        (
            was_read(None),
            Fact::Unreconciled("2 rows are not in the source".to_owned()),
            suspect(
                "2 rows are not in the source",
                "19T13:30",
                output(&[("09", 2, "a1")]),
            ),
        ),
    ];
    for (before, fact, expected) in cases {
        assert_eq!(after_it(direct(before), fact).state, expected);
    }
}

#[test]
fn what_is_listed_and_is_not_what_is_there_is_suspect() {
    let pending = State::Exported(Pending {
        is_copied: true,
        ..Pending::default()
    });
    let fact = Fact::Reconciled {
        output: output(&[("09", 2, "a1")]),
        source: source("19T12:20", &[("09", 3)]),
    };
    let reason = "in the hour from 2026-02-18T09:00:00Z the source has 3 events and 2 rows are here; 2 rows in all";
    assert_eq!(
        after_it(direct(pending), fact).state,
        suspect(reason, "19T13:30", output(&[("09", 2, "a1")]))
    );
}

#[test]
fn a_proven_window_is_mended_where_more_came() {
    let counted = |hours: &[(&str, u64)]| Fact::Counted(source("20T12:00", hours));
    let now = at("20T12:05");
    let take = |proven: Proven, fact| {
        after(by_task(State::Verified(proven)), fact, &rules(), now).unwrap()
    };
    let asked = Proven {
        query: Some(Query {
            id: "q".to_owned(),
            began_at: at("20T11:50"),
        }),
        ..verified("19T12:00", false)
    };
    let same = take(asked.clone(), counted(&[("07", 5), ("08", 9)]));
    assert_eq!(same.state, State::Verified(verified("20T11:50", false)));
    // What was there and is gone was proven when it was there.
    let less = take(asked.clone(), counted(&[("08", 9)]));
    assert_eq!(less.state, State::Verified(verified("20T11:50", false)));

    let more = take(asked, counted(&[("07", 5), ("08", 10)]));
    let reconciling = Some(Reconciling {
        began_at: at("20T11:50"),
        to: at("18T08:00"),
        piece_ms: None,
        hours: vec![(at("18T07:00"), 5)],
    });
    let mending = Proven {
        reconciling,
        ..verified("19T12:00", false)
    };
    assert_eq!(more.state, State::Verified(mending));
    assert_eq!(
        (more.is_proven(), more.is_told, more.proof()),
        (false, false, Proof::Open)
    );

    let quiet = take(verified("19T12:00", true), Fact::Unchanged);
    assert_eq!(quiet.state, State::Verified(verified("20T12:05", true)));
}

#[test]
fn a_change_has_to_be_told_and_tidied_up_after() {
    let entry = |is_told| Entry {
        is_told,
        is_tidy: true,
        revision: 7,
        ..by_task(asked(Some("t")))
    };
    let same = after_it(entry(true), Fact::Seen(TaskStatus::UnderWay));
    assert_eq!(same, entry(true));
    let over = after_it(
        entry(true),
        Fact::Seen(TaskStatus::Failed("FAILED".to_owned())),
    );
    assert_eq!(
        (over.revision, over.is_told, over.is_tidy),
        (8, false, false)
    );
    let told = after_it(over.clone(), Fact::Told(8));
    assert_eq!((told.revision, told.is_told), (8, true));
    // An older one was told than there is now.
    assert_eq!(after_it(over.clone(), Fact::Told(7)), over);
    // One of a ledger that was lost: this one goes on after it.
    let behind = after_it(over.clone(), Fact::Told(20));
    assert_eq!((behind.revision, behind.is_told), (21, false));
    assert!(after_it(over, Fact::Tidied).is_tidy);
}

fn states() -> Vec<Entry> {
    let counted = |reconciling| {
        State::Verified(Proven {
            reconciling,
            ..verified("19T12:00", false)
        })
    };
    let lost = State::Expired {
        loss: "some".to_owned(),
        output: Output::default(),
    };
    let copying = State::Exported(Pending::default());
    let reading = State::Exporting(Exporting::Direct {
        read_until: at("18T09:30"),
        token: None,
        output: Output::default(),
    });
    let began = Reconciling {
        began_at: at("19T12:00"),
        to: at("18T07:00"),
        piece_ms: None,
        hours: Vec::new(),
    };
    vec![
        by_task(planned("19T12:00")),
        by_task(asked(None)),
        by_task(asked(Some("t"))),
        by_task(copying),
        by_task(copied(None, 0)),
        by_task(counted(None)),
        by_task(counted(Some(began))),
        by_task(suspect("why", "19T12:00", Output::default())),
        by_task(lost),
        direct(planned("18T09:00")),
        direct(reading),
        direct(copied(None, 0)),
    ]
}

fn facts() -> Vec<Fact> {
    let nothing = || SourceCount {
        hours: Vec::new(),
        ..source("19T12:00", &[])
    };
    vec![
        Fact::Intended,
        Fact::Task("t".to_owned()),
        Fact::Refused(Refusal::Busy),
        Fact::NoTask,
        Fact::Seen(TaskStatus::Completed),
        Fact::Copied {
            to: None,
            is_all: true,
            output: Output::default(),
        },
        Fact::Counting("q".to_owned()),
        Fact::Counted(nothing()),
        Fact::Unchanged,
        Fact::Uncounted(String::new()),
        Fact::Read {
            until: at("18T10:00"),
            token: None,
            output: Output::default(),
        },
        Fact::Reconciled {
            output: Output::default(),
            source: nothing(),
        },
        Fact::Unreconciled(String::new()),
        Fact::GivenUp("some".to_owned()),
        Fact::Again,
        Fact::Told(1),
        Fact::Tidied,
    ]
}

/// Which facts fit which states. What does not is an error that names both, and nothing is changed by it.
#[test]
fn a_fact_that_does_not_fit_is_an_error() {
    let fits = |entry: &Entry| -> Vec<&'static str> {
        let fits = |fact: &Fact| after(entry.clone(), fact.clone(), &rules(), at(NOW)).is_ok();
        facts()
            .iter()
            .filter(|fact| fits(fact))
            .map(Fact::name)
            .collect()
    };
    let table: Vec<String> = states()
        .iter()
        .map(|entry| format!("{}: {}", entry.state.name(), fits(entry).join(", ")))
        .collect();
    insta::assert_snapshot!(table.join("\n"), @r"
    planned: intended, given up, told, tidied
    exporting by task: task, refused, no task, given up, told, tidied
    exporting by task: task, seen, given up, told, tidied
    exported: copied, unreconciled, given up, told, tidied
    exported: counting, counted, uncounted, given up, told, tidied
    verified: counting, counted, unchanged, uncounted, told, tidied
    verified: reconciled, unreconciled, given up, told, tidied
    suspect: given up, again, told, tidied
    expired: told, tidied
    planned: read, reconciled, unreconciled, given up, told, tidied
    exporting directly: read, reconciled, unreconciled, given up, told, tidied
    exported: reconciled, unreconciled, given up, told, tidied
    ");
    assert_eq!(
        after(by_task(planned("19T12:00")), Fact::Again, &rules(), at(NOW))
            .unwrap_err()
            .to_string(),
        "window 2026-02-18T00:00:00Z of log group /ecs/shop is planned, and `again` does not fit that"
    );
}

proptest! {
    /// Whatever is found out, in whatever order: revisions count up, and what is kept of it is bounded.
    #[test]
    fn an_entry_stays_small(
        begins in 0..12_usize,
        steps in prop::collection::vec((0..17_usize, ".{0,40}"), 1..60),
    ) {
        let mut entry = states().swap_remove(begins);
        let mut now = at(NOW);
        for (fact, words) in steps {
            now += SignedDuration::from_mins(1);
            let words = words.repeat(40);
            let fact = match facts().swap_remove(fact) {
                Fact::Uncounted(_) => Fact::Uncounted(words),
                Fact::Unreconciled(_) => Fact::Unreconciled(words),
                Fact::GivenUp(_) => Fact::GivenUp(words),
                fact => fact,
            };
            if let Ok(changed) = after(entry.clone(), fact, &rules(), now) {
                prop_assert!(entry.revision <= changed.revision);
                prop_assert!(changed.noted.len() <= MOST_NOTES);
                let stored = serde_json::to_string(&changed).unwrap();
                prop_assert!(stored.len() < 16 * MOST_TEXT);
                prop_assert_eq!(&serde_json::from_str::<Entry>(&stored).unwrap(), &changed);
                entry = changed;
            }
        }
    }
}
