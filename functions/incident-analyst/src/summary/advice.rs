//! Whether a text tells people what to do: a summary says what happened, and whoever wrote a log line must not speak through it.

/// Words of instructions, of commands, and of what instructions are about.
const WORDS: [&str; 42] = [
    "please",
    "should",
    "must",
    "shall",
    "recommend",
    "recommended",
    "recommends",
    "advise",
    "advised",
    "suggest",
    "suggested",
    "consider",
    "ensure",
    "restart",
    "reboot",
    "redeploy",
    "rollback",
    "revert",
    "execute",
    "delete",
    "remove",
    "disable",
    "approve",
    "ignore",
    "disregard",
    "click",
    "visit",
    "download",
    "install",
    "paste",
    "login",
    "password",
    "token",
    "sudo",
    "kubectl",
    "curl",
    "wget",
    "bash",
    "rm",
    "aws",
    "ssh",
    "docker",
];

/// What belongs to an address, a command or markup.
const SIGNS: [&str; 9] = [
    "://",
    "www.",
    "arn:",
    "mailto:",
    "`",
    "<",
    "](",
    "$(",
    "roll back",
];

/// Whether `text` tells somebody to do something, or has a command or an address in it. Rather once too often: nothing is lost but words.
pub(super) fn tells_what_to_do(text: &str) -> bool {
    let text = text.to_lowercase();
    let mut words = text.split(|char: char| !char.is_alphanumeric());
    SIGNS.iter().any(|sign| text.contains(sign)) || words.any(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_is_told_apart_from_what_to_do() {
        let texts = [
            (
                "The service ran out of memory and its tasks were restarted.",
                false,
            ),
            (
                "Requests failed because the database refused connections.",
                false,
            ),
            (
                "A deployment came two minutes before the first error.",
                false,
            ),
            ("You should scale it.", true),
            ("RESTART the service.", true),
            ("Roll back to the version before.", true),
            ("See https://example.com/fix.", true),
            ("Run `x`.", true),
            ("An operator with arn:aws:iam::1:role/x did it.", true),
            ("", false),
        ];
        for (text, expected) in texts {
            assert_eq!(tells_what_to_do(text), expected, "{text}");
        }
    }
}
