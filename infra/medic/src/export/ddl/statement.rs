//! `medic export ddl`: the statements by which Athena and `DuckDB` read what was exported. Pure.
//!
//! Sources: Athena user guide, "Partition projection" and "Supported types for partition projection"; "JSON `SerDe` libraries".

use std::fmt::Write as _;

use shared::exports::layout::{ROWS, group_in_key};

/// More groups than this do not become an enumeration: Athena's advice is "a few dozen or less".
const MOST_GROUPS: usize = 50;

/// What a table is made for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The bucket that logs are exported to.
    pub bucket: String,
    /// The account's number, if it is known.
    pub account: Option<String>,
    /// The region.
    pub region: String,
    /// The log groups that there are, by their names.
    pub groups: Vec<String>,
    /// The first day that has rows, such as `2026-02-18`.
    pub first_day: String,
}

/// How a column of the partitions gets its values.
enum Projected {
    Of(Vec<String>),
    /// The query has to name it.
    Injected,
}

/// The statement that makes the table in Athena, below an example of a query. Athena takes one statement: its end is the only semicolon,
/// and nothing stands behind it or between its lines.
pub fn athena(table: &Table) -> String {
    let Table {
        name,
        bucket,
        region,
        first_day,
        ..
    } = table;
    let keys: Vec<String> = table.groups.iter().map(|name| group_in_key(name)).collect();
    let account = match &table.account {
        Some(account) => Projected::Of(vec![account.clone()]),
        None => Projected::Injected,
    };
    let groups = if keys.is_empty() || keys.len() > MOST_GROUPS {
        Projected::Injected
    } else {
        Projected::Of(keys)
    };
    let projections = [
        projection("account", &account),
        projection("region", &Projected::Of(vec![region.clone()])),
        projection("group", &groups),
    ]
    .concat();
    let location = format!("s3://{bucket}/{ROWS}");
    let template = format!(
        "{location}account=${{account}}/region=${{region}}/group=${{group}}/dt=${{dt}}/hour=${{hour}}/"
    );
    let mut text = format!("{}{}{}", about(), as_of(table, &groups), example(table));
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "CREATE EXTERNAL TABLE IF NOT EXISTS {name} (
  timestamp_ms bigint COMMENT 'when it happened, milliseconds since 1970',
  ingestion_ms bigint COMMENT 'when CloudWatch Logs got it, null if an export task wrote it',
  stream string COMMENT 'the log stream, with - for / if an export task wrote it',
  event_id string COMMENT 'null if an export task wrote it',
  message string
)
PARTITIONED BY (account string, region string, `group` string, dt string, hour int)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
LOCATION '{location}'
TBLPROPERTIES (
  'projection.enabled' = 'true',
{projections}  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '{first_day},NOW',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'projection.hour.type' = 'integer',
  'projection.hour.range' = '0,23',
  'projection.hour.digits' = '2',
  'storage.location.template' = '{template}'
);
"
    );
    text
}

/// The statement by which `DuckDB` reads the rows.
pub fn duckdb(table: &Table) -> String {
    let Table { bucket, region, .. } = table;
    let account = table.account.as_deref().unwrap_or("*");
    let group = example_group(table);
    let mut text = about();
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "-- Once: INSTALL httpfs; LOAD httpfs; CREATE SECRET (TYPE s3, PROVIDER credential_chain, REGION '{region}');
SELECT make_timestamp(timestamp_ms * 1000) AS at, stream, message
FROM read_json('s3://{bucket}/{ROWS}account={account}/region={region}/group={group}/dt=*/hour=*/*.ndjson.zst',
  format = 'newline_delimited',
  compression = 'zstd',
  maximum_object_size = 16777216,
  hive_partitioning = true,
  hive_types = {{'account': VARCHAR, 'region': VARCHAR, 'group': VARCHAR, 'dt': DATE, 'hour': INTEGER}},
  columns = {{'timestamp_ms': 'BIGINT', 'ingestion_ms': 'BIGINT', 'stream': 'VARCHAR', 'event_id': 'VARCHAR', 'message': 'VARCHAR'}})
WHERE dt = DATE '{first_day}'
ORDER BY timestamp_ms, stream;
",
        first_day = table.first_day,
    );
    text
}

