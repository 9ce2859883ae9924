use serde_json::{Value, json};

use super::*;

pub(super) fn installation() -> Installation {
    Installation {
        bucket: "exports".to_owned(),
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
    }
}

/// The policy of the mend, which is in the text between two lines.
fn policy_of(finding: &Finding) -> Value {
    let (_, policy) = finding.mend.split_once("<<'POLICY'\n").unwrap();
    let policy = policy.strip_suffix("\nPOLICY").unwrap();
    serde_json::from_str(policy).unwrap()
}

fn good() -> BucketSettings {
    let without = BucketSettings {
        region: Ok(Some("eu-west-1".to_owned())),
        policy: Ok(None),
        encryption: Ok(Encryption::S3),
        lock: Ok(None),
    };
    let mended = policy_of(&findings(&installation(), &without)[0]);
    BucketSettings {
        policy: Ok(Some(mended.to_string())),
        ..without
    }
}

fn said(settings: &BucketSettings) -> Vec<String> {
    let findings = findings(&installation(), settings);
    let text = |finding: &Finding| format!("{:?} {}", finding.weight, finding.text());
    findings.iter().map(text).collect()
}

#[test]
fn a_bucket_with_the_policy_of_the_mend_has_no_findings() {
    assert_eq!(findings(&installation(), &good()), []);
}

#[test]
fn a_bucket_without_a_policy_gets_a_whole_one() {
    let policy = Ok(None);
    let said = said(&BucketSettings { policy, ..good() });
    insta::assert_snapshot!(said.join("\n"), @r#"
StopsTasks bucket exports: Its policy does not let logs.eu-west-1.amazonaws.com do s3:PutObject. Give it this policy:
aws s3api put-bucket-policy --bucket exports --region eu-west-1 --policy file:///dev/stdin <<'POLICY'
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ExportTasksLookAtTheBucket",
      "Effect": "Allow",
      "Principal": {
        "Service": "logs.eu-west-1.amazonaws.com"
      },
      "Action": "s3:GetBucketAcl",
      "Resource": "arn:aws:s3:::exports",
      "Condition": {
        "StringEquals": {
          "aws:SourceAccount": "111122223333"
        },
        "ArnLike": {
          "aws:SourceArn": "arn:aws:logs:eu-west-1:111122223333:log-group:*"
        }
      }
    },
    {
      "Sid": "ExportTasksWrite",
      "Effect": "Allow",
      "Principal": {
        "Service": "logs.eu-west-1.amazonaws.com"
      },
      "Action": "s3:PutObject",
      "Resource": "arn:aws:s3:::exports/staging/*",
      "Condition": {
        "StringEquals": {
          "s3:x-amz-acl": "bucket-owner-full-control",
          "aws:SourceAccount": "111122223333"
        },
        "ArnLike": {
          "aws:SourceArn": "arn:aws:logs:eu-west-1:111122223333:log-group:*"
        }
      }
    }
  ]
}
POLICY
"#);
}

#[test]
fn a_policy_keeps_what_it_says_for_others_and_loses_what_did_not_do() {
    let backup = json!({"Sid": "Backup", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:*", "Resource": "*"});
    let open = |region: &str| {
        json!({
            "Effect": "Allow",
            "Principal": {"Service": format!("logs.{region}.amazonaws.com")},
            "Action": ["s3:PutObject", "s3:GetBucketAcl"],
            "Resource": ["arn:aws:s3:::exports", "arn:aws:s3:::exports/*"],
        })
    };
    let cases = [
        ("eu-west-1", Weight::Risk, "for any account"),
        (
            "us-east-1",
            Weight::StopsTasks,
            "of another region or account",
        ),
    ];
    for (region, weight, words) in cases {
        let old = json!({"Statement": [backup, open(region)]}).to_string();
        let policy = Ok(Some(old));
        let found = findings(&installation(), &BucketSettings { policy, ..good() });
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].weight, weight);
        assert!(found[0].wrong.contains(words), "{}", found[0].wrong);
        let mended = policy_of(&found[0]);
        assert_eq!(mended["Statement"][0], backup);
        assert_eq!(mended["Statement"].as_array().unwrap().len(), 3);
        let policy = Ok(Some(mended.to_string()));
        assert_eq!(
            findings(&installation(), &BucketSettings { policy, ..good() }),
            []
        );
    }
}

/// Each with one setting that is in the way.
fn in_the_way() -> [BucketSettings; 7] {
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1";
    [
        BucketSettings {
            region: Ok(Some("us-east-1".to_owned())),
            ..good()
        },
        BucketSettings {
            region: Ok(None),
            policy: Err("no such bucket".to_owned()),
            ..good()
        },
        BucketSettings {
            encryption: Ok(Encryption::Kms(Some(key.to_owned()))),
            ..good()
        },
        BucketSettings {
            encryption: Ok(Encryption::Kms(None)),
            ..good()
        },
        BucketSettings {
            encryption: Ok(Encryption::Dsse),
            ..good()
        },
        BucketSettings {
            lock: Ok(Some("30 days".to_owned())),
            ..good()
        },
        BucketSettings {
            policy: Err(
                "couldn't read the policy of s3://exports/: Access Denied (AccessDenied)"
                    .to_owned(),
            ),
            ..good()
        },
    ]
}

