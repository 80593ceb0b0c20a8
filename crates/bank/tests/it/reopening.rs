//! FT-01, FT-05, INC-17: what was stopped for everybody, or promised to everybody, is not taken back
//! without a record of the risks that two people and the partners stand for.

use jiff::ToSpan as _;
use kanuki_bank::{BankError, desk::Scope};
use kanuki_desk::{
    DeskError,
    case::CaseKind,
    compensation::{self, Refused as NotPromised},
    reopen::Refused,
    risk_record::{Standing, Unsigned, review},
};
use kanuki_domain::{
    agreement,
    compensation::{Policy, shipped},
    id::{ApprovalId, StaffId},
    limits::DAY_SECS,
    risk_record::{Danger, RiskRecord, View},
};

use crate::world::{CLIENT, World};

/// A record that is whole today: reviewed in a month.
pub(crate) fn record(world: &World) -> RiskRecord {
    let today = agreement::today(world.now);
    RiskRecord {
        dangers: vec![Danger {
            finding: "the thieves go on where they were stopped".to_owned(),
            measure: "the caps stay as they are".to_owned(),
        }],
        views: vec![View {
            partner: CLIENT.to_owned(),
            name: "Saito, head of fraud".to_owned(),
            on: Some(today),
            says: "the hole is closed".to_owned(),
        }],
        review_by: Some(today.saturating_add(30.days())),
        ..RiskRecord::default()
    }
}

fn people() -> (StaffId, StaffId) {
    (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]))
}

async fn asked(
    world: &World,
    scope: &Scope,
    record: Option<RiskRecord>,
) -> Result<ApprovalId, Refused> {
    world.bank.ask_open_gate(&world.ctx(), people().0, scope, ("over", record)).await
}

async fn closed(world: &World, scope: &Scope) {
    world.bank.close_gate(&world.ctx(), people().0, scope, "robbed").await.unwrap();
}

async fn is_closed(world: &World, scope: &Scope) -> bool {
    world.bank.is_gate_closed(&world.ctx(), scope).await.unwrap()
}

#[tokio::test]
async fn what_stops_everybody_goes_on_only_with_a_record_and_what_stops_one_needs_none() {
    let world = World::new().await;
    for scope in [Scope::Everything, Scope::Partner(CLIENT.to_owned())] {
        closed(&world, &scope).await;
        let unheard = RiskRecord { views: Vec::new(), ..record(&world) };
        for (record, row) in [(None, "FT-01"), (Some(unheard), "FT-05")] {
            let refused = asked(&world, &scope, record).await;
            let Err(Refused::Unsigned(Unsigned::Lacks(gaps))) = refused else {
                panic!("{refused:?}")
            };
            assert!(gaps.iter().any(|gap| gap.requirement == row), "{gaps:?}");
        }
        assert!(world.bank.approvals().await.unwrap().is_empty());

        let asked = asked(&world, &scope, Some(record(&world))).await.unwrap();
        let own = world.bank.decide(&world.ctx(), people().0, asked, true).await;
        assert!(matches!(own, Err(BankError::Desk(DeskError::SamePerson))), "{own:?}");
        assert!(is_closed(&world, &scope).await);
        world.bank.decide(&world.ctx(), people().1, asked, true).await.unwrap();
        assert!(!is_closed(&world, &scope).await);
        let kept = world.bank.risk_records().await.unwrap().remove(0);
        assert!(matches!(kept.standing, Standing::InForce { by, .. } if by == people().1));
        assert_eq!(kept.record.loosens, [format!("switch {}", scope.name())]);
    }
    let one = Scope::Person("hld_x".to_owned());
    closed(&world, &one).await;
    asked(&world, &one, None).await.unwrap();
}

#[tokio::test]
async fn a_partner_that_joined_since_is_heard_about_everything_and_not_about_another_partner() {
    let mut world = World::new().await;
    let (all, one) = (Scope::Everything, Scope::Partner(CLIENT.to_owned()));
    closed(&world, &all).await;
    closed(&world, &one).await;
    let for_all = asked(&world, &all, Some(record(&world))).await.unwrap();
    let for_one = asked(&world, &one, Some(record(&world))).await.unwrap();
    let mut other = world.bank.partner(CLIENT).await.unwrap().clone();
    other.client_id = "other-wallet".to_owned();
    let mut unit = kanuki_record::Unit::new();
    unit.insert(&other);
    world.bank.book.commit(unit).await.unwrap();
    world.wait(60);

    let late = world.bank.decide(&world.ctx(), people().1, for_all, true).await;
    assert!(matches!(late, Err(BankError::Desk(DeskError::NeedsRiskRecord))), "{late:?}");
    assert!(is_closed(&world, &all).await);
    world.bank.decide(&world.ctx(), people().1, for_one, true).await.unwrap();
    assert!(!is_closed(&world, &one).await);
}

