//! FT-01, FT-05, FT-13, INC-17: nothing is loosened without a record of its risks that two people and the
//! partners stand for, and it is looked at again in time.

use jiff::{ToSpan as _, civil::Date};
use kanuki_desk::{
    DeskError,
    case::CaseKind,
    policy::Refused,
    reopen,
    risk_record::{Standing, Unsigned, review},
    watch,
};
use kanuki_domain::{
    agreement,
    id::StaffId,
    risk_record::{Danger, RiskRecord, View},
};
use kanuki_risk::{Key, Policy};
use kanuki_wallet::{WalletError, desk::Switch};

use crate::world::{World, bank_code};

const DAY: i64 = 86_400;

/// A record that is whole today: reviewed in a month.
pub(crate) fn record(world: &World) -> RiskRecord {
    let today = agreement::today(world.ctx().now);
    RiskRecord {
        dangers: vec![Danger {
            finding: "a thief empties a wallet in one night".to_owned(),
            measure: "the caps stay as they are".to_owned(),
        }],
        views: vec![View {
            partner: "9901".to_owned(),
            name: "Saito, head of fraud".to_owned(),
            on: Some(today),
            says: "agreed for a month".to_owned(),
        }],
        review_by: Some(today.saturating_add(30.days())),
        ..RiskRecord::default()
    }
}

/// What somebody says who looked at it again; each partner agrees to what goes on.
fn looked(world: &World, found: &str, next: Option<Date>) -> review::Looked {
    let found = found.to_owned();
    review::Looked { found, next, views: record(world).views }
}

fn people() -> (StaffId, StaffId) {
    (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]))
}

/// The rules that ship, of which one holds less often.
pub(crate) fn looser() -> String {
    let shipped = Policy::wallet_text();
    let text = shipped.replace("¥100,000 and drained", "¥200,000 and drained");
    assert_ne!(text, shipped);
    text
}

#[tokio::test]
async fn a_rule_is_loosened_only_with_a_whole_record_that_another_person_and_the_bank_stand_for() {
    let world = World::new().await;
    let (ctx, (aoki, baba), text) = (world.ctx(), people(), looser());
    let live = Policy::parse(&text).unwrap().version().to_owned();
    let propose =
        async |record| world.wallet.propose_policy(&ctx, aoki, (&text, "held"), record).await;

    let unseen = RiskRecord { views: Vec::new(), ..record(&world) };
    for (record, row) in [(None, "FT-01"), (Some(unseen), "FT-05")] {
        let refused = propose(record).await;
        let Err(Refused::Unsigned(Unsigned::Lacks(gaps))) = refused else { panic!("{refused:?}") };
        assert!(gaps.iter().any(|gap| gap.requirement == row), "{gaps:?}");
    }
    assert!(world.wallet.waiting_approvals().await.unwrap().is_empty());

    let asked = propose(Some(record(&world))).await.unwrap();
    let own = world.wallet.approve(&ctx, aoki, asked).await;
    assert!(matches!(own, Err(WalletError::Desk(DeskError::SamePerson))), "{own:?}");
    assert_ne!(world.wallet.risk.policy().version(), live);
    world.wallet.approve(&ctx, baba, asked).await.unwrap();
    assert_eq!(world.wallet.risk.policy().version(), live);

    let kept = world.wallet.risk_records().await.unwrap().remove(0);
    assert!(matches!(kept.standing, Standing::InForce { by, .. } if by == baba), "{kept:?}");
    assert_eq!(kept.written_by, aoki);
    assert_eq!((kept.record.why.as_str(), kept.record.loosens.len()), ("held", 2));
    let audit = world.wallet.book.records().audit_log(0, 1_000).await.unwrap();
    let signed = audit.iter().find(|entry| entry.body.contains("risk_record.signed")).unwrap();
    assert!(kept.sha256.len() == 64 && signed.body.contains(&kept.sha256), "{}", signed.body);
}

