use super::*;
use crate::parts::fakes::{Objects, at, event, place, row, staged, work};

#[tokio::test]
async fn what_no_entry_names_is_removed_once_it_is_old_and_nothing_else() {
    let place = place();
    let mut objects = Objects::default();
    let output = objects.output(&[&[row(&event(1, 0, "named"))]]).await;
    let other = objects
        .output(&[&[row(&event(2, 3_600_000, "of a lost tick"))]])
        .await;
    let (first, body) = staged("web-1", 0, &[]);
    let second = first.replace("T20-1/", "T20-2/");
    let (next, apart) = (first.replace("T20-1/", "T21-1/"), "cloudwatch-logs/mine");
    for key in [&first, &second, &next, apart] {
        objects = objects.with(key, body.clone());
    }
    let left = |objects: &Objects| {
        objects
            .all
            .lock()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let all = left(&objects);
    let tidied = tidy(&objects, work(&place), &output, true, at("23:14:59")).await;
    assert_eq!((tidied.unwrap(), left(&objects)), (None, all.clone()));
    let tidied = tidy(&objects, work(&place), &output, false, at("23:15:00")).await;
    let without = |gone: &[&String]| {
        all.iter()
            .filter(|key| !gone.contains(key))
            .cloned()
            .collect::<Vec<_>>()
    };
    let lost = &other.parts[0].key;
    assert_eq!(
        (tidied.unwrap(), left(&objects)),
        (Some(Fact::Tidied), without(&[lost]))
    );
    let tidied = tidy(&objects, work(&place), &output, true, at("23:15:00")).await;
    assert_eq!(tidied.unwrap(), Some(Fact::Tidied));
    assert_eq!(left(&objects), without(&[lost, &first, &second]));
    assert!(left(&objects).contains(&output.parts[0].key));
}

#[tokio::test]
async fn more_than_a_page_is_removed() {
    let place = place();
    let mut objects = Objects::default();
    for number in 0..10 {
        let (key, body) = staged("web-1", number, &[]);
        objects = objects.with(&key, body);
    }
    let tidied = tidy(
        &objects,
        work(&place),
        &Output::default(),
        true,
        at("23:20:00"),
    )
    .await;
    assert_eq!(tidied.unwrap(), Some(Fact::Tidied));
    assert!(objects.all.lock().unwrap().is_empty());
}
