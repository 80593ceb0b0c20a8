//! A victim gets their money back: by two people, once, and each company bears its part.

use std::sync::Arc;

use kanuki_bank::{
    BankError, chart,
    debit::{Debit, DebitState},
    mandate::Mandate,
};
use kanuki_desk::{
    DeskError,
    approval::Approval,
    case::{Case, CaseKind},
    claim::{Act, Claim, ToldPaid},
    compensation::{self, Refused},
    outbox::{Channel, Message},
    report::{self, Outcome},
    shared::SHARED_MAX,
};
use kanuki_domain::{
    Yen,
    agreement::{Compensation, Side},
    case_number::said,
    claim::{ClaimState, Evidence, Pause, Shared},
    compensation::{Cause, Policy, shipped},
    id::{ApprovalId, CaseId, DebitId, MandateId, StaffId},
    limits::DAY_SECS,
};
use kanuki_ledger::AccountId;
use kanuki_record::Unit;
use kanuki_risk::{Engine, Kind};
use kanuki_wire::set::{self, CaseStage};

use crate::{
    core_system::Fault,
    reopening::record,
    signals::counted,
    world::{CLIENT, ISSUER, World},
};

pub(crate) fn aoki() -> StaffId {
    StaffId::derive(&["aoki"])
}

pub(crate) fn baba() -> StaffId {
    StaffId::derive(&["baba"])
}

/// The policy of a bank that pays its holders itself.
pub(crate) fn bank_pays() -> Policy {
    let mut policy = shipped();
    "bank-pays".clone_into(&mut policy.version);
    policy.split.pays_first = Some(Side::Bank);
    policy
}

/// Nothing about compensation is agreed with the partner yet, and two people put the policy in force.
pub(crate) async fn with_policy(world: &World, policy: Policy) {
    let mut partner = world.bank.book.load::<kanuki_bank::partner::Partner>(CLIENT).await.unwrap();
    partner.edit().agreement.compensation = Compensation::default();
    let mut unit = Unit::new();
    unit.update(&partner);
    world.bank.book.commit(unit).await.unwrap();
    let read = (policy, "text");
    let asked = world
        .bank
        .propose_compensation(&world.ctx(), aoki(), read, ("取締役会", Some(record(world))))
        .await;
    world.bank.decide(&world.ctx(), baba(), asked.unwrap(), true).await.unwrap();
}

/// A debit of 5,001 yen that its holder did not make, with a case about the holder.
pub(crate) async fn robbed(world: &mut World) -> (MandateId, CaseId) {
    let mandate = world.linked().await;
    world.debit(mandate, 1, 5_001).await;
    let holder = world.bank.book.load::<Mandate>(mandate).await.unwrap().holder_id.to_string();
    let case = Case::open(&world.ctx(), CaseKind::NotMe, mandate, Some(holder));
    let mut unit = Unit::new();
    unit.insert(&case);
    world.bank.book.commit(unit).await.unwrap();
    (mandate, case.case_id)
}

/// The partner gives something of the debit back, and the account has it.
pub(crate) async fn give_back(world: &World, mandate: MandateId, yen: u32) {
    let back = kanuki_bank::credit::AskCredit {
        client_id: CLIENT.to_owned(),
        mandate_id: mandate,
        credit_id: kanuki_domain::id::PayoutId::derive(&["back"]),
        amount: Yen::of(yen),
        refund_of: Some(DebitId::derive(&["1"])),
    };
    let paid = world.bank.request_credit(&world.ctx(), back).await.unwrap();
    assert!(matches!(paid.state, DebitState::Booked { .. }));
}

pub(crate) async fn debit(world: &World) -> Debit {
    world.bank.find_debit(CLIENT, DebitId::derive(&["1"])).await.unwrap().unwrap()
}

pub(crate) async fn act(world: &World, by: StaffId, case: CaseId, act: Act) -> Option<ApprovalId> {
    world.bank.act_on_claim(&world.ctx(), by, case, (act, "調査票 3")).await.unwrap()
}

/// A paper, as it is named.
pub(crate) fn paper() -> Act {
    Act::Refuse(Evidence::Found, "東京地裁 令和8年(ワ)第123号".to_owned())
}

