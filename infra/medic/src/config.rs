//! The only reader of the environment.

use std::ffi::OsString;

/// Whether a terminal may be written to in colour: `NO_COLOR` is unset or empty (<https://no-color.org>).
pub fn is_colour_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// The names of the variables that lead to the caller's own AWS: profiles, session tokens, endpoints of single services.
pub fn aws_variables() -> impl Iterator<Item = OsString> {
    let names = std::env::vars_os().map(|(name, _)| name);
    names.filter(|name| name.as_encoded_bytes().starts_with(b"AWS_"))
}

/// The key of the model that the demo asks.
pub fn llm_key() -> Option<String> {
    let key = std::env::var_os("MEDIC_LLM_KEY")?.into_string().ok()?;
    (!key.is_empty()).then_some(key)
}

/// The bucket of the records, as the function's own settings name it.
pub fn state_bucket() -> Option<String> {
    let bucket = std::env::var_os("STATE_BUCKET")?.into_string().ok()?;
    (!bucket.is_empty()).then_some(bucket)
}

/// The bucket that logs are exported to, as the function's own settings name it.
pub fn export_bucket() -> Option<String> {
    let bucket = std::env::var_os("EXPORT_BUCKET")?.into_string().ok()?;
    (!bucket.is_empty()).then_some(bucket)
}
