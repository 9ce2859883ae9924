//! What every call to AWS has in common: how its errors are classified and how long it may take.

use std::error::Error as StdError;
use std::sync::LazyLock;
use std::time::Duration;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::clock::{Clock as _, System};
use crate::deadline::Deadline;
use crate::failure::{CallError, Effect, FailureKind};

/// Codes by which AWS services say "slower, please" without having done anything
/// (SDK reference guide, "Retry behavior": throttling errors).
const THROTTLING: [&str; 12] = [
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
];

/// Codes of credentials that the next sandbox or the next minute will have renewed.
const EXPIRED: [&str; 3] = ["ExpiredToken", "ExpiredTokenException", "RequestExpired"];

/// A client that is built when it is first used: building all of them costs a cold start more than all else.
pub type LazyClient<C> = LazyLock<C, Box<dyn FnOnce() -> C + Send>>;

/// A client that will be built by `build`.
pub fn lazy<C>(build: impl FnOnce() -> C + Send + 'static) -> LazyClient<C> {
    LazyLock::new(Box::new(build))
}

/// One call to AWS: what it does to which object, by when it must be over.
#[derive(Clone, Debug)]
pub struct Call {
    operation: &'static str,
    object: String,
}

impl Call {
    /// A call named by a verb phrase and the object, as they shall appear in its errors.
    pub fn new(operation: &'static str, object: impl Into<String>) -> Self {
        let object = object.into();
        Self { operation, object }
    }

    /// Timeouts for the call if it begins now, so that it ends before Lambda kills the invocation.
    ///
    /// The SDK has no operation timeout of its own. An error here means that nothing was sent.
    pub fn timeouts(&self, deadline: Deadline) -> Result<TimeoutConfig, CallError> {
        let timeout = deadline
            .operation_timeout(System.now())
            .map_err(|error| self.error(FailureKind::Transient, Effect::None, error))?;
        Ok(TimeoutConfig::builder()
            .connect_timeout(timeout.min(Duration::from_secs(2)))
            .operation_timeout(timeout)
            .build())
    }

    /// The SDK's error, classified.
    pub fn failed<E>(&self, error: SdkError<E, HttpResponse>) -> CallError
    where
        E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let (kind, effect) = classify(&error);
        self.error(kind, effect, error)
    }

    /// An answer that is not what the service documents: nothing to retry, and the effect is open.
    pub fn misanswered(&self, what: &'static str) -> CallError {
        self.error(FailureKind::Permanent, Effect::Unknown, what)
    }

    /// The connection broke while the answer was read.
    pub fn interrupted(&self, error: impl StdError + Send + Sync + 'static) -> CallError {
        self.error(FailureKind::Transient, Effect::Unknown, error)
    }

    fn error(
        &self,
        kind: FailureKind,
        effect: Effect,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> CallError {
        CallError::new(self.operation, &self.object, (kind, effect), source)
    }
}

fn classify<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> (FailureKind, Effect) {
    let SdkError::ServiceError(answer) = error else {
        return match error {
            SdkError::ConstructionFailure(_) => (FailureKind::Permanent, Effect::None),
            _ => (FailureKind::Transient, Effect::Unknown),
        };
    };
    let status = answer.raw().status().as_u16();
    let code = answer.err().code().unwrap_or_default();
    if THROTTLING.contains(&code) || EXPIRED.contains(&code) || status == 429 {
        (FailureKind::Transient, Effect::None)
    } else if status >= 500 {
        (FailureKind::Transient, Effect::Unknown)
    } else {
        (FailureKind::Permanent, Effect::None)
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::config::http::HttpResponse;
    use aws_sdk_s3::error::ErrorMetadata;
    use aws_sdk_s3::operation::get_object::GetObjectError;
    use aws_sdk_s3::primitives::SdkBody;

    use super::*;

    fn answered(status: u16, code: &str) -> SdkError<GetObjectError, HttpResponse> {
        let error = GetObjectError::generic(ErrorMetadata::builder().code(code).build());
        let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
        SdkError::service_error(error, response)
    }

    #[test]
    fn an_answer_tells_whether_again_helps_and_whether_it_may_have_happened() {
        use Effect::{None, Unknown};
        use FailureKind::{Permanent, Transient};
        assert_eq!(
            classify(&answered(400, "AccessDeniedException")),
            (Permanent, None)
        );
        assert_eq!(
            classify(&answered(404, "ServiceNotFoundException")),
            (Permanent, None)
        );
        assert_eq!(
            classify(&answered(400, "ThrottlingException")),
            (Transient, None)
        );
        assert_eq!(classify(&answered(503, "SlowDown")), (Transient, None));
        assert_eq!(
            classify(&answered(400, "ExpiredTokenException")),
            (Transient, None)
        );
        assert_eq!(classify(&answered(429, "")), (Transient, None));
        assert_eq!(
            classify(&answered(500, "ServerException")),
            (Transient, Unknown)
        );
    }

    #[test]
    fn without_an_answer_only_a_request_never_sent_had_no_effect() {
        type Error = SdkError<GetObjectError, HttpResponse>;
        let timeout = Error::timeout_error("no answer within 10 s");
        let construction = Error::construction_failure("no bucket");
        let transient = (FailureKind::Transient, Effect::Unknown);
        assert_eq!(classify(&timeout), transient);
        assert_eq!(
            classify(&construction),
            (FailureKind::Permanent, Effect::None)
        );
    }

    #[test]
    fn the_error_names_the_operation_and_the_object() {
        let call = Call::new("read", "s3://state/targets/1.json");
        let error = call.failed(answered(403, "AccessDenied"));
        assert_eq!(error.to_string(), "couldn't read s3://state/targets/1.json");
    }
}
