//! An object that is being read.

use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use shared::aws::Call;
use shared::clock::{Clock as _, System};
use shared::deadline::Deadline;
use shared::failure::{CallError, Effect, FailureKind};

use crate::sources::Body;

/// How long S3 may take for the next piece: the SDK's timeouts end with the headers.
const PIECE: Duration = Duration::from_secs(3);

/// An object of S3 that is being read.
#[derive(Debug)]
pub struct ObjectBody {
    pub(super) call: Call,
    pub(super) deadline: Deadline,
    /// How many bytes are still to come.
    pub(super) left: u64,
    pub(super) stream: ByteStream,
}

impl Body for ObjectBody {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, CallError> {
        let call = &self.call;
        let too_late = |error| call.interrupted(error);
        let most = self.deadline.closing_timeout(System.now());
        let most = most.map_err(too_late)?.min(PIECE);
        let read = tokio::time::timeout(most, self.stream.next()).await;
        let Some(piece) = read.map_err(|error| call.interrupted(error))? else {
            return match self.left {
                0 => Ok(None),
                left => Err(call.classified(
                    (FailureKind::Transient, Effect::Unknown),
                    format!("it ended {left} bytes too early"),
                )),
            };
        };
        let piece = piece.map_err(|error| call.interrupted(error))?;
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let left = self.left.checked_sub(length);
        self.left = left.ok_or_else(|| call.misanswered("more bytes than the object has"))?;
        Ok(Some(piece.into()))
    }
}
