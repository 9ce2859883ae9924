//! The points that are looked at: those of the incident, and those before it.

use super::line::Line;
use super::measure::Measure;
use super::{Case, because};

/// With fewer points of the incident, as many from before are looked at with them: a movement has a beginning.
const LEAST_POINTS: usize = 5;

/// With fewer there is no movement at all.
const FEWEST_POINTS: usize = 3;

/// The most points before the incident, and the most in it: two days of minutes each.
const MOST_POINTS: usize = 2880;

/// The alarm's metric and the times at which everything is looked at: its own.
#[derive(Debug)]
pub(super) struct Window<'a> {
    /// What is in alarm.
    pub(super) measure: Measure<'a>,
    /// The alarm's metric.
    pub(super) line: Line,
    /// Times before the incident, oldest first.
    pub(super) before: Vec<i64>,
    /// Times of the incident, oldest first.
    pub(super) during: Vec<i64>,
}

impl<'a> Window<'a> {
    /// Finds the window, or says what is missing.
    pub(super) fn of(case: &'a Case) -> Result<Self, String> {
        let target = &case.target;
        let own = |metric: &str, node: &str| node == target.node && metric == target.metric;
        let mut series = case
            .series
            .iter()
            .filter(|series| own(&series.metric, &series.node))
            .peekable();
        if series.peek().is_none() {
            return Err(format!(
                "There is no series of {}, the metric in alarm.",
                because::metric(target)
            ));
        }
        let line = Line::of(series);
        let times = |is_wanted: &dyn Fn(i64) -> bool| -> Vec<i64> {
            let points = line.points().iter();
            let wanted = points.filter(|(at, value)| value.is_some() && is_wanted(*at));
            wanted.map(|(at, _)| *at).collect()
        };
        let mut before = times(&|at| at < case.start);
        let mut during = times(&|at| case.start <= at && at <= case.end);
        during.truncate(MOST_POINTS);
        before.drain(..before.len().saturating_sub(MOST_POINTS));
        if during.is_empty() {
            return Err(format!(
                "{} has no datapoint in the window of the incident.",
                because::metric(target)
            ));
        }
        let lacking = LEAST_POINTS.saturating_sub(during.len());
        let mut lead = before.split_off(before.len().saturating_sub(lacking));
        lead.append(&mut during);
        if lead.len() < FEWEST_POINTS {
            return Err(format!(
                "{} has {} of the {FEWEST_POINTS} datapoints that a movement needs.",
                because::metric(target),
                lead.len()
            ));
        }
        Ok(Self {
            measure: Measure::of(&target.metric),
            line,
            before,
            during: lead,
        })
    }
}
