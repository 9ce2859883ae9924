//! How a node's effect moves: with the alarm's metric, and more than on quiet days.

use super::effect::Effect;
use super::statistics::{count, finite, known, mean, spread, together};

/// As many sigmas are not unusual: N-sigma's customary bound.
const USUAL_SIGMAS: f64 = 3.0;

/// With fewer quiet points nobody knows what is usual.
const FEWEST_QUIET: usize = 3;

/// How much we believe that something is unusual if nobody knows what is usual.
const UNKNOWN: f64 = 0.5;

/// How a node moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Signal {
    /// The part of the alarm's movement that it accounts for, if its effect is in the alarm's unit.
    pub(super) share: Option<f64>,
    /// How well it follows the alarm's metric, from -1 to 1, less where points are missing.
    pub(super) correlation: f64,
    /// How much of its movement is more than usual, from 0 to 1.
    pub(super) unusual: f64,
}

impl Signal {
    /// The part of the alarm's movement that passes through the node, from 0 to 1.
    pub(super) fn carried(&self) -> f64 {
        let explained = self.correlation.max(0.0).powi(2);
        let accounted = self.share.map_or(explained, |share| share.clamp(0.0, 1.0));
        self.unusual * f64::midpoint(accounted, explained)
    }
}

/// How a node moves with the alarm's metric `y`, point by point; `None` without three points in common.
pub(super) fn signal(effect: &Effect, y: &Effect) -> Option<Signal> {
    let found = together(&effect.during, &y.during);
    if found.points < 3 {
        return None;
    }
    let covered = (count(found.points) / count(y.during.len())).sqrt();
    Some(Signal {
        share: effect.is_counted.then_some(found.slope),
        correlation: found.correlation * covered,
        unusual: unusual(effect),
    })
}

/// How far a node and the alarm's metric `y` left what is usual, where points come faster than trouble travels.
pub(super) fn shift(effect: &Effect, y: &Effect) -> Option<Signal> {
    let (during, before) = (known(&effect.during), known(&effect.before));
    if during.len() < 3 || before.len() < FEWEST_QUIET {
        return None;
    }
    let moved = mean(&during) - mean(&before);
    let alarm = mean(&known(&y.during)) - mean(&known(&y.before));
    let farthest = during.iter().map(|value| (value - mean(&before)).abs());
    let sigmas = farthest.fold(0.0, f64::max) / spread(&before);
    let is_still = spread(&during) <= 0.0 && moved.abs() <= 1e-9 * mean(&before).abs();
    let unusual = if is_still { 0.0 } else { beyond(sigmas) };
    let is_along = moved * alarm > 0.0;
    Some(Signal {
        share: effect.is_counted.then(|| finite(moved / alarm)),
        correlation: if is_along { 1.0 } else { 0.0 },
        unusual,
    })
}

fn beyond(sigmas: f64) -> f64 {
    if sigmas.is_nan() {
        return 0.0;
    }
    (1.0 - (USUAL_SIGMAS / sigmas).powi(2)).max(0.0)
}

fn unusual(effect: &Effect) -> f64 {
    let now = spread(&known(&effect.during));
    let quiet = known(&effect.before);
    if now <= 0.0 {
        return 0.0;
    }
    if quiet.len() < FEWEST_QUIET {
        return UNKNOWN;
    }
    (1.0 - (spread(&quiet) / now).powi(2)).max(0.0)
}
