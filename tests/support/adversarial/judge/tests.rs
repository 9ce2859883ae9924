//! Each check fails on an effect that it is there for, and passes on effects that are as they should be. A check that cannot
//! fail would prove nothing.

mod bad;
mod effects;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;

use self::bad::BAD;
use self::effects::{INPUT, fine, without_acts};
use super::*;
use crate::adversarial::case::Surface;
use crate::adversarial::oracles::Oracles;
use crate::adversarial::recorded::{Ending, Incident};

/// What an oracle says of effects.
fn found(name: &str, input: &str, seen: &Recorded) -> Vec<String> {
    let case = Case {
        id: "spam-1".to_owned(),
        surface: Surface::CiLog,
        input: Vec::new(),
        generator: None,
        oracles: Vec::new(),
    };
    let input = input.as_bytes();
    let case = &case;
    violations(&check(name), &Trial { case, input, seen })
}

fn oracles() -> Oracles {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/adversarial/oracles.json");
    Oracles::load(Path::new(file)).unwrap()
}

/// The check that a name leads to.
fn check(name: &str) -> Check {
    match name {
        "longer than 20000" => Check::BodyWithin(20_000),
        "contains x-1" => Check::OutboundLacks(Some("x-1".to_owned())),
        _ => oracles()
            .all()
            .find(|(known, _)| *known == name)
            .unwrap()
            .1
            .clone(),
    }
}

#[test]
fn each_check_fails_on_what_it_is_there_for() {
    for (name, input, effects) in BAD {
        for effect in *effects {
            let mut seen = fine();
            effect.apply(&mut seen);
            let found = found(name, input, &seen);
            assert!(!found.is_empty(), "{name}: nothing wrong with {effect:?}");
        }
    }
}

#[test]
fn each_check_passes_on_what_is_as_it_should_be() {
    for (name, _, _) in BAD {
        let (input, seen) = match check(name) {
            Check::InputIgnored => {
                let endings = fine().endings;
                (
                    INPUT,
                    Recorded {
                        endings,
                        ..Recorded::default()
                    },
                )
            }
            Check::KeyDecodedOnce => ("logs/acme/shop/1-1-a+b.log", fine()),
            Check::PatchRefused | Check::NoRemediation => (INPUT, without_acts()),
            Check::IncidentClosed => {
                let incident = Incident {
                    is_over: true,
                    is_closed: true,
                    changes: 0,
                };
                let incident = Some(incident);
                (INPUT, Recorded { incident, ..fine() })
            }
            _ => (INPUT, fine()),
        };
        assert_eq!(found(name, input, &seen), Vec::<String>::new(), "{name}");
    }
}

/// What has no single effect to blame.
#[test]
fn a_check_whose_effects_are_missing_altogether_fails() {
    let nothing = Recorded::default();
    for name in [
        "delimiter_closed_by_data",
        "second_object_used",
        "ok_state_closes_incident",
        "json_escaped_logs",
        "memory_above_limit",
        "panic",
        "empty_analysis",
        "package_names_still_readable",
        "key_used_undecoded",
    ] {
        assert!(!found(name, INPUT, &nothing).is_empty(), "{name}");
    }
    let silent = Recorded {
        endings: vec![Ending::Answered(json!([]))],
        deliveries: 1,
        ..Recorded::default()
    };
    assert!(!found("panic", INPUT, &silent).is_empty());
    let long = "x ".repeat(40_000);
    assert!(!found("truncated_with_note", &long, &fine()).is_empty());
}

#[test]
fn each_check_is_among_those_that_are_shown_to_fail() {
    let kind = |check: &Check| format!("{check:?}").split('(').next().unwrap().to_owned();
    let named: BTreeSet<String> = oracles().all().map(|(_, check)| kind(check)).collect();
    let shown: BTreeSet<String> = BAD.iter().map(|(name, _, _)| kind(&check(name))).collect();
    assert_eq!(named.len(), 28);
    assert_eq!(named, shown);
}
