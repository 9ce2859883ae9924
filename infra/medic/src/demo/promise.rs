use std::fmt::Write as _;

/// Something that this version promises, and how it turned out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Promise {
    text: &'static str,
    outcome: Result<String, String>,
}

impl Promise {
    /// A promise with what was seen of it, or with why it counts as broken.
    pub fn new(text: &'static str, outcome: anyhow::Result<String>) -> Self {
        let outcome = outcome.map_err(|error| format!("{error:#}"));
        Self { text, outcome }
    }

    /// Whether it was kept.
    pub fn is_kept(&self) -> bool {
        self.outcome.is_ok()
    }
}

/// The promises as a table: kept or broken, what was promised, what was seen.
pub fn table(promises: &[Promise]) -> String {
    let width = promises.iter().map(|promise| promise.text.len()).max();
    let width = width.unwrap_or_default();
    let mut table = String::new();
    for Promise { text, outcome } in promises {
        let (verdict, seen) = match outcome {
            Ok(seen) => ("kept", seen),
            Err(why) => ("BROKEN", why),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(table, "  {verdict:<6}  {text:<width$}  {seen}");
    }
    table
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn the_table_tells_kept_promises_from_broken_ones() {
        let promises = [
            Promise::new(
                "a mail tells of the alarm",
                Ok("to oncall@example.com".to_owned()),
            ),
            Promise::new(
                "one new deployment",
                Err(anyhow!("2 seen").context("too many")),
            ),
        ];
        let expected = [
            "  kept    a mail tells of the alarm  to oncall@example.com\n",
            "  BROKEN  one new deployment         too many: 2 seen\n",
        ];
        assert_eq!(table(&promises), expected.concat());
        assert_eq!(promises.map(|promise| promise.is_kept()), [true, false]);
    }
}
