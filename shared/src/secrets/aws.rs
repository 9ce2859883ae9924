use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_sdk_ssm::operation::get_parameter::GetParameterError;
use aws_sdk_ssm::types::{Parameter, ParameterType};
use jiff::{SignedDuration, Timestamp};

use super::{Secret, Secrets};
use crate::aws::{Call, LazyClient};
use crate::clock::{Clock as _, System};
use crate::deadline::Deadline;
use crate::failure::CallError;

/// Long enough that a busy hour costs a dozen calls, short enough that a secret taken away is soon not used any more.
const TO_KEEP: SignedDuration = SignedDuration::from_mins(5);

/// The secrets that were read lately, by their parameters' names: state of one sandbox.
#[derive(Debug, Default)]
pub struct SecretCache(Mutex<HashMap<String, Kept>>);

#[derive(Debug)]
struct Kept {
    secret: Secret,
    read_at: Timestamp,
}

/// Secrets in SSM, for the length of one invocation.
///
/// Only a `SecureString` is a secret: what lies open in a parameter is refused, so that somebody notices.
#[derive(Clone, Copy, Debug)]
pub struct SsmSecrets<'a> {
    /// The SSM client, built once per sandbox.
    pub ssm: &'a LazyClient<aws_sdk_ssm::Client>,
    /// What this sandbox read before.
    pub cache: &'a SecretCache,
    /// By when every call must be over.
    pub deadline: Deadline,
}

impl SecretCache {
    fn get(&self, name: &str, now: Timestamp) -> Option<Secret> {
        let mut kept = self.kept();
        kept.retain(|_, kept| kept.is_fresh(now));
        kept.get(name).map(|kept| kept.secret.clone())
    }

    /// Keeps what was found; where nothing was, it forgets what was there before.
    fn keep(&self, name: &str, secret: Option<&Secret>, read_at: Timestamp) {
        let mut kept = self.kept();
        match secret.cloned() {
            Some(secret) => kept.insert(name.to_owned(), Kept { secret, read_at }),
            None => kept.remove(name),
        };
    }

    /// Whoever panicked with it in hand has left it whole.
    fn kept(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn is_fresh(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.read_at);
        (SignedDuration::ZERO..TO_KEEP).contains(&age)
    }
}

impl Secrets for SsmSecrets<'_> {
    async fn secret(&self, name: &str) -> Result<Option<Secret>, CallError> {
        match self.cache.get(name, System.now()) {
            Some(secret) => Ok(Some(secret)),
            None => self.read(name).await,
        }
    }

    async fn renewed(&self, name: &str, refused: &Secret) -> Result<Option<Secret>, CallError> {
        match self.cache.get(name, System.now()) {
            Some(secret) if secret != *refused => Ok(Some(secret)),
            _ => self.read(name).await,
        }
    }
}

impl SsmSecrets<'_> {
    async fn read(&self, name: &str) -> Result<Option<Secret>, CallError> {
        let call = Call::new("read the secret in", format!("SSM parameter {name}"));
        let config = aws_sdk_ssm::Config::builder().timeout_config(call.repeatable(self.deadline)?);
        let answer = self
            .ssm
            .get_parameter()
            .name(name)
            .with_decryption(true)
            .customize()
            .config_override(config)
            .send()
            .await;
        let secret = match answer {
            Ok(answer) => Some(secret(&call, answer.parameter)?),
            Err(error) if error.as_service_error().is_some_and(is_missing) => None,
            Err(error) => return Err(call.failed(error)),
        };
        self.cache.keep(name, secret.as_ref(), System.now());
        Ok(secret)
    }
}

fn is_missing(error: &GetParameterError) -> bool {
    error.is_parameter_not_found() || error.is_parameter_version_not_found()
}

