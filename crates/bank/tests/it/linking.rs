use kanuki_bank::{
    BankError,
    debit::DebitState,
    link::{Possession, Pushed},
};
use kanuki_desk::outbox::Message;
use kanuki_domain::{Ctx, Masked, Yen, mandate::MandateState};
use kanuki_record::{Record as _, Row, Write};
use kanuki_wire::{ErrorCode, keys::Signer as _, token::TokenRequest};

use crate::world::{CLIENT, Counter, ORIGIN, World, account, facts};

fn code_of(refusal: &BankError) -> Option<ErrorCode> {
    match refusal {
        BankError::OAuth(error) => Some(error.code),
        _ => None,
    }
}

#[tokio::test]
async fn holder_links_and_the_wallet_debits() {
    let mut world = World::new().await;

    let mandate = world.linked().await;
    let debit = world.debit(mandate, 1, 5_000).await;

    assert!(matches!(debit.state, DebitState::Booked { .. }), "{:?}", debit.state);
    assert_eq!(world.core.balance("9000001"), 495_000);
}

#[tokio::test]
async fn somebody_elses_account_cannot_be_chosen_or_matched() {
    let mut world = World::new().await;
    world.holder_with_passkey("9000001").await;

    let (request_uri, _) = world.push(facts()).await.unwrap();
    let other = world.consent(&request_uri, "9000002").await;
    assert!(matches!(other, Err(BankError::NotAvailable)), "{other:?}");

    // The holder signs in, but the wallet belongs to somebody else.
    let mut stranger = facts();
    stranger.name = Masked::new("田中 一郎".to_owned());
    let (request_uri, _) = world.push(stranger).await.unwrap();
    let refused = world.consent(&request_uri, "9000001").await;
    assert!(matches!(refused, Err(BankError::NotTheSamePerson)), "{refused:?}");
}

#[tokio::test]
async fn another_browser_cannot_take_over_a_request() {
    let world = World::new().await;
    let (request_uri, _) = world.push(facts()).await.unwrap();
    world.bank.visit(&world.ctx(), CLIENT, &request_uri, "mine").await.unwrap();

    let again = world.bank.visit(&world.ctx(), CLIENT, &request_uri, "mine").await;
    let other = world.bank.visit(&world.ctx(), CLIENT, &request_uri, "theirs").await;
    let other_client = world.bank.visit(&world.ctx(), "other", &request_uri, "mine").await;

    assert!(again.is_ok(), "reloading is fine");
    assert!(matches!(other, Err(BankError::NotAvailable)));
    assert!(matches!(other_client, Err(BankError::NotAvailable)));
}

#[tokio::test]
async fn the_name_in_a_request_uri_opens_nothing_without_its_secret() {
    let world = World::new().await;
    let (one, _) = world.push(facts()).await.unwrap();
    let (other, _) = world.push(facts()).await.unwrap();
    let (name, secret) = one.split_at(one.len() - 26);
    let (prefix, _) = name.split_at(name.len() - 26);
    let (_, other_secret) = other.split_at(other.len() - 26);
    assert_ne!(secret, other_secret);

    for guess in [
        format!("{name}{other_secret}"),
        format!("{name}{}", "0".repeat(26)),
        name.to_owned(),
        format!("{name}{secret}0"),
        format!("{prefix}{secret}"),
    ] {
        let refused = world.bank.visit(&world.ctx(), CLIENT, &guess, "thief").await;
        assert!(matches!(refused, Err(BankError::NotAvailable)), "{guess}: {refused:?}");
    }
    assert!(world.bank.visit(&world.ctx(), CLIENT, &one, "hers").await.is_ok());
}

