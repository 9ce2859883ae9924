//! The view for a browser: one file that loads nothing and runs nothing.

use shared::outbound::{Document, Link, Page};

use super::{Row, Shown, category_words, confidence_words};

/// Nothing may load, run or be sent, even if the escaping had a hole (Content Security Policy Level 3).
const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
     <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
     <meta name=\"referrer\" content=\"no-referrer\">\n\
     <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";

const STYLE: &str = concat!(
    "</title>\n<style>\n",
    include_str!("html.css"),
    "</style>\n</head>\n"
);

/// What a page says beside the analysis.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Beside {
    /// What was done about it, in a sentence.
    pub outcome: Option<String>,
    /// Why a model's patch was refused, one line each.
    pub refusals: Vec<String>,
    /// What a language model said.
    pub opinion: Option<Opinion>,
    /// Labelled values.
    pub facts: Vec<(&'static str, String)>,
    /// Where to look further.
    pub links: Vec<Link>,
}

/// What a language model said, and who it was.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Opinion {
    /// Which model, how sure it says it is, what it cost.
    pub by: String,
    /// What it takes the failure for.
    pub summary: String,
    /// Why it failed.
    pub root_cause: String,
    /// What it would do.
    pub suggestion: String,
    /// The line that it goes by.
    pub quote: String,
    /// Where that line stands.
    pub quote_line: u64,
}

/// The analysis as a complete HTML document, readable in light and dark and on paper.
pub fn html(shown: &Shown<'_>) -> Document {
    page(shown, &Beside::default())
}

/// The same with what was found and done beside it.
pub fn page(shown: &Shown<'_>, beside: &Beside) -> Document {
    let mut page = Page::default();
    header(shown, &mut page);
    outcome(beside, &mut page);
    steps(shown, &mut page);
    excerpt(shown, &mut page);
    if let Some(opinion) = &beside.opinion {
        said(opinion, &mut page);
    }
    refused(beside, &mut page);
    footer(shown, beside, &mut page);
    page.into()
}

fn header(shown: &Shown<'_>, page: &mut Page) {
    let analysis = shown.analysis;
    let kind = category_words(analysis.category);
    page.own(HEAD).own(kind).own(": ").text(shown.name);
    page.own(STYLE)
        .own("<body>\n<main>\n<header>\n<p class=\"name\">");
    page.text(shown.name).own("</p>\n<h1>").own(kind);
    page.own(" <small>")
        .own(confidence_words(analysis.confidence));
    page.own("</small></h1>\n<p class=\"cause\">")
        .text(&analysis.cause);
    page.own("</p>\n</header>\n");
    if let Some(advice) = shown.advice {
        page.own("<p class=\"advice\">").text(advice).own("</p>\n");
    }
}

fn outcome(beside: &Beside, page: &mut Page) {
    if let Some(outcome) = &beside.outcome {
        page.own("<p class=\"outcome\">")
            .text(outcome)
            .own("</p>\n");
    }
    list("links", beside.links.iter(), page, |link, page| {
        page.link(link);
    });
}

/// A list, where there is anything in it.
fn list<T>(
    class: &'static str,
    items: impl ExactSizeIterator<Item = T>,
    page: &mut Page,
    show: impl Fn(T, &mut Page),
) {
    if items.len() == 0 {
        return;
    }
    page.own("<ul class=\"").own(class).own("\">\n");
    for item in items {
        page.own("<li>");
        show(item, page);
        page.own("</li>\n");
    }
    page.own("</ul>\n");
}

fn steps(shown: &Shown<'_>, page: &mut Page) {
    let steps = shown.steps();
    if steps.is_empty() {
        return;
    }
    page.own("<section>\n<h2>Failed steps</h2>\n");
    list("steps", steps.into_iter(), page, |(name, end), page| {
        page.text(name).own(" <small>").text(&end).own("</small>");
    });
    page.own("</section>\n");
}

fn excerpt(shown: &Shown<'_>, page: &mut Page) {
    let rows = shown.rows();
    if rows.is_empty() {
        return;
    }
    page.own("<section>\n<h2>The log</h2>\n<div class=\"log\" tabindex=\"0\">\n<table>\n");
    for row in rows {
        match row {
            Row::Gap(1) => page.own("<tr class=\"gap\"><th></th><td>… 1 line</td></tr>\n"),
            Row::Gap(missing) => page
                .own("<tr class=\"gap\"><th></th><td>… ")
                .number(missing)
                .own(" lines</td></tr>\n"),
            Row::Line {
                number,
                text,
                is_decisive,
            } => line(number, text, is_decisive, page),
        };
    }
    page.own("</table>\n</div>\n</section>\n");
}

fn line<'p>(number: u64, text: &str, is_decisive: bool, page: &'p mut Page) -> &'p mut Page {
    page.own("<tr id=\"L").number(number).own("\"");
    if is_decisive {
        page.own(" class=\"decisive\"");
    }
    page.own("><th>").number(number).own("</th><td>");
    if is_decisive {
        page.own("<mark>").text(text).own("</mark>");
    } else {
        page.text(text);
    }
    page.own("</td></tr>\n")
}

fn said(opinion: &Opinion, page: &mut Page) {
    page.own("<section class=\"opinion\">\n<h2>What a language model makes of it</h2>\n");
    for text in [&opinion.summary, &opinion.root_cause, &opinion.suggestion] {
        if !text.is_empty() {
            page.own("<p>").text(text).own("</p>\n");
        }
    }
    page.own("<blockquote><a href=\"#L")
        .number(opinion.quote_line)
        .own("\">line ");
    page.number(opinion.quote_line)
        .own("</a><code>")
        .text(&opinion.quote);
    page.own("</code></blockquote>\n<p class=\"by\">")
        .text(&opinion.by);
    page.own("</p>\n</section>\n");
}

fn refused(beside: &Beside, page: &mut Page) {
    if beside.refusals.is_empty() {
        return;
    }
    page.own("<section>\n<h2>Why its patch was refused</h2>\n");
    list("refusals", beside.refusals.iter(), page, |reason, page| {
        page.text(reason);
    });
    page.own("</section>\n");
}

fn footer(shown: &Shown<'_>, beside: &Beside, page: &mut Page) {
    page.own("<footer>\n");
    if !beside.facts.is_empty() {
        page.own("<dl>\n");
        for (label, value) in &beside.facts {
            page.own("<div><dt>").own(label).own("</dt><dd>");
            page.text(value).own("</dd></div>\n");
        }
        page.own("</dl>\n");
    }
    page.own("<ul>\n");
    for fact in shown.facts() {
        page.own("<li>").text(&fact).own("</li>\n");
    }
    page.own("</ul>\n</footer>\n</main>\n</body>\n</html>\n");
}
