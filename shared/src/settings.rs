//! Settings parsed from environment variables, with errors that name the variable.

use std::collections::HashMap;

use thiserror::Error;
use tracing::level_filters::LevelFilter;

use crate::reports::MailSettings;

/// Why a setting cannot be used.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum SettingError {
    /// A variable that has no default is unset or empty.
    #[error("{name} is not set; {purpose}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What it is for, so that the reader knows what to put there.
        purpose: &'static str,
    },
    /// A variable has a value that cannot be used.
    #[error("{name} is `{value}`; {expected}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What it holds.
        value: String,
        /// What would have been right.
        expected: &'static str,
    },
}

/// The environment as a map, so that no test touches the process's own.
#[derive(Clone, Debug)]
pub struct Settings(HashMap<String, String>);

impl Settings {
    /// Settings held in `vars`.
    pub fn new(vars: HashMap<String, String>) -> Self {
        Self(vars)
    }

    /// The value of a variable; unset and empty are the same, because a template cannot leave a variable out.
    pub fn optional(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// The value of a variable that has no default; `purpose` completes the error for whoever has to set it.
    pub fn required(
        &self,
        name: &'static str,
        purpose: &'static str,
    ) -> Result<&str, SettingError> {
        self.optional(name)
            .ok_or(SettingError::Missing { name, purpose })
    }

    /// A variable with the items of a comma-separated list, which may be none.
    pub fn optional_list(&self, name: &str) -> Vec<String> {
        let items = self.optional(name).unwrap_or_default().split(',');
        let items = items.map(|item| item.trim().to_owned());
        items.filter(|item| !item.is_empty()).collect()
    }

    /// A variable with the items of a comma-separated list, at least one.
    pub fn list(
        &self,
        name: &'static str,
        purpose: &'static str,
    ) -> Result<Vec<String>, SettingError> {
        self.required(name, purpose)?;
        let items = self.optional_list(name);
        if items.is_empty() {
            return Err(SettingError::Missing { name, purpose });
        }
        Ok(items)
    }

    /// A variable with a whole number from nought on; `default` if unset.
    pub fn number(&self, name: &'static str, default: u32) -> Result<u32, SettingError> {
        let Some(value) = self.optional(name) else {
            return Ok(default);
        };
        value.parse().map_err(|_| SettingError::Invalid {
            name,
            value: value.to_owned(),
            expected: "use a whole number",
        })
    }

    /// `MAIL_FROM` and `MAIL_TO` (comma-separated): who writes to whom, if mail is wanted; both or neither.
    pub fn mail(&self) -> Result<Option<MailSettings>, SettingError> {
        if self.optional("MAIL_FROM").is_none() && self.optional("MAIL_TO").is_none() {
            return Ok(None);
        }
        let from = self.required(
            "MAIL_FROM",
            "MAIL_TO is set, and mail needs a verified sender",
        )?;
        let to = self.list("MAIL_TO", "MAIL_FROM is set, and mail needs a recipient")?;
        let from = from.to_owned();
        Ok(Some(MailSettings { from, to }))
    }

    /// `AWS_LAMBDA_LOG_LEVEL`, which Lambda sets: info if unset or unknown.
    pub fn log_level(&self) -> LevelFilter {
        let level = self.optional("AWS_LAMBDA_LOG_LEVEL").map(str::parse);
        level.and_then(Result::ok).unwrap_or(LevelFilter::INFO)
    }

    /// A variable that is `true` or `false` and nothing else; `default` if unset.
    pub fn flag(&self, name: &'static str, default: bool) -> Result<bool, SettingError> {
        match self.optional(name) {
            None => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(other) => Err(SettingError::Invalid {
                name,
                value: other.to_owned(),
                expected: "use true or false",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(value: &str) -> Settings {
        Settings::new(HashMap::from([("NAME".to_owned(), value.to_owned())]))
    }

    #[test]
    fn a_flag_is_true_or_false_and_nothing_else() {
        assert_eq!(settings("true").flag("NAME", false), Ok(true));
        assert_eq!(settings("false").flag("NAME", true), Ok(false));
        assert_eq!(settings(" ").flag("NAME", true), Ok(true));
        let error = settings("no").flag("NAME", true).unwrap_err();
        assert_eq!(error.to_string(), "NAME is `no`; use true or false");
    }

    #[test]
    fn a_number_is_whole_and_not_negative() {
        assert_eq!(settings("0").number("NAME", 4), Ok(0));
        assert_eq!(settings(" ").number("NAME", 4), Ok(4));
        for text in ["-1", "4.5", "many"] {
            let error = settings(text).number("NAME", 4).unwrap_err();
            let expected = format!("NAME is `{text}`; use a whole number");
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn a_missing_variable_is_named() {
        let error = settings("").required("NAME", "the bucket").unwrap_err();
        assert_eq!(error.to_string(), "NAME is not set; the bucket");
    }

    #[test]
    fn a_list_has_at_least_one_item() {
        let items = settings("a, b,").list("NAME", "accounts");
        assert_eq!(items, Ok(vec!["a".to_owned(), "b".to_owned()]));
        let error = settings(" , ").list("NAME", "accounts").unwrap_err();
        assert_eq!(error.to_string(), "NAME is not set; accounts");
    }
}
