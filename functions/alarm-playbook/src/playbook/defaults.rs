use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Mute;

/// No duration in the file may exceed a day: longer ones are slips of the pen.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// What holds for every playbook.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Defaults {
    /// After a remediation the target is left alone for this long, such as `10m`.
    #[schemars(with = "String")]
    pub cooldown: SignedDuration,
    /// How many remediations a playbook may begin within an hour.
    pub max_actions_per_hour: u32,
    /// How many remediations all playbooks together may begin within an hour.
    pub max_actions_per_hour_in_all: u32,
    /// How many percent of the targets that the file names may be under remediation at once; two always may.
    #[schemars(range(max = 100))]
    pub max_fleet_share: u32,
    /// When so much fails at once that something bigger is broken.
    pub storm: StormLimits,
    /// When a step that does not help is left out.
    pub memory: Memory,
    /// A deployment that began so shortly before the alarm is suspected to be its cause.
    #[schemars(with = "String")]
    pub recent_deployment: SignedDuration,
    /// A service that may have fewer of its tasks than so many percent while it is deployed is not restarted.
    #[schemars(range(max = 100))]
    pub minimum_healthy_percent: u32,
    /// How long after the rollout recovery must be proven; longer if the alarm's own periods need it.
    #[schemars(with = "String")]
    pub verify_within: SignedDuration,
    /// How long the rollout of a remediation may take before people are told that it does not end.
    #[schemars(with = "String")]
    pub rollout_within: SignedDuration,
    /// How long after the rollout data do not count yet; half a period of the alarm at most.
    #[schemars(with = "String")]
    pub settle: SignedDuration,
    /// An alarm older than this is reported and not acted on.
    #[schemars(with = "String")]
    pub max_alarm_age: SignedDuration,
    /// Times of the week in which nothing is done and nobody is told.
    pub mute: Vec<Mute>,
    /// Decide and report, but change nothing, whatever the installation says.
    pub dry_run: bool,
}

/// The storm brake: from when on nothing is begun any more, because the cause is not in the targets.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct StormLimits {
    /// More targets than this.
    pub targets: u32,
    /// Or more than so many percent of those that the file names; two never are a storm.
    #[schemars(range(max = 100))]
    pub share: u32,
    /// That fire within this time.
    #[schemars(with = "String")]
    pub within: SignedDuration,
}

/// How long it is remembered that a step did not help a target.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Memory {
    /// A step that did not help so often is skipped; 0 skips none.
    pub skip_after: u32,
    /// Within this time. A recovery does not end it.
    #[schemars(with = "String")]
    pub within: SignedDuration,
    /// An alarm that fires again so soon after a recovery shows that the step did not help.
    #[schemars(with = "String")]
    pub relapse: SignedDuration,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            cooldown: SignedDuration::from_mins(10),
            max_actions_per_hour: 4,
            max_actions_per_hour_in_all: 20,
            max_fleet_share: 20,
            storm: StormLimits::default(),
            memory: Memory::default(),
            recent_deployment: SignedDuration::from_mins(30),
            minimum_healthy_percent: 50,
            verify_within: SignedDuration::from_mins(5),
            rollout_within: SignedDuration::from_mins(15),
            settle: SignedDuration::from_secs(30),
            max_alarm_age: SignedDuration::from_mins(15),
            mute: Vec::new(),
            dry_run: false,
        }
    }
}

impl Default for StormLimits {
    fn default() -> Self {
        Self {
            targets: 5,
            share: 20,
            within: SignedDuration::from_mins(5),
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            skip_after: 2,
            within: SignedDuration::from_hours(24),
            relapse: SignedDuration::from_mins(30),
        }
    }
}

impl StormLimits {
    /// How many targets may fire, of `known` ones, without being a storm.
    ///
    /// Two that fail together are a service and the one that calls it; from the third on it is something that they share.
    pub fn most(&self, known: usize) -> usize {
        let share = share_of(self.share, known).max(2);
        usize::try_from(self.targets)
            .unwrap_or(usize::MAX)
            .min(share)
    }
}

impl Defaults {
    /// How many of `known` targets may be under remediation at once.
    pub fn most_at_once(&self, known: usize) -> usize {
        share_of(self.max_fleet_share, known).max(2)
    }

    /// How many of a service's tasks may be stopped at once.
    pub fn most_tasks_at_once(&self, tasks: usize) -> usize {
        share_of(self.max_fleet_share, tasks).max(1)
    }

    /// The key of a value that cannot be meant, and what is wrong with it.
    pub(super) fn wrong(&self) -> Option<(&'static str, &'static str)> {
        let durations = [
            ("cooldown", self.cooldown),
            ("verify_within", self.verify_within),
            ("rollout_within", self.rollout_within),
            ("settle", self.settle),
            ("max_alarm_age", self.max_alarm_age),
            ("recent_deployment", self.recent_deployment),
            ("within", self.storm.within),
            ("within", self.memory.within),
            ("relapse", self.memory.relapse),
        ];
        let is_odd = |duration: SignedDuration| duration.is_negative() || duration > LONGEST;
        let odd = durations.iter().find(|(_, duration)| is_odd(*duration));
        if let Some((name, _)) = odd {
            return Some((name, "is negative or longer than a day"));
        }
        let percentages = [
            ("max_fleet_share", self.max_fleet_share),
            ("share", self.storm.share),
            ("minimum_healthy_percent", self.minimum_healthy_percent),
        ];
        let odd = percentages.iter().find(|(_, percent)| *percent > 100);
        odd.map(|(name, _)| (*name, "is more than 100 percent"))
    }
}

/// So many percent of a number, rounded down.
fn share_of(percent: u32, number: usize) -> usize {
    let percent = usize::try_from(percent).unwrap_or(100);
    number.saturating_mul(percent) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_is_more_than_five_targets_or_a_fifth_of_those_known_but_never_two() {
        let most = |known| StormLimits::default().most(known);
        assert_eq!([1, 3, 10, 15, 25, 1_000].map(most), [2, 2, 2, 3, 5, 5]);
    }

    #[test]
    fn of_a_fleet_a_fifth_is_touched_at_once_and_of_a_small_one_two() {
        let most = |known| Defaults::default().most_at_once(known);
        assert_eq!([1, 10, 50, 1_000].map(most), [2, 2, 10, 200]);
    }
}
