//! What exporting a log group costs in a month, and what it takes. Pure.
//!
//! A month has 30 days and a GB 10^9 bytes. Everything assumed is a constant with its reason; nothing here is a bill.

use jiff::SignedDuration;
use log_exporter::rules::LATEST;
use shared::exports::manifest::{CountedBy, Mode};

use super::prices;

const DAYS: f64 = 30.0;
const HOURS_A_DAY: f64 = 24.0;
const GB: f64 = 1e9;

/// The schedule of the template: a tick every five minutes.
const TICKS_A_DAY: f64 = 288.0;

/// How much of a tick of 30 s is left for reading events, with all groups together.
const READING_SECONDS_OF_A_TICK: f64 = 20.0;

/// How many pages of `FilterLogEvents` a tick gets in a second, one after the other. Assumed, not measured on AWS; the quota of the account
/// and region, which others use as well, is believed to be 5 or 10 in a second and was not verified.
const PAGES_A_SECOND: f64 = 2.0;

/// A page has a megabyte or 10,000 events at most (API reference, `FilterLogEvents`).
const PAGE_BYTES: f64 = 1_048_576.0;
const PAGE_EVENTS: f64 = 10_000.0;

/// How much of their size logs keep as compressed rows. Assumed, not measured.
const COMPRESSED: f64 = 0.1;

/// So many bytes of rows go into one part at most; then another one begins.
const PART_BYTES: f64 = 64e6;

/// An export task writes an object for each log stream with events at least; how many that are is not known beforehand.
const STAGED_A_DAY: f64 = 50.0;

/// How often the ledger's entry and the manifest of a window are written until it is proven, and once more each time it is swept: the
/// query's id and its answer.
const RECORDS_OF_A_TASK_WINDOW: f64 = 10.0;
const RECORDS_OF_A_DIRECT_WINDOW: f64 = 6.0;
const RECORDS_OF_A_SWEEP: f64 = 2.0;

/// A tick that reads new events of a direct group writes a part, the ledger's entry and the manifest.
const PUTS_OF_A_DIRECT_TICK: f64 = 3.0;

/// What each tick writes whatever there is to do: the lease twice, and the catalog.
const PUTS_OF_A_TICK: f64 = 3.0;

/// A tick has 256 MB, and takes so long with work to do.
const GB_SECONDS_OF_A_TICK: f64 = 0.256 * 10.0;

/// The metrics that the template's alarms on the exporter look at, and the custom metrics that it has at most.
const ALARMS: f64 = 14.0;
const METRICS: f64 = 13.0;

/// Below this Athena and others spend more on opening objects than on reading them, and S3 charges colder classes for this much (S3 user
/// guide, "Understanding and managing Amazon S3 storage classes").
pub const SMALL_OBJECT: f64 = 128.0 * 1024.0;

/// Firehose rounds each record up to this (Firehose price page).
const FIREHOSE_STEP: f64 = 5_120.0;

/// Firehose writes an object every five minutes if it is not told otherwise.
const FIREHOSE_OBJECTS_A_DAY: f64 = 288.0;

/// How much a log group gets in a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Volume {
    /// Bytes of messages, uncompressed.
    pub bytes: f64,
    /// Log events.
    pub events: f64,
}

/// How a log group is exported, as far as it costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Habit {
    /// How it is read.
    pub mode: Mode,
    /// How the source is counted.
    pub count_by: CountedBy,
    /// How often a proven window is counted again.
    pub sweep_every: SignedDuration,
    /// How long the group keeps events; forever if `None`.
    pub retention: Option<SignedDuration>,
}

/// What a log group costs in a month, in US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Requests to S3.
    pub requests: f64,
    /// Keeping what a month brings for a month.
    pub storage: f64,
    /// Scans of Logs Insights that prove windows.
    pub proof: f64,
    /// Scans of Logs Insights that look for late events.
    pub sweep: f64,
    /// Export tasks.
    pub task: f64,
}

