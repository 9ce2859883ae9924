//! From the object to the rules' analysis. Whatever goes wrong, there is one.

use std::time::Duration;

use shared::clock::{Clock, Nonces};
use shared::failure::{Classify as _, FailureKind, chain};
use shared::records::Records;
use shared::redaction::Redactor;
use shared::reports::Reports;
use tracing::warn;

use super::case::{Case, Done, Examined};
use super::read::{self, Plan};
use super::{Budget, Handler, HandlerError, Held};
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
use crate::rules::Rules;

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
    pub(super) async fn examine(&self, log: &LogKey, held: &Held) -> Result<Case, HandlerError> {
        let source = Source {
            key: log.as_str(),
            version_id: held.version_id.as_deref(),
        };
        let fetched = self.fetch(source, held.size).await;
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
        Ok(Case {
            log: log.clone(),
            id: held.id(),
            is_last_attempt: held.is_last_attempt(),
            examined,
            is_written: false,
            at: self.time.now(),
            run: RunFacts::NotAsked,
            failure: None,
            threads: Vec::new(),
            decision: None,
            decided_on: None,
            diagnosis: None,
            diff: None,
            attempts: Vec::new(),
            done: Done::default(),
        })
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
                    fetched.problem = Some("the time for reading the log was over".to_owned());
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
                warn!("analysing without a baseline: {}", chain(&error));
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
        let analysing = self.on_a_thread(move |gone| {
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
        work: impl FnOnce(&Gone) -> Result<V, String> + Send + 'static,
    ) -> Result<V, String> {
        let gone = Gone::default();
        let left = Budget::until(self.ends_at)
            .analyse()
            .duration_since(self.time.now());
        let left = Duration::try_from(left).unwrap_or_default();
        let thread_gone = gone.clone();
        let mut working = tokio::task::spawn_blocking(move || work(&thread_gone));
        // The machine's own time: work on a thread takes nothing else.
        let in_time = tokio::time::timeout(left, &mut working).await;
        let done = if let Ok(done) = in_time {
            done
        } else {
            gone.say();
            working.await
        };
        done.unwrap_or_else(|error| Err(format!("the analysis broke off: {error}")))
    }
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
