//! Attacks on the incident analyst: its real handler, collectors and page, over a service all of whose texts are hostile.
//!
//! The alarm fires as for the playbook. The input stands in each log event, and in whatever else anybody may write about a service:
//! names of streams and containers, reasons, events, descriptions of health, changes of a deployment.

mod hostile;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use incident_analyst::analysis::{Analysis, Summary};
use incident_analyst::case::{Case as Incident, Collect, Summarise};
use incident_analyst::collect::{CollectSettings, Heard, collect, incident_of};
use incident_analyst::concerns::Concerns;
use incident_analyst::evidence::Evidence;
use incident_analyst::handler::Handler;
use incident_analyst::page::Console;
use incident_analyst::record::{LEASE_MARGIN, Lease};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use shared::clock::{Clock, Nonces};
use shared::deadline::Deadline;

use self::hostile::Hostile;
use super::alarm_world::events;
use super::case::Case;
use super::material;
use super::own_log::OwnLog;
use super::process::Look;
use super::recorded::{Ending, Object, Recorded, STATE_BUCKET};
use crate::simulated::{Simulated, World};

/// A minute after the alarms of the world fire.
const NOW: &str = "2026-02-18T21:48:01.123Z";

/// As long as an invocation has.
const INVOCATION: SignedDuration = SignedDuration::from_secs(30);

/// Runs a case at one of the surfaces of an incident.
pub fn run(case: &Case) -> Recorded {
    let input = material::of(case);
    let text = String::from_utf8_lossy(&input.bytes).into_owned();
    let runs = events(case.surface, &text).into_iter();
    let runs = runs.map(|events| one(&events, &text));
    runs.reduce(Recorded::and).unwrap_or_default()
}

/// Delivers in a world of its own, and keeps what came of it.
fn one(events: &[Value], text: &str) -> Recorded {
    let log = OwnLog::installed();
    log.take();
    let world = Arc::new(Mutex::new(World::new(NOW.parse().unwrap())));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut seen = Recorded::default();
    let (look, began) = (Look::now(), Instant::now());
    for event in events {
        seen.deliveries += 1;
        let ending = runtime.block_on(invoke(&world, text, event));
        seen.endings.push(ending);
    }
    seen.took = began.elapsed();
    seen.peak_bytes = look.peak_bytes();
    seen.processes = look.processes();
    seen.files = look.new_files();
    seen.log = log.take();
    let world = world.lock().unwrap();
    let objects = world.stored().map(|(key, body)| Object {
        bucket: STATE_BUCKET.to_owned(),
        key: key.to_owned(),
        body: body.to_vec(),
    });
    seen.objects = objects.collect();
    seen
}

async fn invoke(world: &Arc<Mutex<World>>, text: &str, event: &Value) -> Ending {
    let time = Time::new();
    let ends_at = time.now() + INVOCATION;
    let concerns = Concerns {
        own_alarms: vec!["lambda-medic-".to_owned()],
        region: "eu-west-1".to_owned(),
    };
    let console = Console::new("eu-west-1");
    let meter = Simulated::invocation(world);
    let handler = Handler {
        records: Simulated::invocation(world),
        evidence: Hostilely {
            text,
            time: time.clone(),
        },
        summaries: Nobody,
        time,
        concerns: &concerns,
        account: "111122223333".to_owned(),
        console: console.as_ref(),
        is_paused: false,
        lease: Lease {
            request: "request-1".to_owned(),
            until: ends_at + LEASE_MARGIN,
        },
        ends_at,
        meter: &meter,
    };
    let answer = std::panic::AssertUnwindSafe(handler.handle(event)).catch_unwind();
    match answer.await {
        Ok(Ok(all)) => Ending::Answered(serde_json::to_value(all).unwrap()),
        Ok(Err(error)) => Ending::Failed(format!("{error:#}")),
        Err(panic) => Ending::Panicked(super::panic_text(&*panic)),
    }
}

/// The real collectors, over a hostile service.
struct Hostilely<'a> {
    text: &'a str,
    time: Time,
}

impl Collect for Hostilely<'_> {
    async fn collect(&self, case: &Incident, by: Timestamp) -> Evidence {
        let (sources, deadline) = (Hostile(self.text), Deadline::at(by));
        let settings = CollectSettings {
            log_groups: vec!["/ecs/shop".to_owned()],
            ..CollectSettings::default()
        };
        let heard = Heard {
            alarm: case.alarm.clone(),
            ended_at: case.ended_at,
        };
        let subject = incident_of(&sources, heard, &settings, &self.time, deadline).await;
        Box::pin(collect(&sources, subject, &settings, &self.time, deadline)).await
    }
}

/// No model is asked.
struct Nobody;

impl Summarise for Nobody {
    fn is_configured(&self) -> bool {
        false
    }

    async fn summarise(&self, _: &Analysis, _: Timestamp) -> Option<Summary> {
        None
    }
}

/// The machine's own time, since the alarms of the world fired.
#[derive(Clone, Debug)]
struct Time {
    began: Instant,
}

impl Time {
    fn new() -> Self {
        Self {
            began: Instant::now(),
        }
    }
}

impl Clock for Time {
    fn now(&self) -> Timestamp {
        NOW.parse::<Timestamp>().unwrap() + self.began.elapsed()
    }

    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

impl Nonces for Time {
    fn nonce(&self) -> String {
        format!("nonce-{}", self.began.elapsed().as_nanos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What would be judged is there, and holds the input: else nothing that was judged would mean anything.
    #[test]
    fn what_stands_in_a_log_stands_in_the_analysis_and_on_the_page() {
        let case = Case {
            id: "inject-0".to_owned(),
            surface: super::super::case::Surface::IncidentLogEvent,
            input: b"ERROR checkout: no stock left in Hamburg".to_vec(),
            generator: None,
            oracles: Vec::new(),
        };
        let seen = run(&case);
        for ending in &seen.endings {
            assert!(matches!(ending, Ending::Answered(_)), "{ending:?}");
        }
        for name in ["/analysis.json", "/report.html"] {
            let mut objects = seen.objects.iter();
            let object = objects.find(|object| object.key.ends_with(name)).unwrap();
            let body = String::from_utf8_lossy(&object.body);
            assert!(body.contains("no stock left in Hamburg"), "{name}: {body}");
        }
    }
}
