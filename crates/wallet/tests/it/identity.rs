//! One person, one wallet; proofs count once; nothing is believed when revocation is unknown.

use jiff::civil::date;
use kanuki_desk::{case::CaseKind, named::MadeUp};
use kanuki_domain::{
    Masked, Yen,
    assurance::{Identity, SignIn},
};
use kanuki_risk::{Key, Kind};
use kanuki_wallet::{Browser, Profile, WalletError, link::terms};
use totp_rs::{Builder, Secret};

use crate::world::{ORIGIN, World, bank_code};

const BROWSER: Browser<'_> = Browser { device_hash: "hers", is_new: false };

#[tokio::test]
async fn one_person_has_one_wallet_even_after_renewing_the_card() {
    let world = World::new().await;
    let first = world.open("first").await;
    let second = world.open("second").await;
    world.prove(&first, &World::card("山田花子", 1)).await.unwrap();

    let refused = world.prove(&second, &World::card("山田 花子", 2)).await;

    assert!(matches!(refused, Err(WalletError::SecondWallet)));
    let second = world.wallet.customer(second.id).await.unwrap();
    assert_eq!(second.identity, Identity::Unproven);
}

/// A slip in the kana, which the card does not have, must not keep somebody from every bank for ever.
#[tokio::test]
async fn kana_that_were_declared_wrong_are_declared_anew_with_the_same_card() {
    let world = World::new().await;
    let maria = world.open("maria").await;
    let declare = async |kana: &str, card| {
        let ctx = world.ctx();
        let url = world.wallet.start_identity(&ctx, maria.id, "ses", kana).await?;
        let (state, answer) = World::sign_at_operator(&url, card);
        let handle = world.wallet.receive_identity(&ctx, &state, &answer).await?;
        world.wallet.finish_identity(&ctx, "ses", (&state, &handle)).await
    };
    let declared =
        async || world.wallet.facts(maria.id).await.unwrap().facts.declared_kana.expose().clone();
    let card = World::card("SANTOS MARIA", 1);
    declare("ジョン スミス", &card).await.unwrap();

    declare("サントス マリア", &card).await.unwrap();
    assert_eq!(declared().await, "サントス マリア");
    let before = world.wallet.customer(maria.id).await.unwrap().person_hash.clone();

    let others = declare("ヤマダ ハナコ", &World::card("山田花子", 2)).await;

    assert!(matches!(others, Err(WalletError::SecondWallet)), "{others:?}");
    assert_eq!(declared().await, "サントス マリア", "another person's card changes nothing");
    assert_eq!(world.wallet.customer(maria.id).await.unwrap().person_hash.clone(), before);
}

/// A list that was planted names somebody who was made up: a card that says so was made from it.
#[tokio::test]
async fn a_card_of_somebody_who_was_made_up_proves_nothing_and_the_desk_hears() {
    let world = World::new().await;
    let (thief, hanako) = (world.open("thief").await, world.open("hanako").await);
    let made_up = MadeUp {
        name: Masked::new("架空　花子".to_owned()),
        born_on: Masked::new(date(1980, 4, 1)),
    };
    world.wallet.set_canary_people(&[made_up]).unwrap();

    let refused = world.prove(&thief, &World::card("架空花子", 1)).await;

    assert!(matches!(refused, Err(WalletError::TooMany)), "{refused:?}");
    let thief = world.wallet.customer(thief.id).await.unwrap();
    assert_eq!(thief.identity, Identity::Unproven);
    let open = world.wallet.cases(true).await.unwrap();
    let told: Vec<_> = open.iter().filter(|case| case.kind == CaseKind::Rule).collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].about, "rule|canary-person");
    world.prove(&hanako, &World::card("山田花子", 2)).await.unwrap();
}

