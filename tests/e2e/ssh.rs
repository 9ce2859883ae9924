//! The SSH client against a real OpenSSH server.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use alarm_playbook::ssh::{self, SshAnswer, SshHost, SshKey};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use shared::failure::{Classify as _, Effect, FailureKind, chain};
use support::cut::{Cut, cut_after};
use support::sshd::Sshd;

/// More than any command here needs that ends.
const LONG: Duration = Duration::from_secs(20);

/// Writes down what was asked for and answers on both channels.
const RECORD: &str =
    "printf %s \"$SSH_ORIGINAL_COMMAND\" >> $HERE/asked; echo done; echo though >&2; exit 3";

/// What became of a command: its answer, or the text and nature of the error.
type Outcome = Result<SshAnswer, (String, FailureKind, Effect)>;

/// Runs a command. The server's address, which differs each time, becomes HOST.
async fn outcome(host: &SshHost, key: &SshKey, command: &str, within: Duration) -> Outcome {
    let answer = ssh::run(host, key, command, within).await;
    answer.map_err(|error| {
        let text = chain(&error).replace(&host.address.to_string(), "HOST");
        (text, error.kind(), error.effect())
    })
}

/// The same with the right keys.
async fn ask(sshd: &Sshd, within: Duration) -> anyhow::Result<Outcome> {
    let (host, key) = (sshd.host()?, sshd.key("user")?);
    Ok(outcome(&host, &key, "restart web 1", within).await)
}

fn answer(exit_status: Option<u32>, output: &str) -> SshAnswer {
    SshAnswer {
        exit_status,
        output: output.to_owned(),
    }
}

fn lasting(text: impl Into<String>) -> Outcome {
    Err((text.into(), FailureKind::Permanent, Effect::None))
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
        let outcome = outcome(&host.unwrap(), &key.unwrap(), asked, LONG).await;
        assert_eq!(outcome, Ok(answer(Some(3), "done\nthough\n")));
    }
    assert_eq!(sshd.read("asked").unwrap(), asked.repeat(2));
}

#[tokio::test]
async fn another_host_gets_neither_a_login_nor_a_command() {
    let sshd = Sshd::start(RECORD).await.unwrap();
    let found = sshd.host().unwrap().host_key.fingerprint();
    // Of the second one's kind this host has no key at all.
    for file in ["other_host.pub", "other_kind_of_host.pub"] {
        let host = sshd.host_with_key(file).unwrap();
        let expected = host.host_key.fingerprint();
        let outcome = outcome(&host, &sshd.key("user").unwrap(), "restart web 1", LONG).await;
        assert_eq!(
            outcome,
            lasting(format!(
                "HOST has the host key {found}, not {expected}: another machine answers there, or its key was \
                 changed; nothing was sent to it"
            ))
        );
    }
    // The log shows that there was a connection, and would show each attempt to log in: see the next test.
    let log = sshd.read("log").unwrap();
    assert!(log.contains("SSH2_MSG_KEXINIT sent"), "{log}");
    assert!(!log.contains("userauth-request"), "{log}");
    assert_eq!(sshd.read("asked").unwrap(), "");
}

#[tokio::test]
async fn a_key_that_may_not_log_in_is_refused() {
    let sshd = Sshd::start(RECORD).await.unwrap();
    let host = sshd.host().unwrap();
    let stranger = sshd.key("stranger").unwrap();
    let outcome = outcome(&host, &stranger, "restart web 1", LONG).await;
    let (user, key) = (&host.user, stranger.fingerprint());
    let refused = format!("HOST refused to log in `{user}` with the key {key}");
    assert_eq!(outcome, lasting(refused));
    let log = sshd.read("log").unwrap();
    assert!(log.contains("method publickey"), "{log}");
    assert_eq!(sshd.read("asked").unwrap(), "");
}

#[tokio::test]
async fn a_server_that_is_down_is_unreachable() {
    let sshd = Sshd::start(RECORD).await.unwrap();
    let (host, key) = (sshd.host().unwrap(), sshd.key("user").unwrap());
    drop(sshd);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (text, kind, effect) = outcome(&host, &key, "restart web 1", LONG)
        .await
        .unwrap_err();
    assert!(text.starts_with("couldn't reach HOST: "), "{text}");
    assert_eq!((kind, effect), (FailureKind::Transient, Effect::None));
}

#[tokio::test]
async fn a_command_that_does_not_end_in_time_may_have_done_its_work() {
    let sshd = Sshd::start("echo begun > $HERE/asked; sleep 30")
        .await
        .unwrap();
    let begin = Instant::now();
    let outcome = ask(&sshd, Duration::from_secs(5)).await.unwrap();
    let text = "HOST did not answer in time while running the command".to_owned();
    assert_eq!(
        outcome,
        Err((text, FailureKind::Transient, Effect::Unknown))
    );
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert_eq!(sshd.read("asked").unwrap(), "begun\n");
}

#[tokio::test]
async fn of_ten_megabytes_the_beginning_is_kept() {
    let forced = "yes 'no, not again' | head -c 10000000; head -c 1000000 /dev/zero >&2; exit 4";
    let sshd = Sshd::start(forced).await.unwrap();
    let mut kept = "no, not again\n".repeat(300);
    kept.truncate(4096);
    assert_eq!(ask(&sshd, LONG).await.unwrap(), Ok(answer(Some(4), &kept)));
}

#[tokio::test]
async fn output_that_is_no_text_becomes_text_and_not_more_of_it() {
    let sshd = Sshd::start("head -c 5000 /dev/zero | tr '\\0' '\\377'")
        .await
        .unwrap();
    let kept = "\u{fffd}".repeat(4096 / 3);
    assert_eq!(ask(&sshd, LONG).await.unwrap(), Ok(answer(Some(0), &kept)));
}

