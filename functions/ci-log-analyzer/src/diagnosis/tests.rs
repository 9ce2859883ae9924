use proptest::prelude::*;
use serde_json::{Value, json};
use shared::llm::Unreadable;

use super::*;
use crate::evidence::Quote;

fn quotes() -> Vec<Quote> {
    [
        (7, "   Compiling shop v0.1.0"),
        (12, "error[E0308]:  mismatched\ttypes"),
        (13, " --> src/cart.rs:42:9"),
        (14, "}"),
        (
            90,
            "error: could not compile `shop` (lib) due to 1 previous error",
        ),
        (91, "12 | let x = 1;"),
    ]
    .map(|(number, text)| Quote {
        number,
        text: text.to_owned(),
    })
    .to_vec()
}

fn reply() -> Value {
    json!({
        "summary": "The build fails.",
        "root_cause": "A number is used as a text.",
        "category": "code",
        "confidence": 0.8,
        "quote": "error[E0308]: mismatched types",
        "suggestion": "Convert it.",
        "patch": null,
    })
}

/// The reply with one field changed.
fn with(field: &str, value: Value) -> String {
    let mut reply = reply();
    reply[field] = value;
    reply.to_string()
}

fn without(field: &str) -> String {
    let mut reply = reply();
    reply.as_object_mut().unwrap().remove(field);
    reply.to_string()
}

fn answer() -> Answer {
    Answer {
        diagnosis: Diagnosis {
            summary: "The build fails.".to_owned(),
            root_cause: "A number is used as a text.".to_owned(),
            category: Category::Code,
            confidence: 0.8,
            quote: "error[E0308]:  mismatched\ttypes".to_owned(),
            quote_line: 12,
            suggestion: "Convert it.".to_owned(),
        },
        diff: None,
    }
}

#[test]
fn the_first_object_is_the_answer_whatever_is_around_it() {
    let reply = reply();
    let pretty = serde_json::to_string_pretty(&reply).unwrap();
    for raw in [
        reply.to_string(),
        format!("\u{feff} \n{pretty}\n"),
        format!("```json\n{pretty}\n```"),
        format!("```\n{reply}\n```\nI hope that helps! {{\"summary\": \"no\"}}"),
        format!("Here is the diagnosis:\n\n{reply}"),
        format!("<think>Is it {{\"summary\": 1}}?</think>\n{reply}"),
        format!("{reply}{}", with("summary", json!("Another one"))),
        format!("{reply}]]}}}}"),
        without("patch"),
        with("unknown", json!([[[{"deep": {"summary": "x"}}]]])),
        with("category", json!(" Code ")),
        with("patch", json!("")),
        with("patch", json!("null\n")),
    ] {
        assert_eq!(read(&raw, &quotes()), Ok(answer()), "{raw}");
    }
}

#[test]
fn what_is_no_object_of_the_schema_is_useless() {
    let deep = format!("{{\"summary\":{}", "[".repeat(100_000));
    let twice = r#"{"summary": "a", "summary": "b"}"#.to_owned();
    let cases = [
        (String::new(), Useless::Unreadable(Unreadable::Empty)),
        (" \n\t".to_owned(), Useless::Unreadable(Unreadable::Empty)),
        (
            "I cannot help with that.".to_owned(),
            Useless::Unreadable(Unreadable::NotJson),
        ),
        (
            "[1, 2]".to_owned(),
            Useless::Unreadable(Unreadable::NotJson),
        ),
        ("null".to_owned(), Useless::Unreadable(Unreadable::NotJson)),
        (
            "{summary: yes}".to_owned(),
            Useless::Unreadable(Unreadable::NotJson),
        ),
        (
            r#"{"summary": "a\u{0}b"}"#.to_owned(),
            Useless::Unreadable(Unreadable::NotJson),
        ),
        (
            "Use {x} or {\"summary\": 1}".to_owned(),
            Useless::Unreadable(Unreadable::NotJson),
        ),
        (
            with("confidence", json!(1)).replace(":1,", ":1e999,"),
            Useless::Unreadable(Unreadable::NotJson),
        ),
        (
            with("confidence", json!(1)).replace(":1,", ":NaN,"),
            Useless::Unreadable(Unreadable::NotJson),
        ),
        (
            "<think>It fails because".to_owned(),
            Useless::Unreadable(Unreadable::CutOff),
        ),
        (
            reply().to_string().replace('}', ""),
            Useless::Unreadable(Unreadable::CutOff),
        ),
        (
            r#"{"summary": "The bui"#.to_owned(),
            Useless::Unreadable(Unreadable::CutOff),
        ),
        (deep, Useless::Unreadable(Unreadable::Schema)),
        (twice, Useless::Unreadable(Unreadable::Schema)),
        ("{}".to_owned(), Useless::Unreadable(Unreadable::Schema)),
        (without("quote"), Useless::Unreadable(Unreadable::Schema)),
        (
            with("summary", json!(null)),
            Useless::Unreadable(Unreadable::Schema),
        ),
        (
            with("summary", json!({"text": "a"})),
            Useless::Unreadable(Unreadable::Schema),
        ),
        (
            with("confidence", json!("0.8")),
            Useless::Unreadable(Unreadable::Schema),
        ),
        (
            with("confidence", json!(null)),
            Useless::Unreadable(Unreadable::Schema),
        ),
        (
            with("patch", json!(["--- a/x"])),
            Useless::Unreadable(Unreadable::Schema),
        ),
        (
            json!({"diagnosis": reply()}).to_string(),
            Useless::Unreadable(Unreadable::Schema),
        ),
    ];
    for (raw, why) in cases {
        let shown: String = raw.chars().take(200).collect();
        assert_eq!(read(&raw, &quotes()), Err(why), "{shown}");
    }
}

