//! `medic playbook check` and `schema`: whether a playbook file can be used, and what one may hold.

use std::path::Path;

use alarm_playbook::playbook::{PlaybookError, PlaybookFile};
use anyhow::Context as _;
use schemars::schema_for;
use serde::Serialize;

use crate::cli::FINDINGS;
use crate::screen::print;

/// What is wrong with a playbook file.
#[derive(Debug, Serialize)]
struct Finding {
    file: String,
    line: Option<u64>,
    message: String,
}

/// Checks a playbook file and prints what is wrong with it; returns the exit code.
pub fn check(file: &Path, is_json: bool) -> anyhow::Result<u8> {
    let name = file.display().to_string();
    let yaml = std::fs::read_to_string(file).with_context(|| format!("couldn't read {name}"))?;
    match PlaybookFile::parse(&yaml) {
        Ok(playbooks) => {
            if !is_json {
                print(format!(
                    "{name}: nothing wrong in {} playbook(s)",
                    playbooks.playbooks.len()
                ));
            }
            Ok(0)
        }
        Err(PlaybookError { message, line }) => {
            let finding = Finding {
                file: name,
                line,
                message,
            };
            print(if is_json {
                serde_json::to_string(&finding)?
            } else {
                finding.text()
            });
            Ok(FINDINGS)
        }
    }
}

/// The JSON Schema of a playbook file, for editors.
pub fn schema() -> anyhow::Result<String> {
    let mut json = serde_json::to_string_pretty(&schema_for!(PlaybookFile))?;
    json.push('\n');
    Ok(json)
}

impl Finding {
    fn text(&self) -> String {
        let line = self.line.map_or(String::new(), |line| format!(":{line}"));
        format!("{}{line}: {}", self.file, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_current() {
        let committed = include_str!("../../playbook.schema.json");
        assert_eq!(
            schema().unwrap(),
            committed,
            "run: medic playbook schema > infra/playbook.schema.json"
        );
    }

    #[test]
    fn a_finding_names_its_line() {
        let yaml = "version: 1\nplaybooks:\n  - name: x\n    mach: {}\n";
        let PlaybookError { message, line } = PlaybookFile::parse(yaml).unwrap_err();
        let first = message.lines().next().unwrap().to_owned();
        let finding = Finding {
            file: "p.yaml".to_owned(),
            line,
            message: first,
        };
        assert_eq!(
            finding.text(),
            "p.yaml:4: error: line 4 column 5: unknown field `mach`, expected one of name, match, target, steps, also_act_on, mute"
        );
    }
}
