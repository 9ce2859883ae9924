//! The client for language models against a server that says everything but what it should.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test stops where it cannot go on"
)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::LazyLock;
use std::time::Duration;

use ci_log_analyzer::evidence::Quote;
use ci_log_analyzer::llm::{self, Asked, Kind, Llm as _, Provider, Providers, Question, Standings};
use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::clock::{Clock as _, System};
use shared::deadline::Deadline;
use shared::http::Http;
use shared::outbound::{Delimiter, Prompt, PromptText};
use shared::settings::Settings;
use support::fake_llm::{FakeLlm, Turn};
use support::keys::Keys;

/// Where each provider's key is.
const PARAMETER: &str = "/lambda-medic/llm";

/// Long enough for all that is answered at once, short enough to wait for in vain.
const WITHIN: Duration = Duration::from_secs(8);

fn quotes() -> Vec<Quote> {
    vec![Quote {
        number: 12,
        text: "error: no space left on device".to_owned(),
    }]
}

fn prompt() -> Prompt {
    let delimiter = Delimiter::new("4f1c");
    let line = "error: no space left on device";
    Prompt {
        system: PromptText::own("Answer as JSON."),
        user: PromptText::own("The log:\n").and_untrusted_lines(
            &delimiter,
            "log",
            [(12, line)],
            100,
        ),
    }
}

fn good() -> Value {
    json!({
        "summary": "The disk is full.",
        "root_cause": "The cache grew.",
        "category": "resource",
        "confidence": 0.9,
        "quote": "error: no space left on device",
        "suggestion": "Empty it.",
        "patch": null,
    })
}

/// A provider of this kind whose base URL is the fake's, as its settings would make it.
fn provider(kind: Kind, fake: &FakeLlm) -> Provider {
    let prefix = kind.name().to_ascii_uppercase();
    let vars = HashMap::from([
        ("LLM_PROVIDERS".to_owned(), kind.name().to_owned()),
        (format!("{prefix}_BASE_URL"), fake.base_url.clone()),
        (format!("{prefix}_KEY_PARAMETER"), PARAMETER.to_owned()),
        ("COMPATIBLE_MODEL".to_owned(), "llama3.2:3b".to_owned()),
    ]);
    llm::providers(&Settings::new(vars)).unwrap().remove(0)
}

/// One for all: reading the system's root certificates takes longer than most of what is tried out here.
static HTTP: LazyLock<Http> = LazyLock::new(Http::default);

/// Who is not back by then hangs; how late a busy machine wakes us is not what is tested here.
const HANGS: Duration = Duration::from_mins(1);

/// What outlives an invocation.
#[derive(Default)]
struct Sandbox {
    keys: Keys,
    standings: Standings,
}

impl Sandbox {
    fn new() -> Self {
        let sandbox = Self::default();
        sandbox.keys.put(PARAMETER, "key-1");
        sandbox
    }

    /// Asks, and comes back whatever happens.
    async fn ask(&self, providers: &[Provider]) -> Asked {
        let (prompt, quotes) = (prompt(), quotes());
        let providers = Providers {
            providers,
            http: &HTTP,
            secrets: &self.keys,
            standings: &self.standings,
            time: &System,
        };
        let shown = format!("{providers:?}");
        assert!(!shown.contains("key-1"), "{shown}");
        let until = Deadline::at(System.now() + SignedDuration::try_from(WITHIN).unwrap());
        let question = Question {
            prompt: &prompt,
            quotes: &quotes,
        };
        tokio::time::timeout(HANGS, providers.ask(question, until))
            .await
            .unwrap()
    }
}

/// What became of asking: each attempt, and whether there is an answer. Times and ports, which differ, are left out.
fn story(asked: &Asked) -> String {
    let mut story = String::new();
    for attempt in &asked.attempts {
        let outcome = attempt.outcome.split("within").next().unwrap_or_default();
        let outcome = outcome.split(": error").next().unwrap_or_default();
        let outcome = outcome.split("until").next().unwrap_or_default().trim_end();
        writeln!(story, "{}: {outcome}", attempt.provider).unwrap();
    }
    let line = asked
        .answer
        .as_ref()
        .map(|answer| answer.diagnosis.quote_line);
    story
        + &line.map_or("no answer".to_owned(), |line| {
            format!("answer of line {line}")
        })
}

fn faults() -> Vec<(&'static str, Turn)> {
    [faults_of_the_server(), faults_of_the_model()].concat()
}

fn raw(body: &[u8]) -> Turn {
    Turn::Raw {
        status: 200,
        headers: vec![],
        body: body.to_vec(),
    }
}

