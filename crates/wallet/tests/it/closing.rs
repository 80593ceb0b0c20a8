//! A wallet's end: asked for, waited for, taken back, stopped, and what is left of it.

use kanuki_desk::{
    DeskError,
    case::{Case, CaseKind},
    gate::Gate,
    screening,
};
use kanuki_domain::{
    Yen,
    connector::Protocol,
    id::{CaseId, CustomerId, LinkId, PayoutId, RemittanceId, StaffId, TopupId},
    limits::{CLOSE_STUCK_SECS, CLOSE_WAIT_SECS, DAY_SECS},
};
use kanuki_record::Unit;
use kanuki_wallet::{
    PartnerBank, WalletError, chart,
    close::{OpenEnd, Step},
    desk::Switch,
    freeze::End,
    link::{Link, terms},
    payout::PayoutState,
    proof::Given,
    remittance::RemittanceState,
};
use kanuki_wire::set::{self, Event, LinkStatus, SecurityEvent};

use crate::{
    bank::Fault,
    held::send,
    world::{BANK_ISSUER, ORIGIN, Person, WALLET_ISSUER, World, bank_code},
};

/// Signs that the wallet is to be closed.
pub(crate) async fn close(world: &World, person: &Person) -> Result<(), WalletError> {
    let ctx = world.ctx();
    let (asking, options) = world.wallet.start_closing(&ctx, person.id).await?;
    let response = person.phone.clone().get(&options.unwrap(), ORIGIN).unwrap();
    world.wallet.close(&ctx, person.id, &asking, &Given::Passkey(&response)).await
}

async fn keep(world: &World, person: &Person) -> Result<(), WalletError> {
    let ctx = world.ctx();
    let (asking, options) = world.wallet.start_keeping(&ctx, person.id).await?;
    let response = person.phone.clone().get(&options.unwrap(), ORIGIN).unwrap();
    world.wallet.keep(&ctx, person.id, &asking, &Given::Passkey(&response)).await
}

pub(crate) async fn pay_out(
    world: &World,
    person: &Person,
    link: LinkId,
    key: &str,
    yen: u32,
) -> PayoutState {
    let ctx = world.ctx();
    let started = world.wallet.start_paying_out(&ctx, person.id, link, Yen::of(yen)).await;
    let (paying, options) = started.unwrap();
    let response = person.phone.clone().get(&options.unwrap(), ORIGIN).unwrap();
    let (id, given) = (PayoutId::derive(&[key]), Given::Passkey(&response));
    world.wallet.pay_out(&ctx, person.id, id, &paying, &given).await.unwrap().state
}

/// What the worker of the server does, once.
async fn round(world: &World) {
    world.wallet.recover(&world.ctx()).await.unwrap();
    world.send_events().await;
    for id in world.wallet.closings().await.unwrap() {
        if world.wallet.drive_closing(&world.ctx(), id).await.unwrap() == Step::Ready {
            world.wallet.finish_closing(&world.ctx(), id).await.unwrap();
        }
    }
}

/// Rounds, an hour apart.
pub(crate) async fn rounds(world: &World, most: usize) {
    for _ in 0..most {
        round(world).await;
        world.later(3_600);
    }
}

pub(crate) async fn name(world: &World, id: CustomerId) -> &'static str {
    world.wallet.customer(id).await.unwrap().closure.name()
}

async fn ends(world: &World, person: &Person) -> Vec<&'static str> {
    let customer = world.wallet.customer(person.id).await.unwrap();
    let ends = world.wallet.open_ends(&world.ctx(), &customer).await.unwrap();
    ends.into_iter().map(OpenEnd::name).collect()
}

pub(crate) async fn cannot_sign_in(world: &World, person: &Person) {
    assert!(world.wallet.passkeys(person.id).await.unwrap().is_empty());
    let (options, signing) = world.wallet.start_sign_in(&world.ctx()).unwrap();
    let response = person.phone.clone().get(&options, ORIGIN).unwrap();
    let browser = kanuki_wallet::Browser { device_hash: "d", is_new: false };
    let done = world.wallet.finish_sign_in(&world.ctx(), &response, &signing, browser).await;
    assert!(matches!(done, Err(WalletError::NotAccepted)), "{done:?}");
}

