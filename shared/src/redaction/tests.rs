use std::borrow::Cow;

use proptest::prelude::*;

use super::*;

fn redact(text: &str) -> String {
    Redactor::new().redact(text).text.into_owned()
}

fn check(text: &str, expected: &str) {
    assert_eq!(redact(text), expected, "{text}");
}

/// Looks like what an issuer draws, and is none: no scanner has to be told so.
const DRAWN: &str = concat!("q7Wz3Xk9", "Lm2Np5Rt", "8Vb4Yc6H");

#[test]
fn a_token_of_a_known_form_goes_wherever_it_stands() {
    let token = format!("ghp_{DRAWN}{DRAWN}");
    check(&token, "[REDACTED:github-token#1]");
    check(&format!("a {token} b"), "a [REDACTED:github-token#1] b");
    check(
        &format!("x=\"{token}\","),
        "x=\"[REDACTED:github-token#1]\",",
    );
    check(
        &format!("{{\"m\": \"a\\n{token}\\n\"}}"),
        "{\"m\": \"a\\n[REDACTED:github-token#1]\\n\"}",
    );
}

#[test]
fn the_same_secret_has_the_same_number() {
    let (a, b) = (format!("ghp_{DRAWN}{DRAWN}"), format!("ghs_{DRAWN}{DRAWN}"));
    let text = format!("{a}\n{b} {a}");
    let expected = "[REDACTED:github-token#1]\n[REDACTED:github-token#2] [REDACTED:github-token#1]";
    let redacted = Redactor::new().redact(&text);
    assert_eq!(redacted.text, expected);
    assert_eq!(redacted.kinds, BTreeMap::from([("github-token", 3)]));
    assert_eq!(redacted.secrets(), 3);
}

