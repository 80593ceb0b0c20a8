//! mule-fan-in: ever new people pay one wallet, whichever way the money comes.

use std::sync::Arc;

use kanuki_desk::rule;
use kanuki_domain::{
    Ctx, Masked, Yen,
    assurance::SignIn,
    id::{LinkId, RemittanceId, TopupId},
};
use kanuki_passkey::soft::SoftAuthenticator;
use kanuki_risk::{Bounds, Engine, Key, Policy, Subject};
use kanuki_wallet::{
    Profile, WalletError,
    link::terms,
    proof::{Given, Seen},
    remittance::{Remittance, RemittanceState},
};

use crate::{
    held::send,
    world::{ORIGIN, Person, World, bank_code},
};

const DAY: i64 = 86_400;

/// A wallet company whose rule for crowds holds from the third sender on, and four people with money.
async fn crowd() -> (World, Vec<(Person, LinkId)>) {
    let world = World::new().await;
    let shipped = Policy::wallet_text();
    let small = shipped
        .replace("of received per payee within 24h > 20", "of received per payee within 24h > 2");
    assert_ne!(small, shipped, "the rule that ships is the one that is tried");
    world.wallet.risk.reload(Policy::parse(&small).unwrap());
    let mut people = Vec::new();
    for (serial, name) in (1..).zip(["hanako", "jiro", "saburo", "shiro"]) {
        people.push(world.settled(name, serial).await);
    }
    for (number, (person, link)) in people.iter().enumerate() {
        world.top_up(person, *link, &number.to_string(), 10_000).await;
    }
    (world, people)
}

pub(crate) async fn by_link(
    world: &World,
    from: &Person,
    key: &str,
) -> (Remittance, Masked<String>) {
    let ctx = world.ctx();
    let started = world.wallet.start_sending_by_link(&ctx, from.id, Yen::of(1_000), "").await;
    let (sending, options) = started.unwrap();
    let response = from.phone.clone().get(&options.unwrap(), ORIGIN).unwrap();
    let (id, given) = (RemittanceId::derive(&[key]), Given::Passkey(&response));
    let sent = world.wallet.send(&ctx, from.id, id, &sending, &given).await.unwrap();
    let code = world.wallet.claim_code(from.id, id).await.unwrap();
    (sent, code)
}

async fn desk_knows(world: &World) -> bool {
    let cases = world.wallet.cases(true).await.unwrap();
    cases.iter().any(|case| rule::of_case(case) == Some("fan-in"))
}

#[tokio::test]
async fn what_a_crowd_sends_by_link_waits_when_one_wallet_takes_it() {
    let (world, people) = crowd().await;
    let mule = world.open("mule").await;
    let [(hanako, _), (jiro, _), (saburo, _), (shiro, _)] = people.as_slice() else { panic!() };
    let directly = send(&world, (hanako, &mule), "directly", 1_000).await;
    assert_eq!(directly.state_name(), "posted");
    let (_, code) = by_link(&world, jiro, "second").await;
    world.wallet.claim(&world.ctx(), mule.id, code.expose()).await.unwrap();
    assert!(!desk_knows(&world).await, "two are no crowd");
    let (third, code) = by_link(&world, saburo, "third").await;

    for _ in 0..2 {
        let waits = world.wallet.claim(&world.ctx(), mule.id, code.expose()).await;
        assert!(matches!(waits, Err(WalletError::ClaimWaits)), "{waits:?}");
    }

    assert_eq!(world.balance(&mule).await, Yen::of(2_000));
    let still = world.wallet.remittance_of(saburo.id, third.remittance_id).await.unwrap();
    assert_eq!(still.state, RemittanceState::Waiting, "its sender can take it back");
    assert!(desk_knows(&world).await);
    world.wallet.claim(&world.ctx(), shiro.id, code.expose()).await.unwrap();
    assert_eq!(world.balance(shiro).await, Yen::of(11_000), "somebody else takes it");
}

/// Whoever has no money sends none: otherwise fresh wallets without a yen could hold what honest people
/// send somebody.
#[tokio::test]
async fn a_crowd_without_a_yen_holds_nobodys_money() {
    let (world, people) = crowd().await;
    let stall = world.open("stall").await;
    for number in 0..4 {
        let poor = world.open(&format!("poor{number}")).await;
        let tried = send(&world, (&poor, &stall), &format!("nothing {number}"), 1).await;
        assert_eq!(tried.state_name(), "refused");
    }

    let paid = send(&world, (&people[0].0, &stall), "paid", 1_000).await;

    assert_eq!(paid.state_name(), "posted");
    assert!(!desk_knows(&world).await);
}

