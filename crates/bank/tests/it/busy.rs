//! A store in which somebody else is always a moment faster.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use jiff::Timestamp;
use kanuki_bank::{
    Bank, BankError,
    debit::{Debit, DebitState, request::Ask},
    link::Possession,
    mandate::Mandate,
};
use kanuki_desk::signal::line;
use kanuki_domain::{Ctx, Yen, mandate::MandateState};
use kanuki_record::{
    AuditEntry, Book, Order, RecordError, Records, Row, SealedEntry, Table, Write,
};
use kanuki_risk::{Engine, Policy};
use kanuki_wire::{ErrorCode, set};
use serde_json::json;

use crate::{
    alerts::LESS,
    replays::other_node,
    stepup::evidence,
    stopping::stop_code,
    world::{CLIENT, Counter, ISSUER, World, facts},
};

/// Refuses the next `conflicts` units as changed by another request, and lets a rival's debit in
/// just before `moment` comes.
#[derive(Debug)]
struct Busy {
    inner: Book,
    conflicts: AtomicU32,
    rival: Mutex<Option<(Bank, Ask, Timestamp)>>,
    moment: Moment,
    /// What the rival was answered.
    answered: Mutex<Option<Result<Debit, BankError>>>,
}

impl Busy {
    /// `world` from now on, in which the owner of `ask` is faster at `moment`.
    fn with_rival(world: &mut World, ask: Ask, moment: Moment) -> Arc<Self> {
        let node = world.bank.clone();
        Self::with_rival_at(node, world, ask, moment)
    }

    /// The same, where the rival's request comes to `node`.
    fn with_rival_at(node: Bank, world: &mut World, ask: Ask, moment: Moment) -> Arc<Self> {
        let rival = Mutex::new(Some((node, ask, world.now)));
        let inner = world.bank.book.clone();
        let (conflicts, answered) = (AtomicU32::new(0), Mutex::default());
        let busy = Arc::new(Self { inner, conflicts, rival, moment, answered });
        let records: Arc<dyn Records> = Arc::<Self>::clone(&busy);
        world.bank.book = Book::new(records);
        busy
    }

    fn answered(&self) -> Result<Debit, BankError> {
        self.answered.lock().unwrap().take().expect("the rival came")
    }
}

/// When the rival is faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// A debit's row is about to be written.
    Asked,
    /// The row of one that was to be signed goes on as that of the next request.
    AskedAgain,
    /// What a holder was not told of is about to be counted.
    Counted,
    /// A code is about to be used: whoever else waits to run goes first.
    Redeemed,
}

