//! What the function measures about itself. The dashboard and the alarms of `infra/template.yaml` go by these names.

use shared::metrics::{Metric, Unit};

use crate::analysis::Category;
use crate::llm::Attempt;

/// What was counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Count {
    /// A log was analysed.
    Analyses,
    /// ... and no rule knew the failure.
    UnknownCategory,
    /// A draft pull request was opened.
    Proposals,
    /// The patch gate refused a patch.
    RefusedPatches,
    /// An issue was opened.
    Issues,
    /// A comment was made.
    Comments,
    /// People were mailed.
    Mails,
    /// Something could not be done that people must know of.
    Failures,
    /// An event could not be understood.
    Rejections,
    /// A passing run was learnt from.
    Baselines,
}

/// One of something.
pub fn one(count: Count) -> Metric {
    let name = match count {
        Count::Analyses => "Analyses",
        Count::UnknownCategory => "UnknownCategory",
        Count::Proposals => "Proposals",
        Count::RefusedPatches => "RefusedPatches",
        Count::Issues => "Issues",
        Count::Comments => "Comments",
        Count::Mails => "Mails",
        Count::Failures => "Failures",
        Count::Rejections => "Rejections",
        Count::Baselines => "Baselines",
    };
    number(name, 1.0)
}

/// What an analysis counts as.
pub fn analysed(category: Category) -> Vec<Metric> {
    let unknown = (category == Category::Unknown).then(|| one(Count::UnknownCategory));
    [one(Count::Analyses)].into_iter().chain(unknown).collect()
}

/// What requests to models count as.
#[expect(clippy::cast_precision_loss, reason = "no answer has 2^52 tokens")]
pub fn asked(attempts: &[Attempt]) -> Vec<Metric> {
    if attempts.is_empty() {
        return Vec::new();
    }
    let sum = |of: fn(&Attempt) -> u64| attempts.iter().map(of).sum::<u64>() as f64;
    let cost = attempts.iter().filter_map(|attempt| attempt.cost_usd).sum();
    vec![
        number("Asks", attempts.len() as f64),
        number("InputTokens", sum(|attempt| attempt.input_tokens)),
        number("OutputTokens", sum(|attempt| attempt.output_tokens)),
        number("CostUsd", cost),
    ]
}

fn number(name: &'static str, value: f64) -> Metric {
    Metric {
        name,
        value,
        unit: Unit::Count,
        dimension: None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn attempt(input_tokens: u64, cost_usd: Option<f64>) -> Attempt {
        Attempt {
            provider: "groq".to_owned(),
            model: "m".to_owned(),
            outcome: "answered".to_owned(),
            input_tokens,
            output_tokens: 5,
            cost_usd,
            took: Duration::ZERO,
        }
    }

    #[test]
    fn requests_are_summed_up() {
        let attempts = [attempt(100, Some(0.25)), attempt(20, None)];
        let named = |metric: Metric| (metric.name, metric.value);
        let metrics: Vec<_> = asked(&attempts).into_iter().map(named).collect();
        let expected = [
            ("Asks", 2.0),
            ("InputTokens", 120.0),
            ("OutputTokens", 10.0),
            ("CostUsd", 0.25),
        ];
        assert_eq!(metrics, expected);
        assert_eq!(asked(&[]), []);
    }

    #[test]
    fn a_failure_that_no_rule_knows_counts_twice() {
        let names = |category| {
            analysed(category)
                .iter()
                .map(|metric| metric.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(names(Category::Code), ["Analyses"]);
        assert_eq!(names(Category::Unknown), ["Analyses", "UnknownCategory"]);
    }
}
