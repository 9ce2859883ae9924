//! The `medic` command: reads its arguments, does what they say, and tells how it went by its exit code.

use std::process::ExitCode;

use clap::Parser as _;
use medic::cli::{CommandLine, FINDINGS};
use medic::screen;

#[tokio::main]
async fn main() -> ExitCode {
    match medic::cli::run(CommandLine::parse()).await {
        Ok(code) => code,
        Err(error) => {
            screen::complain(format!("medic: {error:#}"));
            FINDINGS.into()
        }
    }
}
