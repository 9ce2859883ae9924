//! The service that breaks in the demo: settings, port, serve until SIGTERM.

use std::io::stdout;

use anyhow::Context as _;
use demo_app::config::Config;
use demo_app::server::{Limits, Server, Settings};
use demo_app::shop::Shop;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let config = Config::from_env()?;
    // Before the port is open: as process 1 of a container, nothing else would end this one.
    let mut terminate = signal(SignalKind::terminate()).context("couldn't listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("couldn't listen for SIGINT")?;
    let listener = TcpListener::bind(config.listen_on)
        .await
        .with_context(|| format!("couldn't listen on {}", config.listen_on))?;

    let settings = Settings {
        switch: config.switch,
        requests: config.requests,
    };
    let shop = Shop::with_fault(config.fault).released_as(config.release);
    let server = Server::new(shop, stdout(), settings, Limits::default());
    let asked_to_end = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    server.run(listener, asked_to_end).await;
    Ok(())
}
