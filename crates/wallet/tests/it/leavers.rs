//! What somebody asked for or proposed before they left the wallet's desk counts for nothing.

use kanuki_desk::{
    DeskError, approval::Approval, claim::Act, leaving, registry::RegistryError,
    risk_record::Standing, staff::Staff,
};
use kanuki_domain::{
    Yen,
    claim::{ClaimState, Evidence},
    compensation::Cause,
    id::{ApprovalId, StaffId},
    limits::DAY_SECS,
};
use kanuki_record::Unit;
use kanuki_wallet::{WalletError, desk::Switch, refund::RefundState};

use crate::{
    banks::{clerk, refused},
    loosening::{looser, record},
    refunds::robbed,
    world::{ORIGIN, World, bank_code},
};

async fn leave(world: &World, id: StaffId) {
    let mut staff = world.wallet.book.load::<Staff>(id).await.unwrap();
    staff.edit().left_at = Some(world.ctx().now);
    let mut unit = Unit::new();
    unit.update(&staff);
    world.wallet.book.commit(unit).await.unwrap();
}

/// One asks that another's access end.
pub(crate) async fn ask_end(world: &World, by: StaffId, whom: StaffId) -> ApprovalId {
    let (ctx, mut unit) = (world.ctx(), Unit::new());
    let book = &world.wallet.book;
    let asked = leaving::ask((book, &ctx), &mut unit, by, whom, "盗難").await.unwrap();
    book.commit(unit).await.unwrap();
    asked
}

#[tokio::test]
async fn a_version_that_somebody_signs_after_its_proposer_left_counts_for_nothing() {
    let world = World::new().await;
    let (aoki, _) = clerk(&world, "AOKI").await;
    let (baba, mut key) = clerk(&world, "BABABA").await;
    world.later(DAY_SECS);
    let ctx = world.ctx();
    let mut moved = world.wallet.partner(bank_code()).await.unwrap();
    moved.issuer = "http://localhost:8085".to_owned();
    world.wallet.propose_bank(&ctx, aoki, *moved, "移転").await.unwrap();
    let (options, signing) =
        world.wallet.start_bank_signature(&ctx, baba, bank_code(), 2).await.unwrap();
    let answer = key.get(&options, ORIGIN).unwrap();
    leave(&world, aoki).await;

    let signed = world.wallet.finish_bank_signature(&ctx, baba, (&answer, &signing)).await;

    assert!(matches!(refused(signed), RegistryError::ProposerLeft));
    let anew = world.wallet.start_bank_signature(&ctx, baba, bank_code(), 2).await;
    assert!(matches!(refused(anew), RegistryError::ProposerLeft));
    let live = world.wallet.partner(bank_code()).await.unwrap();
    assert_ne!(live.issuer, "http://localhost:8085");
}

#[tokio::test]
async fn neither_who_asked_for_a_release_nor_who_agrees_may_have_left() {
    let world = World::new().await;
    let (aoki, _) = clerk(&world, "AOKI").await;
    let (baba, _) = clerk(&world, "BABABA").await;
    let (chiba, _) = clerk(&world, "CHIBACHI").await;
    let ctx = world.ctx();
    world.wallet.pull_switch(&ctx, aoki, Switch::Everything, "試し").await.unwrap();
    let asked = world
        .wallet
        .ask_release(&ctx, aoki, Switch::Everything, ("試し", Some(record(&world))))
        .await
        .unwrap();
    leave(&world, baba).await;
    let agreed = world.wallet.approve(&ctx, baba, asked).await;
    assert!(matches!(agreed, Err(WalletError::Desk(DeskError::HasLeft))), "{agreed:?}");

    leave(&world, aoki).await;
    let agreed = world.wallet.approve(&ctx, chiba, asked).await;

    assert!(matches!(agreed, Err(WalletError::Desk(DeskError::HasLeft))), "{agreed:?}");
    assert!(world.wallet.is_stopped(&ctx, Switch::Everything).await.unwrap());
}

