//! What is found out about the installation before the groups' turns.

use super::*;

fn checked(world: &World) -> Checked {
    catalog(world).preflight.unwrap()
}

fn remarks(world: &World) -> Vec<String> {
    let remarks = checked(world).remarks.into_iter();
    let lines = remarks.map(|text| text.lines().next().unwrap().to_owned());
    lines.collect()
}

#[tokio::test]
async fn what_is_no_failure_is_a_remark_and_is_looked_at_daily() {
    let world = world(&["/ecs/shop"]);
    let mut looked_at = Vec::new();
    for _ in 0..14 {
        assert_eq!(tick(&world).await.failures, 0);
        let checked = checked(&world);
        assert_eq!(checked.findings, Vec::<String>::new());
        looked_at.push(checked.at);
    }
    looked_at.dedup();
    assert_eq!(looked_at.len(), 1);
    assert_eq!(
        remarks(&world),
        [
            "bucket exports: Not all of it could be looked at: this world has no policies. Whoever looks needs to be allowed s3:GetBucketPolicy on arn:aws:s3:::exports."
        ]
    );
}

#[tokio::test]
async fn a_group_that_cannot_be_read_is_told_at_the_next_tick_and_is_no_failure() {
    let world = world(&["/ecs/quiet", "/ecs/shop"]);
    if let Some(logged) = world.state().groups.get_mut("/ecs/quiet") {
        logged.cannot_be_read = true;
    }
    let failures = [tick(&world).await, tick(&world).await].map(|tally| tally.failures);
    assert_eq!(failures, [0, 0]);
    assert_eq!(checked(&world).unreadable, ["/ecs/quiet"]);
    assert_eq!(
        remarks(&world)[1],
        "log group /ecs/quiet: Its log class lets nobody export or read its events, and it cannot be changed. Log to a group of class STANDARD:"
    );
}

/// The catalog names another bucket than the installation.
fn move_bucket(world: &World) {
    let catalog = Catalog {
        bucket: Some("earlier".to_owned()),
        ..catalog(world)
    };
    let body = serde_json::to_vec(&catalog).unwrap();
    world.state().write("state", CATALOG.to_owned(), body);
}

#[tokio::test]
async fn nothing_is_done_in_another_bucket_than_the_ledgers_until_somebody_decides() {
    let world = world(&["/ecs/direct", "/ecs/shop"]);
    tick(&world).await;
    assert_eq!(catalog(&world).bucket.as_deref(), Some("exports"));
    move_bucket(&world);
    let before = states(&world);
    world.state().now += SignedDuration::from_hours(30);
    for _ in 0..2 {
        let tally = tick(&world).await;
        assert_eq!((tally.turns, tally.failures), (0, 1));
    }
    assert_eq!(states(&world), before);
    let checked = checked(&world);
    assert!(!checked.takes_tasks);
    insta::assert_snapshot!(checked.findings.join("\n"), @r"
    bucket exports: The logs that were exported so far are in earlier. Until somebody has decided, nothing is done. Set EXPORT_BUCKET to earlier again; or go on here, with all that is there (STATE_BUCKET is the state bucket):
    aws s3 sync s3://earlier/ s3://exports/ --exclude 'staging/*'
    aws s3 rm s3://$STATE_BUCKET/exports/catalog.json
    or begin anew here, which leaves what is in earlier as it is:
    aws s3 rm s3://$STATE_BUCKET/exports/ --recursive
    ");
    // Somebody has decided to go on here.
    let key = ("state", CATALOG.to_owned());
    world.state().buckets.remove(&key);
    let tally = tick(&world).await;
    assert_eq!((tally.turns > 0, tally.failures), (true, 0));
    assert_eq!(catalog(&world).bucket.as_deref(), Some("exports"));
}

#[tokio::test]
async fn a_ledger_without_windows_goes_to_any_bucket() {
    let world = world(&["/ecs/shop"]);
    tick(&world).await;
    move_bucket(&world);
    let is_window = |key: &String| key.starts_with(LEDGER);
    world.state().buckets.retain(|(_, key), _| !is_window(key));
    assert_eq!(tick(&world).await.failures, 0);
    assert_eq!(catalog(&world).bucket.as_deref(), Some("exports"));
}

#[tokio::test]
async fn a_window_is_suspect_while_it_is_exported_again_until_it_is_proven() {
    let world = world(&["/ecs/shop"]);
    world.state().outcomes = vec![Outcome::Complete, Outcome::Loses, Outcome::Loses];
    // Somebody else's task keeps the second attempt waiting.
    let over_at = world.state().now + SignedDuration::from_mins(90);
    let memo = Memo::default();
    let mut suspect = Vec::new();
    for number in 0..60 {
        if number == 1 {
            world.state().tasks.push(Task {
                id: "foreign".to_owned(),
                group: "/other".to_owned(),
                window: None,
                prefix: "elsewhere".to_owned(),
                over_at,
                outcome: Outcome::Complete,
                is_over: false,
            });
        }
        tick_in(&world, &memo, &rules(), false).await;
        let known = catalog(&world).groups.remove("/ecs/shop").unwrap();
        suspect.push(known.hint.suspect);
    }
    suspect.dedup();
    assert_eq!((suspect, unproven(&world)), (vec![1, 0], Vec::new()));
}
