//! A case as `medic diagnose` reads it.

mod lenient;

use serde::Deserialize;
use thiserror::Error;

use self::lenient::{Number, Points};
use super::{Case, CaseSeries, NodeMetric};

/// The most bytes of a case: some forty times the largest one known.
pub const MOST_BYTES: usize = 64 * 1024 * 1024;

/// The most series of a case.
const MOST_SERIES: usize = 50_000;

/// The most points of all series of a case.
const MOST_POINTS: usize = 4_000_000;

/// The most calls of a call graph.
const MOST_EDGES: usize = 2_000_000;

/// The most bytes of a name.
const MOST_NAME_BYTES: usize = 1024;

/// The last second of the year 9999: what is later is a time in another unit.
const LAST_SECOND: i64 = 253_402_300_799;

/// Why a case cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// It is no JSON of the form of a case.
    #[error("it is not a case in JSON")]
    Json(#[from] serde_json::Error),
    /// There is too much of something.
    #[error("it has more than {most} {what}")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// The most that is read.
        most: usize,
    },
    /// A time is no time.
    #[error("`{0}` is not a time in epoch seconds up to the year 9999")]
    NotATime(&'static str),
    /// It ends before it starts.
    #[error("`end` is before `start`")]
    Reversed,
}

/// The form of a case. Unknown fields are nobody's business.
#[derive(Deserialize)]
struct File {
    target: Target,
    start: Number,
    end: Number,
    #[serde(default)]
    edges: Vec<(String, String)>,
    #[serde(default)]
    series: Vec<OneSeries>,
}

#[derive(Deserialize)]
struct Target {
    node: String,
    metric: String,
}

#[derive(Deserialize)]
struct OneSeries {
    node: String,
    metric: String,
    #[serde(default)]
    unit: Option<String>,
    #[serde(default)]
    points: Points,
}

impl Case {
    /// Reads `{target: {node, metric}, start, end, edges: [[caller, callee]], series: [{node, metric, unit, points: [[epoch_s, value]]}]}`.
    ///
    /// A value that is no finite number is missing, a point without a time is left out; a number may also be written as text.
    pub fn read(json: &[u8]) -> Result<Self, ReadError> {
        ensure(json.len(), MOST_BYTES, "bytes")?;
        let file: File = serde_json::from_slice(json)?;
        let start = time(file.start, "start")?;
        let end = time(file.end, "end")?;
        if end < start {
            return Err(ReadError::Reversed);
        }
        ensure(file.edges.len(), MOST_EDGES, "edges")?;
        ensure(file.series.len(), MOST_SERIES, "series")?;
        let points = file.series.iter().map(|series| series.points.0.len()).sum();
        ensure(points, MOST_POINTS, "points")?;
        let of_edges = file.edges.iter().flat_map(|(from, to)| [from, to]);
        let of_series = file.series.iter().flat_map(|one| [&one.node, &one.metric]);
        let names = of_edges
            .chain(of_series)
            .chain([&file.target.node, &file.target.metric]);
        let longest = names.map(String::len).max().unwrap_or_default();
        ensure(longest, MOST_NAME_BYTES, "bytes in a name")?;
        Ok(Self {
            target: NodeMetric {
                node: file.target.node,
                metric: file.target.metric,
            },
            start,
            end,
            edges: file.edges,
            series: file.series.into_iter().map(CaseSeries::from).collect(),
        })
    }
}

impl From<OneSeries> for CaseSeries {
    fn from(series: OneSeries) -> Self {
        Self {
            node: series.node,
            metric: series.metric,
            unit: series.unit.unwrap_or_default(),
            points: series.points.0,
        }
    }
}

fn ensure(there: usize, most: usize, what: &'static str) -> Result<(), ReadError> {
    if there > most {
        return Err(ReadError::TooMuch { what, most });
    }
    Ok(())
}

fn time(number: Number, what: &'static str) -> Result<i64, ReadError> {
    let is_time = |time: &i64| (-LAST_SECOND..=LAST_SECOND).contains(time);
    number
        .seconds()
        .filter(is_time)
        .ok_or(ReadError::NotATime(what))
}

#[cfg(test)]
mod tests {
    use shared::failure::chain;

    use super::*;

    const CASE: &str = r#"{
        "target": {"node": "web", "metric": "latency", "more": 1},
        "start": 300, "end": "900",
        "edges": [["web", "shop"]],
        "series": [
            {"node": "web", "metric": "latency", "unit": "Seconds",
             "points": [[0, 0.5], [300, null], [600.0, "1.5"], [900, "NaN"], [1200, "inf"], ["x", 1], [1500], [], 7, [1800, true, 3],
                        [2100, 1e999]]},
            {"node": "shop", "metric": "requests", "unit": null, "points": null}
        ],
        "more": {}
    }"#;

    #[test]
    fn a_case_is_read_as_far_as_it_can_be() {
        let json = CASE.replace("[2100, 1e999]", "[2100, -3]");
        let series =
            |node: &str, metric: &str, unit: &str, points: &[(i64, Option<f64>)]| CaseSeries {
                node: node.to_owned(),
                metric: metric.to_owned(),
                unit: unit.to_owned(),
                points: points.to_vec(),
            };
        let expected = Case {
            target: NodeMetric {
                node: "web".to_owned(),
                metric: "latency".to_owned(),
            },
            start: 300,
            end: 900,
            edges: vec![("web".to_owned(), "shop".to_owned())],
            series: vec![
                series(
                    "web",
                    "latency",
                    "Seconds",
                    &[
                        (0, Some(0.5)),
                        (300, None),
                        (600, Some(1.5)),
                        (900, None),
                        (1200, None),
                        (1500, None),
                        (1800, None),
                        (2100, Some(-3.0)),
                    ],
                ),
                series("shop", "requests", "", &[]),
            ],
        };
        assert_eq!(Case::read(json.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn what_is_no_case_is_refused_with_the_reason() {
        let with =
            |from: &str, to: &str| CASE.replace("[2100, 1e999]", "[2100, 1]").replace(from, to);
        for (json, reason) in [
            (String::new(), "EOF"),
            (CASE.to_owned(), "number out of range"),
            (
                with("\"start\": 300", "\"start\": null"),
                "`start` is not a time",
            ),
            (with("\"900\"", "1e300"), "`end` is not a time"),
            (with("\"900\"", "-1"), "`end` is before `start`"),
            (with("\"900\"", "1694051400000"), "`end` is not a time"),
            (with("\"target\"", "\"aim\""), "missing field `target`"),
            (with("[\"web\", \"shop\"]", "[\"web\"]"), "invalid length 1"),
            (
                with("\"shop\"", &format!("\"{}\"", "x".repeat(2000))),
                "bytes in a name",
            ),
            ("[".repeat(100_000), "not a case"),
        ] {
            let error = Case::read(json.as_bytes()).unwrap_err();
            let told = chain(&error);
            assert!(told.contains(reason), "{told}");
        }
    }
}
