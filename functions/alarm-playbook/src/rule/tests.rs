use serde_json::json;

use super::*;

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    pairs.map(pair).into()
}

/// The errors of the checkout service's targets, by the minute.
fn errors() -> MetricStat {
    MetricStat {
        namespace: "AWS/ApplicationELB".to_owned(),
        metric_name: "HTTPCode_Target_5XX_Count".to_owned(),
        dimensions: pairs([
            ("LoadBalancer", "app/shop/1"),
            ("TargetGroup", "targetgroup/checkout/2"),
        ]),
        stat: "Sum".to_owned(),
        unit: None,
    }
}

/// More than 10 errors in each of 2 minutes: the seed's alarm.
pub(crate) fn checkout_errors() -> Rule {
    Rule {
        watched: Watched::Metric(errors()),
        period_seconds: 60,
        evaluation_periods: 2,
        datapoints_to_alarm: 2,
        limit: above(10.0),
        missing_data: MissingData::Missing,
        ignores_low_samples: false,
    }
}

/// Beyond a threshold.
pub(crate) fn above(threshold: f64) -> Limit {
    Limit::Threshold {
        comparison: Comparison::GreaterThanThreshold,
        threshold,
    }
}

/// The rule on this statistic of this metric instead.
pub(crate) fn on(namespace: &str, metric_name: &str, stat: &str) -> Rule {
    Rule {
        watched: Watched::Metric(MetricStat {
            namespace: namespace.to_owned(),
            metric_name: metric_name.to_owned(),
            stat: stat.to_owned(),
            ..errors()
        }),
        ..checkout_errors()
    }
}

fn query(id: &str, asked: Asked) -> Query {
    Query {
        id: id.to_owned(),
        asked,
        period_seconds: None,
        account_id: None,
        is_returned: false,
    }
}

/// More than 5 errors in a hundred requests in each of 2 minutes.
pub(crate) fn error_rate() -> Rule {
    let requests = MetricStat {
        metric_name: "RequestCount".to_owned(),
        ..errors()
    };
    let period_seconds = Some(60);
    let metric = |id, metric| Query {
        period_seconds,
        ..query(id, Asked::Metric(metric))
    };
    let expression = Asked::Expression("100 * m1 / m2".to_owned());
    let queries = vec![
        Query {
            is_returned: true,
            ..query("e1", expression)
        },
        metric("m1", errors()),
        metric("m2", requests),
    ];
    Rule {
        watched: Watched::Queries {
            queries,
            result: "e1".to_owned(),
        },
        limit: above(5.0),
        ..checkout_errors()
    }
}

/// Errors outside of what is expected at this time of the day.
pub(crate) fn unusual_errors(comparison: BandComparison) -> Rule {
    let band = Asked::Expression("ANOMALY_DETECTION_BAND(m1, 2)".to_owned());
    let is_returned = true;
    let metric = Query {
        period_seconds: Some(60),
        is_returned,
        ..query("m1", Asked::Metric(errors()))
    };
    let band = Query {
        is_returned,
        ..query("ad1", band)
    };
    Rule {
        watched: Watched::Queries {
            queries: vec![metric, band],
            result: "m1".to_owned(),
        },
        limit: Limit::Band {
            comparison,
            band: "ad1".to_owned(),
        },
        ..checkout_errors()
    }
}

#[test]
fn a_rule_that_cannot_be_evaluated_is_none() {
    let metric = |change: fn(&mut Rule)| {
        let mut rule = checkout_errors();
        change(&mut rule);
        rule.checked().is_some()
    };
    assert!(metric(|_| ()));
    assert!(!metric(|rule| rule.period_seconds = 0));
    assert!(!metric(|rule| rule.datapoints_to_alarm = 3));
    assert!(!metric(|rule| rule.datapoints_to_alarm = 0));
    assert!(!metric(|rule| rule.limit = above(f64::NAN)));
    assert!(!metric(|rule| rule.period_seconds = u32::MAX));
    assert!(!metric(|rule| rule.evaluation_periods = 10_081));
}

