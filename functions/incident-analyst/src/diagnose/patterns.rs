//! Which templates of log lines are new or rose.

use crate::evidence::{Logs, PatternCount};

/// A page and a person take no more.
const MOST_PATTERNS: usize = 20;

/// The miner's list is bounded; this bounds it for whoever calls with another one.
const MOST_LOOKED_AT: usize = 2_000;

/// A line that came once or twice may be anything, unless it tells of an error and was never seen.
const LEAST_LINES: u64 = 3;

/// How much larger a share of the lines it must be. Twice as much happens with every batch job.
const LEAST_RISE: f64 = 3.0;

/// Chance alone gives a larger value to one pattern in a thousand (chi-squared, one degree of freedom).
const LEAST_SURPRISE: f64 = 10.83;

/// A template that is new or rose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rising<'a> {
    pub(super) pattern: &'a PatternCount,
    /// How surprising its counts are: twice the log-likelihood ratio (T. Dunning, "Accurate methods for the statistics of surprise and
    /// coincidence", Computational Linguistics 19, 1993).
    surprise: f64,
    is_before_whole: bool,
    /// How often it came at the same time of the day before, if that is known.
    pub(super) day_before: Option<u64>,
}

impl Rising<'_> {
    /// Whether it was not seen in the hour before.
    pub(super) fn is_unseen(&self) -> bool {
        self.pattern.before == 0
    }

    /// Whether it was not there in the hour before, all of which was read.
    pub(super) fn is_new(&self) -> bool {
        self.is_unseen() && self.is_before_whole
    }
}

/// What is new or rose, errors first, then by how surprising it is; ties by text.
///
/// What is compared is its share of all lines before and since, because the window is not as long as the hour before, and more requests
/// bring more of every line.
pub(super) fn rising(logs: &Logs) -> Vec<Rising<'_>> {
    let patterns = logs
        .patterns
        .get(..MOST_LOOKED_AT)
        .unwrap_or(&logs.patterns);
    let sum =
        |count: fn(&PatternCount) -> u64| patterns.iter().map(count).fold(0, u64::saturating_add);
    let totals = (
        logs.counted.0.max(sum(|pattern| pattern.before)),
        logs.counted.1.max(sum(|pattern| pattern.since)),
    );
    let mut rising: Vec<Rising<'_>> = patterns
        .iter()
        .map(|pattern| Rising {
            pattern,
            surprise: surprise(pattern, totals),
            is_before_whole: !logs.sampled_before.contains(&pattern.example.group),
            day_before: logs
                .day_before
                .as_ref()
                .and_then(|day| day.of(pattern.template)),
        })
        .filter(|rising| is_rising(rising, totals))
        .collect();
    rising.sort_by(|a, b| {
        let errors_first = b.pattern.is_error.cmp(&a.pattern.is_error);
        errors_first
            .then(b.surprise.total_cmp(&a.surprise))
            .then_with(|| a.pattern.text.cmp(&b.pattern.text))
            .then(a.pattern.template.cmp(&b.pattern.template))
    });
    rising.truncate(MOST_PATTERNS);
    rising
}

/// Of a part of the hour before a rare line may be missing by chance: there the numbers have to speak.
fn is_rising(rising: &Rising<'_>, totals: (u64, u64)) -> bool {
    let pattern = rising.pattern;
    if rising.is_new() && pattern.is_error {
        return pattern.since > 0;
    }
    let share = |count: u64, total: u64| float(count) / float(total).max(1.0);
    let rise = share(pattern.since, totals.1) / share(pattern.before, totals.0);
    pattern.since >= LEAST_LINES
        && (pattern.before == 0 || rise >= LEAST_RISE)
        && rising.surprise >= LEAST_SURPRISE
}

fn surprise(pattern: &PatternCount, (before, since): (u64, u64)) -> f64 {
    let both = float(pattern.before) + float(pattern.since);
    let share = both / (float(before) + float(since)).max(1.0);
    let term = |seen: u64, total: u64| {
        let expected = share * float(total);
        if seen == 0 || expected <= 0.0 {
            return 0.0;
        }
        float(seen) * (float(seen) / expected).ln()
    };
    2.0 * (term(pattern.before, before) + term(pattern.since, since))
}

