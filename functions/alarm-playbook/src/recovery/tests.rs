use jiff::SignedDuration;

use super::*;
use crate::playbook::Defaults;
use crate::rule::tests::{above, checkout_errors, error_rate, on, unusual_errors};
use crate::rule::{BandComparison, Comparison, Limit, MissingData};
use shared::alarm::State;

/// A time on the day of the incident.
pub(super) fn at(time: &str) -> Timestamp {
    format!("2026-02-18T{time}Z").parse().unwrap()
}

/// The seed's incident: restarted at 21:47:03, rolled out at 21:47:20.
fn trial(now: &str) -> Progress {
    verdict(
        &checkout_errors(),
        now,
        &quiet_from("21:47:00"),
        Some(State::Ok),
    )
}

fn verdict(rule: &Rule, now: &str, measured: &Measured, state: Option<State>) -> Progress {
    let trial = Trial {
        acted_at: at("21:47:03"),
        defaults: &Defaults::default(),
        now: at(now),
    };
    let span = trial.span(rule, at("21:47:20"));
    trial.judge(rule, span, measured, state)
}

/// Periods of a minute from `first` on: value and requests, either of which may be missing.
pub(super) fn measured(first: &str, periods: &[(Option<f64>, Option<f64>)]) -> Measured {
    let mut measured = Measured {
        requests: Some(Series::new()),
        ..Measured::default()
    };
    let minutes = (0..).map(|minute| at(first) + SignedDuration::from_mins(minute));
    for (start, (value, requests)) in minutes.zip(periods) {
        measured.values.extend(value.map(|value| (start, value)));
        let counted = measured.requests.iter_mut();
        counted.for_each(|counted| counted.extend(requests.map(|requests| (start, requests))));
    }
    measured
}

/// No errors from 21:47 on.
fn quiet_for(minutes: usize) -> Measured {
    measured("21:47:00", &vec![(None, Some(30.0)); minutes])
}

fn quiet_from(first: &str) -> Measured {
    measured(first, &[(None, Some(30.0)); 9])
}

/// The verdict, or what is waited for.
pub(super) fn summary(progress: &Progress) -> String {
    match progress {
        Progress::Wait(reason) => format!("wait: {reason}"),
        Progress::Concluded(recovery) => format!("{:?}: {}", recovery.verdict, recovery.reason),
    }
}

/// Judges periods from 21:48 on at `now`.
fn check(now: &str, periods: &[(Option<f64>, Option<f64>)], expected: &str) {
    let measured = measured("21:48:00", periods);
    let rule = checkout_errors();
    let progress = summary(&verdict(&rule, now, &measured, Some(State::Ok)));
    // Why CloudWatch says otherwise has its own test.
    let told = progress.split(". CloudWatch itself").next();
    assert_eq!(told, Some(expected));
}

const RULE: &str = "Sum of HTTPCode_Target_5XX_Count > 10 in 2 of 2 periods of 60 s";

#[test]
fn recovery_is_proven_by_a_complete_period_with_traffic_after_the_rollout() {
    let expected = Progress::Concluded(Recovery {
        rolled_out_at: Some(at("21:47:20")),
        verdict: RecoveryVerdict::Recovered,
        reason: format!(
            "within the rule it fired with ({RULE}): 0 with 30 requests in the period from 2026-02-18T21:48:00Z"
        ),
        proven_at: at("21:49:00"),
        alarm_state: Some(State::Ok),
        periods: vec![Period {
            start: at("21:48:00"),
            value: None,
            requests: Some(30.0),
            band: None,
            shows: Shows::Clear,
        }],
    });
    assert_eq!(trial("21:49:00"), expected);
    // A period is not judged before its end, nor one that began before the service had settled.
    let early = "wait: no period is complete yet";
    assert_eq!(summary(&trial("21:48:59")), early);
    let settle = SignedDuration::from_secs(30);
    let late = Trial {
        acted_at: at("21:47:03"),
        defaults: &Defaults::default(),
        now: at("21:49:00"),
    };
    let from = |rolled_out: &str| late.span(&checkout_errors(), at(rolled_out)).from;
    assert_eq!(from("21:47:30"), at("21:48:00"));
    assert_eq!(from("21:47:31"), at("21:49:00"));
    assert_eq!(Defaults::default().settle, settle);
}

