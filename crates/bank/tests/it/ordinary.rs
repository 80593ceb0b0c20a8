//! What the engine's rules say about links and debits, that it outlives a restart, and who hears of
//! it.

use std::sync::Arc;

use jiff::civil::date;
use kanuki_bank::{BankError, debit::DebitState, mandate::Mandate};
use kanuki_desk::{case::CaseKind, named::MadeUp};
use kanuki_domain::{Masked, limits::DAY_SECS, person::Facts};
use kanuki_risk::{Engine, Key, Kind, Policy};

use crate::world::{World, account, facts};

/// The world with a limit of the shipped rules lowered.
async fn lowered(limit: &str) -> World {
    let mut world = World::new().await;
    let text = Policy::bank_text();
    assert!(text.contains(limit), "{limit}");
    let (start, _) = limit.rsplit_once(' ').unwrap();
    let text = text.replace(limit, &format!("{start} 0"));
    world.bank.risk = Arc::new(Engine::new(Policy::parse(&text).unwrap()));
    world
}

async fn rules_told(world: &World) -> Vec<String> {
    let open = world.bank.cases(true).await.unwrap();
    open.into_iter().filter(|c| c.kind == CaseKind::Rule).map(|c| c.about.clone()).collect()
}

/// docomo-2020 with phished sign-ins: one wallet's customer who brings ever new holders.
#[tokio::test]
async fn holders_whom_one_customer_brings_are_refused_and_the_desk_hears_once() {
    let limit = "distinct person of link_requested per wallet within 30d > 2";
    let mut world = lowered(limit).await;
    world.holder_with_passkey("9000001").await;
    for _ in 0..2 {
        let (request_uri, _) = world.push(facts()).await.unwrap();
        let refused = world.consent(&request_uri, "9000001").await;
        assert!(matches!(refused, Err(BankError::TooMany)), "{refused:?}");
    }
    assert_eq!(rules_told(&world).await, ["rule|holders-per-wallet"]);
}

#[tokio::test]
async fn who_links_is_not_forgotten_by_a_restart_for_a_month() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let person = world.bank.book.load::<Mandate>(mandate).await.unwrap().holder_id.to_string();
    let count = |world: &World, kind| {
        world.bank.risk.count(&Key::Person(person.clone()), kind, world.now, 30 * DAY_SECS)
    };
    world.debit(mandate, 1, 1_000).await;
    let (links, debits) = (count(&world, Kind::LinkRequested), count(&world, Kind::Debit));
    assert!(links > 0 && debits == 1, "{links} {debits}");

    world.bank.risk = Arc::new(Engine::bank().unwrap());
    world.bank.recall_attempts(world.now).await.unwrap();
    assert_eq!((count(&world, Kind::LinkRequested), count(&world, Kind::Debit)), (links, debits));

    world.wait(29 * DAY_SECS);
    world.bank.forget_attempts(world.now).await.unwrap();
    world.bank.risk = Arc::new(Engine::bank().unwrap());
    world.bank.recall_attempts(world.now).await.unwrap();
    assert_eq!((count(&world, Kind::LinkRequested), count(&world, Kind::Debit)), (links, 0));
    world.wait(2 * DAY_SECS);
    world.bank.forget_attempts(world.now).await.unwrap();
    assert_eq!(world.bank.recall_attempts(world.now).await.unwrap(), 0);
}

/// A rule looks back as far as it says, over a restart too: what it counts is kept for as long.
#[tokio::test]
async fn a_rule_of_a_week_decides_the_same_after_a_restart() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let rules = "policy \"bank\" version \"t\"\nbaseline approve\n\
        rule week on debit\n  when count of debit per account within 7d > 3\n\
        then challenge as week\n";
    let engine = || Arc::new(Engine::new(Policy::parse(rules).unwrap()));
    world.bank.risk = engine();
    for n in 0..3 {
        assert!(matches!(world.debit(mandate, n, 10).await.state, DebitState::Booked { .. }));
        world.wait(DAY_SECS);
    }
    world.wait(3 * DAY_SECS);
    world.bank.forget_attempts(world.now).await.unwrap();
    world.bank.risk = engine();
    world.bank.recall_attempts(world.now).await.unwrap();

    assert!(world.is_to_be_signed(mandate, 3, 10).await, "the fourth within a week");
    world.wait(2 * DAY_SECS + 3_600);
    world.bank.forget_attempts(world.now).await.unwrap();
    world.bank.risk = engine();
    world.bank.recall_attempts(world.now).await.unwrap();
    let account = world.bank.book.load::<Mandate>(mandate).await.unwrap().account_id;
    let key = Key::Account(account.to_string());
    let left = world.bank.risk.count(&key, Kind::Debit, world.now, 90 * DAY_SECS);
    assert_eq!(left, 2, "the third, and what a rule held for");
}

