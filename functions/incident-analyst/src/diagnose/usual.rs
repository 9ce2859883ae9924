//! What is usual for a metric: where its values lie, and how far they stray.

/// Fewer values than this show nothing about what is usual.
pub(super) const LEAST_VALUES: usize = 8;

/// How many spreads away from the usual is unusual. Three would do for one point of a normal distribution; a metric has sixty of them
/// an hour, comes with a dozen others and has heavier tails.
const UNUSUAL_SPREADS: f64 = 5.0;

/// Up to this period, in seconds, a metric is a high-resolution one (`PutMetricData`: `StorageResolution` of 1; alarms on it have periods
/// of 10 or 30 seconds). With hundreds of points mean and standard deviation are steady, and quick to rise with a burst: N-sigma.
pub(super) const HIGH_RESOLUTION_SECONDS: u32 = 10;

/// Fewer points have no steady mean, whatever their period.
pub(super) const LEAST_FOR_MEAN: usize = 60;

/// A median is 1.4826 times as far from the deviations' own median as a standard deviation would be, for normal values.
const DEVIATIONS_PER_SPREAD: f64 = 1.4826;

/// Where the values of a metric lie, and how far they stray.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Usual {
    /// The middle.
    pub(super) middle: f64,
    /// One of the distances of which [`UNUSUAL_SPREADS`] are unusual; above zero.
    spread: f64,
}

impl Usual {
    /// What is usual by these values, of which `least_change` is the smallest change that would matter to anybody; `None` if they are too few.
    pub(super) fn of(values: &[f64], period: u32, least_change: f64) -> Option<Self> {
        if values.len() < LEAST_VALUES {
            return None;
        }
        let (middle, spread) =
            if period <= HIGH_RESOLUTION_SECONDS && values.len() >= LEAST_FOR_MEAN {
                mean_and_deviation(values)
            } else {
                median_and_deviation(values)
            };
        // A series that never moved has no spread: a tenth of its height is then the least that counts.
        let least = least_change.max(middle.abs() * 0.1) / UNUSUAL_SPREADS;
        let usual = Self {
            middle,
            spread: spread.max(least),
        };
        (usual.middle.is_finite() && usual.spread.is_finite()).then_some(usual)
    }

    /// How many spreads above (or, negative, below) the middle.
    pub(super) fn spreads(&self, value: f64) -> f64 {
        (value - self.middle) / self.spread
    }

    /// Whether `value` is unusually high (1), unusually low (-1) or neither (0).
    pub(super) fn side(&self, value: f64) -> i8 {
        let spreads = self.spreads(value);
        if spreads > UNUSUAL_SPREADS {
            1
        } else if spreads < -UNUSUAL_SPREADS {
            -1
        } else {
            0
        }
    }
}

/// The value in the middle, the lower one of two; zero of none.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len().saturating_sub(1) / 2;
    sorted.get(middle).copied().unwrap_or(0.0)
}

fn median_and_deviation(values: &[f64]) -> (f64, f64) {
    let middle = median(values);
    let deviations: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    (middle, median(&deviations) * DEVIATIONS_PER_SPREAD)
}

fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = u32::try_from(values.len()).map_or(f64::MAX, f64::from);
    let mean = values.iter().map(|value| value / count).sum::<f64>();
    let squares = values.iter().map(|value| (value - mean).powi(2) / count);
    (mean, squares.sum::<f64>().sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_not_moved_by_a_burst_within_it() {
        let mut values = vec![10.0, 11.0, 9.0, 10.0, 12.0, 8.0, 10.0, 11.0, 9.0, 10.0];
        let usual = Usual::of(&values, 60, 1.0).unwrap();
        values.extend([500.0, 700.0]);
        let burst = Usual::of(&values, 60, 1.0).unwrap();
        assert_eq!((usual.middle, burst.middle), (10.0, 10.0));
        assert_eq!(
            [5.0, 16.0, 18.0, 500.0].map(|value| burst.side(value)),
            [0, 0, 1, 1]
        );
        assert_eq!(burst.side(1.0), -1);
    }

    #[test]
    fn a_series_that_never_moved_has_a_spread_all_the_same() {
        let usual = Usual::of(&[100.0; 10], 60, 1.0).unwrap();
        assert_eq!(
            [105.0, 111.0, 95.0, 89.0].map(|value| usual.side(value)),
            [0, 1, 0, -1]
        );
        let nothing = Usual::of(&[0.0; 10], 60, 3.0).unwrap();
        assert_eq!([2.0, 4.0].map(|value| nothing.side(value)), [0, 1]);
    }

    #[test]
    fn too_few_values_and_values_beyond_measure_show_nothing() {
        assert_eq!(Usual::of(&[1.0; 7], 60, 1.0), None);
        assert_eq!(Usual::of(&[], 1, 1.0), None);
        assert_eq!(Usual::of(&[f64::MAX, f64::MIN].repeat(30), 1, 1.0), None);
    }
}
