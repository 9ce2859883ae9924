//! The service that breaks in the demo: a shop's checkout with a bug behind a switch.
//!
//! Where to look: [`shop`] holds the carts and has the bugs; [`busy`] and [`leak`] are the other faults; [`answer`] turns a request into an answer and a log line;
//! [`server`] is HTTP with its bounds and its orderly end; [`config`] reads the environment.

pub mod answer;
pub mod busy;
pub mod config;
pub mod leak;
pub mod log;
pub mod server;
pub mod shop;
