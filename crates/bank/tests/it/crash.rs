use kanuki_bank::{
    BankError, chart,
    debit::{DebitState, request::Ask},
};
use kanuki_domain::{Yen, id::DebitId, limits::DAY_SECS, mandate::Interaction};

use crate::{
    core_system::Fault,
    world::{CLIENT, World},
};

/// Money at the core and in both clearing accounts must tell the same story.
pub(crate) async fn assert_books_agree(world: &World, taken: u64) {
    let find = async |id| world.bank.ledger.find_account(id, world.now).await.unwrap().unwrap();
    let core = find(chart::core_clearing()).await;
    let partner = find(chart::partner_clearing(CLIENT)).await;
    assert_eq!(core.debits_posted, partner.credits_posted);
    assert_eq!(partner.credits_posted.amount(), taken);
    assert_eq!(world.core.balance("9000001"), 500_000 - taken);
}

#[tokio::test]
async fn a_lost_answer_is_a_state_and_the_next_question_settles_it() {
    // Which of the two calls (reserve, confirm) loses its answer, and how.
    for faults in [
        vec![Fault::BeforeDoing],
        vec![Fault::AfterDoing],
        vec![Fault::BeforeDoing, Fault::None],
        vec![Fault::AfterDoing, Fault::None],
        vec![Fault::AfterDoing, Fault::None, Fault::AfterDoing],
    ] {
        let mut world = World::new().await;
        let mandate = world.linked().await;
        world.core.0.lock().unwrap().faults.clone_from(&faults);

        let mut debit = world.debit(mandate, 1, 5_000).await;
        assert_eq!(debit.state, DebitState::Open, "{faults:?}");
        for _ in 0..4 {
            world.wait(3_600);
            world.bank.recover_debits(&world.ctx()).await.unwrap();
            debit = world.bank.find_debit(CLIENT, debit.debit_id).await.unwrap().unwrap();
        }

        assert!(matches!(debit.state, DebitState::Booked { .. }), "{faults:?}: {debit:?}");
        assert_books_agree(&world, 5_000).await;
    }
}

#[tokio::test]
async fn the_same_id_is_the_same_debit_for_ever() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let first = world.debit(mandate, 1, 5_000).await;

    let again = world.debit(mandate, 1, 5_000).await;
    let other_amount = Ask {
        client_id: CLIENT.to_owned(),
        mandate_id: mandate,
        debit_id: DebitId::derive(&["1"]),
        amount: Yen::of(6_000),
        interaction: Interaction::InSession,
        evidence: None,
        approval: None,
    };
    let changed = world.bank.request_debit(&world.ctx(), other_amount).await;

    assert_eq!(first.state, again.state);
    assert!(matches!(changed, Err(BankError::NotAvailable)));
    world.wait(40 * DAY_SECS);
    assert_eq!(world.debit(mandate, 1, 5_000).await.state, first.state);
    assert_books_agree(&world, 5_000).await;
}

#[tokio::test]
async fn silence_for_a_day_becomes_a_named_open_item() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    world.core.0.lock().unwrap().faults = vec![Fault::BeforeDoing; 100];

    world.debit(mandate, 1, 5_000).await;
    world.wait(DAY_SECS + 1);
    world.bank.recover_debits(&world.ctx()).await.unwrap();

    let debit = world.bank.find_debit(CLIENT, DebitId::derive(&["1"])).await.unwrap().unwrap();
    let DebitState::OpenItem { case_id, .. } = debit.state else { panic!("{:?}", debit.state) };
    let cases = world.bank.cases(true).await.unwrap();
    assert!(cases.iter().any(|case| case.case_id == case_id));
}
