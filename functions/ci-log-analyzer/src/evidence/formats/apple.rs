//! Swift, Xcode and `XCTest`, with the signs `xcpretty` and `xcbeautify` print (their documentation).

use crate::evidence::opener::{Growth, Opener, Spot, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    opener(84, &["xcodebuild: error: "])
        .grows(Growth::Paragraph)
        .max(8),
    opener(84, &[": error: -["]).at(Spot::Anywhere),
    opener(82, &["❌ "])
        .at(Spot::Trimmed)
        .shaped(|text| text.contains(".swift:") || text.contains(".m:"))
        .grows(Growth::While(|_, text| shape::is_indented(text)))
        .blanks(1)
        .max(12),
    opener(70, &["✗ ", "❌ ", "✘ "]).at(Spot::Trimmed),
    // CocoaPods.
    opener(78, &["- ERROR | "])
        .at(Spot::Trimmed)
        .grows(Growth::Indented)
        .blanks(1)
        .max(30),
    opener(72, &["[!] "])
        .grows(Growth::Indented)
        .blanks(1)
        .max(20),
    opener(70, &["Failing tests:"])
        .at(Spot::Trimmed)
        .grows(Growth::Indented),
    opener(
        40,
        &[
            "The following build commands failed:",
            "** BUILD FAILED **",
            "** TEST FAILED **",
        ],
    )
    .grows(Growth::Indented)
    .max(5),
];

#[cfg(test)]
mod tests {
    use crate::evidence::tests::check;

    #[test]
    fn an_error_of_the_compiler_of_swift_is_found() {
        check(
            "native",
            r".CompileSwift normal arm64 Total.swift
|/work/shop/Total.swift:9:5: error: cannot find 'tax' in scope
|    tax + 1
|    ^~~
.** BUILD FAILED **",
        );
    }

    #[test]
    fn a_failed_test_of_xctest_is_found() {
        check(
            "apple",
            r#".Test Case '-[ShopTests.Total testAddsUp]' started.
|/work/shop/Total.swift:9: error: -[ShopTests.Total testAddsUp] : XCTAssertEqual failed: ("3") is not equal to ("4")
.Test Case '-[ShopTests.Total testAddsUp]' failed (0.003 seconds)."#,
        );
    }

    #[test]
    fn a_device_that_is_not_there_is_shown() {
        check(
            "apple",
            r".Command line invocation:
|xcodebuild: error: Unable to find a device matching the provided destination specifier:
|		{ platform:iOS Simulator, name:Phone }
.
.	Available devices:",
        );
    }
}
