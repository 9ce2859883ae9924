//! Whether the conditions of a statement are met when an export task calls.

use serde_json::Value;
use wildmatch::WildMatch;

use super::{Need, texts};
use crate::preflight::Installation;
use crate::preflight::partition::partition;

/// Whether conditions are met.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Judged {
    /// All of them.
    #[default]
    Met,
    /// One of them cannot be judged.
    Unsure,
    /// One of them is not.
    Unmet,
}

/// How the conditions of a statement go with a call.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Met {
    /// Whether they are met.
    pub(super) judged: Judged,
    /// It is for the account alone.
    pub(super) has_account: bool,
    /// It is for log groups alone.
    pub(super) has_arn: bool,
}

/// Goes through the conditions, all of which have to be met.
pub(super) fn conditions(installation: &Installation, of: Option<&Value>, need: Need) -> Met {
    let mut met = Met::default();
    let operators = match of {
        None => return met,
        Some(Value::Object(operators)) => operators,
        Some(_) => {
            met.judge(Judged::Unsure);
            return met;
        }
    };
    for (operator, keys) in operators {
        match keys {
            Value::Object(keys) => {
                for (key, values) in keys {
                    let condition = (operator.as_str(), key.as_str());
                    met.add(installation, condition, &texts(Some(values)), need);
                }
            }
            _ => met.judge(Judged::Unsure),
        }
    }
    met
}

impl Met {
    fn add(
        &mut self,
        installation: &Installation,
        (operator, key): (&str, &str),
        values: &[&str],
        need: Need,
    ) {
        let is = |text: &str| values.iter().any(|of| WildMatch::new(of).matches(text));
        let is_alike = matches!(
            operator,
            "StringEquals" | "StringLike" | "ArnLike" | "ArnEquals"
        );
        match (key.to_ascii_lowercase().as_str(), is_alike) {
            ("aws:sourceaccount", true) => {
                let is_ours = is(&installation.account);
                self.judge(met_if(is_ours));
                self.has_account |= is_ours && !values.contains(&"*");
            }
            ("aws:sourcearn", true) => {
                self.arn(installation, values);
            }
            ("s3:x-amz-acl", true) => {
                let is_sent = need == Need::PutObject && is("bucket-owner-full-control");
                self.judge(met_if(is_sent));
            }
            ("aws:securetransport", _) if operator == "Bool" => {
                self.judge(met_if(values.contains(&"true")));
            }
            _ => self.judge(Judged::Unsure),
        }
    }

    /// What is judged worst counts, as all conditions have to be met.
    fn judge(&mut self, judged: Judged) {
        self.judged = self.judged.max(judged);
    }

    /// Groups of the account and region by their ARNs: all, some, or none of them.
    fn arn(&mut self, installation: &Installation, patterns: &[&str]) {
        let Installation {
            account, region, ..
        } = installation;
        let partition = partition(region);
        let groups = format!("arn:{partition}:logs:{region}:{account}:log-group:");
        let any = format!("{groups}/any/group:*");
        let is_all = patterns.iter().any(|of| WildMatch::new(of).matches(&any));
        let is_some = patterns.iter().any(|of| of.starts_with(&groups));
        self.has_arn |= is_all || is_some;
        self.judge(match (is_all, is_some) {
            (true, _) => Judged::Met,
            (false, true) => Judged::Unsure,
            (false, false) => Judged::Unmet,
        });
    }
}

fn met_if(is_met: bool) -> Judged {
    match is_met {
        true => Judged::Met,
        false => Judged::Unmet,
    }
}
