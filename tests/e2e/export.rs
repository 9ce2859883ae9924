//! The log exporter as a whole: the real binary in the stack of the template, on the local cloud. What was logged is in S3, once, proven,
//! and can be read by `medic` and by others.
#![expect(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use std::fs;
use std::process::Command;

use medic::project::Project;
use medic::scenario::export::{fingerprint, late, line};
use serde_json::Value;
use shared::clock::{Clock as _, System};
use shared::exports::manifest::Proof;
use shared::exports::row::Row;
use support::exports::{
    Exports, evening, exporter, exporter_from, is_proven, lines, logged, stored,
};

const CHECKOUT: &str = "/shop/checkout";
const API: &str = "/shop/api";

/// What is read directly is read again after seconds, and not within the same tick.
const PACE: u32 = 10;

/// How many lines the statement of `medic export ddl --duckdb` finds of each group, and how many messages in all.
const COUNT: &str = r"
import sys, duckdb
statement = sys.stdin.read()
rows = duckdb.sql(statement).fetchall()
print(len(rows), sum(len(row[2]) for row in rows))
";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_logged_is_in_s3_once_and_proven_and_comes_back() {
    let groups = [(CHECKOUT, 1_500), (API, 400)].map(|(group, n)| (group, lines(group, n)));
    let [(_, checkout), (_, api)] = groups.clone();
    let mut exporter = exporter("/shop/*", API, PACE);
    let settings = &mut exporter.settings;
    settings.insert("ExportSweepHours", "0.03".to_owned());
    let exports = Exports::deploy(groups.into(), exporter);
    let exports = Box::pin(exports).await.unwrap();
    for (group, lines) in [(CHECKOUT, &checkout), (API, &api)] {
        let manifests = exports.until_proven(group).await.unwrap();
        let rows = exports.rows(&manifests).await.unwrap();
        assert_eq!(stored(&rows), logged(lines), "{group}");
    }
    comes_back(&exports, &checkout).await;
    is_read_by_duckdb(&exports, &checkout).await;
    commands_know_it(&exports).await;
    is_in_s3_within_a_tick(&exports).await;
    is_swept(&exports, &checkout).await;
}

async fn comes_back(exports: &Exports, checkout: &[medic::scenario::export::Line]) {
    let (from, to) = evening();
    let (from, to) = (from.to_string(), to.to_string());
    let arguments = [
        "export", "cat", "--group", CHECKOUT, "--from", &from, "--to", &to,
    ];
    let printed = exports
        .printed(&[&arguments[..], &["--json"]].concat())
        .await;
    let printed = printed.unwrap();
    let rows: Vec<Row<'_>> = printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(rows.is_sorted_by_key(|row| row.timestamp_ms));
    let back = fingerprint(rows.iter().map(|row| (row.timestamp_ms, &*row.message)));
    assert_eq!(back, logged(checkout));
    let plain = exports.printed(&arguments).await.unwrap();
    let mut messages = String::new();
    for line in checkout {
        messages.push_str(&line.message);
        messages.push('\n');
    }
    assert_eq!(plain, messages);
}

/// Another reader, which goes by the keys and the rows alone.
async fn is_read_by_duckdb(exports: &Exports, checkout: &[medic::scenario::export::Line]) {
    let statement = exports
        .printed(&["export", "ddl", "--duckdb"])
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let bucket = exports.installation.outputs.exporter.as_ref().unwrap();
    let bucket = format!("s3://{}/", bucket.export_bucket_name);
    let s3 = aws_sdk_s3::Client::new(&exports.installation.cloud.sdk_config());
    for key in exports
        .installation
        .scenario
        .stored
        .keys("cloudwatch-logs/")
        .await
        .unwrap()
    {
        let name = bucket.trim_start_matches("s3://").trim_end_matches('/');
        let object = s3.get_object().bucket(name).key(&key).send().await.unwrap();
        let file = folder.path().join(&key);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, object.body.collect().await.unwrap().to_vec()).unwrap();
    }
    let here = format!("{}/", folder.path().display());
    // The statement shows the first group of all, and a day of it.
    let statement = statement
        .replace(&bucket, &here)
        .replace("!shop!api", "!shop!checkout");
    let file = folder.path().join("statement.sql");
    fs::write(&file, &statement).unwrap();
    let counted = Command::new(Project::find(None).unwrap().python())
        .args(["-c", COUNT])
        .stdin(fs::File::open(&file).unwrap())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&counted.stderr);
    let letters: usize = checkout
        .iter()
        .map(|line| line.message.chars().count())
        .sum();
    assert_eq!(
        String::from_utf8_lossy(&counted.stdout),
        format!("{} {letters}\n", checkout.len()),
        "{statement}\n{errors}"
    );
}

