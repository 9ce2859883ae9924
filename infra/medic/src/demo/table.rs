//! The promises as a table.

use std::fmt::Write as _;

use super::promise::{Outcome, Row};
use crate::timeline::{LATENCY_SECONDS, Timeline};

/// What is seen of a promise is cut to this, so that a row stays a line.
const MOST_SEEN: usize = 90;

/// The rows with their head, and below them what counts as in time. `promised` says what the first column is.
pub(super) fn table(rows: &[Row], promised: &str, timeline: &Timeline) -> String {
    let mut table = rows_table(rows, promised);
    let tolerance = timeline.tolerance().as_secs();
    // Writing to a String cannot fail.
    let _ = write!(
        table,
        "\n  Times are minutes and seconds of the scenario since the first bad period began, from the services' own timestamps. A promise\n  \
         counts as kept up to {LATENCY_SECONDS} s of the wall clock later, which are {tolerance} s here: that much is this machine's own latency."
    );
    table
}

/// The rows with their head.
pub(super) fn rows_table(rows: &[Row], promised: &str) -> String {
    let width = rows.iter().map(|row| row.text.chars().count()).max();
    let width = width.unwrap_or_default();
    let mut table = format!(
        "         {promised:>5}    here  {:<width$}  seen\n",
        "promise"
    );
    for row in rows {
        let (verdict, at, seen) = match &row.outcome {
            Outcome::Kept { at, what } => ("kept", at.as_str(), what.as_str()),
            Outcome::Broken { at, why } => ("BROKEN", at.as_str(), why.as_str()),
        };
        let (promised, text, seen) = (&row.promised, row.text, cut(seen));
        // Writing to a String cannot fail.
        let _ = writeln!(
            table,
            "  {verdict:<6} {promised:>5}  {at:>6}  {text:<width$}  {seen}"
        );
    }
    table
}

fn cut(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= MOST_SEEN {
        return line.to_owned();
    }
    let kept: String = line.chars().take(MOST_SEEN - 1).collect();
    kept + "…"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::promise::of_recovery;
    use crate::demo::promise::tests::{as_promised, timeline};

    #[test]
    fn the_table_of_an_incident() {
        let mut seen = as_promised();
        seen.mails.truncate(4);
        seen.state_changes[0].reason = "Threshold Crossed: ".repeat(10);
        let rows = of_recovery(&seen, &timeline());
        insta::assert_snapshot!(table(&rows, "seed", &timeline()));
    }
}
