//! What a thief with patience tried, and what a crash left half done.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use jiff::Timestamp;
use kanuki_bank::{
    BankError, StandardRules, debit::DebitState, desk::Scope, mandate::Mandate, replay,
};
use kanuki_desk::{
    approval::Approval,
    cap::{CODE_CAP, LEDGER_CAPS},
    outbox::Message,
};
use kanuki_domain::{
    Yen,
    id::{MandateId, StaffId},
    limits::DAY_SECS,
    mandate::MandateState,
    route::Route,
};
use kanuki_ledger::{
    Account, AccountFlags, AccountId, BalanceRow, CreateAccountResult, CreateTransferResult,
    Filter, Journal, LedgerEngine, LedgerError, Stretch, Transfer, TransferId, TransferRecord,
};
use kanuki_record::{Unit, vault::PersonKey};
use kanuki_wire::{
    debit::RefusalReason,
    set::{self, LinkStatus, SecurityEvent},
};

use crate::{
    stopping::{stop_code, stop_code_of},
    world::{ISSUER, World, account},
};

fn is_booked(state: DebitState) -> bool {
    matches!(state, DebitState::Booked { .. })
}

async fn is_suspended(world: &World, id: MandateId) -> bool {
    let mandate = world.bank.book.load::<Mandate>(id).await.unwrap();
    matches!(mandate.state, MandateState::Suspended { .. })
}

async fn release(world: &World, id: MandateId) {
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let scope = Scope::Mandate(id.to_string());
    let asked =
        world.bank.ask_open_gate(&world.ctx(), aoki, &scope, ("by phone", None)).await.unwrap();
    world.bank.decide(&world.ctx(), baba, asked, true).await.unwrap();
}

#[tokio::test]
async fn what_was_released_can_be_stopped_again() {
    let mut world = World::new().await;
    let id = world.linked().await;
    let first = world.bank.stop(&world.ctx(), &stop_code(&world).await).await.unwrap();
    release(&world, id).await;
    assert!(is_booked(world.debit(id, 1, 1_000).await.state));

    let code = stop_code_of(&world, "mandate_released").await;
    let again = world.bank.stop(&world.ctx(), &code).await.unwrap();

    assert_eq!(first, again, "the case is still open");
    assert!(is_suspended(&world, id).await);
    assert!(!is_booked(world.debit(id, 2, 1_000).await.state));
    release(&world, id).await;
    assert!(is_booked(world.debit(id, 3, 1_000).await.state));
    world.bank.stop(&world.ctx(), &code).await.unwrap();
    assert!(is_suspended(&world, id).await, "an old code stops too");
}

#[tokio::test]
async fn a_right_stop_code_works_after_any_number_of_wrong_ones() {
    let mut world = World::new().await;
    let id = world.linked().await;
    let mut refused = Ok(());
    for n in 0..40 {
        let typed = format!("AAAA-AAAA-{n:04}");
        refused = world.bank.stop(&world.ctx(), &typed).await.map(|_| ());
    }
    assert!(matches!(refused, Err(BankError::TooMany)), "{refused:?}");

    world.bank.stop(&world.ctx(), &stop_code(&world).await).await.unwrap();

    assert!(is_suspended(&world, id).await);
}

/// Says once that a chain was refused although it was made: what a driver sees whose chain came
/// a moment before capacity returned and another driver's succeeded.
struct Late {
    inner: Arc<dyn LedgerEngine>,
    is_armed: AtomicBool,
}

#[async_trait]
impl LedgerEngine for Late {
    async fn create_accounts(
        &self,
        accounts: Vec<Account>,
        now: Timestamp,
    ) -> Result<Vec<CreateAccountResult>, LedgerError> {
        self.inner.create_accounts(accounts, now).await
    }

    async fn create_transfers(
        &self,
        transfers: Vec<Transfer>,
        now: Timestamp,
    ) -> Result<Vec<CreateTransferResult>, LedgerError> {
        let is_chain = transfers.len() > 3;
        let results = self.inner.create_transfers(transfers, now).await?;
        if is_chain && self.is_armed.swap(false, Ordering::SeqCst) {
            return Ok(vec![CreateTransferResult::ExceedsCredits; results.len()]);
        }
        Ok(results)
    }

    async fn lookup_accounts(
        &self,
        ids: &[AccountId],
        now: Timestamp,
    ) -> Result<Vec<Option<Account>>, LedgerError> {
        self.inner.lookup_accounts(ids, now).await
    }

