//! GHC, Cabal, Stack, Tasty and hspec (the GHC user's guide, "Using GHC").

use crate::evidence::opener::{Grown, Growth, Opener, Spot, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    opener(84, &[".hs:", ".lhs:"])
        .at(Spot::Anywhere)
        .shaped(erroneous)
        .grows(Growth::While(body))
        .blanks(1)
        .max(40),
    opener(84, &["FAIL", "FAIL (0."])
        .at(Spot::Anywhere)
        .shaped(tasty)
        .grows(Growth::Indented)
        .blanks(1)
        .max(40),
    opener(
        74,
        &[
            "cabal: ",
            "stack: ",
            "Error: While constructing the build plan",
            "Could not resolve dependencies",
        ],
    )
    .grows(Growth::Paragraph)
    .max(20),
    opener(84, &["Failing due to -Werror"])
        .at(Spot::Trimmed)
        .led_by(|text| !text.starts_with('['), 16),
];

fn erroneous(text: &str) -> bool {
    shape::after_location(text).is_some_and(|rest| rest.starts_with("error") || rest.is_empty())
}

fn body(grown: &Grown<'_>, text: &str) -> bool {
    shape::is_indented(text)
        || grown.blanks == 0 && text.starts_with(|sign: char| sign.is_ascii_digit())
}

/// `  name:   FAIL (0.06s)`
fn tasty(text: &str) -> bool {
    let Some((name, end)) = text.split_once("FAIL") else {
        return false;
    };
    name.trim_end().ends_with(':')
        && shape::is_indented(text)
        && (end.is_empty() || end.starts_with(" ("))
}
