//! Every way to a passkey, and every second channel, as its holder and as a thief goes it.

use kanuki_bank::{
    BankError, OnFile,
    channel::{Called, LetterOutcome, Name, PostedLetter, Reference, ReportId},
    mandate::confirm::Held,
};
use kanuki_desk::outbox::{Channel, Message};
use kanuki_domain::{
    id::{EnrolmentId, HolderId, MandateId},
    mandate::later,
    route::{Route, SecondChannel},
};
use kanuki_record::vault::PersonKey;

use crate::world::{World, account};

const DAY: i64 = 86_400;
const PHONE: &str = "09011112222";

async fn start(world: &World, route: Route, browser: &str) -> (EnrolmentId, String) {
    let ctx = world.ctx();
    world.bank.start_enrolment(&ctx, &account("9000001"), route, browser).await.unwrap()
}

/// Since when the holder's contacts are what they are.
fn moved(world: &World, ago: i64) {
    let since = Some(later(world.now, -ago));
    let on_file = OnFile { phone_since: since, email_since: since, address_since: since };
    world.core.0.lock().unwrap().on_file.insert("c1".to_owned(), on_file);
}

/// Letters that wait to leave: their kind and code.
async fn post(world: &World) -> Vec<(String, String)> {
    let mut letters = Vec::new();
    for message in world.bank.book.list::<Message>("state", "due").await.unwrap() {
        let key = world.bank.book.load::<PersonKey>(&message.person_id).await.unwrap();
        let (contact, content) = message.open(&world.bank.vault, &key).unwrap();
        if contact.channel == Channel::Post {
            letters.push((content.kind.clone(), content.values["code"].clone()));
        }
    }
    letters
}

pub(crate) async fn choose(
    world: &World,
    (holder, mandate): (HolderId, MandateId),
    second: SecondChannel,
) -> Result<String, BankError> {
    world.bank.start_confirmation(&world.ctx(), holder, mandate, second).await?;
    let waiting = world.bank.confirmations(&world.ctx(), mandate).await?;
    Ok(waiting.first().and_then(|e| e.reference.clone()).unwrap_or_default())
}

pub(crate) async fn is_active(world: &World, (holder, mandate): (HolderId, MandateId)) -> bool {
    world.bank.mandate_of(holder, mandate).await.unwrap().state.is_active()
}

/// sim-swap, contact-swap: whoever comes to have the number, or has another one put on file, waits.
#[tokio::test]
async fn a_number_that_is_newer_than_thirty_days_proves_nothing() {
    let mut world = World::new().await;
    moved(&world, 29 * DAY);
    let (_, reference) = start(&world, Route::Call, "hers").await;
    assert!(!world.bank.call_received(&world.ctx(), PHONE, &reference).await.unwrap());

    world.wait(DAY);
    let (_, reference) = start(&world, Route::Call, "hers").await;
    assert!(world.bank.call_received(&world.ctx(), PHONE, &reference).await.unwrap());
}

#[tokio::test]
async fn a_letter_goes_to_an_address_of_thirty_days_and_proves_once() {
    let world = World::new().await;
    let (hers, reference) = start(&world, Route::Post, "hers").await;
    assert!(post(&world).await.is_empty(), "the worker writes it");
    assert_eq!(world.bank.write_enrolment_letters(&world.ctx()).await.unwrap(), 1);
    assert_eq!(world.bank.write_enrolment_letters(&world.ctx()).await.unwrap(), 0);
    let letters = post(&world).await;
    assert_eq!((letters.len(), letters[0].0.as_str()), (1, "enrol_letter"));
    assert_eq!(reference.len(), 8);

    let enter = async |id, browser: &str, code: &str| {
        world.bank.enter_code(&world.ctx(), id, browser, code).await
    };
    assert!(enter(hers, "his", &letters[0].1).await.is_err());
    enter(hers, "hers", &letters[0].1).await.unwrap();
    assert!(enter(hers, "hers", &letters[0].1).await.is_err());

    moved(&world, 29 * DAY);
    start(&world, Route::Post, "hers").await;
    world.bank.write_enrolment_letters(&world.ctx()).await.unwrap();
    assert_eq!(post(&world).await.len(), 1, "none to a new address");
}

