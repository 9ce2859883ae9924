//! The commands, their help, and their exit codes.

mod demo;
mod texts;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::demo::DemoArguments;
use self::texts::{EXIT_CODES, EXPORT_REACH, REACH};
use crate::demo::Plot;
use crate::interrupt::Interrupts;
use crate::project::Project;
use crate::screen::{self, Screen};
use crate::{
    alarm, analyze, baseline, browser, diagnose, export, incidents, kill_switch, local, patch,
    plan, playbook, redact, secrets,
};

/// The exit code for a run that found something which needs attention.
pub const FINDINGS: u8 = 1;

/// The exit code for a run that could not begin: wrong usage, or something it needs is missing.
const UNUSABLE: u8 = 2;

/// lambda-medic at a terminal: tried out on this machine, asked about alarms, and watched over at night.
///
/// `alarm`, `plan`, `playbook`, `analyze`, `diagnose`, `baseline`, `patch` and `redact` read files or standard input and need nothing else.
///
/// `incidents`, `incident`, `pause`, `resume` and `status` talk to an installation, on AWS or in a local cloud. They find it by
/// the AWS settings of the environment and of the profile files, and need no more than to list and read its bucket of records;
/// `pause` and `resume` write one object there, control/switch.json. `secrets put` writes one parameter of SSM. `export` reads the bucket
/// that logs are exported to as well; `export backfill` writes to the ledger.
///
/// `demo` and `local` start a local cloud of their own on a free port of 127.0.0.1, deploy infra/template.yaml with the function
/// built in this checkout, and take everything down again when they end, also on Ctrl-C. They never reach AWS: the credentials,
/// profiles and regions set on this machine are not read by them.
#[derive(Debug, Parser)]
#[command(name = "medic", version, after_help = EXIT_CODES)]
pub struct CommandLine {
    /// The checkout to work on, instead of the one that this program was built from
    #[arg(long, global = true, value_name = "FOLDER")]
    project: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read stored alarms
    #[command(subcommand)]
    Alarm(AlarmCommand),

    /// Say what the function would do about stored alarms, and why
    ///
    /// Offline and without credentials. The decision is the function's own; what it would look up is given by files, or
    /// assumed and said so. Nothing is ever done.
    ///
    /// With --history a stored history is lived through again, in the order of time whatever its order in the file: each change
    /// to ALARM is decided on, with the cooldowns, caps, mute windows, storms and memory that follow from what was decided before.
    /// FILE is what `aws cloudwatch describe-alarm-history` prints (pages one after the other will do), or events and messages of
    /// alarms one after the other. What is assumed: every step is carried out at once, on a target that nothing else happens to and
    /// that has an earlier version to go back to, and which of its tasks are unhealthy is not known; a step helped if the alarm went
    /// back to OK within the time for a proof, which is `verify_within` or what the alarm's own periods need; an alarm that never
    /// goes back in the history did not recover. Tags, load and deployments of others are not in a history. Times are in UTC.
    /// Without --account and --region all accounts and regions are taken to be allowed. The summary counts as waited what something
    /// else had to end for (cooldown, a remediation under way, the rest of the fleet, a storm, a mute window), and as escalated what
    /// was left to people after all steps.
    Plan(plan::Arguments),

    /// Check playbook files
    #[command(subcommand)]
    Playbook(PlaybookCommand),

    /// Say which lines of a CI log explain its failure
    ///
    /// Reads logs of any size in little memory, of GitHub Actions, GitLab, Jenkins, Travis and others; names the steps that failed, shows
    /// the lines that explain the failure, best first, with their numbers in the file, and says what kind of failure it is, how sure
    /// that is, and what to do. Without a network, without a model. Secrets are taken out of what is shown. Exits with 2 if a log
    /// could not be read; the others are analyzed all the same.
    Analyze(analyze::Arguments),

