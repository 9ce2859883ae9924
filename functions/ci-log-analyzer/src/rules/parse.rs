//! Rules out of TOML, checked so far that what is left cannot fail later.

use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use super::pattern::{Pattern, compile};
use super::template;
use crate::analysis::Category;

/// Larger files are somebody's mistake: the built-in rules together are a tenth of it.
const MOST_FILE_BYTES: usize = 1024 * 1024;

/// A file of rules that cannot be used.
#[derive(Debug, Error, Eq, PartialEq)]
#[error("{origin}:{line}: {problem}")]
pub struct RulesError {
    /// The file, as the caller called it.
    pub origin: String,
    /// 1-based.
    pub line: usize,
    pub problem: String,
}

/// One rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) category: Category,
    pub(super) any: Vec<String>,
    regex: Option<Pattern>,
    pub(super) scope: Scope,
    pub(super) summary: String,
    pub(super) advice: String,
    pub(super) confidence: f64,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Scope {
    /// The decisive block alone: words that mean nothing elsewhere.
    Decisive,
    /// The decisive block, and then the rest of the excerpt.
    #[default]
    Excerpt,
    /// The name of the failed step.
    Step,
}

/// A file of rules as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Spanned<Written>>,
}

/// One rule as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    category: Category,
    #[serde(default)]
    any: Vec<String>,
    /// Any one of them will do.
    #[serde(default)]
    regex: Vec<Spanned<String>>,
    #[serde(default)]
    scope: Scope,
    summary: String,
    advice: String,
    confidence: f64,
}

impl Rule {
    /// Whether `line`, which holds one of the rule's literals if it has any, is one that the rule means.
    pub(super) fn knows(&self, line: &str) -> bool {
        self.regex.as_ref().is_none_or(|pattern| {
            pattern
                .get()
                .is_some_and(|regex| regex.is_match(line.as_bytes()))
        })
    }

    /// What the named groups of the rule's expression hold.
    pub(super) fn captured(&self, line: &str) -> Vec<(String, String)> {
        let Some(regex) = self.regex.as_ref().and_then(Pattern::get) else {
            return Vec::new();
        };
        let Some(captures) = regex.captures(line.as_bytes()) else {
            return Vec::new();
        };
        let value = |name: &str| {
            let bytes = captures.name(name)?.as_bytes();
            Some((name.to_owned(), String::from_utf8_lossy(bytes).into_owned()))
        };
        regex.capture_names().flatten().filter_map(value).collect()
    }
}

/// The rules of a file of the user's, checked.
pub(super) fn rules(origin: &str, toml: &str) -> Result<Vec<Rule>, RulesError> {
    let error = |at: usize, problem: String| RulesError {
        origin: origin.to_owned(),
        line: line_at(toml, at),
        problem,
    };
    if toml.len() > MOST_FILE_BYTES {
        let problem = format!("larger than {MOST_FILE_BYTES} bytes");
        return Err(error(0, problem));
    }
    let mut rules: Vec<Rule> = Vec::new();
    for written in written(toml).map_err(|(at, problem)| error(at, problem))? {
        let at = written.span().start;
        let rule = written.into_inner();
        let names = group_names(at, &rule.regex).map_err(|(at, problem)| error(at, problem))?;
        let rule = Rule::from(rule);
        check(&rule, &names).map_err(|problem| error(at, problem))?;
        if rules.iter().any(|other| other.name == rule.name) {
            return Err(error(at, format!("a second rule named `{}`", rule.name)));
        }
        rules.push(rule);
    }
    Ok(rules)
}

/// The rules of a file whose content the tests have checked; empty where it is none.
pub(super) fn trusted(toml: &str) -> Vec<Rule> {
    let written = written(toml).unwrap_or_default();
    written
        .into_iter()
        .map(|rule| Rule::from(rule.into_inner()))
        .collect()
}

fn written(toml: &str) -> Result<Vec<Spanned<Written>>, (usize, String)> {
    let file: Result<File, toml::de::Error> = toml::from_str(toml);
    match file {
        Ok(file) => Ok(file.rule),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            Err((at, error.message().to_owned()))
        }
    }
}

impl From<Written> for Rule {
    fn from(rule: Written) -> Self {
        Self {
            name: rule.name,
            category: rule.category,
            any: rule.any,
            regex: Pattern::of(&rule.regex),
            scope: rule.scope,
            summary: rule.summary,
            advice: rule.advice,
            confidence: rule.confidence,
        }
    }
}

/// The names of the groups of the expressions, which are compiled to see whether they can be, each alone and then all together.
fn group_names(at: usize, sources: &[Spanned<String>]) -> Result<Vec<String>, (usize, String)> {
    let unusable = |at: usize, error: &regex::Error| {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default();
        (
            at,
            format!("the regular expression cannot be used: {reason}"),
        )
    };
    let mut names = Vec::new();
    for source in sources {
        let regex =
            compile(source.get_ref()).map_err(|error| unusable(source.span().start, &error))?;
        names.extend(regex.capture_names().flatten().map(str::to_owned));
    }
    if let Some(pattern) = Pattern::of(sources) {
        compile(&pattern.source).map_err(|error| unusable(at, &error))?;
    }
    Ok(names)
}

fn check(rule: &Rule, names: &[String]) -> Result<(), String> {
    let is_kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if rule.name.is_empty() || rule.name.len() > 64 || !rule.name.chars().all(is_kebab) {
        return Err(format!(
            "a name is 1 to 64 of `a-z0-9-`, not `{}`",
            rule.name
        ));
    }
    if rule.any.is_empty() && rule.regex.is_none() {
        return Err("a rule needs `any` or `regex`".to_owned());
    }
    if rule.any.iter().any(String::is_empty) {
        return Err("an empty literal is in every line".to_owned());
    }
    if rule.category == Category::Unknown {
        return Err("`unknown` is what no rule says".to_owned());
    }
    if !(rule.confidence > 0.0 && rule.confidence <= 1.0) {
        return Err(format!(
            "confidence is above 0 and at most 1, not `{}`",
            rule.confidence
        ));
    }
    let mut used = template::names(&rule.summary).chain(template::names(&rule.advice));
    used.find(|used| !names.iter().any(|name| name == used))
        .map_or(Ok(()), |used| {
            Err(format!("no group of `regex` is named `{used}`"))
        })
}

fn line_at(text: &str, at: usize) -> usize {
    let before = text.as_bytes().iter().take(at);
    1 + before.filter(|byte| **byte == b'\n').count()
}
