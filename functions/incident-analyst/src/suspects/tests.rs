use jiff::Timestamp;

use super::*;
use crate::series::{MetricKind, Point, Series};

/// The first point of the incident, an hour of quiet points of a minute each before it.
const START: i64 = 1_800_000_000;
const MINUTE: i64 = 60;

/// A quiet hour that wavers by `waver`, and then `trouble` on top of it.
fn series(node: &str, metric: &str, quiet: f64, waver: f64, trouble: &[f64]) -> CaseSeries {
    let wavering = [0.0, 1.0, -1.0, 0.5, -0.5, 0.2].iter().cycle();
    let trouble = std::iter::repeat_n(&0.0, 60).chain(trouble);
    let points = wavering.zip(trouble).zip(-60..);
    CaseSeries {
        node: node.to_owned(),
        metric: metric.to_owned(),
        unit: String::new(),
        points: points
            .map(|((wave, trouble), minute)| {
                let value = quiet + waver * wave + trouble;
                (START + minute * MINUTE, Some(value))
            })
            .collect(),
    }
}

fn case(metric: &str, edges: &[(&str, &str)], series: Vec<CaseSeries>) -> Case {
    let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    Case {
        target: NodeMetric {
            node: "web".to_owned(),
            metric: metric.to_owned(),
        },
        start: START,
        end: START + 4 * MINUTE,
        edges: edges.iter().map(owned).collect(),
        series,
    }
}

/// `web` calls `shop` twice per request and `mail` once; `shop` calls `db`. `shop` got slow.
fn slow_shop() -> Case {
    let calls = [("web", "shop"), ("web", "mail"), ("shop", "db")];
    let flat = [0.0; 5];
    let slow = [0.0, 0.01, 0.2, 0.2, 0.1];
    let twice = slow.map(|seconds| 2.0 * seconds);
    case(
        "latency",
        &calls,
        vec![
            series("web", "latency", 0.5, 0.01, &twice),
            series("web", "requests", 100.0, 1.0, &flat),
            series("shop", "latency", 0.1, 0.002, &slow),
            series("shop", "requests", 200.0, 2.0, &flat),
            series("mail", "latency", 0.2, 0.04, &[0.0, 0.05, 0.05, 0.0, 0.0]),
            series("mail", "requests", 100.0, 1.0, &flat),
            series("db", "latency", 0.02, 0.001, &flat),
            series("db", "requests", 400.0, 1.0, &flat),
        ],
    )
}

fn names(ranking: &Ranking) -> Vec<&str> {
    let suspects = ranking.suspects.iter();
    suspects.map(|suspect| suspect.node.as_str()).collect()
}

fn missing(case: &Case) -> Vec<String> {
    let ranking = rank(case);
    assert!(ranking.suspects.is_empty(), "{ranking:?}");
    assert!(ranking.confidence <= 0.0, "{ranking:?}");
    match ranking.verdict {
        Verdict::Undetermined { missing } => missing,
        Verdict::Suspects => panic!("named: {ranking:?}"),
    }
}

#[test]
fn the_callee_that_accounts_for_the_alarm_stands_first_with_its_reasons() {
    let ranking = rank(&slow_shop());
    assert_eq!(ranking.verdict, Verdict::Suspects);
    let first = &ranking.suspects[0];
    assert_eq!(first.node, "shop");
    insta::assert_snapshot!(first.because);
    assert!(ranking.confidence > 0.8, "{ranking:?}");
    let scores: Vec<f64> = ranking.suspects.iter().map(|one| one.score).collect();
    assert!(scores.is_sorted_by(|a, b| a > b), "{scores:?}");
}

#[test]
fn with_everything_behind_it_quiet_the_node_in_alarm_is_the_suspect() {
    let mut case = slow_shop();
    case.series.retain(|one| one.node != "shop");
    case.series
        .push(series("shop", "latency", 0.1, 0.002, &[0.0; 5]));
    assert_eq!(names(&rank(&case)).first(), Some(&"web"));
}

