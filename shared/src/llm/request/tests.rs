use crate::outbound::{Delimiter, Prompt};
use jsonschema::Validator;
use serde_json::{Value, json};

use super::*;

fn prompt() -> Prompt {
    let delimiter = Delimiter::new("4f1c");
    Prompt {
        system: PromptText::own("Answer as JSON."),
        user: PromptText::own("The log:\n").and_untrusted(
            &delimiter,
            "log",
            "error: no space left",
            100,
        ),
    }
}

const FORM: Form = Form {
    name: "diagnosis",
    schema: || {
        json!({
            "type": "object",
            "properties": {"summary": {"type": "string"}, "patch": {"type": ["string", "null"]}},
            "required": ["summary", "patch"],
            "additionalProperties": false,
        })
    },
};

fn model(kind: Kind) -> Model {
    Model::parse(kind.model().unwrap_or("llama3.2:3b")).unwrap()
}

fn request(kind: Kind, dialect: Dialect) -> Value {
    let body = body(kind, &model(kind), dialect, (&prompt(), FORM)).unwrap();
    serde_json::from_slice(body.as_bytes()).unwrap()
}

/// Every dialect that a provider can be spoken to in: the first and all that complaints lead to.
fn dialects(kind: Kind) -> Vec<Dialect> {
    let mut all = Vec::new();
    for format in [Format::JsonSchema, Format::JsonObject, Format::Text] {
        for limit in [Limit::MaxCompletionTokens, Limit::MaxTokens] {
            for has_effort in [true, false] {
                all.push(Dialect {
                    format,
                    limit,
                    has_effort,
                });
            }
        }
    }
    assert!(all.contains(&Dialect::of(kind, &model(kind))));
    all
}

/// What the official SDK of a provider sends: the type of its request, as JSON Schema.
fn contract(kind: Kind) -> Validator {
    let schema = match kind {
        Kind::Groq => include_str!("../../../contracts/llm/groq.json"),
        // The others promise to be compatible with OpenAI.
        Kind::OpenAi | Kind::HuggingFace | Kind::Compatible => {
            include_str!("../../../contracts/llm/openai.json")
        }
    };
    jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap()
}

#[test]
fn every_request_is_one_that_the_official_sdk_could_have_sent() {
    for kind in Kind::ALL {
        let contract = contract(kind);
        for dialect in dialects(kind) {
            let request = request(kind, dialect);
            let errors: Vec<String> = contract
                .iter_errors(&request)
                .map(|error| format!("{} {error}", error.instance_path()))
                .collect();
            assert_eq!(
                errors,
                Vec::<String>::new(),
                "{kind:?} {dialect:?} {request}"
            );
        }
    }
}

#[test]
fn the_contract_knows_a_bad_request() {
    for kind in Kind::ALL {
        let contract = contract(kind);
        for (pointer, value) in [
            ("/model", json!(7)),
            ("/messages", json!("hello")),
            ("/messages/0/role", json!("root")),
            ("/messages/1/content", json!(7)),
            ("/stream", json!(true)),
            ("/max_completion_tokens", json!("2048")),
            ("/reasoning_effort", json!("a bit")),
            ("/response_format/type", json!("yaml")),
            ("/response_format/json_schema/name", json!(null)),
            ("/response_format/json_schema/strict", json!("yes")),
            ("/max_token", json!(1)),
        ] {
            let dialect = dialects(kind)[0];
            let mut request = request(kind, dialect);
            match request.pointer_mut(pointer) {
                Some(place) => *place = value,
                None => request[pointer.trim_start_matches('/')] = value,
            }
            // Groq's SDK has one type for both, so that it knows streams.
            let is_bad = pointer != "/stream" || kind != Kind::Groq;
            assert_eq!(!contract.is_valid(&request), is_bad, "{kind:?} {pointer}");
        }
    }
}

#[test]
fn the_first_request_of_each_provider() {
    for kind in Kind::ALL {
        let mut request = request(kind, Dialect::of(kind, &model(kind)));
        let schema = request.pointer_mut("/response_format/json_schema/schema");
        assert_eq!(
            schema.map(|schema| std::mem::replace(schema, json!("..."))),
            Some((FORM.schema)())
        );
        let messages = request["messages"].take();
        assert_eq!(
            messages,
            json!([
                {"role": "system", "content": prompt().system.as_str()},
                {"role": "user", "content": prompt().user.as_str()},
            ])
        );
        insta::assert_snapshot!(format!("{}", kind.name()), request.to_string());
    }
}

#[test]
fn a_step_down_asks_for_less() {
    let formats = [Format::JsonSchema, Format::JsonObject, Format::Text].map(|format| {
        let dialect = Dialect {
            format,
            ..Dialect::of(Kind::Groq, &model(Kind::Groq))
        };
        request(Kind::Groq, dialect)["response_format"]["type"].clone()
    });
    assert_eq!(
        formats,
        [json!("json_schema"), json!("json_object"), json!(null)]
    );
}
