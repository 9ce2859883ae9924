use jiff::Timestamp;

use super::*;
use crate::diagnose::exhibit::Exhibit;

/// Which rules win, and which speak for another cause, of facts by these names.
fn concluded(names: &str) -> String {
    let rules: Rules = toml::from_str(include_str!("competing.toml")).unwrap();
    let mut facts = Facts::default();
    for name in names.split_whitespace() {
        let exhibit = Exhibit::alarm_said(Timestamp::UNIX_EPOCH, name);
        facts.add(name, name.to_owned(), vec![exhibit]);
    }
    let names = |all: &[Weighed<'_>]| -> String {
        let names: Vec<&str> = all
            .iter()
            .map(|weighed| weighed.rule.name.as_str())
            .collect();
        names.join(", ")
    };
    match conclude(&rules, &facts) {
        Conclusion::Rule(best, others) if others.is_empty() => best.rule.name.clone(),
        Conclusion::Rule(best, others) => format!("{} before {}", best.rule.name, names(&others)),
        Conclusion::Tie(equal) => format!("tie: {}", names(&equal)),
        Conclusion::Nothing => "nothing".to_owned(),
    }
}

#[test]
fn rules_compete_as_it_is_written_down() {
    let cases = [
        ("", "nothing"),
        ("crash", "crash"),
        // What speaks against it takes it below the bar.
        ("crash wanted", "nothing"),
        ("crash often wanted", "crash"),
        // The special explains the general, even where the general weighs more.
        ("full crash often", "full"),
        // Below the bar nothing explains anything.
        ("almost crash", "crash"),
        ("requests few", "nothing"),
        // One of the list is needed, and what forbids a rule is heard.
        ("requests few slow", "load"),
        ("requests few slow quiet", "nothing"),
        // Two rules with one cause are no tie.
        ("requests slow", "load"),
        // Equal scores for different causes are one.
        ("crash requests", "tie: crash, load-again"),
        ("full requests", "tie: full, load-again"),
        ("crash often requests", "crash before load-again"),
        ("crash requests slow cpu", "load before crash"),
    ];
    for (names, expected) in cases {
        assert_eq!(concluded(names), expected, "{names}");
    }
}

#[test]
fn a_fact_that_rests_on_nothing_is_none() {
    let mut facts = Facts::default();
    facts.add("full", "it is full".to_owned(), Vec::new());
    assert_eq!(facts, Facts::default());
}
