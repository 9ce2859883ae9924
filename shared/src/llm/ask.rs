//! Asking: one provider after the other, within the time.

mod exchange;

use std::time::Duration;

use crate::clock::Clock;
use crate::deadline::Deadline;
use crate::http::Http;
use crate::secrets::Secrets;
use jiff::{SignedDuration, Timestamp};

use self::exchange::Exchange;
use super::provider::Provider;
use super::standing::Standings;
use super::{Asked, Llm, Question};

/// Less than this is not worth a TLS handshake on a seventh of a vCPU, and no model answers in it.
const LEAST: Duration = Duration::from_millis(500);

/// Kept free at the end, so that `until` is not passed by what comes after a timeout.
const RESERVE: SignedDuration = SignedDuration::from_millis(200);

/// The configured providers, for the length of one invocation.
#[derive(Debug)]
pub struct Providers<'a, S, C> {
    /// Whom to ask, in this order. Who needs a key and has no parameter for it is left out, silently.
    pub providers: &'a [Provider],
    /// The connections.
    pub http: &'a Http,
    /// Where the keys are.
    pub secrets: &'a S,
    /// What this sandbox knows of the providers.
    pub standings: &'a Standings,
    /// The time.
    pub time: &'a C,
}

impl<S: Secrets, C: Clock> Llm for Providers<'_, S, C> {
    fn is_configured(&self) -> bool {
        self.providers.iter().any(Provider::is_usable)
    }

    async fn ask<Q: Question>(&self, question: &Q, until: Deadline) -> Asked<Q::Answer> {
        let mut asked = Asked::default();
        let usable = self
            .providers
            .iter()
            .filter(|provider| provider.is_usable());
        let usable: Vec<&Provider> = usable.collect();
        for (index, provider) in usable.iter().enumerate() {
            let share = share(until, self.time.now(), usable.len() - index);
            let exchange = Exchange::new(self, provider, share);
            asked.answer = exchange.run(question, &mut asked.attempts).await;
            if asked.answer.is_some() {
                break;
            }
        }
        asked
    }
}

/// By when a provider must have answered: the last one has all that is left, one before it two thirds, so that there is something
/// left for the next one if it hangs.
fn share(until: Deadline, now: Timestamp, providers: usize) -> Timestamp {
    let end = until.end().checked_sub(RESERVE).unwrap_or(now);
    let left = end.duration_since(now).max(SignedDuration::ZERO);
    let share = if providers > 1 { left / 3 * 2 } else { left };
    now.checked_add(share).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_first_leaves_time_for_the_next_and_the_last_has_all_of_it() {
        let at = |milliseconds| Timestamp::from_millisecond(milliseconds).unwrap();
        let share = |now, providers| share(Deadline::at(at(10_200)), at(now), providers);
        assert_eq!(share(1_000, 2), at(7_000));
        assert_eq!(share(1_000, 3), at(7_000));
        assert_eq!(share(7_000, 1), at(10_000));
        assert_eq!(share(12_000, 1), at(12_000));
        assert_eq!(share(12_000, 2), at(12_000));
    }
}
