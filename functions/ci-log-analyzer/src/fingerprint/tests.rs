use proptest::prelude::*;

use super::*;

fn check(line: &str, expected: &str) {
    assert_eq!(normalised(line), expected, "{line}");
}

#[test]
fn what_the_machine_put_into_a_line_goes() {
    for (line, expected) in [
        ("took 3.21s (0:07:31)", "took # (#)"),
        (
            "failed after 1m30s, 12ms or 4 GiB",
            "failed after #, # or # GiB",
        ),
        ("at 2026-01-02T03:04:05.123Z", "at #"),
        ("at 2026-01-02 03:04:05", "at # #"),
        ("id 3f2504e0-4f89-11d3-9a0c-0305e82c3301 gone", "id # gone"),
        (
            "commit 11bd71901bbe5b1630ceea73d27597364c9af683",
            "commit #",
        ),
        ("commit 11bd719", "commit #"),
        ("at address 0x7ffc12ab pc 0x55d0", "at address # pc #"),
        (
            "dial tcp 192.0.2.7:443: i/o timeout",
            "dial tcp #: i/o timeout",
        ),
        ("listen on :::3000", "listen on :::#"),
        ("left-pad@1.3.0 from lock file", "left-pad@# from lock file"),
        ("src/lib.rs:8:5: mismatched", "src/lib.rs:#: mismatched"),
        (
            "src/cart.ts(14,9): error TS2322: no",
            "src/cart.ts(#): error TS2322: no",
        ),
        ("key a1B2c3D4e5F6g7H8i9 refused", "key # refused"),
        ("  many \t spaces ", "many spaces"),
    ] {
        check(line, expected);
    }
}

#[test]
fn what_somebody_wrote_stays() {
    for line in [
        "error[E0308]: mismatched types",
        "error TS18048: 'parent' is possibly 'undefined'",
        "test utf8_decode_2 failed",
        "deadbeef and facade are words",
        "expected `\"on\"`, got 'off'",
        "x86_64 sha256 base64 i18n",
        "Process completed with exit code 137",
        "HTTP/1.1 502 Bad Gateway",
        "größer als erwartet",
        "https://registry.example.com/left-pad",
    ] {
        let expected = line.replace("HTTP/1.1", "HTTP/#");
        check(line, &expected);
    }
}

#[test]
fn a_path_begins_at_the_project() {
    for (line, expected) in [
        ("/home/runner/work/shop/shop/src/cart.ts:3", "src/cart.ts:#"),
        ("/__w/shop/shop/src/cart.ts", "src/cart.ts"),
        ("D:\\a\\shop\\shop\\src\\cart.ts", "src/cart.ts"),
        ("/builds/acme/shop/src/cart.ts", "src/cart.ts"),
        ("/home/travis/build/acme/shop/src/cart.ts", "src/cart.ts"),
        ("/var/lib/jenkins/workspace/shop/src/cart.ts", "src/cart.ts"),
        ("/github/workspace/src/cart.ts", "src/cart.ts"),
        (
            "(/usr/lib/node_modules/npm/lib/cli.js:1)",
            "(npm/lib/cli.js:#)",
        ),
        (
            "/tmp/pytest-of-ci/pytest-3/test_a0/out.json",
            "tmp/#/out.json",
        ),
        ("/bin/sh: no", "bin/sh: no"),
        ("a/b/c.rs /x", "a/b/c.rs /x"),
    ] {
        check(line, expected);
    }
}

#[test]
fn different_failures_have_different_identities() {
    let of = |category, rule, line: &str, step| fingerprint(category, Some(rule), &[line], step);
    let one = of(
        Category::Test,
        "go-test",
        "--- FAIL: TestTax (0.00s)",
        Some("Run make test"),
    );
    let others = [
        of(
            Category::Test,
            "go-test",
            "--- FAIL: TestTotal (0.00s)",
            Some("Run make test"),
        ),
        of(
            Category::Test,
            "go-test",
            "--- FAIL: TestTax (0.00s)",
            Some("Run make check"),
        ),
        of(
            Category::Flaky,
            "go-test",
            "--- FAIL: TestTax (0.00s)",
            Some("Run make test"),
        ),
        of(
            Category::Test,
            "harness",
            "--- FAIL: TestTax (0.00s)",
            Some("Run make test"),
        ),
        of(Category::Test, "go-test", "--- FAIL: TestTax (0.00s)", None),
    ];
    assert!(!others.contains(&one), "{one} {others:?}");
    let again = of(
        Category::Test,
        "go-test",
        "--- FAIL: TestTax (12.31s)",
        Some("Run make test"),
    );
    assert_eq!(again, one);
    assert_eq!(one.len(), 16);
}

/// Lines with places for what changes from run to run.
const TEMPLATES: [&str; 8] = [
    "--- FAIL: TestTax ({n}.{n}s)",
    "src/cart.rs:{n}:{n}: expected {n}, got {n}",
    "dial tcp {n}.{n}.{n}.{n}:{n}: connection refused",
    "[{n}/{n}] building at {n}-{n}-{n}T{n}:{n}:{n}Z",
    "worker {n} of pid {n} died after {n}ms at 0x{n}",
    "/home/runner/work/shop/shop/src/a.c:{n}: error: 'x' undeclared",
    "money@{n}.{n}.{n} is not in the lock file",
    "error TS2322: line {n} has {n} columns",
];

proptest! {
    #[test]
    fn renumbering_changes_nothing(
        template in 0..TEMPLATES.len(),
        some in proptest::collection::vec(0_u32..2_000_000, 8),
        others in proptest::collection::vec(0_u32..2_000_000, 8),
    ) {
        let filled = |numbers: &[u32]| {
            numbers.iter().fold(TEMPLATES[template].to_owned(), |line, number| line.replacen("{n}", &number.to_string(), 1))
        };
        prop_assert_eq!(normalised(&filled(&some)), normalised(&filled(&others)));
    }

    #[test]
    fn any_line_can_be_normalised(line in "\\PC*|[-a-f0-9:/\\\\. _#TZms]*|.*") {
        let once = normalised(&line);
        prop_assert!(!once.contains("  "));
        prop_assert!(once.len() <= line.len() + 16);
    }

    #[test]
    fn letters_alone_are_never_touched(line in "[a-zA-Z]{1,12}( [a-zA-Z]{1,12}){0,5}") {
        prop_assert_eq!(normalised(&line), line);
    }
}