#[test]
fn what_says_nothing_or_is_out_of_range_is_useless() {
    let cases = [
        (with("summary", json!(" ")), Useless::Blank("summary")),
        (with("root_cause", json!("")), Useless::Blank("root cause")),
        (with("category", json!("build")), Useless::Category),
        (with("category", json!("")), Useless::Category),
        (with("confidence", json!(1.01)), Useless::Confidence),
        (with("confidence", json!(-0.1)), Useless::Confidence),
        (with("confidence", json!(85)), Useless::Confidence),
        (with("confidence", json!(i64::MIN)), Useless::Confidence),
        (with("confidence", json!(u64::MAX)), Useless::Confidence),
        (
            " ".repeat(256 * 1024 + 1),
            Useless::Unreadable(Unreadable::TooLong),
        ),
    ];
    for (raw, why) in cases {
        let shown: String = raw.chars().take(200).collect();
        assert_eq!(read(&raw, &quotes()), Err(why), "{shown}");
    }
}

#[test]
fn why_an_answer_is_useless_is_said_in_our_own_words() {
    let texts = [
        Useless::Unreadable(Unreadable::Empty),
        Useless::Unreadable(Unreadable::TooLong),
        Useless::Unreadable(Unreadable::NotJson),
        Useless::Unreadable(Unreadable::CutOff),
        Useless::Unreadable(Unreadable::Schema),
        Useless::Blank("summary"),
        Useless::Category,
        Useless::Confidence,
        Useless::Quote,
    ]
    .map(|why| why.to_string());
    insta::assert_snapshot!(texts.join("\n"), @"
    it is empty
    it is too long
    it is not JSON
    it is cut off
    it does not follow the schema
    its summary is empty
    its category is none of ours
    its confidence is not from 0 to 1
    it quotes no line of the excerpt
    ");
}

#[test]
fn an_answer_rests_on_a_line_of_the_excerpt() {
    let cases = [
        ("error[E0308]: mismatched types", Some(12)),
        ("  error[E0308]:\n", Some(12)),
        ("mismatched types", Some(12)),
        ("12 | error[E0308]: mismatched types", Some(12)),
        ("12|error[E0308]: mismatched types", Some(12)),
        ("12 | let x = 1;", Some(91)),
        ("Compiling shop", Some(7)),
        (
            "error[E0308]: mismatched types\n --> src/cart.rs:42:9",
            Some(12),
        ),
        ("\u{200b}error[E0308]: mismatched types\u{202e}", Some(12)),
        // In two lines: the one that is nothing else.
        ("--> src/cart.rs:42:9", Some(13)),
        ("could not compile `shop`", Some(90)),
        ("error[E0308]\\: mismatched types", Some(12)),
        ("error", None),
        ("error: 1", None),
        ("}", None),
        ("", None),
        (" \n ", None),
        ("error[E0308]: Mismatched types", None),
        (
            "error[E0308]: mismatched types\nerror: no space left on device",
            None,
        ),
        ("error: no space left on device", None),
        ("mismatched types in line 3", None),
    ];
    for (quote, expected) in cases {
        let line =
            read(&with("quote", json!(quote)), &quotes()).map(|answer| answer.diagnosis.quote_line);
        assert_eq!(line, expected.ok_or(Useless::Quote), "{quote:?}");
    }
    let many = "error[E0308]: mismatched types\n".repeat(21);
    let useless = read(&with("quote", json!(many)), &quotes());
    assert_eq!(useless, Err(Useless::Quote));
    let useless = read(&reply().to_string(), &[]);
    assert_eq!(useless, Err(Useless::Quote));
}

#[test]
fn texts_are_cut_and_patches_are_whole_or_none() {
    let long = "ä".repeat(5_000);
    let mut reply = reply();
    for field in ["summary", "root_cause", "suggestion"] {
        reply[field] = json!(long);
    }
    let diff = "--- a/src/cart.rs\n+++ b/src/cart.rs\n@@ -1 +1 @@\n-a\n+b\n";
    reply["patch"] = json!(diff);
    let answer = read(&reply.to_string(), &quotes()).unwrap();
    let lengths = [
        answer.diagnosis.summary.len(),
        answer.diagnosis.root_cause.len(),
        answer.diagnosis.suggestion.len(),
    ];
    assert_eq!(lengths, [603, 2_003, 2_003]);
    assert_eq!(answer.diff.as_deref(), Some(diff));
    let long = with("patch", json!("+".repeat(64 * 1024 + 1)));
    assert_eq!(read(&long, &quotes()).unwrap().diff, None);
}

#[test]
fn the_schema_is_closed_and_knows_every_category() {
    use Category::{
        Code, Configuration, Dependency, Flaky, Infrastructure, Lint, Permission, Resource, Test,
        Timeout, Unknown,
    };
    let categories = [
        Code,
        Test,
        Dependency,
        Lint,
        Infrastructure,
        Flaky,
        Timeout,
        Resource,
        Configuration,
        Permission,
        Unknown,
    ];
    let schema = (FORM.schema)();
    let known = &schema["properties"]["category"]["enum"];
    assert_eq!(known, &json!(categories));
    let fields: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(json!(fields), schema["required"]);
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&reply()));
    for closed in [
        with("unknown", json!(1)),
        without("patch"),
        with("category", json!("x")),
    ] {
        let closed = serde_json::from_str(&closed).unwrap();
        assert!(!validator.is_valid(&closed), "{closed}");
    }
}

