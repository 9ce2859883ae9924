use std::sync::Mutex;

use proptest::prelude::*;

use shared::exports::manifest::Mode;

use super::*;
use crate::ledger::samples::{group, rules};
use crate::ledger::{Entry, Step, after, next};
use crate::parts::fakes::{Objects, Source, Ticking, event, place, row, sorted, window, work};
use crate::rules::Rules;

/// What the ledger keeps between ticks.
#[derive(Clone, Debug, Default, PartialEq)]
struct Kept {
    token: Option<String>,
    output: Output,
}

async fn tick(
    source: &Source,
    objects: &Objects,
    kept: &Kept,
    clock: &Ticking,
) -> (Timestamp, Kept) {
    let span = Span {
        from: window().start(),
        until: window().end(),
        token: kept.token.as_deref(),
    };
    let place = place();
    let fact = read((source, objects), work(&place), span, &kept.output, clock).await;
    match fact.unwrap() {
        Fact::Read {
            until,
            token,
            output,
        } => (until, Kept { token, output }),
        fact => panic!("{fact:?}"),
    }
}

fn source(count: i64, page: usize) -> Source {
    let at = |number: i64| number * 7_001 % 7_200_000;
    Source {
        events: (0..count)
            .map(|number| event(number, at(number), "hello\n\0"))
            .collect(),
        page,
        ..Source::default()
    }
}

#[tokio::test]
async fn a_span_is_read_page_by_page_over_several_ticks() {
    let (source, objects) = (source(25, 10), Objects::default());
    let (until, kept) = tick(&source, &objects, &Kept::default(), &Ticking::looks(1)).await;
    let end = window().end().as_millisecond();
    assert_eq!(
        (until, kept.token.clone()),
        (window().start(), Some(format!("{end} once 10")))
    );
    assert_eq!(kept.output.rows(), 10);
    let (until, kept) = tick(&source, &objects, &kept, &Ticking::looks(9)).await;
    assert_eq!((until, &kept.token), (window().end(), &None));
    let expected = source.events.iter().map(row).collect();
    assert_eq!(objects.rows(&kept.output).await, sorted(expected));
}

#[tokio::test]
async fn a_token_goes_on_with_the_span_that_it_came_from() {
    let (source, objects) = (source(25, 10), Objects::default());
    let (_, kept) = tick(&source, &objects, &Kept::default(), &Ticking::looks(1)).await;
    let later = Span {
        from: window().start(),
        until: window().end() + jiff::SignedDuration::from_mins(5),
        token: kept.token.as_deref(),
    };
    let place = place();
    let fact = read(
        (&source, &objects),
        work(&place),
        later,
        &kept.output,
        &Ticking::still(),
    )
    .await;
    assert!(
        matches!(fact.unwrap(), Fact::Read { until, token: None, .. } if until == window().end())
    );
    let asked = source.asked.lock().unwrap();
    assert!(asked.iter().all(|(_, until, _)| *until == window().end()));
}

#[tokio::test]
async fn a_token_that_is_not_known_any_more_begins_the_span_again_and_doubles_nothing() {
    let (mut source, objects) = (source(25, 10), Objects::default());
    let (_, kept) = tick(&source, &objects, &Kept::default(), &Ticking::looks(2)).await;
    assert_eq!(kept.output.rows(), 20);
    source.has_forgotten = Mutex::new(true);
    let (_, kept) = tick(&source, &objects, &kept, &Ticking::still()).await;
    let expected = source.events.iter().map(row).collect();
    assert_eq!(objects.rows(&kept.output).await, sorted(expected));
}

#[tokio::test]
async fn a_page_that_fails_is_asked_for_again_by_the_next_tick() {
    let (mut source, objects) = (source(25, 10), Objects::default());
    source.has_forgotten = Mutex::new(true);
    let (_, kept) = tick(&source, &objects, &Kept::default(), &Ticking::still()).await;
    assert_eq!(kept.output.rows(), 10);
    let (_, kept) = tick(&source, &objects, &kept, &Ticking::still()).await;
    let expected = source.events.iter().map(row).collect();
    assert_eq!(objects.rows(&kept.output).await, sorted(expected));
}

/// A tick reads some minutes again that an earlier one has read.
#[tokio::test]
async fn what_is_read_again_is_there_once_and_nothing_new_is_nothing_more() {
    let (mut source, objects) = (source(25, 10), Objects::default());
    let late = source.events.split_off(20);
    let (_, kept) = tick(&source, &objects, &Kept::default(), &Ticking::still()).await;
    let there = objects.all.lock().unwrap().len();
    let (until, again) = tick(&source, &objects, &kept, &Ticking::still()).await;
    assert_eq!((until, &again), (window().end(), &kept));
    assert_eq!(objects.all.lock().unwrap().len(), there);
    source.events.extend(late);
    let (_, kept) = tick(&source, &objects, &kept, &Ticking::still()).await;
    let expected = source.events.iter().map(row).collect();
    assert_eq!(objects.rows(&kept.output).await, sorted(expected));
}

