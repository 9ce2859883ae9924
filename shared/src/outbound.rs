//! The one gate that everything leaving lambda-medic passes: secrets redacted, text made harmless, length bounded.
//!
//! A report is written down as a [`Draft`], which is plain data. [`Outbound::from`] a draft is the only way to
//! make something that a [`Reports`](crate::reports::Reports) implementation accepts, so text that somebody
//! else wrote (alarm names and reasons above all) never becomes markup, a header or a forged line of a report.

mod clean;
mod defang;
mod document;
mod excerpt;
mod gated;
mod html;
mod markdown;
mod page;
mod prompt;
mod prose;
mod quoted;
#[cfg(test)]
mod rendered;
mod site;
mod text;
mod title;

pub use self::defang::defang;
pub use self::document::Document;
pub use self::excerpt::ExcerptLine;
pub use self::gated::{Body, Fixed, Gated};
pub use self::html::escape;
pub use self::markdown::{Markdown, MarkdownDraft, Part, Span};
pub use self::page::Page;
pub use self::prompt::{Delimiter, Prompt, PromptText};
pub use self::quoted::{Quoted, is_harmless, redacted_head, visible};
pub use self::site::Site;
pub use self::title::Title;

/// A report as data. Any text in it may be hostile; the gate deals with that.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Draft {
    /// One line that says what happened; becomes the subject.
    pub title: String,
    /// What the reader should know first, in a sentence or two.
    pub summary: String,
    /// The lines that show it, word for word, best known by their numbers.
    pub excerpt: Vec<ExcerptLine>,
    /// Labelled single values, in the order they are shown.
    pub facts: Vec<(&'static str, String)>,
    /// Labelled lists, such as the reasons for and against.
    pub lists: Vec<(&'static str, Vec<String>)>,
    /// Where to look further.
    pub links: Vec<Link>,
}

/// A link whose address lambda-medic put together itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Link {
    /// What the reader sees.
    pub label: &'static str,
    /// The address; the gate drops the link unless it is plain `https`.
    pub url: String,
}

/// Text that passed the gate, in the forms that leave: a subject, a plain text and an HTML document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outbound {
    subject: String,
    text: String,
    html: String,
}

impl From<&Draft> for Outbound {
    fn from(draft: &Draft) -> Self {
        let draft = Quoting::of(draft);
        Self {
            subject: text::subject(&draft.title),
            text: text::body(&draft),
            html: html::document(&draft),
        }
    }
}

impl Outbound {
    /// A header line: printable ASCII, fewer than 100 characters, as SNS demands of a subject.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The plain text; a value never spans lines, so no value can forge one.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A complete HTML document without scripts, images or anything else that loads.
    pub fn html(&self) -> &str {
        &self.html
    }
}

