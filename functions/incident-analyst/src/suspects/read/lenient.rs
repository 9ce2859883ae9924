//! Numbers and points as other programs write them.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A finite number, or `None` for anything else.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Number(pub(super) Option<f64>);

impl Number {
    /// The number as whole seconds.
    pub(super) fn seconds(self) -> Option<i64> {
        /// Below it each whole number is one of these floats.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let seconds = self.0?.floor();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the range is that of exact whole numbers"
        )]
        (seconds.abs() < EXACT).then_some(seconds as i64)
    }
}

/// The points of a series that have a time.
#[derive(Debug, Default)]
pub(super) struct Points(pub(super) Vec<(i64, Option<f64>)>);

/// A point, if it has a time.
struct Point(Option<(i64, Option<f64>)>);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(NumberVisitor)
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let points = Option::<Vec<Point>>::deserialize(from)?;
        let points = points.unwrap_or_default().into_iter();
        Ok(Self(points.filter_map(|point| point.0).collect()))
    }
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(PointVisitor)
    }
}

struct NumberVisitor;

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_f64<E>(self, value: f64) -> Result<Number, E> {
        Ok(Number(Some(value).filter(|value| value.is_finite())))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a measurement has fewer digits, and a time in seconds too"
    )]
    fn visit_u64<E>(self, value: u64) -> Result<Number, E> {
        Ok(Number(Some(value as f64)))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a measurement has fewer digits, and a time in seconds too"
    )]
    fn visit_i64<E>(self, value: i64) -> Result<Number, E> {
        Ok(Number(Some(value as f64)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Number, E> {
        let number: Option<f64> = value.trim().parse().ok();
        Ok(Number(number.filter(|value| value.is_finite())))
    }

    fn visit_unit<E>(self) -> Result<Number, E> {
        Ok(Number(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Number, E> {
        Ok(Number(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, from: A) -> Result<Number, A::Error> {
        IgnoredAny.visit_seq(from).map(|_| Number(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, from: A) -> Result<Number, A::Error> {
        IgnoredAny.visit_map(from).map(|_| Number(None))
    }
}

struct PointVisitor;

impl<'de> Visitor<'de> for PointVisitor {
    type Value = Point;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time and a value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Point, A::Error> {
        let time: Option<Number> = from.next_element()?;
        let value: Option<Number> = from.next_element()?;
        while from.next_element::<IgnoredAny>()?.is_some() {}
        let time = time.and_then(Number::seconds);
        let value = value.and_then(|value| value.0);
        Ok(Point(time.map(|time| (time, value))))
    }

    fn visit_map<A: MapAccess<'de>>(self, from: A) -> Result<Point, A::Error> {
        IgnoredAny.visit_map(from).map(|_| Point(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Point, E> {
        Ok(Point(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Point, E> {
        Ok(Point(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Point, E> {
        Ok(Point(None))
    }

    fn visit_str<E>(self, _: &str) -> Result<Point, E> {
        Ok(Point(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Point, E> {
        Ok(Point(None))
    }

    fn visit_unit<E>(self) -> Result<Point, E> {
        Ok(Point(None))
    }
}
