//! What the log exporter leaves in S3, for everybody who reads it: where things are, what a manifest says, what a row is.
//!
//! A window of a log group becomes rows ([`row`]) in compressed parts ([`layout`]), and a [`manifest`] that names each part and says how
//! it is known that no event is missing. Whoever wants to know what is there reads manifests; a part that none names does not count.

pub mod decode;
pub mod encode;
pub mod layout;
pub mod manifest;
pub mod read;
pub mod row;
pub mod window;
