use proptest::prelude::*;

use super::*;
use crate::outbound::Title;
use crate::outbound::rendered::{HOSTILE, Rendered, triggers};

/// What our own parts may become.
const ELEMENTS: [&str; 15] = [
    "h3",
    "p",
    "ul",
    "li",
    "strong",
    "code",
    "pre",
    "blockquote",
    "em",
    "details",
    "summary",
    "a",
    "br",
    "<!-- lambda-medic:0123-abc -->",
    "ol",
];

fn lines(text: &str) -> Vec<ExcerptLine> {
    let line = |(number, text): (u64, &str)| ExcerptLine {
        number,
        text: text.to_owned(),
        is_decisive: number == 2,
    };
    (1..).zip(text.split('\n')).map(line).collect()
}

/// A body with `text` in every place that takes one.
fn everywhere(text: &str) -> MarkdownDraft {
    let text = || text.to_owned();
    MarkdownDraft::for_site(&Site::default()).with_all([
        Part::Heading("What failed"),
        Part::Sentence(vec![
            Span::Own("Step "),
            Span::Value(text()),
            Span::Own(" failed in "),
            Span::Said(text()),
            Span::Own("."),
        ]),
        Part::Sentence(vec![Span::Said(text())]),
        Part::Prose(text()),
        Part::Fact("Branch", text()),
        Part::Item(vec![Span::Said(text())]),
        Part::Link(
            "Run",
            "https://github.com/acme/shop/actions/runs/1".to_owned(),
        ),
        Part::Link("Evil", text()),
        Part::Excerpt(lines(&text())),
        Part::Code("text", text()),
        Part::Folded("The patch", "diff", text()),
        Part::Marker(text()),
        Part::Marker("0123-abc".to_owned()),
    ])
}

fn check(text: &str) {
    let markdown = Markdown::from(&everywhere(text));
    let body = markdown.as_str();
    let rendered = Rendered::of_markdown(body);
    assert_eq!(
        rendered.addresses,
        ["https://github.com/acme/shop/actions/runs/1"],
        "{body}"
    );
    assert_eq!(rendered.triggers(), Vec::<String>::new(), "{body}");
    assert!(
        rendered
            .languages
            .iter()
            .all(|language| matches!(language.as_str(), "text" | "diff")),
        "{body}"
    );
    for element in &rendered.elements {
        let is_marker =
            element.starts_with("<!-- lambda-medic:") && element.matches("--").count() == 2;
        assert!(
            is_marker || ELEMENTS.contains(&element.as_str()),
            "{element}\n{body}"
        );
    }
    for prose in &rendered.prose {
        assert!(
            !prose.contains("://") && !prose.to_lowercase().contains("www."),
            "{prose}\n{body}"
        );
    }
    let is_clean = |c: char| c == '\n' || c == '\t' || crate::outbound::is_harmless(c);
    assert!(body.chars().all(is_clean), "{body:?}");
    for line in body.lines() {
        let rest = line.trim_start_matches(['/', '@', '!']);
        let is_command = rest.len() < line.len() && rest.starts_with(char::is_alphanumeric);
        let is_command = is_command || line.starts_with("::") || line.starts_with("##[");
        assert!(!is_command, "{line}\n{body}");
    }
    assert!(body.len() <= MOST_BYTES);
    let title = Title::new(text);
    assert_eq!(triggers(title.as_str()), Vec::<String>::new(), "{title:?}");
}

#[test]
fn hostile_text_is_only_text() {
    for text in HOSTILE {
        check(text);
    }
    check(&HOSTILE.join("\n"));
    check(&HOSTILE.join(" "));
}

#[test]
fn how_hostile_text_looks() {
    let bodies: Vec<String> = HOSTILE
        .iter()
        .map(|text| {
            Markdown::from(&MarkdownDraft::default().with(Part::Prose((*text).to_owned()))).0
        })
        .collect();
    insta::assert_snapshot!("hostile", bodies.join("\n\n---\n\n"));
    insta::assert_snapshot!(
        "hostile_everywhere",
        Markdown::from(&everywhere(HOSTILE[10])).as_str()
    );
}

