//! What is wrong with the form of a playbook file, in the words of somebody who writes one.
//!
//! The parser says what it expected; what to write instead is said here, for the slips that are made. What is not known here
//! keeps the parser's own words.

use super::{PlaybookError, StepName};

/// Steps that need settings, and how they are written.
const WITH_SETTINGS: [(StepName, &str); 5] = [
    (
        StepName::Page,
        "needs a subject: `page: { subject: \"...\" }`",
    ),
    (
        StepName::Notify,
        "needs a subject: `notify: { subject: \"...\" }`",
    ),
    (
        StepName::ScaleService,
        "needs numbers: `scale_service: { by: 2, max: 10 }`",
    ),
    (
        StepName::RunAutomation,
        "needs a document: `run_automation: { document: ... }`",
    ),
    (
        StepName::RestartContainerOverSsh,
        "needs `user`, `key_parameter` and `hosts`",
    ),
];

/// What belongs to the section of defaults, where it is looked for at the top.
const OF_THE_DEFAULTS: [&str; 14] = [
    "cooldown",
    "max_actions_per_hour",
    "max_actions_per_hour_in_all",
    "max_fleet_share",
    "storm",
    "memory",
    "recent_deployment",
    "minimum_healthy_percent",
    "verify_within",
    "rollout_within",
    "settle",
    "max_alarm_age",
    "mute",
    "dry_run",
];

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const A_WINDOW: &str = "`{ days: [sun], from: \"02:00\", until: \"04:00\" }`";

/// Where the parser stumbled.
struct Place<'a> {
    /// All before it, without comments.
    before: String,
    /// The value there, as it is written.
    value: &'a str,
    /// The line before the value.
    key: &'a str,
}

/// What the parser says of a file, in our words where there are better ones.
pub(super) fn explained(error: &serde_saphyr::Error, yaml: &str) -> PlaybookError {
    let said = error.without_snippet().to_string();
    let Some(location) = error.location() else {
        return PlaybookError {
            message: said,
            line: None,
        };
    };
    let (line, column) = (location.line(), location.column());
    let at = format!(" at line {line}, column {column}");
    let said = said.strip_suffix(&at).unwrap_or(&said);
    let place = Place::at(yaml, line, column);
    if yaml
        .lines()
        .all(|line| without_comment(line).trim().is_empty())
    {
        let message = "the file is empty".to_owned();
        return PlaybookError {
            message,
            line: None,
        };
    }
    if let Some((message, line)) = without_settings(said, &place) {
        return PlaybookError {
            message,
            line: Some(line),
        };
    }
    PlaybookError {
        message: instead(said, &place).unwrap_or_else(|| said.to_owned()),
        line: Some(line),
    }
}

impl<'a> Place<'a> {
    fn at(yaml: &'a str, line: u64, column: u64) -> Self {
        let to_index =
            |number: u64| usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
        let (line, column) = (to_index(line), to_index(column));
        let here = yaml.lines().nth(line).unwrap_or_default();
        let split = here
            .char_indices()
            .nth(column)
            .map_or(here.len(), |(at, _)| at);
        let (key, rest) = here.split_at_checked(split).unwrap_or((here, ""));
        let lines = yaml.lines().take(line).map(without_comment);
        let lines: Vec<&str> = lines.chain([key]).collect();
        Self {
            before: lines.join("\n"),
            value: value(without_comment(rest)),
            key,
        }
    }

    /// The key that the value belongs to.
    fn key(&self) -> &str {
        let key = self.key.trim_end().trim_end_matches(':');
        key.rsplit([' ', '{', ',', '[']).next().unwrap_or_default()
    }
}

/// The beginning of a text up to where its value ends, quotes aside.
fn value(text: &str) -> &str {
    let end = text.find([',', '}', ']']).unwrap_or(text.len());
    let value = text.get(..end).unwrap_or(text);
    value.trim().trim_matches(['"', '\''])
}

fn without_comment(line: &str) -> &str {
    let is_comment = line.trim_start().starts_with('#');
    let comment = if is_comment { Some(0) } else { line.find(" #") };
    comment
        .and_then(|comment| line.get(..comment))
        .unwrap_or(line)
}

