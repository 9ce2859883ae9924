use proptest::prelude::*;
use shared::exports::manifest::Output;

use super::*;
use crate::parts::fakes::{Objects, Ticking, event, place, sorted, staged, task_row, work};
use crate::sources::LogEvent;

async fn copied(objects: &Objects, pending: &Pending, clock: &Ticking) -> Pending {
    let place = place();
    let fact = copy(objects, work(&place), 1, pending, clock).await;
    match fact.unwrap() {
        Fact::Copied { to, is_all, output } => Pending {
            copied_to: to,
            is_copied: is_all,
            output,
            ..Pending::default()
        },
        fact => panic!("{fact:?}"),
    }
}

/// Copies tick by tick, each with so many looks at the clock, losing what every third tick did.
async fn copied_in_ticks(objects: &Objects, looks: i32) -> Pending {
    let mut pending = Pending::default();
    for tick in 0.. {
        let after = copied(objects, &pending, &Ticking::looks(looks)).await;
        if tick % 3 != 1 {
            pending = after;
        }
        if pending.is_copied {
            break;
        }
    }
    pending
}

fn objects(staged: Vec<(String, Vec<u8>)>) -> Objects {
    let objects = Objects::default();
    let put = |objects: Objects, (key, body): (String, Vec<u8>)| objects.with(&key, body);
    staged.into_iter().fold(objects, put)
}