/// What exporting a log group takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// How many windows a day has.
    pub windows_a_day: f64,
    /// What it gets in a month, in GB.
    pub gb: f64,
    /// What that costs in US dollars.
    pub cost: Cost,
    /// Requests to S3 that write or list, in a month.
    pub puts: f64,
    /// How long events are listed for it each day, in seconds.
    pub reading_seconds: f64,
    /// The size of its objects, in bytes, on an average.
    pub object_bytes: f64,
    /// What Firehose would cost: with well-filled batches, and with an event in each.
    pub firehose: (f64, f64),
}

impl Cost {
    /// All of it.
    pub fn total(&self) -> f64 {
        let Self {
            requests,
            storage,
            proof,
            sweep,
            task,
        } = self;
        requests + storage + proof + sweep + task
    }
}

/// What the function itself costs in a month, whatever it exports: its ticks and their records.
pub fn of_ticks() -> f64 {
    let ticks = TICKS_A_DAY * DAYS;
    ticks * (GB_SECONDS_OF_A_TICK * prices::COMPUTE.usd + PUTS_OF_A_TICK * prices::PUT.usd)
}

/// What watching the function costs in a month, whatever it exports: alarms and metrics, and no dashboard.
pub fn of_watching() -> f64 {
    ALARMS * prices::ALARM.usd + METRICS * prices::METRIC.usd
}

/// For how many seconds of a day events can be listed, for all groups together.
pub fn reading_seconds_there_are() -> f64 {
    TICKS_A_DAY * READING_SECONDS_OF_A_TICK
}

/// What a log group takes and costs.
pub fn estimate(volume: Volume, habit: Habit) -> Estimate {
    let sweeps = sweeps(habit);
    let is_direct = habit.mode == Mode::Direct;
    let is_scanned = habit.count_by == CountedBy::Insights;
    let gb = volume.bytes * DAYS / GB;
    let parts = (volume.bytes / PART_BYTES).max(HOURS_A_DAY.min(volume.events));
    let puts = DAYS * puts_of_a_day(habit.mode, parts, sweeps);
    let scan = |times: f64| {
        if is_scanned {
            gb * times * prices::SCAN.usd
        } else {
            0.0
        }
    };
    let cost = Cost {
        requests: puts * prices::PUT.usd,
        storage: gb * COMPRESSED * prices::STORAGE.usd,
        proof: if is_direct { 0.0 } else { scan(1.0) },
        sweep: scan(sweeps),
        task: if is_direct {
            0.0
        } else {
            gb * prices::TASK.usd
        },
    };
    Estimate {
        windows_a_day: if is_direct { HOURS_A_DAY } else { 1.0 },
        gb,
        cost,
        puts,
        reading_seconds: reading_seconds(volume, habit, sweeps),
        object_bytes: if parts > 0.0 {
            volume.bytes * COMPRESSED / parts
        } else {
            0.0
        },
        firehose: firehose(volume),
    }
}

/// How often a window is counted again: until late events are not taken any more, or the source begins to forget it.
fn sweeps(habit: Habit) -> f64 {
    let until = habit.retention.map_or(LATEST, |kept| kept.min(LATEST));
    // Not more often than there are ticks.
    let every = habit.sweep_every.max(SignedDuration::from_mins(5));
    (until.as_secs_f64() / every.as_secs_f64()).floor()
}

fn puts_of_a_day(mode: Mode, parts: f64, sweeps: f64) -> f64 {
    match mode {
        Mode::ExportTask => {
            RECORDS_OF_A_TASK_WINDOW + parts + STAGED_A_DAY + sweeps * RECORDS_OF_A_SWEEP
        }
        Mode::Direct => {
            let window = RECORDS_OF_A_DIRECT_WINDOW + sweeps * RECORDS_OF_A_SWEEP;
            TICKS_A_DAY * PUTS_OF_A_DIRECT_TICK + HOURS_A_DAY * window + parts
        }
    }
}

