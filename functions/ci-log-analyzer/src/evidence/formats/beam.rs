//! Elixir and Erlang: exceptions, Common Test, `EUnit`, the error logger (their documentation); Lisp's debugger prints alike.

use crate::evidence::opener::{Growth, Opener, Spot, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    opener(84, &["** ("])
        .at(Spot::Trimmed)
        .grows(Growth::Indented)
        .blanks(1)
        .max(40),
    // Erlang's Common Test and its error logger.
    opener(86, &[" failed on line "])
        .at(Spot::Anywhere)
        .grows(Growth::While(|grown, text| {
            grown.len < 6 && !shape::is_rule(text)
        })),
    opener(76, &["*** FAILED test case"]).at(Spot::Anywhere),
    opener(64, &["=ERROR REPORT====", "=CRASH REPORT===="])
        .grows(Growth::Paragraph)
        .max(30),
    opener(
        84,
        &["== Compilation error", "Debugger entered--Lisp error"],
    )
    .grows(Growth::While(|grown, text| {
        grown.len == 1 || shape::is_indented(text)
    }))
    .max(50),
    opener(84, &["*failed*"])
        .at(Spot::Anywhere)
        .grows(Growth::Paragraph)
        .max(20),
];

#[cfg(test)]
mod tests {
    use crate::evidence::tests::check;

    #[test]
    fn an_exception_of_elixir_is_shown_with_its_stack() {
        check(
            "beam",
            r".Compiling 3 files (.ex)
|** (KeyError) key :tax not found in: %{}
|    lib/total.ex:9: Shop.Total.add/2
|    lib/main.ex:3: Shop.main/1
.bye",
        );
    }

    #[test]
    fn a_failure_of_common_test_is_shown_with_its_reason() {
        check(
            "beam",
            r".- - - - - - - - - - - - - - - - - - - - - -
|total_SUITE:adds_up failed on line 9
|Reason: {badmatch,3}
.- - - - - - - - - - - - - - - - - - - - - -
.
.Testing shop: 1 of 3",
        );
    }
}
