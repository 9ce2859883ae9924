use super::Redactor;

/// Redacts `data` in every way there is and asserts what all of them promise. The entry for fuzzers; property tests use it too.
///
/// # Panics
///
/// When a promise is broken.
pub fn fuzz(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let redactor = Redactor::with_known(["kn0wn-s3cret/value+1"]);
    let once = redactor.redact(&text);
    assert_eq!(
        once.kinds.is_empty(),
        once.text == text,
        "changed exactly where a secret was counted"
    );
    assert_eq!(
        redactor.redact(&once.text).text,
        once.text,
        "a redacted text has nothing more to redact"
    );
    let mut streamed = String::new();
    let mut stream = redactor.stream();
    for chunk in text.split_inclusive(|c: char| c.is_ascii_punctuation()) {
        stream.write(chunk, &mut streamed);
    }
    stream.finish(&mut streamed);
    assert_eq!(streamed, once.text, "chunks make no difference");
}