/// Opened and looked into by one person, who asks that it be paid.
async fn asked(world: &World, case: CaseId, fault: Cause) -> ApprovalId {
    let key = debit(world).await.key();
    world.bank.open_claim(&world.ctx(), aoki(), case, &[key]).await.unwrap();
    act(world, aoki(), case, Act::Investigate).await;
    act(world, aoki(), case, Act::Pay(fault)).await.unwrap()
}

pub(crate) async fn claim(world: &World, case: CaseId) -> Claim {
    world.bank.claim_of_case(case).await.unwrap().unwrap()
}

/// What the holder is told of this kind, by mail: how much, and under which number.
async fn told_as(world: &World, kind: &str) -> Vec<(String, String)> {
    let mut said = Vec::new();
    for message in world.bank.book.list::<Message>("state", "due").await.unwrap() {
        if message.kind == kind && message.channel == Some(Channel::Mail) {
            let key = world.bank.book.load(&message.person_id).await.unwrap();
            let values = message.open(&world.bank.vault, &key).unwrap().1.values;
            let of = |name: &str| values.get(name).cloned().unwrap_or_default();
            said.push((of("amount"), of("case")));
        }
    }
    said
}

/// What an account owes, as a signed number: credits less debits.
async fn owes(world: &World, account: AccountId) -> i128 {
    let found = world.bank.ledger.find_account(account, world.now).await.unwrap().unwrap();
    i128::from(found.credits_posted.amount()) - i128::from(found.debits_posted.amount())
}

#[tokio::test]
async fn two_people_pay_the_whole_debit_and_the_bank_bears_its_part_once() {
    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (mandate, case) = robbed(&mut world).await;
    let holder = world.bank.book.load::<Mandate>(mandate).await.unwrap().holder_id;
    assert_eq!(world.core.balance("9000001"), 494_999);

    let asked = asked(&world, case, Cause::Other).await;
    let alone = world.bank.decide(&world.ctx(), aoki(), asked, true).await;
    assert!(matches!(alone, Err(BankError::Desk(DeskError::SamePerson))), "{alone:?}");
    assert_eq!(world.core.balance("9000001"), 494_999, "one person moves nothing");
    assert_eq!(counted(&world, holder, Kind::FraudConfirmed), 0, "and confirms nothing");
    world.bank.decide(&world.ctx(), baba(), asked, true).await.unwrap();
    for _ in 0..3 {
        world.bank.drive_claim(&world.ctx(), case).await.unwrap();
        world.bank.recover_claims(&world.ctx()).await.unwrap();
    }

    assert!(matches!(claim(&world, case).await.state, ClaimState::Paid { .. }));
    assert_eq!(world.core.balance("9000001"), 500_000, "once, however often it is driven");
    assert_eq!(debit(&world).await.refunded, Yen::of(5_001));
    assert_eq!(owes(&world, chart::core_clearing()).await, 0, "the core is even");
    let owed = owes(&world, chart::partner_clearing(CLIENT)).await;
    assert_eq!(owed, 5_001 - 2_500, "the wallet bears its half of what it had");
    assert_eq!(owes(&world, chart::compensation()).await, -2_501, "what does not divide is ours");
    assert_eq!(counted(&world, holder, Kind::FraudConfirmed), 1, "the engine heard of it once");
    world.bank.risk = Arc::new(Engine::bank().unwrap());
    world.bank.recall_attempts(world.now).await.unwrap();
    assert_eq!(counted(&world, holder, Kind::FraudConfirmed), 1, "after a restart");
    assert!(world.is_to_be_signed(mandate, 7, 10).await, "the wallet that took it");
    let made_good = told_as(&world, "made_good").await;
    assert_eq!(made_good, [("¥5,001".to_owned(), said(case))], "the victim hears what it is");
    assert!(told_as(&world, "credited").await.is_empty());
}

#[tokio::test]
async fn what_a_partner_gave_back_meanwhile_is_not_paid_twice_and_keeps_nobody_from_the_rest() {
    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (mandate, case) = robbed(&mut world).await;
    let asked = asked(&world, case, Cause::Wallet).await;
    give_back(&world, mandate, 1).await;

    world.bank.decide(&world.ctx(), baba(), asked, true).await.unwrap();

    assert_eq!(world.core.balance("9000001"), 500_000, "one yen stops nothing");
    let paid = claim(&world, case).await;
    assert!(matches!(paid.state, ClaimState::Paid { .. }));
    assert_eq!(paid.amount, Yen::of(5_000));
    assert_eq!(debit(&world).await.refunded, Yen::of(5_001));
}

