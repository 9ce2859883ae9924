use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// As they are in baselines that have been stored.
#[test]
fn a_hash_never_changes() {
    let stored = [
        ("", 0xcbf2_9ce4_8422_2325),
        ("took 3.21s", 0x3113_06a6_107e_7b7b),
        ("0 failed", 0xfdbd_3329_cb72_b725),
        ("3 failed", 0x5ede_40e3_a03f_2a95),
        ("listening on 127.0.0.1:4711", 0x81e1_f2f9_e160_7407),
        ("commit 81bfbd9c3da1", 0xef00_727e_4318_dab5),
        ("a   b", 0xc149_d782_aaf9_5677),
        ("------", 0x07d0_1a07_b497_eaa9),
        ("Get:12 archive 2024-01-02", 0xfe2e_34eb_3ef7_ec55),
        ("1.foo 1-foo 1_0 v1..2 é7 größe=3", 0xf67a_9341_3667_d003),
        (
            "id 1f2e3d4c-dead-4eef-beef-0123456789ab",
            0xed89_df55_d239_2b55,
        ),
        ("errors=0 0.0 0:0 a/0 0", 0x0830_4269_ef8c_ddcb),
        ("deadbeef facade cafebabe", 0xcdb7_b6d9_a2a5_ace1),
    ];
    for (line, expected) in stored {
        assert_eq!(hash(line), expected, "{line}");
    }
}

#[test]
fn what_changes_from_run_to_run_does_not_matter() {
    let same = [
        ("took 3.21s", "took 14.7s"),
        ("listening on 127.0.0.1:4711", "listening on 127.0.0.1:80"),
        ("commit 81bfbd9c3da1", "commit 0a1b2c3"),
        ("/tmp/x81f2/out.log: written", "/tmp/x7/out.log: written"),
        ("a   b", "a b"),
        ("------", "---------------"),
        ("Get:12 archive 2024-01-02", "Get:7 archive 2025-11-30"),
    ];
    for (one, other) in same {
        assert_eq!(hash(one), hash(other), "{one}");
        assert_eq!(text(one, 200), text(other, 200), "{one}");
    }
}

#[test]
fn what_a_line_says_does() {
    let different = [
        ("0 failed", "3 failed"),
        ("error: a", "error: b"),
        ("ok", "OK"),
        ("a/b", "a.b"),
        ("", "x"),
    ];
    for (one, other) in different {
        assert_ne!(hash(one), hash(other), "{one}");
        assert_ne!(text(one, 200), text(other, 200), "{one}");
    }
}

#[test]
fn the_text_shows_what_stays_and_marks_what_changes() {
    let texts = [
        ("took 3.21s", "took <*>"),
        ("  0 failed,\t3 passed ", "0 failed, <*> passed"),
        (
            "GET /cart/42 from 10.1.2.3:80",
            "GET /cart/<*> from <*>:<*>",
        ),
        ("====== größe é7", "= größe <*>"),
        ("", ""),
    ];
    for (line, expected) in texts {
        assert_eq!(text(line, 200), expected, "{line}");
    }
}

#[test]
fn a_long_text_is_cut_where_a_character_ends() {
    let cut = |most| text("größe 17 of 18", most);
    assert_eq!(cut(2), "gr…");
    assert_eq!(cut(3), "gr…");
    assert_eq!(cut(4), "grö…");
    assert_eq!(cut(10), "größe…");
    assert_eq!(cut(11), "größe <*>…");
    assert_eq!(cut(18), "größe <*> of <*>");
}

#[test]
fn a_uuid_of_a_service_is_one_sign_whatever_its_digits() {
    let one = "request 1f2e3d4c-dead-4eef-beef-0123456789ab done";
    let other = "request 1f2e3d4c-1234-4567-89ab-0123456789ab done";
    assert_ne!(hash(one), hash(other));
    assert_eq!(service_hash(one), service_hash(other));
    assert_eq!(service_text(one, 200), "request <*> done");
    assert_eq!(service_text("face dead 12 beef", 200), "face dead <*> beef");
}

/// Few different words, so that lines are alike.
fn lines() -> impl Strategy<Value = Vec<String>> {
    let piece = prop_oneof![
        Just("0"),
        Just("7"),
        Just("dead"),
        Just("-"),
        Just("."),
        Just("_"),
        Just(":"),
        Just("/"),
        Just(" "),
        Just("foo"),
        Just("é"),
        Just("<*>"),
        Just("deadbeef"),
    ];
    let line = proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat());
    proptest::collection::vec(line, 0..200)
}

proptest! {
    #[test]
    fn lines_of_one_hash_have_one_text(lines in lines(), most in 0_usize..40) {
        let (mut own, mut services) = (BTreeMap::new(), BTreeMap::new());
        for line in &lines {
            let text = text(line, most);
            prop_assert_eq!(own.entry(hash(line)).or_insert_with(|| text.clone()), &text);
            let text = service_text(line, most);
            prop_assert_eq!(services.entry(service_hash(line)).or_insert_with(|| text.clone()), &text);
        }
    }

    #[test]
    fn a_text_is_no_longer_than_allowed(line in "(?s).{0,200}", most in 0_usize..100) {
        prop_assert!(text(&line, most).len() <= most + '…'.len_utf8());
    }
}
