//! Two debits race for what is left of a mandate; and what a wallet signed to ask for one debit is kept,
//! whatever became of it.

use kanuki_bank::{
    BankError,
    approval::DebitApproval,
    debit::{Debit, DebitState, judge::Why},
    link::{AskedFor, SignedDebit},
};
use kanuki_domain::{Yen, id::DebitId, limits::DAY_SECS};
use kanuki_record::{RecordError, Unit};
use kanuki_wire::debit::RefusalReason;

use crate::{
    decoupled::{linked, request, send, sign},
    stepup::{BROWSER, approved, modest, with},
    world::{CLIENT, World},
};

/// Both were judged while there was room; the other one reached the ledger first.
#[tokio::test]
async fn the_loser_of_a_race_for_a_mandates_cap_is_asked_for_a_signature() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let mut row = world.debit(mandate, 9, 5_000).await;
    row.debit_id = DebitId::derive(&["1"]);
    row.amount = Yen::of(10_000);
    row.state = DebitState::Open;
    let mut unit = Unit::new();
    unit.insert(&row);
    world.bank.book.commit(unit).await.unwrap();
    assert!(matches!(world.debit(mandate, 2, 15_000).await.state, DebitState::Booked { .. }));

    let lost = world.bank.request_debit(&world.ctx(), World::ask(mandate, 1, 10_000)).await;

    assert!(matches!(lost, Err(BankError::MustBeSigned(Why::BeyondTerms))), "{lost:?}");
    let found = world.bank.find_debit(CLIENT, row.debit_id).await.unwrap();
    assert!(found.is_none(), "nothing stands in the way of the same id");
    assert_eq!(world.core.balance("9000001"), 480_000);
    assert!(world.is_to_be_signed(mandate, 1, 10_000).await, "asking again is the same answer");

    let token = approved(&mut world, mandate, 1, 10_000).await;
    let booked = world.bank.request_debit(&world.ctx(), with(&token, 1, 10_000)).await.unwrap();
    let again = world.bank.request_debit(&world.ctx(), with(&token, 1, 10_000)).await.unwrap();
    assert!(matches!(booked.state, DebitState::Booked { .. }), "{:?}", booked.state);
    assert_eq!(again.state, booked.state);
    assert_eq!(world.core.balance("9000001"), 470_000, "once");
}

/// Whoever began with the request that stepped aside is a moment late and says how that one ended.
#[tokio::test]
async fn a_late_driver_of_what_stepped_aside_cannot_end_the_request_that_was_signed() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let mut row = world.debit(mandate, 9, 5_000).await;
    row.debit_id = DebitId::derive(&["1"]);
    row.amount = Yen::of(10_000);
    row.state = DebitState::Open;
    let mut unit = Unit::new();
    unit.insert(&row);
    world.bank.book.commit(unit).await.unwrap();
    let mut late = world.bank.book.load::<Debit>(row.key()).await.unwrap();
    assert!(matches!(world.debit(mandate, 2, 15_000).await.state, DebitState::Booked { .. }));
    assert!(world.is_to_be_signed(mandate, 1, 10_000).await);
    let token = approved(&mut world, mandate, 1, 10_000).await;
    world.core.0.lock().unwrap().is_gone = true;
    let begun = world.bank.request_debit(&world.ctx(), with(&token, 1, 10_000)).await;
    assert!(matches!(begun, Err(BankError::Core(_))), "{begun:?}");

    late.edit().state =
        DebitState::Refused { reason: RefusalReason::NotEnoughMoney, at: world.now };
    let mut unit = Unit::new();
    unit.update(&late);
    let written = world.bank.book.commit(unit).await;

    assert!(matches!(written, Err(RecordError::Conflict { .. })), "{written:?}");
    world.core.0.lock().unwrap().is_gone = false;
    let booked = world.bank.request_debit(&world.ctx(), with(&token, 1, 10_000)).await.unwrap();
    assert!(matches!(booked.state, DebitState::Booked { .. }), "{:?}", booked.state);
    assert_eq!(world.core.balance("9000001"), 470_000);
}

#[tokio::test]
async fn what_a_wallet_asked_for_is_kept_with_a_no_and_with_a_wrong_number_too() {
    for (number, became) in [("07", AskedFor::Signed), ("08", AskedFor::WrongNumber)] {
        let mut world = World::new().await;
        let linked = linked(&mut world).await;
        let asked = request(&world, &linked, 1, "07");
        send(&world, &asked).await.unwrap();
        let waiting = world.bank.waiting_approval(&world.ctx(), linked.holder, BROWSER).await;
        let approval_id = waiting.unwrap().unwrap().approval_id;
        let answered = sign(&mut world, &linked, number).await;
        assert_eq!(answered.is_ok(), became == AskedFor::Signed, "{answered:?}");

        world.wait(3 * DAY_SECS);
        world.bank.forget_over(world.now).await.unwrap();

        let kept = world.bank.book.load::<SignedDebit>(approval_id).await.unwrap();
        assert_eq!(kept.became, became);
        assert!(world.bank.signed_debit_request(approval_id).await.unwrap().is_some());
        assert!(world.bank.book.find::<DebitApproval>(approval_id).await.unwrap().is_some());
    }
}