#[test]
fn queries_that_cannot_be_asked_again_are_no_rule() {
    let first = |change: fn(&mut Query)| {
        let mut rule = error_rate();
        if let Watched::Queries { queries, .. } = &mut rule.watched {
            change(&mut queries[0]);
        }
        rule.checked().is_some()
    };
    assert!(first(|_| ()));
    assert!(!first(|query| query.id = "m1".to_owned()));
    assert!(!first(|query| query.id = "e2".to_owned()));
    let mut ours = error_rate();
    if let Watched::Queries { queries, .. } = &mut ours.watched {
        queries[2].id = format!("{OWN_IDS}requests");
    }
    assert_eq!(ours.checked(), None);
    assert!(first(
        |query| query.asked = Asked::Expression("m1".to_owned())
    ));
    let many = ["SELECT AVG(x) FROM y", "SUM(SEARCH('x', 'Sum', 60))"];
    for expression in many {
        let mut rule = error_rate();
        if let Watched::Queries { queries, .. } = &mut rule.watched {
            queries[0].asked = Asked::Expression(expression.to_owned());
        }
        assert_eq!(rule.checked(), None, "{expression}");
    }
}

#[test]
fn a_rule_is_told_as_people_say_it() {
    let periods = "in 2 of 2 periods of 60 s";
    let told = [
        (
            checkout_errors(),
            format!("Sum of HTTPCode_Target_5XX_Count > 10 {periods}"),
        ),
        (error_rate(), format!("100 * m1 / m2 > 5 {periods}")),
        (
            unusual_errors(BandComparison::GreaterThanUpperThreshold),
            format!("Sum of HTTPCode_Target_5XX_Count above its band {periods}"),
        ),
    ];
    for (rule, expected) in told {
        assert_eq!(rule.to_string(), expected);
    }
}

/// Records of earlier versions are read as they are, and those of this one say no more than they must.
#[test]
fn snapshots_are_stored_as_ever() {
    let stored = json!({"known": {
        "namespace": "AWS/ApplicationELB",
        "metric_name": "HTTPCode_Target_5XX_Count",
        "dimensions": {"LoadBalancer": "app/shop/1", "TargetGroup": "targetgroup/checkout/2"},
        "stat": "Sum",
        "unit": null,
        "period_seconds": 60,
        "evaluation_periods": 2,
        "datapoints_to_alarm": 2,
        "comparison": "GreaterThanThreshold",
        "threshold": 10.0,
    }});
    let known = Snapshot::Known(checkout_errors());
    assert_eq!(serde_json::to_value(&known).unwrap(), stored);
    assert_eq!(serde_json::from_value::<Snapshot>(stored).unwrap(), known);
    let why = Snapshot::Unknown("nobody was asked".to_owned());
    let stored = json!({"unknown": "nobody was asked"});
    assert_eq!(serde_json::from_value::<Snapshot>(stored).unwrap(), why);
}

#[test]
fn every_kind_of_rule_comes_back_as_it_was_stored() {
    let mut composite = Composite::parse("ALARM(a) OR ALARM(b)").unwrap();
    let child = |state, rule| Child { state, rule };
    let alarm = shared::alarm::State::Alarm;
    composite.add("a".to_owned(), child(alarm, Snapshot::Known(error_rate())));
    let nested = Composite::parse("ALARM(c)").unwrap();
    composite.add("b".to_owned(), child(alarm, Snapshot::Composite(nested)));
    let rules = [
        Rule {
            missing_data: MissingData::NotBreaching,
            ignores_low_samples: true,
            ..on("AWS/ApplicationELB", "TargetResponseTime", "p99")
        },
        error_rate(),
        unusual_errors(BandComparison::LessThanLowerThreshold),
    ];
    let known = rules.map(Snapshot::Known).into_iter();
    for snapshot in known.chain([Snapshot::Composite(composite)]) {
        let stored = serde_json::to_string(&snapshot).unwrap();
        let read: Snapshot = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, snapshot, "{stored}");
    }
}

