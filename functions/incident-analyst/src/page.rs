//! An analysis as a page for people: one file that loads nothing and runs nothing.

mod console;

use shared::outbound::Page;

pub use self::console::Console;
use crate::analysis::Analysis;

/// Nothing may load, run or be sent, even if the escaping had a hole (Content Security Policy Level 3).
const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
     <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
     <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex, nofollow\">\n\
     <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";

/// The analysis as a complete HTML document. With the console of its region, evidence is linked to where it comes from.
pub fn report(analysis: &Analysis, console: Option<&Console>) -> Page {
    let mut page = Page::default();
    page.own(HEAD).text(&analysis.headline);
    page.own("</title>\n</head>\n<body>\n<main>\n<h1>");
    page.text(&analysis.headline).own("</h1>\n<p>");
    page.text(&analysis.verdict.statement).own("</p>\n<ul>\n");
    for item in &analysis.evidence {
        page.own("<li>").text(&item.quote);
        if let Some(link) = console.and_then(|console| console.evidence(item, analysis)) {
            page.own(" ").link(&link);
        }
        page.own("</li>\n");
    }
    page.own("</ul>\n</main>\n</body>\n</html>\n");
    page
}
