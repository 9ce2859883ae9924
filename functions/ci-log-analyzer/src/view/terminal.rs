//! The view for a terminal.

use std::fmt::Write as _;

use super::visible::visible;
use super::{Row, Shown, category_words, confidence_words, wrap};

/// How the terminal is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Look {
    pub has_colours: bool,
    /// Columns; fewer than 40 are taken for 40.
    pub width: usize,
}

impl Default for Look {
    /// A plain text of 80 columns, as for a pipe.
    fn default() -> Self {
        Self {
            has_colours: false,
            width: 80,
        }
    }
}

/// A decisive line takes so many rows at most; other lines take one.
const MOST_ROWS: usize = 3;

/// Columns between the left edge and prose.
const INDENT: usize = 2;

/// ECMA-48 "select graphic rendition".
#[derive(Clone, Copy)]
enum Style {
    Strong,
    Alarm,
    Mark,
    Faint,
}

impl Style {
    const fn code(self) -> &'static str {
        match self {
            Self::Strong => "\u{1b}[1m",
            Self::Alarm => "\u{1b}[1;31m",
            Self::Mark => "\u{1b}[31m",
            Self::Faint => "\u{1b}[2m",
        }
    }
}

impl Look {
    fn paint(self, style: Style, text: &str) -> String {
        if self.has_colours && !text.is_empty() {
            format!("{}{text}\u{1b}[0m", style.code())
        } else {
            text.to_owned()
        }
    }

    fn columns(self) -> usize {
        self.width.max(40)
    }
}

/// The analysis as text: what failed, what it is, the lines, what to do. Ends with a line break.
pub fn terminal(shown: &Shown<'_>, look: Look) -> String {
    let mut page = String::new();
    steps(shown, look, &mut page);
    verdict(shown, look, &mut page);
    excerpt(shown, look, &mut page);
    advice(shown, look, &mut page);
    facts(shown, look, &mut page);
    page
}

fn line(page: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(page, "{}", text.trim_end());
}

fn steps(shown: &Shown<'_>, look: Look, page: &mut String) {
    let name = wrap::cut(&visible(shown.name), look.columns());
    line(page, &look.paint(Style::Faint, &name));
    for (name, end) in shown.steps() {
        let end = format!("  {end}");
        let room = look.columns().saturating_sub(INDENT + end.chars().count());
        let name = wrap::cut(&visible(name), room);
        let (mark, name) = (
            look.paint(Style::Alarm, "✗"),
            look.paint(Style::Strong, &name),
        );
        line(
            page,
            &format!("{mark} {name}{}", look.paint(Style::Faint, &end)),
        );
    }
    page.push('\n');
}

fn verdict(shown: &Shown<'_>, look: Look, page: &mut String) {
    let kind = look.paint(Style::Alarm, category_words(shown.analysis.category));
    let sure = confidence_words(shown.analysis.confidence);
    line(page, &format!("  {kind}, {sure}"));
    for row in wrap::words(&visible(&shown.analysis.cause), look.columns() - INDENT) {
        line(page, &format!("  {row}"));
    }
    page.push('\n');
}

fn excerpt(shown: &Shown<'_>, look: Look, page: &mut String) {
    let rows = shown.rows();
    let Some(Row::Line { number: last, .. }) = rows.last() else {
        return;
    };
    let digits = last.to_string().len().max(4);
    let room = look.columns().saturating_sub(digits + 5);
    for row in rows {
        match row {
            Row::Gap(_) => {
                let gap = format!("  {:>digits$}", "…");
                line(page, &look.paint(Style::Faint, &gap));
            }
            Row::Line {
                number,
                text,
                is_decisive: false,
            } => {
                let text = wrap::cut(&visible(text), room);
                let text = format!("  {number:>digits$} │ {text}");
                line(page, &look.paint(Style::Faint, text.trim_end()));
            }
            Row::Line {
                number,
                text,
                is_decisive: true,
            } => {
                decisive(&visible(text), (number, digits, room), look, page);
            }
        }
    }
    page.push('\n');
}

/// A decisive line, on several rows where it is long.
fn decisive(
    text: &str,
    (number, digits, room): (u64, usize, usize),
    look: Look,
    page: &mut String,
) {
    let mut rows = wrap::pieces(text, room);
    if rows.len() > MOST_ROWS {
        rows.truncate(MOST_ROWS);
        if let Some(row) = rows.last_mut() {
            *row = wrap::cut(&format!("{row}…"), room);
        }
    }
    let mut label = format!("{number:>digits$}");
    for row in rows {
        let bar = look.paint(Style::Alarm, "┃");
        let label_shown = look.paint(Style::Mark, &label);
        line(
            page,
            &format!("  {label_shown} {bar} {}", look.paint(Style::Strong, &row)),
        );
        label = " ".repeat(digits);
    }
}

fn advice(shown: &Shown<'_>, look: Look, page: &mut String) {
    let Some(advice) = shown.advice else {
        return;
    };
    let lead = look.paint(Style::Strong, "→");
    for (index, row) in wrap::words(&visible(advice), look.columns() - 2 * INDENT)
        .iter()
        .enumerate()
    {
        let lead = if index == 0 { lead.as_str() } else { " " };
        line(page, &format!("  {lead} {row}"));
    }
    page.push('\n');
}

/// As many facts on a row as fit; one that is longer than a row is broken.
fn facts(shown: &Shown<'_>, look: Look, page: &mut String) {
    let width = look.columns() - INDENT;
    let mut rows = vec![String::new()];
    for fact in shown.facts() {
        for fact in wrap::words(&visible(&fact), width) {
            match rows.last_mut() {
                Some(row) if row.is_empty() => row.push_str(&fact),
                Some(row) if row.chars().count() + 3 + fact.chars().count() <= width => {
                    row.push_str(" · ");
                    row.push_str(&fact);
                }
                _ => rows.push(fact),
            }
        }
    }
    for row in rows {
        line(page, &format!("  {}", look.paint(Style::Faint, &row)));
    }
}
