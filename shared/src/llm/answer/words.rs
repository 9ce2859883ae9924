//! What an answer is, in our own words: what is recorded of it, and all that is.

use std::fmt;

use super::{Said, Silence};
use crate::llm::dialect::Complaint;

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("answered"),
            Self::Nothing(silence) => write!(f, "no text: {silence}"),
            Self::Complaint(complaint) => write!(f, "refused: {complaint}"),
            Self::Unauthorised => f.write_str("refused: it does not accept the key (401)"),
            Self::Busy {
                status,
                after: None,
            } => write!(f, "not now ({status})"),
            Self::Busy {
                status,
                after: Some(after),
            } => write!(f, "not now ({status}), but in {after:?}"),
            Self::OutOfQuota => f.write_str("refused: the account is out of credit"),
            Self::Rejected { status } => write!(f, "refused ({status})"),
            Self::Gibberish => f.write_str("it sent no chat completion"),
        }
    }
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "the model refused",
            Self::Filtered => "a filter held it back",
            Self::CutOff => "it was longer than allowed",
            Self::CalledTool => "it called a tool, and has none",
            Self::Empty => "it is empty",
        })
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Format => "it does not take the response format",
            Self::Generation => "what it wrote did not follow the response format",
            Self::Limit => "it limits tokens by another name",
            Self::Effort => "it does not take a reasoning effort",
        })
    }
}
