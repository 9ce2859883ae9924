//! Whether something is done, and what speaks for and against it.

use serde::Serialize;

/// Something that is done, or not; with the reasons, as people read them.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Choice<T> {
    /// What is done; `None` if anything speaks against it.
    pub chosen: Option<T>,
    /// What speaks for it.
    #[serde(rename = "for")]
    pub in_favour: Vec<String>,
    /// What speaks against it.
    pub against: Vec<String>,
}

impl<T> Choice<T> {
    /// Nothing speaks against it.
    pub fn yes(what: T, why: &str) -> Self {
        Self::of(Some(what), why, Vec::new())
    }

    /// This speaks against it.
    pub fn no(why: &str) -> Self {
        Self {
            chosen: None,
            in_favour: Vec::new(),
            against: vec![why.to_owned()],
        }
    }

    /// `what`, unless anything speaks against it.
    pub(super) fn of(what: Option<T>, why: &str, against: Vec<String>) -> Self {
        let chosen = what.filter(|_| against.is_empty());
        let in_favour = chosen.iter().map(|_| why.to_owned()).collect();
        Self {
            chosen,
            in_favour,
            against,
        }
    }

    /// Whether it is done.
    pub fn is_chosen(&self) -> bool {
        self.chosen.is_some()
    }
}
