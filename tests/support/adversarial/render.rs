//! What a text becomes where it is read: GitHub's Markdown and HTML documents, walked tag by tag.

use std::collections::BTreeMap;

use comrak::nodes::NodeValue;
use comrak::{Arena, Options, markdown_to_html, parse_document};
use html5gum::{Token, Tokenizer};
use url::Url;

use super::rules::{REPOSITORY, is_linked};

/// A document as a browser has it.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Its runs of text that are no code.
    pub texts: Vec<String>,
    /// All of its text.
    pub all_text: String,
    /// Contents of `style` elements.
    pub styles: Vec<String>,
    /// Its comments.
    pub comments: Vec<String>,
}

/// A tag.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// Its attributes.
    pub attributes: BTreeMap<String, String>,
}

/// Attributes whose value is an address that is loaded or followed.
const ADDRESSES: [&str; 15] = [
    "href",
    "src",
    "srcset",
    "action",
    "formaction",
    "poster",
    "background",
    "data",
    "cite",
    "xlink:href",
    "ping",
    "longdesc",
    "manifest",
    "codebase",
    "imagesrcset",
];

/// Markdown as GitHub understands it: GFM, with mathematics, footnotes and alerts, before anything is removed from it.
pub fn options() -> Options<'static> {
    let mut options = Options::default();
    let extension = &mut options.extension;
    extension.strikethrough = true;
    extension.table = true;
    extension.autolink = true;
    extension.tasklist = true;
    extension.footnotes = true;
    extension.alerts = true;
    extension.math_dollars = true;
    extension.math_code = true;
    options.render.r#unsafe = true;
    options
}

/// Markdown, rendered.
pub fn markdown(text: &str) -> Rendered {
    html(&markdown_to_html(text, &options()))
}

/// The HTML that stands in Markdown as such.
pub fn html_in(markdown: &str) -> Vec<String> {
    let arena = Arena::new();
    let root = parse_document(&arena, markdown, &options());
    let literal = |value: &NodeValue| match value {
        NodeValue::HtmlBlock(block) => Some(block.literal.clone()),
        NodeValue::HtmlInline(literal) | NodeValue::Raw(literal) => Some(literal.clone()),
        _ => None,
    };
    let nodes = root.descendants();
    nodes
        .filter_map(|node| literal(&node.data().value))
        .collect()
}

/// An HTML document or a piece of one.
pub fn html(text: &str) -> Rendered {
    let mut rendered = Rendered::default();
    let mut run = String::new();
    let (mut code, mut is_style) = (0_usize, false);
    for Ok(token) in Tokenizer::new(text) {
        if let Token::String(piece) = token {
            let piece = lossy(&piece);
            if is_style {
                rendered.styles.push(piece);
                continue;
            }
            rendered.all_text.push_str(&piece);
            if code == 0 {
                run.push_str(&piece);
            }
            continue;
        }
        if !run.is_empty() {
            rendered.texts.push(std::mem::take(&mut run));
        }
        match token {
            Token::StartTag(tag) => {
                let name = lossy(&tag.name);
                code += usize::from(is_code(&name) && !tag.self_closing);
                is_style = name == "style";
                let attributes = tag.attributes.iter();
                let attributes = attributes.map(|(name, value)| (lossy(name), lossy(value)));
                rendered.tags.push(Tag {
                    name,
                    attributes: attributes.collect(),
                });
            }
            Token::EndTag(tag) => {
                code = code.saturating_sub(usize::from(is_code(&lossy(&tag.name))));
                is_style = false;
                rendered.all_text.push(' ');
            }
            Token::Comment(comment) => rendered.comments.push(lossy(&comment)),
            _ => {}
        }
    }
    if !run.is_empty() {
        rendered.texts.push(run);
    }
    rendered
}

