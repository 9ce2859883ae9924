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

/// Documentation of languages and standards, where prose may lead.
const REFERENCES: [&str; 14] = [
    "docs.rs",
    "doc.rust-lang.org",
    "docs.python.org",
    "peps.python.org",
    "developer.mozilla.org",
    "go.dev",
    "pkg.go.dev",
    "nodejs.org",
    "www.typescriptlang.org",
    "docs.oracle.com",
    "learn.microsoft.com",
    "ruby-doc.org",
    "www.php.net",
    "www.rfc-editor.org",
];

/// Whether the change leads elsewhere, or to a known host without encryption.
pub(super) fn fault(change: &Change<'_>) -> Option<&'static str> {
    let known = hosts(change.before);
    let in_plain = plain(change.before);
    let is_prose = change.file.kind.family == Family::Prose;
    let may =
        |host: &String| known.contains(host) || (is_prose && REFERENCES.contains(&host.as_str()));
    let added = || {
        let edits = change.hunks.iter().flatten();
        edits.filter(|edit| edit.side == Side::New)
    };
    if added().any(|edit| !hosts(edit.text).iter().all(may)) {
        return Some("leads to a host that it did not name before");
    }
    let is_bared = |host: &String| known.contains(host) && !in_plain.contains(host);
    added()
        .any(|edit| plain(edit.text).iter().any(is_bared))
        .then_some("leads to a host without encryption, which it did not before")
}

/// The hosts that are led to without encryption.
fn plain(text: &str) -> BTreeSet<String> {
    let is_plain = |address: &&str| {
        let scheme = address.split_once("//").map_or("", |(scheme, _)| scheme);
        matches!(scheme.to_lowercase().as_str(), "http:" | "ws:" | "ftp:")
    };
    addresses(text).filter(is_plain).filter_map(host).collect()
}

fn hosts(text: &str) -> BTreeSet<String> {
    addresses(text).filter_map(host).collect()
}

fn addresses(text: &str) -> impl Iterator<Item = &str> {
    let regex = ADDRESS.as_ref();
    let found = regex.map(|regex| regex.find_iter(text.as_bytes()));
    let found = found.into_iter().flatten();
    found.filter_map(|found| std::str::from_utf8(found.as_bytes()).ok())
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
