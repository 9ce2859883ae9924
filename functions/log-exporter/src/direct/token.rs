//! Where the next page is, as the ledger keeps it. Pure.

use jiff::Timestamp;

const AGAIN: &str = "again";
const ONCE: &str = "once";

/// Where the next page is, and of which span: a token of CloudWatch Logs goes on with the call that it came from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Token {
    /// Up to when the span is.
    pub(super) until: Timestamp,
    /// Whether rows of the span were there when it was begun: then events can be there already.
    pub(super) is_again: bool,
    /// The service's own token.
    pub(super) next: String,
}

impl Token {
    /// What [`Token::written`] wrote, `None` for anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (until, rest) = text.split_once(' ')?;
        let (begun, next) = rest.split_once(' ')?;
        Some(Self {
            until: Timestamp::from_millisecond(until.parse().ok()?).ok()?,
            is_again: match begun {
                AGAIN => true,
                ONCE => false,
                _ => return None,
            },
            next: next.to_owned(),
        })
    }

    /// The milliseconds since 1970, whether it was begun again, and the token.
    pub(super) fn written(&self) -> String {
        let until = self.until.as_millisecond();
        let begun = if self.is_again { AGAIN } else { ONCE };
        format!("{until} {begun} {}", self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let token = Token {
            until: "2026-02-18T21:07:00.5Z".parse().unwrap(),
            is_again: true,
            next: "a b/c".to_owned(),
        };
        assert_eq!(token.written(), "1771448820500 again a b/c");
        assert_eq!(Token::parse(&token.written()), Some(token));
        for bad in ["", "a", "a b", "1 b c", "1 once", "9999999999999999 once b"] {
            assert_eq!(Token::parse(bad), None);
        }
    }
}
