//! What the function asks CloudWatch about alarms on expressions and about composite alarms, put to the local cloud: that its
//! own calls are understood, and that a rule asked again gives the values that the alarm goes by.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops where it cannot go on"
)]

use alarm_playbook::alarms::{AlarmNow, Alarms};
use alarm_playbook::aws::CloudWatchAlarms;
use alarm_playbook::recovery::{Measured, Span};
use alarm_playbook::rule::{Child, Rule, Snapshot};
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    ComparisonOperator, Dimension, Metric, MetricDataQuery, MetricDatum, MetricStat,
};
use jiff::{SignedDuration, Timestamp};
use medic::local_cloud::LocalCloud;
use medic::project::Project;
use medic::speed::Speed;
use shared::alarm::{Kind, State};
use shared::aws::{LazyClient, lazy};
use shared::clock::{Clock as _, System};
use shared::deadline::Deadline;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const LOAD_BALANCERS: &str = "AWS/ApplicationELB";
const ERRORS: &str = "HTTPCode_Target_5XX_Count";
const REQUESTS: &str = "RequestCount";

struct Clouded {
    cloudwatch: Client,
    lazy: LazyClient<Client>,
    /// The beginning of the present minute.
    now: Timestamp,
    _cloud: LocalCloud,
}

fn balancer() -> Dimension {
    let dimension = Dimension::builder().name("LoadBalancer");
    dimension.value("app/shop/1").build()
}

impl Clouded {
    async fn start() -> Self {
        let project = Project::find(None).unwrap();
        let cloud = LocalCloud::start(&project, Speed::FASTEST).await.unwrap();
        let cloudwatch = Client::new(&cloud.sdk_config());
        let client = cloudwatch.clone();
        let now = System.now().as_second().div_euclid(60) * 60;
        Self {
            cloudwatch,
            lazy: lazy(move || client),
            now: Timestamp::from_second(now).unwrap(),
            _cloud: cloud,
        }
    }

    fn alarms(&self) -> CloudWatchAlarms<'_> {
        let deadline = Deadline::at(System.now() + SignedDuration::from_secs(30));
        CloudWatchAlarms {
            client: &self.lazy,
            deadline,
        }
    }

    /// The beginning of the minute so many before this one.
    fn ago(&self, minutes: i64) -> Timestamp {
        self.now - MINUTE * i32::try_from(minutes).unwrap()
    }

    /// Publishes a value in the minute so many before this one, as a load balancer does: not if it is zero.
    async fn publish(&self, name: &str, minutes: i64, value: f64) {
        if value == 0.0 {
            return;
        }
        let at = self.ago(minutes) + SignedDuration::from_secs(30);
        let datum = MetricDatum::builder()
            .metric_name(name)
            .dimensions(balancer())
            .timestamp(DateTime::from_millis(at.as_millisecond()))
            .value(value);
        let call = self.cloudwatch.put_metric_data().namespace(LOAD_BALANCERS);
        call.metric_data(datum.build()).send().await.unwrap();
    }

    async fn put_alarm_on_the_rate(&self, name: &str) {
        let metric = |id: &str, name: &str| {
            let metric = Metric::builder().namespace(LOAD_BALANCERS);
            let metric = metric.metric_name(name).dimensions(balancer());
            let stat = MetricStat::builder().metric(metric.build()).period(60);
            let query = MetricDataQuery::builder().id(id).return_data(false);
            query.metric_stat(stat.stat("Sum").build()).build()
        };
        let rate = MetricDataQuery::builder().id("e1").return_data(true);
        let call = self.cloudwatch.put_metric_alarm().alarm_name(name);
        call.metrics(rate.expression("100 * m1 / m2").build())
            .metrics(metric("m1", ERRORS))
            .metrics(metric("m2", REQUESTS))
            .comparison_operator(ComparisonOperator::GreaterThanThreshold)
            .threshold(5.0)
            .evaluation_periods(2)
            .treat_missing_data("notBreaching")
            .send()
            .await
            .unwrap();
    }

    async fn described(&self, name: &str) -> AlarmNow {
        let found = self.alarms().describe(name).await.unwrap();
        found.unwrap_or_else(|| panic!("no alarm {name}"))
    }

    /// What a rule measures in the two minutes before this one.
    async fn measured(&self, rule: &Rule) -> Measured {
        let span = Span {
            rolled_out_at: self.ago(3),
            from: self.ago(2),
            until: self.now,
        };
        let measured = self.alarms().measure(&[(rule, span)]).await.unwrap();
        measured[0].clone()
    }
}

fn known(snapshot: &Snapshot) -> &Rule {
    match snapshot {
        Snapshot::Known(rule) => rule,
        other => panic!("no rule: {other:?}"),
    }
}

/// Errors for a while, then none: no datapoint, and zero errors in a hundred requests.
#[tokio::test]
async fn an_expression_is_measured_as_the_alarm_has_it_and_its_gaps_are_filled() {
    let cloud = Clouded::start().await;
    for minutes in 1..=30 {
        cloud.publish(REQUESTS, minutes, 60.0).await;
        let errors = if minutes > 1 { 15.0 } else { 0.0 };
        cloud.publish(ERRORS, minutes, errors).await;
    }
    cloud.put_alarm_on_the_rate("rate").await;
    let alarm = cloud.described("rate").await;
    assert_eq!(alarm.kind, Some(Kind::Math));
    let rule = known(&alarm.rule);
    let told = "100 * m1 / m2 > 5 in 2 of 2 periods of 60 s";
    assert_eq!(rule.to_string(), told);

    let measured = cloud.measured(rule).await;
    let within = |start: &Timestamp| *start >= cloud.ago(2);
    let values: Vec<_> = measured
        .values
        .into_iter()
        .filter(|(at, _)| within(at))
        .collect();
    assert_eq!(values, [(cloud.ago(2), 25.0)]);
    assert_eq!(measured.filled.get(&cloud.ago(1)), Some(&0.0));
    assert_eq!(measured.requests.unwrap().get(&cloud.ago(1)), Some(&60.0));

    let alarms = cloud.alarms();
    let load = alarms.load(rule, cloud.ago(0), cloud.now).await;
    let load = load.unwrap().unwrap();
    assert_eq!(
        load.to_string(),
        "load did not rise: 60 -> 60 requests a minute"
    );
}

#[tokio::test]
async fn a_composite_alarm_comes_with_its_children() {
    let cloud = Clouded::start().await;
    cloud.put_alarm_on_the_rate("rate").await;
    let call = cloud.cloudwatch.put_composite_alarm();
    let call = call
        .alarm_name("shop")
        .alarm_rule("ALARM(\"rate\") OR FALSE");
    call.send().await.unwrap();
    let Snapshot::Composite(mut composite) = cloud.described("shop").await.rule else {
        panic!("no composite alarm");
    };
    assert_eq!(composite.unasked(), ["rate"]);
    let found = cloud
        .alarms()
        .describe_all(&["rate", "nobody", "shop"])
        .await;
    let found = found.unwrap();
    assert_eq!(found.len(), 2);
    let child = found
        .into_iter()
        .find(|alarm| alarm.name == "rate")
        .unwrap();
    let (state, rule) = (State::Alarm, child.rule);
    composite.add("rate".to_owned(), Child { state, rule });
    let snapshot = composite.sealed();
    let names: Vec<_> = snapshot.rules().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, [Some("rate")]);
    // What its history tells is the same.
    let then = cloud.alarms().rule_at("rate", System.now()).await.unwrap();
    assert_eq!(known(&then.unwrap()), snapshot.rules()[0].1);
}
