//! From the lines of a log to its analysis: all stages, one after the other.

mod keys;

use std::borrow::Cow;

use shared::redaction::{Redactor, Session};

use self::keys::PrivateKeys;
use crate::analysis::{Analysis, FailedStep};
use crate::baseline::Baseline;
use crate::evidence::{BuildError, Collector, Evidence, Quote, Settings, Why};
use crate::fingerprint::fingerprint;
use crate::read::{Lines, ReadError, Totals};
use crate::rules::{Rules, Seen};
use crate::segment::{Segmenter, Step, Steps};

/// What an analysis goes by, besides the log.
#[derive(Debug)]
pub struct Analyzer<'a> {
    pub settings: Settings,
    /// What passing runs of the same job say, where that is known.
    pub baseline: Option<Baseline>,
    pub rules: &'a Rules,
    pub redactor: &'a Redactor,
}

/// An analysis and what belongs to it: everything quoted is redacted.
#[derive(Debug)]
pub struct Analyzed {
    pub analysis: Analysis,
    /// The lines of the excerpt, in its order.
    pub quotes: Vec<Quote>,
    /// What a person may do about it.
    pub advice: Option<String>,
    /// Why each range of the excerpt is shown.
    pub why: Vec<Why>,
    /// Why the log was not read to its end, where it was not; what came before was analyzed all the same.
    pub problem: Option<ReadError>,
}

/// What one pass over a log gives, before anything of it is quoted.
struct Examined {
    totals: Totals,
    steps: Steps,
    evidence: Evidence,
    private_keys: PrivateKeys,
    problem: Option<ReadError>,
}

impl Analyzer<'_> {
    /// Reads a log to its end, in bounded memory, and says what explains its failure.
    ///
    /// # Errors
    /// When the automaton of all formats cannot be built, which this crate's own formats never cause.
    pub fn analyze(&self, lines: &mut Lines<'_>) -> Result<Analyzed, BuildError> {
        let mut examined = self.examine(lines)?;
        let redactions = self.redact(&mut examined);
        let Examined {
            totals,
            steps,
            evidence,
            problem,
            ..
        } = examined;
        let step = step_of(&steps, &evidence);
        let seen = SeenLines::of(&evidence);
        let verdict = self.rules.judge(Seen {
            decisive: &seen.decisive,
            excerpt: &seen.excerpt,
            step,
        });
        let said: Vec<&str> = verdict.lines.iter().map(String::as_str).collect();
        let fingerprint = fingerprint(verdict.category, verdict.rule.as_deref(), &said, step);
        Ok(Analyzed {
            analysis: Analysis {
                total_lines: totals.lines,
                failed_steps: FailedStep::all(&steps),
                decisive: evidence.decisive,
                excerpt: evidence.excerpt,
                category: verdict.category,
                confidence: verdict.confidence,
                rule: verdict.rule,
                cause: verdict.cause,
                fingerprint,
                truncated: totals.truncated || problem.is_some(),
                redactions,
            },
            quotes: evidence.quotes,
            advice: verdict.advice,
            why: evidence.why,
            problem,
        })
    }

    fn examine(&self, lines: &mut Lines<'_>) -> Result<Examined, BuildError> {
        let mut segmenter = Segmenter::new();
        let mut collector = Collector::new(self.settings, self.baseline.as_ref())?;
        let mut private_keys = PrivateKeys::default();
        let problem = loop {
            match lines.next() {
                Ok(Some(line)) => {
                    private_keys.push(&line);
                    collector.push(&line, &segmenter.push(&line));
                }
                Ok(None) => break lines.take_problem(),
                Err(error) => break Some(error),
            }
        };
        let steps = segmenter.finish();
        let evidence = collector.finish(&steps.steps);
        Ok(Examined {
            totals: lines.totals(),
            steps,
            evidence,
            private_keys,
            problem,
        })
    }

    /// Takes the secrets out of all that is quoted, the steps' names too, cuts it to what is shown, and says how many there were.
    fn redact(&self, examined: &mut Examined) -> usize {
        let Examined {
            steps,
            evidence,
            private_keys,
            ..
        } = examined;
        // First, so that the marks in the cause have the same numbers however much is shown.
        let mut session = self.redactor.session();
        let judged = evidence.judged.iter_mut().flatten();
        redact_quotes(&mut session, private_keys, judged);
        redact_quotes(&mut session, private_keys, &mut evidence.quotes);
        session.resume(false);
        for step in &mut steps.steps {
            step.name = beginning(session.line(&step.name), Step::MOST_NAME_BYTES);
        }
        session.different()
    }
}

fn redact_quotes<'q>(
    session: &mut Session<'_>,
    private_keys: &PrivateKeys,
    quotes: impl IntoIterator<Item = &'q mut Quote>,
) {
    for quote in quotes {
        session.resume(private_keys.hold(quote.number));
        quote.text = beginning(session.line(&quote.text), Quote::MOST_BYTES);
    }
}

/// What is shown of a redacted text: cut before that, half a secret could remain.
fn beginning(text: Cow<'_, str>, most: usize) -> String {
    let mut text = text.into_owned();
    text.truncate(text.floor_char_boundary(most));
    text
}

/// The name of the step that the failure belongs to: that of the decisive line, or where nothing stands out, the last that failed.
fn step_of<'a>(steps: &'a Steps, evidence: &Evidence) -> Option<&'a str> {
    let step = match evidence.decisive {
        Some(_) => steps.steps.get(evidence.step),
        None => steps.failed().next_back(),
    };
    step.map(|step| step.name.as_str())
        .filter(|name| !name.is_empty())
}

/// The quoted lines as the rules see them, however much is shown.
struct SeenLines<'a> {
    decisive: Vec<&'a str>,
    excerpt: Vec<&'a str>,
}

impl<'a> SeenLines<'a> {
    fn of(evidence: &'a Evidence) -> Self {
        let holds = |quote: &&Quote| {
            let decisive = evidence.decisive;
            decisive.is_some_and(|range| (range.start..=range.end).contains(&quote.number))
        };
        let text = |quote: &'a Quote| quote.text.as_str();
        let quotes = evidence.judged.as_ref().unwrap_or(&evidence.quotes);
        Self {
            decisive: quotes.iter().filter(holds).map(text).collect(),
            excerpt: quotes.iter().map(text).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
