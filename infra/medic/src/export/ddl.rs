//! `medic export ddl`: the statements by which Athena and `DuckDB` read what was exported.

pub mod statement;

use anyhow::Context as _;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use shared::clock::{Clock as _, System};
use shared::exports::layout::{MANIFESTS, group_of_key};
use shared::records::Records;

use self::statement::{Table, athena, duckdb};
use super::reach::{Reached, WhichExport};
use crate::screen;

/// More groups than this are not looked for: the statement does not name them all anyway.
const MOST_GROUPS: usize = 200;

/// What `medic export ddl` is given.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The name of the table
    #[arg(long, value_name = "NAME", default_value = "exported_logs", value_parser = name)]
    table: String,

    /// The first day that queries look at, such as 2026-02-18; without it, the first that has a manifest
    #[arg(long, value_name = "DATE")]
    first_day: Option<jiff::civil::Date>,

    /// The statement for `DuckDB`
    #[arg(long)]
    duckdb: bool,

    #[command(flatten)]
    which: WhichExport,
}

/// Prints a statement.
pub async fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let reached = Reached::find(&arguments.which).await?;
    let bucket = reached.export_bucket().await?;
    let there = there(&reached.exported(&bucket)).await?;
    let today = System.now();
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    let first_day = match arguments.first_day {
        Some(day) => Some(day.to_string()),
        None => there.first_day,
    };
    let table = Table {
        name: arguments.table.clone(),
        bucket,
        account: there.account,
        region: reached.region(),
        groups: there.groups,
        // Nothing was exported yet: what is to come begins within the last days.
        first_day: first_day.unwrap_or_else(|| {
            day(today
                .saturating_sub(SignedDuration::from_hours(24 * 7))
                .unwrap_or(today))
        }),
    };
    let statement = if arguments.duckdb {
        duckdb(&table)
    } else {
        athena(&table)
    };
    screen::answer(statement.trim_end())?;
    Ok(true)
}

/// What manifests there are.
#[derive(Debug, Default)]
struct There {
    account: Option<String>,
    groups: Vec<String>,
    first_day: Option<String>,
}

/// Looks through the manifests by the pieces of their keys: one listing for each group.
async fn there(records: &impl Records) -> anyhow::Result<There> {
    let mut there = There::default();
    let mut after: Option<String> = None;
    while there.groups.len() <= MOST_GROUPS {
        let page = records.list(MANIFESTS, after.as_deref()).await;
        let page = page.context("couldn't list the manifests")?;
        let Some((group_prefix, account, group, day)) =
            page.iter().find_map(|listed| pieces(&listed.key))
        else {
            break;
        };
        there.account.get_or_insert(account);
        there.groups.push(group);
        there.first_day = Some(there.first_day.map_or(day.clone(), |first| first.min(day)));
        after = Some(format!("{group_prefix}~"));
    }
    Ok(there)
}

/// The pieces of a manifest's key: all up to its day, the account, the group and the day.
fn pieces(key: &str) -> Option<(String, String, String, String)> {
    let (prefix, rest) = key.split_once("/dt=")?;
    let (day, _) = rest.split_once('/')?;
    let (before, group) = prefix.split_once("/group=")?;
    let (_, account) = before.split_once("account=")?;
    let (account, _) = account.split_once('/')?;
    let is_day = day.len() == 10 && day.chars().all(|c| c.is_ascii_digit() || c == '-');
    let prefix = format!("{prefix}/");
    is_day.then(|| {
        (
            prefix,
            account.to_owned(),
            group_of_key(group),
            day.to_owned(),
        )
    })
}

/// A table's name as Athena takes it without quotes, behind that of its database or not (Athena user guide, "Name databases, tables, and
/// columns").
fn name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_plain)
    };
    let (database, table) = text.split_once('.').unwrap_or(("default", text));
    if is_name(database) && is_name(table) && text.len() <= 255 {
        Ok(text.to_owned())
    } else {
        Err(
            "use lower-case letters, digits and underscores, a letter first, such as logs or audit.logs"
                .to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_whose_manifest_it_is() {
        let key = "manifests/account=111122223333/region=eu-west-1/group=!ecs!shop/dt=2026-02-18/20260218T21.json";
        let prefix = "manifests/account=111122223333/region=eu-west-1/group=!ecs!shop/";
        let expected = [prefix, "111122223333", "/ecs/shop", "2026-02-18"].map(str::to_owned);
        assert_eq!(pieces(key).map(<[String; 4]>::from), Some(expected));
        for other in [
            "manifests/x",
            "manifests/account=1/region=2/group=3/dt=today/4.json",
        ] {
            assert_eq!(pieces(other), None);
        }
    }

    #[test]
    fn a_name_needs_no_quotes() {
        let is_usable = |text| name(text).is_ok();
        assert!(is_usable("exported_logs") && is_usable("audit.logs2"));
        for bad in [
            "1logs",
            "_logs",
            "logs;drop",
            "",
            "a..b",
            "a.b.c",
            ".a",
            "a.",
            "a._b",
        ] {
            assert!(!is_usable(bad), "{bad}");
        }
    }
}
