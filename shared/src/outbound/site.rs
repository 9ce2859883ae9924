//! Which pages a text on GitHub may link to.

use url::Url;

/// GitHub's own, allowed everywhere.
const GITHUB: &str = "github.com";

/// GitHub asks of no URL to be longer; browsers and mail programs cut beyond.
const MOST_BYTES: usize = 2_000;

/// The host of the pages of a GitHub: `github.com`, or that of an own server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Site {
    host: String,
}

impl Default for Site {
    fn default() -> Self {
        Self {
            host: GITHUB.to_owned(),
        }
    }
}

impl Site {
    /// The site of an API: `api.github.com` is `github.com`'s, `api.acme.ghe.com` is `acme.ghe.com`'s, and GitHub Enterprise Server has both
    /// under one host ("Getting started with the REST API", GitHub's documentation).
    pub fn of_api(api: &Url) -> Self {
        let host = api.host_str().unwrap_or(GITHUB);
        let host = match host.strip_prefix("api.") {
            Some(site) if site == GITHUB || site.ends_with(".ghe.com") => site,
            _ => host,
        };
        Self {
            host: host.to_owned(),
        }
    }

    /// Its host, in lower case and punycode.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// `url` as it is linked: `None` unless it is `https`, without user and port, of this site or `github.com`. What could carry data, its query,
    /// is left out.
    pub(super) fn link(&self, url: &str) -> Option<String> {
        let mut url = Url::parse(url).ok()?;
        url.set_query(None);
        let host = url.host_str()?;
        let is_allowed = url.scheme() == "https"
            && (host == GITHUB || host == self.host)
            && url.username().is_empty()
            && url.password().is_none()
            && url.port().is_none();
        let text = String::from(url);
        // Nothing that could end the link in Markdown.
        let is_plain = |b: u8| {
            b.is_ascii_alphanumeric()
                || matches!(
                    b,
                    b'-' | b'.'
                        | b'_'
                        | b'~'
                        | b':'
                        | b'/'
                        | b'#'
                        | b'='
                        | b'&'
                        | b'%'
                        | b'+'
                        | b','
                )
        };
        (is_allowed && text.len() <= MOST_BYTES && text.bytes().all(is_plain)).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(api: &str) -> Site {
        Site::of_api(&Url::parse(api).unwrap())
    }

    #[test]
    fn a_site_is_told_by_its_api() {
        for (api, host) in [
            ("https://api.github.com", "github.com"),
            ("https://api.acme.ghe.com/", "acme.ghe.com"),
            ("https://git.acme.example/api/v3", "git.acme.example"),
            ("https://api.example.com", "api.example.com"),
            ("http://127.0.0.1:4000", "127.0.0.1"),
        ] {
            assert_eq!(site(api).host(), host, "{api}");
        }
    }

    #[test]
    fn only_pages_of_the_site_and_of_github_are_linked() {
        let site = site("https://git.acme.example/api/v3");
        for (url, expected) in [
            (
                "https://github.com/acme/shop/actions/runs/1",
                Some("https://github.com/acme/shop/actions/runs/1"),
            ),
            (
                "https://GIT.acme.example/a?log=QUtJ#L1",
                Some("https://git.acme.example/a#L1"),
            ),
            ("https://github.com:443/a", Some("https://github.com/a")),
            ("https://github.com.evil.example/a", None),
            ("https://github.com@evil.example/a", None),
            ("https://evil.example\\@github.com/a", None),
            ("https://github.com:8443/a", None),
            ("https://user@github.com/a", None),
            ("https://g\u{456}thub.com/a", None),
            ("http://github.com/a", None),
            ("javascript:alert(1)", None),
            ("//github.com/a", None),
            ("https://github.com/a)[b](c", None),
            ("https://github.com./a", None),
            ("https://www.github.com/a", None),
        ] {
            assert_eq!(site.link(url).as_deref(), expected, "{url}");
        }
        let long = format!("https://github.com/{}", "a".repeat(3_000));
        assert_eq!(site.link(&long), None);
    }
}
