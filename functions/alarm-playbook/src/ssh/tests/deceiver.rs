//! A server that proves to be the right one, and then does not behave.

use std::convert::Infallible;
use std::sync::Arc;

use russh::server::{
    Auth, ChannelOpenHandle, Config, Handle, Handler, Msg, Session, VerifiedPublicKey, run_stream,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, Error, Preferred, Sig};
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::*;

/// What it does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Manner {
    RefusesTheLogin,
    LeavesAtTheLogin,
    RefusesTheChannel,
    LeavesAtTheChannel,
    RefusesTheCommand,
    LeavesAtTheCommand,
    SaysNothing,
    TalksWithoutEnd,
    NeverCloses,
    LeavesAfterTheStatus,
    KillsTheCommand,
    ContradictsItself,
    OpensChannels,
}

/// Starts one and runs a command there.
pub(super) async fn outcome_at(manner: Manner, preferred: Preferred, within: Duration) -> Outcome {
    let key = new_key();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let host = host(listener.local_addr().unwrap(), &key);
    let config = Arc::new(Config {
        keys: vec![key],
        preferred,
        auth_rejection_time: Duration::ZERO,
        ..Config::default()
    });
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        if let Ok(session) = run_stream(config, stream, Deceiver(manner)).await {
            session.await.ok();
        }
    });
    outcome(&host, within).await
}

struct Deceiver(Manner);

impl Handler for Deceiver {
    type Error = Error;

    async fn auth_publickey(
        &mut self,
        _user: &str,
        _key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Error> {
        match self.0 {
            Manner::RefusesTheLogin => Ok(Auth::reject()),
            Manner::LeavesAtTheLogin => Err(Error::Disconnect),
            _ => Ok(Auth::Accept),
        }
    }

    async fn channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        match self.0 {
            Manner::LeavesAtTheChannel => return Err(Error::Disconnect),
            Manner::RefusesTheChannel => reply.reject(ChannelOpenFailure::ResourceShortage).await,
            _ => reply.accept().await,
        }
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        _command: &[u8],
        session: &mut Session,
    ) -> Result<(), Error> {
        match self.0 {
            Manner::LeavesAtTheCommand => return Err(Error::Disconnect),
            Manner::RefusesTheCommand => return session.channel_failure(channel),
            Manner::SaysNothing => return Ok(()),
            _ => session.channel_success(channel)?,
        }
        match self.0 {
            Manner::NeverCloses => session.exit_status_request(channel, 0),
            Manner::LeavesAfterTheStatus => {
                session.exit_status_request(channel, 7)?;
                let handle = session.handle();
                tokio::spawn(async move {
                    let (reason, none) = (russh::Disconnect::ByApplication, String::new());
                    handle.disconnect(reason, none.clone(), none).await
                });
                Ok(())
            }
            Manner::KillsTheCommand => {
                session.exit_signal_request(channel, Sig::KILL, false, "", "")?;
                session.close(channel)
            }
            Manner::ContradictsItself => {
                session.channel_failure(channel)?;
                session.exit_status_request(channel, 1)?;
                session.exit_status_request(channel, 0)?;
                session.extended_data(channel, 7, "from nowhere")?;
                session.close(channel)
            }
            Manner::OpensChannels => {
                tokio::spawn(open_channels(session.handle(), channel));
                Ok(())
            }
            _ => {
                tokio::spawn(talk(session.handle(), channel));
                Ok(())
            }
        }
    }
}

async fn talk(handle: Handle, channel: ChannelId) -> Option<Infallible> {
    loop {
        handle.data(channel, "never ending story ").await.ok()?;
        sleep(Duration::from_millis(1)).await;
    }
}

/// Towards the client, one of each kind, and says how many it was refused.
async fn open_channels(handle: Handle, channel: ChannelId) -> Result<(), ()> {
    let refused = [
        handle.channel_open_session().await.is_err(),
        handle.channel_open_agent().await.is_err(),
        handle.channel_open_x11("a", 1).await.is_err(),
        handle
            .channel_open_direct_tcpip("a", 1, "a", 1)
            .await
            .is_err(),
        handle.channel_open_direct_streamlocal("/a").await.is_err(),
        handle
            .channel_open_forwarded_tcpip("a", 1, "a", 1)
            .await
            .is_err(),
        handle
            .channel_open_forwarded_streamlocal("/a")
            .await
            .is_err(),
    ];
    let count = refused.into_iter().filter(|refused| *refused).count();
    handle
        .data(channel, format!("{count} refused"))
        .await
        .map_err(drop)?;
    handle.exit_status_request(channel, 0).await?;
    handle.close(channel).await
}