#[tokio::test]
async fn where_all_came_back_meanwhile_nothing_is_paid_and_that_is_what_it_is_refused_by() {
    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (mandate, case) = robbed(&mut world).await;
    let asked = asked(&world, case, Cause::Wallet).await;
    give_back(&world, mandate, 5_001).await;

    let agreed = world.bank.decide(&world.ctx(), baba(), asked, true).await;
    assert!(matches!(agreed, Err(BankError::Amounts)), "{agreed:?}");
    world.bank.decide(&world.ctx(), baba(), asked, false).await.unwrap();
    let made_up = (Act::Refuse(Evidence::PaidBack, "back".to_owned()), "r");
    let made_up = world.bank.act_on_claim(&world.ctx(), aoki(), case, made_up).await;
    assert!(matches!(made_up, Err(BankError::Desk(DeskError::NotShown))), "{made_up:?}");
    let back = kanuki_domain::id::PayoutId::derive(&["back"]).to_string();
    let named = Act::Refuse(Evidence::PaidBack, back);
    let asked = act(&world, aoki(), case, named).await.unwrap();
    world.bank.decide(&world.ctx(), baba(), asked, true).await.unwrap();

    assert!(matches!(claim(&world, case).await.state, ClaimState::Refused { .. }));
    assert_eq!(world.core.balance("9000001"), 500_000);
    assert_eq!(owes(&world, chart::compensation()).await, 0);
}

#[tokio::test]
async fn a_claim_that_is_paid_in_part_is_not_refused_and_its_shares_are_booked() {
    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (mandate, case) = robbed(&mut world).await;
    let second = world.debit(mandate, 2, 1_000).await.key();
    let keys = [debit(&world).await.key(), second.clone()];
    world.bank.open_claim(&world.ctx(), aoki(), case, &keys).await.unwrap();
    act(&world, aoki(), case, Act::Investigate).await;
    let nothing = (Act::PayPart(Cause::Other), "r");
    assert!(world.bank.act_on_claim(&world.ctx(), aoki(), case, nothing).await.is_err());
    // The core took the first payment and refused the second.
    let mut half = world.bank.book.load::<Claim>(case).await.unwrap();
    for item in half.edit().items.iter_mut().filter(|item| item.movement != second) {
        item.is_paid = true;
    }
    let mut unit = Unit::new();
    unit.update(&half);
    world.bank.book.commit(unit).await.unwrap();

    let refuse = (Act::Refuse(Evidence::Signed, "dap_1".to_owned()), "r");
    let refused = world.bank.act_on_claim(&world.ctx(), aoki(), case, refuse).await;
    assert!(matches!(refused, Err(BankError::Desk(DeskError::NotAccepted))), "{refused:?}");
    let asked = act(&world, aoki(), case, Act::PayPart(Cause::Other)).await.unwrap();
    assert_eq!(claim(&world, case).await.asked(), Yen::of(5_001));
    world.bank.decide(&world.ctx(), baba(), asked, false).await.unwrap();
    assert_eq!(claim(&world, case).await.asked(), Yen::of(6_001), "declined: all of it again");
    let asked = act(&world, aoki(), case, Act::PayPart(Cause::Other)).await.unwrap();
    world.bank.decide(&world.ctx(), baba(), asked, true).await.unwrap();

    let ended = claim(&world, case).await;
    assert!(matches!(ended.state, ClaimState::Paid { .. }));
    assert_eq!((ended.amount, ended.items.len()), (Yen::of(5_001), 1));
    assert_eq!(owes(&world, chart::compensation()).await, -2_501);
}

