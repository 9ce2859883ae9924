//! Means, spreads and how two things move together.

/// Below this part of its largest value, a difference is rounding and no movement.
const ROUNDING: f64 = 1e-9;

/// How one thing moves with another over the same points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Together {
    /// By how much the first moves when the second moves by one: least squares.
    pub(super) slope: f64,
    /// Pearson's correlation, from -1 to 1.
    pub(super) correlation: f64,
    /// At how many points both are known.
    pub(super) points: usize,
}

/// The mean; 0 of nothing.
pub(super) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.iter().sum::<f64>() / count(values.len())
}

/// The standard deviation; 0 of what is constant but for rounding.
pub(super) fn spread(values: &[f64]) -> f64 {
    if is_constant(values) {
        return 0.0;
    }
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / count(values.len())).sqrt()
}

/// How `x` moves with `y`. What is constant moves with nothing.
pub(super) fn together(x: &[Option<f64>], y: &[Option<f64>]) -> Together {
    let both: (Vec<f64>, Vec<f64>) = x.iter().zip(y).filter_map(|(x, y)| (*x).zip(*y)).unzip();
    let (x, y) = both;
    let points = x.len();
    let (mean_x, mean_y) = (mean(&x), mean(&y));
    let (spread_x, spread_y) = (spread(&x), spread(&y));
    if spread_x <= 0.0 || spread_y <= 0.0 {
        return Together {
            slope: 0.0,
            correlation: 0.0,
            points,
        };
    }
    let products = x.iter().zip(&y).map(|(x, y)| (x - mean_x) * (y - mean_y));
    let covariance = products.sum::<f64>() / count(points);
    Together {
        slope: finite(covariance / spread_y / spread_y),
        correlation: finite(covariance / spread_x / spread_y).clamp(-1.0, 1.0),
        points,
    }
}

/// A number of things as a number to reckon with.
pub(super) fn count(things: usize) -> f64 {
    u32::try_from(things).map_or(f64::from(u32::MAX), f64::from)
}

/// The value, or 0 where there is none.
pub(super) fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

/// The values that are known.
pub(super) fn known(values: &[Option<f64>]) -> Vec<f64> {
    values.iter().copied().flatten().collect()
}

fn is_constant(values: &[f64]) -> bool {
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let largest = lowest.abs().max(highest.abs());
    values.is_empty() || highest - lowest <= largest * ROUNDING
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_has_no_spread_whatever_rounding_makes_of_its_mean() {
        let spreads = [&[0.1; 7][..], &[], &[1.0, 3.0]].map(spread);
        assert_eq!(format!("{spreads:?}"), "[0.0, 0.0, 1.0]");
    }

    #[test]
    fn slope_and_correlation_are_those_of_least_squares() {
        let y = [1.0, 2.0, 3.0, 4.0].map(Some);
        let x = [Some(2.0), Some(4.0), None, Some(8.0)];
        let found = together(&x, &y);
        assert_eq!(found.points, 3);
        assert!((found.slope - 2.0).abs() < 1e-12);
        assert!((found.correlation - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_constant_moves_with_nothing() {
        let constant = [Some(0.1); 4];
        let y = [1.0, 2.0, 3.0, 4.0].map(Some);
        let nothing = Together {
            slope: 0.0,
            correlation: 0.0,
            points: 4,
        };
        assert_eq!(together(&constant, &y), nothing);
        assert_eq!(together(&y, &constant), nothing);
    }
}
