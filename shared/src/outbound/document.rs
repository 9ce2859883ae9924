//! Objects that people and their tools read: JSON and HTML.

use serde::Serialize;
use serde_json::Value;

use super::Page;
use super::clean::clean;

/// No analysis is nested deeper.
const MOST_DEPTH: usize = 32;

/// A list of more items is cut.
const MOST_ITEMS: usize = 2_000;

/// A string of more bytes is cut.
const MOST_STRING: usize = 16 * 1_024;

/// What all strings of a document may have together.
const MOST_BYTES: usize = 1_024 * 1_024;

/// An object for others to read, that passed the gate: in the bucket of analyses, or in a file.
///
/// ```compile_fail
/// let document: shared::outbound::Document = String::from("<script>").into();
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Document {
    text: String,
    content_type: &'static str,
}

impl Document {
    /// `value` as JSON, every string of it redacted, without hidden characters and bounded. `None` where it has no JSON.
    ///
    /// `<`, `>` and `&` are written as escapes, so that whatever takes the object for HTML shows text.
    pub fn json(value: &impl Serialize) -> Option<Self> {
        let value = serde_json::to_value(value).ok()?;
        let mut room = MOST_BYTES;
        let value = cleaned(value, 0, &mut room);
        let text = serde_json::to_string_pretty(&value).ok()?;
        let text = text
            .replace('&', "\\u0026")
            .replace('<', "\\u003c")
            .replace('>', "\\u003e");
        Some(Self {
            text: text + "\n",
            content_type: "application/json",
        })
    }

    /// What the object is served as.
    pub fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.text.into_bytes()
    }
}

impl From<Page> for Document {
    fn from(page: Page) -> Self {
        Self {
            text: page.as_str().to_owned(),
            content_type: "text/html; charset=utf-8",
        }
    }
}

impl AsRef<[u8]> for Document {
    fn as_ref(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

fn cleaned(value: Value, depth: usize, room: &mut usize) -> Value {
    if depth > MOST_DEPTH {
        return Value::Null;
    }
    match value {
        Value::String(text) => Value::String(string(&text, room)),
        Value::Array(items) => {
            let items = items.into_iter().take(MOST_ITEMS);
            Value::Array(items.map(|item| cleaned(item, depth + 1, room)).collect())
        }
        Value::Object(fields) => {
            let fields = fields.into_iter().take(MOST_ITEMS);
            let fields =
                fields.map(|(name, value)| (string(&name, room), cleaned(value, depth + 1, room)));
            Value::Object(fields.collect())
        }
        value => value,
    }
}

fn string(text: &str, room: &mut usize) -> String {
    let most = MOST_STRING.min(*room);
    let clean = clean(text, most);
    *room = room.saturating_sub(clean.text.len());
    let mark = if clean.is_cut { "…" } else { "" };
    clean.text + mark
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_holds_neither_secrets_nor_markup_nor_what_hides() {
        let secret = format!("ghp_{}", "a1B2".repeat(9));
        let value = json!({
            "cause": format!("<img src=x> & \u{202e}\u{1b}[31m{secret}\u{0}\nnext"),
            "lines": [1, 2.5, null, true, "größer"],
            "nested": { "\u{200b}name": "x" },
        });
        insta::assert_snapshot!(Document::json(&value).unwrap().as_str(), @r#"
{
  "cause": "\u003cimg src=x\u003e \u0026 [REDACTED:github-token#1]\nnext",
  "lines": [
    1,
    2.5,
    null,
    true,
    "größer"
  ],
  "nested": {
    "name": "x"
  }
}
"#);
    }

    #[test]
    fn a_document_is_bounded_in_length_and_depth() {
        let mut deep = json!("x");
        for _ in 0..200 {
            deep = json!([deep]);
        }
        let text = Document::json(&deep).unwrap();
        assert_eq!(text.as_str().matches('[').count(), MOST_DEPTH + 1);
        let long = vec!["word ".repeat(20_000); 300];
        assert!(Document::json(&long).unwrap().as_str().len() < 2 * MOST_BYTES);
        let no_json = BTreeMap::from([((1, 2), 3)]);
        assert_eq!(Document::json(&no_json), None);
    }
}
