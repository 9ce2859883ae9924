//! A case from the series that the collectors found.

use jiff::Timestamp;

use super::{Case, CaseSeries, NodeMetric};
use crate::series::{MetricKind, Series};

impl Case {
    /// A case from series and a call graph over [`Series::node`]. `alarm` is the id of the series in alarm; its trouble is looked for from
    /// `start` to `end`, and what is earlier is what is usual. Without a series of that id the ranking is `undetermined`.
    ///
    /// Another series of the same node and kind is left out where its period is not the alarm's: they would be taken for one series.
    pub fn of(
        series: &[Series],
        call_graph: &[(String, String)],
        alarm: &str,
        (start, end): (Timestamp, Timestamp),
    ) -> Self {
        let target = series.iter().find(|series| series.id == alarm);
        let is_another = |one: &&Series| {
            target.is_some_and(|target| {
                one.node == target.node
                    && one.period != target.period
                    && metric(one) == metric(target)
            })
        };
        let kept = series.iter().filter(|one| !is_another(one));
        let target = target.map(|series| NodeMetric {
            node: series.node.clone(),
            metric: metric(series),
        });
        Self {
            target: target.unwrap_or_default(),
            start: start.as_second(),
            end: end.as_second(),
            edges: call_graph.to_vec(),
            series: kept.map(case_series).collect(),
        }
    }
}

fn case_series(series: &Series) -> CaseSeries {
    let points = series.points.iter();
    CaseSeries {
        node: series.node.clone(),
        metric: metric(series),
        unit: series.unit.clone(),
        points: points
            .map(|point| (point.at.as_second(), point.value))
            .collect(),
    }
}

/// Series of one kind are compared with each other; of those of no kind, those with the same label.
fn metric(series: &Series) -> String {
    let name = match series.kind {
        MetricKind::Requests => "requests",
        MetricKind::Latency => "latency",
        MetricKind::Errors => "errors",
        MetricKind::ClientErrors => "client_errors",
        MetricKind::Cpu => "cpu",
        MetricKind::Memory => "memory",
        MetricKind::Disk => "disk",
        MetricKind::HealthyHosts => "healthy_hosts",
        MetricKind::UnhealthyHosts => "unhealthy_hosts",
        MetricKind::Availability => "availability",
        MetricKind::Throttles => "throttles",
        MetricKind::Queue => "queue",
        MetricKind::RunningTasks => "running_tasks",
        MetricKind::Other => return series.label.clone(),
    };
    name.to_owned()
}
