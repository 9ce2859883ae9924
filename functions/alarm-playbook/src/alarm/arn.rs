use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The ARN of an alarm, such as `arn:aws:cloudwatch:eu-west-1:111122223333:alarm:checkout-5xx`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct AlarmArn {
    partition: String,
    region: String,
    account: String,
    alarm_name: String,
}

/// A text that is not the ARN of an alarm.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("not the ARN of a CloudWatch alarm")]
pub struct NotAnAlarmArn;

impl AlarmArn {
    /// The region the alarm is in.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The account the alarm is in.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The alarm's name as the ARN has it.
    pub fn alarm_name(&self) -> &str {
        &self.alarm_name
    }
}

impl FromStr for AlarmArn {
    type Err = NotAnAlarmArn;

    fn from_str(text: &str) -> Result<Self, NotAnAlarmArn> {
        // A name may contain colons: seven parts at most.
        let parts: Vec<&str> = text.splitn(7, ':').collect();
        let [
            "arn",
            partition,
            "cloudwatch",
            region,
            account,
            "alarm",
            alarm_name,
        ] = parts[..]
        else {
            return Err(NotAnAlarmArn);
        };
        let is_plain = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        if !is_plain(partition) || !is_plain(region) || !is_account || alarm_name.is_empty() {
            return Err(NotAnAlarmArn);
        }
        Ok(Self {
            partition: partition.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
            alarm_name: alarm_name.to_owned(),
        })
    }
}

impl fmt::Display for AlarmArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            partition,
            region,
            account,
            alarm_name,
        } = self;
        write!(
            f,
            "arn:{partition}:cloudwatch:{region}:{account}:alarm:{alarm_name}"
        )
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
        arn.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_written_as_it_was_read() {
        for text in [
            "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:checkout-5xx",
            "arn:aws-cn:cloudwatch:cn-north-1:111122223333:alarm:a: b/c",
        ] {
            assert_eq!(
                text.parse::<AlarmArn>().map(|arn| arn.to_string()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn another_text_is_not_an_arn() {
        for text in [
            "",
            "arn:aws:sns:eu-west-1:111122223333:alarm:x",
            "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:",
            "arn:aws:cloudwatch:eu-west-1:1111:alarm:x",
            "arn:aws:cloudwatch:eu-west-1/evil:111122223333:alarm:x",
        ] {
            assert_eq!(text.parse::<AlarmArn>(), Err(NotAnAlarmArn));
        }
    }
}
