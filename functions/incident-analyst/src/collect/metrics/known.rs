//! What is known about metrics by their names. Pure.

use shared::alarm::Metric;

use crate::series::MetricKind;

use MetricKind::{
    Availability, ClientErrors, Cpu, Disk, Errors, HealthyHosts, Latency, Memory, Queue, Requests,
    RunningTasks, Throttles, UnhealthyHosts,
};

/// What a part of a metric's name means, in small letters; the first that is in it counts.
const WORDS: [(&str, MetricKind); 34] = [
    ("unhealthyhost", UnhealthyHosts),
    ("healthyhost", HealthyHosts),
    ("4xx", ClientErrors),
    ("clienterror", ClientErrors),
    ("usererror", ClientErrors),
    ("5xx", Errors),
    ("throttl", Throttles),
    ("rejected", Throttles),
    ("error", Errors),
    ("fault", Errors),
    ("exception", Errors),
    ("fail", Errors),
    ("availability", Availability),
    ("successrate", Availability),
    ("latency", Latency),
    ("responsetime", Latency),
    ("duration", Latency),
    ("cpuutilization", Cpu),
    ("cpu_usage", Cpu),
    ("cpuload", Cpu),
    ("memoryutilization", Memory),
    ("mem_used_percent", Memory),
    ("memoryusage", Memory),
    ("disk_used_percent", Disk),
    ("diskutilization", Disk),
    ("diskspaceutilization", Disk),
    ("runningtaskcount", RunningTasks),
    ("messagesvisible", Queue),
    ("queue", Queue),
    ("iteratorage", Queue),
    ("backlog", Queue),
    ("requestcount", Requests),
    ("requests", Requests),
    ("invocations", Requests),
];

/// What a metric measures, by its name.
pub(in crate::collect) fn kind(metric: &Metric) -> MetricKind {
    let name = metric.name.to_lowercase();
    let mut words = WORDS.iter();
    let word = words.find(|(word, _)| name.contains(word));
    word.map_or(MetricKind::Other, |(_, kind)| *kind)
}

/// The unit that AWS publishes a metric in (its services' user guides); `GetMetricData` does not say it. Empty for metrics of
/// others.
pub(super) fn unit(metric: &Metric, kind: MetricKind) -> &'static str {
    if !metric.namespace.starts_with("AWS/") {
        return "";
    }
    match kind {
        Cpu | Memory | Disk | Availability => "Percent",
        Latency if metric.namespace == "AWS/ApplicationELB" => "Seconds",
        Latency => "Milliseconds",
        MetricKind::Other => "",
        Requests | Errors | ClientErrors | HealthyHosts | UnhealthyHosts | Throttles | Queue
        | RunningTasks => "Count",
    }
}

/// Whether a metric has no value where there was nothing to count (user guide for Application Load Balancers, "CloudWatch
/// metrics": "reported only if there is a nonzero value").
pub(super) fn is_sparse(kind: MetricKind) -> bool {
    matches!(
        kind,
        Requests | Errors | ClientErrors | Throttles | Latency | RunningTasks
    )
}

/// The statistic as `GetMetricData` spells it: SNS messages have it in capitals. Without one, counts are added up.
pub(super) fn stat(metric: &Metric, kind: MetricKind) -> String {
    let stat = metric.stat.as_deref().unwrap_or_default();
    let spelled = match stat.to_uppercase().as_str() {
        "" => match kind {
            Requests | Errors | ClientErrors | Throttles => "Sum",
            _ => "Average",
        },
        "AVERAGE" => "Average",
        "SUM" => "Sum",
        "MINIMUM" => "Minimum",
        "MAXIMUM" => "Maximum",
        "SAMPLECOUNT" | "SAMPLE_COUNT" => "SampleCount",
        _ => stat,
    };
    spelled.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [(&str, &str, MetricKind, &str); 16] = [
        ("AWS/ECS", "CPUUtilization", Cpu, "Percent"),
        ("AWS/ECS", "MemoryUtilization", Memory, "Percent"),
        (
            "AWS/ApplicationELB",
            "HTTPCode_Target_5XX_Count",
            Errors,
            "Count",
        ),
        (
            "AWS/ApplicationELB",
            "HTTPCode_Target_4XX_Count",
            ClientErrors,
            "Count",
        ),
        (
            "AWS/ApplicationELB",
            "TargetResponseTime",
            Latency,
            "Seconds",
        ),
        ("AWS/ApplicationELB", "RequestCount", Requests, "Count"),
        (
            "AWS/ApplicationELB",
            "UnHealthyHostCount",
            UnhealthyHosts,
            "Count",
        ),
        (
            "AWS/ApplicationELB",
            "HealthyHostCount",
            HealthyHosts,
            "Count",
        ),
        (
            "AWS/ApplicationELB",
            "RejectedConnectionCount",
            Throttles,
            "Count",
        ),
        ("AWS/Lambda", "Duration", Latency, "Milliseconds"),
        ("AWS/Lambda", "Throttles", Throttles, "Count"),
        (
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            Queue,
            "Count",
        ),
        ("CWAgent", "disk_used_percent", Disk, ""),
        (
            "ECS/ContainerInsights",
            "RunningTaskCount",
            RunningTasks,
            "",
        ),
        ("Shop", "CheckoutLatency", Latency, ""),
        ("Shop", "Temperature", MetricKind::Other, ""),
    ];

    #[test]
    fn a_metrics_name_tells_what_it_measures() {
        for (namespace, name, expected, expected_unit) in NAMES {
            let metric = Metric {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                dimensions: [].into(),
                stat: None,
            };
            let kind = kind(&metric);
            assert_eq!(
                (kind, unit(&metric, kind)),
                (expected, expected_unit),
                "{name}"
            );
        }
    }

    #[test]
    fn a_statistic_is_spelled_as_getmetricdata_has_it() {
        let cases = [
            (Some("SUM"), Errors, "Sum"),
            (Some("Average"), Cpu, "Average"),
            (Some("SAMPLE_COUNT"), Cpu, "SampleCount"),
            (Some("p99"), Latency, "p99"),
            (Some("TM(10%:90%)"), Latency, "TM(10%:90%)"),
            (None, Errors, "Sum"),
            (None, Latency, "Average"),
        ];
        for (given, kind, expected) in cases {
            let metric = Metric {
                namespace: "Shop".to_owned(),
                name: "Any".to_owned(),
                dimensions: [].into(),
                stat: given.map(str::to_owned),
            };
            assert_eq!(stat(&metric, kind), expected);
        }
    }
}
