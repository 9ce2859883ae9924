use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::end::FROM_BEFORE;
use super::*;
use crate::analysis::{EvidenceItem, Moment, MomentKind, Reference, State};
use crate::evidence::{Gap, Source, TargetHealth};

fn fixture(json: &str) -> Analysis {
    serde_json::from_str(json).unwrap()
}

fn leak() -> Analysis {
    fixture(include_str!("../../fixtures/analyses/memory-leak.json"))
}

fn end() -> Timestamp {
    leak().window.breached_at + SignedDuration::from_mins(20)
}

/// The same incident after its end, of which nothing is known but that.
fn blind() -> Analysis {
    let mut later = fixture(include_str!("../../fixtures/analyses/empty.json"));
    later.incident_id = leak().incident_id;
    later.window = leak().window;
    closed(&mut later);
    for source in [Source::Metrics, Source::Logs, Source::Service] {
        let because = "Nobody answered in time.".to_owned();
        later.gaps.push(Gap { source, because });
    }
    later
}

fn closed(analysis: &mut Analysis) {
    analysis.state = State::Closed;
    analysis.window.ended_at = Some(end());
    analysis.window.until = end();
    let id = format!("E{}", analysis.evidence.len() + 1);
    analysis.evidence.push(EvidenceItem {
        id: id.clone(),
        at: Some(end()),
        reference: Reference::AlarmChange,
        quote: "OK".to_owned(),
    });
    analysis.timeline.push(Moment {
        at: end(),
        kind: MomentKind::Recovery,
        text: "The incident ended.".to_owned(),
        evidence: vec![id],
    });
}

/// Every id that is named is there, once.
fn check_ids(analysis: &Analysis) {
    let ids: Vec<&str> = analysis
        .evidence
        .iter()
        .map(|item| item.id.as_str())
        .collect();
    let known: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), known.len(), "{ids:?}");
    let verdict = &analysis.verdict;
    let reasons = verdict.reasons.iter().chain(&verdict.against);
    let named = reasons
        .flat_map(|reason| &reason.evidence)
        .chain(analysis.timeline.iter().flat_map(|moment| &moment.evidence))
        .chain(analysis.patterns.iter().map(|one| &one.evidence))
        .chain(analysis.deployments.iter().map(|one| &one.evidence))
        .chain(analysis.stopped_tasks.iter().map(|one| &one.evidence));
    for id in named {
        assert!(known.contains(id.as_str()), "{id}");
    }
}

#[test]
fn a_look_that_finds_nothing_only_adds_the_end() {
    let joined = joined(Some(leak()), blind());
    check_ids(&joined);
    let mut expected = leak();
    expected.state = State::Closed;
    expected.headline += "; it was over at 21:41 UTC";
    expected.window.ended_at = Some(end());
    expected.window.until = end();
    expected.verdict.missing.push(FROM_BEFORE.to_owned());
    expected.evidence.clone_from(&joined.evidence);
    let moment = joined.timeline.last().unwrap();
    assert_eq!(
        (moment.kind, moment.at, moment.text.as_str()),
        (MomentKind::Recovery, end(), "The incident ended.")
    );
    expected.timeline.push(moment.clone());
    assert_eq!(joined, expected);
}

#[test]
fn looking_again_and_again_adds_nothing_more() {
    let once = joined(Some(leak()), blind());
    assert_eq!(joined(Some(once.clone()), blind()), once);
}

#[test]
fn an_end_that_turns_out_to_be_another_one_replaces_the_first() {
    let mut other = blind();
    let at = end() - SignedDuration::from_mins(5);
    other.window.ended_at = Some(at);
    other.timeline[0].at = at;
    let joined = joined(Some(joined(Some(leak()), blind())), other);
    check_ids(&joined);
    let ends: Vec<Timestamp> = joined
        .timeline
        .iter()
        .filter(|moment| moment.kind == MomentKind::Recovery)
        .map(|moment| moment.at)
        .collect();
    assert_eq!((joined.window.ended_at, ends), (Some(at), vec![at]));
    assert_eq!(
        joined.headline,
        leak().headline + "; it was over at 21:36 UTC"
    );
}

