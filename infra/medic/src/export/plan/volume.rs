//! How much log groups get in a day: as CloudWatch counted it, or as it is given.

use std::collections::HashMap;

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};
use jiff::{SignedDuration, Timestamp};

use crate::export::cost::Volume;

/// So many days are looked at: a whole week, because weekends differ.
const DAYS: i32 = 7;

/// A call takes 500 metrics at most (API reference, `GetMetricData`), and a group has two.
const GROUPS_A_CALL: usize = 250;

/// An event of logs has about so many bytes, where nothing is known.
const USUAL_EVENT: f64 = 250.0;

/// A group and what it gets in a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The log group.
    pub group: String,
    /// What it gets in a day.
    pub volume: Volume,
}

/// Reads `/ecs/shop=2.5`.
pub(super) fn given(text: &str) -> Result<Given, String> {
    let parts = text.rsplit_once('=').filter(|(group, _)| !group.is_empty());
    let gb = parts.and_then(|(group, gb)| Some((group, gb.parse::<f64>().ok()?)));
    let gb = gb.filter(|(_, gb)| (0.0..=1e6).contains(gb));
    let (group, gb) = gb.ok_or("use GROUP=GB, such as /ecs/shop=2.5 for 2.5 GB a day")?;
    let bytes = gb * 1e9;
    Ok(Given {
        group: group.to_owned(),
        volume: Volume {
            bytes,
            events: bytes / USUAL_EVENT,
        },
    })
}

/// What each group got in a day of the last week, on an average (CloudWatch Logs user guide, "Monitoring with CloudWatch metrics":
/// `IncomingBytes`, `IncomingLogEvents`).
pub(super) async fn of<'n>(
    aws: &SdkConfig,
    groups: impl Iterator<Item = &'n str>,
    now: Timestamp,
) -> anyhow::Result<HashMap<String, Volume>> {
    let client = Client::new(aws);
    let groups: Vec<&str> = groups.collect();
    let mut volumes = HashMap::new();
    for some in groups.chunks(GROUPS_A_CALL) {
        let bytes = sums(&client, some, "IncomingBytes", now).await?;
        let events = sums(&client, some, "IncomingLogEvents", now).await?;
        for (group, (bytes, events)) in some.iter().zip(bytes.into_iter().zip(events)) {
            let volume = Volume {
                bytes: bytes / f64::from(DAYS),
                events: events / f64::from(DAYS),
            };
            volumes.insert((*group).to_owned(), volume);
        }
    }
    Ok(volumes)
}

/// The sum of a metric of the last days for each group, in their order.
async fn sums(
    client: &Client,
    groups: &[&str],
    metric: &'static str,
    now: Timestamp,
) -> anyhow::Result<Vec<f64>> {
    let start = now - SignedDuration::from_hours(24 * i64::from(DAYS));
    let queries = groups.iter().enumerate();
    let queries = queries.map(|(number, group)| query(number, group, metric));
    let mut sums = vec![0.0; groups.len()];
    let mut pages = client
        .get_metric_data()
        .set_metric_data_queries(Some(queries.collect()))
        .start_time(DateTime::from_millis(start.as_millisecond()))
        .end_time(DateTime::from_millis(now.as_millisecond()))
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page =
            page.with_context(|| format!("couldn't read how much log groups get ({metric})"))?;
        for result in page.metric_data_results() {
            let number = result.id().and_then(|id| id.strip_prefix('g'));
            let number = number.and_then(|number| number.parse::<usize>().ok());
            if let Some(sum) = number.and_then(|number| sums.get_mut(number)) {
                *sum += result.values().iter().sum::<f64>();
            }
        }
    }
    Ok(sums)
}

fn query(number: usize, group: &str, metric: &str) -> MetricDataQuery {
    let dimension = Dimension::builder()
        .name("LogGroupName")
        .value(group)
        .build();
    let metric = Metric::builder()
        .namespace("AWS/Logs")
        .metric_name(metric)
        .dimensions(dimension)
        .build();
    let stat = MetricStat::builder()
        .metric(metric)
        .period(24 * 3_600)
        .stat("Sum")
        .build();
    MetricDataQuery::builder()
        .id(format!("g{number}"))
        .metric_stat(stat)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_given_with_its_gigabytes_a_day() {
        let read = |text| {
            given(text)
                .ok()
                .map(|given| (given.group, given.volume.bytes))
        };
        assert_eq!(read("/ecs/shop=2.5"), Some(("/ecs/shop".to_owned(), 2.5e9)));
        for bad in [
            "/ecs/shop",
            "=1",
            "/ecs/shop=-1",
            "/ecs/shop=NaN",
            "/ecs/shop=much",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
