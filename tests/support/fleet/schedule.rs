//! A schedule: what breaks, what people do, and what goes wrong, all drawn from a seed.

use alarm_playbook::playbook::PlaybookFile;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use shared::switch::Switch;

use super::{
    Chaos, Engine, Fault, Fleet, Promise, Random, Remedy, Shape, Symptoms, Weather, playbooks,
};

/// A fleet of the size that the function is tested with.
const SHAPE: Shape = Shape {
    services: 50,
    hosts: 4,
    alarms: 3,
};

/// Nothing breaks and nothing goes wrong after this long; then people mend what is left.
const TROUBLE: SignedDuration = SignedDuration::from_mins(45);
const MENDED: SignedDuration = SignedDuration::from_mins(60);
/// By then everything is over: the longest that anything waits is two hours (a leftover of the index).
const OVER: SignedDuration = SignedDuration::from_mins(60 + 150);

/// What came of a schedule.
#[derive(Debug)]
pub struct Outcome {
    /// What must never happen and did.
    pub violations: Vec<(Promise, String)>,
    /// How often the function changed the world.
    pub effects: usize,
    /// What it changed, and when.
    pub story: Vec<String>,
    /// The highest rung that was reached.
    pub highest_rung: usize,
    /// How many incidents there were.
    pub incidents: usize,
    /// How many were closed as recovered.
    pub recovered: usize,
    /// How many calls there were.
    pub calls: usize,
    /// How many invocations.
    pub invocations: usize,
    /// How many of them something went wrong with.
    pub disturbed: usize,
    /// Whether there was a storm.
    pub had_storm: bool,
}

/// The playbook files that schedules are run with: the same ladders under other limits.
fn files() -> &'static [PlaybookFile] {
    static FILES: std::sync::OnceLock<Vec<PlaybookFile>> = std::sync::OnceLock::new();
    FILES.get_or_init(|| {
        let limits = [
            "",
            "  max_actions_per_hour: 2\n  max_actions_per_hour_in_all: 3\n",
            "  storm: { targets: 50, share: 100 }\n  max_fleet_share: 0\n  max_actions_per_hour: 9\n",
            "  cooldown: 2m\n  rollout_within: 4m\n  verify_within: 3m\n  memory: { skip_after: 0 }\n",
            "  storm: { targets: 3, within: 2m }\n  settle: 10s\n",
            "  mute: [{ from: '20:10', until: '20:25' }]\n  max_actions_per_hour_in_all: 6\n",
        ];
        limits.iter().map(|limits| playbooks(SHAPE, limits)).collect()
    })
}

/// Runs the schedule of a seed to its end. `planned` is a fault at a certain call, instead of faults at random.
pub fn run(seed: u64, planned: Option<(usize, Fault)>) -> Outcome {
    let mut random = Random::new(seed);
    let files = files();
    let file = &files[random.index(files.len())];
    let begin: Timestamp = "2026-02-18T20:00:00Z".parse().unwrap();
    let begin = begin + random.seconds(0, 3_599);
    let mut fleet = Fleet::new(begin, random.number(), SHAPE, file.defaults.clone());
    fleet.weather = weather(&mut random);
    fleet.chaos = Chaos {
        per_mille: random.pick(&[0, 2, 10, 30, 80]),
        until: begin + TROUBLE,
        planned,
        seen: 0,
    };
    if planned.is_some() {
        fleet.chaos.per_mille = 0;
    }
    if !file.defaults.mute.is_empty() {
        let at = |time: &str| format!("2026-02-18T{time}:00Z").parse().unwrap();
        fleet.mute = Some((at("20:10"), at("20:25")));
    }
    fleet.evaluate_from_now();
    fleet.tick();
    plan(&mut fleet, &mut random);
    let mut engine = Engine::new(fleet, file);
    finish(&mut engine, begin)
}

fn weather(random: &mut Random) -> Weather {
    Weather {
        lost: random.pick(&[0, 0, 100, 500]),
        twice: random.pick(&[0, 100, 500, 900]),
        late: random.pick(&[0, 50, 300]),
        skew: random.pick(&[0, 500, 2_500]),
        bad_rollouts: random.pick(&[0, 100, 400]),
        spread: 0,
        lost_ticks: random.pick(&[0, 0, 100, 600]),
    }
}

/// What breaks, and what people do meanwhile.
fn plan(fleet: &mut Fleet, random: &mut Random) {
    let is_storm = random.chance(100);
    let faults = if is_storm {
        random.between(8, 25)
    } else {
        random.between(1, 7)
    };
    let last = if is_storm {
        180
    } else {
        TROUBLE.as_secs() - 300
    };
    let few: Vec<usize> = (0..3)
        .map(|_| random.index(SHAPE.services + SHAPE.hosts))
        .collect();
    for _ in 0..faults {
        let n = if random.chance(300) {
            random.pick(&few)
        } else {
            random.index(SHAPE.services + SHAPE.hosts)
        };
        let at = fleet.now + random.seconds(0, last);
        break_at(fleet, random, n, at);
        if random.chance(200) {
            meddle(fleet, random, n, at);
        }
    }
    if random.chance(150) {
        pause(fleet, random);
    }
    if random.chance(100) {
        let (from, until) = (random.seconds(0, 1_200), random.seconds(1_300, 2_700));
        fleet.after(from, |fleet| fleet.policy.dry_run = true);
        fleet.after(until, |fleet| fleet.policy.dry_run = false);
    }
    if random.chance(150) {
        forge(fleet, random, few[0]);
    }
    fleet.after(MENDED, |fleet| {
        fleet.weather = Weather::default();
        for n in 0..fleet.subjects.len() {
            fleet.heal(n);
        }
    });
}

