use shared::alarm::{Kind, Metric};

use super::*;
use crate::collect::samples::{at, incident};

const GROUP: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/checkout/943f";
const BALANCER: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/50dc";

fn group() -> TargetGroup {
    TargetGroup {
        arn: GROUP.to_owned(),
        load_balancers: vec![BALANCER.to_owned()],
    }
}

/// What is asked for: id, node, namespace without `AWS/`, name, statistic, period, names of dimensions.
fn lines(asked: &[Asked]) -> Vec<String> {
    let line = |asked: &Asked| {
        let MetricQuery {
            namespace,
            name,
            dimensions,
            stat,
            period,
        } = &asked.query;
        let dimensions: Vec<&str> = dimensions.values().map(String::as_str).collect();
        format!(
            "{} {}: {namespace} {name} {stat} {period} {}",
            asked.id,
            asked.node,
            dimensions.join(" ")
        )
    };
    asked.iter().map(line).collect()
}

#[test]
fn the_alarms_metric_comes_first_then_what_ecs_and_the_load_balancer_measure_and_none_comes_twice()
{
    let asked = asked(
        &incident(),
        &[group()],
        &CallGraph::default(),
        at("21:02:00"),
    );
    insta::assert_debug_snapshot!(lines(&asked), @r#"
[
    "alarm checkout: AWS/ApplicationELB HTTPCode_Target_5XX_Count Sum 60 app/shop/50dc targetgroup/checkout/943f",
    "service.cpu checkout: AWS/ECS CPUUtilization Average 60 shop checkout",
    "service.memory checkout: AWS/ECS MemoryUtilization Average 60 shop checkout",
    "service.running checkout: ECS/ContainerInsights RunningTaskCount Average 60 shop checkout",
    "service.healthy checkout: AWS/ApplicationELB HealthyHostCount Minimum 60 app/shop/50dc targetgroup/checkout/943f",
    "service.unhealthy checkout: AWS/ApplicationELB UnHealthyHostCount Maximum 60 app/shop/50dc targetgroup/checkout/943f",
    "service.requests checkout: AWS/ApplicationELB RequestCount Sum 60 app/shop/50dc targetgroup/checkout/943f",
    "service.latency checkout: AWS/ApplicationELB TargetResponseTime Average 60 app/shop/50dc targetgroup/checkout/943f",
    "service.latency_p99 checkout: AWS/ApplicationELB TargetResponseTime p99 60 app/shop/50dc targetgroup/checkout/943f",
    "service.client_errors checkout: AWS/ApplicationELB HTTPCode_Target_4XX_Count Sum 60 app/shop/50dc targetgroup/checkout/943f",
    "balancer.errors checkout: AWS/ApplicationELB HTTPCode_ELB_5XX_Count Sum 60 app/shop/50dc",
]
"#);
}

#[test]
fn without_a_service_the_alarm_stands_for_itself_and_what_its_dimensions_name_is_asked_for() {
    let mut incident = incident();
    incident.service = None;
    insta::assert_debug_snapshot!(lines(&asked(&incident, &[], &CallGraph::default(), at("21:02:00"))), @r#"
[
    "alarm checkout-5xx: AWS/ApplicationELB HTTPCode_Target_5XX_Count Sum 60 app/shop/50dc targetgroup/checkout/943f",
    "service.healthy checkout-5xx: AWS/ApplicationELB HealthyHostCount Minimum 60 app/shop/50dc targetgroup/checkout/943f",
    "service.unhealthy checkout-5xx: AWS/ApplicationELB UnHealthyHostCount Maximum 60 app/shop/50dc targetgroup/checkout/943f",
    "service.requests checkout-5xx: AWS/ApplicationELB RequestCount Sum 60 app/shop/50dc targetgroup/checkout/943f",
    "service.latency checkout-5xx: AWS/ApplicationELB TargetResponseTime Average 60 app/shop/50dc targetgroup/checkout/943f",
    "service.latency_p99 checkout-5xx: AWS/ApplicationELB TargetResponseTime p99 60 app/shop/50dc targetgroup/checkout/943f",
    "service.client_errors checkout-5xx: AWS/ApplicationELB HTTPCode_Target_4XX_Count Sum 60 app/shop/50dc targetgroup/checkout/943f",
    "balancer.errors checkout-5xx: AWS/ApplicationELB HTTPCode_ELB_5XX_Count Sum 60 app/shop/50dc",
]
"#);
}

#[test]
fn all_metrics_of_an_expression_and_of_the_graph_are_asked_for() {
    let mut incident = incident();
    let metric = |name: &str| Metric {
        namespace: "Shop".to_owned(),
        name: name.to_owned(),
        dimensions: [].into(),
        stat: Some("Sum".to_owned()),
    };
    incident.service = None;
    incident.alarm.kind = Some(Kind::Math);
    incident.alarm.period_seconds = Some(10);
    incident.alarm.metric = Some(metric("Failures"));
    incident.alarm.further_metrics = vec![metric("Requests")];
    let graph = CallGraph {
        nodes: [
            (
                "pay".to_owned(),
                vec![(metric("Failures"), MetricKind::Errors)],
            ),
            (
                "stock".to_owned(),
                vec![(metric("Latency"), MetricKind::Latency)],
            ),
        ]
        .into(),
        edges: vec![],
    };
    insta::assert_debug_snapshot!(lines(&asked(&incident, &[], &graph, at("21:02:00"))), @r#"
[
    "alarm pay: Shop Failures Sum 10 ",
    "alarm.2 checkout-5xx: Shop Requests Sum 10 ",
    "node.stock.1 stock: Shop Latency Sum 60 ",
]
"#);
}

#[test]
fn a_period_is_coarse_enough_for_its_span() {
    let hour = Span {
        from: at("20:00:00"),
        until: at("21:00:00"),
    };
    let day = Span {
        from: at("00:00:00"),
        until: at("23:59:59"),
    };
    let cases = [
        (60, hour, 60),
        (10, hour, 10),
        (1, hour, 5),
        (7, hour, 10),
        (45, hour, 60),
        (300, hour, 300),
        (61, hour, 120),
        (u32::MAX, hour, 86_400),
        (0, hour, 5),
        (10, day, 60),
        (60, day, 60),
    ];
    for (period, span, expected) in cases {
        assert_eq!(
            coarse_enough(period, span, span.until),
            expected,
            "{period}"
        );
    }
}

#[test]
fn what_is_older_is_asked_for_by_longer_periods() {
    let from = at("00:00:00");
    let hour = Span {
        from,
        until: from + SignedDuration::from_hours(1),
    };
    let cases = [
        (10, 2, 10),
        (10, 3, 60),
        (60, 4, 60),
        (60, 14 * 24, 60),
        (60, 15 * 24, 300),
        (420, 15 * 24, 600),
        (300, 63 * 24, 3_600),
        (86_400, 64 * 24, 86_400),
    ];
    for (period, hours, expected) in cases {
        let now = from + SignedDuration::from_hours(hours);
        assert_eq!(
            coarse_enough(period, hour, now),
            expected,
            "{period} {hours}"
        );
    }
}

#[test]
fn the_alarms_own_metrics_begin_some_periods_before_the_breach_and_the_services_are_by_the_minute()
{
    let cases = [
        (10, (10, "20:00:00"), 60),
        (60, (60, "20:00:00"), 60),
        (1_800, (1_800, "11:00:00"), 60),
    ];
    for (period, (of_alarm, from), of_service) in cases {
        let mut incident = incident();
        incident.alarm.period_seconds = Some(period);
        let asked = asked(&incident, &[group()], &CallGraph::default(), at("21:02:00"));
        for asked in asked {
            let expected = if asked.is_alarms() {
                (of_alarm, at(from))
            } else {
                (of_service, at("20:00:00"))
            };
            assert_eq!(
                (asked.query.period, asked.span.from),
                expected,
                "{period} {}",
                asked.id
            );
        }
    }
}

#[test]
fn a_period_that_is_not_over_is_left_out() {
    let span = Span {
        from: at("20:00:31"),
        until: at("21:00:59"),
    };
    let expected = Span {
        from: at("20:00:00"),
        until: at("21:00:00"),
    };
    assert_eq!(whole(span, 60), expected);
}
