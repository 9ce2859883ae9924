//! How fast log entries are mined, beside counting the line ends of the same bytes, which is as fast as anything can read them.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use incident_analyst::mining::{Limits, LogEntryRef, Mined, Miner};
use jiff::{SignedDuration, Timestamp};

/// What a busy service writes in some minutes.
const BYTES: usize = 100 * 1024 * 1024;

/// Entry `number` of a shop: JSON and text, mostly about what goes well.
fn entry(number: usize) -> String {
    let hash = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
    let uuid = format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{hash:012x}",
        hash & 0xffff_ffff,
        hash & 0xffff,
        hash & 0xfff,
        number & 0xfff
    );
    let time = format!(
        "2026-01-02T03:{:02}:{:02}.{:03}Z",
        number / 60_000 % 60,
        number / 1_000 % 60,
        number % 1_000
    );
    match number % 16 {
        0..=4 => format!(
            r#"{{"timestamp":"{time}","level":"info","logger":"shop.checkout.CartService","thread":"http-nio-8080-exec-{}","message":"cart {number} of customer {hash} priced in {} ms","trace_id":"{uuid}","span":{{"name":"price","id":"{hash:x}"}}}}"#,
            number % 64,
            hash % 97,
        ),
        5..=7 => format!(
            r#"10.0.{}.{} - - [02/Jan/2026:03:04:05 +0000] "GET /api/cart/{number}?currency=EUR HTTP/1.1" 200 {} "-" "Mozilla/5.0 (X11; Linux x86_64)" {}"#,
            hash % 256,
            number % 256,
            hash % 9_999,
            hash % 300,
        ),
        8 | 9 => format!(
            "{time} INFO  [exec-{}] shop.payment.Gateway - payment {uuid} accepted after {} ms",
            number % 64,
            hash % 900
        ),
        10 => format!(
            r#"time={time} level=info msg="stock reserved" sku=SKU-{hash} quantity={} warehouse=eu-{}"#,
            number % 9,
            number % 4
        ),
        11 => format!(
            r#"10.0.1.7 - - [02/Jan/2026:03:04:05 +0000] "GET /health HTTP/1.1" 200 2 "-" "ELB-HealthChecker/2.0" {number}"#
        ),
        12 => format!("START RequestId: {uuid} Version: $LATEST"),
        13 => format!(
            r#"{{"time":{number},"level":50,"msg":"request failed","req":{{"id":"{uuid}","method":"POST","url":"/api/checkout"}},"err":{{"type":"Error","message":"connect ECONNREFUSED 10.0.3.{}:5432","stack":"Error: connect ECONNREFUSED\n    at TCPConnectWrap.afterConnect (node:net:1555:16)\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)"}}}}"#,
            hash % 256,
        ),
        14 => format!(
            "{time} ERROR [exec-7] shop.Checkout - order {number} failed\njava.lang.IllegalStateException: no stock for {hash}\n\tat shop.Stock.reserve(Stock.java:118)\n\tat shop.Checkout.run(Checkout.java:42)\nCaused by: java.net.SocketTimeoutException: Read timed out\n\t... 12 more"
        ),
        _ => format!(
            "{time} WARN  [exec-{}] shop.cache.Pool - pool has {} of 64 connections left, waiting {} ms",
            number % 64,
            hash % 64,
            number % 50
        ),
    }
}

fn entries() -> Vec<String> {
    let mut bytes = 0;
    let entries = (0..).map(entry);
    entries
        .take_while(|entry| {
            bytes += entry.len();
            bytes < BYTES
        })
        .collect()
}

fn mine(entries: &[String]) -> Mined {
    let began = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1_000);
    let mut miner = Miner::new(began, Limits::default());
    for (number, message) in entries.iter().enumerate() {
        let before = SignedDuration::from_millis(60_000 - i64::try_from(number).unwrap_or(0));
        let at = began - before;
        miner.add(&LogEntryRef {
            event_id: "37219034567",
            group: "/ecs/shop",
            stream: "checkout/1",
            at,
            message,
        });
    }
    miner.finish()
}

fn count_lines(entries: &[String]) -> usize {
    entries
        .iter()
        .map(|entry| memchr::memchr_iter(b'\n', entry.as_bytes()).count())
        .sum()
}

fn benches(criterion: &mut Criterion) {
    let entries = entries();
    let bytes: usize = entries.iter().map(String::len).sum();
    let mut group = criterion.benchmark_group("mine");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("100 MB of entries", |bencher| {
        bencher.iter(|| mine(black_box(&entries)));
    });
    group.bench_function("yardstick: line ends of the same bytes", |bencher| {
        bencher.iter(|| count_lines(black_box(&entries)));
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
