//! The key that a provider is asked with.

use crate::clock::Clock;
use crate::failure::chain;
use crate::http::Credential;
use crate::secrets::Secrets;
use tokio::time::timeout;
use tracing::warn;

use super::{Exchange, Next};
use crate::llm::dialect::Dialect;

impl<S: Secrets, C: Clock> Exchange<'_, S, C> {
    /// The key may have been changed within the five minutes that it is kept for: it is read anew, once.
    pub(super) async fn renew(&mut self, dialect: Dialect) -> Next {
        let Some((name, refused)) = self.provider.key_parameter.as_deref().zip(self.key.take())
        else {
            return self.fail(None);
        };
        let within = self.left().filter(|_| !self.has_renewed);
        self.has_renewed = true;
        let renewed = match within {
            Some(within) => timeout(within, self.deps.secrets.renewed(name, &refused)).await,
            None => return self.fail(None),
        };
        match renewed {
            Ok(Ok(Some(key))) if key != refused => {
                self.key = Some(key);
                Next::Again(dialect)
            }
            _ => {
                let provider = self.provider.kind.name();
                warn!(
                    llm.provider = provider,
                    "{provider} does not accept the key in {name}"
                );
                self.fail(None)
            }
        }
    }

    /// Gets the key; an error says why there is none.
    pub(super) async fn fetch_key(&mut self) -> Result<(), &'static str> {
        let Some(name) = self.provider.key_parameter.as_deref() else {
            return Ok(());
        };
        let within = self.left().ok_or("held back: no time is left")?;
        let why = match timeout(within, self.deps.secrets.secret(name)).await {
            Ok(Ok(Some(key))) if Credential::bearer(key.expose()).is_none() => {
                "it holds what no header can".to_owned()
            }
            Ok(Ok(key @ Some(_))) => {
                self.key = key;
                return Ok(());
            }
            Ok(Ok(None)) => "there is none".to_owned(),
            Ok(Err(error)) => chain(&error),
            Err(_) => format!("no answer within {within:?}"),
        };
        let provider = self.provider.kind.name();
        warn!(
            llm.provider = provider,
            "{provider} is not asked, no key in parameter {name}: {why}"
        );
        Err("held back: its key could not be read")
    }
}
