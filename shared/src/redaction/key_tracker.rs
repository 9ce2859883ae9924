//! Private keys in text of which only some lines are shown.

use super::pem::Pem;
use super::view::View;

/// Follows private keys in PEM (RFC 7468) over all lines of a text, for whoever quotes some of them: nothing in a line from the middle
/// of a key gives it away. Most lines cost one search for two words.
#[derive(Debug, Default)]
pub struct PrivateKeyTracker {
    pem: Pem,
}

impl PrivateKeyTracker {
    /// Takes the next line, without its line end. Returns whether a private key that began before the line may go on in it; to redact
    /// the line alone, hand that to [`Session::resume`](super::Session::resume).
    pub fn push(&mut self, line: &str) -> bool {
        let is_inside = self.pem.is_open();
        if is_inside {
            self.pem.ranges(View::of(line.as_bytes()).bytes());
        } else {
            self.pem.ranges(line.as_bytes());
        }
        is_inside
    }
}

#[cfg(test)]
mod tests {
    use super::super::Redactor;
    use super::*;

    const BEGIN: &str = concat!("-----BEGIN RSA PRIVATE", " KEY-----");
    const END: &str = concat!("-----END RSA PRIVATE", " KEY-----");
    const PGP: &str = concat!("-----BEGIN PGP PRIVATE", " KEY BLOCK-----");
    const PGP_END: &str = concat!("-----END PGP PRIVATE", " KEY BLOCK-----");
    const BODY: &str = "q7Wz3Xk9Lm2Np5Rt8Vb4Yc6Hq7Wz3Xk9Lm2Np5Rt8Vb4Yc6Hq7Wz3Xk9Lm2Np5Rt";

    /// The lines that a key goes on in, from 1.
    fn inside(lines: &[&str]) -> Vec<usize> {
        let mut tracker = PrivateKeyTracker::default();
        let numbered = (1..).zip(lines);
        numbered
            .filter_map(|(number, line)| tracker.push(line).then_some(number))
            .collect()
    }

    #[test]
    fn a_key_goes_on_until_its_end_or_until_nothing_looks_like_one() {
        let between = format!("{END} {BEGIN}");
        let twice = format!("{BEGIN} {BODY} {END} {BEGIN}");
        let whole = format!("{BEGIN}\\n{BODY}\\n{END}");
        let after = format!("-----END CERTIFICATE-----\\n{BEGIN}");
        let cases: [(&[&str], &[usize]); 9] = [
            (&["+ cat key", BEGIN, BODY, END, "done"], &[3, 4]),
            (&[PGP, "", BODY, BODY, PGP_END, "done"], &[2, 3, 4, 5]),
            (&[&twice, BODY, END, "done"], &[2, 3]),
            (&[BEGIN, BODY, &between, BODY, END, "done"], &[2, 3, 4, 5]),
            (&[&after, BODY, END, "done"], &[2, 3]),
            (&[&whole, "done"], &[]),
            (&["-----BEGIN CERTIFICATE-----", BODY], &[]),
            (
                &[
                    BEGIN,
                    "no such key",
                    "was found here",
                    "the end of it",
                    "a.c:1:2: error: no",
                    "x = y + z",
                    "and on",
                ],
                &[2, 3, 4, 5],
            ),
            (
                &[
                    BEGIN,
                    "what comes",
                    "is no key",
                    "at all",
                    BEGIN,
                    BODY,
                    BODY,
                    END,
                ],
                &[2, 3, 4, 5, 6, 7, 8],
            ),
        ];
        for (lines, expected) in cases {
            assert_eq!(inside(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn any_line_of_a_key_is_redacted_alone_as_it_is_among_the_others() {
        let between = format!("{BODY}{END}{BEGIN}{BODY}");
        let nested = format!("{BODY} {BEGIN} {BODY} {END} {BEGIN} {BODY}");
        let mentioned = format!("no {BEGIN} in id_rsa");
        let cases: [&[&str]; 4] = [
            &[PGP, BODY, PGP_END],
            &[BEGIN, BODY, &between, BODY, END],
            &[BEGIN, BODY, &nested, BODY, END],
            &[
                &mentioned,
                "a",
                "the end of it",
                BEGIN,
                BODY,
                BODY,
                BODY,
                BODY,
                BODY,
                BODY,
                END,
            ],
        ];
        let redactor = Redactor::new();
        for lines in cases {
            let text = lines.join("\n");
            let whole = redactor.redact(&text).text.into_owned();
            assert!(!whole.contains("q7Wz3Xk9"), "{whole}");
            let mut tracker = PrivateKeyTracker::default();
            let mut session = redactor.session();
            let alone: Vec<String> = lines
                .iter()
                .map(|line| {
                    session.resume(tracker.push(line));
                    session.line(line).into_owned()
                })
                .collect();
            assert_eq!(alone.join("\n"), whole);
        }
    }
}
