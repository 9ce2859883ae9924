//! An analysis for people: on a terminal, and as one file for a browser. Pure: the same analysis gives the same text.
//!
//! Whatever a log says, it neither moves the cursor, turns the direction of the text nor becomes markup.

mod html;
mod terminal;
mod visible;
mod wrap;

use crate::analysis::{Analysis, Category, Range};
use crate::evidence::Quote;

pub use self::html::{Beside, Opinion, html, page};
pub use self::terminal::{Look, terminal};
pub use self::wrap::words;

/// What is shown. All of it is already redacted.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// What the log is called.
    pub name: &'a str,
    pub analysis: &'a Analysis,
    /// The lines of the excerpt, in any order.
    pub quotes: &'a [Quote],
    /// What a person may do, from the [`Verdict`](crate::rules::Verdict).
    pub advice: Option<&'a str>,
}

/// Empty lines are not quoted; more of them in a row than this are a gap.
const MOST_BLANK: u64 = 3;

/// A row of the excerpt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Row<'a> {
    Line {
        number: u64,
        text: &'a str,
        is_decisive: bool,
    },
    /// So many lines are not shown.
    Gap(u64),
}

impl<'a> Shown<'a> {
    /// The quoted lines in the order of the log, each once, with the gaps between them.
    pub(crate) fn rows(&self) -> Vec<Row<'a>> {
        let mut quotes: Vec<&Quote> = self.quotes.iter().collect();
        quotes.sort_by_key(|quote| quote.number);
        quotes.dedup_by_key(|quote| quote.number);
        let mut rows = Vec::with_capacity(quotes.len());
        let mut last: Option<u64> = None;
        for quote in quotes {
            let number = quote.number;
            let missing = last.map_or(0, |last| number.saturating_sub(last).saturating_sub(1));
            match last {
                Some(last) if missing <= MOST_BLANK && self.shows(last, number) => {
                    rows.extend((last + 1..number).map(|number| self.line(number, "")));
                }
                _ if missing > 0 => rows.push(Row::Gap(missing)),
                _ => {}
            }
            rows.push(self.line(number, &quote.text));
            last = Some(number);
        }
        rows
    }

    fn line<'t>(&self, number: u64, text: &'t str) -> Row<'t> {
        let decisive = self.analysis.decisive;
        Row::Line {
            number,
            text,
            is_decisive: decisive.is_some_and(|range| holds(range, number)),
        }
    }

    /// Whether one range of the excerpt holds both lines: what is not quoted between them is blank.
    fn shows(&self, first: u64, last: u64) -> bool {
        let mut ranges = self.analysis.excerpt.iter().chain(&self.analysis.decisive);
        ranges.any(|range| holds(*range, first) && holds(*range, last))
    }

    /// The facts at the end, each a few words.
    fn facts(&self) -> Vec<String> {
        let analysis = self.analysis;
        let mut facts = Vec::new();
        if let Some(range) = analysis.decisive {
            let lines = match (range.start, range.end) {
                (start, end) if start == end => format!("line {start}"),
                (start, end) => format!("lines {start}-{end}"),
            };
            facts.push(format!("{lines} of {}", analysis.total_lines));
        } else {
            facts.push(format!("{} lines", analysis.total_lines));
        }
        if let Some(rule) = &analysis.rule {
            facts.push(format!("rule {rule}"));
        }
        facts.push(format!("fingerprint {}", analysis.fingerprint));
        match analysis.redactions {
            0 => {}
            1 => facts.push("1 secret taken out".to_owned()),
            secrets => facts.push(format!("{secrets} secrets taken out")),
        }
        if analysis.truncated {
            facts.push("parts of the log were not read".to_owned());
        }
        facts
    }

    /// The failed steps, each with its number and how it ended.
    fn steps(&self) -> Vec<(&'a str, String)> {
        let steps = self.analysis.failed_steps.iter().map(|step| {
            let end = step.exit_code.map(|code| format!(", exit code {code}"));
            let end = end.unwrap_or_default();
            (step.name.as_str(), format!("step {}{end}", step.number))
        });
        steps.collect()
    }
}

fn holds(range: Range, number: u64) -> bool {
    (range.start..=range.end).contains(&number)
}

/// The kind of failure, as a heading.
pub(crate) fn category_words(category: Category) -> &'static str {
    match category {
        Category::Code => "Error in the code",
        Category::Test => "Failed test",
        Category::Dependency => "Dependency problem",
        Category::Lint => "Style or lint",
        Category::Infrastructure => "Infrastructure failure",
        Category::Flaky => "Flaky",
        Category::Timeout => "Time limit",
        Category::Resource => "Out of resources",
        Category::Configuration => "Configuration problem",
        Category::Permission => "Missing permission",
        Category::Unknown => "Unknown kind of failure",
    }
}

/// How sure the verdict is, in words that people read the same way: the bounds are those at which it was right so often.
pub(crate) fn confidence_words(confidence: f64) -> &'static str {
    match confidence {
        c if c >= 0.9 => "almost certain",
        c if c >= 0.75 => "likely",
        c if c >= 0.5 => "probable",
        c if c > 0.0 => "possible",
        _ => "no rule knows it",
    }
}

#[cfg(test)]
mod tests;
