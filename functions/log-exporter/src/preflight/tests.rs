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
    insta::assert_snapshot!(said.join("\n"), @"");
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

#[test]
fn each_setting_that_is_in_the_way_has_its_mend() {
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1";
    let cases = [
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
    ];
    let said: Vec<String> = cases.iter().flat_map(said).collect();
    insta::assert_snapshot!(said.join("\n----\n"), @"");
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
    insta::assert_snapshot!(unreadable_group("/ecs/shop").text(), @"");
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
