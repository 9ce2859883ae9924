//! Numbers that say how strong something is: the length of what is drawn at random, the rounds of what is hashed.

use super::super::apply::Change;
use super::super::diff::Side;

/// What stands in a line whose number must not become smaller.
const STRENGTHS: [&str; 16] = [
    "make([]byte",
    "randombytes",
    "random_bytes",
    "urandom",
    "token_",
    "tokenlength",
    "getrandombytes",
    "nextbytes",
    "securerandom",
    "rounds",
    "iterations",
    "gensalt",
    "key_size",
    "keysize",
    "min_length",
    "minlength",
];

/// Whether a line comes back with a smaller number.
pub(super) fn fault(change: &Change<'_>) -> Option<&'static str> {
    let lines = |side: Side| {
        let edits = change.hunks.iter().flatten();
        edits
            .filter(move |edit| edit.side == side)
            .map(|edit| edit.text.trim())
    };
    let is_strength = |line: &&str| {
        let line = line.to_lowercase();
        STRENGTHS.iter().any(|strength| line.contains(strength))
    };
    let is_weaker = |old: &str| {
        let (text, numbers) = parts(old);
        lines(Side::New).any(|new| {
            let (new_text, new_numbers) = parts(new);
            let mut pairs = numbers.iter().zip(&new_numbers);
            text == new_text && pairs.any(|(old, new)| new < old)
        })
    };
    lines(Side::Old)
        .filter(is_strength)
        .any(is_weaker)
        .then_some("makes something random or hashed weaker")
}

/// What stands around the numbers of a line, and the numbers.
fn parts(line: &str) -> (String, Vec<u64>) {
    let is_digit = |c: char| c.is_ascii_digit();
    let text = line.chars().filter(|c| !c.is_ascii_digit()).collect();
    let numbers = line.split(|c| !is_digit(c));
    (
        text,
        numbers.filter_map(|number| number.parse().ok()).collect(),
    )
}
