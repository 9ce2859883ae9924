//! How we talk: few algorithms, none of them old.

use std::borrow::Cow;
use std::sync::Arc;

use russh::client::Config;
use russh::keys::{Algorithm, EcdsaCurve};
use russh::{Preferred, cipher, compression, kex, mac};

/// No classical group and nothing with SHA-1. The last two ask for the strict key exchange (OpenSSH's PROTOCOL, section
/// 1.10) and for the list of signatures that the server takes (RFC 8308).
const KEY_EXCHANGES: &[kex::Name] = &[
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::ECDH_SHA2_NISTP256,
    kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
    kex::EXTENSION_SUPPORT_AS_CLIENT,
];

/// Both encrypt and authenticate.
const CIPHERS: &[cipher::Name] = &[cipher::AES_256_GCM, cipher::CHACHA20_POLY1305];

/// Agreed upon because the protocol wants it, and not used with these ciphers.
const MACS: &[mac::Name] = &[mac::HMAC_SHA256_ETM, mac::HMAC_SHA512_ETM];

/// The kinds of host keys.
const HOST_KEYS: [Algorithm; 4] = [
    Algorithm::Ed25519,
    ecdsa(EcdsaCurve::NistP256),
    ecdsa(EcdsaCurve::NistP384),
    ecdsa(EcdsaCurve::NistP521),
];

const fn ecdsa(curve: EcdsaCurve) -> Algorithm {
    Algorithm::Ecdsa { curve }
}

/// What a channel may send before it has to wait for us: twice the largest packet.
const WINDOW: u32 = 64 * 1024;

/// A packet of the size that every implementation takes (RFC 4253, section 6.1).
const LARGEST_PACKET: u32 = 32 * 1024;

/// Packets that wait to be looked at, so at most half a MiB.
const WAITING_PACKETS: usize = 16;

/// The settings for a host whose key is of the kind `pinned`.
///
/// That kind comes first, so that a host with several keys shows the one that is known. The others are offered too, so
/// that a host whose key was replaced by one of another kind is recognised as that.
pub(super) fn config(pinned: &Algorithm) -> Arc<Config> {
    let others = HOST_KEYS.into_iter().filter(|kind| kind != pinned);
    let key = std::iter::once(pinned.clone()).chain(others).collect();
    Arc::new(Config {
        preferred: Preferred {
            kex: Cow::Borrowed(KEY_EXCHANGES),
            key: Cow::Owned(key),
            host_key_certificates: Cow::Borrowed(&[]),
            cipher: Cow::Borrowed(CIPHERS),
            mac: Cow::Borrowed(MACS),
            compression: Cow::Borrowed(&[compression::NONE]),
        },
        window_size: WINDOW,
        maximum_packet_size: LARGEST_PACKET,
        channel_buffer_size: WAITING_PACKETS,
        nodelay: true,
        ..Config::default()
    })
}
