//! Which kind of failure it is: ordered rules as data.
//!
//! The rules stand in TOML files beside this one; a user's own go before them. The first rule in order that knows a line of the decisive
//! block wins, then the first that knows a line of the rest of the excerpt, then the first that knows the step's name. Where none does, the
//! answer is [`Category::Unknown`], never a guess.
//!
//! ```toml
//! [[rule]]
//! name = "licence-server"                # a-z, 0-9 and -, given once
//! category = "infrastructure"
//! any = ["licence server"]               # one of these is in the line, whatever the case of ASCII letters ...
//! regex = ['''server (?P<host>\S+) is away''']   # ... and one of these matches it (ASCII classes); either may be left out
//! scope = "excerpt"                      # the default; `decisive`: the decisive block alone, `step`: the step's name
//! summary = "The licence server is away" # begins the sentence that the cause is; both may quote {groups} of the regex
//! advice = "Start {host} again."
//! confidence = 0.8                       # how often it is right
//! ```
//!
//! Every built-in rule has a log in `fixtures/` that it, and no other rule, answers.

mod built_in;
mod cause;
mod index;
mod parse;
mod pattern;
mod template;

use std::sync::LazyLock;

use self::index::Index;
pub use self::parse::RulesError;
use self::parse::{Rule, Scope};
use crate::analysis::Category;

/// Lines are looked at up to here; a diagnostic says what it is at its beginning.
const MOST_LINE_BYTES: usize = 2 * 1024;

/// What is left of a rule's confidence when it knows only a line beside the decisive block: such lines are from other steps and clean-up
/// too. Of 11 such verdicts on the development data 8 were right (9 of 13 smoothed), before and after a change of the choice of lines.
const BESIDE_THE_BLOCK: f64 = 0.7;

/// A set of rules, in order.
#[derive(Debug)]
pub struct Rules {
    rules: Vec<Rule>,
    index: Index,
}

/// What is known of a failure when its kind is asked for. All lines are already redacted: they are quoted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen<'a> {
    /// The lines that explain the failure best.
    pub decisive: &'a [&'a str],
    /// All lines that are shown, the decisive ones too or not.
    pub excerpt: &'a [&'a str],
    /// The name of the step that failed, where the log has one.
    pub step: Option<&'a str>,
}

/// What the rules make of a failure.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The name of the rule that knew the failure; `None` with [`Category::Unknown`].
    pub rule: Option<String>,
    pub category: Category,
    /// How often such a verdict is right; 0 where no rule knew the failure.
    ///
    /// Measured over the whole way from bytes to the verdict on the 65 development logs whose category a person had given; 54 of them got
    /// a verdict. No rule alone was met often enough, so all rules of a kind share one number:
    ///
    /// | kind | right | (right + 1) / (all + 2) | confidence |
    /// |---|---|---|---|
    /// | a tool's own unmistakable format | 42 of 43 | 0.956 | 0.93 |
    /// | words that a few tools use | 7 of 7 | 0.889 | 0.8 |
    /// | hints that were not met: step names, differences, cancelled runs | - | 0.5 | 0.5 |
    /// | what any program may say: an exception, "timed out" | 1 of 4 | 0.333 | 0.33 |
    ///
    /// The first two stay below what was measured: the rules were written with these logs at hand, and others will be harder.
    pub confidence: f64,
    /// What a person may do about it.
    pub advice: Option<String>,
    /// One sentence that says what happened and quotes the line.
    pub cause: String,
    /// The one or two lines the verdict rests on: the one that the rule knew, and the one behind it that says why. Where no rule knew
    /// one, the first decisive line.
    pub lines: Vec<String>,
}

/// A rule and the line it knew.
struct Known<'a> {
    rule: &'a Rule,
    line: &'a str,
    confidence: f64,
}

static BUILT_IN: LazyLock<Rules> = LazyLock::new(|| Rules::new(built_in::rules()));

impl Rules {
    /// The rules that come with the program. They are read at the first call.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// A user's own rules, followed by the built-in ones. `origin` is what errors call the file.
    ///
    /// # Errors
    ///
    /// When `toml` is no list of rules, or one of them could never work; the error names the line.
    pub fn with(origin: &str, toml: &str) -> Result<Self, RulesError> {
        let mut rules = parse::rules(origin, toml)?;
        rules.extend(built_in::rules());
        Ok(Self::new(rules))
    }

    fn new(rules: Vec<Rule>) -> Self {
        let index = Index::of(&rules);
        Self { rules, index }
    }

    /// The names of the rules, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.name.as_str())
    }

    /// The kind of the failure. Bounded work whatever the lines hold.
    pub fn judge(&self, seen: Seen<'_>) -> Verdict {
        let first = seen.decisive.iter().find(|line| !line.trim().is_empty());
        let Some(known) = self.known(seen) else {
            return Verdict {
                rule: None,
                category: Category::Unknown,
                confidence: 0.0,
                advice: None,
                cause: cause::unknown(first.copied()),
                lines: first.map(|line| cause::quoted(line)).into_iter().collect(),
            };
        };
        let captured = known.rule.captured(known.line);
        let first = first.map(|line| cause::quoted(line));
        let mut lines: Vec<String> = match known.rule.scope {
            Scope::Step => first.iter().cloned().collect(),
            Scope::Decisive | Scope::Excerpt => vec![cause::quoted(known.line)],
        };
        lines.extend(cause::reason(seen.decisive, known.line).filter(|line| !lines.contains(line)));
        let mut said = lines.clone();
        if let Some(first) = first.filter(|first| !said.contains(first)) {
            said.insert(0, first);
        }
        let summary = template::fill(&known.rule.summary, &captured);
        Verdict {
            rule: Some(known.rule.name.clone()),
            category: known.rule.category,
            confidence: known.confidence,
            advice: Some(template::fill(&known.rule.advice, &captured)),
            cause: cause::sentence(&summary, &said),
            lines,
        }
    }

    fn known<'a>(&'a self, seen: Seen<'a>) -> Option<Known<'a>> {
        let known = |share: f64| {
            move |(rule, line): (&'a Rule, &'a str)| Known {
                rule,
                line,
                confidence: rule.confidence * share,
            }
        };
        self.first(seen.decisive, |scope| scope != Scope::Step)
            .map(known(1.0))
            .or_else(|| {
                self.first(seen.excerpt, |scope| scope == Scope::Excerpt)
                    .map(known(BESIDE_THE_BLOCK))
            })
            .or_else(|| {
                self.first(seen.step.as_slice(), |scope| scope == Scope::Step)
                    .map(known(1.0))
            })
    }

    /// The first rule in order that knows any of the lines, and the first line it knows.
    fn first<'a>(
        &'a self,
        lines: &[&'a str],
        is_asked: impl Fn(Scope) -> bool,
    ) -> Option<(&'a Rule, &'a str)> {
        let mut best: Option<(usize, &'a str)> = None;
        for line in lines {
            let line = beginning(line);
            let most = best.map_or(self.rules.len(), |(order, _)| order);
            let found = self
                .index
                .candidates(line)
                .into_iter()
                .take_while(|order| *order < most)
                .find(|order| {
                    self.rules
                        .get(*order)
                        .is_some_and(|rule| is_asked(rule.scope) && rule.knows(line))
                });
            best = found.map(|order| (order, line)).or(best);
        }
        best.and_then(|(order, line)| Some((self.rules.get(order)?, line)))
    }
}

fn beginning(line: &str) -> &str {
    let end = line.floor_char_boundary(MOST_LINE_BYTES);
    line.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;