#[test]
fn a_rule_too_long_for_a_record_is_unknown() {
    let mut rule = error_rate();
    if let Watched::Queries { queries, .. } = &mut rule.watched {
        queries[0].asked = Asked::Expression("m1 + ".repeat(20_000));
    }
    let why = "its rule is too long to be kept".to_owned();
    assert_eq!(Snapshot::Known(rule).bounded(), Snapshot::Unknown(why));
    let short = Snapshot::Known(error_rate());
    assert_eq!(short.clone().bounded(), short);
}

#[test]
fn errors_that_a_load_balancer_counts_stand_beside_its_requests() {
    let traffic = |rule: &Rule| rule.watched.traffic().is_some();
    let requests = |rule: &Rule| rule.watched.requests().is_some();
    let table = [
        (checkout_errors(), true, true),
        (on("AWS/ELB", "HTTPCode_Backend_5XX", "Sum"), true, true),
        (
            on("AWS/ApplicationELB", "TargetResponseTime", "p99"),
            false,
            true,
        ),
        (on("AWS/ECS", "CPUUtilization", "Average"), false, false),
        (error_rate(), true, true),
        (
            unusual_errors(BandComparison::GreaterThanUpperThreshold),
            true,
            true,
        ),
    ];
    for (rule, has_traffic, has_requests) in table {
        assert_eq!(
            (traffic(&rule), requests(&rule)),
            (has_traffic, has_requests),
            "{rule}"
        );
    }
    // Of two load balancers, or with a metric of another service, no count of requests stands for all.
    let with = |change: fn(&mut MetricStat)| {
        let mut rule = error_rate();
        if let Watched::Queries { queries, .. } = &mut rule.watched
            && let Asked::Metric(metric) = &mut queries[2].asked
        {
            change(metric);
        }
        rule.watched.requests()
    };
    assert_eq!(with(|metric| metric.namespace = "AWS/ECS".to_owned()), None);
    let other = |metric: &mut MetricStat| {
        metric.dimensions = pairs([("LoadBalancer", "app/other/1")]);
    };
    assert_eq!(with(other), None);
}

/// The expression stays as it is; what it refers to is filled.
#[test]
fn the_gaps_behind_an_expression_are_filled_with_zeros() {
    let Some(Watched::Queries { queries, result }) = error_rate().watched.filled() else {
        panic!("nothing was filled");
    };
    let asked: Vec<(String, String)> = queries
        .into_iter()
        .map(|query| match query.asked {
            Asked::Expression(expression) => (query.id, expression),
            Asked::Metric(metric) => (query.id, metric.metric_name),
        })
        .collect();
    let expected = [
        ("e1", "100 * m1 / m2"),
        ("medic_m1", "HTTPCode_Target_5XX_Count"),
        ("m1", "FILL(medic_m1, 0)"),
        ("m2", "RequestCount"),
    ];
    let expected = expected.map(|(id, asked)| (id.to_owned(), asked.to_owned()));
    assert_eq!((asked.as_slice(), result.as_str()), (&expected[..], "e1"));
    assert_eq!(checkout_errors().watched.filled(), None);
    let band = unusual_errors(BandComparison::GreaterThanUpperThreshold);
    assert_eq!(band.watched.filled(), None);
    let mut all = error_rate().watched;
    if let Watched::Queries { queries, .. } = &mut all {
        queries[0].asked = Asked::Expression("SUM(METRICS())".to_owned());
    }
    assert_eq!(all.filled(), None);
}

#[test]
fn a_percentile_needs_samples_where_the_alarm_leaves_out_fewer() {
    let needed = |stat: &str, ignores_low_samples| {
        let rule = Rule {
            ignores_low_samples,
            ..on("AWS/ApplicationELB", "TargetResponseTime", stat)
        };
        rule.samples_needed().map(f64::round)
    };
    assert_eq!(needed("p99", true), Some(1_000.0));
    assert_eq!(needed("p10", true), Some(100.0));
    assert_eq!(needed("p99", false), None);
    assert_eq!(needed("Average", true), None);
    assert_eq!(needed("p100", true), None);
}
