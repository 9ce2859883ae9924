use crate::incidents::Listing;
use crate::screen::Paragraph;

use super::*;

fn now() -> Timestamp {
    "2026-02-18T21:47:00Z".parse().unwrap()
}

fn switch(paused: bool, length: Option<i64>) -> Switch {
    let at = now() - SignedDuration::from_mins(12);
    Switch {
        schema_version: 1,
        nonce: String::new(),
        paused,
        reason: "moving the database\n\u{1b}[31m, ask the platform team".to_owned(),
        at,
        until: length.map(|minutes| at + SignedDuration::from_mins(minutes)),
        unknown: Map::new(),
    }
}

fn shown(paragraphs: &[Paragraph]) -> String {
    let lines: Vec<&str> = paragraphs.iter().map(Paragraph::as_str).collect();
    lines.join("\n")
}

#[test]
fn what_is_told_of_the_switch() {
    let (pulled, for_an_hour) = (switch(true, None), switch(true, Some(60)));
    let open = Listing::default();
    let texts = [
        told::paused(Some(&pulled), None, &open, now()),
        told::paused(Some(&pulled), Some(&for_an_hour), &open, now()),
        told::paused(Some(&switch(false, None)), None, &open, now()),
        told::resumed(Some(&for_an_hour), now()),
        told::resumed(Some(&switch(true, Some(1))), now()),
        told::resumed(None, now()),
        told::status(Some(&for_an_hour), None, &open, now()),
        told::status(None, None, &open, now()),
        banner(Some(&pulled), now()),
        banner(Some(&switch(false, None)), now()),
    ];
    let texts: Vec<String> = texts.iter().map(|told| shown(told)).collect();
    insta::assert_snapshot!(texts.join("\n---\n"));
}

#[test]
fn a_pause_has_a_length_and_a_reason_that_can_be_meant() {
    let minutes = |text: &str| length(text).map(|length| length.as_mins());
    assert_eq!(minutes("2h"), Ok(120));
    assert_eq!(minutes("1h 30m"), Ok(90));
    assert_eq!(minutes("744h"), Ok(44_640));
    for (text, error) in [
        ("two hours", "use a time such as 30m, 2h or 1h 30m"),
        ("0s", "use more than nothing and at most 31 days (744h)"),
        ("-2h", "use more than nothing and at most 31 days (744h)"),
        ("745h", "use more than nothing and at most 31 days (744h)"),
    ] {
        assert_eq!(length(text), Err(error.to_owned()), "{text}");
    }
    assert_eq!(reason(" why "), Ok("why".to_owned()));
    let odd = Err("a reason has 1 to 500 characters".to_owned());
    assert_eq!(reason("  "), odd);
    assert_eq!(reason(&"x".repeat(501)), odd);
}
