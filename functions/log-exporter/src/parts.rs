//! Parts in the bucket: put and read.

use jiff::Timestamp;
use shared::exports::encode::Encoded;
use shared::exports::manifest::{Output, Part};
use shared::exports::read::{PartReader, ReadError};
use shared::exports::row::Row;

use crate::sources::{Body as _, Bucket};
use crate::work::{ExportError, Work};

/// Puts rows of an hour, and adds them to `output` as a part. Rows that are there already as a part of their own are there twice then:
/// two events can be the same but for their ids, which export tasks do not write.
pub(crate) async fn put(
    bucket: &impl Bucket,
    work: Work<'_>,
    hour: Timestamp,
    mut encoded: Encoded,
    output: &mut Output,
) -> Result<(), ExportError> {
    let named = |encoded: &Encoded| encoded.part(work.place, work.window, hour);
    let mut part = named(&encoded);
    let mut parts = output.parts.clone();
    while let Some(same) = parts.iter().position(|there| there.key == part.key) {
        parts.remove(same);
        encoded = encoded.doubled();
        part = named(&encoded);
    }
    bucket.put(&part.key, encoded.body).await?;
    let place = parts.partition_point(|there| there.key < part.key);
    parts.insert(place, part);
    output.parts = parts;
    Ok(())
}

/// Hands each row of a part to `take`. At the end, not before, it is known that they are what the part should have; an error if not.
pub(crate) async fn each_row(
    bucket: &impl Bucket,
    part: &Part,
    mut take: impl FnMut(&Row<'_>) -> Result<(), ExportError> + Send,
) -> Result<(), ExportError> {
    let unreadable = |source: ReadError| ExportError::Unreadable {
        key: part.key.clone(),
        source,
    };
    let Some(mut body) = bucket.open(&part.key).await? else {
        let key = part.key.clone();
        return Err(ExportError::Gone { key });
    };
    let mut reader = PartReader::new(part).map_err(unreadable)?;
    while let Some(bytes) = body.next().await? {
        reader.feed(bytes).map_err(unreadable)?;
        while let Some(row) = reader.next().map_err(unreadable)? {
            take(&row)?;
        }
    }
    reader.finish().map_err(unreadable)
}
