//! Whatever goes wrong around an export, and whenever the function is killed: in the end a window has what was logged, once, or says loudly
//! that it has not. The real binary on the local cloud, faults from outside.
//!
//! `make test` kills the function before or after the first call of each operation, in turn; `make soak` before and after the first three
//! of each.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test stops where it cannot go on, and a soak says how far it came"
)]

use std::collections::BTreeSet;

use medic::local_cloud::LogFault;
use medic::scenario::export::Line;
use shared::exports::manifest::Proof;
use support::exports::{Exports, evening, exporter, lines, logged, stored};
use support::fault_proxy::{Call, Fault, FaultProxy, Which};

/// Each operation is made again and again; after so many times they differ in nothing but the time.
const MOST_OF_EACH: usize = 3;

/// What goes wrong in CloudWatch Logs, one group for each.
const FAULTS: [(&str, &str); 12] = [
    ("/fault/fails", "task_fails"),
    ("/fault/empty", "task_empty"),
    ("/fault/loses", "task_loses_lines"),
    ("/fault/cut", "task_cuts_object"),
    ("/fault/throttled", "create_throttled"),
    ("/fault/answer-lost", "create_answer_lost"),
    ("/fault/uncounted", "query_fails"),
    ("/fault/miscounted", "query_misses"),
    ("/direct/throttled", "filter_throttled"),
    ("/direct/empty-pages", "filter_empty_pages"),
    ("/direct/token", "filter_token_expired"),
    ("/fault/none", "streams_stale"),
];

/// Of which the window has to be suspect before it is proven: the task says that it is complete, and is not.
const SUSPECT: [&str; 3] = ["/fault/empty", "/fault/loses", "/fault/cut"];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_with_a_task_its_window_has_everything_in_the_end() {
    let groups = FAULTS.map(|(group, _)| (group, lines(group, 120)));
    let exporter = exporter("/fault/*,/direct/*", "/direct/*", 720);
    let faults = faults();
    let exports = Exports::deploy_with(groups.to_vec(), exporter, &faults);
    let exports = Box::pin(exports).await.unwrap();
    let cloud = &exports.installation.cloud;
    cloud.begin_foreign_task(2.0).await.unwrap();
    for (group, lines) in &groups {
        let manifests = exports.until_proven(group).await.unwrap();
        let rows = exports.rows(&manifests).await.unwrap();
        assert_eq!(stored(&rows), logged(lines), "{group}");
    }
    for group in SUSPECT {
        let notes = exports.notes(group).await.unwrap();
        assert!(
            notes.iter().any(|note| note.contains("suspect")),
            "{group}: {notes:#?}"
        );
        let attempts = exports.manifests(group).await.unwrap();
        assert!(
            attempts.iter().any(|found| found.attempt > 1),
            "{group}: {attempts:#?}"
        );
    }
}

fn faults() -> Vec<LogFault> {
    let faults = FAULTS.iter();
    faults
        .map(|(group, fault)| LogFault {
            value: if *fault == "task_loses_lines" { 7 } else { 1 },
            ..LogFault::once(fault, group)
        })
        .collect()
}

/// A message of several lines of which one begins like a record of an export task: nobody can tell it from another record. The window is
/// suspect, or it is mended by the ids of the events; what is there is never more or less than what was logged, silently.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_looks_like_two_records_is_not_taken_for_two_silently() {
    let group = "/hostile/checkout";
    let mut lines = lines(group, 40);
    let (_, midnight) = evening();
    for (n, line) in lines.iter_mut().enumerate().filter(|(n, _)| n % 8 == 0) {
        let moment = line.at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
        line.message = format!("begins {n}\n{moment} and goes on");
    }
    let exports = Exports::deploy(
        vec![(group, lines.clone())],
        exporter("/hostile/*", "", 720),
    );
    let exports = Box::pin(exports).await.unwrap();
    for _ in 0..4 {
        exports.tick().await.unwrap();
    }
    let manifests = exports.manifests(group).await.unwrap();
    let over = manifests
        .into_iter()
        .filter(|found| found.window.end() <= midnight);
    let over: Vec<_> = over.collect();
    let rows = exports.rows(&over).await.unwrap();
    let is_suspect = |proof: &Proof| matches!(proof, Proof::Suspect { .. });
    let is_loud = over.iter().any(|found| is_suspect(&found.proof));
    assert!(
        !over.is_empty() && (is_loud || stored(&rows) == logged(&lines)),
        "{over:#?}"
    );
}

