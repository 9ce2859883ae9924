use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// A host that is to be made. On AWS it would be an EC2 instance with docker.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct HostPlan {
    /// Its instance id.
    pub instance: &'static str,
    /// Its tags.
    pub tags: BTreeMap<&'static str, &'static str>,
    /// Its containers by name.
    pub containers: BTreeMap<&'static str, ContainerPlan>,
}

/// A container that is to be made: a process.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ContainerPlan {
    /// The program.
    pub command: Vec<PathBuf>,
    /// Its environment, besides `PORT`.
    pub environment: BTreeMap<&'static str, &'static str>,
    /// Where it listens.
    pub port: u16,
}

/// A host as the local cloud sees it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Host {
    /// Its instance id.
    pub instance: String,
    /// Its ARN.
    pub arn: String,
    /// `Online` or `ConnectionLost`.
    pub ping_status: String,
    /// Its containers.
    pub containers: Vec<Container>,
    /// The whole environment of what runs on it.
    pub environment: BTreeMap<String, String>,
    /// What its `docker` was asked, oldest first.
    pub docker_calls: Vec<DockerCall>,
}

/// A container of a host.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its process; none if it does not run.
    pub pid: Option<u32>,
    /// `running` or `exited`.
    pub status: String,
    /// How often docker restarted it.
    pub restarts: u32,
    /// When its process began.
    pub started_at: Timestamp,
    /// Where it listens, such as `http://127.0.0.1:18080`.
    pub endpoint: Option<String>,
}

/// A call of a host's `docker`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub struct DockerCall {
    /// When.
    #[serde(deserialize_with = "from_seconds")]
    pub at: Timestamp,
    /// Its words, with `docker` the first.
    pub argv: Vec<String>,
    /// Its status; none while it runs.
    pub status: Option<i32>,
}

impl Host {
    /// The container of a name.
    pub fn container(&self, name: &str) -> Option<&Container> {
        self.containers
            .iter()
            .find(|container| container.name == name)
    }
}

impl DockerCall {
    /// Whether it changes something: docker is looked at, too.
    pub fn is_restart(&self) -> bool {
        let mut words = self.argv.iter().skip(1).map(String::as_str);
        let word = words.find(|word| *word != "container");
        word == Some("restart")
    }
}

/// A time as Python has it: seconds since 1970, with fractions.
fn from_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    let since = SignedDuration::try_from_secs_f64(seconds).map_err(D::Error::custom)?;
    Timestamp::from_duration(since).map_err(D::Error::custom)
}
