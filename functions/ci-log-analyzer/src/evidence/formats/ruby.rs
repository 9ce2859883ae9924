//! Ruby: `RSpec`, Minitest, Rake, Bundler, `RuboCop` (their documentation of output).

use crate::evidence::opener::{Growth, Opener, Spot, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    // RSpec, hspec.
    opener(84, &["Failures:"])
        .grows(Growth::Until(
            &["Finished in", "Failed examples:", "Randomized with", "Top "],
            false,
        ))
        .blanks(3),
    opener(60, &["rspec "]).shaped(|text| text.contains(" # ")),
    // Minitest, test-unit.
    opener(86, &["Failure:", "Error:"])
        .shaped(|text| text.trim_end().ends_with(':'))
        .grows(Growth::Paragraph)
        .max(40),
    opener(86, &["1) Failure", "1) Error"])
        .at(Spot::Trimmed)
        .grows(Growth::Until(&["runs, ", "Finished"], false))
        .blanks(1)
        .max(60),
    opener(70, &["rake aborted!"])
        .grows(Growth::Paragraph)
        .max(8),
    opener(
        84,
        &[
            "Bundler could not find compatible versions",
            "Could not find gem",
            "An error occurred while installing",
            "Gem::",
        ],
    )
    .grows(Growth::Paragraph)
    .max(20),
    opener(70, &[".rb:"])
        .at(Spot::Anywhere)
        .shaped(rubocop)
        .grows(Growth::While(|_, text| !text.is_empty()))
        .max(4),
];

fn rubocop(text: &str) -> bool {
    shape::after_location(text).is_some_and(|rest| {
        ["C: ", "W: ", "E: ", "F: "]
            .iter()
            .any(|start| rest.starts_with(start))
    })
}

#[cfg(test)]
mod tests {
    use crate::evidence::tests::check;

    #[test]
    fn the_failures_of_rspec_end_before_the_times() {
        check(
            "ruby",
            r"..F.
.
|Failures:
|
|  1) Total adds up
|     Failure/Error: expect(total).to eq(4)
|
|       expected: 4
|            got: 3
|     # ./spec/total_spec.rb:9:in `block'
.
.Finished in 0.01 seconds
.3 examples, 1 failure",
        );
    }

    #[test]
    fn a_failure_of_minitest_is_one_paragraph() {
        check(
            "ruby",
            r".Finished in 0.01s
.
|Failure:
|TotalTest#test_adds_up [/work/test/total_test.rb:9]:
|Expected: 4
|  Actual: 3
.
.3 runs, 3 assertions, 1 failures, 0 errors, 0 skips",
        );
    }
}