    async fn lookup_transfers(
        &self,
        ids: &[TransferId],
        now: Timestamp,
    ) -> Result<Vec<Option<TransferRecord>>, LedgerError> {
        self.inner.lookup_transfers(ids, now).await
    }

    async fn account_transfers(
        &self,
        account: AccountId,
        filter: Filter,
        now: Timestamp,
    ) -> Result<Vec<TransferRecord>, LedgerError> {
        self.inner.account_transfers(account, filter, now).await
    }

    async fn account_balances(
        &self,
        account: AccountId,
        filter: Filter,
        now: Timestamp,
    ) -> Result<Vec<BalanceRow>, LedgerError> {
        self.inner.account_balances(account, filter, now).await
    }

    async fn journal(&self, stretch: Stretch, now: Timestamp) -> Result<Journal, LedgerError> {
        self.inner.journal(stretch, now).await
    }
}

#[tokio::test]
async fn a_debit_that_moved_is_never_called_refused() {
    let mut world = World::new().await;
    let id = world.linked().await;
    let inner = world.bank.ledger.clone();
    world.bank.ledger = Arc::new(Late { inner, is_armed: AtomicBool::new(true) });

    let debit = world.debit(id, 1, 5_000).await;

    assert!(is_booked(debit.state), "{:?}", debit.state);
    assert_eq!(world.core.balance("9000001"), 495_000);
}

#[tokio::test]
async fn a_cap_whose_opening_was_cut_short_is_opened() {
    let mut world = World::new().await;
    let id = world.linked().await;
    let mandate = world.bank.book.load::<Mandate>(id).await.unwrap();
    assert!(is_booked(world.debit(id, 1, 1_000).await.state), "the source exists");
    world.bank.rules =
        Arc::new(StandardRules::default().tightened(Yen::of(9_000), Yen::of(90_000)));
    for cap in world.bank.rules.caps(&mandate, world.now) {
        let empty =
            Account::new(cap.account_id(), LEDGER_CAPS, CODE_CAP, AccountFlags::NO_OVERDRAFT);
        world.bank.ledger.create_accounts(vec![empty], world.now).await.unwrap();
    }

    assert!(is_booked(world.debit(id, 2, 1_000).await.state));
}

#[tokio::test]
async fn a_tightened_cap_holds_for_accounts_that_were_debited_before() {
    let mut world = World::new().await;
    let id = world.linked().await;
    world.wait(DAY_SECS);
    assert!(is_booked(world.debit(id, 1, 1_000).await.state));
    let tightened = StandardRules::default().tightened(Yen::of(10_000), Yen::of(100_000));
    world.bank.rules = Arc::new(tightened);

    let over = world.debit(id, 2, 10_001).await.state;

    assert!(matches!(over, DebitState::Refused { reason: RefusalReason::OverLimit, .. }));
    assert!(is_booked(world.debit(id, 3, 10_000).await.state));
}

/// What a stranger sees who types wrong codes for `number` in three browsers.
async fn guess(world: &World, number: &str) -> Vec<String> {
    let mut seen = Vec::new();
    for browser in ["one", "two", "three"] {
        let ctx = world.ctx();
        let started = world.bank.start_enrolment(&ctx, &account(number), Route::Atm, browser).await;
        let (id, _) = started.unwrap();
        for _ in 0..6 {
            let refused = world.bank.enter_code(&ctx, id, browser, "0000000000").await;
            seen.push(format!("{:?}", refused.unwrap_err()));
        }
    }
    seen
}

#[tokio::test]
async fn guessing_codes_tells_nothing_and_locks_nobody_out() {
    let (world, other) = (World::new().await, World::new().await);

    let known = guess(&world, "9000001").await;
    assert_eq!(known, guess(&other, "9999999").await, "an account that does not exist");
    assert!(known.iter().any(|refusal| refusal == "TooMany"));

    let ctx = world.ctx();
    let started = world.bank.start_enrolment(&ctx, &account("9000001"), Route::Atm, "hers").await;
    let (id, reference) = started.unwrap();
    let code = world.bank.atm_code(&ctx, &account("9000001"), &reference).await.unwrap().unwrap();
    world.bank.enter_code(&ctx, id, "hers", &code).await.unwrap();
    world.bank.start_registration(&ctx, id, "hers").await.unwrap();
}

/// The second person agrees, and the process dies before anything was opened.
async fn agree_and_crash(world: &World, scope: &Scope) {
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let asked =
        world.bank.ask_open_gate(&world.ctx(), aoki, scope, ("by phone", None)).await.unwrap();
    let mut approval = world.bank.book.load::<Approval>(asked).await.unwrap();
    approval.edit().approve(baba, world.now).unwrap();
    let mut unit = Unit::new();
    unit.update(&approval);
    world.bank.book.commit(unit).await.unwrap();
}

