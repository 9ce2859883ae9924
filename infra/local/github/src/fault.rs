//! What goes wrong, when a test says so.

use std::time::Duration;

/// Something that goes wrong, once.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Of which call (`METHOD template`, as [`operations`](crate::operations) has them); `None` for any.
    pub call: Option<String>,
    /// How many such calls go well before it strikes.
    pub after: usize,
    /// What happens.
    pub what: What,
}

/// What goes wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum What {
    /// This answer, and nothing is done.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// It is done, and this is the status of the answer.
    DoneBut(u16),
    /// The connection ends, and nothing is done.
    CutBefore,
    /// It is done, and the connection ends without an answer.
    CutAfter,
    /// It is done, and the answer takes this long.
    Late(Duration),
    /// It is done, and the answer has this many bytes more than it should.
    Huge(usize),
    /// It is done, and the answer is no JSON.
    NoJson,
}

impl What {
    /// This status, with GitHub's words for it.
    pub fn status(status: u16) -> Self {
        let message = match status {
            401 => "Bad credentials",
            403 => "Resource not accessible by integration",
            404 => "Not Found",
            409 => "Conflict",
            422 => "Validation Failed",
            429 => {
                "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            }
            _ => "Server Error",
        };
        Self::Answer(status, Vec::new(), message.to_owned())
    }
}

/// Those that are still to strike.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    open: Vec<Fault>,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.open.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.open.clear();
    }

    /// What goes wrong with this call. Each fault that waits for such a call counts it.
    pub(crate) fn strike(&mut self, call: &str) -> Option<What> {
        let mut struck = None;
        for (index, fault) in self.open.iter_mut().enumerate() {
            if fault.call.as_deref().is_some_and(|name| name != call) {
                continue;
            }
            if fault.after > 0 {
                fault.after -= 1;
            } else if struck.is_none() {
                struck = Some(index);
            }
        }
        struck.map(|index| self.open.remove(index).what)
    }
}