#[tokio::test]
async fn what_was_no_loosening_when_it_was_asked_for_and_is_one_now_does_not_go_live() {
    let world = World::new().await;
    let (ctx, (aoki, baba)) = (world.ctx(), people());
    let shipped = Policy::wallet_text();
    let change = |yen: &str, name: &str| {
        let text = shipped.replace("¥100,000 and drained", &format!("{yen} and drained"));
        text.replace(Policy::wallet().unwrap().version().split('+').next().unwrap(), name)
    };
    let (tight, tighter) = (change("¥90,000", "tight"), change("¥50,000", "tighter"));
    let first = world.wallet.propose_policy(&ctx, aoki, (&tight, "x"), None).await.unwrap();
    let second = world.wallet.propose_policy(&ctx, aoki, (&tighter, "x"), None).await.unwrap();
    world.wallet.approve(&ctx, baba, second).await.unwrap();

    let late = world.wallet.approve(&ctx, baba, first).await;
    assert!(matches!(late, Err(WalletError::Desk(DeskError::NeedsRiskRecord))), "{late:?}");
    assert!(world.wallet.risk.policy().version().starts_with("tighter"));
    world.wallet.decline(&ctx, baba, first).await.unwrap();
}

#[tokio::test]
async fn a_record_that_was_weighed_before_an_emergency_does_not_undo_what_was_tightened_in_it() {
    let world = World::new().await;
    let (ctx, (aoki, baba)) = (world.ctx(), people());
    let whole = Some(record(&world));
    let first = world.wallet.propose_policy(&ctx, aoki, (&looser(), "x"), whole).await.unwrap();
    let shipped = Policy::wallet_text();
    let tight = shipped.replace("¥100,000 and drained", "¥50,000 and drained");
    let emergency = world.wallet.propose_policy(&ctx, aoki, (&tight, "now"), None).await.unwrap();
    world.wallet.approve(&ctx, baba, emergency).await.unwrap();

    let late = world.wallet.approve(&ctx, baba, first).await;
    assert!(matches!(late, Err(WalletError::Desk(DeskError::NeedsRiskRecord))), "{late:?}");
    assert_eq!(world.wallet.risk.policy().text(), tight);
}

#[tokio::test]
async fn a_review_that_nobody_made_is_a_case_until_two_people_have_looked() {
    let world = World::new().await;
    let (aoki, baba) = people();
    let text = looser();
    let whole = Some(record(&world));
    let asked = world.wallet.propose_policy(&world.ctx(), aoki, (&text, "x"), whole).await.unwrap();
    world.wallet.approve(&world.ctx(), baba, asked).await.unwrap();
    let id = world.wallet.risk_records().await.unwrap()[0].record_id;
    let due = async || {
        let cases = world.wallet.cases(true).await.unwrap();
        cases.iter().filter(|case| case.kind == CaseKind::ReviewDue).count()
    };

    assert_eq!(world.wallet.open_review_cases(&world.ctx()).await.unwrap(), 0);
    assert_eq!(
        world.wallet.due_risk_records(&world.ctx()).await.unwrap().len(),
        1,
        "told of before"
    );
    world.later(31 * DAY);
    assert_eq!(world.wallet.open_review_cases(&world.ctx()).await.unwrap(), 1);
    assert_eq!(world.wallet.open_review_cases(&world.ctx()).await.unwrap(), 0, "once");
    assert_eq!(due().await, 1);
    let case = world.wallet.cases(true).await.unwrap();
    let case = case.iter().find(|case| case.kind == CaseKind::ReviewDue).unwrap().case_id;
    let alone = world.wallet.close_case(&world.ctx(), aoki, case, "not now").await;
    assert!(matches!(alone, Err(WalletError::Desk(DeskError::NeedsReview))), "{alone:?}");
    assert_eq!(due().await, 1);

    let ctx = world.ctx();
    let today = agreement::today(ctx.now);
    let next = today.checked_add(90.days()).unwrap();
    let past = world.wallet.ask_review(&ctx, aoki, id, looked(&world, "seen", Some(today))).await;
    assert!(matches!(past, Err(review::Refused::Lacks(_))), "{past:?}");
    let unseen = review::Looked { views: Vec::new(), ..looked(&world, "seen", Some(next)) };
    let unseen = world.wallet.ask_review(&ctx, aoki, id, unseen).await;
    let Err(review::Refused::Lacks(gaps)) = unseen else { panic!("{unseen:?}") };
    assert!(gaps.iter().all(|gap| gap.requirement == "FT-05"), "without the bank: {gaps:?}");
    let asked = world
        .wallet
        .ask_review(&ctx, aoki, id, looked(&world, "no loss", Some(next)))
        .await
        .unwrap();
    let twice =
        world.wallet.ask_review(&ctx, baba, id, looked(&world, "no loss", Some(next))).await;
    assert!(matches!(twice, Err(review::Refused::Known)), "{twice:?}");
    assert!(world.wallet.approve(&ctx, aoki, asked).await.is_err(), "one person ends nothing");
    assert_eq!(due().await, 1);
    world.wallet.decline(&ctx, baba, asked).await.unwrap();
    assert_eq!(due().await, 1);
    let asked = world
        .wallet
        .ask_review(&ctx, aoki, id, looked(&world, "no loss", Some(next)))
        .await
        .unwrap();
    world.wallet.approve(&ctx, baba, asked).await.unwrap();
    assert_eq!(due().await, 0);
    let kept = world.wallet.risk_records().await.unwrap().remove(0);
    assert_eq!((kept.review_by, kept.reviews.len()), (Some(next), 1));
    let audit = world.wallet.book.records().audit_log(0, 1_000).await.unwrap();
    let made = audit.iter().find(|entry| entry.body.contains("risk_record.reviewed")).unwrap();
    let digest = kept.reviews[0].sha256();
    assert!(digest.len() == 64 && made.body.contains(&digest), "{}", made.body);

    world.later(91 * DAY);
    assert_eq!(world.wallet.open_review_cases(&world.ctx()).await.unwrap(), 1, "the next day too");
}

