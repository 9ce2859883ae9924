//! From the object to the rules' analysis. Whatever goes wrong, there is one.

use std::time::Duration;

use jiff::Timestamp;
use shared::clock::{Clock, Nonces};
use shared::failure::{Classify as _, FailureKind, chain};
use shared::outbound::Quoted;
use shared::records::Records;
use shared::redaction::Redactor;
use shared::reports::Reports;
use tracing::warn;

use super::case::{Case, Done, Examined};
use super::read::{self, Plan};
use super::{Budget, Handler};
use crate::analysis::{Analysis, Category};
use crate::analyze::{Analyzed, Analyzer};
use crate::baseline::Baseline;
use crate::decision::RunFacts;
use crate::evidence::Settings;
use crate::fingerprint::fingerprint;
use crate::github::GitHub;
use crate::llm::Llm;
use crate::log_key::LogKey;
use crate::objects::{Gone, ObjectError, Objects, Source, Spool};
use crate::read::ReadError;
use crate::record::LogId;
use crate::rules::Rules;

/// Which content of an object is examined, and for whom.
#[derive(Debug)]
pub(super) struct Content {
    /// The version of the object, to read exactly that.
    pub(super) version_id: Option<String>,
    /// How many bytes it has.
    pub(super) size: u64,
    pub(super) id: LogId,
    /// Whether Lambda tries no more after this.
    pub(super) is_last_attempt: bool,
}

/// What was fetched of an object, and why not all of it.
pub(super) struct Fetched {
    pub(super) spools: Vec<Spool>,
    pub(super) problem: Option<String>,
    pub(super) error: Option<ObjectError>,
}

impl<O: Objects, R: Records, P: Reports, G: GitHub, L: Llm, T: Clock + Nonces>
    Handler<'_, O, R, P, G, L, T>
{
    /// Reads the log and says what the rules make of it; of one that cannot be read, that.
    pub(super) async fn examine(&self, log: &LogKey, content: Content) -> Case {
        let source = Source {
            key: log.as_str(),
            version_id: content.version_id.as_deref(),
        };
        let fetched = self.fetch(source, content.size).await;
        let examined = if fetched.spools.iter().all(|spool| spool.bytes() == 0) {
            let reason = fetched
                .error
                .as_ref()
                .map_or("the log is empty".to_owned(), |error| chain(error));
            unreadable(reason, fetched.error.as_ref())
        } else {
            let baseline = self.baseline(log).await;
            self.analyse(fetched, baseline).await
        };
        Case {
            log: log.clone(),
            id: content.id,
            is_last_attempt: content.is_last_attempt,
            examined,
            is_written: false,
            at: self.time.now(),
            run: RunFacts::NotAsked,
            failure: None,
            threads: Vec::new(),
            decision: None,
            is_paused: false,
            decided_on: None,
            diagnosis: None,
            diff: None,
            attempts: Vec::new(),
            done: Done::default(),
        }
    }

    /// Fetches what is to be read, until the time for it is over.
    pub(super) async fn fetch(&self, source: Source<'_>, size: u64) -> Fetched {
        let plan = Plan::of(source.key, size);
        let mut fetched = Fetched {
            spools: Vec::new(),
            problem: None,
            error: None,
        };
        for part in plan.parts() {
            let mut spool = match Plan::spool() {
                Ok(spool) => spool,
                Err(error) => {
                    let object = source.key.to_owned();
                    fetched.error = Some(ObjectError::Kept {
                        object,
                        source: error,
                    });
                    break;
                }
            };
            let fetching = self.objects.fetch(source, *part, &mut spool);
            let until = Budget::until(self.ends_at).read();
            let result = self.within(until, fetching).await;
            fetched.problem = plan.problem(size, spool.is_cut());
            fetched.spools.push(spool);
            match result {
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    fetched.problem = Some(chain(&error));
                    fetched.error = Some(error);
                    break;
                }
                None => {
                    let object = source.key.to_owned();
                    let late = ObjectError::Late { object };
                    fetched.problem = Some(late.to_string());
                    fetched.error = Some(late);
                    break;
                }
            }
        }
        fetched
    }

    /// What passing runs say; where that cannot be had, the analysis does without.
    async fn baseline(&self, log: &LogKey) -> Option<Baseline> {
        let until = Budget::until(self.ends_at).read();
        match self.within(until, self.objects.baseline(log)).await? {
            Ok(learnt) => learnt.map(|learnt| learnt.baseline),
            Err(error) => {
                let reason = Quoted::line(&chain(&error));
                warn!("analysing without a baseline: {reason}");
                None
            }
        }
    }

    async fn analyse(&self, fetched: Fetched, baseline: Option<Baseline>) -> Examined {
        let Fetched {
            spools,
            problem,
            error,
        } = fetched;
        let is_asking = self.github.is_configured() || self.llm.is_configured();
        let until = Budget::until(self.ends_at).analyse(self.time.now(), is_asking);
        let analysing = self.on_a_thread(until, move |gone| {
            let analyzer = Analyzer {
                settings: Settings::default(),
                baseline,
                rules: Rules::built_in(),
                redactor: &Redactor::new(),
            };
            let mut lines = read::lines(spools, gone).map_err(|error| chain(&error))?;
            analyzer
                .analyze(&mut lines)
                .map_err(|error| error.to_string())
        });
        match analysing.await {
            Ok(analyzed) => examined(analyzed, problem, error.as_ref()),
            Err(reason) => unreadable(reason, None),
        }
    }

    /// Runs what takes a while and must end with the time for it.
    pub(super) async fn on_a_thread<V: Send + 'static>(
        &self,
        until: Timestamp,
        work: impl FnOnce(&Gone) -> Result<V, String> + Send + 'static,
    ) -> Result<V, String> {
        let left = |until: Timestamp| {
            Duration::try_from(until.duration_since(self.time.now())).unwrap_or_default()
        };
        let give_up = Budget::until(self.ends_at).give_up();
        let most = left(give_up).saturating_sub(left(until));
        on_a_thread((left(until), most), work).await
    }
}

