//! The real binary, deployed with the real template into a local cloud of its own, and what can be seen of it.

use std::collections::BTreeSet;
use std::time::Duration;

use alarm_playbook::record::Entry;
use alarm_playbook::target::Target;
use anyhow::Context as _;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{MetricDatum, StandardUnit};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::Environment;
use medic::function::{Function, LoggedDecision};
use medic::installation::{HostWish, Installation, Wish};
use medic::local_cloud::{DockerCall, Host, Mail, Via};
use medic::poll::{Look, TimeLimit, until};
use medic::project::Project;
use medic::record::StoredRecord;
use medic::scenario::host::{self, INSTANCE, SentCommand};
use medic::scenario::{ALARM, HostScenario, Scenario, deployment_ids, primary, target};
use medic::screen::Screen;
use serde_json::Value;
use shared::clock::{Clock as _, System};

/// An installation under test; over a service, if nothing else is said.
#[derive(Debug)]
pub struct Stack<S = Scenario> {
    /// The installation; the local cloud ends with it.
    pub installation: Installation<S>,
    /// The deployed function.
    pub function: Function,
    record: StoredRecord,
    cloudwatch: aws_sdk_cloudwatch::Client,
    lambda: aws_sdk_lambda::Client,
}

/// An incident at the fastest speed takes a minute from the first error to the last mail, and one more if the function is
/// killed and somebody else has to wait for its lease to end.
const LONG: Duration = Duration::from_mins(3);

/// What nothing but the speed of this machine sets a limit to.
const USUAL: Duration = Duration::from_mins(1);

/// One of many invocations at the same time, on a slow machine.
const DECISION: Duration = Duration::from_secs(4);

/// What one incident left behind.
#[derive(Debug, Eq, PartialEq)]
pub struct Aftermath {
    /// Deployments besides the one that the service was created with.
    pub new_deployments: usize,
    /// Report mails that came from the reports topic.
    pub topic_reports: usize,
    /// Report mails that the function sent itself.
    pub mail_reports: usize,
    /// Events that every attempt failed on.
    pub in_failure_queue: usize,
}

impl Stack {
    /// Sets one up: cloud, stack, steady service, alarm in OK.
    pub async fn deploy(wish: Wish) -> anyhow::Result<Self> {
        let project = Project::find(None)?;
        let screen = Screen::silent();
        let installation = Box::pin(Installation::set_up(&project, wish, &screen)).await?;
        Self::of(installation, &target()?).await
    }
    /// The id of the deployment that the service wants now.
    pub async fn primary_deployment(&self) -> anyhow::Result<String> {
        let service = self.installation.scenario.service().await?;
        let id = primary(&service).and_then(|deployment| deployment.id());
        Ok(id.context("no deployment is PRIMARY")?.to_owned())
    }

    /// Publishes the errors of the two periods before this one, as a load balancer would have.
    pub async fn publish_errors(&self) -> anyhow::Result<()> {
        let alarm = self.installation.scenario.alarm().await?;
        let period = i64::from(alarm.period().unwrap_or_default());
        let this_period = System.now().as_second().div_euclid(period) * period;
        let datum = |(errors, back): (f64, i64)| {
            MetricDatum::builder()
                .set_metric_name(alarm.metric_name.clone())
                .set_dimensions(alarm.dimensions.clone())
                .timestamp(DateTime::from_secs(this_period - back * period))
                .value(errors)
                .unit(StandardUnit::Count)
                .build()
        };
        let data = [(15.0, 2), (12.0, 1)].map(datum);
        let call = self.cloudwatch.put_metric_data();
        call.set_namespace(alarm.namespace.clone())
            .set_metric_data(Some(data.into()))
            .send()
            .await?;
        Ok(())
    }

    /// Changes the rule of the service's alarm: another threshold, everything else as it is.
    pub async fn set_threshold(&self, threshold: f64) -> anyhow::Result<()> {
        self.put_alarm(ALARM, threshold).await
    }

    /// Creates another alarm with the same rule on the same metric.
    pub async fn create_twin(&self, name: &str) -> anyhow::Result<()> {
        let alarm = self.installation.scenario.alarm().await?;
        self.put_alarm(name, alarm.threshold().unwrap_or_default())
            .await
    }