fn secret(call: &Call, parameter: Option<Parameter>) -> Result<Secret, CallError> {
    let parameter = parameter.ok_or_else(|| call.misanswered("SSM sent no parameter"))?;
    if parameter.r#type() != Some(&ParameterType::SecureString) {
        return Err(call.refused(
            "it is not a SecureString: whoever may read parameters could read it; replace the secret and store it encrypted",
        ));
    }
    let secret = Secret::new(parameter.value().unwrap_or_default());
    if secret.expose().is_empty() {
        return Err(call.refused("it is empty"));
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ssm::Client;
    use aws_sdk_ssm::error::ErrorMetadata;
    use aws_sdk_ssm::operation::get_parameter::GetParameterOutput;
    use aws_sdk_ssm::types::error::ParameterNotFound;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

    use super::*;
    use crate::aws::lazy;
    use crate::failure::{Classify as _, Effect, FailureKind, chain};

    const NAME: &str = "/lambda-medic/llm/groq";

    fn client(rules: &[&Rule]) -> LazyClient<Client> {
        let client = mock_client!(aws_sdk_ssm, RuleMode::Sequential, rules);
        lazy(move || client)
    }

    fn secrets<'a>(ssm: &'a LazyClient<Client>, cache: &'a SecretCache) -> SsmSecrets<'a> {
        let deadline = Deadline::at(System.now() + SignedDuration::from_secs(30));
        SsmSecrets {
            ssm,
            cache,
            deadline,
        }
    }

    /// A parameter that holds `value`, if it is asked for by name and decrypted.
    fn holds(kind: ParameterType, value: &'static str) -> Rule {
        mock!(Client::get_parameter)
            .match_requests(|request| {
                request.name() == Some(NAME) && request.with_decryption() == Some(true)
            })
            .then_output(move || {
                let parameter = Parameter::builder().r#type(kind.clone()).value(value);
                GetParameterOutput::builder()
                    .parameter(parameter.build())
                    .build()
            })
    }

    fn fails(error: impl Fn() -> GetParameterError + Send + Sync + 'static) -> Rule {
        mock!(Client::get_parameter).then_error(error)
    }

    fn missing() -> Rule {
        fails(|| GetParameterError::ParameterNotFound(ParameterNotFound::builder().build()))
    }

    #[tokio::test]
    async fn a_secret_is_read_once_for_five_minutes() {
        let rule = holds(ParameterType::SecureString, "key-1\n");
        let (ssm, cache) = (client(&[&rule]), SecretCache::default());
        for _ in 0..3 {
            let secret = secrets(&ssm, &cache).secret(NAME).await.unwrap();
            assert_eq!(secret, Some(Secret::new("key-1")));
        }
        assert_eq!(rule.num_calls(), 1);
    }

    #[test]
    fn a_secret_is_kept_for_five_minutes_and_not_from_the_future() {
        let cache = SecretCache::default();
        let read_at: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let known = |seconds: i64| {
            cache.keep(NAME, Some(&Secret::new("key")), read_at);
            let now = read_at + SignedDuration::from_secs(seconds);
            cache.get(NAME, now).is_some()
        };
        assert_eq!(
            [-1, 0, 299, 300].map(known),
            [false, true, true, false],
            "a second before it was read, at once, and around five minutes later"
        );
        cache.keep(NAME, None, read_at);
        assert_eq!(cache.get(NAME, read_at), None);
    }

    #[tokio::test]
    async fn a_refused_secret_is_read_anew_and_who_refuses_the_old_one_later_gets_the_new_one_without_a_call()
     {
        let (old, new) = (
            holds(ParameterType::SecureString, "key-1"),
            holds(ParameterType::SecureString, "key-2"),
        );
        let (ssm, cache) = (client(&[&old, &new]), SecretCache::default());
        let first = secrets(&ssm, &cache).secret(NAME).await.unwrap().unwrap();
        for _ in 0..2 {
            let renewed = secrets(&ssm, &cache).renewed(NAME, &first).await.unwrap();
            assert_eq!(renewed, Some(Secret::new("key-2")));
        }
        assert_eq!((old.num_calls(), new.num_calls()), (1, 1));
    }

    #[tokio::test]
    async fn a_missing_parameter_is_no_error_and_is_looked_for_again() {
        let (none, some) = (missing(), holds(ParameterType::SecureString, "key"));
        let (ssm, cache) = (client(&[&none, &some]), SecretCache::default());
        assert_eq!(secrets(&ssm, &cache).secret(NAME).await.unwrap(), None);
        let found = secrets(&ssm, &cache).secret(NAME).await.unwrap();
        assert_eq!(found, Some(Secret::new("key")));
    }

    #[tokio::test]
    async fn an_error_names_the_parameter_and_never_what_it_holds() {
        let denied = || {
            let denied = ErrorMetadata::builder().code("AccessDeniedException");
            GetParameterError::generic(denied.build())
        };
        let refusals = [
            (
                holds(ParameterType::String, "open"),
                "it is not a SecureString: whoever may read parameters could read it; replace the secret and store it encrypted",
            ),
            (holds(ParameterType::SecureString, " \n"), "it is empty"),
            (
                fails(denied),
                "service error: unhandled error (AccessDeniedException): Error { code: \"AccessDeniedException\" }",
            ),
        ];
        for (rule, why) in refusals {
            let (ssm, cache) = (client(&[&rule]), SecretCache::default());
            let error = secrets(&ssm, &cache).secret(NAME).await.unwrap_err();
            assert_eq!(
                (error.kind(), error.effect()),
                (FailureKind::Permanent, Effect::None)
            );
            assert_eq!(
                chain(&error),
                format!("couldn't read the secret in SSM parameter {NAME}: {why}")
            );
        }
    }

    #[test]
    fn nothing_shows_a_secret() {
        let cache = SecretCache::default();
        cache.keep(NAME, Some(&Secret::new("key-1")), Timestamp::UNIX_EPOCH);
        assert_eq!(
            format!("{cache:?}"),
            format!(
                "SecretCache(Mutex {{ data: {{\"{NAME}\": Kept {{ secret: Secret(..), read_at: 1970-01-01T00:00:00Z }}}}, poisoned: false, .. }})"
            )
        );
    }
}