#[tokio::test]
async fn that_it_was_taken_back_is_believed_only_while_the_rules_in_force_say_so_too() {
    let world = World::new().await;
    let ((aoki, baba), text) = (people(), looser());
    let whole = Some(record(&world));
    let asked = world.wallet.propose_policy(&world.ctx(), aoki, (&text, "x"), whole).await.unwrap();
    world.wallet.approve(&world.ctx(), baba, asked).await.unwrap();
    let id = world.wallet.risk_records().await.unwrap()[0].record_id;
    world.later(31 * DAY);
    assert_eq!(world.wallet.open_review_cases(&world.ctx()).await.unwrap(), 1);

    let ctx = world.ctx();
    let said =
        async || world.wallet.ask_review(&ctx, baba, id, looked(&world, "taken back", None)).await;
    let lie = said().await;
    assert!(matches!(lie, Err(review::Refused::StillLooser)), "{lie:?}");
    let swap = async |text: &str, record| {
        let asked = world.wallet.propose_policy(&ctx, aoki, (text, "x"), record).await.unwrap();
        world.wallet.approve(&ctx, baba, asked).await.unwrap();
    };
    swap(Policy::wallet_text(), None).await;
    let asked = said().await.unwrap();
    swap(&text, Some(record(&world))).await;
    let again = world.wallet.approve(&ctx, aoki, asked).await;
    assert!(matches!(again, Err(WalletError::Desk(DeskError::StillLooser))), "{again:?}");
    swap(Policy::wallet_text(), None).await;
    world.wallet.approve(&ctx, aoki, asked).await.unwrap();
    let cases = world.wallet.cases(true).await.unwrap();
    assert!(cases.iter().all(|case| case.kind != CaseKind::ReviewDue), "{cases:?}");
    let due = world.wallet.due_risk_records(&ctx).await.unwrap();
    assert!(due.iter().all(|kept| kept.record_id != id), "{due:?}");
}

