//! Closing a movement's id before it is called refused.
//!
//! The ledger remembers a refusal only of the leg that was refused, and two drivers of one movement
//! may see different moments: one is refused at a gate, then it opens, then the other's chain
//! succeeds. Whoever is about to write "refused" first takes the money's id with a transfer of zero
//! yen. Either that works, or the id was burnt by a refusal, and no chain with that id can ever
//! succeed; or the id is taken, and the money did move.

use jiff::Timestamp;
use kanuki_domain::Yen;
use kanuki_ledger::{AccountId, LedgerEngine, Transfer, TransferId};

use crate::DeskError;

/// What became of the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// Nothing moved under it, and nothing ever will.
    Never,
    /// The money's own transfer has it: it was reserved or moved after all.
    Moved,
}

/// Closes the id of a money transfer between these accounts. Doing it twice is fine.
pub async fn close(
    ledger: &dyn LedgerEngine,
    id: TransferId,
    (debit, credit): (AccountId, AccountId),
    code: u16,
    now: Timestamp,
) -> Result<Closed, DeskError> {
    let mark = Transfer::posted(id, debit, credit, Yen::ZERO, code);
    let results = ledger.create_transfers(vec![mark], now).await?;
    let name = results.first().map_or("no answer", |result| result.name());
    match name {
        "created" | "exists" | "id_already_failed" => Ok(Closed::Never),
        name if name.starts_with("exists_with_different") => Ok(Closed::Moved),
        name => Err(DeskError::Refused(name.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use kanuki_ledger::{Account, AccountFlags, LEDGER_YEN, MemoryEngine};

    use super::*;

    /// The memory engine never waits, so one poll is enough.
    fn now<F: Future>(future: F) -> F::Output {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("the memory engine waited"),
        }
    }

    #[test]
    fn a_burnt_id_is_closed_already() {
        let engine = MemoryEngine::new();
        let at = Timestamp::UNIX_EPOCH;
        let [poor, other] = [AccountId(1), AccountId(2)];
        let accounts = vec![
            Account::new(poor, LEDGER_YEN, 1, AccountFlags::NO_OVERDRAFT),
            Account::new(other, LEDGER_YEN, 1, AccountFlags::NONE),
        ];
        now(engine.create_accounts(accounts, at)).unwrap();
        let money = Transfer::posted(TransferId(1), poor, other, Yen::of(5), 1);

        now(engine.create_transfers(vec![money], at)).unwrap();

        let closed = now(close(&engine, money.id, (poor, other), 1, at)).unwrap();
        assert_eq!(closed, Closed::Never);
    }

    #[test]
    fn a_closed_id_never_moves_and_a_moved_one_is_not_closed() {
        let engine = MemoryEngine::new();
        let at = Timestamp::UNIX_EPOCH;
        let (a, b) = (AccountId::derive(&["a"]), AccountId::derive(&["b"]));
        let account = |id| Account::new(id, LEDGER_YEN, 1, AccountFlags::NONE);
        now(engine.create_accounts(vec![account(a), account(b)], at)).unwrap();
        let (closed, moved) = (TransferId::derive(&["closed"]), TransferId::derive(&["moved"]));
        let pend = |id| Transfer::pending(id, a, b, Yen::of(5), 1);

        assert_eq!(now(close(&engine, closed, (a, b), 1, at)).unwrap(), Closed::Never);
        assert_eq!(now(close(&engine, closed, (a, b), 1, at)).unwrap(), Closed::Never);
        let late = now(engine.create_transfers(vec![pend(closed)], at)).unwrap();
        assert!(late[0].name().starts_with("exists_with_different"));

        now(engine.create_transfers(vec![pend(moved)], at)).unwrap();
        assert_eq!(now(close(&engine, moved, (a, b), 1, at)).unwrap(), Closed::Moved);
    }
}
