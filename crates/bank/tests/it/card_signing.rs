//! The identity card instead of a passkey: it signs its holder in and signs for them, and nobody else.

use std::sync::{Arc, Mutex};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kanuki_bank::{
    BankError,
    holder::{
        card::Brought,
        enrol::card::{CardAuthentication, CardReading, TERMS},
        sign_in::SignedIn,
    },
    link::{Possession, consent::ConsentState, token::Grant},
    mandate::Mandate,
};
use kanuki_desk::{
    authenticator::{Authenticator, Kind},
    evidence::Proven,
};
use kanuki_domain::{
    assurance::Acr,
    id::{HolderId, ParId, StaffId},
    route::Route,
};
use kanuki_jpki::{
    AuthenticationRequest, IdentityRequest, RevocationEvidence, SignatureResponse,
    demo::{DemoCa, DemoCard},
};
use kanuki_wire::transaction::ContactKind;

use crate::{
    cards::{KEY, Operator, hanako},
    signals::counted,
    stopping::stop_code_of,
    world::{CLIENT, ORIGIN, World, account, facts},
};

const DAY: i64 = 86_400;
/// The serial of a card that the operator's list names.
const REVOKED: u64 = 7;

/// A bank that reads both certificates of a card, each of an authority of its own.
struct Cards {
    world: World,
    signing: DemoCa,
    ca: DemoCa,
}

fn operator(list: RevocationEvidence) -> Operator {
    Operator(Mutex::new(list))
}

impl Cards {
    async fn new() -> Self {
        let mut world = World::new().await;
        let now = world.now;
        let (signing, ca) = (DemoCa::generate(now).unwrap(), DemoCa::generate(now).unwrap());
        let mut cards = Self { world: World::new().await, signing, ca };
        world.bank.cards = Some(cards.reading(&world));
        cards.world = world;
        cards
    }

    /// With lists of today.
    fn reading(&self, world: &World) -> Arc<CardReading> {
        Arc::new(CardReading {
            anchors: self.signing.trust_anchors().unwrap(),
            operator_url: "http://operator.test/card".to_owned(),
            operator: Box::new(operator(self.signing.crl(&[], world.now).unwrap())),
            authentication: Some(CardAuthentication {
                anchors: self.ca.authentication_anchors().unwrap(),
                operator: Box::new(operator(self.ca.crl(&[REVOKED], world.now).unwrap())),
            }),
        })
    }

    fn wait(&mut self, secs: i64) {
        self.world.wait(secs);
        self.world.bank.cards = Some(self.reading(&self.world));
    }

    fn card(&self, serial: u64) -> DemoCard {
        self.ca.issue_authentication(&hanako(), &KEY, serial, self.world.now).unwrap()
    }

    /// The operator's app, and the way back in `browser`.
    async fn bring(&self, url: &str, card: &DemoCard, browser: &str) -> Result<Brought, BankError> {
        let (state, answer) = sign(url, card);
        let ctx = self.world.ctx();
        let brought = self.world.bank.receive_card_answer(&ctx, &state, &answer).await?;
        self.world.bank.come_back(&ctx, browser, &brought).await?;
        Ok(brought)
    }

    /// The holder lets a card in with their passkey.
    async fn add(&mut self, holder: HolderId, card: &DemoCard) -> Result<(), BankError> {
        let bank = self.world.bank.clone();
        let (options, permit) = bank.start_card_permit(&self.world.ctx(), holder).await?;
        let response = self.world.device.get(&options, ORIGIN).unwrap();
        let who = (holder, "session", "browser");
        let answer = (response.as_str(), &permit);
        let ctx = self.world.ctx();
        let url = bank.finish_card_permit(&ctx, who, answer, String::new()).await?;
        let brought = self.bring(&url, card, "browser").await?;
        bank.finish_card_adding(&self.world.ctx(), "browser", &brought).await
    }

    async fn sign_in(&self, card: &DemoCard) -> Result<SignedIn, BankError> {
        let bank = &self.world.bank;
        let ctx = self.world.ctx();
        let url = bank.start_card_sign_in(&ctx, "browser", String::new()).await?;
        let brought = self.bring(&url, card, "browser").await?;
        bank.finish_card_sign_in(&ctx, &brought).await
    }

