//! A victim of a wallet of ours gets their money back to the bank account it left, of our money, once.

use kanuki_desk::{
    DeskError,
    case::{Case, CaseKind},
    claim::{self, Act, Claim},
    report::Outcome,
    shared,
};
use kanuki_domain::{
    Yen,
    agreement::{Compensation, Side},
    claim::{ClaimState, Evidence},
    compensation::{Cause, shipped},
    id::{ApprovalId, CaseId, StaffId, TopupId},
};
use kanuki_ledger::AccountId;
use kanuki_record::Unit;
use kanuki_risk::{Feature, Key, Kind, Measure, Moment, Subject};
use kanuki_wallet::{PartnerBank, WalletError, chart, refund::Refund};
use kanuki_wire::set::CaseStage;

use crate::{
    bank::Fault,
    loosening::record,
    refunds::robbed,
    stepup::{careful, come_back, set_out},
    world::{Person, World, bank_code},
};

pub(crate) fn aoki() -> StaffId {
    StaffId::derive(&["aoki"])
}

pub(crate) fn baba() -> StaffId {
    StaffId::derive(&["baba"])
}

pub(crate) async fn act(world: &World, case: CaseId, act: Act) -> Option<ApprovalId> {
    world.wallet.act_on_claim(&world.ctx(), aoki(), case, (act, "調査票 3")).await.unwrap()
}

pub(crate) async fn asked(world: &World, case: CaseId, topup: TopupId, fault: Cause) -> ApprovalId {
    let chosen = [topup.to_string()];
    world.wallet.open_claim(&world.ctx(), aoki(), case, &chosen).await.unwrap();
    act(world, case, Act::Investigate).await;
    act(world, case, Act::Pay(fault)).await.unwrap()
}

async fn claim(world: &World, case: CaseId) -> Claim {
    world.wallet.claim_of_case(case).await.unwrap().unwrap()
}

/// Debits less credits: what an account is owed, or has cost.
async fn cost(world: &World, account: AccountId) -> i128 {
    let now = world.ctx().now;
    let found = world.wallet.ledger.find_account(account, now).await.unwrap().unwrap();
    i128::from(found.debits_posted.amount()) - i128::from(found.credits_posted.amount())
}

/// How many frauds the engine heard of: of somebody, of their bank, and of accounts of theirs.
fn frauds(world: &World, of: &Person) -> [u64; 3] {
    let (now, day) = (world.ctx().now, 86_400);
    let person = Key::Person(of.id.to_string());
    let count = |key| world.wallet.risk.count(&key, Kind::FraudConfirmed, now, day);
    let accounts = Feature {
        measure: Measure::Distinct(Subject::Account),
        kind: Kind::FraudConfirmed,
        subject: Subject::Person,
        window_secs: day,
    };
    let accounts = world.wallet.risk.read(&accounts, &person, Moment::at(now));
    [count(person), count(Key::Partner(bank_code().to_string())), accounts.unwrap_or_default()]
}

#[tokio::test]
async fn two_people_give_it_back_of_our_money_and_the_bank_owes_its_part() {
    let (world, hanako, link, topup, case) = robbed().await;
    let bank = world.wallet.link_of(hanako.id, link).await.unwrap().bank;
    let before = world.wallet.overview(&world.ctx(), hanako.id).await.unwrap().available;

    let asked = asked(&world, case, topup, Cause::Other).await;
    let alone = world.wallet.approve(&world.ctx(), aoki(), asked).await;
    assert!(matches!(alone, Err(WalletError::Desk(DeskError::SamePerson))), "{alone:?}");
    assert_eq!(world.bank.credited(), Yen::ZERO);
    assert_eq!(frauds(&world, &hanako), [0, 0, 0], "one person confirms nothing");
    world.wallet.approve(&world.ctx(), baba(), asked).await.unwrap();
    for _ in 0..3 {
        world.wallet.drive_claim(&world.ctx(), case).await.unwrap();
        world.wallet.recover(&world.ctx()).await.unwrap();
    }

    assert!(matches!(claim(&world, case).await.state, ClaimState::Paid { .. }));
    assert_eq!(world.bank.credited(), Yen::of(30_000), "once");
    assert_eq!(cost(&world, chart::compensation()).await, 15_000);
    assert_eq!(
        cost(&world, chart::bank_clearing(bank)).await,
        15_000,
        "30,000 − 30,000 + its half"
    );
    let overview = world.wallet.overview(&world.ctx(), hanako.id).await.unwrap();
    assert_eq!(overview.available, before, "what the thief has left is another matter");
    assert!(
        world.wallet.refundable(hanako.id).await.unwrap().is_empty(),
        "it cannot go back twice"
    );
    assert_eq!(frauds(&world, &hanako), [1, 1, 1], "the engine heard of it, and by which account");
}

