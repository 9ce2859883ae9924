//! What it costs to rank suspects: 1,000 series of 60 points, over a call graph.
//!
//! As a measure of the machine, Pearson's correlation of each of the same series with the alarm's, written down plainly, and sorting all of
//! their values stand beside it: compare ratios, not times.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark stops where it cannot go on"
)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use incident_analyst::suspects::{Case, CaseSeries, NodeMetric, rank};

const NODES: u32 = 334;
const POINTS: u32 = 60;
/// The incident is the last ten points.
const START: i64 = 50 * 60;

/// A tree of calls, in which one node became slow and all who wait for it with it. Numbers waver without a source of chance.
fn case() -> Case {
    let waver = |node: u32, point: u32| f64::from((node * 7919 + point * 104_729) % 1009) / 1009.0;
    let is_waiting = |node: u32| [0, 1, 4, 13, 40].contains(&node);
    let of = |node: u32, metric: &str| CaseSeries {
        node: format!("node-{node}"),
        metric: metric.to_owned(),
        unit: String::new(),
        points: (0..POINTS)
            .map(|point| {
                let trouble = if is_waiting(node) && point > 52 {
                    20.0
                } else {
                    0.0
                };
                let value = match metric {
                    "latency" => 1.0 + waver(node, point) + trouble,
                    "requests" => 1000.0 + waver(node, point),
                    _ => 100.0,
                };
                (i64::from(point) * 60, Some(value))
            })
            .collect(),
    };
    let metrics = ["latency", "requests", "availability"];
    let series = (0..NODES).flat_map(|node| metrics.map(|metric| of(node, metric)));
    let caller = |node: u32| (node - 1) / 3;
    Case {
        target: NodeMetric {
            node: "node-0".to_owned(),
            metric: "latency".to_owned(),
        },
        start: START,
        end: i64::from(POINTS) * 60,
        edges: (1..NODES)
            .map(|node| (format!("node-{}", caller(node)), format!("node-{node}")))
            .collect(),
        series: series.take(1000).collect(),
    }
}

fn correlations(values: &[Vec<f64>]) -> f64 {
    let length = f64::from(POINTS);
    let alarm = values.first().unwrap();
    let mean = |of: &[f64]| of.iter().sum::<f64>() / length;
    let moment = |a: &[f64], b: &[f64]| -> f64 {
        let (mean_a, mean_b) = (mean(a), mean(b));
        a.iter()
            .zip(b)
            .map(|(a, b)| (a - mean_a) * (b - mean_b))
            .sum()
    };
    let each = values.iter().map(|one| {
        let spread = (moment(one, one) * moment(alarm, alarm)).sqrt();
        moment(one, alarm) / spread.max(f64::MIN_POSITIVE)
    });
    each.fold(0.0, f64::max)
}

fn speed(criterion: &mut Criterion) {
    let case = case();
    assert_eq!(rank(&case).suspects.first().unwrap().node, "node-40");
    let of_series = |one: &CaseSeries| one.points.iter().filter_map(|(_, value)| *value).collect();
    let values: Vec<Vec<f64>> = case.series.iter().map(of_series).collect();

    let mut group = criterion.benchmark_group("1,000 series of 60 points");
    group.bench_function("sort", |bencher| {
        bencher.iter(|| {
            let mut all: Vec<f64> = black_box(&values).concat();
            all.sort_by(f64::total_cmp);
            all
        });
    });
    group.bench_function("correlate", |bencher| {
        bencher.iter(|| correlations(black_box(&values)));
    });
    group.bench_function("rank", |bencher| bencher.iter(|| rank(black_box(&case))));
    group.finish();
}

criterion_group!(benches, speed);
criterion_main!(benches);
