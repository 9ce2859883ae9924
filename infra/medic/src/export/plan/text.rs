//! The plan as people and programs read it.

use log_exporter::preflight::{Finding, Weight};
use serde_json::{Value, json};
use shared::exports::manifest::Mode;
use shared::outbound::{is_harmless, visible};

use super::{Plan, Planned};
use crate::event::Tone;
use crate::export::cost::{Cost, SMALL_OBJECT, of_ticks, of_watching, reading_seconds_there_are};
use crate::export::prices::{self, Price};
use crate::screen::Paragraph;

/// A name is cut to this in the table; `--json` has all of it.
const MOST_NAME: usize = 48;

/// So many groups stand in the table; what the others cost is in the sum.
const MOST_SHOWN: usize = 100;

/// Below this a group's objects are small because it says little, and nobody pays for that.
const WORTH_A_WARNING: f64 = 0.5;

/// The plan as people read it.
pub(super) fn told(plan: &Plan) -> Vec<Paragraph> {
    let mut lines = vec![headline(plan)];
    lines.extend(table(plan));
    lines.push(total(plan));
    lines.extend(
        warnings(plan)
            .into_iter()
            .map(|warning| Paragraph::toned(Tone::Bad, format!("\nWARNING  {warning}"))),
    );
    lines.extend(in_the_way(plan));
    lines.push(about_prices(plan.region.as_deref()));
    lines
}

fn headline(plan: &Plan) -> Paragraph {
    let exported = plan.groups.len();
    let direct = plan
        .groups
        .iter()
        .filter(|planned| is_direct(planned))
        .count();
    let tasks = exported - direct;
    Paragraph::new(format!(
        "{exported} of {} log groups are exported: {tasks} by export tasks, {direct} directly.\n",
        plan.groups_there
    ))
}

fn table(plan: &Plan) -> Vec<Paragraph> {
    if plan.groups.is_empty() {
        return Vec::new();
    }
    let widths = plan
        .groups
        .iter()
        .map(|planned| name(planned).chars().count());
    let width = widths.max().unwrap_or_default().max("log group".len());
    let mut lines = vec![Paragraph::title(format!(
        "{:<width$}  {:<15}  {:>7}  {:>5}  {:>9}  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}  {:>9}  {:>17}",
        "log group",
        "mode",
        "windows",
        "first",
        "GB",
        "requests",
        "storage",
        "proof",
        "sweep",
        "task",
        "$ a month",
        "by Firehose",
    ))];
    let shown = plan.groups.iter().take(MOST_SHOWN);
    lines.extend(shown.map(|planned| row(planned, width)));
    if plan.groups.len() > MOST_SHOWN {
        let more = plan.groups.len() - MOST_SHOWN;
        lines.push(Paragraph::new(format!(
            "and {more} more, which cost less each"
        )));
    }
    lines
}

fn row(planned: &Planned, width: usize) -> Paragraph {
    let estimate = &planned.estimate;
    let Cost {
        requests,
        storage,
        proof,
        sweep,
        task,
    } = estimate.cost;
    let (least, most) = estimate.firehose;
    let firehose = format!("{least:.2} to {most:.2}");
    Paragraph::new(format!(
        "{:<width$}  {:<15}  {:>7}  {:>5}  {:>9.2}  {requests:>8.2}  {storage:>8.2}  {proof:>8.2}  {sweep:>8.2}  {task:>8.2}  {:>9.2}  {firehose:>17}",
        name(planned),
        mode(planned),
        windows(planned),
        planned.windows_now,
        estimate.gb,
        estimate.cost.total(),
    ))
}

fn windows(planned: &Planned) -> String {
    format!("{:.0}/day", planned.estimate.windows_a_day)
}

