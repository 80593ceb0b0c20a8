//! An identity card proves the holder of the account that was typed, and nobody else.

use std::sync::{Arc, LazyLock, Mutex};

use async_trait::async_trait;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{Timestamp, civil::date};
use kanuki_bank::{
    BankError,
    holder::enrol::card::{CardOperator, CardReading, TERMS},
};
use kanuki_domain::{Ctx, id::EnrolmentId, route::Route};
use kanuki_jpki::{
    IdentityRequest, RevocationEvidence, Sex, SignatureResponse,
    demo::{CardOrder, DemoCa, DemoCard, DemoCardKey, DemoPerson, Purpose},
};

use crate::world::{CLIENT, ORIGIN, World, account, facts};

/// RSA keys take long to make, and which one it is does not matter here.
pub(crate) static KEY: LazyLock<DemoCardKey> = LazyLock::new(|| DemoCardKey::generate().unwrap());

/// The operator's list of revoked cards, or that it cannot be had.
#[derive(Debug)]
pub(crate) struct Operator(pub(crate) Mutex<RevocationEvidence>);

#[async_trait]
impl CardOperator for Operator {
    async fn revocation(&self, _now: Timestamp) -> RevocationEvidence {
        self.0.lock().unwrap().clone()
    }
}

pub(crate) fn hanako() -> DemoPerson {
    DemoPerson {
        name: "山田　花子".to_owned(),
        address: "東京都千代田区千代田１－１".to_owned(),
        born_on: date(1955, 3, 3),
        sex: Sex::Female,
    }
}

/// A bank that believes `ca`, and its operator's list.
async fn world(ca: &DemoCa, list: RevocationEvidence) -> World {
    let mut world = World::new().await;
    world.bank.cards = Some(Arc::new(CardReading {
        anchors: ca.trust_anchors().unwrap(),
        operator_url: "http://operator.test/card".to_owned(),
        operator: Box::new(Operator(Mutex::new(list))),
        authentication: None,
    }));
    world
}

/// What the operator's app makes of the address it is opened with.
fn sign(url: &str, card: &DemoCard) -> (String, SignatureResponse) {
    sign_for(None, url, card)
}

/// The same by an app that will post the answer to `elsewhere`, if that is given.
fn sign_for(elsewhere: Option<&str>, url: &str, card: &DemoCard) -> (String, SignatureResponse) {
    let (_, request) = url.split_once("request=").unwrap();
    let json = BASE64_URL_SAFE_NO_PAD.decode(request).unwrap();
    let asked: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let nonce = BASE64_URL_SAFE_NO_PAD.decode(asked["nonce"].as_str().unwrap()).unwrap();
    let posted_to = elsewhere.unwrap_or_else(|| asked["return_url"].as_str().unwrap());
    let to = posted_to.parse().unwrap();
    let request = IdentityRequest::new(nonce.try_into().unwrap(), TERMS.as_bytes(), &to);
    let state = asked["state"].as_str().unwrap().to_owned();
    (state, card.sign(&request.to_be_signed()).unwrap())
}

/// A wallet that may ask for signatures itself shows the customer its own request, with the nonce
/// that this bank made for the customer's account.
#[tokio::test]
async fn a_signature_that_was_made_for_another_company_makes_no_passkey_here() {
    let now = World::new().await.now;
    let ca = DemoCa::generate(now).unwrap();
    let world = world(&ca, ca.crl(&[], now).unwrap()).await;
    let card = ca.issue(&hanako(), &KEY, 1, now).unwrap();
    let ctx = world.ctx();
    let url = world.bank.start_card(&ctx, &account("9000001"), "thief", None).await.unwrap();
    let wallet = "https://wallet.example/identity/callback";
    let (state, answer) = sign_for(Some(wallet), &url, &card);
    let handle = world.bank.receive_card(&ctx, &state, &answer).await.unwrap();

    let done = world.bank.finish_card(&ctx, "thief", (&state, &handle)).await;

    assert!(matches!(done, Err(BankError::NotTheSamePerson)), "{done:?}");
}

async fn prove(world: &World, number: &str, card: &DemoCard) -> Result<EnrolmentId, BankError> {
    let ctx = world.ctx();
    let url = world.bank.start_card(&ctx, &account(number), "browser", None).await?;
    let (state, answer) = sign(&url, card);
    let handle = world.bank.receive_card(&ctx, &state, &answer).await?;
    let finished = world.bank.finish_card(&ctx, "browser", (&state, &handle)).await;
    finished.map(|(id, _)| id)
}