#[tokio::test]
async fn money_leaves_by_payout_then_the_wallet_waits_ends_its_links_and_is_closed() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    world.top_up(&hanako, link, "a", 5_000).await;
    let mandate = world.wallet.link_of(hanako.id, link).await.unwrap().grant_id.unwrap();
    close(&world, &hanako).await.unwrap();
    assert!(world.mail(&hanako).await.0.contains(&"closing_asked".to_owned()));
    assert_eq!(ends(&world, &hanako).await, ["balance"]);

    // Nothing comes in, and nothing goes but home.
    let ctx = world.ctx();
    let id = TopupId::derive(&["b"]);
    let topup = world.wallet.top_up(&ctx, hanako.id, id, link, Yen::of(1)).await;
    assert!(matches!(topup, Err(WalletError::Closing)), "{topup:?}");
    let by_link = world.wallet.start_sending_by_link(&ctx, hanako.id, Yen::of(1), "").await;
    assert!(matches!(by_link, Err(WalletError::Closing)));
    let asks = world.wallet.make_request(&ctx, hanako.id, None, "").await;
    assert!(matches!(asks, Err(WalletError::Closing)));
    let wanted = terms(ctx.now, Yen::of(50_000), Yen::of(300_000)).unwrap();
    let who = (hanako.id, "ses");
    let links = world.wallet.start_linking(&ctx, who, bank_code(), wanted, (true, None)).await;
    assert!(matches!(links, Err(WalletError::Closing)));

    let state = pay_out(&world, &hanako, link, "p", 5_000).await;
    assert!(matches!(state, PayoutState::Posted { .. }), "{state:?}");
    world.later(CLOSE_WAIT_SECS - 1);
    round(&world).await;
    assert_eq!(name(&world, hanako.id).await, "closing", "not a second early");
    world.later(1);
    rounds(&world, 2).await;

    let customer = world.wallet.customer(hanako.id).await.unwrap();
    assert_eq!(customer.closure.name(), "closed");
    assert_eq!(world.bank.credited(), Yen::of(5_000), "books balance");
    assert_eq!(world.clearing().await, Yen::ZERO);
    assert_eq!(*world.bank.ended.lock().unwrap(), [mandate], "once");
    assert!(world.wallet.live_links(hanako.id).await.unwrap().is_empty());
    assert!(world.mail(&hanako).await.0.contains(&"wallet_closed".to_owned()));
    cannot_sign_in(&world, &hanako).await;
    let gate = Gate::of("wallet", customer.wallet_id);
    assert!(gate.is_closed(&*world.wallet.ledger, world.ctx().now).await.unwrap());
    // Who asks to get back in reads what everybody reads, and no card opens it.
    world.wallet.request_recovery(&world.ctx(), "hanako@example.jp").await.unwrap();
    world.wallet.drive_recovery_asks(&world.ctx()).await.unwrap();
    assert!(world.wallet.waiting_recoveries(&world.ctx(), hanako.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn who_has_money_and_no_account_for_it_is_told_before_and_not_after() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    world.top_up(&hanako, link, "a", 5_000).await;
    world.wallet.unlink(&world.ctx(), hanako.id, link).await.unwrap();

    let refused = close(&world, &hanako).await;

    assert!(matches!(refused, Err(WalletError::NoAccount)), "{refused:?}");
    assert_eq!(name(&world, hanako.id).await, "open");
    // An empty wallet needs no account.
    let ichiro = world.open("ichiro").await;
    close(&world, &ichiro).await.unwrap();
    world.later(CLOSE_WAIT_SECS);
    round(&world).await;
    assert_eq!(name(&world, ichiro.id).await, "closed");
}

/// A bank of plain OAuth takes no payouts: whoever leaves signs for it, and two of our people say that they
/// transferred it, or that it goes back.
#[tokio::test]
async fn money_whose_only_account_takes_none_is_paid_by_people_and_booked_once() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    world.top_up(&hanako, link, "a", 5_000).await;
    let mut row = world.wallet.book.load::<Link>(link).await.unwrap();
    row.edit().takes_payouts = false;
    let mut unit = Unit::new();
    unit.update(&row);
    world.wallet.book.commit(unit).await.unwrap();
    let (wallet, ctx) = (&world.wallet, world.ctx());
    let open = wallet.start_paying_out(&ctx, hanako.id, link, Yen::of(1_000)).await;
    assert!(matches!(open, Err(WalletError::Stopped)), "only whoever leaves: {open:?}");
    close(&world, &hanako).await.unwrap();

    let [aoki, baba] = ["aoki", "baba"].map(|name| StaffId::derive(&[name]));
    for (key, yen, is_paid) in [("p", 2_000, false), ("q", 5_000, true)] {
        let state = pay_out(&world, &hanako, link, key, yen).await;
        let PayoutState::ByHand { case_id } = state else { panic!("{state:?}") };
        assert_eq!(ends(&world, &hanako).await, ["balance", "payout", "checking"]);
        let closed = wallet.close_case(&world.ctx(), aoki, case_id, "終わり").await;
        assert!(
            matches!(closed, Err(WalletError::NotAvailable)),
            "not before the money: {closed:?}"
        );
        let id = PayoutId::derive(&[key]);
        let payout = wallet.payout_by_id(id).await.unwrap().unwrap();
        assert!(!wallet.is_payout_stopped(&world.ctx(), &payout).await.unwrap());
        let (gate, now) = (screening::gate(payout.wallet_id), world.ctx().now);
        gate.close(&*wallet.ledger, now).await.unwrap();
        assert!(wallet.is_payout_stopped(&world.ctx(), &payout).await.unwrap());
        // What left nevertheless has left, and what did not goes back.
        let about = (case_id, is_paid);
        let asked = wallet.ask_by_hand(&world.ctx(), aoki, about, "振込 12").await.unwrap();
        let alone = wallet.approve(&world.ctx(), aoki, asked).await;
        assert!(matches!(alone, Err(WalletError::Desk(DeskError::SamePerson))), "{alone:?}");
        wallet.approve(&world.ctx(), baba, asked).await.unwrap();
        let payout = wallet.payout_of(hanako.id, id).await.unwrap();
        assert_eq!(matches!(payout.state, PayoutState::Posted { .. }), is_paid, "{payout:?}");
        gate.open(&*wallet.ledger, now).await.unwrap();
        let left = if is_paid { Yen::ZERO } else { Yen::of(5_000) };
        assert_eq!(world.balance(&hanako).await, left);
        assert!(wallet.approve(&world.ctx(), baba, asked).await.is_err(), "once");
    }
    assert_eq!(world.bank.credited(), Yen::ZERO, "no bank was asked");
    let account =
        async |id| wallet.ledger.find_account(id, world.ctx().now).await.unwrap().unwrap();
    assert_eq!(account(chart::safeguarded()).await.credits_posted, Yen::of(5_000));
    let owed = account(chart::bank_clearing(bank_code())).await;
    assert_eq!(owed.debits_posted, Yen::of(5_000), "and the bank owes what it took");
    assert_eq!(owed.credits_posted, Yen::ZERO);
    world.later(CLOSE_WAIT_SECS);
    rounds(&world, 2).await;
    assert_eq!(name(&world, hanako.id).await, "closed");
}

