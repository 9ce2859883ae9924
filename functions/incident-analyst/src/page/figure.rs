//! A plot as a figure: lines that stretch with the page, words that keep their size.
//!
//! The outer drawing has no size of its own. Its words and marks stand at percentages of its width and at heights in pixels; only the inner
//! one, which holds the line of the metric, is stretched.

mod sides;

use jiff::Timestamp;
use shared::outbound::Page;

use self::sides::sides;
use super::amount::{amount, write};
use super::plot::{Extremes, Place, Plot};
use super::scale::Span;
use super::when::Clock;
use crate::analysis::Metric;

/// How large a figure is, in pixels.
pub(super) struct Size {
    class: &'static str,
    /// Where the plot begins: above it are the names of the marks.
    top: f64,
    height: f64,
    /// About how many lines are behind it.
    lines: u32,
    has_names: bool,
}

/// The alarm's own metric.
pub(super) const LARGE: Size = Size {
    class: "large",
    top: 36.0,
    height: 180.0,
    lines: 3,
    has_names: true,
};

/// Any other.
pub(super) const SMALL: Size = Size {
    class: "small",
    top: 12.0,
    height: 84.0,
    lines: 2,
    has_names: false,
};

/// What is marked in every plot.
pub(super) struct Marks {
    pub(super) span: Span,
    /// When the alarm fired.
    pub(super) breached_at: Timestamp,
    /// When that was over, or until when was looked.
    pub(super) breached_until: Timestamp,
    /// When the deployments began, with their numbers on the page.
    pub(super) deployments: Vec<(Timestamp, u64)>,
}

/// Draws a metric. `number` is its place among the metrics, from 1; `onset` is marked if there is one.
pub(super) fn figure(
    (metric, number, onset): (&Metric, u64, Option<Timestamp>),
    size: &Size,
    (marks, clock): (&Marks, &Clock),
    page: &mut Page,
) {
    let plot = Plot::of(metric, &marks.span, size.lines);
    page.own("<figure id=\"M").number(number);
    page.own("\" class=\"").own(size.class).own("\">\n");
    caption(metric, &plot, clock, page);
    page.own("<svg role=\"img\" width=\"100%\" height=\"");
    page.decimal(size.top + size.height + 20.0);
    page.own("\" aria-labelledby=\"M")
        .number(number)
        .own("t M")
        .number(number)
        .own("d\">\n<title id=\"M");
    page.number(number)
        .own("t\">")
        .text_within(&metric.series.label, 120);
    page.own("</title>\n<desc id=\"M")
        .number(number)
        .own("d\">");
    page.text(&description(metric, &plot, clock))
        .own("</desc>\n");
    shaded(marks, size, page);
    grid(&plot, size, page);
    times(marks, size, clock, page);
    line(&plot, size, page);
    amounts(metric, &plot, size, page);
    threshold(metric, &plot, size, page);
    deployments(marks, size, page);
    names(onset, marks, size, clock, page);
    page.own("</svg>\n</figure>\n");
}

fn caption(metric: &Metric, plot: &Plot, clock: &Clock, page: &mut Page) {
    let series = &metric.series;
    page.own("<figcaption><b>").text_within(&series.label, 120);
    page.own("</b> <span class=\"node\">")
        .text_within(&series.node, 80)
        .own("</span>");
    page.own("<span class=\"telling\">");
    match &plot.extremes {
        None => {
            page.own("no data");
        }
        Some(extremes) => {
            page.own("highest <b>");
            write(extremes.highest, &series.unit, page);
            page.own("</b> at ")
                .text(&clock.minute(extremes.highest_at));
            page.own(", last <b>");
            write(extremes.last, &series.unit, page);
            page.own("</b>");
        }
    }
    page.own("</span>");
    if let Some(trend) = &metric.trend {
        page.own("<span class=\"trend\">")
            .text_within(trend, 160)
            .own("</span>");
    }
    page.own("</figcaption>\n");
}

/// What the plot shows, for who does not see it.
fn description(metric: &Metric, plot: &Plot, clock: &Clock) -> String {
    let unit = &metric.series.unit;
    let Some(Extremes {
        lowest,
        highest,
        highest_at,
        last,
    }) = plot.extremes
    else {
        return "There is no data.".to_owned();
    };
    let (lowest, highest) = (amount(lowest, unit), amount(highest, unit));
    let (at, last) = (clock.minute(highest_at), amount(last, unit));
    let threshold = metric.threshold.map_or(String::new(), |threshold| {
        format!(" The threshold is {}.", amount(threshold, unit))
    });
    let onset = metric.onset.map_or(String::new(), |onset| {
        format!(" It left what is usual at {}.", clock.minute(onset))
    });
    format!("Between {lowest} and {highest}, highest at {at}, at the end {last}.{threshold}{onset}")
}

fn shaded(marks: &Marks, size: &Size, page: &mut Page) {
    let from = marks.span.clamped(marks.breached_at);
    let width = marks.span.clamped(marks.breached_until) - from;
    page.own("<rect class=\"breach\" x=\"").decimal(from);
    page.own("%\" width=\"").decimal(width.max(0.0));
    page.own("%\" y=\"").decimal(size.top).own("\" height=\"");
    page.decimal(size.height).own("\"/>\n");
}

