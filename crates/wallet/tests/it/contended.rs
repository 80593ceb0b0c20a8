//! Somebody else writes the same row at the same moment.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use async_trait::async_trait;
use kanuki_domain::{Yen, id::TopupId};
use kanuki_ledger::MemoryEngine;
use kanuki_record::{
    AuditEntry, MemoryRecords, Order, RecordError, Records, Row, SealedEntry, Table, Write,
};
use kanuki_wire::ErrorCode;

use crate::world::World;

/// Records in which one commit, that many from now, finds its rows changed by somebody else.
#[derive(Debug)]
struct Contended(MemoryRecords, AtomicI64);

#[async_trait]
impl Records for Contended {
    async fn fetch(&self, table: &'static Table, id: &str) -> Result<Option<Row>, RecordError> {
        self.0.fetch(table, id).await
    }

    async fn select(
        &self,
        table: &'static Table,
        key: &'static str,
        value: &str,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.0.select(table, key, value, order, limit).await
    }

    async fn select_after(
        &self,
        table: &'static Table,
        named: (&'static str, &str),
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.0.select_after(table, named, after, limit).await
    }

    async fn scan(
        &self,
        table: &'static Table,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.0.scan(table, after, limit).await
    }

    async fn commit(&self, writes: Vec<Write>, audit: Vec<AuditEntry>) -> Result<(), RecordError> {
        if self.1.fetch_sub(1, Ordering::SeqCst) == 0 {
            return Err(RecordError::Conflict { table: "topup", id: "another poll".to_owned() });
        }
        self.0.commit(writes, audit).await
    }

    async fn audit_log(&self, after: i64, limit: usize) -> Result<Vec<SealedEntry>, RecordError> {
        self.0.audit_log(after, limit).await
    }
}

/// A ping's poll and the worker's own come together: one of them has the token, which is given out
/// once, and the other writes first that it waits. The signature is kept all the same.
#[tokio::test]
async fn a_signature_is_kept_although_another_poll_writes_at_the_same_moment() {
    for at in 0..4 {
        let rows = Arc::new(Contended(MemoryRecords::default(), AtomicI64::new(i64::MAX)));
        let world = World::on(rows.clone(), Arc::new(MemoryEngine::default())).await;
        let (hanako, link) = world.settled("hanako", 1).await;
        *world.bank.unsigned_max.lock().unwrap() = Some(Yen::of(1_000));
        *world.bank.undecided.lock().unwrap() = Some(ErrorCode::AuthorizationPending);
        let id: TopupId = world.top_up(&hanako, link, "a", 5_000).await.topup_id;
        world.wallet.start_waiting(&world.ctx(), hanako.id, id).await.unwrap();
        *world.bank.undecided.lock().unwrap() = None;
        *world.bank.gives_once.lock().unwrap() = true;

        rows.1.store(at, Ordering::SeqCst);
        world.later(5);
        let _heard = world.wallet.recover(&world.ctx()).await;
        rows.1.store(i64::MAX, Ordering::SeqCst);
        for _ in 0..4 {
            world.later(30);
            world.wallet.recover(&world.ctx()).await.unwrap();
        }

        let topup = world.wallet.topup_of(hanako.id, id).await.unwrap();
        assert_eq!(topup.state_name(), "posted", "at {at}: {:?}", topup.state);
        assert_eq!(world.balance(&hanako).await, Yen::of(5_000), "at {at}");
    }
}
