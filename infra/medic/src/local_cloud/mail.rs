use serde::Deserialize;

/// A mail that left the local cloud.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Mail {
    /// The service that sent it.
    pub via: Via,
    /// Its sender.
    pub from: String,
    /// Its receivers.
    pub to: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
    /// Its HTML form, if it has one.
    pub html: Option<String>,
    /// When it left.
    pub at: jiff::Timestamp,
    /// The topic whose subscriber got it, if it came from one.
    pub topic: Option<String>,
}

/// A service that sends mail.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// SES, as the function's own mail.
    Ses,
    /// SNS, to a topic's subscriber.
    Sns,
}
