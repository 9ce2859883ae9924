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
