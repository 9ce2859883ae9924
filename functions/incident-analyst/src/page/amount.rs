//! Measured values as people read them.

use shared::outbound::Page;

/// A value with its unit, such as `46.2 %`, `82 ms`, `12.2k`. Units are CloudWatch's (API reference, `MetricDatum`).
pub(super) fn amount(value: f64, unit: &str) -> String {
    match unit {
        "Percent" => format!("{} %", digits(value)),
        "Seconds" => seconds(value),
        "Milliseconds" => seconds(value / 1e3),
        "Microseconds" => seconds(value / 1e6),
        "Bytes" => format!("{}B", scaled(value, " ")),
        "Bytes/Second" => format!("{}B/s", scaled(value, " ")),
        _ => scaled(value, "").trim_end().to_owned(),
    }
}

/// What round values of a unit are multiples of, where the largest is `high`: of a minute, where it is written in minutes.
pub(super) fn base(high: f64, unit: &str) -> f64 {
    match unit {
        "Seconds" if high >= 120.0 => 60.0,
        "Milliseconds" if high >= 120_000.0 => 60_000.0,
        _ => 1.0,
    }
}

/// [`amount`], added to a page.
pub(super) fn write(value: f64, unit: &str, page: &mut Page) {
    page.text(&amount(value, unit));
}

fn seconds(value: f64) -> String {
    match value.abs() {
        0.0 => "0 s".to_owned(),
        size if size < 1e-3 => format!("{} µs", digits(value * 1e6)),
        size if size < 1.0 => format!("{} ms", digits(value * 1e3)),
        size if size < 120.0 => format!("{} s", digits(value)),
        size if size < 36_000.0 => format!("{} min", digits(value / 60.0)),
        _ => format!("{} h", digits(value / 3_600.0)),
    }
}

/// With the prefix of a power of a thousand.
fn scaled(value: f64, space: &str) -> String {
    let (factor, prefix) = match value.abs() {
        size if size < 1e4 => (1.0, ""),
        size if size < 1e6 => (1e3, "k"),
        size if size < 1e9 => (1e6, "M"),
        size if size < 1e12 => (1e9, "G"),
        size if size < 1e15 => (1e12, "T"),
        _ => return format!("{value:.2e}{space}"),
    };
    format!("{}{space}{prefix}", digits(value / factor))
}

/// Three digits that count, or all of a whole number.
fn digits(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        size if size >= 1e15 => return format!("{value:.2e}"),
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        size if size >= 0.001 => 3,
        0.0 => 0,
        _ => return format!("{value:.1e}"),
    };
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    if text == "-0" { "0" } else { text }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_three_digits_and_its_unit() {
        for (value, unit, expected) in [
            (0.0, "Count", "0"),
            (57.0, "Count", "57"),
            (9_999.0, "None", "9999"),
            (12_213.4, "Count", "12.2k"),
            (3e6, "", "3M"),
            (1.0 / 3.0, "Count", "0.333"),
            (-0.000_04, "Count", "-4.0e-5"),
            (46.24, "Percent", "46.2 %"),
            (100.0, "Percent", "100 %"),
            (0.082, "Seconds", "82 ms"),
            (0.000_25, "Seconds", "250 µs"),
            (1_312.0, "Seconds", "21.9 min"),
            (90_000.0, "Seconds", "25 h"),
            (341.0, "Milliseconds", "341 ms"),
            (1.5e9, "Bytes", "1.5 GB"),
            (512.0, "Bytes", "512 B"),
            (1e300, "Count", "1.00e300"),
            (f64::MAX, "Percent", "1.80e308 %"),
        ] {
            assert_eq!(amount(value, unit), expected, "{value} {unit}");
        }
    }
}