    /// To the consent page, signed in by the card.
    async fn arrive(&self, card: &DemoCard) -> (ParId, String, ConsentState) {
        let (request_uri, _) = self.world.push(facts()).await.unwrap();
        self.arrive_at(&request_uri, card).await
    }

    async fn arrive_at(&self, request_uri: &str, card: &DemoCard) -> (ParId, String, ConsentState) {
        let (bank, ctx) = (&self.world.bank, self.world.ctx());
        let par_id = bank.visit(&ctx, CLIENT, request_uri, "browser").await.unwrap();
        let signed_in = self.sign_in(card).await.unwrap();
        bank.arrive(&ctx, par_id, "browser", &signed_in).await.unwrap();
        bank.choose(&ctx, par_id, "browser", &account("9000001")).await.unwrap();
        let (_, options, state) = bank.start_consent(&ctx, par_id, "browser").await.unwrap();
        (par_id, options, state)
    }

    /// What the card brings back for the page with this state.
    async fn signed(&self, state: &ConsentState, card: &DemoCard) -> Brought {
        let text = text_of(state);
        let what = ("browser", text.as_str());
        let ctx = self.world.ctx();
        let url = self.world.bank.start_card_signature(&ctx, what, String::new()).await.unwrap();
        self.bring(&url, card, "browser").await.unwrap()
    }

    async fn only_mandate(&self, holder: HolderId) -> Mandate {
        self.world.bank.mandates_of(holder).await.unwrap().remove(0)
    }
}

/// The text behind a page, as its ceremony keeps it.
fn text_of(state: &ConsentState) -> String {
    serde_json::to_value(state).unwrap()["pre_image"].as_str().unwrap().to_owned()
}

fn asked(url: &str) -> serde_json::Value {
    let (_, request) = url.split_once("request=").unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(request).unwrap()).unwrap()
}

/// What the operator's app makes of the address it is opened with.
fn sign(url: &str, card: &DemoCard) -> (String, SignatureResponse) {
    let asked = asked(url);
    assert_eq!(asked["purpose"], "authentication");
    let digest = BASE64_URL_SAFE_NO_PAD.decode(asked["terms_digest"].as_str().unwrap()).unwrap();
    let to = asked["return_url"].as_str().unwrap().parse().unwrap();
    let request = AuthenticationRequest::over(digest.try_into().unwrap(), &to);
    let state = asked["state"].as_str().unwrap().to_owned();
    (state, card.sign(&request.to_be_signed()).unwrap())
}

#[tokio::test]
async fn a_card_that_a_passkey_let_in_signs_its_holder_in_and_consents_after_a_week() {
    let mut cards = Cards::new().await;
    let holder = cards.world.holder_with_passkey("9000001").await;
    let card = cards.card(1);
    cards.add(holder, &card).await.unwrap();
    let early = cards.sign_in(&card).await.unwrap();
    assert_eq!(counted(&cards.world, holder, kanuki_risk::Kind::SignedIn), 1);
    let (request_uri, _) = cards.world.push(facts()).await.unwrap();
    let (bank, ctx) = (&cards.world.bank, cards.world.ctx());
    let par_id = bank.visit(&ctx, CLIENT, &request_uri, "browser").await.unwrap();
    let waits = bank.arrive(&ctx, par_id, "browser", &early).await;
    assert!(matches!(waits, Err(BankError::Waits { .. })), "a new device: {waits:?}");

    cards.wait(7 * DAY);
    let (_, options, state) = cards.arrive(&card).await;
    assert!(!options.is_empty(), "the passkey may sign as well");
    let brought = cards.signed(&state, &card).await;
    let (bank, ctx) = (&cards.world.bank, cards.world.ctx());
    bank.finish_consent(&ctx, "browser", &state, &brought.credential()).await.unwrap();

    let mandate = cards.only_mandate(holder).await;
    assert_eq!(mandate.route, Route::Branch, "worth what the passkey is worth");
    let grant = bank.book.load::<Grant>(mandate.grant_id).await.unwrap();
    assert_eq!(grant.acr, Some(Acr::Jpki));
}

