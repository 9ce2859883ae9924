//! Mails as their readers see them.

use ci_log_analyzer::view::words;

use crate::local_cloud::Mail;

/// The beginnings of the subjects of an incident's mails. The alarms on lambda-medic itself send some, too.
pub(super) const ALARM_MAIL: &str = "ALARM: \"checkout-high-5xx-errors\"";
pub(super) const REPORT_MAIL: &str = "Restart begun: ";
pub(super) const OK_MAIL: &str = "OK: \"checkout-high-5xx-errors\"";
pub(super) const ROLLBACK_MAIL: &str = "Rollback begun: ";
pub(super) const RECOVERY_MAIL: &str = "Recovered: ";
pub(super) const ESCALATION_MAIL: &str = "Escalation, restart did not help: ";

/// Readable, and with its mark in the columns of a wide terminal.
const MOST_COLUMNS: usize = 116;

/// A mail, quoted.
pub(super) fn as_read(mail: &Mail) -> String {
    let Mail {
        from,
        subject,
        text,
        ..
    } = mail;
    let headers = format!(
        "From: {from}\nTo: {}\nSubject: {subject}\n\n",
        mail.to.join(", ")
    );
    let lines = headers.lines().chain(text.trim_end().lines());
    let quoted: Vec<_> = lines
        .flat_map(|line| words(line, MOST_COLUMNS))
        .map(|line| format!("  | {line}").trim_end().to_owned())
        .collect();
    quoted.join("\n")
}

#[cfg(test)]
mod tests {
    use crate::local_cloud::Via;

    use super::*;

    #[test]
    fn a_mail_is_shown_as_its_reader_sees_it() {
        let mail = Mail {
            via: Via::Ses,
            from: "medic@example.com".to_owned(),
            to: vec!["oncall@example.com".to_owned()],
            subject: "Restart begun".to_owned(),
            text: format!(
                "Restart begun\n\nAction: restart\n{} word\n{}\n",
                "y".repeat(114),
                "x".repeat(120)
            ),
            html: None,
            at: "2026-02-18T21:47:03Z".parse().unwrap(),
            topic: None,
        };
        let lines = [
            "  | From: medic@example.com",
            "  | To: oncall@example.com",
            "  | Subject: Restart begun",
            "  |",
            "  | Restart begun",
            "  |",
            "  | Action: restart",
            &format!("  | {}", "y".repeat(114)),
            "  | word",
            &format!("  | {}", "x".repeat(116)),
            "  | xxxx",
        ];
        assert_eq!(as_read(&mail), lines.join("\n"));
    }
}