#[tokio::test]
async fn a_request_that_a_former_release_took_can_go_on() {
    let world = World::new().await;
    world.push(facts()).await.unwrap();
    let records = world.bank.book.records();
    let row = records.scan(Pushed::TABLE, "", 1).await.unwrap().remove(0);
    let handle = "7".repeat(26);
    let hash = world.bank.vault.blind("par", handle.as_bytes());
    let mut body: serde_json::Value = serde_json::from_str(&row.body).unwrap();
    body["handle_hash"] = hash.clone().into();
    body.as_object_mut().unwrap().remove("is_named").unwrap();
    let mut keys = row.keys.clone();
    assert_eq!(keys[0].replace(hash), None);
    let old = Row { version: row.version + 1, keys, body: body.to_string(), ..row };
    records.commit(vec![Write::Update(Pushed::TABLE, old)], Vec::new()).await.unwrap();

    let request_uri = format!("urn:ietf:params:oauth:request_uri:{handle}");
    assert!(world.bank.visit(&world.ctx(), CLIENT, &request_uri, "hers").await.is_ok());
}

#[tokio::test]
async fn a_code_works_once_and_its_reuse_revokes_the_tokens() {
    let mut world = World::new().await;
    world.holder_with_passkey("9000001").await;
    let (request_uri, verifier) = world.push(facts()).await.unwrap();
    let callback = world.consent(&request_uri, "9000001").await.unwrap();
    let tokens = world.exchange(&callback, &verifier).await.unwrap();
    let access = tokens.access_token.expose().clone();
    let use_token = async |world: &World| {
        let proof = world.proof("POST", "/debits", Some(&access));
        world
            .bank
            .authorize(&world.ctx(), &access, Possession::of_proof(&proof), ("POST", "/debits"))
            .await
    };
    assert!(use_token(&world).await.is_ok());

    let again = world.exchange(&callback, &verifier).await;

    assert_eq!(code_of(&again.unwrap_err()), Some(ErrorCode::InvalidGrant));
    assert_eq!(code_of(&use_token(&world).await.unwrap_err()), Some(ErrorCode::InvalidToken));
}

#[tokio::test]
async fn codes_are_bound_to_time_key_and_verifier() {
    for (name, secs, verifier_is_right, key_is_right) in
        [("expired", 61, true, true), ("verifier", 0, false, true), ("key", 0, true, false)]
    {
        let mut world = World::new().await;
        world.holder_with_passkey("9000001").await;
        let (request_uri, verifier) = world.push(facts()).await.unwrap();
        let callback = world.consent(&request_uri, "9000001").await.unwrap();
        world.wait(secs);
        if !key_is_right {
            world.dpop_key = kanuki_wire::keys::SigningKey::generate().unwrap();
        }
        let verifier =
            if verifier_is_right { verifier } else { kanuki_wire::pkce::verifier([6; 32]) };

        let refused = world.exchange(&callback, &verifier).await.unwrap_err();

        assert_eq!(code_of(&refused), Some(ErrorCode::InvalidGrant), "{name}");
    }
}

#[tokio::test]
async fn a_refresh_binds_the_new_token_to_whatever_key_the_same_client_shows() {
    let mut world = World::new().await;
    world.holder_with_passkey("9000001").await;
    let (request_uri, verifier) = world.push(facts()).await.unwrap();
    let callback = world.consent(&request_uri, "9000001").await.unwrap();
    let first = world.exchange(&callback, &verifier).await.unwrap();
    let old_key = world.dpop_key.clone();
    world.dpop_key = kanuki_wire::keys::SigningKey::generate().unwrap();
    let request = TokenRequest::RefreshToken { refresh_token: first.refresh_token.unwrap() };

    let form = world.assertion().add_to(request.to_form());
    let proof = world.proof("POST", "/token", None);
    let second = world.bank.exchange(&world.ctx(), &form, Possession::of_proof(&proof)).await;
    let second = second.unwrap().standing().unwrap().access_token;

    let use_token = async |world: &World, token: &str| {
        let proof = world.proof("POST", "/debits", Some(token));
        let possession = Possession::of_proof(&proof);
        world.bank.authorize(&world.ctx(), token, possession, ("POST", "/debits")).await
    };
    assert!(use_token(&world, second.expose()).await.is_ok(), "the new token, the new key");
    assert!(use_token(&world, first.access_token.expose()).await.is_err(), "the old, the new");
    world.dpop_key = old_key;
    assert!(use_token(&world, first.access_token.expose()).await.is_ok(), "the old, the old");
    assert!(use_token(&world, second.expose()).await.is_err(), "the new, the old");
}

