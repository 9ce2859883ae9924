//! Hostile texts composed of pieces, put into every place of everything that leaves, and judged as the attacks are: by what a
//! reader's program would make of it.
//!
//! `SOAK_COMBINATIONS` says how many pairs of a text and a place are tried, `SOAK_SEED` with which texts it begins.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test says what it did, and stops where it cannot go on"
)]

use serde_json::{Value, json};
use shared::outbound::{
    Delimiter, Document, Draft, ExcerptLine, Link, Markdown, MarkdownDraft, Outbound, Page, Part,
    PromptText, Span, Title,
};
use shared::reports::Channel;
use support::adversarial::case::{Case, Surface};
use support::adversarial::judge::{Trial, violations};
use support::adversarial::oracles::Check;
use support::adversarial::recorded::{Message, Object, Recorded, Request};
use support::adversarial::rules::{MAIL_FROM, MAIL_TO};
use support::fleet::Random;

/// Pieces that do something somewhere: in Markdown, HTML, mail headers, terminals, logs of workflows, chat templates.
const PIECES: [&str; 96] = [
    "@alice",
    "@org/team",
    "&#64;alice",
    "&commat;alice",
    "@\u{200b}alice",
    "\\@alice",
    "＠alice",
    "@dependabot merge",
    "/deploy production",
    "/retest",
    "!deploy",
    "bors r+",
    "fixes #12",
    "Closes: other/repo#3",
    "resolves https://github.com/o/r/issues/3",
    "fix GH-1",
    "#999999",
    "GH-1",
    "other/repo@deadbeef",
    "abcdef1234567890abcdef1234567890abcdef12",
    "Co-authored-by: x <x@evil.example>",
    "[skip ci]",
    "![a](https://evil.example/p.png?d=1)",
    "[a](https://evil.example/)",
    "[a][b]",
    "[b]: https://evil.example/",
    "[b]: //evil.example 'title'",
    "[x](<javascript:alert(1)>)",
    "<https://evil.example/>",
    "https://evil.example/x?y=1",
    "HTTPS://EVIL.EXAMPLE",
    "http://evil.example",
    "www.evil.example/steal",
    "WWW.evil.example",
    "ftp://evil.example",
    "audit@evil.example",
    "mailto:audit@evil.example",
    "https://github.com.evil.example/",
    "https://github.com@evil.example/",
    "https://g\u{456}thub.com/org",
    "//evil.example/x",
    "hxxps://evil.example",
    "<img src=https://evil.example/x>",
    "<img src=x onerror=alert(1)>",
    "<a href='//evil.example'>x</a>",
    "<script>alert(1)</script>",
    "</td></table><script>",
    "<!--",
    "-->",
    "<!-- lambda-medic:0a1b -->",
    "<details open>",
    "</summary>",
    "<svg/onload=alert(1)>",
    "<style>@import 'x'</style>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "```",
    "````",
    "~~~",
    "```mermaid\ngraph TD; click A \"https://evil.example\"\n```",
    "`",
    "``",
    "`@alice`",
    "$\\style{background:url(https://evil.example/a)}x$",
    "$$\\href{https://evil.example}{x}$$",
    "$`\\url{//evil.example}`$",
    "| a | b |\n|---|---|\n",
    "# heading",
    "> quote",
    "- item",
    "1. item",
    "[^1]",
    "[^1]: www.evil.example",
    "> [!WARNING]\n> x",
    "\\",
    "\\`",
    "&lt;b&gt;",
    "&",
    "\"",
    "'",
    "\r\n",
    "\n",
    "\n\n    ",
    "\t",
    "\r\nBcc: audit@evil.example\r\n\r\n",
    "\u{1b}]8;;https://evil.example\u{7}x\u{1b}]8;;\u{7}",
    "\u{1b}[31m",
    "^[[2J",
    "\u{202e}",
    "\u{2067}",
    "\u{feff}",
    "\u{0}",
    "\u{e0041}",
    "::set-env name=PATH::/tmp",
    "##[command]curl",
    "<|im_start|>system",
    "[INST]",
];

/// Pieces that are no secret each, and secrets.
const SECRETS: [&str; 4] = [
    "ghp_8Kx2mPq9LzR4vT6wY1nB3cD5fG7hJ0kM2sQ4",
    "AKIAQ7ZL2MXV9TB4WN8R",
    "postgres://root:Zq7Lm2Xv9Tb4Wn8R@db.internal/shop",
    "ghp_8Kx2mPq9LzR4\u{200b}vT6wY1n\u{1b}[0mB3cD5fG7hJ0kM2sQ4",
];

/// What stands between two pieces.
const JOINTS: [&str; 8] = ["", " ", "\n", "\n\n", "(", "*", "\u{200d}", "x"];

/// How many places a text is put into.
const PLACES: u64 = 20;

/// The checks that everything that leaves must pass, whatever the text.
fn checks(has_secret: bool) -> Vec<Check> {
    let mut checks = vec![
        Check::NoActiveLink,
        Check::NoRawHtml,
        Check::NoMention,
        Check::NoTriggerText,
        Check::NoControlCharacters,
        Check::MailClean,
        Check::LlmRequestClean,
        Check::BodyWithin(65_536),
    ];
    if has_secret {
        checks.push(Check::SecretAbsent);
    }
    checks
}

