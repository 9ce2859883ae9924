//! Characters that make a text read otherwise than it is: not seen, in another order, or in the place of another (CVE-2021-42574, CVE-2021-42694).

use unicode_script::{Script, UnicodeScript as _};
use unicode_security::skeleton;

use super::places::Family;

/// What is wrong with the characters of an added line, if anything is. `code` is the line without texts and comments.
pub(super) fn fault(line: &str, code: &str, family: Family) -> Option<&'static str> {
    if line.is_ascii() && !line.contains(|c: char| c.is_control() && c != '\t') {
        return None;
    }
    if line.chars().any(|c| is_hidden(c, family)) {
        return Some(
            "has characters that are not seen, or that change the order in which others are seen",
        );
    }
    let is_program = matches!(family, Family::Code | Family::Query);
    if is_program && code.chars().any(is_odd_in_programs) {
        return Some("has characters outside of texts that look like others");
    }
    if words(line).any(is_mixed) || (is_program && words(code).any(is_wholly_confusable)) {
        return Some("has words with letters of another alphabet that look like its own");
    }
    None
}

/// Whether a name has letters in the place of others: of another alphabet, or all of them, or Latin ones that are only alike.
pub(super) fn deceives(name: &str) -> bool {
    let is_alike = |c: char| is_confusable(c) && c.script() == Script::Latin;
    words(name)
        .any(|word| is_mixed(word) || is_wholly_confusable(word) || word.chars().any(is_alike))
}

/// Control, format, filler and private characters. The variation selector of emoji is for prose alone.
fn is_hidden(c: char, family: Family) -> bool {
    let is_prose = family == Family::Prose;
    match c {
        '\t' => false,
        '\u{fe0f}' => !is_prose,
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{1680}' => {
            matches!(family, Family::Code | Family::Query)
        }
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{70f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0e}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{ffff}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e000}'..='\u{f8ff}'
        | '\u{e0000}'..='\u{10ffff}' => true,
        c => c.is_control(),
    }
}

/// What stands for a character of a programming language, and is none.
fn is_odd_in_programs(c: char) -> bool {
    matches!(c, '\u{37e}' | '\u{589}' | '\u{2024}' | '\u{2044}' | '\u{2215}' | '\u{2236}' | '\u{29f8}' | '\u{ff01}'..='\u{ff5e}' | '\u{a789}' | '\u{2010}'..='\u{2015}' | '\u{2212}')
        || (c.is_alphabetic() && !c.is_ascii() && stands_for(c, |c| c.is_ascii_punctuation()))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_ascii())
}

fn stands_for(c: char, is_meant: impl Fn(char) -> bool) -> bool {
    let mut bytes = [0; 4];
    skeleton(c.encode_utf8(&mut bytes)).all(is_meant)
}

fn is_confusable(c: char) -> bool {
    !c.is_ascii() && stands_for(c, |c| c.is_ascii())
}

/// Letters of two alphabets in a word, one of which looks like one of the other: `sаy`. `µs`, `kΩ` and `API接口` are not meant.
fn is_mixed(word: &str) -> bool {
    let script = |c: char| {
        Some(c.script()).filter(|script| !matches!(script, Script::Common | Script::Inherited))
    };
    let mut scripts = word.chars().filter_map(script);
    let first = scripts.next();
    let is_mixed = scripts.any(|script| Some(script) != first);
    let is_styled = |c: char| is_confusable(c) && c.script() == Script::Common;
    word.chars().any(is_styled) || (is_mixed && word.chars().any(is_confusable))
}

fn is_wholly_confusable(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii() || is_confusable(c))
}
