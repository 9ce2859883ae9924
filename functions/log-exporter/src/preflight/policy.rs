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

/// How far a statement meets a need.
fn allowance(installation: &Installation, statement: &Value, need: Need) -> Grant {
    let is_allowed = is_effect(statement, "Allow") && covers(installation, statement, need);
    let services = services(statement);
    let ours = logs_service(&installation.region);
    if !is_allowed || !services.iter().any(|service| is_logs(service)) {
        return Grant::None;
    }
    if !services.iter().any(|service| *service == ours) {
        return Grant::Elsewhere;
    }
    let met = conditions(installation, statement.get("Condition"), need);
    match met.judged {
        Judged::Unmet => Grant::Elsewhere,
        Judged::Unsure => Grant::Unsure,
        Judged::Met if met.has_account && met.has_arn => Grant::Conditional,
        Judged::Met => Grant::Open,
    }
}

/// How far a statement keeps a need from being met: for certain if it has no conditions.
fn refusal(installation: &Installation, statement: &Value, need: Need) -> Grant {
    let is_everybody = match statement.get("Principal") {
        Some(Value::Object(of)) => texts(of.get("AWS")).contains(&"*"),
        of => texts(of).contains(&"*"),
    };
    let ours = logs_service(&installation.region);
    let is_meant = is_everybody || services(statement).contains(&ours.as_str());
    if !is_effect(statement, "Deny") || !is_meant || !covers(installation, statement, need) {
        return Grant::Conditional;
    }
    let conditions = conditions(installation, statement.get("Condition"), need);
    match conditions.judged {
        Judged::Unmet => Grant::Conditional,
        Judged::Unsure => Grant::Unsure,
        Judged::Met => Grant::Refused,
    }
}

fn covers(installation: &Installation, statement: &Value, need: Need) -> bool {
    let resource = need.resource(installation);
    let action = need.action().to_ascii_lowercase();
    let actions = texts(statement.get("Action"));
    let resources = texts(statement.get("Resource"));
    let is = |pattern: &&str, text: &str| WildMatch::new(pattern).matches(text);
    actions
        .iter()
        .any(|of| is(&of.to_ascii_lowercase().as_str(), &action))
        && resources.iter().any(|of| is(of, &resource))
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
