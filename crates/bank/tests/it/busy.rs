//! A store in which somebody else is always a moment faster.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use kanuki_bank::mandate::Mandate;
use kanuki_domain::mandate::MandateState;
use kanuki_record::{
    AuditEntry, Book, Order, RecordError, Records, Row, SealedEntry, Table, Write,
};

use crate::{stopping::stop_code, world::World};

/// Refuses the next `conflicts` units as changed by another request.
#[derive(Debug)]
struct Busy {
    inner: Book,
    conflicts: AtomicU32,
}

#[async_trait]
impl Records for Busy {
    async fn fetch(&self, table: &'static Table, id: &str) -> Result<Option<Row>, RecordError> {
        self.inner.records().fetch(table, id).await
    }

    async fn select(
        &self,
        table: &'static Table,
        key: &'static str,
        value: &str,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.inner.records().select(table, key, value, order, limit).await
    }

    async fn select_after(
        &self,
        table: &'static Table,
        named: (&'static str, &str),
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.inner.records().select_after(table, named, after, limit).await
    }

    async fn scan(
        &self,
        table: &'static Table,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.inner.records().scan(table, after, limit).await
    }

    async fn commit(&self, writes: Vec<Write>, audit: Vec<AuditEntry>) -> Result<(), RecordError> {
        let left = self.conflicts.load(Ordering::SeqCst);
        if left > 0 {
            self.conflicts.store(left - 1, Ordering::SeqCst);
            return Err(RecordError::Conflict { table: "mandate", id: "any".to_owned() });
        }
        self.inner.records().commit(writes, audit).await
    }

    async fn audit_log(
        &self,
        after_seq: i64,
        limit: usize,
    ) -> Result<Vec<SealedEntry>, RecordError> {
        self.inner.records().audit_log(after_seq, limit).await
    }
}

fn make_busy(world: &mut World, conflicts: u32) {
    let inner = world.bank.book.clone();
    let busy = Busy { inner, conflicts: AtomicU32::new(conflicts) };
    world.bank.book = Book::new(Arc::new(busy));
}

#[tokio::test]
async fn a_stop_gets_through_where_others_change_the_same_mandate() {
    let mut world = World::new().await;
    let id = world.linked().await;
    let code = stop_code(&world).await;
    make_busy(&mut world, 4);

    world.bank.stop(&world.ctx(), &code).await.unwrap();

    let state = world.bank.book.load::<Mandate>(id).await.unwrap().state;
    assert!(matches!(state, MandateState::Suspended { .. }), "{state:?}");
}

#[tokio::test]
async fn an_end_gets_through_where_others_change_the_same_mandate() {
    let mut world = World::new().await;
    let id = world.linked().await;
    let holder = world.bank.book.load::<Mandate>(id).await.unwrap().holder_id;
    make_busy(&mut world, 4);

    world.bank.revoke_mandate(&world.ctx(), holder, id).await.unwrap();

    let state = world.bank.book.load::<Mandate>(id).await.unwrap().state;
    assert!(matches!(state, MandateState::Revoked { .. }), "{state:?}");
}
