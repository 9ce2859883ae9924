//! The `log-exporter` Lambda function: settings, clients, run.

use aws_config::BehaviorVersion;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use lambda_runtime::{Diagnostic, LambdaEvent, run, service_fn};
use log_exporter::config::Config;
use log_exporter::real::{Sandbox, real_tick};
use shared::metrics::EmfMeter;
use shared::{failure, logging};
use tracing::level_filters::LevelFilter;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let config = Config::from_env();
    logging::init(
        config
            .as_ref()
            .map_or(LevelFilter::INFO, |config| config.log_level),
    );
    let config = &config.inspect_err(|error| tracing::error!("cannot start: {error}"))?;
    // Lambda gives credentials by environment. The default chain would make an STS client first, and reading the system's
    // root certificates for it is more than half of a cold start.
    let aws = aws_config::defaults(BehaviorVersion::latest())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new());
    let sandbox = &Sandbox::new(&aws.load().await);
    let meter = &EmfMeter {
        function_name: &config.function_name,
    };

    // Whatever the event says, it is a tick.
    run(service_fn(async |event: LambdaEvent<serde_json::Value>| {
        let tick = real_tick(sandbox, config, &event.context, meter);
        let ticked = Box::pin(tick.run()).await;
        ticked.map_err(|error| -> Diagnostic { failure::diagnostic(&error) })
    }))
    .await
    .map_err(anyhow::Error::from_boxed)
}