#[tokio::test]
async fn its_review_is_due_and_only_a_switch_that_is_closed_again_was_taken_back() {
    let mut world = World::new().await;
    let scope = Scope::Partner(CLIENT.to_owned());
    closed(&world, &scope).await;
    let first = asked(&world, &scope, Some(record(&world))).await.unwrap();
    world.bank.decide(&world.ctx(), people().1, first, true).await.unwrap();
    let id = world.bank.risk_records().await.unwrap()[0].record_id;
    world.wait(31 * DAY_SECS);
    assert!(world.bank.open_review_cases(&world.ctx()).await.unwrap() >= 1);
    let due = async |world: &World| {
        let about = format!("review|{id}");
        let cases = world.bank.cases(true).await.unwrap();
        cases.iter().filter(|case| case.kind == CaseKind::ReviewDue && case.about == about).count()
    };
    assert_eq!(due(&world).await, 1);

    let looked = review::Looked { found: "taken back".to_owned(), ..review::Looked::default() };
    let lie = world.bank.ask_review(&world.ctx(), people().0, id, looked.clone()).await;
    assert!(matches!(lie, Err(review::Refused::StillLooser)), "{lie:?}");
    closed(&world, &scope).await;
    world.bank.ask_review(&world.ctx(), people().0, id, looked).await.unwrap();

    // Opened anew, with a record of its own: that of before is over, and so is its case.
    let second = asked(&world, &scope, Some(record(&world))).await.unwrap();
    world.bank.decide(&world.ctx(), people().1, second, true).await.unwrap();
    let all = world.bank.risk_records().await.unwrap();
    let standings: Vec<&str> = all.iter().map(|kept| kept.standing.name()).collect();
    assert_eq!(standings, ["in-force", "over"]);
    assert_eq!(due(&world).await, 0);
}

#[tokio::test]
async fn opening_what_is_open_is_refused_and_ends_the_record_of_no_opening() {
    let world = World::new().await;
    let scope = Scope::Everything;
    let none = asked(&world, &scope, Some(record(&world))).await;
    assert!(matches!(none, Err(Refused::Known)), "never closed: {none:?}");
    closed(&world, &scope).await;
    let first = asked(&world, &scope, Some(record(&world))).await.unwrap();
    world.bank.decide(&world.ctx(), people().1, first, true).await.unwrap();
    for record in [None, Some(record(&world))] {
        let again = asked(&world, &scope, record).await;
        assert!(matches!(again, Err(Refused::Known)), "{again:?}");
    }

    // Asked for while it was closed, and open by the time that the second person looks.
    closed(&world, &scope).await;
    let late = asked(&world, &scope, Some(record(&world))).await.unwrap();
    scope.opening().gate.open(&*world.bank.ledger, world.now).await.unwrap();
    let agreed = world.bank.decide(&world.ctx(), people().1, late, true).await;
    assert!(matches!(agreed, Err(BankError::Desk(DeskError::Decided))), "{agreed:?}");
    world.bank.decide(&world.ctx(), people().1, late, false).await.unwrap();
    let all = world.bank.risk_records().await.unwrap();
    let mut standings: Vec<&str> = all.iter().map(|kept| kept.standing.name()).collect();
    standings.sort_unstable();
    assert_eq!(standings, ["declined", "in-force"]);
}

/// The shipped policy with another number of days until the money is back.
fn in_days(days: u16, version: &str) -> Policy {
    let mut policy = shipped();
    policy.procedure.refund_days = Some(days);
    version.clone_into(&mut policy.version);
    policy
}

async fn propose(
    world: &World,
    policy: Policy,
    record: Option<RiskRecord>,
) -> Result<ApprovalId, NotPromised> {
    let read = (policy, "text");
    world.bank.propose_compensation(&world.ctx(), people().0, read, ("slow", record)).await
}

#[tokio::test]
async fn a_promise_is_made_smaller_only_with_a_record_and_greater_without() {
    let mut world = World::new().await;
    let refused = propose(&world, in_days(10, "slow"), None).await;
    assert!(matches!(refused, Err(NotPromised::Unsigned(Unsigned::Lacks(_)))), "{refused:?}");
    let slow = propose(&world, in_days(10, "slow"), Some(record(&world))).await.unwrap();
    let quick = propose(&world, in_days(3, "quick"), None).await.unwrap();
    world.bank.decide(&world.ctx(), people().1, quick, true).await.unwrap();

    let late = world.bank.decide(&world.ctx(), people().1, slow, true).await;
    assert!(
        matches!(late, Err(BankError::Desk(DeskError::NeedsRiskRecord))),
        "weighed against five"
    );
    assert_eq!(compensation::in_force(&world.bank.book).await.unwrap().0.refund_days(), 3);
    world.bank.decide(&world.ctx(), people().1, slow, false).await.unwrap();
    let slow = propose(&world, in_days(10, "slow"), Some(record(&world))).await.unwrap();
    world.bank.decide(&world.ctx(), people().1, slow, true).await.unwrap();
    assert_eq!(compensation::in_force(&world.bank.book).await.unwrap().0.refund_days(), 10);

    let id = world.bank.risk_records().await.unwrap()[0].record_id;
    let looked = review::Looked { found: "taken back".to_owned(), ..review::Looked::default() };
    let lie = world.bank.ask_review(&world.ctx(), people().0, id, looked.clone()).await;
    assert!(matches!(lie, Err(review::Refused::StillLooser)), "{lie:?}");
    let back = propose(&world, in_days(2, "back"), None).await.unwrap();
    world.bank.decide(&world.ctx(), people().1, back, true).await.unwrap();
    let asked = world.bank.ask_review(&world.ctx(), people().0, id, looked).await.unwrap();
    world.wait(60);
    world.bank.decide(&world.ctx(), people().1, asked, true).await.unwrap();
    assert_eq!(world.bank.risk_records().await.unwrap()[0].standing.name(), "over");
}