#[test]
fn what_people_noticed_is_the_later_looks_and_why_is_the_earlier_ones() {
    let mut earlier = leak();
    earlier.headline = "sessions is slow since 21:10 UTC, likely because it leaks".to_owned();
    let mut later = blind();
    later.target.clone_from(&earlier.target);
    later.window.onset = Some(earlier.window.breached_at);
    later.headline =
        "sessions was slow from 21:10 to 21:41 UTC (31 minutes), for a reason that is not clear"
            .to_owned();
    assert_eq!(
        joined(Some(earlier), later).headline,
        "sessions was slow from 21:10 to 21:41 UTC (31 minutes), likely because it leaks"
    );
}

#[test]
fn a_look_that_is_surer_stands_with_what_it_could_not_see_any_more() {
    let mut earlier = fixture(include_str!("../../fixtures/analyses/bad-deployment.json"));
    earlier.gaps.clear();
    assert!(!earlier.stopped_tasks.is_empty() && !earlier.patterns.is_empty());
    let mut later = earlier.clone();
    later.verdict.confidence += 0.01;
    closed(&mut later);
    later.stopped_tasks.clear();
    later.patterns.clear();
    later.metrics.clear();
    later
        .timeline
        .retain(|moment| moment.kind == MomentKind::Recovery);
    later.target_health = vec![TargetHealth {
        target: "10.0.0.1:80".to_owned(),
        state: "healthy".to_owned(),
        reason: String::new(),
        description: String::new(),
    }];
    // Its own ids are other ones.
    later.evidence.remove(0);
    for reason in later
        .verdict
        .reasons
        .iter_mut()
        .chain(&mut later.verdict.against)
    {
        reason.evidence.retain(|id| id != "E1");
    }
    for deployment in &mut later.deployments {
        deployment.evidence = "E2".to_owned();
    }
    let joined = joined(Some(earlier.clone()), later.clone());
    check_ids(&joined);
    assert_eq!(
        (joined.state, &joined.verdict, &joined.headline),
        (State::Closed, &later.verdict, &later.headline)
    );
    assert_eq!(joined.target_health, earlier.target_health);
    assert_eq!(joined.metrics, earlier.metrics);
    let ids = |analysis: &Analysis| {
        let mut ids: Vec<String> = analysis
            .stopped_tasks
            .iter()
            .map(|task| task.id.clone())
            .collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&joined), ids(&earlier));
    assert_eq!(joined.patterns.len(), earlier.patterns.len());
}

#[test]
fn the_better_look_is_kept() {
    let less_sure = |change: f64| {
        let mut later = leak();
        later.verdict.confidence += change;
        later.verdict.statement = "later".to_owned();
        later
    };
    let with_gap = |later: Analysis| {
        let mut later = later;
        let gaps = blind().gaps;
        later.gaps.extend(gaps);
        later
    };
    let cases = [
        (leak(), less_sure(0.0), true),
        (leak(), less_sure(0.1), true),
        (leak(), less_sure(-0.1), false),
        (leak(), with_gap(less_sure(0.0)), false),
        (blind(), with_gap(with_gap(less_sure(0.0))), true),
        (blind(), blind(), true),
        (blind(), with_gap(blind()), false),
    ];
    for (number, (earlier, later, is_taken)) in cases.into_iter().enumerate() {
        assert_eq!(!knows_less(&later, &earlier), is_taken, "{number}");
    }
}

#[test]
fn what_is_no_analysis_of_the_incident_is_none() {
    let text = serde_json::to_string(&leak()).unwrap();
    let id = leak().incident_id;
    assert_eq!(read(text.as_bytes(), &id), Some(leak()));
    let newer = text.replacen("\"schema_version\":1", "\"schema_version\":2", 1);
    let long = text.clone() + &" ".repeat(MOST_BYTES);
    for body in ["", "{}", "[", "\u{fffd}", &newer, &long, &"[".repeat(9_999)] {
        assert_eq!(read(body.as_bytes(), &id), None);
    }
    assert_eq!(read(text.as_bytes(), "another"), None);
}
