use proptest::prelude::*;

use super::*;

const BEGAN: i64 = 1_767_326_400;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(BEGAN + seconds).unwrap()
}

fn mine_with(limits: Limits, entries: &[(i64, &str)]) -> Mined {
    let mut miner = Miner::new(at(0), limits);
    for (index, (seconds, message)) in entries.iter().enumerate() {
        miner.add(&LogEntryRef {
            event_id: &format!("{index}"),
            group: "/ecs/shop",
            stream: "checkout/1",
            at: at(*seconds),
            message,
        });
    }
    miner.finish()
}

fn mine(entries: &[(i64, &str)]) -> Mined {
    mine_with(Limits::default(), entries)
}

/// Template, error, before, since.
fn table(mined: &Mined) -> Vec<(&str, bool, u64, u64)> {
    let rows = mined.patterns.iter();
    rows.map(|pattern| {
        (
            pattern.text.as_str(),
            pattern.is_error,
            pattern.before,
            pattern.since,
        )
    })
    .collect()
}

#[test]
fn the_same_event_is_one_template_and_is_counted_before_and_since() {
    let mined = mine(&[
        (-60, "2026-01-02 03:59:00 INFO cart 7 paid in 12 ms"),
        (-30, "2026-01-02 03:59:30 INFO cart 8 paid in 9 ms"),
        (0, "2026-01-02 04:00:00 ERROR no answer from 10.0.0.7:5432"),
        (5, "2026-01-02 04:00:05 INFO cart 9 paid in 10 ms"),
        (9, "2026-01-02 04:00:09 ERROR no answer from 10.0.0.8:5432"),
    ]);
    assert_eq!(
        table(&mined),
        [
            ("no answer from <*>:<*>", true, 0, 2),
            ("cart <*> paid in <*> ms", false, 2, 1)
        ]
    );
    assert_eq!(mined.counted, (2, 3));
    assert_eq!(mined.gaps, Vec::<String>::new());
    let error = &mined.patterns[0];
    assert_eq!((error.first_at, error.last_at), (at(0), at(9)));
    let example = LogEntry {
        event_id: "2".to_owned(),
        group: "/ecs/shop".to_owned(),
        stream: "checkout/1".to_owned(),
        at: at(0),
        message: "2026-01-02 04:00:00 ERROR no answer from 10.0.0.7:5432".to_owned(),
    };
    assert_eq!(error.example, example);
}

fn check(entries: &[(&str, &str, bool)]) {
    for (entry, text, is_error) in entries {
        assert_eq!(
            table(&mine(&[(1, entry)])),
            [(*text, *is_error, 0, 1)],
            "{entry}"
        );
    }
}