#[tokio::test]
async fn a_child_that_is_left_behind_is_not_waited_for() {
    let sshd = Sshd::start("echo done; sleep 30 & exit 5").await.unwrap();
    let begin = Instant::now();
    assert_eq!(
        ask(&sshd, LONG).await.unwrap(),
        Ok(answer(Some(5), "done\n"))
    );
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_command_that_was_killed_has_no_status() {
    let sshd = Sshd::start("echo so far; kill -9 $$").await.unwrap();
    assert_eq!(
        ask(&sshd, LONG).await.unwrap(),
        Ok(answer(None, "so far\n"))
    );
}

#[tokio::test]
async fn its_standard_input_is_empty_and_it_has_no_terminal() {
    let sshd = Sshd::start("cat; test -t 0 || echo no terminal")
        .await
        .unwrap();
    assert_eq!(
        ask(&sshd, LONG).await.unwrap(),
        Ok(answer(Some(0), "no terminal\n"))
    );
}

/// Asks for a command over a connection of which this many bytes come back; says which command, how many did, and what
/// became of it.
async fn ask_until(sshd: &Sshd, bytes: u64, cut: Cut) -> anyhow::Result<(String, u64, Outcome)> {
    let (address, passing) = cut_after(sshd.address, bytes, cut).await?;
    let (mut host, key) = (sshd.host()?, sshd.key("user")?);
    host.address = address.to_string().parse()?;
    let command = format!("restart web {bytes}-{cut:?}");
    let within = match cut {
        Cut::Ends => LONG,
        Cut::Silence => Duration::from_secs(3),
    };
    let outcome = outcome(&host, &key, &command, within).await;
    let count = match cut {
        Cut::Ends => passing.await??,
        Cut::Silence => bytes,
    };
    Ok((command, count, outcome))
}

/// The connection is lost after each possible part of the answer: whoever says that nothing was done is right.
#[tokio::test]
async fn wherever_the_connection_is_lost_a_command_that_ran_is_never_denied() {
    let forced = "echo \"$SSH_ORIGINAL_COMMAND\" >> $HERE/asked; echo done";
    let sshd = &Sshd::start(forced).await.unwrap();
    let whole = ask_until(sshd, u64::MAX, Cut::Ends).await.unwrap().1;
    // Towards the end, where the command has been sent, each message.
    let places = (0..10).map(|tenth| whole * tenth / 10);
    let places = places.chain((0..=12).map(|step| whole - step * 30));
    let attempts = places.flat_map(|bytes| [(bytes, Cut::Ends), (bytes, Cut::Silence)]);
    let outcomes = stream::iter(attempts).map(|(bytes, cut)| ask_until(sshd, bytes, cut));
    let outcomes: Vec<_> = outcomes.buffer_unordered(10).try_collect().await.unwrap();

    // What was still under way when its caller heard of the loss.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let asked = sshd.read("asked").unwrap();
    let mut effects = Vec::new();
    for (command, _, outcome) in outcomes {
        let effect = match outcome {
            Ok(answered) => {
                // The status can come before the output.
                assert_eq!(answered.exit_status, Some(0), "{command}");
                assert!("done\n".starts_with(&answered.output), "{command}");
                None
            }
            Err((_, kind, effect)) => {
                assert_eq!(kind, FailureKind::Transient, "{command}");
                Some(effect)
            }
        };
        let ran = asked.lines().any(|line| line == command);
        assert!(!ran || effect != Some(Effect::None), "{command}");
        assert!(ran || effect.is_some(), "{command}");
        effects.push((ran, effect));
    }
    // All of it occurred.
    assert!(effects.contains(&(false, Some(Effect::None))));
    assert!(effects.contains(&(true, Some(Effect::Unknown))));
    assert!(effects.contains(&(true, None)));
}

/// As the README beside the script says, with its folder and docker in the test's own.
const RESTART: &str = concat!(
    "PATH=$HERE/bin:$PATH LAMBDA_MEDIC_ATTEMPTS=$HERE/attempts ",
    env!("CARGO_MANIFEST_DIR"),
    "/../infra/host/lambda-medic-restart"
);

/// Writes down what it is asked for; every container runs.
const DOCKER: &str = "#!/bin/sh\necho \"$1\" >> \"${0%/*}/../calls\"\n[ \"$1\" = container ] && echo true false\nexit 0\n";

#[tokio::test]
async fn the_script_of_the_host_restarts_a_container_once_per_attempt() {
    let sshd = Sshd::start(RESTART).await.unwrap();
    let bin = sshd.folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    fs::write(bin.join("docker"), DOCKER).unwrap();
    fs::set_permissions(bin.join("docker"), fs::Permissions::from_mode(0o755)).unwrap();
    let (host, key) = (sshd.host().unwrap(), sshd.key("user").unwrap());

    let command = "restart web-1 0123456789abcdef0123-1";
    for restarted in [true, false] {
        let answer = outcome(&host, &key, command, LONG).await.unwrap();
        let said = format!("\"restarted\":{restarted}}}\n");
        assert_eq!(answer.exit_status, Some(0));
        assert!(answer.output.contains(&said), "{}", answer.output);
    }
    let calls = sshd.read("calls").unwrap();
    assert_eq!(calls.matches("restart\n").count(), 1, "{calls}");

    let hostile = "restart $(reboot) 0123456789abcdef0123-2";
    let answer = outcome(&host, &key, hostile, LONG).await.unwrap();
    assert_eq!(answer.exit_status, Some(64));
    assert_eq!(sshd.read("calls").unwrap(), calls);
}
