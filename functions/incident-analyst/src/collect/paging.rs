//! Pages to the last one, within limits of time and size; what was read until then is kept.

use std::future::Future;

use shared::failure::{CallError, chain};
use tokio::time::{Instant, timeout_at};

use super::sources::Page;
use super::text::sentence;
use crate::evidence::{Gap, Source};

/// What following pages may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// By when it must be over.
    pub(super) until: Instant,
    /// The most pages. An empty page with a token is normal, so pages are many and cheap.
    pub(super) pages: usize,
    /// The most items.
    pub(super) items: usize,
}

/// What the pages had, and why it is not all, if it is not.
#[derive(Debug)]
pub(super) struct Followed<T> {
    pub(super) items: Vec<T>,
    pub(super) missing: Option<Missing>,
}

/// Why something was not read.
#[derive(Debug)]
pub(super) enum Missing {
    /// The call failed, after the SDK's own retries.
    Failed(CallError),
    /// The time was up.
    TooLate,
    /// There is more than may be kept.
    TooMuch,
    /// The same token came twice: following it would never end.
    Repeated,
}

impl Missing {
    /// The gap that it leaves; `what` is what was to be read, as part of a sentence: `the deployments of shop/checkout`.
    pub(super) fn gap(&self, source: Source, what: &str) -> Gap {
        let why = match self {
            Self::Failed(error) => {
                let because = sentence(&chain(error));
                return Gap { source, because };
            }
            Self::TooLate => "the time was up",
            Self::TooMuch => "there is too much of it",
            Self::Repeated => "AWS gave the same page twice",
        };
        let because = sentence(&format!("couldn't read all of {what}: {why}"));
        Gap { source, because }
    }
}

impl<T> Followed<T> {
    /// The items, and the gap as one more of `gaps`.
    pub(super) fn or_gap(self, gaps: &mut Vec<Gap>, source: Source, what: &str) -> Vec<T> {
        gaps.extend(self.missing.map(|missing| missing.gap(source, what)));
        self.items
    }
}

/// A single call, by when it must be over.
pub(super) async fn in_time<T>(
    until: Instant,
    call: impl Future<Output = Result<T, CallError>>,
) -> Result<T, Missing> {
    match timeout_at(until, call).await {
        Ok(answer) => answer.map_err(Missing::Failed),
        Err(_) => Err(Missing::TooLate),
    }
}

/// Follows the pages that `page` gives for a token, the first one for none, to the last one or to a limit.
pub(super) async fn follow<T, F>(
    limits: Limits,
    mut page: impl FnMut(Option<String>) -> F,
) -> Followed<T>
where
    F: Future<Output = Result<Page<T>, CallError>>,
{
    let mut items = Vec::new();
    let mut next = None;
    for _ in 0..limits.pages {
        let read = match in_time(limits.until, page(next.clone())).await {
            Ok(read) => read,
            Err(missing) => return Followed::of(items, missing),
        };
        items.extend(read.items);
        if items.len() > limits.items {
            items.truncate(limits.items);
            return Followed::of(items, Missing::TooMuch);
        }
        match read.next {
            None => {
                return Followed {
                    items,
                    missing: None,
                };
            }
            same if same == next => return Followed::of(items, Missing::Repeated),
            token => next = token,
        }
    }
    Followed::of(items, Missing::TooMuch)
}

impl<T> Followed<T> {
    fn of(items: Vec<T>, missing: Missing) -> Self {
        let missing = Some(missing);
        Self { items, missing }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::failure::{Effect, FailureKind};

    use super::*;

    fn limits() -> Limits {
        Limits {
            until: Instant::now() + Duration::from_secs(5),
            pages: 4,
            items: 6,
        }
    }

    fn refused() -> CallError {
        let kind = (FailureKind::Permanent, Effect::None);
        CallError::new("list", "the tasks of shop/checkout", kind, "access denied")
    }

    /// Follows pages of these sizes; the token of each is its number. `-1` fails, `-2` never comes, `-3` repeats its token.
    async fn followed(pages: &[i32]) -> (Vec<i32>, Option<String>) {
        let page = |token: Option<String>| async move {
            let number: usize = token.as_deref().unwrap_or("0").parse().unwrap();
            let next = (number + 1 < pages.len()).then(|| (number + 1).to_string());
            match pages[number] {
                -1 => Err(refused()),
                -2 => std::future::pending().await,
                -3 => Ok(Page {
                    items: vec![],
                    next: token,
                }),
                size => Ok(Page {
                    items: (0..size).collect(),
                    next,
                }),
            }
        };
        let followed = follow(limits(), page).await;
        let gap = |missing: Missing| missing.gap(Source::Service, "the list").because;
        (followed.items, followed.missing.map(gap))
    }

    #[tokio::test(start_paused = true)]
    async fn pages_are_followed_to_the_end_also_over_empty_ones_and_what_was_read_before_a_limit_is_kept()
     {
        let gap = |text: &str| Some(text.to_owned());
        let late = gap("Couldn't read all of the list: the time was up.");
        let much = gap("Couldn't read all of the list: there is too much of it.");
        let again = gap("Couldn't read all of the list: AWS gave the same page twice.");
        let failed = gap("Couldn't list the tasks of shop/checkout: access denied.");
        let cases: [(&[i32], Vec<i32>, Option<String>); 8] = [
            (&[0], vec![], None),
            (&[2], vec![0, 1], None),
            (&[0, 0, 2], vec![0, 1], None),
            (&[2, -1], vec![0, 1], failed),
            (&[2, -2], vec![0, 1], late),
            (&[1, -3], vec![0], again),
            (&[1, 1, 1, 1, 1], vec![0, 0, 0, 0], much.clone()),
            (&[9], vec![0, 1, 2, 3, 4, 5], much),
        ];
        for (pages, items, missing) in cases {
            assert_eq!(followed(pages).await, (items, missing), "{pages:?}");
        }
    }
}
