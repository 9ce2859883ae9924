//! What a bucket's policy lets CloudWatch Logs do. Pure.
//!
//! No evaluator of policies: it knows the forms that people write for exports, and calls everything else unsure.

mod condition;

use serde_json::Value;
use wildmatch::WildMatch;

use self::condition::{Judged, conditions};
use super::Installation;
use super::partition::{logs_service, partition};

/// What an export task has to be allowed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Need {
    /// To see who owns the bucket.
    GetBucketAcl,
    /// To write what it exports.
    PutObject,
}

/// How a need is met, from best to worst.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Grant {
    /// For the account and its log groups alone.
    Conditional,
    /// For whoever exports, from any account.
    Open,
    /// That cannot be told.
    Unsure,
    /// For another region or account.
    Elsewhere,
    /// Not at all.
    None,
    /// It is refused to everybody.
    Refused,
}

impl Need {
    /// Its action.
    pub(super) fn action(self) -> &'static str {
        match self {
            Self::GetBucketAcl => "s3:GetBucketAcl",
            Self::PutObject => "s3:PutObject",
        }
    }

    /// What it is done to: an object such as a task writes, for one.
    fn resource(self, installation: &Installation) -> String {
        let partition = partition(&installation.region);
        let bucket = format!("arn:{partition}:s3:::{}", installation.bucket);
        match self {
            Self::GetBucketAcl => bucket,
            Self::PutObject => format!("{bucket}/staging/account=/region=/group=/000000.gz"),
        }
    }
}

/// The statements of a policy, `None` if it is none.
pub(super) fn statements(policy: &str) -> Option<Vec<Value>> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    match policy.get("Statement")? {
        Value::Array(statements) => Some(statements.clone()),
        statement @ Value::Object(_) => Some(vec![statement.clone()]),
        _ => None,
    }
}

/// Whether a statement lets CloudWatch Logs of some region, and nobody else, do what export tasks do, and nothing else: the mend has
/// its own in its place.
pub(super) fn is_for_exports(statement: &Value) -> bool {
    let actions = texts(statement.get("Action"));
    let services = services(statement);
    let is_need = |action: &&str| {
        let needs = [Need::GetBucketAcl, Need::PutObject];
        needs
            .iter()
            .any(|need| need.action().eq_ignore_ascii_case(action))
    };
    is_effect(statement, "Allow")
        && !services.is_empty()
        && services.iter().all(|service| is_logs(service))
        && !actions.is_empty()
        && actions.iter().all(is_need)
}

/// How a policy meets a need.
pub(super) fn grant(installation: &Installation, policy: Option<&str>, need: Need) -> Grant {
    let Some(policy) = policy else {
        return Grant::None;
    };
    let Some(statements) = statements(policy) else {
        return Grant::Unsure;
    };
    let refused = statements.iter().map(|it| refusal(installation, it, need));
    let allowed = statements
        .iter()
        .map(|it| allowance(installation, it, need));
    let allowed: Vec<Grant> = allowed.collect();
    // One open statement makes it open, whatever the others say.
    let best = if allowed.contains(&Grant::Open) {
        Grant::Open
    } else {
        allowed.into_iter().min().unwrap_or(Grant::None)
    };
    refused.fold(best, Grant::max)
}

/// Whom a statement is about, as far as export tasks go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Whom {
    /// CloudWatch Logs of the region.
    Ours,
    /// Everybody.
    Everybody,
    /// That cannot be told.
    Unsure,
    /// CloudWatch Logs of another region.
    Elsewhere,
    /// Somebody else.
    Others,
}

/// How far a statement meets a need.
fn allowance(installation: &Installation, statement: &Value, need: Need) -> Grant {
    let is_allowed = is_effect(statement, "Allow");
    let covers = covers(installation, statement, need);
    let whom = match whom(installation, statement) {
        Whom::Others => return Grant::None,
        _ if !is_allowed || covers == Judged::Unmet => return Grant::None,
        Whom::Elsewhere => return Grant::Elsewhere,
        // Everybody may mean services, too, which depends on the conditions and on how public access is blocked.
        Whom::Everybody | Whom::Unsure => Judged::Unsure,
        Whom::Ours => Judged::Met,
    };
    let met = conditions(installation, statement.get("Condition"), need);
    match met.judged.max(covers).max(whom) {
        Judged::Unmet => Grant::Elsewhere,
        Judged::Unsure => Grant::Unsure,
        Judged::Met if met.has_account && met.has_arn => Grant::Conditional,
        Judged::Met => Grant::Open,
    }
}