async fn commands_know_it(exports: &Exports) {
    let status = exports
        .medic(&["export", "status", "--json"])
        .await
        .unwrap();
    let status = String::from_utf8(status.stdout).unwrap();
    let groups = status
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let groups: Vec<String> = groups
        .map(|group| {
            group
                .get("group")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    // The one that lags most is the first.
    assert_eq!(groups, [CHECKOUT, API], "{status}");
    let table = exports.printed(&["export", "ddl"]).await.unwrap();
    assert!(table.contains("!shop!api,!shop!checkout"), "{table}");
    let plan = exports
        .printed(&["export", "plan", "--json"])
        .await
        .unwrap();
    assert!(plan.contains(CHECKOUT), "{plan}");
}

/// What is logged before a tick is in S3 after it.
async fn is_in_s3_within_a_tick(exports: &Exports) {
    let fresh = line(API, 7, System.now());
    let groups = &exports.installation.scenario.groups;
    groups.put(API, std::slice::from_ref(&fresh)).await.unwrap();
    exports.tick().await.unwrap();
    let manifests = exports.manifests(API).await.unwrap();
    let open: Vec<_> = manifests
        .into_iter()
        .filter(|found| found.window.contains(fresh.at))
        .collect();
    assert_eq!(
        open.iter().map(|found| &found.proof).collect::<Vec<_>>(),
        [&Proof::Open]
    );
    let rows = exports.rows(&open).await.unwrap();
    assert_eq!(stored(&rows), logged([&fresh]));
}

/// What comes late is added, and nothing is there twice.
async fn is_swept(exports: &Exports, checkout: &[medic::scenario::export::Line]) {
    let late = late(checkout, 4);
    let groups = &exports.installation.scenario.groups;
    groups.put(CHECKOUT, &late).await.unwrap();
    let all = logged(checkout.iter().chain(&late));
    let mut seen = None;
    for _ in 0..20 {
        exports.tick().await.unwrap();
        let manifests = exports.manifests(CHECKOUT).await.unwrap();
        let rows = exports.rows(&manifests).await.unwrap();
        assert!(rows.len() >= checkout.len(), "rows were lost");
        seen = Some(stored(&rows));
        if seen.as_ref() == Some(&all) && manifests.iter().all(is_proven) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    assert_eq!(seen, Some(all));
}

/// Windows before the first one, by a task and directly: those that were there stay, and nothing is there twice.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_logged_before_an_export_began_is_added_by_backfill() {
    let groups = [CHECKOUT, API].map(|group| (group, lines(group, 120)));
    let (first, midnight) = evening();
    let half = first + midnight.duration_since(first) / 2;
    let exporter = exporter_from(half, "/shop/*", API, PACE);
    let exports = Exports::deploy(groups.clone().into(), exporter);
    let exports = Box::pin(exports).await.unwrap();
    exports.tick().await.unwrap();
    for group in [CHECKOUT, API] {
        let manifests = exports.manifests(group).await.unwrap();
        let begins = manifests.iter().map(|found| found.window.start()).min();
        assert_eq!(begins, Some(half), "{group}");
    }
    let from = first.to_string();
    let arguments = ["export", "backfill", "--group", "/shop/*", "--from", &from];
    exports.printed(&arguments).await.unwrap();
    for (group, lines) in &groups {
        let manifests = exports.until_proven(group).await.unwrap();
        let begins = manifests.iter().map(|found| found.window.start()).min();
        assert_eq!(begins, Some(first), "{group}");
        let rows = exports.rows(&manifests).await.unwrap();
        assert_eq!(stored(&rows), logged(lines), "{group}");
    }
}

/// The demo as a person runs it: the real `medic`, its tables, its exit code.
#[test]
fn every_promise_of_an_export_is_kept() {
    let program = Project::find(None).unwrap().function_binary();
    let ended = Command::new(program.with_file_name("medic"))
        .args(["demo", "--scenario", "export"])
        .output()
        .unwrap();
    let shown = String::from_utf8(ended.stdout).unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(
        (ended.status.code(), said.as_ref()),
        (Some(0), ""),
        "{shown}"
    );
    let kept = shown.lines().filter(|line| line.starts_with("  kept "));
    assert_eq!(kept.count(), 14, "{shown}");
}