#[tokio::test]
async fn a_refresh_token_is_worth_nothing_to_another_client() {
    let mut world = World::new().await;
    world.holder_with_passkey("9000001").await;
    let (request_uri, verifier) = world.push(facts()).await.unwrap();
    let callback = world.consent(&request_uri, "9000001").await.unwrap();
    let tokens = world.exchange(&callback, &verifier).await.unwrap();
    let mut other = world.bank.partner(CLIENT).await.unwrap();
    let key = kanuki_wire::keys::SigningKey::generate().unwrap();
    other.client_id = "other-wallet".to_owned();
    other.jwks = kanuki_wire::keys::Jwks::of([key.public_jwk()]);
    world.bank.import_partner(&world.ctx(), other, &[]).await.unwrap();
    world.client_key = key;

    let request = TokenRequest::RefreshToken { refresh_token: tokens.refresh_token.unwrap() };
    let form = world.assertion_of("other-wallet").add_to(request.to_form());
    let proof = world.proof("POST", "/token", None);
    let refused = world.bank.exchange(&world.ctx(), &form, Possession::of_proof(&proof)).await;

    assert_eq!(code_of(&refused.unwrap_err()), Some(ErrorCode::InvalidGrant));
}

#[tokio::test]
async fn assertions_and_proofs_work_once() {
    let world = World::new().await;
    let form = world.assertion().add_to(kanuki_wire::Form::default());
    world.bank.authenticate_partner(&world.ctx(), &form).await.unwrap();

    let again = world.bank.authenticate_partner(&world.ctx(), &form).await.unwrap_err();

    assert_eq!(code_of(&again), Some(ErrorCode::InvalidClient));
    let proof = world.proof("POST", "/token", None);
    let request = ("POST", "/token");
    world.bank.check_proof(&world.ctx(), &proof, request, (None, None)).await.unwrap();
    let again =
        world.bank.check_proof(&world.ctx(), &proof, request, (None, None)).await.unwrap_err();
    assert_eq!(code_of(&again), Some(ErrorCode::InvalidDpopProof));
}

#[tokio::test]
async fn a_link_that_rests_on_a_code_moves_nothing_until_the_letter() {
    let mut world = World::new().await;
    let (holder, mandate) = world.linked_by_call().await;

    let before = world.debit(mandate, 1, 1_000).await;
    assert!(matches!(before.state, DebitState::Refused { .. }), "{:?}", before.state);
    let wrong = world.bank.confirm_mandate(&world.ctx(), holder, mandate, "0000000000").await;
    assert!(matches!(wrong, Err(BankError::NotAvailable)));

    let code = letter_code(&world).await;
    world.bank.confirm_mandate(&world.ctx(), holder, mandate, &code).await.unwrap();
    let after = world.debit(mandate, 2, 10_000).await;
    let over = world.debit(mandate, 3, 1).await;
    assert!(matches!(after.state, DebitState::Booked { .. }), "{:?}", after.state);
    assert!(matches!(over.state, DebitState::Refused { .. }), "72 hours at ¥10,000 a day");
    assert_eq!(world.core.balance("9000001"), 490_000);
}

/// Reads the post: the only message that goes by letter.
async fn letter_code(world: &World) -> String {
    use kanuki_desk::outbox::Channel;
    use kanuki_record::vault::PersonKey;
    for message in world.bank.book.list::<Message>("state", "due").await.unwrap() {
        let key = world.bank.book.load::<PersonKey>(&message.person_id).await.unwrap();
        let (contact, content) = message.open(&world.bank.vault, &key).unwrap();
        if contact.channel == Channel::Post {
            return content.values["code"].clone();
        }
    }
    panic!("no letter was sent");
}

