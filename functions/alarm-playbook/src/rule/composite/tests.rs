use super::*;
use crate::rule::tests::checkout_errors;

/// A child with a rule, in this state when the composite alarm fired.
fn child(state: State) -> Child {
    Child {
        state,
        rule: Snapshot::Known(checkout_errors()),
    }
}

/// A composite alarm over children by these names, each in ALARM (`!a`), without data (`?a`) or OK (`a`).
fn composite(expression: &str, children: &[&str]) -> Composite {
    let mut composite = Composite::parse(expression).unwrap();
    for name in children {
        let state = match name.chars().next() {
            Some('!') => State::Alarm,
            Some('?') => State::InsufficientData,
            _ => State::Ok,
        };
        composite.add(name.trim_start_matches(['!', '?']).to_owned(), child(state));
    }
    composite
}

/// Whether it holds when the data of these children show a breach (`!a`) or none (`a`), and the others' show nothing.
fn holds(composite: &Composite, shown: &[&str]) -> Option<bool> {
    composite.holds(|name| {
        let is_met = shown
            .iter()
            .any(|shown| shown.strip_prefix('!') == Some(name));
        (is_met || shown.contains(&name)).then_some(is_met)
    })
}

const YES: Option<bool> = Some(true);
const NO: Option<bool> = Some(false);

#[test]
fn the_expression_is_true_or_not_or_unknown_by_what_the_childrens_data_show() {
    let both = composite("ALARM(a) AND ALARM(b)", &["!a", "!b"]);
    let either = composite("ALARM(a) OR ALARM(b)", &["!a", "!b"]);
    let two = composite("AT_LEAST(2, ALARM, (a, b, c))", &["!a", "!b", "c"]);
    let table: [(&Composite, &[&str], Option<bool>); 12] = [
        (&both, &[], None),
        (&both, &["a"], NO),
        (&both, &["!a"], None),
        (&both, &["!a", "!b"], YES),
        (&either, &["a"], None),
        (&either, &["a", "b"], NO),
        (&either, &["!b"], YES),
        (&two, &[], None),
        (&two, &["a"], NO),
        (&two, &["a", "!c"], None),
        (&two, &["a", "!b", "!c"], YES),
        (&two, &["a", "b", "!c"], NO),
    ];
    for (composite, shown, expected) in table {
        let of = composite.expression();
        assert_eq!(holds(composite, shown), expected, "{of} with {shown:?}");
    }
}

/// Somebody began a deployment, and the composite alarm is OK: the errors go on.
#[test]
fn a_child_that_got_worse_never_looks_like_recovery() {
    let quiet_while_deploying =
        composite("ALARM(a) AND NOT ALARM(deploying)", &["!a", "deploying"]);
    assert_eq!(holds(&quiet_while_deploying, &["!a", "!deploying"]), YES);
    assert_eq!(holds(&quiet_while_deploying, &["a"]), NO);
    let names = |composite: &Composite| -> Vec<String> {
        let rules = composite.rules().into_iter();
        rules.map(|(name, _)| name.to_owned()).collect()
    };
    assert_eq!(names(&quiet_while_deploying), ["a"]);
    let network = composite("ALARM(a) AND OK(network)", &["!a", "network"]);
    assert_eq!(holds(&network, &["!a", "!network"]), YES);
    // The other way round it is measured.
    let not_ok = composite("NOT OK(a)", &["!a"]);
    assert_eq!(names(&not_ok), ["a"]);
    assert_eq!(
        [&["!a"][..], &[], &["a"]].map(|shown| holds(&not_ok, shown)),
        [YES, None, NO]
    );
}