#[tokio::test]
async fn a_silent_bank_leaves_it_under_way_and_the_worker_ends_it() {
    let (world, _, _, topup, case) = robbed().await;
    let asked = asked(&world, case, topup, Cause::Wallet).await;
    world.bank.faults.lock().unwrap().push_back(Fault::LostAfter);

    world.wallet.approve(&world.ctx(), baba(), asked).await.unwrap();
    assert!(matches!(claim(&world, case).await.state, ClaimState::Paying { .. }));
    world.later(600);
    world.wallet.recover(&world.ctx()).await.unwrap();
    world.wallet.recover(&world.ctx()).await.unwrap();

    assert!(matches!(claim(&world, case).await.state, ClaimState::Paid { .. }));
    assert_eq!(world.bank.credited(), Yen::of(30_000));
    assert_eq!(cost(&world, chart::compensation()).await, 30_000, "we let the thief in");
}

#[tokio::test]
async fn a_claim_that_is_declined_moves_nothing_and_its_case_cannot_be_closed() {
    let (world, hanako, _, topup, case) = robbed().await;
    let asked = asked(&world, case, topup, Cause::Other).await;

    world.wallet.decline(&world.ctx(), baba(), asked).await.unwrap();

    assert_eq!(claim(&world, case).await.state, ClaimState::Investigating);
    assert_eq!(world.bank.credited(), Yen::ZERO);
    assert!(
        world
            .wallet
            .refunds_of(hanako.id)
            .await
            .unwrap()
            .iter()
            .all(|r: &Refund| r.claim.is_none())
    );
    let closed = world.wallet.close_case(&world.ctx(), aoki(), case, "終わり").await;
    assert!(matches!(closed, Err(WalletError::Desk(DeskError::ClaimOpen))), "{closed:?}");
}

async fn told(world: &World, name: &str) -> CaseId {
    let id = CaseId::derive(&[name]);
    let mut unit = Unit::new();
    let said = (id, "9901", CaseStage::Reported);
    shared::take(&world.wallet.book, &world.ctx(), &mut unit, said).await.unwrap();
    world.wallet.book.commit(unit).await.unwrap();
    id
}

/// "Ask the bank", from one person, ends nothing here either (FT-23).
#[tokio::test]
async fn what_a_bank_told_of_ends_by_two_people_with_one_outcome() {
    let world = World::new().await;
    let (wallet, ctx) = (&world.wallet, world.ctx());
    let id = told(&world, "told").await;
    let open = async || wallet.read_case(&ctx, aoki(), id).await.unwrap().closed_at.is_none();
    let end =
        async |by, outcome| wallet.end_report(&ctx, by, id, ("銀行に確かめた", outcome)).await;

    let bounced = wallet.close_case(&ctx, aoki(), id, "銀行に聞いてください").await;
    assert!(matches!(bounced, Err(WalletError::Desk(DeskError::NeedsOutcome))), "{bounced:?}");
    end(aoki(), Outcome::NotOwed).await.unwrap();
    assert!(open().await, "one word is none");
    let again = end(aoki(), Outcome::NotOwed).await;
    assert!(matches!(again, Err(WalletError::Desk(DeskError::SamePerson))), "{again:?}");
    end(baba(), Outcome::MadeGood).await.unwrap();
    assert!(open().await, "two people, and two words");
    end(aoki(), Outcome::MadeGood).await.unwrap();

    assert!(!open().await);
}