/// What holders are being told, once for each of their contacts.
async fn told_kinds(world: &World) -> Vec<String> {
    let mut kinds = Vec::new();
    for message in world.bank.book.list::<Message>("state", "due").await.unwrap() {
        kinds.push(message.kind.clone());
    }
    kinds
}

#[tokio::test]
async fn an_unconfirmed_link_lapses_and_silence_never_activates() {
    let mut world = World::new().await;
    let mandate_id = world.linked().await;
    let mut mandate =
        world.bank.book.load::<kanuki_bank::mandate::Mandate>(mandate_id).await.unwrap();
    mandate.edit().state = MandateState::Unconfirmed {
        lapses_at: kanuki_domain::mandate::later(world.now, 14 * 86_400),
    };
    let mut unit = kanuki_record::Unit::new();
    unit.update(&mandate);
    world.bank.book.commit(unit).await.unwrap();

    world.wait(14 * 86_400);
    world.bank.lapse(&world.ctx(), mandate_id).await.unwrap();

    let mandate = world.bank.book.load::<kanuki_bank::mandate::Mandate>(mandate_id).await.unwrap();
    assert!(matches!(mandate.state, MandateState::Lapsed { .. }));
    let told = told_kinds(&world).await;
    assert_eq!(told.iter().filter(|kind| *kind == "mandate_lapsed").count(), 2, "{told:?}");
    let debit = world.debit(mandate_id, 1, 1).await;
    assert!(matches!(debit.state, DebitState::Refused { .. }));
    assert_eq!(debit.amount, Yen::of(1));
}

/// Two tabs: the page in the first is about one account, and another one is chosen in the second.
#[tokio::test]
async fn what_is_signed_is_about_the_account_that_the_page_showed() {
    let mut world = World::new().await;
    world.core.0.lock().unwrap().second_account = Some("9000009");
    let holder = world.holder_with_passkey("9000001").await;
    let (request_uri, _) = world.push(facts()).await.unwrap();
    let entropy = Counter::starting_at(90_000);
    let ctx = Ctx { now: world.now, entropy: &entropy, address_block: "", address: "" };
    let bank = world.bank.clone();
    let par_id = bank.visit(&ctx, CLIENT, &request_uri, "browser").await.unwrap();
    let (options, state) = bank.start_sign_in(&ctx).unwrap();
    let response = world.device.get(&options, ORIGIN).unwrap();
    let signed_in = bank.finish_sign_in(&ctx, &response, &state).await.unwrap();
    bank.arrive(&ctx, par_id, "browser", &signed_in).await.unwrap();
    bank.choose(&ctx, par_id, "browser", &account("9000001")).await.unwrap();
    let (_, options, first) = bank.start_consent(&ctx, par_id, "browser").await.unwrap();
    let response = world.device.get(&options, ORIGIN).unwrap();
    bank.choose(&ctx, par_id, "browser", &account("9000009")).await.unwrap();

    let refused = bank.finish_consent(&ctx, "browser", &first, &response).await;

    assert!(matches!(refused, Err(BankError::NotAvailable)), "{refused:?}");
    assert!(bank.mandates_of(holder).await.unwrap().is_empty());
    // Chosen again, it is the page that was signed.
    bank.choose(&ctx, par_id, "browser", &account("9000001")).await.unwrap();
    let (page, options, again) = bank.start_consent(&ctx, par_id, "browser").await.unwrap();
    let response = world.device.get(&options, ORIGIN).unwrap();
    bank.finish_consent(&ctx, "browser", &again, &response).await.unwrap();
    assert_eq!(bank.mandates_of(holder).await.unwrap()[0].account_mask, page.account_mask);
}