#[tokio::test]
async fn a_card_of_the_holder_registers_a_passkey_that_rests_on_no_code() {
    let ca = DemoCa::generate(World::new().await.now).unwrap();
    let now = World::new().await.now;
    let mut world = world(&ca, ca.crl(&[], now).unwrap()).await;
    let card = ca.issue(&hanako(), &KEY, 1, now).unwrap();

    let id = prove(&world, "9000001", &card).await.unwrap();
    let started = world.bank.start_registration(&world.ctx(), id, "browser").await;
    let (options, state) = started.unwrap();
    let response = world.device.create(&options, ORIGIN).unwrap();
    let ctx = Ctx { now, entropy: &world.entropy, address_block: "", address: "" };
    let made = world.bank.finish_registration(&ctx, id, "browser", &response, &state).await;

    let passkeys = world.bank.passkeys(made.unwrap()).await.unwrap();
    assert_eq!(passkeys[0].route, Route::Jpki);
    assert!(!passkeys[0].route.rests_on_a_code());
}

#[tokio::test]
async fn every_card_that_is_not_the_holders_is_refused_alike() {
    let now = World::new().await.now;
    let (ca, other_ca) = (DemoCa::generate(now).unwrap(), DemoCa::generate(now).unwrap());
    let world = world(&ca, ca.crl(&[7], now).unwrap()).await;
    let issue = |ca: &DemoCa, person: &DemoPerson, serial| ca.issue(person, &KEY, serial, now);
    let elsewhere = DemoPerson { address: "大阪府大阪市北区1-1".to_owned(), ..hanako() };
    let younger = DemoPerson { born_on: date(1980, 3, 3), ..hanako() };
    let other = DemoPerson { name: "鈴木 トメ".to_owned(), ..hanako() };
    let person = hanako();
    let order = CardOrder::signing(&person, 8, now).unwrap();
    let no_identity =
        ca.issue_order(&CardOrder { purpose: Purpose::Authentication, ..order }, &KEY);
    let refused = [
        ("9999999", issue(&ca, &hanako(), 1).unwrap()),
        ("9000002", issue(&ca, &hanako(), 2).unwrap()),
        ("9000001", issue(&ca, &elsewhere, 3).unwrap()),
        ("9000001", issue(&ca, &younger, 4).unwrap()),
        ("9000001", issue(&ca, &other, 5).unwrap()),
        ("9000001", issue(&other_ca, &hanako(), 6).unwrap()),
        ("9000001", issue(&ca, &hanako(), 7).unwrap()),
        ("9000001", no_identity.unwrap()),
    ];

    for (case, (number, card)) in refused.iter().enumerate() {
        let answer = prove(&world, number, card).await;
        assert!(matches!(answer, Err(BankError::NotTheSamePerson)), "{case}: {answer:?}");
    }
}

/// A name twin: the same characters, the same birth date, a card of his own.
#[tokio::test]
async fn where_the_bank_holds_no_address_a_card_proves_nobody() {
    let now = World::new().await.now;
    let ca = DemoCa::generate(now).unwrap();
    let world = world(&ca, ca.crl(&[], now).unwrap()).await;
    world.core.0.lock().unwrap().homeless = true;
    let twin = DemoPerson { address: "大阪府大阪市北区1-1".to_owned(), ..hanako() };

    for (serial, person) in [(1, twin), (2, hanako())] {
        let card = ca.issue(&person, &KEY, serial, now).unwrap();
        let answer = prove(&world, "9000001", &card).await;
        assert!(matches!(answer, Err(BankError::NotTheSamePerson)), "{serial}: {answer:?}");
    }
}

#[tokio::test]
async fn without_the_list_of_revoked_cards_every_card_is_refused() {
    let now = World::new().await.now;
    let ca = DemoCa::generate(now).unwrap();
    let world = world(&ca, RevocationEvidence::missing()).await;
    let card = ca.issue(&hanako(), &KEY, 1, now).unwrap();

    let answer = prove(&world, "9000001", &card).await;

    assert!(matches!(answer, Err(BankError::NotTheSamePerson)), "{answer:?}");
}

