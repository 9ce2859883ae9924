//! Whether a quotation is one.

use shared::outbound::is_harmless;

use crate::evidence::Quote;

/// A part of a line that is shorter than this stands in every other line too.
const LEAST_PART: usize = 12;

/// Nobody quotes more lines than this to make a point.
const MOST_LINES: usize = 20;

/// The line of the excerpt that `quotation` is, or is a part of; white space does not count.
///
/// Of a quotation of several lines each must be there, and it is the first. `None` for what is too short to be about one line.
pub(super) fn line<'a>(quotation: &str, quotes: &'a [Quote]) -> Option<&'a Quote> {
    let lines: Vec<String> = quotation
        .lines()
        .map(words)
        .filter(|line| !line.is_empty())
        .take(MOST_LINES + 1)
        .collect();
    if lines.len() > MOST_LINES {
        return None;
    }
    let shown: Vec<(String, &Quote)> = quotes.iter().map(|q| (words(&q.text), q)).collect();
    let mut found = lines.iter().map(|line| one(line, &shown));
    let first = found.next()??;
    found.all(|quote| quote.is_some()).then_some(first)
}

fn one<'a>(line: &str, shown: &[(String, &'a Quote)]) -> Option<&'a Quote> {
    find(line, shown).or_else(|| find(unnumbered(line)?, shown))
}

/// Whole lines come first: a part of one may be the whole of another.
fn find<'a>(line: &str, shown: &[(String, &'a Quote)]) -> Option<&'a Quote> {
    // Punctuation alone, such as `}` or `----`, says nothing, however much of it there is.
    if !line.chars().any(char::is_alphanumeric) {
        return None;
    }
    let whole = shown.iter().find(|(text, _)| text == line);
    let part = || {
        let is_long = line.chars().count() >= LEAST_PART;
        is_long.then(|| shown.iter().find(|(text, _)| text.contains(line)))?
    };
    whole.or_else(part).map(|(_, quote)| *quote)
}

/// The prompt shows a line behind its number, and some models quote that too.
fn unnumbered(line: &str) -> Option<&str> {
    let (number, text) = line.split_once('|')?;
    let number = number.trim();
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.trim())
}

/// The words of a text with one space between them, without what nobody sees, which the prompt had taken out, and without the backslashes
/// that it puts into what a chat template would take for its own.
fn words(text: &str) -> String {
    let is_seen = |c: &char| c.is_whitespace() || (is_harmless(*c) && *c != '\\');
    let seen: String = text.chars().filter(is_seen).collect();
    let words: Vec<&str> = seen.split_whitespace().collect();
    words.join(" ")
}