/// A wallet asks for the strongest class by name (RFC 9470).
#[tokio::test]
async fn where_a_card_is_asked_for_a_passkey_is_not_enough() {
    let mut cards = Cards::new().await;
    let holder = cards.world.holder_with_passkey("9000001").await;
    let card = cards.card(1);
    cards.add(holder, &card).await.unwrap();
    cards.wait(7 * DAY);
    let world = &cards.world;
    let (mut request, _) = world.request(world.facts_token(facts()));
    request.wish.acr_values = vec![Acr::Jpki.as_str().to_owned()];
    let form = world.assertion().add_to(request.to_form().unwrap());
    let proof = world.proof("POST", "/par", None);
    let pushed = world.bank.push(&world.ctx(), &form, Possession::of_proof(&proof)).await.unwrap();

    let (_, options, state) = cards.arrive_at(&pushed.request_uri, &card).await;
    let by_passkey = cards.world.device.get(&options, ORIGIN).unwrap();
    let (bank, ctx) = (cards.world.bank.clone(), cards.world.ctx());
    let refused = bank.finish_consent(&ctx, "browser", &state, &by_passkey).await;
    assert!(matches!(refused, Err(BankError::App)), "{refused:?}");
    assert!(bank.mandates_of(holder).await.unwrap().is_empty(), "nothing was agreed");

    let by_card = cards.signed(&state, &card).await.credential();
    bank.finish_consent(&ctx, "browser", &state, &by_card).await.unwrap();
    let mandate = cards.only_mandate(holder).await;
    let grant = bank.book.load::<Grant>(mandate.grant_id).await.unwrap();
    assert_eq!(grant.acr, Some(Acr::Jpki));
}

#[tokio::test]
async fn whoever_their_card_has_just_proven_needs_no_passkey_at_all() {
    let cards = Cards::new().await;
    let (bank, ctx) = (&cards.world.bank, cards.world.ctx());
    let url = bank.start_card(&ctx, &account("9000001"), "browser", None).await.unwrap();
    let nonce = BASE64_URL_SAFE_NO_PAD.decode(asked(&url)["nonce"].as_str().unwrap()).unwrap();
    let here = ORIGIN.parse().unwrap();
    let terms = IdentityRequest::new(nonce.try_into().unwrap(), TERMS.as_bytes(), &here);
    let identity = cards.signing.issue(&hanako(), &KEY, 1, cards.world.now).unwrap();
    let answer = identity.sign(&terms.to_be_signed()).unwrap();
    let state = asked(&url)["state"].as_str().unwrap().to_owned();
    let handle = bank.receive_card(&ctx, &state, &answer).await.unwrap();
    let (id, _) = bank.finish_card(&ctx, "browser", (&state, &handle)).await.unwrap();

    let card = cards.card(2);
    let url = bank.start_card_after_proof(&ctx, (id, "browser"), String::new()).await.unwrap();
    let brought = cards.bring(&url, &card, "browser").await.unwrap();
    bank.finish_card_adding(&ctx, "browser", &brought).await.unwrap();
    let again = bank.start_registration(&ctx, id, "browser").await;
    assert!(again.is_err(), "one proof lets one thing in");
    let (_, options, state) = cards.arrive(&card).await;
    assert_eq!(options, "", "no passkey is asked that is not there");
    let brought = cards.signed(&state, &card).await;
    bank.finish_consent(&ctx, "browser", &state, &brought.credential()).await.unwrap();

    let holder = cards.sign_in(&card).await.unwrap().holder_id;
    let mandate = cards.only_mandate(holder).await;
    assert_eq!(mandate.route, Route::Jpki);
    let code = crate::stopping::stop_code(&cards.world).await;
    let case = bank.stop(&ctx, &code).await.unwrap();
    let about = (case, mandate.mandate_id);
    let kept = bank.evidence_of_case(&ctx, StaffId::derive(&["aoki"]), about).await.unwrap();
    assert!(matches!(kept[0].verdict, Ok(Some(Proven::Card(_)))), "{:?}", kept[0].verdict);
}

