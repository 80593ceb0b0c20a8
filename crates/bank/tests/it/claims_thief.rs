//! Claims that somebody tries to bend: another partner, one person of staff, a thief who reports in the
//! victim's name.

use kanuki_bank::{BankError, mandate::Mandate};
use kanuki_desk::{
    DeskError,
    case::{Case, CaseKind},
    claim::{self, ToldPaid},
    report::Outcome,
    shared,
};
use kanuki_domain::{
    Yen,
    claim::Shared,
    id::{CaseId, MandateId, StaffId},
};
use kanuki_record::{Record, Table, Unit};
use kanuki_wire::set::CaseStage;
use serde::{Deserialize, Serialize};

use crate::world::{CLIENT, World};

fn staff(name: &str) -> StaffId {
    StaffId::derive(&[name])
}

/// A case about the holder of a debit of 5,001 yen, of this kind.
async fn case(world: &World, mandate: MandateId, kind: CaseKind) -> CaseId {
    let holder = world.bank.book.load::<Mandate>(mandate).await.unwrap().holder_id.to_string();
    let case = Case::open(&world.ctx(), kind, mandate, Some(holder));
    let mut unit = Unit::new();
    unit.insert(&case);
    world.bank.book.commit(unit).await.unwrap();
    case.case_id
}

async fn robbed() -> (World, MandateId) {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    world.debit(mandate, 1, 5_001).await;
    (world, mandate)
}

async fn says_paid(world: &World, case: CaseId, partner: &str, yen: u32) {
    let mut unit = Unit::new();
    let said = (case, partner, Yen::of(yen));
    claim::told_paid(&world.bank.book, &world.ctx(), &mut unit, said).await.unwrap();
    world.bank.book.commit(unit).await.unwrap();
}

#[tokio::test]
async fn another_partner_that_says_first_that_it_paid_keeps_nobody_from_being_heard() {
    let (world, mandate) = robbed().await;
    let case = case(&world, mandate, CaseKind::NotMe).await;

    says_paid(&world, case, "robbed-wallet", 1).await;
    let lie = world.bank.is_told_paid(case).await.unwrap();
    says_paid(&world, case, CLIENT, 5_001).await;
    says_paid(&world, case, CLIENT, 9_999).await;

    assert_eq!(lie, None, "who has nothing to do with the case is not heard");
    let told = world.bank.is_told_paid(case).await.unwrap();
    assert_eq!(told, Some(Yen::of(5_001)), "and of one partner the first word stays");
}

/// A row from when a case had one word, and its number was the key.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Older(ToldPaid);

impl Record for Older {
    const TABLE: &'static Table = <ToldPaid as Record>::TABLE;

    fn id(&self) -> String {
        self.0.case_id.to_string()
    }

    fn keys(&self) -> Vec<Option<String>> {
        Vec::new()
    }
}

#[tokio::test]
async fn a_word_that_was_kept_when_a_case_had_one_is_still_read_and_said_by_nobody_twice() {
    let (world, mandate) = robbed().await;
    let case_id = case(&world, mandate, CaseKind::NotMe).await;
    let (partner, amount) = (CLIENT.to_owned(), Yen::of(5_001));
    let mut unit = Unit::new();
    unit.insert(&Older(ToldPaid { case_id, partner, amount, at: world.now }));
    world.bank.book.commit(unit).await.unwrap();

    says_paid(&world, case_id, CLIENT, 9_999).await;

    assert_eq!(world.bank.is_told_paid(case_id).await.unwrap(), Some(Yen::of(5_001)));
}

#[tokio::test]
async fn a_partners_word_and_a_members_word_bring_nobody_to_a_holders_debits() {
    let (world, mandate) = robbed().await;
    let bank = &world.bank;
    let told = case(&world, mandate, CaseKind::ToldByPartner).await;
    let own = case(&world, mandate, CaseKind::NotMe).await;
    let taken = bank.report(&world.ctx(), ("a@example.jp", "?"), None).await.unwrap();

    let by_partner = bank.join_report(&world.ctx(), staff("aoki"), (taken.case_id, told)).await;
    assert!(matches!(by_partner, Err(BankError::Desk(DeskError::NotAccepted))), "{by_partner:?}");
    let other = bank.join_report(&world.ctx(), staff("aoki"), (own, told)).await;
    assert!(other.is_err(), "and what nobody reported is joined to nothing");
    bank.join_report(&world.ctx(), staff("aoki"), (taken.case_id, own)).await.unwrap();
    let second = bank.report(&world.ctx(), ("b@example.jp", "?"), None).await.unwrap();
    let chain = (second.case_id, taken.case_id);
    let chained = bank.join_report(&world.ctx(), staff("aoki"), chain).await;
    assert!(chained.is_err(), "a report that was joined proves nobody itself");
}

