//! What a thief's wallet still holds after its victim was paid comes back to us: by two people, once, and
//! never more than we bore.

use kanuki_desk::{DeskError, case::Case, claim::Act};
use kanuki_domain::{
    Yen,
    compensation::Cause,
    id::{ApprovalId, CaseId, LinkId, RecoupId, StaffId, TopupId},
};
use kanuki_ledger::{Transfer, TransferId};
use kanuki_record::{RecordError, Unit};
use kanuki_wallet::{
    Refusal, WalletError, chart,
    desk::Switch,
    recoup::{Recoup, RecoupState},
    statement::LineKind,
};
use kanuki_wire::set::{self, Event, LinkStatus, SecurityEvent};

use crate::{
    banks::clerk,
    leavers::ask_end,
    refunds::robbed,
    world::{BANK_ISSUER, BANK_SET_KEY, ORIGIN, Person, WALLET_ISSUER, World},
};

fn people() -> (StaffId, StaffId) {
    (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]))
}

/// A wallet with 30,000 yen that were taken from somebody else's account: the bank says so.
async fn robbed_another() -> (World, Person, TopupId, CaseId) {
    let world = World::new().await;
    let (thief, link) = world.settled("mallory", 1).await;
    let topup = world.top_up(&thief, link, "a", 30_000).await.topup_id;
    let case = told_by_bank(&world, &thief, link).await;
    (world, thief, topup, case)
}

/// The bank tells that the holder of the account behind `link` says "not me".
async fn told_by_bank(world: &World, thief: &Person, link: LinkId) -> CaseId {
    let mandate_id = world.wallet.link_of(thief.id, link).await.unwrap().mandate_id;
    let case = CaseId::derive(&["the victim's"]);
    let event = SecurityEvent {
        jti: "j1".into(),
        txn: Some(case.to_string()),
        subject: "x".into(),
        issued_at: world.ctx().now,
        event: Event::LinkStatusChanged {
            mandate_id,
            status: LinkStatus::Suspended,
            reason: "report".into(),
        },
    };
    let token = set::make(&BANK_SET_KEY, BANK_ISSUER, WALLET_ISSUER, &event).unwrap();
    world.wallet.receive_event(&world.ctx(), &token).await.unwrap();
    case
}

/// The victim of `case` is paid for `topup`; `why` says how much of it is ours.
async fn pay(world: &World, (case, topup): (CaseId, TopupId), why: Cause) {
    let (aoki, baba) = people();
    let (wallet, ctx) = (&world.wallet, world.ctx());
    wallet.open_claim(&ctx, aoki, case, &[topup.to_string()]).await.unwrap();
    wallet.act_on_claim(&ctx, aoki, case, (Act::Investigate, "x")).await.unwrap();
    let asked = wallet.act_on_claim(&ctx, aoki, case, (Act::Pay(why), "x")).await.unwrap();
    wallet.approve(&ctx, baba, asked.unwrap()).await.unwrap();
    assert_eq!(world.bank.credited(), Yen::of(30_000));
}

/// A victim was paid the ¥30,000 that lie in the frozen wallet of whoever took them.
async fn paid(why: Cause) -> (World, Person, CaseId) {
    let (world, thief, topup, case) = robbed_another().await;
    pay(&world, (case, topup), why).await;
    (world, thief, case)
}

/// Money leaves a wallet, past its freeze.
async fn spend(world: &World, who: &Person, yen: u32) {
    let wallet_id = world.wallet.known(who.id).await.unwrap().customer.wallet_id;
    let (from, to) = (chart::customer(wallet_id), chart::escrow());
    let id = TransferId::derive(&["spent"]);
    let spent = Transfer::posted(id, from, to, Yen::of(yen), chart::MOVED_REMITTANCE);
    world.wallet.ledger.create_transfers(vec![spent], world.ctx().now).await.unwrap();
}

/// A recoup's row as it is between the second person's word and the ledger's.
async fn set_requested(world: &World, case: CaseId) -> RecoupId {
    let id = world.wallet.recoups_of(case).await.unwrap()[0].recoup_id;
    let mut row = world.wallet.book.load::<Recoup>(id).await.unwrap();
    row.edit().state = RecoupState::Requested;
    let mut unit = Unit::new();
    unit.update(&row);
    world.wallet.book.commit(unit).await.unwrap();
    id
}

