//! npm, Yarn, pnpm, pip, Conda, Cargo: what they say when packages cannot be had (their documentation).

use crate::evidence::opener::{Grown, Growth, Opener, Spot, opener};
use crate::evidence::shape;

pub(super) const OPENERS: &[Opener] = &[
    opener(84, &["npm ERR! code E", "npm error code E"])
        .shaped(|text| !text.contains("ELIFECYCLE"))
        .grows(Growth::While(npm))
        .max(16),
    opener(
        82,
        &[
            "npm ERR! missing script",
            "npm ERR! Missing script",
            "npm error Missing script",
            "npm ERR! 404",
            "npm error 404",
            "npm ERR! network",
            "npm error network",
            "npm ERR! peer",
            "npm ERR! Could not resolve",
            "npm ERR! notarget",
            "npm error notarget",
            "npm ERR! Error: ",
            "npm error Error: ",
        ],
    )
    .grows(Growth::While(npm))
    .max(20),
    opener(82, &["ERR_PNPM_"])
        .at(Spot::Anywhere)
        .grows(Growth::Paragraph)
        .max(12),
    opener(76, &["error "])
        .shaped(|text| !text.starts_with("error Command failed") && !text.starts_with("error:"))
        .grows(Growth::While(yarn))
        .max(12),
    opener(
        84,
        &[
            "ERROR: Could not find a version",
            "ERROR: No matching distribution",
            "ERROR: Cannot install",
            "ERROR: ResolutionImpossible",
        ],
    )
    .at(Spot::Trimmed)
    .grows(Growth::Paragraph)
    .max(12),
    opener(
        80,
        &[
            "ERROR: Failed building wheel",
            "ERROR: Could not build wheels",
            "Failed to build ",
        ],
    )
    .at(Spot::Trimmed),
    opener(
        84,
        &[
            "PackagesNotFoundError",
            "UnsatisfiableError",
            "ResolvePackageNotFound",
            "CondaHTTPError",
        ],
    )
    .grows(Growth::Until(&["Current channels"], false))
    .blanks(1)
    .max(20),
    opener(
        80,
        &[
            "error: failed to select a version",
            "error: no matching package",
            "error: failed to get",
            "error: failed to download",
        ],
    )
    .grows(Growth::While(|_, text| {
        text.starts_with("Caused by:") || shape::is_indented(text)
    }))
    .blanks(1)
    .max(16),
];

fn npm(_: &Grown<'_>, text: &str) -> bool {
    (text.starts_with("npm ERR!") || text.starts_with("npm error"))
        && !text.contains("A complete log")
}

fn yarn(_: &Grown<'_>, text: &str) -> bool {
    shape::is_indented(text) && !text.trim_start().starts_with("info ")
}
