//! The real binary is killed with `kill -9` right before and right after calls to AWS, and the incident ends as if it had not been.
//!
//! `make test` kills it at the calls that change something; `make soak` at each call that an undisturbed incident makes.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test stops where it cannot go on, and a soak says how far it came"
)]

use std::collections::BTreeSet;

use alarm_playbook::recovery::RecoveryVerdict;
use futures::StreamExt as _;
use futures::stream;
use medic::installation::Wish;
use medic::local_cloud::Via;
use medic::speed::Speed;
use medic::traffic::Traffic;
use shared::clock::{Clock as _, System};
use support::fault_proxy::{Call, Fault, FaultProxy, Which};
use support::stack::Stack;

/// Incidents of a soak that wait for their periods at the same time.
const AT_ONCE: usize = 6;

/// Each operation is made again and again by later ticks; after so many times they differ in nothing but the time.
const MOST_OF_EACH: usize = 4;

/// The services that the function talks to here, as the variables for their endpoints name them.
const SERVICES: [&str; 6] = [
    "CLOUDWATCH",
    "ECS",
    "RESOURCE_GROUPS_TAGGING_API",
    "S3",
    "SESV2",
    "SNS",
];

/// What an incident leaves behind that was lived through by one process.
const UNDISTURBED: Ending = Ending {
    verdict: Some(RecoveryVerdict::Recovered),
    entries: 1,
    acted: 1,
    new_deployments: 1,
    told: Told::Once,
};

#[derive(Debug, Eq, PartialEq)]
struct Ending {
    verdict: Option<RecoveryVerdict>,
    entries: usize,
    /// Entries with an intent.
    acted: usize,
    new_deployments: usize,
    told: Told,
}

/// How often people heard of the begin and of the end, on each channel.
#[derive(Debug, Eq, PartialEq)]
enum Told {
    Once,
    /// One of the two came twice, on one or both channels: reports have no token by which a repeat would be known, and who was
    /// told is written down when both channels have it.
    OnceAndOneRepeated,
    Otherwise(Vec<[usize; 2]>),
}

impl Told {
    fn of(heard: Vec<[usize; 2]>) -> Self {
        let repeated = heard.iter().filter(|channels| channels.contains(&2));
        match (
            repeated.count(),
            heard.as_flattened().iter().all(|n| (1..=2).contains(n)),
        ) {
            (0, true) => Self::Once,
            (1, true) => Self::OnceAndOneRepeated,
            _ => Self::Otherwise(heard),
        }
    }
}

/// Lives through an incident with a proxy between the function and the cloud.
async fn incident(which: Which, fault: Fault) -> (Ending, FaultProxy) {
    let wish = Wish {
        speed: Speed::FASTEST,
        ..Wish::live()
    };
    let stack = Stack::deploy(wish).await.unwrap();
    let cloud = stack.installation.cloud.endpoint();
    let proxy = FaultProxy::start_at(cloud, which, fault).await.unwrap();
    let through = SERVICES.map(|service| (format!("AWS_ENDPOINT_URL_{service}"), &proxy.endpoint));
    let through = through
        .iter()
        .map(|(name, url)| (name.as_str(), url.as_str()));
    stack.set_variables(through).await.unwrap();
    let endpoint = &stack.installation.scenario.load_balancer.endpoint;
    let traffic = Traffic::begin(endpoint, Speed::FASTEST, System.now()).unwrap();
    traffic.break_service().await.unwrap();
    stack.closed_entry().await.unwrap();
    (ending(&stack).await, proxy)
}

async fn ending(stack: &Stack) -> Ending {
    let entries = stack.entries().await.unwrap();
    let recovery = entries.iter().find_map(|entry| entry.recovery.as_ref());
    let mut heard = Vec::new();
    for subject in ["Restart begun: ", "Recovered: "] {
        let mails = stack.mails(subject).await.unwrap();
        let over = |channel| mails.iter().filter(|mail| mail.via == channel).count();
        heard.push([Via::Sns, Via::Ses].map(over));
    }
    Ending {
        verdict: recovery.map(|recovery| recovery.verdict),
        entries: entries.len(),
        acted: entries
            .iter()
            .filter(|entry| entry.intent.is_some())
            .count(),
        new_deployments: stack.aftermath("").await.unwrap().new_deployments,
        told: Told::of(heard),
    }
}

/// What came of killing the function at a call.
#[derive(Debug, Eq, PartialEq)]
enum Kill {
    /// The incident ended as it should.
    Survived,
    /// Which calls are made depends on what falls into which tick: this one was not made.
    Missed,
    /// It ended otherwise.
    Felt(Call, Ending),
}

async fn kill_at(call: Call, fault: Fault) -> Kill {
    let (ending, proxy) = Box::pin(incident(Which::Call(call.clone()), fault)).await;
    let repeated = Ending {
        told: Told::OnceAndOneRepeated,
        ..UNDISTURBED
    };
    // Whatever the call, the kill ends every running invocation, one that has sent and not yet written it down among them. But
    // without a kill nothing may come twice.
    match proxy.has_struck() {
        has_struck if ending != UNDISTURBED && !(has_struck && ending == repeated) => {
            Kill::Felt(call, ending)
        }
        true => Kill::Survived,
        false => Kill::Missed,
    }
}

async fn kill_around(operation: &str) {
    let call = Call {
        operation: operation.to_owned(),
        nth: 1,
    };
    let (before, after) = futures::join!(
        kill_at(call.clone(), Fault::CallerKilled),
        kill_at(call, Fault::CallerKilledAfter)
    );
    assert_eq!((before, after), (Kill::Survived, Kill::Survived));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_around_the_restart_it_is_one_restart() {
    kill_around("UpdateService").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_around_the_first_write_of_the_record_it_is_one_restart() {
    kill_around("PUT targets").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_around_a_report_people_still_hear_of_it() {
    kill_around("POST outbound-emails").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_around_any_call_the_incident_ends_the_same() {
    let is_soak = std::env::var_os("SOAK_KILLS").is_some();
    let (ending, proxy) = Box::pin(incident(Which::None, Fault::AnswerLost)).await;
    assert_eq!(ending, UNDISTURBED);
    let calls: BTreeSet<Call> = proxy.calls().into_iter().collect();
    let operations: BTreeSet<&str> = calls.iter().map(|call| call.operation.as_str()).collect();
    insta::assert_debug_snapshot!(operations);
    let points = calls.into_iter().filter(|call| call.nth <= MOST_OF_EACH);
    let points: Vec<Call> = points.filter(|_| is_soak).collect();
    println!("{} calls to be killed before and after", points.len());
    let faults = [Fault::CallerKilled, Fault::CallerKilledAfter];
    let kills = points
        .iter()
        .flat_map(|call| faults.map(|fault| kill_at(call.clone(), fault)));
    let kills: Vec<Kill> = stream::iter(kills)
        .buffer_unordered(AT_ONCE)
        .inspect(|kill| println!("{kill:?}"))
        .collect()
        .await;
    let missed = kills.iter().filter(|kill| **kill == Kill::Missed).count();
    println!(
        "{} kills, {missed} of calls that were not made",
        kills.len()
    );
    let felt = kills
        .into_iter()
        .filter(|kill| matches!(kill, Kill::Felt(..)));
    assert_eq!(felt.collect::<Vec<_>>(), []);
}
