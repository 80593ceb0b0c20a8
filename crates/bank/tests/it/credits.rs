//! What a wallet may pay in: a robbed one must not empty the bank into a helper's account.

use std::sync::Arc;

use kanuki_bank::{
    credit::AskCredit,
    debit::DebitState,
    desk::Scope,
    partner::{Partner, PayoutCap},
};
use kanuki_desk::tally;
use kanuki_domain::{
    Yen, agreement,
    id::{DebitId, MandateId, PayoutId, StaffId},
    limits::DAY_SECS,
};
use kanuki_record::Unit;
use kanuki_wire::debit::RefusalReason;

use crate::{
    core_system::Fault,
    registry::{Clerk, live, propose, reassessed, sign, two},
    reopening::record,
    world::{CLIENT, World, facts},
};

fn payout(mandate_id: MandateId, n: u32, amount: u32) -> AskCredit {
    AskCredit {
        client_id: CLIENT.to_owned(),
        mandate_id,
        credit_id: PayoutId::derive(&[&n.to_string()]),
        amount: Yen::of(amount),
        refund_of: None,
    }
}

async fn paid(world: &World, mandate_id: MandateId, n: u32, amount: u32) -> DebitState {
    let ask = payout(mandate_id, n, amount);
    world.bank.request_credit(&world.ctx(), ask).await.unwrap().state
}

fn is_booked(state: DebitState) -> bool {
    matches!(state, DebitState::Booked { .. })
}

fn is_over(state: DebitState) -> bool {
    matches!(state, DebitState::Refused { reason: RefusalReason::OverLimit, .. })
}

/// A link that is older than a week.
async fn old_link() -> (World, MandateId) {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    world.wait(8 * DAY_SECS);
    (world, mandate)
}

/// The same account once more.
async fn linked_again(world: &mut World) -> MandateId {
    let (request_uri, verifier) = world.push(facts()).await.unwrap();
    let callback = world.consent(&request_uri, "9000001").await.unwrap();
    let tokens = world.exchange(&callback, &verifier).await.unwrap();
    tokens.authorization_details[0].mandate_id
}

#[tokio::test]
async fn an_account_takes_in_what_one_full_wallet_holds_in_a_day() {
    let (mut world, mandate) = old_link().await;

    assert!(is_booked(paid(&world, mandate, 1, 600_000).await));
    assert!(is_over(paid(&world, mandate, 2, 400_001).await));
    assert!(is_booked(paid(&world, mandate, 3, 400_000).await));
    assert_eq!(world.core.balance("9000001"), 1_500_000);
    world.wait(DAY_SECS);
    assert!(is_booked(paid(&world, mandate, 4, 1_000_000).await));
    world.wait(DAY_SECS);
    assert!(is_booked(paid(&world, mandate, 5, 1_000_000).await));
    world.wait(DAY_SECS);
    assert!(is_over(paid(&world, mandate, 6, 1).await), "three full wallets in a month");
}

#[tokio::test]
async fn linking_the_account_again_makes_no_more_room() {
    let (mut world, mandate) = old_link().await;
    let other = linked_again(&mut world).await;
    world.wait(8 * DAY_SECS);

    assert!(is_booked(paid(&world, mandate, 1, 600_000).await));

    assert!(is_over(paid(&world, other, 2, 400_001).await));
}

#[tokio::test]
async fn a_new_link_takes_in_little_whatever_the_wallet_says() {
    let mut world = World::new().await;
    let mandate = world.linked().await;

    assert!(is_over(paid(&world, mandate, 1, 100_001).await));
    assert!(is_booked(paid(&world, mandate, 2, 100_000).await));
    world.wait(DAY_SECS);
    assert!(is_booked(paid(&world, mandate, 3, 100_000).await));
    world.wait(7 * DAY_SECS);
    assert!(is_booked(paid(&world, mandate, 4, 900_000).await));
}

#[tokio::test]
async fn what_was_agreed_with_a_partner_is_for_all_of_its_payouts_together() {
    let (mut world, mandate) = old_link().await;
    let other = linked_again(&mut world).await;
    let mut partner = world.bank.book.load::<Partner>(CLIENT).await.unwrap();
    partner.edit().caps.payouts_per_day = Some(Yen::of(50_000));
    let mut unit = Unit::new();
    unit.update(&partner);
    world.bank.book.commit(unit).await.unwrap();

    assert!(is_booked(paid(&world, mandate, 1, 30_000).await));
    assert!(is_over(paid(&world, other, 2, 20_001).await));
    assert!(is_booked(paid(&world, other, 3, 20_000).await));
}

#[tokio::test]
async fn racing_payouts_never_exceed_a_cap() {
    let (world, mandate) = old_link().await;
    let world = Arc::new(world);

    let racers: Vec<_> = (0..20)
        .map(|n| {
            let world = world.clone();
            tokio::spawn(async move { paid(&world, mandate, n, 300_000).await })
        })
        .collect();
    let mut booked = 0;
    for racer in racers {
        booked += u32::from(is_booked(racer.await.unwrap()));
    }

    assert_eq!(booked, 3);
    assert_eq!(world.core.balance("9000001"), 1_400_000);
}

#[tokio::test]
async fn a_refund_draws_on_no_cap_of_payouts() {
    let (world, mandate) = old_link().await;
    assert!(is_booked(world.debit(mandate, 1, 40_000).await.state));
    assert!(is_booked(paid(&world, mandate, 1, 1_000_000).await));

    let refund =
        AskCredit { refund_of: Some(DebitId::derive(&["1"])), ..payout(mandate, 2, 40_000) };
    let refunded = world.bank.request_credit(&world.ctx(), refund).await.unwrap();

    assert!(is_booked(refunded.state));
}

