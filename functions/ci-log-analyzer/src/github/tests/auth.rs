//! With what GitHub is asked.

use fake_github::{AppKey, Fault, What};
use serde_json::json;

use super::told;
use super::world::{Hub, TOKEN};
use crate::github::{GitHub as _, Sandbox};

const NEW_TOKEN: &str = "POST /app/installations/{installation_id}/access_tokens";

async fn ask(hub: &Hub) -> Result<(), String> {
    let found = hub.client().find(&hub.repository, "ab12").await;
    found.map(|_| ()).map_err(|error| told(&error))
}

fn tokens(hub: &Hub) -> usize {
    let calls = hub.calls();
    calls
        .iter()
        .filter(|call| call.starts_with(NEW_TOKEN))
        .count()
}

#[tokio::test]
async fn a_token_is_for_one_repository_and_may_do_no_more_than_it_must() {
    let hub = Hub::with_app().await;
    ask(&hub).await.unwrap();
    let requests = hub.github.requests();
    let asked = requests.iter().find(|request| request.call == NEW_TOKEN);
    assert_eq!(
        asked.unwrap().body,
        json!({"repositories": ["shop"], "permissions": {
            "contents": "write", "pull_requests": "write", "issues": "write", "actions": "read", "metadata": "read",
        }})
    );
}

#[tokio::test]
async fn a_token_is_kept_until_shortly_before_its_end() {
    let hub = Hub::with_app().await;
    for (pass, count) in [(0, 1), (60, 1), (53 * 60, 1), (61, 2)] {
        hub.pass(pass);
        ask(&hub).await.unwrap();
        assert_eq!(tokens(&hub), count, "after {pass} s more");
    }
}

#[tokio::test]
async fn a_private_key_is_taken_in_each_form() {
    let mut hub = Hub::with_app().await;
    let key = hub.key.clone().unwrap();
    let one_line = key.pkcs1.replace('\n', "\\n");
    for pem in [key.pkcs1, key.pkcs8, one_line] {
        hub.vault.put(&pem);
        hub.sandbox = Sandbox::default();
        assert_eq!(ask(&hub).await, Ok(()));
    }
    let bad = "Permanent, effect None: couldn't find the App's installation on acme/shop: the App's private key is no RSA key in PEM: see GITHUB_APP_KEY_PARAMETER";
    for pem in ["", "x", &key.public] {
        hub.vault.put(pem);
        hub.sandbox = Sandbox::default();
        assert_eq!(ask(&hub).await, Err(bad.to_owned()), "{pem}");
    }
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    let hub = Hub::with_app().await;
    ask(&hub).await.unwrap();
    hub.github.revoke_tokens();
    assert_eq!(ask(&hub).await, Ok(()));
    assert_eq!(tokens(&hub), 2);
    for after in [0, 0] {
        hub.github.fail(Fault {
            call: Some("GET /repos/{owner}/{repo}/issues".to_owned()),
            after,
            what: What::status(401),
        });
    }
    let said = "Permanent, effect None: couldn't list the issues of acme/shop: GitHub answered 401: Bad credentials (the credential is not accepted: see GITHUB_APP_ID, GITHUB_APP_KEY_PARAMETER, GITHUB_TOKEN_PARAMETER)";
    assert_eq!(ask(&hub).await, Err(said.to_owned()));
    assert_eq!(tokens(&hub), 3);
}

#[tokio::test]
async fn a_key_that_was_rotated_is_read_anew() {
    let hub = Hub::with_app().await;
    let good = hub.key.clone().unwrap();
    hub.vault.put(&AppKey::generate().pkcs1);
    hub.vault.rotate(&good.pkcs1);
    assert_eq!(ask(&hub).await, Ok(()));
}

#[tokio::test]
async fn a_personal_token_that_was_rotated_is_read_anew() {
    for has_asked_before in [false, true] {
        let hub = Hub::with_token().await;
        if has_asked_before {
            ask(&hub).await.unwrap();
        }
        hub.github.revoke_tokens();
        hub.github
            .personal_token("github_pat_11BBBB", "octo-machine");
        hub.vault.rotate("github_pat_11BBBB");
        assert_eq!(ask(&hub).await, Ok(()));
        hub.github.revoke_tokens();
        let said = ask(&hub).await.unwrap_err();
        assert!(said.contains("GitHub answered 401"), "{said}");
    }
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let hub = Hub::with_token().await;
    hub.vault.empty();
    let said = "Permanent, effect None: couldn't read /lambda-medic/github: there is no such parameter in SSM";
    assert_eq!(ask(&hub).await, Err(said.to_owned()));

    let hub = Hub::with_app().await;
    hub.github.withdraw("issues");
    let said = "Permanent, effect None: couldn't get an installation token for acme/shop 7000: GitHub answered 422: The permissions requested are not granted to this installation.";
    assert_eq!(ask(&hub).await, Err(said.replace("shop 7000", "shop#7000")));

    let hub = Hub::with_token().await;
    hub.github.fail(Fault {
        call: None,
        after: 1,
        what: What::Answer(
            403,
            vec![("x-accepted-github-permissions", "issues=read".to_owned())],
            "Resource not accessible by personal access token".to_owned(),
        ),
    });
    let said = "Permanent, effect None: couldn't list the issues of acme/shop: GitHub answered 403: Resource not accessible by personal access token (it needs the permission issues=read)";
    assert_eq!(ask(&hub).await, Err(said.to_owned()));
}

#[tokio::test]
async fn without_a_credential_nothing_is_asked() {
    let mut hub = Hub::with_token().await;
    assert!(hub.client().is_configured());
    hub.settings.identity = None;
    assert!(!hub.client().is_configured());
    let said = "Permanent, effect None: couldn't ask GitHub about acme/shop: neither GITHUB_APP_ID nor GITHUB_TOKEN_PARAMETER is set";
    assert_eq!(ask(&hub).await, Err(said.to_owned()));
    assert_eq!(hub.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn no_credential_shows() {
    let hub = Hub::with_token().await;
    ask(&hub).await.unwrap();
    let shown = format!("{:?} {:?}", hub.settings, hub.sandbox);
    assert!(!shown.contains(TOKEN));
}
