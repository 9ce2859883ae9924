//! An earlier analysis that stays, with what the later look knows of the end.

use jiff::Timestamp;

use super::cite::take_moments;
use crate::analysis::{Analysis, Metric, MomentKind, State};

/// What is said where the statements are those of an earlier look. People must not take them for what is so now.
pub(super) const FROM_BEFORE: &str = "A later look found less than an earlier one: but for how it ended, all of this is what the earlier one found.";

/// How the conclusion of a headline begins; `diagnose::headline` writes no other.
const CONCLUSIONS: [&str; 3] = [
    ", likely because ",
    ", with more than one likely cause",
    ", for a reason that is not clear",
];

/// What stands between a headline and its end, where the later look does not say what people noticed.
const OVER: &str = "; it was over at ";

/// `earlier` with the end that `later` tells of: state, headline, time, and what was done about it.
pub(super) fn with_end_of(earlier: Analysis, later: &Analysis) -> Analysis {
    let mut kept = earlier;
    if let Some(ended_at) = later.window.ended_at {
        kept.headline = headline(&kept, later, ended_at);
        kept.state = State::Closed;
        forget_other_ends(&mut kept, ended_at);
        kept.window.ended_at = Some(ended_at);
        kept.window.until = kept.window.until.max(ended_at);
    }
    let is_end = |kind| {
        matches!(
            kind,
            MomentKind::Alarm | MomentKind::Remediation | MomentKind::Recovery
        )
    };
    take_moments(&mut kept, later, |moment| is_end(moment.kind));
    if shows_all_of(&later.metrics, &kept.metrics) {
        kept.metrics.clone_from(&later.metrics);
        kept.window.until = kept.window.until.max(later.window.until);
    }
    if !kept.verdict.missing.iter().any(|text| text == FROM_BEFORE) {
        kept.verdict.missing.push(FROM_BEFORE.to_owned());
    }
    kept
}

/// What the later look says of what people noticed and for how long, and why, as the earlier one says. If the later look saw nothing of
/// it, the earlier headline and when it was over.
fn headline(kept: &Analysis, later: &Analysis, ended_at: Timestamp) -> String {
    let is_same_trouble = later.window.onset.is_some() && later.target == kept.target;
    let (what, why) = (split(&later.headline), split(&kept.headline));
    if let (true, Some((what, _)), Some((_, why))) = (is_same_trouble, what, why) {
        return format!("{what}{why}");
    }
    if kept.window.ended_at == Some(ended_at) {
        return kept.headline.clone();
    }
    let before = kept.headline.rsplit_once(OVER);
    let before = before.map_or(kept.headline.as_str(), |(before, _)| before);
    format!("{before}{OVER}{}", ended_at.strftime("%H:%M UTC"))
}

/// A headline in what and why.
fn split(headline: &str) -> Option<(&str, &str)> {
    let begins = CONCLUSIONS.iter().filter_map(|said| headline.rfind(said));
    headline.split_at_checked(begins.max()?)
}

/// An end that turned out to be another one.
fn forget_other_ends(kept: &mut Analysis, ended_at: Timestamp) {
    let other = kept.window.ended_at.filter(|known| *known != ended_at);
    kept.timeline
        .retain(|moment| moment.kind != MomentKind::Recovery || Some(moment.at) != other);
}

/// Whether nothing of `earlier` is missing in `later`.
fn shows_all_of(later: &[Metric], earlier: &[Metric]) -> bool {
    let points = |metric: &Metric| {
        let points = metric.series.points.iter();
        points.filter(|point| point.value.is_some()).count()
    };
    earlier.iter().all(|metric| {
        let mut same = later.iter();
        same.any(|one| one.series.id == metric.series.id && points(one) >= points(metric))
    })
}