fn faults_of_the_server() -> Vec<(&'static str, Turn)> {
    let error =
        |status, code: &str| Turn::Json(status, json!({"error": {"message": "no", "code": code}}));
    vec![
        ("timeout", Turn::Silence),
        ("cut", Turn::Cut),
        ("cut midway", Turn::CutMidway),
        ("429, come back soon", Turn::too_many("0.1")),
        ("429, come back later", Turn::too_many("90")),
        ("429, without a time", error(429, "rate_limit_exceeded")),
        ("500", error(500, "internal_server_error")),
        ("503 page", Turn::page(503)),
        ("403", error(403, "forbidden")),
        ("400", error(400, "context_length_exceeded")),
        (
            "redirect",
            Turn::Raw {
                status: 307,
                headers: vec![("location", "/v1/chat/completions".to_owned())],
                body: vec![],
            },
        ),
        ("huge body", raw(&vec![b' '; 10_000_000])),
        ("invalid JSON", raw(b"{\"choices\": [{")),
        ("gzip that nobody asked for", raw(&[0x1f, 0x8b, 8, 0])),
        ("deep", raw("[".repeat(100_000).as_bytes())),
        ("page", Turn::page(200)),
        (
            "error under 200",
            Turn::Json(
                200,
                json!({"error": {"message": "overloaded", "code": 529}}),
            ),
        ),
    ]
}

fn faults_of_the_model() -> Vec<(&'static str, Turn)> {
    let text = |text: &str| Turn::Text(text.to_owned());
    let mut elsewhere = good();
    elsewhere["quote"] = json!("error: something that never happened");
    let mut out_of_range = good();
    out_of_range["confidence"] = json!(7.5);
    vec![
        ("huge text", text(&"x".repeat(300_000))),
        ("no choices", Turn::Json(200, json!({"choices": []}))),
        ("null content", Turn::Message(json!({"content": null}))),
        (
            "refusal",
            Turn::Message(json!({"content": null, "refusal": "I'm sorry"})),
        ),
        (
            "tool call",
            Turn::Message(json!({"content": null, "tool_calls": [{"function": {"name": "sh"}}]})),
        ),
        (
            "length",
            Turn::Json(
                200,
                json!({"choices": [{"message": {"content": "{"}, "finish_reason": "length"}]}),
            ),
        ),
        ("prose", text("The disk is full.")),
        (
            "wrong schema",
            Turn::says(&json!({"answer": "The disk is full."})),
        ),
        ("other line", Turn::says(&elsewhere)),
        ("out of range", Turn::says(&out_of_range)),
    ]
}

/// What becomes of asking a provider with a fault, alone and before another one that has none.
async fn stories(kind: Kind, fault: &Turn) -> String {
    let next = if kind == Kind::Groq {
        Kind::OpenAi
    } else {
        Kind::Groq
    };
    let faulty = FakeLlm::scripted([fault.clone()]).await.unwrap();
    let well = FakeLlm::scripted([Turn::says(&good())]).await.unwrap();
    let providers = [provider(kind, &faulty), provider(next, &well)];
    let (first, second) = (Sandbox::new(), Sandbox::new());
    let (alone, both) = tokio::join!(first.ask(&providers[..1]), second.ask(&providers));
    assert_eq!(well.requests().len(), 1);
    assert!(faulty.requests().len() <= 4);
    format!("{}\n--\n{}", story(&alone), story(&both))
        .replace(kind.name(), "faulty")
        .replace(next.name(), "next")
}

