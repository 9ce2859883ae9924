//! Where exported logs are: hive partitions, so that Athena, Spark and `DuckDB` find them without being told.
//!
//! ```text
//! cloudwatch-logs/account=111122223333/region=eu-west-1/group=!ecs!shop/dt=2026-02-18/hour=21/20260218T21-9f86d081884c7d65.ndjson.zst
//! manifests/account=111122223333/region=eu-west-1/group=!ecs!shop/dt=2026-02-18/20260218T21.json
//! staging/...    what export tasks wrote, until it is copied
//! ```

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::window::Window;

/// What the keys of all rows begin with.
pub const ROWS: &str = "cloudwatch-logs/";

/// What the keys of all manifests begin with.
pub const MANIFESTS: &str = "manifests/";

/// What the keys begin with of all that export tasks write.
pub const STAGING: &str = "staging/";

/// Whose log group.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Place {
    /// The account's number.
    pub account: String,
    /// The region, such as `eu-west-1`.
    pub region: String,
    /// The log group's name.
    pub group: String,
}

/// A log group's name as one piece of a key: `/` becomes `!`, `#` becomes `(hash)`. No group's name has `!` or parentheses (API reference,
/// `CreateLogGroup`), so nothing else becomes the same, and nothing has to be escaped in a URL or in a location of Athena.
pub fn group_in_key(group: &str) -> String {
    group.replace('/', "!").replace('#', "(hash)")
}

/// The log group's name of [`group_in_key`].
pub fn group_of_key(piece: &str) -> String {
    piece.replace("(hash)", "#").replace('!', "/")
}

/// A window's place in a listing: `20260218T21`, the hour that it begins with. In the order of time.
pub fn window_in_key(window: Window) -> String {
    written("%Y%m%dT%H", window.start())
}

/// What the keys of a place begin with below `root`, which is [`ROWS`], [`MANIFESTS`] or [`STAGING`].
pub fn prefix(root: &str, place: &Place) -> String {
    let Place {
        account,
        region,
        group,
    } = place;
    let group = group_in_key(group);
    format!("{root}account={account}/region={region}/group={group}/")
}

/// The key of a part of a window's rows of one hour: by what is in it, the hexadecimal SHA-256 of the object. The same rows always go to
/// the same key, and a late writer can never replace other rows.
pub fn part_key(place: &Place, window: Window, hour: Timestamp, sha256: &str) -> String {
    let rows = part_prefix(place, window, hour);
    let content = sha256.get(..16).unwrap_or(sha256);
    format!("{rows}{content}.ndjson.zst")
}

/// What the keys of a window's parts of one hour begin with.
pub fn part_prefix(place: &Place, window: Window, hour: Timestamp) -> String {
    let partition = written("dt=%Y-%m-%d/hour=%H/", hour);
    let rows = prefix(ROWS, place);
    let window = window_in_key(window);
    format!("{rows}{partition}{window}-")
}

/// The key of a window's manifest.
pub fn manifest_key(place: &Place, window: Window) -> String {
    let date = written("dt=%Y-%m-%d/", window.start());
    let manifests = prefix(MANIFESTS, place);
    let window = window_in_key(window);
    format!("{manifests}{date}{window}.json")
}

/// What an export task is told to write under, without a slash at its end: another one for each attempt, so that a task can be found by it.
pub fn staging_prefix(place: &Place, window: Window, attempt: u32) -> String {
    let staging = prefix(STAGING, place);
    let window = window_in_key(window);
    format!("{staging}{window}-{attempt}")
}

fn written(form: &str, at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            group: "/ecs/shop#2".to_owned(),
        }
    }

    #[test]
    fn keys_are_those_of_hive_partitions() {
        let [start, end, hour] = ["00:00:00Z", "23:00:00Z", "07:00:00Z"]
            .map(|time| format!("2026-02-18T{time}").parse().unwrap());
        let window = Window::new(start, end).unwrap();
        assert_eq!(
            [
                part_key(&place(), window, hour, "9f86d081884c7d659a2feaa0"),
                manifest_key(&place(), window),
                staging_prefix(&place(), window, 2),
            ],
            [
                "cloudwatch-logs/account=111122223333/region=eu-west-1/group=!ecs!shop(hash)2/dt=2026-02-18/hour=07/20260218T00-9f86d081884c7d65.ndjson.zst",
                "manifests/account=111122223333/region=eu-west-1/group=!ecs!shop(hash)2/dt=2026-02-18/20260218T00.json",
                "staging/account=111122223333/region=eu-west-1/group=!ecs!shop(hash)2/20260218T00-2",
            ]
        );
        assert_eq!(group_of_key(&group_in_key(&place().group)), place().group);
    }
}