fn break_at(fleet: &mut Fleet, random: &mut Random, n: usize, at: Timestamp) {
    let is_service = fleet.subjects[n].is_service();
    let remedy = Remedy::any(random, is_service);
    let symptoms = Symptoms(u32::try_from(random.between(1, 7)).unwrap());
    if remedy == Remedy::Rollback {
        let (before, takes) = (random.seconds(0, 240), random.seconds(30, 600));
        fleet.at(at - before, move |fleet| fleet.deploy_new_version(n, takes));
    }
    fleet.at(at, move |fleet| fleet.break_down(n, remedy, symptoms));
    if remedy == Remedy::Itself {
        let wait = random.seconds(120, 400);
        fleet.at(at + wait, move |fleet| fleet.heal(n));
    }
    if random.chance(200) {
        let again = at + random.seconds(300, 1_200);
        fleet.at(again, move |fleet| fleet.break_down(n, remedy, symptoms));
    }
}

/// Somebody has the same fault in hand.
fn meddle(fleet: &mut Fleet, random: &mut Random, n: usize, broken_at: Timestamp) {
    let at = broken_at + random.seconds(0, 600);
    let is_service = fleet.subjects[n].is_service();
    let what = random.index(4);
    let takes = random.seconds(30, 400);
    fleet.at(at, move |fleet| {
        let now = fleet.now;
        match what {
            0 if is_service => fleet.deploy_new_version(n, takes),
            0 => fleet.subjects[n].host_mut().unwrap().is_offline = true,
            1 => fleet.subjects[n].tagged_since = Some(now),
            2 => {
                for watch in fleet.watches.iter_mut().filter(|watch| watch.subject == n) {
                    watch.silent_since = Some(now);
                }
            }
            _ => {
                for watch in fleet.watches.iter_mut().filter(|watch| watch.subject == n) {
                    watch.tagged_since = Some(now);
                }
            }
        }
    });
}

/// Somebody pulls the kill switch, and lets it go.
fn pause(fleet: &mut Fleet, random: &mut Random) {
    let (from, until) = (random.seconds(0, 1_200), random.seconds(1_300, 2_700));
    let set = |paused: bool| {
        move |fleet: &mut Fleet| {
            let now = fleet.now;
            let body = json!({"schema_version": 1, "nonce": "people", "paused": paused, "reason": "exercise", "at": now});
            fleet
                .bucket
                .put(Switch::KEY, body.to_string().into_bytes(), now);
        }
    };
    fleet.after(from, set(true));
    fleet.after(until, set(false));
}

/// Somebody who may publish to the topic makes messages up.
fn forge(fleet: &mut Fleet, random: &mut Random, n: usize) {
    for account in ["111122223333", "444455556666"] {
        for name in [
            fleet.subjects[n].name.clone() + "-5xx",
            "svc-0000-none".to_owned(),
        ] {
            let at = random.seconds(0, TROUBLE.as_secs());
            let account = account.to_owned();
            fleet.after(at, move |fleet| {
                let Some(watch) = fleet.watch(&name).or(fleet.watches.first()) else {
                    return;
                };
                let subject = &fleet.subjects[watch.subject];
                let states = (shared::alarm::State::Ok, shared::alarm::State::Alarm);
                let real = watch.message(subject, states, fleet.now).to_string();
                let forged = real
                    .replace(&watch.name, &name)
                    .replace("111122223333", &account);
                fleet.publish(&serde_json::from_str(&forged).unwrap());
            });
        }
    }
}

/// Runs until nothing is open any more, and looks at what is left.
fn finish(engine: &mut Engine<'_>, begin: Timestamp) -> Outcome {
    engine.run_until(begin + MENDED + SignedDuration::from_mins(15));
    loop {
        let (now, is_over) = {
            let fleet = engine.fleet();
            (fleet.now, fleet.bucket.keys("open/").next().is_none())
        };
        if is_over || now >= begin + OVER {
            break;
        }
        engine.run_until(now + SignedDuration::from_mins(10));
    }
    let mut fleet = engine.fleet();
    fleet.check_end();
    outcome(&fleet)
}

fn outcome(fleet: &Fleet) -> Outcome {
    let recovered = fleet.bucket.keys("incidents/").filter(|key| {
        let copy = str::from_utf8(fleet.bucket.body(key).unwrap()).unwrap();
        copy.contains("\"verdict\": \"recovered\"")
    });
    Outcome {
        violations: fleet.violations.clone(),
        effects: fleet.effects.len(),
        story: fleet.effects.iter().map(ToString::to_string).collect(),
        highest_rung: fleet
            .effects
            .iter()
            .map(|effect| effect.rung)
            .max()
            .unwrap_or_default(),
        incidents: fleet.bucket.keys("incidents/").count(),
        recovered: recovered.count(),
        calls: fleet.chaos.seen,
        invocations: fleet.invocations.len(),
        disturbed: fleet
            .invocations
            .iter()
            .filter(|invocation| invocation.is_disturbed)
            .count(),
        had_storm: fleet
            .bucket
            .body(alarm_playbook::surroundings::Storm::KEY)
            .is_some(),
    }
}
