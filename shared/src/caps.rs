//! Hourly caps: slots that are objects, created or not, as many as the cap allows. Whoever dies after taking one has taken too much,
//! never too little; a slot is free again when its hour is over.

use std::ops::RangeInclusive;

use jiff::Timestamp;

use crate::records::{RecordError, Records, create};

/// Where the slots of an hourly cap lie.
pub fn slots_prefix(scope: &str, at: Timestamp) -> String {
    let hour = at.as_second().div_euclid(3600) * 3600;
    let hour = Timestamp::from_second(hour).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("caps/{scope}/{hour}/")
}

/// Takes the first free slot of those numbered; one that `holder` took before is its own. Whether there was one.
pub async fn take_slot(
    records: &impl Records,
    prefix: &str,
    slots: RangeInclusive<u32>,
    holder: &str,
) -> Result<bool, RecordError> {
    for n in slots {
        let key = format!("{prefix}{n:04}");
        let body = holder.as_bytes().to_vec();
        if create(records, &key, body.clone()).await? {
            return Ok(true);
        }
        let taken = records.read(&key).await?;
        if taken.is_some_and(|taken| taken.body == body) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slots_of_an_hour_lie_together() {
        let at = |text: &str| slots_prefix("ci-mails", text.parse().unwrap());
        assert_eq!(
            at("2026-02-18T21:47:04Z"),
            "caps/ci-mails/2026-02-18T21:00:00Z/"
        );
        assert_eq!(at("2026-02-18T21:59:59Z"), at("2026-02-18T21:00:00Z"));
    }
}
