use super::*;
use crate::collect::samples::at;
use crate::collect::sources::{MetricQuery, Span};
use crate::series::MetricKind;

fn asked(id: &str, kind: MetricKind) -> Asked {
    Asked {
        id: id.to_owned(),
        node: "checkout".to_owned(),
        kind,
        unit: "Count",
        span: span(),
        query: MetricQuery {
            namespace: "Shop".to_owned(),
            name: id.to_uppercase(),
            dimensions: [].into(),
            stat: "Sum".to_owned(),
            period: 60,
        },
    }
}

fn span() -> Span {
    Span {
        from: at("20:00:00"),
        until: at("20:03:10"),
    }
}

fn answer(query: usize, status: AnswerStatus, values: &[(&str, f64)]) -> MetricAnswer {
    let values = values.iter().map(|(time, value)| (at(time), *value));
    MetricAnswer {
        query,
        status,
        values: values.collect(),
    }
}

type Points<'a> = &'a [(&'a str, Option<f64>)];

/// Ids and points of the series, and the gaps.
fn check(
    asked: &[Asked],
    answers: &[MetricAnswer],
    expected: &[(&str, Points<'_>)],
    gaps: &[&str],
) {
    let (found, missing) = series(asked, answers);
    let points = |points: &[Point]| -> Vec<_> {
        points.iter().map(|point| (point.at, point.value)).collect()
    };
    let found: Vec<_> = found
        .iter()
        .map(|series| (series.id.as_str(), points(&series.points)))
        .collect();
    let expected = expected.iter().map(|(id, points)| {
        let points = points.iter().map(|(time, value)| (at(time), *value));
        (*id, points.collect())
    });
    assert_eq!(found, expected.collect::<Vec<(&str, Vec<_>)>>());
    let missing: Vec<&str> = missing.iter().map(|gap| gap.because.as_str()).collect();
    assert_eq!(missing, gaps);
}

use AnswerStatus::{Complete, Partial};

#[test]
fn pages_are_one_series_with_each_time_once_and_nothing_where_there_is_no_number() {
    let answers = [
        answer(0, Partial, &[("20:00:00", 1.0), ("20:01:00", f64::NAN)]),
        answer(
            0,
            Complete,
            &[
                ("20:00:00", 2.0),
                ("20:02:00", f64::INFINITY),
                ("20:02:30", 5.0),
                ("19:59:00", 6.0),
                ("20:03:00", 7.0),
            ],
        ),
        answer(7, Complete, &[("20:00:00", 1.0)]),
    ];
    let points: &[(&str, Option<f64>)] = &[
        ("20:00:00", Some(2.0)),
        ("20:01:00", None),
        ("20:02:00", None),
        ("20:02:30", Some(5.0)),
    ];
    check(
        &[asked("alarm", MetricKind::Errors)],
        &answers,
        &[("alarm", points)],
        &[],
    );
}

#[test]
fn what_is_not_complete_is_a_gap_and_what_there_is_of_it_stays() {
    let asked = [
        asked("alarm", MetricKind::Errors),
        asked("service.requests", MetricKind::Requests),
        asked("service.errors", MetricKind::Errors),
        asked("service.client_errors", MetricKind::ClientErrors),
    ];
    let answers = [
        answer(0, Partial, &[("20:00:00", 1.0)]),
        answer(1, AnswerStatus::Other("Forbidden".to_owned()), &[]),
        answer(2, AnswerStatus::Other("Forbidden".to_owned()), &[]),
    ];
    let points: &[(&str, Option<f64>)] = &[
        ("20:00:00", Some(1.0)),
        ("20:01:00", None),
        ("20:02:00", None),
    ];
    check(
        &asked,
        &answers,
        &[("alarm", points)],
        &[
            "CloudWatch answered Forbidden for SERVICE.REQUESTS (Sum) of checkout, SERVICE.ERRORS (Sum) of checkout.",
            "CloudWatch answered PartialData for ALARM (Sum) of checkout.",
            "CloudWatch answered nothing for SERVICE.CLIENT_ERRORS (Sum) of checkout.",
        ],
    );
}

#[test]
fn silence_of_the_alarms_own_metric_and_of_what_always_has_a_value_is_a_gap() {
    let asked = [
        asked("alarm", MetricKind::Errors),
        asked("service.cpu", MetricKind::Cpu),
        asked("service.errors", MetricKind::Errors),
    ];
    let answers = [0, 1, 2].map(|query| answer(query, Complete, &[]));
    let points: &[(&str, Option<f64>)] =
        &[("20:00:00", None), ("20:01:00", None), ("20:02:00", None)];
    check(
        &asked,
        &answers,
        &[("alarm", points)],
        &[
            "CloudWatch has no data in this time of ALARM (Sum) of checkout, SERVICE.CPU (Sum) of checkout.",
        ],
    );
}

/// A day's value that begins before the span or is not over is no point, so there is none.
#[test]
fn what_has_values_beyond_its_span_only_is_silent() {
    check(
        &[asked("alarm", MetricKind::Errors)],
        &[answer(0, Complete, &[("19:00:00", 3.0), ("20:03:00", 4.0)])],
        &[(
            "alarm",
            &[("20:00:00", None), ("20:01:00", None), ("20:02:00", None)],
        )],
        &["CloudWatch has no data in this time of ALARM (Sum) of checkout."],
    );
}
