//! Groups that are not what they were.

use super::*;

#[tokio::test]
async fn a_group_that_is_made_again_proves_nothing_of_the_one_before() {
    let world = world(&["/ecs/shop"]);
    tick(&world).await;
    {
        let mut state = world.state();
        let made_at = state.now + SignedDuration::from_hours(3);
        let shop = state.groups.get_mut("/ecs/shop").unwrap();
        shop.created_at = made_at;
        shop.events.clear();
        state.now = "2026-02-19T00:05:00Z".parse().unwrap();
    }
    for _ in 0..4 {
        tick(&world).await;
    }
    assert_eq!(
        states(&world),
        [
            "/ecs/shop 20260217T22 verified",
            "/ecs/shop 20260218T00 expired"
        ]
    );
}

#[tokio::test]
async fn what_was_forgotten_is_not_proven_when_events_are_kept_for_longer() {
    let world = world(&["/ecs/shop"]);
    let kept = |days: i64| Some(SignedDuration::from_hours(24 * days));
    world.state().groups.get_mut("/ecs/shop").unwrap().retention = kept(3);
    tick(&world).await;
    // For days there is no tick, and then somebody hurries.
    world.state().now += SignedDuration::from_hours(24 * 4);
    world.state().groups.get_mut("/ecs/shop").unwrap().retention = kept(30);
    for _ in 0..6 {
        tick(&world).await;
    }
    assert_eq!(
        states(&world)[..3],
        [
            "/ecs/shop 20260217T22 verified",
            "/ecs/shop 20260218T00 expired",
            "/ecs/shop 20260219T00 expired",
        ]
    );
    assert_eq!(states(&world)[3], "/ecs/shop 20260220T00 verified");
}

#[tokio::test]
async fn of_a_group_that_is_gone_also_the_loss_of_what_was_not_planned_is_stated() {
    let world = world(&["/ecs/shop", "/ecs/direct"]);
    tick(&world).await;
    world.state().groups.clear();
    for _ in 0..40 {
        tick(&world).await;
    }
    let states = states(&world);
    assert!(
        states.contains(&"/ecs/shop 20260218T00 expired".to_owned()),
        "{states:?}"
    );
    assert!(
        states.contains(&"/ecs/direct 20260218T12 expired".to_owned()),
        "{states:?}"
    );
    // It was missed at 11:05 for the first time, and maybe it was there a moment before.
    let ends_at = entries(&world).last().map(|entry| entry.window.end());
    assert_eq!(ends_at, "2026-02-18T12:00:00Z".parse().ok());
}

#[tokio::test]
async fn a_group_that_is_there_is_not_gone_because_its_tag_is_not_seen() {
    let world = world(&["/other"]);
    world.state().groups.get_mut("/other").unwrap().is_tagged = true;
    world.state().outcomes = vec![Outcome::Fail];
    tick(&world).await;
    assert_eq!(states(&world), ["/other 20260217T22 suspect"]);
    world.state().buckets.remove(&("state", CATALOG.to_owned()));
    world.state().groups.get_mut("/other").unwrap().is_tagged = false;
    for _ in 0..3 {
        tick(&world).await;
    }
    assert_eq!(states(&world), ["/other 20260217T22 suspect"]);
    world.state().groups.get_mut("/other").unwrap().is_tagged = true;
    for _ in 0..30 {
        tick(&world).await;
    }
    assert_eq!(states(&world), ["/other 20260217T22 verified"]);
}

#[tokio::test]
async fn a_group_that_can_no_longer_be_read_is_given_up_and_keeps_nothing() {
    let world = world(&["/ecs/shop"]);
    world.state().outcomes = vec![Outcome::Fail];
    tick(&world).await;
    {
        let mut state = world.state();
        state.groups.get_mut("/ecs/shop").unwrap().cannot_be_read = true;
    }
    for _ in 0..15 {
        tick(&world).await;
    }
    assert_eq!(
        states(&world),
        [
            "/ecs/shop 20260217T22 expired",
            "/ecs/shop 20260218T00 expired"
        ]
    );
    let known = catalog(&world).groups.remove("/ecs/shop").unwrap();
    assert_eq!((known.hint.has_task, known.hint.wants_task), (false, false));
}

#[tokio::test]
async fn a_group_whose_ledger_cannot_be_listed_is_not_looked_at_over_and_over() {
    let world = world(&["/ecs/shop"]);
    ticks(&world, 5).await;
    let mut catalog = catalog(&world);
    let known = catalog.groups.get_mut("/ecs/shop").unwrap();
    known.hint.wants_task = true;
    let body = serde_json::to_vec(&catalog).unwrap();
    world.state().write("state", CATALOG.to_owned(), body);
    world.state().throttled = Some(("list", 100));
    let before = counted(&world, "list");
    tick(&world).await;
    assert_eq!(counted(&world, "list") - before, 1);
}