#[test]
fn of_json_and_pairs_what_people_would_read_is_the_template() {
    check(&[
        (
            r#"{"time":"2026-01-02T03:04:05Z","level":"error","msg":"no such cart 7"}"#,
            "no such cart <*>",
            true,
        ),
        (
            r#"{"level":"info","message":"failed over"}"#,
            "failed over",
            false,
        ),
        (
            r#"{"level":"warn","message":"retrying","err":"dial tcp 10.0.0.7:5432: connection refused"}"#,
            "retrying: dial tcp <*>:<*>: connection refused",
            true,
        ),
        (r#"{"level":40,"message":"slow"}"#, "slow", false),
        (
            r#"{"log":"{\"level\":\"error\",\"msg\":\"no \\\"cart\\\"\"}\n","stream":"stderr"}"#,
            r#"no "cart""#,
            true,
        ),
        (
            r#"{"log":"2026-01-02 ERROR no cart\n","stream":"stderr"}"#,
            "no cart",
            true,
        ),
        (
            "{\n  \"level\": \"error\",\n  \"message\": \"no cart\"\n}",
            "no cart",
            true,
        ),
        (
            r#"{"level":"error","message":"failed","error":{"type":"E","message":"no cart","stack":"E\n    at x"}}"#,
            "failed: no cart",
            true,
        ),
        (
            r#"{"level":"error","message":"java.lang.Error: x\n\tat a.B.c(B.java:1)\nCaused by: a.NoCart: 7\n\t... 3 more"}"#,
            "Caused by: a.NoCart: <*>",
            true,
        ),
        (
            r#"{"method":"GET","path":"/cart/7?x=1","status":502,"duration_ms":12}"#,
            "GET /cart/<*> <*>",
            true,
        ),
        (
            r#"{"cart":7,"state":"lost"}"#,
            r#"{"cart":<*>,"state":"lost"}"#,
            true,
        ),
        (
            r#"level=error msg="no such cart" cart=7"#,
            "no such cart",
            true,
        ),
    ]);
}

#[test]
fn of_text_the_template_is_without_time_id_and_level() {
    let uuid = "1f2e3d4c-dead-4eef-beef-0123456789ab";
    check(&[
        (
            r#"10.0.0.1 - - [02/Jan/2026:03:04:05 +0000] "GET /cart HTTP/1.1" 502 12"#,
            r#"<*> - - [<*>/Jan/<*>:<*>:<*>:<*> +<*>] "GET /cart HTTP/<*>" <*> <*>"#,
            true,
        ),
        (
            r#""GET /error HTTP/1.1" 200 12"#,
            r#""GET /error HTTP/<*>" <*> <*>"#,
            false,
        ),
        ("GET /health 503", "GET /health <*>", true),
        (
            &format!("2026-01-02T03:04:05.678Z\t{uuid}\tERROR\tno such cart {uuid}"),
            "no such cart <*>",
            true,
        ),
        (
            &format!("REPORT RequestId: {uuid}\tDuration: 3000.00 ms\tStatus: timeout"),
            "REPORT RequestId: <*> Duration: <*> ms Status: timeout",
            true,
        ),
        (
            "done: 0 errors, error_count=0",
            "done: 0 errors, error_count=0",
            false,
        ),
        (
            "Traceback (most recent call last):\n  File \"a.py\", line 3, in f\n    g()\nKeyError: 7",
            "KeyError: <*>",
            true,
        ),
    ]);
}

#[test]
fn what_tells_nothing_is_counted_as_read_and_is_no_pattern() {
    let entries = [
        "",
        "\n \t\n",
        "START RequestId: 1f2e Version: $LATEST",
        "END RequestId: 1f2e",
        "REPORT RequestId: 1f2e\tDuration: 3 ms",
        r#"{"time":"2026-01-02T03:04:05Z","type":"platform.report","record":{"status":"success"}}"#,
        r#"10.0.0.1 - - [02/Jan/2026:03:04:05 +0000] "GET /health HTTP/1.1" 200 2 "-" "ELB-HealthChecker/2.0""#,
        r#"10.0.0.1 - - [02/Jan/2026:03:04:05 +0000] "GET / HTTP/1.1" 200 2 "-" "ELB-HealthChecker/2.0""#,
        r#"{"level":"info","message":"request","method":"GET","path":"/healthz","status":200}"#,
        r#"{"level":"info","message":"GET /healthz 200 1 ms"}"#,
        "\tat shop.Cart.get(Cart.java:12)",
        "    return cart[7]",
        "Traceback (most recent call last):",
    ];
    for entry in entries {
        let mined = mine(&[(1, entry)]);
        assert_eq!((table(&mined), mined.counted), (vec![], (0, 1)), "{entry}");
    }
}

#[test]
fn a_line_logged_as_an_error_and_as_something_else_is_two_patterns() {
    let mined = mine(&[
        (1, r#"{"level":"info","message":"cart 1"}"#),
        (2, r#"{"level":"error","message":"cart 2"}"#),
        (3, "GET /cart 200"),
        (4, "GET /cart 502"),
    ]);
    let expected = [
        ("cart <*>", true, 0, 1),
        ("GET /cart <*>", true, 0, 1),
        ("cart <*>", false, 0, 1),
        ("GET /cart <*>", false, 0, 1),
    ];
    assert_eq!(table(&mined), expected);
}

#[test]
fn the_example_is_the_first_since_the_window_began_if_there_is_one() {
    let example = |entries: &[(i64, &str)]| mine(entries).patterns[0].example.message.clone();
    assert_eq!(
        example(&[
            (-9, "cart 1"),
            (7, "cart 2"),
            (3, "cart 3"),
            (-20, "cart 4")
        ]),
        "cart 3"
    );
    assert_eq!(example(&[(-9, "cart 1"), (-20, "cart 4")]), "cart 4");
}

#[test]
fn an_example_shows_the_line_that_tells_if_the_entry_is_long() {
    let long = format!(
        r#"{{"level":"error","id":"{}","message":"no\tcart"}}"#,
        "x".repeat(1_000)
    );
    assert_eq!(mine(&[(1, &long)]).patterns[0].example.message, "no cart");
    let trace = "a.NoCart: 7\n\tat a.B.c(B.java:1)";
    assert_eq!(
        mine(&[(1, trace)]).patterns[0].example.message,
        "a.NoCart: 7"
    );
}

#[test]
fn a_long_entry_is_cut_and_that_is_a_gap() {
    let line = "größe ".repeat(200_000);
    let mined = mine(&[(1, &line), (2, "short")]);
    let expected = "Of 1 long log entries only the first 16384 bytes were read.";
    assert_eq!(mined.gaps, [expected]);
    assert_eq!(mined.counted, (0, 2));
    assert!(
        mined
            .patterns
            .iter()
            .all(|pattern| pattern.text.len() <= 503)
    );
}

#[test]
fn when_there_are_too_many_templates_the_rarest_go_and_that_is_a_gap() {
    let limits = Limits {
        templates: 4,
        ..Limits::default()
    };
    let lines = ["b a", "b a", "b b", "error: no cart", "b c", "b d"];
    let entries: Vec<(i64, &str)> = lines.into_iter().map(|line| (1, line)).collect();
    let mined = mine_with(limits, &entries);
    assert_eq!(mined.patterns.len(), 4);
    assert_eq!(
        table(&mined)[..2],
        [("no cart", true, 0, 1), ("b a", false, 0, 2)]
    );
    let expected = "The logs have more than 4 different patterns; 1 entries of the rarest are not in the counts.";
    assert_eq!(mined.gaps, [expected]);
}

/// Pieces of what loggers write, and of what they never would.
fn message() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\\",
        ":",
        ",",
        "=",
        "\n",
        "\t",
        " ",
        "0",
        "7",
        "error",
        "level",
        "msg",
        "message",
        "\\u00",
        "at ",
        "Caused by: ",
        "GET ",
        "/health",
        " HTTP/1.1\"",
        " 502",
        "ERROR",
        "dead-",
        "é",
        "\u{fffd}",
        "Traceback (most recent call last)",
        "REPORT RequestId: ",
        "-",
        "E0102 ",
        "log",
        "{\"message\":\"",
        "err",
    ];
    proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..24)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_entry_breaks_it_and_what_comes_out_is_bounded(
        entries in proptest::collection::vec((-100_000_i64..100_000, prop_oneof![message(), "(?s).{0,80}"]), 0..60),
        templates in 0_usize..8,
        entry_bytes in 0_usize..100,
        text_bytes in 0_usize..50,
    ) {
        let limits = Limits { templates, entry_bytes, text_bytes, patterns: 5, before: SignedDuration::ZERO };
        let borrowed: Vec<(i64, &str)> = entries.iter().map(|(at, message)| (*at, message.as_str())).collect();
        let mined = mine_with(limits, &borrowed);
        prop_assert_eq!(mined.counted.0 + mined.counted.1, entries.len() as u64);
        prop_assert!(mined.patterns.len() <= templates.clamp(1, 5));
        for pattern in &mined.patterns {
            prop_assert!(pattern.text.len() <= text_bytes + 3);
            prop_assert!(!pattern.example.message.contains('\n'));
            prop_assert!(pattern.before + pattern.since > 0 && pattern.first_at <= pattern.last_at);
        }
    }

    #[test]
    fn the_order_of_the_entries_changes_nothing(
        entries in proptest::collection::vec((-3_i64..3, message()), 0..20).prop_flat_map(|entries| {
            let shuffled = Just(entries.clone()).prop_shuffle();
            (Just(entries), shuffled)
        }),
    ) {
        let mine = |entries: &[(i64, String)]| {
            let mut miner = Miner::new(at(0), Limits::default());
            for (seconds, message) in entries {
                miner.add(&LogEntryRef { event_id: "", group: "g", stream: "s", at: at(*seconds), message });
            }
            miner.finish()
        };
        prop_assert_eq!(mine(&entries.0), mine(&entries.1));
    }
}

#[test]
fn wherever_a_text_is_cut_no_half_of_a_secret_is_left() {
    let redactor = shared::redaction::Redactor::new();
    let limits = Limits {
        text_bytes: 80,
        entry_bytes: 160,
        ..Limits::default()
    };
    for before in 0..160 {
        let message = format!(
            "ERROR {} postgres://shop:huntersecretpw@db.internal/shop refused it",
            "x".repeat(before)
        );
        let mined = mine_with(limits, &[(0, &message)]);
        for pattern in &mined.patterns {
            for text in [&pattern.text, &pattern.example.message] {
                let shown = redactor.redact(text).text;
                assert!(!shown.contains("hunt"), "{shown}");
            }
        }
    }
}
