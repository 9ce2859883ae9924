//! Whether an installation can export: what is wrong with the bucket or a log group, and the exact mend. Pure, but for the asking.
//!
//! A finding says that export tasks would fail only where that is certain: what cannot be judged from here must not stop them.

mod mend;
mod partition;
mod policy;

use std::future::Future;

use self::policy::{Grant, Need};

/// Where logs are exported from and to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Installation {
    /// The bucket that logs are exported to.
    pub bucket: String,
    /// The account of the log groups.
    pub account: String,
    /// The region of the log groups.
    pub region: String,
}

/// What was found out of a bucket; why not, in the words of the call, where it was not.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BucketSettings {
    /// Its region; `None` if there is no such bucket.
    pub region: Result<Option<String>, String>,
    /// Its policy, if it has one.
    pub policy: Result<Option<String>, String>,
    /// How new objects are encrypted.
    pub encryption: Result<Encryption, String>,
    /// For how long new objects are locked, such as `30 days`, if they are.
    pub lock: Result<Option<String>, String>,
}

/// How new objects of a bucket are encrypted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Encryption {
    /// By keys of S3, or not at all.
    S3,
    /// By a key of KMS; the AWS-managed one of S3, if it names none.
    Kms(Option<String>),
    /// Twice, by keys of KMS.
    Dsse,
}

/// Who knows a bucket's settings.
pub trait LooksAtBucket: Sync {
    /// What can be found out of the bucket.
    fn settings(&self) -> impl Future<Output = BucketSettings> + Send;
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Weight {
    /// Export tasks fail for it.
    StopsTasks,
    /// Export tasks may fail for it, or somebody else may write into the bucket.
    Risk,
    /// Nothing is wrong, or that cannot be seen from here: somebody should know it.
    Remark,
}

/// What is wrong, and how it is mended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// How much it matters.
    pub weight: Weight,
    /// On what, such as `bucket exports`.
    pub object: String,
    /// What is wrong, as a sentence.
    pub wrong: String,
    /// What to do, to paste: sentences and whole commands.
    pub mend: String,
}

impl Finding {
    /// What is wrong on what, and the mend behind it.
    pub fn text(&self) -> String {
        format!("{}: {} {}", self.object, self.wrong, self.mend)
    }
}

/// Looks at the bucket, and says what is wrong with it: what matters most comes first.
pub async fn look(world: &impl LooksAtBucket, installation: &Installation) -> Vec<Finding> {
    findings(installation, &world.settings().await)
}

/// What is wrong with a bucket: what matters most comes first.
pub fn findings(installation: &Installation, settings: &BucketSettings) -> Vec<Finding> {
    let about = About(installation);
    let mut findings: Vec<Finding> = [
        about.region(&settings.region),
        about.policy(&settings.policy),
        about.encryption(&settings.encryption),
        about.lock(&settings.lock),
    ]
    .into_iter()
    .flatten()
    .collect();
    // Of a bucket that is not there nothing else is said.
    if settings.region == Ok(None) {
        findings.truncate(1);
    }
    findings.sort_by_key(|finding| finding.weight);
    findings
}

/// Why a log group of another class than `STANDARD` cannot be exported: such classes have neither export tasks nor `FilterLogEvents` (user
/// guide, "Log classes"), and the class of a group "can't be changed" (API reference, `CreateLogGroup`).
pub fn unreadable_group(group: &str) -> Finding {
    let mend = mend::new_group(group);
    Finding {
        weight: Weight::Remark,
        object: format!("log group {group}"),
        wrong: "Its log class lets nobody export or read its events, and it cannot be changed."
            .to_owned(),
        mend,
    }
}

/// Why nothing is exported to a bucket while the ledger tells of rows that are in another one: what was proven of that one would be said of
/// this one, too.
pub fn other_bucket(installation: &Installation, before: &str) -> Finding {
    Finding {
        weight: Weight::StopsTasks,
        object: format!("bucket {}", installation.bucket),
        wrong: format!(
            "The logs that were exported so far are in {before}. Until somebody has decided, nothing is done."
        ),
        mend: mend::other_bucket(installation, before),
    }
}

struct About<'a>(&'a Installation);

