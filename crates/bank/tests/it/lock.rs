//! An account that its holder locked takes no new link, whoever asks and however fast.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use kanuki_bank::{
    Bank, BankError, StandardRules,
    asked::{Outcome, What},
    holder::enrol::Progress,
    lock::LockState,
    mandate::Mandate,
    stop::Stoppable,
};
use kanuki_domain::{
    Ctx,
    id::{BankAccountId, HolderId},
    limits::DAY_SECS,
    route::Route,
};
use kanuki_record::{
    AuditEntry, Book, MemoryRecords, Order, RecordError, Records, Row, SealedEntry, Table, Write,
};

use crate::{
    stopping::stop_code_of,
    world::{CLIENT, Counter, ORIGIN, World, account, facts},
};

const NUMBER: &str = "9000001";

impl World {
    pub(crate) fn account_id(&self) -> BankAccountId {
        self.bank.account_id(&account(NUMBER))
    }

    pub(crate) async fn try_to_link(&mut self) -> Result<String, BankError> {
        let (request_uri, _) = self.push(facts()).await.unwrap();
        self.consent(&request_uri, NUMBER).await
    }

    /// The holder signs that the lock shall open.
    pub(crate) async fn open_lock(&mut self, holder: HolderId) -> Timestamp {
        let id = self.account_id();
        let (_, options, asked) = self.bank.start_opening(&self.ctx(), holder, id).await.unwrap();
        let response = self.device.get(&options, ORIGIN).unwrap();
        let ctx = Ctx { now: self.now, entropy: &self.entropy, address_block: "", address: "" };
        self.bank.finish_opening_account(&ctx, (holder, "browser"), asked, &response).await.unwrap()
    }

    pub(crate) async fn is_locked(&self, holder: HolderId) -> bool {
        let lock = self.bank.lock_of(&self.ctx(), holder, self.account_id()).await.unwrap();
        lock.state.is_locked(self.now)
    }

    pub(crate) async fn notices(&self, kind: &str) -> usize {
        use kanuki_desk::notice::Notice;
        let holder = self.bank.meet_holder(&self.ctx(), self.core_customer().await).await.unwrap();
        let id = holder.holder.holder_id.to_string();
        let all = self.bank.book.list::<Notice>("person_id", &id).await.unwrap();
        all.iter().filter(|notice| notice.kind == kind).count()
    }

