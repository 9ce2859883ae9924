//! With what GitHub is asked: an App's token for one repository, or a personal access token.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use shared::clock::Clock;
use shared::failure::{CallError, Effect, FailureKind};
use shared::http::Credential;
use shared::secrets::{Secret, Secrets};

use super::answer;
use super::ask::Ask;
use super::body::{Name, NewToken, PERMISSIONS};
use super::client::GitHubClient;
use super::endpoint::{INSTALLATION, NEW_TOKEN, USER};
use super::failure::Failed;
use super::sandbox::{Access, Who};
use super::settings::{AppId, Identity};
use crate::repository::Repository;

/// GitHub advises to be a minute late, and refuses what is valid for more than ten
/// (<https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app>).
const LATE_SECONDS: i64 = 60;
const VALID_SECONDS: i64 = 9 * 60;

/// What an App says of itself.
#[derive(Serialize)]
struct Claims<'a> {
    iat: i64,
    exp: i64,
    iss: &'a str,
}

impl<S: Secrets, C: Clock> GitHubClient<'_, S, C> {
    /// With what `repository` is asked, from the sandbox or new.
    pub(super) async fn access(&self, repository: &Repository) -> Result<Access, CallError> {
        if let Some(access) = self.sandbox.access(repository, self.clock.now()) {
            // A personal token that was rotated is followed within the five minutes that a secret is kept.
            if access.until.is_some() || self.secret(repository).await? == access.secret {
                return Ok(access);
            }
        }
        let secret = self.secret(repository).await?;
        self.new_access(repository, secret).await
    }

    /// The same after `refused` was not accepted; `None` where there is nothing new to try.
    pub(super) async fn renewed_access(
        &self,
        repository: &Repository,
        refused: &Access,
    ) -> Result<Option<Access>, CallError> {
        self.sandbox.forget_access(repository);
        match self.identity(repository)? {
            Identity::App { .. } => {
                let access = self.new_access(repository, refused.secret.clone()).await?;
                Ok(Some(access))
            }
            Identity::Token { parameter } => {
                let secret = self.secrets.renewed(parameter, &refused.secret).await?;
                match secret.filter(|secret| *secret != refused.secret) {
                    Some(secret) => Ok(Some(self.new_access(repository, secret).await?)),
                    None => Ok(None),
                }
            }
        }
    }

    async fn new_access(
        &self,
        repository: &Repository,
        secret: Secret,
    ) -> Result<Access, CallError> {
        let access = match self.made(repository, secret.clone()).await {
            // A secret that was rotated within the five minutes that it is kept.
            Err(failed) if failed.is(401) => {
                let parameter = self.identity(repository)?.parameter();
                let renewed = self.secrets.renewed(parameter, &secret).await?;
                match renewed.filter(|renewed| *renewed != secret) {
                    Some(renewed) => self.made(repository, renewed).await?,
                    None => return Err(failed.error),
                }
            }
            outcome => outcome?,
        };
        self.sandbox.keep_access(repository, access.clone());
        Ok(access)
    }

    async fn made(&self, repository: &Repository, secret: Secret) -> Result<Access, Failed> {
        match self.identity(repository)? {
            Identity::App { id, .. } => self.installed(repository, id, secret).await,
            Identity::Token { .. } => self.personal(repository, secret).await,
        }
    }

    async fn personal(&self, repository: &Repository, secret: Secret) -> Result<Access, Failed> {
        let ask = Ask::new(USER, repository);
        let credential = bearer(&ask, secret.expose())?;
        let response = self.ask_with(&ask, &credential).await?;
        let user: answer::User = ask.read(&response)?;
        Ok(Access {
            credential,
            secret,
            who: Who::User(user.login),
            until: None,
        })
    }

    /// A token of the App's installation, good for this repository alone.
    async fn installed(
        &self,
        repository: &Repository,
        id: &AppId,
        secret: Secret,
    ) -> Result<Access, Failed> {
        let ask = Ask::new(INSTALLATION, repository);
        let now = self.clock.now().as_second();
        let token = jwt(id, &secret, now).ok_or_else(|| {
            let why = "the App's private key is no RSA key in PEM: see GITHUB_APP_KEY_PARAMETER";
            ask.failed((FailureKind::Permanent, Effect::None), why)
        })?;
        let credential = bearer(&ask, &token)?;
        let response = self.ask_with(&ask, &credential).await?;
        let installation: answer::Installation = ask.read(&response)?;
        let ask = Ask::new(NEW_TOKEN, repository)
            .part(installation.id.to_string())
            .body(&NewToken {
                repositories: vec![Name::of(repository)],
                permissions: PERMISSIONS,
            });
        let response = self.ask_with(&ask, &credential).await?;
        let token: answer::Token = ask.read(&response)?;
        Ok(Access {
            credential: bearer(&ask, &token.token)?,
            secret,
            who: Who::App(installation.app_slug),
            until: Some(token.expires_at),
        })
    }

    async fn secret(&self, repository: &Repository) -> Result<Secret, CallError> {
        let parameter = self.identity(repository)?.parameter();
        let secret = self.secrets.secret(parameter).await?;
        secret.ok_or_else(|| {
            let permanent = (FailureKind::Permanent, Effect::None);
            CallError::new(
                "read",
                parameter,
                permanent,
                "there is no such parameter in SSM",
            )
        })
    }

    fn identity(&self, repository: &Repository) -> Result<&Identity, CallError> {
        let none = || {
            let permanent = (FailureKind::Permanent, Effect::None);
            let why = "neither GITHUB_APP_ID nor GITHUB_TOKEN_PARAMETER is set";
            CallError::new("ask GitHub about", repository.to_string(), permanent, why)
        };
        self.settings.identity.as_ref().ok_or_else(none)
    }
}

fn bearer(ask: &Ask<'_>, token: &str) -> Result<Credential, CallError> {
    Credential::bearer(token).ok_or_else(|| {
        let permanent = (FailureKind::Permanent, Effect::None);
        ask.error(permanent, "the token is none that a header can hold")
    })
}

/// The App's own token; `None` where the key is no RSA key in PEM, PKCS#1 or PKCS#8.
fn jwt(id: &AppId, key: &Secret, now: i64) -> Option<String> {
    // A parameter that was set from a file of environment variables has its line ends written out.
    let pem = key.expose().replace("\\n", "\n");
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).ok()?;
    let claims = Claims {
        iat: now - LATE_SECONDS,
        exp: now + VALID_SECONDS,
        iss: id.as_str(),
    };
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key).ok()
}
