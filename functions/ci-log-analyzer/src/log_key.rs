//! What the key of a log says: which repository, run and job it is of, and what is written beside it. Pure.

use shared::outbound::is_harmless;
use thiserror::Error;

use crate::repository::Repository;

/// A job's name is as long as GitHub shows it at most; a key has 1,024 bytes in all.
const MOST_JOB_BYTES: usize = 200;

/// Endings of packed logs, and of text.
const PACKED: [&str; 4] = ["gz", "zst", "zip", "gzip"];
const TEXT: [&str; 2] = ["log", "txt"];

/// The key of a log in the bucket of the CI logs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogKey {
    key: String,
    kind: Kind,
    repository: Repository,
    run: u64,
    attempt: u64,
    job: Option<String>,
    stem: String,
}

/// What became of the run that a log is of, as its place says; only GitHub's word counts for more than an analysis.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// `logs/`: it failed.
    Failed,
    /// `passing/`: it passed.
    Passing,
}

/// Why nothing is done about an object.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum NotALog {
    /// Not under `logs/` or `passing/`: what we write ourselves, above all.
    #[error("the object is under neither logs/ nor passing/")]
    Elsewhere,
    /// A folder, as the console makes it.
    #[error("the object is a folder")]
    Folder,
    /// Not the form that the collector gives.
    #[error("the key is not logs/<owner>/<repository>/<run>-<attempt>-<job>.<ending>")]
    Form,
    /// `logs/<run>.txt` where it is not clear whose.
    #[error("a key without a repository needs exactly one configured repository")]
    WhichRepository,
    /// Not ours to analyse.
    #[error("the repository is not among REPOSITORIES")]
    NotAllowed,
}

impl LogKey {
    /// Reads a key; the repository must be one of `allowed`.
    ///
    /// # Errors
    /// Why it is none of ours.
    pub fn parse(key: &str, allowed: &[Repository]) -> Result<Self, NotALog> {
        let (folder, rest) = key.split_once('/').ok_or(NotALog::Elsewhere)?;
        let kind = match folder {
            "logs" => Kind::Failed,
            "passing" => Kind::Passing,
            _ => return Err(NotALog::Elsewhere),
        };
        if rest.is_empty() || rest.ends_with('/') {
            return Err(NotALog::Folder);
        }
        let Some((repository, file)) = rest.rsplit_once('/') else {
            return Self::flat(key, kind, rest, allowed);
        };
        let named = Repository::parse(repository).ok_or(NotALog::Form)?;
        let mut matching = allowed.iter().filter(|allowed| allowed.is(&named));
        let repository = matching.next().ok_or(NotALog::NotAllowed)?.clone();
        let stem = stem(file).ok_or(NotALog::Form)?;
        let mut parts = stem.splitn(3, '-');
        let mut number = || parts.next().and_then(number);
        let (run, attempt) = number().zip(number()).ok_or(NotALog::Form)?;
        let job = parts.next().filter(|job| is_job(job));
        Ok(Self {
            key: key.to_owned(),
            kind,
            run,
            attempt,
            job: Some(job.ok_or(NotALog::Form)?.to_owned()),
            stem: format!("{named}/{stem}"),
            repository,
        })
    }

    /// `logs/<run>.<ending>`: whose it is must be clear.
    fn flat(key: &str, kind: Kind, file: &str, allowed: &[Repository]) -> Result<Self, NotALog> {
        let stem = stem(file).ok_or(NotALog::Form)?;
        let run = number(stem).ok_or(NotALog::Form)?;
        let [repository] = allowed else {
            return Err(NotALog::WhichRepository);
        };
        Ok(Self {
            key: key.to_owned(),
            kind,
            repository: repository.clone(),
            run,
            attempt: 1,
            job: None,
            stem: stem.to_owned(),
        })
    }

    /// The key itself.
    pub fn as_str(&self) -> &str {
        &self.key
    }

    /// Whether its place says that the run passed.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The repository, spelt as it is configured.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The run.
    pub fn run(&self) -> u64 {
        self.run
    }

    /// Its attempt; 1 where the key does not say.
    pub fn attempt(&self) -> u64 {
        self.attempt
    }

    /// The job, as the collector wrote its name.
    pub fn job(&self) -> Option<&str> {
        self.job.as_deref()
    }

    /// Its name without the endings: logs that have it in common are of one job, and what is written beside them has one place.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// Where the analysis goes: the same name, under `analysis/`, with this ending.
    pub fn analysis(&self, ending: &'static str) -> String {
        format!("analysis/{}.{ending}", self.stem)
    }

    /// Where the baseline of the job is; `None` where the job is not known.
    pub fn baseline(&self) -> Option<String> {
        let job = self.job.as_deref()?;
        Some(format!("baselines/{}/{job}.baseline", self.repository))
    }
}

/// A file's name without its endings; `None` without one.
fn stem(file: &str) -> Option<&str> {
    let (stem, ending) = file.rsplit_once('.')?;
    let is = |endings: &[&str]| endings.iter().any(|e| e.eq_ignore_ascii_case(ending));
    if !is(&PACKED) && !is(&TEXT) {
        return None;
    }
    match stem.rsplit_once('.') {
        Some((inner, text)) if is(&PACKED) && TEXT.iter().any(|e| e.eq_ignore_ascii_case(text)) => {
            Some(inner)
        }
        _ => Some(stem),
    }
}

