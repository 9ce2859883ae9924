//! The promises of the export, and whether what was seen keeps them.

use super::observations::Act;
use super::seen;
use super::stage::{API, BILLING, CHECKOUT};
use crate::demo::promise::{Promise, Row, no_time, promise};
use crate::timeline::{Moment, Timeline};

type ActPromise = Promise<Act>;

/// A day by a task.
const DAY: [ActPromise; 2] = [
    promise(Moment::at(0, 30), "a task exports yesterday", |act, _| {
        seen::task(act, CHECKOUT, 0)
    }),
    promise(
        Moment::at(0, 45),
        "each hour has what the source counts",
        |act, _| seen::counted(act, CHECKOUT),
    ),
];

/// A task that says that it is complete, and is not.
const FAULT: [ActPromise; 4] = [
    promise(Moment::at(0, 30), "its task says COMPLETED", |act, _| {
        seen::task(act, BILLING, 0)
    }),
    promise(
        Moment::at(0, 45),
        "and is suspect, with its numbers",
        seen::suspect,
    ),
    promise(Moment::at(1, 0), "another task is asked for", |act, _| {
        seen::task(act, BILLING, 1)
    }),
    promise(Moment::at(1, 15), "and has everything", |act, _| {
        seen::counted(act, BILLING)
    }),
];

/// What comes when its day was proven.
const LATE: [ActPromise; 1] = [promise(
    Moment::at(2, 30),
    "the sweep adds them by their ids",
    seen::swept,
)];

/// The rows, part by part.
pub(super) fn parts(act: &Act, timeline: &Timeline) -> [(&'static str, Vec<Row>); 5] {
    let rows = |promises: &[ActPromise]| -> Vec<Row> {
        let judged = promises.iter();
        judged.map(|promise| promise.judge(act, timeline)).collect()
    };
    let given = |group| no_time("cat gives back every line", seen::given(act, group));
    let with = |mut rows: Vec<Row>, more: Row| {
        rows.push(more);
        rows
    };
    [
        ("A day of logs, by export task", rows(&DAY)),
        (
            "A task that loses lines",
            with(rows(&FAULT), given(BILLING)),
        ),
        (
            "Lines that come a day late",
            with(rows(&LATE), given(CHECKOUT)),
        ),
        (
            "Directly, while it is logged",
            vec![
                no_time("in S3 within one tick", seen::within_a_tick(act)),
                no_time("hours that are over are proven", seen::sealed(act)),
                given(API),
            ],
        ),
        (
            "All the time",
            vec![
                no_time("one export task at a time", seen::one_at_a_time(act)),
                no_time("what is denied is not exported", seen::nothing_denied(act)),
            ],
        ),
    ]
}