#[test]
fn a_child_that_never_broke_needs_no_proof_unless_none_explains_why_it_fired() {
    let one_broke = composite("ALARM(a) OR ALARM(b)", &["!a", "b"]);
    assert_eq!(holds(&one_broke, &["a"]), NO);
    assert_eq!(holds(&one_broke, &["a", "!b"]), YES);
    // All were OK again when they were asked for.
    let unseen = composite("ALARM(a) OR ALARM(b)", &["a", "b"]);
    assert_eq!(holds(&unseen, &[]), None);
    assert_eq!(holds(&unseen, &["a"]), None);
    assert_eq!(holds(&unseen, &["a", "b"]), NO);
}

/// No data was the fault: any data end it, whatever they show of another rule.
#[test]
fn missing_data_end_with_data() {
    let silent = composite("INSUFFICIENT_DATA(a)", &["?a"]);
    assert_eq!(
        [&[][..], &["a"], &["!a"]].map(|shown| holds(&silent, shown)),
        [None, NO, NO]
    );
}

#[test]
fn nested_composite_alarms_are_looked_into_and_cycles_end() {
    let mut outer = composite("ALARM(inner) AND NOT ALARM(b)", &["!a", "b"]);
    let inner = Child {
        state: State::Alarm,
        rule: Snapshot::Composite(Composite::parse("ALARM(a) OR ALARM(c)").unwrap()),
    };
    outer.add("inner".to_owned(), inner);
    assert_eq!(outer.unasked(), ["c"]);
    outer.add("c".to_owned(), child(State::Ok));
    assert_eq!(holds(&outer, &["!a"]), YES);
    assert_eq!(holds(&outer, &["a"]), NO);

    let mut cycle = composite("ALARM(x)", &[]);
    for (name, expression) in [("x", "ALARM(y) OR ALARM(x)"), ("y", "ALARM(x)")] {
        let rule = Snapshot::Composite(Composite::parse(expression).unwrap());
        let state = State::Alarm;
        cycle.add(name.to_owned(), Child { state, rule });
    }
    assert_eq!(cycle.unasked(), [""; 0]);
    assert_eq!(holds(&cycle, &[]), None);
    assert!(matches!(cycle.sealed(), Snapshot::Unknown(_)));
}

#[test]
fn children_are_bounded() {
    let names: Vec<String> = (0..150).map(|n| format!("a{n:03}")).collect();
    let expression = format!("AT_LEAST(1, ALARM, ({}))", names.join(", "));
    let mut composite = Composite::parse(&expression).unwrap();
    let unasked = composite.unasked();
    assert_eq!(unasked, names[..100]);
    for name in names {
        composite.add(name, child(State::Alarm));
    }
    assert_eq!(composite.children().count(), 100);
    assert_eq!(composite.unasked(), [""; 0]);
}

#[test]
fn what_cannot_be_proven_is_known_at_once() {
    let why = |composite: Composite| match composite.sealed() {
        Snapshot::Unknown(why) => why,
        Snapshot::Known(_) | Snapshot::Composite(_) => "it can".to_owned(),
    };
    assert_eq!(why(composite("ALARM(a)", &["!a"])), "it can");
    let always = "the composite alarm's expression is true whatever its children's data show";
    assert_eq!(why(composite("ALARM(a) OR TRUE", &["!a"])), always);
    assert_eq!(
        why(composite("ALARM(a) OR NOT ALARM(b)", &["!a", "b"])),
        always
    );
    let unmeasured = "the composite alarm depends on what cannot be measured: ";
    let logs = || Child {
        state: State::Alarm,
        rule: Snapshot::Unknown("an alarm on logs".to_owned()),
    };
    let mut partly = composite("ALARM(a) OR ALARM(b)", &["!a"]);
    partly.add("b".to_owned(), logs());
    assert_eq!(why(partly), format!("{unmeasured}b: an alarm on logs"));
    // Where it does not matter, it does not matter.
    let mut enough = composite("ALARM(a) AND ALARM(b)", &["!a"]);
    enough.add("b".to_owned(), logs());
    assert_eq!(why(enough), "it can");
    let none = format!("{unmeasured}too many alarms, or none");
    assert_eq!(why(composite("FALSE", &[])), none);
}
