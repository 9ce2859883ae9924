use jiff::Timestamp;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

/// A time of the week in which nothing is done and nobody is told: the record alone knows of what fired.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mute {
    /// The days on which it begins; every day, if none is given.
    #[serde(default)]
    days: Vec<Day>,
    /// When it begins, such as `22:00`.
    #[schemars(with = "String")]
    from: Time,
    /// When it ends; on the next day, if that is not after `from`.
    #[schemars(with = "String")]
    until: Time,
    /// The time zone by its IANA name, such as `Europe/Berlin`; UTC, if none is given.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    zone: Zone,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// A time zone that is known, so that a slip of the pen is found when the file is read.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl TryFrom<String> for Zone {
    type Error = jiff::Error;

    fn try_from(name: String) -> Result<Self, jiff::Error> {
        TimeZone::get(&name).map(Self)
    }
}

impl Mute {
    /// Whether it holds at this time, by the clocks of its zone.
    pub fn holds(&self, at: Timestamp) -> bool {
        let local = at.to_zoned(self.zone.0.clone());
        let (today, time) = (local.date().weekday(), local.time());
        if self.from < self.until {
            return (self.from..self.until).contains(&time) && self.begins_on(today);
        }
        let has_begun = time >= self.from && self.begins_on(today);
        let goes_on = time < self.until && self.begins_on(today.wrapping_sub(1));
        has_begun || goes_on
    }

    fn begins_on(&self, weekday: Weekday) -> bool {
        self.days.is_empty() || self.days.iter().any(|day| day.weekday() == weekday)
    }
}

impl Day {
    fn weekday(self) -> Weekday {
        match self {
            Self::Mon => Weekday::Monday,
            Self::Tue => Weekday::Tuesday,
            Self::Wed => Weekday::Wednesday,
            Self::Thu => Weekday::Thursday,
            Self::Fri => Weekday::Friday,
            Self::Sat => Weekday::Saturday,
            Self::Sun => Weekday::Sunday,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(mute: &str, at: &str) -> bool {
        let mute: Mute = serde_json::from_str(mute).unwrap();
        mute.holds(at.parse().unwrap())
    }

    #[test]
    fn a_window_goes_by_the_clocks_of_its_zone_and_over_midnight() {
        let weekend =
            r#"{"days": ["sat"], "from": "22:00", "until": "06:00", "zone": "Europe/Berlin"}"#;
        // Saturday, 21 February 2026, when Berlin is an hour ahead of UTC.
        assert!(!holds(weekend, "2026-02-21T20:59:59Z"));
        assert!(holds(weekend, "2026-02-21T21:00:00Z"));
        assert!(holds(weekend, "2026-02-22T04:59:59Z"));
        assert!(!holds(weekend, "2026-02-22T05:00:00Z"));
        // The night before belongs to Friday.
        assert!(!holds(weekend, "2026-02-21T03:00:00Z"));
        // In summer it is two hours ahead.
        assert!(holds(weekend, "2026-07-18T20:00:00Z"));
    }

    #[test]
    fn without_days_and_zone_it_is_every_day_in_utc() {
        let noon = r#"{"from": "12:00", "until": "13:30"}"#;
        assert!(holds(noon, "2026-02-18T12:00:00Z"));
        assert!(!holds(noon, "2026-02-18T13:30:00Z"));
    }

    #[test]
    fn an_unknown_zone_is_refused() {
        let odd = r#"{"from": "12:00", "until": "13:30", "zone": "Europe/Bielefeld"}"#;
        let error = serde_json::from_str::<Mute>(odd).unwrap_err().to_string();
        assert!(error.contains("Europe/Bielefeld"), "{error}");
    }
}