#[tokio::test]
async fn a_card_that_nobody_let_in_or_that_is_no_more_is_refused_alike() {
    let mut cards = Cards::new().await;
    let holder = cards.world.holder_with_passkey("9000001").await;
    let (hers, gone) = (cards.card(1), cards.card(2));
    cards.add(holder, &hers).await.unwrap();
    cards.add(holder, &gone).await.unwrap();
    let code = stop_code_of(&cards.world, "card_added").await;
    cards.world.bank.stop(&cards.world.ctx(), &code).await.unwrap();
    let live = cards.world.bank.authenticators(holder).await.unwrap();
    assert_eq!(live.iter().filter(|a| a.kind() == Kind::IdentityCard).count(), 1);
    let mut results = Vec::new();
    for (name, card) in [("hers", &hers), ("the other of hers", &gone)] {
        results.push((name, cards.sign_in(card).await));
    }
    let (fine, ended): (Vec<_>, Vec<_>) = results.into_iter().partition(|(_, r)| r.is_ok());
    assert_eq!((fine.len(), ended.len()), (1, 1));

    let other = DemoCa::generate(cards.world.now).unwrap();
    let foreign = other.issue_authentication(&hanako(), &KEY, 1, cards.world.now).unwrap();
    let identity = cards.ca.issue(&hanako(), &KEY, 9, cards.world.now).unwrap();
    let refused = [
        ("a stranger's", cards.card(3)),
        ("revoked", cards.card(REVOKED)),
        ("another authority's", foreign),
        ("a signature certificate", identity),
    ];
    for (name, card) in refused {
        let answer = cards.sign_in(&card).await;
        assert!(matches!(answer, Err(BankError::Card)), "{name}: {answer:?}");
    }
    assert!(matches!(ended[0].1, Err(BankError::Card)), "{:?}", ended[0].1);
}

/// Somebody sends the operator's address to the holder and lets her sign.
#[tokio::test]
async fn an_answer_counts_in_the_browser_that_set_out_and_once() {
    let mut cards = Cards::new().await;
    let holder = cards.world.holder_with_passkey("9000001").await;
    let card = cards.card(1);
    cards.add(holder, &card).await.unwrap();
    let (bank, ctx) = (&cards.world.bank, cards.world.ctx());
    let url = bank.start_card_sign_in(&ctx, "thief", String::new()).await.unwrap();
    let (state, answer) = sign(&url, &card);
    let brought = bank.receive_card_answer(&ctx, &state, &answer).await.unwrap();

    let twice = bank.receive_card_answer(&ctx, &state, &answer).await;
    assert!(matches!(twice, Err(BankError::NotAvailable)), "{twice:?}");
    let hers = bank.come_back(&ctx, "hers", &brought).await;
    assert!(matches!(hers, Err(BankError::NotAvailable)), "{hers:?}");
    let early = bank.finish_card_sign_in(&ctx, &brought).await;
    assert!(matches!(early, Err(BankError::NotAvailable)), "not back: {early:?}");
    let guessed = Brought { handle: "guessed".to_owned(), ..brought.clone() };
    assert!(bank.come_back(&ctx, "thief", &guessed).await.is_err());
    bank.come_back(&ctx, "thief", &brought).await.unwrap();
    bank.finish_card_sign_in(&ctx, &brought).await.unwrap();
    assert!(bank.finish_card_sign_in(&ctx, &brought).await.is_err(), "used twice");

    let url = bank.start_card_sign_in(&ctx, "browser", String::new()).await.unwrap();
    let state = asked(&url)["state"].as_str().unwrap().to_owned();
    let replayed = bank.receive_card_answer(&ctx, &state, &answer).await.unwrap();
    bank.come_back(&ctx, "browser", &replayed).await.unwrap();
    let old = bank.finish_card_sign_in(&ctx, &replayed).await;
    assert!(matches!(old, Err(BankError::Card)), "an old signature: {old:?}");
}

