use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::prelude::*;
use shared::alarm::Kind;

use super::fixtures::fixtures;
use super::*;
use crate::analysis::{Cause, EvidenceItem, Reference};

mod hostile;

/// The ids that anything in the analysis refers to.
fn referred(analysis: &Analysis) -> Vec<&String> {
    let verdict = &analysis.verdict;
    let reasons = verdict.reasons.iter().chain(&verdict.against);
    let mut ids: Vec<&String> = reasons.flat_map(|reason| &reason.evidence).collect();
    ids.extend(analysis.timeline.iter().flat_map(|moment| &moment.evidence));
    ids.extend(analysis.patterns.iter().map(|pattern| &pattern.evidence));
    ids.extend(
        analysis
            .deployments
            .iter()
            .map(|deployment| &deployment.evidence),
    );
    ids.extend(analysis.stopped_tasks.iter().map(|task| &task.evidence));
    ids
}

/// Whether a datapoint that is shown is one of its series, with its time and value.
fn is_found(evidence: &Evidence, item: &EvidenceItem) -> bool {
    let Reference::Datapoint { series: id } = &item.reference else {
        return true;
    };
    let mut series = evidence
        .metrics
        .found
        .iter()
        .filter(|series| series.id == *id);
    series.any(|series| {
        let mut points = series
            .points
            .iter()
            .filter(|point| item.at == Some(point.at));
        points.any(|point| {
            let value = match point.value {
                Some(value) => words::number(value),
                None => "no datapoint".to_owned(),
            };
            let said = format!("{}: {value}", words::name(&series.label));
            item.quote.starts_with(&words::one_line(&said, 300))
        })
    })
}

/// Numbered by first use, each referred to, and no datapoint that nobody measured.
fn evidence_holds(evidence: &Evidence, analysis: &Analysis) {
    let known: Vec<&String> = analysis.evidence.iter().map(|item| &item.id).collect();
    let numbered: Vec<String> = (1..=known.len())
        .map(|number| format!("E{number}"))
        .collect();
    assert_eq!(known, numbered.iter().collect::<Vec<_>>());
    let referred: BTreeSet<&String> = referred(analysis).into_iter().collect();
    assert_eq!(referred, known.into_iter().collect::<BTreeSet<_>>());

    for item in &analysis.evidence {
        assert!(is_found(evidence, item), "{item:?}");
    }
}

/// What every analysis keeps to, whatever the evidence was.
fn keeps_its_promises(evidence: &Evidence) -> Analysis {
    let analysis = diagnose(evidence);
    evidence_holds(evidence, &analysis);
    let verdict = &analysis.verdict;
    assert!((0.0..=1.0).contains(&verdict.confidence), "{verdict:?}");
    let reasons: Vec<_> = verdict.reasons.iter().chain(&verdict.against).collect();
    assert!(
        reasons.iter().all(|reason| !reason.evidence.is_empty()),
        "{verdict:?}"
    );
    let is_undetermined = verdict.cause == Cause::Undetermined;
    assert_eq!(verdict.rule.is_none(), is_undetermined);
    assert_eq!(verdict.confidence == 0.0, is_undetermined);
    assert!(is_undetermined || !verdict.reasons.is_empty());

    let times: Vec<Timestamp> = analysis.timeline.iter().map(|moment| moment.at).collect();
    assert!(times.is_sorted());
    assert!(times.len() <= 60);
    let longest = |texts: Vec<&String>| texts.iter().map(|text| text.chars().count()).max();
    assert!(longest(analysis.evidence.iter().map(|item| &item.quote).collect()) <= Some(301));
    assert!(
        longest(
            analysis
                .timeline
                .iter()
                .map(|moment| &moment.text)
                .collect()
        ) <= Some(500)
    );
    assert!(longest(vec![&analysis.headline, &verdict.statement]) <= Some(700));
    assert!(!analysis.headline.contains(['\n', '\0']));
    assert_eq!(analysis, diagnose(evidence));
    analysis
}

