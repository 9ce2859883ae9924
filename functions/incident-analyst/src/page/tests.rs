//! Pages of whole analyses: what they say, and that they are made of nothing but our own markup.

use std::collections::BTreeSet;
use std::path::Path;

use html5gum::{StartTag, Token, Tokenizer};
use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn fixture(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/analyses");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn page_of(analysis: &Value) -> String {
    let analysis: Analysis = serde_json::from_value(analysis.clone()).unwrap();
    report(&analysis, Console::new("eu-west-1").as_ref())
        .as_str()
        .to_owned()
}

/// What a page is made of.
#[derive(Debug, Default)]
struct Parsed {
    /// Each element with one of its attributes, once.
    markup: BTreeSet<String>,
    ids: Vec<String>,
    addresses: Vec<String>,
    /// What is to be read in the body, a line for each element that makes one.
    words: String,
    /// Each class, once.
    classes: BTreeSet<String>,
}

impl Parsed {
    fn of(html: &str) -> Self {
        let mut parsed = Self::default();
        let mut is_body = false;
        for token in Tokenizer::new(html) {
            let Ok(token) = token;
            match token {
                Token::StartTag(tag) => {
                    let name = String::from_utf8_lossy(&tag.name).into_owned();
                    is_body |= name == "body";
                    parsed.element(&name, &tag);
                }
                Token::String(text) if is_body => {
                    parsed.words.push_str(&String::from_utf8_lossy(&text));
                }
                Token::Comment(_) => {
                    parsed.markup.insert("<!-- -->".to_owned());
                }
                Token::Error(error) => {
                    parsed.markup.insert(format!("{error:?}"));
                }
                _ => {}
            }
        }
        parsed
    }

    fn element(&mut self, name: &str, tag: &StartTag<()>) {
        self.markup.insert(name.to_owned());
        for (attribute, value) in &tag.attributes {
            let attribute = String::from_utf8_lossy(attribute).into_owned();
            let value = String::from_utf8_lossy(value).into_owned();
            match attribute.as_str() {
                "id" => self.ids.push(value),
                "href" => self.addresses.push(value),
                "class" => self.classes.extend(value.split(' ').map(str::to_owned)),
                _ => {}
            }
            self.markup.insert(format!("{name} {attribute}"));
        }
    }

    /// The addresses within the page that lead nowhere, and the ids that are there twice.
    fn loose_ends(&self) -> Vec<&str> {
        let targets: BTreeSet<&str> = self.ids.iter().map(String::as_str).collect();
        let within = self.addresses.iter().filter_map(|to| to.strip_prefix('#'));
        let mut loose: Vec<&str> = within.filter(|to| !targets.contains(to)).collect();
        if targets.len() < self.ids.len() {
            loose.push("an id is there twice");
        }
        loose
    }
}

