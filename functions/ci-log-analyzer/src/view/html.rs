//! The view for a browser: one file that loads nothing and runs nothing.

use std::fmt::Write as _;

use super::visible::visible;
use super::{Row, Shown, category_words, confidence_words};

const STYLE: &str = include_str!("html.css");

/// Nothing may load, run or be sent, even if the escaping had a hole (Content Security Policy Level 3).
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The analysis as a complete HTML document, readable in light and dark and on paper.
pub fn html(shown: &Shown<'_>) -> String {
    let analysis = shown.analysis;
    let kind = category_words(analysis.category);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{kind}: {name}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header>\n<p class=\"name\">{name}</p>\n<h1>{kind} <small>{sure}</small></h1>\n<p class=\"cause\">{cause}</p>\n</header>\n",
        name = escape(shown.name),
        sure = confidence_words(analysis.confidence),
        cause = escape(&analysis.cause),
    );
    if let Some(advice) = shown.advice {
        push(
            &mut page,
            &format!("<p class=\"advice\">{}</p>", escape(advice)),
        );
    }
    steps(shown, &mut page);
    excerpt(shown, &mut page);
    page.push_str("<footer>\n<ul>\n");
    for fact in shown.facts() {
        push(&mut page, &format!("<li>{}</li>", escape(&fact)));
    }
    page.push_str("</ul>\n</footer>\n</main>\n</body>\n</html>\n");
    page
}

fn push(page: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(page, "{text}");
}

fn steps(shown: &Shown<'_>, page: &mut String) {
    let steps = shown.steps();
    if steps.is_empty() {
        return;
    }
    page.push_str("<section>\n<h2>Failed steps</h2>\n<ul class=\"steps\">\n");
    for (name, end) in steps {
        push(
            page,
            &format!("<li>{} <small>{}</small></li>", escape(name), escape(&end)),
        );
    }
    page.push_str("</ul>\n</section>\n");
}

fn excerpt(shown: &Shown<'_>, page: &mut String) {
    let rows = shown.rows();
    if rows.is_empty() {
        return;
    }
    page.push_str("<section>\n<h2>The log</h2>\n<div class=\"log\" tabindex=\"0\">\n<table>\n");
    for row in rows {
        let row = match row {
            Row::Gap(1) => "<tr class=\"gap\"><th></th><td>… 1 line</td></tr>".to_owned(),
            Row::Gap(missing) => {
                format!("<tr class=\"gap\"><th></th><td>… {missing} lines</td></tr>")
            }
            Row::Line {
                number,
                text,
                is_decisive,
            } => {
                let text = escape(text);
                let (class, text) = if is_decisive {
                    (" class=\"decisive\"", format!("<mark>{text}</mark>"))
                } else {
                    ("", text)
                };
                format!("<tr id=\"L{number}\"{class}><th>{number}</th><td>{text}</td></tr>")
            }
        };
        push(page, &row);
    }
    page.push_str("</table>\n</div>\n</section>\n");
}

/// A log's own text: visible, and safe wherever it stands.
fn escape(text: &str) -> String {
    shared::outbound::escape(&visible(text))
}