/// Waits for work on a thread for so long, and when that was told to end, for so long again. The machine's own time: work on a thread
/// takes nothing else.
async fn on_a_thread<V: Send + 'static>(
    (most, then): (Duration, Duration),
    work: impl FnOnce(&Gone) -> Result<V, String> + Send + 'static,
) -> Result<V, String> {
    let gone = Gone::default();
    let thread_gone = gone.clone();
    let mut working = tokio::task::spawn_blocking(move || work(&thread_gone));
    let in_time = tokio::time::timeout(most, &mut working).await;
    let done = if let Ok(done) = in_time {
        done
    } else {
        gone.say();
        match tokio::time::timeout(then, working).await {
            Ok(done) => done,
            Err(_) => return Err("it took too long".to_owned()),
        }
    };
    done.unwrap_or_else(|error| Err(format!("the analysis broke off: {error}")))
}

fn examined(analyzed: Analyzed, problem: Option<String>, error: Option<&ObjectError>) -> Examined {
    let Analyzed {
        mut analysis,
        quotes,
        advice,
        problem: unread,
        ..
    } = analyzed;
    let is_late = matches!(&unread, Some(ReadError::Io(_)));
    let problem = problem.or_else(|| unread.map(|error| chain(&error)));
    analysis.truncated |= problem.is_some();
    Examined {
        analysis,
        quotes,
        advice,
        problem,
        is_interrupted: is_passing(error) || is_late && error.is_some(),
    }
}

/// The analysis of a log that could not be read: there is one all the same, and it says why.
fn unreadable(reason: String, error: Option<&ObjectError>) -> Examined {
    let analysis = Analysis {
        total_lines: 0,
        failed_steps: Vec::new(),
        decisive: None,
        excerpt: Vec::new(),
        category: Category::Unknown,
        confidence: 0.0,
        rule: None,
        cause: format!("The log could not be read: {reason}"),
        fingerprint: fingerprint(Category::Unknown, Some("unreadable"), &[&reason], None),
        truncated: true,
        redactions: 0,
    };
    Examined {
        analysis,
        quotes: Vec::new(),
        advice: None,
        problem: Some(reason),
        is_interrupted: is_passing(error),
    }
}

fn is_passing(error: Option<&ObjectError>) -> bool {
    error.is_some_and(|error| error.kind() == FailureKind::Transient)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_does_not_end_when_it_is_told_is_not_waited_for() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let short = Duration::from_millis(5);
        let (let_go, held) = std::sync::mpsc::channel::<()>();
        let endless = on_a_thread((short, short), move |_| Ok(held.recv().is_ok()));
        assert_eq!(
            runtime.block_on(endless),
            Err("it took too long".to_owned())
        );
        drop(let_go);
        let patient = (short, Duration::from_mins(1));
        let obedient = on_a_thread(patient, |gone| {
            while !gone.flag().load(std::sync::atomic::Ordering::Relaxed) {
                std::thread::yield_now();
            }
            Ok("what was read")
        });
        assert_eq!(runtime.block_on(obedient), Ok("what was read"));
    }
}
