//! What a value is held against: a static threshold, or the band that anomaly detection expects it in.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a value is held against.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Limit {
    /// A number.
    Threshold {
        /// How a value is compared with it.
        comparison: Comparison,
        /// The number.
        threshold: f64,
    },
    /// A band, which moves with the time of day.
    Band {
        /// Which side of it breaches.
        comparison: BandComparison,
        /// The id of its query (`ThresholdMetricId`).
        band: String,
    },
}

/// How a value is compared with a static threshold.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Comparison {
    /// Breaches above the threshold.
    GreaterThanThreshold,
    /// Breaches at the threshold and above.
    GreaterThanOrEqualToThreshold,
    /// Breaches below the threshold.
    LessThanThreshold,
    /// Breaches at the threshold and below.
    LessThanOrEqualToThreshold,
}

/// How a value is compared with a band.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum BandComparison {
    /// Breaches outside of it.
    LessThanLowerOrGreaterThanUpperThreshold,
    /// Breaches below it.
    LessThanLowerThreshold,
    /// Breaches above it.
    GreaterThanUpperThreshold,
}

/// The band in one period.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Band {
    /// The lower edge.
    pub lower: f64,
    /// The upper edge.
    pub upper: f64,
}

impl Band {
    /// The band between two edges. `GetMetricData` answers the upper one first (user guide, "Using metric math": `LAST` of
    /// a band is its lower bound); the larger of both is the upper one whatever the order.
    pub fn between(one: f64, other: f64) -> Self {
        Self {
            lower: one.min(other),
            upper: one.max(other),
        }
    }
}

impl Limit {
    /// Whether this value breaches; `None` if it is held against a band that is not there.
    pub fn is_breached_by(&self, value: f64, band: Option<Band>) -> Option<bool> {
        Some(match (self, band) {
            (
                Self::Threshold {
                    comparison,
                    threshold,
                },
                _,
            ) => match comparison {
                Comparison::GreaterThanThreshold => value > *threshold,
                Comparison::GreaterThanOrEqualToThreshold => value >= *threshold,
                Comparison::LessThanThreshold => value < *threshold,
                Comparison::LessThanOrEqualToThreshold => value <= *threshold,
            },
            (Self::Band { .. }, None) => return None,
            (Self::Band { comparison, .. }, Some(Band { lower, upper })) => match comparison {
                BandComparison::LessThanLowerOrGreaterThanUpperThreshold => {
                    value < lower || value > upper
                }
                BandComparison::LessThanLowerThreshold => value < lower,
                BandComparison::GreaterThanUpperThreshold => value > upper,
            },
        })
    }

    /// Whether a larger value of any size breaches, and no smaller one of a breaching value's does not.
    pub fn is_upper_threshold(&self) -> bool {
        matches!(
            self,
            Self::Threshold {
                comparison: Comparison::GreaterThanThreshold
                    | Comparison::GreaterThanOrEqualToThreshold,
                ..
            }
        )
    }

    /// The static threshold, if it is one.
    pub fn threshold(&self) -> Option<f64> {
        match self {
            Self::Threshold { threshold, .. } => Some(*threshold),
            Self::Band { .. } => None,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Threshold {
                comparison,
                threshold,
            } => write!(f, "{comparison} {threshold}"),
            Self::Band { comparison, .. } => f.write_str(match comparison {
                BandComparison::LessThanLowerOrGreaterThanUpperThreshold => "outside its band",
                BandComparison::LessThanLowerThreshold => "below its band",
                BandComparison::GreaterThanUpperThreshold => "above its band",
            }),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GreaterThanThreshold => ">",
            Self::GreaterThanOrEqualToThreshold => ">=",
            Self::LessThanThreshold => "<",
            Self::LessThanOrEqualToThreshold => "<=",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_compared_as_the_rule_says() {
        let breached = |comparison| {
            let limit = Limit::Threshold {
                comparison,
                threshold: 10.0,
            };
            [9.0, 10.0, 11.0].map(|value| limit.is_breached_by(value, None) == Some(true))
        };
        let table = [
            (Comparison::GreaterThanThreshold, [false, false, true]),
            (
                Comparison::GreaterThanOrEqualToThreshold,
                [false, true, true],
            ),
            (Comparison::LessThanThreshold, [true, false, false]),
            (Comparison::LessThanOrEqualToThreshold, [true, true, false]),
        ];
        for (comparison, expected) in table {
            assert_eq!(breached(comparison), expected, "{comparison}");
        }
    }

    #[test]
    fn a_value_is_compared_with_the_edges_of_a_band_whichever_comes_first() {
        let breached = |comparison, band| {
            let limit = Limit::Band {
                comparison,
                band: "ad1".to_owned(),
            };
            [1.0, 2.0, 5.0, 9.0, 10.0].map(|value| limit.is_breached_by(value, band))
        };
        let table = [
            (
                BandComparison::LessThanLowerOrGreaterThanUpperThreshold,
                [true, false, false, false, true],
            ),
            (
                BandComparison::LessThanLowerThreshold,
                [true, false, false, false, false],
            ),
            (
                BandComparison::GreaterThanUpperThreshold,
                [false, false, false, false, true],
            ),
        ];
        for (comparison, expected) in table {
            let expected = expected.map(Some);
            let upper_first = Band::between(9.0, 2.0);
            assert_eq!(breached(comparison, Some(upper_first)), expected);
            assert_eq!(upper_first, Band::between(2.0, 9.0));
            assert_eq!(breached(comparison, None), [None; 5]);
        }
    }
}
