//! Ansible, on whose tasks Zuul's jobs are made.

use super::signal::{Certainty, Kind, Signal, number_after};

/// `TASK [name] ****`, `PLAY RECAP ****`, `fatal: [host]: FAILED! => {…}`, `...ignoring`.
pub(super) fn signal(text: &str) -> Option<Signal<'_>> {
    if let Some(rest) = text
        .strip_prefix("TASK [")
        .or_else(|| text.strip_prefix("RUNNING HANDLER ["))
    {
        let name = rest.trim_end_matches(['*', ' ']).strip_suffix(']')?;
        return Some(Signal::Begin {
            name,
            kind: Kind::Work,
        });
    }
    if text.starts_with("PLAY RECAP *") {
        return Some(Signal::Begin {
            name: "PLAY RECAP",
            kind: Kind::After,
        });
    }
    if text.starts_with("PLAY [") && text.ends_with('*') {
        return Some(Signal::Structure);
    }
    if text == "...ignoring" {
        return Some(Signal::Tolerate);
    }
    let is_failure = (text.starts_with("fatal: [")
        && (text.contains("]: FAILED!") || text.contains("]: UNREACHABLE!")))
        || (text.starts_with("failed: [") && text.contains(" => "));
    // The line holds the module's own message, so it is no wrapper.
    is_failure.then(|| Signal::Fail {
        name: "",
        exit_code: number_after(text, &["\"rc\": "]),
        certainty: Certainty::Said,
        is_wrapper: false,
    })
}