    async fn put_alarm(&self, name: &str, threshold: f64) -> anyhow::Result<()> {
        let alarm = self.installation.scenario.alarm().await?;
        self.cloudwatch
            .put_metric_alarm()
            .alarm_name(name)
            .threshold(threshold)
            .set_namespace(alarm.namespace)
            .set_metric_name(alarm.metric_name)
            .set_dimensions(alarm.dimensions)
            .set_statistic(alarm.statistic)
            .set_comparison_operator(alarm.comparison_operator)
            .set_period(alarm.period)
            .set_evaluation_periods(alarm.evaluation_periods)
            .set_datapoints_to_alarm(alarm.datapoints_to_alarm)
            .set_treat_missing_data(alarm.treat_missing_data)
            .set_alarm_actions(alarm.alarm_actions)
            .set_ok_actions(alarm.ok_actions)
            .send()
            .await?;
        Ok(())
    }

    /// What there is to see now; reports are mails whose subject begins with `subject`.
    pub async fn aftermath(&self, subject: &str) -> anyhow::Result<Aftermath> {
        let mails = self.mails(subject).await?;
        let over = |via| mails.iter().filter(|mail| mail.via == via).count();
        let deployments: BTreeSet<_> = deployment_ids(&self.installation.scenario.service().await?);
        Ok(Aftermath {
            new_deployments: deployments.len() - 1,
            topic_reports: over(Via::Sns),
            mail_reports: over(Via::Ses),
            in_failure_queue: self.in_failure_queue().await?,
        })
    }
}

impl<S> Stack<S> {
    async fn of(installation: Installation<S>, target: &Target) -> anyhow::Result<Self> {
        let config = installation.cloud.sdk_config();
        let bucket = &installation.outputs.state_bucket_name;
        Ok(Self {
            function: Function::describe(&config, &installation.outputs).await?,
            record: StoredRecord::of(target, &config, bucket),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            installation,
        })
    }

    /// Sets more variables of the function's environment.
    pub async fn set_variables(
        &self,
        more: impl IntoIterator<Item = (&str, &str)>,
    ) -> anyhow::Result<()> {
        let variables = self.function.environment().clone();
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let variables = variables.into_iter().chain(more.into_iter().map(owned));
        let environment = Environment::builder()
            .set_variables(Some(variables.collect()))
            .build();
        let call = self.lambda.update_function_configuration();
        call.function_name(self.function.name())
            .environment(environment)
            .send()
            .await?;
        Ok(())
    }

    /// Invokes the function and returns its answer.
    pub async fn invoke(&self, event: &Value) -> anyhow::Result<Value> {
        let call = self.lambda.invoke().function_name(self.function.name());
        let answer = call.payload(Blob::new(event.to_string())).send().await?;
        let payload = answer.payload().context("the function answered nothing")?;
        Ok(serde_json::from_slice(payload.as_ref())?)
    }

    /// Publishes a message to the alerts topic, as CloudWatch would.
    pub async fn publish(&self, message: &str) -> anyhow::Result<()> {
        let sns = aws_sdk_sns::Client::new(&self.installation.cloud.sdk_config());
        let call = sns
            .publish()
            .topic_arn(&self.installation.outputs.alerts_topic_arn);
        call.message(message).send().await?;
        Ok(())
    }

    /// Waits until what was done about the one incident is known and told, and returns its entry.
    pub async fn handled_entry(&self) -> anyhow::Result<Entry> {
        let what = "an entry whose outcome was told";
        until(what, TimeLimit::usual(), async || {
            Ok(match self.entries().await?.as_slice() {
                [entry] if entry.outcome.is_some() && entry.untold.is_empty() => {
                    Look::Seen(entry.clone())
                }
                other => Look::NotYet(format!("{other:?}")),
            })
        })
        .await
    }

    /// Waits until a remediation has its verdict, everybody knows it, and the incident is closed; returns its entry.
    pub async fn closed_entry(&self) -> anyhow::Result<Entry> {
        until("a closed incident", TimeLimit::of(LONG), async || {
            let entries = self.entries().await?;
            let is_over = |entry: &&Entry| entry.recovery.is_some() && entry.untold.is_empty();
            let Some(entry) = entries.iter().find(is_over) else {
                return Ok(Look::NotYet(format!("{entries:?}")));
            };
            Ok(match self.record.closed_copy(&entry.incident).await? {
                Some(_) => Look::Seen(entry.clone()),
                None => Look::NotYet("there is no closed copy".to_owned()),
            })
        })
        .await
    }

