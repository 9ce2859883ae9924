//! Texts for GitHub, in its Markdown.

mod fence;

use serde::Serialize;

use super::prose::{phrase, quotation, value};
use super::{ExcerptLine, Gated, Site};

/// GitHub refuses longer bodies: 65,536 characters ("body is too long"); counted in bytes, so that nobody counts more.
const MOST_BYTES: usize = 65_536;

/// Kept free for the markers and the note that the text was cut.
const RESERVE: usize = 1_024;

/// A paragraph that somebody else wrote is cut after this: a screen of text.
const MOST_PROSE: usize = 4_096;

/// A value in a line of ours is cut after this.
const MOST_VALUE: usize = 300;

/// A marker is a fingerprint and a commit.
const MOST_MARKER: usize = 200;

const CUT: &str = "*This text was too long for GitHub and is cut here.*";

/// The body of an issue, a pull request or a comment: at most 65,536 bytes, made from a [`MarkdownDraft`] and in no other way.
///
/// ```compile_fail
/// let body: shared::outbound::Markdown = String::from("fixes #1").into();
/// ```
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Markdown(String);

impl Gated for Markdown {}

/// A body as data, part by part. Any text in it that is not `'static` may be hostile; the gate deals with that.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MarkdownDraft {
    site: Site,
    parts: Vec<Part>,
}

/// One part of a body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Part {
    /// A heading in our own words.
    Heading(&'static str),
    /// A paragraph in our own words: Markdown.
    Own(&'static str),
    /// A paragraph of our own words and others'; one that begins with others' is shown as a quotation.
    Sentence(Vec<Span>),
    /// Paragraphs that somebody else wrote: a quotation, shown as text, never as Markdown.
    Prose(String),
    /// A labelled value.
    Fact(&'static str, String),
    /// An item of a list.
    Item(Vec<Span>),
    /// Numbered lines of a log, word for word.
    Excerpt(Vec<ExcerptLine>),
    /// Lines shown word for word, in a block of code of this language, one of our own words.
    Code(&'static str, String),
    /// The same behind a summary in our own words that opens it.
    Folded(&'static str, &'static str, String),
    /// A link to the draft's [`Site`]; one to anywhere else is left out.
    Link(&'static str, String),
    /// A hidden comment by which our own are found again: `<!-- lambda-medic:… -->`. Left out unless it is 1 to 200 letters and
    /// digits, and single hyphens.
    Marker(String),
}

/// A piece of a [`Part::Sentence`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Span {
    /// Our own words: Markdown.
    Own(&'static str),
    /// Somebody else's sentence.
    Said(String),
    /// Somebody else's name for something, or another value: as code in one piece unless it is plain words.
    Value(String),
}

impl MarkdownDraft {
    /// An empty one for a GitHub whose pages it may link to, beside those of `github.com`.
    pub fn for_site(site: &Site) -> Self {
        Self {
            site: site.clone(),
            parts: Vec::new(),
        }
    }

    /// The same with one more part.
    #[must_use]
    pub fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// The same with more parts.
    #[must_use]
    pub fn with_all(mut self, parts: impl IntoIterator<Item = Part>) -> Self {
        self.parts.extend(parts);
        self
    }

    /// The parts.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }
}

impl From<&MarkdownDraft> for Markdown {
    fn from(draft: &MarkdownDraft) -> Self {
        let (markers, parts): (Vec<&Part>, Vec<&Part>) = draft
            .parts
            .iter()
            .partition(|part| matches!(part, Part::Marker(_)));
        let mut body = String::new();
        let mut before = None;
        for part in parts {
            let room = (MOST_BYTES - RESERVE).saturating_sub(body.len() + 2);
            let text = written(part, &draft.site, room);
            if text.is_empty() {
                continue;
            }
            if text.len() > room {
                body.push_str("\n\n");
                body.push_str(CUT);
                break;
            }
            body.push_str(between(before, part));
            body.push_str(&text);
            before = Some(part);
        }
        for marker in markers {
            let text = written(marker, &draft.site, MOST_MARKER);
            if !text.is_empty() && body.len() + text.len() + 2 <= MOST_BYTES {
                body.push_str("\n\n");
                body.push_str(&text);
            }
        }
        Self(body.trim_start().to_owned())
    }
}

impl Markdown {
    /// The Markdown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Items of one list stand line by line, everything else apart.
fn between(before: Option<&Part>, part: &Part) -> &'static str {
    let is_item = |part: &Part| matches!(part, Part::Fact(..) | Part::Item(_) | Part::Link(..));
    match before {
        None => "",
        Some(before) if is_item(before) && is_item(part) => "\n",
        Some(_) => "\n\n",
    }
}

fn written(part: &Part, site: &Site, room: usize) -> String {
    match part {
        Part::Heading(text) => format!("### {text}"),
        Part::Own(text) => (*text).to_owned(),
        Part::Sentence(spans) => sentence(spans),
        Part::Prose(text) => quotation(text, MOST_PROSE),
        Part::Fact(label, text) => format!("- **{label}:** {}", value(text, MOST_VALUE)),
        Part::Item(spans) => format!("- {}", joined(spans)),
        Part::Excerpt(lines) => fence::excerpt(lines, room),
        Part::Code(language, text) => fence::code(language, text, room),
        Part::Folded(summary, language, text) => {
            let code = fence::code(language, text, room.saturating_sub(summary.len() + 64));
            format!("<details><summary>{summary}</summary>\n\n{code}\n\n</details>")
        }
        Part::Link(label, url) => site
            .link(url)
            .map_or_else(String::new, |url| format!("- [{label}]({url})")),
        Part::Marker(text) => marker(text),
    }
}

/// Two hyphens would end the comment.
fn marker(text: &str) -> String {
    let is_marker = (1..=MOST_MARKER).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !text.contains("--");
    if is_marker {
        format!("<!-- lambda-medic:{text} -->")
    } else {
        String::new()
    }
}

fn sentence(spans: &[Span]) -> String {
    let sentence = joined(spans);
    match spans.first() {
        Some(Span::Own(own)) if !own.trim().is_empty() => sentence,
        _ => format!("> {}", sentence.trim_start()),
    }
}

fn joined(spans: &[Span]) -> String {
    let text = |span: &Span| match span {
        Span::Own(text) => (*text).to_owned(),
        Span::Said(text) => phrase(text, MOST_PROSE),
        Span::Value(text) => value(text, MOST_VALUE),
    };
    spans.iter().map(text).collect()
}

#[cfg(test)]
mod tests;
