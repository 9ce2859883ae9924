use std::collections::BTreeMap;

use crate::function::Function;
use crate::local_cloud::{CREDENTIAL, LocalCloud};

/// Variables that lead a command to a local cloud and its stack.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Where the cloud is, with which credentials, and the function's own settings.
    pub(super) fn new(cloud: &LocalCloud, function: &Function) -> Self {
        let of_cloud = [
            ("AWS_ENDPOINT_URL", cloud.endpoint()),
            ("AWS_REGION", cloud.region()),
            ("AWS_DEFAULT_REGION", cloud.region()),
            ("AWS_ACCESS_KEY_ID", CREDENTIAL),
            ("AWS_SECRET_ACCESS_KEY", CREDENTIAL),
        ];
        let of_cloud = of_cloud.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut variables = function.environment().clone();
        variables.extend(of_cloud);
        Self(variables)
    }

    pub(super) fn variables(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Lines that a shell can evaluate.
    pub(super) fn exports(&self) -> String {
        let lines = self
            .0
            .iter()
            .map(|(name, value)| format!("export {name}={}", quoted(value)));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// A value as a shell reads it back, quoted if it must be.
fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_set() {
        let variables = [("A", "http://127.0.0.1:1"), ("B", ""), ("C", "it's $HOME")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            Environment(variables.into()).exports(),
            "export A=http://127.0.0.1:1\nexport B=''\nexport C='it'\\''s $HOME'"
        );
    }
}