const NAMED: &[(&str, &str)] = &[
    ("DB_PASSWORD=hunter2!", "DB_PASSWORD=[REDACTED:password#1]"),
    (
        "\"password\": \"correct horse\"",
        "\"password\": \"[REDACTED:password#1]\"",
    ),
    (
        "mysql -uroot --password=abc -h db",
        "mysql -uroot --password=[REDACTED:password#1] -h db",
    ),
    (
        "docker login -u me -p s3cr3tpw host",
        "docker login -u me -p [REDACTED:password#1] host",
    ),
    (
        "curl -u me:pw9 https://a.example",
        "curl -u [REDACTED:password#1] https://a.example",
    ),
    (
        "Server=db;Password=Ab3;Port=1",
        "Server=db;Password=[REDACTED:password#1];Port=1",
    ),
    (
        "machine h login me password pw",
        "machine h login me password [REDACTED:password#1]",
    ),
    (
        "//r.example/:_authToken=0a1b2c3d-x",
        "//r.example/:_authToken=[REDACTED:token#1]",
    ),
    (
        "Authorization: Basic bWU6c2VjcmV0",
        "Authorization: Basic [REDACTED:authorization#1]",
    ),
    (
        "Cookie: sid=a1b2c3; theme=dark",
        "Cookie: sid=[REDACTED:cookie#1]",
    ),
    (
        "postgres://app:p4ss@db:5432/x",
        "postgres://[REDACTED:password#1]@db:5432/x",
    ),
    (
        "https://b.example/k?X-Amz-Signature=0a1b2c3d4e5f",
        "https://b.example/k?X-Amz-Signature=[REDACTED:signature#1]",
    ),
    (
        "{\"name\": \"API_TOKEN\", \"value\": \"a1b2c3d4\"}",
        "{\"name\": \"API_TOKEN\", \"value\": \"[REDACTED:token#1]\"}",
    ),
    (
        "CREATE USER a IDENTIFIED BY 'pw1'",
        "CREATE USER a IDENTIFIED BY '[REDACTED:password#1]'",
    ),
    (
        "curl --proxy-user me:Kx7p https://a.example",
        "curl --proxy-user [REDACTED:password#1] https://a.example",
    ),
    (
        "curl -sSu me:Kx7p https://a.example",
        "curl -sSu [REDACTED:password#1] https://a.example",
    ),
    (
        "vault kv put secret/app value=Kx7pQw9z",
        "vault kv put secret/app value=[REDACTED:password#1]",
    ),
    (
        "kubectl create secret generic s --from-literal=foo=Kx7pQw9z",
        "kubectl create secret generic s --from-literal=foo=[REDACTED:password#1]",
    ),
    (
        "echo -n \"Kx7pQw9z\" | docker login --password-stdin",
        "echo -n \"[REDACTED:password#1]\" | docker login --password-stdin",
    ),
    (
        "echo Kx7pQw9z | docker login -u me --password-stdin",
        "echo [REDACTED:password#1] | docker login -u me --password-stdin",
    ),
    (
        "net use z: /user:me Kx7pQw9z",
        "net use z: /user:me [REDACTED:password#1]",
    ),
    (
        "7z a -pKx7pQw9z a.7z b",
        "7z a -p[REDACTED:password#1] a.7z b",
    ),
    (
        "zip -P Kx7pQw9z a.zip b",
        "zip -P [REDACTED:password#1] a.zip b",
    ),
    (
        "signtool sign /f a.pfx /p Kx7pQw9z a.exe",
        "signtool sign /f a.pfx /p [REDACTED:password#1] a.exe",
    ),
    (
        "redis-cli -h db -a Kx7pQw9z ping",
        "redis-cli -h db -a [REDACTED:password#1] ping",
    ),
    (
        "security unlock-keychain -p Kx7pQw9z build.keychain",
        "security unlock-keychain -p [REDACTED:password#1] build.keychain",
    ),
    (
        "twine upload -u me -p Kx7pQw9z dist/*",
        "twine upload -u me -p [REDACTED:password#1] dist/*",
    ),
    (
        "az login --service-principal -u me -p Kx7pQw9z --tenant t",
        "az login --service-principal -u me -p [REDACTED:password#1] --tenant t",
    ),
    (
        "keytool -list -storepass Kx7pQw9z -keystore a",
        "keytool -list -storepass [REDACTED:password#1] -keystore a",
    ),
    (
        "openssl enc -aes-256-cbc -k Kx7pQw9z -in a",
        "openssl enc -aes-256-cbc -k [REDACTED:password#1] -in a",
    ),
    (
        "openssl rsa -in k.pem -passin pass:Kx7pQw9z -out o.pem",
        "openssl rsa -in k.pem -passin pass:[REDACTED:password#1] -out o.pem",
    ),
    (
        "ConvertTo-SecureString -String \"Kx7pQw9z\" -AsPlainText",
        "ConvertTo-SecureString -String \"[REDACTED:password#1]\" -AsPlainText",
    ),
    (
        "ConvertTo-SecureString \"Kx7pQw9z\" -AsPlainText -Force",
        "ConvertTo-SecureString \"[REDACTED:password#1]\" -AsPlainText -Force",
    ),
    (
        "{&#34;password&#34;:&#34;Kx7pQw9z&#34;}",
        "{&#34;password&#34;:&#34;[REDACTED:password#1]&#34;}",
    ),
    (
        "{&quot;password&quot;:&quot;Kx7pQw9z&quot;}",
        "{&quot;password&quot;:&quot;[REDACTED:password#1]&quot;}",
    ),
    (
        "password: Some(SecretString(\"Kx7pQw9z\"))",
        "password: Some(SecretString(\"[REDACTED:password#1]\"))",
    ),
    (
        "password: Secret(\"Kx7pQw9z\")",
        "password: Secret(\"[REDACTED:password#1]\")",
    ),
    (
        "Config { password: Some(\"Kx7pQw9z\"), port: 1 }",
        "Config { password: Some(\"[REDACTED:password#1]\"), port: 1 }",
    ),
    (
        "<add key=\"ClearTextPassword\" value=\"Kx7pQw9z\" />",
        "<add key=\"ClearTextPassword\" value=\"[REDACTED:password#1]\" />",
    ),
    (
        "<property name=\"db.password\" value=\"Kx7pQw9z\"/>",
        "<property name=\"db.password\" value=\"[REDACTED:password#1]\"/>",
    ),
    (
        "DB_PASSWORD=yourmother99xK",
        "DB_PASSWORD=[REDACTED:password#1]",
    ),
    (
        "DB_PASSWORD=abc***def99",
        "DB_PASSWORD=[REDACTED:password#1]",
    ),
    (
        "DB_PASSWORD=$ecret99xK",
        "DB_PASSWORD=[REDACTED:password#1]",
    ),
    (
        "DB_PASSWORD=Kx7p::Qw92",
        "DB_PASSWORD=[REDACTED:password#1]",
    ),
    (
        "DB_PASSWORD=foo(bar)Kx7pQw9",
        "DB_PASSWORD=[REDACTED:password#1]",
    ),
    (
        "DB_PASSWORD=placeholder99xK",
        "DB_PASSWORD=[REDACTED:password#1]",
    ),
    (
        "DB_PASSWORD=redacted99xK",
        "DB_PASSWORD=[REDACTED:password#1]",
    ),
];

#[test]
fn a_secret_is_told_by_its_name() {
    for (text, expected) in NAMED.iter().copied() {
        check(text, expected);
    }
}

