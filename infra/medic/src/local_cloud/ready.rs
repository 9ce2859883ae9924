use anyhow::Context as _;
use serde::Deserialize;

/// The one line that the local cloud prints when it is ready.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(super) struct Ready {
    pub(super) endpoint: String,
    pub(super) account: String,
    pub(super) region: String,
}

impl Ready {
    pub(super) fn parse(line: &str) -> anyhow::Result<Self> {
        serde_json::from_str(line).with_context(|| {
            format!(
                "couldn't read the local cloud's first line: `{}`",
                line.trim_end()
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_where_the_cloud_is() {
        let line = r#"{"endpoint": "http://127.0.0.1:4566", "account": "111122223333", "region": "eu-west-1"}"#;
        let expected = Ready {
            endpoint: "http://127.0.0.1:4566".to_owned(),
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
        };
        assert_eq!(Ready::parse(line).unwrap(), expected);
    }

    #[test]
    fn another_line_is_shown() {
        let error = Ready::parse("Traceback (most recent call last):\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "couldn't read the local cloud's first line: `Traceback (most recent call last):`"
        );
    }
}