#[tokio::test]
async fn what_waited_can_be_taken_when_the_crowd_is_a_day_old_and_what_moved_is_asked_about_no_more()
 {
    let (world, people) = crowd().await;
    let mule = world.open("mule").await;
    let mut codes = Vec::new();
    for (number, (person, _)) in people.iter().take(3).enumerate() {
        codes.push(by_link(&world, person, &number.to_string()).await.1);
    }
    let claim = async |code: &Masked<String>| {
        world.wallet.claim(&world.ctx(), mule.id, code.expose()).await
    };
    claim(&codes[0]).await.unwrap();
    claim(&codes[1]).await.unwrap();
    assert!(claim(&codes[2]).await.is_err());
    claim(&codes[0]).await.unwrap();
    assert_eq!(world.balance(&mule).await, Yen::of(2_000), "a second click is the same claim");

    world.later(DAY);

    claim(&codes[2]).await.unwrap();
    assert_eq!(world.balance(&mule).await, Yen::of(3_000));
}

/// FT-37: ever new wallets push keys out of memory, and a rule on that holds by what the wallet itself
/// tells.
#[tokio::test]
async fn a_flood_of_new_wallets_is_itself_a_signal() {
    let rules = "policy \"wallet\" version \"t\"\nbaseline approve\n\
        rule flood on wallet_opened\n  when count of key_flood per everyone within 1h > 3\n\
        then decline as flood tell desk\n";
    let bounds = Bounds { keys: 3, entries: 10_000 };
    let mut world = World::new().await;
    world.wallet.risk = Arc::new(Engine::with_bounds(Policy::parse(rules).unwrap(), bounds));
    for n in 0..6 {
        world.open(&format!("fresh{n}")).await;
    }

    let profile = Profile::parse("next", "next@example.jp", "09012345678").unwrap();
    let (options, opening) = world.wallet.start_opening(&world.ctx(), profile).unwrap();
    let response = SoftAuthenticator::from_seed([9; 32]).create(&options, ORIGIN).unwrap();
    let next = world.wallet.finish_opening(&world.ctx(), opening, &response).await;

    assert!(matches!(next, Err(WalletError::TooMany)), "{next:?}");
    let rooms = world.wallet.risk.rooms();
    let wallets = rooms.iter().find(|room| room.subject == Subject::Wallet).unwrap();
    assert_eq!((wallets.keys, wallets.forgotten.young), (3, 4));
}

/// PJ-04: where a link was made is known when money is asked for by it.
#[tokio::test]
async fn a_top_up_from_another_network_than_the_link_was_made_from_is_told_so() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let rules = "policy \"wallet\" version \"t\"\nbaseline approve\n\
        rule elsewhere on topup\n  when new_place\n  then decline as elsewhere\n";
    world.wallet.risk.reload(Policy::parse(rules).unwrap());
    assert_eq!(world.top_up(&hanako, link, "home", 1_000).await.state_name(), "posted");
    let ctx = Ctx { address_block: "198.51.100.0/24", ..world.ctx() };
    let id = TopupId::derive(&["elsewhere"]);

    let there = world.wallet.top_up(&ctx, hanako.id, id, link, Yen::of(1_000)).await.unwrap();

    assert_eq!(there.state_name(), "refused");
    assert_eq!(world.balance(&hanako).await, Yen::of(1_000));
}

/// FT-22, docomo-2020: whoever sets out to a bank is looked at before the bank hears of them.
#[tokio::test]
async fn a_watched_device_sets_out_to_no_bank_and_one_wallet_not_without_end() {
    let world = World::new().await;
    let (hanako, _) = world.settled("hanako", 1).await;
    let seen = |device: &str| Seen {
        device_hash: device.to_owned(),
        signed_in_by: SignIn::Passkey,
        signed_in_at: world.ctx().now,
    };
    let set_out = async |device: &str| {
        let (ctx, seen) = (world.ctx(), seen(device));
        let wanted = terms(ctx.now, Yen::of(50_000), Yen::of(300_000)).unwrap();
        let agreed = (true, Some(&seen));
        world.wallet.start_linking(&ctx, (hanako.id, "ses"), bank_code(), wanted, agreed).await
    };
    let shipped = Policy::wallet_text();
    let small = shipped.replace(
        "of link_requested per wallet within 24h > 30",
        "of link_requested per wallet within 24h > 3",
    );
    assert_ne!(small, shipped, "the rule that ships is the one that is tried");
    world.wallet.risk.reload(Policy::parse(&small).unwrap());
    let thiefs = Key::Device("thief".to_owned());
    world.wallet.risk.set_list("watched_devices", &[thiefs]).unwrap();

    let refused = set_out("thief").await;
    assert!(matches!(refused, Err(WalletError::TooMany)), "{refused:?}");
    // With the try of the thief.
    for n in 1..3 {
        set_out("hers").await.unwrap_or_else(|error| panic!("{n}: {error}"));
    }
    let fourth = set_out("hers").await;
    assert!(matches!(fourth, Err(WalletError::TooMany)), "{fourth:?}");
    world.later(DAY);
    set_out("hers").await.unwrap();
}