/// A ten-second alarm does not wait thirty seconds: half a period has to do.
#[test]
fn the_settling_time_is_half_a_period_at_most() {
    let rule = Rule {
        period_seconds: 10,
        ..checkout_errors()
    };
    let trial = Trial {
        acted_at: at("21:47:03"),
        defaults: &Defaults::default(),
        now: at("21:47:49.900"),
    };
    let expected = Span {
        rolled_out_at: at("21:47:14"),
        from: at("21:47:20"),
        until: at("21:47:40"),
    };
    assert_eq!(trial.span(&rule, at("21:47:14")), expected);
}

#[test]
fn silence_and_traffic_too_thin_to_breach_prove_nothing() {
    let needed = "wait: 0 of the 1 periods needed show that it is within the rule: ";
    check(
        "21:50:00",
        &[(None, None)],
        &format!(
            "{needed}no data and no requests in the period from 2026-02-18T21:48:00Z, which shows nothing"
        ),
    );
    // Ten failing requests would not have been more than ten.
    check(
        "21:50:00",
        &[(Some(3.0), Some(10.0))],
        &format!(
            "{needed}3 with 10 requests in the period from 2026-02-18T21:48:00Z, which shows nothing"
        ),
    );
    let inconclusive = "Inconclusive: not proven within 5m after the rollout: 0 of the 1 periods needed show that it is within the rule: ";
    check(
        "21:52:20",
        &[(None, None); 4],
        &format!(
            "{inconclusive}no data and no requests in the period from 2026-02-18T21:49:00Z, which shows nothing; no data and no requests in the period from 2026-02-18T21:50:00Z, which shows nothing"
        ),
    );
}

#[test]
fn the_rule_met_again_is_no_recovery_whatever_the_alarm_says() {
    let met = format!(
        "NotRecovered: the rule it fired with is met again ({RULE}): 15 with 30 requests in the period from 2026-02-18T21:48:00Z; 12 with 30 requests in the period from 2026-02-18T21:49:00Z"
    );
    check(
        "21:50:00",
        &[(Some(15.0), Some(30.0)), (Some(12.0), Some(30.0))],
        &met,
    );
    // One period is not two; at the end of the time it is enough.
    let one = &[(Some(15.0), Some(30.0))];
    check(
        "21:49:00",
        one,
        "wait: 0 of the 1 periods needed show that it is within the rule: 15 with 30 requests in the period from 2026-02-18T21:48:00Z",
    );
    let flapping = &[(Some(1.0), Some(30.0)), (Some(15.0), Some(30.0))];
    check(
        "21:50:00",
        flapping,
        "wait: the newest period is not within the rule: 1 with 30 requests in the period from 2026-02-18T21:48:00Z; 15 with 30 requests in the period from 2026-02-18T21:49:00Z",
    );
}

#[test]
fn a_metric_that_still_breaches_when_the_time_is_up_has_not_recovered() {
    let periods = [
        (None, None),
        (None, None),
        (Some(15.0), Some(30.0)),
        (None, None),
    ];
    // The last minute's data may still be on their way.
    let expected = format!(
        "NotRecovered: the metric still breaches ({RULE}): no data and no requests in the period from 2026-02-18T21:49:00Z, which shows nothing; 15 with 30 requests in the period from 2026-02-18T21:50:00Z"
    );
    check("21:52:20", &periods, &expected);
}

#[test]
fn an_alarm_that_is_still_in_alarm_is_waited_for() {
    let judged = |now: &str| {
        let rule = checkout_errors();
        let quiet = quiet_for(20);
        summary(&verdict(&rule, now, &quiet, Some(State::Alarm)))
    };
    assert_eq!(
        judged("21:50:00"),
        "wait: the alarm itself is still in ALARM"
    );
    let end =
        "Inconclusive: not proven within 15m after the rollout: the alarm itself is still in ALARM";
    assert_eq!(judged("22:02:20"), end);
}

