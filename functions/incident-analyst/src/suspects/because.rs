//! Why, in sentences with numbers. Names of nodes and metrics are others' words: they are quoted.

use shared::outbound::Quoted;

use super::measure::Measure;
use super::score::Scored;
use super::statistics::mean;
use super::window::Window;
use super::{Case, LEAST_SCORE, NodeMetric};

/// A metric of a node as people read it.
pub(super) fn metric(metric: &NodeMetric) -> Quoted {
    Quoted::line(&format!("{} {}", metric.node, metric.metric))
}

/// Why a node is suspected. `alarm` is the metric in alarm as people read it: to quote it is not for nothing.
pub(super) fn because(
    node: &Scored<'_>,
    alarm: &Quoted,
    case: &Case,
    window: &Window<'_>,
) -> String {
    let measure = node.other.unwrap_or(window.measure);
    let mut because = vec![seen(node, measure, window)];
    match &node.signal {
        Some(signal) if node.other.is_none() => {
            because.push(format!(
                "it follows {alarm} with a correlation of {:.2}",
                signal.correlation
            ));
            if let Some(share) = signal.share {
                because.push(format!("accounts for {} of its change", percent(share)));
            }
            because.push(format!("{} of it is unusual", percent(signal.unusual)));
            // Without a graph nobody knows what it calls.
            if !case.edges.is_empty() {
                because.push(if node.explained < 0.005 {
                    "nothing that it calls explains it".to_owned()
                } else {
                    format!("what it calls explains {}", percent(node.explained))
                });
            }
        }
        _ => because.push(format!(
            "it moves with {alarm}, but shows no trouble of the alarm's own kind"
        )),
    }
    if node.distance.is_none() && !case.edges.is_empty() {
        because.push("no known call leads there from the alarm".to_owned());
    }
    format!("{}.", because.join("; "))
}

/// What a metric was before and is at its worst.
fn seen(node: &Scored<'_>, measure: Measure<'_>, window: &Window<'_>) -> String {
    let quoted;
    let name = match measure {
        Measure::Latency => "latency",
        Measure::Requests => "requests",
        Measure::Availability => "availability",
        Measure::Errors => "errors",
        Measure::Other(name) => {
            quoted = Quoted::line(name);
            quoted.as_str()
        }
    };
    let Some(line) = node.lines.get(&measure) else {
        return "failures of its requests".to_owned();
    };
    let look = |times: &[i64]| -> Vec<f64> {
        let values = times
            .iter()
            .filter_map(|time| line.at(*time, window.line.step()));
        values.collect()
    };
    let (before, during) = (look(&window.before), look(&window.during));
    let by_trouble = |a: &f64, b: &f64| measure.trouble(*a).total_cmp(&measure.trouble(*b));
    let worst = during.into_iter().max_by(by_trouble);
    let suffix = measure.suffix();
    match worst {
        None => format!("{name} without datapoints"),
        Some(worst) if before.is_empty() => format!("{name} {}{suffix} at worst", number(worst)),
        Some(worst) => format!(
            "{name} {}{suffix} at worst, {}{suffix} before",
            number(worst),
            number(mean(&before))
        ),
    }
}

/// What would have to be known to name somebody.
pub(super) fn missing(scored: &[Scored<'_>], case: &Case, window: &Window<'_>) -> Vec<String> {
    let mut missing = vec![match scored.first() {
        Some(first) if first.score > 0.0 => format!(
            "Nobody explains half of the change of {}: {} comes nearest with a score of {:.2}, and more than {LEAST_SCORE:.2} is needed.",
            metric(&case.target),
            Quoted::line(first.name),
            first.score
        ),
        _ => format!("Nothing unusual moves with {}.", metric(&case.target)),
    }];
    if case.edges.is_empty() {
        missing.push(
            "No call graph is known: who calls whom would tell causes from effects.".to_owned(),
        );
    }
    if window.before.len() < 3 {
        missing.push(
            "There are too few datapoints from before the incident to know what is usual."
                .to_owned(),
        );
    }
    let counts = |node: &&Scored<'_>| node.lines.contains_key(&Measure::Requests);
    let is_traffic_needed = matches!(window.measure, Measure::Latency | Measure::Availability);
    if is_traffic_needed && !scored.iter().any(|node| counts(&node)) {
        missing
            .push("Nobody counts requests: how much each node adds cannot be reckoned.".to_owned());
    }
    missing
}

fn percent(share: f64) -> String {
    // More than ten times the alarm's change says no more than ten times.
    let percent = (share * 100.0).clamp(-999.0, 999.0).round();
    // No sign before a zero.
    format!("{:.0} %", percent + 0.0)
}

/// Three significant digits.
fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor();
    if !(-6.0..=9.0).contains(&magnitude) {
        return format!("{value:.2e}");
    }
    let mut digits = 2.0 - magnitude;
    let mut places = 0_usize;
    while digits >= 1.0 {
        places += 1;
        digits -= 1.0;
    }
    format!("{value:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        for (value, text) in [
            (0.0, "0"),
            (0.004_156_3, "0.00416"),
            (99.95, "100.0"),
            (95.412, "95.4"),
            (1234.5, "1234"),
            (-0.5, "-0.500"),
            (1e12, "1.00e12"),
            (1e-9, "1.00e-9"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn shares_are_percent_and_bounded() {
        assert_eq!(percent(1.123), "112 %");
        assert_eq!(percent(-0.001), "0 %");
        assert_eq!(percent(1e9), "999 %");
    }
}
