//! What all forms of a report say in the same words.

use shared::outbound::ExcerptLine;

use super::{Finding, Outcome, Patch};
use crate::analysis::Category;
use crate::view::{Row, Shown, category_words, confidence_words};

/// More lines than this are for the page, not for a mail or an issue.
const MOST_LINES: usize = 40;

impl Finding {
    /// Where it failed, in a few words: the step, the job or the repository alone.
    pub(super) fn place(&self) -> &str {
        let step = self
            .analysis
            .failed_steps
            .first()
            .map(|step| step.name.as_str());
        let step = step.filter(|name| !name.trim().is_empty());
        step.or(self.job.as_deref()).unwrap_or("the run")
    }

    /// The kind of failure, and how sure that is.
    pub(super) fn verdict(&self) -> String {
        let kind = category_words(self.analysis.category);
        format!("{kind}, {}", confidence_words(self.analysis.confidence))
    }

    /// The lines to show, in the order of the log: the decisive ones whatever happens, and what of the rest fits.
    pub(super) fn excerpt(&self) -> Vec<ExcerptLine> {
        let rows = self.shown("").rows().into_iter();
        let mut lines: Vec<ExcerptLine> = rows.filter_map(line).collect();
        lines.sort_by_key(|line| (!line.is_decisive, line.number));
        lines.truncate(MOST_LINES);
        lines.sort_by_key(|line| line.number);
        lines
    }

    /// Only the decisive lines, a few of them; where nothing stands out, the first that are shown.
    pub(super) fn decisive(&self) -> Vec<ExcerptLine> {
        let mut lines = self.excerpt();
        if lines.iter().any(|line| line.is_decisive) {
            lines.retain(|line| line.is_decisive);
        }
        lines.truncate(MOST_LINES / 4);
        lines
    }

    /// What the views of an analysis start from.
    pub(super) fn shown<'a>(&'a self, name: &'a str) -> Shown<'a> {
        Shown {
            name,
            analysis: &self.analysis,
            quotes: &self.quotes,
            advice: self.advice.as_deref(),
        }
    }

    /// Which model it was, how sure it says it is, what it took and cost.
    pub(super) fn model(&self) -> Option<String> {
        let diagnosis = self.diagnosis.as_ref()?;
        let by = self.attempts.last().map_or_else(String::new, |attempt| {
            let cost = attempt.cost_usd.filter(|cost| cost.is_finite());
            let cost = cost.map_or_else(String::new, |cost| format!(" for about {cost:.4} USD"));
            let (input, output) = (attempt.input_tokens, attempt.output_tokens);
            let (model, provider) = (&attempt.model, &attempt.provider);
            format!("{model} ({provider}), {input} tokens in and {output} out{cost}. ")
        });
        let sure = share(diagnosis.confidence) * 100.0;
        Some(format!(
            "{by}It puts its own confidence at {sure:.0}%, which nobody has checked."
        ))
    }

    /// What was done about it, in a sentence.
    pub(super) fn done(&self) -> String {
        let number = self.outcome.thread().map_or(0, |thread| thread.number);
        let kind = match self.outcome.thread() {
            Some(thread) if thread.is_pull_request => "pull request",
            _ => "issue",
        };
        match &self.outcome {
            Outcome::Proposed(_) => format!(
                "Draft pull request #{number} proposes a change that nobody has run or read yet."
            ),
            Outcome::Opened(_) => format!("Issue #{number} was opened."),
            Outcome::Commented(_) => {
                format!("It was seen before: a comment was added to {kind} #{number}.")
            }
            Outcome::Known(_) => format!("It was seen before: {kind} #{number} is about it."),
            Outcome::Nothing(why) => format!("Nothing was done on GitHub, because {why}."),
        }
    }

    /// Who has to do something now, in a sentence.
    pub(super) fn who(&self) -> &'static str {
        match (&self.outcome, self.analysis.category) {
            (Outcome::Proposed(_), _) => {
                "Whoever owns this code: read the draft, run it, and take it or close it."
            }
            (
                _,
                Category::Infrastructure
                | Category::Resource
                | Category::Permission
                | Category::Timeout,
            ) => {
                "Whoever owns the runners and credentials of this repository; the code may be right."
            }
            (_, Category::Flaky) => {
                "Nobody at once: run it again. If it comes back, whoever owns this test."
            }
            (_, Category::Unknown) => {
                "Whoever made the change: the rules don't know this failure, so read the lines above."
            }
            _ => "Whoever made the change.",
        }
    }

    /// Why there is no pull request although a model wrote a patch.
    pub(super) fn refusals(&self) -> &[String] {
        match &self.patch {
            Patch::Refused(reasons) => reasons,
            Patch::None | Patch::Accepted { .. } => &[],
        }
    }

    /// How often it was seen, unless this is the first time.
    pub(super) fn repeats(&self) -> Option<String> {
        (self.seen > 1).then(|| format!("{} times", self.seen))
    }
}

fn line(row: Row<'_>) -> Option<ExcerptLine> {
    match row {
        Row::Line {
            number,
            text,
            is_decisive,
        } => Some(ExcerptLine {
            number,
            text: text.to_owned(),
            is_decisive,
        }),
        Row::Gap(_) => None,
    }
}

/// A model's number as a share, whatever it is.
pub(super) fn share(confidence: f64) -> f64 {
    if confidence.is_finite() {
        confidence.clamp(0.0, 1.0)
    } else {
        0.0
    }
}