#[tokio::test]
async fn what_a_bank_told_of_ends_as_its_claim_did() {
    let (world, _, _, topup, known) = robbed().await;
    let (wallet, ctx) = (&world.wallet, world.ctx());
    let id = told(&world, "told").await;
    wallet.join_report(&ctx, aoki(), (id, known)).await.unwrap();
    let asked = asked(&world, known, topup, Cause::Other).await;
    let early = wallet.end_report(&ctx, aoki(), id, ("済み", Outcome::MadeGood)).await;
    assert!(matches!(early, Err(WalletError::Desk(DeskError::ClaimOpen))), "{early:?}");

    wallet.approve(&ctx, baba(), asked).await.unwrap();
    let untrue = wallet.end_report(&ctx, aoki(), id, ("なし", Outcome::NothingLost)).await;
    assert!(matches!(untrue, Err(WalletError::Desk(DeskError::NeedsOutcome))), "{untrue:?}");
    wallet.end_report(&ctx, aoki(), id, ("済み", Outcome::MadeGood)).await.unwrap();

    let case = wallet.read_case(&ctx, aoki(), id).await.unwrap();
    assert!(case.closed_at.is_some(), "two people decided about the claim");
}

#[tokio::test]
async fn a_report_ends_with_what_is_so() {
    let (world, _, _, topup, known) = robbed().await;
    let wallet = &world.wallet;
    let taken = wallet.report(&world.ctx(), ("a@example.jp", "?"), None).await.unwrap();
    let id = taken.case_id;
    wallet.join_report(&world.ctx(), aoki(), (id, known)).await.unwrap();
    let untrue = wallet.end_report(&world.ctx(), aoki(), id, ("x", Outcome::MadeGood)).await;
    assert!(untrue.is_err());

    let asked = asked(&world, id, topup, Cause::Other).await;
    wallet.approve(&world.ctx(), baba(), asked).await.unwrap();
    wallet.end_report(&world.ctx(), aoki(), id, ("済み", Outcome::MadeGood)).await.unwrap();

    let code = taken.code.grouped();
    let seen = wallet.report_progress(&id.to_string(), &code).await.unwrap().unwrap();
    assert!(seen.ended_at.is_some());
    assert!(wallet.report_progress(&known.to_string(), &code).await.unwrap().is_none());
}

