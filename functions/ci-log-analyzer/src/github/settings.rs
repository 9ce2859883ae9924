//! Where GitHub is, and as whom it is asked.

use std::fmt;

use shared::http::Url;

/// Where GitHub is, and as whom it is asked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The root of its REST API.
    pub api: ApiRoot,
    /// As whom; `None` where there is no credential.
    pub identity: Option<Identity>,
}

/// A credential, by the name of the SSM parameter that holds it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Identity {
    /// A GitHub App: its tokens are narrowed to one repository and end after an hour.
    App {
        /// Its id or client id.
        id: AppId,
        /// The parameter with its private key, PEM as GitHub hands it out (PKCS#1), or PKCS#8.
        key_parameter: String,
    },
    /// A fine-grained personal access token.
    Token {
        /// The parameter with the token.
        parameter: String,
    },
}

/// The id of a GitHub App (`123456`), or its client id (`Iv23li…`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AppId(String);

/// The root of GitHub's REST API: `https://api.github.com`, `https://<host>/api/v3` on GitHub Enterprise Server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApiRoot(Url);

impl Identity {
    /// The parameter with its secret.
    pub fn parameter(&self) -> &str {
        match self {
            Self::App { key_parameter, .. } => key_parameter,
            Self::Token { parameter } => parameter,
        }
    }
}

impl AppId {
    /// The App `text`.
    pub fn parse(text: &str) -> Option<Self> {
        let is_right = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        ((1..=64).contains(&text.len()) && text.chars().all(is_right))
            .then(|| Self(text.to_owned()))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ApiRoot {
    /// That of github.com.
    pub const GITHUB: &'static str = "https://api.github.com";

    /// The root `text`: `https`, or `http` on this machine for a fake, with nothing but a host and a path.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_local = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        let is_right = (url.scheme() == "https" || url.scheme() == "http" && is_local)
            && url.host_str().is_some()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        is_right.then_some(Self(url))
    }

    /// The address.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for ApiRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_encrypted_or_on_this_machine_and_carries_nothing_else() {
        for text in [
            ApiRoot::GITHUB,
            "https://ghe.example/api/v3",
            "http://127.0.0.1:4000",
            "http://localhost:4000/",
        ] {
            assert_eq!(
                ApiRoot::parse(text).map(|root| root.to_string()),
                Some(Url::parse(text).unwrap().to_string())
            );
        }
        for text in [
            "",
            "api.github.com",
            "http://api.github.com",
            "http://127.0.0.1.evil.example",
            "https://me@api.github.com",
            "https://:secret@api.github.com",
            "https://api.github.com?x",
            "https://api.github.com#x",
            "ftp://api.github.com",
        ] {
            assert_eq!(ApiRoot::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_app_is_known_by_its_id_or_its_client_id() {
        for text in ["123456", "Iv23liABC.def"] {
            assert_eq!(AppId::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "12 34", "1\n2", "\"", &"1".repeat(65)] {
            assert_eq!(AppId::parse(text), None, "{text}");
        }
    }
}
