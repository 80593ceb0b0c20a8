//! A contract made elsewhere that a delegate stopped: held and not over, until its holder ends it or has
//! it let go on.

use kanuki_bank::{
    BankError, ContractVerb,
    contract::{Contract, Kind, Standing, StopOrder},
    delegate::DelegateAct,
};
use kanuki_desk::case::{Case, CaseKind};
use kanuki_domain::{
    id::{ApprovalId, CaseId, ContractId, HolderId, StaffId},
    mandate::StoppedBy,
};

use crate::{
    contracts::{OTHER, list, take},
    world::World,
};

fn staff(name: &str) -> StaffId {
    StaffId::derive(&[name])
}

/// A holder with one old contract, which their delegate stopped; and the case of it.
async fn held(world: &mut World) -> (HolderId, ContractId, CaseId) {
    let (holder, _, delegate) = world.watched().await;
    take(world, &list(Kind::WebKofuri, "2026-11-01", &[OTHER])).await.unwrap();
    let id = world.bank.contracts_of(holder).await.unwrap()[0].contract_id;
    let act = DelegateAct::StopContract(id);
    let case_id = world.bank.act_as_delegate(&world.ctx(), delegate, &act).await.unwrap();
    (holder, id, case_id.expect("people can let it go on under a number"))
}

impl World {
    async fn contract_now(&self, holder: HolderId, id: ContractId) -> Contract {
        self.bank.contract_of(holder, id).await.unwrap().into_inner()
    }

    /// What the core was told, in order.
    fn verbs(&self) -> Vec<ContractVerb> {
        self.core.0.lock().unwrap().orders.values().map(|(verb, _)| *verb).collect()
    }

    async fn ask_to_resume(&self, case: CaseId, id: ContractId) -> Result<ApprovalId, BankError> {
        let asked = (case, id);
        self.bank.ask_resume_contract(&self.ctx(), staff("aoki"), asked, "窓口で本人が").await
    }
}

#[tokio::test]
async fn what_a_delegate_stops_is_held_at_the_core_and_told_and_goes_on_when_two_people_let_it() {
    let mut world = World::new().await;
    let (holder, id, case_id) = held(&mut world).await;
    let holding = world.contract_now(holder, id).await;
    assert!(matches!(holding.standing, Standing::Held { .. }), "{:?}", holding.standing);
    assert!(world.told("contract_held").await > 0 && world.told("contract_stopped").await == 0);
    assert_eq!(world.bank.drive_contract_stops(&world.ctx()).await.unwrap(), 1);
    assert_eq!(world.verbs(), [ContractVerb::Hold], "nothing is ended there");

    let approval = world.ask_to_resume(case_id, id).await.unwrap();
    assert!(world.ask_to_resume(case_id, id).await.is_err(), "it waits already");
    let alone = world.bank.decide(&world.ctx(), staff("aoki"), approval, true).await;
    assert!(alone.is_err(), "one person releases nothing");
    assert!(world.contract_now(holder, id).await.is_held());
    world.bank.decide(&world.ctx(), staff("baba"), approval, true).await.unwrap();

    let resumed = world.contract_now(holder, id).await;
    assert!(matches!(resumed.standing, Standing::Listed), "{:?}", resumed.standing);
    assert_eq!(world.bank.drive_contract_stops(&world.ctx()).await.unwrap(), 1);
    assert_eq!(world.verbs(), [ContractVerb::Hold, ContractVerb::Resume]);
    assert!(world.told("contract_resumed").await > 0);
}

#[tokio::test]
async fn its_holder_ends_what_a_delegate_held_and_nobody_brings_that_back() {
    let mut world = World::new().await;
    let (holder, id, case_id) = held(&mut world).await;
    let approval = world.ask_to_resume(case_id, id).await.unwrap();

    world.bank.stop_contract(&world.ctx(), holder, id).await.unwrap();

    let over = world.contract_now(holder, id).await;
    assert!(matches!(over.standing, Standing::Stopped { by: StoppedBy::Holder, .. }));
    let late = world.bank.decide(&world.ctx(), staff("baba"), approval, true).await;
    assert!(late.is_err(), "what was asked for was the hold");
    assert!(world.ask_to_resume(case_id, id).await.is_err());
    world.bank.drive_contract_stops(&world.ctx()).await.unwrap();
    assert_eq!(world.verbs(), [ContractVerb::Stop], "the hold was overtaken");
}

/// Nothing is ended over a holder's head because their bank's system is old.
#[tokio::test]
async fn where_the_core_cannot_hold_people_ask_the_holder() {
    let mut world = World::new().await;
    world.core.0.lock().unwrap().knows_no_hold = true;
    let (holder, id, _) = held(&mut world).await;

    world.bank.drive_contract_stops(&world.ctx()).await.unwrap();

    let asked = world.contract_now(holder, id).await;
    assert!(asked.is_held(), "{:?}", asked.standing);
    let Some(StopOrder::ByHand { case_id, .. }) = asked.order else { panic!("{:?}", asked.order) };
    let case = world.bank.book.load::<Case>(case_id).await.unwrap();
    assert_eq!(case.kind, CaseKind::Contract);
    assert!(case.steps[0].text.starts_with("=contract_hold_by_hand"), "{:?}", case.steps);
}

#[tokio::test]
async fn everything_that_a_delegate_stops_holds_old_contracts_and_a_newer_list_ends_no_hold() {
    let mut world = World::new().await;
    let (holder, _, delegate) = world.watched().await;
    take(&world, &list(Kind::WebKofuri, "2026-11-01", &[OTHER])).await.unwrap();
    let id = world.bank.contracts_of(holder).await.unwrap()[0].contract_id;

    world.bank.act_as_delegate(&world.ctx(), delegate, &DelegateAct::StopAll).await.unwrap();
    world.bank.drive_contract_stops(&world.ctx()).await.unwrap();
    world.wait(30 * 86_400);
    take(&world, &list(Kind::WebKofuri, "2026-12-20", &[OTHER])).await.unwrap();

    assert!(world.contract_now(holder, id).await.is_held());
    assert_eq!(world.verbs(), [ContractVerb::Hold]);
    world.bank.stop_everything(&world.ctx(), holder).await.unwrap();
    let over = world.contract_now(holder, id).await;
    assert!(matches!(over.standing, Standing::Stopped { by: StoppedBy::Holder, .. }));
}

#[tokio::test]
async fn what_a_list_says_is_over_while_it_is_held_is_not_let_go_on() {
    let mut world = World::new().await;
    let (holder, id, case_id) = held(&mut world).await;
    let approval = world.ask_to_resume(case_id, id).await.unwrap();
    let ended = OTHER.replace("active,", "ended,2026-11-10");
    take(&world, &list(Kind::WebKofuri, "2026-11-20", &[&ended])).await.unwrap();

    assert!(world.contract_now(holder, id).await.is_held(), "a list ends no hold");
    let late = world.bank.decide(&world.ctx(), staff("baba"), approval, true).await;
    assert!(late.is_err(), "there is nothing that could go on");
    assert!(world.ask_to_resume(case_id, id).await.is_err());

    take(&world, &list(Kind::WebKofuri, "2026-11-22", &[OTHER])).await.unwrap();
    world.bank.decide(&world.ctx(), staff("baba"), approval, true).await.unwrap();
    let again = world.contract_now(holder, id).await;
    assert!(matches!(again.standing, Standing::Listed), "{:?}", again.standing);
}
