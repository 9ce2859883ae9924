//! What people would read of an entry that is a JSON object.
//!
//! No tree is built: a scan that takes anything, well-formed or cut off, and remembers where the fields are that matter. Of the objects in
//! the object only the first level is looked at.

use memchr::{memchr, memchr2};

use super::level::Level;

/// The fields of an entry that matter, with their escapes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Fields<'a> {
    /// What happened.
    pub(super) message: Option<&'a str>,
    /// What the error was, where that is a field of its own.
    pub(super) error: Option<&'a str>,
    /// How serious it is.
    pub(super) level: Option<Level>,
    /// The HTTP request that it is about.
    pub(super) method: Option<&'a str>,
    /// Its path.
    pub(super) path: Option<&'a str>,
    /// The status of the answer.
    pub(super) status: Option<&'a str>,
    /// What kind of entry it is: `platform.start` and so on.
    pub(super) kind: Option<&'a str>,
    /// How good a name the message has.
    pub(super) rank: u8,
}

/// What a field is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Role {
    /// The message; the field of the lowest number is taken.
    Message(u8),
    Error,
    Level,
    Method,
    Path,
    Status,
    Kind,
}

/// Field names of common loggers: Log4j, Logback, pino, bunyan, winston, zap, logrus, slog, structlog, Serilog, tracing, Fluent Bit, ECS.
const NAMES: [(&str, Role); 32] = [
    ("message", Role::Message(1)),
    ("msg", Role::Message(1)),
    ("@message", Role::Message(2)),
    ("@m", Role::Message(2)),
    ("@mt", Role::Message(3)),
    ("log", Role::Message(3)),
    ("event", Role::Message(4)),
    ("level", Role::Level),
    ("severity", Role::Level),
    ("lvl", Role::Level),
    ("levelname", Role::Level),
    ("log.level", Role::Level),
    ("loglevel", Role::Level),
    ("severitytext", Role::Level),
    ("severity_text", Role::Level),
    ("@l", Role::Level),
    ("error", Role::Error),
    ("err", Role::Error),
    ("exception", Role::Error),
    ("errormessage", Role::Error),
    ("error.message", Role::Error),
    ("exc_info", Role::Error),
    ("@x", Role::Error),
    ("method", Role::Method),
    ("path", Role::Path),
    ("uri", Role::Path),
    ("url", Role::Path),
    ("status", Role::Status),
    ("statuscode", Role::Status),
    ("status_code", Role::Status),
    ("type", Role::Kind),
    ("http_status", Role::Status),
];

fn role(name: &str) -> Option<Role> {
    let known = NAMES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.map(|(_, role)| *role)
}

/// The fields of the object that `text` begins with; `None` if it begins with none.
pub(super) fn fields(text: &str) -> Option<Fields<'_>> {
    let mut scan = Scan {
        rest: text.trim_start().strip_prefix('{')?,
        depth: 1,
        parent: None,
    };
    let mut fields = Fields::default();
    while let Some((name, value)) = scan.field() {
        fields.take(scan.depth, scan.parent, name, value);
    }
    Some(fields)
}

impl<'a> Fields<'a> {
    fn take(&mut self, depth: u32, parent: Option<Role>, name: &str, value: &'a str) {
        let is_nothing = matches!(value, "" | "null" | "false" | "{}" | "[]");
        let role = match role(name) {
            Some(role) if depth <= 2 && !is_nothing => role,
            _ => return,
        };
        let is_outer = depth == 1;
        let slot = match role {
            Role::Message(_) if !is_outer && parent == Some(Role::Error) => &mut self.error,
            Role::Message(rank) => {
                let rank = if is_outer { rank } else { rank + 4 };
                if self.message.is_none() || rank < self.rank {
                    (self.message, self.rank) = (Some(value), rank);
                }
                return;
            }
            Role::Level => {
                if is_outer || self.level.is_none() {
                    self.level = Level::named(value).or(self.level);
                }
                return;
            }
            Role::Error => &mut self.error,
            Role::Method => &mut self.method,
            Role::Path => &mut self.path,
            Role::Status => &mut self.status,
            Role::Kind => &mut self.kind,
        };
        if is_outer || slot.is_none() {
            *slot = Some(value);
        }
    }
}

struct Scan<'a> {
    rest: &'a str,
    depth: u32,
    /// What the field is in which we are, at depth two.
    parent: Option<Role>,
}

impl<'a> Scan<'a> {
    /// The next field whose value is a text, a number or a word. Objects are entered, arrays too.
    fn field(&mut self) -> Option<(&'a str, &'a str)> {
        loop {
            self.skip_to_name()?;
            let name = self.text();
            let Some(value) = self.rest.trim_start().strip_prefix(':') else {
                // A text in an array.
                continue;
            };
            self.rest = value.trim_start();
            match self.rest.bytes().next()? {
                b'"' => {
                    self.advance(1);
                    return Some((name, self.text()));
                }
                b'{' | b'[' => {
                    if self.depth == 1 {
                        self.parent = role(name);
                    }
                }
                _ => return Some((name, self.word())),
            }
        }
    }

