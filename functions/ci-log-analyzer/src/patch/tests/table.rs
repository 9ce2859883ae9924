//! The tables of honest and hostile patches.

use serde::Deserialize;

/// A file and what becomes of it.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) path: String,
    pub(super) before: Option<String>,
    pub(super) after: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Honest {
    case: Vec<HonestCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HonestCase {
    path: String,
    before: Option<String>,
    after: Option<String>,
    #[serde(default)]
    change: Vec<[String; 2]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hostile {
    pub(super) paths: Vec<Paths>,
    pub(super) added: Vec<Lines>,
    changed: Vec<Changes>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paths {
    paths: Vec<String>,
}

/// Lines that may not be added behind a line of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lines {
    pub(super) path: String,
    pub(super) before: String,
    pub(super) after_line: String,
    #[serde(rename = "lines")]
    added: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    path: String,
    before: String,
    #[serde(rename = "changes")]
    each: Vec<[String; 2]>,
}

pub(super) fn honest() -> Vec<Case> {
    read_honest(include_str!("honest.toml"))
}

fn read_honest(toml: &str) -> Vec<Case> {
    let table: Honest = toml::from_str(toml).unwrap();
    let case = |case: HonestCase| {
        let mut after = case.after.or_else(|| case.before.clone()).unwrap();
        for [old, new] in &case.change {
            assert!(after.contains(old), "{old}");
            after = after.replacen(old, new, 1);
        }
        Case {
            path: case.path,
            before: case.before,
            after,
        }
    };
    table.case.into_iter().map(case).collect()
}

pub(super) fn table() -> Hostile {
    toml::from_str(include_str!("hostile.toml")).unwrap()
}

/// The places where nothing may be done.
pub(super) fn paths() -> Vec<String> {
    let paths = table().paths.into_iter();
    paths.flat_map(|paths| paths.paths).collect()
}

/// The changes that may not be made where much may be done.
pub(super) fn hostile() -> Vec<Case> {
    let table = table();
    let added = table.added.into_iter().flat_map(|lines| {
        let case = |line: &String| Case {
            path: lines.path.clone(),
            before: Some(lines.before.clone()),
            after: lines.before.replacen(
                &lines.after_line,
                &format!("{}{line}\n", lines.after_line),
                1,
            ),
        };
        lines.added.iter().map(case).collect::<Vec<_>>()
    });
    let changed = table.changed.into_iter().flat_map(|changes| {
        let case = |[old, new]: &[String; 2]| Case {
            path: changes.path.clone(),
            before: Some(changes.before.clone()),
            after: changes.before.replacen(old, new, 1),
        };
        changes.each.iter().map(case).collect::<Vec<_>>()
    });
    added.chain(changed).collect()
}
