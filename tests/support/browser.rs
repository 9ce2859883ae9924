//! A real browser that shows pages: Chromium without a window, told what to do over a pipe (Chrome `DevTools` Protocol).
//!
//! All that it asks the network for goes to a proxy of ours, which answers nothing and counts.

mod look;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

pub use self::look::{Drawn, LOOK, PALE, judge_stored};

/// More than any answer takes, on a machine that is busy.
const PATIENCE: Duration = Duration::from_mins(2);

/// How a page is shown.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// In CSS pixels.
    pub width: u32,
    /// In CSS pixels.
    pub height: u32,
    /// `light` or `dark`.
    pub scheme: &'static str,
}

/// What happened while a page was shown.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Happened {
    /// The addresses that were asked for, but the page itself.
    pub requests: Vec<String>,
    /// How many scripts were read.
    pub scripts: usize,
    /// What the browser complained about, such as what the page's policy forbade.
    pub complaints: Vec<String>,
}

/// A browser with one tab.
#[derive(Debug)]
pub struct Browser {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    session: Option<String>,
    last_id: u64,
    events: Vec<Value>,
    connections: Arc<AtomicUsize>,
    folder: TempDir,
    _process: Child,
}

impl Browser {
    /// Starts it.
    pub async fn start() -> anyhow::Result<Self> {
        let launcher = launcher()?;
        let folder = tempfile::tempdir()?;
        let (proxy, connections) = proxy().await?;
        // The protocol's pipes are 3 and 4.
        let mut process = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 0</dev/null 1>&2"])
            .arg(launcher)
            // Chromium's sandbox does not start as root, as containers run tests. What is shown is our own page, which has no script and a policy
            // that forbids any.
            .args(["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args([
                "--remote-debugging-pipe",
                "--no-first-run",
                "--hide-scrollbars",
            ])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
            ])
            .arg(format!("--proxy-server=http://{proxy}"))
            .arg("--proxy-bypass-list=<-loopback>")
            .arg(format!(
                "--user-data-dir={}",
                folder.path().join("profile").display()
            ))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("couldn't start Chromium")?;
        let input = process.stdin.take().context("no pipe to Chromium")?;
        let output = process.stdout.take().context("no pipe from Chromium")?;
        let mut browser = Self {
            input,
            output: BufReader::new(output),
            session: None,
            last_id: 0,
            events: Vec::new(),
            connections,
            folder,
            _process: process,
        };
        browser.attach().await?;
        Ok(browser)
    }

    async fn attach(&mut self) -> anyhow::Result<()> {
        let tab = self
            .call("Target.createTarget", json!({ "url": "about:blank" }))
            .await?;
        let attached = json!({ "targetId": tab["targetId"], "flatten": true });
        let attached = self.call("Target.attachToTarget", attached).await?;
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Network", "Debugger", "Log"] {
            self.call(&format!("{domain}.enable"), json!({})).await?;
        }
        let all = json!({ "enabled": true });
        self.call("Page.setLifecycleEventsEnabled", all).await?;
        Ok(())
    }

    /// Shows `html` from a file, as if somebody had saved it, and says what happened until it was there.
    pub async fn show(&mut self, html: &str, screen: Screen) -> anyhow::Result<Happened> {
        let file = self.folder.path().join("report.html");
        std::fs::write(&file, html)?;
        let Screen {
            width,
            height,
            scheme,
        } = screen;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.call("Emulation.setDeviceMetricsOverride", metrics)
            .await?;
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", media).await?;
        self.events.clear();
        let address = format!("file://{}", file.display());
        let begun = self
            .call("Page.navigate", json!({ "url": address }))
            .await?;
        self.loaded(&begun["loaderId"]).await?;
        // What is complained about while loading has arrived when this has an answer.
        self.evaluate("0").await?;
        Ok(self.happened(&address))
    }

    fn happened(&self, address: &str) -> Happened {
        let of = |method: &'static str| {
            let events = self.events.iter();
            events.filter(move |event| event["method"] == method)
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let requests = of("Network.requestWillBeSent")
            .map(|event| text(&event["params"]["request"]["url"]))
            .filter(|url| url != address);
        let complaints = of("Log.entryAdded").map(|event| text(&event["params"]["entry"]["text"]));
        Happened {
            requests: requests.collect(),
            scripts: of("Debugger.scriptParsed")
                .filter(|event| event["params"]["url"] == address)
                .count(),
            complaints: complaints.collect(),
        }
    }

    /// What an expression of the test's own gives on the page.
    pub async fn evaluate(&mut self, expression: &str) -> anyhow::Result<Value> {
        let asked = json!({ "expression": expression, "returnByValue": true });
        let answer = self.call("Runtime.evaluate", asked).await?;
        if answer.get("exceptionDetails").is_some() {
            bail!("the expression failed: {answer}");
        }
        Ok(answer["result"]["value"].clone())
    }

    /// The upper part of the page as a PNG.
    pub async fn picture(&mut self) -> anyhow::Result<Vec<u8>> {
        let asked = json!({ "format": "png" });
        let answer = self.call("Page.captureScreenshot", asked).await?;
        let data = answer["data"].as_str().context("there is no picture")?;
        Ok(STANDARD.decode(data)?)
    }

    /// How often it has asked the network for anything since it started.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    async fn call(&mut self, method: &str, params: Value) -> anyhow::Result<Value> {
        self.last_id += 1;
        let id = self.last_id;
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        let mut bytes = serde_json::to_vec(&message)?;
        bytes.push(0);
        self.input.write_all(&bytes).await?;
        self.input.flush().await?;
        loop {
            let mut answer = self.read().await?;
            if answer["id"] != id {
                self.events.push(answer);
            } else if let Some(error) = answer.get("error") {
                bail!("{method} failed: {error}");
            } else {
                return Ok(answer["result"].take());
            }
        }
    }

    /// Waits for the end of one navigation, told from others by its loader.
    async fn loaded(&mut self, loader: &Value) -> anyhow::Result<()> {
        let is_it = |event: &Value| {
            let params = &event["params"];
            event["method"] == "Page.lifecycleEvent"
                && params["name"] == "load"
                && params["loaderId"] == *loader
        };
        while !self.events.iter().any(is_it) {
            let event = self.read().await?;
            self.events.push(event);
        }
        Ok(())
    }

    async fn read(&mut self) -> anyhow::Result<Value> {
        let mut bytes = Vec::new();
        let read = self.output.read_until(0, &mut bytes);
        let count = timeout(PATIENCE, read)
            .await
            .context("Chromium does not answer")??;
        if count == 0 {
            bail!("Chromium ended; start target/chromium/run by hand to see why");
        }
        bytes.pop();
        Ok(serde_json::from_slice(&bytes)?)
    }
}

fn launcher() -> anyhow::Result<PathBuf> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let launcher = checkout.join("target/chromium/run");
    launcher
        .canonicalize()
        .context("there is no target/chromium/run; run `make browser`")
}

/// Listens where the browser sends all of its requests; hangs up and counts.
async fn proxy() -> anyhow::Result<(std::net::SocketAddr, Arc<AtomicUsize>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    Ok((address, connections))
}