/// Events are listed once when they are read directly, once more when their window is sealed, and once for each count without Insights.
fn reading_seconds(volume: Volume, habit: Habit, sweeps: f64) -> f64 {
    let counts = match habit.count_by {
        CountedBy::Insights => 0.0,
        CountedBy::EventIds => sweeps,
    };
    let passes = match (habit.mode, habit.count_by) {
        (Mode::Direct, _) => 2.0 + counts,
        (Mode::ExportTask, CountedBy::EventIds) => 1.0 + counts,
        (Mode::ExportTask, CountedBy::Insights) => return 0.0,
    };
    let pages = (volume.bytes / PAGE_BYTES).max(volume.events / PAGE_EVENTS) * passes;
    let least = match habit.mode {
        Mode::Direct => TICKS_A_DAY,
        Mode::ExportTask => 0.0,
    };
    pages.max(least) / PAGES_A_SECOND
}

/// A subscription filter sends batches, compressed. How many events a batch has depends on how they are put: from one to very many.
fn firehose(volume: Volume) -> (f64, f64) {
    let gb = volume.bytes * DAYS / GB;
    let ingested = |bytes_a_day: f64| bytes_a_day * DAYS / GB * prices::FIREHOSE_IN.usd;
    let filled = ingested(volume.bytes * COMPRESSED);
    let single = ingested(volume.events * FIREHOSE_STEP);
    let rest = gb * prices::FIREHOSE_UNPACK.usd
        + FIREHOSE_OBJECTS_A_DAY * DAYS * prices::PUT.usd
        + gb * COMPRESSED * prices::STORAGE.usd;
    (filled.min(single) + rest, filled.max(single) + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(gb_a_day: f64, mode: Mode, count_by: CountedBy, retention: Option<i64>) -> String {
        let volume = Volume {
            bytes: gb_a_day * GB,
            events: gb_a_day * 4e6,
        };
        let habit = Habit {
            mode,
            count_by,
            sweep_every: SignedDuration::from_hours(24),
            retention: retention.map(|days| SignedDuration::from_hours(24 * days)),
        };
        let Estimate {
            gb,
            cost,
            puts,
            reading_seconds,
            object_bytes,
            firehose: (least, most),
            ..
        } = estimate(volume, habit);
        let Cost {
            requests,
            storage,
            proof,
            sweep,
            ..
        } = cost;
        format!(
            "{gb:.0} GB: requests {requests:.2} ({puts:.0}), storage {storage:.2}, proof {proof:.2}, sweep {sweep:.2}, in all {:.2}; listed {reading_seconds:.0} s a day, objects of {object_bytes:.0} bytes; Firehose {least:.2} to {most:.2}",
            cost.total(),
        )
    }

    #[test]
    fn what_a_month_costs() {
        use CountedBy::{EventIds, Insights};
        use Mode::{Direct, ExportTask};
        let table = [
            told(10.0, ExportTask, Insights, None),
            told(10.0, ExportTask, Insights, Some(7)),
            told(10.0, ExportTask, EventIds, Some(7)),
            told(10.0, Direct, Insights, None),
            told(0.01, Direct, Insights, None),
            told(0.01, Direct, EventIds, None),
            told(0.0, ExportTask, Insights, None),
        ];
        insta::assert_snapshot!(table.join("\n"));
        insta::assert_snapshot!(format!("{:.2} {}", of_ticks(), reading_seconds_there_are()));
    }

    #[test]
    fn a_window_is_swept_as_long_as_events_can_come_and_go() {
        let sweeps = |every: i64, retention: Option<i64>| {
            sweeps(Habit {
                mode: Mode::Direct,
                count_by: CountedBy::Insights,
                sweep_every: SignedDuration::from_hours(every),
                retention: retention.map(|days| SignedDuration::from_hours(24 * days)),
            })
            .to_string()
        };
        assert_eq!(
            [
                sweeps(24, None),
                sweeps(24, Some(3)),
                sweeps(24, Some(30)),
                sweeps(36, None),
                sweeps(0, Some(1))
            ],
            ["14", "3", "14", "9", "288"]
        );
    }
}
