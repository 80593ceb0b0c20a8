//! A payout stops after any step while the bank turns it away; then it goes on.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use kanuki_domain::{Yen, id::PayoutId};
use kanuki_ledger::MemoryEngine;
use kanuki_record::MemoryRecords;
use kanuki_wallet::proof::Given;

use crate::{
    bank::Fault,
    crash::{Books, Fuse, Rows},
    world::{ORIGIN, World},
};

const AMOUNT: Yen = Yen::of(5_000);

/// The bank takes a payout only later. Wherever we stopped while we gave it up, the money is in the
/// wallet or at the bank, never in both, and nothing waits for a person.
#[tokio::test]
async fn a_payout_that_was_given_up_is_never_asked_for_again() {
    for is_done_first in [false, true] {
        for at in 0..16 {
            let fuse = Arc::new(Fuse { left: AtomicI64::new(i64::MAX), is_done_first });
            let rows = Arc::new(Rows(MemoryRecords::default(), Arc::clone(&fuse)));
            let books = Arc::new(Books(MemoryEngine::default(), Arc::clone(&fuse)));
            let world = World::on(rows, books).await;
            let (hanako, link) = world.settled("hanako", 1).await;
            let mut phone = hanako.phone.clone();
            world.top_up(&hanako, link, "a", 5_000).await;
            world.later(8 * 86_400);
            let (wallet, ctx) = (&world.wallet, world.ctx());
            let started = wallet.start_paying_out(&ctx, hanako.id, link, AMOUNT).await;
            let (paying, options) = started.unwrap();
            let response = phone.get(&options.unwrap(), ORIGIN).unwrap();
            let (id, given) = (PayoutId::derive(&["p"]), Given::Passkey(&response));
            world.bank.faults.lock().unwrap().extend([Fault::TurnedAway; 8]);

            fuse.left.store(at, Ordering::SeqCst);
            let _stopped = wallet.pay_out(&ctx, hanako.id, id, &paying, &given).await;
            fuse.left.store(i64::MAX, Ordering::SeqCst);
            world.bank.faults.lock().unwrap().clear();
            for _ in 0..3 {
                world.later(60);
                wallet.recover(&world.ctx()).await.unwrap();
            }

            let has = wallet.overview(&world.ctx(), hanako.id).await.unwrap();
            let label = format!("stopped at {at}, done first {is_done_first}");
            assert_eq!(has.reserved, Yen::ZERO, "{label}");
            assert_eq!(has.available.plus(world.bank.credited()).unwrap(), AMOUNT, "{label}");
        }
    }
}