#[tokio::test]
async fn a_signature_is_worth_nothing_for_another_page_another_holder_or_a_sign_in() {
    let mut cards = Cards::new().await;
    let holder = cards.world.holder_with_passkey("9000001").await;
    let card = cards.card(1);
    cards.add(holder, &card).await.unwrap();
    cards.world.new_device();
    let other = cards.world.holder_with_passkey("9000002").await;
    let theirs = cards.card(2);
    cards.add(other, &theirs).await.unwrap();
    cards.wait(7 * DAY);
    let (_, _, one) = cards.arrive(&card).await;
    let (_, _, page) = cards.arrive(&card).await;
    let bank = &cards.world.bank;

    let elsewhere = cards.signed(&one, &card).await;
    let by_another = cards.signed(&page, &theirs).await;
    let ctx = cards.world.ctx();
    let url = bank.start_card_sign_in(&ctx, "browser", String::new()).await.unwrap();
    let signed_in = cards.bring(&url, &card, "browser").await.unwrap();
    for (name, brought) in
        [("another page", &elsewhere), ("another holder", &by_another), ("a sign-in", &signed_in)]
    {
        let answer = brought.credential();
        let refused = bank.finish_consent(&ctx, "browser", &page, &answer).await;
        assert!(matches!(refused, Err(BankError::Card)), "{name}: {refused:?}");
    }
    let right = cards.signed(&page, &card).await.credential();
    bank.finish_consent(&ctx, "browser", &page, &right).await.unwrap();
}

#[tokio::test]
async fn a_card_moves_no_contact_and_lets_nothing_else_in() {
    let mut cards = Cards::new().await;
    let holder = cards.world.holder_with_passkey("9000001").await;
    let card = cards.card(1);
    cards.add(holder, &card).await.unwrap();
    let (bank, ctx) = (&cards.world.bank, cards.world.ctx());
    let asked = (ContactKind::Phone, "090-9999-0000");
    let (_, _, contact) = bank.start_contact_change(&ctx, holder, asked).await.unwrap();
    let (_, permit) = bank.start_card_permit(&ctx, holder).await.unwrap();

    for state in [serde_json::to_value(&contact).unwrap(), serde_json::to_value(&permit).unwrap()] {
        let text = ("browser", state["pre_image"].as_str().unwrap());
        let refused = bank.start_card_signature(&ctx, text, String::new()).await;
        assert!(matches!(refused, Err(BankError::NotAvailable)), "{refused:?}");
    }
}

#[tokio::test]
async fn a_card_ends_with_the_passkey_that_let_it_in() {
    let mut cards = Cards::new().await;
    let holder = cards.world.holder_with_passkey("9000001").await;
    let card = cards.card(1);
    cards.add(holder, &card).await.unwrap();

    let code = stop_code_of(&cards.world, "passkey_added").await;
    cards.world.bank.stop(&cards.world.ctx(), &code).await.unwrap();

    assert!(matches!(cards.sign_in(&card).await, Err(BankError::Card)));
    let anew = cards.add(holder, &card).await;
    assert!(anew.is_err(), "there is nothing left to let it in by");
}

#[tokio::test]
async fn trips_that_nobody_ended_are_forgotten_with_what_was_brought() {
    let mut cards = Cards::new().await;
    let card = cards.card(1);
    let (bank, ctx) = (&cards.world.bank, cards.world.ctx());
    let url = bank.start_card_sign_in(&ctx, "browser", String::new()).await.unwrap();
    let brought = cards.bring(&url, &card, "browser").await.unwrap();
    assert_eq!(bank.sweep_card_errands(&ctx).await.unwrap(), 0);

    cards.wait(15 * 60);
    let (bank, ctx) = (&cards.world.bank, cards.world.ctx());
    let late = bank.finish_card_sign_in(&ctx, &brought).await;
    assert!(matches!(late, Err(BankError::NotAvailable)), "{late:?}");
    assert_eq!(bank.sweep_card_errands(&ctx).await.unwrap(), 1);
    assert_eq!(bank.sweep_card_errands(&ctx).await.unwrap(), 0);
}

#[tokio::test]
async fn passkeys_are_kept_as_they_were_before_there_were_cards() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey("9000001").await;
    let kept = world.bank.authenticators(holder).await.unwrap().remove(0).into_inner();

    let row = serde_json::to_value(&kept).unwrap();

    assert!(row["passkey"].is_object());
    assert!(row.get("card").is_none() && row.get("let_in_by").is_none(), "{row}");
    let read: Authenticator = serde_json::from_value(row).unwrap();
    assert_eq!(read.passkey().unwrap().credential_id(), kept.passkey().unwrap().credential_id());
}
