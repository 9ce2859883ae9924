use super::*;

#[test]
fn placeholder() {
    assert_eq!(Markdown::from(&MarkdownDraft::default()).as_str(), "");
}
