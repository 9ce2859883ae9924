use proptest::prelude::*;

use super::*;

const OWN: &str = r#"
[[rule]]
name = "licence-server"
category = "infrastructure"
any = ["licence server"]
regex = ['''licence server (?P<host>\S+) is away''', '''no licence server''']
summary = "The licence server is away"
advice = "Wake {host} up."
confidence = 0.9
"#;

fn judged(decisive: &[&str]) -> Verdict {
    let seen = Seen {
        decisive,
        excerpt: decisive,
        step: None,
    };
    Rules::built_in().judge(seen)
}

#[test]
fn a_verdict_names_the_rule_what_to_do_and_quotes_the_lines() {
    let verdict = judged(&[
        "Traceback (most recent call last):",
        "  File \"manage.py\", line 3, in <module>",
        "ModuleNotFoundError: No module named 'django'",
    ]);
    insta::assert_debug_snapshot!(verdict, @r###"
    Verdict {
        rule: Some(
            "python-module-missing",
        ),
        category: Dependency,
        confidence: 0.8,
        advice: Some(
            "Add `django` to what this job installs, or set the path when it is the project's own.",
        ),
        cause: "A Python module or a shared library was not found: Traceback (most recent call last): … ModuleNotFoundError: No module named 'django'",
        lines: [
            "ModuleNotFoundError: No module named 'django'",
        ],
    }
    "###);
}

#[test]
fn what_no_rule_knows_is_unknown_and_never_a_guess() {
    let verdict = judged(&["", "  the moon is in the wrong phase "]);
    let expected = Verdict {
        rule: None,
        category: Category::Unknown,
        confidence: 0.0,
        advice: None,
        cause: "The failure is of no known kind: the moon is in the wrong phase".to_owned(),
        lines: vec!["the moon is in the wrong phase".to_owned()],
    };
    assert_eq!(verdict, expected);
    assert_eq!(
        judged(&[]).cause,
        "Nothing in the log explains the failure."
    );
}

#[test]
fn a_users_rules_are_asked_first_and_fill_in_what_they_captured() {
    let rules = Rules::with("own.toml", OWN).unwrap();
    let line = "connect: no space left, licence server lic-7 is away";
    let verdict = rules.judge(Seen {
        decisive: &[line],
        ..Seen::default()
    });
    assert_eq!(verdict.rule.as_deref(), Some("licence-server"));
    assert_eq!(verdict.advice.as_deref(), Some("Wake `lic-7` up."));
    assert_eq!(judged(&[line]).rule.as_deref(), Some("disk-full"));
}

#[test]
fn the_decisive_block_is_asked_before_the_rest_and_the_rest_before_the_step() {
    let judge = |decisive: &[&str], excerpt: &[&str], step: &str| {
        let verdict = Rules::built_in().judge(Seen {
            decisive,
            excerpt,
            step: Some(step),
        });
        (
            verdict.rule.unwrap_or_default(),
            (verdict.confidence * 1000.0).round() / 1000.0,
        )
    };
    let (network, lint) = (
        "curl: (6) Could not resolve host: a.example",
        "Run npm run lint",
    );
    assert_eq!(
        judge(&["error[E0308]: no"], &[network], lint),
        ("rustc".to_owned(), 0.93)
    );
    assert_eq!(judge(&["hm"], &[network], lint), ("dns".to_owned(), 0.651));
    assert_eq!(judge(&["hm"], &["hm"], lint), ("lint-step".to_owned(), 0.5));
}

#[test]
fn what_cannot_be_a_rule_is_told_with_its_file_and_line() {
    let error = |toml: &str| Rules::with("own.toml", toml).unwrap_err().to_string();
    let changed = |from: &str, to: &str| error(&OWN.replace(from, to));
    let twice = format!("{OWN}{OWN}");
    insta::assert_snapshot!(
        [
            error("rule = 3"),
            error("[[rule]]\nname = "),
            changed("advice", "advise"),
            changed("is away", "is (away"),
            changed("no licence", r"(\w{1,1000}){1,1000}"),
            changed("{host}", "{hostess}"),
            changed("0.9", "1.5"),
            changed("\"licence-server\"", "\"Licence Server\""),
            changed("\"infrastructure\"", "\"unknown\""),
            changed("\"infrastructure\"", "\"weather\""),
            changed("any = [\"licence server\"]", "any = [\"\"]"),
            error(&twice),
            error(&" ".repeat(1024 * 1024 + 1)),
        ]
        .join("\n"),
        @r###"
    own.toml:1: invalid type: integer `3`, expected a sequence
    own.toml:2: string values must be quoted, expected literal string
    own.toml:8: unknown field `advise`, expected one of `name`, `category`, `any`, `regex`, `scope`, `summary`, `advice`, `confidence`
    own.toml:6: the regular expression cannot be used: error: unclosed group
    own.toml:6: the regular expression cannot be used: Compiled regex exceeds size limit of 1048576 bytes.
    own.toml:2: no group of `regex` is named `hostess`
    own.toml:2: confidence is above 0 and at most 1, not `1.5`
    own.toml:2: a name is 1 to 64 of `a-z0-9-`, not `Licence Server`
    own.toml:2: `unknown` is what no rule says
    own.toml:4: unknown variant `weather`, expected one of `code`, `test`, `dependency`, `lint`, `infrastructure`, `flaky`, `timeout`, `resource`, `configuration`, `permission`, `unknown`
    own.toml:2: an empty literal is in every line
    own.toml:11: a second rule named `licence-server`
    own.toml:1: larger than 1048576 bytes
    "###
    );
}

#[test]
fn the_built_in_rules_pass_the_checks_of_a_users_rules() {
    for (name, toml) in built_in::FILES {
        let rules = parse::rules(name, toml).unwrap();
        assert!(!rules.is_empty(), "{name}");
        for rule in rules {
            assert!(
                !rule.any.is_empty(),
                "{} is asked about every line",
                rule.name
            );
            let prose = [&rule.summary, &rule.advice];
            assert!(
                prose.iter().all(|text| text.len() <= 260),
                "{} is long",
                rule.name
            );
            assert!(
                rule.advice.ends_with('.') && !rule.summary.ends_with('.'),
                "{}",
                rule.name
            );
        }
    }
}

#[test]
fn each_name_is_given_once() {
    let mut names: Vec<&str> = Rules::built_in().names().collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

proptest! {
    #[test]
    fn whatever_the_lines_hold_the_verdict_is_bounded(
        lines in proptest::collection::vec("\\PC*|.*|(error|FAIL|[0-9: ().\\[\\]']|Error: |\\x1b)*", 0..6),
    ) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let verdict = judged(&lines);
        prop_assert_eq!(verdict.rule.is_none(), verdict.category == Category::Unknown);
        prop_assert!((0.0..=1.0).contains(&verdict.confidence));
        prop_assert!(verdict.lines.len() <= 2);
        prop_assert!(verdict.cause.chars().count() < 1_000);
        prop_assert!(verdict.cause.chars().chain(verdict.advice.iter().flat_map(|advice| advice.chars())).all(shared::outbound::is_harmless));
    }
}
