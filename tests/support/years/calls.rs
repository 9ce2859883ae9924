//! What the steps of the ledger do to the world, and what is found out.

mod count;
mod events;
mod objects;
mod tasks;

use log_exporter::ledger::{Entry, Fact, Step};

use super::tile::Tile;
use super::world::{Found, Went, World};

impl World {
    /// Does a step for an entry as it was read; the fact, or that there is none for this tick.
    pub(super) fn call(
        &mut self,
        tile: &mut Tile,
        (base, version): (Entry, u64),
        step: Step,
    ) -> Result<Found, Went> {
        if step == Step::AskForTask {
            return self.ask_for_task(tile, (base, version));
        }
        let fact = match step {
            Step::Wait(_) | Step::AskForTask => return Err(Went::Stays),
            Step::FindTask => self.find_task(tile, &base),
            Step::LookAtTask(id) => self.look_at_task(tile, &id),
            Step::Copy { after } => self.copy(tile, &base, after.as_deref()),
            Step::Count => self.count(tile, &base),
            Step::AskCount(id) => self.ask_count(tile, &id),
            Step::Read { from, until, token } => self.read(tile, &base, (from, until, token)),
            Step::Reconcile(done) => self.reconcile(tile, &base, done),
            Step::Tell => self.tell(tile, &base),
            Step::Tidy => self.tidy(tile, &base),
            Step::GiveUp { loss } => Some(Fact::GivenUp(loss)),
            Step::Again => Some(Fact::Again),
        };
        fact.map(|fact| Found {
            base,
            version,
            fact,
        })
        .ok_or(Went::Stays)
    }
}
