//! One alarm that cannot make up its mind: ten thousand changes from OK to ALARM and back.
#![expect(
    clippy::print_stdout,
    reason = "a test stops where it cannot go on, and a soak says how far it came"
)]

use jiff::{SignedDuration, Timestamp};
use shared::alarm::State;
use shared::reports::Channel;
use support::fleet::{Engine, Fleet, Remedy, Shape, Symptoms, playbooks};

const SHAPE: Shape = Shape {
    services: 20,
    hosts: 0,
    alarms: 1,
};

/// Changes to ALARM, each with its OK, one every thirty seconds. `make soak` makes them ten thousand: three days and a half.
const FEW: usize = 400;

#[test]
fn thousands_of_flips_are_a_few_actions_and_then_quiet() {
    #[expect(
        clippy::disallowed_methods,
        reason = "a soak is told by its Make target how long it is"
    )]
    let flips = std::env::var("SOAK_FLIPS").map_or(FEW, |flips| flips.parse().unwrap());
    let file = playbooks(SHAPE, "");
    let begin: Timestamp = "2026-02-18T20:02:30Z".parse().unwrap();
    let mut fleet = Fleet::new(begin, 7, SHAPE, file.defaults.clone());
    fleet.break_down(0, Remedy::Nothing, Symptoms(1));
    fleet.tick();
    let mut engine = Engine::new(fleet, &file);
    for _ in 0..flips {
        engine.fleet().change(0, State::Alarm);
        let now = engine.fleet().now;
        engine.run_until(now + SignedDuration::from_secs(20));
        engine.fleet().change(0, State::Ok);
        engine.run_until(now + SignedDuration::from_secs(30));
    }
    engine.fleet().heal(0);
    let end = engine.fleet().now;
    engine.run_until(end + SignedDuration::from_mins(60));
    let mut fleet = engine.fleet();
    fleet.check_end();
    let over = |channel| {
        fleet
            .sent
            .iter()
            .filter(|sent| sent.channel == channel)
            .count()
    };
    println!(
        "{} effects, {} mails, {} pages, {} calls, {} bytes, {} incidents",
        fleet.effects.len(),
        over(Channel::Mail),
        over(Channel::Pager),
        fleet.chaos.seen,
        fleet
            .bucket
            .body(&fleet.subjects[0].target.record_key())
            .map_or(0, <[u8]>::len),
        fleet.bucket.keys("incidents/").count(),
    );
    // Three rungs may be tried, and are then remembered for a day; people hear of the same at most once an hour.
    let hours = usize::try_from(end.duration_since(begin).as_hours()).unwrap();
    assert!(
        fleet.effects.len() <= 4 * (1 + hours / 24),
        "{} effects",
        fleet.effects.len()
    );
    assert!(
        over(Channel::Mail) <= 12 * (1 + hours / 24) + hours,
        "{} mails",
        over(Channel::Mail)
    );
    let record = fleet.record(0).unwrap();
    assert!(
        record.entries.len() <= 50,
        "{} entries",
        record.entries.len()
    );
    assert!(fleet.violations.is_empty(), "{:?}", fleet.violations);
}
