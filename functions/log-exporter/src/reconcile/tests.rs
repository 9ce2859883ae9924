use proptest::prelude::*;

use super::*;
use crate::parts::fakes::{
    Objects, Source, Ticking, at, event, place, row, sorted, task_row, work,
};
use crate::sources::{Bucket as _, LogEvent};

async fn once(
    source: &Source,
    objects: &Objects,
    (output, done): (&Output, Option<&Reconciling>),
    clock: &Ticking,
) -> Fact {
    let place = place();
    let fact = reconcile((source, objects), work(&place), output, done, clock).await;
    fact.unwrap()
}

/// Reconciles tick by tick, each with so many looks at the clock.
async fn in_ticks(source: &Source, objects: &Objects, mut output: Output, looks: i32) -> Fact {
    let mut done = None;
    for _ in 0..5_000 {
        let clock = Ticking::looks(looks);
        match once(source, objects, (&output, done.as_ref()), &clock).await {
            Fact::Reconciling {
                done: further,
                output: there,
            } => {
                done = Some(further);
                output = there;
            }
            fact => return fact,
        }
    }
    panic!("it does not end");
}

fn source(events: Vec<LogEvent>) -> Source {
    Source {
        events,
        page: 10,
        ..Source::default()
    }
}

#[tokio::test]
async fn what_is_missing_is_added_and_what_is_there_is_found_with_and_without_ids() {
    let events: Vec<_> = (0..40)
        .map(|number| event(number, 180_000 * number, &format!("m{}", number % 3)))
        .collect();
    let objects = Objects::default();
    let by_id: Vec<_> = events.iter().take(10).map(row).collect();
    let by_task: Vec<_> = events.iter().skip(10).take(15).map(task_row).collect();
    let output = objects.output(&[&by_id, &by_task]).await;
    let source = source(events.clone());
    let fact = in_ticks(&source, &objects, output, 9).await;
    let Fact::Reconciled { output, source } = fact else {
        panic!("{fact:?}");
    };
    assert_eq!(source.by, CountedBy::EventIds);
    assert_eq!(source.hours, [(at("20:00:00"), 20), (at("21:00:00"), 20)]);
    assert_eq!(output.hours(), source.hours);
    let missing = events.iter().skip(25).map(row);
    let expected = by_id.into_iter().chain(by_task).chain(missing).collect();
    assert_eq!(objects.rows(&output).await, sorted(expected));
    assert_eq!(output.parts.len(), 2);
}

#[tokio::test]
async fn rows_that_are_there_twice_by_their_ids_are_taken_out() {
    let events: Vec<_> = (0..10)
        .map(|number| event(number, 500_000 * number, "m"))
        .collect();
    let rows: Vec<_> = events.iter().map(row).collect();
    let objects = Objects::default();
    let output = objects
        .output(&[&rows, &rows[..4], &[rows[0].clone(), rows[0].clone()]])
        .await;
    assert_eq!(output.rows(), 16);
    let source = source(events);
    // That there are fewer rows now is told before it is said that they are right.
    let first = once(&source, &objects, (&output, None), &Ticking::still()).await;
    assert!(matches!(&first, Fact::Reconciling { output, .. } if output.rows() == 10));
    let fact = in_ticks(&source, &objects, output, 50).await;
    let Fact::Reconciled { output, .. } = fact else {
        panic!("{fact:?}");
    };
    assert_eq!(objects.rows(&output).await, sorted(rows));
}

#[tokio::test]
async fn more_rows_than_events_are_not_reconciled_but_what_was_missing_is_added_first() {
    let events: Vec<_> = (0..4).map(|number| event(number, 1_000, "m")).collect();
    let rows: Vec<_> = [
        task_row(&events[0]),
        task_row(&event(9, 3_600_000, "forgotten")),
    ]
    .to_vec();
    let objects = Objects::default();
    let output = objects.output(&[&rows]).await;
    let source = source(events);
    let first = once(&source, &objects, (&output, None), &Ticking::still()).await;
    assert!(matches!(&first, Fact::Reconciling { output, .. } if output.rows() == 5));
    assert_eq!(
        in_ticks(&source, &objects, output, 50).await,
        Fact::Unreconciled(
            "in the hour from 2026-02-18T21:00:00Z there are 1 rows, and the source has 0 events"
                .to_owned()
        )
    );
}

#[tokio::test]
async fn events_that_differ_by_their_ids_alone_need_a_row_each() {
    let events: Vec<_> = (0..5).map(|number| event(number, 1_000, "same")).collect();
    let objects = Objects::default();
    let output = objects
        .output(&[&[task_row(&events[0]), task_row(&events[1])]])
        .await;
    let fact = in_ticks(&source(events), &objects, output, 50).await;
    assert!(matches!(fact, Fact::Reconciled { output, .. } if output.rows() == 5));
}

#[tokio::test]
async fn an_event_that_is_listed_twice_is_one() {
    let events = vec![event(1, 0, "a"), event(1, 0, "a")];
    let fact = in_ticks(&source(events), &Objects::default(), Output::default(), 50).await;
    assert!(matches!(fact, Fact::Reconciled { output, .. } if output.rows() == 1));
}

#[tokio::test]
async fn an_empty_window_is_reconciled() {
    let clock = Ticking::still();
    let fact = once(
        &source(Vec::new()),
        &Objects::default(),
        (&Output::default(), None),
        &clock,
    )
    .await;
    assert_eq!(
        fact,
        Fact::Reconciled {
            output: Output::default(),
            source: SourceCount {
                by: CountedBy::EventIds,
                at: at("23:00:00"),
                hours: Vec::new(),
            },
        }
    );
}

