use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::operation::put_object::PutObjectOutput;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use jiff::SignedDuration;
use serde_json::json;
use shared::aws::lazy;
use shared::clock::{Clock as _, System};
use shared::failure::{Classify as _, FailureKind};
use shared::outbound::Document;

use super::*;
use crate::repository::Repository;

const KEY: &str = "logs/acme/shop/42-1-test.log";

fn log() -> LogKey {
    LogKey::parse(KEY, &[Repository::parse("acme/shop").unwrap()]).unwrap()
}

fn client(rule: &Rule) -> LazyClient<Client> {
    let client = mock_client!(aws_sdk_s3, RuleMode::MatchAny, [rule]);
    lazy(move || client)
}

fn objects(client: &LazyClient<Client>) -> S3Objects<'_> {
    let deadline = Deadline::at(System.now() + SignedDuration::from_secs(30));
    S3Objects {
        client,
        bucket: "ci-logs",
        deadline,
    }
}

const SOURCE: Source<'_> = Source {
    key: KEY,
    version_id: Some("v1"),
};

#[tokio::test]
async fn a_part_of_a_version_is_appended() {
    for (part, range) in [
        (Part::Whole, None),
        (Part::First(5), Some("bytes=0-4")),
        (Part::Last(5), Some("bytes=-5")),
    ] {
        let rule = mock!(Client::get_object)
            .match_requests(move |request| {
                let is_ours = request.bucket() == Some("ci-logs") && request.key() == Some(KEY);
                is_ours && request.version_id() == Some("v1") && request.range() == range
            })
            .then_output(|| {
                let body = ByteStream::from_static(b"error");
                GetObjectOutput::builder().body(body).build()
            });
        let client = client(&rule);
        let mut spool = Spool::new(100).unwrap();
        objects(&client)
            .fetch(SOURCE, part, &mut spool)
            .await
            .unwrap();
        assert_eq!((spool.bytes(), spool.is_cut()), (5, false), "{part:?}");
    }
}

#[tokio::test]
async fn a_look_tells_size_and_version() {
    let rule = mock!(Client::head_object).then_output(|| {
        let output = HeadObjectOutput::builder()
            .content_length(17)
            .e_tag("\"abc\"");
        output.version_id("null").build()
    });
    let head = objects(&client(&rule)).head(SOURCE).await.unwrap();
    let expected = Head {
        size: 17,
        version_id: None,
        etag: Some("abc".to_owned()),
    };
    assert_eq!(
        (head.version().unwrap().as_str().to_owned(), head),
        ("abc".to_owned(), expected)
    );
}

fn refusal(status: u16, code: &'static str) -> Rule {
    mock!(Client::get_object).then_http_response(move || {
        let body = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
        HttpResponse::new(status.try_into().unwrap(), body.into())
    })
}

#[tokio::test]
async fn each_refusal_says_what_is_wrong_with_the_object() {
    let object = "s3://ci-logs/logs/acme/shop/42-1-test.log";
    let denied = "may not be read: encrypted with a key that the function may not use, or not ours";
    let cases = [
        (
            refusal(404, "NoSuchKey"),
            format!("{object} does not exist"),
            FailureKind::Permanent,
        ),
        (
            refusal(404, "NoSuchVersion"),
            format!("{object} does not exist"),
            FailureKind::Permanent,
        ),
        (
            refusal(403, "AccessDenied"),
            format!("{object} {denied}"),
            FailureKind::Permanent,
        ),
        (
            refusal(400, "KMS.DisabledException"),
            format!("{object} {denied}"),
            FailureKind::Permanent,
        ),
        (
            refusal(403, "InvalidObjectState"),
            format!("{object} is in an archive storage class"),
            FailureKind::Permanent,
        ),
        (
            refusal(403, "RequestTimeTooSkewed"),
            format!("couldn't read {object}"),
            FailureKind::Transient,
        ),
        (
            refusal(400, "ExpiredToken"),
            format!("couldn't read {object}"),
            FailureKind::Transient,
        ),
    ];
    for (rule, text, kind) in cases {
        let client = client(&rule);
        let (objects, mut spool) = (objects(&client), Spool::new(9).unwrap());
        let fetched = objects.fetch(SOURCE, Part::Whole, &mut spool).await;
        let error = fetched.unwrap_err();
        assert_eq!((error.to_string(), error.kind()), (text, kind));
    }
}

#[tokio::test]
async fn a_look_at_nothing_is_no_failure_of_the_call() {
    let rule = mock!(Client::head_object)
        .then_http_response(|| HttpResponse::new(404.try_into().unwrap(), "".into()));
    let error = objects(&client(&rule)).head(SOURCE).await.unwrap_err();
    assert!(matches!(error, ObjectError::Missing { .. }), "{error}");
}

#[tokio::test]
async fn an_analysis_lies_beside_its_log() {
    let rule = mock!(Client::put_object)
        .match_requests(|request| {
            request.key() == Some("analysis/acme/shop/42-1-test.json")
                && request.content_type() == Some("application/json")
        })
        .then_output(|| PutObjectOutput::builder().build());
    let client = client(&rule);
    let output = Output::Json(Document::json(&json!({"a": 1})).unwrap());
    objects(&client).write(&log(), &output).await.unwrap();
    assert_eq!(rule.num_calls(), 1);
}

#[tokio::test]
async fn a_baseline_is_read_back_and_a_damaged_one_knows_nothing() {
    let baseline: Baseline = ["cargo test"].into_iter().collect();
    let damaged = (b"no baseline".to_vec(), Baseline::default());
    for (bytes, baseline) in [(baseline.write(), baseline), damaged] {
        let rule = mock!(Client::get_object)
            .match_requests(|request| request.key() == Some("baselines/acme/shop/test.baseline"))
            .then_output(move || {
                let body = ByteStream::from(bytes.clone());
                GetObjectOutput::builder().body(body).e_tag("\"7\"").build()
            });
        let client = client(&rule);
        let etag = ETag("\"7\"".to_owned());
        let expected = Some(Learnt { baseline, etag });
        assert_eq!(objects(&client).baseline(&log()).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_baseline_is_written_on_a_condition_only() {
    let etag = || ETag("\"7\"".to_owned());
    for (precondition, status, expected) in [
        (
            Precondition::Absent,
            200,
            Written::Saved(ETag("\"8\"".to_owned())),
        ),
        (Precondition::Unchanged(etag()), 412, Written::Moved),
        (Precondition::Unchanged(etag()), 409, Written::Busy),
    ] {
        let absent = precondition == Precondition::Absent;
        let rule = mock!(Client::put_object)
            .match_requests(move |request| {
                let condition = (request.if_none_match(), request.if_match());
                condition
                    == if absent {
                        (Some("*"), None)
                    } else {
                        (None, Some("\"7\""))
                    }
            })
            .then_http_response(move || {
                let mut answer = HttpResponse::new(status.try_into().unwrap(), "".into());
                answer.headers_mut().insert("etag", "\"8\"");
                answer
            });
        let client = client(&rule);
        let (objects, log) = (objects(&client), log());
        let written = objects
            .write_baseline(&log, &Baseline::default(), precondition)
            .await;
        assert_eq!(written.unwrap(), expected);
    }
}
