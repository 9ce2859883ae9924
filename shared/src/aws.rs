//! What every call to AWS has in common: how its errors are classified and how long it may take.

use std::error::Error as StdError;
use std::sync::LazyLock;
use std::time::Duration;

use aws_runtime::retries::classifiers::{THROTTLING_ERRORS, TRANSIENT_ERRORS};
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::timeout::{TimeoutConfig, TimeoutConfigBuilder};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::DateTime;
use jiff::Timestamp;

use crate::clock::{Clock as _, System};
use crate::deadline::{Deadline, DeadlineTooClose};
use crate::failure::{CallError, Effect, FailureKind};

/// Codes that say "not now" without anything having been done, beyond those that the SDK knows: the key of an encrypted
/// topic is throttled (SNS API reference, `Publish`), credentials that the next minute will have renewed, a clock that the
/// SDK corrects.
const NOT_NOW: [&str; 6] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "KMSThrottling",
    "KMSThrottlingException",
    "RequestExpired",
    "RequestTimeTooSkewed",
];

/// The end of the year 2261 in milliseconds since the epoch.
const LAST_TIME: i64 = 9_214_646_400_000;

/// How long one try of a call may take where the SDK may make another one.
const TRY: Duration = Duration::from_secs(3);

/// A client that is built when it is first used: building all of them costs a cold start more than all else.
pub type LazyClient<C> = LazyLock<C, Box<dyn FnOnce() -> C + Send>>;

/// A client that will be built by `build`.
pub fn lazy<C>(build: impl FnOnce() -> C + Send + 'static) -> LazyClient<C> {
    LazyLock::new(Box::new(build))
}

/// A point in time as an answer has it, to the nearest millisecond, which is what messages and events state.
///
/// Answers carry seconds as floating-point numbers: cut off instead of rounded, half of them would be a millisecond early.
/// `None` for a time that no service can mean, before 1970 or after 2261: so what follows can reckon with times and not overflow.
pub fn timestamp(time: &DateTime) -> Option<Timestamp> {
    let milliseconds = (time.as_nanos() + 500_000).div_euclid(1_000_000);
    let milliseconds = i64::try_from(milliseconds).ok()?;
    let is_meant = (0..LAST_TIME).contains(&milliseconds);
    is_meant.then(|| Timestamp::from_millisecond(milliseconds).ok())?
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

    /// Timeouts for a call that is made once, if it begins now: it ends early enough for its outcome to be written down.
    ///
    /// The SDK has no operation timeout of its own. An error here means that nothing was sent.
    pub fn once(&self, deadline: Deadline) -> Result<TimeoutConfig, CallError> {
        let timeout = deadline.operation_timeout(System.now());
        let timeout = timeout.map_err(|error| self.too_late(error))?;
        Ok(timeouts(timeout).build())
    }

    /// Timeouts for a call that the SDK may repeat, if it begins now: a try that hangs leaves time for another one.
    pub fn repeatable(&self, deadline: Deadline) -> Result<TimeoutConfig, CallError> {
        let timeout = deadline.closing_timeout(System.now());
        let timeout = timeout.map_err(|error| self.too_late(error))?;
        Ok(timeouts(timeout)
            .operation_attempt_timeout(TRY.min(timeout))
            .build())
    }

    fn too_late(&self, error: DeadlineTooClose) -> CallError {
        self.error(FailureKind::Transient, Effect::None, error)
    }

    /// The SDK's error, classified.
    pub fn failed<E>(&self, error: SdkError<E, HttpResponse>) -> CallError
    where
        E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let (kind, effect) = classify(&error);
        self.error(kind, effect, error)
    }

    /// The SDK's error, classified as [`Self::failed`] does. If the service said why, `not authorized to ... (AccessDenied)`, nothing
    /// else is said: for whoever shows it to people.
    pub fn failed_saying_why<E>(&self, error: SdkError<E, HttpResponse>) -> CallError
    where
        E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let classified = classify(&error);
        match error.as_service_error().and_then(said) {
            Some(said) => self.classified(classified, said),
            None => self.failed(error),
        }
    }

    /// An answer that is not what the service documents: nothing to retry, and the effect is open.
    pub fn misanswered(&self, what: &'static str) -> CallError {
        self.error(FailureKind::Permanent, Effect::Unknown, what)
    }

    /// A call that is not made, because nothing good can come of it.
    pub fn refused(&self, why: impl Into<Box<dyn StdError + Send + Sync>>) -> CallError {
        self.error(FailureKind::Permanent, Effect::None, why)
    }

    /// An error that is not the SDK's, or that means something else than its code: its kind and effect are given.
    pub fn classified(
        &self,
        (kind, effect): (FailureKind, Effect),
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> CallError {
        self.error(kind, effect, source)
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

/// Why, in the service's own words, if it said so.
pub fn said<E: ProvideErrorMetadata>(error: &E) -> Option<String> {
    Some(format!("{} ({})", error.message()?, error.code()?))
}

fn timeouts(operation: Duration) -> TimeoutConfigBuilder {
    TimeoutConfig::builder()
        .connect_timeout(operation.min(Duration::from_secs(2)))
        .operation_timeout(operation)
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
    if THROTTLING_ERRORS.contains(&code) || NOT_NOW.contains(&code) || status == 429 {
        (FailureKind::Transient, Effect::None)
    } else if status >= 500 || TRANSIENT_ERRORS.contains(&code) {
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
    fn a_time_is_rounded_to_the_millisecond_it_was_meant_to_be() {
        let read = |seconds: f64| {
            timestamp(&DateTime::from_secs_f64(seconds))
                .unwrap()
                .to_string()
        };
        assert_eq!(read(1_771_451_224.829), "2026-02-18T21:47:04.829Z");
        assert_eq!(read(1_771_451_224.001), "2026-02-18T21:47:04.001Z");
        assert_eq!(read(1_771_451_224.0), "2026-02-18T21:47:04Z");
        assert_eq!(timestamp(&DateTime::from_secs(i64::MAX)), None);
        assert_eq!(timestamp(&DateTime::from_secs(253_402_300_799)), None);
        assert_eq!(timestamp(&DateTime::from_secs(-1)), None);
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
        assert_eq!(classify(&answered(400, "KMSThrottling")), (Transient, None));
        assert_eq!(
            classify(&answered(400, "RequestTimeout")),
            (Transient, Unknown)
        );
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
    fn a_call_ends_before_the_invocation_does_and_one_that_may_be_repeated_tries_more_than_once() {
        let call = Call::new("read", "s3://state/targets/1.json");
        let deadline = Deadline::at(System.now() + jiff::SignedDuration::from_millis(8_500));
        let (once, repeatable) = (
            call.once(deadline).unwrap(),
            call.repeatable(deadline).unwrap(),
        );
        let whole_seconds = |timeout: Option<Duration>| timeout.map(|timeout| timeout.as_secs());
        let of = |config: &TimeoutConfig| {
            let (operation, attempt) = (
                config.operation_timeout(),
                config.operation_attempt_timeout(),
            );
            (whole_seconds(operation), whole_seconds(attempt))
        };
        assert_eq!(of(&once), (Some(6), None));
        assert_eq!(of(&repeatable), (Some(8), Some(3)));
    }

    #[test]
    fn the_error_names_the_operation_and_the_object() {
        let call = Call::new("read", "s3://state/targets/1.json");
        let error = call.failed(answered(403, "AccessDenied"));
        assert_eq!(error.to_string(), "couldn't read s3://state/targets/1.json");
    }
}
