//! The requests behind what is measured.

use std::collections::BTreeMap;

use super::watched::{Asked, MetricStat, OWN_IDS, Query, Watched};

/// The metric that counts the requests behind another one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Traffic {
    /// Its namespace.
    pub namespace: String,
    /// Its dimensions.
    pub dimensions: BTreeMap<String, String>,
    /// The account that has it, where it is another one.
    pub account_id: Option<String>,
}

impl Traffic {
    /// The same name in both kinds of load balancers.
    pub const METRIC: &str = "RequestCount";
}

impl Watched {
    /// The metric that counts the requests behind this one, where a service publishes only what happened: a load
    /// balancer has no zero for errors, so their absence says something only beside its requests (Elastic Load Balancing
    /// user guides, "CloudWatch metrics": reported only if there is a nonzero value).
    ///
    /// Behind an expression, only if all its metrics are of the same load balancer: of others, its requests say nothing.
    pub fn traffic(&self) -> Option<Traffic> {
        let has_gaps = self.metrics().iter().any(|(metric, _)| metric.has_gaps());
        self.requests().filter(|_| has_gaps)
    }

    /// The metric that counts the requests to what is measured, whether or not that has gaps.
    pub fn requests(&self) -> Option<Traffic> {
        let metrics = self.metrics();
        let (first, account_id) = *metrics
            .iter()
            .find(|(metric, _)| metric.has_gaps())
            .or(metrics.first())?;
        let is_same = |(metric, _): &(&MetricStat, Option<&str>)| {
            metric.is_of_load_balancer() && metric.load_balancer() == first.load_balancer()
        };
        metrics.iter().all(is_same).then(|| Traffic {
            namespace: first.namespace.clone(),
            dimensions: first.dimensions.clone(),
            account_id: account_id.map(str::to_owned),
        })
    }

    /// The same queries with every count that has gaps filled with zeros, for periods that had requests; `None` if that is
    /// not what they would mean. An expression cannot be relied on to take a missing value for zero: the user guide says
    /// that arithmetic does, and recommends `FILL`.
    pub fn filled(&self) -> Option<Self> {
        let Self::Queries { queries, result } = self else {
            return None;
        };
        self.traffic()?;
        if self.metric().is_some() || self.takes_in_every_metric() {
            return None;
        }
        let filled = queries.iter().flat_map(|query| match &query.asked {
            Asked::Metric(metric) if metric.has_gaps() => {
                let raw = format!("{OWN_IDS}{}", query.id);
                let filling = Query {
                    id: query.id.clone(),
                    asked: Asked::Expression(format!("FILL({raw}, 0)")),
                    period_seconds: None,
                    account_id: None,
                    is_returned: false,
                };
                let raw = Query {
                    id: raw,
                    ..query.clone()
                };
                vec![raw, filling]
            }
            _ => vec![query.clone()],
        });
        Some(Self::Queries {
            queries: filled.collect(),
            result: result.clone(),
        })
    }
}

impl MetricStat {
    /// Whether its service leaves out zeros.
    pub fn has_gaps(&self) -> bool {
        let name = self.metric_name.as_str();
        self.is_of_load_balancer()
            && (name.starts_with("HTTPCode_") || name == "TargetConnectionErrorCount")
    }

    fn load_balancer(&self) -> Option<&String> {
        let mut names = ["LoadBalancer", "LoadBalancerName"].iter();
        names.find_map(|name| self.dimensions.get(*name))
    }

    fn is_of_load_balancer(&self) -> bool {
        matches!(self.namespace.as_str(), "AWS/ApplicationELB" | "AWS/ELB")
    }
}