    /// Goes on behind the next quotation mark; `None` at the end of the object.
    fn skip_to_name(&mut self) -> Option<()> {
        let mut bytes = self.rest.bytes().enumerate();
        let at = loop {
            match bytes.next()? {
                (at, b'"') => break at,
                (_, b'{' | b'[') => self.depth = self.depth.saturating_add(1),
                (_, b'}' | b']') => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return None;
                    }
                }
                _ => {}
            }
        };
        self.advance(at + 1);
        Some(())
    }

    /// The text whose quotation mark has been passed, to the next one or to the end.
    fn text(&mut self) -> &'a str {
        let bytes = self.rest.as_bytes();
        let mut end = memchr(b'"', bytes).unwrap_or(bytes.len());
        let before = bytes.get(..end).unwrap_or_default();
        if memchr(b'\\', before).is_some() {
            end = escaped_end(bytes);
        }
        let text = self.rest.get(..end).unwrap_or(self.rest);
        self.advance(end + 1);
        text
    }

    fn word(&mut self) -> &'a str {
        let is_end = |char: char| matches!(char, ',' | '}' | ']') || char.is_whitespace();
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let word = self.rest.get(..end).unwrap_or_default();
        self.advance(end);
        word
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }
}

/// Where a text with escapes ends.
fn escaped_end(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found;
        if bytes.get(at) == Some(&b'"') {
            return at;
        }
        at += 2;
    }
    bytes.len()
}

/// Adds `raw` without its escapes to `text`. What is no escape stays as it is.
pub(super) fn unescape(raw: &str, text: &mut String) {
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let mut chars = after.chars();
        match chars.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r' | 'b' | 'f') => text.push(' '),
            Some('u') => {
                let digits = after
                    .get(1..5)
                    .and_then(|digits| u32::from_str_radix(digits, 16).ok());
                text.push(
                    digits
                        .and_then(char::from_u32)
                        .unwrap_or(char::REPLACEMENT_CHARACTER),
                );
                chars = after.get(5..).unwrap_or_default().chars();
            }
            Some(char) => text.push(char),
            None => {}
        }
        rest = chars.as_str();
    }
    text.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (&str, &str, Option<Level>) {
        let fields = fields(text).unwrap_or_default();
        (
            fields.message.unwrap_or_default(),
            fields.error.unwrap_or_default(),
            fields.level,
        )
    }

    #[test]
    fn message_error_and_level_are_found_under_their_usual_names() {
        use Level::{Error, Info};
        let lines = [
            (
                r#"{"level":"error","msg":"no such cart","cart":7}"#,
                ("no such cart", "", Some(Error)),
            ),
            (
                r#"{ "Severity" : "ERROR" , "Message" : "a \"b\" c" }"#,
                (r#"a \"b\" c"#, "", Some(Error)),
            ),
            (
                r#"{"level":50,"time":1,"msg":"x","err":{"type":"E","message":"refused","stack":"E\n at"}}"#,
                ("x", "refused", Some(Error)),
            ),
            (
                r#"{"level":"INFO","fields":{"message":"started"},"spans":[{"message":"no"}]}"#,
                ("started", "", Some(Info)),
            ),
            (
                r#"{"log":"a line\n","stream":"stderr"}"#,
                (r"a line\n", "", None),
            ),
            (
                r#"{"event":"checkout","message":"paid","error":null}"#,
                ("paid", "", None),
            ),
            (
                r#"{"data":{"message":"inner","level":"info"},"level":"error","message":"outer"}"#,
                ("outer", "", Some(Error)),
            ),
            (
                r#"{"tags":["message","x"],"a":{"b":{"message":"deep"}}}"#,
                ("", "", None),
            ),
            (r#"{"message":"cut of"#, ("cut of", "", None)),
            (r#"{"message":"cut \"#, (r"cut \", "", None)),
            ("{}", ("", "", None)),
            ("}{", ("", "", None)),
        ];
        for (line, expected) in lines {
            assert_eq!(read(line), expected, "{line}");
        }
    }

    #[test]
    fn escapes_are_undone_as_far_as_they_are_any() {
        let texts = [
            (r"a\n\tb\/c", "a\n\tb/c"),
            (r"gr\u00f6\u00dfe", "größe"),
            (r"\ud83d\ude00!", "\u{fffd}\u{fffd}!"),
            (r"\u12", "\u{fffd}"),
            (r"end\", "end"),
        ];
        for (raw, expected) in texts {
            let mut text = String::new();
            unescape(raw, &mut text);
            assert_eq!(text, expected, "{raw}");
        }
    }
}