#[test]
fn of_two_that_are_alike_the_callee_stands_before_its_caller() {
    let mut case = slow_shop();
    case.edges.push(("shop".to_owned(), "stage".to_owned()));
    let of_shop = case
        .series
        .clone()
        .into_iter()
        .filter(|one| one.node == "shop");
    let alike = of_shop.map(|one| CaseSeries {
        node: "stage".to_owned(),
        ..one
    });
    case.series.extend(alike);
    assert_eq!(names(&rank(&case))[..2], ["stage", "shop"]);
}

#[test]
fn failures_are_added_up_over_calls() {
    let calls = [("web", "shop"), ("shop", "db")];
    let flat = [0.0; 5];
    let case = case(
        "availability",
        &calls,
        vec![
            series(
                "web",
                "availability",
                100.0,
                0.0,
                &[0.0, 0.0, -4.0, -5.0, 0.0],
            ),
            series("web", "requests", 100.0, 1.0, &flat),
            series(
                "shop",
                "availability",
                100.0,
                0.0,
                &[0.0, 0.0, -8.0, -10.0, 0.0],
            ),
            series("shop", "requests", 50.0, 0.0, &flat),
            series("db", "availability", 100.0, 0.0, &flat),
            series("db", "requests", 50.0, 0.0, &flat),
        ],
    );
    assert_eq!(names(&rank(&case)), ["shop", "web"]);
}

#[test]
fn a_slow_callee_whose_callers_give_up_is_named_after_them() {
    let calls = [("web", "db")];
    let flat = [0.0; 5];
    let case = case(
        "errors",
        &calls,
        vec![
            series("web", "errors", 0.0, 0.0, &[0.0, 0.0, 20.0, 30.0, 5.0]),
            series("db", "latency", 0.02, 0.001, &[0.0, 0.0, 2.0, 3.0, 0.5]),
            series("db", "requests", 100.0, 0.0, &flat),
        ],
    );
    let ranking = rank(&case);
    assert_eq!(names(&ranking), ["web", "db"]);
    insta::assert_snapshot!(ranking.suspects[1].because);
}

#[test]
fn without_a_graph_or_traffic_correlation_is_left_and_less_sure() {
    let mut case = slow_shop();
    case.edges.clear();
    case.series.retain(|one| one.metric != "requests");
    let ranking = rank(&case);
    assert_eq!(names(&ranking).first(), Some(&"shop"));
    assert!(ranking.confidence <= 0.65, "{ranking:?}");
}

#[test]
fn points_of_a_second_are_ranked_by_sigmas_also_where_trouble_travels() {
    let burst = |lag: usize| -> Vec<f64> {
        let is_on = |second: usize| (10 + lag..60).contains(&second);
        (0..60)
            .map(|second| f64::from(u8::from(is_on(second))))
            .collect()
    };
    let of = |node: &str, lag: usize, size: f64| {
        let trouble: Vec<f64> = burst(lag).iter().map(|on| on * size).collect();
        let mut one = series(node, "latency", 0.1, 0.01, &trouble);
        for (at, _) in &mut one.points {
            *at = START + (*at - START) / MINUTE;
        }
        one
    };
    let calls = [("web", "shop"), ("shop", "db"), ("web", "mail")];
    let mut case = case(
        "latency",
        &calls,
        vec![
            of("web", 8, 1.0),
            of("shop", 3, 1.0),
            of("db", 0, 0.9),
            of("mail", 0, 0.0),
        ],
    );
    case.end = START + 59;
    assert_eq!(names(&rank(&case))[..2], ["db", "shop"]);
}

