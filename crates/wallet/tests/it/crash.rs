//! Everything stops after any step, before or after that step took effect; then it goes on.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use async_trait::async_trait;
use jiff::Timestamp;
use kanuki_domain::{
    Yen,
    id::{LinkId, StaffId, TopupId},
};
use kanuki_ledger::{
    Account, AccountId, BalanceRow, CreateAccountResult, CreateTransferResult, Filter, Journal,
    LedgerEngine, LedgerError, MemoryEngine, Stretch, Transfer, TransferId, TransferRecord,
};
use kanuki_record::{
    AuditEntry, MemoryRecords, Order, RecordError, Records, Row, SealedEntry, Table, Write,
};
use kanuki_wire::ErrorCode;

use crate::{
    bank::Fault,
    world::{Person, World, bank_code},
};

/// How many more writes happen before the machine stops.
#[derive(Debug)]
pub(crate) struct Fuse {
    pub(crate) left: AtomicI64,
    pub(crate) is_done_first: bool,
}

impl Fuse {
    /// Whether the write happens, and whether its caller hears of it.
    fn burn(&self) -> (bool, bool) {
        let left = self.left.fetch_sub(1, Ordering::SeqCst);
        (left > 0 || (left == 0 && self.is_done_first), left > 0)
    }
}

#[derive(Debug)]
pub(crate) struct Rows(pub(crate) MemoryRecords, pub(crate) Arc<Fuse>);

fn gone() -> RecordError {
    RecordError::Unavailable("stopped".into())
}

#[async_trait]
impl Records for Rows {
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
        let (happens, is_heard) = self.1.burn();
        if happens {
            self.0.commit(writes, audit).await?;
        }
        if is_heard { Ok(()) } else { Err(gone()) }
    }

    async fn audit_log(&self, after: i64, limit: usize) -> Result<Vec<SealedEntry>, RecordError> {
        self.0.audit_log(after, limit).await
    }
}

pub(crate) struct Books(pub(crate) MemoryEngine, pub(crate) Arc<Fuse>);

#[async_trait]
impl LedgerEngine for Books {
    async fn create_accounts(
        &self,
        accounts: Vec<Account>,
        now: Timestamp,
    ) -> Result<Vec<CreateAccountResult>, LedgerError> {
        self.0.create_accounts(accounts, now).await
    }

    async fn create_transfers(
        &self,
        transfers: Vec<Transfer>,
        now: Timestamp,
    ) -> Result<Vec<CreateTransferResult>, LedgerError> {
        let (happens, is_heard) = self.1.burn();
        let results =
            if happens { self.0.create_transfers(transfers, now).await? } else { Vec::new() };
        if is_heard { Ok(results) } else { Err(LedgerError::Unavailable) }
    }

    async fn lookup_accounts(
        &self,
        ids: &[AccountId],
        now: Timestamp,
    ) -> Result<Vec<Option<Account>>, LedgerError> {
        self.0.lookup_accounts(ids, now).await
    }

    async fn lookup_transfers(
        &self,
        ids: &[TransferId],
        now: Timestamp,
    ) -> Result<Vec<Option<TransferRecord>>, LedgerError> {
        self.0.lookup_transfers(ids, now).await
    }

    async fn account_transfers(
        &self,
        account: AccountId,
        filter: Filter,
        now: Timestamp,
    ) -> Result<Vec<TransferRecord>, LedgerError> {
        self.0.account_transfers(account, filter, now).await
    }

    async fn account_balances(
        &self,
        account: AccountId,
        filter: Filter,
        now: Timestamp,
    ) -> Result<Vec<BalanceRow>, LedgerError> {
        self.0.account_balances(account, filter, now).await
    }

    async fn journal(&self, stretch: Stretch, now: Timestamp) -> Result<Journal, LedgerError> {
        self.0.journal(stretch, now).await
    }
}

const AMOUNT: Yen = Yen::of(5_000);

