//! Forms of secrets whose telling mark is not their beginning, or that need more than a prefix.

use std::ops::{Range, RangeInclusive};

use super::bytes::{Set, at, before, cut, run_end_within, run_start};
use super::finding::Finding;
use super::plain::is_placeholder;
use super::shape::Shape;

/// What to look for around a mark.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// Three parts of base64 of which the first begins with `{"` (RFC 7515 7.1, RFC 7516 7.1).
    Jwt,
    /// HCP Terraform: `<14>.atlasv1.<60 and more>`.
    Terraform,
    /// Microsoft Entra: `<3><digit>Q~<31 to 34>`.
    Entra,
    /// Telegram: `<8 to 10 digits>:AA<33>`.
    Telegram,
    /// Mailchimp: `<32 hex>-us<data centre>`.
    Mailchimp,
    /// `MaxMind`: `<6>_<29>_mmk`.
    MaxMind,
    /// Google: `<digits>-<32>.apps.googleusercontent.com`.
    GoogleClient,
    /// Discord: three parts of base64, the first of a number.
    Discord,
    /// New Relic: `<36 hex>NRAL`.
    NewRelic,
    /// A signature inside a key of Azure: `<..>AzSe<..>`, `<..>+ASt<..>` and the like.
    Azure,
    /// A password hash: `$2b$12$<53>`, `$6$<salt>$<86>`, `$argon2id$...`.
    Hash,
    /// Ansible Vault, netrc and the like are lines of their own.
    Netrc,
}

/// The marks.
pub(super) const FORMS: &[(&str, Form)] = &[
    ("eyJ", Form::Jwt),
    ("ewog", Form::Jwt),
    (".atlasv1.", Form::Terraform),
    ("Q~", Form::Entra),
    (":AA", Form::Telegram),
    ("-us", Form::Mailchimp),
    ("_mmk", Form::MaxMind),
    (".apps.googleusercontent", Form::GoogleClient),
    (".g", Form::Discord),
    (".x", Form::Discord),
    (".y", Form::Discord),
    ("NRAL", Form::NewRelic),
    ("AzSe", Form::Azure),
    ("AzFu", Form::Azure),
    ("ACDb", Form::Azure),
    ("+ASt", Form::Azure),
    ("APIM", Form::Azure),
    ("+ARm", Form::Azure),
    ("+AMC", Form::Azure),
    ("AIoT", Form::Azure),
    ("+AEh", Form::Azure),
    ("+ASb", Form::Azure),
    ("AzCa", Form::Azure),
    ("+ACR", Form::Azure),
    ("JQQJ99", Form::Azure),
    ("$2a$", Form::Hash),
    ("$2b$", Form::Hash),
    ("$2y$", Form::Hash),
    ("$6$", Form::Hash),
    ("$5$", Form::Hash),
    ("$argon2", Form::Hash),
    ("login ", Form::Netrc),
];

/// A token of more than this is cut short.
const MOST_JWT: usize = 16_384;

impl Form {
    /// How many bytes `find` looks at where that is no small number.
    pub(super) fn reach(self, bytes: &[u8], hit: &Range<usize>) -> usize {
        match self {
            Self::Jwt if !Set::ALNUM.has(before(bytes, hit.start)) => {
                run_end_within(bytes, hit.start, Set::PADDED, MOST_JWT) - hit.start
            }
            _ => 0,
        }
    }

    pub(super) fn find(self, bytes: &[u8], hit: &Range<usize>, mark: &str) -> Option<Finding> {
        // A signature within a key is too short to be told in any case.
        if matches!(
            self,
            Self::Azure | Self::Entra | Self::Telegram | Self::Jwt | Self::NewRelic
        ) && cut(bytes, hit.clone()) != mark.as_bytes()
        {
            return None;
        }
        let (range, kind) = match self {
            Self::Jwt => (jwt(bytes, hit)?, "jwt"),
            Self::Terraform => (
                around(bytes, hit, (Set::ALNUM, 14..=14), (Set::PADDED, 40..=90))?,
                "terraform-token",
            ),
            Self::Entra => (
                around(bytes, hit, (Set::DOTTED, 4..=4), (Set::RANDOM, 31..=34))?,
                "azure-client-secret",
            ),
            Self::Telegram => (
                around(bytes, hit, (Set::DIGITS, 8..=10), (Set::TOKEN, 32..=34))?,
                "telegram-token",
            ),
            Self::Mailchimp => (
                around(bytes, hit, (Set::HEX, 32..=32), (Set::DIGITS, 1..=2))?,
                "mailchimp-key",
            ),
            Self::MaxMind => (
                around(bytes, hit, (Set::WORD, 36..=36), (Set::ALNUM, 0..=0))?,
                "maxmind-key",
            ),
            Self::GoogleClient => (
                around(bytes, hit, (Set::TOKEN, 36..=64), (Set::DOTTED, 0..=8))?,
                "google-client-id",
            ),
            Self::Discord => (discord(bytes, hit)?, "discord-token"),
            Self::NewRelic => (
                around(bytes, hit, (Set::HEX, 36..=36), (Set::ALNUM, 0..=0))?,
                "newrelic-key",
            ),
            Self::Azure => (azure(bytes, hit)?, "azure-key"),
            Self::Hash => (hash(bytes, hit)?, "password-hash"),
            Self::Netrc => (netrc(bytes, hit)?, "password"),
        };
        (!is_placeholder(cut(bytes, range.clone()))).then(|| Finding::new(range, kind))
    }
}

