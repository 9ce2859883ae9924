//! Whole histories through the real executor, on a world with state.

mod hold;
mod looked;
mod past;
mod sources;
mod world;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use shared::exports::manifest::{CountedBy, Manifest};
use shared::metrics::{Meter, Metric};
use wildmatch::WildMatch;

use self::hold::{entries, states, unproven};
use self::sources::Store;
use self::world::{Fault, Logged, Outcome, Task, World};
use super::{Memo, Tick, Ticked};
use crate::catalog::{CATALOG, Catalog, Checked};
use crate::lease::TICK;
use crate::ledger::LEDGER;
use crate::metrics::Tally;
use crate::preflight::Installation;
use crate::rules::Rules;
use crate::sources::LogEvent;

const NOW: &str = "2026-02-18T10:05:00Z";
const EVERY: SignedDuration = SignedDuration::from_mins(5);

struct Silent;

impl Meter for Silent {
    fn record(&self, _: &Metric, _: Timestamp) {}
}

fn patterns(texts: &[&str]) -> Vec<WildMatch> {
    texts.iter().map(|text| WildMatch::new(text)).collect()
}

fn rules() -> Rules {
    Rules {
        groups: patterns(&["/ecs/*"]),
        tag: Some(("export".to_owned(), "true".to_owned())),
        denied: patterns(&["/ecs/secret", "/ecs/medic-*"]),
        direct: patterns(&["/ecs/direct*"]),
        redacted: Vec::new(),
        settle: SignedDuration::ZERO,
        seal: SignedDuration::ZERO,
        reach_back: SignedDuration::from_hours(12),
        count_by: CountedBy::Insights,
        sweep_every: SignedDuration::from_hours(24),
        most_attempts: 5,
        pace: 1,
    }
}

/// A group of which each hour of the day before `NOW` has an event of each of two streams.
fn logged() -> Logged {
    let now: Timestamp = NOW.parse().unwrap();
    let events = (0..24).flat_map(|hours| {
        let at = (now - SignedDuration::from_hours(hours)).as_millisecond();
        ["web/1", "web/2"].map(|stream| LogEvent {
            timestamp_ms: at,
            ingestion_ms: at,
            stream: stream.to_owned(),
            event_id: format!("{at}-{stream}"),
            message: format!("line {hours}\nof {stream}"),
        })
    });
    let mut events: Vec<_> = events.collect();
    events.sort_by_key(|event| event.timestamp_ms);
    Logged {
        created_at: now - SignedDuration::from_hours(100),
        events,
        ..Logged::default()
    }
}

fn world(groups: &[&str]) -> World {
    let world = World::at(NOW);
    let groups = groups.iter().map(|name| ((*name).to_owned(), logged()));
    world.state().groups = groups.collect();
    world
}

/// One tick of 30 seconds in a sandbox; `None` if it was killed.
async fn tick_in(world: &World, memo: &Memo, rules: &Rules, is_paused: bool) -> Option<Ticked> {
    let now = world.state().now;
    let tick = Tick {
        logs: world,
        bucket: world,
        records: Store(world, "state"),
        manifests: Store(world, "exports"),
        settings: world,
        time: world,
        rules,
        fingerprint: "as it is",
        installation: Installation {
            bucket: "exports".to_owned(),
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
        },
        is_paused,
        holder: "invocation".to_owned(),
        ends_at: now + SignedDuration::from_secs(30),
        memo,
        meter: &Silent,
    };
    let ticked = tokio::select! {
        biased;
        () = world.crashed() => None,
        // Without the state bucket nothing can be done, as if it had been killed.
        ticked = Box::pin(tick.run()) => ticked.ok(),
    };
    let mut state = world.state();
    state.now = state.now.max(now + EVERY);
    ticked
}

async fn tick(world: &World) -> Tally {
    match tick_in(world, &Memo::default(), &rules(), false).await {
        Some(Ticked::Done(tally)) => tally,
        other => panic!("the tick had no turn: {other:?}"),
    }
}

/// Ticks in one sandbox until nothing is left to prove, or for so many ticks.
async fn ticks(world: &World, most: usize) -> usize {
    let memo = Memo::default();
    for number in 0..most {
        if number > 0 && unproven(world).is_empty() {
            return number;
        }
        tick_in(world, &memo, &rules(), false).await;
    }
    most
}

fn catalog(world: &World) -> Catalog {
    let state = world.state();
    let stored = &state.buckets[&("state", CATALOG.to_owned())];
    serde_json::from_slice(&stored.body).unwrap()
}

fn counted(world: &World, call: &str) -> usize {
    world.state().counted.get(call).copied().unwrap_or_default()
}