/// Runs a top-up that stops at the write `at`; true if it got through without stopping.
async fn stop_at(at: i64, is_done_first: bool, bank_has: Yen) -> bool {
    let fuse = Arc::new(Fuse { left: AtomicI64::new(i64::MAX), is_done_first });
    let rows = Arc::new(Rows(MemoryRecords::default(), Arc::clone(&fuse)));
    let books = Arc::new(Books(MemoryEngine::default(), Arc::clone(&fuse)));
    let world = World::on(rows, books).await;
    let hanako = world.open("hanako").await;
    world.prove(&hanako, &World::card("hanako", 1)).await.unwrap();
    let link = world.link(&hanako).await;
    *world.bank.balance.lock().unwrap() = bank_has;
    let id = TopupId::derive(&["t"]);

    fuse.left.store(at, Ordering::SeqCst);
    let heard = world.wallet.top_up(&world.ctx(), hanako.id, id, link, AMOUNT).await;
    fuse.left.store(i64::MAX, Ordering::SeqCst);
    for _ in 0..3 {
        world.later(60);
        world.wallet.recover(&world.ctx()).await.unwrap();
    }

    let label = format!("stopped at {at}, done first {is_done_first}");
    check_books(&world, &hanako, id, &label).await;
    Box::pin(check_again(&world, (&hanako, link, id), bank_has, &label)).await;
    heard.is_ok()
}

/// Both companies' books agree, and nothing is left half way.
async fn check_books(world: &World, hanako: &Person, id: TopupId, label: &str) {
    let (debited, balance) = (world.bank.debited(), world.balance(hanako).await);
    assert_eq!(debited, balance, "{label}");
    assert_eq!(world.clearing().await, debited, "{label}");
    match world.wallet.topup_of(hanako.id, id).await {
        Ok(topup) => assert!(topup.is_settled(), "{label}: {:?}", topup.state),
        Err(_) => assert_eq!(debited, Yen::ZERO, "{label}"),
    }
}

/// The customer tries again with the same confirmation: still one top-up, and no cap is lost.
async fn check_again(
    world: &World,
    (hanako, link, id): (&Person, LinkId, TopupId),
    bank_has: Yen,
    label: &str,
) {
    let again = world.wallet.top_up(&world.ctx(), hanako.id, id, link, AMOUNT).await.unwrap();
    let expected = if bank_has >= AMOUNT { AMOUNT } else { Yen::ZERO };
    assert_eq!(world.balance(hanako).await, expected, "{label}: {:?}", again.state);
    assert_eq!(world.bank.debited(), expected, "{label}");
    // Refused: the whole cap is there again. Posted: what was used of it is gone.
    let rest = Yen::of(10_000).minus_or_zero(expected);
    *world.bank.balance.lock().unwrap() = Yen::of(100_000);
    let next = world.top_up(hanako, link, "next", u32::try_from(rest.amount()).unwrap()).await;
    assert_eq!(next.state_name(), "posted", "{label}: the cap was lost");
}

#[tokio::test]
async fn top_up_survives_a_stop_after_any_step() {
    for bank_has in [Yen::of(100_000), Yen::of(4_999)] {
        for is_done_first in [false, true] {
            let mut at = 0;
            while !Box::pin(stop_at(at, is_done_first, bank_has)).await {
                at += 1;
                assert!(at < 40, "a top-up takes fewer writes than this");
            }
            assert!(at >= 5, "the stops must have hit every write, not {at}");
        }
    }
}

/// The bank booked, we stopped before we wrote it down, and when we come back the bank no longer
/// listens to us. That says nothing about what it did before.
#[tokio::test]
async fn being_turned_away_after_a_stop_never_gives_booked_money_back() {
    let mut hit = 0;
    for at in 0..12 {
        let fuse = Arc::new(Fuse { left: AtomicI64::new(i64::MAX), is_done_first: false });
        let rows = Arc::new(Rows(MemoryRecords::default(), fuse.clone()));
        let books = Arc::new(Books(MemoryEngine::default(), fuse.clone()));
        let world = World::on(rows, books).await;
        let hanako = world.open("hanako").await;
        world.prove(&hanako, &World::card("hanako", 1)).await.unwrap();
        let link = world.link(&hanako).await;
        *world.bank.balance.lock().unwrap() = Yen::of(100_000);
        let id = TopupId::derive(&["t"]);

        fuse.left.store(at, Ordering::SeqCst);
        let _stopped = world.wallet.top_up(&world.ctx(), hanako.id, id, link, AMOUNT).await;
        fuse.left.store(i64::MAX, Ordering::SeqCst);
        if world.bank.debited() == Yen::ZERO || world.balance(&hanako).await == AMOUNT {
            continue;
        }
        hit += 1;
        world.bank.faults.lock().unwrap().extend([Fault::TurnedAway; 8]);
        world.later(60);
        world.wallet.recover(&world.ctx()).await.unwrap();
        let waiting = world.wallet.topup_of(hanako.id, id).await.unwrap();
        assert!(!waiting.is_settled(), "stopped at {at}: {:?}", waiting.state);

        world.bank.faults.lock().unwrap().clear();
        world.later(3_600);
        world.wallet.recover(&world.ctx()).await.unwrap();
        assert_eq!(world.balance(&hanako).await, AMOUNT, "stopped at {at}");
    }
    assert!(hit > 0, "no stop fell between the bank's answer and our note");
}