/// The sum, and what comes on top whatever is exported.
fn total(plan: &Plan) -> Paragraph {
    let groups: f64 = plan
        .groups
        .iter()
        .map(|planned| planned.estimate.cost.total())
        .sum();
    let (least, most) = firehose(plan);
    let gb: f64 = plan.groups.iter().map(|planned| planned.estimate.gb).sum();
    let puts: f64 = plan
        .groups
        .iter()
        .map(|planned| planned.estimate.puts)
        .sum();
    Paragraph::new(format!(
        "\nIn all {:.2} $ a month: {groups:.2} for {gb:.2} GB in {puts:.0} requests that write, {:.2} for the function and its ticks, {:.2} for its alarms\n\
         and metrics, and {:.2} more for its dashboard if the account has three others. A subscription filter and Firehose would cost {least:.2} to {most:.2} $,\n\
         by how full its batches are (each is rounded up to 5 KB), and prove nothing.\n\
         Storage is what a month brings, for one month: it adds up for as long as objects are kept.",
        groups + of_ticks() + of_watching(),
        of_ticks(),
        of_watching(),
        prices::DASHBOARD.usd,
    ))
}

fn firehose(plan: &Plan) -> (f64, f64) {
    let each = plan.groups.iter().map(|planned| planned.estimate.firehose);
    each.fold((0.0, 0.0), |(least, most), (its_least, its_most)| {
        (least + its_least, most + its_most)
    })
}

fn warnings(plan: &Plan) -> Vec<String> {
    let mut warnings = Vec::new();
    let seconds: f64 = plan
        .groups
        .iter()
        .map(|planned| planned.estimate.reading_seconds)
        .sum();
    let there = reading_seconds_there_are();
    if seconds > there {
        warnings.push(format!(
            "listing events by FilterLogEvents would take {:.1} hours of each day, and ticks have {:.1}: windows would be proven later and later. \
             Fewer direct groups (DIRECT_GROUPS, REDACT_GROUPS), or COUNT_BY=insights, take less. The most for one group:{}",
            seconds / 3_600.0,
            there / 3_600.0,
            slowest(plan),
        ));
    }
    let is_small = |planned: &&Planned| {
        let estimate = &planned.estimate;
        (1.0..SMALL_OBJECT).contains(&estimate.object_bytes)
            && estimate.cost.requests > WORTH_A_WARNING
    };
    let small = plan.groups.iter().filter(is_small).count();
    if small > 0 {
        warnings.push(format!(
            "{small} groups become objects of less than {:.0} KB: requests cost more than what is in them, and Athena opens each. Groups that \
             need not be there within minutes cost less by export tasks, and those that nobody reads less still in EXPORT_DENY.",
            SMALL_OBJECT / 1024.0,
        ));
    }
    if !plan.unreadable.is_empty() {
        let names: Vec<String> = plan
            .unreadable
            .iter()
            .take(5)
            .map(|name| visible(name, MOST_NAME))
            .collect();
        warnings.push(format!(
            "{} chosen groups are of a class whose events cannot be exported or read (INFREQUENT_ACCESS or DELIVERY): {}",
            plan.unreadable.len(),
            names.join(", "),
        ));
    }
    warnings
}

/// The groups that take the longest to list.
fn slowest(plan: &Plan) -> String {
    let mut slowest: Vec<&Planned> = plan.groups.iter().collect();
    slowest.sort_by(|one, other| {
        let seconds = |planned: &Planned| planned.estimate.reading_seconds;
        seconds(other).total_cmp(&seconds(one))
    });
    let slowest = slowest.into_iter().take(3).map(|planned| {
        let hours = planned.estimate.reading_seconds / 3_600.0;
        format!(" {} {hours:.1} h", name(planned))
    });
    slowest.collect::<Vec<_>>().join(",")
}

/// What is wrong with the bucket, with the mends as they can be pasted.
fn in_the_way(plan: &Plan) -> Vec<Paragraph> {
    match plan.findings.as_deref() {
        None => Vec::new(),
        Some([]) => vec![Paragraph::toned(
            Tone::Good,
            "\nNothing stands in the way: bucket, policy and encryption are as export tasks need them.",
        )],
        Some(findings) => findings.iter().map(finding).collect(),
    }
}

