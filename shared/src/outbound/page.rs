//! A page for a browser, made of our own markup and of text.

use super::html::escape;
use super::quoted::visible;
use super::{Link, is_plain_https};
use crate::redaction::Redactor;

/// More of a text than this helps nobody who looks at a page of them.
const MOST_CHARACTERS: usize = 1_000;

/// An HTML document in the making. Nothing becomes markup in it but what is written in the source.
///
/// ```compile_fail
/// let markup = String::from("<img src=x onerror=alert(1)>");
/// shared::outbound::Page::default().own(&markup);
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Page(String);

impl Page {
    /// Adds markup of our own.
    pub fn own(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds text on one line: redacted, escaped for content and quoted attributes, with every hidden character in sight as `·`.
    pub fn text(&mut self, text: &str) -> &mut Self {
        let head = text.floor_char_boundary(8 * MOST_CHARACTERS);
        let head = text.get(..head).unwrap_or_default();
        let redacted = Redactor::new().redact(head).text;
        self.0
            .push_str(&escape(&visible(&redacted, MOST_CHARACTERS)));
        self
    }

    /// Adds a number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.0.push_str(&number.to_string());
        self
    }

    /// Adds a link that sends no referrer; only its label unless its address is plain `https`.
    pub fn link(&mut self, link: &Link) -> &mut Self {
        if !is_plain_https(&link.url) {
            return self.text(link.label);
        }
        self.0.push_str("<a rel=\"noreferrer\" href=\"");
        self.0.push_str(&escape(&link.url));
        self.0.push_str("\">");
        self.text(link.label);
        self.own("</a>")
    }

    /// The document.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