#[tokio::test]
async fn it_is_taken_back_with_a_passkey_and_everything_goes_on() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    close(&world, &hanako).await.unwrap();
    close(&world, &hanako).await.unwrap_err();
    let ctx = world.ctx();
    let (asking, _) = world.wallet.start_keeping(&ctx, hanako.id).await.unwrap();
    let pressed = world.wallet.keep(&ctx, hanako.id, &asking, &Given::Nothing).await;
    assert!(matches!(pressed, Err(WalletError::NotAccepted)), "a press is no proof");

    keep(&world, &hanako).await.unwrap();

    world.later(CLOSE_WAIT_SECS);
    rounds(&world, 2).await;
    assert_eq!(name(&world, hanako.id).await, "open");
    world.top_up(&hanako, link, "a", 5_000).await;
    assert_eq!(world.balance(&hanako).await, Yen::of(5_000));
    assert!(world.mail(&hanako).await.0.contains(&"closing_taken_back".to_owned()));
}

/// The signature over one asking is worth nothing for the other, nor for another's wallet.
#[tokio::test]
async fn only_exactly_this_is_signed() {
    let world = World::new().await;
    let (hanako, ichiro) = (world.open("hanako").await, world.open("ichiro").await);
    let ctx = world.ctx();
    let (asking, options) = world.wallet.start_closing(&ctx, hanako.id).await.unwrap();
    let response = hanako.phone.clone().get(&options.unwrap(), ORIGIN).unwrap();
    let given = Given::Passkey(&response);

    let others = world.wallet.close(&ctx, ichiro.id, &asking, &given).await;
    assert!(matches!(others, Err(WalletError::NotAccepted)));
    close(&world, &hanako).await.unwrap();
    let wrong = world.wallet.keep(&ctx, hanako.id, &asking, &given).await;
    assert!(matches!(wrong, Err(WalletError::NotAccepted)));
    assert_eq!(name(&world, hanako.id).await, "closing");
}

