//! The command line of lambda-medic, and what it is made of: end-to-end tests use the same parts.
//!
//! Where to look: [`local_cloud`] is AWS on this machine; [`deployment`] puts the real template and binary into it;
//! [`scenario`] is the service that breaks, [`traffic`] its users; [`installation`] is all of it together, at some [`speed`];
//! [`demo`] lives through the incident.
//! [`alarm`], [`plan`], [`playbook`] and [`patch`] are the functions' own cores at a terminal: no cloud, no credentials.
//! [`incidents`] and [`kill_switch`] are for whoever is on call: they talk to an installation that is there ([`installed`]).

pub mod alarm;
pub mod analysis;
pub mod analyze;
pub mod baseline;
pub mod browser;
pub mod cli;
pub mod config;
pub mod demo;
pub mod deployment;
pub mod diagnose;
pub mod event;
pub mod export;
pub mod function;
pub mod incidents;
pub mod installation;
pub mod installed;
pub mod interrupt;
pub mod kill_switch;
pub mod local;
pub mod local_cloud;
pub mod logs;
pub mod patch;
pub mod plan;
pub mod playbook;
pub mod poll;
pub mod project;
pub mod record;
pub mod redact;
pub mod scenario;
pub mod screen;
pub mod scripted_llm;
pub mod secrets;
pub mod speed;
pub mod sshd;
pub mod timeline;
pub mod traffic;
pub mod when;