/// The mark with a run before and a run after it, both of the lengths asked for.
fn around(
    bytes: &[u8],
    hit: &Range<usize>,
    (head, head_length): (Set, RangeInclusive<usize>),
    (tail, tail_length): (Set, RangeInclusive<usize>),
) -> Option<Range<usize>> {
    let start = run_start(bytes, hit.start, head, head_length.end() + 1);
    let end = run_end_within(bytes, hit.end, tail, tail_length.end() + 1);
    let fits = head_length.contains(&(hit.start - start)) && tail_length.contains(&(end - hit.end));
    fits.then_some(start..end)
}

fn jwt(bytes: &[u8], hit: &Range<usize>) -> Option<Range<usize>> {
    if Set::ALNUM.has(before(bytes, hit.start)) {
        return None;
    }
    let end = run_end_within(bytes, hit.start, Set::PADDED, MOST_JWT);
    let text = cut(bytes, hit.start..end);
    let mut parts = text.split(|byte| *byte == b'.');
    let header = parts.next()?;
    let payload = parts.next()?;
    let is_jwt = header.len() >= 12 && payload.len() >= 8 && is_object(header);
    is_jwt.then_some(hit.start..end)
}

fn is_object(header: &[u8]) -> bool {
    let decoded = super::encoded::decode(header);
    at(&decoded, 0) == b'{'
        && decoded
            .iter()
            .take(64)
            .all(|byte| (0x09..0x7f).contains(byte))
}

fn discord(bytes: &[u8], hit: &Range<usize>) -> Option<Range<usize>> {
    let start = run_start(bytes, hit.start, Set::TOKEN, 30);
    let head = cut(bytes, start..hit.start);
    if !(23..=28).contains(&head.len()) || !matches!(at(head, 0), b'M' | b'N' | b'O') {
        return None;
    }
    let dot = run_end_within(bytes, hit.start + 1, Set::TOKEN, 8);
    let end = run_end_within(bytes, dot + 1, Set::TOKEN, 60);
    (dot == hit.start + 7 && at(bytes, dot) == b'.' && end - dot > 27).then_some(start..end)
}

fn azure(bytes: &[u8], hit: &Range<usize>) -> Option<Range<usize>> {
    let start = run_start(bytes, hit.start, Set::BASE64, 100);
    let end = run_end_within(bytes, hit.end, Set::BASE64, 100);
    let text = cut(bytes, start..end);
    ((40..=100).contains(&text.len()) && Shape::of(text).random(text).is_some())
        .then_some(start..end)
}

fn hash(bytes: &[u8], hit: &Range<usize>) -> Option<Range<usize>> {
    let end = bytes.len().min(hit.end + 200);
    let text = cut(bytes, hit.end..end);
    let length = text
        .iter()
        .take_while(|byte| Set::PADDED.has(**byte) || matches!(byte, b'$' | b','))
        .count();
    (length >= 40).then_some(hit.start..hit.end + length)
}

/// `machine <host> login <user> password <password>` (the netrc of ftp(1)).
fn netrc(bytes: &[u8], hit: &Range<usize>) -> Option<Range<usize>> {
    let user = run_end_within(bytes, hit.end, Set::VALUE, 128);
    let blank = run_end_within(bytes, user, Set::BLANKS, 8);
    if !super::bytes::starts_with(bytes, blank, b"password") {
        return None;
    }
    let start = run_end_within(bytes, blank + 8, Set::BLANKS, 8);
    let end = run_end_within(bytes, start, Set::VALUE, 512);
    (start > blank + 8 && end > start).then_some(start..end)
}
