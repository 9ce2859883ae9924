//! The `incident-analyst` Lambda function: settings, clients, run.

use aws_config::BehaviorVersion;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use incident_analyst::config::Config;
use incident_analyst::real::{Sandbox, deadline, real_handler};
use lambda_runtime::{Diagnostic, LambdaEvent, run, service_fn};
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
    let sandbox = &Sandbox::new(&aws.load().await, config);
    let meter = &EmfMeter {
        function_name: &config.function_name,
    };

    run(service_fn(async |event: LambdaEvent<serde_json::Value>| {
        let secrets = sandbox.secrets(deadline(&event.context));
        let handler = real_handler(sandbox, config, &event.context, &secrets, meter);
        let answer = Box::pin(handler.handle(&event.payload)).await;
        answer.map_err(|error| -> Diagnostic { failure::diagnostic(&error) })
    }))
    .await
    .map_err(anyhow::Error::from_boxed)
}
