//! Metrics in the embedded metric format: a log line that CloudWatch Logs turns into metrics, so that measuring costs no
//! call and no permission (CloudWatch user guide, "Embedded metric format specification").

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The namespace of all metrics of lambda-medic.
pub const NAMESPACE: &str = "LambdaMedic";

/// A unit as CloudWatch names it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unit {
    /// How many.
    Count,
    /// How long.
    Seconds,
    /// How much.
    Bytes,
    /// None of those that CloudWatch has, such as hours.
    None,
}

/// One measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// The value.
    pub value: f64,
    /// What the value counts.
    pub unit: Unit,
    /// A dimension besides the function's name. Values must come from a short list: each combination is a metric that
    /// costs money, and outside text must not make any.
    pub dimension: Option<(&'static str, &'static str)>,
}

/// Where measurements go.
pub trait Meter: Sync {
    /// Takes one measurement.
    fn record(&self, metric: &Metric, at: Timestamp);
}

/// Writes measurements to standard output, which Lambda puts into the function's log group.
#[derive(Clone, Copy, Debug)]
pub struct EmfMeter<'a> {
    /// The function's name, a dimension of every metric.
    pub function_name: &'a str,
}

impl Meter for EmfMeter<'_> {
    fn record(&self, metric: &Metric, at: Timestamp) {
        crate::logging::write_line(&line(metric, self.function_name, at));
    }
}

/// A measurement as a line in the embedded metric format: by function, and by its own dimension as well if it has one.
pub fn line(metric: &Metric, function_name: &str, at: Timestamp) -> String {
    let unit = match metric.unit {
        Unit::Count => "Count",
        Unit::Seconds => "Seconds",
        Unit::Bytes => "Bytes",
        Unit::None => "None",
    };
    let mut dimensions = vec![vec!["FunctionName"]];
    let mut line = Map::new();
    line.insert("FunctionName".to_owned(), function_name.into());
    if let Some((name, value)) = metric.dimension {
        dimensions.push(vec!["FunctionName", name]);
        line.insert(name.to_owned(), value.into());
    }
    line.insert(metric.name.to_owned(), metric.value.into());
    let directive = json!({
        "Timestamp": at.as_millisecond(),
        "CloudWatchMetrics": [{
            "Namespace": NAMESPACE,
            "Dimensions": dimensions,
            "Metrics": [{"Name": metric.name, "Unit": unit}],
        }],
    });
    line.insert("_aws".to_owned(), directive);
    Value::Object(line).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_is_one_line_that_cloudwatch_reads() {
        let metric = Metric {
            name: "Decisions",
            value: 1.0,
            unit: Unit::Count,
            dimension: Some(("Decision", "remediate")),
        };
        let at = "2026-02-18T21:47:01.123Z".parse().unwrap();
        let expected = concat!(
            r#"{"FunctionName":"alarm-playbook","Decision":"remediate","Decisions":1.0,"_aws":{"Timestamp":1771451221123,"#,
            r#""CloudWatchMetrics":[{"Namespace":"LambdaMedic","Dimensions":[["FunctionName"],["FunctionName","Decision"]],"#,
            r#""Metrics":[{"Name":"Decisions","Unit":"Count"}]}]}}"#,
        );
        assert_eq!(line(&metric, "alarm-playbook", at), expected);
    }
}
