//! The HTML form: one small document with inline styles, because mail programs strip everything else.

use std::fmt::Write as _;

use super::Quoting;

const CELL: &str = "padding:2px 12px 2px 0;vertical-align:top";

const LOG: &str = "padding:8px 12px;background:#f4f4f0;color:#22262b;white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px";

pub(super) fn document(draft: &Quoting) -> String {
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"></head>\n\
         <body style=\"font-family:sans-serif;line-height:1.4\">\n<h2>{}</h2>\n<p>{}</p>\n",
        escape(draft.title.as_str()),
        escape(draft.summary.as_str()),
    );
    excerpt(draft, &mut html);
    html.push_str("<table>\n");
    for (label, value) in &draft.facts {
        // Writing to a String cannot fail.
        let _ = writeln!(
            html,
            "<tr><td style=\"{CELL}\"><b>{}</b></td><td style=\"{CELL}\">{}</td></tr>",
            escape(label),
            escape(value.as_str())
        );
    }
    html.push_str("</table>\n");
    for (label, items) in &draft.lists {
        let _ = write!(html, "<h3>{}</h3>\n<ul>\n", escape(label));
        for item in items {
            let _ = writeln!(html, "<li>{}</li>", escape(item.as_str()));
        }
        html.push_str("</ul>\n");
    }
    for link in &draft.links {
        let (url, label) = (escape(&link.url), escape(link.label));
        let _ = writeln!(html, "<p><a href=\"{url}\">{label}</a></p>");
    }
    html.push_str("</body></html>\n");
    html
}

fn excerpt(draft: &Quoting, html: &mut String) {
    if draft.excerpt.is_empty() {
        return;
    }
    let _ = write!(html, "<pre style=\"{LOG}\">");
    for line in &draft.excerpt {
        let (number, text) = (line.number, escape(line.text.as_str()));
        let _ = if line.is_decisive {
            writeln!(html, "{number}  <b>{text}</b>")
        } else {
            writeln!(html, "{number}  {text}")
        };
    }
    html.push_str("</pre>\n");
}

/// `text`, safe in the text and the quoted attributes of HTML (HTML standard, 13.3 "Escaping a string", and the apostrophe).
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}