#[tokio::test]
async fn what_came_back_is_shared_once_however_many_cases_are_told_of_it() {
    let mut world = World::new().await;
    let (mandate, first) = robbed(&mut world).await;
    let holder = world.bank.book.load::<Mandate>(mandate).await.unwrap().holder_id.to_string();
    let second = Case::open(&world.ctx(), CaseKind::NotMe, mandate, Some(holder));
    let mut unit = Unit::new();
    unit.insert(&second);
    for case_id in [first, second.case_id] {
        let (partner, amount) = (CLIENT.to_owned(), Yen::of(5_001));
        unit.insert(&ToldPaid { case_id, partner, amount, at: world.now });
    }
    world.bank.book.commit(unit).await.unwrap();
    give_back(&world, mandate, 5_001).await;
    let mut approvals = Vec::new();
    for case in [first, second.case_id] {
        world.bank.open_claim(&world.ctx(), aoki(), case, &[]).await.unwrap();
        act(&world, aoki(), case, Act::Investigate).await;
        approvals.push(act(&world, aoki(), case, Act::Pay(Cause::Other)).await.unwrap());
    }

    world.bank.decide(&world.ctx(), baba(), approvals[0], true).await.unwrap();
    let again = world.bank.decide(&world.ctx(), baba(), approvals[1], true).await;

    assert!(matches!(again, Err(BankError::Amounts)), "{again:?}");
    assert_eq!(owes(&world, chart::compensation()).await, -2_501, "its half, once");
    assert_eq!(debit(&world).await.borne, Yen::of(5_001));
}

#[tokio::test]
async fn a_silent_core_leaves_a_claim_under_way_and_a_worker_ends_it() {
    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (_, case) = robbed(&mut world).await;
    let asked = asked(&world, case, Cause::Bank).await;
    world.core.0.lock().unwrap().faults = vec![Fault::AfterDoing, Fault::BeforeDoing];

    world.bank.decide(&world.ctx(), baba(), asked, true).await.unwrap();
    assert!(matches!(claim(&world, case).await.state, ClaimState::Paying { .. }));
    world.core.0.lock().unwrap().faults.clear();
    world.bank.recover_claims(&world.ctx()).await.unwrap();

    assert!(matches!(claim(&world, case).await.state, ClaimState::Paid { .. }));
    assert_eq!(world.core.balance("9000001"), 500_000);
    assert_eq!(owes(&world, chart::compensation()).await, -5_001, "the bank let the thief in");
}

#[tokio::test]
async fn a_stopped_partner_keeps_no_victim_from_their_money() {
    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (_, case) = robbed(&mut world).await;
    let scope = kanuki_bank::desk::Scope::Partner(CLIENT.to_owned());
    world.bank.close_gate(&world.ctx(), aoki(), &scope, "調査").await.unwrap();

    let asked = asked(&world, case, Cause::Wallet).await;
    world.bank.decide(&world.ctx(), baba(), asked, true).await.unwrap();

    assert!(matches!(claim(&world, case).await.state, ClaimState::Paid { .. }));
    assert_eq!(world.core.balance("9000001"), 500_000);
    assert_eq!(owes(&world, chart::compensation()).await, 0, "the wallet bears all of it");
}

#[tokio::test]
async fn a_claim_is_refused_by_evidence_with_a_name_and_by_two_people() {
    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (_, case) = robbed(&mut world).await;
    let key = debit(&world).await.key();
    world.bank.open_claim(&world.ctx(), aoki(), case, &[key]).await.unwrap();
    act(&world, aoki(), case, Act::Investigate).await;

    let nameless = Act::Refuse(Evidence::Signed, " ".to_owned());
    let refused = world.bank.act_on_claim(&world.ctx(), aoki(), case, (nameless, "r")).await;
    assert!(matches!(refused, Err(BankError::Desk(DeskError::NotNamed))), "{refused:?}");
    let closed = world.bank.note_case(&world.ctx(), aoki(), case, ("終わり", true)).await;
    assert!(matches!(closed, Err(BankError::Desk(DeskError::ClaimOpen))), "{closed:?}");
    // What the page lists as booked is not "not booked", a feeling is no paper, and a signature is kept.
    for (evidence, reference) in [
        (Evidence::NotBooked, "話があやしい"),
        (Evidence::PaidBack, "refund 1"),
        (Evidence::Signed, "dap_1"),
        (Evidence::Found, "話があやしい"),
        (Evidence::TakenBack, "3"),
    ] {
        let asked = (Act::Refuse(evidence, reference.to_owned()), "r");
        let refused = world.bank.act_on_claim(&world.ctx(), aoki(), case, asked).await;
        let is_refused = matches!(refused, Err(BankError::Desk(DeskError::NotShown)));
        assert!(is_refused, "{evidence:?} {refused:?}");
    }
    let asked = act(&world, aoki(), case, paper()).await.unwrap();
    world.bank.decide(&world.ctx(), baba(), asked, true).await.unwrap();

    assert!(matches!(claim(&world, case).await.state, ClaimState::Refused { .. }));
    assert_eq!(world.core.balance("9000001"), 494_999);
    world.bank.note_case(&world.ctx(), aoki(), case, ("終わり", true)).await.unwrap();
}