#[test]
fn as_many_periods_are_needed_as_keep_the_rule_from_being_met() {
    let rule = Rule {
        evaluation_periods: 5,
        datapoints_to_alarm: 3,
        ..checkout_errors()
    };
    let judged = |clear: usize| {
        let measured = measured("21:48:00", &vec![(Some(0.0), Some(30.0)); clear]);
        let now = format!("21:{}:00", 48 + clear);
        summary(&verdict(&rule, &now, &measured, Some(State::Ok)))
    };
    assert!(
        judged(2).starts_with("wait: 2 of the 3 periods needed"),
        "{}",
        judged(2)
    );
    assert!(judged(3).starts_with("Recovered"), "{}", judged(3));
}

/// A metric that nothing counts the requests of: its data must have had time to arrive, and missing is missing.
#[test]
fn without_requests_a_period_waits_for_late_data() {
    let rule = Rule {
        limit: above(80.0),
        ..on("AWS/ECS", "CPUUtilization", "Average")
    };
    let judged = |now: &str, value: Option<f64>| {
        let measured = Measured {
            values: value
                .map(|value| (at("21:48:00"), value))
                .into_iter()
                .collect(),
            ..Measured::default()
        };
        summary(&verdict(&rule, now, &measured, Some(State::Ok)))
    };
    assert_eq!(
        judged("21:49:59", Some(20.0)),
        "wait: no period is complete yet"
    );
    assert!(judged("21:50:00", Some(20.0)).starts_with("Recovered"));
    assert!(judged("21:50:00", None).starts_with("wait: 0 of the 1 periods needed"));
}

/// Too few healthy hosts: a low value breaches, and no number of requests makes it less so.
#[test]
fn a_lower_limit_is_judged_by_its_values() {
    let rule = Rule {
        limit: Limit::Threshold {
            comparison: Comparison::LessThanThreshold,
            threshold: 10.0,
        },
        ..checkout_errors()
    };
    let judged = |value: f64| {
        let measured = measured("21:48:00", &[(Some(value), Some(30.0))]);
        summary(&verdict(&rule, "21:50:00", &measured, Some(State::Ok)))
    };
    assert!(judged(12.0).starts_with("Recovered"));
    assert!(judged(3.0).starts_with("wait"));
}

#[test]
fn a_proof_may_take_as_long_as_the_alarms_own_periods_need() {
    let rule = Rule {
        period_seconds: 300,
        ..checkout_errors()
    };
    let silent = Measured::default();
    let judged = |now| summary(&verdict(&rule, now, &silent, Some(State::Ok)));
    assert!(judged("22:03:49").starts_with("wait"));
    assert!(judged("22:03:50").starts_with("Inconclusive: not proven within 16m 30s"));
}

#[test]
fn a_rollout_that_fails_or_does_not_end_or_is_replaced_is_a_verdict() {
    let defaults = Defaults::default();
    let seen = |now: &str, rollout: &Rollout| {
        let trial = Trial {
            acted_at: at("21:47:03"),
            defaults: &defaults,
            now: at(now),
        };
        trial
            .rolled_out_at(rollout)
            .map_err(|progress| summary(&progress))
    };
    let done = Rollout::Completed { at: at("21:47:20") };
    assert_eq!(seen("21:48:00", &done), Ok(at("21:47:20")));
    let err = |text: &str| Err(text.to_owned());
    let rolling = Rollout::InProgress;
    assert_eq!(
        seen("22:02:02", &rolling),
        err("wait: the deployment is still in progress")
    );
    assert_eq!(
        seen("22:02:03", &rolling),
        err("Inconclusive: the deployment is still in progress after 15m")
    );
    let failed = Rollout::Failed {
        reason: "tasks failed to start".to_owned(),
    };
    assert_eq!(
        seen("21:48:00", &failed),
        err("NotRecovered: the deployment failed: tasks failed to start")
    );
    let superseded = Rollout::Superseded {
        by: "ecs-svc/9".to_owned(),
    };
    // ECS may be behind what it did.
    assert_eq!(
        seen("21:48:02", &superseded),
        err("wait: ECS does not show the deployment yet")
    );
    assert_eq!(
        seen("21:48:03", &superseded),
        err("Inconclusive: deployment ecs-svc/9 took the place of ours before recovery was proven")
    );
    assert_eq!(
        seen("21:48:00", &Rollout::Gone),
        err("Inconclusive: the service is gone")
    );
}

