//! `medic playbook check` and `schema`: whether a playbook file can be used, and what one may hold.

use std::path::Path;

use alarm_playbook::playbook::{PlaybookError, PlaybookFile, Warning};
use anyhow::Context as _;
use schemars::schema_for;
use serde::Serialize;

use crate::cli::FINDINGS;
use crate::screen::print;

/// What is wrong with a playbook file. The form is a contract that scripts rely on.
#[derive(Debug, Serialize)]
struct Finding {
    file: String,
    line: Option<u64>,
    level: Level,
    message: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// The function would not start with the file.
    Error,
    /// The file can be used, and is hardly meant so.
    Warning,
}

/// Checks a playbook file and prints what is wrong with it; returns the exit code, to which warnings do not count.
pub fn check(file: &Path, is_json: bool) -> anyhow::Result<u8> {
    let name = file.display().to_string();
    let yaml = std::fs::read_to_string(file).with_context(|| format!("couldn't read {name}"))?;
    let (findings, playbooks) = findings(&name, &yaml);
    for finding in &findings {
        print(if is_json {
            serde_json::to_string(&finding)?
        } else {
            finding.text(&yaml)
        });
    }
    let Some(playbooks) = playbooks else {
        return Ok(FINDINGS);
    };
    if !is_json {
        let wrong = match findings.len() {
            0 => "nothing wrong".to_owned(),
            1 => "1 warning".to_owned(),
            warnings => format!("{warnings} warnings"),
        };
        print(format!("{name}: {wrong} in {playbooks} playbook(s)"));
    }
    Ok(0)
}

/// What is to be said of a file, and how many playbooks it has; none if it cannot be used.
fn findings(name: &str, yaml: &str) -> (Vec<Finding>, Option<usize>) {
    let finding = |level, line, message| Finding {
        file: name.to_owned(),
        line,
        level,
        message,
    };
    match PlaybookFile::parse(yaml) {
        Ok(playbooks) => {
            let warnings = playbooks.warnings(yaml).into_iter();
            let warnings =
                warnings.map(|Warning { message, line }| finding(Level::Warning, line, message));
            (warnings.collect(), Some(playbooks.playbooks.len()))
        }
        Err(PlaybookError { message, line }) => (vec![finding(Level::Error, line, message)], None),
    }
}

/// The JSON Schema of a playbook file, for editors.
pub fn schema() -> anyhow::Result<String> {
    let mut json = serde_json::to_string_pretty(&schema_for!(PlaybookFile))?;
    json.push('\n');
    Ok(json)
}

impl Finding {
    /// With the line itself below it.
    fn text(&self, yaml: &str) -> String {
        let Self { file, message, .. } = self;
        let level = match self.level {
            Level::Error => "",
            Level::Warning => "warning: ",
        };
        let Some(line) = self.line else {
            return format!("{file}: {level}{message}");
        };
        let index = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
        let written = yaml.lines().nth(index).unwrap_or_default().trim_end();
        format!("{file}:{line}: {level}{message}\n  {line} | {written}")
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
    fn a_finding_names_its_line_and_shows_it() {
        let text = |yaml: &str| {
            let (findings, playbooks) = findings("p.yaml", yaml);
            let text = findings.iter().map(|finding| finding.text(yaml));
            (text.collect::<Vec<_>>().join("\n"), playbooks)
        };
        let yaml = "version: 1\nplaybooks:\n  - name: x\n    mach: {}\n";
        let unknown = "p.yaml:4: unknown field `mach`, expected one of name, match, target, steps, also_act_on, mute\n  4 |     mach: {}";
        assert_eq!(text(yaml), (unknown.to_owned(), None));
        assert_eq!(text(""), ("p.yaml: the file is empty".to_owned(), None));
        let idle = "version: 1
playbooks:
  - name: x
    match: { alarm_name: x }
    target: { ecs_service: { cluster: shop, service: x } }
    steps: [restart_service]
";
        let warning = "p.yaml:3: warning: playbook `x` calls nobody if it does not help: end its steps with `page: { subject: ... }`\n  3 |   - name: x";
        assert_eq!(text(idle), (warning.to_owned(), Some(1)));
    }
}
