//! What a rule measures, and the requests behind it, from `GetMetricData`.

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat, StandardUnit};
use jiff::{SignedDuration, Timestamp};

use super::answers::Answers;
use crate::load::LoadSpan;
use crate::recovery::{Measured, Span};
use crate::rule::{self, Asked, Limit, Query, Rule, Series, Traffic, Watched};

/// The ids of our own queries: none of an alarm's begins with `medic_`.
const VALUES: &str = "medic_values";
pub(super) const REQUESTS: &str = "medic_requests";
const SAMPLES: &str = "medic_samples";

/// How much earlier the data begin that are filled: `FILL` of a series without any datapoint may be one without any, and
/// when the alarm fired there were some.
const FILLED_SINCE: SignedDuration = SignedDuration::from_mins(30);

/// One call of `GetMetricData`.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) queries: Vec<MetricDataQuery>,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

/// What is measured, for the text of an error.
pub(super) fn name(rule: &Rule) -> String {
    match rule.watched.metric() {
        Some(metric) => format!("{} {}", metric.namespace, metric.metric_name),
        None => rule.watched.to_string(),
    }
}

/// The calls for a rule: the alarm's own queries with the requests and the samples beside them; two calls if an expression of
/// the alarm would take ours in.
pub(super) fn asks(rule: &Rule, span: Span) -> Vec<Ask> {
    let its = match &rule.watched {
        Watched::Metric(metric) => {
            vec![metric_query(VALUES, metric, rule.period_seconds, None)]
        }
        Watched::Queries { queries, .. } => asked_again(rule, queries),
    };
    let ours = ours(rule);
    let ask = |queries: Vec<MetricDataQuery>| Ask {
        queries,
        from: span.data_from(rule),
        until: span.until,
    };
    let queries = if rule.watched.takes_in_every_metric() {
        vec![its, ours]
    } else {
        vec![[its, ours].concat()]
    };
    let asked = queries.into_iter().filter(|queries| !queries.is_empty());
    asked.map(ask).collect()
}

/// The call for the same values with zeros in the gaps, where a period had requests and no value.
pub(super) fn filling(rule: &Rule, span: Span, measured: &Measured) -> Option<Ask> {
    let Some(Watched::Queries { queries, .. }) = rule.watched.filled() else {
        return None;
    };
    let has_gap = |(start, requests): (&Timestamp, &f64)| {
        *requests > 0.0 && !measured.values.contains_key(start)
    };
    measured
        .requests
        .iter()
        .flatten()
        .any(has_gap)
        .then(|| Ask {
            queries: asked_again(rule, &queries),
            from: span.data_from(rule) - FILLED_SINCE,
            until: span.until,
        })
}

/// The call for the requests that tell the load behind a rule, if anything counts them.
pub(super) fn load(rule: &Rule, span: LoadSpan) -> Option<Ask> {
    let traffic = rule.watched.requests()?;
    Some(Ask {
        queries: vec![requests_query(traffic, span.period_seconds)],
        from: span.from,
        until: span.until,
    })
}

/// Adds what was answered to what is known.
pub(super) fn add(measured: &mut Measured, rule: &Rule, answers: &Answers) {
    measured.values.extend(answers.series(result_id(rule)));
    if let Limit::Band { band, .. } = &rule.limit {
        measured.bands.extend(answers.bands(band));
    }
    let counted = |id| answers.has(id).then(|| answers.series(id));
    measured.requests = measured.requests.take().or(counted(REQUESTS));
    measured.samples = measured.samples.take().or(counted(SAMPLES));
}

/// The values with zeros in the gaps.
pub(super) fn filled(rule: &Rule, answers: &Answers) -> Series {
    answers.series(result_id(rule))
}

fn result_id(rule: &Rule) -> &str {
    match &rule.watched {
        Watched::Metric(_) => VALUES,
        Watched::Queries { result, .. } => result,
    }
}

/// The requests behind a rule, and the samples of its percentile.
fn ours(rule: &Rule) -> Vec<MetricDataQuery> {
    let requests = rule.watched.traffic();
    let requests = requests.map(|traffic| requests_query(traffic, rule.period_seconds));
    let samples = rule
        .watched
        .metric()
        .filter(|_| rule.samples_needed().is_some());
    let samples = samples.map(|metric| {
        let samples = rule::MetricStat {
            stat: "SampleCount".to_owned(),
            ..metric.clone()
        };
        metric_query(SAMPLES, &samples, rule.period_seconds, None)
    });
    requests.into_iter().chain(samples).collect()
}

fn requests_query(traffic: Traffic, period_seconds: u32) -> MetricDataQuery {
    let requests = rule::MetricStat {
        namespace: traffic.namespace,
        metric_name: Traffic::METRIC.to_owned(),
        dimensions: traffic.dimensions,
        stat: "Sum".to_owned(),
        unit: None,
    };
    metric_query(REQUESTS, &requests, period_seconds, traffic.account_id)
}

/// The alarm's own queries; only what is watched, and its band, is returned.
fn asked_again(rule: &Rule, queries: &[Query]) -> Vec<MetricDataQuery> {
    let is_band = |id: &str| matches!(&rule.limit, Limit::Band { band, .. } if band == id);
    let again = |query: &Query| {
        let is_returned = query.id == result_id(rule) || is_band(&query.id);
        let account_id = query.account_id.clone();
        let mut again = match &query.asked {
            Asked::Metric(metric) => {
                let period = query.period_seconds.unwrap_or(rule.period_seconds);
                metric_query(&query.id, metric, period, account_id)
            }
            Asked::Expression(expression) => MetricDataQuery::builder()
                .id(&query.id)
                .expression(expression)
                .set_period(query.period_seconds.map(seconds))
                .set_account_id(account_id)
                .build(),
        };
        again.return_data = Some(is_returned);
        again
    };
    queries.iter().map(again).collect()
}

fn metric_query(
    id: &str,
    metric: &rule::MetricStat,
    period_seconds: u32,
    account_id: Option<String>,
) -> MetricDataQuery {
    let dimensions = metric.dimensions.iter();
    let dimension = |(name, value)| Dimension::builder().name(name).value(value).build();
    let asked = Metric::builder()
        .namespace(&metric.namespace)
        .metric_name(&metric.metric_name)
        .set_dimensions(Some(dimensions.map(dimension).collect()))
        .build();
    let stat = MetricStat::builder()
        .metric(asked)
        .period(seconds(period_seconds))
        .stat(&metric.stat)
        .set_unit(metric.unit.as_deref().map(StandardUnit::from))
        .build();
    MetricDataQuery::builder()
        .id(id)
        .metric_stat(stat)
        .set_account_id(account_id)
        .build()
}

fn seconds(period: u32) -> i32 {
    i32::try_from(period).unwrap_or(i32::MAX)
}
