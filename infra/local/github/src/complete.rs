//! What GitHub's description requires of an answer and the fake has no state for: made up, so that answers have their true shape.

use serde_json::{Map, Value, json};

use crate::contract::CONTRACT;

/// Puts into `value` whatever `schema` requires and it lacks.
pub(crate) fn complete(schema: &Value, value: &mut Value) {
    let schema = resolved(schema);
    for part in list(schema, "allOf") {
        complete(part, value);
    }
    for choice in ["anyOf", "oneOf"] {
        if let Some(fitting) = list(schema, choice).iter().find(|part| fits(part, value)) {
            complete(fitting, value);
        }
    }
    match value {
        Value::Object(map) => complete_object(schema, map),
        Value::Array(items) => {
            for item in items {
                complete(&schema["items"], item);
            }
        }
        _ => {}
    }
}

fn complete_object(schema: &Value, map: &mut Map<String, Value>) {
    let properties = &schema["properties"];
    for name in list(schema, "required").iter().filter_map(Value::as_str) {
        if !map.contains_key(name) {
            map.insert(name.to_owned(), made_up(&properties[name]));
        }
    }
    for (name, value) in map {
        if let Some(schema) = properties.get(name) {
            complete(schema, value);
        }
    }
}

fn made_up(schema: &Value) -> Value {
    let schema = resolved(schema);
    if let Some(first) = list(schema, "enum").first() {
        return first.clone();
    }
    let choices = [list(schema, "anyOf"), list(schema, "oneOf")].concat();
    if let Some(choice) = choices.last() {
        return made_up(choice);
    }
    let mut value = match kinds(schema).last().copied() {
        Some("null") => Value::Null,
        Some("string") => made_up_text(schema["format"].as_str()),
        Some("integer" | "number") => json!(0),
        Some("boolean") => json!(false),
        Some("array") => json!([]),
        _ => json!({}),
    };
    complete(schema, &mut value);
    value
}

fn made_up_text(format: Option<&str>) -> Value {
    match format {
        Some("date-time") => json!("2026-01-01T00:00:00Z"),
        Some("uri") => json!("https://github.invalid/"),
        _ => json!("made up"),
    }
}

fn resolved(mut schema: &Value) -> &Value {
    while let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        schema = &CONTRACT.components["schemas"][name];
    }
    schema
}

fn fits(schema: &Value, value: &Value) -> bool {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let schema = resolved(schema);
    let kinds = kinds(schema);
    kinds.contains(&kind) || kinds.is_empty() && value.is_object()
}

fn kinds(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn list<'a>(schema: &'a Value, name: &str) -> &'a [Value] {
    schema[name].as_array().map_or(&[], Vec::as_slice)
}