    /// Say which service is at fault, from metrics and a call graph
    ///
    /// FILE holds an incident: {"target": {"node", "metric"}, "start", "end", "edges": [[caller, callee]], "series": [{"node", "metric",
    /// "unit", "points": [[epoch seconds, value or null]]}]}; what is before "start" tells what is usual. Metrics named latency, requests,
    /// availability and errors are understood; others are compared by name. Each suspect comes with its reasons; where nobody
    /// can be named, what is missing is. Without a network, without a model. Exits with 2 if a file could not be read; the others
    /// are diagnosed all the same.
    Diagnose(diagnose::Arguments),

    /// Learn what passing runs of a job say
    #[command(subcommand)]
    Baseline(BaselineCommand),

    /// Ask the gate that stands before each proposal
    #[command(subcommand)]
    Patch(PatchCommand),

    /// Take the secrets out of standard input
    ///
    /// Each becomes [REDACTED:kind#n]; the same secret has the same n. Everything else stays as it is, but bytes that are not UTF-8 become
    /// replacement characters. What cannot be judged, such as a word of more than 64 KB, is hidden.
    Redact(redact::Arguments),

    /// List incidents: those that are open, and those of the last day
    ///
    /// The open ones come from the index in the state bucket, the others from the records that were written lately. Exits with 1
    /// if a record cannot be read.
    #[command(after_help = REACH)]
    Incidents(incidents::ListArguments),

    /// Look at single incidents
    #[command(subcommand)]
    Incident(IncidentCommand),

    /// Stop everything: nothing is begun any more, no step of a playbook and nothing on GitHub, from the next decision on
    ///
    /// Sets the kill switch, an object in the state bucket that each decision reads: it works at once, also on what waits. What is
    /// under way is followed to its proof and reported; alarms are recorded and reported as not acted on, with the reason given
    /// here. Shows which incidents are open.
    #[command(after_help = REACH)]
    Pause(kill_switch::PauseArguments),

    /// End a pause
    ///
    /// Alarms that fired during it are not acted on afterwards. Earlier settings stay as versions of the object.
    #[command(after_help = REACH)]
    Resume(kill_switch::Arguments),

    /// Say whether it is paused, whether there is a storm, and what is open
    #[command(after_help = REACH)]
    Status(kill_switch::Arguments),

    /// Look after the export of logs to S3, and read what was exported
    #[command(subcommand, after_help = EXPORT_REACH)]
    Export(export::Command),

    /// Keep secrets where the functions read them
    #[command(subcommand)]
    Secrets(SecretsCommand),

    /// Live through an incident on a local cloud
    ///
    /// A real service on ECS answers real requests, until half of them fail. Its alarm goes off, the function restarts the
    /// service, proves that this helped, and reports. Each line is something that an API of the cloud showed, with the
    /// seconds since the start and the moment of the incident. At the end stand the mails as their readers see them, where
    /// it is written down, what the incident analyst found, and which promises were kept. Exits with 1 if one was broken.
    ///
    /// With --scenario bad-deployment somebody deploys a version that lacks a setting, and with --scenario memory-leak the service
    /// keeps something of each visit: the analyst has to find out which it was, from what the service, its log and its metrics show.
    ///
    /// With --scenario failing-ci the tests of a small repository really fail. Their log is collected, uploaded and read by the other
    /// function, a draft pull request repairs what failed, and the tests pass on what it proposes; then the same log comes again,
    /// and then one that gives orders. GitHub is a stand-in on this machine. The model is a script, which says so in each answer,
    /// unless --llm names a real one.
    Demo(DemoArguments),