#[tokio::test]
async fn whatever_goes_wrong_the_next_provider_is_asked_or_it_ends_in_time() {
    let mut told = String::new();
    for (name, fault) in faults() {
        let stories = join_all(Kind::ALL.map(|kind| stories(kind, &fault))).await;
        assert!(
            stories.iter().all(|story| *story == stories[0]),
            "{name}: {stories:#?}"
        );
        writeln!(told, "## {name}\n{}\n", stories[0]).unwrap();
    }
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn a_request_has_the_key_and_asks_for_one_plain_answer() {
    let fake = FakeLlm::scripted([Turn::says(&good())]).await.unwrap();
    let asked = Sandbox::new().ask(&[provider(Kind::Groq, &fake)]).await;
    let requests = fake.requests();
    let [request] = requests.as_slice() else {
        panic!("one request, not {requests:?}")
    };
    let mut headers = request.headers.clone();
    headers.remove("host");
    headers.remove("content-length");
    let headers: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    assert_eq!(
        headers,
        [
            "accept: application/json",
            "authorization: Bearer key-1",
            "content-type: application/json",
            "user-agent: lambda-medic/0.1.0",
        ]
    );
    assert_eq!(
        (&request.body["stream"], &request.body["tools"]),
        (&json!(false), &json!(null))
    );
    let attempt = &asked.attempts[0];
    let counted = (attempt.input_tokens, attempt.output_tokens);
    assert_eq!(counted, (1_000, 100));
    let cost = attempt.cost_usd.unwrap();
    assert!((cost - 0.000_21).abs() < 1e-9, "{cost}");
}

#[tokio::test]
async fn a_model_that_takes_no_schema_is_asked_for_less_and_next_time_at_once() {
    let fake = FakeLlm::scripted([Turn::says(&good())]).await.unwrap();
    fake.understand(&["text"]);
    let (sandbox, providers) = (Sandbox::new(), [provider(Kind::HuggingFace, &fake)]);
    for _ in 0..2 {
        let asked = sandbox.ask(&providers).await;
        assert!(asked.answer.is_some(), "{asked:?}");
    }
    assert_eq!(
        fake.formats(),
        ["json_schema", "json_object", "text", "text"]
    );
}

#[tokio::test]
async fn a_model_that_fails_its_schema_once_is_asked_for_less_this_once() {
    let failed = Turn::Json(
        400,
        json!({"error": {"message": "Failed to generate JSON", "code": "json_validate_failed"}}),
    );
    let well = Turn::says(&good());
    let fake = FakeLlm::scripted([failed, well.clone(), well])
        .await
        .unwrap();
    let (sandbox, providers) = (Sandbox::new(), [provider(Kind::Groq, &fake)]);
    for _ in 0..2 {
        let asked = sandbox.ask(&providers).await;
        assert!(asked.answer.is_some(), "{asked:?}");
    }
    assert_eq!(
        fake.formats(),
        ["json_schema", "json_object", "json_schema"]
    );
}

#[tokio::test]
async fn other_names_and_unknown_fields_are_given_way_to() {
    let fake = FakeLlm::start(|request| {
        let error = |message: &str| Turn::Json(400, json!({"error": {"message": message}}));
        if !request.body["reasoning_effort"].is_null() {
            return error("Unrecognized request argument supplied: reasoning_effort");
        }
        if !request.body["max_tokens"].is_null() {
            return error(
                "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
            );
        }
        Turn::says(&good())
    });
    let fake = fake.await.unwrap();
    let asked = Sandbox::new()
        .ask(&[provider(Kind::HuggingFace, &fake)])
        .await;
    assert_eq!(
        story(&asked),
        "huggingface: refused: it does not take a reasoning effort\n\
         huggingface: refused: it limits tokens by another name\n\
         huggingface: answered\n\
         answer of line 12"
    );
}

#[tokio::test]
async fn a_key_that_was_changed_is_read_anew_once() {
    let fake = FakeLlm::scripted([Turn::says(&good())]).await.unwrap();
    let (sandbox, providers) = (Sandbox::new(), [provider(Kind::OpenAi, &fake)]);
    sandbox.ask(&providers).await;
    fake.accept_keys(&["key-2"]);
    sandbox.keys.put(PARAMETER, "key-2");
    let asked = sandbox.ask(&providers).await;
    assert_eq!(
        story(&asked),
        "openai: refused: it does not accept the key (401)\nopenai: answered\nanswer of line 12"
    );
    assert_eq!(sandbox.keys.reads(PARAMETER), 2);

    fake.accept_keys(&["key-3"]);
    let asked = sandbox.ask(&providers).await;
    assert_eq!(
        story(&asked),
        "openai: refused: it does not accept the key (401)\nno answer"
    );
    assert_eq!(sandbox.keys.reads(PARAMETER), 3);
}

#[tokio::test]
async fn without_a_parameter_nobody_is_asked_and_without_a_key_the_next_one_is() {
    let fake = FakeLlm::scripted([Turn::says(&good())]).await.unwrap();
    let without = |kind, key: Option<&str>| Provider {
        key_parameter: key.map(str::to_owned),
        ..provider(kind, &fake)
    };
    let sandbox = Sandbox::new();
    let nobody = sandbox.ask(&[without(Kind::Groq, None)]).await;
    assert_eq!(nobody, Asked::default());

    sandbox.keys.deny("/denied");
    let asked = sandbox
        .ask(&[
            without(Kind::Groq, Some("/missing")),
            without(Kind::OpenAi, Some("/denied")),
            without(Kind::Compatible, None),
        ])
        .await;
    assert_eq!(
        story(&asked),
        "groq: held back: its key could not be read\n\
         openai: held back: its key could not be read\n\
         compatible: answered\n\
         answer of line 12"
    );
    assert_eq!(fake.requests()[0].headers.get("authorization"), None);
}

#[tokio::test]
async fn who_fails_three_times_is_left_alone_and_who_says_for_how_long_at_once() {
    let failing = Turn::page(200);
    let (fake, busy) = (
        FakeLlm::scripted([failing]).await.unwrap(),
        FakeLlm::scripted([Turn::too_many("60")]).await.unwrap(),
    );
    let sandbox = Sandbox::new();
    let providers = [provider(Kind::Groq, &fake), provider(Kind::OpenAi, &busy)];
    let mut stories = Vec::new();
    for _ in 0..4 {
        stories.push(story(&sandbox.ask(&providers).await));
    }
    insta::assert_snapshot!(stories.join("\n"));
    assert_eq!((fake.requests().len(), busy.requests().len()), (3, 1));
}