#[tokio::test]
async fn an_opening_cut_short_by_a_crash_is_finished_once() {
    let mut world = World::new().await;
    let id = world.linked().await;
    world.bank.stop(&world.ctx(), &stop_code(&world).await).await.unwrap();
    world.wait(60);
    agree_and_crash(&world, &Scope::Mandate(id.to_string())).await;

    assert_eq!(world.bank.finish_openings(&world.ctx()).await.unwrap(), 1);
    assert!(is_booked(world.debit(id, 1, 1_000).await.state));

    world.wait(60);
    world.bank.stop(&world.ctx(), &stop_code(&world).await).await.unwrap();
    assert_eq!(world.bank.finish_openings(&world.ctx()).await.unwrap(), 0);
    assert!(is_suspended(&world, id).await, "an old agreement ends no later stop");
}

#[tokio::test]
async fn an_agreement_never_opens_what_was_closed_after_it_was_asked_for() {
    let mut world = World::new().await;
    let id = world.linked().await;
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let (scope, ctx) = (Scope::Mandate(id.to_string()), world.ctx());
    let asked = world.bank.ask_open_gate(&ctx, aoki, &scope, ("drill", None)).await.unwrap();
    world.bank.close_gate(&ctx, aoki, &scope, "an attack").await.unwrap();

    assert!(world.bank.decide(&ctx, baba, asked, true).await.is_err());
    assert!(world.bank.is_gate_closed(&ctx, &scope).await.unwrap());
}

#[tokio::test]
async fn everything_that_was_used_long_ago_is_forgotten() {
    let mut world = World::new().await;
    for n in 0..1_001 {
        let (book, ctx) = (&world.bank.book, world.ctx());
        assert!(replay::first_use(book, &ctx, "dpop", "c", &n.to_string()).await.unwrap());
        if n == 0 {
            world.wait(5 * DAY_SECS);
        }
    }
    world.wait(4 * DAY_SECS);
    let (book, now) = (&world.bank.book, world.now);

    let swept = replay::sweep(book, now).await.unwrap();

    assert!(swept >= 1_001, "{swept}");
    assert!(!replay::was_used(book, "dpop", "c", "0").await.unwrap());
}

#[tokio::test]
async fn an_event_told_again_after_a_release_stops_nothing() {
    let mut world = World::new().await;
    let id = world.linked().await;
    let told = SecurityEvent {
        jti: "event-1".to_owned(),
        txn: None,
        subject: "ref-1".to_owned(),
        issued_at: world.now,
        event: set::Event::LinkStatusChanged {
            mandate_id: id,
            status: LinkStatus::Suspended,
            reason: "holder".to_owned(),
        },
    };
    let token = set::make(&world.set_key, "http://localhost:8080", ISSUER, &told).unwrap();
    world.bank.receive_event(&world.ctx(), &token).await.unwrap();
    assert!(is_suspended(&world, id).await);
    release(&world, id).await;

    world.bank.receive_event(&world.ctx(), &token).await.unwrap();

    assert!(!is_suspended(&world, id).await);
}

#[tokio::test]
async fn a_crowd_of_newer_messages_starves_no_old_one() {
    let mut world = World::new().await;
    world.linked().await;
    let due = world.bank.due_messages(&world.ctx()).await.unwrap();
    let oldest = due.first().unwrap().message_id;
    let person_id = world.bank.book.load::<Message>(oldest).await.unwrap().person_id.clone();
    let key = world.bank.book.load::<PersonKey>(person_id).await.unwrap();
    world.wait(60);
    let (contact, content) = (&due[0].contact, &due[0].content);
    let mut unit = Unit::new();
    for _ in 0..1_500 {
        let (vault, ctx) = (&world.bank.vault, world.ctx());
        unit.insert(&Message::compose(vault, &ctx, &key, contact, content).unwrap());
    }
    world.bank.book.commit(unit).await.unwrap();

    let crowded = world.bank.due_messages(&world.ctx()).await.unwrap();

    assert_eq!(crowded.first().unwrap().message_id, oldest);
    let distinct: std::collections::BTreeSet<_> =
        crowded.iter().map(|message| message.message_id.to_string()).collect();
    assert_eq!(distinct.len(), crowded.len(), "nobody is written to twice");
    assert!(crowded.len() > 1_500);
}
