//! What a log costs from its bytes to its analysis, and the stages by themselves.
//!
//! As a measure of the machine, ripgrep's own library counts the lines with `error` or `fail` in the same bytes beside it:
//! compare ratios, not times.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark stops where it cannot go on"
)]

use std::hint::black_box;
use std::io::Write as _;

use ci_log_analyzer::analyze::Analyzer;
use ci_log_analyzer::baseline::Baseline;
use ci_log_analyzer::evidence::Settings;
use ci_log_analyzer::read::{Limits, Lines};
use ci_log_analyzer::rules::Rules;
use ci_log_analyzer::segment::Segmenter;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flate2::Compression;
use flate2::write::GzEncoder;
use grep::regex::RegexMatcherBuilder;
use grep::searcher::Searcher;
use grep::searcher::sinks::Lossy;
use shared::redaction::Redactor;

/// What a build and its tests say when they go well, and what one failure looks like.
const PASSING: &str = include_str!("passing.log");
const FAILURE: &str = include_str!("failure.log");

/// Enough that what is done once does not count.
const BYTES: usize = 32 * 1024 * 1024;

/// A log with its failure at three fifths, each line under a time of its own.
fn log() -> Vec<u8> {
    let mut log = Vec::with_capacity(BYTES + 4096);
    let mut second = 0;
    let mut has_failed = false;
    while log.len() < BYTES {
        let is_time = !has_failed && log.len() > BYTES / 5 * 3;
        has_failed |= is_time;
        for line in if is_time { FAILURE } else { PASSING }.lines() {
            second += 1;
            let (hour, minute) = (second / 3600 % 24, second / 60 % 60);
            let time = format!(
                "2026-03-01T{hour:02}:{minute:02}:{:02}.1234567Z",
                second % 60
            );
            writeln!(log, "{time} {line}").unwrap();
        }
    }
    log
}

fn read(log: &[u8]) -> u64 {
    let mut lines = Lines::open(log, &Limits::default()).unwrap();
    while let Some(line) = lines.next().unwrap() {
        black_box(line.text);
    }
    lines.totals().lines
}

fn segmented(log: &[u8]) -> usize {
    let mut lines = Lines::open(log, &Limits::default()).unwrap();
    let mut segmenter = Segmenter::new();
    while let Some(line) = lines.next().unwrap() {
        black_box(segmenter.push(&line));
    }
    segmenter.finish().steps.len()
}

fn analyzed(log: &[u8], baseline: Option<&Baseline>) -> u64 {
    let redactor = Redactor::new();
    let analyzer = Analyzer {
        settings: Settings::default(),
        baseline: baseline.cloned(),
        rules: Rules::built_in(),
        redactor: &redactor,
    };
    let mut lines = Lines::open(log, &Limits::default()).unwrap();
    let found = analyzer.analyze(&mut lines).unwrap();
    found.analysis.decisive.unwrap().start
}

fn redacted(log: &str) -> usize {
    let redactor = Redactor::new();
    let mut session = redactor.session();
    log.lines().map(|line| session.line(line).len()).sum()
}

fn counted(log: &[u8]) -> u64 {
    let mut matcher = RegexMatcherBuilder::new();
    let matcher = matcher.case_insensitive(true).build("error|fail").unwrap();
    let mut count = 0;
    let each = Lossy(|_, _| {
        count += 1;
        Ok(true)
    });
    Searcher::new().search_slice(&matcher, log, each).unwrap();
    count
}

fn speed(criterion: &mut Criterion) {
    let log = log();
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&log).unwrap();
    let packed = packed.finish().unwrap();
    let mut baseline = Baseline::default();
    PASSING.lines().for_each(|line| baseline.learn(line));
    let text = str::from_utf8(&log).unwrap();

    let mut group = criterion.benchmark_group("log");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(log.len() as u64));
    group.bench_function("grep counts error|fail", |bencher| {
        bencher.iter(|| counted(black_box(&log)));
    });
    group.bench_function("read", |bencher| bencher.iter(|| read(black_box(&log))));
    group.bench_function("segment", |bencher| {
        bencher.iter(|| segmented(black_box(&log)));
    });
    group.bench_function("analyze", |bencher| {
        bencher.iter(|| analyzed(black_box(&log), None));
    });
    group.bench_function("analyze with a baseline", |bencher| {
        bencher.iter(|| analyzed(black_box(&log), Some(&baseline)));
    });
    group.bench_function("analyze gzip", |bencher| {
        bencher.iter(|| analyzed(black_box(&packed), None));
    });
    group.bench_function("redact", |bencher| {
        bencher.iter(|| redacted(black_box(text)));
    });
    group.finish();
}

criterion_group!(benches, speed);
criterion_main!(benches);
