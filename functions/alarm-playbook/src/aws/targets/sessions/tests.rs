//! Sessions with a host in this process. A real OpenSSH server is met in `tests/e2e/ssh.rs`.

use std::sync::{Arc, Mutex};

use aws_sdk_ssm::types::ParameterType;
use aws_smithy_mocks::Rule;
use jiff::Timestamp;
use russh::keys::PrivateKey;
use russh::server::{
    Auth, ChannelOpenHandle, Config, Handler, Msg, Session, VerifiedPublicKey, run_stream,
};
use russh::{Channel, ChannelId};
use shared::failure::chain;
use tokio::net::TcpListener;

use super::super::keys::tests::{PARAMETER, new_key, openssh, stored};
use super::super::tests::{
    REFUSED, THROTTLED, host_target, hostile, mocked, nature, order, targets, targets_for, with_ssm,
};
use super::*;
use crate::action::Action;
use crate::aws::Clients;
use crate::targets::Targets as _;

const DONE: &str = r#"{"container":"web","attempt":"0123456789abcdef0123-1","restarted":true}"#;

/// How a host ends a command; `None` leaves it unanswered.
type Answer = Option<(u32, String)>;

/// A host that lets one key in and answers each command the same.
#[derive(Clone)]
struct Host {
    accepted: String,
    answer: Answer,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Handler for Host {
    type Error = russh::Error;

    async fn auth_publickey(
        &mut self,
        _user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, russh::Error> {
        let is_accepted = key
            .public_key
            .to_openssh()
            .is_ok_and(|key| key == self.accepted);
        Ok(if is_accepted {
            Auth::Accept
        } else {
            Auth::reject()
        })
    }

    async fn channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), russh::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        command: &[u8],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        let command = String::from_utf8_lossy(command).into_owned();
        self.asked.lock().unwrap().push(command);
        session.channel_success(channel)?;
        let Some((status, output)) = self.answer.clone() else {
            return Ok(());
        };
        session.data(channel, output)?;
        session.exit_status_request(channel, status)?;
        session.close(channel)
    }
}

/// Starts a host that lets `key` in.
async fn start(key: &PrivateKey, answer: Answer) -> (SshLogin, Arc<Mutex<Vec<String>>>) {
    let host = Host {
        accepted: key.public_key().to_openssh().unwrap(),
        answer,
        asked: Arc::default(),
    };
    let asked = Arc::clone(&host.asked);
    let own_key = new_key();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let login = SshLogin {
        address: listener.local_addr().unwrap().to_string(),
        user: "medic".to_owned(),
        host_key: own_key.public_key().to_openssh().unwrap(),
        key_parameter: PARAMETER.to_owned(),
    };
    let config = Arc::new(Config {
        keys: vec![own_key],
        auth_rejection_time: Duration::ZERO,
        ..Config::default()
    });
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (config, host) = (Arc::clone(&config), host.clone());
            tokio::spawn(async move {
                if let Ok(session) = run_stream(config, stream, host).await {
                    session.await.ok();
                }
            });
        }
    });
    (login, asked)
}

fn secure(key: &PrivateKey) -> Rule {
    stored(&ParameterType::SecureString, &openssh(key))
}

async fn carry_out(clients: &Clients, login: SshLogin) -> Result<Work, CallError> {
    let order = order(Action::RunOverSsh(login));
    targets(clients).carry_out(&host_target(), &order).await
}

fn work() -> Work {
    Work::Session("0123456789abcdef0123-1".to_owned())
}

#[tokio::test]
async fn any_answer_but_a_refusal_means_that_the_order_began() {
    let key = new_key();
    let clients = with_ssm(&[secure(&key)]);
    for (status, output) in [(0, DONE), (1, "it does not run"), (75, "")] {
        let (login, asked) = start(&key, Some((status, output.to_owned()))).await;
        assert_eq!(carry_out(&clients, login).await.unwrap(), work());
        assert_eq!(
            *asked.lock().unwrap(),
            ["restart web 0123456789abcdef0123-1"]
        );
    }
}

#[tokio::test]
async fn an_order_that_the_forced_command_refuses_did_nothing() {
    let key = new_key();
    let clients = with_ssm(&[secure(&key)]);
    let (login, _) = start(&key, Some((64, "that is no id of an attempt".to_owned()))).await;
    let error = carry_out(&clients, login).await.unwrap_err();
    assert_eq!(nature(&error), REFUSED);
    insta::assert_snapshot!(chain(&error), @"couldn't restart over SSH container web on i-0123456789abcdef0: the host's forced command refused it: that is no id of an attempt");
}