#[test]
fn what_nobody_lets_us_see_is_waited_for_and_not_for_ever() {
    let defaults = Defaults::default();
    let seen = |now: &str| {
        let trial = Trial {
            acted_at: at("21:47:03"),
            defaults: &defaults,
            now: at(now),
        };
        summary(&trial.cannot_look("access denied"))
    };
    assert_eq!(seen("22:07:02"), "wait: access denied");
    assert_eq!(seen("22:07:03"), "Inconclusive: access denied");
}

/// Judges errors and requests of the periods from 21:47 on, at the very end of the last one.
fn just_ended(state: State, periods: &[(Option<f64>, Option<f64>)]) -> String {
    let measured = measured("21:47:00", periods);
    let rule = checkout_errors();
    summary(&verdict(&rule, "21:49:00", &measured, Some(state)))
}

/// The nodes of a load balancer report one by one: what is there at the end of a period may be half of it.
#[test]
fn a_period_that_just_ended_counts_if_its_traffic_is_all_there_and_the_alarm_agrees() {
    let usual = (None, Some(30.0));
    assert!(just_ended(State::Ok, &[usual, usual]).starts_with("Recovered"));
    assert!(just_ended(State::Ok, &[usual, (None, Some(27.0))]).starts_with("Recovered"));
    let early = "wait: no period is complete yet";
    assert_eq!(just_ended(State::Ok, &[usual, (None, Some(26.0))]), early);
    assert_eq!(just_ended(State::InsufficientData, &[usual, usual]), early);
    assert_eq!(just_ended(State::Ok, &[(None, None), usual]), early);
}

/// What is visible of a period that is not complete may be enough to see that nothing is over.
#[test]
fn a_breach_that_is_visible_already_keeps_an_older_period_from_proving_anything() {
    let rule = Rule {
        limit: above(80.0),
        ..on("AWS/ECS", "CPUUtilization", "Average")
    };
    let judged = |last: f64| {
        let measured = Measured {
            values: [(at("21:48:00"), 20.0), (at("21:49:00"), last)].into(),
            ..Measured::default()
        };
        summary(&verdict(&rule, "21:50:00", &measured, Some(State::Ok)))
    };
    assert!(judged(20.0).starts_with("Recovered"));
    assert_eq!(
        judged(99.0),
        "wait: the newest period, not complete yet, already breaches"
    );
}

/// Of a sum, more data cannot undo a breach; of an average or a lower limit they can.
#[test]
fn only_the_breach_of_a_sum_needs_no_waiting() {
    let judged = |rule: &Rule, value: f64| {
        let bad = (Some(value), Some(30.0));
        let measured = measured("21:48:00", &[bad, bad]);
        summary(&verdict(rule, "21:50:00", &measured, Some(State::Ok)))
    };
    let sum = checkout_errors();
    let average = on("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Average");
    let lower = Rule {
        limit: Limit::Threshold {
            comparison: Comparison::LessThanThreshold,
            threshold: 10.0,
        },
        ..checkout_errors()
    };
    assert!(judged(&sum, 15.0).starts_with("NotRecovered"));
    assert!(judged(&average, 15.0).starts_with("wait"));
    assert!(judged(&lower, 3.0).starts_with("wait"));
}

