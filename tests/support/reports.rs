//! What the incident analyst of an installation wrote, as anybody with access to the state bucket can read it.

use anyhow::Context as _;
use incident_analyst::page::{self, Console};
use medic::deployment::AnalystOutputs;
use medic::function::Function;
use medic::installation::Installation;
use medic::poll::{Look, TimeLimit, until};
use serde_json::Value;
use shared::alarm::IncidentId;
use shared::outbound::Document;

/// The reports of an installation, and the function that writes them.
#[derive(Debug)]
pub struct Reports {
    /// The function.
    pub function: Function,
    outputs: AnalystOutputs,
    s3: aws_sdk_s3::Client,
    lambda: aws_sdk_lambda::Client,
    sqs: aws_sdk_sqs::Client,
    bucket: String,
    region: String,
}

/// An object of a report.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Written {
    /// What it is served as.
    pub content_type: String,
    /// All of it.
    pub text: String,
}

impl Reports {
    /// Those of an installation with an analyst.
    pub async fn of<S>(installation: &Installation<S>) -> anyhow::Result<Self> {
        let config = installation.cloud.sdk_config();
        let outputs = installation.outputs.analyst.clone();
        let outputs = outputs.context("the installation has no incident analyst")?;
        Ok(Self {
            function: Function::named(&config, &outputs.function_name).await?,
            outputs,
            s3: aws_sdk_s3::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
            bucket: installation.outputs.state_bucket_name.clone(),
            region: installation.cloud.region().to_owned(),
        })
    }

    /// Waits until the analysis of an incident is in this state, `open` or `closed`, and its page is there; returns both. The page is
    /// written after the analysis: between the two there is the page of the analysis before.
    pub async fn in_state(
        &self,
        incident: &IncidentId,
        state: &str,
        limit: TimeLimit,
    ) -> anyhow::Result<(Value, Written)> {
        let what = format!("the report of an incident that is {state}");
        until(&what, limit, async || {
            let Some(written) = self.object(incident, "analysis.json").await? else {
                return Ok(Look::NotYet("there is no analysis".to_owned()));
            };
            let analysis: Value = serde_json::from_str(&written.text)?;
            if analysis["state"] != state {
                return Ok(Look::NotYet(format!("it is {}", analysis["state"])));
            }
            let expected = page::report(
                &serde_json::from_str(&written.text)?,
                Console::new(&self.region).as_ref(),
            );
            let expected = Document::from(expected);
            let page = self.object(incident, "report.html").await?;
            Ok(match page {
                Some(page) if page.text == expected.as_str() => Look::Seen((analysis, page)),
                Some(_) => Look::NotYet("the page is not that of the analysis".to_owned()),
                None => Look::NotYet("there is no page".to_owned()),
            })
        })
        .await
    }

    /// An object in the folder of an incident, `None` if there is none.
    pub async fn object(
        &self,
        incident: &IncidentId,
        name: &str,
    ) -> anyhow::Result<Option<Written>> {
        self.read(&format!("incidents/{incident}/{name}")).await
    }

    /// The function's record of an incident.
    pub async fn record(&self, incident: &IncidentId) -> anyhow::Result<Value> {
        let record = self.read(&format!("analyses/{incident}.json")).await?;
        Ok(serde_json::from_str(
            &record.context("there is no record")?.text,
        )?)
    }

    /// Waits until the function logged this many outcomes of this kind, such as `duplicate`.
    pub async fn outcomes(&self, outcome: &str, number: usize) -> anyhow::Result<()> {
        let what = format!("{number} outcomes `{outcome}`");
        let wanted = format!("\"outcome\":\"{outcome}\"");
        until(&what, TimeLimit::usual(), async || {
            let log = self.function.log().await?;
            let seen = log.iter().filter(|line| line.contains(&wanted)).count();
            Ok(if seen >= number {
                Look::Seen(())
            } else {
                Look::NotYet(format!("{seen}: {log:#?}"))
            })
        })
        .await
    }

    /// The seconds from each first state change to its stored report, as the function measured them.
    pub async fn times_to_report(&self) -> anyhow::Result<Vec<f64>> {
        let lines = self.function.log().await?.into_iter();
        let lines = lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok());
        Ok(lines
            .filter_map(|line| line["TimeToReport"].as_f64())
            .collect())
    }

    /// Invokes the function and returns its answer.
    pub async fn invoke(&self, event: &Value) -> anyhow::Result<Value> {
        let payload = aws_sdk_lambda::primitives::Blob::new(event.to_string());
        let call = self.lambda.invoke().function_name(self.function.name());
        let answer = call.payload(payload).send().await?;
        let payload = answer.payload().context("the function answered nothing")?;
        Ok(serde_json::from_slice(payload.as_ref())?)
    }

    /// How many events every attempt failed on. Once looked at, they are not seen again for a while.
    pub async fn in_failure_queue(&self) -> anyhow::Result<usize> {
        let received = self.sqs.receive_message();
        let received = received.queue_url(&self.outputs.failure_queue_url);
        Ok(received.send().await?.messages().len())
    }

    async fn read(&self, key: &str) -> anyhow::Result<Option<Written>> {
        let call = self.s3.get_object().bucket(&self.bucket).key(key);
        let object = match call.send().await {
            Ok(object) => object,
            Err(error)
                if error.as_service_error().is_some_and(
                    aws_sdk_s3::operation::get_object::GetObjectError::is_no_such_key,
                ) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error).with_context(|| format!("couldn't read {key}")),
        };
        let content_type = object.content_type().unwrap_or_default().to_owned();
        let bytes = object.body.collect().await?.to_vec();
        Ok(Some(Written {
            content_type,
            text: String::from_utf8(bytes)?,
        }))
    }
}
