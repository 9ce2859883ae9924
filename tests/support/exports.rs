//! An exporter under test, deployed with the real template over log groups of its own, and what can be seen of it.

use std::process::Output;

use anyhow::{Context as _, ensure};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::Environment;
use jiff::{SignedDuration, Timestamp};
use medic::deployment::Exporter;
use medic::function::Function;
use medic::installation::{ExportWish, Installation};
use medic::local_cloud::{CREDENTIAL, LogFault};
use medic::project::Project;
use medic::scenario::export::{
    ExportScenario, Fingerprint, Line, OwnedRow, Windows, day, fingerprint,
};
use medic::screen::Screen;
use serde_json::Value;
use shared::clock::{Clock as _, System};
use shared::exports::manifest::{Manifest, Proof};
use shared::exports::window::hour_of;
use tokio::process::Command;

/// The services that the function talks to, as the variables for their endpoints name them.
const SERVICES: [&str; 3] = ["CLOUDWATCH_LOGS", "RESOURCE_GROUPS_TAGGING_API", "S3"];

/// So many ticks are enough, whatever happens once.
const MOST_TICKS: usize = 12;

/// An exporter, and the log groups of its cloud.
#[derive(Debug)]
pub struct Exports {
    /// The installation; the local cloud ends with it.
    pub installation: Installation<ExportScenario>,
    /// The deployed function.
    pub function: Function,
    lambda: aws_sdk_lambda::Client,
    s3: aws_sdk_s3::Client,
}