#[tokio::test]
async fn a_day_is_exported_by_a_task_and_proven_in_one_tick() {
    let world = world(&["/ecs/shop"]);
    let tally = tick(&world).await;
    assert_eq!(states(&world), ["/ecs/shop 20260217T22 verified"]);
    assert_eq!(unproven(&world), Vec::<String>::new());
    assert_eq!((tally.verified, tally.rows, tally.failures), (1, 4, 0));
    assert_eq!(counted(&world, "create"), 1);
    let known = catalog(&world).groups.remove("/ecs/shop").unwrap();
    let midnight = "2026-02-18T00:00:00Z".parse().ok();
    assert_eq!(known.hint.verified_until, midnight);
    // It is still to be tidied up and counted again: it stays among those that are looked at.
    assert_eq!(known.hint.open_from, "2026-02-17T22:00:00Z".parse().ok());
}

#[tokio::test]
async fn a_group_that_is_read_directly_is_there_within_a_tick_and_proven_hour_by_hour() {
    let world = world(&["/ecs/direct"]);
    assert_eq!(ticks(&world, 30).await, 1, "{:?}", states(&world));
    let states = states(&world);
    assert_eq!(states.len(), 13);
    assert_eq!(
        states.last().unwrap(),
        "/ecs/direct 20260218T10 exporting directly"
    );
}

/// Whatever call a tick is killed at, or loses its answer: the ticks after it prove everything, and no task is asked for twice.
#[tokio::test]
async fn a_tick_may_be_killed_at_any_call() {
    for group in ["/ecs/shop", "/ecs/direct"] {
        let calls = {
            let world = world(&[group]);
            tick(&world).await;
            world.state().calls
        };
        assert!(calls > 20, "{calls}");
        for fault in [Fault::CrashBefore, Fault::CrashAfter, Fault::LostAnswer] {
            for number in 1..=calls {
                let world = world(&[group]);
                world.state().fault = Some((number, fault));
                tick_in(&world, &Memo::default(), &rules(), false).await;
                ticks(&world, 15).await;
                let at = format!("{group}, {fault:?} at call {number} of {calls}");
                assert_eq!(unproven(&world), Vec::<String>::new(), "{at}");
                assert!(counted(&world, "create") <= 2, "{at}");
                let tasks = world.state().tasks.len();
                assert!(tasks <= 1, "{at}: {tasks} tasks");
            }
        }
    }
}

#[tokio::test]
async fn of_two_ticks_at_once_one_exits_quietly() {
    let world = world(&["/ecs/shop"]);
    let (memo, rules) = (Memo::default(), rules());
    world.state().fault = Some((10, Fault::CrashBefore));
    assert_eq!(tick_in(&world, &memo, &rules, false).await, None);
    world.state().now = NOW.parse().unwrap();
    let ticked = tick_in(&world, &memo, &rules, false).await;
    assert_eq!(ticked, Some(Ticked::Held));
    let tally = tick(&world).await;
    // The one that was killed is a failure that somebody hears of.
    assert_eq!((tally.verified, tally.failures), (1, 1));
}

/// Two sandboxes without a lease between them, each killed or not: the ledger alone keeps them apart.
#[tokio::test]
async fn a_tick_without_its_lease_does_no_harm() {
    for number in 1..80 {
        let world = world(&["/ecs/shop", "/ecs/direct"]);
        world.state().fault = Some((number, Fault::CrashAfter));
        tick_in(&world, &Memo::default(), &rules(), false).await;
        world.state().buckets.remove(&("state", TICK.to_owned()));
        world.state().now = "2026-02-18T10:05:02Z".parse().unwrap();
        let (memo, other, rules) = (Memo::default(), Memo::default(), rules());
        let (one, two) = tokio::join!(tick_in(&world, &memo, &rules, false), async {
            tokio::task::yield_now().await;
            world.state().buckets.remove(&("state", TICK.to_owned()));
            tick_in(&world, &other, &rules, false).await
        });
        assert!(one.is_some() && two.is_some());
        ticks(&world, 15).await;
        assert_eq!(unproven(&world), Vec::<String>::new(), "killed at {number}");
        assert!(world.state().tasks.len() <= 1, "killed at {number}");
    }
}

#[tokio::test]
async fn the_hints_can_be_deleted() {
    let world = world(&["/ecs/shop", "/ecs/direct"]);
    ticks(&world, 5).await;
    let before = states(&world);
    for key in [CATALOG, TICK] {
        world.state().buckets.remove(&("state", key.to_owned()));
    }
    tick(&world).await;
    assert_eq!(states(&world), before);
    assert_eq!(world.state().tasks.len(), 1);
    for key in [CATALOG, TICK] {
        world
            .state()
            .write("state", key.to_owned(), b"no JSON".to_vec());
    }
    tick(&world).await;
    assert_eq!(states(&world), before);
}