/// The link ended while its debit was under way, and its tokens with it: what became of the debit is asked
/// for in our own name.
#[tokio::test]
async fn a_debit_whose_link_ended_meanwhile_is_still_found_out_about() {
    let world = World::new().await;
    let hanako = world.open("hanako").await;
    world.prove(&hanako, &World::card("hanako", 1)).await.unwrap();
    let link = world.link(&hanako).await;
    *world.bank.balance.lock().unwrap() = Yen::of(100_000);
    let id = TopupId::derive(&["t"]);
    world.bank.faults.lock().unwrap().push_back(Fault::LostAfter);
    let lost = world.wallet.top_up(&world.ctx(), hanako.id, id, link, AMOUNT).await.unwrap();
    assert!(!lost.is_settled(), "{:?}", lost.state);
    let asked = *world.bank.asked.lock().unwrap();

    world.bank.faults.lock().unwrap().extend([Fault::TurnedAway; 2]);
    world.later(60);
    world.wallet.recover(&world.ctx()).await.unwrap();

    assert_eq!(*world.bank.asked.lock().unwrap(), asked + 2, "turned away with either token");
    assert_eq!(world.balance(&hanako).await, AMOUNT);
}

/// The same where the bank gives no new token for the old link either: asked in our own name, and not given up.
#[tokio::test]
async fn a_debit_whose_refresh_token_ended_too_is_still_found_out_about() {
    for is_booked in [true, false] {
        let world = World::new().await;
        let hanako = world.open("hanako").await;
        world.prove(&hanako, &World::card("hanako", 1)).await.unwrap();
        let link = world.link(&hanako).await;
        *world.bank.balance.lock().unwrap() = Yen::of(100_000);
        let id = TopupId::derive(&["t"]);
        let fault = if is_booked { Fault::LostAfter } else { Fault::LostBefore };
        world.bank.faults.lock().unwrap().push_back(fault);
        let lost = world.wallet.top_up(&world.ctx(), hanako.id, id, link, AMOUNT).await.unwrap();
        assert!(!lost.is_settled(), "{:?}", lost.state);
        let (asked, exchanged) =
            (*world.bank.asked.lock().unwrap(), *world.bank.exchanged.lock().unwrap());

        world.bank.faults.lock().unwrap().push_back(Fault::TurnedAway);
        *world.bank.refuses_codes.lock().unwrap() = Some(ErrorCode::InvalidGrant);
        world.later(60);
        world.wallet.recover(&world.ctx()).await.unwrap();

        assert!(world.bank.refuses_codes.lock().unwrap().is_none(), "a new token was asked for");
        assert_eq!(*world.bank.exchanged.lock().unwrap(), exchanged, "and not given");
        assert_eq!(*world.bank.asked.lock().unwrap(), asked + 1, "with the old token, once");
        let expected = if is_booked { AMOUNT } else { Yen::ZERO };
        assert_eq!(world.balance(&hanako).await, expected, "booked: {is_booked}");
        assert_eq!(world.bank.debited(), expected);
    }
}

#[tokio::test]
async fn a_change_of_keys_survives_a_stop_after_any_step() {
    for is_done_first in [false, true] {
        for at in 0..16 {
            let fuse = Arc::new(Fuse { left: AtomicI64::new(i64::MAX), is_done_first });
            let rows = Arc::new(Rows(MemoryRecords::default(), Arc::clone(&fuse)));
            let books = Arc::new(Books(MemoryEngine::default(), Arc::clone(&fuse)));
            let world = World::on(rows, books).await;
            let hanako = world.open("hanako").await;
            world.prove(&hanako, &World::card("hanako", 1)).await.unwrap();
            let link = world.link(&hanako).await;
            *world.bank.balance.lock().unwrap() = Yen::of(100_000);
            world.later(30 * 86_400);
            let id = TopupId::derive(&["t"]);

            fuse.left.store(at, Ordering::SeqCst);
            let _turned = world.wallet.turn_bank_keys(&world.ctx()).await;
            let _heard = world.wallet.top_up(&world.ctx(), hanako.id, id, link, AMOUNT).await;
            fuse.left.store(i64::MAX, Ordering::SeqCst);
            for _ in 0..3 {
                world.later(60);
                world.wallet.turn_bank_keys(&world.ctx()).await.unwrap();
                world.wallet.recover(&world.ctx()).await.unwrap();
            }

            let label = format!("stopped at {at}, done first {is_done_first}");
            let done = world.wallet.top_up(&world.ctx(), hanako.id, id, link, AMOUNT).await;
            assert_eq!(done.unwrap().state_name(), "posted", "{label}");
            assert_eq!(world.bank.debited(), AMOUNT, "{label}");
            assert_eq!(world.balance(&hanako).await, AMOUNT, "{label}");
        }
    }
}

