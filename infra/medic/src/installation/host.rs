use std::io::Write as _;

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_cloudwatch::types::StateValue;
use aws_sdk_ssm::types::ParameterType;
use tempfile::NamedTempFile;

use super::{Installation, MAIL_FROM, MAIL_TO, install, start_cloud};
use crate::deployment::{Analyst, Ci, Exporter, Mode, Parameters};
use crate::event;
use crate::local_cloud::{Host, LocalCloud};
use crate::poll::TimeLimit;
use crate::project::Project;
use crate::scenario::HostScenario;
use crate::scenario::host::{HOST_ALARM, plan};
use crate::screen::Screen;
use crate::speed::Speed;
use crate::sshd::Sshd;

/// The SSM parameter with the private key of the host.
const KEY_PARAMETER: &str = "/lambda-medic/ssh/shop";

/// The step of the playbook that is another one over SSH.
const BY_SSM: &str = "- restart_container\n";

/// How the function reaches a host.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Over {
    /// By SSM Run Command.
    Ssm,
    /// By a forced command of a real OpenSSH server.
    Ssh,
}

/// What kind of installation is wanted over a host.
#[derive(Clone, Copy, Debug)]
pub struct HostWish {
    /// How long the alarm's periods and the time between two ticks are.
    pub speed: Speed,
    /// How the function reaches the host.
    pub over: Over,
    /// What the playbook is made of the usual one.
    pub playbook: fn(&str) -> String,
}

impl HostWish {
    /// An installation that acts, with the usual playbook.
    pub fn live(speed: Speed, over: Over) -> Self {
        let playbook = str::to_owned;
        Self {
            speed,
            over,
            playbook,
        }
    }
}

impl Installation<HostScenario> {
    /// Sets up the cloud, the host, the stack and the alarm, and shows each part as it is ready.
    pub async fn set_up_host(
        project: &Project,
        wish: HostWish,
        screen: &Screen,
    ) -> anyhow::Result<Self> {
        let cloud = start_cloud(project, wish.speed, screen).await?;
        let config = cloud.sdk_config();
        let host = cloud.make_host(&plan(project)?).await?;
        screen.observed(&event::host(&host));
        let sshd = match wish.over {
            Over::Ssm => None,
            Over::Ssh => Some(start_sshd(&config, project, &host, screen).await?),
        };
        let playbook = playbook(project, sshd.as_ref(), wish.playbook)?;
        let parameters = parameters(&cloud, &host, &playbook, wish);
        let outputs = Box::pin(install(&cloud, project, &parameters, screen)).await?;

        let scenario = HostScenario::new(&config, host, sshd);
        let (topic, speed) = (&outputs.alerts_topic_arn, wish.speed);
        let description = "Something keeps the host's processor busy.";
        let created = scenario.create_alarm(HOST_ALARM, description, topic, speed);
        created.await?;
        screen.waiting_for("the alarm to be evaluated");
        // Data come first: EC2 publishes once a minute, and so does the local cloud within the alarm's period.
        let limit = TimeLimit::of(speed.wall(jiff::SignedDuration::from_mins(5)));
        let alarm = scenario.alarm.wait_for(&StateValue::Ok, limit);
        screen.observed(&event::alarm(&alarm.await?));
        Ok(Self {
            cloud,
            outputs,
            scenario,
        })
    }
}

fn parameters(
    cloud: &LocalCloud,
    host: &Host,
    playbook: &NamedTempFile,
    wish: HostWish,
) -> Parameters {
    let (region, account) = (cloud.region(), cloud.account());
    let key = format!("arn:aws:ssm:{region}:{account}:parameter{KEY_PARAMETER}");
    let (instance_arns, ssh_key_parameter_arns) = match wish.over {
        Over::Ssm => (vec![host.arn.clone()], Vec::new()),
        Over::Ssh => (Vec::new(), vec![key]),
    };
    Parameters {
        service_arns: Vec::new(),
        instance_arns,
        ssh_key_parameter_arns,
        mail_from: MAIL_FROM.to_owned(),
        mail_to: MAIL_TO.to_owned(),
        mode: Mode::Live,
        tick_schedule: wish.speed.tick_schedule(),
        playbook: Some(playbook.path().to_owned()),
        ci: Ci::default(),
        analyst: Analyst::Absent,
        exporter: Exporter::default(),
    }
}

/// The host's SSH server, whose key may ask for restarts and nothing else; the function finds the key in SSM.
async fn start_sshd(
    config: &SdkConfig,
    project: &Project,
    host: &Host,
    screen: &Screen,
) -> anyhow::Result<Sshd> {
    let sshd = Sshd::start(&forced_command(project, host)).await?;
    let stored = aws_sdk_ssm::Client::new(config)
        .put_parameter()
        .name(KEY_PARAMETER)
        .r#type(ParameterType::SecureString)
        .value(sshd.read("user")?)
        .send()
        .await;
    stored.with_context(|| format!("couldn't store parameter {KEY_PARAMETER}"))?;
    screen.observed(&event::ssh_server(&sshd));
    Ok(sshd)
}

/// The script of the README beside it, with the host's own docker, which the local cloud keeps an account of.
fn forced_command(project: &Project, host: &Host) -> String {
    // The server may be somebody else than this program, and may not write into the host's folder.
    let is_needed = |name: &str| name != "LAMBDA_MEDIC_ATTEMPTS";
    let variables = host.environment.iter().filter(|(name, _)| is_needed(name));
    let variables: Vec<_> = variables
        .map(|(name, value)| format!("{name}='{value}'"))
        .collect();
    format!(
        "{} LAMBDA_MEDIC_ATTEMPTS=$HERE/attempts '{}'",
        variables.join(" "),
        project.host_script().display()
    )
}

fn playbook(
    project: &Project,
    sshd: Option<&Sshd>,
    change: fn(&str) -> String,
) -> anyhow::Result<NamedTempFile> {
    let path = project.host_playbook();
    let usual = std::fs::read_to_string(&path);
    let usual = usual.with_context(|| format!("couldn't read {}", path.display()))?;
    let over = match sshd {
        None => usual,
        Some(sshd) => usual.replace(BY_SSM, &over_ssh(sshd)?),
    };
    let mut file = NamedTempFile::new().context("couldn't make a file for the playbook")?;
    file.write_all(change(&over).as_bytes())
        .context("couldn't write the playbook")?;
    Ok(file)
}

/// The step as a playbook has it; JSON is YAML.
fn over_ssh(sshd: &Sshd) -> anyhow::Result<String> {
    let host = sshd.host()?;
    let step = serde_json::json!({"restart_container_over_ssh": {
        "user": host.user.to_string(),
        "key_parameter": KEY_PARAMETER,
        "hosts": {crate::scenario::host::INSTANCE: {
            "address": host.address.to_string(),
            "host_key": host.host_key.to_string(),
        }},
    }});
    Ok(format!("- {step}\n"))
}

#[cfg(test)]
mod tests {
    use alarm_playbook::playbook::PlaybookFile;

    use super::*;

    #[test]
    fn the_playbook_of_the_host_can_be_used_and_has_the_step_that_is_exchanged() {
        let yaml = include_str!("../../../host/playbook.yaml");
        let playbooks = PlaybookFile::parse(yaml).unwrap();
        let targets: Vec<_> = playbooks
            .playbooks
            .iter()
            .map(|playbook| playbook.name.as_str())
            .collect();
        assert_eq!(targets, ["web-cpu"]);
        assert_eq!(yaml.matches(BY_SSM).count(), 1);
    }
}
