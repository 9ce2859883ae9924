use super::*;
use crate::parts::fakes::{Objects, Ticking, event, place, row, sorted, work};

async fn compacted(
    objects: &Objects,
    output: &Output,
    clock: &Ticking,
) -> Result<(Output, bool), ExportError> {
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
    let (after, _) = compacted(&objects, &output, &Ticking::still())
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
        (after, true)
    );
}

#[tokio::test]
async fn large_parts_stay_and_the_rest_goes_on_in_the_next_tick() {
    let objects = Objects::default();
    let long = "x".repeat(1024 * 1024);
    let large: Vec<_> = (0..9).map(|number| row(&event(number, 0, &long))).collect();
    let tiny = [row(&event(10, 0, "a"))];
    let output = objects.output(&[&large, &tiny]).await;
    assert_eq!(
        compacted(&objects, &output, &Ticking::still())
            .await
            .unwrap(),
        (output, true)
    );
    let later = [row(&event(12, 3_600_000, "c"))];
    let other = [row(&event(11, 0, "b"))];
    let output = objects
        .output(&[&tiny, &other, &later, &[row(&event(13, 3_600_000, "d"))]])
        .await;
    let parts = async |output: &Output| {
        let there = compacted(&objects, output, &Ticking::looks(1)).await;
        let (output, is_all) = there.unwrap();
        (output.parts.len(), is_all, output)
    };
    let (count, is_all, half) = parts(&output).await;
    assert_eq!((count, is_all), (3, false));
    let (count, is_all, _) = parts(&half).await;
    assert_eq!((count, is_all), (2, true));
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
