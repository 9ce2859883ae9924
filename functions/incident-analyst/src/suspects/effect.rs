//! What each node does to the alarm's metric, in the alarm's own unit.

use std::collections::BTreeMap;

use super::line::Line;
use super::measure::Measure;
use super::window::Window;
use super::{Case, CaseSeries};

/// The lines of every node, by name and by what they measure.
#[derive(Debug)]
pub(super) struct Effects<'a> {
    /// In the order of names.
    pub(super) nodes: BTreeMap<&'a str, BTreeMap<Measure<'a>, Line>>,
    /// The requests of the node in alarm, where they are counted.
    traffic: Option<Line>,
}

/// A node's effect before and during the incident, and whether it is in the alarm's unit.
#[derive(Debug)]
pub(super) struct Effect {
    /// Before the incident.
    pub(super) before: Vec<Option<f64>>,
    /// In it.
    pub(super) during: Vec<Option<f64>>,
    /// Whether it is in the alarm's own unit, so that it can be added up.
    pub(super) is_counted: bool,
}

impl<'a> Effects<'a> {
    /// Sorts the series by node.
    pub(super) fn of(case: &'a Case, window: &Window<'a>) -> Self {
        let mut series: BTreeMap<&str, BTreeMap<Measure<'_>, Vec<&CaseSeries>>> = BTreeMap::new();
        for one in &case.series {
            let measure = match Measure::of(&one.metric) {
                // Two metrics may mean the same thing: at the alarm's node its own one counts.
                same if same == window.measure
                    && one.node == case.target.node
                    && one.metric != case.target.metric =>
                {
                    continue;
                }
                measure => measure,
            };
            let node = series.entry(one.node.as_str()).or_default();
            node.entry(measure).or_default().push(one);
        }
        let nodes: BTreeMap<_, BTreeMap<_, _>> = series
            .into_iter()
            .map(|(name, measures)| {
                let lines = measures
                    .into_iter()
                    .map(|(measure, series)| (measure, Line::of(series)));
                (name, lines.collect())
            })
            .collect();
        let traffic = nodes
            .get(case.target.node.as_str())
            .and_then(|lines| lines.get(&Measure::Requests))
            .cloned();
        Self { nodes, traffic }
    }

    /// The alarm's own metric, as trouble: the more, the worse.
    pub(super) fn alarm(window: &Window<'a>) -> Effect {
        let own = |time: &i64| window.line.at(*time, 0).map(|v| window.measure.trouble(v));
        Effect {
            before: window.before.iter().map(own).collect(),
            during: window.during.iter().map(own).collect(),
            is_counted: true,
        }
    }

    /// What a node does to the alarm's metric; `None` if nothing of that kind is measured there.
    pub(super) fn effect(
        &self,
        lines: &BTreeMap<Measure<'a>, Line>,
        window: &Window<'a>,
    ) -> Option<Effect> {
        let period = window.line.step();
        let of = |measure: Measure<'a>| lines.get(&measure);
        let requests = of(Measure::Requests);
        let is_counted = match window.measure {
            Measure::Latency | Measure::Availability => {
                requests.is_some() && self.traffic.is_some()
            }
            Measure::Errors => of(Measure::Errors).is_some() || requests.is_some(),
            Measure::Requests => true,
            Measure::Other(_) => false,
        };
        let is_there = match window.measure {
            Measure::Availability | Measure::Errors => {
                of(Measure::Availability).is_some() || of(Measure::Errors).is_some()
            }
            measure => of(measure).is_some(),
        };
        if !is_there {
            return None;
        }
        let look = |line: Option<&Line>, time| line.and_then(|line| line.at(time, period));
        let value = |time: i64| match window.measure {
            Measure::Latency if is_counted => {
                let own = look(requests, time)?;
                let time_taken = look(of(Measure::Latency), time);
                total(own, time_taken, look(self.traffic.as_ref(), time)?)
            }
            Measure::Availability if is_counted => {
                let own = look(requests, time)?;
                let failing = failing(lines, time, period).map(|share| share * 100.0);
                total(own, failing, look(self.traffic.as_ref(), time)?)
            }
            Measure::Availability => look(of(Measure::Availability), time)
                .map(|available| window.measure.trouble(available))
                .or_else(|| look(of(Measure::Errors), time)),
            Measure::Errors => look(of(Measure::Errors), time).or_else(|| {
                let failing = failing(lines, time, period)?;
                Some(look(requests, time).unwrap_or(1.0) * failing)
            }),
            measure => look(of(measure), time).map(|value| measure.trouble(value)),
        };
        Some(Effect {
            before: window.before.iter().copied().map(value).collect(),
            during: window.during.iter().copied().map(value).collect(),
            is_counted,
        })
    }
}

/// What `requests` that each do `each` add to one of the alarm's `traffic`. No request does nothing.
fn total(requests: f64, each: Option<f64>, traffic: f64) -> Option<f64> {
    if traffic <= 0.0 {
        return None;
    }
    if requests <= 0.0 {
        return Some(0.0);
    }
    Some(each? * requests / traffic)
}

/// The share of a node's requests that fail.
fn failing(lines: &BTreeMap<Measure<'_>, Line>, time: i64, period: i64) -> Option<f64> {
    let look = |measure| lines.get(&measure).and_then(|line| line.at(time, period));
    if let Some(available) = look(Measure::Availability) {
        return Some((100.0 - available) / 100.0);
    }
    let requests = look(Measure::Requests).filter(|requests| *requests > 0.0)?;
    Some(look(Measure::Errors)? / requests)
}
