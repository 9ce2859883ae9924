//! Whom to ask, from the settings. The environment itself is read elsewhere.

use crate::http::Url;
use crate::settings::{SettingError, Settings};

use super::provider::{Kind, Model, Provider};

/// The variables of one kind of provider.
struct Names {
    key_parameter: &'static str,
    model: &'static str,
    base_url: &'static str,
}

const fn names(kind: Kind) -> Names {
    macro_rules! of {
        ($prefix:literal) => {
            Names {
                key_parameter: concat!($prefix, "_KEY_PARAMETER"),
                model: concat!($prefix, "_MODEL"),
                base_url: concat!($prefix, "_BASE_URL"),
            }
        };
    }
    match kind {
        Kind::Groq => of!("GROQ"),
        Kind::OpenAi => of!("OPENAI"),
        Kind::HuggingFace => of!("HUGGINGFACE"),
        Kind::Compatible => of!("COMPATIBLE"),
    }
}

/// The providers in the order of `LLM_PROVIDERS`, each with its `<NAME>_KEY_PARAMETER`, `<NAME>_MODEL` and `<NAME>_BASE_URL`.
///
/// Without `LLM_PROVIDERS` it is Groq if it has a key, else nobody: the rules' verdict is the whole diagnosis then.
///
/// # Errors
/// The first setting that cannot be used, by name.
pub fn providers(vars: &Settings) -> Result<Vec<Provider>, SettingError> {
    let mut kinds: Vec<Kind> = Vec::new();
    for name in vars.optional_list("LLM_PROVIDERS") {
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
        let kind = kind.filter(|kind| !kinds.contains(kind));
        kinds.push(kind.ok_or(SettingError::Invalid {
            name: "LLM_PROVIDERS",
            value: name,
            expected: "use groq, openai, huggingface and compatible, each once at most",
        })?);
    }
    let has_groq_key = vars.optional(names(Kind::Groq).key_parameter).is_some();
    if kinds.is_empty() && has_groq_key {
        kinds.push(Kind::Groq);
    }
    kinds.into_iter().map(|kind| provider(kind, vars)).collect()
}

fn provider(kind: Kind, vars: &Settings) -> Result<Provider, SettingError> {
    let names = names(kind);
    let model = match (vars.optional(names.model), kind.model()) {
        (Some(model), _) | (None, Some(model)) => model,
        (None, None) => vars.required(names.model, "the server must be asked for a model")?,
    };
    let base_url = match (vars.optional(names.base_url), kind.base_url()) {
        (Some(url), _) | (None, Some(url)) => url,
        (None, None) => vars.required(names.base_url, "it is where the server answers")?,
    };
    Ok(Provider {
        kind,
        model: Model::parse(model).ok_or_else(|| SettingError::Invalid {
            name: names.model,
            value: model.to_owned(),
            expected: "use the name of a model, as its provider writes it",
        })?,
        chat_completions: chat_completions(base_url).ok_or_else(|| SettingError::Invalid {
            name: names.base_url,
            value: base_url.to_owned(),
            expected: "use an address such as https://host/v1, without user or query (http on this machine only)",
        })?,
        key_parameter: vars.optional(names.key_parameter).map(str::to_owned),
    })
}

