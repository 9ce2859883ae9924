use super::*;
use crate::parts::fakes::{Objects, Ticking, event, place, row, sorted, work};

async fn compacted(
    objects: &Objects,
    output: &Output,
    clock: &Ticking,
) -> Result<Output, ExportError> {
    let place = place();
    compact(objects, work(&place), output.clone(), clock).await
}

#[tokio::test]
async fn tiny_parts_of_an_hour_become_one_sorted_and_counted() {
    let rows: Vec<_> = (0..30)
        .rev()
        .map(|number| row(&event(number, 200_000 * number, "m")))
        .collect();
    let objects = Objects::default();
    let slices: Vec<_> = rows.chunks(4).collect();
    let output = objects.output(&slices).await;
    assert_eq!(output.parts.len(), 8);
    let after = compacted(&objects, &output, &Ticking::still())
        .await
        .unwrap();
    assert_eq!(
        (after.hours(), after.bytes()),
        (output.hours(), output.bytes())
    );
    let [early, late] = after.parts.as_slice() else {
        panic!("{after:?}");
    };
    let mut there = objects.rows_of(early).await;
    there.extend(objects.rows_of(late).await);
    assert_eq!(there, sorted(rows));
    assert_eq!(
        compacted(&objects, &after, &Ticking::still())
            .await
            .unwrap(),
        after
    );
}

#[tokio::test]
async fn large_parts_stay_and_so_does_everything_when_the_time_is_up() {
    let objects = Objects::default();
    let long = "x".repeat(1024 * 1024);
    let large: Vec<_> = (0..9).map(|number| row(&event(number, 0, &long))).collect();
    let tiny = [row(&event(10, 0, "a"))];
    let output = objects.output(&[&large, &tiny]).await;
    assert_eq!(
        compacted(&objects, &output, &Ticking::still())
            .await
            .unwrap(),
        output
    );
    let output = objects.output(&[&tiny, &[row(&event(11, 0, "b"))]]).await;
    assert_eq!(
        compacted(&objects, &output, &Ticking::looks(1))
            .await
            .unwrap(),
        output
    );
}

#[tokio::test]
async fn a_part_that_is_not_what_it_should_be_is_never_compacted() {
    let objects = Objects::default();
    let mut output = objects
        .output(&[&[row(&event(1, 0, "a"))], &[row(&event(2, 0, "b"))]])
        .await;
    output.parts[0].rows = 7;
    let key = &output.parts[0].key;
    assert_eq!(
        compacted(&objects, &output, &Ticking::still())
            .await
            .unwrap_err()
            .to_string(),
        format!("couldn't read the rows of object {key}")
    );
}