impl About<'_> {
    fn finding(&self, weight: Weight, wrong: impl Into<String>, mend: String) -> Finding {
        Finding {
            weight,
            object: format!("bucket {}", self.0.bucket),
            wrong: wrong.into(),
            mend,
        }
    }

    fn unseen(&self, why: &str, action: &str) -> Finding {
        let wrong = format!("Not all of it could be looked at: {why}.");
        self.finding(Weight::Remark, wrong, mend::permission(self.0, action))
    }

    /// "The Amazon S3 bucket must reside in the same Region as the log data to export" (user guide, "Export log data to Amazon S3").
    fn region(&self, region: &Result<Option<String>, String>) -> Option<Finding> {
        let here = &self.0.region;
        let wrong = match region {
            Err(why) => return Some(self.unseen(why, "s3:GetBucketLocation")),
            Ok(Some(region)) if region == here => return None,
            Ok(Some(region)) => format!(
                "It is in {region}, and the log groups are in {here}: export tasks write to buckets of their own region only."
            ),
            Ok(None) => "There is no such bucket.".to_owned(),
        };
        Some(self.finding(Weight::StopsTasks, wrong, mend::new_bucket(self.0)))
    }

    fn policy(&self, policy: &Result<Option<String>, String>) -> Option<Finding> {
        let policy = match policy {
            Ok(policy) => policy.as_deref(),
            Err(why) => return Some(self.unseen(why, "s3:GetBucketPolicy")),
        };
        let needs = [Need::GetBucketAcl, Need::PutObject];
        let of = |need| (need, policy::grant(self.0, policy, need));
        // The need that is met worst.
        let (need, grant) = needs.map(of).into_iter().max_by_key(|(_, grant)| *grant)?;
        let action = need.action();
        let service = partition::logs_service(&self.0.region);
        let (weight, wrong) = match grant {
            Grant::Conditional => return None,
            Grant::Open => (
                Weight::Risk,
                format!(
                    "Its policy lets {service} do {action} for any account: the conditions aws:SourceAccount and aws:SourceArn are missing."
                ),
            ),
            Grant::Unsure => (
                Weight::Risk,
                format!(
                    "Its policy may keep {service} from {action}: it has conditions, limits or refusals that cannot be judged from here."
                ),
            ),
            Grant::Elsewhere => (
                Weight::StopsTasks,
                format!(
                    "Its policy lets CloudWatch Logs of another region or account do {action}, but not {service} for account {}.",
                    self.0.account
                ),
            ),
            Grant::None => (
                Weight::StopsTasks,
                format!("Its policy does not let {service} do {action}."),
            ),
            Grant::Refused => (
                Weight::StopsTasks,
                format!("Its policy refuses {action} to everybody, and so to {service}."),
            ),
        };
        let mend = match grant {
            Grant::Refused => mend::refusal(action),
            _ => mend::policy(self.0, policy),
        };
        Some(self.finding(weight, wrong, mend))
    }

    /// "Exporting log data to S3 buckets that are encrypted by SSE-KMS is supported. Exporting to buckets encrypted with DSSE-KMS is not
    /// supported" (user guide, "Export log data to Amazon S3 using the console"). The policy of an AWS-managed key lets in principals of
    /// its account only, not services, and "you cannot ... edit their key policies" (KMS developer guide, "AWS managed keys").
    fn encryption(&self, encryption: &Result<Encryption, String>) -> Option<Finding> {
        let wrong = match encryption {
            Err(why) => return Some(self.unseen(why, "s3:GetEncryptionConfiguration")),
            Ok(Encryption::S3) => return None,
            Ok(Encryption::Kms(Some(key))) if !is_managed_by_aws(key) => {
                let wrong = format!(
                    "It encrypts with KMS key {key}, whose policy has to let CloudWatch Logs and this function use it. That cannot be seen from here."
                );
                let mend = mend::key(self.0, key);
                return Some(self.finding(Weight::Remark, wrong, mend));
            }
            Ok(Encryption::Kms(_)) => {
                "It encrypts with the AWS-managed key aws/s3, which CloudWatch Logs may not use and whose policy cannot be changed."
            }
            Ok(Encryption::Dsse) => {
                "It encrypts with DSSE-KMS, and export tasks do not write to such buckets."
            }
        };
        Some(self.finding(Weight::StopsTasks, wrong, mend::encryption(self.0)))
    }

    /// Export tasks write to buckets with Object Lock (API reference, `CreateExportTask`). Objects are removed without naming a version,
    /// which locked ones allow: they stay as earlier versions (S3 user guide, "How S3 Object Lock works").
    fn lock(&self, lock: &Result<Option<String>, String>) -> Option<Finding> {
        let days = match lock {
            Err(why) => return Some(self.unseen(why, "s3:GetBucketObjectLockConfiguration")),
            Ok(None) => return None,
            Ok(Some(days)) => days,
        };
        let wrong = format!(
            "It locks what is written for {days}. Exports work, but what is staged, copied and removed is kept and paid for as earlier versions until then."
        );
        Some(self.finding(Weight::Remark, wrong, mend::lock(self.0)))
    }
}

fn is_managed_by_aws(key: &str) -> bool {
    key.ends_with("alias/aws/s3")
}

#[cfg(test)]
mod tests;
