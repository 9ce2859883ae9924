//! A key for an App.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What comes before the key itself in PKCS#8: a version, "RSA", and the head of a string of bytes (RFC 5208).
const PKCS8_HEAD: usize = 26;

/// A fresh RSA key of 2,048 bits, as PEM.
#[derive(Clone, Debug)]
pub struct AppKey {
    /// As GitHub hands it out.
    pub pkcs1: String,
    /// As other tools write it.
    pub pkcs8: String,
    /// What [`FakeGitHub::app`](crate::FakeGitHub::app) takes.
    pub public: String,
}

impl AppKey {
    /// A new key.
    pub fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let private = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
        let public = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).unwrap();
        Self {
            pkcs1: pem("RSA PRIVATE KEY", &private.as_ref()[PKCS8_HEAD..]),
            pkcs8: pem("PRIVATE KEY", private.as_ref()),
            public: pem("PUBLIC KEY", public.as_ref()),
        }
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
