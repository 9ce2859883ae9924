//! From signals to scores, and the order of equals.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Case;
use super::effect::{Effect, Effects};
use super::graph::Graph;
use super::line::Line;
use super::measure::Measure;
use super::signal::{Signal, shift, signal};
use super::window::Window;

/// What carrying trouble for others counts beside adding to it: enough to put wrappers of the guilty one next to it.
const CARRYING: f64 = 0.1;

/// What trouble of another kind than the alarm's counts.
const OTHER_KIND: f64 = 0.5;

/// What trouble counts where no call leads from the alarm: the graph may be incomplete.
const UNREACHED: f64 = 0.5;

/// Scores nearer than this are alike.
const ALIKE: f64 = 1e-9;

/// A node with its score.
#[derive(Debug)]
pub(super) struct Scored<'a> {
    /// The node.
    pub(super) name: &'a str,
    /// From 0 to 1.
    pub(super) score: f64,
    /// How it moves with the alarm's metric, if it has that kind of metric.
    pub(super) signal: Option<Signal>,
    /// The most that one of its callees carries.
    pub(super) explained: f64,
    /// Another metric of it that moves with the alarm's, if that made the score.
    pub(super) other: Option<Measure<'a>>,
    /// How many calls it is from the alarm; `None` if no call leads there.
    pub(super) distance: Option<usize>,
    /// Its metrics.
    pub(super) lines: &'a BTreeMap<Measure<'a>, Line>,
}

/// Scores every node, the highest first. Of equals, the one that is farther from the alarm goes first (it can explain the others), and then
/// the order of names decides.
pub(super) fn scored<'a>(
    case: &'a Case,
    window: &Window<'a>,
    effects: &'a Effects<'a>,
) -> Vec<Scored<'a>> {
    let alarm = Effects::alarm(window);
    let move_together = if window.line.is_high_resolution() {
        shift
    } else {
        signal
    };
    let signals: Vec<(&str, Option<Signal>)> = effects
        .nodes
        .iter()
        .map(|(name, lines)| {
            let own = (*name == case.target.node).then(|| move_together(&alarm, &alarm));
            let found = own.unwrap_or_else(|| {
                let effect = effects.effect(lines, window)?;
                move_together(&effect, &alarm)
            });
            (*name, found)
        })
        .collect();
    let graph = Graph::of(
        &case.edges,
        effects.nodes.keys().copied(),
        &case.target.node,
    );
    let carried: Vec<(&str, f64)> = signals
        .iter()
        .map(|(name, signal)| (*name, signal.as_ref().map_or(0.0, Signal::carried)))
        .collect();
    let explained = graph.explained(&carried);
    let mut scored: Vec<Scored<'a>> = effects
        .nodes
        .iter()
        .zip(signals)
        .map(|((name, lines), (_, signal))| {
            let explained = explained.get(name).copied().unwrap_or_default();
            let own = signal
                .as_ref()
                .map_or(0.0, |signal| score(signal, explained));
            let (kind, other) = other(lines, window, |effect| move_together(effect, &alarm));
            let distance = graph.distance(name);
            let reached = if distance.is_some() { 1.0 } else { UNREACHED };
            Scored {
                name,
                score: reached * own.max(other),
                signal,
                explained,
                other: kind.filter(|_| other > own),
                distance,
                lines,
            }
        })
        .collect();
    scored.sort_by_cached_key(|node| {
        // A score is not negative and below 2: it has fewer than 2^53 steps of this size.
        let steps = (node.score / ALIKE).round();
        (Reverse(steps.to_bits()), Reverse(node.distance), node.name)
    });
    scored
}

fn score(signal: &Signal, explained: f64) -> f64 {
    let carried = signal.carried();
    let added = (carried - explained).max(0.0);
    let follows = signal.correlation.max(0.0);
    follows * (added + CARRYING * carried) / (1.0 + CARRYING)
}

/// The strongest trouble of another kind than the alarm's, and what it counts.
fn other<'a>(
    lines: &BTreeMap<Measure<'a>, Line>,
    window: &Window<'a>,
    move_together: impl Fn(&Effect) -> Option<Signal>,
) -> (Option<Measure<'a>>, f64) {
    let mut most = (None, 0.0);
    for (measure, line) in lines {
        if *measure == window.measure || !measure.has_direction() {
            continue;
        }
        let value = |time: &i64| {
            let value = line.at(*time, window.line.step());
            value.map(|value| measure.trouble(value))
        };
        let effect = Effect {
            before: window.before.iter().map(value).collect(),
            during: window.during.iter().map(value).collect(),
            is_counted: false,
        };
        let Some(signal) = move_together(&effect) else {
            continue;
        };
        let follows = if window.measure.has_direction() {
            signal.correlation.max(0.0)
        } else {
            signal.correlation.abs()
        };
        let counts = OTHER_KIND * follows * signal.unusual;
        if counts > most.1 {
            most = (Some(*measure), counts);
        }
    }
    most
}
