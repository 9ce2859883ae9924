//! `medic diagnose` as a person or a script runs it: the real `medic`, files, exit codes.
#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use std::path::Path;
use std::process::{Command, Output};

use medic::project::Project;
use serde_json::{Value, json};

fn medic(folder: &Path, arguments: &[&str]) -> Output {
    let project = Project::find(None).unwrap();
    let program = project.function_binary().with_file_name("medic");
    let command = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output();
    command.unwrap()
}

/// `web` is slow because `shop` is; `mail` is not. Only what is `measured` is known.
fn incident(measured: &[&str]) -> Value {
    let series = |node: &str, metric: &str, usual: f64, trouble: [f64; 5]| {
        let quiet = (0..20).map(|point| usual * (1.0 + f64::from(point % 3) / 100.0));
        let points = quiet.chain(trouble);
        let points: Vec<Value> = (0..)
            .zip(points)
            .map(|(at, v)| json!([at * 60, v]))
            .collect();
        json!({"node": node, "metric": metric, "unit": "", "points": points})
    };
    let all = [
        ("web", "latency", 0.5, [0.5, 0.5, 0.9, 0.95, 0.7]),
        ("web", "requests", 100.0, [100.0; 5]),
        ("shop", "latency", 0.1, [0.1, 0.1, 0.3, 0.32, 0.2]),
        ("shop", "requests", 200.0, [200.0; 5]),
        ("mail", "latency", 0.2, [0.2; 5]),
    ];
    let known = all.into_iter().filter(|(node, ..)| measured.contains(node));
    let series: Vec<Value> = known
        .map(|(node, metric, usual, trouble)| series(node, metric, usual, trouble))
        .collect();
    json!({
        "target": {"node": "web", "metric": "latency"},
        "start": 1200,
        "end": 1440,
        "edges": [["web", "shop"], ["web", "mail"]],
        "series": series,
    })
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let incidents = [
        ("slow.json", incident(&["web", "shop", "mail"])),
        ("quiet.json", incident(&["mail"])),
    ];
    for (name, incident) in incidents {
        std::fs::write(folder.path().join(name), incident.to_string()).unwrap();
    }
    std::fs::write(folder.path().join("broken.json"), "{").unwrap();
    folder
}

#[test]
fn the_answer_of_diagnose_is_the_contract() {
    let folder = folder();
    let arguments = ["diagnose", "--json", "slow.json", "quiet.json"];
    let output = medic(folder.path(), &arguments);
    let told = str::from_utf8(&output.stderr).unwrap();
    assert_eq!((output.status.code(), told), (Some(0), ""));
    let text = str::from_utf8(&output.stdout).unwrap();
    let answers: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |pointer: &str| -> Vec<Value> {
        let found = answers.iter().map(|answer| answer.pointer(pointer));
        found
            .map(|value| value.cloned().unwrap_or_default())
            .collect()
    };
    assert_eq!(of("/file"), [json!("slow.json"), json!("quiet.json")]);
    assert_eq!(of("/verdict"), [json!("suspects"), json!("undetermined")]);
    assert_eq!(of("/ranking/0/node"), [json!("shop"), Value::Null]);
    let because = json!(of("/ranking/0/because")).to_string();
    assert!(because.contains("it follows web latency"), "{because}");
}

#[test]
fn a_person_sees_who_is_at_fault_and_why_and_what_cannot_be_read() {
    let folder = folder();
    let arguments = [
        "diagnose",
        "broken.json",
        "slow.json",
        "quiet.json",
        "none.json",
    ];
    let output = medic(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(2));
    let told = str::from_utf8(&output.stdout).unwrap();
    let lines: Vec<&str> = told.lines().collect();
    for line in [
        "quiet.json: undetermined, for web latency",
        "  There is no series of web latency, the metric in alarm.",
    ] {
        assert!(lines.contains(&line), "{told}");
    }
    assert!(
        told.starts_with("slow.json: suspects for web latency"),
        "{told}"
    );
    assert!(told.contains("shop"), "{told}");
    let complaints = str::from_utf8(&output.stderr).unwrap();
    for file in ["broken.json", "none.json"] {
        let complaint = format!("medic: couldn't read {file}: ");
        assert!(complaints.contains(&complaint), "{complaints}");
    }
}
