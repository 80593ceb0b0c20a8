//! How whoever has the telephone tries to be rid of a hold, and what happens to held money when its
//! owner is heard of.

use std::sync::Arc;

use async_trait::async_trait;
use kanuki_desk::{policy::Refused, watch};
use kanuki_domain::{
    Yen,
    id::{LinkId, PayoutId, RemittanceId, StaffId},
};
use kanuki_ledger::MemoryEngine;
use kanuki_record::{
    AuditEntry, MemoryRecords, Order, RecordError, Records, Row, SealedEntry, Table, Write,
};
use kanuki_risk::{Engine, Key, Policy};
use kanuki_wallet::{
    Wallet,
    payout::Payout,
    proof::Given,
    remittance::{Remittance, Sending},
};

use crate::{
    held::{full, send},
    world::{ORIGIN, Person, World},
};

const DAY: i64 = 86_400;

/// A remittance as its page shows it, and the answer of the passkey to that page.
async fn started(world: &World, (from, to): (&Person, &Person), yen: u32) -> (Sending, String) {
    let ctx = world.ctx();
    let request = world.wallet.make_request(&ctx, to.id, None, "").await.unwrap();
    let asked = (Some(Yen::of(yen)), "");
    let started = world.wallet.start_sending(&ctx, from.id, request.request_id, asked).await;
    let (sending, options) = started.unwrap();
    let response = from.phone.clone().get(&options.unwrap(), ORIGIN).unwrap();
    (sending, response)
}

async fn pressed(
    world: &World,
    from: &Person,
    key: &str,
    (sending, response): &(Sending, String),
) -> Remittance {
    let (id, given) = (RemittanceId::derive(&[key]), Given::Passkey(response));
    world.wallet.send(&world.ctx(), from.id, id, sending, &given).await.unwrap()
}

async fn pay_out(world: &World, (from, link): (&Person, LinkId), key: &str, yen: u32) -> Payout {
    let ctx = world.ctx();
    let started = world.wallet.start_paying_out(&ctx, from.id, link, Yen::of(yen)).await;
    let (paying, options) = started.unwrap();
    let response = from.phone.clone().get(&options.unwrap(), ORIGIN).unwrap();
    let (id, given) = (PayoutId::derive(&[key]), Given::Passkey(&response));
    world.wallet.pay_out(&ctx, from.id, id, &paying, &given).await.unwrap()
}

/// coached-victim, SG-04: ¥1 makes nobody known, a minute or a day later.
#[tokio::test]
async fn one_yen_first_makes_no_payee_known() {
    let (world, hanako, _, ichiro) = full().await;
    assert_eq!(send(&world, (&hanako, &ichiro), "one yen", 1).await.state_name(), "posted");

    world.later(60);
    let at_once = send(&world, (&hanako, &ichiro), "at once", 80_000).await;
    assert_eq!(at_once.state_name(), "held");
    world.wallet.cancel_remittance(&world.ctx(), hanako.id, at_once.remittance_id).await.unwrap();
    world.later(6 * DAY);
    assert_eq!(send(&world, (&hanako, &ichiro), "a day", 80_000).await.state_name(), "held");
    assert_eq!(world.balance(&ichiro).await, Yen::of(1));
}

/// What the page promised, and the passkey signed for, is kept, whatever came in between.
#[tokio::test]
async fn a_hold_that_was_shown_is_kept_though_the_wallet_is_fuller_now() {
    let (world, hanako, link, ichiro) = full().await;
    let page = started(&world, (&hanako, &ichiro), 80_000).await;
    assert_eq!(page.0.hold_secs, DAY);
    assert_eq!(world.top_up(&hanako, link, "more", 50_000).await.state_name(), "posted");
    let other = started(&world, (&hanako, &ichiro), 80_000).await;
    assert_eq!(other.0.hold_secs, 3_600, "less than half by now, and passed on at once");

    let sent = pressed(&world, &hanako, "shown", &page).await;
    assert_eq!((sent.state_name(), sent.hold_secs), ("held", DAY));
}

/// Records in which everybody comes in between: each call lets all others go first.
#[derive(Debug)]
struct Busy(MemoryRecords);

#[async_trait]
impl Records for Busy {
    async fn fetch(&self, table: &'static Table, id: &str) -> Result<Option<Row>, RecordError> {
        tokio::task::yield_now().await;
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
        tokio::task::yield_now().await;
        self.0.select(table, key, value, order, limit).await
    }

