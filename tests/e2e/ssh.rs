//! The SSH client against a real OpenSSH server.

use std::time::{Duration, Instant};

use alarm_playbook::ssh::{self, Phase, SshAnswer, SshError, SshHost};
use shared::failure::{Classify as _, Effect, FailureKind};
use support::sshd::Sshd;

/// More than each of these needs.
const LONG: Duration = Duration::from_secs(20);

/// Writes down what was asked for and answers on both channels.
const RECORD: &str =
    "printf %s \"$SSH_ORIGINAL_COMMAND\" >> $HERE/asked; echo done; echo though >&2; exit 3";

/// What comes of it.
fn recorded() -> SshAnswer {
    SshAnswer {
        exit_status: Some(3),
        output: "done\nthough\n".to_owned(),
    }
}

#[tokio::test]
async fn the_forced_command_gets_exactly_what_was_asked_for_and_its_answer_comes_back() {
    let sshd = Sshd::start(RECORD).await.unwrap();
    let asked = "restart web-1 '\"$(id)\" ; \\ `id` é\t\u{1b} ";
    for (host_key, key) in [
        ("host_ed25519.pub", "user"),
        ("host_ecdsa.pub", "user_ecdsa"),
    ] {
        let (host, key) = (sshd.host_with_key(host_key), sshd.key(key));
        let answer = ssh::run(&host.unwrap(), &key.unwrap(), asked, LONG).await;
        assert_eq!(answer.unwrap(), recorded());
    }
    assert_eq!(sshd.read("asked").unwrap(), asked.repeat(2));
}