const SHOWN: &[&str] = &[
    "AWS_SECRET_ACCESS_KEY=***",
    "password: ${{ secrets.DB_PASSWORD }}",
    "password authentication failed for user \"app\"",
    "token expired at 2026-11-20",
    "Password: required",
    "--- PASS: TestAlpha (0.03s)",
    "PWD=/home/runner/work/shop/shop",
    "commit 0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
    "GITHUB_SHA=0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
    "Cache restored from key: Linux-cargo-0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    "x-amz-request-id: 7QX2M4ZP9K1WB3TD",
    "request id 0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
    "sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
    "test_login_with_password[args0-expected0] PASSED",
    "gpg: using RSA key 0A1B2C3D4E5F60718293A4B5C6D7E8F901234567",
    "at com.example.auth.TokenService.refresh(TokenService.java:184)",
    "Compiling cookie v0.18.1",
    "arn:aws:events:eu-west-1:111122223333:rule/shop-web-AlarmFunctionTick-1Q2W3E4R5T6Y7",
    "hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9",
    "base64 of words: aGVsbG8gd29ybGQsIGhvdyBhcmUgeW91",
    "curl -sSu \"$USER:$PASS\" https://a.example",
    "echo \"$TOKEN\" | docker login --password-stdin",
    "keytool -list -storepass \"$STORE_PASS\" -keystore a",
    "zip -r a.zip b",
    "unzip -q a.zip -d out",
    "openssl x509 -in a.pem -text",
    "git fetch && zip -j a.zip target/release/bootstrap",
    "password: Some(value)",
    "password: Some(\"***\")",
    "DB_PASSWORD=your-password",
    "DB_PASSWORD=yourpassword",
    "DB_PASSWORD=***",
    "DB_PASSWORD=[REDACTED]",
    "DB_PASSWORD=$DB_PASSWORD_2",
    "password = $this->password",
    "password = std::env::var(DB_PASSWORD)",
    "password = getenv(DB_PASSWORD)",
    "DB_PASSWORD=<redacted>",
    "DB_PASSWORD=PLACEHOLDER",
    "undefined symbol: _ZN3c106detail14torchCheckFailEPKcS2_jRKSs",
    "   4: _ZN4core9panicking9panic_fmt17h0a1b2c3d4e5f6071E",
    "ld: undefined: __ZN5boost6system15system_categoryEv1x2Y",
    "  7: <_RNvNtCs1234_7mycrate3foo3bar9Zx8Qw7",
    "example.com/mod v1.2.3 h1:q7Wz3Xk9Lm2Np5Rt8Vb4Yc6Hq7Wz3Xk9Lm2Np5Rt8Vb=",
    "example.com/mod v1.2.3/go.mod h1:q7Wz/Xk9Lm2Np5Rt8+b4Yc6Hq7Wz3Xk9Lm2Np5Rt8Vb=",
    "downloaded: h1:q7Wz3Xk9Lm2Np5Rt8Vb4Yc6Hq7Wz3Xk9Lm2Np5Rt8Vb=",
    "go.sum:     h1:q7Wz3Xk9Lm2Np5Rt8Vb4Yc6Hq7Wz3Xk9Lm2Np5Rt8Vb=",
    "    \"h1:q7Wz3Xk9Lm2Np5Rt8Vb4Yc6Hq7Wz3Xk9Lm2Np5Rt8Vb=\",",
    "    \"zh:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9\",",
];

#[test]
fn what_only_looks_like_a_secret_stays() {
    for text in SHOWN.iter().copied() {
        check(text, text);
        assert!(matches!(
            Redactor::new().redact(text).text,
            Cow::Borrowed(_)
        ));
    }
}

#[test]
fn a_split_token_is_put_together_again() {
    let (head, tail) = DRAWN.split_at(9);
    for between in [
        "\u{1b}[0m",
        "\u{200b}",
        "\u{feff}",
        "\u{1b}]8;;x\u{7}",
        "^[[1m",
    ] {
        let text = format!("a ghp_{DRAWN}{head}{between}{tail} b");
        check(&text, "a [REDACTED:github-token#1] b");
    }
}

#[test]
fn one_encoding_hides_nothing() {
    let encoded = "dG9rZW49cTdXejNYazlMbTJOcDVSdDhWYjRZYzZI";
    check(&format!("payload={encoded}"), "payload=[REDACTED:token#1]");
    check(
        "a=1%26password%3Dhunter22%26b=2",
        "a=1%26password%3D[REDACTED:password#1]%26b=2",
    );
    check(
        "{\\\"password\\\": \\\"hunter22\\\"}",
        "{\\\"password\\\": \\\"[REDACTED:password#1]\\\"}",
    );
}

