//! What the server may do to us: prove who it is, and nothing else.
//!
//! The library's own default lets a server open channels towards the client, so each kind is refused here by name.

use std::sync::{Arc, OnceLock};

use russh::client::{ChannelOpenHandle, Handler, Msg, Session};
use russh::keys::PublicKeyOrCertificate;

use russh::{AlgorithmKind, Channel, Error, Names, cipher};

use super::host::{HostKey, fingerprint};

/// Our side of a connection.
#[derive(Debug)]
pub(super) struct Visitor {
    expected: HostKey,
    found: Arc<OnceLock<String>>,
}

impl Visitor {
    /// A visitor of the host with the key `expected`, and where the fingerprint of another key is found.
    pub(super) fn new(expected: HostKey) -> (Self, Arc<OnceLock<String>>) {
        let found = Arc::new(OnceLock::new());
        let visitor = Self {
            expected,
            found: Arc::clone(&found),
        };
        (visitor, found)
    }
}

impl Handler for Visitor {
    type Error = Error;

    /// Called once, after the server has proven to have this key, and before anything else than keys is exchanged.
    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Error> {
        let found = key.public_key();
        let is_expected = key.certificate().is_none() && self.expected.is(&found);
        if !is_expected {
            self.found.get_or_init(|| fingerprint(&found));
        }
        Ok(is_expected)
    }

    /// Without the strict key exchange, somebody in between can drop messages that are protected with chacha20-poly1305
    /// (CVE-2023-48795); AES-GCM is not affected.
    async fn kex_done(
        &mut self,
        _shared_secret: Option<&[u8]>,
        names: &Names,
        _session: &mut Session,
    ) -> Result<(), Error> {
        if names.cipher == cipher::CHACHA20_POLY1305 && !names.strict_kex() {
            return Err(Error::NoCommonAlgo {
                kind: AlgorithmKind::Cipher,
                ours: vec!["chacha20-poly1305 with strict key exchange".to_owned()],
                theirs: vec!["chacha20-poly1305 without".to_owned()],
            });
        }
        Ok(())
    }

    async fn server_channel_open_session(
        &mut self,
        _channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        refuse(reply)
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        _channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        refuse(reply)
    }

    async fn server_channel_open_x11(
        &mut self,
        _channel: Channel<Msg>,
        _originator_address: &str,
        _originator_port: u32,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        refuse(reply)
    }

    async fn server_channel_open_forwarded_tcpip(
        &mut self,
        _channel: Channel<Msg>,
        _connected_address: &str,
        _connected_port: u32,
        _originator_address: &str,
        _originator_port: u32,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        refuse(reply)
    }

    async fn server_channel_open_forwarded_streamlocal(
        &mut self,
        _channel: Channel<Msg>,
        _socket_path: &str,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        refuse(reply)
    }

    async fn server_channel_open_direct_tcpip(
        &mut self,
        _channel: Channel<Msg>,
        _host_to_connect: &str,
        _port_to_connect: u32,
        _originator_address: &str,
        _originator_port: u32,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        refuse(reply)
    }

    async fn server_channel_open_direct_streamlocal(
        &mut self,
        _channel: Channel<Msg>,
        _socket_path: &str,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Error> {
        refuse(reply)
    }
}

/// Dropping the handle sends the refusal.
#[expect(clippy::unnecessary_wraps, reason = "what the callers have to return")]
fn refuse(reply: ChannelOpenHandle) -> Result<(), Error> {
    drop(reply);
    Ok(())
}
