use alarm_playbook::record::TargetRecord;

use super::*;

const VERSION_1: &str = include_str!("samples/version-1.json");
const VERSION_2: &str = include_str!("samples/version-2.json");

fn now() -> Timestamp {
    "2026-02-18T22:45:00Z".parse().unwrap()
}

/// The incidents of a record as it lies in a bucket, newest first.
fn found(record: &str) -> Vec<Found> {
    let record: TargetRecord = serde_json::from_str(record).unwrap();
    let mut found: Vec<Found> = find::of_record(record).collect();
    found.reverse();
    found
}

fn shown(paragraphs: &[Paragraph]) -> String {
    let lines: Vec<&str> = paragraphs.iter().map(Paragraph::as_str).collect();
    lines.join("\n")
}

fn listing(found: Vec<Found>) -> Listing {
    Listing {
        found,
        ..Listing::default()
    }
}

fn story(record: &str, id: &str) -> String {
    let found = found(record);
    let found = found
        .iter()
        .find(|found| found.entry.incident.to_string() == id);
    shown(&tell(
        found.unwrap(),
        "s3://medic-state/targets/0a.json",
        now(),
    ))
}

#[test]
fn a_list_says_of_each_incident_how_it_stands() {
    let all = lines(&listing(found(VERSION_2)), Scope::All, now());
    insta::assert_snapshot!(shown(&all));
}

#[test]
fn a_list_of_nothing_says_so_for_what_was_asked() {
    let line = |scope| shown(&lines(&Listing::default(), scope, now()));
    assert_eq!(line(Scope::Open), "No incident is open.");
    assert_eq!(
        line(Scope::Recent),
        "No incident is open, 0 closed within a day."
    );
    assert_eq!(
        line(Scope::All),
        "No incident is open, 0 closed are remembered."
    );
}

#[test]
fn a_list_ends_where_nobody_reads_on() {
    let one = found(VERSION_2).remove(0);
    let many = listing(vec![one; 1_000]);
    let shown = lines(&many, Scope::All, now());
    // Two paragraphs for each, a headline, and what is said below.
    assert_eq!(shown.len(), 1 + 2 * 200 + 2);
}

#[test]
fn a_ladder_is_told_from_the_alarm_to_the_last_report() {
    insta::assert_snapshot!(story(VERSION_2, "a1b2c3d4e5f60718293a"));
}

#[test]
fn what_was_not_acted_on_is_told_with_who_was_called() {
    insta::assert_snapshot!(story(VERSION_2, "00112233445566778899"));
}

#[test]
fn somebody_elses_text_breaks_no_line_and_colours_nothing() {
    insta::assert_snapshot!(story(VERSION_2, "ffffeeeeddddccccbbbb"));
}

#[test]
fn a_dry_run_is_told_as_one() {
    insta::assert_snapshot!(story(VERSION_2, "0123456789abcdef0124"));
}

#[test]
fn a_record_of_the_first_version_is_told_like_any_other() {
    insta::assert_snapshot!(story(VERSION_1, "fac9e85a287365309fcd"));
}

#[test]
fn the_forms_for_scripts_are_contracts() {
    let found = found(VERSION_2);
    let ladder = &found[3];
    let mut told = story::facts(ladder);
    let record = told.as_object_mut().unwrap().remove("record");
    assert_eq!(record, Some(serde_json::to_value(&ladder.entry).unwrap()));
    insta::assert_json_snapshot!([line::facts(ladder), told]);
}

#[test]
fn an_id_or_its_beginning_is_hexadecimal() {
    for id in ["4f1b", "a1b2c3d4e5f60718293a"] {
        assert_eq!(incident_id(id), Ok(id.to_owned()));
    }
    for id in ["", "4f1", "4F1B", "../../x", "a1b2c3d4e5f60718293a0"] {
        assert_eq!(
            incident_id(id),
            Err("an incident's id has 20 hexadecimal digits; its first 4 are the least".to_owned())
        );
    }
}
