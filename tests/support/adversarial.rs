//! Attacks as data, and the judgement of what they led to.
//!
//! A [`case`] says where hostile text enters and names oracles; [`oracles`] leads each name to one of 28 checks; [`material`]
//! makes the input; a world ([`alarm_world`]) runs the real handler and keeps every effect it had as [`recorded::Recorded`];
//! [`judge`] looks at these effects alone. Nothing here is lenient: an unknown name, surface or generator, an empty file and a
//! case that could not be run are failures.

pub mod alarm_world;
pub mod canaries;
pub mod case;
pub mod judge;
pub mod material;
pub mod oracles;
pub mod own_log;
pub mod people;
pub mod process;
pub mod recorded;
pub mod render;
pub mod rules;