#[tokio::test]
async fn where_the_wallet_pays_the_bank_books_its_part_of_what_came_back_and_no_more() {
    let mut world = World::new().await;
    let (mandate, case) = robbed(&mut world).await;
    let early = world.bank.open_claim(&world.ctx(), aoki(), case, &[]).await;
    assert!(matches!(early, Err(BankError::NotAvailable)), "nobody was told: {early:?}");
    let told = |amount| ToldPaid {
        case_id: case,
        partner: CLIENT.to_owned(),
        amount: Yen::of(amount),
        at: world.now,
    };
    let mut unit = Unit::new();
    unit.insert(&told(5_001));
    world.bank.book.commit(unit).await.unwrap();
    let lie = world.bank.open_claim(&world.ctx(), aoki(), case, &[]).await;
    assert!(matches!(lie, Err(BankError::Amounts)), "nothing came back: {lie:?}");
    give_back(&world, mandate, 5_001).await;
    assert_eq!(told_as(&world, "given_back").await, [("¥5,001".to_owned(), String::new())]);

    world.bank.open_claim(&world.ctx(), aoki(), case, &[]).await.unwrap();
    act(&world, aoki(), case, Act::Investigate).await;
    let asked = act(&world, aoki(), case, Act::Pay(Cause::Other)).await.unwrap();
    world.bank.decide(&world.ctx(), baba(), asked, true).await.unwrap();

    assert!(matches!(claim(&world, case).await.state, ClaimState::Paid { .. }));
    assert_eq!(world.core.balance("9000001"), 500_000, "the victim was paid once");
    let victim = told_as(&world, "made_good_there").await;
    assert_eq!(victim, [("¥5,001".to_owned(), said(case))]);
    assert_eq!(owes(&world, chart::compensation()).await, -2_501);
    assert_eq!(owes(&world, chart::partner_clearing(CLIENT)).await, 2_501);
    let holder = world.bank.book.load::<Mandate>(mandate).await.unwrap().holder_id;
    assert_eq!(counted(&world, holder, Kind::FraudConfirmed), 1, "of the debit that came back");
}

/// The wallet says that the victim has their 5,001 yen.
pub(crate) fn paid(world: &World, jti: &str, case_id: CaseId) -> String {
    let stage = CaseStage::Paid { amount: Yen::of(5_001) };
    let event = set::SecurityEvent {
        jti: jti.to_owned(),
        txn: Some(case_id.to_string()),
        subject: case_id.to_string(),
        issued_at: world.now,
        event: set::Event::CaseShared { case_id, stage },
    };
    set::make(&world.set_key, "http://localhost:8080", ISSUER, &event).unwrap()
}

/// The victim's only word was "came in from" the company by which they were robbed.
#[tokio::test]
async fn where_the_wallet_pays_the_victim_hears_once_that_it_is_their_compensation() {
    let mut world = World::new().await;
    let (mandate, case_id) = robbed(&mut world).await;
    give_back(&world, mandate, 5_001).await;

    world.bank.receive_event(&world.ctx(), &paid(&world, "paid", case_id)).await.unwrap();
    world.bank.receive_event(&world.ctx(), &paid(&world, "again", case_id)).await.unwrap();

    let told = told_as(&world, "made_good_there").await;
    assert_eq!(told, [("¥5,001".to_owned(), said(case_id))]);
}

#[tokio::test]
async fn a_partner_that_says_it_paid_what_never_came_tells_the_victim_nothing() {
    let mut world = World::new().await;
    let (_, case_id) = robbed(&mut world).await;
    let lie = paid(&world, "lie", case_id);

    world.bank.receive_event(&world.ctx(), &lie).await.unwrap();

    assert!(told_as(&world, "made_good_there").await.is_empty());
}

