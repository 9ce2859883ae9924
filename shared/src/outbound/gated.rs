//! What an outgoing request or object is made of: values that passed the gate, and nothing else.

use serde::{Serialize, Serializer};

/// A value that may leave lambda-medic: it passed the gate, or it is our own.
///
/// Implemented for no text that somebody else wrote: neither `String` nor `&str`. Structures get it from [`gated!`](crate::gated),
/// which demands it of each field.
pub trait Gated: Serialize {}

impl Gated for bool {}
impl Gated for u32 {}
impl Gated for u64 {}
impl Gated for f64 {}
impl<T: Gated> Gated for Option<T> {}
impl<T: Gated> Gated for Vec<T> {}
impl<T: Gated> Gated for &T {}

/// Our own words, written in the source.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fixed(pub &'static str);

impl Serialize for Fixed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl Gated for Fixed {}

/// Defines a structure of a request: each field must be [`Gated`](crate::outbound::Gated), or it does not compile.
///
/// ```compile_fail
/// shared::gated! { pub struct NewIssue { pub title: String } }
/// ```
#[macro_export]
macro_rules! gated {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, serde::Serialize)]
        $vis struct $name { $($(#[$field_meta])* $field_vis $field: $type),* }
        impl $crate::outbound::Gated for $name where $($type: $crate::outbound::Gated),* {}
    };
}

/// The JSON of a request, ready to be sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Body(Vec<u8>);

impl Body {
    /// The JSON of `value`; `None` where it has none, which no structure of [`gated!`](crate::gated) is.
    pub fn json(value: &impl Gated) -> Option<Self> {
        serde_json::to_vec(value).ok().map(Self)
    }

    /// The bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
