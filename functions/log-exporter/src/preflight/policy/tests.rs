use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::preflight::tests::installation;

fn met(statements: &Value, need: Need) -> Grant {
    let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    grant(&installation(), Some(&policy), need)
}

/// A statement as the user guide has it, with changes.
fn statement(changes: Value) -> Value {
    let mut statement = json!({
        "Effect": "Allow",
        "Principal": {"Service": "logs.eu-west-1.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::exports/*",
        "Condition": {
            "StringEquals": {
                "s3:x-amz-acl": "bucket-owner-full-control",
                "aws:SourceAccount": ["444455556666", "111122223333"],
            },
            "ArnLike": {"aws:SourceArn": "arn:aws:logs:eu-west-1:111122223333:log-group:*"},
        },
    });
    if let (Some(statement), Value::Object(changes)) = (statement.as_object_mut(), changes) {
        statement.extend(changes);
    }
    statement
}

fn account_only(account: &str) -> Value {
    json!({"Condition": {"StringEquals": {"aws:SourceAccount": account}}})
}

fn arn_only(arn: &str) -> Value {
    json!({"Condition": {"ArnLike": {"aws:SourceArn": arn}}})
}

#[test]
fn a_statement_lets_tasks_write_or_not_for_whom_it_says() {
    let cases = [
        (json!({}), Grant::Conditional),
        (
            json!({"Action": ["s3:GetObject", "s3:Put*"]}),
            Grant::Conditional,
        ),
        (json!({"Action": "S3:PUTOBJECT"}), Grant::Conditional),
        (
            json!({"Resource": "arn:aws:s3:::exports/staging/*"}),
            Grant::Conditional,
        ),
        (json!({"Condition": {}}), Grant::Open),
        (json!({"Condition": null}), Grant::Unsure),
        (account_only("111122223333"), Grant::Open),
        (account_only("*"), Grant::Open),
        (account_only("444455556666"), Grant::Elsewhere),
        (arn_only("arn:aws:logs:*:111122223333:*"), Grant::Open),
        (
            arn_only("arn:aws:logs:us-east-1:111122223333:log-group:*"),
            Grant::Elsewhere,
        ),
        (
            arn_only("arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/*"),
            Grant::Unsure,
        ),
        (
            json!({"Principal": {"Service": "logs.us-east-1.amazonaws.com"}}),
            Grant::Elsewhere,
        ),
        (
            json!({"Principal": {"Service": "logs.amazonaws.com"}}),
            Grant::Unsure,
        ),
        (
            json!({"Principal": {"Service": "delivery.logs.amazonaws.com"}}),
            Grant::None,
        ),
        (
            json!({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}),
            Grant::None,
        ),
        (json!({"Action": "s3:GetBucketAcl"}), Grant::None),
        (json!({"Resource": "arn:aws:s3:::exports"}), Grant::None),
        (
            json!({"Resource": "arn:aws:s3:::exports/logs/*"}),
            Grant::None,
        ),
        (json!({"Resource": "arn:aws:s3:::other/*"}), Grant::None),
        (json!({"Effect": "Deny"}), Grant::Refused),
        (
            json!({"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}),
            Grant::Unsure,
        ),
        (
            json!({"Condition": {"StringEquals": {"s3:x-amz-acl": "private"}}}),
            Grant::Elsewhere,
        ),
    ];
    for (changes, expected) in cases {
        let statements = json!([statement(changes.clone())]);
        assert_eq!(met(&statements, Need::PutObject), expected, "{changes}");
    }
}

/// A statement with one of its parts under another name.
fn turned(from: &str, to: &str, value: Value) -> Value {
    let mut statement = statement(json!({}));
    let parts = statement.as_object_mut().unwrap();
    parts.remove(from);
    parts.insert(to.to_owned(), value);
    statement
}

#[test]
fn what_may_mean_export_tasks_is_unsure() {
    let account = json!({"AWS": "111122223333"});
    let cases = [
        (turned("Principal", "Principal", json!("*")), Grant::Unsure),
        (
            turned("Principal", "Principal", json!({"AWS": "*"})),
            Grant::Unsure,
        ),
        (
            turned("Principal", "Principal", json!({"Service": ["*"]})),
            Grant::Unsure,
        ),
        (
            turned("Principal", "NotPrincipal", account.clone()),
            Grant::Unsure,
        ),
        (
            turned("Action", "NotAction", json!("s3:DeleteObject")),
            Grant::Unsure,
        ),
        (turned("Action", "NotAction", json!("s3:Put*")), Grant::None),
        (
            turned(
                "Resource",
                "NotResource",
                json!("arn:aws:s3:::exports/own/*"),
            ),
            Grant::Unsure,
        ),
        (
            turned("Resource", "NotResource", json!("arn:aws:s3:::exports/*")),
            Grant::None,
        ),
        (
            turned(
                "Resource",
                "Resource",
                json!("arn:aws:s3:::exports/${aws:x}/*"),
            ),
            Grant::Unsure,
        ),
    ];
    for (statement, expected) in cases {
        let statements = json!([statement]);
        assert_eq!(met(&statements, Need::PutObject), expected, "{statements}");
    }
}

#[test]
fn what_may_refuse_export_tasks_is_unsure() {
    let ours = statement(json!({}));
    let deny = |from: &str, to: &str, value: Value| {
        let mut statement = turned(from, to, value);
        let parts = statement.as_object_mut().unwrap();
        parts.insert("Effect".to_owned(), json!("Deny"));
        parts.remove("Condition");
        statement
    };
    let account = json!({"AWS": "111122223333"});
    let service = json!({"Service": "logs.amazonaws.com"});
    let cases = [
        (
            deny("Principal", "NotPrincipal", account.clone()),
            Grant::Unsure,
        ),
        (deny("Principal", "Principal", service), Grant::Unsure),
        (deny("Principal", "Principal", account), Grant::Conditional),
        (deny("Principal", "Principal", json!("*")), Grant::Refused),
        (
            deny("Action", "NotAction", json!("s3:GetObject")),
            Grant::Unsure,
        ),
        (
            deny(
                "Action",
                "NotAction",
                json!(["s3:GetBucketAcl", "s3:PutObject"]),
            ),
            Grant::Conditional,
        ),
        (
            deny(
                "Resource",
                "NotResource",
                json!("arn:aws:s3:::exports/own/*"),
            ),
            Grant::Unsure,
        ),
        (
            deny(
                "Resource",
                "NotResource",
                json!("arn:aws:s3:::exports/staging/*"),
            ),
            Grant::Conditional,
        ),
    ];
    for (refusal, expected) in cases {
        let statements = json!([ours, refusal]);
        assert_eq!(met(&statements, Need::PutObject), expected, "{statements}");
    }
}

#[test]
fn of_several_statements_the_best_counts_unless_one_is_open_or_refuses() {
    let elsewhere = statement(json!({"Principal": {"Service": "logs.us-east-1.amazonaws.com"}}));
    let (ours, open) = (statement(json!({})), statement(json!({"Condition": {}})));
    let deny = |condition: Value| json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": condition});
    let insecure = deny(json!({"Bool": {"aws:SecureTransport": "false"}}));
    let unencrypted = deny(json!({"Null": {"s3:x-amz-server-side-encryption": "true"}}));
    let manifests = json!({
        "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::exports/manifests/*",
    });
    let cases = [
        (json!([elsewhere, ours]), Grant::Conditional),
        (json!([ours, open]), Grant::Open),
        (json!([ours, insecure, manifests]), Grant::Conditional),
        (json!([ours, unencrypted]), Grant::Unsure),
        (json!([ours, deny(json!({}))]), Grant::Refused),
        (ours, Grant::Conditional),
        (json!([]), Grant::None),
    ];
    for (statements, expected) in cases {
        assert_eq!(met(&statements, Need::PutObject), expected, "{statements}");
    }
}

#[test]
fn looking_at_the_bucket_needs_the_bucket_itself() {
    let of = |resource: &str| {
        let condition = json!({
            "StringEquals": {"aws:SourceAccount": "111122223333"},
            "ArnLike": {"aws:SourceArn": "arn:aws:logs:eu-west-1:111122223333:log-group:*"},
        });
        let changes =
            json!({"Action": "s3:GetBucketAcl", "Resource": resource, "Condition": condition});
        met(&json!([statement(changes)]), Need::GetBucketAcl)
    };
    assert_eq!(of("arn:aws:s3:::exports"), Grant::Conditional);
    assert_eq!(of("arn:aws:s3:::exports/*"), Grant::None);
}

#[test]
fn what_is_no_policy_is_not_judged() {
    for policy in ["", "[]", "{}", r#"{"Statement": "all"}"#, "{{"] {
        let grant = grant(&installation(), Some(policy), Need::PutObject);
        assert_eq!(grant, Grant::Unsure, "{policy}");
    }
    assert_eq!(grant(&installation(), None, Need::PutObject), Grant::None);
}

proptest! {
    #[test]
    fn any_text_is_judged(policy in ".{0,200}") {
        grant(&installation(), Some(&policy), Need::PutObject);
    }
}
