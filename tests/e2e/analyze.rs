//! The commands about CI logs as a person or a script runs them: the real `medic`, files, exit codes.
#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use medic::project::Project;
use serde_json::Value;

/// A run of two steps of which the second fails; a password in its output, a token in its name.
const LOG: &str = "\
2026-03-01T10:00:00.0000000Z Current runner version: '2.330.0'
2026-03-01T10:00:01.0000000Z ##[group]Run actions/checkout@v4
2026-03-01T10:00:01.0000000Z ##[endgroup]
2026-03-01T10:00:02.0000000Z Syncing repository: example/shop
2026-03-01T10:00:03.0000000Z ##[group]Run DB_PASSWORD=Kx7-pQw92mas cargo test
2026-03-01T10:00:03.0000000Z \u{1b}[36;1mDB_PASSWORD=Kx7-pQw92mas cargo test\u{1b}[0m
2026-03-01T10:00:03.0000000Z ##[endgroup]
2026-03-01T10:00:04.0000000Z    Compiling shop v0.1.0
2026-03-01T10:00:05.0000000Z error[E0308]: mismatched types in postgres://shop:Kx7-pQw92mas@db/shop
2026-03-01T10:00:05.0000000Z  --> src/basket.rs:3:5
2026-03-01T10:00:05.0000000Z   |
2026-03-01T10:00:05.0000000Z 3 |     total
2026-03-01T10:00:05.0000000Z   |     ^^^^^ expected `u64`, found `u32`
2026-03-01T10:00:05.0000000Z
2026-03-01T10:00:05.0000000Z error: could not compile `shop` (lib) due to 1 previous error
2026-03-01T10:00:05.0000000Z ##[error]Process completed with exit code 101.
2026-03-01T10:00:06.0000000Z Post job cleanup.
";

fn medic(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let project = Project::find(None).unwrap();
    let program = project.function_binary().with_file_name("medic");
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that has no use for its input may have ended already.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().unwrap()
}

/// A folder with the log in it.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("build.log"), LOG).unwrap();
    let path = folder.path().to_owned();
    (folder, path)
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

#[test]
fn the_answer_of_analyze_is_the_contract() {
    let (_kept, folder) = folder();
    let output = medic(&folder, &["analyze", "--json", "build.log"], "");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    insta::assert_json_snapshot!(answer);
}

#[test]
fn a_person_sees_what_failed_and_why_and_no_secret() {
    let (_kept, folder) = folder();
    let page = folder.join("page.html");
    let arguments = ["analyze", "--explain", "--html", "page.html", "-"];
    let output = medic(&folder, &arguments, LOG);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    insta::assert_snapshot!(text(&output.stdout));
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.starts_with("<!doctype html>"));
    for (name, shown) in [("terminal", text(&output.stdout)), ("page", &page)] {
        assert!(!shown.contains("Kx7-pQw92mas"), "{name}: {shown}");
    }
}

#[test]
fn a_log_that_cannot_be_read_is_named_and_does_not_hide_the_others() {
    let (_kept, folder) = folder();
    std::fs::write(folder.join("cut.log.gz"), [0x1f, 0x8b, 0x08]).unwrap();
    let arguments = [
        "analyze",
        "--json",
        "missing.log",
        "cut.log.gz",
        "build.log",
    ];
    let output = medic(&folder, &arguments, "");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stdout).lines().count(), 1);
    insta::assert_snapshot!(text(&output.stderr));
}

#[test]
fn what_is_asked_for_twice_or_would_destroy_something_is_refused() {
    let (_kept, folder) = folder();
    let refusals = [
        &["analyze", "-", "-"][..],
        &["analyze", "--passing", "-", "-"],
        &["analyze", "--html", "build.log", "build.log"],
        &["baseline", "build", "-o", "build.log", "build.log"],
        &["redact", "--jsonl", "text"],
    ];
    let refused = refusals.map(|arguments| {
        let output = medic(&folder, arguments, "{\"Text\":\"x\"}\n");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        text(&output.stderr).to_owned()
    });
    insta::assert_snapshot!(refused.concat());
    assert_eq!(
        std::fs::read_to_string(folder.join("build.log")).unwrap(),
        LOG
    );
}

#[test]
fn a_baseline_takes_away_what_passing_runs_say() {
    let (_kept, folder) = folder();
    let passing = LOG
        .lines()
        .filter(|line| !line.contains("Process completed"));
    let passing: Vec<&str> = passing.collect();
    std::fs::write(folder.join("good.log"), passing.join("\n")).unwrap();
    let built = medic(
        &folder,
        &["baseline", "build", "-o", "shop.baseline", "good.log"],
        "",
    );
    assert_eq!(
        text(&built.stdout),
        "shop.baseline: 15 kinds of lines, 85 bytes\n"
    );
    let new = LOG.replace(
        "   Compiling shop v0.1.0",
        "fatal: could not read from remote repository",
    );
    std::fs::write(folder.join("new.log"), new).unwrap();
    let arguments = ["analyze", "--json", "--passing", "shop.baseline", "new.log"];
    let output = medic(&folder, &arguments, "");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        answer["decisive"],
        serde_json::json!({"start": 8, "end": 8})
    );
}

#[test]
fn redacting_a_log_leaves_everything_but_the_secrets() {
    let (_kept, folder) = folder();
    let output = medic(&folder, &["redact"], LOG);
    let expected = LOG
        .replace("Kx7-pQw92mas cargo", "[REDACTED:password#1] cargo")
        .replace("shop:Kx7-pQw92mas@", "[REDACTED:password#2]@");
    assert_eq!(text(&output.stdout), expected);
}
