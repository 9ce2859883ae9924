use std::time::Duration;

use tokio::time::Instant;

use super::samples::{Stopped, Trouble, World, alarm, at, checkout, incident};
use super::*;
use crate::evidence::ServiceName;

fn settings(services: &str) -> CollectSettings {
    CollectSettings {
        services: Allowlist::parse(services).unwrap(),
        ..CollectSettings::default()
    }
}

async fn collected(world: &World) -> Evidence {
    let clock = Stopped::new();
    let deadline = Deadline::at(clock.now() + SignedDuration::from_secs(30));
    let subject = Subject {
        incident: incident(),
        gaps: vec![],
    };
    collect(world, subject, &settings(""), &clock, deadline).await
}

fn gaps(evidence: &Evidence) -> Vec<String> {
    let Evidence {
        metrics,
        logs,
        service,
        health,
        alarm_history,
        remediation,
        ..
    } = evidence;
    let all = [
        &metrics.gaps,
        &logs.gaps,
        &service.gaps,
        &health.gaps,
        &alarm_history.gaps,
        &remediation.gaps,
    ];
    all.into_iter()
        .flatten()
        .map(|gap| format!("{:?}: {}", gap.source, gap.because))
        .collect()
}

fn quiet() -> World {
    World {
        entries_a_second: 1,
        ..World::default()
    }
}

