//! What `GetMetricData` answers, to the last page.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataOutput;
use aws_sdk_cloudwatch::types::{MetricDataQuery, MetricDataResult, StatusCode};
use jiff::Timestamp;
use thiserror::Error;

use super::described::time;
use super::measured::Ask;
use crate::rule::{Band, Series};

/// CloudWatch did not answer with data.
#[derive(Debug, Error)]
#[error("CloudWatch answered {0} instead of all data")]
pub(super) struct Trouble(String);

/// All that was answered to one call.
#[derive(Debug)]
pub(super) struct Answers(Vec<GetMetricDataOutput>);

impl Answers {
    /// The pages, if they are all the data that were asked for: half of them would look like a metric at rest.
    pub(super) fn of(ask: &Ask, pages: Vec<GetMetricDataOutput>) -> Result<Self, Trouble> {
        let answers = Self(pages);
        let returned = ask.queries.iter();
        let returned = returned.filter(|query| query.return_data() != Some(false));
        for id in returned.filter_map(MetricDataQuery::id) {
            let statuses = answers
                .results(id)
                .filter_map(MetricDataResult::status_code);
            match statuses.last() {
                Some(StatusCode::Complete) => (),
                Some(other) => return Err(Trouble(format!("{other} for {id}"))),
                None => return Err(Trouble(format!("nothing for {id}"))),
            }
        }
        Ok(answers)
    }

    /// The values of a query by the start of their period.
    pub(super) fn series(&self, id: &str) -> Series {
        self.results(id).flat_map(points).collect()
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.results(id).next().is_some()
    }

    /// The band in every period in which it has both edges. They are two results with the id of one query, and a page may
    /// have more of either.
    pub(super) fn bands(&self, id: &str) -> impl Iterator<Item = (Timestamp, Band)> {
        let mut edges = BTreeMap::<Timestamp, Vec<f64>>::new();
        for (at, value) in self.results(id).flat_map(points) {
            edges.entry(at).or_default().push(value);
        }
        edges.into_iter().filter_map(|(at, edges)| match edges[..] {
            [one, other] => Some((at, Band::between(one, other))),
            _ => None,
        })
    }

    /// What the pages answer to one query.
    fn results<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a MetricDataResult> {
        let pages = self.0.iter();
        let results = pages.flat_map(GetMetricDataOutput::metric_data_results);
        results.filter(move |result| result.id() == Some(id))
    }
}

fn points(result: &MetricDataResult) -> impl Iterator<Item = (Timestamp, f64)> {
    let times = result.timestamps().iter().map(|at| time(Some(at)));
    let points = times.zip(result.values().iter().copied());
    points.filter_map(|(at, value)| Some((at?, value)))
}
