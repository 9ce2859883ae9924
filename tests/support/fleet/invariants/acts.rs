//! What must hold at the moment at which the function changes the world.

use alarm_playbook::action::{Action, OrderId};
use alarm_playbook::record::{Entry, Outcome, TargetRecord};
use alarm_playbook::recovery::RecoveryVerdict;
use alarm_playbook::surroundings;
use jiff::{SignedDuration, Timestamp};
use shared::alarm::State;
use shared::switch::Switch;

use super::{Effect, Promise, SLACK};
use crate::fleet::Fleet;

impl Fleet {
    /// The function changed the world.
    pub(in crate::fleet) fn acted(&mut self, mut effect: Effect) {
        let record = self.record(effect.subject);
        let entry = record.as_ref().and_then(|record| {
            let mut entries = record.entries.iter();
            entries.find(|entry| entry.incident.to_string() == effect.incident)
        });
        if let (Some(record), Some(entry)) = (&record, entry) {
            effect.playbook.clone_from(&entry.playbook);
            self.check_intent(&effect, entry);
            self.check_alone(&effect, record);
            self.check_rungs(&effect, entry);
            self.check_alarm(&effect, entry);
            self.check_stopped(&effect, entry);
        } else {
            self.broken(
                Promise::IntentFirst,
                format!("{} has no entry", effect.order),
            );
        }
        self.check_history(&effect);
        self.check_caps(&effect);
        self.check_fleet_share(&effect);
        self.effects.push(effect);
    }

    fn check_intent(&mut self, effect: &Effect, entry: &Entry) {
        let intent = entry.intent.as_ref();
        let is_intended = intent.is_some_and(|intent| {
            OrderId::new(&entry.incident, intent.rung).as_str() == effect.order
                && intent.action == effect.action
        });
        let is_open = matches!(entry.outcome, None | Some(Outcome::Unclear { .. }));
        let is_leased = self.now < entry.lease.until + SLACK
            && entry.lease.request
                == format!("request-{}", self.invocations[effect.invocation].request());
        if !(is_intended && is_open && is_leased) {
            let how = format!(
                "{} by {:?}: {:?} {:?} {:?}",
                effect.order, effect.invocation, intent, entry.outcome, entry.lease
            );
            self.broken(Promise::IntentFirst, how);
        }
    }

    fn check_alone(&mut self, effect: &Effect, record: &TargetRecord) {
        let others = record
            .entries
            .iter()
            .filter(|entry| entry.incident.to_string() != effect.incident);
        let under_way: Vec<String> = others
            .filter(|entry| self.is_under_way(entry))
            .map(|entry| format!("{} of {}", entry.incident, entry.alarm_name))
            .collect();
        if !under_way.is_empty() {
            self.broken(
                Promise::OneAtATime,
                format!("{} beside {under_way:?}", effect.order),
            );
        }
        let began = self.invocations[effect.invocation].started_at;
        if let Some((rollout, since)) = &effect.rollout
            && since.is_some_and(|since| since < began)
            && !matches!(effect.action, Action::StopServiceDeployment(_))
        {
            self.broken(
                Promise::NotOnADeployment,
                format!("{} on top of {rollout}", effect.order),
            );
        }
    }

    fn check_rungs(&mut self, effect: &Effect, entry: &Entry) {
        let mut before = self
            .effects
            .iter()
            .filter(|other| other.incident == effect.incident);
        let is_upwards = before.clone().all(|other| other.rung < effect.rung);
        let has_proof = entry.earlier.last().is_none_or(|rung| {
            let verdict = rung.recovery.as_ref().map(|recovery| recovery.verdict);
            verdict == Some(RecoveryVerdict::NotRecovered)
        });
        let is_told = before.next().is_none() || !entry.earlier.is_empty();
        if !(is_upwards && has_proof && is_told) {
            self.broken(
                Promise::RungOrder,
                format!("{}: {:?}", effect.order, entry.earlier),
            );
        }
    }

    fn check_alarm(&mut self, effect: &Effect, entry: &Entry) {
        let began = self.invocations[effect.invocation].started_at;
        let Some(watch) = self.watch(&entry.alarm_name) else {
            self.broken(
                Promise::Real,
                format!("{}: no alarm {}", effect.order, entry.alarm_name),
            );
            return;
        };
        let is_calm = |since: Option<Timestamp>| since.is_some_and(|since| since < began);
        let is_tagged = is_calm(watch.tagged_since)
            || is_calm(watch.silent_since)
            || is_calm(self.subjects[effect.subject].tagged_since);
        // A message that states another time, within a minute, is about the same change.
        let minute = SignedDuration::from_secs(61);
        let is_real = |at: Timestamp| at.duration_since(entry.state_changed_at).abs() < minute;
        let is_real = watch.fired.iter().any(|(at, _)| is_real(*at));
        let is_over = watch.state != State::Alarm && watch.changed_at < began;
        let age = self.now.duration_since(entry.state_changed_at);
        let waited = if self.awaited.contains(&effect.incident) {
            self.limits.rollout_within
        } else {
            SignedDuration::ZERO
        };
        let is_old = entry.earlier.is_empty() && age > self.limits.max_alarm_age + waited + SLACK;
        let state = format!(
            "{} of {} changed at {}: {age:#}",
            effect.order, watch.name, watch.changed_at
        );
        if is_tagged {
            self.broken(Promise::Maintenance, state.clone());
        }
        if !is_real || is_over {
            self.broken(Promise::Real, state.clone());
        }
        if is_old {
            self.broken(Promise::Fresh, state);
        }
    }

