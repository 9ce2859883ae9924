//! A container that keeps its EC2 host busy, six times as fast as in life: a real process whose processor time is measured, the
//! alarm's own evaluation, the real binary, and the host's own script, asked for by SSM or by a real SSH server.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops where it cannot go on"
)]

use std::collections::BTreeMap;

use alarm_playbook::action::Work;
use alarm_playbook::record::{Entry, Outcome, Verdict};
use alarm_playbook::recovery::RecoveryVerdict;
use jiff::Timestamp;
use medic::installation::{HostWish, Over};
use medic::scenario::HostScenario;
use medic::scenario::host::{CONTAINER, HOST_ALARM, INSTANCE, NEIGHBOUR};
use medic::speed::Speed;
use medic::traffic::Traffic;
use serde_json::{Value, json};
use shared::clock::{Clock as _, System};
use support::deliveries::message_as;
use support::fault_proxy::{Fault, FaultProxy};
use support::stack::{HostAftermath, Stack};

/// Lets users come and the container become busy.
async fn break_container(stack: &Stack<HostScenario>) -> Traffic {
    let endpoint = stack.installation.scenario.endpoint();
    let traffic = Traffic::begin(endpoint, Speed::FASTEST, System.now()).unwrap();
    traffic.switch_on("busy-loop").await.unwrap();
    traffic
}

async fn installed(over: Over) -> Stack<HostScenario> {
    let wish = HostWish::live(Speed::FASTEST, over);
    Stack::deploy_host(wish).await.unwrap()
}

/// What one restart leaves behind.
fn one_restart(commands: usize) -> HostAftermath {
    let words = ["docker", "restart", "-t", "10", CONTAINER];
    HostAftermath {
        commands,
        restarts: vec![words.map(str::to_owned).into()],
        topic_reports: 1,
        mail_reports: 1,
    }
}

/// Waits for the proof, and compares what happened on the host and what people were told with one restart.
async fn recovers(stack: &Stack<HostScenario>, commands: usize) -> Entry {
    let before = &stack.installation.scenario.host;
    let entry = stack.closed_entry().await.unwrap();
    let recovery = entry.recovery.clone().unwrap();
    let verdict = recovery.verdict;
    assert_eq!(verdict, RecoveryVerdict::Recovered, "{recovery:?}");
    for subject in ["Restart begun: ", "Recovered: "] {
        let aftermath = stack.host_aftermath(subject).await.unwrap();
        assert_eq!(aftermath, one_restart(commands), "{subject}");
    }
    let host = stack.host().await.unwrap();
    assert_eq!(host.container(NEIGHBOUR), before.container(NEIGHBOUR));
    let (old, new) = (before.container(CONTAINER), host.container(CONTAINER));
    let (old, new) = (old.unwrap(), new.unwrap());
    assert_eq!((new.status.as_str(), new.restarts), ("running", 1));
    assert_ne!(old.pid, new.pid);
    entry
}