#[tokio::test]
async fn messages_lose_their_secrets_if_that_is_asked_for() {
    let secret = "AKIAQ3EGRD5WLZNKXJPT";
    let source = Source {
        events: vec![event(1, 0, &format!("aws_access_key_id = {secret}\nnext"))],
        page: 10,
        ..Source::default()
    };
    let (objects, place) = (Objects::default(), place());
    let work = Work {
        is_redacted: true,
        ..work(&place)
    };
    let span = Span {
        from: window().start(),
        until: window().end(),
        token: None,
    };
    let fact = read(
        (&source, &objects),
        work,
        span,
        &Output::default(),
        &Ticking::still(),
    )
    .await;
    let Fact::Read { output, .. } = fact.unwrap() else {
        panic!("nothing was read");
    };
    let rows = objects.rows(&output).await;
    assert!(!rows[0].message.contains(secret) && rows[0].message.ends_with("\nnext"));
    assert_eq!(rows[0].event_id, row(&source.events[0]).event_id);
}

#[tokio::test]
async fn what_is_not_of_the_span_is_not_read() {
    let mut source = source(1, 10);
    source.events.push(event(7, -1, "before"));
    source.events.push(event(8, 7_200_000, "after"));
    let (_, kept) = tick(
        &source,
        &Objects::default(),
        &Kept::default(),
        &Ticking::still(),
    )
    .await;
    assert_eq!(kept.output.rows(), 1);
}

/// What happens in the window, in the order in which it is listed; when, and how many milliseconds later it can be listed.
fn history() -> impl Strategy<Value = Vec<(LogEvent, Timestamp)>> {
    let one = (0..7_200_000_i64, 0..=300_000_i64);
    proptest::collection::vec(one, 0..40).prop_map(|given| {
        let listed = given.into_iter().zip(0..).map(|((ms, late), number)| {
            let event = event(number, ms, "m");
            let at = event.timestamp_ms + late;
            (event, Timestamp::from_millisecond(at).unwrap())
        });
        listed.collect()
    })
}

/// Takes the steps of the ledger for a window until there is none, or until it is to be sealed.
async fn live(
    source: &Source,
    objects: &Objects,
    mut entry: Entry,
    (now, looks): (Timestamp, i32),
) -> Entry {
    let rules = Rules {
        seal: jiff::SignedDuration::from_hours(9),
        ..rules()
    };
    loop {
        let fact = match next(&entry, &group(None), &rules, now) {
            Step::Tell => Fact::Told(entry.revision),
            Step::Read { from, until, token } => {
                let token = token.as_deref();
                let span = Span { from, until, token };
                let (place, output) = (place(), entry.output());
                let clock = Ticking::looks(looks);
                read((source, objects), work(&place), span, &output, &clock)
                    .await
                    .unwrap()
            }
            _ => return entry,
        };
        entry = after(entry, fact, &rules, now).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// From the event to the bucket within one tick, also if it can be listed only minutes after it happened.
    #[test]
    fn after_each_tick_all_that_could_be_listed_is_there_once(
        history in history(),
        ticks in proptest::collection::vec((60..900_i64, 1..4, any::<bool>()), 20..60),
        page in 1..9_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let objects = Objects::default();
        let mut source = Source { page, ..Source::default() };
        let mut entry = Entry::planned("/ecs/shop", window(), Mode::Direct, &rules());
        let mut now = window().start();
        for (seconds, looks, forgets) in ticks {
            now += jiff::SignedDuration::from_secs(seconds);
            let could = history.iter().filter(|(event, at)| {
                *at <= now && event.timestamp_ms < now.as_millisecond()
            });
            source.events = could.map(|(event, _)| event.clone()).collect();
            *source.has_forgotten.lock().unwrap() = forgets;
            let expected = sorted(source.events.iter().map(row).collect());
            let (after, rows) = runtime.block_on(async {
                let after = live(&source, &objects, entry, (now, looks)).await;
                let rows = objects.rows(&after.output()).await;
                (after, rows)
            });
            prop_assert_eq!(rows, expected, "at {}", now);
            entry = after;
        }
    }

    #[test]
    fn every_event_is_read_exactly_once_whatever_the_ticks_and_lost_tokens(
        count in 0..60_i64,
        page in 1..20_usize,
        ticks in proptest::collection::vec((1..5, any::<bool>(), any::<bool>()), 0..8),
    ) {
        let (source, objects) = (source(count, page), Objects::default());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let rows = runtime.block_on(async {
            let mut kept = Kept::default();
            for (looks, forgets, is_lost) in ticks {
                *source.has_forgotten.lock().unwrap() = forgets;
                let (until, after) = tick(&source, &objects, &kept, &Ticking::looks(looks)).await;
                if !is_lost {
                    kept = after;
                }
                if until == window().end() && !is_lost {
                    return objects.rows(&kept.output).await;
                }
            }
            *source.has_forgotten.lock().unwrap() = false;
            let (_, kept) = tick(&source, &objects, &kept, &Ticking::still()).await;
            objects.rows(&kept.output).await
        });
        prop_assert_eq!(rows, sorted(source.events.iter().map(row).collect()));
    }
}
