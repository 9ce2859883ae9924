//! From CloudWatch Logs to S3, with proof that nothing is missing.
//!
//! Where to look: [`ledger`] has what is known of each window of each log group, and [`ledger::next`] and [`ledger::after`] are the
//! decision and the transition, both pure. [`tick`] carries them out over the narrow traits of [`sources`]; [`aws`] is the real world.
//! [`rules`] is what the installation says; what ends up in S3 is described by `shared::exports`.

pub mod aws;
pub mod catalog;
mod compact;
pub mod config;
pub mod copy;
pub mod direct;
pub mod discovery;
mod hint;
mod hours;
mod ids;
pub mod lease;
pub mod ledger;
pub mod metrics;
mod parts;
pub mod preflight;
pub mod real;
pub mod reconcile;
pub mod rules;
pub mod sources;
pub mod tell;
pub mod tick;
pub mod tidy;
pub mod work;