#[tokio::test]
async fn proof_is_refused_when_revocation_is_unknown_and_is_over_either_way() {
    let world = World::new().await;
    let hanako = world.open("hanako").await;
    let ctx = world.ctx();
    let card = World::card("hanako", 1);
    let url = world.wallet.start_identity(&ctx, hanako.id, "ses", "ヤマダ").await.unwrap();
    let (state, answer) = World::sign_at_operator(&url, &card);
    let handle = world.wallet.receive_identity(&ctx, &state, &answer).await.unwrap();
    *world.operator.answers.lock().unwrap() = false;

    let came_with = (state.as_str(), handle.as_str());
    let unknown = world.wallet.finish_identity(&ctx, "ses", came_with).await;
    assert!(matches!(unknown, Err(WalletError::Identity(_))));
    *world.operator.answers.lock().unwrap() = true;
    let replayed = world.wallet.finish_identity(&ctx, "ses", came_with).await;
    assert!(matches!(replayed, Err(WalletError::NotAvailable)));
}

#[tokio::test]
async fn a_signature_that_a_thief_talked_somebody_into_proves_nothing_for_the_thief() {
    let world = World::new().await;
    let thief = world.open("thief").await;
    let ctx = world.ctx();
    let url = world.wallet.start_identity(&ctx, thief.id, "thief's", "ヤマダ").await.unwrap();
    // The victim follows the address, signs, and her browser brings the answer.
    let (state, answer) = World::sign_at_operator(&url, &World::card("hanako", 1));
    let handle = world.wallet.receive_identity(&ctx, &state, &answer).await.unwrap();

    let without = world.wallet.finish_identity(&ctx, "thief's", (&state, "")).await;
    assert!(matches!(without, Err(WalletError::NotAvailable)));
    let hers = world.wallet.finish_identity(&ctx, "hers", (&state, &handle)).await;
    assert!(matches!(hers, Err(WalletError::OtherBrowser)));
    // What she signed is gone, whatever the thief learns afterwards.
    let late = world.wallet.finish_identity(&ctx, "thief's", (&state, &handle)).await;
    assert!(matches!(late, Err(WalletError::NotAvailable)));
    let customer = world.wallet.customer(thief.id).await.unwrap();
    assert_eq!(customer.identity, Identity::Unproven);
}