/// A number as GitHub writes it: digits, not more than fit, not nought.
fn number(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| is_plain)
}

/// A job's name is part of keys that we write, and is shown: no separators, nothing that hides.
fn is_job(job: &str) -> bool {
    let is_ordinary = |c: char| {
        is_harmless(c)
            && !matches!(
                c,
                '/' | '\\' | '<' | '>' | '"' | '\'' | '`' | '{' | '}' | '|' | '^'
            )
    };
    (1..=MOST_JOB_BYTES).contains(&job.len())
        && job.chars().all(is_ordinary)
        && !job.starts_with('.')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn repository(text: &str) -> Repository {
        Repository::parse(text).unwrap()
    }

    fn key(text: &str) -> Result<LogKey, NotALog> {
        LogKey::parse(text, &[repository("acme/shop"), repository("acme/web")])
    }

    fn expected(text: &str, job: &str, stem: &str) -> LogKey {
        LogKey {
            key: text.to_owned(),
            kind: Kind::Failed,
            repository: repository("acme/shop"),
            run: 4_242,
            attempt: 2,
            job: Some(job.to_owned()),
            stem: stem.to_owned(),
        }
    }

    #[test]
    fn a_key_says_repository_run_attempt_and_job() {
        let cases = [
            (
                "logs/acme/shop/4242-2-test.log",
                "test",
                "acme/shop/4242-2-test",
            ),
            (
                "logs/acme/shop/4242-2-unit tests (3.12, ubuntu-latest).log.gz",
                "unit tests (3.12, ubuntu-latest)",
                "acme/shop/4242-2-unit tests (3.12, ubuntu-latest)",
            ),
            (
                "logs/ACME/Shop/4242-2-a-b.c.zip",
                "a-b.c",
                "ACME/Shop/4242-2-a-b.c",
            ),
            (
                "logs/acme/shop/4242-2-größe.TXT",
                "größe",
                "acme/shop/4242-2-größe",
            ),
        ];
        for (text, job, stem) in cases {
            assert_eq!(key(text), Ok(expected(text, job, stem)));
        }
    }

    #[test]
    fn what_is_no_log_of_ours_has_its_reason() {
        use NotALog::{Elsewhere, Folder, Form, NotAllowed, WhichRepository};
        let long = format!("logs/acme/shop/1-1-{}.log", "j".repeat(201));
        let cases = [
            ("analysis/acme/shop/1-1-test.json", Elsewhere),
            ("baselines/acme/shop/test.baseline", Elsewhere),
            ("LOGS/acme/shop/1-1-test.log", Elsewhere),
            ("/logs/acme/shop/1-1-test.log", Elsewhere),
            ("logs", Elsewhere),
            ("logs/", Folder),
            ("logs/acme/shop/", Folder),
            ("logs/acme/shop/readme", Form),
            ("logs/acme/shop/1-test.log", Form),
            ("logs/acme/shop/0-1-test.log", Form),
            ("logs/acme/shop/-1-1-test.log", Form),
            ("logs/acme/shop/99999999999999999999-1-test.log", Form),
            ("logs/acme/shop/1-1-.log", Form),
            ("logs/acme/shop/1-1-test.json", Form),
            ("logs/acme/shop/1-1-a\u{202e}b.log", Form),
            ("logs/acme/shop/1-1-<b>.log", Form),
            ("logs/acme/shop/../1-1-test.log", Form),
            ("logs/acme/shop/x/1-1-test.log", Form),
            ("logs/../shop/1-1-test.log", Form),
            ("logs/evil/shop/1-1-test.log", NotAllowed),
            ("logs/42.txt", WhichRepository),
            ("logs/readme.txt", Form),
            (&long, Form),
        ];
        for (text, reason) in cases {
            assert_eq!(key(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn a_flat_key_is_of_the_only_repository() {
        let flat = LogKey::parse("logs/42.txt", &[repository("acme/shop")]).unwrap();
        let facts = (
            flat.repository().to_string(),
            flat.run(),
            flat.attempt(),
            flat.job(),
            flat.baseline(),
        );
        assert_eq!(facts, ("acme/shop".to_owned(), 42, 1, None, None));
        assert_eq!(flat.analysis("json"), "analysis/42.json");
    }

    #[test]
    fn what_is_written_lies_beside_the_log_and_triggers_nothing() {
        let failed = key("logs/acme/shop/4242-2-test.log.zst").unwrap();
        let passing = key("passing/acme/shop/4243-1-test.log").unwrap();
        assert_eq!(
            (failed.kind(), passing.kind()),
            (Kind::Failed, Kind::Passing)
        );
        assert_eq!(
            failed.analysis("html"),
            "analysis/acme/shop/4242-2-test.html"
        );
        assert_eq!(passing.baseline(), failed.baseline());
        let written = [failed.analysis("json"), failed.baseline().unwrap()];
        assert_eq!(
            written.map(|text| key(&text)),
            [Err(NotALog::Elsewhere), Err(NotALog::Elsewhere)]
        );
    }

    proptest! {
        #[test]
        fn any_key_is_read_or_refused_and_ours_never_trigger(text in "(logs|passing)?/?(acme/shop)?/?.{0,30}") {
            if let Ok(parsed) = key(&text) {
                prop_assert_eq!(key(&parsed.analysis("json")), Err(NotALog::Elsewhere));
                prop_assert!(!parsed.analysis("json").contains("/../"));
            }
        }
    }
}
