//! What comes of a server that does not behave.

use std::borrow::Cow;

use russh::Preferred;

use super::deceiver::{Manner, outcome_at};
use super::*;

/// Longer than any of them takes that ends by itself.
const LONG: Duration = Duration::from_secs(20);

fn answer(exit_status: Option<u32>, output: &str) -> SshAnswer {
    SshAnswer {
        exit_status,
        output: output.to_owned(),
    }
}

async fn check(manner: Manner, expected: Outcome) {
    let outcome = outcome_at(manner, Preferred::DEFAULT, LONG).await;
    assert_eq!(outcome, expected, "{manner:?}");
}

#[tokio::test]
async fn before_the_command_was_sent_nothing_was_done() {
    let broke = |phase| {
        passing(&format!(
            "the connection to HOST broke while {phase}: Disconnected"
        ))
    };
    check(Manner::LeavesAtTheLogin, broke("logging in")).await;
    check(
        Manner::LeavesAtTheChannel,
        broke("preparing to run the command"),
    )
    .await;
    let refused = lasting("HOST refused to run a command");
    check(Manner::RefusesTheChannel, refused.clone()).await;
    check(Manner::RefusesTheCommand, refused).await;
}

#[tokio::test]
async fn a_refused_login_names_the_user_and_the_key() {
    let outcome = outcome_at(Manner::RefusesTheLogin, Preferred::DEFAULT, LONG).await;
    let (text, kind, effect) = outcome.unwrap_err();
    let begin = "HOST refused to log in `medic` with the key SHA256:";
    assert_eq!(text.get(..begin.len()), Some(begin));
    assert_eq!((kind, effect), (FailureKind::Permanent, Effect::None));
}

#[tokio::test]
async fn after_the_command_was_sent_anything_can_have_been_done() {
    let broke = "the connection to HOST broke while running the command: Disconnected";
    check(Manner::LeavesAtTheCommand, unclear(broke)).await;
    for manner in [Manner::SaysNothing, Manner::TalksWithoutEnd] {
        let outcome = outcome_at(manner, Preferred::DEFAULT, Duration::from_secs(3)).await;
        let text = "HOST did not answer in time while running the command";
        assert_eq!(outcome, unclear(text), "{manner:?}");
    }
}

#[tokio::test]
async fn once_the_status_is_known_the_rest_does_not_matter() {
    let begin = Instant::now();
    check(Manner::NeverCloses, Ok(answer(Some(0), ""))).await;
    assert!(begin.elapsed() < LONG / 2, "{:?}", begin.elapsed());
    check(Manner::LeavesAfterTheStatus, Ok(answer(Some(7), ""))).await;
    check(Manner::ContradictsItself, Ok(answer(Some(1), ""))).await;
}

#[tokio::test]
async fn a_command_that_a_signal_ended_has_no_status() {
    check(Manner::KillsTheCommand, Ok(answer(None, ""))).await;
}

#[tokio::test]
async fn a_server_cannot_open_channels_towards_us() {
    check(Manner::OpensChannels, Ok(answer(Some(0), "7 refused"))).await;
}

/// A server's preferences without the strict key exchange.
fn loose(cipher: &'static [russh::cipher::Name]) -> Preferred {
    Preferred {
        kex: Cow::Borrowed(&[russh::kex::CURVE25519]),
        cipher: Cow::Borrowed(cipher),
        ..Preferred::DEFAULT
    }
}

#[tokio::test]
async fn chacha_wants_the_strict_key_exchange_and_aes_gcm_does_not() {
    let outcome = outcome_at(
        Manner::KillsTheCommand,
        loose(&[russh::cipher::AES_256_GCM]),
        LONG,
    );
    assert_eq!(outcome.await, Ok(answer(None, "")));
    let strict = Preferred {
        cipher: Cow::Borrowed(&[russh::cipher::CHACHA20_POLY1305]),
        ..Preferred::DEFAULT
    };
    let outcome = outcome_at(Manner::KillsTheCommand, strict, LONG);
    assert_eq!(outcome.await, Ok(answer(None, "")));
    let loose = loose(&[russh::cipher::CHACHA20_POLY1305]);
    let (text, kind, effect) = outcome_at(Manner::KillsTheCommand, loose, LONG)
        .await
        .unwrap_err();
    assert_eq!(
        text,
        "HOST is not a server that can be talked to: No common Cipher algorithm - ours: \
         [\"chacha20-poly1305 with strict key exchange\"], theirs: [\"chacha20-poly1305 without\"]"
    );
    assert_eq!((kind, effect), (FailureKind::Permanent, Effect::None));
}

#[tokio::test]
async fn a_server_with_old_algorithms_only_is_not_talked_to() {
    for old in [
        Preferred {
            cipher: Cow::Borrowed(&[russh::cipher::AES_256_CTR]),
            ..Preferred::DEFAULT
        },
        Preferred {
            kex: Cow::Borrowed(&[russh::kex::DH_G14_SHA256, russh::kex::DH_GEX_SHA256]),
            ..Preferred::DEFAULT
        },
    ] {
        let (text, kind, effect) = outcome_at(Manner::KillsTheCommand, old, LONG)
            .await
            .unwrap_err();
        let begin = "HOST is not a server that can be talked to: No common ";
        assert_eq!(text.get(..begin.len()), Some(begin));
        assert_eq!((kind, effect), (FailureKind::Permanent, Effect::None));
    }
}
