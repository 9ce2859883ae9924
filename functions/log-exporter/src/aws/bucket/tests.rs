use aws_sdk_s3::Client;
use aws_sdk_s3::operation::delete_objects::DeleteObjectsOutput;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::list_objects_v2::{ListObjectsV2Input, ListObjectsV2Output};
use aws_sdk_s3::operation::put_object::PutObjectOutput;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::Error as NotRemoved;
use aws_sdk_s3::types::error::NoSuchKey;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use shared::aws::lazy;

use super::*;
use crate::aws::Clients;
use crate::aws::tests::{at, clients, sources, told};
use crate::sources::Body as _;

fn clients_with(rule: &Rule) -> Clients {
    let rule = rule.clone();
    let s3 = lazy(move || mock_client!(aws_sdk_s3, RuleMode::MatchAny, &[&rule]));
    Clients { s3, ..clients() }
}

async fn read(rule: Rule) -> Result<Option<Vec<u8>>, String> {
    let clients = clients_with(&rule);
    let opened = sources(&clients).open("a/1.gz").await;
    let Some(mut body) = opened.map_err(|error| told(&error))? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    while let Some(piece) = body.next().await.map_err(|error| told(&error))? {
        bytes.extend(piece);
    }
    Ok(Some(bytes))
}

fn object(length: Option<i64>) -> Rule {
    mock!(Client::get_object)
        .match_requests(|request| {
            (request.bucket(), request.key()) == (Some("exports"), Some("a/1.gz"))
        })
        .then_output(move || {
            let body = ByteStream::from_static(b"rows");
            let object = GetObjectOutput::builder().body(body);
            object.set_content_length(length).build()
        })
}

#[tokio::test]
async fn an_object_is_read_to_its_end_and_one_that_is_cut_off_is_an_error() {
    let gone = mock!(Client::get_object)
        .then_error(|| GetObjectError::NoSuchKey(NoSuchKey::builder().build()));
    assert_eq!(read(gone).await, Ok(None));
    assert_eq!(read(object(Some(4))).await, Ok(Some(b"rows".to_vec())));
    let cut = [
        "it ended 1 bytes too early; Transient",
        "more bytes than the object has; Permanent",
    ];
    for (length, error) in [5, 3].into_iter().zip(cut) {
        assert_eq!(
            read(object(Some(length))).await.unwrap_err(),
            format!("couldn't read s3://exports/a/1.gz: {error}, effect Unknown")
        );
    }
    for length in [None, Some(-1)] {
        assert_eq!(
            read(object(length)).await.unwrap_err(),
            "couldn't read s3://exports/a/1.gz: S3 did not say how long it is; Permanent, effect Unknown"
        );
    }
}

#[tokio::test]
async fn an_object_is_written_with_its_checksum() {
    let rule = mock!(Client::put_object)
        .match_requests(|request| {
            request.bucket() == Some("exports")
                && request.key() == Some("a/1.zst")
                && request.checksum_algorithm() == Some(&ChecksumAlgorithm::Sha256)
                && request.body().bytes() == Some(b"rows")
        })
        .then_output(|| PutObjectOutput::builder().build());
    let clients = clients_with(&rule);
    let written = sources(&clients).put("a/1.zst", b"rows".to_vec()).await;
    written.unwrap();
    assert_eq!(rule.num_calls(), 1);
}

fn listing(keys: &'static [&str]) -> Rule {
    let input = ListObjectsV2Input::builder().bucket("exports").prefix("a/");
    let input = input.start_after("a/1").build().unwrap();
    mock!(Client::list_objects_v2)
        .match_requests(move |request| *request == input)
        .then_output(move || {
            let object = |key: &&str| {
                let object = Object::builder().key(*key).size(7);
                let written = DateTime::from_secs(at("21:00:00").as_second());
                object.last_modified(written).build()
            };
            let objects = keys.iter().map(object).collect();
            let answer = ListObjectsV2Output::builder();
            answer.set_contents(Some(objects)).build()
        })
}

async fn listed(rule: Rule) -> Result<Vec<ListedObject>, String> {
    let clients = clients_with(&rule);
    let listed = sources(&clients).list("a/", Some("a/1")).await;
    listed.map_err(|error| told(&error))
}

#[tokio::test]
async fn objects_are_listed_after_a_key_and_a_page_that_cannot_be_gone_on_from_is_an_error() {
    let expected = ["a/2", "a/3"].map(|key| ListedObject {
        key: key.to_owned(),
        size: 7,
        modified_at: at("21:00:00"),
    });
    assert_eq!(listed(listing(&["a/2", "a/3"])).await, Ok(expected.into()));
    assert_eq!(listed(listing(&[])).await, Ok(vec![]));
    let strange: [&[&str]; 4] = [&["a/1"], &["a/3", "a/2"], &["a/2", "a/2"], &["a/2", "b/1"]];
    for keys in strange {
        assert_eq!(
            listed(listing(keys)).await.unwrap_err(),
            "couldn't list s3://exports/a/: other keys than those asked for, or not in their order; Permanent, effect Unknown"
        );
    }
    let unsized_object = mock!(Client::list_objects_v2).then_output(|| {
        let object = Object::builder().key("a/2").build();
        ListObjectsV2Output::builder().contents(object).build()
    });
    insta::assert_snapshot!(listed(unsized_object).await.unwrap_err(), @r#"couldn't list s3://exports/a/: an object without a key, size or time; Permanent, effect Unknown"#);
}

async fn removed(keys: &[String], not: Option<&'static str>) -> (Result<(), String>, usize) {
    let asked = keys.to_vec();
    let rule = mock!(Client::delete_objects)
        .match_requests(move |request| {
            let objects = request.delete().map(Delete::objects).unwrap_or_default();
            objects.iter().map(ObjectIdentifier::key).eq(&asked)
        })
        .then_output(move || {
            let errors = not.map(|code| {
                let error = NotRemoved::builder().key("a/2").code(code);
                vec![error.message("Access Denied").build()]
            });
            DeleteObjectsOutput::builder().set_errors(errors).build()
        });
    let clients = clients_with(&rule);
    let removed = sources(&clients).remove(keys).await;
    (removed.map_err(|error| told(&error)), rule.num_calls())
}

#[tokio::test]
async fn objects_are_removed_together_and_one_that_stays_is_an_error_that_names_it() {
    let keys = ["a/1", "a/2"].map(str::to_owned);
    assert_eq!(removed(&keys, None).await, (Ok(()), 1));
    assert_eq!(removed(&[], None).await, (Ok(()), 0));
    let denied = removed(&keys, Some("AccessDenied")).await.0;
    insta::assert_snapshot!(denied.unwrap_err(), @r#"couldn't remove s3://exports/a/2: Access Denied (AccessDenied); Permanent, effect Unknown"#);
    let slow = removed(&keys, Some("SlowDown")).await.0;
    insta::assert_snapshot!(slow.unwrap_err(), @r#"couldn't remove s3://exports/a/2: Access Denied (SlowDown); Transient, effect Unknown"#);
    let many: Vec<String> = (0..1_001).map(|number| number.to_string()).collect();
    let (refused, calls) = removed(&many, None).await;
    insta::assert_snapshot!(format!("{} {calls}", refused.unwrap_err()), @r#"couldn't remove s3://exports/0: more than a thousand objects at once; Permanent, effect None 0"#);
}