fn is_code(name: &str) -> bool {
    matches!(name, "code" | "pre" | "tt" | "samp" | "kbd")
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Rendered {
    /// Whatever leads, or sends, to where it should not, each with a word about it.
    pub fn strays(&self) -> Vec<String> {
        let mut strays = Vec::new();
        for tag in &self.tags {
            let name = &tag.name;
            for (attribute, value) in &tag.attributes {
                if ADDRESSES.contains(&attribute.as_str()) && leads_astray(value) {
                    strays.push(format!("<{name} {attribute}=\"{value}\">"));
                }
                if attribute == "title" && matches!(name.as_str(), "a" | "img") {
                    strays.push(format!("the title `{value}` of <{name}>"));
                }
                if attribute == "style" && loads(value) {
                    strays.push(format!("<{name} style=\"{value}\">"));
                }
                if name == "meta" && attribute == "content" && value.to_lowercase().contains("url=")
                {
                    strays.push(format!("<meta content=\"{value}\">"));
                }
            }
            strays.extend(drawn(tag));
        }
        strays.extend(self.styles.iter().filter(|style| loads(style)).cloned());
        strays.extend(self.mathematics());
        strays
    }

    /// Mathematics that does more than show symbols: GitHub's renderer knows commands for links and styles.
    fn mathematics(&self) -> Vec<String> {
        let is_math = |tag: &Tag| tag.attributes.contains_key("data-math-style");
        if !self.tags.iter().any(is_math) {
            return Vec::new();
        }
        let commands = [
            "\\href",
            "\\url",
            "\\style",
            "\\unicode",
            "\\require",
            "\\class",
            "\\cssid",
            "\\includegraphics",
            "://",
        ];
        let used = commands
            .iter()
            .filter(|command| self.all_text.contains(**command));
        used.map(|command| format!("mathematics with {command}"))
            .collect()
    }
}

/// A block of code that GitHub draws as a picture, with links in it.
fn drawn(tag: &Tag) -> Option<String> {
    let class = tag.attributes.get("class")?.to_lowercase();
    let language = class.strip_prefix("language-")?;
    matches!(
        language,
        "mermaid" | "math" | "geojson" | "topojson" | "stl"
    )
    .then(|| format!("a block of {language}"))
}

fn loads(style: &str) -> bool {
    let style = style.to_lowercase();
    ["url(", "@import", "expression(", "image-set("]
        .iter()
        .any(|word| style.contains(word))
}

/// Whether an address leads to a host, or by a scheme, that is not allowed.
pub fn leads_astray(address: &str) -> bool {
    let base = Url::parse(&format!("https://github.com/{REPOSITORY}/issues/1")).unwrap();
    let Ok(url) = base.join(address) else {
        return true;
    };
    // A scheme that no program knows leads nowhere; these are how people write that it shall not.
    if matches!(url.scheme(), "hxxp" | "hxxps" | "fxp") {
        return false;
    }
    let has_user = !url.username().is_empty() || url.password().is_some();
    url.scheme() != "https" || has_user || !url.host_str().is_some_and(is_linked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_judged_as_a_browser_would_follow_it() {
        for address in [
            "https://evil.example/",
            "//evil.example/",
            "https:/\\evil.example",
            "https://github.com.evil.example/x",
            "https://g\u{456}thub.com/org",
            "https://github.com@evil.example/",
            "https://user@github.com/",
            "http://github.com/",
            "javascript:alert(1)",
            "data:text/html,x",
            "mailto:a@evil.example",
            "\thttps://evil.example",
        ] {
            assert!(leads_astray(address), "{address}");
        }
        for address in [
            "https://github.com/acme/shop/pull/1",
            "/acme/shop",
            "#x",
            "https://eu-west-1.console.aws.amazon.com/x",
            "https://GITHUB.com/x",
        ] {
            assert!(!leads_astray(address), "{address}");
        }
    }

    #[test]
    fn what_a_reader_would_load_or_follow_is_seen() {
        for text in [
            "![a](https://evil.example/p.png?d=1)",
            "[a](https://evil.example/)",
            "[a][b]\n\n[b]: https://evil.example/",
            "![a][b]\n\n[b]: //evil.example/x 'title'",
            "<https://evil.example/>",
            "https://evil.example/x",
            "www.evil.example/steal?d=1",
            "mail audit@evil.example now",
            "<img src=https://evil.example/x>",
            "<a href='//evil.example'>x</a>",
            "[x](https://github.com/ \"QUtJQQ==\")",
            "```mermaid\ngraph TD; A-->B; click A \"https://evil.example\"\n```",
            "~~~ MERMAID\nx\n~~~",
            "$\\style{background:url(https://evil.example/a)}x$",
            "$$\\href{https://evil.example}{x}$$",
            "<style>@import 'https://evil.example'</style>",
            "<p style=\"background:url(//evil.example)\">x</p>",
            "x[^1]\n\n[^1]: see https://evil.example",
        ] {
            assert!(!markdown(text).strays().is_empty(), "{text}");
        }
        for text in [
            "`https://evil.example`",
            "```text\nwww.evil.example <img src=x>\n```",
            "[run](https://github.com/acme/shop/actions/runs/1)",
            "    https://evil.example",
            "hxxps://evil.example and $HOME is not $PATH",
            "evil.example",
        ] {
            assert_eq!(markdown(text).strays(), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn html_in_markdown_is_told_from_text() {
        assert_eq!(
            html_in("a <b>c</b>\n\n<!-- x -->"),
            ["<b>", "</b>", "<!-- x -->"]
        );
        assert_eq!(html_in("`<b>` &lt;b> \\<b>"), Vec::<String>::new());
    }
}