/// A thief with the telephone closes the wallet; its owner types the code from the notice.
#[tokio::test]
async fn a_stop_code_ends_the_closing_and_freezes_the_wallet() {
    for is_ending in [false, true] {
        let world = World::new().await;
        let (hanako, link) = world.settled("hanako", 1).await;
        close(&world, &hanako).await.unwrap();
        let (_, code) = world.mail(&hanako).await;
        if is_ending {
            world.later(CLOSE_WAIT_SECS);
            make_oauth(&world).await;
            *world.bank.ends_nothing.lock().unwrap() = true;
            round(&world).await;
            assert_eq!(name(&world, hanako.id).await, "ending");
            assert!(matches!(keep(&world, &hanako).await, Err(WalletError::NotAvailable)));
        }
        let preview = world.wallet.preview_stop(&world.ctx(), &code).await.unwrap();
        assert_eq!(preview.end, End::Closing);

        world.wallet.stop(&world.ctx(), &code).await.unwrap();

        *world.bank.ends_nothing.lock().unwrap() = false;
        world.later(2 * CLOSE_WAIT_SECS);
        rounds(&world, 2).await;
        let customer = world.wallet.customer(hanako.id).await.unwrap();
        assert!(customer.frozen.is_some() && customer.closure.is_open(), "{is_ending}");
        let gate = Gate::of("wallet", customer.wallet_id);
        assert!(gate.is_closed(&*world.wallet.ledger, world.ctx().now).await.unwrap());
        let told = alarms(&world, customer.frozen.as_ref().unwrap().case_id).await;
        assert_eq!(told, usize::from(!is_ending), "a bank of plain OAuth hears no events");
        let case = customer.frozen.as_ref().unwrap().case_id;
        let case = world.wallet.book.load::<Case>(case).await.unwrap();
        let to_call = case.steps.iter().filter(|step| step.text.starts_with("=bank_to_call|"));
        assert_eq!(to_call.count(), usize::from(is_ending));
        let alive = world.wallet.link_of(hanako.id, link).await.unwrap().is_alive();
        assert_eq!(alive, !is_ending, "what had ended stays so");
        assert!(matches!(close(&world, &hanako).await, Err(WalletError::Stopped)));
    }
}

/// How often the bank was told of a stopped link under the number of this case.
pub(crate) async fn alarms(world: &World, case_id: CaseId) -> usize {
    world.send_events().await;
    let tokens = world.bank.told.lock().unwrap().clone();
    let (keys, now) = (world.wallet.event_jwks(), world.ctx().now);
    let read = |token: &String| set::verify(token, WALLET_ISSUER, BANK_ISSUER, &keys, now).unwrap();
    let told = tokens.iter().map(read).filter(|told| told.txn == Some(case_id.to_string()));
    let is_stop = |told: &SecurityEvent| {
        matches!(told.event, Event::LinkStatusChanged { status: LinkStatus::Suspended, .. })
    };
    told.filter(is_stop).count()
}

async fn make_oauth(world: &World) {
    speak(world, Protocol::Oauth).await;
}

async fn speak(world: &World, protocol: Protocol) {
    let mut bank = world.wallet.book.load::<PartnerBank>(bank_code()).await.unwrap();
    bank.edit().protocol = protocol;
    let mut unit = Unit::new();
    unit.update(&bank);
    world.wallet.book.commit(unit).await.unwrap();
}

/// Whatever is under way keeps it open, and its end lets it close.
#[tokio::test]
async fn nothing_under_way_is_cut_short() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let ichiro = world.open("ichiro").await;
    for key in ["a", "b", "c"] {
        world.top_up(&hanako, link, key, 50_000).await;
    }
    let held = send(&world, (&hanako, &ichiro), "drain", 80_000).await;
    assert!(matches!(held.state, RemittanceState::Held { .. }));
    world.bank.faults.lock().unwrap().extend([Fault::LostBefore; 2]);
    world.top_up(&hanako, link, "d", 5_000).await;
    close(&world, &hanako).await.unwrap();
    close(&world, &ichiro).await.unwrap();

    assert_eq!(ends(&world, &hanako).await, ["balance", "topup", "held"]);
    assert_eq!(ends(&world, &ichiro).await, ["held"], "what somebody sends them is not cut short");
    world.later(CLOSE_WAIT_SECS);
    round(&world).await;
    assert_eq!(name(&world, ichiro.id).await, "closing", "it arrived: it has to leave first");
    assert_eq!(world.balance(&ichiro).await, Yen::of(80_000));
    assert_eq!(ends(&world, &ichiro).await, ["balance"]);
    assert!(matches!(
        world.wallet.start_closing(&world.ctx(), ichiro.id).await,
        Err(WalletError::Closing)
    ));
}

