//! `medic secrets put`: a secret from standard input into SSM, where the functions read it. CloudFormation makes no `SecureString`.

use std::io::{IsTerminal as _, Read as _, stdin};

use anyhow::{Context as _, ensure};
use aws_config::BehaviorVersion;
use aws_sdk_ssm::types::{ParameterTier, ParameterType};
use clap::Args;
use console::Term;

use crate::screen;

/// The longest value of a parameter of the advanced tier (API reference of `PutParameter`, `Value`).
const MOST_BYTES: usize = 8 * 1024;

/// What `medic secrets put` is given.
#[derive(Args, Debug)]
pub struct PutArguments {
    /// The parameter's name, as in the setting that names it, such as /lambda-medic/groq
    #[arg(value_name = "NAME", value_parser = name)]
    name: String,

    /// A KMS key of your own, its id, ARN or alias; without it, the one that AWS manages for SSM
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

/// Stores it.
pub async fn put(arguments: &PutArguments) -> anyhow::Result<()> {
    let value = value()?;
    let aws = aws_config::defaults(BehaviorVersion::latest()).load().await;
    ensure!(
        aws.region().is_some(),
        "no region is set: set AWS_REGION, or a region in the profile"
    );
    let stored = aws_sdk_ssm::Client::new(&aws)
        .put_parameter()
        .name(&arguments.name)
        .value(value)
        .r#type(ParameterType::SecureString)
        // The standard tier where the value fits into it, which costs nothing.
        .tier(ParameterTier::IntelligentTiering)
        .set_key_id(arguments.key.clone())
        .overwrite(true)
        .send()
        .await;
    let stored = stored.with_context(|| format!("couldn't store {} in SSM", arguments.name))?;
    let version = stored.version();
    screen::print(format!(
        "stored {} as a SecureString, version {version}; a function that has read it takes the new one within five minutes",
        arguments.name
    ));
    Ok(())
}

/// The secret: from a file or another program, or typed without being shown.
fn value() -> anyhow::Result<String> {
    let terminal = Term::stderr();
    let typed = if stdin().is_terminal() {
        terminal.write_str("the secret, which is not shown: ")?;
        terminal.read_secure_line()?
    } else {
        let mut read = String::new();
        let mut input = stdin().lock().take(MOST_BYTES as u64 + 1);
        let read_whole = input.read_to_string(&mut read);
        read_whole.context("couldn't read the secret from standard input")?;
        read
    };
    checked(&typed).map(str::to_owned)
}

fn checked(value: &str) -> anyhow::Result<&str> {
    ensure!(
        value.len() <= MOST_BYTES,
        "the secret is longer than {MOST_BYTES} bytes, the most that SSM takes"
    );
    let value = value.trim();
    ensure!(!value.is_empty(), "the secret is empty");
    Ok(value)
}

/// A name that the function's role can be given: with a path (IAM reference, `arn:…:parameter/Name`).
fn name(text: &str) -> Result<String, String> {
    let is_ordinary = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    if text.len() <= 1_000
        && text.starts_with('/')
        && text.len() > 1
        && text.chars().all(is_ordinary)
    {
        Ok(text.to_owned())
    } else {
        Err("use a name such as /lambda-medic/groq: a slash, then letters, digits, `_`, `.`, `-` and `/`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_a_path() {
        assert_eq!(
            name("/lambda-medic/groq"),
            Ok("/lambda-medic/groq".to_owned())
        );
        for text in ["", "/", "groq", "/a b", "/ü", "/a*"] {
            assert!(name(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_secret_is_not_empty_and_not_longer_than_ssm_takes() {
        let told = |value: &str| match checked(value) {
            Ok(value) => Ok(value.to_owned()),
            Err(error) => Err(error.to_string()),
        };
        assert_eq!(told("key\n"), Ok("key".to_owned()));
        assert_eq!(told(" \n"), Err("the secret is empty".to_owned()));
        let most = "the secret is longer than 8192 bytes, the most that SSM takes";
        assert_eq!(told(&"x".repeat(8_193)), Err(most.to_owned()));
    }
}
