//! A local cloud for commands of one's own: with stack, service and alarm, and an environment that leads to it.

mod environment;

use std::collections::BTreeMap;
use std::process::{ExitStatus, Stdio};

use anyhow::Context as _;
use tokio::process::Command;

use self::environment::Environment;
use crate::config::aws_variables;
use crate::deployment::{Analyst, Ci, Exporter};
use crate::function::Function;
use crate::installation::{Installation, Wish};
use crate::interrupt::{Interrupt, Interrupts};
use crate::project::Project;
use crate::screen::{self, Screen};

/// The repository whose CI logs the installation analyzes; `events/ci-log-analyzer` is about its runs.
pub const REPOSITORY: &str = "acme/shop";

/// The log groups that the installation exports: those of the services.
const LOG_GROUPS: &str = "/ecs/*";

/// Sets up a local cloud and runs `command` in its environment; returns the command's exit code.
/// Without a command it prints the environment and waits to be interrupted.
pub async fn run(
    project: &Project,
    command: &[String],
    interrupts: &mut Interrupts,
) -> anyhow::Result<u8> {
    let screen = Screen::stderr();
    let wish = Wish {
        ci: Ci {
            repositories: vec![REPOSITORY.to_owned()],
            ..Ci::default()
        },
        analyst: Analyst::Installed,
        exporter: Exporter {
            groups: vec![LOG_GROUPS.to_owned()],
            settings: BTreeMap::from([("ExportDirectGroups", LOG_GROUPS.to_owned())]),
        },
        ..Wish::live()
    };
    let set_up = async {
        let installation = Installation::set_up(project, wish, &screen).await?;
        let config = installation.cloud.sdk_config();
        let function = Function::describe(&config, &installation.outputs).await?;
        anyhow::Ok((
            Environment::new(&installation.cloud, &function),
            installation,
        ))
    };
    let (environment, _installation) = tokio::select! {
        set_up = set_up => set_up?,
        interrupt = interrupts.next() => return Ok(interrupt.exit_code()),
    };
    if command.is_empty() {
        screen.text("\nIt runs until Ctrl-C. These variables lead other commands to it:\n");
    }
    drop(screen);
    match command {
        [] => {
            screen::print(environment.exports());
            interrupts.next().await;
            Ok(0)
        }
        [program, arguments @ ..] => {
            run_command(program, arguments, &environment, interrupts).await
        }
    }
}

async fn run_command(
    program: &str,
    arguments: &[String],
    environment: &Environment,
    interrupts: &mut Interrupts,
) -> anyhow::Result<u8> {
    let mut child = Command::new(program);
    for name in aws_variables() {
        child.env_remove(name);
    }
    let mut child = child
        .args(arguments)
        .envs(environment.variables())
        .stdin(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("couldn't run {program}"))?;
    loop {
        tokio::select! {
            status = child.wait() => return Ok(exit_code(status?)),
            interrupt = interrupts.next() => match interrupt {
                // The command got it, too, and decides for itself.
                Interrupt::Keyboard => {}
                Interrupt::Terminate | Interrupt::HangUp => return Ok(interrupt.exit_code()),
            },
        }
    }
}

/// What a shell would say of a command's end.
fn exit_code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt as _;

    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    #[test]
    fn the_exit_code_is_the_commands_own() {
        assert_eq!(exit_code(ExitStatus::from_raw(3 << 8)), 3);
        assert_eq!(exit_code(ExitStatus::from_raw(0)), 0);
        let killed = 9;
        assert_eq!(exit_code(ExitStatus::from_raw(killed)), 137);
    }
}