/// Texts like those of a model that loses its way: pieces of answers in any order.
fn babble() -> impl Strategy<Value = String> {
    let whole = reply().to_string();
    let pieces = prop_oneof![
        Just(whole.clone()),
        (0..whole.len()).prop_map(move |end| whole.get(..end).unwrap_or_default().to_owned()),
        Just("```json\n".to_owned()),
        Just("<think>".to_owned()),
        Just("</think>".to_owned()),
        "[{}\\[\\]\",:\\\\a-z0-9. \n-]{0,20}",
        ".{0,20}",
    ];
    proptest::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn whatever_comes_it_is_useless_or_within_bounds(raw in babble()) {
        if let Ok(Answer { diagnosis, diff }) = read(&raw, &quotes()) {
            prop_assert!((0.0..=1.0).contains(&diagnosis.confidence));
            prop_assert!(diagnosis.summary.len() <= 603 && diagnosis.root_cause.len() <= 2_003);
            let is_shown = quotes().iter().any(|quote| {
                (quote.number, &quote.text) == (diagnosis.quote_line, &diagnosis.quote)
            });
            prop_assert!(is_shown);
            prop_assert!(diff.is_none_or(|diff| diff.len() <= 64 * 1024));
        }
    }

    #[test]
    fn a_second_object_is_never_used(tail in babble()) {
        prop_assert_eq!(read(&format!("{}{tail}", reply()), &quotes()), Ok(answer()));
        let first = with("category", json!("build"));
        prop_assert_eq!(read(&format!("{first}{tail}"), &quotes()), Err(Useless::Category));
    }

    #[test]
    fn any_line_of_an_excerpt_can_be_quoted(text in "[a-z<>|:.ä\\\\\t ]{0,40}[a-z0-9]") {
        let quotes = [Quote { number: 3, text: text.clone() }];
        let answer = read(&with("quote", json!(text)), &quotes);
        prop_assert_eq!(answer.map(|answer| answer.diagnosis.quote), Ok(text));
    }
}