#[test]
fn neither_order_nor_time_nor_unit_nor_a_constant_changes_who_is_named() {
    let case = slow_shop();
    let expected = rank(&case);
    let mut reversed = case.clone();
    reversed.series.reverse();
    reversed.edges.reverse();
    for one in &mut reversed.series {
        one.points.reverse();
    }
    assert_eq!(rank(&reversed), expected);

    let mut later = case.clone();
    (later.start, later.end) = (case.start + 777, case.end + 777);
    for (at, _) in later.series.iter_mut().flat_map(|one| &mut one.points) {
        *at += 777;
    }
    assert_eq!(rank(&later), expected);

    let mut milliseconds = case.clone();
    for one in &mut milliseconds.series {
        if one.metric == "latency" {
            "Milliseconds".clone_into(&mut one.unit);
            for (_, value) in &mut one.points {
                *value = value.map(|seconds| seconds * 1000.0);
            }
        }
    }
    assert_eq!(rank(&milliseconds), expected);

    let mut more = case;
    more.series
        .push(series("constant", "latency", 3.0, 0.0, &[0.0; 5]));
    assert_eq!(rank(&more), expected);
}

#[test]
fn what_is_missing_is_said() {
    let quiet = |one: &CaseSeries| CaseSeries {
        points: one.points.iter().map(|(at, _)| (*at, Some(1.0))).collect(),
        ..one.clone()
    };
    let with = |change: &dyn Fn(&mut Case)| {
        let mut case = slow_shop();
        change(&mut case);
        missing(&case)
    };
    let found = [
        with(&|case| case.series.clear()),
        with(&|case| "unknown".clone_into(&mut case.target.node)),
        with(&|case| case.start = START + 86_400),
        with(&|case| case.end = i64::MIN),
        with(&|case| (case.start, case.end) = (i64::MIN, i64::MAX)),
        with(&|case| {
            case.series
                .iter_mut()
                .for_each(|one| one.points.truncate(1));
        }),
        with(&|case| {
            for one in &mut case.series {
                one.points.drain(..62);
                one.points.truncate(1);
            }
        }),
        with(&|case| {
            for (_, value) in case.series.iter_mut().flat_map(|one| &mut one.points) {
                *value = None;
            }
        }),
        with(&|case| {
            for (_, value) in case.series.iter_mut().flat_map(|one| &mut one.points) {
                *value = Some(f64::NAN);
            }
        }),
        with(&|case| case.series = case.series.iter().map(quiet).collect()),
        with(&|case| {
            case.edges.clear();
            case.series = case.series.iter().take(1).map(quiet).collect();
            case.series
                .iter_mut()
                .for_each(|one| drop(one.points.drain(..60)));
        }),
    ];
    insta::assert_debug_snapshot!(found);
}

#[test]
fn a_case_is_made_of_what_the_collectors_found() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let series = Series {
        id: "alarm".to_owned(),
        node: "web".to_owned(),
        label: "TargetResponseTime (Average)".to_owned(),
        unit: "Seconds".to_owned(),
        kind: MetricKind::Latency,
        period: 60,
        points: vec![Point {
            at: at(60),
            value: Some(0.5),
        }],
    };
    let other = Series {
        id: "x".to_owned(),
        kind: MetricKind::Other,
        ..series.clone()
    };
    let graph = [("web".to_owned(), "shop".to_owned())];
    let found = Case::of(&[other, series], &graph, "alarm", (at(60), at(120)));
    let of = |metric: &str| CaseSeries {
        node: "web".to_owned(),
        metric: metric.to_owned(),
        unit: "Seconds".to_owned(),
        points: vec![(60, Some(0.5))],
    };
    let expected = Case {
        target: NodeMetric {
            node: "web".to_owned(),
            metric: "latency".to_owned(),
        },
        start: 60,
        end: 120,
        edges: graph.to_vec(),
        series: vec![of("TargetResponseTime (Average)"), of("latency")],
    };
    assert_eq!(found, expected);
}

/// The series with five points in the place of one, as a metric of minutes is of one of five minutes.
fn finer(series: &CaseSeries) -> CaseSeries {
    let parts = if matches!(series.metric.as_str(), "requests" | "errors") {
        5.0
    } else {
        1.0
    };
    let points = series.points.iter();
    let points = points.flat_map(|(at, value)| {
        (0..5).map(move |minute| (at + minute * MINUTE, value.map(|value| value / parts)))
    });
    CaseSeries {
        points: points.collect(),
        ..series.clone()
    }
}

