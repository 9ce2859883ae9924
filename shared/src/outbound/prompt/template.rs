//! What a model's chat template or a reader of HTML would take for more than text.
//!
//! Tokens as the templates of the open models have them (their `tokenizer_config.json`), and the turns of older prompts.

/// Written with a backslash after the first sign, in whatever case.
const TOKENS: [&str; 34] = [
    "<|",
    "|>",
    "<｜",
    "｜>",
    "<<sys>>",
    "<</sys>>",
    "[inst]",
    "[/inst]",
    "<s>",
    "</s>",
    "<bos>",
    "<eos>",
    "<pad>",
    "<unk>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<think>",
    "</think>",
    "<system>",
    "</system>",
    "<assistant>",
    "</assistant>",
    "<tool_call>",
    "</tool_call>",
    "<untrusted",
    "</untrusted",
    "[system_prompt]",
    "[/system_prompt]",
    "[available_tools]",
    "[tool_calls]",
    "[tool_results]",
    "### instruction",
    "### response",
    "### system",
];

/// Words that begin a turn at the start of a line; the colon after them gets a backslash.
const TURNS: [&str; 6] = ["human", "assistant", "system", "user", "ai", "developer"];

/// A comment longer than this is one that does not end.
const MOST_COMMENT: usize = 4_096;

/// `text` without comments of HTML, its template tokens and turns broken.
pub(super) fn escape(text: &str) -> String {
    let text = without_comments(text);
    let mut safe = String::with_capacity(text.len() + 8);
    let mut is_start = true;
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        let length = if is_start { turn(rest) } else { 0 };
        if length > 0 {
            let (word, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
            safe.push_str(word);
            safe.push('\\');
            rest = after;
            is_start = false;
            continue;
        }
        safe.push(c);
        if TOKENS.iter().any(|token| begins(rest, token)) {
            safe.push('\\');
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        // After the number of a line, too.
        is_start = c == '\n' || (is_start && (c.is_whitespace() || c.is_ascii_digit() || c == '|'));
    }
    safe
}

fn begins(text: &str, token: &str) -> bool {
    text.get(..token.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(token))
}

/// The length of the word, where a turn begins.
fn turn(text: &str) -> usize {
    let begins = |word: &&&str| {
        begins(text, word)
            && text
                .get(word.len()..)
                .is_some_and(|rest| rest.trim_start_matches(' ').starts_with(':'))
    };
    TURNS.iter().find(begins).map_or(0, |word| word.len())
}

/// A comment is nothing that a person sees on a page, so it is nothing for the model either; a mark stands in its place.
fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        kept.push_str(before);
        let window = after
            .get(..after.floor_char_boundary(MOST_COMMENT))
            .unwrap_or_default();
        if let Some(end) = window.find("-->") {
            kept.push_str("[comment]");
            rest = after.get(end + 3..).unwrap_or_default();
        } else {
            kept.push_str("<\\!--");
            rest = after;
        }
    }
    kept.push_str(rest);
    kept
}