#[tokio::test(start_paused = true)]
async fn every_source_is_asked_and_what_they_say_fits_together() {
    let mut world = quiet();
    let id = incident().id;
    world.objects.insert(
        format!("incidents/{id}/incident.json"),
        r#"{"schema_version": 1, "decided_at": "2026-02-18T21:00:30Z", "intent": {"step": "restart_service"}, "outcome": {"result": "applied", "deployment": "ecs-svc/5"}}"#.to_owned(),
    );
    let began = Instant::now();
    let evidence = collected(&world).await;
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(gaps(&evidence), Vec::<String>::new());
    let ids: Vec<&str> = evidence
        .metrics
        .found
        .iter()
        .map(|series| series.id.as_str())
        .collect();
    assert_eq!((ids.first(), ids.len()), (Some(&"alarm"), 11));
    let Logs {
        groups,
        entries,
        counted,
        ..
    } = &evidence.logs.found;
    assert_eq!(
        (groups.as_slice(), entries.len(), *counted),
        (&["/ecs/shop".to_owned()][..], 100, (3_600, 1_020))
    );
    let service = evidence.service.found.unwrap();
    let deployments = service.deployments.iter();
    let deployments: Vec<_> = deployments
        .map(|one| (one.id.as_str(), one.is_ours, one.changes.join(", ")))
        .collect();
    let expected = [
        ("ecs-svc/5", true, "image shop:1.3 -> shop:1.5"),
        ("deployment/3", false, "image shop:1.2 -> shop:1.3"),
    ];
    assert_eq!(
        deployments,
        expected.map(|(id, is_ours, changes)| (id, is_ours, changes.to_owned()))
    );
    assert_eq!((service.events.len(), service.stopped_tasks.len()), (1, 1));
    let targets: Vec<&str> = evidence
        .health
        .found
        .iter()
        .map(|target| target.state.as_str())
        .collect();
    assert_eq!(targets, ["unhealthy", "healthy"]);
    let changes: Vec<&str> = evidence
        .alarm_history
        .found
        .iter()
        .map(|change| change.to.as_str())
        .collect();
    assert_eq!(changes, ["OK", "ALARM"]);
    assert_eq!(evidence.remediation.found.unwrap().steps.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_lambda_medic_made_for_another_alarm_of_the_service_is_ours() {
    let mut world = quiet();
    let id = incident().id;
    let closed = r#"{"schema_version": 1, "decided_at": "2026-02-18T21:00:30Z", "intent": {"step": "restart_service"}}"#;
    let record = r#"{"schema_version": 2, "entries": [{"incident": "other", "decided_at": "2026-02-18T20:40:00Z", "outcome": {"result": "applied", "deployment": "deployment/3"}}]}"#;
    world.objects.extend([
        (format!("incidents/{id}/incident.json"), closed.to_owned()),
        (
            "targets/38306ce155c8d9db7437547d856dd181.json".to_owned(),
            record.to_owned(),
        ),
    ]);
    let evidence = collected(&world).await;
    let deployments = evidence.service.found.unwrap().deployments.into_iter();
    let ours: Vec<_> = deployments.map(|one| (one.id, one.is_ours)).collect();
    let expected = [("ecs-svc/5", false), ("deployment/3", true)];
    assert_eq!(ours, expected.map(|(id, is_ours)| (id.to_owned(), is_ours)));
    assert_eq!(evidence.remediation.found.unwrap().steps.len(), 1);
}

/// What each source leaves if a call of it fails, and that the others say all they can.
#[tokio::test(start_paused = true)]
async fn a_source_that_fails_is_a_gap_and_nothing_else_is_missing() {
    let refused = |operation: &str| format!("Couldn't {operation} the shop: access denied.");
    let cases = [
        ("measure", "Metrics"),
        ("read the log group", "Logs"),
        ("list the deployments of", "Service"),
        ("describe the revisions of", "Service"),
        ("list the stopped tasks of", "Service"),
        ("describe the tasks of", "Service"),
        ("describe the target groups of", "TargetHealth"),
        ("read the health of", "TargetHealth"),
        ("read the history of", "AlarmHistory"),
    ];
    for (operation, source) in cases {
        let world = World {
            troubles: vec![(operation, Trouble::Refused)],
            ..quiet()
        };
        let evidence = collected(&world).await;
        let mut gaps = gaps(&evidence);
        gaps.dedup();
        assert_eq!(gaps, [format!("{source}: {}", refused(operation))]);
        assert_eq!(evidence.logs.found.entries.is_empty(), source == "Logs");
        assert_eq!(evidence.metrics.found.is_empty(), source == "Metrics");
        assert_eq!(
            evidence.health.found.is_empty(),
            operation == "read the health of"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn if_everything_hangs_it_is_over_in_time_and_every_source_says_so() {
    let world = World {
        troubles: vec![("", Trouble::Hangs)],
        ..quiet()
    };
    let began = Instant::now();
    let evidence = collected(&world).await;
    assert_eq!(began.elapsed().as_secs(), 8);
    insta::assert_debug_snapshot!(gaps(&evidence), @r#"
[
    "Metrics: Couldn't read all of the metrics: the time was up.",
    "Logs: It is not known where the logs are: neither the service's containers nor LOG_GROUPS name a log group that could be found.",
    "Service: Couldn't read all of the ECS service shop/checkout: the time was up.",
    "AlarmHistory: Couldn't read all of the history of alarm checkout-5xx: the time was up.",
    "Remediation: Couldn't read all of the record incidents/52bcef0ed25fcbb23058/incident.json: the time was up.",
    "Remediation: Couldn't read all of the record targets/38306ce155c8d9db7437547d856dd181.json: the time was up.",
]
"#);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_invocation_leaves_time_to_conclude() {
    let clock = Stopped::new();
    let left = |seconds| {
        let deadline = Deadline::at(clock.now() + SignedDuration::from_secs(seconds));
        time_left(&clock, deadline).as_secs()
    };
    assert_eq!([30, 12, 6, 4, 0, -9].map(left), [8, 8, 2, 0, 0, 0]);
}

async fn subject(
    alarm: shared::alarm::Alarm,
    services: &str,
    world: &World,
) -> (Option<ServiceName>, Vec<String>) {
    let clock = Stopped::new();
    let deadline = Deadline::at(clock.now() + SignedDuration::from_secs(30));
    let heard = Heard {
        alarm,
        ended_at: None,
    };
    let subject = incident_of(world, heard, &settings(services), &clock, deadline).await;
    (
        subject.incident.service,
        subject.gaps.into_iter().map(|gap| gap.because).collect(),
    )
}

#[tokio::test(start_paused = true)]
async fn an_alarm_leads_to_the_service_behind_its_target_group_if_that_may_be_looked_at() {
    let service = Some(checkout());
    let none: [String; 0] = [];
    for services in [
        "",
        "service/shop/*",
        "service/shop/checkout",
        "service/shop/web,service/shop/checkout",
    ] {
        assert_eq!(
            subject(alarm(), services, &quiet()).await,
            (service.clone(), none.to_vec()),
            "{services}"
        );
    }
    let other = "None of the services that may be looked at (SERVICE_ARNS) is behind the alarm's target group or load balancer.";
    assert_eq!(
        subject(alarm(), "service/shop/web", &quiet()).await,
        (None, vec![other.to_owned()])
    );
    let refused = World {
        troubles: vec![("describe the services", Trouble::Refused)],
        ..quiet()
    };
    let why = "Couldn't describe the services of the shop: access denied.";
    assert_eq!(
        subject(alarm(), "", &refused).await,
        (None, vec![why.to_owned()])
    );
}

#[tokio::test(start_paused = true)]
async fn of_a_load_balancer_with_several_services_none_is_meant() {
    let mut alarm = alarm();
    alarm
        .metric
        .as_mut()
        .unwrap()
        .dimensions
        .remove("TargetGroup");
    let several = "2 services are behind the alarm's load balancer, and it does not say which of them is meant.";
    assert_eq!(
        subject(alarm.clone(), "", &quiet()).await,
        (None, vec![several.to_owned()])
    );
    assert_eq!(
        subject(alarm, "service/shop/web", &quiet())
            .await
            .0
            .unwrap()
            .service,
        "web"
    );
}

#[tokio::test(start_paused = true)]
async fn the_only_service_seen_behind_a_load_balancer_is_not_meant_if_others_were_not_seen() {
    let world = World {
        refused_cluster: Some("other"),
        ..quiet()
    };
    let mut of_balancer = alarm();
    let metric = of_balancer.metric.as_mut().unwrap();
    metric.dimensions.remove("TargetGroup");
    let why = "Couldn't describe the services of other: access denied.";
    assert_eq!(
        subject(of_balancer, "service/shop/checkout,service/other/*", &world).await,
        (None, vec![why.to_owned()])
    );
    assert_eq!(
        subject(alarm(), "service/shop/checkout,service/other/*", &world).await,
        (Some(checkout()), vec![])
    );
}

#[tokio::test(start_paused = true)]
async fn a_service_that_the_dimensions_name_has_to_be_allowed_and_the_only_one_is_meant_if_nothing_is_said()
 {
    let of = |pairs: &[(&str, &str)]| {
        let mut alarm = alarm();
        alarm.metric.as_mut().unwrap().dimensions = samples::dimensions(pairs);
        alarm
    };
    let named = of(&[("ClusterName", "shop"), ("ServiceName", "checkout")]);
    assert_eq!(
        subject(named.clone(), "service/shop/*", &quiet()).await,
        (Some(checkout()), vec![])
    );
    let outside = "The alarm is about the ECS service shop/checkout, which is none of those that may be looked at (SERVICE_ARNS).";
    assert_eq!(
        subject(named, "service/shop/web", &quiet()).await,
        (None, vec![outside.to_owned()])
    );
    let unknown = "The alarm's metrics do not say which ECS service they are about.";
    assert_eq!(
        subject(of(&[]), "service/shop/checkout", &quiet()).await,
        (Some(checkout()), vec![])
    );
    assert_eq!(
        subject(of(&[]), "", &quiet()).await,
        (None, vec![unknown.to_owned()])
    );
    let evil = of(&[("ClusterName", "shop; rm"), ("ServiceName", "../checkout")]);
    assert_eq!(
        subject(evil, "", &quiet()).await,
        (None, vec![unknown.to_owned()])
    );
}

#[tokio::test(start_paused = true)]
async fn a_composite_alarm_is_about_what_its_children_watch() {
    let mut composite = alarm();
    composite.kind = Some(shared::alarm::Kind::Composite);
    composite.metric = None;
    assert_eq!(
        subject(composite, "", &quiet()).await,
        (Some(checkout()), vec![])
    );
}

#[tokio::test(start_paused = true)]
async fn a_time_that_nobody_can_mean_is_not_reckoned_with() {
    for time in [jiff::Timestamp::MAX, jiff::Timestamp::MIN] {
        let mut alarm = alarm();
        alarm.state_changed_at = Some(time);
        let clock = Stopped::new();
        let heard = Heard {
            alarm,
            ended_at: Some(time),
        };
        let subject = incident_of(
            &quiet(),
            heard,
            &settings(""),
            &clock,
            Deadline::at(clock.now()),
        )
        .await;
        let Incident {
            from,
            breached_at,
            until,
            ended_at,
            ..
        } = subject.incident;
        assert_eq!(
            (from, breached_at, until, ended_at),
            (at("20:02:00"), at("21:02:00"), at("21:02:00"), None)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_call_graph_is_read_from_the_state_bucket_and_one_that_is_none_is_a_gap() {
    let graph = |world: World| async move {
        let clock = Stopped::new();
        let deadline = Deadline::at(clock.now() + SignedDuration::from_secs(30));
        let subject = Subject {
            incident: incident(),
            gaps: vec![],
        };
        let settings = CollectSettings {
            call_graph: Some("graph.json".to_owned()),
            ..settings("")
        };
        let evidence = collect(&world, subject, &settings, &clock, deadline).await;
        (evidence.call_graph.clone(), gaps(&evidence))
    };
    let of = |object: &str| World {
        objects: [("graph.json".to_owned(), object.to_owned())].into(),
        ..quiet()
    };
    let edges = vec![("web".to_owned(), "checkout".to_owned())];
    let read = graph(of(r#"{"nodes": {}, "edges": [["web", "checkout"]]}"#)).await;
    assert_eq!(read, (edges, vec![]));
    let gap = |why: &str| {
        (
            vec![],
            vec![format!("Metrics: The call graph graph.json {why}.")],
        )
    };
    assert_eq!(graph(quiet()).await, gap("does not exist"));
    assert_eq!(
        graph(of("{}")).await,
        gap("could not be read: it has no `nodes`")
    );
}

#[tokio::test(start_paused = true)]
async fn an_alarm_without_a_metric_is_a_gap() {
    let clock = Stopped::new();
    let deadline = Deadline::at(clock.now() + SignedDuration::from_secs(30));
    let mut incident = incident();
    incident.alarm.metric = None;
    let subject = Subject {
        incident,
        gaps: vec![],
    };
    let evidence = collect(&quiet(), subject, &settings(""), &clock, deadline).await;
    assert_eq!(
        gaps(&evidence),
        [
            "Metrics: The alarm names no metric that could be asked for, so its own values are not known.",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn logs_of_another_region_are_a_gap_and_a_group_of_that_name_here_is_not_read() {
    let world = World {
        log_region: Some("eu-central-1"),
        ..quiet()
    };
    let evidence = collected(&world).await;
    assert_eq!(
        gaps(&evidence).last().map(String::as_str),
        Some("Logs: The log group /ecs/shop is in another region, eu-central-1, and was not read.")
    );
    assert_eq!(evidence.logs.found.counted, (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_composite_alarm_under_a_composite_alarm_is_a_gap_that_names_it() {
    let mut composite = alarm();
    composite.kind = Some(shared::alarm::Kind::Composite);
    composite.metric = None;
    let world = World {
        composite_child: Some("payments"),
        ..quiet()
    };
    let gap =
        "What is under payments was not looked at: a composite alarm under a composite alarm.";
    assert_eq!(
        subject(composite, "", &world).await,
        (Some(checkout()), vec![gap.to_owned()])
    );
}
