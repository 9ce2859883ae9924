//! What a state change leads to. The alarm's record knows when it fired and when it was well again; whoever wrote an analysis looks
//! there once more, so that an end that was told meanwhile is in the report, whoever came first.

use jiff::Timestamp;
use shared::alarm::{Alarm, IncidentId, State};
use shared::clock::{Clock, Nonces};
use shared::records::{self, Loaded, Precondition, RecordError, Records, Saved};

use super::claim::{Claimed, MOST_ROUNDS};
use super::{Budget, Handled, Handler, HandlerError};
use crate::case::{Case, Collect, Summarise};
use crate::record::{AlarmRecord, IncidentRecord};

const LEFT_OUT: &str = "the alarm fires again and again; it was analysed often enough this hour";

/// How often the same invocation analyses an incident: once more if it ended meanwhile.
const MOST_ANALYSES: usize = 2;

impl<R: Records, C: Collect, S: Summarise, T: Clock + Nonces> Handler<'_, R, C, S, T> {
    /// What an alarm tells.
    pub(super) async fn change(&self, alarm: &Alarm) -> Result<Handled, HandlerError> {
        let Some(case) = Case::of(alarm) else {
            return Ok(self.reject("the alarm does not say when it changed its state"));
        };
        match alarm.state {
            State::Alarm => self.fired(case).await,
            State::Ok => self.ended(alarm, case.breached_at).await,
            State::InsufficientData => {
                let reason = "no data is neither trouble nor its end";
                Ok(Handled::new("ignored", reason))
            }
        }
    }

    /// The alarm fired.
    async fn fired(&self, case: Case) -> Result<Handled, HandlerError> {
        let note = |record: &mut AlarmRecord| record.breached(case.breached_at, &case.id);
        let known = self.note(&case.alarm, note).await?;
        let at = case.breached_at;
        let handled = if known.is_left_out(&case.id) {
            self.leave_out(&case).await?;
            Handled::new("ignored", LEFT_OUT).about(&case.id)
        } else {
            self.follow(case, known.clone()).await?
        };
        // What it fired about before was over by now, if no OK said so.
        if let Some(before) = known.incident_before(at) {
            self.close(before, &known).await?;
        }
        Ok(handled)
    }

    /// Writes the incident down, so that a person can ask for it.
    async fn leave_out(&self, case: &Case) -> Result<(), HandlerError> {
        if self.find(&case.id).await?.is_some() {
            return Ok(());
        }
        let loaded = Loaded {
            record: IncidentRecord::left_out(case, self.lease.clone(), self.time.now()),
            precondition: Precondition::Absent,
        };
        // Whoever was faster wrote the same, or more.
        records::save(&self.records, &self.time, loaded).await?;
        Ok(())
    }

    /// The alarm is well again: the report of what it fired about gets its final state.
    async fn ended(&self, alarm: &Alarm, at: Timestamp) -> Result<Handled, HandlerError> {
        let known = self.note(alarm, |record| record.ended(at)).await?;
        let Some(incident) = known.incident_before(at) else {
            let reason = "nothing is known that this is the end of; it is remembered";
            return Ok(Handled::new("noted", reason));
        };
        self.close(incident, &known).await
    }

    /// Gives the report of an incident its final state, if there is one.
    async fn close(
        &self,
        incident: &IncidentId,
        known: &AlarmRecord,
    ) -> Result<Handled, HandlerError> {
        let Some(record) = self.find(incident).await? else {
            let reason = "its incident is not analysed, or not yet; who does that knows the end";
            return Ok(Handled::new("noted", reason).about(incident));
        };
        if record.is_untouched() && known.is_left_out(incident) {
            return Ok(Handled::new("ignored", LEFT_OUT).about(incident));
        }
        self.follow(record.case(), known.clone()).await
    }

    /// A person wants an incident analysed again, with all that can be known now.
    pub(super) async fn again(&self, incident: &IncidentId) -> Result<Handled, HandlerError> {
        let Some(record) = self.find(incident).await? else {
            return Ok(self.reject("nobody has analysed such an incident"));
        };
        let mut case = record.case();
        let known = self.known(&case.alarm).await?;
        case.ended_at = known.record.end_of(case.breached_at);
        match self.claim(&case, true).await? {
            Claimed::Ours(held) => self.analyse(*held).await,
            Claimed::Not(reason) => Ok(Handled::new("duplicate", reason)),
        }
    }

    /// Analyses a case until all that is known of its end is in the report.
    async fn follow(&self, mut case: Case, known: AlarmRecord) -> Result<Handled, HandlerError> {
        case.ended_at = known.end_of(case.breached_at);
        for _ in 0..MOST_ANALYSES {
            let handled = match self.claim(&case, false).await? {
                Claimed::Ours(held) => self.analyse(*held).await?,
                Claimed::Not(reason) => Handled::new("duplicate", reason).about(&case.id),
            };
            let known = self.known(&case.alarm).await?;
            let end = known.record.end_of(case.breached_at);
            if end.is_none() || end == case.ended_at {
                return Ok(handled);
            }
            case.ended_at = end;
        }
        Err(HandlerError::NoTime("follow the end of the incident"))
    }

    async fn find(&self, incident: &IncidentId) -> Result<Option<IncidentRecord>, HandlerError> {
        let key = IncidentRecord::key_of(incident);
        let found = records::load::<IncidentRecord>(&self.records, &key).await?;
        Ok(found.map(|loaded| loaded.record))
    }

    async fn known(&self, alarm: &Alarm) -> Result<Loaded<AlarmRecord>, HandlerError> {
        let found = records::load(&self.records, &AlarmRecord::key_of(alarm)).await?;
        Ok(found.unwrap_or_else(|| Loaded {
            record: AlarmRecord::of(alarm),
            precondition: Precondition::Absent,
        }))
    }

    /// Writes a state change down, unless it is known; all that is known of the alarm then.
    async fn note(
        &self,
        alarm: &Alarm,
        change: impl Fn(&mut AlarmRecord) -> bool,
    ) -> Result<AlarmRecord, HandlerError> {
        if self.time.now() >= Budget::until(self.ends_at).claim() {
            return Err(HandlerError::NoTime("begin"));
        }
        for _ in 0..MOST_ROUNDS {
            let mut loaded = self.known(alarm).await?;
            if !change(&mut loaded.record) {
                return Ok(loaded.record);
            }
            let saved = records::save(&self.records, &self.time, loaded).await?;
            if let Saved::Ours(loaded) = saved {
                return Ok(loaded.record);
            }
        }
        let key = AlarmRecord::key_of(alarm);
        Err(RecordError::Contended { key }.into())
    }
}