    fn check_stopped(&mut self, effect: &Effect, entry: &Entry) {
        let invocation = &self.invocations[effect.invocation];
        let (began, is_live) = (invocation.started_at, invocation.is_live);
        if !is_live {
            self.broken(Promise::Stopped, format!("{} in a dry run", effect.order));
        }
        let switch = self
            .bucket
            .body(Switch::KEY)
            .and_then(|body| serde_json::from_slice::<Switch>(body).ok());
        let is_set = self
            .bucket
            .modified_at(Switch::KEY)
            .is_some_and(|at| at < began);
        if let Some(switch) = switch
            && is_set
            && switch.holds(self.now + SLACK).is_some()
        {
            self.broken(
                Promise::Stopped,
                format!("{} while {}", effect.order, switch.reason),
            );
        }
        let is_first = entry
            .intent
            .as_ref()
            .is_some_and(|intent| intent.attempt == 1);
        if let Some((from, until)) = self.mute
            && is_first
            && began > from + SLACK
            && self.now < until - SLACK
        {
            self.broken(Promise::Mute, effect.order.clone());
        }
        let fired = self.targets_fired_before(began);
        let most = self.limits.storm.most(self.known_targets);
        if fired > most {
            self.broken(
                Promise::Storm,
                format!("{} while {fired} targets fire", effect.order),
            );
        }
    }

    /// How many targets had fired when an invocation began, and still count now.
    fn targets_fired_before(&self, began: Timestamp) -> usize {
        let since = surroundings::fired_since(self.now + SLACK - self.limits.storm.within);
        let marks = self
            .bucket
            .keys(surroundings::FIRED)
            .filter(|key| **key > *since);
        let marks = marks.filter(|key| self.bucket.modified_at(key).is_some_and(|at| at < began));
        let mut hashes: Vec<&str> = marks.filter_map(|key| key.rsplit('/').next()).collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes.len()
    }

    fn check_history(&mut self, effect: &Effect) {
        if self.effects.iter().any(|other| other.order == effect.order) {
            self.broken(Promise::OncePerRung, effect.order.clone());
        }
        let on_target: Vec<&Effect> = self
            .effects
            .iter()
            .rev()
            .filter(|other| other.subject == effect.subject)
            .collect();
        let other = on_target
            .iter()
            .find(|other| other.incident != effect.incident);
        let cooldown = self.limits.cooldown - SLACK;
        let hot = other.filter(|other| effect.at.duration_since(other.at) < cooldown);
        let hot = hot.map(|other| {
            format!(
                "{} at {} after {} at {}",
                effect.order, effect.at, other.order, other.at
            )
        });
        let hour = SignedDuration::from_hours(1) - SLACK;
        let same = on_target
            .iter()
            .filter(|other| other.playbook == effect.playbook);
        let within = same
            .filter(|other| effect.at.duration_since(other.at) < hour)
            .count();
        if let Some(how) = hot {
            self.broken(Promise::Cooldown, how);
        }
        if within >= usize::try_from(self.limits.max_actions_per_hour).unwrap() {
            self.broken(
                Promise::Caps,
                format!("{} is one of {} on its target", effect.order, within + 1),
            );
        }
    }

    /// Each action has a slot of its own under each cap, and no cap has more than it may.
    fn check_caps(&mut self, effect: &Effect) {
        let keys: Vec<String> = self.bucket.keys("caps/").map(str::to_owned).collect();
        let own = |key: &&String| self.bucket.body(key) == Some(effect.order.as_bytes());
        let scopes = keys
            .iter()
            .filter(own)
            .filter_map(|key| key.split('/').nth(1));
        let (all, playbook): (Vec<&str>, Vec<&str>) = scopes.partition(|scope| *scope == "all");
        if all.is_empty() || playbook.is_empty() {
            self.broken(Promise::Caps, format!("{} has no slot", effect.order));
        }
        let mut hours: Vec<(&str, usize)> = Vec::new();
        for key in &keys {
            let (hour, _) = key.rsplit_once('/').unwrap();
            match hours.last_mut() {
                Some((last, count)) if *last == hour => *count += 1,
                _ => hours.push((hour, 1)),
            }
        }
        let most = |hour: &str| {
            if hour.starts_with("caps/all/") {
                self.limits.max_actions_per_hour_in_all
            } else {
                self.limits.max_actions_per_hour
            }
        };
        let over = hours
            .iter()
            .find(|(hour, count)| *count > usize::try_from(most(hour)).unwrap());
        if let Some(over) = over {
            let how = format!("{over:?}");
            self.broken(Promise::Caps, how);
        }
    }

    fn check_fleet_share(&mut self, effect: &Effect) {
        let mut touched: Vec<usize> = self.effects.iter().map(|effect| effect.subject).collect();
        touched.sort_unstable();
        touched.dedup();
        let is_busy = |subject: &usize| {
            let record = self.record(*subject);
            record.is_some_and(|record| record.entries.iter().any(|entry| self.is_under_way(entry)))
        };
        let others = touched.iter().filter(|subject| **subject != effect.subject);
        let others = others.filter(|subject| is_busy(subject)).count();
        let most = self.limits.most_at_once(self.known_targets);
        if others >= most {
            self.broken(
                Promise::FleetShare,
                format!("{} beside {others} others", effect.order),
            );
        }
    }
}
