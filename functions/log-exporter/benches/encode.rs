//! How fast rows are packed, in bytes of messages, beside what anybody would write first (serde into zstd, with the same window and level)
//! and beside copying the same bytes, which is as fast as anything can touch them.
#![expect(
    clippy::expect_used,
    reason = "a benchmark stops at the first surprise"
)]

use std::hint::black_box;
use std::io::Write as _;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use shared::exports::decode::Rows;
use shared::exports::encode::Encoder;
use shared::exports::row::Row;

/// What a busy service writes in some minutes.
const BYTES: usize = 64 * 1024 * 1024;

/// Message `number` of a shop: JSON and text, with stack traces.
fn message(number: usize) -> String {
    let hash = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
    match number % 8 {
        0..=2 => format!(
            r#"{{"level":"info","logger":"shop.checkout.CartService","thread":"exec-{}","message":"cart {number} of customer {hash} priced in {} ms","trace_id":"{hash:032x}"}}"#,
            number % 64,
            hash % 97,
        ),
        3 | 4 => format!(
            r#"10.0.{}.{} - - [02/Jan/2026:03:04:05 +0000] "GET /api/cart/{number}?currency=EUR HTTP/1.1" 200 {} "-" "Mozilla/5.0 (X11; Linux x86_64)" {}"#,
            hash % 256,
            number % 256,
            hash % 9_999,
            hash % 300,
        ),
        5 => format!(
            "INFO  [exec-{}] shop.payment.Gateway - payment {hash:x} accepted after {} ms",
            number % 64,
            hash % 900
        ),
        6 => format!("START RequestId: {hash:032x} Version: $LATEST"),
        _ => format!(
            "ERROR [exec-7] shop.Checkout - order {number} failed\njava.lang.IllegalStateException: no stock for {hash}\n\tat shop.Stock.reserve(Stock.java:118)\n\tat shop.Checkout.run(Checkout.java:42)\nCaused by: java.net.SocketTimeoutException: Read timed out\n\t... 12 more"
        ),
    }
}

/// An event as CloudWatch Logs has it.
struct Event {
    at: i64,
    id: String,
    message: String,
}

fn events() -> Vec<Event> {
    let mut bytes = 0;
    let events = (0..).map(|number: usize| Event {
        at: 1_771_448_821_123 + i64::try_from(number / 10).unwrap_or_default(),
        id: format!("{:056}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        message: message(number),
    });
    events
        .take_while(|event| {
            bytes += event.message.len();
            bytes < BYTES
        })
        .collect()
}

fn row(event: &Event) -> Row<'_> {
    Row {
        timestamp_ms: event.at,
        ingestion_ms: Some(event.at + 700),
        stream: "checkout/1".into(),
        event_id: Some(event.id.as_str().into()),
        message: event.message.as_str().into(),
    }
}

fn encode(events: &[Event]) -> Vec<u8> {
    let mut encoder = Encoder::new().expect("zstd has memory");
    for event in events {
        encoder.push(&row(event)).expect("a row is packed");
    }
    let finished = encoder.finish().expect("rows are packed");
    finished.map_or_else(Vec::new, |packed| packed.body)
}

fn plainly(events: &[Event]) -> Vec<u8> {
    let mut packer = zstd::Encoder::new(Vec::new(), 1).expect("zstd has memory");
    packer.window_log(17).expect("a window of 128 KiB");
    for event in events {
        serde_json::to_writer(&mut packer, &row(event)).expect("a row is JSON");
        packer.write_all(b"\n").expect("a line is packed");
    }
    packer.finish().expect("rows are packed")
}

fn copy(events: &[Event]) -> Vec<u8> {
    let mut copied = Vec::with_capacity(BYTES);
    for event in events {
        copied.extend_from_slice(event.message.as_bytes());
    }
    copied
}

fn decode(body: &[u8]) -> usize {
    let mut rows = Rows::new().expect("zstd has memory");
    let mut bytes = 0;
    for piece in body.chunks(64 * 1024) {
        rows.feed(piece.to_vec());
        while let Some(row) = rows.next().expect("it is a part") {
            bytes += row.message.len();
        }
    }
    bytes
}

fn benches(criterion: &mut Criterion) {
    let events = events();
    let bytes: usize = events.iter().map(|event| event.message.len()).sum();
    let body = encode(&events);
    let mut group = criterion.benchmark_group("encode");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("rows into a part", |bencher| {
        bencher.iter(|| encode(black_box(&events)));
    });
    group.bench_function("yardstick: serde and zstd", |bencher| {
        bencher.iter(|| plainly(black_box(&events)));
    });
    group.bench_function("yardstick: the messages copied", |bencher| {
        bencher.iter(|| copy(black_box(&events)));
    });
    group.bench_function("a part into rows", |bencher| {
        bencher.iter(|| decode(black_box(&body)));
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