#[tokio::test]
async fn the_report_of_the_month_counts_what_was_paid_in_and_what_went_back_and_no_refusal() {
    let (world, mandate) = old_link().await;
    assert!(is_booked(world.debit(mandate, 1, 40_000).await.state));
    assert!(is_booked(paid(&world, mandate, 1, 600_000).await));
    assert!(is_over(paid(&world, mandate, 2, 400_001).await));
    let refund =
        AskCredit { refund_of: Some(DebitId::derive(&["1"])), ..payout(mandate, 3, 30_000) };
    assert!(is_booked(world.bank.request_credit(&world.ctx(), refund).await.unwrap().state));

    while tally::step(&world.bank.book).await.unwrap() > 0 {}
    let month = tally::month_of(agreement::today(world.now));
    let row = tally::of_month(&world.bank.book, &month).await.unwrap();
    let line = |name: &str| {
        let (_, acts) = tally::LINES.iter().find(|(known, _)| *known == name).unwrap();
        let counted = row.sum(acts);
        (counted.times, counted.yen)
    };
    assert_eq!(line("payouts"), (1, 600_000), "{:?}", row.acts);
    assert_eq!(line("refunds"), (1, 30_000), "{:?}", row.acts);
}

#[tokio::test]
async fn what_the_core_will_not_take_in_gives_its_capacity_back() {
    let (world, mandate) = old_link().await;
    world.core.0.lock().unwrap().is_unwilling = true;
    assert!(!is_booked(paid(&world, mandate, 1, 1_000_000).await));
    world.core.0.lock().unwrap().is_unwilling = false;

    assert!(is_booked(paid(&world, mandate, 2, 1_000_000).await));
}

/// Staff hear that a wallet was robbed while the core is down: what waits must not go out when it is
/// back.
#[tokio::test]
async fn a_payout_that_waits_for_the_core_goes_on_waiting_while_its_wallet_is_stopped() {
    let (mut world, mandate) = old_link().await;
    world.core.0.lock().unwrap().faults = vec![Fault::BeforeDoing];
    assert_eq!(paid(&world, mandate, 1, 100_000).await, DebitState::Open);
    let staff = [StaffId::derive(&["aoki"]), StaffId::derive(&["baba"])];
    let scope = Scope::Partner(CLIENT.to_owned());
    world.bank.close_gate(&world.ctx(), staff[0], &scope, "robbed").await.unwrap();

    world.wait(3_600);
    world.bank.recover_credits(&world.ctx()).await.unwrap();
    assert_eq!(world.core.balance("9000001"), 500_000);

    let asked = world
        .bank
        .ask_open_gate(&world.ctx(), staff[0], &scope, ("over", Some(record(&world))))
        .await
        .unwrap();
    world.bank.decide(&world.ctx(), staff[1], asked, true).await.unwrap();
    world.bank.recover_credits(&world.ctx()).await.unwrap();
    assert_eq!(world.core.balance("9000001"), 600_000);
}

/// Agreed by the two companies: from the next payment on.
async fn agree(world: &World, (aoki, baba): (&Clerk, &mut Clerk), yen: u32) {
    let mut partner = reassessed(world, live(world).await);
    partner.caps.payouts_per_day = Some(Yen::of(yen));
    let number = propose(world, aoki, partner).await;
    sign(world, baba, number).await.unwrap();
}

/// A robbed wallet whose cap is lowered, and raised again, must not have a fresh day each time.
#[tokio::test]
async fn a_partners_day_does_not_begin_anew_when_its_cap_on_payouts_is_changed() {
    let (mut world, mandate) = old_link().await;
    let other = linked_again(&mut world).await;
    let (aoki, mut baba) = two(&world).await;
    assert!(is_booked(paid(&world, mandate, 1, 30_000).await));

    agree(&world, (&aoki, &mut baba), 50_000).await;
    assert!(is_over(paid(&world, other, 2, 20_001).await), "30,000 are used already");
    assert!(is_booked(paid(&world, other, 3, 15_000).await));
    agree(&world, (&aoki, &mut baba), 48_000).await;
    assert!(is_over(paid(&world, mandate, 4, 3_001).await), "45,000 are used already");
    assert!(is_booked(paid(&world, mandate, 5, 3_000).await));

    world.wait(DAY_SECS + 1);
    assert!(is_booked(paid(&world, mandate, 6, 48_000).await), "all of that is a day old");
    assert!(is_over(paid(&world, mandate, 7, 1).await));
}

/// The version counts, and the machine stops before the ledger knows.
#[tokio::test]
async fn until_a_changed_cap_is_carried_out_a_payment_draws_on_both() {
    let (mut world, mandate) = old_link().await;
    assert!(is_booked(paid(&world, mandate, 1, 30_000).await));
    let cut_short = PayoutCap {
        client_id: CLIENT.to_owned(),
        amount: Yen::of(50_000),
        generation: 1,
        before: Some(kanuki_domain::limits::PARTNER_PAYOUTS_PER_DAY),
    };
    let mut unit = Unit::new();
    unit.insert(&cut_short);
    world.bank.book.commit(unit).await.unwrap();
    assert!(is_booked(paid(&world, mandate, 2, 10_000).await));

    assert_eq!(world.bank.move_payout_caps(&world.ctx()).await.unwrap(), 1);
    assert_eq!(world.bank.move_payout_caps(&world.ctx()).await.unwrap(), 0);

    assert!(is_over(paid(&world, mandate, 3, 10_001).await), "40,000 are used already");
    assert!(is_booked(paid(&world, mandate, 4, 10_000).await));
    world.wait(DAY_SECS + 1);
    assert!(is_booked(paid(&world, mandate, 5, 50_000).await));
}