/// A step whose settings are missing, and its line: the parser notices only at what comes next.
fn without_settings(said: &str, place: &Place<'_>) -> Option<(String, u64)> {
    let is_missing = said.starts_with("expected mapping start")
        || said.starts_with("unexpected end of input")
        || said.starts_with("missing field")
        || is_another_step(said);
    let before = format!("{}{}", place.before, place.value);
    let texts = [place.before.as_str(), before.as_str()];
    let texts = texts.map(|text| text.trim_end_matches(['\n', ' ', ',', ']', '-', ':', '{', '}']));
    let (text, step, needs) = texts.into_iter().find_map(|text| {
        let word = text.rsplit(['\n', ' ', '[', ',']).next()?;
        let steps = &mut WITH_SETTINGS.iter();
        let (step, needs) = steps.find(|(step, _)| step.as_str() == word)?;
        Some((text, step, needs))
    })?;
    let line = u64::try_from(text.lines().count()).ok()?;
    is_missing.then(|| (format!("{} {needs}", step.as_str()), line))
}

/// Whether the next step was taken for a setting of the one before.
fn is_another_step(said: &str) -> bool {
    let field = said.strip_prefix("unknown field `");
    let field = field.and_then(|rest| rest.split('`').next());
    field.is_some_and(|field| serde_json::from_value::<StepName>(field.into()).is_ok())
}

/// What to write instead.
fn instead(said: &str, place: &Place<'_>) -> Option<String> {
    let Place { value, .. } = *place;
    let key = place.key();
    if said.starts_with("expected a name") {
        return not_a_name(said, key, value);
    }
    if said.contains("as hour") || said.contains("as minute") {
        return Some(format!(
            "`{value}` is no time of the day: write two digits each, `02:00`, and midnight as `00:00`"
        ));
    }
    if said.contains("\"friendly\" duration") {
        let is_number = !value.is_empty() && value.chars().all(|c| c.is_ascii_digit());
        return Some(if is_number {
            format!("{key} has no unit: write `{value}m` for minutes, `{value}s` for seconds")
        } else {
            format!("`{value}` is no duration: write a number and a unit, such as `10m`")
        });
    }
    if said.starts_with("unexpected value for unit enum variant") {
        return Some(format!("{key} takes no settings"));
    }
    if said.starts_with("alias references unknown anchor") {
        return Some("a text that begins with `*` needs quotes: `\"*-errors\"`".to_owned());
    }
    let is_window = key == "mute" || is_about_a_day(value);
    match said {
        "expected sequence start" if key == "mute" => Some(format!(
            "mute is a list of windows: write `mute:` and below it `- ` {A_WINDOW}"
        )),
        "expected sequence start" => Some(format!("{key} is a list: write `[{value}]`")),
        "expected mapping start" if is_window => {
            Some(format!("`{value}` is no window: write {A_WINDOW}"))
        }
        "expected mapping start" => Some(format!(
            "{key} has keys of its own: write `key: value` pairs, not `{value}`"
        )),
        _ => misplaced(said),
    }
}

fn not_a_name(said: &str, key: &str, value: &str) -> Option<String> {
    if key == "instance" {
        return Some(format!(
            "`{value}` is no instance: write `i-` and 8 or 17 hexadecimal digits, or from_dimension or from_tag with a list of instances as `allowed`"
        ));
    }
    let is_a_pair = value.contains('/');
    is_a_pair.then(|| format!("{said}; cluster and service are two keys"))
}

fn is_about_a_day(value: &str) -> bool {
    let beginning: String = value.chars().take(3).collect();
    DAYS.contains(&beginning.to_ascii_lowercase().as_str())
}