/// Only a sum of requests that failed can be held against the number of requests.
#[test]
fn thin_traffic_matters_to_sums_only() {
    let average = on("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Average");
    let measured = measured("21:48:00", &[(Some(3.0), Some(10.0))]);
    let judged = |rule: &Rule| summary(&verdict(rule, "21:50:00", &measured, Some(State::Ok)));
    assert!(judged(&average).starts_with("Recovered"));
    assert!(judged(&checkout_errors()).starts_with("wait"));
}

/// Scaling and replaced tasks may move the end of a rollout; the end of the proof they must not move for ever.
#[test]
fn a_rollout_that_seems_to_end_ever_later_does_not_keep_the_proof_open() {
    let defaults = Defaults::default();
    let rule = checkout_errors();
    let judged = |now: &str| {
        let trial = Trial {
            acted_at: at("21:47:03"),
            defaults: &defaults,
            now: at(now),
        };
        let span = trial.span(&rule, at("23:00:00"));
        summary(&trial.judge(&rule, span, &Measured::default(), Some(State::Ok)))
    };
    assert!(judged("22:07:02").starts_with("wait"));
    assert!(judged("22:07:03").starts_with("Inconclusive"));
}

/// One period, its value and requests as given, judged at 21:50 when its data are complete.
fn one_period(rule: &Rule, measured: &Measured) -> Vec<(Option<f64>, Shows)> {
    let observed = match verdict(rule, "22:30:00", measured, Some(State::Ok)) {
        Progress::Concluded(recovery) => recovery.periods,
        Progress::Wait(reason) => panic!("still waiting: {reason}"),
    };
    let shown = observed.iter().map(|period| (period.value, period.shows));
    shown.take(1).collect()
}

/// The first of the last ten minutes before 22:30.
const FIRST: &str = "22:20:00";

#[test]
fn an_alarm_that_treats_missing_data_as_breaching_has_its_way_and_no_other() {
    let shows = |missing_data, period: (Option<f64>, Option<f64>)| {
        let rule = Rule {
            missing_data,
            ..checkout_errors()
        };
        one_period(&rule, &measured(FIRST, &[period]))[0].1
    };
    let silence = (None, None);
    let quiet = (None, Some(30.0));
    let table = [
        (MissingData::Missing, silence, Shows::Nothing),
        (MissingData::Ignore, silence, Shows::Nothing),
        (MissingData::NotBreaching, silence, Shows::Nothing),
        (MissingData::Breaching, silence, Shows::Breach),
        (MissingData::Missing, quiet, Shows::Clear),
        (MissingData::NotBreaching, quiet, Shows::Clear),
        (MissingData::Breaching, quiet, Shows::Breach),
        (
            MissingData::Breaching,
            (Some(1.0), Some(30.0)),
            Shows::Clear,
        ),
    ];
    for (missing_data, period, expected) in table {
        assert_eq!(
            shows(missing_data, period),
            expected,
            "{missing_data} {period:?}"
        );
    }
}

/// What is missing at the end of its period may be on its way.
#[test]
fn missing_data_are_waited_for_before_they_breach() {
    let rule = Rule {
        missing_data: MissingData::Breaching,
        evaluation_periods: 1,
        datapoints_to_alarm: 1,
        ..checkout_errors()
    };
    let judged = |now| summary(&verdict(&rule, now, &Measured::default(), Some(State::Ok)));
    assert_eq!(judged("21:49:59"), "wait: no period is complete yet");
    assert!(judged("21:50:00").starts_with("NotRecovered: the rule it fired with is met again"));
}

#[test]
fn a_value_is_held_against_the_band_of_its_own_period() {
    let above = unusual_errors(BandComparison::GreaterThanUpperThreshold);
    let shows = |value: Option<f64>, requests: f64, band: Option<Band>| {
        let mut measured = measured(FIRST, &[(value, Some(requests))]);
        measured.bands = band.map(|band| (at(FIRST), band)).into_iter().collect();
        one_period(&above, &measured)[0].1
    };
    let band = Some(Band::between(5.0, 0.0));
    assert_eq!(shows(Some(6.0), 30.0, band), Shows::Breach);
    assert_eq!(shows(Some(5.0), 30.0, band), Shows::Clear);
    assert_eq!(shows(None, 30.0, band), Shows::Clear);
    assert_eq!(shows(None, 0.0, band), Shows::Nothing);
    assert_eq!(shows(Some(6.0), 30.0, None), Shows::Nothing);
}