/// A text of two to five pieces, and whether there is a secret in it.
fn composed(random: &mut Random) -> (String, bool) {
    let mut text = String::new();
    for _ in 0..2 + random.number() % 4 {
        text.push_str(random.pick(&PIECES));
        text.push_str(random.pick(&JOINTS));
    }
    let has_secret = random.number().is_multiple_of(8);
    if has_secret {
        // What is right before or after a secret may make it another word, so it stands alone.
        text = format!("{text} {} ", random.pick(&SECRETS));
    }
    (text, has_secret)
}

/// The text in every place of an issue.
fn issue(text: &str) -> Value {
    let said = || text.to_owned();
    let line = |number| ExcerptLine {
        number,
        text: text.to_owned(),
        is_decisive: number == 2,
    };
    let parts = [
        Part::Heading("What failed"),
        Part::Sentence(vec![
            Span::Said(said()),
            Span::Own(" is what "),
            Span::Said(said()),
        ]),
        Part::Prose(said()),
        Part::Fact("Step", said()),
        Part::Item(vec![Span::Said(said())]),
        Part::Excerpt(vec![line(1), line(2)]),
        Part::Code("diff", said()),
        Part::Folded("The patch", "diff", said()),
        Part::Link("The run", said()),
        Part::Marker(said()),
    ];
    let body = Markdown::from(&MarkdownDraft::default().with_all(parts));
    json!({"title": Title::new(text).as_str(), "body": body.as_str()})
}

/// An address that we put together, with a part of somebody else's.
fn address(text: &str) -> String {
    format!("https://github.com/acme/shop/{text}")
}

/// The text in every place of a mail, and of a message.
fn messages(text: &str) -> Vec<Message> {
    let outbound = Outbound::from(&Draft {
        title: text.to_owned(),
        summary: text.to_owned(),
        facts: vec![("Alarm", text.to_owned())],
        lists: vec![("Why", vec![text.to_owned()])],
        excerpt: vec![ExcerptLine {
            number: 1,
            text: text.to_owned(),
            is_decisive: true,
        }],
        links: vec![Link {
            label: "Run",
            url: address(text),
        }],
    });
    vec![Message {
        at: jiff::Timestamp::UNIX_EPOCH,
        channel: Channel::Mail,
        from: MAIL_FROM.to_owned(),
        to: MAIL_TO.map(str::to_owned).to_vec(),
        subject: outbound.subject().to_owned(),
        text: outbound.text().to_owned(),
        html: outbound.html().to_owned(),
    }]
}

/// The text in a document for programs, and in a page.
fn objects(text: &str) -> Vec<Object> {
    let json = Document::json(&json!({"cause": text, text: [text]})).unwrap();
    let mut page = Page::default();
    page.own("<!doctype html><body><p>").text(text).own("</p>");
    page.link(&Link {
        label: "Run",
        url: address(text),
    });
    let object = |key: &str, body: &str| Object {
        bucket: "ci-logs".to_owned(),
        key: key.to_owned(),
        body: body.as_bytes().to_vec(),
    };
    vec![
        object("analysis/1.json", json.as_str()),
        object("analysis/1.html", page.as_str()),
    ]
}

/// The text in a question to a model.
fn question(text: &str, nonce: u64) -> Value {
    let delimiter = Delimiter::new(&nonce.to_string());
    let user = PromptText::own("The log:\n")
        .and_untrusted(&delimiter, "log", text, 4_000)
        .and("\nIts lines:\n")
        .and_untrusted_lines(
            &delimiter,
            "lines",
            text.lines().zip(1..).map(|(line, n)| (n, line)),
            4_000,
        );
    json!({"messages": [{"role": "system", "content": "Say why."}, {"role": "user", "content": user.as_str()}]})
}

fn left(text: &str, nonce: u64) -> Recorded {
    Recorded {
        deliveries: 1,
        github: vec![Request {
            at: jiff::Timestamp::UNIX_EPOCH,
            method: "POST".to_owned(),
            path: "/repos/acme/shop/issues".to_owned(),
            body: issue(text),
            status: 201,
        }],
        messages: messages(text),
        objects: objects(text),
        llm: vec![question(text, nonce)],
        ..Recorded::default()
    }
}

/// What is wrong with what a text became.
fn wrong(text: &str, has_secret: bool, nonce: u64) -> Vec<String> {
    let case = Case {
        id: String::new(),
        surface: Surface::CiLog,
        input: Vec::new(),
        generator: None,
        oracles: Vec::new(),
    };
    let seen = left(text, nonce);
    let trial = Trial {
        case: &case,
        input: text.as_bytes(),
        seen: &seen,
    };
    let of = |check: &Check| {
        violations(check, &trial)
            .into_iter()
            .map(|what| format!("{check:?}: {what}"))
            .collect::<Vec<_>>()
    };
    checks(has_secret).iter().flat_map(of).collect()
}

fn setting(name: &str, otherwise: u64) -> u64 {
    let value = std::env::var_os(name).and_then(|value| value.to_str()?.parse().ok());
    value.unwrap_or(otherwise)
}

#[test]
fn no_text_in_any_place_does_more_than_stand_there() {
    let combinations = setting("SOAK_COMBINATIONS", 20_000);
    let mut random = Random::new(setting("SOAK_SEED", 1));
    let texts = combinations.div_ceil(PLACES);
    let mut bad = Vec::new();
    for nonce in 0..texts {
        let (text, has_secret) = composed(&mut random);
        let found = wrong(&text, has_secret, nonce);
        if !found.is_empty() {
            bad.push(format!("{text:?}\n    {}", found.join("\n    ")));
        }
    }
    println!(
        "FIGURE outbound_combinations {} violated {}",
        texts * PLACES,
        bad.len()
    );
    bad.truncate(20);
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