#[test]
fn a_private_key_goes_line_by_line_behind_any_time_stamp() {
    let line = "q7Wz3Xk9Lm2Np5Rt8Vb4Yc6Hq7Wz3Xk9Lm2Np5Rt8Vb4Yc6Hq7Wz3Xk9Lm2Np5Rt";
    let begin = concat!("-----BEGIN RSA ", "PRIVATE KEY-----");
    let end = concat!("-----END RSA ", "PRIVATE KEY-----");
    let text = format!("1 {begin}\n2 {line}\n3 {line}\n4 dG9r=\n5 {end}\n6 {line} after");
    let expected = format!(
        "1 {begin}\n2 [REDACTED:private-key#1]\n3 [REDACTED:private-key#1]\n4 [REDACTED:private-key#2]\n5 {end}\n6 {line} after"
    );
    check(&text, &expected);
    check(
        &format!("k=\"{begin}\\n{line}\\n{end}\\n\""),
        &format!("k=\"{begin}[REDACTED:private-key#1]{end}\\n\""),
    );
}

#[test]
fn a_secret_on_a_line_of_its_own_is_told_by_the_line_that_announces_it() {
    let text = "use this password:\n\n 0a1b2c3d4e5f60718293a4b5c6d7e8f9\n\n 0a1b2c3d4e5f60718293a4b5c6d7e8f9";
    let expected =
        "use this password:\n\n [REDACTED:password#1]\n\n 0a1b2c3d4e5f60718293a4b5c6d7e8f9";
    check(text, expected);
    for (before, after) in [
        ("password: |-\n  ", ""),
        ("password: >-\n  ", "\n"),
        ("db-token: |\n    ", ""),
        ("\"password\":\n  \"", "\","),
        ("- name: API_KEY\n  secret: >\n    ", ""),
    ] {
        check(
            &format!("{before}{DRAWN}{after}"),
            &format!("{before}[REDACTED:password#1]{after}"),
        );
    }
}

#[test]
fn a_line_that_takes_too_long_is_hidden() {
    for unit in [
        "curl ",
        "cookie: ",
        "-eyJ",
        "sk-",
        "ghp_",
        "sk_live_",
        "ghp_a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8+",
    ] {
        let text = unit.repeat(65_536 / unit.len());
        assert_eq!(redact(&text), "[REDACTED:line#1]", "{unit}");
    }
}

#[test]
fn an_endless_run_is_hidden_and_what_follows_is_shown() {
    let text = format!("{} after", "a1".repeat(100_000));
    check(&text, "[REDACTED:line#1]after");
    let mut out = String::new();
    let redactor = Redactor::new();
    let mut stream = redactor.stream();
    for chunk in text.as_bytes().chunks(1_000) {
        stream.write(std::str::from_utf8(chunk).unwrap(), &mut out);
    }
    stream.finish(&mut out);
    assert_eq!(out, "[REDACTED:line#1] after");
}

#[test]
fn a_known_value_goes_in_every_encoding() {
    let redactor = Redactor::with_known(["s3/cr+et \"value\""]);
    for form in [
        "s3/cr+et \"value\"",
        "s3%2Fcr%2Bet%20%22value%22",
        "s3%2fcr%2bet+%22value%22",
        "s3/cr+et \\\"value\\\"",
        "73332f63722b6574202276616c756522",
        "73332F63722B6574202276616C756522",
        "czMvY3IrZXQgInZhbHVlIg==",
        "YXMzL2NyK2V0ICJ2YWx1ZSI=",
        "YWFzMy9jcitldCAidmFsdWUi",
    ] {
        let redacted = redactor.redact(form).text.into_owned();
        assert_eq!(redacted, "[REDACTED:credential#1]", "{form}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_redacted_once_and_for_all(data in prop::collection::vec(any::<u8>(), 0..400)) {
        fuzz(&data);
    }

    #[test]
    fn any_line_of_logs_is_redacted_once_and_for_all(
        text in "((password|token|API_KEY|://|ghp_|eyJ|bearer |curl -u |-----BEGIN PRIVATE KEY-----|AKIA|key|%3D|\\\\n|\\x1b\\[|[=:\"' \\n@/{}\\[(,;&])|[A-Za-z0-9+/_.-]{1,30}){0,25}"
    ) {
        fuzz(text.as_bytes());
    }

    #[test]
    fn a_known_value_never_survives(value in "[!-~]{6,40}", before in "[ -~]{0,20}", after in "[ -~]{0,20}") {
        let redactor = Redactor::with_known([value.as_str()]);
        let redacted = redactor.redact(&format!("{before}{value}{after}")).text.into_owned();
        prop_assert!(!redacted.contains(&value) || "[REDACTED:credential#1]".contains(&value), "{}", redacted);
    }

    #[test]
    fn lines_make_no_difference_to_secrets_within_them(lines in prop::collection::vec("[ -~]{0,60}", 0..6)) {
        let redactor = Redactor::new();
        let whole = redactor.redact(&lines.join("\n")).text.into_owned();
        let mut session = redactor.session();
        let parts: Vec<String> = lines.iter().map(|line| session.line(line).into_owned()).collect();
        prop_assert_eq!(whole, parts.join("\n"));
    }
}
