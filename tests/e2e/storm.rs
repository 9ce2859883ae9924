//! Everything fires at once: 5,000 alarms of 1,000 services within a minute.
#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test stops where it cannot go on, and a soak says how far it came"
)]

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use shared::reports::Channel;
use support::fleet::{Api, Engine, Fleet, Remedy, Shape, Symptoms, playbooks};

const SHAPE: Shape = Shape {
    services: 1_000,
    hosts: 0,
    alarms: 5,
};

const ALARMS: usize = SHAPE.services * SHAPE.alarms;

/// Runs of the schedule within which everything is closed, once all is well again.
const MOST_TICKS: i32 = 30;

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// A fleet that breaks all over in ten seconds; the alarms fire two minutes later, within one minute.
fn stormy() -> (Fleet, Timestamp) {
    let begin: Timestamp = "2026-02-18T20:02:30Z".parse().unwrap();
    let mut fleet = Fleet::new(begin, 42, SHAPE, playbooks(SHAPE, "").defaults);
    fleet.weather.spread = 59_000;
    for n in 0..SHAPE.services {
        let wait = fleet.random.seconds(0, 10);
        fleet.after(wait, move |fleet| {
            fleet.break_down(n, Remedy::Nothing, Symptoms(0b1_1111));
        });
    }
    fleet.evaluate_from_now();
    fleet.tick();
    (fleet, begin)
}

/// How often each subject was sent over each channel, of those that are about the storm.
fn storm_mails(fleet: &Fleet) -> BTreeMap<String, Vec<Channel>> {
    let mut mails: BTreeMap<String, Vec<Channel>> = BTreeMap::new();
    for sent in fleet.sent.iter().filter(|sent| sent.incident.is_none()) {
        mails
            .entry(sent.subject.clone())
            .or_default()
            .push(sent.channel);
    }
    mails
}

fn closed_as(fleet: &Fleet) -> BTreeMap<String, usize> {
    let mut verdicts = BTreeMap::new();
    for key in fleet.bucket.keys("incidents/") {
        let copy = fleet.bucket.json(key).unwrap();
        let verdict = copy["recovery"]["verdict"]
            .as_str()
            .unwrap_or("none")
            .to_owned();
        *verdicts.entry(verdict).or_default() += 1;
    }
    verdicts
}

const APIS: [Api; 12] = [
    Api::GetObject,
    Api::PutObject,
    Api::ListObjects,
    Api::DeleteObject,
    Api::DescribeAlarms,
    Api::DescribeAlarmHistory,
    Api::ListTags,
    Api::GetMetricData,
    Api::Look,
    Api::Act,
    Api::Run,
    Api::Send,
];

fn figures(fleet: &Fleet, when: &str) {
    println!(
        "{when}: {} invocations, {} effects, {} mails",
        fleet.invocations.len(),
        fleet.effects.len(),
        fleet.sent.len()
    );
    for api in APIS {
        println!(
            "  {api:?}: {} calls, {} in the busiest second",
            fleet.total(api),
            fleet.peak(api)
        );
    }
}

/// What AWS allows in a second: docs/scale.md has the pages.
const LIMITS: [(Api, usize); 5] = [
    (Api::GetObject, 5_500),
    (Api::PutObject, 3_500),
    (Api::DescribeAlarms, 9),
    (Api::GetMetricData, 50),
    (Api::Look, 20),
];

/// Heals everything, and lets the schedule run until nothing is open; how many minutes that took.
fn heal_and_close(engine: &mut Engine<'_>) -> i32 {
    for n in 0..SHAPE.services {
        engine.fleet().heal(n);
    }
    let mut ticks = 0;
    while engine.fleet().bucket.keys("open/").next().is_some() && ticks < MOST_TICKS {
        ticks += 1;
        let now = engine.fleet().now;
        engine.run_until(now + minutes(1));
    }
    ticks
}

/// Every incident is written down, few were acted on, and people were called once.
fn check_storm(fleet: &Fleet) {
    assert!(fleet.effects.len() <= 5, "{} effects", fleet.effects.len());
    let known = fleet
        .bucket
        .keys("open/")
        .chain(fleet.bucket.keys("incidents/"));
    let incident = |key: &str| {
        key.split('/')
            .find(|part| part.len() == 20)
            .map(str::to_owned)
    };
    let known: BTreeSet<_> = known.filter_map(incident).collect();
    assert_eq!(known.len(), ALARMS);
    let mails = storm_mails(fleet);
    let page = &mails["PAGE: something bigger is broken, lambda-medic stands back"];
    assert_eq!(page[..], [Channel::Topic, Channel::Mail, Channel::Pager]);
}

#[test]
fn five_thousand_alarms_in_a_minute_are_one_page_and_five_remediations_at_most() {
    let file = playbooks(SHAPE, "");
    let (fleet, begin) = stormy();
    let mut engine = Engine::new(fleet, &file);
    engine.run_until(begin + minutes(12));
    figures(&engine.fleet(), "ten minutes into the storm");
    check_storm(&engine.fleet());
    let ticks = heal_and_close(&mut engine);
    let mut fleet = engine.fleet();
    figures(&fleet, "in the end");
    println!(
        "closed within {ticks} minutes: {:?}, {:?}",
        closed_as(&fleet),
        storm_mails(&fleet)
    );
    fleet.check_end();
    assert!(fleet.violations.is_empty(), "{:?}", fleet.violations);
    assert!(ticks < MOST_TICKS);
    let recovered = closed_as(&fleet)["recovered"];
    assert!(recovered >= ALARMS - 25, "{recovered} recovered");
    for (api, most) in LIMITS {
        assert!(
            fleet.peak(api) <= most,
            "{api:?}: {} in a second",
            fleet.peak(api)
        );
    }
}

/// What one incident takes, besides what the schedule takes anyway.
#[test]
fn one_incident_takes_a_few_dozen_requests() {
    let shape = Shape {
        services: 20,
        ..SHAPE
    };
    let file = playbooks(shape, "");
    let requests = |breaks: bool| {
        let begin: Timestamp = "2026-02-18T20:02:30Z".parse().unwrap();
        let mut fleet = Fleet::new(begin, 42, shape, file.defaults.clone());
        if breaks {
            fleet.break_down(0, Remedy::Restart, Symptoms(1));
        }
        fleet.evaluate_from_now();
        fleet.tick();
        let mut engine = Engine::new(fleet, &file);
        engine.run_until(begin + minutes(20));
        let fleet = engine.fleet();
        assert_eq!(fleet.effects.len(), usize::from(breaks));
        APIS.map(|api| fleet.total(api))
    };
    let (quiet, busy) = (requests(false), requests(true));
    let mut extra = 0;
    for (n, api) in APIS.iter().enumerate() {
        println!("{api:?}: {} besides {}", busy[n] - quiet[n], quiet[n]);
        extra += busy[n] - quiet[n];
    }
    assert!(extra < 100, "{extra} requests");
}