#[tokio::test]
async fn money_by_link_that_nobody_claimed_is_waited_for_and_whoever_knows_the_mail_holds_nothing_up()
 {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    world.top_up(&hanako, link, "a", 5_000).await;
    let ctx = world.ctx();
    let started = world.wallet.start_sending_by_link(&ctx, hanako.id, Yen::of(2_000), "").await;
    let (sending, options) = started.unwrap();
    let response = hanako.phone.clone().get(&options.unwrap(), ORIGIN).unwrap();
    let (id, given) = (RemittanceId::derive(&["l"]), Given::Passkey(&response));
    world.wallet.send(&ctx, hanako.id, id, &sending, &given).await.unwrap();
    close(&world, &hanako).await.unwrap();
    pay_out(&world, &hanako, link, "p", 3_000).await;
    world.wallet.request_recovery(&ctx, "hanako@example.jp").await.unwrap();
    world.wallet.drive_recovery_asks(&ctx).await.unwrap();

    assert_eq!(ends(&world, &hanako).await, ["balance", "by-link"], "anybody can ask");
    // Its sender takes it back, as always.
    world.wallet.cancel_remittance(&ctx, hanako.id, id).await.unwrap();
    pay_out(&world, &hanako, link, "q", 2_000).await;
    world.later(CLOSE_WAIT_SECS);
    rounds(&world, 2).await;
    assert_eq!(name(&world, hanako.id).await, "closed");
    assert_eq!(world.bank.credited(), world.bank.debited());
}

/// Stopped by staff, held by screening, looked into: one word for all of them, and no closing.
#[tokio::test]
async fn what_is_stopped_held_or_looked_into_is_not_closed_and_reads_alike() {
    let world = World::new().await;
    let aoki = StaffId::derive(&["aoki"]);
    let mut said = Vec::new();
    for why in ["switch", "screening", "case", "by-bank"] {
        let person = world.open(why).await;
        let wallet_id = world.wallet.customer(person.id).await.unwrap().wallet_id;
        close(&world, &person).await.unwrap();
        let ctx = world.ctx();
        match why {
            "switch" => {
                let switch = Switch::Wallet(wallet_id);
                world.wallet.pull_switch(&ctx, aoki, switch, "called").await.unwrap();
            }
            "screening" => {
                screening::gate(wallet_id).close(&*world.wallet.ledger, ctx.now).await.unwrap();
            }
            kind => {
                let about = if kind == "case" { wallet_id.to_string() } else { "x".to_owned() };
                let person = Some(person.id.to_string());
                let mut unit = Unit::new();
                unit.insert(&Case::open(&ctx, CaseKind::ToldByPartner, about, person));
                world.wallet.book.commit(unit).await.unwrap();
            }
        }
        world.later(CLOSE_WAIT_SECS);
        rounds(&world, 2).await;
        assert_eq!(name(&world, person.id).await, "closing", "{why}");
        said.push(ends(&world, &person).await);
    }
    assert!(said.iter().all(|said| *said == ["checking"]), "{said:?}");
}

#[tokio::test]
async fn a_silent_bank_is_asked_until_it_hears_and_people_see_to_what_takes_weeks() {
    let world = World::new().await;
    make_oauth(&world).await;
    let (hanako, _) = world.settled("hanako", 1).await;
    *world.bank.ends_nothing.lock().unwrap() = true;
    close(&world, &hanako).await.unwrap();
    world.later(CLOSE_WAIT_SECS);
    rounds(&world, 3).await;
    assert_eq!(name(&world, hanako.id).await, "ending");
    assert_eq!(world.wallet.banks_to_hear(hanako.id).await.unwrap(), [bank_code()]);

    *world.bank.ends_nothing.lock().unwrap() = false;
    world.later(DAY_SECS);
    rounds(&world, 3).await;
    assert_eq!(name(&world, hanako.id).await, "closed");

    // Money that nobody fetches.
    speak(&world, Protocol::Fapi).await;
    let (ichiro, link) = world.settled("ichiro", 2).await;
    world.top_up(&ichiro, link, "a", 500).await;
    close(&world, &ichiro).await.unwrap();
    world.later(CLOSE_WAIT_SECS + CLOSE_STUCK_SECS);
    rounds(&world, 3).await;
    let open = world.wallet.cases(true).await.unwrap();
    let theirs =
        |case: &&kanuki_record::Stored<Case>| case.person_id == Some(ichiro.id.to_string());
    assert_eq!(open.iter().filter(theirs).count(), 1, "one case, however many rounds");
    pay_out(&world, &ichiro, link, "p", 500).await;
    rounds(&world, 2).await;
    assert_eq!(name(&world, ichiro.id).await, "closed", "its own case is nothing to wait for");
    assert_eq!(world.wallet.cases(true).await.unwrap().iter().filter(theirs).count(), 0);
}
