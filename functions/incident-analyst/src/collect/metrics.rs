//! The alarm's own metrics, the service's and those of the call graph, in as few calls as possible.

mod ask;
pub(super) mod known;
mod series;

use jiff::Timestamp;
use tokio::time::Instant;

use super::call_graph::CallGraph;
use super::paging::{Limits, follow};
use super::sources::{MetricQuery, Sources, Span, TargetGroup};
use crate::evidence::{Gap, Gathered, Incident, Source};
use crate::series::Series;

/// As many as one call takes (API reference, `GetMetricData`).
const AT_ONCE: usize = 500;

/// A page has up to 100,800 values: this is more than anybody needs.
const MOST_PAGES: usize = 20;

/// The metrics of an incident.
pub(super) async fn metrics(
    sources: &impl Sources,
    incident: &Incident,
    (target_groups, graph): (&[TargetGroup], &CallGraph),
    (now, until): (Timestamp, Instant),
) -> Gathered<Vec<Series>> {
    let asked = ask::asked(incident, target_groups, graph, now);
    let mut gathered: Gathered<Vec<Series>> = Gathered::default();
    if incident.alarm.metrics().next().is_none() {
        gathered.gaps.push(Gap {
            source: Source::Metrics,
            because: "The alarm names no metric that could be asked for, so its own values are not known.".to_owned(),
        });
    }
    let alike = asked.chunk_by(|one, other| one.span == other.span);
    for asked in alike.flat_map(|asked| asked.chunks(AT_ONCE)) {
        let Some(span) = asked.first().map(|asked| asked.span) else {
            continue;
        };
        let queries: Vec<MetricQuery> = asked.iter().map(|asked| asked.query.clone()).collect();
        let limits = Limits {
            until,
            pages: MOST_PAGES,
            items: AT_ONCE * MOST_PAGES,
        };
        let longest = queries.iter().map(|query| query.period).max();
        let whole = ask::whole(span, longest.unwrap_or(1));
        // The span of the shortest period ends last.
        let shortest = queries.iter().map(|query| query.period).min();
        let whole = Span {
            until: ask::whole(span, shortest.unwrap_or(1)).until,
            ..whole
        };
        let answers = follow(limits, |next| sources.metric_data(&queries, whole, next)).await;
        if let Some(missing) = &answers.missing {
            gathered
                .gaps
                .push(missing.gap(Source::Metrics, "the metrics"));
            if answers.items.is_empty() {
                continue;
            }
        }
        let (series, gaps) = series::series(asked, &answers.items);
        gathered.found.extend(series);
        gathered.gaps.extend(gaps);
    }
    gathered
}
