//! Two nodes of one bank, on the same records: what is tried at one counts at the other.

use std::sync::{Arc, Mutex};

use kanuki_bank::debit::DebitState;
use kanuki_risk::{
    Engine,
    shared::{Hearing, Journal, Note, Page, Place, Told},
};

use crate::world::World;

/// A journal that loses nothing unless it is begun anew.
#[derive(Debug, Default)]
struct Memory {
    /// Its number, whether it is filled, and what is there.
    state: Mutex<(u64, bool, Vec<Note>)>,
}

impl Journal for Memory {
    fn exchange<'a>(&'a self, after: Place, notes: &'a [Note]) -> Hearing<'a, Told> {
        Box::pin(async move {
            let mut state = self.state.lock().unwrap();
            let epoch = state.0 + 1;
            if after.epoch != 0 && after.epoch != epoch {
                return Ok(Told::Other(epoch));
            }
            for note in notes {
                if !state.2.contains(note) {
                    state.2.push(note.clone());
                }
            }
            let notes = state.2[usize::try_from(after.read).unwrap()..].to_vec();
            let until = u64::try_from(state.2.len()).unwrap();
            let (is_seeded, after) = (state.1, after.read);
            Ok(Told::Page(Page { epoch, is_seeded, after, before: after, notes, until }))
        })
    }

    fn seal(&self, _: u64) -> Hearing<'_, ()> {
        Box::pin(async move {
            self.state.lock().unwrap().1 = true;
            Ok(())
        })
    }

    fn renew(&self, _: u64) -> Hearing<'_, ()> {
        Box::pin(async move {
            let mut state = self.state.lock().unwrap();
            *state = (state.0 + 1, false, Vec::new());
            Ok(())
        })
    }
}

/// The node that `world.bank` becomes.
async fn become_node(world: &mut World, journal: &Arc<Memory>) -> Arc<Engine> {
    let engine = Arc::new(Engine::bank().unwrap().with_journal(journal.clone()));
    world.bank.risk = engine.clone();
    world.bank.recall_attempts(world.now).await.unwrap();
    engine
}

#[tokio::test]
async fn a_burst_of_debits_that_is_spread_over_nodes_is_one_burst() {
    let mut world = World::new().await;
    let journal = Arc::new(Memory::default());
    let mandate = world.linked().await;
    let first = become_node(&mut world, &journal).await;
    let second = become_node(&mut world, &journal).await;
    for n in 0..10 {
        world.bank.risk = if n % 2 == 0 { first.clone() } else { second.clone() };
        let state = world.debit(mandate, n, 10).await.state;
        assert!(matches!(state, DebitState::Booked { .. }), "{n}: {state:?}");
    }

    world.bank.risk = first.clone();
    assert!(world.is_to_be_signed(mandate, 10, 10).await);

    // What was counted before the journal was begun anew is in the records, and counts on.
    journal.renew(1).await.unwrap();
    let state = world.debit(mandate, 11, 10).await.state;
    assert!(matches!(state, DebitState::Refused { .. }), "{state:?}");
    assert!(world.bank.refresh_counts(world.now).await.unwrap() >= 11);
    world.bank.risk = second;
    assert_eq!(world.bank.refresh_counts(world.now).await.unwrap(), 0);
    assert!(world.is_to_be_signed(mandate, 12, 10).await);
}