#[test]
fn honest_text_stays_readable() {
    let texts = [
        "error[E0432]: unresolved import `foo::bar` in src/main.rs:3:5",
        "npm ERR! Could not resolve @babel/core@^7.0.0 from @types/node",
        "AssertionError: expected 20 to be 19 // Object.is equality",
        "TypeError: Cannot read properties of undefined (reading 'total')",
        "src/cart.py:12: error: Argument 1 to \"total\" has incompatible type \"str\"; expected \"int\"  [arg-type]",
        "E   requests.exceptions.ConnectionError: HTTPSConnectionPool(host='pypi.org', port=443): Max retries exceeded with url: /simple/",
        "The process ran out of memory (137). It was killed after 12 min 30 s; 3.5 GB were used, i.e. 99% of all.",
        "Could not find a version that satisfies the requirement django==9.0, see https://pypi.org/project/django/#history",
        "Der Test »größer als 10« schlug fehl – 3 von 17.",
        "thread 'main' panicked at library/core/src/panicking.rs:221:5:\nassertion `left == right` failed\n  left: 3\n right: 4",
    ];
    let bodies: Vec<String> = texts
        .iter()
        .map(|text| {
            Markdown::from(&MarkdownDraft::default().with(Part::Prose((*text).to_owned()))).0
        })
        .collect();
    insta::assert_snapshot!("honest", bodies.join("\n\n---\n\n"));
    let numbered = lines(&texts.join("\n"));
    let body = Markdown::from(&MarkdownDraft::default().with(Part::Excerpt(numbered)));
    let shown = Rendered::of_markdown(body.as_str()).code.concat();
    for line in texts.iter().flat_map(|text| text.lines()) {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
}

#[test]
fn a_block_of_code_ends_where_we_end_it() {
    let text = "a\n```\nb\n`````\nc";
    let body = Markdown::from(&MarkdownDraft::default().with(Part::Code("text", text.to_owned())));
    assert_eq!(body.as_str(), "``````text\na\n```\nb\n`````\nc\n``````");
}

#[test]
fn a_diff_stays_a_diff() {
    let diff =
        "--- a/Makefile\n+++ b/Makefile\n@@ -1,2 +1,2 @@\n all:\n-\tcc  x.c\n+\tcc -O2 x.c  \n";
    let body = Markdown::from(&MarkdownDraft::default().with(Part::Code("diff", diff.to_owned())));
    assert_eq!(
        body.as_str(),
        format!("```diff\n{}\n```", diff.trim_end_matches('\n'))
    );
}

#[test]
fn what_is_too_long_for_github_is_cut_and_says_so_and_is_found_again() {
    let line = "word ".repeat(300);
    let long = (line + "\n").repeat(100);
    let mut draft = MarkdownDraft::default();
    for _ in 0..40 {
        draft = draft
            .with(Part::Prose(long.clone()))
            .with(Part::Code("text", long.clone()));
    }
    let body = Markdown::from(&draft.with(Part::Marker("0123".to_owned())));
    assert!(body.as_str().len() <= MOST_BYTES);
    assert!(
        body.as_str()
            .ends_with(&format!("{CUT}\n\n<!-- lambda-medic:0123 -->")),
        "{}",
        body.as_str()
    );
}

#[test]
fn a_secret_shows_in_no_part() {
    let secret = format!("ghp_{}", "a1B2".repeat(9));
    for hidden in ["", "\u{200b}", "\u{e0041}", "\u{1b}[0m"] {
        let (head, tail) = secret.split_at(20);
        let text = format!("token {head}{hidden}{tail} was used");
        let body = Markdown::from(&everywhere(&text));
        assert!(
            !body.as_str().contains(head) && !body.as_str().contains(tail),
            "{}",
            body.as_str()
        );
        assert!(!Title::new(&text).as_str().contains(head));
    }
}

proptest! {
    #[test]
    fn whatever_the_text_it_is_only_text(
        pieces in proptest::collection::vec(prop_oneof![
            (0..HOSTILE.len()).prop_map(|index| HOSTILE[index].to_owned()),
            "\\PC{0,12}",
            "[`~*_#@!<>()\\[\\]|$\\\\/: \\n\"'&;=-]{0,8}",
            "(@a|#1|GH-1|https://|www\\.|a@b\\.c|ftp://|[0-9a-f]{7}|/x|\\n|```|~~~| |\\t){0,8}",
        ], 0..5)
    ) {
        check(&pieces.concat());
    }
}
