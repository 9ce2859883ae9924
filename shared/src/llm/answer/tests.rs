use proptest::prelude::*;
use serde_json::json;

use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn response(status: u16, body: impl Into<Vec<u8>>) -> Response {
    Response {
        status,
        headers: std::iter::empty::<(reqwest::header::HeaderName, reqwest::header::HeaderValue)>()
            .collect(),
        body: body.into(),
    }
}

fn said(status: u16, body: &Value) -> Said {
    read(&response(status, body.to_string()), NOW).0
}

fn message(message: &Value) -> Value {
    json!({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
}

fn finished(reason: &str) -> Value {
    json!({"choices": [{"message": {"content": "{\"summary\": \"The"}, "finish_reason": reason}]})
}

fn text() -> Said {
    Said::Text("{}".to_owned())
}

#[test]
fn a_text_comes_in_several_forms() {
    let cases = [
        message(&json!({"role": "assistant", "content": "{}", "refusal": null, "tool_calls": []})),
        message(
            &json!({"content": [{"type": "text", "text": "{"}, {"type": "text", "text": "}"}]}),
        ),
        message(&json!({"content": ["{", "}"]})),
        message(
            &json!({"content": "{}", "tool_calls": [{"function": {"name": "sh", "arguments": "{}"}}]}),
        ),
        json!({"choices": [{"message": {"content": "{}"}}, {"message": {"content": "no"}}]}),
        json!({"choices": [{"message": {"content": "{}"}, "finish_reason": null}], "error": null}),
        json!({"choices": [{"message": {"content": "{}"}, "finish_reason": 7, "unknown": {}}]}),
    ];
    for body in cases {
        assert_eq!(said(200, &body), text(), "{body}");
    }
    let twice = r#"{"choices": [], "choices": [{"message": {"content": "no", "content": "{}"}}]}"#;
    assert_eq!(read(&response(200, twice), NOW).0, text());
}

#[test]
fn there_are_many_ways_to_say_nothing() {
    use Silence::{CalledTool, CutOff, Empty, Filtered, Refused};
    let calls =
        json!([{"id": "1", "type": "function", "function": {"name": "sh", "arguments": "{}"}}]);
    let cases = [
        (message(&json!({"content": null})), Empty),
        (message(&json!({"content": " \n"})), Empty),
        (message(&json!({"content": []})), Empty),
        (message(&json!({"content": 7})), Empty),
        (message(&json!({})), Empty),
        (message(&json!(null)), Empty),
        (json!({"choices": []}), Empty),
        (json!({"choices": [null]}), Empty),
        (
            message(&json!({"content": null, "tool_calls": calls})),
            CalledTool,
        ),
        (
            message(&json!({"content": null, "function_call": {"name": "sh"}})),
            CalledTool,
        ),
        (
            message(&json!({"content": null, "refusal": "I'm sorry"})),
            Refused,
        ),
        (
            message(&json!({"content": "{}", "refusal": "I'm sorry"})),
            Refused,
        ),
        (finished("length"), CutOff),
        (finished("content_filter"), Filtered),
    ];
    for (body, silence) in cases {
        assert_eq!(said(200, &body), Said::Nothing(silence), "{body}");
    }
}

#[test]
fn what_is_no_chat_completion_is_gibberish() {
    let deep = "[".repeat(100_000);
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "true",
        "{\"choices\": {}}",
        "<!doctype html><p>Hello",
        "{\"choi",
        &deep,
    ] {
        assert_eq!(
            read(&response(200, body), NOW).0,
            Said::Gibberish,
            "{body:.40}"
        );
    }
    assert_eq!(
        read(&response(200, [0xff, 0x1f, 0x8b]), NOW).0,
        Said::Gibberish
    );
}

/// Each line: status, body, and what follows.
const ERRORS: &str = r#"
401 {"error": {"message": "Invalid API Key", "code": "invalid_api_key"}} => refused: it does not accept the key (401)
402 {"error": "You have exceeded your monthly included credits"} => refused: the account is out of credit
403 null => refused (403)
404 {"error": {"message": "The model `x` does not exist", "code": "model_not_found"}} => refused (404)
413 {"error": {"message": "Request too large", "code": "rate_limit_exceeded"}} => refused (413)
307 null => refused (307)
204 null => refused (204)
400 {"error": {"message": "maximum context length is 8192, reduce max_tokens", "code": "context_length_exceeded"}} => refused (400)
400 {"error": {"message": "Failed to generate JSON", "code": "json_validate_failed", "failed_generation": "{"}} => refused: what it wrote did not follow the response format
400 {"error": {"message": "This model does not support response format `json_schema`"}} => refused: it does not take the response format
400 {"error": {"message": "Invalid parameter", "param": "response_format.type"}} => refused: it does not take the response format
400 {"error": "'response_format.type' must be 'json_schema' or 'text'"} => refused: it does not take the response format
422 {"detail": "Unknown field response_format"} => refused: it does not take the response format
400 {"object": "error", "message": "json_schema is not supported", "code": 400} => refused: it does not take the response format
400 {"error": {"message": "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "param": "max_tokens", "code": "unsupported_parameter"}} => refused: it limits tokens by another name
400 {"error": {"message": "property 'reasoning_effort' is unsupported"}} => refused: it does not take a reasoning effort
429 {"error": {"message": "Please try again in 1.5s", "type": "tokens", "code": "rate_limit_exceeded"}} => not now (429), but in 1.5s
429 {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}} => refused: the account is out of credit
429 null => not now (429)
498 null => not now (498)
500 null => not now (500)
503 {"error": "Model is loading", "estimated_time": 20.0} => not now (503)
502 <html><h1>Bad gateway => not now (502)
200 {"error": {"message": "Provider returned error", "code": 429}} => not now (429)
200 {"error": {"message": "Provider returned error", "code": "502"}} => not now (502)
200 {"error": {"message": "no", "code": "server_error"}} => not now (500)
200 {"error": {"message": "no", "code": 7e300}} => not now (500)
200 {"error": {"message": "no", "code": 200}} => not now (500)
200 {"error": "overloaded"} => not now (500)
200 {"error": {"message": "json_schema is not supported", "code": 400}} => refused: it does not take the response format
"#;

#[test]
fn an_error_says_what_to_do_next() {
    for line in ERRORS.trim().lines() {
        let (answer, expected) = line.split_once(" => ").unwrap();
        let (status, body) = answer.split_once(' ').unwrap();
        let response = response(status.parse().unwrap(), body);
        let (said, usage) = read(&response, NOW);
        assert_eq!(said.to_string(), expected, "{line}");
        assert_eq!(usage, Usage::default());
    }
}

#[test]
fn tokens_are_counted_as_far_as_they_can_be() {
    let usage = |usage: Value| {
        let mut body = message(&json!({"content": "{}"}));
        body["usage"] = usage;
        let usage = read(&response(200, body.to_string()), NOW).1;
        (usage.input, usage.output)
    };
    assert_eq!(
        usage(json!({"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12})),
        (5, 7)
    );
    assert_eq!(
        usage(json!({"prompt_tokens": -5, "completion_tokens": 1e300})),
        (0, 0)
    );
    assert_eq!(
        usage(json!({"prompt_tokens": u64::MAX, "completion_tokens": "7"})),
        (u32::MAX, 7)
    );
    assert_eq!(usage(json!(null)), (0, 0));
    assert_eq!(usage(json!([1, 2])), (0, 0));
}

#[test]
fn nothing_of_an_answer_is_in_what_is_recorded() {
    let all = [
        Said::Text("secret".to_owned()),
        Said::Nothing(Silence::Refused),
        Said::Nothing(Silence::CalledTool),
        Said::Complaint(Complaint::Format),
        Said::Unauthorised,
        Said::Busy {
            status: 429,
            after: Some(Duration::from_millis(1_500)),
        },
        Said::Busy {
            status: 500,
            after: None,
        },
        Said::OutOfQuota,
        Said::Rejected { status: 404 },
        Said::Gibberish,
    ];
    insta::assert_snapshot!(all.map(|said| said.to_string()).join("\n"), @"
    answered
    no text: the model refused
    no text: it called a tool, and has none
    refused: it does not take the response format
    refused: it does not accept the key (401)
    not now (429), but in 1.5s
    not now (500)
    refused: the account is out of credit
    refused (404)
    it sent no chat completion
    ");
}

proptest! {
    #[test]
    fn whatever_comes_it_is_read(status in 100_u16..1_000, body in ".{0,200}|[{}\\[\\]\":, a-z0-9]{0,200}") {
        let _ = read(&response(status, body), NOW);
    }
}
