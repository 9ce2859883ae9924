use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_bucket_location::GetBucketLocationOutput;
use aws_sdk_s3::operation::get_bucket_policy::GetBucketPolicyOutput;
use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_s3::types::{
    DefaultRetention, ObjectLockConfiguration, ObjectLockRule, ServerSideEncryptionByDefault,
    ServerSideEncryptionRule,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use shared::aws::lazy;

use super::*;
use crate::aws::Clients;
use crate::aws::tests::{clients, sources};

async fn asked(rules: [Rule; 4]) -> BucketSettings {
    let s3 = lazy(move || {
        let [a, b, c, d] = &rules;
        mock_client!(aws_sdk_s3, RuleMode::MatchAny, [a, b, c, d])
    });
    let clients = Clients { s3, ..clients() };
    sources(&clients).settings().await
}

fn answered(status: u16, code: &str, region: Option<&'static str>) -> HttpResponse {
    let body = format!("<Error><Code>{code}</Code><Message>Access Denied</Message></Error>");
    let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
    if let Some(region) = region {
        response.headers_mut().insert("x-amz-bucket-region", region);
    }
    response
}

fn location(constraint: Option<&'static str>) -> Rule {
    mock!(Client::get_bucket_location)
        .match_requests(|request| request.bucket() == Some("exports"))
        .then_output(move || {
            let constraint = constraint.map(BucketLocationConstraint::from);
            let answer = GetBucketLocationOutput::builder();
            answer.set_location_constraint(constraint).build()
        })
}

fn encrypted(algorithm: ServerSideEncryption, key: Option<&'static str>) -> Rule {
    mock!(Client::get_bucket_encryption).then_output(move || {
        let default = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(algorithm.clone())
            .set_kms_master_key_id(key.map(str::to_owned));
        let rule = ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(default.build().unwrap());
        let rules = ServerSideEncryptionConfiguration::builder().rules(rule.build());
        GetBucketEncryptionOutput::builder()
            .server_side_encryption_configuration(rules.build().unwrap())
            .build()
    })
}

fn locked(retention: DefaultRetention) -> Rule {
    mock!(Client::get_object_lock_configuration).then_output(move || {
        let rule = ObjectLockRule::builder().default_retention(retention.clone());
        let lock = ObjectLockConfiguration::builder().rule(rule.build());
        GetObjectLockConfigurationOutput::builder()
            .object_lock_configuration(lock.build())
            .build()
    })
}

#[tokio::test]
async fn a_bucket_says_where_it_is_and_what_it_demands() {
    let policy = mock!(Client::get_bucket_policy)
        .then_output(|| GetBucketPolicyOutput::builder().policy("{}").build());
    let settings = asked([
        location(Some("eu-central-1")),
        policy,
        encrypted(ServerSideEncryption::AwsKms, Some("key/1")),
        locked(DefaultRetention::builder().days(30).build()),
    ]);
    let expected = BucketSettings {
        region: Ok(Some("eu-central-1".to_owned())),
        policy: Ok(Some("{}".to_owned())),
        encryption: Ok(Encryption::Kms(Some("key/1".to_owned()))),
        lock: Ok(Some("30 days".to_owned())),
    };
    assert_eq!(settings.await, expected);
}

#[tokio::test]
async fn what_a_bucket_does_not_have_is_no_error() {
    let settings = asked([
        location(None),
        mock!(Client::get_bucket_policy)
            .then_http_response(|| answered(404, "NoSuchBucketPolicy", None)),
        mock!(Client::get_bucket_encryption).then_http_response(|| {
            answered(404, "ServerSideEncryptionConfigurationNotFoundError", None)
        }),
        mock!(Client::get_object_lock_configuration)
            .then_http_response(|| answered(404, "ObjectLockConfigurationNotFoundError", None)),
    ]);
    let expected = BucketSettings {
        region: Ok(Some("us-east-1".to_owned())),
        policy: Ok(None),
        encryption: Ok(Encryption::S3),
        lock: Ok(None),
    };
    assert_eq!(settings.await, expected);
}

#[tokio::test]
async fn what_may_not_be_asked_says_so_and_a_redirection_tells_the_region() {
    let denied = || answered(403, "AccessDenied", None);
    let settings = asked([
        mock!(Client::get_bucket_location)
            .then_http_response(|| answered(301, "PermanentRedirect", Some("us-west-2"))),
        mock!(Client::get_bucket_policy).then_http_response(denied),
        mock!(Client::get_bucket_encryption).then_http_response(denied),
        mock!(Client::get_object_lock_configuration).then_http_response(denied),
    ]);
    insta::assert_debug_snapshot!(settings.await, @"");
    let gone = mock!(Client::get_bucket_location)
        .then_http_response(|| answered(404, "NoSuchBucket", None));
    let settings = asked([
        gone,
        mock!(Client::get_bucket_policy).then_http_response(denied),
        encrypted(ServerSideEncryption::AwsKmsDsse, None),
        locked(DefaultRetention::builder().build()),
    ]);
    let settings = settings.await;
    assert_eq!(settings.region, Ok(None));
    assert_eq!(settings.encryption, Ok(Encryption::Dsse));
    assert_eq!(settings.lock, Ok(None));
}

#[test]
fn the_oldest_regions_have_other_names() {
    let of = |name: &str| region_of(Some(&BucketLocationConstraint::from(name)));
    assert_eq!(
        ["", "EU", "eu-west-2"].map(of),
        ["us-east-1", "eu-west-1", "eu-west-2"]
    );
}