/// burst: a new link that is pressed like a tap; one that has cooled is not looked at in this way.
#[tokio::test]
async fn a_new_link_that_is_pressed_like_a_tap_is_signed_for() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    for n in 0..10 {
        let state = world.debit(mandate, n, 10).await.state;
        assert!(matches!(state, DebitState::Booked { .. }), "{n}: {state:?}");
    }
    assert!(world.is_to_be_signed(mandate, 10, 10).await);

    world.wait(DAY_SECS + 1);
    for n in 11..25 {
        let state = world.debit(mandate, n, 10).await.state;
        assert!(matches!(state, DebitState::Booked { .. }), "{n}: {state:?}");
    }
}

/// Reverse brute force trips over an account that nobody owns.
#[tokio::test]
async fn whoever_touches_a_planted_or_watched_account_is_answered_as_for_any_other_and_the_desk_hears()
 {
    let world = World::new().await;
    world.bank.set_canaries(&[account("9999999")]).unwrap();
    let (ctx, route) = (world.ctx(), kanuki_domain::route::Route::Atm);

    let begin = async |number: &str, browser: &str| {
        let number = account(number);
        let (_, reference) =
            world.bank.start_enrolment(&ctx, &number, route, browser).await.unwrap();
        world.bank.atm_code(&ctx, &number, &reference).await.unwrap()
    };

    assert_eq!(begin("9999999", "thief").await, None, "nothing can come of it");
    assert_eq!(rules_told(&world).await, ["rule|canary-account"]);
    assert!(begin("9000001", "hers").await.is_some());

    let watched = Key::Account(world.bank.account_id(&account("9000001")).to_string());
    world.bank.risk.set_list("watched_accounts", &[watched]).unwrap();
    assert_eq!(begin("9000001", "mule").await, None);
    assert_eq!(rules_told(&world).await.len(), 2);

    let number = account("9000001");
    let (_, reference) = world.bank.start_looking(&ctx, &number, route, "hers").await.unwrap();
    let printed = world.bank.atm_code(&ctx, &number, &reference).await.unwrap();
    assert!(printed.is_some(), "no list keeps a holder from looking, and from stopping");
}

/// What a browser or its network did is said: the words are true, and tell nothing of the account.
#[tokio::test]
async fn whoever_walks_over_accounts_is_refused_aloud_on_a_planted_one_too() {
    let world = World::new().await;
    world.bank.set_canaries(&[account("9999999")]).unwrap();
    let (ctx, route) = (world.ctx(), kanuki_domain::route::Route::Atm);
    let mut last = Ok(());
    for n in 1..=9 {
        let number = format!("900000{n}");
        let begun = world.bank.start_enrolment(&ctx, &account(&number), route, "thief").await;
        last = begun.map(|_| ());
    }
    assert!(matches!(last, Err(BankError::TooMany)), "{last:?}");

    let touched = world.bank.start_enrolment(&ctx, &account("9999999"), route, "thief").await;

    assert!(matches!(touched, Err(BankError::TooMany)), "{touched:?}");
}

/// A list that was planted names somebody who was made up: whoever is called so at a wallet has it.
#[tokio::test]
async fn a_wallets_customer_who_was_made_up_is_refused_and_the_desk_hears() {
    let mut world = World::new().await;
    world.holder_with_passkey("9000001").await;
    let made_up = MadeUp {
        name: Masked::new("架空　花子".to_owned()),
        born_on: Masked::new(date(1990, 1, 1)),
    };
    world.bank.set_canary_people(std::slice::from_ref(&made_up)).unwrap();
    let named = |name: &str| Facts {
        name: Masked::new(name.to_owned()),
        born_on: made_up.born_on.clone(),
        ..facts()
    };

    let (request_uri, _) = world.push(named("架空花子")).await.unwrap();
    let refused = world.consent(&request_uri, "9000001").await;

    assert!(matches!(refused, Err(BankError::TooMany)), "{refused:?}");
    assert_eq!(rules_told(&world).await, ["rule|canary-person"]);
    let (request_uri, _) = world.push(named("架空 華子")).await.unwrap();
    let other = world.consent(&request_uri, "9000001").await;
    assert!(matches!(other, Err(BankError::NotTheSamePerson)), "{other:?}");
    assert_eq!(rules_told(&world).await, ["rule|canary-person"], "nobody else is");
}

/// A rule that tells staff of a debit: one that is signed for, and one that is refused.
#[tokio::test]
async fn the_desk_hears_of_debits_that_a_rule_tells_it_of() {
    for outcome in ["challenge", "decline", "approve"] {
        let mut world = World::new().await;
        let text = format!(
            "policy \"told\" version \"1\" baseline approve rule big on debit
             when amount > ¥5,000 then {outcome} as big tell desk"
        );
        world.bank.risk = Arc::new(Engine::new(Policy::parse(&text).unwrap()));
        let mandate = world.linked().await;
        world.debit(mandate, 1, 1_000).await;
        assert_eq!(rules_told(&world).await.len(), 0);

        let ask = World::ask(mandate, 2, 6_000);
        let asked = world.bank.request_debit(&world.ctx(), ask).await;

        let is_signed = matches!(asked, Err(BankError::MustBeSigned(_)));
        assert_eq!(is_signed, outcome == "challenge", "{asked:?}");
        assert_eq!(rules_told(&world).await, ["rule|big"], "{outcome}");
    }
}
