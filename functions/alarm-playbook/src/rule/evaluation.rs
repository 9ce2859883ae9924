//! The state that CloudWatch itself would be in, by its documented rules for missing data.
//!
//! Pure, and no part of the proof: it tells people why CloudWatch's state is not ours. The rules and the tables of the tests
//! are those of the user guide ("Configuring how CloudWatch alarms treat missing data").

use std::fmt;

use serde::{Deserialize, Serialize};

use shared::alarm::State;

/// How an alarm treats missing data.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum MissingData {
    /// It does not consider them; without any data it has too little.
    #[default]
    Missing,
    /// It keeps its state.
    Ignore,
    /// As beyond the threshold.
    Breaching,
    /// As within the threshold.
    NotBreaching,
}

/// One period as an alarm sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Seen {
    /// Beyond the threshold.
    Breach,
    /// Within it.
    Within,
    /// No datapoint.
    Missing,
}

/// The state that an alarm of M of N would be in after these periods, oldest first; `None` if it keeps the one it is in.
///
/// CloudWatch looks at more periods than N if data are missing (how many more is not documented; its examples have two
/// more for three), takes the newest N that have data, and fills in the rest.
pub fn state(treatment: MissingData, (m, n): (usize, usize), periods: &[Seen]) -> Option<State> {
    let real: Vec<Seen> = periods
        .iter()
        .copied()
        .filter(|seen| *seen != Seen::Missing)
        .collect();
    let newest = real.get(real.len().saturating_sub(n)..).unwrap_or_default();
    let missing = n.saturating_sub(newest.len());
    let breaching = newest.iter().filter(|seen| **seen == Seen::Breach).count();
    let filled = match treatment {
        MissingData::Breaching => missing,
        _ => 0,
    };
    if breaching + filled >= m {
        return Some(State::Alarm);
    }
    let is_decided = missing == 0
        || newest.contains(&Seen::Within)
        || matches!(
            treatment,
            MissingData::Breaching | MissingData::NotBreaching
        );
    if is_decided {
        return Some(State::Ok);
    }
    match treatment {
        MissingData::Missing if newest.is_empty() => Some(State::InsufficientData),
        MissingData::Missing if is_old_enough(m, n, periods) => Some(State::Alarm),
        _ => None,
    }
}

/// Whether the oldest breach of the last N periods is as old as the datapoints to alarm, with nothing but breaches and
/// gaps after it: then no datapoint to come can be the one that was waited for.
fn is_old_enough(m: usize, n: usize, periods: &[Seen]) -> bool {
    let last = periods
        .get(periods.len().saturating_sub(n)..)
        .unwrap_or_default();
    let oldest = last.iter().position(|seen| *seen == Seen::Breach);
    oldest.is_some_and(|oldest| last.len() - oldest >= m)
}

impl MissingData {
    /// As CloudWatch spells it; what is not known counts as its default.
    pub fn named(name: &str) -> Self {
        match name {
            "ignore" => Self::Ignore,
            "breaching" => Self::Breaching,
            "notBreaching" => Self::NotBreaching,
            _ => Self::Missing,
        }
    }

    /// Whether it is CloudWatch's default.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for MissingData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Ignore => "ignore",
            Self::Breaching => "breaching",
            Self::NotBreaching => "notBreaching",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: Option<State> = Some(State::Ok);
    const ALARM: Option<State> = Some(State::Alarm);
    const TOO_LITTLE: Option<State> = Some(State::InsufficientData);
    const KEPT: Option<State> = None;

    /// In the user guide's notation, newest last, and its order of columns: missing, ignore, breaching, notBreaching.
    fn check(m: usize, periods: &str, expected: [Option<State>; 4]) {
        let seen: Vec<Seen> = periods
            .split(' ')
            .map(|mark| match mark {
                "X" => Seen::Breach,
                "0" => Seen::Within,
                _ => Seen::Missing,
            })
            .collect();
        let treatments = [
            MissingData::Missing,
            MissingData::Ignore,
            MissingData::Breaching,
            MissingData::NotBreaching,
        ];
        let states = treatments.map(|treatment| state(treatment, (m, 3), &seen));
        assert_eq!(states, expected, "{m} of 3: {periods}");
    }

    #[test]
    fn three_of_three_is_as_the_user_guide_has_it() {
        check(3, "0 - X - X", [OK, OK, OK, OK]);
        check(3, "0 - - - -", [OK, OK, OK, OK]);
        check(3, "- - - - -", [TOO_LITTLE, KEPT, ALARM, OK]);
        check(3, "0 X X - X", [ALARM, ALARM, ALARM, ALARM]);
        check(3, "- - X - -", [ALARM, KEPT, ALARM, OK]);
    }

    #[test]
    fn two_of_three_is_as_the_user_guide_has_it() {
        check(2, "0 - X - X", [ALARM, ALARM, ALARM, ALARM]);
        check(2, "0 0 X 0 X", [ALARM, ALARM, ALARM, ALARM]);
        check(2, "0 - X - -", [OK, OK, ALARM, OK]);
        check(2, "- - - - 0", [OK, OK, ALARM, OK]);
        check(2, "- - - X -", [ALARM, KEPT, ALARM, OK]);
    }

    #[test]
    fn intermittent_data_do_not_alarm_before_their_time() {
        check(3, "- - - - X", [KEPT, KEPT, ALARM, OK]);
        check(3, "- - - X -", [KEPT, KEPT, ALARM, OK]);
        check(3, "- - - X 0", [OK, OK, OK, OK]);
        check(3, "- - X - 0", [OK, OK, OK, OK]);
    }
}