async fn thaw(world: &World, who: &Person) {
    let mut row = world.wallet.known(who.id).await.unwrap().customer;
    row.edit().frozen = None;
    let mut unit = Unit::new();
    unit.update(&row);
    world.wallet.book.commit(unit).await.unwrap();
}

async fn ask(world: &World, case: CaseId, yen: u32) -> Result<ApprovalId, WalletError> {
    let what = (case, Yen::of(yen));
    world.wallet.propose_recoup(&world.ctx(), (people().0, "被害者へ支払い済み"), what).await
}

async fn borne(world: &World) -> Yen {
    let now = world.ctx().now;
    let account = world.wallet.ledger.find_account(chart::compensation(), now).await;
    let account = account.unwrap().unwrap();
    account.debits_posted.minus_or_zero(account.credits_posted)
}

async fn has(world: &World, who: &Person) -> Yen {
    world.wallet.overview(&world.ctx(), who.id).await.unwrap().available
}

#[tokio::test]
async fn two_people_book_it_back_once_however_often_it_is_driven() {
    let (world, thief, case) = paid(Cause::Wallet).await;
    let (aoki, baba) = people();
    assert_eq!(borne(&world).await, Yen::of(30_000));

    let asked = ask(&world, case, 30_000).await.unwrap();
    let alone = world.wallet.approve(&world.ctx(), aoki, asked).await;
    assert!(matches!(alone, Err(WalletError::Desk(DeskError::SamePerson))), "{alone:?}");
    assert_eq!(has(&world, &thief).await, Yen::of(30_000));
    world.wallet.approve(&world.ctx(), baba, asked).await.unwrap();
    let recoup = world.wallet.recoups_of(case).await.unwrap().remove(0);
    assert!(matches!(recoup.state, RecoupState::Posted { .. }), "{recoup:?}");
    assert_eq!((borne(&world).await, has(&world, &thief).await), (Yen::ZERO, Yen::ZERO));
    let line = world.wallet.statement(&world.ctx(), thief.id, None, 5).await.unwrap().remove(0);
    assert_eq!((line.kind, line.amount), (LineKind::Recouped, Yen::of(30_000)), "by its name");

    // A crash between the ledger and the row: the worker finds the row as it was.
    set_requested(&world, case).await;
    world.wallet.recover(&world.ctx()).await.unwrap();
    let recoup = world.wallet.recoups_of(case).await.unwrap().remove(0);
    assert!(matches!(recoup.state, RecoupState::Posted { .. }), "{recoup:?}");
    assert_eq!((borne(&world).await, has(&world, &thief).await), (Yen::ZERO, Yen::ZERO));
    assert!(matches!(ask(&world, case, 1).await, Err(WalletError::Amount)), "all of it is back");
}

#[tokio::test]
async fn it_is_never_more_than_our_part_however_many_ask() {
    let (world, thief, case) = paid(Cause::Other).await;
    let (_, baba) = people();
    assert_eq!(borne(&world).await, Yen::of(15_000), "the bank bears the other half");

    assert!(matches!(ask(&world, case, 15_001).await, Err(WalletError::Amount)));
    let (first, second) = (ask(&world, case, 15_000).await, ask(&world, case, 10_000).await);
    world.wallet.approve(&world.ctx(), baba, first.unwrap()).await.unwrap();
    let more = world.wallet.approve(&world.ctx(), baba, second.unwrap()).await;
    assert!(matches!(more, Err(WalletError::Amount)), "{more:?}");
    assert_eq!((borne(&world).await, has(&world, &thief).await), (Yen::ZERO, Yen::of(15_000)));
}