fn finding(finding: &Finding) -> Paragraph {
    let (tone, what) = match finding.weight {
        Weight::StopsTasks => (Tone::Bad, "IN THE WAY"),
        Weight::Risk => (Tone::Bad, "RISK"),
        Weight::Remark => (Tone::Neutral, "REMARK"),
    };
    // What the bucket's settings say stands in it; a mend has several lines.
    let harmless = |c: char| if c == '\n' || is_harmless(c) { c } else { '·' };
    let text: String = finding.text().chars().map(harmless).collect();
    Paragraph::toned(tone, format!("\n{what}  {text}"))
}

fn finding_facts(finding: &Finding) -> Value {
    let weight = match finding.weight {
        Weight::StopsTasks => "stops_tasks",
        Weight::Risk => "risk",
        Weight::Remark => "remark",
    };
    json!({"weight": weight, "object": finding.object, "wrong": finding.wrong, "mend": finding.mend})
}

fn about_prices(region: Option<&str>) -> Paragraph {
    let other = match region {
        Some(region) if region != prices::REGION => format!("; those of {region} differ"),
        _ => String::new(),
    };
    let unquoted: Vec<&str> = prices::ALL
        .iter()
        .filter(|price| !price.is_quoted)
        .map(|price| price.what)
        .collect();
    Paragraph::new(format!(
        "\nPrices are for {}, put together on {} from pages that quote them and not from AWS's own, without free tiers and discounts{other}. Assumed: {}.",
        prices::REGION,
        prices::AS_OF,
        unquoted.join("; "),
    ))
}

fn is_direct(planned: &Planned) -> bool {
    planned.policy.mode == Mode::Direct
}

fn mode(planned: &Planned) -> &'static str {
    match (planned.policy.mode, planned.policy.is_redacted) {
        (Mode::ExportTask, _) => "task",
        (Mode::Direct, false) => "direct",
        (Mode::Direct, true) => "direct redacted",
    }
}

fn name(planned: &Planned) -> String {
    visible(&planned.group, MOST_NAME)
}

/// A group as programs read it. Money is in US dollars for a month of 30 days.
pub(super) fn facts(planned: &Planned) -> Value {
    let estimate = &planned.estimate;
    let Cost {
        requests,
        storage,
        proof,
        sweep,
        task,
    } = estimate.cost;
    let (least, most) = estimate.firehose;
    json!({
        "group": planned.group,
        "mode": planned.policy.mode,
        "is_redacted": planned.policy.is_redacted,
        "windows_a_day": estimate.windows_a_day,
        "windows_now": planned.windows_now,
        "bytes_a_day": planned.volume.bytes,
        "events_a_day": planned.volume.events,
        "gb_a_month": estimate.gb,
        "puts_a_month": estimate.puts,
        "object_bytes": estimate.object_bytes,
        "listing_seconds_a_day": estimate.reading_seconds,
        "usd": {"requests": requests, "storage": storage, "proof": proof, "sweep": sweep, "task": task, "total": estimate.cost.total()},
        "firehose_usd": {"least": least, "most": most},
    })
}

/// The whole as programs read it.
pub(super) fn whole(plan: &Plan) -> Value {
    let groups: f64 = plan
        .groups
        .iter()
        .map(|planned| planned.estimate.cost.total())
        .sum();
    let (least, most) = firehose(plan);
    let price = |price: &Price| json!({"what": price.what, "usd": price.usd, "unit": price.unit, "page": price.page, "is_quoted": price.is_quoted});
    json!({"summary": {
        "groups": plan.groups.len(),
        "groups_there": plan.groups_there,
        "usd": {"groups": groups, "function": of_ticks(), "watching": of_watching(), "total": groups + of_ticks() + of_watching()},
        "firehose_usd": {"least": least, "most": most},
        "warnings": warnings(plan),
        "preflight": plan.findings.as_ref().map(|findings| findings.iter().map(finding_facts).collect::<Vec<_>>()),
        "prices": {"region": prices::REGION, "as_of": prices::AS_OF, "table": prices::ALL.iter().map(price).collect::<Vec<_>>()},
    }})
}