/// The lines that a reader sees, without empty ones.
fn lines(html: &str) -> String {
    let words = Parsed::of(html).words;
    let lines = words.lines().map(str::trim);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

#[test]
fn a_page_says_what_broke_since_when_what_changed_and_how_sure_that_is() {
    for name in ["bad-deployment", "memory-leak", "undetermined", "empty"] {
        let html = page_of(&fixture(name));
        insta::assert_snapshot!(name, lines(&html));
        assert_eq!(Parsed::of(&html).loose_ends(), Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn the_first_hundred_characters_say_what_matters() {
    let html = page_of(&fixture("memory-leak"));
    let words = lines(&html).replace('\n', " ");
    let preview: String = words.chars().take(100).collect();
    assert_eq!(
        preview,
        "Incident, open 12 March 2026, times in UTC The memory of sessions rises steadily and is full at abou"
    );
}

#[test]
fn nothing_loads_runs_or_is_told_to_others() {
    let html = page_of(&fixture("hostile"));
    for needed in [
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">",
        "<meta name=\"referrer\" content=\"no-referrer\">",
        "<meta name=\"robots\" content=\"noindex, nofollow\">",
        "@media (prefers-color-scheme: dark)",
        "@media print",
    ] {
        assert!(html.contains(needed), "{needed}");
    }
    // A style sheet could load, too, even if the policy above forbids it.
    let plain = page_of(&fixture("bad-deployment"));
    assert!(!plain.contains("url(") && !plain.contains("@import"));
    let console = "https://eu-west-1.console.aws.amazon.com/";
    for address in Parsed::of(&html).addresses {
        assert!(
            address.starts_with('#') || address.starts_with(console),
            "{address}"
        );
    }
}

#[test]
fn what_is_drawn_has_a_title_and_a_description() {
    let html = page_of(&fixture("bad-deployment"));
    assert_eq!(html.matches("<svg role=\"img\"").count(), 6);
    assert_eq!(html.matches("<desc id=\"M").count(), 6);
    assert!(html.contains(
        "<title id=\"M1t\">HTTPCode_Target_5XX_Count (Sum)</title>\n<desc id=\"M1d\">Between 0 and 65, highest at 14:06, at the end 0. The threshold is 10. It left what is usual at 14:02.</desc>"
    ));
    for mark in ["breach", "threshold", "onset", "deployment", "line", "area"] {
        assert!(Parsed::of(&html).classes.contains(mark), "{mark}");
    }
}

#[test]
fn without_a_region_there_is_no_link_to_the_console() {
    let analysis: Analysis = serde_json::from_value(fixture("bad-deployment")).unwrap();
    let page = report(&analysis, None);
    let addresses = Parsed::of(page.as_str()).addresses;
    assert!(addresses.iter().all(|address| address.starts_with('#')));
}

/// `value` with every text in it that is nobody's word of ours replaced.
fn replaced(value: &mut Value, text: &str, depth: usize) {
    const FIXED: [&str; 12] = [
        "at",
        "from",
        "until",
        "onset",
        "breached_at",
        "ended_at",
        "first_at",
        "type",
        "kind",
        "cause",
        "source",
        "points",
    ];
    match value {
        Value::String(old) => text.clone_into(old),
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| replaced(item, text, depth + 1)),
        Value::Object(fields) => {
            for (name, field) in fields {
                let is_fixed = FIXED.contains(&name.as_str()) || (depth == 0 && name == "state");
                if !is_fixed {
                    replaced(field, text, depth + 1);
                }
            }
        }
        _ => {}
    }
}

fn with_text(text: &str) -> Value {
    let mut analysis = fixture("bad-deployment");
    analysis["summary"] = fixture("memory-leak")["summary"].clone();
    analysis["gaps"] = fixture("undetermined")["gaps"].clone();
    for metric in analysis["metrics"].as_array_mut().unwrap() {
        metric["series"]["points"]
            .as_array_mut()
            .unwrap()
            .truncate(3);
    }
    replaced(&mut analysis, text, 0);
    analysis
}

/// The elements and attributes that a page may have.
fn own_markup() -> BTreeSet<String> {
    let plain = with_text("plain");
    let mut markup = Parsed::of(&page_of(&plain)).markup;
    for name in ["bad-deployment", "memory-leak", "undetermined", "empty"] {
        markup.extend(Parsed::of(&page_of(&fixture(name))).markup);
    }
    markup
}

#[test]
fn a_page_has_no_element_that_could_do_anything() {
    let markup = own_markup();
    let elements: Vec<&str> = markup
        .iter()
        .map(String::as_str)
        .filter(|name| !name.contains(' '))
        .collect();
    assert_eq!(
        elements,
        [
            "a",
            "b",
            "blockquote",
            "body",
            "br",
            "circle",
            "code",
            "dd",
            "desc",
            "div",
            "dl",
            "dt",
            "figcaption",
            "figure",
            "footer",
            "h1",
            "h2",
            "h3",
            "head",
            "header",
            "html",
            "li",
            "line",
            "main",
            "meta",
            "ol",
            "p",
            "path",
            "rect",
            "section",
            "small",
            "span",
            "style",
            "svg",
            "table",
            "tbody",
            "td",
            "text",
            "th",
            "thead",
            "time",
            "title",
            "tr",
            "ul"
        ]
    );
    let active =
        |name: &&String| name.contains(" on") || name.ends_with(" src") || name.ends_with(" style");
    assert_eq!(markup.iter().filter(active).count(), 0);
}

/// A list with its items again and again.
fn many(analysis: &mut Value, path: &str, count: usize) {
    let items = analysis.pointer_mut(path).unwrap().as_array_mut().unwrap();
    let again: Vec<Value> = items.iter().cycle().take(count).cloned().collect();
    *items = again;
}

#[test]
fn a_page_is_bounded_whatever_there_is_to_say() {
    let mut analysis = with_text(&"\"'<&\u{202e}".repeat(2_000));
    for path in [
        "/timeline",
        "/patterns",
        "/suspects",
        "/deployments",
        "/stopped_tasks",
        "/target_health",
        "/gaps",
        "/evidence",
        "/verdict/reasons",
        "/verdict/against",
        "/verdict/advice",
    ] {
        many(&mut analysis, path, 2_000);
    }
    many(&mut analysis, "/metrics", 40);
    let points = (0..3_000).map(|n| {
        let at = jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(n);
        serde_json::json!({ "at": at, "value": if n % 2 == 0 { 1.23e300 } else { -3.0 } })
    });
    let points: Value = points.collect();
    analysis["window"]["from"] = jiff::Timestamp::UNIX_EPOCH.to_string().into();
    analysis["window"]["until"] = "1970-01-01T00:50:00Z".into();
    for metric in analysis["metrics"].as_array_mut().unwrap() {
        metric["series"]["points"] = points.clone();
    }
    let html = page_of(&analysis);
    assert!(html.len() < 1_500_000, "{}", html.len());
    let parsed = Parsed::of(&html);
    assert_eq!(parsed.loose_ends(), Vec::<&str>::new());
    assert!(parsed.words.contains("1900 more in analysis.json"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_the_text_there_is_only_our_own_markup(
        text in "\\PC{0,40}|.{0,40}|[<>&\"'/=! a-z\\r\\n]{0,60}|(<(script|img src=x onerror=alert\\(1\\)|/title|/style|!--|svg onload=1)>|[\"'`]| |--!?>|]]>|&lt;|\u{202e}){0,8}"
    ) {
        let parsed = Parsed::of(&page_of(&with_text(&text)));
        let own = own_markup();
        let foreign: Vec<&String> = parsed.markup.difference(&own).collect();
        prop_assert_eq!(foreign, Vec::<&String>::new());
        prop_assert_eq!(parsed.loose_ends(), Vec::<&str>::new());
    }
}