fn grid(plot: &Plot, size: &Size, page: &mut Page) {
    for value in &plot.scale.lines {
        let y = height_of(*value, plot, size);
        page.own("<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"")
            .decimal(y);
        page.own("\" y2=\"").decimal(y).own("\"/>\n");
    }
}

/// What the lines of the grid stand for; over the line of the metric, so that it can be read.
fn amounts(metric: &Metric, plot: &Plot, size: &Size, page: &mut Page) {
    for value in &plot.scale.lines {
        page.own("<text x=\"0\" y=\"")
            .decimal(height_of(*value, plot, size) - 4.0)
            .own("\">");
        write(*value, &metric.series.unit, page);
        page.own("</text>\n");
    }
}

fn times(marks: &Marks, size: &Size, clock: &Clock, page: &mut Page) {
    let y = size.top + size.height + 15.0;
    for at in marks.span.ticks() {
        page.own("<text text-anchor=\"middle\" x=\"");
        page.decimal(marks.span.clamped(at))
            .own("%\" y=\"")
            .decimal(y);
        page.own("\">").text(&clock.minute(at)).own("</text>\n");
    }
}

fn line(plot: &Plot, size: &Size, page: &mut Page) {
    page.own("<svg x=\"0\" width=\"100%\" viewBox=\"0 0 1000 100\" preserveAspectRatio=\"none\" overflow=\"visible\" y=\"");
    page.decimal(size.top).own("\" height=\"");
    page.decimal(size.height).own("\">");
    for places in &plot.lines {
        let (Some(first), Some(last)) = (places.first(), places.last()) else {
            continue;
        };
        if places.len() > 1 {
            page.own("<path class=\"area\" d=\"M")
                .decimal(first.0)
                .own(" 100");
            along(places, page);
            page.own("L").decimal(last.0).own(" 100Z\"/>");
        }
        // A line without length has round ends: a dot.
        page.own(if places.len() > 1 {
            "<path class=\"line\" d=\"M"
        } else {
            "<path class=\"line dot\" d=\"M"
        });
        page.decimal(first.0).own(" ").decimal(first.1).own("h0");
        along(places.get(1..).unwrap_or_default(), page);
        page.own("\"/>");
    }
    page.own("</svg>\n");
}

fn along(places: &[Place], page: &mut Page) {
    for (x, y) in places {
        page.own("L").decimal(*x).own(" ").decimal(*y);
    }
}

fn threshold(metric: &Metric, plot: &Plot, size: &Size, page: &mut Page) {
    let Some(threshold) = metric.threshold.filter(|threshold| threshold.is_finite()) else {
        return;
    };
    let y = height_of(threshold, plot, size);
    page.own("<line class=\"threshold\" x1=\"0\" x2=\"100%\" y1=\"")
        .decimal(y);
    page.own("\" y2=\"").decimal(y).own("\"/>");
    page.own("<text class=\"of-threshold\" text-anchor=\"end\" x=\"100%\" y=\"");
    page.decimal(y - 5.0).own("\">threshold ");
    write(threshold, &metric.series.unit, page);
    page.own("</text>\n");
}

fn deployments(marks: &Marks, size: &Size, page: &mut Page) {
    let mut named = f64::NEG_INFINITY;
    for (at, number) in &marks.deployments {
        let Some(x) = marks.span.percent(*at) else {
            continue;
        };
        page.own("<line class=\"deployment\" x1=\"").decimal(x);
        page.own("%\" x2=\"").decimal(x).own("%\" y1=\"");
        page.decimal(if size.has_names { 16.0 } else { 0.0 });
        page.own("\" y2=\"")
            .decimal(size.top + size.height)
            .own("\"/>");
        // Names closer to each other than this lie on each other on a phone.
        if size.has_names && x - named >= 6.0 {
            named = x;
            page.own("<a href=\"#D").number(*number);
            page.own("\"><text class=\"of-deployment\" y=\"12\" text-anchor=\"");
            page.own(anchor(x)).own("\" x=\"").decimal(x);
            page.own("%\">D").number(*number).own("</text></a>\n");
        }
    }
}

/// Where a short name at a place begins, so that it stays within the drawing.
fn anchor(x: f64) -> &'static str {
    match x {
        ..3.0 => "start",
        3.0..=97.0 => "middle",
        _ => "end",
    }
}

fn names(onset: Option<Timestamp>, marks: &Marks, size: &Size, clock: &Clock, page: &mut Page) {
    let onset = onset.and_then(|at| Some((at, marks.span.percent(at)?)));
    if let Some((_, x)) = onset {
        page.own("<line class=\"onset\" x1=\"").decimal(x);
        page.own("%\" x2=\"").decimal(x).own("%\" y1=\"");
        page.decimal(size.top - 6.0).own("\" y2=\"");
        page.decimal(size.top + size.height).own("\"/>\n");
    }
    if !size.has_names {
        return;
    }
    let breach = marks.span.clamped(marks.breached_at);
    let sides = sides(onset.map(|(_, x)| x), breach);
    if let (Some((at, x)), Some(side)) = (onset, sides.onset) {
        page.own("<text class=\"of-onset\" y=\"30\"");
        side.write(x, page);
        page.own("onset ").text(&clock.minute(at)).own("</text>\n");
    }
    if let Some(side) = sides.breach {
        page.own("<text class=\"of-breach\" y=\"30\"");
        side.write(breach, page);
        page.own("alarm ")
            .text(&clock.minute(marks.breached_at))
            .own("</text>\n");
    }
}

fn height_of(value: f64, plot: &Plot, size: &Size) -> f64 {
    size.top + size.height * (1.0 - plot.scale.share(value))
}