#[tokio::test]
async fn a_policy_that_contradicts_what_was_agreed_is_not_proposed() {
    let world = World::new().await;

    let refused = world
        .bank
        .propose_compensation(&world.ctx(), aoki(), (bank_pays(), "text"), ("r", None))
        .await;

    assert!(matches!(refused, Err(Refused::Gaps)), "{refused:?}");
    let (live, since) = compensation::in_force(&world.bank.book).await.unwrap();
    assert_eq!((live, since), (shipped(), None));
}

#[tokio::test]
async fn a_report_shows_its_days_to_whoever_has_its_code_and_nothing_to_anybody_else() {
    let mut world = World::new().await;
    let (_, known) = robbed(&mut world).await;
    let bank = &world.bank;
    let taken = bank.report(&world.ctx(), ("a@example.jp", "?"), Some(CLIENT)).await.unwrap();
    let (number, code) = (taken.case_id.to_string(), taken.code.grouped());

    let seen = bank.report_progress(&number, &code.to_lowercase()).await.unwrap().unwrap();
    assert_eq!(seen.clock.answer_by().to_string(), "2026-11-24", "Sunday, then a holiday");
    assert!(seen.shared == Shared::Telling && seen.ended_at.is_none());
    for (number, code) in [
        (number.as_str(), "0000-0000-0000"),
        (number.as_str(), ""),
        (known.to_string().as_str(), code.as_str()),
        (said(taken.case_id).as_str(), "0000-0000-0000"),
        (said(known).as_str(), code.as_str()),
        ("cas_x", code.as_str()),
        ("48213-90576", code.as_str()),
    ] {
        assert!(bank.report_progress(number, code).await.unwrap().is_none(), "{number} {code}");
    }
    let other = bank.report(&world.ctx(), ("b@example.jp", "?"), None).await.unwrap();
    let other = other.case_id.to_string();
    assert!(bank.report_progress(&other, &code).await.unwrap().is_none(), "one code, one report");
}

#[tokio::test]
async fn a_report_comes_to_a_person_only_by_a_case_whose_person_was_proven_and_ends_with_what_is_so()
 {
    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (_, known) = robbed(&mut world).await;
    let bank = &world.bank;
    let taken = bank.report(&world.ctx(), ("a@example.jp", "?"), None).await.unwrap();
    let id = taken.case_id;
    let case = bank.read_case(&world.ctx(), aoki(), id).await.unwrap();
    assert!(bank.claimable(&case).await.unwrap().is_empty());
    let nobody = bank.report(&world.ctx(), ("b@example.jp", "?"), None).await.unwrap();
    let joined = bank.join_report(&world.ctx(), aoki(), (id, nobody.case_id)).await;
    assert!(joined.is_err(), "another report proves nobody");

    bank.join_report(&world.ctx(), aoki(), (id, known)).await.unwrap();
    let plain = bank.note_case(&world.ctx(), aoki(), id, ("相手に聞いて", true)).await;
    assert!(matches!(plain, Err(BankError::Desk(DeskError::NeedsOutcome))), "{plain:?}");
    let untrue = bank.end_report(&world.ctx(), aoki(), id, ("x", Outcome::MadeGood)).await;
    assert!(untrue.is_err(), "nothing was paid");
    let asked = asked(&world, id, Cause::Other).await;
    bank.decide(&world.ctx(), baba(), asked, true).await.unwrap();
    bank.end_report(&world.ctx(), aoki(), id, ("お知らせ済み", Outcome::MadeGood)).await.unwrap();

    let seen = bank.report_progress(&id.to_string(), &taken.code.grouped()).await.unwrap();
    assert!(seen.unwrap().ended_at.is_some());
    assert_eq!(world.core.balance("9000001"), 500_000);
}

#[tokio::test]
async fn a_report_that_no_company_was_told_of_is_found_from_each_case_of_its_matter() {
    let mut world = World::new().await;
    let (_, known) = robbed(&mut world).await;
    let bank = &world.bank;
    let told = bank.report(&world.ctx(), ("a@example.jp", "?"), Some(CLIENT)).await.unwrap();
    let untold = bank.report(&world.ctx(), ("a@example.jp", "?"), None).await.unwrap();
    for id in [told.case_id, untold.case_id] {
        bank.join_report(&world.ctx(), aoki(), (id, known)).await.unwrap();
    }

    for id in [known, told.case_id, untold.case_id] {
        let case = bank.read_case(&world.ctx(), aoki(), id).await.unwrap();
        let found = report::untold(&bank.book, &case).await.unwrap().unwrap();
        assert_eq!(found.case_id, untold.case_id, "from {id}");
    }
}

