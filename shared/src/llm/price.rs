//! What asking costs.

use super::answer::Usage;
use super::provider::Kind;

/// What is known of a model beside its name.
struct Known {
    kind: Kind,
    model: &'static str,
    /// Dollars per million tokens read and written.
    dollars: Option<(f64, f64)>,
    /// Whether it can be told to think little: it is asked for a paragraph, and thoughts are paid for and take their time.
    thinks: bool,
}

/// As of 2026-11-21, from third parties that quote the vendors' price lists (console.groq.com/docs/models,
/// developers.openai.com/api/docs/pricing): an estimate, never a bill. What a call over Hugging Face costs depends on who
/// answers it behind the router.
const KNOWN: [Known; 4] = [
    Known {
        kind: Kind::Groq,
        model: "openai/gpt-oss-120b",
        dollars: Some((0.15, 0.60)),
        thinks: true,
    },
    Known {
        kind: Kind::OpenAi,
        model: "gpt-5.4-mini",
        dollars: Some((0.75, 4.50)),
        thinks: true,
    },
    Known {
        kind: Kind::OpenAi,
        model: "gpt-5.4",
        dollars: Some((2.50, 15.00)),
        thinks: true,
    },
    Known {
        kind: Kind::HuggingFace,
        model: "openai/gpt-oss-120b",
        dollars: None,
        thinks: true,
    },
];

fn known(kind: Kind, model: &str) -> Option<&'static Known> {
    KNOWN
        .iter()
        .find(|known| known.kind == kind && known.model == model)
}

/// Whether the model takes `reasoning_effort`; many refuse what they do not know.
pub(super) fn thinks(kind: Kind, model: &str) -> bool {
    known(kind, model).is_some_and(|known| known.thinks)
}

/// An estimate in dollars, without discounts; `None` for a model whose price is not in the table.
pub(super) fn cost_usd(kind: Kind, model: &str, usage: Usage) -> Option<f64> {
    let (input, output) = known(kind, model)?.dollars?;
    let cost = f64::from(usage.input) * input + f64::from(usage.output) * output;
    Some(cost / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_known_where_the_price_is() {
        let usage = Usage {
            input: 4_000,
            output: 500,
        };
        let cost = |kind, model| cost_usd(kind, model, usage);
        let near = |cost: Option<f64>, expected: f64| (cost.unwrap() - expected).abs() < 1e-12;
        assert!(near(cost(Kind::Groq, "openai/gpt-oss-120b"), 0.000_9));
        assert!(near(cost(Kind::OpenAi, "gpt-5.4-mini"), 0.005_25));
        assert_eq!(cost(Kind::HuggingFace, "openai/gpt-oss-120b"), None);
        assert_eq!(cost(Kind::Groq, "another"), None);
        assert_eq!(cost(Kind::Compatible, "gpt-5.4-mini"), None);
    }

    #[test]
    fn the_default_models_are_known() {
        for kind in Kind::ALL {
            let model = kind.model();
            assert!(model.is_none_or(|model| thinks(kind, model)), "{kind:?}");
        }
    }
}
