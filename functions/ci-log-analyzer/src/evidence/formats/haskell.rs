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

#[cfg(test)]
mod tests {
    use crate::evidence::tests::check;

    #[test]
    fn an_error_of_ghc_is_shown_with_its_source() {
        check(
            "haskell",
            r".[3 of 8] Compiling Shop.Total
.
|src/Shop/Total.hs:9:5: error:
|    Variable not in scope: tax
|  |
|9 | total = sum + tax
|  |               ^^^
.
.[4 of 8] Compiling Shop.Name",
        );
    }

    #[test]
    fn a_failed_test_of_tasty_is_found() {
        check(
            "haskell",
            r".Total
.  is empty at first: OK
|  adds up:           FAIL (0.01s)
|    test/Total.hs:9:
|    expected: 4
|     but got: 3
.  has a name:        OK",
        );
    }

    #[test]
    fn a_warning_that_fails_the_build_is_shown() {
        check(
            "haskell",
            r".[3 of 8] Compiling Shop.Total
.
|src/Shop/Total.hs:9:5: Warning:
|    Defined but not used: tax
|
|<no location info>: 
|Failing due to -Werror.",
        );
    }
}