#[tokio::test]
async fn a_paused_claim_is_late_later_and_a_declined_payment_is_looked_into_again() {
    let mut world = World::new().await;
    with_policy(&world, bank_pays()).await;
    let (_, case) = robbed(&mut world).await;
    let key = debit(&world).await.key();
    world.bank.open_claim(&world.ctx(), aoki(), case, &[key]).await.unwrap();
    act(&world, aoki(), case, Act::Investigate).await;
    act(&world, aoki(), case, Act::Pause(Pause::AskedPolice)).await;
    world.wait(10 * DAY_SECS);
    assert!(!claim(&world, case).await.is_overdue(world.now), "the clock stands still");
    act(&world, aoki(), case, Act::Investigate).await;
    world.wait(8 * DAY_SECS);
    assert!(claim(&world, case).await.is_overdue(world.now));

    let asked = act(&world, aoki(), case, Act::Pay(Cause::Other)).await.unwrap();
    world.bank.decide(&world.ctx(), baba(), asked, false).await.unwrap();

    assert_eq!(claim(&world, case).await.state, ClaimState::Investigating);
    assert_eq!(world.core.balance("9000001"), 494_999);
    let waiting = world.bank.book.list::<Approval>("state", "waiting").await.unwrap();
    assert!(waiting.is_empty());
}

#[tokio::test]
async fn a_case_that_a_partner_tells_of_is_work_and_stops_nothing_and_a_flood_has_an_end() {
    let mut world = World::new().await;
    let (mandate, _) = robbed(&mut world).await;
    let tell = |n: usize, stage: CaseStage| {
        let case_id = CaseId::derive(&["told", &n.to_string()]);
        let event = set::SecurityEvent {
            jti: format!("case-{n}-{stage:?}"),
            txn: Some(case_id.to_string()),
            subject: case_id.to_string(),
            issued_at: world.now,
            event: set::Event::CaseShared { case_id, stage },
        };
        set::make(&world.set_key, "http://localhost:8080", ISSUER, &event).unwrap()
    };
    for _ in 0..2 {
        world.bank.receive_event(&world.ctx(), &tell(0, CaseStage::Reported)).await.unwrap();
    }
    let paid = |yen| CaseStage::Paid { amount: Yen::of(yen) };
    world.bank.receive_event(&world.ctx(), &tell(0, paid(5_001))).await.unwrap();
    world.bank.receive_event(&world.ctx(), &tell(0, paid(9_999))).await.unwrap();

    let first = CaseId::derive(&["told", "0"]);
    let case = world.bank.read_case(&world.ctx(), aoki(), first).await.unwrap();
    assert_eq!((case.kind, case.person_id), (CaseKind::ToldByPartner, None));
    let told = world.bank.is_told_paid(first).await.unwrap();
    assert_eq!(told, Some(Yen::of(5_001)), "what was told first stays");
    assert!(matches!(world.debit(mandate, 2, 1_000).await.state, DebitState::Booked { .. }));

    for n in 1..SHARED_MAX {
        world.bank.receive_event(&world.ctx(), &tell(n, CaseStage::Reported)).await.unwrap();
    }
    let flood = tell(SHARED_MAX, CaseStage::Reported);
    assert!(world.bank.receive_event(&world.ctx(), &flood).await.is_err(), "told again later");
    let paid = tell(SHARED_MAX, paid(5_001));
    world.bank.receive_event(&world.ctx(), &paid).await.expect("a payment is not put off");
    for n in SHARED_MAX + 1..2 * SHARED_MAX {
        let paid = tell(n, CaseStage::Paid { amount: Yen::of(1) });
        world.bank.receive_event(&world.ctx(), &paid).await.unwrap();
    }
    let flood = tell(2 * SHARED_MAX, CaseStage::Paid { amount: Yen::of(1) });
    assert!(world.bank.receive_event(&world.ctx(), &flood).await.is_err(), "and has an end too");
}
