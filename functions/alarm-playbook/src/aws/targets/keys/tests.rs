use aws_sdk_ssm::Client;
use aws_sdk_ssm::operation::get_parameter::{GetParameterInput, GetParameterOutput};
use aws_sdk_ssm::types::Parameter;
use aws_smithy_mocks::{Rule, mock};
use russh::keys::key::safe_rng;
use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, PrivateKey};
use shared::failure::chain;

use super::super::tests::{REFUSED, at, aws_error, nature, targets, with_ssm};
use super::*;

pub(in crate::aws::targets) const PARAMETER: &str = "/lambda-medic/ssh/web";

pub(in crate::aws::targets) fn new_key() -> PrivateKey {
    PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519).unwrap()
}

/// A parameter of this type with this value.
pub(in crate::aws::targets) fn stored(r#type: &ParameterType, value: &str) -> Rule {
    let input = GetParameterInput::builder()
        .name(PARAMETER)
        .with_decryption(true)
        .build()
        .unwrap();
    let parameter = Parameter::builder().r#type(r#type.clone()).value(value);
    let parameter = parameter.build();
    mock!(Client::get_parameter)
        .match_requests(move |request| *request == input)
        .then_output(move || {
            GetParameterOutput::builder()
                .parameter(parameter.clone())
                .build()
        })
}

pub(in crate::aws::targets) fn openssh(key: &PrivateKey) -> String {
    key.to_openssh(LineEnding::LF).unwrap().to_string()
}

async fn read(rule: Rule) -> Result<String, CallError> {
    let clients = with_ssm(&[rule]);
    let key = targets(&clients).read_key(PARAMETER).await?;
    let kept = clients.keys.get(PARAMETER, System.now()).unwrap();
    assert_eq!(kept.fingerprint(), key.fingerprint());
    Ok(key.fingerprint())
}

#[tokio::test]
async fn a_key_is_read_decrypted_and_kept() {
    let key = new_key();
    let read = read(stored(&ParameterType::SecureString, &openssh(&key))).await;
    let expected = SshKey::parse(&openssh(&key)).unwrap().fingerprint();
    assert_eq!(read.unwrap(), expected);
}

#[tokio::test]
async fn a_key_that_lies_open_and_a_text_that_is_no_key_are_refused_and_not_shown() {
    let text = openssh(&new_key());
    let open = read(stored(&ParameterType::String, &text))
        .await
        .unwrap_err();
    assert_eq!(nature(&open), REFUSED);
    insta::assert_snapshot!(chain(&open), @"couldn't read the SSH key in parameter /lambda-medic/ssh/web: it is not a SecureString: whoever may read parameters could log in; replace the key and store it encrypted");
    let secret = "correct horse battery staple";
    let no_key = read(stored(&ParameterType::SecureString, secret))
        .await
        .unwrap_err();
    assert_eq!(nature(&no_key), REFUSED);
    assert!(!chain(&no_key).contains("horse"), "{no_key}");
}

#[tokio::test]
async fn a_parameter_that_is_not_there_or_may_not_be_decrypted_is_permanent() {
    for code in ["ParameterNotFound", "AccessDeniedException", "InvalidKeyId"] {
        let rule = mock!(Client::get_parameter)
            .sequence()
            .http_status(400, Some(aws_error(code)))
            .build();
        assert_eq!(nature(&read(rule).await.unwrap_err()), REFUSED, "{code}");
    }
}

#[test]
fn a_key_is_kept_for_five_minutes_and_under_its_own_name_only() {
    let cache = KeyCache::default();
    let key = SshKey::parse(&openssh(&new_key())).unwrap();
    cache.keep("a", key.clone(), at("21:00:00"));
    let is_kept = |name: &str, time: &str| cache.get(name, at(time)).is_some();
    assert!(!is_kept("b", "21:00:00"));
    assert!(is_kept("a", "21:04:59"));
    assert!(!is_kept("a", "21:05:00"));
    cache.keep("a", key, at("21:00:00"));
    // A clock that was set back does not make a key last longer.
    assert!(!is_kept("a", "20:59:59"));
    assert!(!format!("{cache:?}").contains("PRIVATE"));
}