/// An exporter of these groups, whose waits are so many times shorter, and which no schedule sets off.
pub fn exporter(groups: &str, direct: &str, pace: u32) -> Exporter {
    Exporter {
        groups: vec![groups.to_owned()],
        settings: [
            ("ExportDirectGroups", direct),
            ("ExportReachBackDays", "3"),
            ("ExportSettleHours", "0"),
            ("ExportSealMinutes", "0"),
            ("ExportSchedule", "rate(30 days)"),
            ("ExportPace", &pace.to_string()),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into(),
    }
}

/// The same, whose exports begin with the hour of `first`.
pub fn exporter_from(first: Timestamp, groups: &str, direct: &str, pace: u32) -> Exporter {
    let mut exporter = exporter(groups, direct, pace);
    let hour = SignedDuration::from_hours(1);
    // Ten minutes into that hour, or the time until the first tick counts.
    let reach = System.now().duration_since(first) - hour / 6;
    let days = reach.as_secs_f64() / (24.0 * hour.as_secs_f64());
    let settings = &mut exporter.settings;
    settings.insert("ExportReachBackDays", format!("{days:.6}"));
    exporter
}

/// The last six hours of yesterday.
pub fn evening() -> (Timestamp, Timestamp) {
    let day = SignedDuration::from_hours(24);
    let now = hour_of(System.now());
    let midnight = now.as_second().div_euclid(day.as_secs()) * day.as_secs();
    let midnight = Timestamp::from_second(midnight).unwrap();
    (midnight - SignedDuration::from_hours(6), midnight)
}

/// What a group logged yesterday evening.
pub fn lines(group: &str, number: usize) -> Vec<Line> {
    day(group, number, evening())
}

/// The fingerprint of lines.
pub fn logged<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Fingerprint {
    let lines = lines.into_iter();
    fingerprint(lines.map(|line| (line.at.as_millisecond(), &*line.message)))
}

/// The fingerprint of rows.
pub fn stored(rows: &[OwnedRow]) -> Fingerprint {
    let rows = rows.iter();
    fingerprint(rows.map(|row| (row.timestamp_ms, &*row.message)))
}

/// Whether a manifest says that nothing is missing.
pub fn is_proven(manifest: &Manifest) -> bool {
    matches!(manifest.proof, Proof::Counted | Proof::EventIds)
}

impl Exports {
    /// Sets one up over groups that logged yesterday evening.
    pub async fn deploy(
        groups: Vec<(&'static str, Vec<Line>)>,
        exporter: Exporter,
    ) -> anyhow::Result<Self> {
        Self::deploy_with(groups, exporter, &[]).await
    }

    /// The same, where things go wrong from the beginning on.
    pub async fn deploy_with(
        groups: Vec<(&'static str, Vec<Line>)>,
        exporter: Exporter,
        faults: &[LogFault],
    ) -> anyhow::Result<Self> {
        let wish = ExportWish {
            groups,
            exporter,
            faults: faults.to_vec(),
            ..ExportWish::default()
        };
        let project = Project::find(None)?;
        let screen = Screen::silent();
        let installation = Box::pin(Installation::set_up_export(&project, wish, &screen)).await?;
        let config = installation.cloud.sdk_config();
        let outputs = installation.outputs.exporter.as_ref();
        let outputs = outputs.context("the stack has no exporter")?;
        Ok(Self {
            function: Function::named(&config, &outputs.function_name).await?,
            lambda: aws_sdk_lambda::Client::new(&config),
            s3: aws_sdk_s3::Client::new(&config),
            installation,
        })
    }

    /// Makes a group that logged yesterday evening.
    pub async fn create(&self, group: &str, lines: &[Line]) -> anyhow::Result<()> {
        self.installation
            .scenario
            .groups
            .create(group, lines)
            .await?;
        let first = lines.iter().map(|line| line.at).min();
        let cloud = &self.installation.cloud;
        cloud
            .set_group_age(group, first.context("it has no line")?)
            .await
    }

    /// Lets the function export other groups, through another endpoint.
    pub async fn point_at(&self, groups: &str, endpoint: &str) -> anyhow::Result<()> {
        let mut variables = self.function.environment().clone();
        variables.insert("EXPORT_GROUPS".to_owned(), groups.to_owned());
        for service in SERVICES {
            variables.insert(format!("AWS_ENDPOINT_URL_{service}"), endpoint.to_owned());
        }
        let environment = Environment::builder()
            .set_variables(Some(variables.into_iter().collect()))
            .build();
        let call = self.lambda.update_function_configuration();
        call.function_name(self.function.name())
            .environment(environment)
            .send()
            .await?;
        Ok(())
    }

    /// Lets it tick once; what it answers, an error of its own among it.
    pub async fn tick(&self) -> anyhow::Result<Value> {
        let call = self.lambda.invoke().function_name(self.function.name());
        let answer = call.payload(Blob::new("{}")).send().await?;
        let payload = answer.payload().context("the function answered nothing")?;
        Ok(serde_json::from_slice(payload.as_ref()).unwrap_or_default())
    }

    /// Lets nobody wait for the lease of a tick that was killed. It is a hint: without it no harm is done.
    pub async fn end_lease(&self) -> anyhow::Result<()> {
        let bucket = &self.installation.outputs.state_bucket_name;
        let call = self.s3.delete_object().bucket(bucket);
        call.key("exports/tick.json").send().await?;
        Ok(())
    }

    /// Ticks until each window of a group is proven that was over, and returns its manifests; the error says how it stands.
    pub async fn until_proven(&self, group: &str) -> anyhow::Result<Vec<Manifest>> {
        let mut manifests = Vec::new();
        for _ in 0..MOST_TICKS {
            self.tick().await?;
            self.end_lease().await?;
            manifests = self.manifests(group).await?;
            let (_, midnight) = evening();
            let mut over = manifests
                .iter()
                .filter(|found| found.window.end() <= midnight);
            let covered = over.clone().map(|found| found.window.length().as_hours());
            if covered.sum::<i64>() == 6 && over.all(is_proven) {
                return Ok(manifests);
            }
        }
        anyhow::bail!("{group} is not proven: {manifests:#?}")
    }

    /// The manifests of a group, in the order of time.
    pub async fn manifests(&self, group: &str) -> anyhow::Result<Vec<Manifest>> {
        let stored = &self.installation.scenario.stored;
        let windows = stored.manifests(group, &Windows::default()).await?;
        Ok(windows.iter().cloned().collect())
    }

    /// The rows that manifests name.
    pub async fn rows(&self, manifests: &[Manifest]) -> anyhow::Result<Vec<OwnedRow>> {
        let mut rows = Vec::new();
        for part in manifests.iter().flat_map(|found| &found.output.parts) {
            rows.extend(self.installation.scenario.stored.rows(part).await?.1);
        }
        Ok(rows)
    }

    /// What the ledger noted of a group.
    pub async fn notes(&self, group: &str) -> anyhow::Result<Vec<String>> {
        let stored = &self.installation.scenario.stored;
        let entries = stored.entries(group, &Windows::default()).await?;
        let notes = entries.iter().flat_map(|entry| &entry.noted);
        Ok(notes.map(|note| note.text.clone()).collect())
    }

    /// Runs `medic` against the cloud.
    pub async fn medic(&self, arguments: &[&str]) -> anyhow::Result<Output> {
        let cloud = &self.installation.cloud;
        let program = Project::find(None)?.function_binary();
        let output = Command::new(program.with_file_name("medic"))
            .args(arguments)
            .env("AWS_ENDPOINT_URL", cloud.endpoint())
            .env("AWS_REGION", cloud.region())
            .env("AWS_ACCESS_KEY_ID", CREDENTIAL)
            .env("AWS_SECRET_ACCESS_KEY", CREDENTIAL)
            .output()
            .await?;
        Ok(output)
    }

    /// What a command of `medic` that must end well prints.
    pub async fn printed(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.medic(arguments).await?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "{arguments:?}: {}: {errors}",
            output.status
        );
        Ok(String::from_utf8(output.stdout)?)
    }
}
