use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The ARN of an alarm, such as `arn:aws:cloudwatch:eu-west-1:111122223333:alarm:checkout-5xx`.
///
/// Samples and hand-made messages carry placeholders for account and region: these count as not given.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct AlarmArn(String);

/// A text that is not the ARN of an alarm.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("not the ARN of a CloudWatch alarm")]
pub struct NotAnAlarmArn;

impl AlarmArn {
    /// The region the alarm is in.
    pub fn region(&self) -> Option<&str> {
        self.part(3).filter(|region| is_region(region))
    }

    /// The account the alarm is in.
    pub fn account(&self) -> Option<&str> {
        self.part(4).filter(|account| is_account(account))
    }

    /// The alarm's name as the ARN has it.
    pub fn alarm_name(&self) -> &str {
        self.part(6).unwrap_or_default()
    }

    /// A name may contain colons: seven parts at most.
    fn part(&self, n: usize) -> Option<&str> {
        self.0.splitn(7, ':').nth(n)
    }
}

/// Whether this has the form of a region's code, such as `eu-west-1` or `us-gov-east-1`.
pub(super) fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let is_number = |part: &str| part.len() == 1 && part.bytes().all(|b| b.is_ascii_digit());
    parts.next_back().is_some_and(is_number)
        && (2..=3).contains(&parts.clone().count())
        && parts.all(is_word)
}

/// Whether this has the form of an account id: twelve digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

impl FromStr for AlarmArn {
    type Err = NotAnAlarmArn;

    fn from_str(text: &str) -> Result<Self, NotAnAlarmArn> {
        let parts: Vec<&str> = text.splitn(7, ':').collect();
        match parts[..] {
            ["arn", _, "cloudwatch", _, _, "alarm", name] if !name.is_empty() => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(NotAnAlarmArn),
        }
    }
}

impl fmt::Display for AlarmArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for AlarmArn {
    type Error = NotAnAlarmArn;

    fn try_from(text: String) -> Result<Self, NotAnAlarmArn> {
        text.parse()
    }
}

impl From<AlarmArn> for String {
    fn from(arn: AlarmArn) -> Self {
        arn.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: (Option<&str>, Option<&str>, &str)) {
        let arn: AlarmArn = text.parse().unwrap();
        assert_eq!((arn.region(), arn.account(), arn.alarm_name()), expected);
        assert_eq!(arn.to_string(), text);
    }

    #[test]
    fn an_arn_says_region_account_and_name() {
        check(
            "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:checkout-5xx",
            (Some("eu-west-1"), Some("111122223333"), "checkout-5xx"),
        );
        check(
            "arn:aws-us-gov:cloudwatch:us-gov-east-1:111122223333:alarm:a: b/c",
            (Some("us-gov-east-1"), Some("111122223333"), "a: b/c"),
        );
    }

    #[test]
    fn a_placeholder_is_neither_an_account_nor_a_region() {
        check(
            "arn:aws:cloudwatch:REGION:ACCOUNT_NUMBER:alarm:EXAMPLE",
            (None, None, "EXAMPLE"),
        );
        check(
            "arn:aws:cloudwatch:eu-west-1/evil: 111122223333:alarm:x",
            (None, None, "x"),
        );
    }

    #[test]
    fn another_text_is_not_an_arn() {
        for text in [
            "",
            "arn:aws:sns:eu-west-1:111122223333:alarm:x",
            "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:",
            "arn:aws:cloudwatch:eu-west-1:111122223333:dashboard:x",
        ] {
            assert_eq!(text.parse::<AlarmArn>(), Err(NotAnAlarmArn));
        }
    }
}