/// What came of a fault at a call.
#[derive(Debug, Eq, PartialEq)]
enum Struck {
    /// The export ended as it should.
    Survived,
    /// This call was not made.
    Missed,
    /// It ended otherwise.
    Felt(String),
}

/// One exporter after the other through a proxy of its own, over a group of its own.
struct Series {
    exports: Exports,
    prefix: &'static str,
    next: usize,
}

impl Series {
    async fn begin(prefix: &'static str, direct: &'static str) -> Self {
        let first = format!("{prefix}*");
        // Faster, a tick would read again and again what is read directly.
        let pace = if direct.is_empty() { 720 } else { 10 };
        let exports = Exports::deploy(Vec::new(), exporter(&first, direct, pace));
        Self {
            exports: Box::pin(exports).await.unwrap(),
            prefix,
            next: 0,
        }
    }

    async fn export(&mut self, which: Which, fault: Fault) -> (Result<(), String>, FaultProxy) {
        let group = format!("{}{}", self.prefix, self.next);
        self.next += 1;
        let lines: Vec<Line> = lines(&group, 30);
        self.exports.create(&group, &lines).await.unwrap();
        let cloud = self.exports.installation.cloud.endpoint();
        let proxy = FaultProxy::start_at(cloud, which, fault).await.unwrap();
        self.exports
            .point_at(&group, &proxy.endpoint)
            .await
            .unwrap();
        let ended = match self.exports.until_proven(&group).await {
            Ok(manifests) => {
                let rows = self.exports.rows(&manifests).await.unwrap();
                let (found, expected) = (stored(&rows), logged(&lines));
                let is_same = found == expected;
                is_same
                    .then_some(())
                    .ok_or_else(|| format!("{found}, not {expected}"))
            }
            Err(error) => Err(error.to_string()),
        };
        (ended, proxy)
    }

    async fn strike(&mut self, call: &Call, fault: Fault) -> Struck {
        let (ended, proxy) = Box::pin(self.export(Which::Call(call.clone()), fault)).await;
        match (ended, proxy.has_struck()) {
            (Err(why), _) => Struck::Felt(format!("{call:?} {fault:?}: {why}")),
            (Ok(()), true) => Struck::Survived,
            (Ok(()), false) => Struck::Missed,
        }
    }

    /// Lets the fault strike at the calls of an undisturbed export.
    async fn strike_each(mut self, faults: &[Fault]) {
        let is_soak = std::env::var_os("SOAK_KILLS").is_some();
        let most = if is_soak { MOST_OF_EACH } else { 1 };
        let (ended, proxy) = Box::pin(self.export(Which::None, Fault::AnswerLost)).await;
        assert_eq!(ended, Ok(()));
        let calls: BTreeSet<Call> = proxy.calls().into_iter().collect();
        let operations: BTreeSet<&str> = calls.iter().map(|call| call.operation.as_str()).collect();
        println!("{operations:#?}");
        let mut felt = Vec::new();
        let struck = calls.iter().filter(|call| call.nth <= most);
        for (number, call) in struck.enumerate() {
            // One of them at each call, in turn, is enough for the usual run.
            let (skip, take) = if is_soak {
                (0, faults.len())
            } else {
                (number % faults.len(), 1)
            };
            for fault in faults.iter().skip(skip).take(take) {
                let struck = self.strike(call, *fault).await;
                println!("{call:?} {fault:?}: {struck:?}");
                if let Struck::Felt(why) = struck {
                    felt.push(why);
                }
            }
        }
        assert_eq!(felt, Vec::<String>::new());
    }
}

const KILLS: [Fault; 2] = [Fault::CallerKilled, Fault::CallerKilledAfter];

#[tokio::test(flavor = "multi_thread")]
async fn killed_around_any_call_a_window_by_a_task_has_everything_once() {
    Box::pin(Series::begin("/kill/task-", "").await.strike_each(&KILLS)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_around_any_call_a_window_read_directly_has_everything_once() {
    Box::pin(
        Series::begin("/kill/direct-", "/kill/*")
            .await
            .strike_each(&KILLS),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_lost_do_no_harm() {
    Box::pin(
        Series::begin("/lost/", "")
            .await
            .strike_each(&[Fault::AnswerLost]),
    )
    .await;
}