/// weaponised-safety: a stranger fills nobody's letterbox, and uses up nobody's letters.
#[tokio::test]
async fn what_strangers_ask_for_keeps_no_holder_from_their_letter() {
    let mut world = World::new().await;
    for n in 0..8 {
        start(&world, Route::Post, &format!("stranger {n}")).await;
    }
    world.bank.write_enrolment_letters(&world.ctx()).await.unwrap();
    let hers = start(&world, Route::Post, "hers").await.0;
    world.bank.write_enrolment_letters(&world.ctx()).await.unwrap();
    let letters = post(&world).await;
    assert_eq!(letters.len(), 1, "one is under way");

    let at = account("9000002");
    let tome = world.bank.start_enrolment(&world.ctx(), &at, Route::Post, "Tome's").await;
    let enter = async |id, browser: &str| {
        world.bank.enter_code(&world.ctx(), id, browser, &letters[0].1).await
    };
    assert!(enter(tome.unwrap().0, "Tome's").await.is_err(), "another person's page");
    enter(hers, "hers").await.unwrap();
    let again = start(&world, Route::Post, "once more").await.0;
    assert!(enter(again, "once more").await.is_err(), "a code works once");

    // It was used, so the next who asks gets one; and again when a week has passed in silence.
    world.bank.write_enrolment_letters(&world.ctx()).await.unwrap();
    assert_eq!(post(&world).await.len(), 3, "and Tome's own");
    world.wait(7 * DAY);
    start(&world, Route::Post, "hers").await;
    world.bank.write_enrolment_letters(&world.ctx()).await.unwrap();
    assert_eq!(post(&world).await.len(), 4);
}

#[tokio::test]
async fn a_link_by_a_call_is_confirmed_by_card_at_the_machine_and_never_by_a_call() {
    let mut world = World::new().await;
    let link = world.linked_by_call().await;

    assert!(matches!(
        choose(&world, link, SecondChannel::Call).await,
        Err(BankError::NotAvailable)
    ));
    let reference = choose(&world, link, SecondChannel::Atm).await.unwrap();
    assert!(!world.bank.call_received(&world.ctx(), PHONE, &reference).await.unwrap());
    let slip = world.bank.atm_code(&world.ctx(), &account("9000001"), &reference).await;
    let code = slip.unwrap().unwrap();
    let (holder, mandate) = link;
    let typed =
        async |code: &str| world.bank.confirm_mandate(&world.ctx(), holder, mandate, code).await;
    assert!(typed("0000000000").await.is_err());
    assert!(!is_active(&world, link).await);
    typed(&code).await.unwrap();

    assert!(is_active(&world, link).await);
    assert!(typed(&code).await.is_err(), "a code works once");
}

/// The holder reads the notice of a link that waits, and locks the account.
#[tokio::test]
async fn a_locked_account_confirms_no_link_that_waits() {
    let mut world = World::new().await;
    let link = world.linked_by_call().await;
    let (holder, mandate) = link;
    let reference = choose(&world, link, SecondChannel::Atm).await.unwrap();
    let slip = world.bank.atm_code(&world.ctx(), &account("9000001"), &reference).await;
    let code = slip.unwrap().unwrap();
    world.bank.lock_account(&world.ctx(), holder, world.account_id()).await.unwrap();

    let typed = world.bank.confirm_mandate(&world.ctx(), holder, mandate, &code).await;
    assert!(matches!(typed, Err(BankError::Locked)), "{typed:?}");
    assert!(!is_active(&world, link).await);

    let mut other = World::new().await;
    let link = other.linked_by(Route::Atm).await;
    let reference = choose(&other, link, SecondChannel::Call).await.unwrap();
    other.bank.lock_account(&other.ctx(), link.0, other.account_id()).await.unwrap();
    assert!(!other.bank.call_received(&other.ctx(), PHONE, &reference).await.unwrap());
    assert!(!is_active(&other, link).await);
}

