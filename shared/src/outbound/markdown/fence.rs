//! Lines shown word for word: in a block of code nothing is active but its end.

use crate::outbound::ExcerptLine;
use crate::outbound::clean::clean;
use crate::outbound::excerpt::texts;
use crate::outbound::quoted::beginning;
use crate::outbound::text::commands_a_runner;

/// A longer block is cut: three quarters of what GitHub takes.
const MOST_BYTES: usize = 48 * 1_024;

/// Room for the fence and the note below it.
const RESERVE: usize = 256;

const CUT: &str = "*Cut: there is more of it than fits.*";

/// `text` in a block of code.
pub(super) fn code(language: &'static str, text: &str, room: usize) -> String {
    let most = MOST_BYTES.min(room.saturating_sub(RESERVE));
    let clean = clean(text, most / 2);
    let mut lines: Vec<String> = clean.text.lines().map(guarded).collect();
    if clean.is_cut && lines.len() > 1 {
        // Half a line is worse than none.
        lines.pop();
    }
    fenced(language, &lines, clean.is_cut)
}

/// Numbered lines, the decisive ones marked, gaps shown.
pub(super) fn excerpt(lines: &[ExcerptLine], room: usize) -> String {
    let most = MOST_BYTES.min(room.saturating_sub(RESERVE));
    let digits = lines
        .iter()
        .map(|line| line.number.to_string().len())
        .max()
        .unwrap_or_default();
    let mut rows = Vec::new();
    let (mut used, mut is_cut, mut last) = (0, false, None);
    let texts = texts(lines);
    for (line, text) in lines.iter().zip(texts) {
        if last.is_some_and(|last: u64| last.checked_add(1) != Some(line.number)) {
            rows.push(format!("  {:>digits$} │", "…"));
        }
        last = Some(line.number);
        let mark = if line.is_decisive { '>' } else { ' ' };
        let row = format!("{mark} {:>digits$} │ {text}", line.number)
            .trim_end()
            .to_owned();
        used += row.len() + digits + 8;
        if used > most {
            is_cut = true;
            break;
        }
        rows.push(row);
    }
    fenced("text", &rows, is_cut)
}

fn fenced(language: &str, lines: &[String], is_cut: bool) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let longest = lines
        .iter()
        .map(|line| longest_run(line))
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest.saturating_add(1).max(3));
    let note = if is_cut {
        format!("\n\n{CUT}")
    } else {
        String::new()
    };
    format!("{fence}{language}\n{}\n{fence}{note}", lines.join("\n"))
}

fn longest_run(line: &str) -> usize {
    // A line of nothing but backticks makes a fence as long.
    let runs = line.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or_default()
}

/// Bots read the raw text, blocks of code as well: what starts a line as a command does gets a bar before it. No line of a diff does.
fn guarded(line: &str) -> String {
    let line = beginning(line, MOST_BYTES);
    let rest = line.trim_start_matches(['/', '@', '!']);
    let is_command = rest.len() < line.len() && rest.starts_with(char::is_alphanumeric);
    let is_of_bors = line
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("bors "));
    if is_command || is_of_bors || commands_a_runner(line) {
        format!("| {line}")
    } else {
        line.to_owned()
    }
}
