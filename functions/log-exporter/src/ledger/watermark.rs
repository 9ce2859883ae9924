//! Until when a group's log is there. Pure.

use jiff::{SignedDuration, Timestamp};
use shared::exports::window::Window;

use super::entry::Entry;

/// What the watermark goes by: all that has to be kept of an entry for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Standing {
    /// Which events.
    pub window: Window,
    /// [`Entry::is_proven`].
    pub is_proven: bool,
    /// [`Entry::is_settled`].
    pub is_settled: bool,
}

impl From<&Entry> for Standing {
    fn from(entry: &Entry) -> Self {
        Self {
            window: entry.window,
            is_proven: entry.is_proven(),
            is_settled: entry.is_settled(),
        }
    }
}

/// Until when a group's log is there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Watermark {
    /// The end of the unbroken run of proven windows, from the first.
    pub verified_until: Timestamp,
    /// The end of the unbroken run of windows that are proven or lost: a loss is stated and told on its own, and must not hide that
    /// windows after it wait.
    pub settled_until: Timestamp,
}

impl Watermark {
    /// How long ago the first event could be that is neither proven nor stated as lost.
    pub fn lag(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.settled_until)
            .max(SignedDuration::ZERO)
    }
}

/// The watermark of a group from its entries in the order of their windows, which follow each other from the first, or from one before
/// which all are known to be proven. `None` if there are none. A gap ends the run.
pub fn watermark<S: Into<Standing>>(entries: impl IntoIterator<Item = S>) -> Option<Watermark> {
    let mut entries = entries.into_iter().map(S::into).peekable();
    let start = entries.peek()?.window.start();
    let mut mark = Watermark {
        verified_until: start,
        settled_until: start,
    };
    for entry in entries {
        let is_next = entry.window.start() == mark.settled_until;
        if !(is_next && entry.is_settled) {
            break;
        }
        if entry.is_proven && mark.verified_until == mark.settled_until {
            mark.verified_until = entry.window.end();
        }
        mark.settled_until = entry.window.end();
    }
    Some(mark)
}

#[cfg(test)]
mod tests {
    use shared::exports::manifest::{Mode, Output};

    use super::super::samples::{at, rules, source, window};
    use super::super::{Pending, Proven, Reconciling, State};
    use super::*;

    /// Windows of an hour, each as a letter: verified, mended, exported, suspect, lost, or a gap.
    fn entries(shown: &str) -> Vec<Entry> {
        let one = |(hour, shown): (usize, char)| {
            let [start, end] = [hour, hour + 1].map(|hour| format!("18T{hour:02}:00"));
            let hour = window(&start, &end);
            let state = state(shown, hour.start())?;
            let entry = Entry::planned("/ecs/shop", hour, Mode::Direct, &rules());
            Some(Entry { state, ..entry })
        };
        shown.chars().enumerate().filter_map(one).collect()
    }

    fn state(shown: char, hour: Timestamp) -> Option<State> {
        let proven = |reconciling| {
            State::Verified(Proven {
                output: Output::default(),
                source: source("19T00:00", &[]),
                by_ids: true,
                swept_at: at("19T00:00"),
                query: None,
                reconciling,
            })
        };
        Some(match shown {
            'v' => proven(None),
            'm' => proven(Some(Reconciling {
                began_at: at("19T00:00"),
                to: hour,
                piece_ms: None,
                hours: Vec::new(),
            })),
            'e' => State::Exported(Pending::default()),
            's' => State::Suspect {
                reason: "why".to_owned(),
                again_at: at("19T00:00"),
                output: Output::default(),
            },
            'l' => State::Expired {
                loss: "some".to_owned(),
                output: Output::default(),
            },
            _ => return None,
        })
    }

    #[test]
    fn only_what_is_proven_moves_it() {
        let cases = [
            ("vvv", (3, 3)),
            ("evv", (0, 0)),
            ("vsv", (1, 1)),
            ("vmv", (1, 1)),
            ("v vv", (1, 1)),
            // A loss is stated: what waits after it is a lag of its own.
            ("vlve", (1, 3)),
            ("lv", (0, 2)),
        ];
        for (shown, (verified, settled)) in cases {
            let expected = Watermark {
                verified_until: at(&format!("18T{verified:02}:00")),
                settled_until: at(&format!("18T{settled:02}:00")),
            };
            assert_eq!(watermark(&entries(shown)), Some(expected), "{shown}");
        }
        assert_eq!(watermark(&entries("")), None);
    }

    #[test]
    fn it_lags_behind_by_what_is_not_settled() {
        let mark = watermark(&entries("vle")).unwrap();
        let lags = [at("18T05:00"), at("18T01:00")].map(|now| mark.lag(now));
        assert_eq!(lags, [SignedDuration::from_hours(3), SignedDuration::ZERO]);
    }
}