/// The gaps of an expression are not zero; what it is with zeros in the gaps of its metrics CloudWatch has to tell.
#[test]
fn a_gap_in_an_expression_is_what_it_is_with_zeros_in_its_metrics_where_there_were_requests() {
    let shows = |requests: f64, filled: Option<f64>| {
        let mut measured = measured(FIRST, &[(None, Some(requests))]);
        measured.filled = filled.map(|value| (at(FIRST), value)).into_iter().collect();
        one_period(&error_rate(), &measured)[0]
    };
    assert_eq!(shows(30.0, Some(0.0)), (Some(0.0), Shows::Clear));
    assert_eq!(shows(30.0, Some(100.0)), (Some(100.0), Shows::Breach));
    assert_eq!(shows(30.0, None), (None, Shows::Nothing));
    assert_eq!(shows(0.0, Some(0.0)), (None, Shows::Nothing));
}

#[test]
fn a_percentile_of_too_few_samples_shows_nothing_where_the_alarm_leaves_it_out() {
    let shows = |ignores_low_samples, samples: f64| {
        let rule = Rule {
            ignores_low_samples,
            limit: above(2.0),
            ..on("AWS/ApplicationELB", "TargetResponseTime", "p90")
        };
        let measured = Measured {
            values: [(at(FIRST), 1.0)].into(),
            samples: ignores_low_samples.then(|| [(at(FIRST), samples)].into()),
            ..Measured::default()
        };
        one_period(&rule, &measured)[0].1
    };
    assert_eq!(shows(true, 99.0), Shows::Nothing);
    assert_eq!(shows(true, 101.0), Shows::Clear);
    assert_eq!(shows(false, 0.0), Shows::Clear);
}

/// People see both the verdict and the alarm's state: where they differ, they are told why.
#[test]
fn why_cloudwatch_says_otherwise_is_told() {
    let reason = |missing_data, state, periods: &[(Option<f64>, Option<f64>)]| {
        let rule = Rule {
            missing_data,
            ..checkout_errors()
        };
        let measured = measured("21:48:00", periods);
        let reason = summary(&verdict(&rule, "21:52:20", &measured, Some(state)));
        reason.rsplit_once(". ").map(|(_, told)| told.to_owned())
    };
    let told = |text: &str| Some(text.to_owned());
    let bad = (Some(15.0), Some(30.0));
    let silent = (None, None);
    let missing = MissingData::Missing;
    assert_eq!(
        reason(missing, State::Ok, &[bad; 4]),
        told(
            "CloudWatch itself says OK: by the rule it fired with it would be in ALARM, so somebody may have changed that rule"
        )
    );
    assert_eq!(
        reason(MissingData::NotBreaching, State::Ok, &[silent; 4]),
        told(
            "CloudWatch itself says OK: the alarm treats missing data as notBreaching, which proves nothing"
        )
    );
    assert_eq!(
        reason(MissingData::Ignore, State::Ok, &[silent; 4]),
        told("CloudWatch itself says OK: the alarm ignores missing data, which proves nothing")
    );
    assert_eq!(
        reason(missing, State::Ok, &[silent; 4]),
        told("CloudWatch itself says OK, which proves nothing by itself")
    );
    assert_eq!(
        reason(missing, State::InsufficientData, &[(None, Some(30.0)); 4]),
        told("CloudWatch itself has too little data to say")
    );
    assert_eq!(reason(missing, State::Ok, &[(None, Some(30.0)); 4]), None);
    assert_eq!(reason(missing, State::Alarm, &[bad; 4]), None);
}
