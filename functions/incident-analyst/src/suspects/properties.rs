//! What does not change a ranking, and that nothing breaks it.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const NODES: [&str; 5] = ["web", "shop", "db", "mail", "lb"];
const METRICS: [&str; 5] = ["latency", "requests", "availability", "errors", "cpu"];

fn value() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        8 => (0_u32..1000).prop_map(|value| Some(f64::from(value) / 8.0)),
        1 => Just(None),
        1 => any::<f64>().prop_map(Some),
    ]
}

/// Series of whatever is measured, every one with the same times.
fn cases(value: impl Strategy<Value = Option<f64>> + Clone) -> impl Strategy<Value = Case> {
    let name = || prop::sample::select(&NODES[..]).prop_map(str::to_owned);
    let metric = || prop::sample::select(&METRICS[..]).prop_map(str::to_owned);
    // Every other series jumps in the incident: of noise alone nobody would be named, and there would be nothing to compare.
    let one = (name(), metric(), vec(value, 0..30), 0_u8..2);
    let one = one.prop_map(|(node, metric, values, jump)| CaseSeries {
        node,
        metric,
        unit: String::new(),
        points: (0..)
            .zip(values)
            .map(|(minute, value)| {
                let jump = if minute > 21 {
                    f64::from(jump) * 4096.0
                } else {
                    0.0
                };
                (minute * 60, value.map(|value| value + jump))
            })
            .collect(),
    });
    let edges = vec((name(), name()), 0..8);
    (metric(), 0_i64..1500, vec(one, 0..20), edges).prop_map(|(metric, start, series, edges)| {
        Case {
            target: NodeMetric {
                node: "web".to_owned(),
                metric,
            },
            start,
            end: start + 600,
            edges,
            series,
        }
    })
}

/// Numbers such as services have.
fn sane() -> impl Strategy<Value = Option<f64>> + Clone {
    (0_u32..1000).prop_map(|value| Some(f64::from(value) / 8.0))
}

proptest! {
    #[test]
    fn any_numbers_are_ranked_with_falling_finite_scores(case in cases(value().boxed())) {
        let ranking = rank(&case);
        let scores: Vec<f64> = ranking.suspects.iter().map(|one| one.score).collect();
        prop_assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)), "{scores:?}");
        prop_assert!(scores.is_sorted_by(|a, b| a > b), "{scores:?}");
        prop_assert!((0.0..=1.0).contains(&ranking.confidence));
        prop_assert_eq!(ranking.suspects.is_empty(), ranking.verdict != Verdict::Suspects);
    }

    #[test]
    fn times_of_any_size_are_no_trouble(
        mut case in cases(sane()),
        times in vec(any::<i64>(), 0..30),
        start in any::<i64>(),
        end in any::<i64>(),
    ) {
        (case.start, case.end) = (start, end);
        for series in &mut case.series {
            for ((at, _), time) in series.points.iter_mut().zip(&times) {
                *at = *time;
            }
        }
        rank(&case);
    }

    #[test]
    fn the_order_of_the_input_does_not_matter(case in cases(value().boxed()), turn in 0_usize..8) {
        let mut turned = case.clone();
        turned.series.reverse();
        let turn_by = turn.min(turned.edges.len());
        turned.edges.rotate_left(turn_by);
        for series in &mut turned.series {
            let turn_by = turn.min(series.points.len());
            series.points.rotate_left(turn_by);
        }
        prop_assert_eq!(rank(&case), rank(&turned));
    }

    #[test]
    fn the_time_of_day_does_not_matter(case in cases(value().boxed()), shift in -1_000_000_i64..1_000_000_000) {
        let mut shifted = case.clone();
        shifted.start += shift;
        shifted.end += shift;
        for (at, _) in shifted.series.iter_mut().flat_map(|series| &mut series.points) {
            *at += shift;
        }
        prop_assert_eq!(rank(&case), rank(&shifted));
    }

    /// By a power of two, so that no rounding differs. What is percent has no other unit.
    #[test]
    fn the_unit_of_a_metric_does_not_matter(case in cases(sane()), power in -20_i32..20) {
        for metric in ["latency", "requests", "cpu"] {
            // Against traffic in another unit, failures in a period are other failures.
            if metric == "requests" && case.series.iter().any(|one| one.metric == "errors") {
                continue;
            }
            let scaled = scaled(&case, power, |one| one.metric == metric);
            prop_assert_eq!(order(&rank(&case)), order(&rank(&scaled)));
        }
    }

    /// Where nobody counts requests, each series may have a unit of its own.
    #[test]
    fn without_traffic_the_scale_of_a_single_series_does_not_matter(
        mut case in cases(sane()),
        power in -20_i32..20,
        node in prop::sample::select(&NODES[..]),
    ) {
        case.series.retain(|one| !matches!(one.metric.as_str(), "requests" | "availability" | "errors"));
        let scaled = scaled(&case, power, |one| one.node == node && one.metric == "latency");
        prop_assert_eq!(order(&rank(&case)), order(&rank(&scaled)));
    }

    #[test]
    fn a_node_that_never_changes_does_not_change_the_order_of_the_others(
        case in cases(sane()),
        metric in prop::sample::select(&METRICS[..]),
        value in 0_u32..1000,
    ) {
        let mut more = case.clone();
        more.series.push(CaseSeries {
            node: "constant".to_owned(),
            metric: metric.to_owned(),
            unit: String::new(),
            points: (0..60).map(|minute| (minute * 60, Some(f64::from(value)))).collect(),
        });
        prop_assert_eq!(order(&rank(&case)), order(&rank(&more)));
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in vec(any::<u8>(), 0..300)) {
        let _ = Case::read(&bytes);
    }

    #[test]
    fn what_is_written_is_read(case in cases(sane())) {
        let points = |one: &CaseSeries| serde_json::json!(one.points);
        let series: Vec<_> = case.series.iter().map(|one| serde_json::json!({
            "node": one.node, "metric": one.metric, "unit": one.unit, "points": points(one),
        })).collect();
        let json = serde_json::json!({
            "target": {"node": case.target.node, "metric": case.target.metric},
            "start": case.start, "end": case.end, "edges": case.edges, "series": series,
        });
        prop_assert_eq!(Case::read(json.to_string().as_bytes()).unwrap(), case);
    }

    #[test]
    fn a_case_cut_or_changed_anywhere_is_read_or_refused(at in 0_usize..400, byte in any::<u8>()) {
        let mut json = br#"{"target": {"node": "web", "metric": "latency"}, "start": 0, "end": 600, "edges": [["web", "shop"]],
            "series": [{"node": "web", "metric": "latency", "unit": "Seconds", "points": [[0, 1], [60, null], [120, 1e3], [180, 2]]}]}"#.to_vec();
        let at = at % json.len();
        let _ = Case::read(&json[..at]);
        json[at] = byte;
        if let Ok(case) = Case::read(&json) {
            rank(&case);
        }
    }
}

fn scaled(case: &Case, power: i32, is_meant: impl Fn(&CaseSeries) -> bool) -> Case {
    let mut scaled = case.clone();
    for series in scaled.series.iter_mut().filter(|one| is_meant(one)) {
        for value in series
            .points
            .iter_mut()
            .filter_map(|(_, value)| value.as_mut())
        {
            *value *= f64::powi(2.0, power);
        }
    }
    scaled
}

fn order(ranking: &Ranking) -> Vec<(String, u64)> {
    let suspects = ranking.suspects.iter();
    let thousandths = |score: f64| (score * 1e3).round().to_bits();
    suspects
        .map(|one| (one.node.clone(), thousandths(one.score)))
        .collect()
}
