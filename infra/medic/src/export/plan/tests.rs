use super::*;
use crate::screen::Paragraph;

fn now() -> Timestamp {
    "2026-02-18T21:47:00Z".parse().unwrap()
}

fn arguments(settings: &[(&str, &str)], volumes: &[&str]) -> Arguments {
    use clap::Parser;
    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }
    let settings = settings
        .iter()
        .map(|(name, value)| format!("--set={name}={value}"));
    let volumes = volumes.iter().map(|volume| format!("--volume={volume}"));
    let words = ["plan".to_owned()]
        .into_iter()
        .chain(settings)
        .chain(volumes);
    Line::parse_from(words).arguments
}

fn shown(plan: &Plan) -> String {
    let lines = text::told(plan);
    let lines: Vec<&str> = lines.iter().map(Paragraph::as_str).collect();
    lines.join("\n")
}

#[test]
fn a_plan_for_groups_that_are_given() {
    let settings = [
        ("EXPORT_GROUPS", "/ecs/*,/aws/lambda/*"),
        ("EXPORT_DENY", "/ecs/noise"),
        ("DIRECT_GROUPS", "/ecs/shop"),
        ("REDACT_GROUPS", "/ecs/users"),
    ];
    let volumes = [
        "/ecs/shop=0.4",
        "/ecs/users=0.01",
        "/ecs/noise=90",
        "/aws/lambda/pay=25",
        "/var/log=1",
    ];
    let plan = offline(&arguments(&settings, &volumes), now()).unwrap();
    insta::assert_snapshot!(shown(&plan));
}

#[test]
fn what_stands_in_the_way_and_what_is_too_much_is_said() {
    let settings = [("DIRECT_GROUPS", "/ecs/*")];
    let volumes = ["/ecs/shop=40", "/ecs/quiet=0.001"];
    let plan = Plan {
        unreadable: vec!["/ecs/archive".to_owned()],
        findings: Some(vec![Finding {
            weight: Weight::StopsTasks,
            object: "bucket logs".to_owned(),
            wrong: "Its policy does not let export tasks write\u{1b}[2J.".to_owned(),
            mend: "Add this statement:\n{...}".to_owned(),
        }]),
        region: Some("eu-west-1".to_owned()),
        groups_there: 7,
        ..offline(&arguments(&settings, &volumes), now()).unwrap()
    };
    insta::assert_snapshot!(shown(&plan));
}

#[test]
fn the_plan_as_json() {
    let plan = offline(&arguments(&[], &["/ecs/shop=1"]), now()).unwrap();
    insta::assert_json_snapshot!([text::facts(&plan.groups[0]), text::whole(&plan)]);
}

#[test]
fn a_setting_that_the_function_would_not_take_is_named() {
    let error = offline(&arguments(&[("COUNT_BY", "hand")], &["/a=1"]), now()).unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "couldn't use the settings: COUNT_BY is `hand`; use insights or events"
    );
}