/// Somebody sends the operator's address to the holder and lets her sign.
#[tokio::test]
async fn an_answer_belongs_to_the_browser_that_set_out_and_brought_it_and_works_once() {
    let now = World::new().await.now;
    let ca = DemoCa::generate(now).unwrap();
    let world = world(&ca, ca.crl(&[], now).unwrap()).await;
    let card = ca.issue(&hanako(), &KEY, 1, now).unwrap();
    let ctx = world.ctx();
    let url = world.bank.start_card(&ctx, &account("9000001"), "thief", None).await.unwrap();
    let (state, answer) = sign(&url, &card);
    let handle = world.bank.receive_card(&ctx, &state, &answer).await.unwrap();

    assert!(world.bank.receive_card(&ctx, &state, &answer).await.is_err(), "brought twice");
    let finish = async |browser: &str, handle: &str| {
        world.bank.finish_card(&world.ctx(), browser, (&state, handle)).await
    };
    assert!(matches!(finish("hers", &handle).await, Err(BankError::NotAvailable)));
    assert!(matches!(finish("thief", "guessed").await, Err(BankError::NotAvailable)));
    finish("thief", &handle).await.unwrap();
    assert!(finish("thief", &handle).await.is_err(), "used twice");
    let replayed = world.bank.start_card(&ctx, &account("9000001"), "thief", None).await.unwrap();
    let (state, _) = sign(&replayed, &card);
    let handle = world.bank.receive_card(&ctx, &state, &answer).await.unwrap();
    let old = world.bank.finish_card(&ctx, "thief", (&state, &handle)).await;
    assert!(matches!(old, Err(BankError::NotTheSamePerson)), "an old signature: {old:?}");
}

/// One person behind a carrier's address tries other people's accounts with his own card.
#[tokio::test]
async fn whoever_shows_his_own_card_for_others_keeps_no_neighbour_from_linking() {
    let now = World::new().await.now;
    let ca = DemoCa::generate(now).unwrap();
    let mut world = world(&ca, ca.crl(&[], now).unwrap()).await;
    world.holder_with_passkey("9000001").await;
    let (request_uri, _) = world.push(facts()).await.unwrap();
    let tome = DemoPerson { name: "鈴木 トメ".to_owned(), ..hanako() };
    let his = ca.issue(&tome, &KEY, 1, now).unwrap();
    let renewed = ca.issue(&tome, &KEY, 2, now).unwrap();
    let prove = async |card: &DemoCard, browser: &str, number: &str| {
        let ctx = Ctx {
            now,
            entropy: &world.entropy,
            address_block: "198.51.100.0/24",
            address: "198.51.100.7",
        };
        let url = world.bank.start_card(&ctx, &account(number), browser, None).await.unwrap();
        let (state, answer) = sign(&url, card);
        let handle = world.bank.receive_card(&ctx, &state, &answer).await.unwrap();
        world.bank.finish_card(&ctx, browser, (&state, &handle)).await
    };

    for n in 0..16 {
        let refused = prove(&his, &format!("jar {n}"), "9000001").await;
        assert!(matches!(refused, Err(BankError::NotTheSamePerson)), "{refused:?}");
    }
    let own = prove(&his, "jar", "9000002").await;
    assert!(matches!(own, Err(BankError::NotTheSamePerson)), "this card rests: {own:?}");
    prove(&renewed, "jar", "9000002").await.unwrap();

    let ctx = Ctx {
        now,
        entropy: &world.entropy,
        address_block: "198.51.100.0/24",
        address: "198.51.100.7",
    };
    let par_id = world.bank.visit(&ctx, CLIENT, &request_uri, "hers").await.unwrap();
    let (options, state) = world.bank.start_sign_in(&ctx).unwrap();
    let response = world.device.get(&options, ORIGIN).unwrap();
    let signed_in = world.bank.finish_sign_in(&ctx, &response, &state).await.unwrap();
    world.bank.arrive(&ctx, par_id, "hers", &signed_in).await.unwrap();
    world.bank.choose(&ctx, par_id, "hers", &account("9000001")).await.unwrap();
    let neighbour = world.bank.start_consent(&ctx, par_id, "hers").await;
    assert!(neighbour.is_ok(), "{:?}", neighbour.err());
}