/// The parameters of the command: the playbook's container and the record's attempt, and nothing else.
fn parameters(entry: &Entry) -> BTreeMap<String, Vec<String>> {
    let attempt = format!("{}-1", entry.incident);
    let parameters = [("Attempt", attempt), ("Container", CONTAINER.to_owned())];
    parameters
        .map(|(name, value)| (name.to_owned(), vec![value]))
        .into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_container_is_restarted_by_its_agent_and_proven_to_be_well() {
    let stack = installed(Over::Ssm).await;
    let _traffic = break_container(&stack).await;
    let entry = recovers(&stack, 1).await;
    let command = stack.commands().await.unwrap().remove(0);
    let work = Work::Command(command.id.clone());
    assert_eq!(stack.in_failure_queue().await.unwrap(), 0);
    assert_eq!(entry.outcome, Some(Outcome::Applied { work }));
    assert_eq!(command.parameters, parameters(&entry));
    assert_eq!(command.status, "Success");
    // What the host prints is what the record's attempt is called.
    let printed: Value = serde_json::from_str(&command.output).unwrap();
    let expected = json!({"container": CONTAINER, "attempt": format!("{}-1", entry.incident), "restarted": true});
    assert_eq!(printed, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_container_is_restarted_over_ssh_and_proven_to_be_well() {
    let stack = installed(Over::Ssh).await;
    let _traffic = break_container(&stack).await;
    let entry = recovers(&stack, 0).await;
    let work = Work::Session(format!("{}-1", entry.incident));
    assert_eq!(entry.outcome, Some(Outcome::Applied { work }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_off_line_is_left_to_people_who_read_why() {
    let stack = installed(Over::Ssm).await;
    let cloud = &stack.installation.cloud;
    cloud.set_ping(INSTANCE, "ConnectionLost").await.unwrap();
    let _traffic = break_container(&stack).await;

    let entry = stack.handled_entry().await.unwrap();
    assert_eq!(entry.verdict, Verdict::Report);
    let against = entry.reasons.against.join("; ");
    assert!(
        against.contains("the agent of the host is ConnectionLost"),
        "{against}"
    );
    let subject = "PAGE: a restart of web does not free its processor";
    let expected = HostAftermath {
        commands: 0,
        restarts: vec![],
        ..one_restart(0)
    };
    assert_eq!(stack.host_aftermath(subject).await.unwrap(), expected);
    for mail in stack.mails(subject).await.unwrap() {
        assert!(
            mail.text
                .contains("the agent of the host is ConnectionLost"),
            "{}",
            mail.text
        );
    }
}

/// What an alarm may be called and say: nothing of it is a word of a command anywhere.
const HOSTILE: [&str; 3] = [
    "$(reboot); `reboot` && docker restart search",
    "search\" } {{ Container }} -t 0 ../search",
    "web-cpu-high'; restart search 0123456789abcdef0123-1 #",
];

/// For every alarm of that metric, and the host is the alarm's to choose, from a list of one.
fn for_every_alarm(own: &str) -> String {
    let fixed = format!("instance: {INSTANCE}, container");
    let chosen =
        format!("instance: {{ from_dimension: InstanceId, allowed: [{INSTANCE}] }}, container");
    let name = "alarm_name: web-cpu-high\n";
    let dimensions = format!("      dimensions:\n        InstanceId: {INSTANCE}\n");
    for part in [fixed.as_str(), name, &dimensions] {
        assert!(own.contains(part), "{part}");
    }
    own.replace(&fixed, &chosen)
        .replace(name, "alarm_name: \"*\"\n")
        .replace(&dimensions, "")
}

/// The message of an alarm with this dimension, as CloudWatch would send it.
fn message_with_dimension(name: &str, instance: &str, at: Timestamp) -> String {
    let mut message: Value = serde_json::from_str(&message_as(name, &at.to_string())).unwrap();
    message["AlarmDescription"] = instance.into();
    message["Trigger"]["Namespace"] = "AWS/EC2".into();
    message["Trigger"]["MetricName"] = "CPUUtilization".into();
    message["Trigger"]["Dimensions"] = json!([{"name": "InstanceId", "value": instance}]);
    message.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_an_alarm_says_reaches_the_host() {
    let wish = HostWish {
        playbook: for_every_alarm,
        ..HostWish::live(Speed::FASTEST, Over::Ssm)
    };
    let stack = Stack::deploy_host(wish).await.unwrap();
    let topic = &stack.installation.outputs.alerts_topic_arn;
    let now = System.now();
    for (number, hostile) in HOSTILE.iter().enumerate() {
        // A host that is not on the list, whatever it begins or ends with.
        let instance = format!("{INSTANCE}{hostile}");
        let message = message_with_dimension(&format!("odd-{number}"), &instance, now);
        stack.publish(&message).await.unwrap();
        // And a true alarm on the host, which is evaluated like the plain one.
        let scenario = &stack.installation.scenario;
        let created = scenario.create_alarm(hostile, hostile, topic, Speed::FASTEST);
        created.await.unwrap();
    }
    let ignored = stack.decisions(HOSTILE.len()).await.unwrap();
    assert!(
        ignored.iter().all(|decision| decision.decision == "ignore"),
        "{ignored:?}"
    );

    let _traffic = break_container(&stack).await;
    let entry = recovers_with_many(&stack).await;
    let commands = stack.commands().await.unwrap();
    let [command] = commands.as_slice() else {
        panic!("{commands:?}");
    };
    assert_eq!(command.parameters, parameters(&entry));
    assert_eq!(command.instances, [INSTANCE]);
    assert_eq!(
        command.comment,
        format!("lambda-medic {}-1", entry.incident)
    );
    let host = stack.host().await.unwrap();
    let look = "{{.State.Running}} {{.State.Restarting}}";
    let look = [
        "docker",
        "container",
        "inspect",
        "--format",
        look,
        CONTAINER,
    ];
    for call in host.docker_calls.iter().filter(|call| !call.is_restart()) {
        assert_eq!(call.argv, look);
    }
}

/// Four alarms fire at the same time, and one of them leads to the restart: its entry.
async fn recovers_with_many(stack: &Stack<HostScenario>) -> Entry {
    stack.closed_entry().await.unwrap();
    assert_eq!(
        stack.host_aftermath("Recovered: ").await.unwrap(),
        one_restart(1)
    );
    let entries = stack.entries().await.unwrap();
    let acted = entries.iter().filter(|entry| entry.intent.is_some());
    let [acted] = acted.collect::<Vec<_>>()[..] else {
        panic!("{entries:?}");
    };
    let names = HOSTILE.iter().chain([&HOST_ALARM]);
    assert!(names.into_iter().any(|name| *name == acted.alarm_name));
    acted.clone()
}

async fn one_command_although(fault: Fault) {
    let stack = installed(Over::Ssm).await;
    let cloud = stack.installation.cloud.endpoint();
    let proxy = FaultProxy::start(cloud, ".SendCommand\r\n", fault);
    let proxy = proxy.await.unwrap();
    let variables = [("AWS_ENDPOINT_URL_SSM", proxy.endpoint.as_str())];
    stack.set_variables(variables).await.unwrap();
    let _traffic = break_container(&stack).await;
    recovers(&stack, 1).await;
    // The local cloud's retries come within seconds, while the lease still runs, and fail; the schedule goes on later. On AWS the
    // first one comes after a minute and finds it over.
    assert_eq!(stack.in_failure_queue().await.unwrap(), 1);
    assert!(proxy.has_struck());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_whose_answer_is_lost_is_found_and_not_sent_again() {
    one_command_although(Fault::AnswerLost).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_is_killed_before_its_command_is_sent_still_sends_it() {
    one_command_although(Fault::CallerKilled).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_is_killed_when_its_command_was_sent_does_not_send_it_again() {
    one_command_although(Fault::CallerKilledAfter).await;
}