    async fn core_customer(&self) -> kanuki_bank::CoreCustomer {
        self.bank.core.find_by_account(&account(NUMBER)).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn a_locked_account_takes_no_link_and_its_holder_sees_who_asked() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey(NUMBER).await;
    world.bank.lock_account(&world.ctx(), holder, world.account_id()).await.unwrap();

    for _ in 0..3 {
        let refused = world.try_to_link().await;
        assert!(matches!(refused, Err(BankError::Locked)), "{refused:?}");
    }

    assert_eq!(world.notices("lock_tried").await, 1, "told once a day");
    let asked = world.bank.asked_about(holder).await.unwrap();
    let links = asked.iter().filter_map(|a| match &a.what {
        What::Link { partner_name, outcome } => Some((partner_name.as_str(), *outcome)),
        What::Enrolment { .. } => None,
    });
    let expected = ("閂ウォレット", Some(Outcome::Locked));
    assert_eq!(links.collect::<Vec<_>>(), [expected; 3]);
    assert_eq!(asked[0].account_mask.as_deref(), Some("***0001"));
    world.wait(DAY_SECS);
    assert!(world.try_to_link().await.is_err());
    assert_eq!(world.notices("lock_tried").await, 2);
    assert!(world.bank.book.find_by::<Mandate>("client_id", CLIENT).await.unwrap().is_none());
}

/// What the wallet sees of a lock is what it sees of a holder's no.
#[tokio::test]
async fn the_wallet_cannot_tell_a_lock_from_a_no() {
    let mut answers = Vec::new();
    for is_locked in [true, false] {
        let mut world = World::new().await;
        let holder = world.holder_with_passkey(NUMBER).await;
        if is_locked {
            world.bank.lock_account(&world.ctx(), holder, world.account_id()).await.unwrap();
        }
        let (request_uri, _) = world.push(facts()).await.unwrap();
        let par_id = world.bank.visit(&world.ctx(), CLIENT, &request_uri, "browser").await.unwrap();
        let (options, state) = world.bank.start_sign_in(&world.ctx()).unwrap();
        let response = world.device.get(&options, ORIGIN).unwrap();
        let ctx = world.ctx();
        let signed_in = world.bank.finish_sign_in(&ctx, &response, &state).await.unwrap();
        world.bank.arrive(&ctx, par_id, "browser", &signed_in).await.unwrap();
        world.bank.choose(&ctx, par_id, "browser", &account(NUMBER)).await.unwrap();
        assert_eq!(world.bank.start_consent(&ctx, par_id, "browser").await.is_err(), is_locked);
        answers.push(world.bank.refuse_consent(&ctx, (par_id, "browser"), None).await.unwrap());
        let asked = world.bank.asked_about(holder).await.unwrap();
        let expected = if is_locked { Outcome::Locked } else { Outcome::Refused };
        let is_kept = asked
            .iter()
            .any(|a| matches!(&a.what, What::Link { outcome: Some(o), .. } if *o == expected));
        assert!(is_kept, "the holder can: {asked:?}");
    }
    assert!(answers[0].contains("error=access_denied"));
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn opening_takes_a_passkey_a_wait_and_can_be_called_off() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey(NUMBER).await;
    world.bank.lock_account(&world.ctx(), holder, world.account_id()).await.unwrap();

    let opens_at = world.open_lock(holder).await;
    assert_eq!(opens_at, kanuki_domain::mandate::later(world.now, DAY_SECS));
    assert!(world.try_to_link().await.is_err(), "not yet");
    // A stop code from the notice, or another press, calls it off.
    let code = stop_code_of(&world, "lock_opening").await;
    let shown = world.bank.preview_stop(&world.ctx(), &code).await.unwrap();
    assert!(matches!(shown, Stoppable::Account));
    world.bank.stop(&world.ctx(), &code).await.unwrap();
    world.wait(2 * DAY_SECS);
    assert!(world.is_locked(holder).await);

    world.open_lock(holder).await;
    world.wait(DAY_SECS);
    assert!(!world.is_locked(holder).await);
    world.try_to_link().await.unwrap();
    world.bank.stop(&world.ctx(), &code).await.unwrap();
    assert!(world.is_locked(holder).await, "an old code locks too");
}

#[tokio::test]
async fn only_ones_own_account_can_be_locked_or_opened() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey("9000002").await;
    let id = world.account_id();
    let ctx = world.ctx();

    let locked = world.bank.lock_account(&ctx, holder, id).await;
    let opened = world.bank.start_opening(&ctx, holder, id).await;

    assert!(matches!(locked, Err(BankError::NotAvailable)));
    assert!(matches!(opened, Err(BankError::NotAvailable)));
}

#[tokio::test]
async fn a_bank_may_start_with_every_unlinked_account_locked() {
    let mut world = World::new().await;
    world.bank.rules = Arc::new(StandardRules::default().locking_unlinked());
    let holder = world.holder_with_passkey(NUMBER).await;
    assert!(matches!(world.try_to_link().await, Err(BankError::Locked)));

    world.open_lock(holder).await;
    world.wait(DAY_SECS);
    world.try_to_link().await.unwrap();

    assert!(!world.is_locked(holder).await, "it was linked: it stays as its holder left it");
}

#[tokio::test]
async fn enrolments_of_strangers_and_their_wrong_codes_are_listed() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey(NUMBER).await;
    world.wait(60);
    let (ctx, hers) = (world.ctx(), account(NUMBER));
    let started = world.bank.start_enrolment(&ctx, &hers, Route::Atm, "thief");
    let (id, _) = started.await.unwrap();
    for _ in 0..2 {
        assert!(world.bank.enter_code(&world.ctx(), id, "thief", "0000000000").await.is_err());
    }

    let asked = world.bank.asked_about(holder).await.unwrap();

    let expected = What::Enrolment {
        is_look: false,
        proof: Route::Atm,
        wrong_codes: 2,
        progress: Progress::Waiting,
    };
    assert_eq!((asked[0].at, &asked[0].what), (world.now, &expected));
    let own = &asked.last().unwrap().what;
    assert!(matches!(own, What::Enrolment { proof: Route::Branch, progress: Progress::Done, .. }));
}