/// A stranger asks for a letter to somebody's address; nobody expects it, and it goes back.
#[tokio::test]
async fn a_letter_that_a_stranger_asked_for_closes_no_letterbox() {
    for outcome in [LetterOutcome::Uncollected, LetterOutcome::Undeliverable] {
        let mut world = World::new().await;
        start(&world, Route::Post, "his").await;
        world.bank.write_enrolment_letters(&world.ctx()).await.unwrap();
        let all = world.bank.book.scan::<PostedLetter>("").await.unwrap();
        let report = ReportId::try_from("1".to_owned()).unwrap();
        let said = (all[0].message_id, outcome);
        assert!(world.bank.report_letter(&world.ctx(), &report, said).await.unwrap());
        let (code, before) = (post(&world).await[0].1.clone(), post(&world).await.len());

        world.wait(DAY);
        let (hers, _) = start(&world, Route::Post, "hers").await;
        world.bank.write_enrolment_letters(&world.ctx()).await.unwrap();
        assert_eq!(post(&world).await.len(), before + 1, "{outcome:?}: she still gets one");
        let void = world.bank.enter_code(&world.ctx(), hers, "hers", &code).await;
        assert!(void.is_err(), "the letter that went back is worth nothing");
    }
}

#[tokio::test]
async fn a_link_by_a_letter_is_confirmed_by_a_call_and_never_by_another_letter() {
    let mut world = World::new().await;
    let link = world.linked_by(Route::Post).await;
    assert!(post(&world).await.iter().all(|(kind, _)| kind == "enrol_letter"));
    assert!(choose(&world, link, SecondChannel::Letter).await.is_err());

    let reference = choose(&world, link, SecondChannel::Call).await.unwrap();
    assert!(!world.bank.call_received(&world.ctx(), "09099999999", &reference).await.unwrap());
    assert!(!is_active(&world, link).await);
    assert!(world.bank.call_received(&world.ctx(), PHONE, &reference).await.unwrap());

    assert!(is_active(&world, link).await);
    assert!(!world.bank.call_received(&world.ctx(), PHONE, &reference).await.unwrap());
}

#[tokio::test]
async fn staff_are_told_whose_link_they_confirm() {
    let mut world = World::new().await;
    let link = world.linked_by(Route::Atm).await;
    let reference = choose(&world, link, SecondChannel::Branch).await.unwrap();
    let reference = Reference::try_from(reference).unwrap();
    let (id, name) = ("1".to_owned(), "青木".to_owned());
    let (id, name) = (ReportId::try_from(id).unwrap(), Name::try_from(name).unwrap());

    let said = (&account("9000001"), &name, &reference);
    let handed = world.bank.report_visit(&world.ctx(), &id, said).await.unwrap().unwrap();

    let confirms = handed.confirms.unwrap();
    assert_eq!(
        (confirms.link_of.as_str(), confirms.account_mask.as_str()),
        ("閂ウォレット", "***0001")
    );
    let (holder, mandate) = link;
    let (his, _) = start(&world, Route::Branch, "his").await;
    let used = world.bank.enter_code(&world.ctx(), his, "his", &handed.code).await;
    assert!(used.is_err(), "it registers no passkey");
    world.bank.confirm_mandate(&world.ctx(), holder, mandate, &handed.code).await.unwrap();
    assert!(is_active(&world, link).await);
}

/// vishing: whoever was talked into going there hears or reads whose link it is before it counts.
#[tokio::test]
async fn a_slip_and_a_voice_say_whose_link_they_confirm_and_the_voice_asks() {
    let mut world = World::new().await;
    let link = world.linked_by(Route::Post).await;
    let reference = choose(&world, link, SecondChannel::Atm).await.unwrap();
    let typed = Reference::try_from(reference).unwrap();
    let id = |text: &str| ReportId::try_from(text.to_owned()).unwrap();
    let said = (&account("9000001"), &typed);
    let slip = world.bank.report_card(&world.ctx(), &id("1"), said).await.unwrap().unwrap();
    let confirms = slip.confirms.unwrap();
    assert_eq!(confirms.link_of, "閂ウォレット");

    let reference = choose(&world, link, SecondChannel::Call).await.unwrap();
    let typed = Reference::try_from(reference).unwrap();
    let call = async |report: &str, from: &str, has_agreed: bool| {
        let said = (Some(from), &typed, has_agreed);
        world.bank.report_call(&world.ctx(), &id(report), said).await.unwrap()
    };
    assert_eq!(
        call("1", "09099999999", false).await,
        Called::Nothing,
        "a stranger is told nothing"
    );
    assert_eq!(call("2", PHONE, false).await, Called::Asks(confirms.clone()));
    assert_eq!(call("2", PHONE, false).await, Called::Asks(confirms), "the answer was lost");
    assert!(!is_active(&world, link).await);
    assert_eq!(call("3", PHONE, true).await, Called::Proven);
    assert!(is_active(&world, link).await);
}

