//! Whether a change leads to a place that its file did not know: a host that is not named in the text before it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::bytes::Regex;
use url::Host;

use super::apply::Change;
use super::diff::Side;
use super::places::Family;

/// Reserved for tests and examples (RFC 2606, RFC 6761, RFC 5737), and names of vocabularies that nobody opens.
const HARMLESS: [&str; 9] = [
    "localhost",
    "example.com",
    "example.org",
    "example.net",
    "www.example.com",
    "api.example.com",
    "www.w3.org",
    "json-schema.org",
    "schemas.microsoft.com",
];

static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let scheme = r#"(?i-u)(?:[a-z][a-z0-9+.-]*:)?(?://|\\\\)[^\s"'`<>()\[\]{},;|]+"#;
    let number = r"(?-u)\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b";
    Regex::new(&format!("{scheme}|{number}")).ok()
});

/// Whether the change leads elsewhere. Prose may: its readers see where a link leads, and images are the exception.
pub(super) fn fault(change: &Change<'_>) -> Option<&'static str> {
    let known = hosts(change.before);
    let is_prose = change.file.kind.family == Family::Prose;
    let leads_away = |text: &str| {
        let loads = text.contains("![")
            || text.contains("image::")
            || text.contains("<img")
            || text.contains("src=");
        (!is_prose || loads) && hosts(text).iter().any(|host| !known.contains(host))
    };
    let mut added = change
        .hunks
        .iter()
        .flatten()
        .filter(|edit| edit.side == Side::New);
    added
        .any(|edit| leads_away(edit.text))
        .then_some("leads to a host that it did not name before")
}

fn hosts(text: &str) -> BTreeSet<String> {
    let Some(regex) = ADDRESS.as_ref() else {
        return BTreeSet::new();
    };
    let found = regex
        .find_iter(text.as_bytes())
        .filter_map(|found| std::str::from_utf8(found.as_bytes()).ok());
    found.filter_map(host).collect()
}

/// The host of an address; what cannot be read as one is its own, unless it is a comment.
fn host(address: &str) -> Option<String> {
    let Some((scheme, rest)) = address
        .split_once("//")
        .or_else(|| address.split_once("\\\\"))
    else {
        return away(address);
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // `//` alone begins a comment in most languages, and ends nothing.
    let is_comment = scheme.is_empty() && !authority.contains('.');
    if is_comment || authority.is_empty() || scheme.eq_ignore_ascii_case("file:") {
        return None;
    }
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    match Host::parse(host) {
        Ok(host) => away(&host.to_string()),
        Err(_) => Some(authority.to_owned()),
    }
}

fn away(host: &str) -> Option<String> {
    let is_reserved =
        HARMLESS.contains(&host) || matches!(host.rsplit('.').next(), Some("localhost" | "test"));
    let is_local =
        host.starts_with("127.") || host.starts_with("192.0.2.") || host.starts_with("0.0.0.0");
    (!is_reserved && !is_local).then(|| host.to_lowercase())
}
