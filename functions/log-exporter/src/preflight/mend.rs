//! Mends as texts to paste.

use serde_json::{Value, json};

use super::Installation;
use super::partition::{logs_service, partition};
use super::policy::{is_for_exports, statements};

/// What to do about a bucket that is not there or elsewhere.
pub(super) fn new_bucket(installation: &Installation) -> String {
    let Installation {
        bucket,
        account,
        region,
    } = installation;
    let place = match region.as_str() {
        // The one region that is not to be named (API reference, `CreateBucket`).
        "us-east-1" => String::new(),
        region => format!(" --create-bucket-configuration LocationConstraint={region}"),
    };
    let name = format!("logs-{account}-{region}");
    format!(
        "Make a bucket in {region}, and set EXPORT_BUCKET to its name instead of {bucket}:\naws s3api create-bucket --bucket {name} --region {region}{place}"
    )
}

/// What to do about a bucket that is another one than before.
pub(super) fn other_bucket(installation: &Installation, before: &str) -> String {
    let bucket = &installation.bucket;
    format!(
        "Set EXPORT_BUCKET to {before} again; or go on here, with all that is there (STATE_BUCKET is the state bucket):\naws s3 sync s3://{before}/ s3://{bucket}/ --exclude 'staging/*'\naws s3 rm s3://$STATE_BUCKET/exports/catalog.json\nor begin anew here, which leaves what is in {before} as it is:\naws s3 rm s3://$STATE_BUCKET/exports/ --recursive"
    )
}

/// The whole policy: what the bucket has, with the statements that export tasks need instead of those that were meant to be them.
pub(super) fn policy(installation: &Installation, old: Option<&str>) -> String {
    let Installation { bucket, region, .. } = installation;
    let mut kept = old.and_then(statements).unwrap_or_default();
    kept.retain(|statement| !is_for_exports(statement));
    kept.extend(needed(installation));
    let policy = pretty(&json!({"Version": "2012-10-17", "Statement": kept}));
    format!(
        "Give it this policy:\naws s3api put-bucket-policy --bucket {bucket} --region {region} --policy file:///dev/stdin <<'POLICY'\n{policy}\nPOLICY"
    )
}

/// What to do about a statement that refuses.
pub(super) fn refusal(action: &str) -> String {
    format!(
        "Take the statement with the effect Deny that has {action} out of its policy, or let it spare what is under staging/."
    )
}

/// What the user guide, "Export log data to Amazon S3", has the bucket's policy say.
fn needed(installation: &Installation) -> [Value; 2] {
    let Installation {
        bucket,
        account,
        region,
    } = installation;
    let partition = partition(region);
    let principal = json!({"Service": logs_service(region)});
    let groups =
        json!({"aws:SourceArn": format!("arn:{partition}:logs:{region}:{account}:log-group:*")});
    let arn = format!("arn:{partition}:s3:::{bucket}");
    [
        json!({
            "Sid": "ExportTasksLookAtTheBucket",
            "Effect": "Allow",
            "Principal": principal,
            "Action": "s3:GetBucketAcl",
            "Resource": arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": account}, "ArnLike": groups},
        }),
        json!({
            "Sid": "ExportTasksWrite",
            "Effect": "Allow",
            "Principal": principal,
            "Action": "s3:PutObject",
            "Resource": format!("{arn}/staging/*"),
            "Condition": {
                "StringEquals": {
                    "s3:x-amz-acl": "bucket-owner-full-control",
                    "aws:SourceAccount": account,
                },
                "ArnLike": groups,
            },
        }),
    ]
}

/// What to encrypt with instead.
pub(super) fn encryption(installation: &Installation) -> String {
    let Installation { bucket, region, .. } = installation;
    format!(
        "Encrypt with keys of S3, or with a KMS key of your own:\naws s3api put-bucket-encryption --bucket {bucket} --region {region} --server-side-encryption-configuration '{{\"Rules\":[{{\"ApplyServerSideEncryptionByDefault\":{{\"SSEAlgorithm\":\"AES256\"}}}}]}}'"
    )
}

/// The statement that a key's policy needs (user guide, "Export log data to Amazon S3 using the console").
pub(super) fn key(installation: &Installation, key: &str) -> String {
    let region = &installation.region;
    let statement = pretty(&json!({
        "Sid": "ExportTasksEncrypt",
        "Effect": "Allow",
        "Principal": {"Service": logs_service(region)},
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": "*",
    }));
    format!(
        "See that the key's policy has this statement, and that the function's role may kms:GenerateDataKey and kms:Decrypt with it:\naws kms get-key-policy --key-id {key} --policy-name default --region {region} --query Policy --output text\n{statement}"
    )
}

/// What to do about a lock.
pub(super) fn lock(installation: &Installation) -> String {
    let bucket = &installation.bucket;
    format!(
        "If that is too much, export to a bucket without default retention, and copy what is proven from there; whether it is on is told by:\naws s3api get-object-lock-configuration --bucket {bucket}"
    )
}

/// A permission that is missing to look.
pub(super) fn permission(installation: &Installation, action: &str) -> String {
    let arn = format!(
        "arn:{}:s3:::{}",
        partition(&installation.region),
        installation.bucket
    );
    format!("Whoever looks needs to be allowed {action} on {arn}.")
}

/// A log group that can be exported.
pub(super) fn new_group(group: &str) -> String {
    format!(
        "Log to a group of class STANDARD:\naws logs create-log-group --log-group-name '{group}-standard' --log-group-class STANDARD"
    )
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}