fn about() -> String {
    "\
-- One row for each log event. Times are in UTC. In keys a log group's name is written with ! for / and (hash) for #:
-- /ecs/shop is group=!ecs!shop. What is there without a manifest that names it does not count, and a manifest says how it is known that
-- nothing is missing: `medic export cat` and `medic export status` go by them, and this table does not.
"
    .to_owned()
}

/// What the table leaves out because it was made when it was.
fn as_of(table: &Table, groups: &Projected) -> String {
    let Table {
        name, first_day, ..
    } = table;
    let groups = match groups {
        Projected::Of(groups) => format!("the {} log groups of now", groups.len()),
        Projected::Injected => "each log group that a query names".to_owned(),
    };
    format!(
        "-- It has {groups}, from {first_day} on. What is exported besides, such as by a backfill, is not in it, and queries do
-- not say so. To have it, DROP TABLE {name}, which removes no object, and make the table as it is printed then.
"
    )
}

fn projection(column: &str, values: &Projected) -> String {
    match values {
        Projected::Of(values) => {
            let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
            let values = values.join(",");
            format!(
                "  'projection.{column}.type' = 'enum',\n  'projection.{column}.values' = '{values}',\n"
            )
        }
        Projected::Injected => format!("  'projection.{column}.type' = 'injected',\n"),
    }
}

fn example(table: &Table) -> String {
    let Table {
        name, first_day, ..
    } = table;
    let injected = match &table.account {
        Some(_) => "",
        None => "account = '111122223333' AND ",
    };
    let group = literal(&example_group(table));
    format!(
        "-- Such as, for the last lines of an hour (every column that is injected has to be named):
-- SELECT from_unixtime(timestamp_ms / 1000.0) AS at, stream, message
-- FROM {name}
-- WHERE {injected}\"group\" = '{group}' AND dt = '{first_day}' AND hour = 21
-- ORDER BY timestamp_ms DESC, stream LIMIT 100
"
    )
}

fn example_group(table: &Table) -> String {
    let first = table.groups.first();
    group_in_key(first.map_or("/ecs/shop", String::as_str))
}

/// What may stand between quotes: no name of a group or bucket has others, and what comes from elsewhere must not end the text.
fn literal(text: &str) -> String {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || "!()-_.".contains(*c);
    text.chars().filter(is_plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(groups: &[&str]) -> Table {
        Table {
            name: "exported_logs".to_owned(),
            bucket: "logs-of-the-shop".to_owned(),
            account: Some("111122223333".to_owned()),
            region: "eu-west-1".to_owned(),
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
            first_day: "2026-02-18".to_owned(),
        }
    }

    #[test]
    fn the_table_in_athena() {
        insta::assert_snapshot!(athena(&table(&["/ecs/shop", "/aws/lambda/pay#2"])));
    }

    #[test]
    fn what_is_not_known_has_to_be_named_by_queries() {
        let unknown = Table {
            account: None,
            ..table(&[])
        };
        insta::assert_snapshot!(athena(&unknown));
        let many: Vec<String> = (0..=MOST_GROUPS).map(|n| format!("/ecs/{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(athena(&table(&many)).contains("'projection.group.type' = 'injected'"));
    }

    #[test]
    fn athena_gets_one_statement_and_nothing_after_it() {
        for table in [table(&["/ecs/shop"]), table(&[])] {
            let text = athena(&table);
            let is_comment = |line: &&str| line.starts_with("--");
            let statement: Vec<&str> = text.lines().skip_while(is_comment).collect();
            assert_eq!(text.find(';'), Some(text.trim_end().len() - 1));
            assert!(statement[0].starts_with("CREATE EXTERNAL TABLE"));
            assert!(statement.iter().all(|line| !line.contains("--")));
        }
    }

    #[test]
    fn duckdb_reads_the_same() {
        insta::assert_snapshot!(duckdb(&table(&["/ecs/shop"])));
    }

    #[test]
    fn a_name_from_elsewhere_cannot_end_the_text_that_it_stands_in() {
        assert_eq!(literal("a', 'b'='c\n!x(hash)"), "abc!x(hash)");
    }
}
