//! A server that stops anywhere between hearing an alarm and having acted on it, or between sending
//! one and noting that it was taken: every alarm takes effect, and once.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use async_trait::async_trait;
use kanuki_bank::mandate::Mandate;
use kanuki_desk::{case::Case, outbox::Message, signal::queue::Heard};
use kanuki_domain::{
    id::{CaseId, MandateId},
    mandate::MandateState,
};
use kanuki_record::{
    AuditEntry, Book, Order, RecordError, Records, Row, SealedEntry, Table, Write,
};
use kanuki_wire::set::LinkStatus;

use crate::{stopping::stop_code, world::World};

/// A store whose machine stops after some writes, before or after the last of them took effect.
#[derive(Debug)]
pub(crate) struct Stopping {
    inner: Book,
    left: Arc<AtomicI64>,
    is_done_first: bool,
}

impl Stopping {
    /// Stops after `left` writes, before the next one takes effect.
    pub(crate) fn new(inner: Book, left: Arc<AtomicI64>) -> Self {
        Self { inner, left, is_done_first: false }
    }
}

#[async_trait]
impl Records for Stopping {
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
        let left = self.left.fetch_sub(1, Ordering::SeqCst);
        if left > 0 || (left == 0 && self.is_done_first) {
            self.inner.records().commit(writes, audit).await?;
        }
        if left > 0 { Ok(()) } else { Err(RecordError::Unavailable("stopped".into())) }
    }

    async fn audit_log(&self, after: i64, limit: usize) -> Result<Vec<SealedEntry>, RecordError> {
        self.inner.records().audit_log(after, limit).await
    }
}

async fn count_messages(world: &World, kind: &str) -> usize {
    let due = world.bank.book.list::<Message>("state", "due").await.unwrap();
    due.iter().filter(|message| message.kind == kind).count()
}

async fn mandate(world: &World, id: MandateId) -> MandateState {
    world.bank.book.load::<Mandate>(id).await.unwrap().into_inner().state
}

/// Hears an alarm and stops at the write `at`; true if nothing stopped it.
async fn hear_and_stop(at: i64, is_done_first: bool) -> bool {
    let mut world = World::new().await;
    let id = world.linked().await;
    let case = CaseId::derive(&["shared"]);
    let alarm = world.word((id, LinkStatus::Suspended), 0, Some(case));
    let left = Arc::new(AtomicI64::new(at));
    let inner = world.bank.book.clone();
    let stopping = Stopping { inner, left: Arc::clone(&left), is_done_first };
    world.bank.book = Book::new(Arc::new(stopping));

    let got_through = world.hear(&alarm).await.is_ok();
    left.store(i64::MAX, Ordering::SeqCst);
    // What was not acknowledged is told again, and so is what was and got lost.
    for _ in 0..2 {
        world.hear(&alarm).await.unwrap();
    }

    let label = format!("stopped at {at}, done first {is_done_first}");
    assert!(matches!(mandate(&world, id).await, MandateState::Suspended { .. }), "{label}");
    assert_eq!(count_messages(&world, "mandate_suspended").await, 2, "{label}: mail and SMS, once");
    let cases = world.bank.book.list::<Case>("about", &id.to_string()).await.unwrap();
    assert_eq!(cases.iter().map(|c| c.case_id).collect::<Vec<_>>(), [case], "{label}");
    got_through
}

#[tokio::test]
async fn an_alarm_acts_once_wherever_its_receiver_stopped() {
    for is_done_first in [false, true] {
        let mut at = 0;
        while !Box::pin(hear_and_stop(at, is_done_first)).await {
            at += 1;
            assert!(at < 12, "an alarm takes fewer writes than this");
        }
        assert!(at >= 3, "the stops must have hit every write, not {at}");
    }
}

#[tokio::test]
async fn an_alarm_that_was_sent_and_not_noted_is_sent_again_under_its_name() {
    let mut world = World::new().await;
    world.linked().await;
    let code = stop_code(&world).await;
    world.bank.stop(&world.ctx(), &code).await.unwrap();
    let sent = world.due_events().await;
    let names = |all: &[kanuki_bank::event::Push]| -> Vec<String> {
        all.iter().map(|push| push.event_id.clone()).collect()
    };

    // The server stops here: nothing of the sending is noted.
    let again = world.due_events().await;
    assert_eq!(names(&sent), names(&again), "the receiver knows them by their names");
    for push in &again {
        world.bank.event_pushed(&world.ctx(), &push.event_id, Heard::Taken).await.unwrap();
    }
    assert!(world.due_events().await.is_empty());
}
