//! Reports of incidents in a real browser: drawn, in light and dark, on a phone, and without a word to the network.

use std::path::Path;

use incident_analyst::analysis::Analysis;
use incident_analyst::page::{Console, report};
use serde_json::json;
use support::browser::{Browser, Drawn, LOOK, PALE, Screen};

/// The narrowest of today's common phones.
const PHONE: Screen = Screen {
    width: 390,
    height: 844,
    scheme: "light",
};

fn page_of(name: &str) -> anyhow::Result<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions/incident-analyst");
    let path = folder.join(format!("fixtures/analyses/{name}.json"));
    let text = std::fs::read_to_string(path)?;
    let analysis: Analysis = serde_json::from_str(&text)?;
    let console = Console::new("eu-west-1");
    Ok(report(&analysis, console.as_ref()).as_str().to_owned())
}

#[tokio::test]
async fn every_report_is_drawn_in_light_and_dark_on_every_screen_and_asks_the_network_for_nothing()
{
    let mut browser = Browser::start().await.unwrap();
    for (name, plots, moments) in [
        ("bad-deployment", 6, 9),
        ("memory-leak", 4, 2),
        ("undetermined", 1, 1),
        ("hostile", 2, 9),
        ("empty", 0, 0),
    ] {
        let html = page_of(name).unwrap();
        let expected = Drawn {
            plots,
            drawn: plots,
            moments,
        };
        browser.judge(name, &html, expected).await.unwrap();
    }
    assert_eq!(browser.connections(), 0);
}

#[tokio::test]
async fn a_page_that_loads_runs_and_overflows_would_be_noticed() {
    let mut browser = Browser::start().await.unwrap();
    let html = "<title>x</title><main style='width:900px'><a href='#nowhere'>x</a><p style='color:#aaa'>pale</p>\
                <script>document.title = 'run'</script><img src='http://evil.example/x.png'></main>";
    let happened = browser.show(html, PHONE).await.unwrap();
    assert_eq!(happened.requests, ["http://evil.example/x.png"]);
    assert_eq!(happened.scripts, 1);
    assert!(browser.connections() > 0);
    let look = browser.evaluate(LOOK).await.unwrap();
    assert!(look["width"].as_u64() > Some(390), "{look}");
    assert_eq!(look["loose"], json!(["#nowhere"]));
    assert_eq!(look["ran"], true);
    assert_eq!(browser.evaluate(PALE).await.unwrap(), json!([" pale"]));
    let policy = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">";
    let happened = browser
        .show(&format!("{policy}{html}"), PHONE)
        .await
        .unwrap();
    // Forbidden ones are complained about.
    assert_eq!(happened.scripts, 0);
    assert!(happened.complaints.len() >= 2, "{happened:?}");
    assert_eq!(browser.evaluate(LOOK).await.unwrap()["ran"], false);
}

/// `make screenshots` keeps the pictures; without it they are taken and looked at only.
#[tokio::test]
async fn pictures_for_the_readme() {
    let mut browser = Browser::start().await.unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/images");
    let is_kept = std::env::var_os("SCREENSHOTS").is_some();
    for (file, name, width, height, scheme) in [
        (
            "report-bad-deployment.png",
            "bad-deployment",
            980,
            1_560,
            "light",
        ),
        (
            "report-memory-leak-dark.png",
            "memory-leak",
            980,
            1_500,
            "dark",
        ),
        ("report-phone.png", "undetermined", 390, 1_240, "light"),
    ] {
        let screen = Screen {
            width,
            height,
            scheme,
        };
        browser.show(&page_of(name).unwrap(), screen).await.unwrap();
        let picture = browser.picture().await.unwrap();
        assert!(picture.starts_with(b"\x89PNG"), "{name}");
        // The README is read on slow lines, too.
        assert!(picture.len() < 200_000, "{name}: {}", picture.len());
        if is_kept {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(file), picture).unwrap();
        }
    }
}