#[tokio::test]
async fn a_command_that_is_not_answered_in_time_began_and_is_in_progress() {
    let key = new_key();
    let clients = with_ssm(&[secure(&key)]);
    let (login, asked) = start(&key, None).await;
    let order = order(Action::RunOverSsh(login));
    // Short, so that the test is: two seconds of it are reserved.
    let targets = targets_for(&clients, 4);
    let begun = targets.carry_out(&host_target(), &order).await;
    assert_eq!(begun.unwrap(), work());
    let targets = targets_for(&clients, 4);
    let run = targets.run(&host_target(), &order, Some(&work())).await;
    assert_eq!(run.unwrap().unwrap().status, RunStatus::InProgress);
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_key_that_the_host_refuses_is_read_anew_once() {
    let (old, new) = (new_key(), new_key());
    let (login, _) = start(&new, Some((0, DONE.to_owned()))).await;
    let rotated = [secure(&old), secure(&new)];
    let clients = Clients {
        ssm: mocked!(aws_sdk_ssm, Sequential, rotated),
        ..super::super::tests::clients()
    };
    // The first key was just read, so it is not read again.
    let error = carry_out(&clients, login.clone()).await.unwrap_err();
    assert_eq!(nature(&error), REFUSED);
    assert_eq!(carry_out(&clients, login.clone()).await.unwrap(), work());
    // The new one is kept: there is no third answer.
    assert_eq!(carry_out(&clients, login).await.unwrap(), work());
}

#[tokio::test]
async fn before_the_command_was_sent_nothing_was_done() {
    let key = new_key();
    let clients = with_ssm(&[secure(&key)]);
    let (login, asked) = start(&key, Some((0, DONE.to_owned()))).await;
    let stranger = SshLogin {
        host_key: new_key().public_key().to_openssh().unwrap(),
        ..login.clone()
    };
    let error = carry_out(&clients, stranger).await.unwrap_err();
    assert_eq!(nature(&error), REFUSED);
    let nonsense = SshLogin {
        address: "a b".to_owned(),
        ..login.clone()
    };
    let error = carry_out(&clients, nonsense).await.unwrap_err();
    assert_eq!(nature(&error), REFUSED);
    let closed = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = closed.local_addr().unwrap().to_string();
    drop(closed);
    let error = carry_out(&clients, SshLogin { address, ..login }).await;
    assert_eq!(nature(&error.unwrap_err()), THROTTLED);
    assert_eq!(*asked.lock().unwrap(), Vec::<String>::new());
}

async fn status_of(answer: (u32, String)) -> Run {
    let key = new_key();
    let clients = with_ssm(&[secure(&key)]);
    let (login, _) = start(&key, Some(answer)).await;
    let order = order(Action::RunOverSsh(login));
    let targets = targets(&clients);
    let run = targets.run(&host_target(), &order, Some(&work())).await;
    run.unwrap().unwrap()
}

#[tokio::test]
async fn an_order_ended_well_if_its_own_answer_says_so() {
    let before: Timestamp = System.now();
    let run = status_of((0, format!("a banner\n{DONE}\n"))).await;
    let RunStatus::Succeeded { at } = run.status else {
        panic!("{run:?}");
    };
    assert!(before <= at && at <= System.now() && run.began_at == at);
    assert_eq!(run.work, work());
}

#[tokio::test]
async fn another_end_is_a_failure_with_the_end_of_the_output() {
    let other = DONE.replace("-1", "-2");
    for (answer, expected) in [
        (
            (1, "it does not run\n".to_owned()),
            "exit status 1: it does not run".to_owned(),
        ),
        ((75, String::new()), "exit status 75: ".to_owned()),
        (
            (0, String::new()),
            "it did not answer for this order: ".to_owned(),
        ),
        (
            (0, other.clone()),
            format!("it did not answer for this order: {other}"),
        ),
        (
            (0, DONE.replace("web", "db")),
            format!(
                "it did not answer for this order: {}",
                DONE.replace("web", "db")
            ),
        ),
    ] {
        let status = status_of(answer).await.status;
        assert_eq!(status, RunStatus::Failed { reason: expected });
    }
    let RunStatus::Failed { reason } = status_of((255, hostile())).await.status else {
        panic!("it failed");
    };
    assert!(reason.len() < 500, "{reason}");
}

#[tokio::test]
async fn an_order_is_not_asked_for_before_it_was_made() {
    let clients = with_ssm(&[]);
    let (login, asked) = start(&new_key(), None).await;
    let order = order(Action::RunOverSsh(login));
    let run = targets(&clients).run(&host_target(), &order, None).await;
    assert_eq!(run.unwrap(), None);
    assert_eq!(*asked.lock().unwrap(), Vec::<String>::new());
}