#[tokio::test]
async fn a_crowded_moment_is_listed_in_ever_smaller_pieces() {
    let crowd = (0..21_000).map(|number| event(number, 1_234_567, "m"));
    let others = (21_000..25_000).map(|number| event(number, 900 * (number - 21_000), "m"));
    let source = Source {
        page: 5_000,
        ..source(crowd.chain(others).collect())
    };
    let fact = in_ticks(&source, &Objects::default(), Output::default(), 500).await;
    assert!(matches!(fact, Fact::Reconciled { output, .. } if output.rows() == 25_000));
}

/// Each tick gets on, however short it is.
#[tokio::test]
async fn a_piece_too_large_for_a_tick_is_halved_in_the_next_one_until_it_fits() {
    let events = (0..1_000).map(|number| event(number, number, "m"));
    let source = source(events.collect());
    let objects = Objects::default();
    let (mut output, mut done) = (Output::default(), None::<Reconciling>);
    let mut pieces = Vec::new();
    for _ in 0..14 {
        let clock = Ticking::looks(2);
        let fact = once(&source, &objects, (&output, done.as_ref()), &clock).await;
        let Fact::Reconciling {
            done: further,
            output: there,
        } = fact
        else {
            panic!("{fact:?}");
        };
        pieces.push((
            further.piece_ms.unwrap(),
            further.to.as_millisecond() - at("20:00:00").as_millisecond(),
        ));
        (output, done) = (there, Some(further));
    }
    assert_eq!(pieces.first(), Some(&(1_800_000, 0)));
    assert_eq!(pieces.last(), Some(&(219, 0)));
    let fact = in_ticks(&source, &objects, output, 2).await;
    assert!(matches!(fact, Fact::Reconciled { output, .. } if output.rows() == 1_000));
}

/// A task's lines can lack the line ends of the messages, and a proven window gets events late.
#[tokio::test]
async fn a_late_event_is_added_beside_rows_whose_line_ends_a_task_did_not_write() {
    let message = "REPORT RequestId: 1\r\n";
    let mut events: Vec<_> = (0..20)
        .map(|number| event(number, number / 2, message))
        .collect();
    let trimmed = |event: &LogEvent| LogEvent {
        message: event.message.trim_end().to_owned(),
        ..event.clone()
    };
    let rows: Vec<_> = events
        .iter()
        .map(|event| task_row(&trimmed(event)))
        .collect();
    let objects = Objects::default();
    let output = objects.output(&[&rows]).await;
    events.push(event(20, 4, message));
    let fact = in_ticks(&source(events.clone()), &objects, output, 50).await;
    let Fact::Reconciled { output, source } = fact else {
        panic!("{fact:?}");
    };
    assert_eq!(output.hours(), source.hours);
    let expected = rows.into_iter().chain([row(&events[20])]).collect();
    assert_eq!(objects.rows(&output).await, sorted(expected));
}

#[tokio::test]
async fn what_a_part_had_that_is_gone_or_damaged_is_read_from_the_source_again() {
    for is_gone in [true, false] {
        let events = [
            event(1, 0, "a"),
            event(2, 3_600_000, "b"),
            event(3, 3_600_001, "c"),
        ];
        let rows = events.each_ref().map(row);
        let objects = Objects::default();
        let output = objects.output(&[&rows[..1], &rows[1..]]).await;
        for part in &output.parts {
            if is_gone {
                objects
                    .remove(std::slice::from_ref(&part.key))
                    .await
                    .unwrap();
            } else {
                objects.put(&part.key, b"damaged".to_vec()).await.unwrap();
            }
        }
        let source = source(events.to_vec());
        let fact = in_ticks(&source, &objects, output, 50).await;
        let Fact::Reconciled { output, source } = fact else {
            panic!("{fact:?}");
        };
        assert_eq!(source.hours, [(at("20:00:00"), 1), (at("21:00:00"), 2)]);
        assert_eq!(objects.rows(&output).await, sorted(rows.to_vec()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_rows_become_the_events_each_once(
        given in proptest::collection::vec(
            // When, what, and how often it is there: as a task wrote it, or by its id.
            (0..7_200_000_i64, "(\n|\0|a|b|\"|\u{ff}){0,6}", any::<bool>(), 0..3_usize),
            0..40,
        ),
        looks in 2..20,
        page in 1..15_usize,
        piece in 1..500_usize,
    ) {
        let events: Vec<_> = given
            .iter()
            .zip(0..)
            .map(|((ms, message, _, _), number)| event(number, *ms, message))
            .collect();
        let mut rows = Vec::new();
        for (event, (_, _, is_task, times)) in events.iter().zip(&given) {
            if *is_task && *times > 0 {
                rows.push(task_row(event));
            } else {
                rows.extend(std::iter::repeat_n(row(event), *times));
            }
        }
        let objects = Objects { piece, ..Objects::default() };
        let source = Source { page, ..source(events.clone()) };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let there = runtime.block_on(async {
            let slices: Vec<_> = rows.chunks(7).collect();
            let output = objects.output(&slices).await;
            let fact = in_ticks(&source, &objects, output, looks).await;
            let Fact::Reconciled { output, .. } = fact else {
                panic!("{fact:?}");
            };
            objects.rows(&output).await
        });
        let mut expected: Vec<_> = events.iter().map(words).collect();
        let mut found: Vec<_> = there
            .iter()
            .map(|row| (row.timestamp_ms, row.stream.replace('/', "-"), row.message.to_string()))
            .collect();
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
    }
}

fn words(event: &LogEvent) -> (i64, String, String) {
    (
        event.timestamp_ms,
        event.stream.replace('/', "-"),
        event.message.clone(),
    )
}
