//! Reports of incidents in a real browser: drawn, in light and dark, on a phone, and without a word to the network.

use std::path::Path;

use incident_analyst::analysis::Analysis;
use incident_analyst::page::{Console, report};
use serde_json::{Value, json};
use support::browser::{Browser, Happened, Screen};

/// The narrowest of today's common phones.
const PHONE: Screen = Screen {
    width: 390,
    height: 844,
    scheme: "light",
};

/// What a page looks like to whoever looks at it.
const LOOK: &str = r"(() => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const style = getComputedStyle(document.querySelector('main'));
    const links = all('a').map((link) => link.getAttribute('href'));
    const size = (element) => element.getBoundingClientRect();
    const drawn = (figure) => {
        const lines = [...figure.querySelectorAll('.line')].map(size);
        return lines.length > 0 && lines.every((line) => line.left >= -9 && line.right <= innerWidth + 9);
    };
    return {
        width: document.documentElement.scrollWidth,
        plots: all('figure').length,
        drawn: all('figure').filter(drawn).length,
        moments: all('.timeline li').filter((moment) => size(moment).height > 10).length,
        loose: links.filter((to) => to.startsWith('#') && !document.getElementById(to.slice(1))),
        scripts: document.scripts.length,
        ran: document.title === 'run',
        paper: style.backgroundColor,
        ink: style.color,
    };
})()";

/// The words that are hard to read: less contrast to what is behind them than 4.5 to 1 (WCAG 2.2, 1.4.3).
const PALE: &str = r"(() => {
    const parts = (color) => color.match(/[\d.]+/g).map(Number);
    const light = (color) => parts(color).slice(0, 3).map((part) => part / 255)
        .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const color = getComputedStyle(at).backgroundColor;
            if (!color.startsWith('rgba') || parts(color)[3] === 1) return color;
        }
        return 'rgb(255, 255, 255)';
    };
    const pale = (element) => {
        const style = getComputedStyle(element);
        const color = element.tagName === 'text' ? style.fill : style.color;
        const [one, other] = [light(color), light(behind(element))].sort((a, b) => b - a);
        return (one + 0.05) / (other + 0.05) < 4.5;
    };
    const hasWords = (element) => [...element.childNodes]
        .some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '');
    return [...document.querySelectorAll('main *')]
        .filter((element) => hasWords(element) && !element.closest('desc, title') && pale(element))
        .map((element) => `${element.className} ${element.textContent}`.slice(0, 80));
})()";

fn page_of(name: &str) -> anyhow::Result<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions/incident-analyst");
    let path = folder.join(format!("fixtures/analyses/{name}.json"));
    let text = std::fs::read_to_string(path)?;
    let analysis: Analysis = serde_json::from_str(&text)?;
    let console = Console::new("eu-west-1");
    Ok(report(&analysis, console.as_ref()).as_str().to_owned())
}

/// What is expected of a page beside its colours.
fn whole(width: u32, plots: u64, moments: u64) -> Value {
    json!({
        "width": width, "plots": plots, "drawn": plots, "moments": moments,
        "loose": [], "scripts": 0, "ran": false,
    })
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
        for width in [390, 1_200] {
            let mut colours = Vec::new();
            for scheme in ["light", "dark"] {
                let screen = Screen {
                    width,
                    scheme,
                    ..PHONE
                };
                let happened = browser.show(&html, screen).await.unwrap();
                assert_eq!(happened, Happened::default(), "{name} {screen:?}");
                let mut look = browser.evaluate(LOOK).await.unwrap();
                let fields = look.as_object_mut().unwrap();
                colours.push((fields.remove("paper"), fields.remove("ink")));
                assert_eq!(look, whole(width, plots, moments), "{name} {screen:?}");
                let pale = browser.evaluate(PALE).await.unwrap();
                assert_eq!(pale, json!([]), "{name} {screen:?}");
            }
            let [light, dark] = &colours[..] else {
                panic!("{colours:?}");
            };
            assert_ne!(light.0, dark.0, "{name}");
            assert_ne!(light.1, dark.1, "{name}");
        }
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