/// Where chat completions are asked for; `None` for what a key must not be sent to.
fn chat_completions(base_url: &str) -> Option<Url> {
    let mut url = Url::parse(base_url).ok()?;
    let is_safe = match url.scheme() {
        "https" => true,
        "http" => is_this_machine(&url),
        _ => false,
    };
    let is_plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !(is_safe && is_plain) {
        return None;
    }
    url.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .extend(["chat", "completions"]);
    Some(url)
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<Vec<Provider>, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let vars: HashMap<String, String> = vars.iter().map(owned).collect();
        providers(&Settings::new(vars)).map_err(|error| error.to_string())
    }

    fn provider(kind: Kind, url: &str, model: &str, key: Option<&str>) -> Provider {
        Provider {
            kind,
            chat_completions: url.parse().unwrap(),
            model: Model::parse(model).unwrap(),
            key_parameter: key.map(str::to_owned),
        }
    }

    #[test]
    fn without_settings_it_is_groq_with_a_key_and_nobody_without() {
        assert_eq!(read(&[]), Ok(vec![]));
        assert_eq!(read(&[("OPENAI_KEY_PARAMETER", "/k")]), Ok(vec![]));
        let groq = provider(
            Kind::Groq,
            "https://api.groq.com/openai/v1/chat/completions",
            "openai/gpt-oss-120b",
            Some("/k"),
        );
        assert_eq!(read(&[("GROQ_KEY_PARAMETER", "/k")]), Ok(vec![groq]));
    }

    #[test]
    fn each_provider_has_its_own_settings_and_their_order_is_kept() {
        let read = read(&[
            ("LLM_PROVIDERS", "compatible, huggingface,openai"),
            ("COMPATIBLE_BASE_URL", "http://127.0.0.1:11434/v1/"),
            ("COMPATIBLE_MODEL", "llama3.2:3b"),
            ("HUGGINGFACE_KEY_PARAMETER", "/hf"),
            ("OPENAI_KEY_PARAMETER", "/openai"),
            ("OPENAI_MODEL", "gpt-5.4"),
            ("OPENAI_BASE_URL", "https://eu.api.openai.com/v1"),
            ("GROQ_KEY_PARAMETER", "/groq"),
        ]);
        let expected = vec![
            provider(
                Kind::Compatible,
                "http://127.0.0.1:11434/v1/chat/completions",
                "llama3.2:3b",
                None,
            ),
            provider(
                Kind::HuggingFace,
                "https://router.huggingface.co/v1/chat/completions",
                "openai/gpt-oss-120b",
                Some("/hf"),
            ),
            provider(
                Kind::OpenAi,
                "https://eu.api.openai.com/v1/chat/completions",
                "gpt-5.4",
                Some("/openai"),
            ),
        ];
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn a_key_goes_over_https_or_stays_on_this_machine() {
        for (url, is_right) in [
            ("https://llm.example.com/v1", true),
            ("https://llm.example.com", true),
            ("http://127.0.0.1:8080/v1", true),
            ("http://[::1]:8080/v1", true),
            ("http://localhost/v1", true),
            ("http://llm.example.com/v1", false),
            ("http://127.0.0.1.example.com/v1", false),
            ("http://localhost.example.com/v1", false),
            ("http://10.0.0.1/v1", false),
            ("https://user:password@llm.example.com/v1", false),
            ("https://llm.example.com/v1?key=1", false),
            ("file:///etc/passwd", false),
            ("llm.example.com", false),
        ] {
            assert_eq!(chat_completions(url).is_some(), is_right, "{url}");
        }
    }

    #[test]
    fn an_unusable_setting_is_named() {
        let errors = [
            read(&[("LLM_PROVIDERS", "grok")]),
            read(&[("LLM_PROVIDERS", "groq,groq")]),
            read(&[("LLM_PROVIDERS", "compatible")]),
            read(&[("LLM_PROVIDERS", "compatible"), ("COMPATIBLE_MODEL", "m")]),
            read(&[("LLM_PROVIDERS", "openai"), ("OPENAI_MODEL", "gpt 5")]),
            read(&[
                ("LLM_PROVIDERS", "openai"),
                ("OPENAI_BASE_URL", "http://api.openai.com/v1"),
            ]),
        ];
        let errors = errors.map(Result::unwrap_err);
        insta::assert_snapshot!(errors.join("\n"), @"
        LLM_PROVIDERS is `grok`; use groq, openai, huggingface and compatible, each once at most
        LLM_PROVIDERS is `groq`; use groq, openai, huggingface and compatible, each once at most
        COMPATIBLE_MODEL is not set; the server must be asked for a model
        COMPATIBLE_BASE_URL is not set; it is where the server answers
        OPENAI_MODEL is `gpt 5`; use the name of a model, as its provider writes it
        OPENAI_BASE_URL is `http://api.openai.com/v1`; use an address such as https://host/v1, without user or query (http on this machine only)
        ");
    }
}
