//! Hosts and keys as texts.

use proptest::prelude::*;
use russh::keys::ssh_key::LineEnding;
use serde_json::json;

use super::*;

/// `ssh-keygen` made it and printed the fingerprint below; its private half is gone.
const LINE: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILYWT63TXfn7jhZoIPMk+XM1ZXK39/Y8NpBAjo4rby1s";

#[test]
fn an_address_has_a_port_or_gets_the_usual_one() {
    for (text, host, port) in [
        ("bastion", "bastion", 22),
        (
            "web-1.internal.example.com:2222",
            "web-1.internal.example.com",
            2222,
        ),
        ("10.0.3.7", "10.0.3.7", 22),
        ("[::1]", "::1", 22),
        ("[fd00::7]:65535", "fd00::7", 65535),
    ] {
        let address: SshAddress = text.parse().unwrap();
        assert_eq!(address.parts(), (host, port));
    }
}

#[test]
fn what_is_no_address_is_refused() {
    let long = "a".repeat(254);
    for text in [
        "",
        ":22",
        "web:",
        "web:0",
        "web:65536",
        "web:+22",
        "web:22:22",
        "::1",
        "[::1",
        "[::g]",
        "[web]",
        "-web",
        "we b",
        "web\n",
        "web/",
        "user@web",
        "wéb",
        &long,
    ] {
        let refused = text.parse::<SshAddress>();
        assert_eq!(refused, Err(NotAnSshHost::Address(text.to_owned())));
    }
}

#[test]
fn what_is_no_account_is_refused() {
    let long = "a".repeat(33);
    for text in ["", "-l", "1st", "a b", "root\n", "a;b", "é", &long] {
        let refused = text.parse::<SshUser>();
        assert_eq!(refused, Err(NotAnSshHost::User(text.to_owned())));
    }
}

#[test]
fn a_host_key_is_read_with_or_without_its_comment_and_written_without() {
    for line in [LINE.to_owned(), format!("{LINE} root@web 1\n")] {
        let key: HostKey = line.parse().unwrap();
        assert_eq!(key.to_string(), LINE);
        assert_eq!(
            key.fingerprint(),
            "SHA256:015XgGwjbYB9e3z1yTnePRSgTmycfpAKwb+Mq6SSGgc"
        );
    }
}

#[test]
fn what_is_no_host_key_is_refused() {
    let (kind, data) = LINE.split_once(' ').unwrap();
    let rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAIQDIW4fV";
    for line in [
        "",
        "ssh-ed25519",
        kind,
        data,
        rsa,
        &format!("ecdsa-sha2-nistp256 {data}"),
        &format!("{kind} {data}AAAA"),
        &format!("{kind} {}", data.replace('A', "!")),
        &format!("web {LINE}"),
        &format!("{LINE} {}", "a".repeat(1024)),
        "-----BEGIN OPENSSH PRIVATE KEY-----",
    ] {
        assert_eq!(line.parse::<HostKey>(), Err(NotAnSshHost::HostKey));
    }
}

#[test]
fn a_host_is_read_from_a_file_and_written_back() {
    let file = json!({ "address": "web:22", "user": "medic", "host_key": LINE });
    let host: SshHost = serde_json::from_value(file.clone()).unwrap();
    assert_eq!(serde_json::to_value(host).unwrap(), file);
}

#[test]
fn a_key_to_log_in_with_is_read_however_it_was_pasted_and_shows_nothing() {
    let key = new_key();
    let text = key.to_openssh(LineEnding::default()).unwrap();
    for text in [
        text.to_string(),
        text.trim().to_owned(),
        format!("\n {}\n\n", text.trim()),
        text.replace('\n', "\r\n"),
    ] {
        let parsed = SshKey::parse(&text).unwrap();
        assert_eq!(parsed.0.key_data(), key.key_data());
        assert_eq!(format!("{parsed:?}"), "SshKey(..)");
    }
}

#[test]
fn what_is_no_key_to_log_in_with_is_refused_without_repeating_it() {
    let text = new_key().to_openssh(LineEnding::default()).unwrap();
    let cut = text.replacen('A', "", 1);
    let long = format!("{}{}", *text, " ".repeat(8 * 1024));
    for text in ["", LINE, "-----BEGIN RSA PRIVATE KEY-----", &cut, &long] {
        assert_eq!(SshKey::parse(text).unwrap_err(), NotAnSshKey::Unreadable);
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,300}", bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = text.parse::<SshAddress>();
        let _ = text.parse::<SshUser>();
        let _ = SshKey::parse(&text);
        let _ = text.parse::<HostKey>();
        let encoded = base64(&bytes);
        for kind in ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-ed25519-cert-v01@openssh.com"] {
            let length = u8::try_from(kind.len()).unwrap();
            let framed = [&[0, 0, 0, length], kind.as_bytes(), &bytes].concat();
            let _ = format!("{kind} {}", base64(&framed)).parse::<HostKey>();
            let _ = format!("{kind} {encoded}").parse::<HostKey>();
        }
        let framed = [b"openssh-key-v1\0".as_slice(), &bytes].concat();
        for body in [encoded, base64(&framed)] {
            let _ = SshKey::parse(&format!(
                "-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----\n"
            ));
        }
    }

    /// A key that is damaged anywhere is refused or the same key: it never becomes another one, or a panic.
    #[test]
    fn no_damage_panics(at in 0_usize..400, byte in any::<u8>()) {
        let key = new_key();
        let mut text = key.to_openssh(LineEnding::default()).unwrap().as_bytes().to_vec();
        let at = at % text.len();
        text[at] = byte;
        let _ = SshKey::parse(&String::from_utf8_lossy(&text));
    }

    #[test]
    fn what_is_accepted_is_read_back_as_the_same(text in "[a-z0-9.:-]{1,20}") {
        if let Ok(address) = text.parse::<SshAddress>() {
            prop_assert_eq!(address.to_string().parse(), Ok(address));
        }
    }
}

/// As in keys; there is no crate for it here, and three bytes are four digits.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let at = |index: usize| u32::from(three.get(index).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            let index = (bits >> (18 - 6 * digit)) & 63;
            let is_padding = digit > three.len();
            text.push(if is_padding {
                '='
            } else {
                char::from(DIGITS[index as usize])
            });
        }
    }
    text
}
