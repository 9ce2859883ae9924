//! Why each part of an excerpt is shown, for whoever wonders.

use std::fmt::Write as _;

use ci_log_analyzer::analyze::Analyzed;

/// One line for each range: its score, and what it is made of.
pub(super) fn explained(analyzed: &Analyzed) -> String {
    let mut text = "Why these lines, the best first:\n".to_owned();
    // Writing to a String cannot fail.
    for why in &analyzed.why {
        let range = match (why.range.start, why.range.end) {
            (start, end) if start == end => format!("line {start}"),
            (start, end) => format!("lines {start}-{end}"),
        };
        if why.parts.is_empty() {
            let _ = writeln!(text, "  {range}: what the failed step said last");
            continue;
        }
        let parts: Vec<String> = why
            .parts
            .iter()
            .map(|part| format!("{} {:+}", part.name, part.points))
            .collect();
        let _ = writeln!(text, "  {range}: {} = {}", why.score, parts.join(", "));
    }
    text
}