#[test]
fn each_setting_that_is_in_the_way_has_its_mend() {
    let said: Vec<String> = in_the_way().iter().flat_map(said).collect();
    insta::assert_snapshot!(said.join("\n----\n"), @r#"
StopsTasks bucket exports: It is in us-east-1, and the log groups are in eu-west-1: export tasks write to buckets of their own region only. Make a bucket in eu-west-1, and set EXPORT_BUCKET to its name instead of exports:
aws s3api create-bucket --bucket logs-111122223333-eu-west-1 --region eu-west-1 --create-bucket-configuration LocationConstraint=eu-west-1
----
StopsTasks bucket exports: There is no such bucket. Make a bucket in eu-west-1, and set EXPORT_BUCKET to its name instead of exports:
aws s3api create-bucket --bucket logs-111122223333-eu-west-1 --region eu-west-1 --create-bucket-configuration LocationConstraint=eu-west-1
----
Remark bucket exports: It encrypts with KMS key arn:aws:kms:eu-west-1:111122223333:key/1, whose policy has to let CloudWatch Logs and this function use it. That cannot be seen from here. See that the key's policy has this statement, and that the function's role may kms:GenerateDataKey and kms:Decrypt with it:
aws kms get-key-policy --key-id arn:aws:kms:eu-west-1:111122223333:key/1 --policy-name default --region eu-west-1 --query Policy --output text
{
  "Sid": "ExportTasksEncrypt",
  "Effect": "Allow",
  "Principal": {
    "Service": "logs.eu-west-1.amazonaws.com"
  },
  "Action": [
    "kms:GenerateDataKey",
    "kms:Decrypt"
  ],
  "Resource": "*"
}
----
StopsTasks bucket exports: It encrypts with the AWS-managed key aws/s3, which CloudWatch Logs may not use and whose policy cannot be changed. Encrypt with keys of S3, or with a KMS key of your own:
aws s3api put-bucket-encryption --bucket exports --region eu-west-1 --server-side-encryption-configuration '{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}'
----
StopsTasks bucket exports: It encrypts with DSSE-KMS, and export tasks do not write to such buckets. Encrypt with keys of S3, or with a KMS key of your own:
aws s3api put-bucket-encryption --bucket exports --region eu-west-1 --server-side-encryption-configuration '{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}'
----
Remark bucket exports: It locks what is written for 30 days. Exports work, but what is staged, copied and removed is kept and paid for as earlier versions until then. If that is too much, export to a bucket without default retention, and copy what is proven from there; whether it is on is told by:
aws s3api get-object-lock-configuration --bucket exports
----
Remark bucket exports: Not all of it could be looked at: couldn't read the policy of s3://exports/: Access Denied (AccessDenied). Whoever looks needs to be allowed s3:GetBucketPolicy on arn:aws:s3:::exports.
"#);
}

#[test]
fn what_stops_tasks_comes_first() {
    let settings = BucketSettings {
        encryption: Ok(Encryption::Dsse),
        lock: Ok(Some("30 days".to_owned())),
        region: Err("no time".to_owned()),
        ..good()
    };
    let weights = findings(&installation(), &settings);
    let weights: Vec<Weight> = weights.iter().map(|finding| finding.weight).collect();
    assert_eq!(
        weights,
        [Weight::StopsTasks, Weight::Remark, Weight::Remark]
    );
}

#[test]
fn a_group_of_another_class_needs_another_group() {
    insta::assert_snapshot!(unreadable_group("/ecs/shop").text(), @r"
log group /ecs/shop: Its log class lets nobody export or read its events, and it cannot be changed. Log to a group of class STANDARD:
aws logs create-log-group --log-group-name '/ecs/shop-standard' --log-group-class STANDARD
");
}

#[test]
fn other_partitions_have_other_arns_and_services() {
    for (region, service, arn) in [
        (
            "cn-north-1",
            "logs.cn-north-1.amazonaws.com.cn",
            "arn:aws-cn:s3:::exports",
        ),
        (
            "us-gov-west-1",
            "logs.us-gov-west-1.amazonaws.com",
            "arn:aws-us-gov:s3:::exports",
        ),
    ] {
        let installation = Installation {
            region: region.to_owned(),
            ..installation()
        };
        let settings = BucketSettings {
            region: Ok(Some(region.to_owned())),
            policy: Ok(None),
            ..good()
        };
        let mended = policy_of(&findings(&installation, &settings)[0]);
        let statement = &mended["Statement"][0];
        assert_eq!(statement["Principal"]["Service"], service);
        assert_eq!(statement["Resource"], arn);
    }
}
