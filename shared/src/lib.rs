//! What the functions of lambda-medic have in common, one module per thing it talks to or guards against.
//!
//! A module moves here when a second crate needs it; a function's own decisions never do.
#![warn(missing_docs)]

pub mod alarm;
pub mod aws;
pub mod caps;
pub mod clock;
pub mod deadline;
pub mod exports;
pub mod failure;
pub mod http;
pub mod llm;
pub mod logging;
pub mod metrics;
pub mod outbound;
pub mod records;
pub mod redaction;
pub mod reports;
pub mod secrets;
pub mod settings;
pub mod short_hash;
pub mod switch;
pub mod template;