#[tokio::test]
async fn what_was_refused_is_not_counted_and_may_be_asked_for_anew() {
    let (world, thief, case) = paid(Cause::Wallet).await;
    let (aoki, baba) = people();
    let asked = ask(&world, case, 20_000).await.unwrap();
    let stop = world.wallet.pull_switch(&world.ctx(), aoki, Switch::Everything, "x").await;
    stop.unwrap();

    world.wallet.approve(&world.ctx(), baba, asked).await.unwrap();

    let recoup = world.wallet.recoups_of(case).await.unwrap().remove(0);
    let why = matches!(recoup.state, RecoupState::Refused { reason: Refusal::Stopped, .. });
    assert!(why, "{recoup:?}");
    assert_eq!(has(&world, &thief).await, Yen::of(30_000));
    let claim = world.wallet.claim_of_case(case).await.unwrap().unwrap();
    assert_eq!(claim.recouped, Yen::ZERO);
    ask(&world, case, 30_000).await.unwrap();
}

#[tokio::test]
async fn a_victim_who_pressed_not_me_keeps_their_own_money() {
    let (world, hanako, _, topup, own) = robbed().await;
    pay(&world, (own, topup), Cause::Wallet).await;
    let row = world.wallet.book.load::<Case>(own).await.unwrap();
    assert_eq!(world.wallet.recoupable(&world.ctx(), &row).await.unwrap(), Yen::ZERO);
    let refused = ask(&world, own, 1).await;
    assert!(matches!(refused, Err(WalletError::NotAvailable)), "{refused:?}");
    assert_eq!(has(&world, &hanako).await, Yen::of(30_000));

    // Nor by what they reported besides, and staff joined to it.
    let (world, hanako, _, topup, own) = robbed().await;
    let taken = world.wallet.report(&world.ctx(), ("a@example.jp", "?"), None).await.unwrap();
    let report = taken.case_id;
    world.wallet.join_report(&world.ctx(), people().0, (report, own)).await.unwrap();
    pay(&world, (report, topup), Cause::Wallet).await;
    let refused = ask(&world, report, 1).await;
    assert!(matches!(refused, Err(WalletError::NotAvailable)), "{refused:?}");
    assert_eq!(has(&world, &hanako).await, Yen::of(30_000));
}

#[tokio::test]
async fn a_report_that_was_joined_to_the_banks_word_takes_back_what_was_taken() {
    let (world, thief, topup, told) = robbed_another().await;
    let taken = world.wallet.report(&world.ctx(), ("a@example.jp", "?"), None).await.unwrap();
    let report = taken.case_id;
    world.wallet.join_report(&world.ctx(), people().0, (report, told)).await.unwrap();
    pay(&world, (report, topup), Cause::Wallet).await;
    let asked = ask(&world, report, 30_000).await.unwrap();
    world.wallet.approve(&world.ctx(), people().1, asked).await.unwrap();
    assert_eq!(has(&world, &thief).await, Yen::ZERO);
}

#[tokio::test]
async fn what_came_from_elsewhere_stays_although_there_is_more_in_the_wallet() {
    let world = World::new().await;
    let (thief, link) = world.settled("mallory", 1).await;
    let topup = world.top_up(&thief, link, "a", 30_000).await.topup_id;
    spend(&world, &thief, 25_000).await;
    world.top_up(&thief, link, "b", 20_000).await;
    let case = told_by_bank(&world, &thief, link).await;
    pay(&world, (case, topup), Cause::Wallet).await;
    assert_eq!(has(&world, &thief).await, Yen::of(25_000));

    assert!(matches!(ask(&world, case, 5_001).await, Err(WalletError::Amount)));
    let (first, second) = (ask(&world, case, 5_000).await, ask(&world, case, 5_000).await);
    world.wallet.approve(&world.ctx(), people().1, first.unwrap()).await.unwrap();
    let again = world.wallet.approve(&world.ctx(), people().1, second.unwrap()).await;
    assert!(matches!(again, Err(WalletError::Amount)), "{again:?}");
    assert_eq!(has(&world, &thief).await, Yen::of(20_000));
}

