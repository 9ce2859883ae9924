//! The formats of tools: each a table of the lines that begin a block, and of how far it reaches.

mod apple;
mod beam;
mod dotnet;
mod go;
mod haskell;
mod infra;
mod javascript;
mod jvm;
mod native;
mod packages;
mod php;
mod python;
mod ruby;
mod rust;
mod scripting;
mod system;

use super::opener::Opener;

/// A family of formats.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format {
    /// Names the parser in what is explained.
    pub(crate) name: &'static str,
    pub(crate) openers: &'static [Opener],
}

/// All formats. Of two openers that see the same line the heavier one is taken.
pub(crate) const FORMATS: &[Format] = &[
    Format {
        name: "rust",
        openers: rust::OPENERS,
    },
    Format {
        name: "python",
        openers: python::OPENERS,
    },
    Format {
        name: "javascript",
        openers: javascript::OPENERS,
    },
    Format {
        name: "go",
        openers: go::OPENERS,
    },
    Format {
        name: "jvm",
        openers: jvm::OPENERS,
    },
    Format {
        name: "native",
        openers: native::OPENERS,
    },
    Format {
        name: "dotnet",
        openers: dotnet::OPENERS,
    },
    Format {
        name: "scripting",
        openers: scripting::OPENERS,
    },
    Format {
        name: "ruby",
        openers: ruby::OPENERS,
    },
    Format {
        name: "php",
        openers: php::OPENERS,
    },
    Format {
        name: "beam",
        openers: beam::OPENERS,
    },
    Format {
        name: "apple",
        openers: apple::OPENERS,
    },
    Format {
        name: "haskell",
        openers: haskell::OPENERS,
    },
    Format {
        name: "infra",
        openers: infra::OPENERS,
    },
    Format {
        name: "packages",
        openers: packages::OPENERS,
    },
    Format {
        name: "system",
        openers: system::OPENERS,
    },
];