/// Beyond 2^53 lines one more or less does not matter.
#[expect(clippy::cast_precision_loss, reason = "counts of lines")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::diagnose::facts::log_sentence;
    use crate::evidence::{DayBefore, LogEntry};

    fn pattern(text: &str, is_error: bool, before: u64, since: u64) -> PatternCount {
        PatternCount {
            template: 1,
            text: text.to_owned(),
            is_error,
            before,
            since,
            first_at: Timestamp::UNIX_EPOCH,
            last_at: Timestamp::UNIX_EPOCH,
            example: LogEntry {
                event_id: "1".to_owned(),
                group: "/ecs/shop".to_owned(),
                stream: "shop/1".to_owned(),
                at: Timestamp::UNIX_EPOCH,
                message: text.to_owned(),
            },
        }
    }

    fn texts(patterns: Vec<PatternCount>, counted: (u64, u64)) -> Vec<String> {
        let logs = Logs {
            patterns,
            counted,
            ..Logs::default()
        };
        let rising = rising(&logs);
        rising
            .iter()
            .map(|rising| rising.pattern.text.clone())
            .collect()
    }

    #[test]
    fn new_errors_come_first_and_what_only_grew_with_the_requests_does_not_come() {
        let patterns = vec![
            pattern("GET <*> 200", false, 6_000, 3_000),
            pattern("ERROR known, and no more than before", true, 60, 30),
            pattern("ERROR known, and ten times as often", true, 60, 300),
            pattern("ERROR new", true, 0, 200),
            pattern("ERROR new, once", true, 0, 1),
            pattern("a debug line, new", false, 0, 50),
            pattern("a debug line, once", false, 0, 1),
        ];
        assert_eq!(
            texts(patterns, (6_200, 3_600)),
            [
                "ERROR new",
                "ERROR known, and ten times as often",
                "ERROR new, once",
                "a debug line, new",
            ]
        );
    }

    /// An error of one a minute is in none of the seconds that were read of a busy hour.
    #[test]
    fn what_only_a_part_of_the_hour_before_does_not_have_is_not_called_new() {
        let of = |sampled: &[&str]| {
            let logs = Logs {
                patterns: vec![
                    pattern("ERROR one a minute", true, 0, 2),
                    pattern("ERROR often", true, 0, 40),
                ],
                counted: (10_000, 10_000),
                sampled_before: sampled.iter().map(|group| (*group).to_owned()).collect(),
                ..Logs::default()
            };
            let rising = rising(&logs);
            let told = rising
                .iter()
                .map(|rising| (rising.pattern.text.clone(), rising.is_new()));
            told.collect::<Vec<_>>()
        };
        let of_each = |often, rare: Option<bool>| {
            let rare = rare.map(|is_new| ("ERROR one a minute".to_owned(), is_new));
            let often = ("ERROR often".to_owned(), often);
            [Some(often), rare]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
        };
        assert_eq!(of(&["/ecs/other"]), of_each(true, Some(true)));
        assert_eq!(of(&["/ecs/shop"]), of_each(false, None));
    }

    #[test]
    fn counts_beyond_measure_and_none_at_all_are_taken() {
        let huge = vec![
            pattern("ERROR", true, u64::MAX, u64::MAX),
            pattern("x", true, 0, u64::MAX),
        ];
        assert_eq!(texts(huge, (u64::MAX, 0)), ["x"]);
        assert_eq!(
            texts(vec![pattern("ERROR", true, 0, 0)], (0, 0)),
            Vec::<String>::new()
        );
        assert_eq!(texts(Vec::new(), (0, 0)), Vec::<String>::new());
    }

    #[test]
    fn what_the_day_before_had_is_said_where_it_is_known() {
        let of = |counts: &[(u64, u64)], is_whole: bool| {
            let logs = Logs {
                patterns: vec![pattern("ERROR no stock", true, 0, 40)],
                counted: (10_000, 10_000),
                day_before: Some(DayBefore {
                    counts: counts.iter().copied().collect(),
                    is_whole,
                }),
                ..Logs::default()
            };
            rising(&logs).iter().map(log_sentence).collect::<String>()
        };
        let told = [
            of(&[(1, 7)], false),
            of(&[(2, 7)], true),
            of(&[(2, 7)], false),
        ];
        insta::assert_snapshot!(told.join("\n"), @"");
    }
}