/// weaponised-safety: what costs a stranger nothing to repeat hides nothing.
#[tokio::test]
async fn no_number_of_enrolments_hides_a_link_that_was_asked_for() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey(NUMBER).await;
    world.bank.lock_account(&world.ctx(), holder, world.account_id()).await.unwrap();
    assert!(world.try_to_link().await.is_err());
    world.wait(60);
    for n in 0..120 {
        let (from, device) = (format!("10.0.{n}.0/24"), format!("stranger {n}"));
        let ctx =
            Ctx { now: world.now, entropy: &world.entropy, address_block: &from, address: &from };
        let at = account(NUMBER);
        for types in [false, true] {
            let started = world.bank.start_enrolment(&ctx, &at, Route::Atm, &device).await;
            let id = started.unwrap().0;
            if types {
                assert!(world.bank.enter_code(&ctx, id, &device, "0000000000").await.is_err());
            }
        }
    }

    let asked = world.bank.asked_about(holder).await.unwrap();

    let is_link = |what: &What| matches!(what, What::Link { .. });
    assert_eq!(asked.iter().filter(|a| is_link(&a.what)).count(), 1);
    let own = |what: &What| matches!(what, What::Enrolment { progress: Progress::Done, .. });
    assert_eq!(asked.iter().filter(|a| own(&a.what)).count(), 1);
    assert_eq!(asked.len(), 202, "and a hundred of each kind of the others");
}

/// A store that closes the lock in the very moment before a mandate is written.
#[derive(Debug)]
struct Meddler {
    inner: Arc<MemoryRecords>,
    closes: Mutex<Option<(Bank, HolderId, BankAccountId, Timestamp)>>,
}

#[async_trait]
impl Records for Meddler {
    async fn fetch(&self, table: &'static Table, id: &str) -> Result<Option<Row>, RecordError> {
        self.inner.fetch(table, id).await
    }

    async fn select(
        &self,
        table: &'static Table,
        key: &'static str,
        value: &str,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.inner.select(table, key, value, order, limit).await
    }

    async fn select_after(
        &self,
        table: &'static Table,
        named: (&'static str, &str),
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.inner.select_after(table, named, after, limit).await
    }

    async fn scan(
        &self,
        table: &'static Table,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        self.inner.scan(table, after, limit).await
    }

    async fn commit(&self, writes: Vec<Write>, audit: Vec<AuditEntry>) -> Result<(), RecordError> {
        let makes_mandate =
            writes.iter().any(|w| matches!(w, Write::Insert(table, _) if table.name == "mandate"));
        let armed = if makes_mandate { self.closes.lock().unwrap().take() } else { None };
        if let Some((bank, holder, account_id, now)) = armed {
            let entropy = Counter::default();
            let ctx = Ctx { now, entropy: &entropy, address_block: "", address: "" };
            bank.lock_account(&ctx, holder, account_id).await.expect("it locks");
        }
        self.inner.commit(writes, audit).await
    }

    async fn audit_log(
        &self,
        after_seq: i64,
        limit: usize,
    ) -> Result<Vec<SealedEntry>, RecordError> {
        self.inner.audit_log(after_seq, limit).await
    }
}

#[tokio::test]
async fn a_lock_that_closes_while_a_grant_is_in_flight_wins() {
    let inner = Arc::new(MemoryRecords::default());
    let meddler = Arc::new(Meddler { inner: inner.clone(), closes: Mutex::default() });
    let mut world = World::on(meddler.clone()).await;
    let holder = world.holder_with_passkey(NUMBER).await;
    let untouched = Bank { book: Book::new(inner), ..world.bank.clone() };
    *meddler.closes.lock().unwrap() = Some((untouched, holder, world.account_id(), world.now));

    let raced = world.try_to_link().await;

    assert!(raced.is_err(), "{raced:?}");
    assert!(world.is_locked(holder).await);
    assert!(world.bank.mandates_of(holder).await.unwrap().is_empty(), "all of it or nothing");
    assert!(matches!(world.try_to_link().await, Err(BankError::Locked)));
}

#[test]
fn locking_again_keeps_since_when_and_opening_can_only_be_called_off() {
    use kanuki_bank::lock::LockedBy::{Holder, StopCode};
    let at = |secs| Timestamp::from_second(secs).unwrap();
    let locked = LockState::Open.lock(Holder, at(1));
    let again = locked.lock(StopCode, at(2));
    assert!(matches!(again, LockState::Locked { since, by: Holder } if since == at(1)));
}