    async fn select_after(
        &self,
        table: &'static Table,
        named: (&'static str, &str),
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        tokio::task::yield_now().await;
        self.0.select_after(table, named, after, limit).await
    }

    async fn scan(
        &self,
        table: &'static Table,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Row>, RecordError> {
        tokio::task::yield_now().await;
        self.0.scan(table, after, limit).await
    }

    async fn commit(&self, writes: Vec<Write>, audit: Vec<AuditEntry>) -> Result<(), RecordError> {
        tokio::task::yield_now().await;
        self.0.commit(writes, audit).await
    }

    async fn audit_log(&self, after: i64, limit: usize) -> Result<Vec<SealedEntry>, RecordError> {
        tokio::task::yield_now().await;
        self.0.audit_log(after, limit).await
    }
}

/// SG-04: several at once are no smaller than one after another.
#[tokio::test]
async fn sends_that_are_pressed_at_once_are_judged_one_after_another() {
    let rows = Arc::new(Busy(MemoryRecords::default()));
    let world = World::on(rows, Arc::new(MemoryEngine::default())).await;
    let (hanako, link) = world.settled("hanako", 1).await;
    for key in ["a", "b", "c"] {
        world.top_up(&hanako, link, key, 50_000).await;
    }
    let ichiro = world.open("ichiro").await;
    world.later(7_200);
    let mut pages = Vec::new();
    for _ in 0..3 {
        pages.push(started(&world, (&hanako, &ichiro), 40_000).await);
    }
    assert!(pages.iter().all(|(sending, _)| sending.hold_secs == 0), "each alone is small");

    let [a, b, c] = [&pages[0], &pages[1], &pages[2]];
    let sent = tokio::join!(
        pressed(&world, &hanako, "at once 0", a),
        pressed(&world, &hanako, "at once 1", b),
        pressed(&world, &hanako, "at once 2", c),
    );

    let mut states = [sent.0.state_name(), sent.1.state_name(), sent.2.state_name()];
    states.sort_unstable();
    assert_eq!(states, ["held", "held", "posted"]);
    assert_eq!(world.balance(&ichiro).await, Yen::of(40_000));
    assert_eq!(world.balance(&hanako).await, Yen::of(30_000));
}

/// FT-22, mule-fan-in: a payee who is found out during the hold gets nothing when it is over.
#[tokio::test]
async fn money_for_somebody_who_is_watched_since_waits_until_two_people_let_them_go() {
    let (world, hanako, _, ichiro) = full().await;
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let held = send(&world, (&hanako, &ichiro), "drain", 80_000).await;
    let payee = world.wallet.customer(ichiro.id).await.unwrap().wallet_id;
    let key = Key::Payee(payee.to_string());
    watch::add(&world.wallet.book, &world.ctx(), aoki, &world.wallet.risk, (&key, "a mule"))
        .await
        .unwrap();

    for _ in 0..3 {
        world.later(DAY);
        world.wallet.recover(&world.ctx()).await.unwrap();
        assert_eq!(world.balance(&ichiro).await, Yen::ZERO);
    }
    let still = world.wallet.remittance_of(hanako.id, held.remittance_id).await.unwrap();
    assert_eq!(still.state_name(), "held", "its sender can take it back");

    let name = format!("watched_payees|{payee}");
    let ctx = world.ctx();
    let asked = watch::ask_end(&world.wallet.book, &ctx, aoki, (&name, "mistaken")).await.unwrap();
    world.wallet.approve(&ctx, baba, asked).await.unwrap();
    world.wallet.recover(&ctx).await.unwrap();
    assert_eq!(world.balance(&ichiro).await, Yen::of(80_000));
}

/// The same for money by link, which anybody could claim.
#[tokio::test]
async fn somebody_who_is_watched_claims_nothing() {
    let (world, hanako, _, ichiro) = full().await;
    let ctx = world.ctx();
    let started = world.wallet.start_sending_by_link(&ctx, hanako.id, Yen::of(1_000), "").await;
    let (sending, options) = started.unwrap();
    let response = hanako.phone.clone().get(&options.unwrap(), ORIGIN).unwrap();
    let sent = pressed(&world, &hanako, "link", &(sending, response)).await;
    let code = world.wallet.claim_code(hanako.id, sent.remittance_id).await.unwrap();
    let payee = world.wallet.customer(ichiro.id).await.unwrap().wallet_id;
    let key = Key::Payee(payee.to_string());
    let aoki = StaffId::derive(&["aoki"]);
    watch::add(&world.wallet.book, &ctx, aoki, &world.wallet.risk, (&key, "a mule")).await.unwrap();

    assert!(world.wallet.claim(&ctx, ichiro.id, code.expose()).await.is_err());

    assert_eq!(world.balance(&ichiro).await, Yen::ZERO);
    let jiro = world.open("jiro").await;
    world.wallet.claim(&ctx, jiro.id, code.expose()).await.unwrap();
    assert_eq!(world.balance(&jiro).await, Yen::of(1_000));
}

/// The same for money that waits on its way to the bank.
#[tokio::test]
async fn a_payout_of_somebody_who_is_watched_since_waits_on() {
    let (world, hanako, link, ichiro) = full().await;
    let aoki = StaffId::derive(&["aoki"]);
    let before = world.clearing().await;
    assert_eq!(send(&world, (&hanako, &ichiro), "small", 30_000).await.state_name(), "posted");
    let held = pay_out(&world, (&hanako, link), "out", 50_000).await;
    assert_eq!(held.state_name(), "held");
    let key = Key::Wallet(held.wallet_id.to_string());
    watch::add(&world.wallet.book, &world.ctx(), aoki, &world.wallet.risk, (&key, "a mule"))
        .await
        .unwrap();

    world.later(2 * DAY);
    world.wallet.recover(&world.ctx()).await.unwrap();

    let still = world.wallet.payout_of(hanako.id, held.payout_id).await.unwrap();
    assert_eq!(still.state_name(), "held");
    assert_eq!(world.clearing().await, before);
}

async fn unfreeze(world: &World, hanako: &mut Person) {
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let ctx = world.ctx();
    let (options, state) = world.wallet.start_proving(&ctx, hanako.id).await.unwrap();
    let response = hanako.phone.get(&options, ORIGIN).unwrap();
    let case = world.wallet.ask_unfreeze(&ctx, hanako.id, (&response, &state)).await.unwrap();
    let approval = world.wallet.propose_unfreeze(&ctx, aoki, case, "called back").await.unwrap();
    world.later(2 * DAY);
    world.wallet.recover(&world.ctx()).await.unwrap();
    world.wallet.approve(&world.ctx(), baba, approval).await.unwrap();
}

/// "It wasn't me" during the hold: the money is its owner's again, and no later round pays the thief.
#[tokio::test]
async fn what_was_held_before_a_freeze_goes_back_when_the_wallet_goes_on() {
    let (world, mut hanako, link, ichiro) = full().await;
    let held = send(&world, (&hanako, &ichiro), "drain", 80_000).await;
    let out = pay_out(&world, (&hanako, link), "out", 20_000).await;
    assert_eq!((held.state_name(), out.state_name()), ("held", "held"));
    let ctx = world.ctx();
    let by_link = world.wallet.start_sending_by_link(&ctx, hanako.id, Yen::of(1_000), "").await;
    let (sending, options) = by_link.unwrap();
    let response = hanako.phone.clone().get(&options.unwrap(), ORIGIN).unwrap();
    pressed(&world, &hanako, "link", &(sending, response)).await;
    let clearing = world.clearing().await;
    world.wallet.freeze(&ctx, hanako.id).await.unwrap();

    unfreeze(&world, &mut hanako).await;

    for _ in 0..3 {
        world.later(DAY);
        world.wallet.recover(&world.ctx()).await.unwrap();
    }
    assert_eq!(world.balance(&ichiro).await, Yen::ZERO);
    assert_eq!(world.balance(&hanako).await, Yen::of(150_000));
    assert_eq!(world.clearing().await, clearing);
    let held = world.wallet.remittance_of(hanako.id, held.remittance_id).await.unwrap();
    let out = world.wallet.payout_of(hanako.id, out.payout_id).await.unwrap();
    assert_eq!((held.state_name(), out.state_name()), ("cancelled", "cancelled"));
    let told = world.mail(&hanako).await.0;
    assert!(told.contains(&"sent_back".to_owned()), "{told:?}");
    assert!(told.contains(&"payout_cancelled".to_owned()), "{told:?}");
    let again = send(&world, (&hanako, &ichiro), "their own", 1_000).await;
    assert_eq!(again.state_name(), "posted", "its owner goes on");
}

/// FT-22: two texts whose names are one cannot be exchanged after the first was read.
#[tokio::test]
async fn a_text_with_the_name_of_another_cannot_be_proposed() {
    let (world, ..) = full().await;
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let ctx = world.ctx();
    let text = |yen: u64| {
        format!(
            "policy \"wallet\" version \"t\"\nbaseline approve\n\
            rule r on remittance when amount > ¥{yen} then decline as r\n"
        )
    };
    let (one, other) = (text(15_075_770), text(23_762_307));
    let named = |text: &str| Policy::parse(text).unwrap().version().to_owned();
    assert_eq!(named(&one), named(&other), "found by trying");

    let record = Some(crate::loosening::record(&world));
    let asked = world.wallet.propose_policy(&ctx, aoki, (&one, "x"), record.clone()).await.unwrap();
    world.wallet.decline(&ctx, baba, asked).await.unwrap();
    let exchanged = world.wallet.propose_policy(&ctx, aoki, (&other, "x"), record.clone()).await;
    assert!(matches!(exchanged, Err(Refused::SameName)), "{exchanged:?}");
    let asked = world.wallet.propose_policy(&ctx, aoki, (&one, "x"), record.clone()).await.unwrap();
    world.wallet.approve(&ctx, baba, asked).await.unwrap();
    let beside = world.wallet.propose_policy(&ctx, aoki, (&other, "x"), record.clone()).await;
    assert!(matches!(beside, Err(Refused::SameName)), "{beside:?}");

    // A node that runs the other text under this name loads the one that was agreed to.
    let engine = Arc::new(Engine::new(Policy::parse(&other).unwrap()));
    let node = Wallet { risk: engine, ..world.wallet.clone() };
    assert!(node.refresh_policy().await.unwrap());
    assert_eq!(node.risk.policy().digest(), Policy::digest_of(&one));
}
