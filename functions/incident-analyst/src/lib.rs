//! From an alarm to what broke, since when, what changed just before, and how sure that is, with evidence for each reason.
//!
//! Where to look: [`collect`] asks AWS, each source by itself, and what it finds is [`evidence`]; [`diagnose`] concludes and is pure:
//! what comes of it is an [`analysis`]. [`suspects`] ranks who is at fault among many services. [`page`] shows an analysis to people.
//! [`handler`] orders the steps over narrow traits, and [`aws`] is the real world.

pub mod analysis;
pub mod aws;
pub mod case;
pub mod collect;
pub mod concerns;
pub mod config;
pub mod diagnose;
pub mod earlier;
pub mod evidence;
pub mod handler;
pub mod metrics;
pub mod mining;
pub mod page;
pub mod real;
pub mod record;
pub mod request;
pub mod schema;
pub mod series;
pub mod summary;
pub mod suspects;
