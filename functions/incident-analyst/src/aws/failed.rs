//! Why a call failed, in the service's own words: gaps are for people.

use std::error::Error as StdError;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use shared::aws::Call;
use shared::failure::{CallError, Classify as _};

/// The SDK's error, classified. If the service said why, `not authorized to ... (AccessDenied)`, nothing else is said.
pub(super) fn failed<E>(call: &Call, error: SdkError<E, HttpResponse>) -> CallError
where
    E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
{
    let said = |error: &E| Some(format!("{} ({})", error.message()?, error.code()?));
    let said = error.as_service_error().and_then(said);
    let classified = call.failed(error);
    match said {
        Some(said) => call.classified((classified.kind(), classified.effect()), said),
        None => classified,
    }
}