/// A draft each of whose values has been quoted: what the renderers of this module start from.
struct Quoting {
    title: Quoted,
    summary: Quoted,
    excerpt: Vec<QuotedLine>,
    facts: Vec<(&'static str, Quoted)>,
    lists: Vec<(&'static str, Vec<Quoted>)>,
    links: Vec<Link>,
}

/// A line of a log, quoted.
struct QuotedLine {
    number: u64,
    text: Quoted,
    is_decisive: bool,
}

/// A mail shows the lines that explain a failure; there is more of the log elsewhere.
const MOST_LINES: usize = 40;

/// More items of a list than this help nobody at 3 a.m.
const MOST_ITEMS: usize = 20;

impl Quoting {
    fn of(draft: &Draft) -> Self {
        let lists = draft.lists.iter().map(|(label, items)| {
            let items = items.iter().take(MOST_ITEMS);
            (*label, items.map(|item| Quoted::line(item)).collect())
        });
        let links = draft.links.iter().filter(|link| is_plain_https(&link.url));
        Self {
            title: Quoted::line(&draft.title),
            summary: Quoted::line(&draft.summary),
            excerpt: excerpt(&draft.excerpt),
            facts: draft
                .facts
                .iter()
                .map(|(label, value)| (*label, Quoted::line(value)))
                .collect(),
            lists: lists.collect(),
            links: links.cloned().collect(),
        }
    }
}

fn excerpt(lines: &[ExcerptLine]) -> Vec<QuotedLine> {
    let lines = lines.get(..MOST_LINES).unwrap_or(lines);
    let quoted = |(line, text): (&ExcerptLine, String)| QuotedLine {
        number: line.number,
        text: Quoted::line(&text),
        is_decisive: line.is_decisive,
    };
    lines
        .iter()
        .zip(excerpt::texts(lines))
        .map(quoted)
        .collect()
}

/// An `https` address of visible ASCII without quotes, angle brackets or user information.
fn is_plain_https(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !host.is_empty()
        && !host.contains('@')
        && url.len() <= 2_000
        && url
            .chars()
            .all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '<' | '>' | '`' | '\\'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::rendered::{self, Rendered};
    use super::*;

    /// The marks that an attacker would like to see survive.
    const HOSTILE: &str = "x</td><script>alert(1)</script>\r\nBcc: everyone@example.com\nStatus: RECOVERED \u{202e}\u{0}&\"'";

    fn draft() -> Draft {
        Draft {
            title: format!("alarm {HOSTILE}"),
            summary: HOSTILE.to_owned(),
            excerpt: Vec::new(),
            facts: vec![
                ("Alarm", HOSTILE.to_owned()),
                ("Action", "restart".to_owned()),
            ],
            lists: vec![("Why", vec![HOSTILE.to_owned()])],
            links: vec![
                Link {
                    label: "Alarm",
                    url: "https://console.aws.amazon.com/a?b=c&d=e".to_owned(),
                },
                Link {
                    label: "Bad",
                    url: "javascript:alert(1)".to_owned(),
                },
                Link {
                    label: "Worse",
                    url: "https://aws.amazon.com@evil.example/".to_owned(),
                },
            ],
        }
    }

    #[test]
    fn hostile_text_becomes_neither_markup_nor_a_header_nor_a_line() {
        let outbound = Outbound::from(&draft());
        insta::assert_snapshot!(outbound.subject(), @"alarm x</td><script>alert(1)</script>  Bcc: everyone@example.com Status: RECOVERED   &\"'");
        insta::assert_snapshot!("hostile_text", outbound.text());
        insta::assert_snapshot!("hostile_html", outbound.html());
    }

    #[test]
    fn lines_of_a_log_stand_under_their_numbers() {
        let line = |number, text: &str, is_decisive| ExcerptLine {
            number,
            text: text.to_owned(),
            is_decisive,
        };
        let outbound = Outbound::from(&Draft {
            title: "Failed".to_owned(),
            summary: "A test failed.".to_owned(),
            excerpt: vec![
                line(
                    9,
                    "\u{1b}[31mFAIL\u{1b}[0m <a href=\"https://evil.example?d=x\">",
                    true,
                ),
                line(10, "\tat cart.test.ts:3", false),
            ],
            facts: vec![("Step", "test".to_owned())],
            ..Draft::default()
        });
        insta::assert_snapshot!(outbound.text(), @r#"
Failed

A test failed.

> 9 | FAIL <a href="hxxps://evil.example?…">
  10 |     at cart.test.ts:3

Step: test
"#);
        insta::assert_snapshot!(outbound.html(), @r#"
<!doctype html>
<html lang="en"><head><meta charset="utf-8"></head>
<body style="font-family:sans-serif;line-height:1.4">
<h2>Failed</h2>
<p>A test failed.</p>
<pre style="padding:8px 12px;background:#f4f4f0;color:#22262b;white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px">9  <b>FAIL &lt;a href=&quot;hxxps://evil.example?…&quot;&gt;</b>
10      at cart.test.ts:3
</pre>
<table>
<tr><td style="padding:2px 12px 2px 0;vertical-align:top"><b>Step</b></td><td style="padding:2px 12px 2px 0;vertical-align:top">test</td></tr>
</table>
</body></html>
"#);
    }

    #[test]
    fn no_page_and_no_mail_holds_more_of_hostile_text_than_text() {
        let link = |url: &str| Link {
            label: "Run",
            url: url.to_owned(),
        };
        for text in rendered::HOSTILE {
            let outbound = Outbound::from(&Draft {
                title: text.to_owned(),
                summary: text.to_owned(),
                excerpt: vec![ExcerptLine {
                    number: 1,
                    text: text.to_owned(),
                    is_decisive: true,
                }],
                facts: vec![("Fact", text.to_owned())],
                lists: vec![("List", vec![text.to_owned()])],
                links: vec![link("https://github.com/acme/shop"), link(text)],
            });
            let mut page = Page::default();
            page.own("<p>")
                .text(text)
                .own("</p><i title=\"")
                .text(text)
                .own("\"></i>");
            page.link(&link("https://github.com/acme/shop"))
                .link(&link(text));
            let mail = Rendered::of_html(outbound.html());
            let page = Rendered::of_html(page.as_str());
            assert_eq!(mail.addresses, ["https://github.com/acme/shop"], "{text}");
            assert_eq!(page.addresses.len(), 2, "{text}");
            assert_eq!(page.elements, ["p", "i", "a"], "{text}");
            let elements = [
                "html", "head", "meta", "body", "h2", "p", "pre", "b", "table", "tr", "td", "h3",
                "ul", "li", "a",
            ];
            assert_eq!(mail.elements, elements, "{text}");
            let lower = format!("{}{}", outbound.text(), outbound.html()).to_lowercase();
            for active in [
                "https://evil",
                "http://evil",
                "www.evil",
                "?d=",
                "?log=",
                "\u{1b}",
            ] {
                assert!(!lower.contains(active), "{active} {lower}");
            }
        }
    }

    #[test]
    fn a_subject_is_what_sns_accepts() {
        let subject = |title: &str| {
            let title = title.to_owned();
            let draft = Draft {
                title,
                ..Draft::default()
            };
            Outbound::from(&draft).subject().to_owned()
        };
        assert_eq!(subject(&"a".repeat(150)), "a".repeat(99));
        assert_eq!(subject("größer"), "gr??er");
        assert_eq!(subject(" \n "), "lambda-medic");
    }

    #[test]
    fn a_list_is_cut_to_what_somebody_would_read() {
        let items = (0..100).map(|n| n.to_string()).collect();
        let draft = Draft {
            lists: vec![("Why", items)],
            ..Draft::default()
        };
        assert_eq!(
            Outbound::from(&draft).text().matches("- ").count(),
            MOST_ITEMS
        );
    }

    proptest! {
        #[test]
        fn whatever_the_text_the_forms_keep_their_promises(text in "\\PC*|.*|[<>&\"'\\r\\n a-z]*") {
            let draft = Draft {
                title: text.clone(),
                summary: text.clone(),
                excerpt: vec![ExcerptLine { number: 3, text: text.clone(), is_decisive: true }],
                facts: vec![("Alarm", text.clone())],
                lists: vec![("Why", vec![text.clone()])],
                links: vec![Link { label: "Link", url: text }],
            };
            let outbound = Outbound::from(&draft);
            let empty = Outbound::from(&Draft {
                excerpt: vec![ExcerptLine { number: 3, text: String::new(), is_decisive: true }],
                facts: vec![("Alarm", String::new())],
                lists: vec![("Why", vec![String::new()])],
                ..Draft::default()
            });
            prop_assert!(outbound.subject().len() < 100);
            prop_assert!(outbound.subject().bytes().all(|b| (0x20..0x7f).contains(&b)));
            prop_assert!(!outbound.subject().is_empty());
            prop_assert_eq!(outbound.text().lines().count(), empty.text().lines().count());
            prop_assert_eq!(outbound.html().matches('<').count(), empty.html().matches('<').count());
            prop_assert_eq!(outbound.html().matches('"').count(), empty.html().matches('"').count());
        }
    }
}