/// How far a statement keeps a need from being met: for certain if it has no conditions.
fn refusal(installation: &Installation, statement: &Value, need: Need) -> Grant {
    let whom = match whom(installation, statement) {
        Whom::Ours | Whom::Everybody => Judged::Met,
        Whom::Unsure => Judged::Unsure,
        Whom::Elsewhere | Whom::Others => Judged::Unmet,
    };
    if !is_effect(statement, "Deny") {
        return Grant::Conditional;
    }
    let met = conditions(installation, statement.get("Condition"), need);
    let covers = covers(installation, statement, need);
    match met.judged.max(covers).max(whom) {
        Judged::Unmet => Grant::Conditional,
        Judged::Unsure => Grant::Unsure,
        Judged::Met => Grant::Refused,
    }
}

fn whom(installation: &Installation, statement: &Value) -> Whom {
    let Some(principal) = statement.get("Principal") else {
        // `NotPrincipal`, or nothing that is a statement.
        return Whom::Unsure;
    };
    let accounts = principal.get("AWS");
    let services = services(statement);
    let ours = logs_service(&installation.region);
    let is = |service: &str| services.contains(&service);
    if is(&ours) {
        Whom::Ours
    } else if [texts(Some(principal)), texts(accounts)]
        .concat()
        .contains(&"*")
    {
        Whom::Everybody
    } else if is("*") || is("logs.amazonaws.com") {
        // The user guide has the name with the region; nowhere is it said what the one without does.
        Whom::Unsure
    } else if services.iter().any(|service| is_logs(service)) {
        Whom::Elsewhere
    } else {
        Whom::Others
    }
}

/// Whether a statement is about what a need does, to what it does it.
fn covers(installation: &Installation, statement: &Value, need: Need) -> Judged {
    let action = need.action().to_ascii_lowercase();
    let resource = need.resource(installation);
    let lowered = |pattern: &str| pattern.to_ascii_lowercase();
    let actions = among(statement, ["Action", "NotAction"], &action, lowered);
    let resources = among(
        statement,
        ["Resource", "NotResource"],
        &resource,
        str::to_owned,
    );
    actions.max(resources)
}

/// Whether a text is among those that a statement names, or not among those that it leaves out.
fn among(
    statement: &Value,
    [named, left_out]: [&str; 2],
    text: &str,
    form: impl Fn(&str) -> String,
) -> Judged {
    let has = |patterns: &[&str]| {
        let mut patterns = patterns.iter();
        patterns.any(|pattern| WildMatch::new(&form(pattern)).matches(text))
    };
    // `${aws:username}` and the like.
    let is_variable = |patterns: &[&str]| patterns.iter().any(|pattern| pattern.contains("${"));
    if let Some(of) = statement.get(named) {
        let patterns = texts(Some(of));
        match (has(&patterns), is_variable(&patterns)) {
            (true, _) => Judged::Met,
            (false, true) => Judged::Unsure,
            (false, false) => Judged::Unmet,
        }
    } else if has(&texts(statement.get(left_out))) {
        Judged::Unmet
    } else {
        Judged::Unsure
    }
}

fn is_effect(statement: &Value, effect: &str) -> bool {
    statement.get("Effect").and_then(Value::as_str) == Some(effect)
}

/// The services that a statement names.
fn services(statement: &Value) -> Vec<&str> {
    let principal = statement.get("Principal");
    texts(principal.and_then(|principal| principal.get("Service")))
}

fn is_logs(service: &str) -> bool {
    let parts = service.strip_prefix("logs.");
    parts.is_some_and(|parts| parts.contains(".amazonaws.com")) || service == "logs.amazonaws.com"
}

/// A text or a list of texts.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(texts)) => texts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
