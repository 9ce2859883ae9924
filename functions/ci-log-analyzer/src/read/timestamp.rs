//! Times at the beginning of a line.

/// The length of a date and time of day as ISO 8601 and RFC 3339 write it, with its fraction of a second and its zone, at the
/// beginning of a text: `2026-01-02T03:04:05.1234567Z`, `2026-01-02 03:04:05,123+00:00`.
pub(super) fn date_time(text: &[u8]) -> Option<DateTime> {
    let [
        y0,
        y1,
        y2,
        y3,
        b'-',
        m0,
        m1,
        b'-',
        d0,
        d1,
        between,
        rest @ ..,
    ] = text
    else {
        return None;
    };
    let day = [y0, y1, y2, y3, m0, m1, d0, d1];
    if !matches!(between, b'T' | b' ') || !day.iter().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let clock = clock(rest)?;
    let rest = rest.get(clock..).unwrap_or_default();
    let fraction = fraction(rest);
    let zone = zone(rest.get(fraction..).unwrap_or_default());
    Some(DateTime {
        length: 11 + clock + fraction + zone,
        has_zone: zone > 0,
    })
}

/// A date and time of day that was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct DateTime {
    pub(super) length: usize,
    pub(super) has_zone: bool,
}

/// The length of `12:34:56` at the beginning of a text.
pub(super) fn clock(text: &[u8]) -> Option<usize> {
    let [h0, h1, b':', m0, m1, b':', s0, s1, ..] = text else {
        return None;
    };
    [h0, h1, m0, m1, s0, s1]
        .iter()
        .all(|byte| byte.is_ascii_digit())
        .then_some(8)
}

fn fraction(text: &[u8]) -> usize {
    let [b'.' | b',', digits @ ..] = text else {
        return 0;
    };
    let count = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if count == 0 { 0 } else { count + 1 }
}

fn zone(text: &[u8]) -> usize {
    match text {
        [b'Z', ..] => 1,
        [b'+' | b'-', a, b, b':', c, d, ..]
            if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()) =>
        {
            6
        }
        [b'+' | b'-', a, b, c, d, ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()) => 5,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_told_from_what_looks_like_them() {
        for (text, expected) in [
            ("2026-01-02T03:04:05Z x", Some((20, true))),
            ("2026-01-02T03:04:05.1234567Z", Some((28, true))),
            ("2026-01-02 03:04:05,123 x", Some((23, false))),
            ("2026-01-02T03:04:05+01:00", Some((25, true))),
            ("2026-01-02T03:04:05-0130", Some((24, true))),
            ("2026-01-02T03:04:05. x", Some((19, false))),
            ("2026-01-02T03:04", None),
            ("2026-01-0x 03:04:05", None),
            ("2026/01/02 03:04:05", None),
            ("", None),
        ] {
            let found = date_time(text.as_bytes()).map(|found| (found.length, found.has_zone));
            assert_eq!(found, expected, "{text}");
        }
    }
}
