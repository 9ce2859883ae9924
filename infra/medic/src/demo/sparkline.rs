//! The success of requests over time, as a line of blocks.

use jiff::{SignedDuration, Timestamp};

use crate::traffic::Answered;

/// From nothing succeeds to everything does.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A cell without requests.
const NOTHING: char = '·';

/// How many requests were answered, and how many of them as the user wanted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Success {
    /// Those that succeeded.
    pub(super) succeeded: usize,
    /// All of them.
    pub(super) all: usize,
}

impl Success {
    /// Of the requests that were sent from `from` on and before `until`.
    pub(super) fn between(answers: &[Answered], from: Timestamp, until: Timestamp) -> Self {
        let within = answers
            .iter()
            .filter(|answer| (from..until).contains(&answer.at));
        within.fold(Self::default(), |counted, answer| Self {
            succeeded: counted.succeeded + usize::from(answer.succeeded()),
            all: counted.all + 1,
        })
    }

    /// In whole percent; `None` without requests.
    pub(super) fn percent(self) -> Option<usize> {
        (100 * self.succeeded).checked_div(self.all)
    }

    /// The full block only if everything succeeded.
    fn block(self) -> char {
        let highest = BLOCKS.len() - 1;
        let height = (highest * self.succeeded).checked_div(self.all);
        let block = height.and_then(|height| BLOCKS.get(height));
        block.copied().unwrap_or(NOTHING)
    }
}

/// One block for each whole `cell` of time between `from` and `until`.
pub(super) fn sparkline(
    answers: &[Answered],
    from: Timestamp,
    until: Timestamp,
    cell: SignedDuration,
) -> String {
    let begins = (0..).map_while(|number| from.checked_add(cell * number).ok());
    begins
        .map_while(|begin| Some((begin, begin.checked_add(cell).ok()?)))
        .take_while(|(_, end)| *end <= until)
        .map(|(begin, end)| Success::between(answers, begin, end).block())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn answers(succeeded: &[(i64, bool)]) -> Vec<Answered> {
        let answer = |(at, succeeded): &(i64, bool)| Answered {
            at: time(*at),
            status: Some(if *succeeded { 200 } else { 500 }),
        };
        succeeded.iter().map(answer).collect()
    }

    #[test]
    fn each_cell_is_as_high_as_its_success() {
        let answers = answers(&[
            (0, true),
            (4, true),
            (5, true),
            (6, false),
            (15, false),
            (20, true),
            (21, true),
            (22, true),
            (23, false),
        ]);
        let cell = SignedDuration::from_secs(5);
        assert_eq!(sparkline(&answers, time(0), time(25), cell), "█▄·▁▆");
        assert_eq!(sparkline(&answers, time(0), time(9), cell), "█");
    }

    #[test]
    fn success_is_a_share_of_what_was_sent_in_that_time() {
        let answers = answers(&[(0, false), (5, true), (6, true), (7, false), (10, false)]);
        let success = Success::between(&answers, time(5), time(10));
        let expected = Success {
            succeeded: 2,
            all: 3,
        };
        assert_eq!((success, success.percent()), (expected, Some(66)));
        assert_eq!(Success::default().percent(), None);
    }
}