#[tokio::test]
async fn a_foreign_task_is_waited_for() {
    let world = world(&["/ecs/shop"]);
    let over_at = world.state().now + SignedDuration::from_mins(18);
    world.state().tasks.push(Task {
        id: "foreign".to_owned(),
        group: "/other".to_owned(),
        window: None,
        prefix: "elsewhere".to_owned(),
        over_at,
        outcome: Outcome::Complete,
        is_over: false,
    });
    let tally = tick(&world).await;
    assert_eq!((tally.verified, tally.failures), (0, 0));
    assert_eq!(states(&world), ["/ecs/shop 20260217T22 planned"]);
    assert_eq!(ticks(&world, 10).await, 4);
    let attempts: Vec<_> = entries(&world).iter().map(|entry| entry.attempt).collect();
    assert_eq!(attempts, [1]);
}

#[tokio::test]
async fn what_a_task_did_not_bring_is_suspect_and_exported_again() {
    for (outcome, reason) in [
        (Outcome::Fail, "the task did not complete"),
        (Outcome::Empty, "0 rows"),
        (Outcome::Loses, "3 rows"),
    ] {
        let world = world(&["/ecs/shop"]);
        world.state().outcomes = vec![outcome];
        tick(&world).await;
        assert_eq!(
            states(&world),
            ["/ecs/shop 20260217T22 suspect"],
            "{outcome:?}"
        );
        let known = catalog(&world).groups.remove("/ecs/shop").unwrap();
        assert_eq!(known.hint.suspect, 1);
        let said = format!("{:?}", entries(&world)[0].state);
        assert!(said.contains(reason), "{said}");
        let needed = ticks(&world, 20).await;
        assert!((12..15).contains(&needed), "{outcome:?}: {needed}");
        assert_eq!(entries(&world)[0].attempt, 2);
    }
}

/// What a task staged is too young to be removed for a quarter of an hour, and the next attempt is due before that.
#[tokio::test]
async fn another_attempt_does_not_wait_for_tidying_up() {
    let world = world(&["/ecs/direct", "/ecs/shop"]);
    world.state().outcomes = vec![Outcome::Loses];
    let rules = Rules {
        pace: 720,
        ..rules()
    };
    tick_in(&world, &Memo::default(), &rules, false).await;
    let entries = entries(&world);
    let attempts = entries.iter().filter(|entry| entry.group == "/ecs/shop");
    let attempts: Vec<_> = attempts.map(|entry| entry.attempt).collect();
    assert_eq!(attempts, [2]);
}

#[tokio::test]
async fn throttling_is_waited_for_and_nothing_is_asked_twice() {
    for call in [
        "groups", "create", "status", "begin", "answer", "events", "put", "list",
    ] {
        let world = world(&["/ecs/shop", "/ecs/direct"]);
        world.state().throttled = Some((call, 3));
        let memo = Memo::default();
        let ticked = tick_in(&world, &memo, &rules(), false).await;
        let Some(Ticked::Done(tally)) = ticked else {
            // The lease could not be taken: nothing was done.
            panic!("{call}: {ticked:?}");
        };
        assert!(tally.throttles > 0, "{call}");
        ticks(&world, 15).await;
        assert_eq!(unproven(&world), Vec::<String>::new(), "{call}");
        assert_eq!(world.state().tasks.len(), 1, "{call}");
    }
}

#[tokio::test]
async fn a_paused_installation_finishes_what_was_begun_and_begins_nothing() {
    let world = world(&["/ecs/direct", "/ecs/shop"]);
    let (memo, rules) = (Memo::default(), rules());
    tick_in(&world, &memo, &rules, true).await;
    assert_eq!(states(&world), Vec::<String>::new());
    tick_in(&world, &memo, &rules, false).await;
    let before = world.state().tasks.len();
    world.state().now += SignedDuration::from_hours(24);
    tick_in(&world, &memo, &rules, true).await;
    assert_eq!((before, world.state().tasks.len()), (1, 1));
}