#[tokio::test]
async fn nothing_comes_back_from_a_wallet_that_is_open_or_before_the_victim_has_the_money() {
    let (world, _, _, case) = robbed_another().await;
    assert!(matches!(ask(&world, case, 1_000).await, Err(WalletError::Amount)));
    let (world, thief, case) = paid(Cause::Wallet).await;
    let (_, baba) = people();
    let asked = ask(&world, case, 1_000).await.unwrap();
    thaw(&world, &thief).await;

    let open = world.wallet.approve(&world.ctx(), baba, asked).await;
    assert!(matches!(open, Err(WalletError::NotAvailable)), "{open:?}");
    assert_eq!(has(&world, &thief).await, Yen::of(30_000));
    world.wallet.decline(&world.ctx(), baba, asked).await.unwrap();
    let declined = world.wallet.recoups_of(case).await.unwrap().remove(0);
    assert!(matches!(declined.state, RecoupState::Declined { .. }), "{declined:?}");
}

#[tokio::test]
async fn a_wallet_goes_on_only_when_none_is_under_way_and_one_that_went_on_keeps_its_money() {
    let (world, mut thief, case) = paid(Cause::Wallet).await;
    let (aoki, baba) = people();
    ask(&world, case, 30_000).await.unwrap();
    let id = set_requested(&world, case).await;
    let ctx = world.ctx();
    let (options, state) = world.wallet.start_proving(&ctx, thief.id).await.unwrap();
    let response = thief.phone.get(&options, ORIGIN).unwrap();
    let asked = world.wallet.ask_unfreeze(&ctx, thief.id, (&response, &state)).await.unwrap();
    let unfreeze = world.wallet.propose_unfreeze(&ctx, aoki, asked, "called back").await.unwrap();
    world.later(86_400);
    let early = world.wallet.approve(&world.ctx(), baba, unfreeze).await;
    assert!(matches!(early, Err(WalletError::NotAvailable)), "{early:?}");
    assert!(world.wallet.customer(thief.id).await.unwrap().frozen.is_some());

    // However it came to go on: nothing is taken from a wallet that its owner may use.
    thaw(&world, &thief).await;
    world.wallet.drive_recoup(&world.ctx(), id).await.unwrap();
    let recoup = world.wallet.book.load::<Recoup>(id).await.unwrap();
    let why = matches!(recoup.state, RecoupState::Refused { reason: Refusal::NotActive, .. });
    assert!(why, "{:?}", recoup.state);
    assert_eq!(has(&world, &thief).await, Yen::of(30_000));
    set_requested(&world, case).await;
    world.wallet.freeze(&world.ctx(), thief.id).await.unwrap();
    world.wallet.drive_recoup(&world.ctx(), id).await.unwrap();
    assert_eq!(has(&world, &thief).await, Yen::of(30_000), "its id is closed for good");
}

#[tokio::test]
async fn who_lets_a_wallet_go_on_while_two_agree_begins_again() {
    let (world, thief, case) = paid(Cause::Wallet).await;
    let asked = ask(&world, case, 30_000).await.unwrap();
    let mut read_before = world.wallet.known(thief.id).await.unwrap().customer;

    world.wallet.approve(&world.ctx(), people().1, asked).await.unwrap();

    read_before.edit().frozen = None;
    let mut unit = Unit::new();
    unit.update(&read_before);
    let late = world.wallet.book.commit(unit).await;
    assert!(matches!(late, Err(RecordError::Conflict { .. })), "{late:?}");
}

#[tokio::test]
async fn what_somebody_asked_to_book_back_falls_when_they_leave() {
    let (world, _, case) = paid(Cause::Wallet).await;
    let (aoki, _) = clerk(&world, "AOKI").await;
    let (baba, _) = clerk(&world, "BABABA").await;
    let (chiba, _) = clerk(&world, "CHIBACHI").await;
    let ctx = world.ctx();
    let what = (case, Yen::of(30_000));
    world.wallet.propose_recoup(&ctx, (aoki, "頼まれた"), what).await.unwrap();
    let ending = ask_end(&world, baba, aoki).await;
    world.wallet.approve(&ctx, chiba, ending).await.unwrap();

    let recoup = world.wallet.recoups_of(case).await.unwrap().remove(0);
    assert!(matches!(recoup.state, RecoupState::Declined { .. }), "{recoup:?}");
    assert_eq!(borne(&world).await, Yen::of(30_000));
}