    /// Run a command against a local cloud, or wait until Ctrl-C
    ///
    /// The cloud holds the stack, the service shop/checkout and its alarm. COMMAND gets an environment that leads there:
    /// endpoint, region, test credentials, and the function's own settings as the stack set them. The exit code is the
    /// command's. Without COMMAND the environment is printed as lines for a shell.
    Local {
        /// The command and its arguments
        #[arg(last = true, value_name = "COMMAND")]
        command: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
enum IncidentCommand {
    /// Tell an incident as a story
    ///
    /// In the order of time: the alarm with its reason, each decision with what spoke for and against it, each step with its call
    /// and what came of it, the verdict with the periods that prove it, and who was told when.
    #[command(after_help = REACH)]
    Show(incidents::ShowArguments),
}

#[derive(Debug, Subcommand)]
enum AlarmCommand {
    /// Print what each file is: an alarm with its facts, something else, or not usable
    ///
    /// A file holds what reached a function or a topic: an SNS, SQS or EventBridge event, a direct invocation, the body
    /// of an SNS HTTP delivery, or the bare message.
    Parse {
        /// One JSON object for each record, one to a line
        #[arg(long)]
        json: bool,

        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
enum BaselineCommand {
    /// Write what passing logs say to a small file, for `medic analyze --passing`
    ///
    /// A file holds the hashes of the lines without their numbers, ids and times, and nothing that can be read.
    Build(baseline::BuildArguments),
}

#[derive(Debug, Subcommand)]
enum PatchCommand {
    /// Say whether a diff might become a draft pull request, and why not
    ///
    /// The rules are the function's own: ordinary text of known kinds in known places, nothing of builds, dependencies, CI, infrastructure
    /// or tools, nothing that a fix need not do, and it fits the files as they are. Nothing is changed. Exits with 1 if it is refused.
    Check(patch::Arguments),
}

#[derive(Debug, Subcommand)]
enum SecretsCommand {
    /// Store standard input in SSM as a `SecureString`
    ///
    /// By the AWS settings of the environment and of the profile files, which need ssm:PutParameter. On a terminal the secret is
    /// asked for and not shown. An older value is replaced; SSM keeps it as a version.
    Put(secrets::PutArguments),
}

#[derive(Debug, Subcommand)]
enum PlaybookCommand {
    /// Say what is wrong with a playbook file, with the line
    ///
    /// Exits with 1 if the file cannot be used. What can be used and is hardly meant so is a warning, with which it exits with 0: a
    /// ladder that calls nobody, a playbook that an earlier one leaves no alarm to, a limit of zero, a misspelt namespace of AWS.
    Check {
        /// One JSON object for each finding
        #[arg(long)]
        json: bool,

        #[arg(value_name = "FILE")]
        file: PathBuf,
    },

    /// Print the JSON Schema of playbook files, for editors
    Schema,
}

/// Does what the command line says.
pub async fn run(command_line: CommandLine) -> anyhow::Result<ExitCode> {
    match command_line.command {
        Command::Demo(arguments) => {
            let plot = match arguments.plot() {
                Ok(plot) => plot,
                Err(problem) => return Ok(unusable(&anyhow::anyhow!(problem)).into()),
            };
            let open = arguments.open;
            on_a_local_cloud(command_line.project, Task::Demo { plot, open }).await
        }
        Command::Local { command } => {
            on_a_local_cloud(command_line.project, Task::Command(command)).await
        }
        Command::Incidents(arguments) => {
            let is_complete = Box::pin(incidents::list(&arguments)).await?;
            Ok(if is_complete { 0 } else { FINDINGS }.into())
        }
        Command::Incident(IncidentCommand::Show(arguments)) => {
            done(Box::pin(incidents::show(&arguments)).await)
        }
        Command::Pause(arguments) => done(Box::pin(kill_switch::pause(&arguments)).await),
        Command::Resume(arguments) => done(Box::pin(kill_switch::resume(&arguments)).await),
        Command::Secrets(SecretsCommand::Put(arguments)) => {
            done(Box::pin(secrets::put(&arguments)).await)
        }
        Command::Status(arguments) => done(Box::pin(kill_switch::status(&arguments)).await),
        Command::Export(command) => {
            let is_fine = export::run(&command).await?;
            Ok(if is_fine { 0 } else { FINDINGS }.into())
        }
        Command::Alarm(AlarmCommand::Parse { json, files }) => {
            answer(alarm::parse(&files, json).map(|()| 0))
        }
        Command::Analyze(arguments) => answer(
            analyze::run(&arguments).map(|is_complete| if is_complete { 0 } else { UNUSABLE }),
        ),
        Command::Diagnose(arguments) => answer(
            diagnose::run(&arguments).map(|is_complete| if is_complete { 0 } else { UNUSABLE }),
        ),
        Command::Baseline(BaselineCommand::Build(arguments)) => {
            answer(baseline::build(&arguments).map(|()| 0))
        }
        Command::Patch(PatchCommand::Check(arguments)) => answer(patch::run(&arguments)),
        Command::Redact(arguments) => answer(redact::run(&arguments).map(|()| 0)),
        Command::Plan(arguments) => answer(plan::run(&arguments).map(|()| 0)),
        Command::Playbook(PlaybookCommand::Check { json, file }) => {
            answer(playbook::check(&file, json))
        }
        Command::Playbook(PlaybookCommand::Schema) => answer(playbook::schema().map(|schema| {
            screen::print(schema.trim_end());
            0
        })),
    }
}

fn done(result: anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    result.map(|()| ExitCode::SUCCESS)
}

/// The exit code of a command that reads files and prints what it makes of them.
#[expect(
    clippy::unnecessary_wraps,
    reason = "an arm of a match over commands that may fail"
)]
fn answer(code: anyhow::Result<u8>) -> anyhow::Result<ExitCode> {
    Ok(code.unwrap_or_else(|error| unusable(&error)).into())
}

fn unusable(error: &anyhow::Error) -> u8 {
    screen::complain(format!("medic: {error:#}"));
    UNUSABLE
}

/// What a local cloud is started for.
enum Task {
    Demo { plot: Plot, open: bool },
    Command(Vec<String>),
}

async fn on_a_local_cloud(root: Option<PathBuf>, task: Task) -> anyhow::Result<ExitCode> {
    let mut interrupts = Interrupts::listen()?;
    let project = match usable_project(root) {
        Ok(project) => project,
        Err(problems) => {
            for problem in problems {
                screen::complain(format!("medic: {problem}"));
            }
            return Ok(UNUSABLE.into());
        }
    };
    let code = match task {
        Task::Demo { plot, open } => {
            Box::pin(run_demo(&project, plot, open, &mut interrupts)).await?
        }
        Task::Command(command) => local::run(&project, &command, &mut interrupts).await?,
    };
    Ok(code.into())
}

/// The checkout with all that is needed in it, or what is wrong with it.
fn usable_project(root: Option<PathBuf>) -> Result<Project, Vec<String>> {
    let project = Project::find(root).map_err(|error| vec![format!("{error:#}")])?;
    match project.missing() {
        missing if missing.is_empty() => Ok(project),
        missing => Err(missing),
    }
}

async fn run_demo(
    project: &Project,
    plot: Plot,
    open: bool,
    interrupts: &mut Interrupts,
) -> anyhow::Result<u8> {
    let screen = Screen::stdout();
    let ending = tokio::select! {
        ending = crate::demo::run(project, plot, &screen) => ending?,
        interrupt = interrupts.next() => return Ok(interrupt.exit_code()),
    };
    if let (true, Some(report)) = (open, &ending.report) {
        let opened = browser::open(report);
        screen.text(&opened.unwrap_or_else(|error| format!("\n  {error:#}")));
    }
    Ok(if ending.is_as_promised { 0 } else { FINDINGS })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn everything_after_two_hyphens_is_the_command() {
        let parsed =
            CommandLine::try_parse_from(["medic", "local", "--", "ls", "--project", "x"]).unwrap();
        let Command::Local { command } = parsed.command else {
            panic!("not local: {:?}", parsed.command);
        };
        assert_eq!(command, ["ls", "--project", "x"]);
        assert_eq!(parsed.project, None);
    }

    #[test]
    fn a_plan_is_for_files_or_for_a_history_and_not_for_both() {
        let parses = |arguments: &[&str]| {
            let arguments = ["medic", "plan", "--playbook", "p"].iter().chain(arguments);
            CommandLine::try_parse_from(arguments).is_ok()
        };
        assert!(parses(&["event.json"]));
        assert!(parses(&[
            "--history",
            "h",
            "--alarms",
            "a",
            "--region",
            "eu-west-1"
        ]));
        assert!(!parses(&[]));
        assert!(!parses(&["--history", "h", "event.json"]));
        assert!(!parses(&["--alarms", "a", "event.json"]));
    }
}
