use std::collections::BTreeSet;

use super::*;
use crate::diagnose::facts::NAMES;

#[test]
fn the_built_in_rules_can_be_read_and_every_expression_compiles() {
    let rules: Rules = toml::from_str(include_str!("../rules.toml")).unwrap();
    let problems: Vec<String> = rules.signals.iter().filter_map(Signal::problem).collect();
    assert_eq!(problems, Vec::<String>::new());
    assert!(rules.rules.len() > 10);
}

#[test]
fn rules_are_made_of_facts_that_there_are() {
    let rules = Rules::built_in();
    let known: BTreeSet<&str> = NAMES.into_iter().chain(rules.signal_names()).collect();
    let named: BTreeSet<&str> = rules
        .all()
        .iter()
        .flat_map(Rule::fact_names)
        .map(String::as_str)
        .collect();
    assert_eq!(
        named.difference(&known).collect::<Vec<_>>(),
        Vec::<&&str>::new()
    );
    let unused: Vec<&str> = rules
        .signal_names()
        .filter(|signal| !named.contains(signal))
        .collect();
    assert_eq!(unused, Vec::<&str>::new());
}

#[test]
fn names_are_given_once_and_rules_explain_rules_that_there_are() {
    let rules = Rules::built_in();
    let names: BTreeSet<&str> = rules.all().iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(names.len(), rules.all().len());
    let explained: BTreeSet<&str> = rules
        .all()
        .iter()
        .flat_map(|rule| rule.explains.iter().map(String::as_str))
        .collect();
    assert_eq!(
        explained.difference(&names).collect::<Vec<_>>(),
        Vec::<&&str>::new()
    );
}

#[test]
fn no_rule_explains_in_a_circle() {
    let rules = Rules::built_in();
    for rule in rules.all() {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> = vec![&rule.name];
        while let Some(name) = open.pop() {
            let rule = rules.all().iter().find(|rule| rule.name == name).unwrap();
            open.extend(
                rule.explains
                    .iter()
                    .map(String::as_str)
                    .filter(|name| reached.insert(name)),
            );
        }
        assert!(
            !reached.contains(rule.name.as_str()),
            "{} explains itself",
            rule.name
        );
    }
}