/// Runs a top-up that must be signed, and stops at the write `at`; true if nothing stopped it.
async fn stop_while_signing(at: i64, is_done_first: bool) -> bool {
    let fuse = Arc::new(Fuse { left: AtomicI64::new(i64::MAX), is_done_first });
    let rows = Arc::new(Rows(MemoryRecords::default(), Arc::clone(&fuse)));
    let books = Arc::new(Books(MemoryEngine::default(), Arc::clone(&fuse)));
    let world = World::on(rows, books).await;
    let hanako = world.open("hanako").await;
    world.prove(&hanako, &World::card("hanako", 1)).await.unwrap();
    let link = world.link(&hanako).await;
    *world.bank.unsigned_max.lock().unwrap() = Some(Yen::of(1_000));
    let (id, who) = (TopupId::derive(&["t"]), (hanako.id, "ses"));

    fuse.left.store(at, Ordering::SeqCst);
    let walk = async {
        world.wallet.top_up(&world.ctx(), hanako.id, id, link, AMOUNT).await?;
        world.wallet.start_approving(&world.ctx(), who, id).await?;
        let state = world.bank.last_state();
        let query = format!("code=c&state={state}&iss=http%3A%2F%2Flocalhost%3A8081");
        world.wallet.return_from_bank(&world.ctx(), who, bank_code(), &query).await
    };
    let heard = Box::pin(walk).await;
    fuse.left.store(i64::MAX, Ordering::SeqCst);
    // Nobody comes back; the worker finishes it or gives it back within a quarter of an hour.
    for _ in 0..15 {
        world.later(60);
        world.wallet.recover(&world.ctx()).await.unwrap();
    }

    let label = format!("signing, stopped at {at}, done first {is_done_first}");
    check_books(&world, &hanako, id, &label).await;
    let incoming = world.wallet.overview(&world.ctx(), hanako.id).await.unwrap().incoming;
    assert_eq!(incoming, Yen::ZERO, "{label}: money is announced for ever");
    heard.is_ok()
}

#[tokio::test]
async fn a_top_up_that_must_be_signed_survives_a_stop_after_any_step() {
    for is_done_first in [false, true] {
        let mut at = 0;
        while !Box::pin(stop_while_signing(at, is_done_first)).await {
            at += 1;
            assert!(at < 60, "it takes fewer writes than this");
        }
        assert!(at >= 9, "the stops must have hit every write, not {at}");
    }
}

/// The bank takes a refund back only later. Wherever we stopped while we gave it up, the money is in
/// the wallet or at the bank, never in both.
#[tokio::test]
async fn a_refund_that_was_given_up_is_never_asked_for_again() {
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    for is_done_first in [false, true] {
        for at in 0..16 {
            let fuse = Arc::new(Fuse { left: AtomicI64::new(i64::MAX), is_done_first });
            let rows = Arc::new(Rows(MemoryRecords::default(), Arc::clone(&fuse)));
            let books = Arc::new(Books(MemoryEngine::default(), Arc::clone(&fuse)));
            let world = World::on(rows, books).await;
            let (hanako, link) = world.settled("hanako", 1).await;
            let topup = world.top_up(&hanako, link, "a", 5_000).await.topup_id;
            let case = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
            let what = (topup, AMOUNT);
            let wallet = &world.wallet;
            let proposed = wallet.propose_refund(&world.ctx(), (aoki, "x"), case, what).await;
            *world.bank.takes_nothing_back.lock().unwrap() = true;

            fuse.left.store(at, Ordering::SeqCst);
            let _stopped = wallet.approve(&world.ctx(), baba, proposed.unwrap()).await;
            fuse.left.store(i64::MAX, Ordering::SeqCst);
            *world.bank.takes_nothing_back.lock().unwrap() = false;
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