/// Rows that were written before somebody asked for redaction have their secrets: no manifest says otherwise, however often it is told.
#[tokio::test]
async fn a_manifest_never_says_that_rows_are_redacted_which_are_not() {
    let world = world(&["/ecs/direct"]);
    let memo = Memo::default();
    tick_in(&world, &memo, &rules(), false).await;
    let redacting = Rules {
        redacted: patterns(&["/ecs/*"]),
        ..rules()
    };
    for _ in 0..40 {
        tick_in(&world, &memo, &redacting, false).await;
    }
    let manifests = world.state().list("exports", "manifests/", None);
    let is_redacted: Vec<_> = manifests
        .iter()
        .map(|(_, stored)| serde_json::from_slice::<Manifest>(&stored.body).unwrap())
        .map(|manifest| manifest.is_redacted)
        .collect();
    assert_eq!(is_redacted[..13], [false; 13]);
    assert_eq!(is_redacted.last(), Some(&true));
}

#[tokio::test]
async fn a_group_that_vanishes_is_a_stated_loss() {
    let world = world(&["/ecs/shop", "/ecs/stays"]);
    world.state().outcomes = vec![Outcome::Complete, Outcome::Fail];
    tick(&world).await;
    let lost = world.state().tasks[0].group.clone();
    world.state().groups.remove(&lost);
    for _ in 0..40 {
        tick(&world).await;
    }
    let states: BTreeMap<_, _> = entries(&world)
        .into_iter()
        .map(|entry| (entry.group.clone(), entry.state.name()))
        .collect();
    assert_eq!(states[&lost], "expired");
    assert_eq!(states.len(), 2);
    assert_eq!(
        states
            .values()
            .filter(|state| **state == "verified")
            .count(),
        1
    );
}

#[tokio::test]
async fn denied_and_own_groups_are_never_touched_and_new_ones_are_picked_up() {
    let world = world(&[
        "/ecs/secret",
        "/ecs/medic-log-exporter",
        "/other",
        "/ecs/shop",
    ]);
    ticks(&world, 3).await;
    let names: Vec<_> = catalog(&world).groups.into_keys().collect();
    assert_eq!(names, ["/ecs/shop"]);
    {
        let mut state = world.state();
        state.groups.insert("/ecs/new".to_owned(), logged());
        state.groups.get_mut("/other").unwrap().is_tagged = true;
    }
    for _ in 0..14 {
        tick(&world).await;
    }
    let names: Vec<_> = catalog(&world).groups.into_keys().collect();
    assert_eq!(names, ["/ecs/new", "/ecs/shop", "/other"]);
    assert_eq!(unproven(&world), Vec::<String>::new());
}

#[tokio::test]
async fn no_task_is_asked_for_while_the_bucket_cannot_take_it() {
    let world = world(&["/ecs/direct", "/ecs/shop"]);
    world.state().is_bucket_closed = true;
    let failures: Vec<u64> = [tick(&world).await, tick(&world).await]
        .map(|tally| tally.failures)
        .into();
    assert_eq!((failures, world.state().tasks.len()), (vec![1, 0], 0));
    world.state().is_bucket_closed = false;
    for _ in 0..13 {
        tick(&world).await;
    }
    assert_eq!(unproven(&world), Vec::<String>::new());
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_stops_nobody_else() {
    let world = world(&["/ecs/direct", "/ecs/shop"]);
    let broken = format!("{LEDGER}!ecs!shop/20260217T22.json");
    world.state().write("state", broken, b"no JSON".to_vec());
    let tally = tick(&world).await;
    assert_eq!((tally.failures, world.state().tasks.len()), (1, 0));
    assert_eq!(tick(&world).await.failures, 0);
    let known = catalog(&world).groups.remove("/ecs/direct").unwrap();
    let proven: Option<Timestamp> = "2026-02-18T10:00:00Z".parse().ok();
    assert_eq!(known.hint.verified_until, proven);
}

#[tokio::test]
async fn three_thousand_groups_are_found_within_the_rates_and_each_has_its_turn() {
    let names: Vec<_> = (0..3000)
        .map(|number| format!("/ecs/{number:04}"))
        .collect();
    let world = World::at(NOW);
    let quiet = || Logged {
        created_at: NOW.parse().unwrap(),
        ..Logged::default()
    };
    world.state().groups = names.iter().map(|name| (name.clone(), quiet())).collect();
    let memo = Memo::default();
    let mut found = Vec::new();
    for _ in 0..40 {
        let before = counted(&world, "groups");
        tick_in(&world, &memo, &rules(), false).await;
        assert!(counted(&world, "groups") - before <= 20);
        found.push(catalog(&world).groups.len());
        let worked = |catalog: &Catalog| {
            let mut groups = catalog.groups.values();
            groups.all(|known| known.hint.worked_at.is_some())
        };
        if found.last() == Some(&3000) && worked(&catalog(&world)) {
            break;
        }
    }
    assert_eq!(found[..4], [950, 1950, 2950, 3000]);
    assert!(found.len() < 10, "{}", found.len());
}
