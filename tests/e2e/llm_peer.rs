//! The client for language models against a real model behind a real server: llama.cpp, which `infra/toolchain/llm_peer.sh` installs
//! and starts. Its model is small enough for a test and knows nothing; what is proved is the protocol.

#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use std::collections::HashMap;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use ci_log_analyzer::diagnosis;
use ci_log_analyzer::evidence::Quote;
use ci_log_analyzer::llm::{self, Asked, Llm as _, Provider, Providers, Question, Standings};
use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::clock::{Clock as _, System};
use shared::deadline::Deadline;
use shared::http::Http;
use shared::outbound::{Delimiter, Prompt, PromptText};
use shared::settings::Settings;
use support::fake_llm::{FakeLlm, Turn};
use support::keys::Keys;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// The first time, a hundred megabytes are fetched.
const START: Duration = Duration::from_mins(3);

/// A slow machine writes ten tokens a second.
const WITHIN: SignedDuration = SignedDuration::from_secs(90);

/// A running server; it ends with its standard input, and so with this.
struct Peer {
    base_url: String,
    _process: Child,
}

impl Peer {
    async fn start() -> anyhow::Result<Self> {
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../infra/toolchain/llm_peer.sh"
        );
        let mut process = Command::new(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("couldn't start the peer")?;
        let output = process.stdout.take().context("the peer has no output")?;
        let mut lines = BufReader::new(output).lines();
        let line = tokio::time::timeout(START, lines.next_line()).await;
        let line = line.context("the peer did not start in time")??;
        let base_url = line.context("the peer ended at once")?;
        ensure!(
            base_url.starts_with("http://127.0.0.1:"),
            "not an address: {base_url}"
        );
        Ok(Self {
            base_url,
            _process: process,
        })
    }
}

fn provider(base_url: &str) -> Provider {
    let vars = HashMap::from([
        ("LLM_PROVIDERS".to_owned(), "compatible".to_owned()),
        ("COMPATIBLE_BASE_URL".to_owned(), base_url.to_owned()),
        (
            "COMPATIBLE_MODEL".to_owned(),
            "SmolLM2-135M-Instruct".to_owned(),
        ),
    ]);
    llm::providers(&Settings::new(vars)).unwrap().remove(0)
}

async fn ask(provider: Provider, prompt: &Prompt, quotes: &[Quote]) -> Asked {
    let providers = Providers {
        providers: &[provider],
        http: &Http::default(),
        secrets: &Keys::default(),
        standings: &Standings::default(),
        time: &System,
    };
    let until = Deadline::at(System.now() + WITHIN);
    providers.ask(Question { prompt, quotes }, until).await
}

/// Few words, because one thread reads a hundred tokens a second.
fn prompt() -> Prompt {
    let delimiter = Delimiter::new("4f1c");
    let line = "error: no space left on device";
    Prompt {
        system: PromptText::own(
            "Answer as JSON in very few words. The quote is the line of the log. The patch is null.",
        ),
        user: PromptText::own("The log:\n").and_untrusted_lines(
            &delimiter,
            "log",
            [(12, line)],
            100,
        ),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_server_takes_the_request_and_its_answer_is_read() {
    let peer = Peer::start().await.unwrap();
    let quotes = [Quote {
        number: 1,
        text: "error: no space left on device".to_owned(),
    }];
    let asked = ask(provider(&peer.base_url), &prompt(), &quotes).await;
    // The grammar holds: what it wrote is of the schema, or was longer than allowed. Whether it quotes the line is up to the model.
    let [attempt] = asked.attempts.as_slice() else {
        panic!("one request, not {:?}", asked.attempts)
    };
    let expected = [
        "answered",
        "useless: it quotes no line of the excerpt",
        "useless: its confidence is not from 0 to 1",
        "useless: its summary is empty",
        "useless: its root cause is empty",
        "no text: it was longer than allowed",
    ];
    assert!(expected.contains(&attempt.outcome.as_str()), "{attempt:?}");
    assert_eq!(asked.answer.is_some(), attempt.outcome == "answered");
    assert!((20..2_000).contains(&attempt.input_tokens), "{attempt:?}");
    assert!((1..=2_048).contains(&attempt.output_tokens), "{attempt:?}");
    assert_eq!(attempt.cost_usd, None);

    // And it does hold because of what is asked for: the same request, in the words that the fake wrote down, sent by hand.
    let fake = FakeLlm::scripted([Turn::page(200)]).await.unwrap();
    ask(provider(&fake.base_url), &prompt(), &quotes).await;
    let sent = fake.requests().remove(0).body;
    assert_eq!(
        sent["response_format"]["json_schema"]["schema"],
        (diagnosis::FORM.schema)()
    );
    let mut without: Value = sent;
    without["response_format"] =
        json!({"type": "json_schema", "json_schema": {"schema": {"type": "nonsense"}}});
    let provider = provider(&peer.base_url);
    let answer = post(&provider, &without).await.unwrap();
    assert_eq!(
        answer, 400,
        "a schema that is none is refused, so the other was read"
    );
}

/// The status of what a server answers to this.
async fn post(provider: &Provider, body: &Value) -> anyhow::Result<u16> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let url = &provider.chat_completions;
    let port = url.port().context("no port")?;
    let mut server = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
    let body = body.to_string();
    let request = format!(
        "POST {} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        url.path(),
        body.len()
    );
    server.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    server.read_to_string(&mut answer).await?;
    let status = answer.split(' ').nth(1).context("no status")?;
    Ok(status.parse()?)
}