#[tokio::test]
async fn what_went_back_meanwhile_lowers_the_claim_and_is_paid_by_nobody_again() {
    let (world, hanako, _, topup, case) = robbed().await;
    let asked = asked(&world, case, topup, Cause::Wallet).await;
    let part = ((aoki(), "the holder says"), (topup, Yen::of(10_000)));
    let part = world.wallet.propose_refund(&world.ctx(), part.0, case, part.1).await.unwrap();
    world.wallet.approve(&world.ctx(), baba(), part).await.unwrap();

    world.wallet.approve(&world.ctx(), baba(), asked).await.unwrap();
    world.wallet.recover(&world.ctx()).await.unwrap();

    let ended = claim(&world, case).await;
    assert!(matches!(ended.state, ClaimState::Paid { .. }));
    assert_eq!(ended.amount, Yen::of(20_000));
    assert_eq!(world.bank.credited(), Yen::of(30_000), "all of it, once");
    assert_eq!(cost(&world, chart::compensation()).await, 20_000);
    assert!(world.wallet.refundable(hanako.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_claim_that_is_paid_in_part_is_not_refused_and_its_shares_are_booked() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let first = world.top_up(&hanako, link, "a", 20_000).await.topup_id.to_string();
    let second = world.top_up(&hanako, link, "b", 5_000).await.topup_id.to_string();
    let case = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    let chosen = [first.clone(), second.clone()];
    world.wallet.open_claim(&world.ctx(), aoki(), case, &chosen).await.unwrap();
    act(&world, case, Act::Investigate).await;
    // The bank took the first payment back and refused the second.
    let mut half = world.wallet.book.load::<Claim>(case).await.unwrap();
    for item in half.edit().items.iter_mut().filter(|item| item.movement == first) {
        item.is_paid = true;
    }
    let mut unit = Unit::new();
    unit.update(&half);
    world.wallet.book.commit(unit).await.unwrap();

    let refuse = (Act::Refuse(Evidence::Signed, "dap_1".to_owned()), "r");
    let refused = world.wallet.act_on_claim(&world.ctx(), aoki(), case, refuse).await;
    assert!(matches!(refused, Err(WalletError::Desk(DeskError::NotAccepted))), "{refused:?}");
    let asked = act(&world, case, Act::PayPart(Cause::Other)).await.unwrap();
    world.wallet.approve(&world.ctx(), baba(), asked).await.unwrap();

    let ended = claim(&world, case).await;
    assert!(matches!(ended.state, ClaimState::Paid { .. }));
    assert_eq!((ended.amount, ended.items.len()), (Yen::of(20_000), 1));
    assert_eq!(cost(&world, chart::compensation()).await, -10_000, "the bank owes its half");
    let left = world.wallet.refundable(hanako.id).await.unwrap();
    assert!(left.iter().any(|(topup, _)| topup.topup_id.to_string() == second));
}

/// The bank pays its holders first, and says so of two cases.
#[tokio::test]
async fn what_the_bank_paid_is_borne_once_however_many_cases_are_told_of_it() {
    let (world, hanako, _, _, first) = robbed().await;
    let mut bank = world.wallet.book.load::<PartnerBank>(bank_code()).await.unwrap();
    bank.edit().agreement.compensation = Compensation::default();
    let second = Case::open(&world.ctx(), CaseKind::NotMe, "x", Some(hanako.id.to_string()));
    let mut unit = Unit::new();
    unit.update(&bank).insert(&second);
    for case_id in [first, second.case_id] {
        for (partner, yen) in [("9999", 1), ("9901", 30_000)] {
            let said = (case_id, partner, Yen::of(yen));
            claim::told_paid(&world.wallet.book, &world.ctx(), &mut unit, said).await.unwrap();
        }
    }
    world.wallet.book.commit(unit).await.unwrap();
    let mut policy = shipped();
    "bank-pays".clone_into(&mut policy.version);
    policy.split.pays_first = Some(Side::Bank);
    let asked = world
        .wallet
        .propose_compensation(&world.ctx(), aoki(), (policy, "text"), ("x", Some(record(&world))))
        .await;
    world.wallet.approve(&world.ctx(), baba(), asked.unwrap()).await.unwrap();
    assert_eq!(world.wallet.is_told_paid(first).await.unwrap(), Some(Yen::of(30_000)));

    let mut approvals = Vec::new();
    for case in [first, second.case_id] {
        world.wallet.open_claim(&world.ctx(), aoki(), case, &[]).await.unwrap();
        act(&world, case, Act::Investigate).await;
        approvals.push(act(&world, case, Act::Pay(Cause::Other)).await.unwrap());
    }
    world.wallet.approve(&world.ctx(), baba(), approvals[0]).await.unwrap();
    let more = world.wallet.approve(&world.ctx(), baba(), approvals[1]).await;

    assert!(matches!(more, Err(WalletError::Amount)), "{more:?}");
    assert_eq!(cost(&world, chart::compensation()).await, 15_000, "our half, once");
    assert_eq!(world.bank.credited(), Yen::ZERO, "nothing goes there again");
    assert_eq!(frauds(&world, &hanako), [1, 1, 0], "by which account, the bank did not say");
}

#[tokio::test]
async fn that_nothing_was_lost_two_people_say() {
    let (world, ..) = robbed().await;
    let wallet = &world.wallet;
    let taken = wallet.report(&world.ctx(), ("a@example.jp", "?"), None).await.unwrap();
    let end = async |by| {
        let end = ("記録を確かめた", Outcome::NothingLost);
        wallet.end_report(&world.ctx(), by, taken.case_id, end).await
    };

    end(aoki()).await.unwrap();
    let again = end(aoki()).await;
    assert!(matches!(again, Err(WalletError::Desk(DeskError::SamePerson))), "{again:?}");
    let code = taken.code.grouped();
    let number = taken.case_id.to_string();
    let far = wallet.report_progress(&number, &code).await.unwrap().unwrap();
    assert!(far.ended_at.is_none());
    end(baba()).await.unwrap();
    let far = wallet.report_progress(&number, &code).await.unwrap().unwrap();
    assert!(far.ended_at.is_some());
}

#[tokio::test]
async fn a_booked_top_up_is_refused_by_no_feeling_and_looked_at_again_by_others() {
    let (world, _, _, topup, case) = robbed().await;
    let chiba = StaffId::derive(&["chiba"]);
    world.wallet.open_claim(&world.ctx(), aoki(), case, &[topup.to_string()]).await.unwrap();
    act(&world, case, Act::Investigate).await;
    for (evidence, reference) in [
        (Evidence::NotBooked, "話があやしい"),
        (Evidence::PaidBack, "話があやしい"),
        (Evidence::Signed, "話があやしい"),
        (Evidence::Found, "話があやしい"),
    ] {
        let asked = (Act::Refuse(evidence, reference.to_owned()), "r");
        let refused = world.wallet.act_on_claim(&world.ctx(), aoki(), case, asked).await;
        let is_refused = matches!(refused, Err(WalletError::Desk(DeskError::NotShown)));
        assert!(is_refused, "{evidence:?} {refused:?}");
    }
    let paper = Act::Refuse(Evidence::Found, "東京地裁 令和8年(ワ)第123号".to_owned());
    let asked = act(&world, case, paper).await.unwrap();
    world.wallet.approve(&world.ctx(), baba(), asked).await.unwrap();
    assert!(claim(&world, case).await.state.is_ended());

    world.wallet.look_again(&world.ctx(), aoki(), case, "申し出").await.unwrap();

    assert_eq!(claim(&world, case).await.state, ClaimState::Received);
    let first =
        world.wallet.act_on_claim(&world.ctx(), aoki(), case, (Act::Investigate, "r")).await;
    assert!(matches!(first, Err(WalletError::Desk(DeskError::SecondLook))), "{first:?}");
    let other = (Act::Investigate, "r");
    world.wallet.act_on_claim(&world.ctx(), chiba, case, other).await.unwrap();
}

/// Somebody approves a debit with their own passkey at the bank, and then says that it was not them.
#[tokio::test]
async fn what_the_holder_signed_at_the_bank_refuses_a_claim_and_what_was_pressed_here_does_not() {
    for is_all_signed in [true, false] {
        let (world, hanako, link) = careful().await;
        let pressed = world.top_up(&hanako, link, "a", 1_000).await.topup_id.to_string();
        let topup = world.top_up(&hanako, link, "b", 20_000).await;
        let query = set_out(&world, &hanako, &topup, "code=c").await;
        come_back(&world, &hanako, &query).await.unwrap();
        let signed = topup.topup_id.to_string();
        let case = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
        let mut chosen = vec![signed.clone()];
        if !is_all_signed {
            chosen.push(pressed.clone());
        }
        world.wallet.open_claim(&world.ctx(), aoki(), case, &chosen).await.unwrap();
        act(&world, case, Act::Investigate).await;
        let refuse = async |reference: &str| {
            let asked = (Act::Refuse(Evidence::Signed, reference.to_owned()), "r");
            world.wallet.act_on_claim(&world.ctx(), aoki(), case, asked).await
        };

        for other in [pressed.as_str(), "dap_00000000000000000000000001"] {
            let refused = refuse(other).await;
            let is_refused = matches!(refused, Err(WalletError::Desk(DeskError::NotShown)));
            assert!(is_refused, "{other} {refused:?}");
        }
        let asked = refuse(&format!("{signed} {pressed}")).await;
        if !is_all_signed {
            let is_refused = matches!(asked, Err(WalletError::Desk(DeskError::NotShown)));
            assert!(is_refused, "{asked:?}");
            continue;
        }
        world.wallet.approve(&world.ctx(), baba(), asked.unwrap().unwrap()).await.unwrap();
        assert!(claim(&world, case).await.state.is_ended());
        assert_eq!(world.bank.credited(), Yen::ZERO);
    }
}

/// What is on its way back goes its way, once: a refusal says what is owed, and stops no money.
#[tokio::test]
async fn a_claim_refused_as_signed_while_a_refund_is_under_way_stops_it_not_and_pays_nothing_twice()
{
    for fault in [Fault::LostBefore, Fault::LostAfter] {
        let (world, hanako, link) = careful().await;
        let topup = world.top_up(&hanako, link, "a", 20_000).await;
        let query = set_out(&world, &hanako, &topup, "code=c").await;
        come_back(&world, &hanako, &query).await.unwrap();
        world.wallet.unlink(&world.ctx(), hanako.id, link).await.unwrap();
        let case = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
        let chosen = [topup.topup_id.to_string()];
        world.wallet.open_claim(&world.ctx(), aoki(), case, &chosen).await.unwrap();
        act(&world, case, Act::Investigate).await;
        let what = (topup.topup_id, Yen::of(20_000));
        let propose =
            async || world.wallet.propose_refund(&world.ctx(), (aoki(), "r"), case, what).await;
        let refund = propose().await.unwrap();
        world.bank.faults.lock().unwrap().push_back(fault);
        world.wallet.approve(&world.ctx(), baba(), refund).await.unwrap();

        let refuse = Act::Refuse(Evidence::Signed, chosen[0].clone());
        let asked = act(&world, case, refuse).await.unwrap();
        world.wallet.approve(&world.ctx(), baba(), asked).await.unwrap();
        assert!(claim(&world, case).await.state.is_ended());
        world.later(60);
        world.wallet.recover(&world.ctx()).await.unwrap();

        assert_eq!(world.bank.credited(), Yen::of(20_000), "{fault:?}");
        assert_eq!(world.balance(&hanako).await, Yen::ZERO);
        assert_eq!(world.clearing().await, Yen::ZERO, "the books of both agree");
        let more = propose().await;
        assert!(more.is_err(), "nothing is left of it: {more:?}");
    }
}

/// The customer signs at the bank, and changes their mind before the browser is back.
#[tokio::test]
async fn a_token_that_comes_after_its_top_up_was_withdrawn_moves_nothing_and_nothing_is_claimed() {
    let (world, hanako, link) = careful().await;
    let topup = world.top_up(&hanako, link, "a", 20_000).await;
    let query = set_out(&world, &hanako, &topup, "code=c").await;
    world.wallet.abandon_topup(&world.ctx(), hanako.id, topup.topup_id).await.unwrap();

    let late = come_back(&world, &hanako, &query).await;

    world.later(600);
    world.wallet.recover(&world.ctx()).await.unwrap();
    let kept = world.wallet.topup_of(hanako.id, topup.topup_id).await.unwrap();
    assert_eq!((kept.state_name(), kept.signed_at), ("refused", None), "{late:?}");
    assert_eq!(world.bank.debited(), Yen::ZERO);
    let case = world.wallet.freeze(&world.ctx(), hanako.id).await.unwrap();
    let chosen = [topup.topup_id.to_string()];
    let claimed = world.wallet.open_claim(&world.ctx(), aoki(), case, &chosen).await;
    assert!(
        matches!(claimed, Err(WalletError::Amount)),
        "there is nothing to give back: {claimed:?}"
    );
}
