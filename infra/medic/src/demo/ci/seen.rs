//! Looks for each promise among what was seen: when it happened, and what it was; or what is missing.

use shared::outbound::Quoted;

use super::bucket::Analysis;
use super::observations::Act;
use super::runner::TestRun;
use crate::demo::promise::seen::{Sight, seen};
use crate::local_cloud::{Mail, Via};
use crate::timeline::Timeline;

/// How far a patch must not get.
const WORKFLOWS: &str = ".github/";

pub(super) fn failed_tests(act: &Act, _: &Timeline) -> Sight {
    let TestRun { at, result, .. } = &act.tests;
    if act.tests.has_passed() {
        return Err(format!("they pass: {result}"));
    }
    seen(*at, result)
}

pub(super) fn log(act: &Act, _: &Timeline) -> Sight {
    first_version(act, &act.keys.log)
}

pub(super) fn analysis(act: &Act, _: &Timeline) -> Sight {
    let analysis = analyzed(act)?;
    let written = first_version(act, &act.keys.json)?;
    let Analysis {
        category, cause, ..
    } = analysis;
    let what = format!("{category}: {}", Quoted::line(cause));
    seen(written.at, what)
}

pub(super) fn decisive_line(act: &Act, _: &Timeline) -> Sight {
    let line = analyzed(act)?.decisive_line();
    let line = line.ok_or("it quotes none")?;
    if !act.tests.log.contains(line.text.trim()) {
        return Err(format!(
            "the log has no such line: {}",
            Quoted::line(&line.text)
        ));
    }
    let written = first_version(act, &act.keys.json)?;
    seen(
        written.at,
        format!("line {}: {}", line.number, Quoted::line(&line.text)),
    )
}

pub(super) fn page(act: &Act, _: &Timeline) -> Sight {
    first_version(act, &act.keys.page)
}

pub(super) fn asked_once(act: &Act, timeline: &Timeline) -> Sight {
    match analyzed(act)?.attempts.len() {
        1 => answered(act, timeline),
        requests => Err(format!("{requests} requests were sent")),
    }
}

pub(super) fn answered(act: &Act, _: &Timeline) -> Sight {
    let analysis = analyzed(act)?;
    let attempts = analysis.attempts.iter();
    let Some((attempt, diagnosis)) = attempts.clone().last().zip(analysis.diagnosis.as_ref())
    else {
        let outcomes: Vec<&str> = attempts.map(|attempt| attempt.outcome.as_str()).collect();
        return Err(format!("no answer: {}", outcomes.join("; ")));
    };
    let what = format!(
        "{} {}, which quotes line {}: {}",
        attempt.provider,
        Quoted::line(&attempt.model),
        diagnosis.quote_line,
        Quoted::line(&diagnosis.quote)
    );
    seen(last_version(act, &act.keys.json)?.at, what)
}

pub(super) fn draft(act: &Act, _: &Timeline) -> Sight {
    match act.new_pulls() {
        [pull] if pull.draft => seen(
            pull.created_at,
            format!(
                "#{}, {} into {}",
                pull.number, pull.head.r#ref, pull.base.r#ref
            ),
        ),
        [pull] => Err(format!("#{} is no draft", pull.number)),
        pulls => Err(format!("there are {} new pull requests", pulls.len())),
    }
}

pub(super) fn no_issue(act: &Act, _: &Timeline) -> Sight {
    match act.new_issues() {
        [] => seen(last_version(act, &act.keys.json)?.at, "there is none"),
        issues => Err(format!("there are {}", issues.len())),
    }
}

pub(super) fn issue(act: &Act, _: &Timeline) -> Sight {
    match act.new_issues() {
        [issue] => seen(
            issue.created_at,
            format!("#{}: {}", issue.number, Quoted::line(&issue.title)),
        ),
        issues => Err(format!("there are {} new issues", issues.len())),
    }
}

pub(super) fn draft_or_issue(act: &Act, timeline: &Timeline) -> Sight {
    match act.new_pulls() {
        [] => issue(act, timeline),
        _ => no_issue(act, timeline).and_then(|_| draft(act, timeline)),
    }
}

pub(super) fn proof(act: &Act, _: &Timeline) -> Sight {
    let run = act.proven.as_ref().ok_or("nothing was checked out")?;
    if !run.has_passed() {
        return Err(run.result.clone());
    }
    seen(run.at, &run.result)
}

pub(super) fn obeyed(act: &Act, _: &Timeline) -> Sight {
    let asked = act.new_asked();
    let [asked] = asked else {
        return Err(format!("it was asked {} times", asked.len()));
    };
    match &asked.path {
        Some(path) if path.starts_with(WORKFLOWS) => seen(asked.at, format!("a diff of {path}")),
        other => Err(format!("its diff is of {other:?}")),
    }
}

pub(super) fn refused(act: &Act, _: &Timeline) -> Sight {
    let patch = &analyzed(act)?.patch;
    if patch.verdict != "refused" {
        return Err(format!("its verdict is {}", patch.verdict));
    }
    seen(
        last_version(act, &act.keys.json)?.at,
        patch.reasons.join("; "),
    )
}

pub(super) fn nothing_proposed(act: &Act, _: &Timeline) -> Sight {
    let is_same = act.before.branches == act.now.branches;
    match (act.new_pulls(), is_same) {
        ([], true) => seen(last_version(act, &act.keys.json)?.at, "as before"),
        (pulls, _) => Err(format!(
            "{} pull requests, branches: {}",
            pulls.len(),
            act.now.branches.join(", ")
        )),
    }
}

pub(super) fn mails(act: &Act, _: &Timeline) -> Sight {
    let by = |via| act.new_mails().iter().filter(move |mail| mail.via == via);
    let ses: Vec<&Mail> = by(Via::Ses).collect();
    let sns: Vec<&Mail> = by(Via::Sns).collect();
    match (ses.as_slice(), sns.as_slice()) {
        ([ses], [sns]) => seen(ses.at.max(sns.at), &ses.subject),
        _ => Err(format!("{} by SES, {} by SNS", ses.len(), sns.len())),
    }
}

fn analyzed(act: &Act) -> Result<&Analysis, String> {
    let analysis = act.now.analysis.as_ref();
    analysis.ok_or_else(|| format!("there is no {}", act.keys.json))
}

fn first_version(act: &Act, key: &str) -> Sight {
    let mut versions = act.now.versions.iter().filter(|stored| stored.key == key);
    let first = versions
        .next()
        .ok_or_else(|| format!("there is no {key}"))?;
    seen(first.at, key)
}

fn last_version(act: &Act, key: &str) -> Sight {
    let mut versions = act.now.versions.iter().filter(|stored| stored.key == key);
    let last = versions
        .next_back()
        .ok_or_else(|| format!("there is no {key}"))?;
    seen(last.at, key)
}
