//! Passwords given to commands by short options, as the manuals of the commands have them.

use std::ops::Range;

use super::bytes::{Set, at, before, cut, run_end_within, run_start, starts_with};
use super::finding::Finding;
use super::plain::{is_placeholder, is_plain_thing};

/// How far behind a command its options are looked for.
const MOST_OPTIONS: usize = 512;

/// How often an option may stand there and not be given a password.
const MOST_PLACES: usize = 8;

/// A command and the options that a password follows.
type Command = (&'static str, &'static [&'static str]);

const LOGIN: &[&str] = &[" -p ", " -p", " -w "];
const WEB: &[&str] = &[
    " -u ",
    " -u",
    " --user ",
    " --user=",
    " --proxy-user ",
    " --proxy-user=",
    " -U ",
];
const STORE: &[&str] = &[
    " -storepass ",
    " -keypass ",
    " -srcstorepass ",
    " -deststorepass ",
];

/// The commands whose word is also a trigger of the gate.
#[rustfmt::skip]
pub(super) const COMMANDS: [Command; 22] = [
    ("curl", WEB), ("wget", WEB), ("mysql", &[" -p"]), ("sshpass", LOGIN), ("docker login", LOGIN), ("podman login", LOGIN),
    ("psexec", LOGIN), ("ldapsearch", LOGIN), ("convertto-securestring", &[" -String ", " -string ", " -AsPlainText ", " -Force ", " "]),
    ("openssl ", &[" pass:", " -k "]), ("keytool ", STORE), ("jarsigner ", STORE), ("az login", &[" -p "]), ("twine ", &[" -p "]),
    ("unlock-keychain", &[" -p "]), ("redis-cli", &[" -a "]), ("signtool", &[" /p "]), ("zip ", &[" -P "]), ("7z ", &[" -p"]),
    ("net use", &[" /user:"]), ("vault kv put", &[" value="]), ("--from-literal", &["=", " "]),
];

/// The password that the command at `hit` is given.
pub(super) fn find(bytes: &[u8], hit: &Range<usize>) -> Option<Finding> {
    let is_here = |command: &&Command| starts_with(bytes, hit.start, command.0.as_bytes());
    let (name, options) = COMMANDS.iter().find(is_here)?;
    // The blank after the name may begin the option.
    let from = hit.end - usize::from(name.ends_with(' '));
    let line = cut(bytes, from..bytes.len().min(from + MOST_OPTIONS));
    let is_web = options.len() == WEB.len();
    let given = options.iter().find_map(|option| {
        let places = memchr::memmem::find_iter(line, option.as_bytes());
        let mut places = places.take(MOST_PLACES);
        places.find_map(|at| password(bytes, name, from + at + option.len()))
    });
    given.or_else(|| bundled(bytes, from, line).filter(|_| is_web))
}

/// `curl -sSu user:password`: the last of several letters behind one dash.
fn bundled(bytes: &[u8], from: usize, line: &[u8]) -> Option<Finding> {
    let mut places = memchr::memmem::find_iter(line, b"u ").take(MOST_PLACES);
    places.find_map(|place| {
        let start = run_start(line, place, Set::LETTERS, 8);
        let is_option = before(line, start) == b'-' && at(line, start.checked_sub(2)?) == b' ';
        password(bytes, "curl", from + place + 2).filter(|_| is_option)
    })
}

/// The password that starts at `start`, or follows what does.
fn password(bytes: &[u8], name: &str, start: usize) -> Option<Finding> {
    let start = match name {
        "net use" => run_end_within(bytes, word_end(bytes, start), Set::BLANKS, 4),
        "--from-literal" => run_end_within(bytes, start, Set::DOTTED, 128) + 1,
        _ => start,
    };
    let is_web = matches!(name, "curl" | "wget");
    let range = unquoted(bytes, start..word_end(bytes, start));
    let text = cut(bytes, range.clone());
    // `user:password`; either may be empty.
    let is_credential = if is_web {
        text.contains(&b':')
    } else {
        !is_plain_thing(text)
    };
    let is_set = name != "--from-literal" || before(bytes, start) == b'=';
    let is_secret = is_credential
        && is_set
        && text.len() >= 3
        && !is_placeholder(text)
        && !matches!(at(text, 0), b'-' | b'[');
    is_secret.then(|| Finding::new(range, "password"))
}

/// `echo <password> | docker login --password-stdin`
pub(super) fn piped(bytes: &[u8], hit: &Range<usize>) -> Option<Finding> {
    let from = hit.start.saturating_sub(MOST_OPTIONS);
    let line = cut(bytes, from..hit.start);
    let echo = from + memchr::memmem::rfind(line, b"echo ")? + 5;
    let start = if starts_with(bytes, echo, b"-n ") {
        echo + 3
    } else {
        echo
    };
    let end = word_end(bytes, start);
    let pipe = run_end_within(bytes, end, Set::BLANKS, 4);
    password(bytes, "echo", start).filter(|_| at(bytes, pipe) == b'|')
}

fn unquoted(bytes: &[u8], word: Range<usize>) -> Range<usize> {
    let quote = at(bytes, word.start);
    let is_quoted = Set::QUOTES.has(quote) && word.len() >= 2 && before(bytes, word.end) == quote;
    word.start + usize::from(is_quoted)..word.end - usize::from(is_quoted)
}

/// Where the word of a shell that starts at `start` ends: at a blank outside of quotes.
fn word_end(bytes: &[u8], start: usize) -> usize {
    let window = cut(bytes, start..bytes.len().min(start + MOST_OPTIONS));
    let mut open = 0_u8;
    let length = window.iter().position(|byte| {
        match (open, *byte) {
            (0, b'"' | b'\'') => open = *byte,
            (0, _) => return Set::BLANKS.has(*byte),
            (quote, byte) if quote == byte => open = 0,
            _ => {}
        }
        false
    });
    start + length.unwrap_or(window.len())
}
