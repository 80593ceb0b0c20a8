//! A store in which somebody else is always a moment faster.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use jiff::Timestamp;
use kanuki_bank::{
    Bank, BankError,
    debit::{DebitState, request::Ask},
    mandate::Mandate,
};
use kanuki_desk::signal::line;
use kanuki_domain::{Ctx, Yen, mandate::MandateState};
use kanuki_record::{
    AuditEntry, Book, Order, RecordError, Records, Row, SealedEntry, Table, Write,
};
use kanuki_wire::set;
use serde_json::json;

use crate::{
    alerts::LESS,
    stopping::stop_code,
    world::{CLIENT, Counter, ISSUER, World},
};

/// Refuses the next `conflicts` units as changed by another request, and lets a rival's debit in
/// just before `moment` comes.
#[derive(Debug)]
struct Busy {
    inner: Book,
    conflicts: AtomicU32,
    rival: Mutex<Option<(Bank, Ask, Timestamp)>>,
    moment: Moment,
}

/// When the rival is faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// A debit's row is about to be written.
    Asked,
    /// What a holder was not told of is about to be counted.
    Counted,
}

impl Moment {
    fn is_now(self, write: &Write) -> bool {
        match (self, write) {
            (Self::Asked, Write::Insert(table, _)) => table.name == "debit",
            (Self::Counted, Write::Update(table, _) | Write::Rewrite(table, _)) => {
                table.name == "alerts"
            }
            _ => false,
        }
    }
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
        let is_now = writes.iter().any(|write| self.moment.is_now(write));
        let rival = if is_now { self.rival.lock().unwrap().take() } else { None };
        if let Some((bank, ask, now)) = rival {
            let entropy = Counter::starting_at(70_000);
            let ctx = Ctx { now, entropy: &entropy, address_block: "", address: "" };
            bank.request_debit(&ctx, ask).await.expect("the rival is first");
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
    let (conflicts, rival) = (AtomicU32::new(conflicts), Mutex::default());
    let busy = Busy { inner, conflicts, rival, moment: Moment::Asked };
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
async fn a_lowering_gets_through_where_others_change_the_same_mandate() {
    let mut world = World::new().await;
    let id = world.linked().await;
    let holder = world.bank.book.load::<Mandate>(id).await.unwrap().holder_id;
    make_busy(&mut world, 4);

    let lower = [Yen::of(1_000), Yen::of(2_000)];
    world.bank.lower_caps(&world.ctx(), holder, id, &lower).await.unwrap();

    let mandate = world.bank.book.load::<Mandate>(id).await.unwrap();
    assert_eq!((mandate.terms.periodic[0].amount, mandate.raise.is_none()), (lower[0], true));
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

/// A partner's word comes back while what asked for it is still being noted.
#[tokio::test]
async fn a_word_on_the_line_is_heard_where_its_row_changes_at_that_moment() {
    let mut world = World::new().await;
    let mut asking = line::begin(&world.bank.book, &world.ctx(), CLIENT).await.unwrap().unwrap();
    let stream = json!({ "stream_id": "s", "delivery": { "method": kanuki_desk::signal::PUSH } });
    assert!(asking.take(&Some((200, json!([stream])))));
    assert!(asking.take(&Some((200, json!({ "status": "enabled" })))));
    let body = asking.call("").body.unwrap();
    let said = set::SecurityEvent {
        jti: "word".to_owned(),
        txn: None,
        subject: "s".to_owned(),
        issued_at: world.now,
        event: set::Event::Verification { state: body["state"].as_str().map(str::to_owned) },
    };
    let token = set::make(&world.set_key, "http://localhost:8080", ISSUER, &said).unwrap();
    make_busy(&mut world, 4);

    world.bank.receive_event(&world.ctx(), &token).await.unwrap();

    let lines = line::all(&world.bank.book, &[CLIENT.to_owned()]).await.unwrap();
    assert_eq!(lines[0].lives(), Some(true));
}

/// Two requests with one id at the same moment: the later one hears of its own debit, or of none.
#[tokio::test]
async fn of_two_requests_with_one_id_the_later_is_not_told_the_others_outcome() {
    for (amount, is_same) in [(1_000, true), (9_000, false)] {
        let mut world = World::new().await;
        let mandate = world.linked().await;
        let untouched = world.bank.clone();
        let rival = Mutex::new(Some((untouched, World::ask(mandate, 1, 1_000), world.now)));
        let inner = world.bank.book.clone();
        let busy = Busy { inner, conflicts: AtomicU32::new(0), rival, moment: Moment::Asked };
        world.bank.book = Book::new(Arc::new(busy));

        let asked = world.bank.request_debit(&world.ctx(), World::ask(mandate, 1, amount)).await;

        if is_same {
            let debit = asked.unwrap();
            assert!(matches!(debit.state, DebitState::Booked { .. }));
            assert_eq!(debit.amount, Yen::of(1_000));
        } else {
            assert!(matches!(asked, Err(BankError::NotAvailable)), "{asked:?}");
        }
        assert_eq!(world.core.balance("9000001"), 499_000);
    }
}

/// The row that counts what was not told decides: neither of two small debits at the same moment is
/// forgotten by the other.
#[tokio::test]
async fn small_debits_that_arrive_together_add_up_to_what_is_told() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let holder = world.holder_of(mandate).await;
    world.lower_alerts(holder, LESS).await.unwrap();
    world.debit(mandate, 1, 1_000).await;
    world.debit(mandate, 2, 1_000).await;
    assert_eq!(world.heard("debits_added_up").await, 0);
    let untouched = world.bank.clone();
    let rival = Mutex::new(Some((untouched, World::ask(mandate, 3, 1_000), world.now)));
    let inner = world.bank.book.clone();
    let busy = Busy { inner, conflicts: AtomicU32::new(0), rival, moment: Moment::Counted };
    world.bank.book = Book::new(Arc::new(busy));

    let debit = world.debit(mandate, 4, 1_000).await;

    assert!(matches!(debit.state, DebitState::Booked { .. }));
    assert!(world.heard("debits_added_up").await > 0, "three of 1,000 yen were not told");
    assert_eq!(world.core.balance("9000001"), 496_000);
}