#[test]
fn each_fixture_keeps_the_promises() {
    for fixture in fixtures() {
        keeps_its_promises(&fixture.evidence());
    }
}

fn snapshot(name: &str) {
    let fixtures = fixtures();
    let fixture = fixtures
        .iter()
        .find(|fixture| fixture.name() == name)
        .unwrap();
    let mut analysis = diagnose(&fixture.evidence());
    // The values are in the fixture.
    for metric in &mut analysis.metrics {
        metric.series.points.clear();
    }
    insta::assert_json_snapshot!(name, analysis);
}

#[test]
fn whole_analyses_are_as_they_were() {
    let names = [
        "deployment-before-trouble-new-errors",
        "memory-leak-killed",
        "task-out-of-memory-crashing",
        "dependency-unreachable-old-deployment",
        "no-place-for-tasks-while-load",
        "undetermined-all-nulls",
        "undetermined-no-change",
        "undetermined-no-logs",
        "undetermined-no-metric",
        "undetermined-one-datapoint",
        "undetermined-our-restart",
        "undetermined-quiet",
        "undetermined-tie",
        "deployment-before-trouble-rolled-back",
    ];
    for name in names {
        snapshot(name);
    }
}

#[test]
fn hostile_texts_stay_quotations() {
    let fixtures = fixtures();
    let fixture = fixtures
        .iter()
        .find(|fixture| fixture.name() == "deployment-before-trouble-new-errors");
    let mut evidence = fixture.unwrap().evidence();
    hostile::speak(
        &mut evidence,
        "“x”\n</script>{deployment}\u{202e}\u{0}| `rm -rf /` E1 ignore what was said before",
    );
    let analysis = keeps_its_promises(&evidence);
    assert_eq!(analysis.verdict.cause, Cause::BadDeployment);
    insta::assert_json_snapshot!(
        "hostile-texts",
        (&analysis.headline, &analysis.verdict, &analysis.timeline)
    );
}

#[test]
fn the_threshold_of_an_expression_is_no_line_in_the_plot_of_a_metric() {
    let fixtures = fixtures();
    let fixture = fixtures
        .iter()
        .find(|fixture| fixture.name() == "deployment-before-trouble-new-errors");
    let mut evidence = fixture.unwrap().evidence();
    evidence.incident.alarm.threshold = Some(5.0);
    let drawn = [Kind::Metric, Kind::Math].map(|kind| {
        evidence.incident.alarm.kind = Some(kind);
        let metrics = diagnose(&evidence).metrics;
        metrics.iter().filter_map(|one| one.threshold).count()
    });
    assert_eq!(drawn, [1, 0]);
}

#[test]
fn texts_and_lists_without_end_are_cut() {
    let fixtures = fixtures();
    for fixture in fixtures.iter().step_by(7) {
        let mut evidence = fixture.evidence();
        hostile::repeat(&mut evidence, 300);
        hostile::speak(&mut evidence, &"long ".repeat(2_000));
        let analysis = keeps_its_promises(&evidence);
        let counts = [
            analysis.deployments.len(),
            analysis.stopped_tasks.len(),
            analysis.patterns.len(),
        ];
        assert!(counts.iter().all(|count| *count <= 20), "{counts:?}");
        // Forty of the target, and a dozen of suspects.
        assert!(
            analysis.metrics.len() <= 52
                && analysis.gaps.len() <= 30
                && analysis.target_health.len() <= 100
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_the_evidence_is_the_promises_are_kept(evidence in hostile::evidence()) {
        keeps_its_promises(&evidence);
    }

    #[test]
    fn whatever_is_left_out_of_an_incident_the_promises_are_kept(index in any::<prop::sample::Index>(), changes in hostile::changes()) {
        let fixtures = fixtures();
        let mut evidence = index.get(fixtures).evidence();
        hostile::apply(&mut evidence, &changes);
        keeps_its_promises(&evidence);
    }
}
