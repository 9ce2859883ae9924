//! What a report looks like to whoever looks at it: on a phone and on a desk, in light and dark.

use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Browser, Happened, Screen};

/// What a page looks like to whoever looks at it.
pub const LOOK: &str = r"(() => {
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
pub const PALE: &str = r"(() => {
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

/// What is to be seen on a page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Drawn {
    /// Plots of metrics.
    pub plots: u64,
    /// Those of them that have anything to draw.
    pub drawn: u64,
    /// Moments of the timeline.
    pub moments: u64,
}

/// Draws the page of a stored analysis on each screen, as [`Browser::judge`] does: all its metrics and moments are there.
pub async fn judge_stored(name: &str, analysis: &Value, html: &str) -> anyhow::Result<()> {
    let number = |list: &str| analysis[list].as_array().map_or(0, Vec::len);
    let metrics = analysis["metrics"].as_array().into_iter().flatten();
    let [from, until] = ["from", "until"].map(|moment| at(&analysis["window"][moment]));
    let (from, until) = (from?, until?);
    // A service that has hardly begun has points only after a window that ends soon.
    let has_values = |metric: &&Value| {
        let points = metric["series"]["points"].as_array().into_iter().flatten();
        let mut measured = points.filter(|point| point["value"].is_number());
        measured.any(|point| at(&point["at"]).is_ok_and(|at| from <= at && at <= until))
    };
    let expected = Drawn {
        plots: u64::try_from(number("metrics"))?,
        drawn: u64::try_from(metrics.filter(has_values).count())?,
        moments: u64::try_from(number("timeline"))?,
    };
    let mut browser = Browser::start().await?;
    browser.judge(name, html, expected).await?;
    ensure!(browser.connections() == 0, "{name} asked the network");
    Ok(())
}

fn at(moment: &Value) -> anyhow::Result<Timestamp> {
    let text = moment.as_str().context("a moment is no text")?;
    Ok(text.parse()?)
}

impl Browser {
    /// Draws a page on each screen; what is missing or wrong is the error: plots and moments, words that are hard to read, anything that is
    /// wider than the screen, links to nowhere, a script, a request, dark colours that are those of light.
    pub async fn judge(&mut self, name: &str, html: &str, expected: Drawn) -> anyhow::Result<()> {
        for width in [390, 1_200] {
            let light = self
                .judge_on(name, html, (width, "light"), expected)
                .await?;
            let dark = self.judge_on(name, html, (width, "dark"), expected).await?;
            let differ = light.0 != dark.0 && light.1 != dark.1;
            ensure!(differ, "{name} {width}: {light:?} and {dark:?}");
        }
        Ok(())
    }

    /// The colours of paper and ink.
    async fn judge_on(
        &mut self,
        name: &str,
        html: &str,
        (width, scheme): (u32, &'static str),
        expected: Drawn,
    ) -> anyhow::Result<(Option<Value>, Option<Value>)> {
        let screen = Screen {
            width,
            height: 844,
            scheme,
        };
        let happened = self.show(html, screen).await?;
        ensure!(
            happened == Happened::default(),
            "{name} {screen:?}: {happened:?}"
        );
        let mut look = self.evaluate(LOOK).await?;
        let mut take = |field| look.as_object_mut().and_then(|fields| fields.remove(field));
        let colours = (take("paper"), take("ink"));
        let Drawn {
            plots,
            drawn,
            moments,
        } = expected;
        let whole = json!({
            "width": width, "plots": plots, "drawn": drawn, "moments": moments,
            "loose": [], "scripts": 0, "ran": false,
        });
        ensure!(look == whole, "{name} {screen:?}: {look} is not {whole}");
        let pale = self.evaluate(PALE).await?;
        ensure!(pale == json!([]), "{name} {screen:?}: hard to read: {pale}");
        Ok(colours)
    }
}
