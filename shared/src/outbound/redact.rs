//! The first, small set of redaction rules: secrets that can be told by their issuer's own prefix.

/// Prefixes that issuers give their secrets so that they can be found, with the least length of what follows.
///
/// Sources: AWS IAM "unique identifiers" (`AKIA`, `ASIA`), GitHub "token formats", GitLab "token prefixes",
/// Slack "token types", Stripe "API keys", `OpenAI` and Groq consoles, npm "access tokens".
const PREFIXES: [(&str, usize); 16] = [
    ("AKIA", 16),
    ("ASIA", 16),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghu_", 30),
    ("ghs_", 30),
    ("ghr_", 30),
    ("github_pat_", 30),
    ("glpat-", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("sk_live_", 20),
    ("sk-", 20),
    ("gsk_", 20),
    ("npm_", 30),
    ("hf_", 30),
];

const MARK: &str = "[redacted]";

/// Replaces each secret in `text` by a mark; everything else stays as it is.
pub(super) fn redact(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars() {
        if is_token_character(c) {
            word.push(c);
            continue;
        }
        redacted.push_str(redact_word(&word));
        redacted.push(c);
        word.clear();
    }
    redacted.push_str(redact_word(&word));
    redacted
}

fn redact_word(word: &str) -> &str {
    let is_secret = PREFIXES.iter().any(|(prefix, least)| {
        word.strip_prefix(prefix)
            .is_some_and(|rest| rest.len() >= *least)
    });
    if is_secret { MARK } else { word }
}

pub(super) fn is_token_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_and_its_surroundings_stay() {
        let key = format!("AKIA{}", "Q3EGZ7".repeat(3));
        let text = format!("deploy with key=\"{key}\", then retry");
        assert_eq!(redact(&text), "deploy with key=\"[redacted]\", then retry");
    }

    #[test]
    fn a_word_that_only_begins_like_a_secret_stays() {
        let text = "the AKIA prefix, sk-short and risk-assessment-of-the-whole-checkout stay";
        assert_eq!(redact(text), text);
    }
}