/// A key that is written where the file's own keys are.
fn misplaced(said: &str) -> Option<String> {
    let field = said.strip_prefix("unknown field `")?;
    let (field, expected) = field.split_once('`')?;
    let is_at_the_top = expected.ends_with("one of version, defaults, playbooks");
    let belongs = OF_THE_DEFAULTS.contains(&field) && is_at_the_top;
    belongs.then(|| format!("{field} belongs under `defaults:`"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::OF_THE_DEFAULTS;
    use crate::playbook::{Defaults, PlaybookFile};

    const FILE: &str = "version: 1
playbooks:
  - name: a
    match: { alarm_name: 'a-*' }
    target: { ecs_service: { cluster: shop, service: checkout } }
    steps:
      - restart_service
      - page: { subject: x } # in the end
  - name: b
    match: { alarm_name: 'b-*' }
    target: { ec2_container: { instance: i-0123456789abcdef0, container: web } }
    steps: [restart_container, page: { subject: y }]
";

    /// What is said about the file with one thing written otherwise.
    fn check(from: &str, to: &str, expected: &str) {
        assert!(FILE.contains(from), "{from}");
        let error = PlaybookFile::parse(&FILE.replacen(from, to, 1)).unwrap_err();
        let line = error.line.map_or(String::new(), |line| line.to_string());
        assert_eq!(format!("{line}: {}", error.message), expected);
    }

    #[test]
    fn a_name_that_is_none_is_told_what_it_has_to_be() {
        check(
            "i-0123456789abcdef0",
            "i-0abc",
            "11: `i-0abc` is no instance: write `i-` and 8 or 17 hexadecimal digits, or from_dimension or from_tag with a list of instances as `allowed`",
        );
        check(
            "service: checkout",
            "service: shop/checkout",
            "5: expected a name (1 to 255 letters, digits, hyphens and underscores), or from_dimension or from_tag with a list of names as `allowed`; cluster and service are two keys",
        );
        check(
            "alarm_name: 'a-*'",
            "alarm_name: *-a",
            "4: a text that begins with `*` needs quotes: `\"*-errors\"`",
        );
    }

    #[test]
    fn a_step_without_its_settings_is_named_with_its_own_line() {
        let page = "page needs a subject: `page: { subject: \"...\" }`";
        check("page: { subject: x }", "page", &format!("8: {page}"));
        check("page: { subject: x }", "page:", &format!("8: {page}"));
        check("page: { subject: y }", "page", &format!("12: {page}"));
        check(
            "- restart_service",
            "- scale_service",
            "7: scale_service needs numbers: `scale_service: { by: 2, max: 10 }`",
        );
        check(
            "- restart_service",
            "- restart_service: {}",
            "7: restart_service takes no settings",
        );
    }

    #[test]
    fn a_mute_window_is_shown_as_it_is_written() {
        let window = "write `{ days: [sun], from: \"02:00\", until: \"04:00\" }`";
        check(
            "    steps:",
            "    mute:\n      - Sun 02:00-04:00\n    steps:",
            &format!("7: `Sun 02:00-04:00` is no window: {window}"),
        );
        let muted = |window: &str| format!("    mute: [{{ {window} }}]\n    steps:");
        let steps = "    steps:";
        check(
            steps,
            &muted("days: sun, from: '02:00', until: '04:00'"),
            "6: days is a list: write `[sun]`",
        );
        check(
            steps,
            &muted("from: '2:00', until: '04:00'"),
            "6: `2:00` is no time of the day: write two digits each, `02:00`, and midnight as `00:00`",
        );
        check(
            steps,
            &muted("from: '02:00', until: '24:00'"),
            "6: `24:00` is no time of the day: write two digits each, `02:00`, and midnight as `00:00`",
        );
        check(
            "playbooks:",
            "mute: []\nplaybooks:",
            "2: mute belongs under `defaults:`",
        );
    }

    #[test]
    fn all_that_belongs_to_the_defaults_is_known() {
        let schema = schemars::schema_for!(Defaults).to_value();
        let properties = schema["properties"].as_object().unwrap();
        let properties: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
        assert_eq!(properties, BTreeSet::from(OF_THE_DEFAULTS));
    }

    #[test]
    fn a_duration_has_a_unit_and_a_file_has_something_in_it() {
        let cooldown = |value: &str| format!("defaults: {{ cooldown: {value} }}\nplaybooks:");
        check(
            "playbooks:",
            &cooldown("10"),
            "2: cooldown has no unit: write `10m` for minutes, `10s` for seconds",
        );
        check(
            "playbooks:",
            &cooldown("soon"),
            "2: `soon` is no duration: write a number and a unit, such as `10m`",
        );
        check(FILE, "# nothing yet\n", ": the file is empty");
    }
}
