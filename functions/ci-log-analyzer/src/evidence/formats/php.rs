//! PHP: its fatal errors, Composer, `PHPStan`, `PHP_CodeSniffer`, and the test runner of PHP itself (their documentation).

use crate::evidence::opener::{Grown, Growth, Opener, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    opener(
        82,
        &[
            "PHP Fatal error:",
            "PHP Parse error:",
            "Fatal error:",
            "Parse error:",
        ],
    )
    .grows(Growth::While(php))
    .max(20),
    opener(86, &["Your requirements could not be resolved"])
        .grows(Growth::Until(
            &["Use the option", "Installation failed"],
            false,
        ))
        .blanks(2)
        .max(40),
    opener(86, &["FAIL "])
        .shaped(|text| text.contains(".phpt]"))
        .led_by(
            |text| !text.starts_with("========DIFF") && !text.starts_with("PASS "),
            40,
        ),
    // PHPStan, PHP_CodeSniffer.
    opener(84, &["  Line   "])
        .grows(Growth::While(|_, text| !text.contains("[ERROR]")))
        .blanks(1)
        .max(30),
    opener(84, &["FILE: "]).grows(Growth::Paragraph).max(30),
];

fn php(_: &Grown<'_>, text: &str) -> bool {
    shape::is_indented(text)
        || text.starts_with('#')
        || text.starts_with("PHP ")
        || text.starts_with("Stack trace")
}

#[cfg(test)]
mod tests {
    use crate::evidence::tests::check;

    #[test]
    fn requirements_that_composer_cannot_meet_are_shown() {
        check(
            "php",
            r".Updating dependencies
|Your requirements could not be resolved to an installable set of packages.
|
|  Problem 1
|    - Root composer.json requires shop/tax ^2.0, found shop/tax[1.0.0] but it does not match the constraint.
.
.Use the option --with-all-dependencies (-W) to allow upgrades",
        );
    }

    #[test]
    fn a_fatal_error_is_shown_with_its_stack() {
        check(
            "php",
            r".testing
|PHP Fatal error:  Uncaught Error: Call to undefined function tax() in /work/total.php:9
|Stack trace:
|#0 {main}
|  thrown in /work/total.php on line 9
.done",
        );
    }
}
