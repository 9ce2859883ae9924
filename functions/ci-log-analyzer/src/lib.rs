//! From the log of a failed CI run to the lines that explain it, and to where people hear of it.
//!
//! What looks at the log is pure and works line by line in bounded memory: [`read`] turns bytes into [`line::Line`]s,
//! [`segment`] says which job and step a line belongs to, [`evidence`] keeps and scores what may explain the failure, [`baseline`] takes away what passing runs say too, [`rules`] names the kind of failure,
//! [`fingerprint`] its identity. [`analyze`] runs them one after the other, [`analysis`] is what comes of it, and [`view`] shows it to people.
//!
//! The function around it: [`request`] and [`log_key`] say what an event is about, [`decision`] what may be done, [`record`] is the memory
//! that makes every delivery safe to repeat; all three are pure. [`handler`] orders the steps over the traits of [`objects`], [`github`] and
//! [`llm`]; [`patch`] is the gate of what a model proposes, [`report`] what people read, and [`aws`] the real world.

pub mod analysis;
pub mod analyze;
pub mod aws;
pub mod baseline;
pub mod config;
pub mod decision;
pub mod diagnosis;
pub mod evidence;
pub mod fingerprint;
pub mod github;
pub mod handler;
pub mod line;
pub mod llm;
pub mod log_key;
pub mod metrics;
pub mod objects;
pub mod patch;
pub mod read;
pub mod record;
pub mod report;
pub mod repository;
pub mod request;
pub mod rules;
pub mod segment;
pub mod view;
