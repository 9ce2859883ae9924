//! MSBuild, the C# compiler, xUnit, NUnit, `dotnet test`, PowerShell's Pester (MSBuild: "canonical errors").

use crate::evidence::opener::{Grown, Growth, Opener, Spot, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    opener(82, &[": error "])
        .at(Spot::Anywhere)
        .shaped(|text| {
            shape::is_located_error(text) || text.contains("error MSB") || text.contains("error NU")
        })
        .grows(Growth::While(|_, text| text.contains(": error ")))
        .max(20),
    opener(86, &["[FAIL]"])
        .at(Spot::End)
        .grows(Growth::Indented)
        .blanks(1)
        .max(50),
    opener(84, &["Failed "])
        .at(Spot::Trimmed)
        .shaped(timed)
        .grows(Growth::While(vstest))
        .blanks(1)
        .max(40),
    opener(84, &["[-] "])
        .at(Spot::Anywhere)
        .grows(Growth::While(|grown, text| pester(grown, text)))
        .max(30),
    opener(80, &["Unhandled exception", "Unhandled Exception:"])
        .at(Spot::Trimmed)
        .grows(Growth::Stack)
        .max(30),
    opener(
        80,
        &[
            "An error occurred when executing task",
            "Error: One or more errors occurred",
        ],
    )
    .at(Spot::Anywhere)
    .grows(Growth::Line),
    opener(78, &["At line:", "+ CategoryInfo"])
        .at(Spot::Trimmed)
        .grows(Growth::While(|_, text| text.trim_start().starts_with('+'))),
];

/// `Failed Some.Test [12 ms]`
fn timed(text: &str) -> bool {
    text.trim_end().ends_with(']') && text.contains(" [")
}

fn vstest(grown: &Grown<'_>, text: &str) -> bool {
    shape::indent(text) >= shape::indent(grown.first) && !text.trim_start().starts_with("Passed ")
}

fn pester(_: &Grown<'_>, text: &str) -> bool {
    !text.contains("[+]")
        && !text.contains("[-]")
        && (shape::is_indented(text)
            || ["Expected", "Actual", "But was", "at "]
                .iter()
                .any(|start| text.starts_with(start)))
}
