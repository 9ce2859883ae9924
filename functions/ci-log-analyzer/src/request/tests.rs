use proptest::prelude::*;
use serde_json::json;

use super::*;

fn object(key: &str) -> LogObject {
    LogObject {
        bucket: "ci-logs".to_owned(),
        key: key.to_owned(),
        version_id: None,
        etag: None,
        size: None,
        sequencer: None,
    }
}

fn notification(name: &str, key: &str) -> Value {
    json!({"eventSource": "aws:s3", "eventName": name, "s3": {
        "bucket": {"name": "ci-logs"},
        "object": {"key": key, "size": 17, "eTag": "abc", "versionId": "v1", "sequencer": "0055"},
    }})
}

fn full(key: &str) -> Request {
    Request::Object(LogObject {
        version_id: Some("v1".to_owned()),
        etag: Some("abc".to_owned()),
        size: Some(17),
        sequencer: Some("0055".to_owned()),
        ..object(key)
    })
}

#[test]
fn each_kind_of_event_names_its_objects() {
    let put = notification("ObjectCreated:Put", "logs/a.log");
    let s3 = json!({"Records": [put]});
    let sns = json!({"Records": [{"Sns": {"Message": s3.to_string()}}]});
    let sqs = json!({"Records": [{"body": json!({"Type": "Notification", "Message": s3.to_string()}).to_string()}]});
    let bridge = json!({"source": "aws.s3", "detail-type": "Object Created", "detail": {"bucket": {"name": "ci-logs"},
        "object": {"key": "logs/a+b%20c.log", "size": 17, "etag": "abc", "version-id": "v1", "sequencer": "0055"}}});
    let direct = json!({"bucket": "ci-logs", "key": "logs/a+b.log"});
    let cases = [
        (s3, full("logs/a.log")),
        (sns, full("logs/a.log")),
        (sqs, full("logs/a.log")),
        (bridge, full("logs/a+b%20c.log")),
        (direct, Request::Object(object("logs/a+b.log"))),
    ];
    for (event, expected) in cases {
        assert_eq!(read_event(&event, "ci-logs"), [expected], "{event}");
    }
}

#[test]
fn what_is_not_the_creation_of_an_object_of_ours_is_ignored_or_rejected_with_the_reason() {
    let missing = |what| Request::Rejected(Rejection::Missing(what));
    let created = "not the creation of an object";
    let removed = notification("ObjectRemoved:Delete", "logs/a.log");
    let cases = [
        (
            json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "ci-logs"}),
            Request::Ignored("S3 tests whether its notifications arrive"),
        ),
        (
            json!({"Records": []}),
            Request::Ignored("the event has no records"),
        ),
        (json!({"Records": [removed]}), Request::Ignored(created)),
        (
            json!({"Records": [null]}),
            Request::Ignored("the record is not from S3"),
        ),
        (
            json!({"detail-type": "Object Deleted", "detail": {}}),
            Request::Ignored(created),
        ),
        (
            json!({}),
            Request::Ignored("JSON, but not an event about an object"),
        ),
        (json!([1]), Rejection::NotAnObject.into()),
        (json!(null), Rejection::NotAnObject.into()),
        (json!({"bucket": "ci-logs"}), missing("object key")),
        (json!({"bucket": 1, "key": "k"}), missing("bucket")),
        (
            json!({"bucket": "ci-logs", "key": "k".repeat(1_025)}),
            missing("object key"),
        ),
        (
            json!({"bucket": "other", "key": "k"}),
            Rejection::OtherBucket.into(),
        ),
        (
            json!({"Records": [notification("ObjectCreated:Put", "logs/%FF")]}),
            Rejection::Key.into(),
        ),
    ];
    for (event, expected) in cases {
        assert_eq!(read_event(&event, "ci-logs"), [expected], "{event}");
    }
}

#[test]
fn a_key_is_decoded_once_and_no_more() {
    let cases = [
        ("a+b", "a b"),
        ("a%2Bb", "a+b"),
        ("a%252Bb", "a%2Bb"),
        ("%C3%A9t%C3%A9", "été"),
        ("100%", "100%"),
        ("%zz", "%zz"),
        ("%2E%2E%2Fx", "../x"),
    ];
    for (encoded, key) in cases {
        let event = json!({"Records": [notification("ObjectCreated:Put", encoded)]});
        assert_eq!(read_event(&event, "ci-logs"), [full(key)], "{encoded}");
    }
}

#[test]
fn several_records_come_out_in_their_order_and_a_flood_is_cut() {
    let records: Vec<Value> = (0..150)
        .map(|n| notification("ObjectCreated:Put", &n.to_string()))
        .collect();
    let requests = read_event(&json!({"Records": records}), "ci-logs");
    assert_eq!(requests.len(), 101);
    assert_eq!(requests[..2], [full("0"), full("1")]);
    assert_eq!(requests[100], Rejection::TooMany { most: 100 }.into());
}

#[test]
fn nesting_without_end_is_rejected() {
    let mut event = json!({"bucket": "ci-logs", "key": "k"});
    for _ in 0..6 {
        event = json!({"Message": event.to_string()});
    }
    assert_eq!(
        read_event(&event, "ci-logs"),
        [Rejection::TooDeep { most: 4 }.into()]
    );
}

/// What the crate of AWS's own types makes of an event; only the key has to be decoded.
fn official(event: &Value) -> Vec<Request> {
    let event: aws_lambda_events::s3::S3Event = serde_json::from_value(event.clone()).unwrap();
    let records = event.records.into_iter().map(|record| {
        let object = record.s3.object;
        Request::Object(LogObject {
            bucket: record.s3.bucket.name.unwrap(),
            key: form_decoded(&object.key.unwrap()).unwrap(),
            version_id: object.version_id,
            etag: object.e_tag,
            size: object.size.and_then(|size| size.try_into().ok()),
            sequencer: object.sequencer,
        })
    });
    records.collect()
}

#[test]
fn what_the_official_types_read_is_read_alike() {
    let mut record = notification(
        "ObjectCreated:CompleteMultipartUpload",
        "logs/acme/shop/7-1-unit+tests.log.gz",
    );
    let more = json!({"eventVersion": "2.1", "awsRegion": "eu-west-1", "eventTime": "2026-02-18T21:47:01.123Z",
        "userIdentity": {"principalId": "AWS:EXAMPLE"}, "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": "C3D13FE58DE4C810", "x-amz-id-2": "FMyUV"}});
    let fields = record.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    let bare = {
        let mut bare = record.clone();
        bare["s3"]["object"] = json!({"key": "logs/1.txt"});
        bare
    };
    let event = json!({"Records": [record, bare]});
    assert_eq!(read_event(&event, "ci-logs"), official(&event));
}

proptest! {
    #[test]
    fn any_json_is_read_or_refused(text in r#"[\[\]{}":,a-zA-Z0-9 %+]{0,80}"#, key in ".{0,40}") {
        if let Ok(event) = serde_json::from_str::<Value>(&text) {
            prop_assert!(!read_event(&event, "ci-logs").is_empty());
        }
        let event = json!({"Records": [notification("ObjectCreated:Put", &key)]});
        prop_assert_eq!(read_event(&event, "ci-logs").len(), 1);
    }
}
