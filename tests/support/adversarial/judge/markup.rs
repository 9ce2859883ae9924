//! Links, images and tags, as a reader's program would have them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::Trial;
use crate::adversarial::recorded::{Body, Form};
use crate::adversarial::render::{self, Rendered, Tag, leads_astray};

/// Addresses that programs make links of in plain text.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:^|[^\w.-])(www\.\w[^\s<>"]*|(?:https?|ftp|file|ssh)://[^\s<>"]+|mailto:[^\s<>"]+)"#).unwrap()
});
/// A comment by which our own texts are found again.
static MARKER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*<!-- [A-Za-z0-9:=. /-]{1,200} -->\s*$").unwrap());
/// Folded text, in our own words.
static FOLD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\s*</?(?:details|summary)>(?:[A-Za-z0-9 .,]*))+\s*$").unwrap()
});

/// What loads or runs something wherever it stands.
const ACTIVE: [&str; 13] = [
    "script", "iframe", "frame", "object", "embed", "applet", "form", "input", "button", "base",
    "img", "audio", "video",
];
/// The tags of our own documents, without attributes.
const OWN: [&str; 47] = [
    "html", "head", "meta", "title", "style", "body", "main", "header", "footer", "section",
    "article", "nav", "aside", "h1", "h2", "h3", "h4", "p", "div", "span", "table", "thead",
    "tbody", "tr", "td", "th", "caption", "ul", "ol", "li", "dl", "dt", "dd", "a", "b", "em", "i",
    "strong", "small", "code", "pre", "br", "hr", "details", "summary", "time", "figure",
];

/// Nothing that people read leads, or sends data, to a host that is not allowed.
pub(super) fn no_active_link(trial: &Trial<'_>) -> Vec<String> {
    let forms = [
        Form::Markdown,
        Form::Title,
        Form::Html,
        Form::Text,
        Form::Subject,
    ];
    let of = |body: &Body| {
        let strays = match body.form {
            Form::Markdown => render::markdown(&body.text).strays(),
            // A browser makes no links of text, but mail programs do.
            Form::Html if body.place.starts_with("s3://") => render::html(&body.text).strays(),
            Form::Html => {
                let page = render::html(&body.text);
                [page.strays(), plain_addresses(&page.all_text)].concat()
            }
            _ => plain_addresses(&body.text),
        };
        let strays = strays.into_iter();
        strays
            .map(|stray| format!("{}: {stray}", body.place))
            .collect::<Vec<_>>()
    };
    trial.seen.bodies_as(&forms).iter().flat_map(of).collect()
}

fn plain_addresses(text: &str) -> Vec<String> {
    let addresses = ADDRESS
        .captures_iter(text)
        .filter_map(|captures| captures.get(1));
    let addresses = addresses.map(|address| address.as_str());
    let is_stray = |address: &&str| {
        address.to_lowercase().starts_with("www.")
            || leads_astray(address.trim_end_matches(['.', ',', ')']))
    };
    addresses.filter(is_stray).map(str::to_owned).collect()
}

/// Nothing that left has a tag that the input brought.
pub(super) fn no_raw_html(trial: &Trial<'_>) -> Vec<String> {
    let theirs = theirs(&trial.text());
    let of = |body: &Body| {
        let found = match body.form {
            Form::Html => foreign_tags(&render::html(&body.text), &theirs),
            Form::Markdown => foreign_html(&body.text, &trial.text()),
            _ => Vec::new(),
        };
        found
            .into_iter()
            .map(|tag| format!("{}: {tag}", body.place))
            .collect::<Vec<_>>()
    };
    trial
        .seen
        .bodies_as(&[Form::Markdown, Form::Html])
        .iter()
        .flat_map(of)
        .collect()
}

/// The tags of an input, also where they stand in JSON or are escaped once.
fn theirs(input: &str) -> Vec<Tag> {
    let unescaped = input.replace("\\\"", "\"").replace("\\n", "\n");
    let mut tags = render::html(input).tags;
    tags.extend(render::html(&unescaped).tags);
    tags
}

/// Tags of a document that do something, or are the input's.
pub(super) fn foreign_tags(document: &Rendered, theirs: &[Tag]) -> Vec<String> {
    let own: BTreeSet<&str> = OWN.into_iter().collect();
    let does_something = |tag: &Tag| {
        ACTIVE.contains(&tag.name.as_str())
            || tag.attributes.keys().any(|name| name.starts_with("on"))
            || tag
                .attributes
                .get("http-equiv")
                .is_some_and(|does| does != "Content-Security-Policy" || theirs.contains(tag))
    };
    let is_theirs = |tag: &Tag| {
        let is_own = own.contains(tag.name.as_str()) && tag.attributes.is_empty();
        !is_own && theirs.contains(tag)
    };
    let foreign = document
        .tags
        .iter()
        .filter(|tag| does_something(tag) || is_theirs(tag));
    foreign
        .map(|tag| format!("<{} {:?}>", tag.name, tag.attributes))
        .collect()
}

/// HTML in Markdown that is not our own. A marker that the input brought is not: by it, somebody could pass for us.
fn foreign_html(markdown: &str, input: &str) -> Vec<String> {
    let is_marker = |html: &str| MARKER.is_match(html) && !input.contains(html.trim());
    // Our own footer is in small print.
    let is_small =
        |html: &str| matches!(html, "<sub>" | "</sub>") && !input.to_lowercase().contains("<sub");
    let is_own = |html: &String| is_marker(html) || FOLD.is_match(html) || is_small(html);
    let foreign = render::html_in(markdown).into_iter();
    foreign.filter(|html| !is_own(html)).collect()
}

/// The tags in the input.
pub(super) fn tags_of(input: &str) -> Vec<Tag> {
    theirs(input)
}
