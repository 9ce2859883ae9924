//! Lines through points: flat and then rising, and one step.

/// Standard deviations that a sum of signs must be away from none: once in a thousand series without a trend.
const SIGNIFICANT: f64 = 3.1;

/// From eight points on, chance alone orders them as strictly in one of forty thousand series, and z can tell.
const FEW: usize = 8;

/// A line that is flat and then rises until the end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ramp {
    /// Where the rise begins: minutes and value.
    pub(super) from: (f64, f64),
    /// The end, on the line.
    pub(super) to: (f64, f64),
    /// The slope.
    pub(super) per_minute: f64,
    /// The sum of the squares of what it leaves unexplained.
    pub(super) error: f64,
    /// Mann-Kendall's z of the rising part.
    z: f64,
    /// Whether the last points rise, too, half as fast as the line or faster. Where they do not, nobody can say how it goes on.
    pub(super) goes_on: bool,
    /// Whether the rising part is a few points of which each is above the one before; z is for more than a few.
    is_strict: bool,
}

impl Ramp {
    pub(super) fn rise(&self) -> f64 {
        self.to.1 - self.from.1
    }

    pub(super) fn is_significant(&self) -> bool {
        self.z > SIGNIFICANT || self.is_strict
    }
}

/// The flat-then-rising line that leaves the least unexplained, of those whose rise has at least `least` points.
pub(super) fn ramp(points: &[(f64, f64)], least: usize) -> Option<Ramp> {
    let choices = points.len().checked_sub(least)?;
    let ramps = (0..=choices).filter_map(|start| hinge(points, start));
    ramps
        .filter(|ramp| ramp.per_minute > 0.0 && ramp.error.is_finite())
        .min_by(|a, b| a.error.total_cmp(&b.error))
}

/// Least squares of `level + slope * max(0, minutes - begin)`.
fn hinge(points: &[(f64, f64)], start: usize) -> Option<Ramp> {
    let begin = points.get(start)?.0;
    let along = |minutes: f64| (minutes - begin).max(0.0);
    let count = f64::from(u32::try_from(points.len()).ok()?);
    let mean_along = points.iter().map(|(x, _)| along(*x) / count).sum::<f64>();
    let level = points.iter().map(|(_, y)| y / count).sum::<f64>();
    let (mut covariance, mut variance) = (0.0, 0.0);
    for (x, y) in points {
        covariance += (along(*x) - mean_along) * (y - level);
        variance += (along(*x) - mean_along).powi(2);
    }
    if variance <= 0.0 {
        return None;
    }
    let slope = covariance / variance;
    let level = level - slope * mean_along;
    let line = |minutes: f64| level + slope * along(minutes);
    let end = points.last()?.0;
    let error = points.iter().map(|(x, y)| (y - line(*x)).powi(2)).sum();
    let rising = points.get(start..)?;
    Some(Ramp {
        from: (begin, level),
        to: (end, line(end)),
        per_minute: slope,
        error,
        goes_on: slope_of(end_of(rising)) >= slope / 2.0,
        z: mann_kendall(rising),
        is_strict: rising.len() < FEW && rising.is_sorted_by(|a, b| a.1 < b.1),
    })
}

/// The last quarter of the points, four of them at least.
fn end_of(rising: &[(f64, f64)]) -> &[(f64, f64)] {
    let most = (rising.len() / 4).max(4);
    let from = rising.len().saturating_sub(most);
    rising.get(from..).unwrap_or(rising)
}

/// The slope of the least squares' line.
fn slope_of(points: &[(f64, f64)]) -> f64 {
    let count = u32::try_from(points.len()).map_or(f64::MAX, f64::from);
    let middle = |of: fn(&(f64, f64)) -> f64| points.iter().map(|point| of(point) / count).sum();
    let (mean_x, mean_y): (f64, f64) = (middle(|point| point.0), middle(|point| point.1));
    let along = |(x, y): &(f64, f64)| (x - mean_x) * (y - mean_y);
    let covariance: f64 = points.iter().map(along).sum();
    let variance: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    if variance > 0.0 {
        covariance / variance
    } else {
        0.0
    }
}

/// What the best single step leaves unexplained.
pub(super) fn step_error(points: &[(f64, f64)]) -> f64 {
    let error = |part: &[(f64, f64)]| {
        let count = u32::try_from(part.len()).map_or(f64::MAX, f64::from);
        let mean = part.iter().map(|(_, y)| y / count).sum::<f64>();
        part.iter().map(|(_, y)| (y - mean).powi(2)).sum::<f64>()
    };
    (1..points.len())
        .filter_map(|at| points.split_at_checked(at))
        .map(|(before, after)| error(before) + error(after))
        .fold(f64::INFINITY, f64::min)
}

/// How many standard deviations the number of pairs in rising order is above chance, corrected for equal values.
fn mann_kendall(points: &[(f64, f64)]) -> f64 {
    let mut rising = 0.0_f64;
    for (index, (_, earlier)) in points.iter().enumerate() {
        for (_, later) in points.iter().skip(index + 1) {
            rising += match later.total_cmp(earlier) {
                std::cmp::Ordering::Less => -1.0,
                std::cmp::Ordering::Equal => 0.0,
                std::cmp::Ordering::Greater => 1.0,
            };
        }
    }
    let weight = |count: usize| {
        let count = u32::try_from(count).map_or(f64::MAX, f64::from);
        count * (count - 1.0) * (2.0 * count + 5.0) / 18.0
    };
    let mut values: Vec<f64> = points.iter().map(|(_, y)| *y).collect();
    values.sort_by(f64::total_cmp);
    let ties: f64 = values
        .chunk_by(|a, b| a.total_cmp(b).is_eq())
        .map(|equal| weight(equal.len()))
        .sum();
    let variance = weight(points.len()) - ties;
    if variance <= 0.0 {
        return 0.0;
    }
    (rising - rising.signum()) / variance.sqrt()
}