#[tokio::test]
async fn that_nothing_was_lost_two_people_say() {
    let (world, _) = robbed().await;
    let (bank, ctx) = (&world.bank, world.ctx());
    let taken = bank.report(&ctx, ("a@example.jp", "?"), None).await.unwrap();
    let id = taken.case_id;
    let open = async || bank.read_case(&ctx, staff("aoki"), id).await.unwrap().closed_at.is_none();
    let end = async |by: &str, outcome| {
        bank.end_report(&ctx, staff(by), id, ("記録を確かめた", outcome)).await
    };

    end("aoki", Outcome::NothingLost).await.unwrap();
    assert!(open().await, "one word is none");
    let again = end("aoki", Outcome::NothingLost).await;
    assert!(matches!(again, Err(BankError::Desk(DeskError::SamePerson))), "{again:?}");
    end("baba", Outcome::TakenBack).await.unwrap();
    assert!(open().await, "two people, and two words");
    end("chiba", Outcome::TakenBack).await.unwrap();

    assert!(!open().await);
    let report = bank.report_of(id).await.unwrap().unwrap();
    assert_eq!(report.outcome, Some(Outcome::TakenBack));
}

/// "Ask the wallet", from one person, ends nothing here either (FT-23).
#[tokio::test]
async fn what_a_wallet_told_of_ends_by_two_people_with_one_outcome() {
    let (world, mandate) = robbed().await;
    let (bank, ctx) = (&world.bank, world.ctx());
    let number = CaseId::derive(&["told"]);
    let mut unit = Unit::new();
    let said = (number, CLIENT, CaseStage::Reported);
    shared::take(&bank.book, &ctx, &mut unit, said).await.unwrap();
    bank.book.commit(unit).await.unwrap();
    let alarm = case(&world, mandate, CaseKind::ToldByPartner).await;

    for id in [number, alarm] {
        let open =
            async || bank.read_case(&ctx, staff("aoki"), id).await.unwrap().closed_at.is_none();
        let end = async |by: &str, outcome| {
            bank.end_report(&ctx, staff(by), id, ("ウォレットの会社に確かめた", outcome)).await
        };
        let noted = ("ウォレットの会社に聞いてください", true);
        let bounced = bank.note_case(&ctx, staff("aoki"), id, noted).await;
        assert!(matches!(bounced, Err(BankError::Desk(DeskError::NeedsOutcome))), "{bounced:?}");
        end("aoki", Outcome::NotOwed).await.unwrap();
        assert!(open().await, "one word is none");
        let again = end("aoki", Outcome::NotOwed).await;
        assert!(matches!(again, Err(BankError::Desk(DeskError::SamePerson))), "{again:?}");
        end("baba", Outcome::MadeGood).await.unwrap();
        assert!(open().await, "two people, and two words");
        end("chiba", Outcome::MadeGood).await.unwrap();

        assert!(!open().await);
    }
}

#[tokio::test]
async fn a_report_beyond_what_one_network_may_tell_is_told_when_somebody_looked() {
    let (world, _) = robbed().await;
    let (bank, ctx) = (&world.bank, world.ctx());
    let due = async || world.due_events().await.iter().filter(|push| push.token.len() > 1).count();
    let before = due().await;

    let taken = bank.report_unseen(&ctx, ("a@example.jp", "?"), CLIENT).await.unwrap();
    let id = taken.case_id;
    assert_eq!(due().await, before, "the partner hears nothing yet");
    let code = taken.code.grouped();
    let seen = bank.report_progress(&id.to_string(), &code).await.unwrap().unwrap();
    assert_eq!(seen.shared, Shared::Later);

    bank.answer_report(&ctx, staff("aoki"), id).await.unwrap();
    bank.answer_report(&ctx, staff("aoki"), id).await.unwrap();
    assert_eq!(due().await, before + 1, "once");
    let seen = bank.report_progress(&id.to_string(), &code).await.unwrap().unwrap();
    assert_eq!(seen.shared, Shared::Telling);
}

#[tokio::test]
async fn a_report_that_names_no_company_is_shared_when_staff_know_whom_also_from_a_joined_case() {
    let (world, mandate) = robbed().await;
    let known = case(&world, mandate, CaseKind::NotMe).await;
    let (bank, ctx) = (&world.bank, world.ctx());
    let before = world.due_events().await.len();
    let taken = bank.report(&ctx, ("a@example.jp", "?"), None).await.unwrap();
    assert_eq!(taken.shared, Shared::Later);
    let (id, number, code) = (taken.case_id, taken.case_id.to_string(), taken.code.grouped());
    let shared = async || bank.report_progress(&number, &code).await.unwrap().unwrap().shared;
    bank.name_other(&ctx, staff("aoki"), id, None).await.unwrap();
    assert_eq!(shared().await, Shared::Nobody);
    assert_eq!(world.due_events().await.len(), before, "nobody hears of it");

    bank.join_report(&ctx, staff("aoki"), (id, known)).await.unwrap();
    bank.name_other(&ctx, staff("baba"), known, Some(CLIENT)).await.unwrap();

    assert_eq!(shared().await, Shared::Telling);
    let due = world.due_events().await;
    assert_eq!(due.len(), before + 1, "once");
    let twice = bank.name_other(&ctx, staff("aoki"), id, Some(CLIENT)).await;
    assert!(matches!(twice, Err(BankError::Desk(DeskError::NotAccepted))), "{twice:?}");
    let stranger = bank.report(&ctx, ("b@example.jp", "?"), None).await.unwrap();
    let unknown = bank.name_other(&ctx, staff("aoki"), stranger.case_id, Some("nobody")).await;
    assert!(unknown.is_err(), "only who is a partner is told");
}