#[tokio::test]
async fn a_refund_falls_with_whoever_proposed_it() {
    let (world, _, _, topup, case) = robbed().await;
    let (aoki, _) = clerk(&world, "AOKI").await;
    let (baba, _) = clerk(&world, "BABABA").await;
    let (chiba, _) = clerk(&world, "CHIBACHI").await;
    let ctx = world.ctx();
    let what = (topup, Yen::of(20_000));
    let proposed = world.wallet.propose_refund(&ctx, (aoki, "頼まれた"), case, what).await.unwrap();
    let ending = ask_end(&world, baba, aoki).await;

    world.wallet.approve(&ctx, chiba, ending).await.unwrap();

    let approval = world.wallet.book.load::<Approval>(proposed).await.unwrap();
    let refund = world.wallet.refund_for(&approval).await.unwrap().unwrap();
    assert!(matches!(refund.state, RefundState::Declined { .. }), "{:?}", refund.state);
    assert!(world.wallet.approve(&ctx, chiba, proposed).await.is_err());
}

#[tokio::test]
async fn a_claim_that_somebody_wanted_ended_who_left_is_looked_into_and_paid_by_others() {
    for first in
        [Act::Pay(Cause::Other), Act::Refuse(Evidence::TakenBack, "取下書 2026-11-3号".to_owned())]
    {
        let (world, _, _, topup, case) = robbed().await;
        let (aoki, _) = clerk(&world, "AOKI").await;
        let (baba, _) = clerk(&world, "BABABA").await;
        let (chiba, _) = clerk(&world, "CHIBACHI").await;
        let ctx = world.ctx();
        let act = async |by, act| {
            world.wallet.act_on_claim(&ctx, by, case, (act, "調査票 3")).await.unwrap()
        };
        world.wallet.open_claim(&ctx, aoki, case, &[topup.to_string()]).await.unwrap();
        act(aoki, Act::Investigate).await;
        let asked = act(aoki, first).await.unwrap();
        let ending = ask_end(&world, baba, aoki).await;

        world.wallet.approve(&ctx, chiba, ending).await.unwrap();

        let claim = async || world.wallet.claim_of_case(case).await.unwrap().unwrap();
        assert_eq!(claim().await.state, ClaimState::Investigating);
        assert!(world.wallet.approve(&ctx, chiba, asked).await.is_err());
        let anew = act(baba, Act::Pay(Cause::Other)).await.unwrap();
        world.wallet.approve(&ctx, chiba, anew).await.unwrap();
        world.wallet.drive_claim(&ctx, case).await.unwrap();
        assert!(matches!(claim().await.state, ClaimState::Paid { .. }));
        assert_eq!(world.bank.credited(), Yen::of(30_000));
    }
}

#[tokio::test]
async fn rules_that_somebody_proposed_who_left_can_be_proposed_by_another() {
    let world = World::new().await;
    let (aoki, _) = clerk(&world, "AOKI").await;
    let (baba, _) = clerk(&world, "BABABA").await;
    let (chiba, _) = clerk(&world, "CHIBACHI").await;
    let (ctx, text) = (world.ctx(), looser());
    let propose = async |by| {
        let whole = Some(record(&world));
        world.wallet.propose_policy(&ctx, by, (&text, "held"), whole).await
    };
    let asked = propose(aoki).await.unwrap();
    let ending = ask_end(&world, baba, aoki).await;
    world.wallet.approve(&ctx, chiba, ending).await.unwrap();

    assert!(world.wallet.approve(&ctx, chiba, asked).await.is_err());
    let again = propose(baba).await.unwrap();
    world.wallet.approve(&ctx, chiba, again).await.unwrap();
    assert_eq!(world.wallet.risk.policy().text(), text);
    let records = world.wallet.risk_records().await.unwrap();
    let dropped = records.iter().find(|kept| kept.written_by == aoki).unwrap();
    assert!(matches!(dropped.standing, Standing::Declined { .. }), "{dropped:?}");
}