    /// What the record of the service says now, oldest first.
    pub async fn entries(&self) -> anyhow::Result<Vec<Entry>> {
        let record = self.record.read().await?;
        Ok(record.map(|record| record.entries).unwrap_or_default())
    }

    /// Waits until the function logged this many decisions about alarms, and returns them.
    pub async fn decisions(&self, number: usize) -> anyhow::Result<Vec<LoggedDecision>> {
        let what = format!("{number} decisions");
        // A hundred take the local cloud a minute beside other tests, a soak's thousand many; one that failed is tried again after one
        // minute, and after two more.
        let limit = USUAL.max(DECISION * u32::try_from(number)?);
        until(&what, TimeLimit::of(limit), async || {
            let mut decisions = self.function.decisions().await?;
            let is_about_an_alarm = |decision: &LoggedDecision| {
                decision.decision != "verify" && !decision.message.starts_with("OK")
            };
            decisions.retain(is_about_an_alarm);
            Ok(match decisions.len() {
                seen if seen >= number => Look::Seen(decisions),
                seen => {
                    let mut log = self.function.log().await?;
                    log.retain(|line| {
                        line.contains("\"level\":\"ERROR\"") || line.contains("Task timed out")
                    });
                    Look::NotYet(format!("{seen} decisions, and failures: {log:#?}"))
                }
            })
        })
        .await
    }

    /// The mails with this beginning of their subject.
    pub async fn mails(&self, subject: &str) -> anyhow::Result<Vec<Mail>> {
        let mut mails = self.installation.cloud.mails().await?;
        mails.retain(|mail| mail.subject.starts_with(subject));
        Ok(mails)
    }

    /// How many events every attempt failed on. Once looked at, they are not seen again for a while.
    pub async fn in_failure_queue(&self) -> anyhow::Result<usize> {
        let sqs = aws_sdk_sqs::Client::new(&self.installation.cloud.sdk_config());
        let queue = &self.installation.outputs.alarm_playbook_failure_queue_url;
        let received = sqs
            .receive_message()
            .queue_url(queue)
            .max_number_of_messages(10)
            .send()
            .await?;
        Ok(received.messages().len())
    }
}

/// What a restart of a container left behind.
#[derive(Debug, Eq, PartialEq)]
pub struct HostAftermath {
    /// What SSM was asked for.
    pub commands: usize,
    /// The words of each call of docker that changes something.
    pub restarts: Vec<Vec<String>>,
    /// Report mails that came from the reports topic.
    pub topic_reports: usize,
    /// Report mails that the function sent itself.
    pub mail_reports: usize,
}

impl Stack<HostScenario> {
    /// Sets one up over a host: cloud, host with its containers, stack, alarm in OK.
    pub async fn deploy_host(wish: HostWish) -> anyhow::Result<Self> {
        let project = Project::find(None)?;
        let screen = Screen::silent();
        let installation = Box::pin(Installation::set_up_host(&project, wish, &screen)).await?;
        Self::of(installation, &host::target()?).await
    }

    /// The host now.
    pub async fn host(&self) -> anyhow::Result<Host> {
        self.installation.cloud.host(INSTANCE).await
    }

    /// Every command that SSM was asked for, oldest first.
    pub async fn commands(&self) -> anyhow::Result<Vec<SentCommand>> {
        let scenario = &self.installation.scenario;
        scenario.commands(jiff::Timestamp::UNIX_EPOCH).await
    }

    /// What there is to see now; reports are mails whose subject begins with `subject`.
    pub async fn host_aftermath(&self, subject: &str) -> anyhow::Result<HostAftermath> {
        let mails = self.mails(subject).await?;
        let over = |via| mails.iter().filter(|mail| mail.via == via).count();
        let host = self.host().await?;
        let restarts = host.docker_calls.into_iter().filter(DockerCall::is_restart);
        Ok(HostAftermath {
            commands: self.commands().await?.len(),
            restarts: restarts.map(|call| call.argv).collect(),
            topic_reports: over(Via::Sns),
            mail_reports: over(Via::Ses),
        })
    }
}
