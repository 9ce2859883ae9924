//! The next page of a list, as the `Link` header has it (RFC 8288). Pure.

use shared::http::Url;

/// More than any page's address has.
const MOST_BYTES: usize = 4_096;

/// The query of the next page; `None` where there is none, or it lies on another host than `asked`.
///
/// Only the query is taken, so no answer leads to another call than the one that was made: GitHub links to `/repositories/<id>/…`.
pub(super) fn next(header: &str, asked: &Url) -> Option<Vec<(String, String)>> {
    let header = header.get(..header.len().min(MOST_BYTES))?;
    let link = header.split(',').find(|link| is_next(link))?;
    let (_, rest) = link.split_once('<')?;
    let (address, _) = rest.split_once('>')?;
    let url = Url::parse(address).ok()?;
    let pairs = url.query_pairs().into_owned();
    (url.origin() == asked.origin() && url.username().is_empty()).then(|| pairs.collect())
}

fn is_next(link: &str) -> bool {
    let parameters = link.split(';').skip(1).map(str::trim);
    parameters
        .filter_map(|parameter| parameter.strip_prefix("rel="))
        .any(|relation| relation.trim_matches('"') == "next")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn next_of(header: &str) -> Option<Vec<(String, String)>> {
        let asked = Url::parse("https://api.github.com/repos/acme/shop/issues?page=1").unwrap();
        next(header, &asked)
    }

    #[test]
    fn the_next_page_is_on_the_same_host_or_nowhere() {
        let page = |pairs: &[(&str, &str)]| {
            let owned = pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
            Some(owned.collect::<Vec<_>>())
        };
        let cases = [
            (
                r#"<https://api.github.com/repositories/1/issues?state=all&page=2>; rel="next", <https://api.github.com/x?page=9>; rel="last""#,
                page(&[("state", "all"), ("page", "2")]),
            ),
            (
                r#"<https://api.github.com/x?page=1>; rel="prev", <https://api.github.com/x?page=3&after=a%2Cb>; rel="next""#,
                page(&[("page", "3"), ("after", "a,b")]),
            ),
            (r#"<https://api.github.com/x?page=1>; rel="prev""#, None),
            (r#"<https://evil.example/x?page=2>; rel="next""#, None),
            (r#"<http://api.github.com/x?page=2>; rel="next""#, None),
            (r#"<https://api.github.com:444/x?page=2>; rel="next""#, None),
            (r#"<https://a@api.github.com/x?page=2>; rel="next""#, None),
            (r#"</x?page=2>; rel="next""#, None),
            ("", None),
        ];
        for (header, expected) in cases {
            assert_eq!(next_of(header), expected, "{header}");
        }
    }

    proptest! {
        #[test]
        fn no_header_panics(header in "[ -~]*|[<>;=,a-z\"é]*") {
            let _ = next_of(&header);
        }
    }
}
