//! Which CI system a log is of. Only its marks count: jobs of one system run tools that print the marks of another.

use super::{
    ansible, buildkite, circle, github, gitlab, jenkins, signal::Signal, taskcluster, travis,
};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Dialect {
    Ansible,
    Azure,
    Buildkite,
    Circle,
    GitHub,
    GitLab,
    Jenkins,
    Taskcluster,
    Travis,
}

/// Hears what the CI system of a log says in it.
#[derive(Debug, Default)]
pub(super) struct Listener {
    dialect: Option<Dialect>,
}

impl Listener {
    /// The log has columns, which `gh` alone writes.
    pub(super) fn is_of_gh(&mut self) {
        self.dialect = Some(Dialect::GitHub);
    }

    /// Whether a text is the title of a section, or the echo of a command as GitLab and Travis write it; `folds` are the marks
    /// beside it.
    pub(super) fn is_heading(&self, folds: &str, text: &str) -> bool {
        let Some(last) = folds.lines().last() else {
            return self.is_echo(text);
        };
        let is_title = last.starts_with("section_start:") || last.starts_with("travis_fold:start:");
        is_title || text.is_empty() || self.is_echo(text)
    }

    fn is_echo(&self, text: &str) -> bool {
        text.starts_with("$ ") && matches!(self.dialect, Some(Dialect::GitLab | Dialect::Travis))
    }

    /// What a fold mark says; `text` is what stands beside it.
    pub(super) fn fold<'t>(&mut self, mark: &'t str, text: &'t str) -> Signal<'t> {
        let heard = of(Dialect::GitLab, gitlab::section(mark))
            .or_else(|| of(Dialect::Travis, travis::fold(mark, text)));
        self.admitted(heard)
    }

    /// What a text says. Its first byte leaves few to ask.
    pub(super) fn text<'t>(&mut self, text: &'t str) -> Signal<'t> {
        let heard = match text.as_bytes().first() {
            Some(b'#') => self.runner(text),
            Some(b'[') => of(Dialect::Jenkins, jenkins::pipeline(text))
                .or_else(|| of(Dialect::Taskcluster, taskcluster::signal(text))),
            Some(b'=') => of(Dialect::Taskcluster, taskcluster::buildbot(text)),
            Some(b'B' | b'F' | b'S') => of(Dialect::Jenkins, jenkins::signal(text)),
            Some(b'C') => of(Dialect::GitHub, github::runner(text)),
            Some(b'P') => of(Dialect::GitHub, github::runner(text))
                .or_else(|| of(Dialect::Ansible, ansible::signal(text))),
            Some(b'E') => of(Dialect::GitLab, gitlab::job_end(text))
                .or_else(|| of(Dialect::Jenkins, jenkins::signal(text)))
                .or_else(|| of(Dialect::Circle, circle::signal(text))),
            Some(b'J') => of(Dialect::GitLab, gitlab::job_end(text)),
            Some(b'R' | b'.' | b'f') => of(Dialect::Ansible, ansible::signal(text)),
            Some(b'N') => of(Dialect::Travis, travis::limit(text)),
            Some(b'T') => of(Dialect::Ansible, ansible::signal(text))
                .or_else(|| of(Dialect::Travis, travis::limit(text))),
            Some(b'~' | b'-' | b'+' | b'^' | 0xf0) => self.buildkite(text),
            Some(b's' | b't') if may_be_fold(text) => return self.fold(text, ""),
            _ => None,
        };
        let is_travis = self.dialect == Some(Dialect::Travis);
        self.admitted(heard.or_else(|| of(Dialect::Travis, travis::command_end(text, is_travis))))
    }

    fn runner<'t>(&self, text: &'t str) -> Option<(Dialect, Signal<'t>)> {
        let is_azure = self.dialect == Some(Dialect::Azure)
            || (self.dialect != Some(Dialect::GitHub) && text.starts_with("##[section]"));
        of(
            if is_azure {
                Dialect::Azure
            } else {
                Dialect::GitHub
            },
            github::command(text, is_azure),
        )
    }

    fn buildkite<'t>(&self, text: &'t str) -> Option<(Dialect, Signal<'t>)> {
        let is_known = self.dialect == Some(Dialect::Buildkite) || buildkite::is_first(text);
        of(
            Dialect::Buildkite,
            is_known.then(|| buildkite::signal(text)).flatten(),
        )
    }

    /// The first system that is heard is the log's; but Ansible is a tool too, and gives way to any other.
    fn admitted<'t>(&mut self, heard: Option<(Dialect, Signal<'t>)>) -> Signal<'t> {
        let Some((dialect, signal)) = heard else {
            return Signal::Output;
        };
        if matches!(self.dialect, None | Some(Dialect::Ansible)) {
            self.dialect = Some(dialect);
        }
        if self.dialect == Some(dialect) {
            signal
        } else {
            Signal::Output
        }
    }
}

/// `section_…` and `travis_…`, told from the many lines that begin so.
fn may_be_fold(text: &str) -> bool {
    let text = text.as_bytes();
    text.get(6) == Some(&b'_') || text.get(7) == Some(&b'_')
}

fn of(dialect: Dialect, signal: Option<Signal<'_>>) -> Option<(Dialect, Signal<'_>)> {
    signal.map(|signal| (dialect, signal))
}