/// The case with five minutes from one point to the next.
fn of_five_minutes(mut case: Case) -> Case {
    for (at, _) in case.series.iter_mut().flat_map(|one| &mut one.points) {
        *at = START + (*at - START) * 5;
    }
    case.end = START + (case.end - START) * 5;
    case
}

/// `shop` fails for `web`, which is in alarm for its errors.
fn failing_shop() -> Case {
    let flat = [0.0; 5];
    let failing = [0.0, 2.0, 20.0, 30.0, 5.0];
    case(
        "errors",
        &[("web", "shop"), ("web", "mail")],
        vec![
            series("web", "errors", 1.0, 0.5, &failing),
            series("web", "requests", 100.0, 1.0, &flat),
            series("shop", "errors", 1.0, 0.5, &failing),
            series("shop", "requests", 100.0, 1.0, &flat),
            series("mail", "errors", 1.0, 0.5, &flat),
            series("mail", "requests", 100.0, 1.0, &flat),
        ],
    )
}

#[test]
fn in_which_periods_the_others_are_measured_does_not_change_who_is_named() {
    let scores = |case: &Case| -> Vec<(String, f64)> {
        let suspects = rank(case).suspects.into_iter();
        let rounded = suspects.map(|one| (one.node, (one.score * 1e4).round()));
        rounded.collect()
    };
    for case in [slow_shop(), failing_shop()].map(of_five_minutes) {
        let expected = scores(&case);
        assert_eq!(expected[0].0, "shop");
        let target = case.target.clone();
        let is_alarms =
            |one: &CaseSeries| (&one.node, &one.metric) == (&target.node, &target.metric);
        let mut all_but_the_alarms = case.clone();
        let mut only_requests = case.clone();
        let mut only_the_alarms = case.clone();
        for one in &mut all_but_the_alarms.series {
            if !is_alarms(one) {
                *one = finer(one);
            }
        }
        for one in &mut only_requests.series {
            if one.metric == "requests" {
                *one = finer(one);
            }
        }
        for one in &mut only_the_alarms.series {
            if is_alarms(one) {
                *one = finer(one);
            }
        }
        only_the_alarms.end += 4 * MINUTE;
        for (what, mixed) in [
            ("all but the alarm's", all_but_the_alarms),
            ("requests", only_requests),
            ("the alarm's", only_the_alarms),
        ] {
            assert_eq!(scores(&mixed), expected, "finer: {what}");
        }
    }
}

#[test]
fn the_alarms_metric_is_not_mixed_with_another_of_its_node_and_kind_in_another_period() {
    let series = |id: &str, period: u32| Series {
        id: id.to_owned(),
        node: "web".to_owned(),
        label: id.to_owned(),
        unit: "Count".to_owned(),
        kind: MetricKind::Errors,
        period,
        points: Vec::new(),
    };
    let all = [
        series("alarm", 300),
        series("balancer", 60),
        series("target", 300),
    ];
    let at = |second| Timestamp::from_second(second).unwrap();
    let found = Case::of(&all, &[], "alarm", (at(60), at(120)));
    assert_eq!(found.series.len(), 2);
}

#[test]
fn ten_thousand_series_and_a_graph_full_of_circles_are_no_trouble() {
    let mut case = slow_shop();
    for node in 0..10_000 {
        let node = format!("node-{node}");
        case.series
            .push(series(&node, "latency", 1.0, 0.1, &[0.0; 5]));
    }
    for call in 0..200_000_u32 {
        let (from, to) = (call % 9_973, call.wrapping_mul(7919) % 10_007);
        case.edges
            .push((format!("node-{from}"), format!("node-{to}")));
    }
    case.edges.push(("web".to_owned(), "node-0".to_owned()));
    assert_eq!(names(&rank(&case)).first(), Some(&"shop"));
}