impl Moment {
    fn is_now(self, write: &Write) -> bool {
        match (self, write) {
            (Self::Asked, Write::Insert(table, _))
            | (Self::AskedAgain, Write::Update(table, _)) => table.name == "debit",
            (Self::Counted, Write::Update(table, _) | Write::Rewrite(table, _)) => {
                table.name == "alerts"
            }
            (Self::Redeemed, Write::Update(table, _)) => table.name == "code",
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
        if is_now && self.moment == Moment::Redeemed {
            tokio::task::yield_now().await;
        }
        let rival = if is_now { self.rival.lock().unwrap().take() } else { None };
        if let Some((bank, ask, now)) = rival {
            let entropy = Counter::starting_at(70_000);
            let ctx = Ctx { now, entropy: &entropy, address_block: "", address: "" };
            let answered = bank.request_debit(&ctx, ask).await;
            *self.answered.lock().unwrap() = Some(answered);
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
    let (conflicts, rival, answered) =
        (AtomicU32::new(conflicts), Mutex::default(), Mutex::default());
    let busy = Busy { inner, conflicts, rival, moment: Moment::Asked, answered };
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
        let rival = World::ask(mandate, 1, 1_000);
        let busy = Busy::with_rival(&mut world, rival, Moment::Asked);

        let asked = world.bank.request_debit(&world.ctx(), World::ask(mandate, 1, amount)).await;

        assert!(matches!(busy.answered().unwrap().state, DebitState::Booked { .. }));
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

/// RFC 6749 section 4.1.2: one of the two may be a thief, whichever was a moment faster.
#[tokio::test]
async fn a_code_that_is_used_twice_at_once_gives_nothing_that_lasts() {
    let mut world = World::new().await;
    world.holder_with_passkey("9000001").await;
    let (request_uri, verifier) = world.push(facts()).await.unwrap();
    let callback = world.consent(&request_uri, "9000001").await.unwrap();
    let inner = world.bank.book.clone();
    let (conflicts, rival, answered) = (AtomicU32::new(0), Mutex::default(), Mutex::default());
    let busy = Busy { inner, conflicts, rival, moment: Moment::Redeemed, answered };
    world.bank.book = Book::new(Arc::new(busy));

    let both =
        tokio::join!(world.exchange(&callback, &verifier), world.exchange(&callback, &verifier),);

    let (given, refused) = match both {
        (Ok(given), Err(refused)) | (Err(refused), Ok(given)) => (given, refused),
        other => panic!("one is given something: {other:?}"),
    };
    assert!(matches!(refused, BankError::OAuth(ref e) if e.code == ErrorCode::InvalidGrant));
    let access = given.access_token.expose();
    let proof = world.proof("POST", "/debits", Some(access));
    let used = world
        .bank
        .authorize(&world.ctx(), access, Possession::of_proof(&proof), ("POST", "/debits"))
        .await;
    assert!(matches!(used, Err(BankError::OAuth(ref e)) if e.code == ErrorCode::InvalidToken));
}

/// A rule counts the request and its repetition as two: the second would be asked to have signed what the
/// first books.
#[tokio::test]
async fn a_request_that_comes_twice_at_once_is_not_asked_to_be_signed_for_coming_twice() {
    let mut world = World::new().await;
    world.bank.risk = asks_after(1);
    let mandate = world.linked().await;
    let evidence = Some(evidence(&world, "device-of-the-link"));
    let ask = Ask { evidence, ..World::ask(mandate, 1, 1_000) };
    let busy = Busy::with_rival(&mut world, ask.clone(), Moment::Asked);

    let first = world.bank.request_debit(&world.ctx(), ask.clone()).await.unwrap();

    assert!(matches!(first.state, DebitState::Booked { .. }));
    let second = busy.answered();
    assert!(matches!(second, Err(BankError::Busy { secs: 1 })), "{second:?}");
    assert_eq!(world.audited("debit.must_be_signed").await, 1, "and it is written down");
    let again = world.bank.request_debit(&world.ctx(), ask).await.unwrap();
    assert_eq!(again.state, first.state, "and asked again it is the same debit");
    assert_eq!(world.core.balance("9000001"), 499_000);
}

/// An engine that asks for a signature after so many debits from one device within an hour.
fn asks_after(debits: u32) -> Arc<Engine> {
    // Each counts itself, so that "more than none" is no rule.
    let often = match debits {
        0 => "amount >= ¥1".to_owned(),
        more => format!("count of debit per device within 1h > {more}"),
    };
    let often = format!(
        "policy \"often\" version \"1\" baseline approve rule often-device on debit
        when {often} then challenge as often"
    );
    Arc::new(Engine::new(Policy::parse(&often).unwrap()))
}

/// A node that covers the debit, one that wants it signed, and the request that both get.
async fn two_nodes() -> (World, Bank, Ask) {
    let mut world = World::new().await;
    world.bank.risk = asks_after(9);
    let strict = Bank { risk: asks_after(0), ..other_node(&world) };
    let mandate = world.linked().await;
    let evidence = Some(evidence(&world, "device-of-the-link"));
    let ask = Ask { evidence, ..World::ask(mandate, 1, 1_000) };
    (world, strict, ask)
}

/// What one node told of it holds at every node: of a request that is told that nothing happened, nothing
/// happens behind the back of whoever was told.
#[tokio::test]
async fn what_is_told_to_be_signed_at_one_node_is_not_booked_by_another_a_moment_later() {
    for moment in [Moment::Asked, Moment::AskedAgain] {
        let (mut world, strict, ask) = two_nodes().await;
        if moment == Moment::AskedAgain {
            let before = strict.request_debit(&world.ctx(), ask.clone()).await;
            assert!(matches!(before, Err(BankError::MustBeSigned(_))), "{before:?}");
        }
        let shared = world.bank.book.clone();
        let busy = Busy::with_rival_at(strict, &mut world, ask.clone(), moment);

        let asked = world.bank.request_debit(&world.ctx(), ask.clone()).await;

        let told = busy.answered();
        assert!(matches!(told, Err(BankError::MustBeSigned(_))), "{moment:?}: {told:?}");
        assert!(matches!(asked, Err(BankError::Busy { secs: 1 })), "{moment:?}: {asked:?}");
        assert_eq!(world.core.balance("9000001"), 500_000);
        assert!(world.bank.find_debit(CLIENT, ask.debit_id).await.unwrap().is_none());
        world.bank.book = shared;
        let again = world.bank.request_debit(&world.ctx(), ask).await.unwrap();
        assert!(matches!(again.state, DebitState::Booked { .. }), "the id is free: {again:?}");
        assert_eq!(world.core.balance("9000001"), 499_000);
    }
}

#[tokio::test]
async fn what_one_node_just_booked_is_told_by_another_that_wanted_it_signed() {
    let (mut world, strict, ask) = two_nodes().await;
    let lenient = std::mem::replace(&mut world.bank, strict);
    let busy = Busy::with_rival_at(lenient, &mut world, ask.clone(), Moment::Asked);

    let asked = world.bank.request_debit(&world.ctx(), ask).await.unwrap();

    assert!(matches!(asked.state, DebitState::Booked { .. }), "{:?}", asked.state);
    assert_eq!(busy.answered().unwrap().state, asked.state);
    assert_eq!(world.core.balance("9000001"), 499_000);
}

/// Neither knows whether a third is about to book it: one of them says that nothing happened, and the
/// other to ask again.
#[tokio::test]
async fn two_nodes_that_want_it_signed_at_once_say_so_one_after_the_other() {
    let (mut world, strict, ask) = two_nodes().await;
    let third = Bank { asking: Arc::default(), ..strict.clone() };
    world.bank = strict;
    let busy = Busy::with_rival_at(third, &mut world, ask.clone(), Moment::Asked);

    let asked = world.bank.request_debit(&world.ctx(), ask.clone()).await;

    let told = busy.answered();
    assert!(matches!(told, Err(BankError::MustBeSigned(_))), "{told:?}");
    assert!(matches!(asked, Err(BankError::Busy { secs: 1 })), "{asked:?}");
    let again = world.bank.request_debit(&world.ctx(), ask).await;
    assert!(matches!(again, Err(BankError::MustBeSigned(_))), "{again:?}");
    assert_eq!(world.core.balance("9000001"), 500_000);
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
    let busy = Busy::with_rival(&mut world, World::ask(mandate, 3, 1_000), Moment::Counted);

    let debit = world.debit(mandate, 4, 1_000).await;

    assert!(matches!(debit.state, DebitState::Booked { .. }));
    assert!(matches!(busy.answered().unwrap().state, DebitState::Booked { .. }));
    assert!(world.heard("debits_added_up").await > 0, "three of 1,000 yen were not told");
    assert_eq!(world.core.balance("9000001"), 496_000);
}
