use std::time::Duration;

use super::*;
use crate::collect::samples::{Trouble, World, incident};

async fn read(world: &World, groups: &[&str]) -> (Logs, Vec<String>) {
    let until = Instant::now() + Duration::from_secs(8);
    let groups = groups.iter().map(|group| (*group).to_owned()).collect();
    let Gathered { found, gaps } = logs(world, &incident(), groups, until).await;
    (found, gaps.into_iter().map(|gap| gap.because).collect())
}

fn world(entries_a_second: i64) -> World {
    World {
        entries_a_second,
        ..World::default()
    }
}

const NO_GAP: [&str; 0] = [];

#[tokio::test(start_paused = true)]
async fn all_of_a_log_is_counted_also_behind_empty_pages_and_the_entries_around_the_breach_are_kept()
 {
    for empty_pages in [0, 3] {
        let world = World {
            empty_pages,
            ..world(2)
        };
        let (logs, gaps) = read(&world, &["/ecs/shop"]).await;
        assert_eq!(gaps, NO_GAP);
        assert_eq!(logs.counted, (7_200, 2_040));
        let times =
            [logs.entries.first(), logs.entries.last()].map(|entry| entry.unwrap().at.to_string());
        assert_eq!(times, ["2026-02-18T20:59:35Z", "2026-02-18T21:00:24.5Z"]);
        let counts = logs
            .patterns
            .iter()
            .map(|pattern| pattern.before + pattern.since);
        assert_eq!(counts.sum::<u64>(), 9_240);
    }
}

#[tokio::test(start_paused = true)]
async fn pages_that_are_partly_full_are_read_to_the_end() {
    let world = World {
        page_entries: Some(100),
        ..world(1)
    };
    let (logs, gaps) = read(&world, &["/ecs/shop"]).await;
    assert_eq!((logs.counted, gaps), ((3_600, 1_020), vec![]));
    assert_eq!(logs.sampled_before, NO_GAP);
}

#[tokio::test(start_paused = true)]
async fn of_a_flood_samples_are_read_and_the_gap_says_so() {
    let (logs, gaps) = read(&world(5_000), &["/ecs/shop"]).await;
    assert_eq!(
        gaps,
        [
            "Of the log group /ecs/shop only samples of the entries from 20:59:50 UTC to 21:02:00 UTC were read: there are too many of them.",
            "Of the log group /ecs/shop only samples of the entries from 20:45:00 UTC to 20:59:50 UTC were read: there are too many of them.",
            "Of the log group /ecs/shop only samples of the entries from 19:45:00 UTC to 20:45:00 UTC were read: there are too many of them.",
        ]
    );
    assert_eq!(logs.sampled_before, ["/ecs/shop"]);
}

/// The nearest entry to the breach, and how much was read, of one, two and ten groups with few, many and long lines.
#[tokio::test(start_paused = true)]
async fn around_the_breach_and_of_the_hour_before_something_is_read_however_busy_the_groups_are() {
    let names: Vec<String> = (0..10).map(|number| format!("/ecs/{number}")).collect();
    let cases = [
        (1, 200, 70),
        (2, 200, 70),
        (10, 100, 0),
        (10, 1_000, 5_000),
        (10, 5, 200_000),
    ];
    for (groups, entries_a_second, entry_bytes) in cases {
        let world = World {
            entry_bytes,
            ..world(entries_a_second)
        };
        let names: Vec<&str> = names.iter().map(String::as_str).take(groups).collect();
        let (logs, _) = read(&world, &names).await;
        let apart = logs
            .entries
            .iter()
            .map(|entry| entry.at.duration_since(incident().breached_at).abs());
        let nearest = apart.min().unwrap();
        let read = logs.counted.0 + logs.counted.1;
        let bytes = read * (u64::try_from(entry_bytes).unwrap() + 30);
        let case = format!(
            "{groups} {entries_a_second} {entry_bytes}: {nearest} {:?}",
            logs.counted
        );
        assert!(nearest <= SignedDuration::from_secs(10), "{case}");
        assert!(
            logs.counted.0 >= 10 * u64::try_from(groups).unwrap() / 5,
            "{case}"
        );
        assert!(
            read <= 110_000 && bytes < 2 * u64::try_from(MOST.bytes).unwrap(),
            "{case}"
        );
        assert_eq!(logs.sampled_before.len(), groups, "{case}");
        assert!(
            logs.entries
                .iter()
                .all(|entry| entry.message.len() <= 2_000)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_streams_end_with_the_time_and_what_was_not_read_is_said() {
    let world = World {
        empty_pages: 1_000,
        ..world(1)
    };
    let (logs, gaps) = read(&world, &["/ecs/shop"]).await;
    assert_eq!(logs.counted, (0, 0));
    assert_eq!(
        gaps,
        [
            "Of the log group /ecs/shop the entries from 20:59:50 UTC to 21:02:00 UTC were not read: there was no time for them.",
            "Of the log group /ecs/shop the entries from 20:45:00 UTC to 20:59:50 UTC were not read: there was no time for them.",
            "Of the log group /ecs/shop the entries from 19:45:00 UTC to 20:45:00 UTC were not read: there was no time for them.",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn each_group_that_says_nothing_is_a_gap_of_its_own() {
    let (logs, gaps) = read(&world(1), &["/ecs/shop", "/gone"]).await;
    assert_eq!(logs.groups, ["/ecs/shop"]);
    assert_eq!(gaps, ["The log group /gone does not exist."]);
    let (_, gaps) = read(&world(1), &[]).await;
    assert_eq!(
        gaps,
        [
            "It is not known where the logs are: neither the service's containers nor LOG_GROUPS name a log group that could be found."
        ]
    );
    let refused = World {
        troubles: vec![("read the log group", Trouble::Refused)],
        ..world(1)
    };
    let (_, gaps) = read(&refused, &["/ecs/shop", "/gone"]).await;
    assert_eq!(
        gaps,
        ["Couldn't read the log group the shop: access denied."]
    );
}
