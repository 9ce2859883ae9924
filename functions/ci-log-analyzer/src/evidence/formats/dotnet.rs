//! `MSBuild`, the C# compiler, xUnit, `NUnit`, `dotnet test`, PowerShell's Pester (`MSBuild`: "canonical errors").

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
        .grows(Growth::While(pester))
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

#[cfg(test)]
mod tests {
    use crate::evidence::tests::check;

    #[test]
    fn an_error_of_the_compiler_is_found() {
        check(
            "dotnet",
            r".  Determining projects to restore...
|/work/shop/Total.cs(9,5): error CS0103: The name 'tax' does not exist in the current context [/work/shop/Shop.csproj]
.
.Build FAILED.",
        );
    }

    #[test]
    fn a_failed_test_of_xunit_is_shown_with_its_values() {
        check(
            "dotnet",
            r".  Starting:    Shop.Tests
|    Shop.Tests.Total.Adds_up [FAIL]
|      Assert.Equal() Failure
|      Expected: 4
|      Actual:   3
|      Stack Trace:
|        /work/shop/Total.cs(9,0): at Shop.Tests.Total.Adds_up()
.  Finished:    Shop.Tests",
        );
    }

    #[test]
    fn a_failed_test_of_vstest_is_shown_with_its_message() {
        check(
            "dotnet",
            r".  Passed Names [2 ms]
|  Failed Adds_up [12 ms]
|  Error Message:
|   Expected 4, but was 3
|  Stack Trace:
|     at Shop.Tests.Total.Adds_up() in /work/shop/Total.cs:line 9
.  Passed Empties [1 ms]",
        );
    }

    #[test]
    fn a_failed_test_of_pester_is_found() {
        check(
            "dotnet",
            r".  [+] has a name 4ms
|  [-] adds up 12ms
|    Expected 4, but got 3.
|    at $total | Should -Be 4, /work/Total.Tests.ps1:9
.  [+] is empty at first 3ms",
        );
    }
}
