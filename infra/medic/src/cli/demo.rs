//! The arguments of `medic demo`.

use clap::{Args, ValueEnum};

use crate::config::llm_key;
use crate::demo::{Plot, Scenario};
use crate::deployment::Restarts;
use crate::installation::{LlmServer, Over};
use crate::speed::Speed;
use crate::sshd::Sshd;

/// What is lived through, and how.
#[derive(Args, Debug)]
pub(super) struct DemoArguments {
    /// What breaks: a service on ECS in one of three ways, a container that keeps its EC2 host busy, a test in CI, or
    /// an export of logs
    #[arg(long, value_enum, default_value = "four-minute-incident")]
    scenario: ScenarioName,

    /// With ec2-container: how the function reaches the host, by default ssm. SSH needs an OpenSSH server
    /// (infra/toolchain/openssh.sh)
    #[arg(long, value_enum)]
    over: Option<Over>,

    /// How often faster than life: 1, 2, 3 or 6, by default 6. The periods of the alarm and the function's tick are shorter by it.
    /// Not with failing-ci and export, which have nothing to wait for
    #[arg(long, value_name = "N")]
    speed: Option<Speed>,

    /// With four-minute-incident: let the bug be in the service's environment, so that a restart does not help
    #[arg(long)]
    break_again: bool,

    /// With failing-ci: ask this server, which speaks the protocol of OpenAI, instead of a script. The address ends with /v1; a key
    /// is taken from the environment
    #[arg(long, value_name = "URL", requires = "llm_model")]
    llm: Option<String>,

    /// Which model of that server
    #[arg(long, value_name = "NAME", requires = "llm")]
    llm_model: Option<String>,

    /// Open the report in a browser: the page of the analysis; with ec2-container the last mail
    #[arg(long)]
    pub(super) open: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum ScenarioName {
    /// A service loses half of its carts, and its deployment is restarted
    FourMinuteIncident,
    /// A new version of a service lacks a setting, and is rolled back
    BadDeployment,
    /// A service needs more and more memory, and is restarted before it runs out
    MemoryLeak,
    /// A container keeps the processor of its host busy, and is restarted there
    Ec2Container,
    /// A test fails, and a draft pull request repairs what it found
    FailingCi,
    /// A day of logs gets into S3, and a task that loses lines is found out
    Export,
}

impl DemoArguments {
    /// What is to be lived through, or what cannot be.
    pub(super) fn plot(&self) -> Result<Plot, String> {
        use ScenarioName::{
            BadDeployment, Ec2Container, Export, FailingCi, FourMinuteIncident, MemoryLeak,
        };
        let is_given = [
            ("--over", self.over.is_some(), Ec2Container, "ec2-container"),
            (
                "--break-again",
                self.break_again,
                FourMinuteIncident,
                "four-minute-incident",
            ),
            ("--llm", self.llm.is_some(), FailingCi, "failing-ci"),
        ];
        for (argument, is_given, scenario, name) in is_given {
            if is_given && scenario != self.scenario {
                return Err(format!("{argument} is for --scenario {name}"));
            }
        }
        for (scenario, name) in [(FailingCi, "failing-ci"), (Export, "export")] {
            if self.scenario == scenario && self.speed.is_some() {
                return Err(format!(
                    "--speed is not for --scenario {name}, which has nothing to wait for"
                ));
            }
        }
        let scenario = match self.scenario {
            FourMinuteIncident if self.break_again => {
                Scenario::FourMinuteIncident(Restarts::DoNotHelp)
            }
            FourMinuteIncident => Scenario::FourMinuteIncident(Restarts::Heal),
            BadDeployment => Scenario::BadDeployment,
            MemoryLeak => Scenario::MemoryLeak,
            Ec2Container => Scenario::Ec2Container(self.over()?),
            FailingCi => Scenario::FailingCi(self.llm()),
            Export => Scenario::Export,
        };
        Ok(Plot {
            speed: self.speed.unwrap_or(Speed::FASTEST),
            scenario,
        })
    }

    fn over(&self) -> Result<Over, String> {
        match (self.over, Sshd::missing()) {
            (Some(Over::Ssh), Some(missing)) => Err(missing),
            (over, _) => Ok(over.unwrap_or(Over::Ssm)),
        }
    }

    fn llm(&self) -> Option<LlmServer> {
        let (base_url, model) = self.llm.clone().zip(self.llm_model.clone())?;
        Some(LlmServer {
            base_url,
            model,
            key: llm_key(),
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        demo: DemoArguments,
    }

    fn plot(arguments: &[&str]) -> Result<Plot, String> {
        let arguments = ["demo"].iter().chain(arguments);
        let line = Line::try_parse_from(arguments).map_err(|error| error.kind().to_string())?;
        line.demo.plot()
    }

    #[test]
    fn an_argument_of_another_scenario_is_refused() {
        for (arguments, problem) in [
            (
                &["--over", "ssh"][..],
                "--over is for --scenario ec2-container",
            ),
            (
                &["--scenario", "failing-ci", "--break-again"],
                "--break-again is for --scenario four-minute-incident",
            ),
            (
                &["--llm", "http://127.0.0.1:1/v1", "--llm-model", "m"],
                "--llm is for --scenario failing-ci",
            ),
            (
                &["--scenario", "failing-ci", "--speed", "1"],
                "--speed is not for --scenario failing-ci, which has nothing to wait for",
            ),
        ] {
            assert_eq!(plot(arguments), Err(problem.to_owned()), "{arguments:?}");
        }
        let without_model = ["--scenario", "failing-ci", "--llm", "http://127.0.0.1:1/v1"];
        let missing = "one or more required arguments were not provided";
        assert_eq!(plot(&without_model), Err(missing.to_owned()));
    }

    #[test]
    fn without_arguments_it_is_the_four_minute_incident_at_full_speed() {
        let expected = Plot {
            speed: Speed::FASTEST,
            scenario: Scenario::FourMinuteIncident(Restarts::Heal),
        };
        assert_eq!(plot(&[]), Ok(expected));
        let ci = plot(&["--scenario", "failing-ci"]).map(|plot| plot.scenario);
        assert_eq!(ci, Ok(Scenario::FailingCi(None)));
        for (name, scenario) in [
            ("bad-deployment", Scenario::BadDeployment),
            ("memory-leak", Scenario::MemoryLeak),
            ("export", Scenario::Export),
        ] {
            let named = plot(&["--scenario", name]).map(|plot| plot.scenario);
            assert_eq!(named, Ok(scenario));
        }
    }
}
