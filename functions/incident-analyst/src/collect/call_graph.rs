//! The call graph as the installation describes it: who calls whom, and what tells of each. Pure.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::alarm::Metric;

use super::metrics::known;
use super::text::one_line;
use crate::series::MetricKind;

/// Far more than a person would draw, and as many as one call can measure.
pub(super) const MOST_BYTES: usize = 256 * 1024;
const MOST_NODES: usize = 100;
const MOST_METRICS: usize = 4;
const MOST_EDGES: usize = 1_000;
const LONGEST_NAME: usize = 100;

/// Who calls whom.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct CallGraph {
    /// The metrics of each node.
    pub(super) nodes: BTreeMap<String, Vec<(Metric, MetricKind)>>,
    /// Caller and callee.
    pub(super) edges: Vec<(String, String)>,
}

impl CallGraph {
    /// Reads `{"nodes": {"checkout": [{"namespace", "name", "dimensions", "stat", "kind"}]}, "edges": [["web", "checkout"]]}`.
    /// What is no metric or no edge is left out; an error is the reason why nothing can be read, as part of a sentence.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let document: Value =
            serde_json::from_slice(bytes).map_err(|error| format!("it is not JSON: {error}"))?;
        let nodes = document.get("nodes").and_then(Value::as_object);
        let nodes = nodes.ok_or("it has no `nodes`")?;
        let edges = document.get("edges").and_then(Value::as_array);
        if nodes.len() > MOST_NODES || edges.is_some_and(|edges| edges.len() > MOST_EDGES) {
            return Err(format!(
                "it has more than {MOST_NODES} nodes or {MOST_EDGES} edges"
            ));
        }
        let nodes = nodes.iter().map(|(name, metrics)| {
            let metrics = metrics.as_array().into_iter().flatten();
            let metrics = metrics.filter_map(metric).take(MOST_METRICS);
            (one_line(name, LONGEST_NAME), metrics.collect())
        });
        let edges = edges.into_iter().flatten().filter_map(edge);
        Ok(Self {
            nodes: nodes.collect(),
            edges: edges.collect(),
        })
    }

    /// The node that a metric tells of.
    pub(super) fn node_of(&self, metric: &Metric) -> Option<&str> {
        let is_it = |known: &Metric| {
            (&known.namespace, &known.name, &known.dimensions)
                == (&metric.namespace, &metric.name, &metric.dimensions)
        };
        let mut nodes = self.nodes.iter();
        let node = nodes.find(|(_, metrics)| metrics.iter().any(|(known, _)| is_it(known)));
        node.map(|(name, _)| name.as_str())
    }
}

fn metric(value: &Value) -> Option<(Metric, MetricKind)> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let dimensions = value.get("dimensions").and_then(Value::as_object);
    let dimensions = dimensions.into_iter().flatten();
    let dimension =
        |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
    let metric = Metric {
        namespace: text("namespace")?,
        name: text("name")?,
        dimensions: dimensions.filter_map(dimension).collect(),
        stat: text("stat"),
    };
    let kind = value.get("kind").cloned();
    let kind = kind.and_then(|kind| serde_json::from_value(kind).ok());
    let kind = kind.unwrap_or_else(|| known::kind(&metric));
    Some((metric, kind))
}

fn edge(value: &Value) -> Option<(String, String)> {
    let [from, to] = value.as_array()?.as_slice() else {
        return None;
    };
    let name = |value: &Value| Some(one_line(value.as_str()?, LONGEST_NAME));
    Some((name(from)?, name(to)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn parsed(document: &Value) -> Result<CallGraph, String> {
        CallGraph::parse(document.to_string().as_bytes())
    }

    #[test]
    fn nodes_have_metrics_and_edges_lead_from_caller_to_callee() {
        let graph = parsed(&json!({
            "nodes": {
                "checkout": [
                    {"namespace": "Shop", "name": "Latency", "dimensions": {"Service": "checkout"}, "stat": "p99"},
                    {"namespace": "Shop", "name": "Fine", "stat": "Average", "kind": "availability"},
                    {"namespace": "Shop"},
                    7,
                ],
                "web": null,
            },
            "edges": [["web", "checkout"], ["web"], "web", [1, 2]],
        }));
        let metric = |name: &str, dimensions: &[(&str, &str)], stat: &str| Metric {
            namespace: "Shop".to_owned(),
            name: name.to_owned(),
            dimensions: dimensions
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            stat: Some(stat.to_owned()),
        };
        let latency = metric("Latency", &[("Service", "checkout")], "p99");
        let checkout = vec![
            (latency.clone(), MetricKind::Latency),
            (metric("Fine", &[], "Average"), MetricKind::Availability),
        ];
        let expected = CallGraph {
            nodes: [
                ("checkout".to_owned(), checkout),
                ("web".to_owned(), vec![]),
            ]
            .into(),
            edges: vec![("web".to_owned(), "checkout".to_owned())],
        };
        assert_eq!(graph, Ok(expected.clone()));
        let other_stat = Metric {
            stat: None,
            ..latency
        };
        assert_eq!(expected.node_of(&other_stat), Some("checkout"));
        assert_eq!(expected.node_of(&metric("Other", &[], "Sum")), None);
    }

    #[test]
    fn what_is_no_graph_or_too_large_is_refused_with_a_reason() {
        let reason = |bytes: &[u8]| CallGraph::parse(bytes).unwrap_err();
        assert_eq!(
            reason(b"{"),
            "it is not JSON: EOF while parsing an object at line 1 column 1"
        );
        assert_eq!(reason(b"[]"), "it has no `nodes`");
        let edges = vec![["a", "b"]; MOST_EDGES + 1];
        let large = json!({"nodes": {}, "edges": edges}).to_string();
        assert_eq!(
            reason(large.as_bytes()),
            "it has more than 100 nodes or 1000 edges"
        );
    }

    proptest! {
        #[test]
        fn no_document_panics(text in "\\PC*") {
            let _ = CallGraph::parse(text.as_bytes());
            let _ = parsed(&json!({"nodes": {&text: [{"namespace": &text, "name": &text}]}, "edges": [[&text, &text]]})).unwrap();
        }
    }
}
