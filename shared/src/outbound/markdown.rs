//! Texts for GitHub: a title, and a body in its Markdown.

use serde::Serialize;

use super::{Gated, Quoted};

/// The title of an issue or a pull request: one line, at most 200 characters, that notifies nobody and links nowhere.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Title(String);

impl Title {
    /// `text`, made harmless.
    pub fn new(text: &str) -> Self {
        Self(Quoted::line(text).as_str().to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The body of an issue, a pull request or a comment.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Markdown(String);

impl Gated for Title {}
impl Gated for Markdown {}

/// A body as data, part by part. Any text in it that is not `'static` may be hostile; the gate deals with that.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MarkdownDraft {
    parts: Vec<Part>,
}

/// One part of a body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Part {
    /// A heading in our own words.
    Heading(&'static str),
    /// A paragraph in our own words: Markdown.
    Own(&'static str),
    /// A paragraph that somebody else wrote: shown as text, never as Markdown.
    Prose(String),
    /// A labelled value.
    Fact(&'static str, String),
    /// Lines shown word by word, in a block of code of this language.
    Code(&'static str, String),
    /// A link to an allowed host.
    Link(&'static str, String),
    /// A hidden comment by which our own are found again: letters, digits and `-` only.
    Marker(String),
}

impl MarkdownDraft {
    /// The same with one more part.
    #[must_use]
    pub fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// The parts.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }
}

impl Markdown {
    /// The Markdown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// STUB until the gate for Markdown is merged.
impl From<&MarkdownDraft> for Markdown {
    fn from(draft: &MarkdownDraft) -> Self {
        Self(format!("{:?}", draft.parts))
    }
}
