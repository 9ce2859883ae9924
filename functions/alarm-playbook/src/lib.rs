//! Turns a CloudWatch alarm into a safe remediation of the service behind it.
//!
//! Where to look: [`decision`] decides and is pure; [`record`] is the memory that makes every delivery safe to
//! repeat; [`handler`] orders the steps; [`targets`] is the one thing that changes the world, with its AWS
//! implementation in [`aws`].

pub mod action;
pub mod alarms;
pub mod aws;
pub mod config;
pub mod decision;
pub mod handler;
pub mod index;
pub mod load;
pub mod metrics;
pub mod playbook;
pub mod record;
pub mod recovery;
pub mod report;
pub mod rule;
#[cfg(test)]
mod samples;
pub mod ssh;
pub mod surroundings;
pub mod target;
pub mod targets;