#[tokio::test]
async fn a_second_list_of_the_same_kind_takes_nobody_from_the_first() {
    let world = World::new().await;
    let (ctx, (aoki, baba)) = (world.ctx(), people());
    let shipped = Policy::wallet_text();
    let decoy = shipped.replacen("list watched", "list watched_aaa: payee\nlist watched", 1);
    let asked = world.wallet.propose_policy(&ctx, aoki, (&decoy, "x"), None).await.unwrap();
    world.wallet.approve(&ctx, baba, asked).await.unwrap();

    let mule = Key::Payee("mule".to_owned());
    watch::add(&world.wallet.book, &ctx, aoki, &world.wallet.risk, (&mule, "a mule"))
        .await
        .unwrap();

    let lists = watch::read(&world.wallet.book, &ctx, aoki, &world.wallet.risk).await.unwrap();
    let on = lists.iter().filter(|(_, _, members)| !members.is_empty());
    let on: Vec<&str> = on.map(|(name, _, _)| name.as_str()).collect();
    assert_eq!(on, ["watched_aaa", "watched_payees"]);
}

#[tokio::test]
async fn a_bank_that_was_stopped_goes_on_with_a_record_and_only_from_the_closing_that_it_is_about()
{
    let world = World::new().await;
    let (ctx, (aoki, baba)) = (world.ctx(), people());
    let switch = Switch::Bank(bank_code());
    world.wallet.pull_switch(&ctx, aoki, switch, "robbed").await.unwrap();
    let bare = world.wallet.ask_release(&ctx, aoki, switch, ("over", None)).await;
    assert!(matches!(bare, Err(reopen::Refused::Unsigned(Unsigned::Lacks(_)))), "{bare:?}");
    let whole = || ("over", Some(record(&world)));
    let first = world.wallet.ask_release(&ctx, aoki, switch, whole()).await.unwrap();
    world.wallet.approve(&ctx, baba, first).await.unwrap();
    assert!(!world.wallet.is_stopped(&ctx, switch).await.unwrap());

    world.wallet.pull_switch(&ctx, aoki, switch, "again").await.unwrap();
    let second = world.wallet.ask_release(&ctx, aoki, switch, whole()).await.unwrap();
    world.wallet.decline(&ctx, baba, second).await.unwrap();
    let third = world.wallet.ask_release(&ctx, aoki, switch, whole()).await.unwrap();
    world.wallet.approve(&ctx, baba, third).await.unwrap();
    let all = world.wallet.risk_records().await.unwrap();
    let mut standings: Vec<&str> = all.iter().map(|kept| kept.standing.name()).collect();
    standings.sort_unstable();
    assert_eq!(standings, ["declined", "in-force", "over"]);
}

#[tokio::test]
async fn who_agrees_to_an_opening_agrees_to_the_end_of_the_closing_that_holds_and_of_no_other() {
    let world = World::new().await;
    let (ctx, (aoki, baba)) = (world.ctx(), people());
    let whole = || ("over", Some(record(&world)));
    let bank = Switch::Bank(bank_code());
    let open = world.wallet.ask_release(&ctx, aoki, bank, whole()).await;
    assert!(matches!(open, Err(reopen::Refused::Known)), "{open:?}");

    let mut gates = Vec::new();
    for switch in [bank, Switch::Everything] {
        world.wallet.pull_switch(&ctx, aoki, switch, "robbed").await.unwrap();
        let asked = world.wallet.ask_release(&ctx, aoki, switch, whole()).await.unwrap();
        gates.push((switch, asked));
    }
    for (switch, asked) in gates {
        let gate = switch.opening().gate;
        gate.open(&*world.wallet.ledger, ctx.now).await.unwrap();
        let gone = world.wallet.approve(&ctx, baba, asked).await;
        assert!(matches!(gone, Err(WalletError::Desk(DeskError::Decided))), "{gone:?}");
        world.wallet.pull_switch(&ctx, aoki, switch, "again").await.unwrap();
        let other = world.wallet.approve(&ctx, baba, asked).await;
        assert!(matches!(other, Err(WalletError::Desk(DeskError::Decided))), "{other:?}");
        assert!(world.wallet.is_stopped(&ctx, switch).await.unwrap());
    }
}