#[tokio::test]
async fn linking_needs_identity_consent_and_the_right_bank_and_browser() {
    let world = World::new().await;
    let hanako = world.open("hanako").await;
    let ctx = world.ctx();
    let wanted = terms(ctx.now, Yen::of(50_000), Yen::of(300_000)).unwrap();
    let start = async |has_consented| {
        let who = (hanako.id, "ses");
        let (wallet, terms) = (&world.wallet, wanted.clone());
        wallet.start_linking(&ctx, who, bank_code(), terms, (has_consented, None)).await
    };
    assert!(matches!(start(true).await, Err(WalletError::NoIdentity)));
    world.prove(&hanako, &World::card("hanako", 1)).await.unwrap();
    assert!(matches!(start(false).await, Err(WalletError::NoConsent)));
    start(true).await.unwrap();
    let state = world.bank.last_state();

    let good = format!("code=c&state={state}&iss=http%3A%2F%2Flocalhost%3A8081");
    let finish = async |session: &'static str, query: String| {
        world.wallet.finish_linking(&ctx, (hanako.id, session), bank_code(), &query).await
    };
    assert!(finish("another", good.clone()).await.is_err());
    let mixed_up = format!("code=c&state={state}&iss=http%3A%2F%2Flocalhost%3A8082");
    assert!(finish("ses", mixed_up).await.is_err());
    // The mix-up ended the trip: nothing can be finished with it any more.
    assert!(finish("ses", good).await.is_err());
    assert!(world.wallet.links(hanako.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn without_a_passkey_caps_are_lower_and_guessing_locks() {
    let world = World::new().await;
    let profile = Profile::parse("tome", "tome@example.jp", "0312345678").unwrap();
    let ctx = world.ctx();
    let printed = world.wallet.open_without_passkey(&ctx, &profile, None).await.unwrap();
    let secret = Secret::try_from_base32(printed.totp_secret.expose()).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    let code = |world: &World| {
        let seconds = u64::try_from(world.ctx().now.as_second()).unwrap();
        totp.generate(seconds).to_string()
    };
    let key = printed.key.expose().to_uppercase();

    let now = code(&world);
    let signed_in =
        world.wallet.sign_in_without_passkey(&world.ctx(), &key, &now, BROWSER).await.unwrap();
    assert_eq!(signed_in.sign_in, SignIn::Alternative);
    let replayed = world.wallet.sign_in_without_passkey(&world.ctx(), &key, &now, BROWSER).await;
    assert!(matches!(replayed, Err(WalletError::NotAccepted)));
    for _ in 0..4 {
        let wrong =
            world.wallet.sign_in_without_passkey(&world.ctx(), &key, "000000", BROWSER).await;
        assert!(matches!(wrong, Err(WalletError::NotAccepted)));
    }
    world.later(60);
    let now = code(&world);
    let locked = world.wallet.sign_in_without_passkey(&world.ctx(), &key, &now, BROWSER).await;
    let nobodys = world.wallet.sign_in_without_passkey(&world.ctx(), "x", &now, BROWSER).await;
    assert!(matches!(nobodys, Err(WalletError::NotAccepted)), "{nobodys:?}");
    let (refused, at) = (Kind::SignInRefused, world.ctx().now);
    let here = Key::Device(BROWSER.device_hash.to_owned());
    assert_eq!(
        world.wallet.risk.count(&here, refused, at, 3_600),
        7,
        "each, a replay and a lock too"
    );
    assert!(matches!(locked, Err(WalletError::Locked { .. })));
    world.later(900);
    let now = code(&world);
    world.wallet.sign_in_without_passkey(&world.ctx(), &key, &now, BROWSER).await.unwrap();
    assert_eq!(world.wallet.count_without_passkey().await.unwrap(), 1);
}

/// FT-36, FT-37: junk for the page that signs in is counted where it came from, and for nobody whom it
/// names: anybody can name anybody.
#[tokio::test]
async fn a_refused_passkey_counts_for_its_device_and_network_and_not_for_whom_it_names() {
    let world = World::new().await;
    let hanako = world.open("hanako").await;
    let (options, signing) = world.wallet.start_sign_in(&world.ctx()).unwrap();
    let (other_options, _) = world.wallet.start_sign_in(&world.ctx()).unwrap();
    let stale = hanako.phone.clone().get(&other_options, ORIGIN).unwrap();
    let hers = hanako.phone.clone().get(&options, ORIGIN).unwrap();

    for junk in ["", "{}", stale.as_str()] {
        let refused = world.wallet.finish_sign_in(&world.ctx(), junk, &signing, BROWSER).await;
        assert!(matches!(refused, Err(WalletError::NotAccepted)), "{refused:?}");
    }

    let count = |key: Key| world.wallet.risk.count(&key, Kind::SignInRefused, world.ctx().now, 60);
    assert_eq!(count(Key::Device(BROWSER.device_hash.to_owned())), 3);
    assert_eq!(count(Key::Block(world.ctx().address_block.to_owned())), 3);
    assert_eq!(count(Key::Person(hanako.id.to_string())), 0);
    world.wallet.finish_sign_in(&world.ctx(), &hers, &signing, BROWSER).await.unwrap();
    assert_eq!(count(Key::Device(BROWSER.device_hash.to_owned())), 3, "the right one is none");
}

#[tokio::test]
async fn the_desk_hears_of_a_network_that_sends_junk_and_nobody_in_it_is_refused() {
    let world = World::new().await;
    let hanako = world.open("hanako").await;
    let (options, signing) = world.wallet.start_sign_in(&world.ctx()).unwrap();
    let hers = hanako.phone.clone().get(&options, ORIGIN).unwrap();
    for _ in 0..101 {
        let refused = world.wallet.finish_sign_in(&world.ctx(), "junk", &signing, BROWSER).await;
        assert!(refused.is_err());
    }

    world.wallet.finish_sign_in(&world.ctx(), &hers, &signing, BROWSER).await.unwrap();

    let cases = world.wallet.cases(true).await.unwrap();
    let about: Vec<&str> = cases.iter().map(|case| case.about.as_str()).collect();
    assert_eq!(about, ["rule|sign-ins-block"]);
}
