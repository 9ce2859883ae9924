//! A page for a browser, made of our own markup and of text.

use super::html::escape;
use super::quoted::visible;
use super::{Link, is_plain_https};
use crate::redaction::Redactor;

/// More of a text than this helps nobody who looks at a page of them.
const MOST_CHARACTERS: usize = 1_000;

/// No place on a page and no measure is beyond; what is cannot be drawn anyway.
const LARGEST: f64 = 1e9;

/// An HTML document in the making. Nothing becomes markup in it but what is written in the source.
///
/// ```compile_fail
/// let markup = String::from("<img src=x onerror=alert(1)>");
/// shared::outbound::Page::default().own(&markup);
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Page {
    html: String,
    /// How many bytes of text may still be added.
    room: usize,
}

impl Default for Page {
    fn default() -> Self {
        Self::with_room(usize::MAX)
    }
}

impl Page {
    /// A page that takes about `bytes` of somebody else's text, escaped; after that each further one is an ellipsis.
    pub fn with_room(bytes: usize) -> Self {
        Self {
            html: String::new(),
            room: bytes,
        }
    }

    /// Adds markup of our own.
    pub fn own(&mut self, markup: &'static str) -> &mut Self {
        self.html.push_str(markup);
        self
    }

    /// Adds text on one line: redacted, escaped for content and quoted attributes, with every hidden character in sight as `·`.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.text_within(text, MOST_CHARACTERS)
    }

    /// The same, cut after fewer characters.
    pub fn text_within(&mut self, text: &str, most: usize) -> &mut Self {
        if self.room == 0 && !text.is_empty() {
            return self.own("…");
        }
        let head = text.floor_char_boundary(8 * MOST_CHARACTERS);
        let head = text.get(..head).unwrap_or_default();
        let redacted = Redactor::new().redact(head).text;
        let shown = escape(&visible(&redacted, most.min(MOST_CHARACTERS)));
        self.room = self.room.saturating_sub(shown.len());
        self.html.push_str(&shown);
        self
    }

    /// Adds a number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.html.push_str(&number.to_string());
        self
    }

    /// Adds a number with at most one decimal, as places in a drawing are; `0` for what is no number.
    pub fn decimal(&mut self, number: f64) -> &mut Self {
        let number = if number.is_finite() { number } else { 0.0 };
        let tenths = (number.clamp(-LARGEST, LARGEST) * 10.0).round() / 10.0;
        // Adding nothing turns -0 into 0.
        self.html.push_str(&(tenths + 0.0).to_string());
        self
    }

    /// Adds a link that sends no referrer; only its label unless its address is plain `https`.
    pub fn link(&mut self, link: &Link) -> &mut Self {
        if !is_plain_https(&link.url) {
            return self.text(link.label);
        }
        self.own("<a rel=\"noreferrer\" href=\"");
        self.html.push_str(&escape(&link.url));
        self.own("\">");
        self.text(link.label);
        self.own("</a>")
    }

    /// The document.
    pub fn as_str(&self) -> &str {
        &self.html
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_a_drawing_is_short_and_always_a_number() {
        for (number, expected) in [
            (0.0, "0"),
            (-0.04, "0"),
            (12.34, "12.3"),
            (-12.36, "-12.4"),
            (1e300, "1000000000"),
            (f64::NAN, "0"),
            (f64::NEG_INFINITY, "0"),
        ] {
            assert_eq!(Page::default().decimal(number).as_str(), expected);
        }
    }

    #[test]
    fn a_page_with_no_room_left_takes_no_more_text() {
        let mut page = Page::with_room(5);
        page.text("\"").text("").text("x").text("y").own("<b>");
        page.text("z").text("");
        assert_eq!(page.as_str(), "&quot;……<b>…");
    }

    #[test]
    fn a_short_text_is_cut_short() {
        let mut page = Page::default();
        page.text_within("größer", 3).text_within("größer", 6);
        assert_eq!(page.as_str(), "grö…größer");
    }
}
