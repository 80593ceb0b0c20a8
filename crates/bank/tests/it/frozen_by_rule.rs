//! `then freeze` at the bank: the debit is refused, and nothing more leaves under its mandate.

use std::sync::Arc;

use kanuki_bank::{debit::DebitState, mandate::Mandate};
use kanuki_desk::case::CaseKind;
use kanuki_domain::mandate::{MandateState, StoppedBy};
use kanuki_risk::{Engine, Policy};
use kanuki_wire::debit::RefusalReason;

use crate::world::World;

const RULES: &str = "policy \"bank\" version \"t\"\nbaseline approve\n\
    rule too-much on debit\n  when amount > ¥4,000\n  then freeze as too-much\n";

pub(crate) async fn watched() -> (World, kanuki_domain::id::MandateId) {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    world.bank.risk = Arc::new(Engine::new(Policy::parse(RULES).unwrap()));
    (world, mandate)
}

async fn state(world: &World, mandate: kanuki_domain::id::MandateId) -> MandateState {
    world.bank.book.load::<Mandate>(mandate).await.unwrap().state
}

#[tokio::test]
async fn a_debit_that_a_rule_freezes_ends_everything_under_its_mandate_and_has_a_case() {
    let (world, mandate) = watched().await;
    assert!(matches!(world.debit(mandate, 1, 4_000).await.state, DebitState::Booked { .. }));

    let refused = world.debit(mandate, 2, 4_001).await;

    assert!(matches!(refused.state, DebitState::Refused { reason: RefusalReason::TryLater, .. }));
    let now = state(&world, mandate).await;
    assert!(matches!(now, MandateState::Suspended { by: StoppedBy::Bank, .. }), "{now:?}");
    let after = world.debit(mandate, 3, 100).await;
    assert!(matches!(after.state, DebitState::Refused { .. }), "{:?}", after.state);
    let cases = world.bank.cases(true).await.unwrap();
    let case = cases.iter().find(|case| case.kind == CaseKind::Rule).unwrap();
    let holder = world.bank.book.load::<Mandate>(mandate).await.unwrap().holder_id;
    assert_eq!(
        (case.about.as_str(), &case.person_id),
        ("rule|too-much", &Some(holder.to_string()))
    );
    let again = world.debit(mandate, 2, 4_001).await;
    assert_eq!(again.state, refused.state, "asked again, it is the same debit");
    assert_eq!(world.bank.cases(true).await.unwrap().len(), cases.len());
}

#[tokio::test]
async fn a_silent_core_keeps_no_money_flowing_that_a_rule_froze() {
    let (world, mandate) = watched().await;
    world.core.0.lock().unwrap().is_gone = true;

    for number in 1..=3 {
        let refused = world.debit(mandate, number, 5_000).await;
        assert!(matches!(refused.state, DebitState::Refused { .. }), "{number}");
    }
    let cases = world.bank.cases(true).await.unwrap();
    let of_rule = cases.iter().filter(|case| case.kind == CaseKind::Rule);
    assert_eq!(of_rule.count(), 1, "one stop has one case");
    world.core.0.lock().unwrap().is_gone = false;

    assert!(matches!(world.debit(mandate, 4, 100).await.state, DebitState::Refused { .. }));
    world.bank.drive_stop_orders(&world.ctx()).await.unwrap();
    let now = state(&world, mandate).await;
    assert!(matches!(now, MandateState::Suspended { .. }), "{now:?}");
    assert_eq!(world.core.balance("9000001"), 500_000);
}
