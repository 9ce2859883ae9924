//! Swift, Xcode and XCTest, with the signs `xcpretty` and `xcbeautify` print (their documentation).

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
