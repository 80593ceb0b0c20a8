//! A debit waits for a core that is silent, and is stopped meanwhile: what the holder was told is so.

use kanuki_bank::{
    debit::{Debit, DebitState},
    desk::Scope,
    mandate::Mandate,
};
use kanuki_domain::{
    Yen,
    id::{DebitId, MandateId, StaffId},
    limits::DAY_SECS,
};
use kanuki_wire::debit::RefusalReason;

use crate::{
    core_system::Fault,
    crash::assert_books_agree,
    stopping::stop_code,
    world::{CLIENT, World},
};

/// A debit of 5,000 yen, asked for while the core loses these answers.
async fn waiting(faults: &[Fault]) -> (World, MandateId) {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    world.core.0.lock().unwrap().faults = faults.to_vec();
    assert_eq!(world.debit(mandate, 1, 5_000).await.state, DebitState::Open);
    (world, mandate)
}

/// The core answers again: what the worker makes of the debit.
async fn awake(world: &mut World) -> Debit {
    world.core.0.lock().unwrap().faults.clear();
    world.wait(3_600);
    world.bank.recover_debits(&world.ctx()).await.unwrap();
    world.bank.find_debit(CLIENT, DebitId::derive(&["1"])).await.unwrap().unwrap()
}

fn is_stopped(state: DebitState) -> bool {
    matches!(state, DebitState::Refused { reason: RefusalReason::Stopped, .. })
}

#[tokio::test]
async fn what_waits_for_a_silent_core_is_not_taken_after_a_stop() {
    for faults in [vec![Fault::BeforeDoing], vec![Fault::AfterDoing]] {
        let (mut world, mandate) = waiting(&faults).await;
        let code = stop_code(&world).await;
        world.bank.stop(&world.ctx(), &code).await.unwrap();

        let debit = awake(&mut world).await;

        assert!(is_stopped(debit.state), "{faults:?}: {:?}", debit.state);
        assert_books_agree(&world, 0).await;
        let kept = world.bank.book.load::<Mandate>(mandate).await.unwrap();
        let held = world.bank.ledger.find_account(kanuki_bank::chart::core_clearing(), world.now);
        assert!(held.await.unwrap().unwrap().debits_pending.is_zero(), "nothing stays reserved");
        assert!(!kept.state.is_active());
    }
}

#[tokio::test]
async fn every_kill_switch_reaches_what_waits() {
    for kind in ["everything", "partner", "person", "account", "mandate", "revoked"] {
        let (mut world, id) = waiting(&[Fault::BeforeDoing]).await;
        let mandate = world.bank.book.load::<Mandate>(id).await.unwrap();
        let scope = match kind {
            "everything" => Scope::Everything,
            "partner" => Scope::Partner(CLIENT.to_owned()),
            "person" => Scope::Person(mandate.holder_id.to_string()),
            "account" => Scope::Account(mandate.account_id.to_string()),
            _ => Scope::Mandate(id.to_string()),
        };
        if kind == "revoked" {
            world.bank.revoke_mandate(&world.ctx(), mandate.holder_id, id).await.unwrap();
        } else {
            let staff = StaffId::derive(&["aoki"]);
            world.bank.close_gate(&world.ctx(), staff, &scope, "drill").await.unwrap();
        }

        let debit = awake(&mut world).await;

        assert!(is_stopped(debit.state), "{kind}: {:?}", debit.state);
        assert_books_agree(&world, 0).await;
    }
}

#[tokio::test]
async fn what_the_core_took_before_the_stop_is_booked_and_told() {
    // The confirmation was done, and nobody heard of it.
    let (mut world, _) = waiting(&[Fault::AfterDoing, Fault::None]).await;
    let code = stop_code(&world).await;
    world.bank.stop(&world.ctx(), &code).await.unwrap();

    let debit = awake(&mut world).await;

    assert!(matches!(debit.state, DebitState::Booked { .. }), "{:?}", debit.state);
    assert_books_agree(&world, 5_000).await;
}

#[tokio::test]
async fn a_cancel_that_gets_no_answer_is_asked_again_until_it_does() {
    let (mut world, _) = waiting(&[Fault::AfterDoing]).await;
    let code = stop_code(&world).await;
    world.bank.stop(&world.ctx(), &code).await.unwrap();
    for fault in [Fault::BeforeDoing, Fault::AfterDoing] {
        world.core.0.lock().unwrap().faults = vec![fault];
        world.wait(3_600);
        world.bank.recover_debits(&world.ctx()).await.unwrap();
        let found = world.bank.find_debit(CLIENT, DebitId::derive(&["1"])).await.unwrap();
        assert_eq!(found.unwrap().state, DebitState::Open, "{fault:?}");
    }

    assert!(is_stopped(awake(&mut world).await.state));
    assert_books_agree(&world, 0).await;
}

#[tokio::test]
async fn what_was_stopped_while_it_waited_gives_its_capacity_back() {
    let (mut world, mandate) = waiting(&[Fault::BeforeDoing]).await;
    let staff = [StaffId::derive(&["aoki"]), StaffId::derive(&["baba"])];
    let scope = Scope::Mandate(mandate.to_string());
    world.bank.close_gate(&world.ctx(), staff[0], &scope, "drill").await.unwrap();
    assert!(is_stopped(awake(&mut world).await.state));

    let asked =
        world.bank.ask_open_gate(&world.ctx(), staff[0], &scope, ("over", None)).await.unwrap();
    world.bank.decide(&world.ctx(), staff[1], asked, true).await.unwrap();

    let debit = world.debit(mandate, 2, 10_000).await;
    assert!(matches!(debit.state, DebitState::Booked { .. }), "the first day's cap is whole");
}

/// A core that sets money aside and then will not take it must not keep it aside for ever.
#[tokio::test]
async fn what_the_core_will_not_take_does_not_stay_set_aside() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    world.wait(DAY_SECS);
    world.core.0.lock().unwrap().is_unwilling = true;

    let refused = world.debit(mandate, 1, 5_000).await;

    assert!(matches!(refused.state, DebitState::Refused { .. }), "{:?}", refused.state);
    assert_eq!(world.core.balance("9000001"), 500_000);
    assert_eq!(refused.amount, Yen::of(5_000));
}