/// Silence never activates, whatever was asked for meanwhile.
#[tokio::test]
async fn a_second_channel_that_comes_too_late_confirms_nothing() {
    let mut world = World::new().await;
    let link = world.linked_by(Route::Atm).await;
    world.wait(14 * DAY - 60);
    let reference = choose(&world, link, SecondChannel::Call).await.unwrap();
    world.wait(120);

    assert!(!world.bank.call_received(&world.ctx(), PHONE, &reference).await.unwrap());
    assert!(choose(&world, link, SecondChannel::Call).await.is_err());
    assert!(!is_active(&world, link).await);
}

/// Whoever looks at every way before going one has used up nothing, and still sees one reference.
#[tokio::test]
async fn choosing_again_what_waits_changes_nothing() {
    let mut world = World::new().await;
    let link = world.linked_by_call().await;
    let first = choose(&world, link, SecondChannel::Atm).await.unwrap();
    for _ in 0..20 {
        assert_eq!(choose(&world, link, SecondChannel::Atm).await.unwrap(), first);
    }
    choose(&world, link, SecondChannel::Branch).await.unwrap();

    assert_eq!(world.bank.confirmations(&world.ctx(), link.1).await.unwrap().len(), 2);
}

/// Each choice lets five more codes be typed, so there is an end to them, and one that time lifts.
#[tokio::test]
async fn tries_have_an_end_that_a_day_lifts() {
    let mut world = World::new().await;
    let link = world.linked_by_call().await;
    let (holder, mandate) = link;
    let mistype = async |world: &World| {
        let mut typed = 0;
        loop {
            let ctx = world.ctx();
            match world.bank.confirm_mandate(&ctx, holder, mandate, "0000000000").await {
                Err(BankError::TooMany) => return typed,
                refused => assert!(refused.is_err()),
            }
            typed += 1;
        }
    };
    for _ in 0..6 {
        choose(&world, link, SecondChannel::Atm).await.unwrap();
        assert_eq!(mistype(&world).await, 5);
    }
    let more = choose(&world, link, SecondChannel::Atm).await;
    assert!(matches!(more, Err(BankError::TooMany)), "{more:?}");
    world.wait(DAY - 1);
    assert!(choose(&world, link, SecondChannel::Atm).await.is_err());
    world.wait(1);

    choose(&world, link, SecondChannel::Atm).await.unwrap();
    assert_eq!(mistype(&world).await, 5);
}

/// Two letters that look alike, of which one is void, are a trap for whoever does as the page says.
#[tokio::test]
async fn no_second_letter_is_written_while_one_is_under_way() {
    let mut world = World::new().await;
    let link = world.linked_by_call().await;
    let letters = async |world: &World| {
        post(world).await.into_iter().filter(|(kind, _)| kind == "confirm_letter").count()
    };
    assert_eq!(letters(&world).await, 1, "with the grant");

    let refused = choose(&world, link, SecondChannel::Letter).await;
    assert!(matches!(refused, Err(BankError::NotAvailable)), "{refused:?}");
    world.wait(7 * DAY - 1);
    assert!(choose(&world, link, SecondChannel::Letter).await.is_err());
    assert_eq!(letters(&world).await, 1);
    world.wait(1);
    choose(&world, link, SecondChannel::Letter).await.unwrap();
    assert!(choose(&world, link, SecondChannel::Letter).await.is_err());

    assert_eq!(letters(&world).await, 2);
}

/// Whoever may see it is told before they call in vain or go to a counter.
#[tokio::test]
async fn what_keeps_a_link_from_being_confirmed_is_said_before_a_channel_is_chosen() {
    let mut world = World::new().await;
    let link = world.linked_by_call().await;
    let mandate = world.bank.mandate_of(link.0, link.1).await.unwrap();
    let held =
        async |world: &World| world.bank.confirmation_held(&world.ctx(), &mandate).await.unwrap();
    assert_eq!(held(&world).await, None);

    world.bank.lock_account(&world.ctx(), link.0, world.account_id()).await.unwrap();

    assert_eq!(held(&world).await, Some(Held::Locked));
    let chosen = choose(&world, link, SecondChannel::Atm).await;
    assert!(matches!(chosen, Err(BankError::Locked)), "{chosen:?}");
}