#[tokio::test]
async fn all_is_copied_only_when_no_tiny_parts_are_left() {
    let objects = Objects::default();
    let parts = [(1, 0), (2, 0), (3, 3_600_000), (4, 3_600_000)];
    let parts = parts.map(|(number, ms)| [task_row(&event(number, ms, &number.to_string()))]);
    let pending = Pending {
        output: objects
            .output(&parts.each_ref().map(<[Row<'_>; 1]>::as_slice))
            .await,
        ..Pending::default()
    };
    let over = copied(&objects, &pending, &Ticking::looks(1)).await;
    assert_eq!((over.is_copied, over.output.parts.len()), (false, 3));
    let whole = copied(&objects, &over, &Ticking::still()).await;
    assert_eq!((whole.is_copied, whole.output.parts.len()), (true, 2));
}

#[tokio::test]
async fn what_a_task_staged_becomes_a_part_for_each_hour() {
    let first = [
        event(1, 3_600_000, "c"),
        event(2, 7, "b\n  at x"),
        event(3, 0, "a"),
    ];
    let second = [event(4, 5, "d")];
    let test = "aws-logs-write-test";
    let (key, body) = staged("web-1", 0, &first);
    let objects = objects(vec![(key.clone(), body), staged("web-1", 1, &second)]);
    let staging = key.split("task-id").next().unwrap();
    let objects = objects.with(
        &format!("{staging}{test}"),
        b"Permission Check Successful".to_vec(),
    );
    let pending = copied(&objects, &Pending::default(), &Ticking::still()).await;
    assert_eq!(pending.copied_to, Some(staged("web-1", 1, &second).0));
    let output = &pending.output;
    assert_eq!(
        output
            .hours()
            .iter()
            .map(|(_, rows)| *rows)
            .collect::<Vec<_>>(),
        [3, 1]
    );
    let [early, late] = output.parts.as_slice() else {
        panic!("{output:?}");
    };
    let [c, b, a] = first;
    let [d] = second;
    assert_eq!(
        objects.rows_of(early).await,
        [b, a, d].map(|event| task_row(&event))
    );
    assert_eq!(objects.rows_of(late).await, [task_row(&c)]);
}

#[tokio::test]
async fn a_task_that_wrote_nothing_has_no_rows() {
    let pending = copied(&Objects::default(), &Pending::default(), &Ticking::still()).await;
    assert_eq!(
        (pending.is_copied, pending.copied_to, pending.output),
        (true, None, Output::default())
    );
}

#[tokio::test]
async fn an_object_too_large_for_one_tick_is_copied_in_several() {
    let events: Vec<_> = (0..20_000)
        .map(|number| event(number, 0, &number.to_string()))
        .collect();
    let (key, body) = staged("web-1", 0, &events);
    let objects = Objects::default().with(&key, body);
    let mut pending = Pending::default();
    for (looks, expected) in [(2, "\n8192"), (4, "\n16384"), (9, key.as_str())] {
        pending = copied(&objects, &pending, &Ticking::looks(looks)).await;
        assert_eq!(pending.copied_to.as_deref(), Some(expected));
    }
    assert!(pending.is_copied);
    let expected = events.iter().map(task_row).collect();
    assert_eq!(objects.rows(&pending.output).await, sorted(expected));
}

/// It is unpacked from its beginning each time, and that takes longer the more of it was copied.
#[tokio::test]
async fn an_object_that_cannot_be_unpacked_as_far_as_it_was_copied_makes_the_window_suspect_in_the_end()
 {
    let events: Vec<_> = (0..20_000)
        .map(|number| event(number, 0, &number.to_string()))
        .collect();
    let (key, body) = staged("web-1", 0, &events);
    let objects = Objects::default().with(&key, body);
    let mut pending = Pending::default();
    for expected in ["\n4096", "\n4096 1", "\n4096 2"] {
        pending = copied(&objects, &pending, &Ticking::looks(1)).await;
        assert_eq!(pending.copied_to.as_deref(), Some(expected));
    }
    // A longer tick gets on.
    let longer = copied(&objects, &pending, &Ticking::looks(3)).await;
    assert_eq!(longer.copied_to.as_deref(), Some("\n12288"));
    for _ in 3..MOST_STALLS {
        pending = copied(&objects, &pending, &Ticking::looks(1)).await;
    }
    assert_eq!(pending.output.rows(), 4096);
    let (place, clock) = (place(), Ticking::looks(1));
    let fact = copy(&objects, work(&place), 1, &pending, &clock).await;
    let expected = format!(
        "object {key}, which the export task wrote, is so large that its first 4096 records, which were copied before, \
         cannot be unpacked in the time of a tick: give the function more memory, with which it is faster"
    );
    assert_eq!(fact.unwrap(), Fact::Unreconciled(expected));
}

#[tokio::test]
async fn events_that_are_the_same_but_for_their_ids_are_all_kept_whenever_they_are_copied() {
    let staged: Vec<_> = (0..5)
        .map(|number| staged("web-1", number, &[event(number, 9, "same")]))
        .collect();
    let objects = objects(staged);
    let pending = copied_in_ticks(&objects, 1).await;
    let expected = vec![task_row(&event(0, 9, "same")); 5];
    assert_eq!(objects.rows(&pending.output).await, expected);
}

#[tokio::test]
async fn what_no_task_writes_makes_the_window_suspect() {
    let (key, body) = staged("web-1", 0, &[event(1, 0, "a")]);
    let torn = body[..body.len() - 3].to_vec();
    let foreign = key.replace("000000.gz", "notes.txt");
    let late = staged("web-1", 0, &[event(1, 7_200_000, "of the next window")]).1;
    for (key, body, expected) in [
        (
            &key,
            torn,
            "object {key}, which the export task wrote, cannot be read: it is cut off",
        ),
        (
            &key,
            b"no gzip".to_vec(),
            "object {key}, which the export task wrote, cannot be read: couldn't unpack it: deflate decompression error: incorrect header check",
        ),
        (
            &key,
            late,
            "object {key}, which the export task wrote, cannot be read: it does not begin with a timestamp of the window as export tasks write it",
        ),
        (
            &foreign,
            Vec::new(),
            "object {key} lies where the export task wrote, and is none that export tasks write",
        ),
    ] {
        let objects = Objects::default().with(key, body);
        let fact = copy(
            &objects,
            work(&place()),
            1,
            &Pending::default(),
            &Ticking::still(),
        )
        .await;
        assert_eq!(
            fact.unwrap(),
            Fact::Unreconciled(expected.replace("{key}", key))
        );
    }
}

fn message() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "(\n|\0|\"|\\\\|2026-02-18T2|0:07:01.123Z|a|[0-9]| ){0,20}",
        (0..30_000_usize).prop_map(|length| "long\n".repeat(length / 5)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_event_is_copied_exactly_once_whatever_the_ticks_and_pieces(
        streams in proptest::collection::vec(
            proptest::collection::vec((0..7_200_000_i64, message()), 0..12),
            0..8,
        ),
        looks in 1..6,
        piece in 1..300_usize,
    ) {
        let events: Vec<Vec<LogEvent>> = streams
            .into_iter()
            .enumerate()
            .map(|(stream, messages)| {
                let one = |(ms, message): (i64, String)| LogEvent {
                    stream: format!("web/{stream}"),
                    ..event(0, ms, &message.replace("123Z ", "123Z"))
                };
                messages.into_iter().map(one).collect()
            })
            .collect();
        let staged = events
            .iter()
            .enumerate()
            .map(|(stream, events)| staged(&format!("web-{stream}"), 0, events))
            .collect();
        let objects = Objects { piece, ..objects(staged) };
        let expected = sorted(events.iter().flatten().map(task_row).collect());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let rows = runtime.block_on(async {
            let pending = copied_in_ticks(&objects, looks).await;
            objects.rows(&pending.output).await
        });
        prop_assert_eq!(rows, expected);
    }
}
