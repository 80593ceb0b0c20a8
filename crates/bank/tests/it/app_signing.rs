//! The bank's own app instead of a passkey: on the telephone that shows the page, with the number that
//! stands on it, for this bank, this text and this holder alone.

use std::sync::Arc;

use kanuki_bank::{
    BankConfig, BankError,
    approval::Signing,
    holder::{
        app::{Asked, Brought, Purpose},
        sign_in::SignedIn,
    },
    link::{consent::ConsentState, token::Grant},
    mandate::Mandate,
};
use kanuki_desk::{
    authenticator::{Authenticator, Kind},
    evidence::{Answer, Proven, challenge},
};
use kanuki_domain::{
    assurance::Acr,
    id::{HolderId, ParId, StaffId},
    route::Route,
};
use kanuki_wire::{
    bank_app::{self, Claims},
    keys::{Signer as _, SigningKey},
    transaction::ContactKind,
};

use crate::{
    signals::counted,
    stepup::{details, push},
    stopping::stop_code_of,
    world::{CLIENT, ISSUER, ORIGIN, World, account, facts},
};

const DAY: i64 = 86_400;
const APP: &str = "https://app.bank.example/sign";

/// A bank with an app.
async fn world() -> World {
    let mut world = World::new().await;
    let config = BankConfig { app_url: Some(APP.to_owned()), ..(*world.bank.config).clone() };
    world.bank.config = Arc::new(config);
    world
}

/// What the app does with an errand: asks, shows, types the number and signs.
struct Phone {
    key: SigningKey,
}

impl Phone {
    fn new() -> Self {
        Self { key: SigningKey::generate().unwrap() }
    }

    fn token(&self, is_new: bool, claims: &Claims) -> String {
        let made = if is_new { bank_app::make_new } else { bank_app::make };
        made(&self.key, claims).unwrap()
    }

    async fn ask(
        &self,
        world: &World,
        errand: &str,
        is_new: bool,
    ) -> Result<(Purpose, Asked), BankError> {
        let token = self.token(is_new, &Claims::read(ISSUER, errand, world.now));
        let asked = world.bank.ask_app_errand(&world.ctx(), (errand, &token)).await;
        asked.map(|(purpose, asked, _)| (purpose, asked))
    }

    async fn send(&self, world: &World, errand: &str, token: &str) -> Result<Brought, BankError> {
        let received = world.bank.receive_app_answer(&world.ctx(), (errand, token)).await?;
        let (_, handle) = received.return_url.split_once("handle=").unwrap();
        assert!(received.return_url.starts_with(&format!("{ORIGIN}/app/return?errand={errand}&")));
        Ok(Brought { errand: errand.to_owned(), handle: handle.to_owned() })
    }

    /// Asks, signs with the number that `browser` sees, and comes back there.
    async fn answer(
        &self,
        world: &World,
        (errand, browser, is_new): (&str, &str, bool),
    ) -> Result<Brought, BankError> {
        let (bank, ctx) = (&world.bank, world.ctx());
        let (number, place) = bank.show_app_errand(&ctx, browser, errand).await?;
        assert!(place.starts_with(&format!("{APP}?errand={errand}&for=")));
        let (_, asked) = self.ask(world, errand, is_new).await?;
        let claims = Claims::read(ISSUER, errand, world.now);
        let token = self.token(is_new, &claims.sign(challenge(&asked.text), &number));
        let brought = self.send(world, errand, &token).await?;
        bank.come_back_from_app(&ctx, browser, &brought).await?;
        Ok(brought)
    }

    /// Lets itself in after a proof that came by `route`.
    async fn enrol(&self, world: &World, route: Route) -> Result<(), BankError> {
        let id = world.prove(route).await;
        let (bank, ctx) = (&world.bank, world.ctx());
        let who = (id, "browser");
        let errand = bank.start_app_after_proof(&ctx, who, String::new()).await?;
        let brought = self.answer(world, (&errand, "browser", true)).await?;
        bank.finish_app_adding(&ctx, "browser", &brought).await
    }

    /// Is let in by the holder's passkey.
    async fn add(&self, world: &mut World, holder: HolderId) -> Result<(), BankError> {
        let bank = world.bank.clone();
        let (options, permit) = bank.start_app_permit(&world.ctx(), holder).await?;
        let response = world.device.get(&options, ORIGIN).unwrap();
        let who = (holder, "session", "browser");
        let answer = (response.as_str(), &permit);
        let errand = bank.finish_app_permit(&world.ctx(), who, answer, String::new()).await?;
        let brought = self.answer(world, (&errand, "browser", true)).await?;
        bank.finish_app_adding(&world.ctx(), "browser", &brought).await
    }

    async fn sign_in(&self, world: &World) -> Result<SignedIn, BankError> {
        let (bank, ctx) = (&world.bank, world.ctx());
        let errand = bank.start_app_sign_in(&ctx, "browser", String::new()).await?;
        let brought = self.answer(world, (&errand, "browser", false)).await?;
        bank.finish_app_sign_in(&ctx, &brought).await
    }

    /// To the consent page, signed in by the app.
    async fn arrive(&self, world: &World) -> (ParId, String, ConsentState) {
        let (bank, ctx) = (&world.bank, world.ctx());
        let (request_uri, _) = world.push(facts()).await.unwrap();
        let par_id = bank.visit(&ctx, CLIENT, &request_uri, "browser").await.unwrap();
        let signed_in = self.sign_in(world).await.unwrap();
        bank.arrive(&ctx, par_id, "browser", &signed_in).await.unwrap();
        bank.choose(&ctx, par_id, "browser", &account("9000001")).await.unwrap();
        let (_, options, state) = bank.start_consent(&ctx, par_id, "browser").await.unwrap();
        (par_id, options, state)
    }

    /// What it brings back for the page with this text.
    async fn signed(&self, world: &World, text: &str) -> Result<Brought, BankError> {
        let errand = set_out(world, text).await;
        self.answer(world, (&errand, "browser", false)).await
    }
}

/// The browser sets out to have this text signed.
async fn set_out(world: &World, text: &str) -> String {
    let asked = Asked { text: text.to_owned(), shown: None };
    let what = ("browser", &asked);
    world.bank.start_app_signature(&world.ctx(), what, String::new()).await.unwrap()
}

/// The text behind a page, as its ceremony keeps it.
fn text_of(state: &impl serde::Serialize) -> String {
    serde_json::to_value(state).unwrap()["pre_image"].as_str().unwrap().to_owned()
}

async fn only_mandate(world: &World, holder: HolderId) -> Mandate {
    world.bank.mandates_of(holder).await.unwrap().remove(0)
}

#[tokio::test]
async fn whoever_was_proven_links_with_the_app_alone_and_it_is_proven_again() {
    let world = world().await;
    let phone = Phone::new();
    phone.enrol(&world, Route::Branch).await.unwrap();
    let (_, options, state) = phone.arrive(&world).await;
    assert_eq!(options, "", "no passkey is asked that is not there");

    let brought = phone.signed(&world, &text_of(&state)).await.unwrap();
    let (bank, ctx) = (&world.bank, world.ctx());
    bank.finish_consent(&ctx, "browser", &state, &brought.credential()).await.unwrap();

    let holder = phone.sign_in(&world).await.unwrap().holder_id;
    assert_eq!(counted(&world, holder, kanuki_risk::Kind::SignedIn), 2, "to link, and now");
    let mandate = only_mandate(&world, holder).await;
    assert_eq!(mandate.route, Route::Branch, "worth what the proof was worth");
    let grant = bank.book.load::<Grant>(mandate.grant_id).await.unwrap();
    assert_eq!(grant.acr, Some(Acr::BankApp));
    let code = crate::stopping::stop_code(&world).await;
    let case = bank.stop(&ctx, &code).await.unwrap();
    let about = (case, mandate.mandate_id);
    let kept = bank.evidence_of_case(&ctx, StaffId::derive(&["aoki"]), about).await.unwrap();
    assert_eq!(kept[0].kept.answer, Answer::Signed);
    let Ok(Some(Proven::App(thumbprint))) = &kept[0].verdict else { panic!("{kept:?}") };
    assert_eq!(*thumbprint, phone.key.public_jwk().thumbprint());
}

#[tokio::test]
async fn an_app_that_came_by_a_code_waits_as_a_passkey_does() {
    let world = world().await;
    let phone = Phone::new();
    phone.enrol(&world, Route::Call).await.unwrap();
    let (_, _, state) = phone.arrive(&world).await;
    let brought = phone.signed(&world, &text_of(&state)).await.unwrap();
    let (bank, ctx) = (&world.bank, world.ctx());
    bank.finish_consent(&ctx, "browser", &state, &brought.credential()).await.unwrap();

    let holder = phone.sign_in(&world).await.unwrap().holder_id;
    let mandate = only_mandate(&world, holder).await;
    assert_eq!(mandate.route, Route::Call);
    assert!(!mandate.state.is_active(), "nothing moves before a second channel: {mandate:?}");
    let debit = world.debit(mandate.mandate_id, 1, 1_000).await;
    assert!(matches!(debit.state, kanuki_bank::debit::DebitState::Refused { .. }), "{debit:?}");
}

#[tokio::test]
async fn a_passkey_lets_a_telephone_in_which_is_a_new_device_for_a_week_and_ends_with_it() {
    let mut world = world().await;
    let holder = world.holder_with_passkey("9000001").await;
    let phone = Phone::new();
    phone.add(&mut world, holder).await.unwrap();
    let again = phone.add(&mut world, holder).await;
    assert!(matches!(again, Err(BankError::App)), "a key is let in once: {again:?}");

    let early = phone.sign_in(&world).await.unwrap();
    let (request_uri, _) = world.push(facts()).await.unwrap();
    let (bank, ctx) = (&world.bank, world.ctx());
    let par_id = bank.visit(&ctx, CLIENT, &request_uri, "browser").await.unwrap();
    let waits = bank.arrive(&ctx, par_id, "browser", &early).await;
    assert!(matches!(waits, Err(BankError::Waits { .. })), "a new device: {waits:?}");
    world.wait(7 * DAY);
    let (_, options, state) = phone.arrive(&world).await;
    assert!(!options.is_empty(), "the passkey may sign as well");
    let brought = phone.signed(&world, &text_of(&state)).await.unwrap();
    let (bank, ctx) = (&world.bank, world.ctx());
    bank.finish_consent(&ctx, "browser", &state, &brought.credential()).await.unwrap();

    let code = stop_code_of(&world, "passkey_added").await;
    world.bank.stop(&world.ctx(), &code).await.unwrap();
    let ended = phone.sign_in(&world).await;
    assert!(matches!(ended, Err(BankError::NotAvailable)), "{ended:?}");
}

/// Replay, another bank's audience, another holder's key, a changed text, an ended key, a wrong number,
/// too late: one answer, and nothing signed.
#[tokio::test]
async fn whatever_is_wrong_with_an_answer_is_one_answer() {
    let mut world = world().await;
    let holder = world.holder_with_passkey("9000001").await;
    let (phone, stranger) = (Phone::new(), Phone::new());
    phone.add(&mut world, holder).await.unwrap();
    let bank = world.bank.clone();
    let errand = bank.start_app_sign_in(&world.ctx(), "browser", String::new()).await.unwrap();
    let (number, _) = bank.show_app_errand(&world.ctx(), "browser", &errand).await.unwrap();
    let (purpose, asked) = phone.ask(&world, &errand, false).await.unwrap();
    assert_eq!(purpose, Purpose::SignIn);
    let digest = challenge(&asked.text);
    let right = || Claims::read(ISSUER, &errand, world.now).sign(digest, &number);
    let other_bank = Claims { aud: "https://other.example".to_owned(), ..right() };
    let other_text = Claims::read(ISSUER, &errand, world.now).sign([1; 32], &number);
    let other_errand = Claims { errand: "0".repeat(26), ..right() };
    let old = Claims { iat: world.now.as_second() - bank_app::MAX_AGE_SECS - 1, ..right() };

    for (name, token) in [
        ("a key that nobody let in", stranger.token(false, &right())),
        ("a key inside", phone.token(true, &right())),
        ("another bank's", phone.token(false, &other_bank)),
        ("another text", phone.token(false, &other_text)),
        ("another errand", phone.token(false, &other_errand)),
        ("an old one", phone.token(false, &old)),
        ("only a question", phone.token(false, &Claims::read(ISSUER, &errand, world.now))),
        ("no token", "a.b.c".to_owned()),
    ] {
        let answer = phone.send(&world, &errand, &token).await;
        assert!(matches!(answer, Err(BankError::NotAvailable)), "{name}: {answer:?}");
    }
    let unread = stranger.ask(&world, &errand, false).await;
    assert!(matches!(unread, Err(BankError::NotAvailable)), "{unread:?}");
    let token = phone.token(false, &right());
    let brought = phone.send(&world, &errand, &token).await.unwrap();
    let twice = phone.send(&world, &errand, &token).await;
    assert!(matches!(twice, Err(BankError::NotAvailable)), "{twice:?}");
    bank.come_back_from_app(&world.ctx(), "browser", &brought).await.unwrap();
    bank.finish_app_sign_in(&world.ctx(), &brought).await.unwrap();
    let used = bank.finish_app_sign_in(&world.ctx(), &brought).await;
    assert!(matches!(used, Err(BankError::NotAvailable)), "{used:?}");
}

#[tokio::test]
async fn a_wrong_number_ends_the_errand() {
    let mut world = world().await;
    let holder = world.holder_with_passkey("9000001").await;
    let phone = Phone::new();
    phone.add(&mut world, holder).await.unwrap();
    let (bank, ctx) = (&world.bank, world.ctx());
    let errand = bank.start_app_sign_in(&ctx, "browser", String::new()).await.unwrap();
    let (number, _) = bank.show_app_errand(&ctx, "browser", &errand).await.unwrap();
    let (_, asked) = phone.ask(&world, &errand, false).await.unwrap();
    let claims = |n: &str| Claims::read(ISSUER, &errand, world.now).sign(challenge(&asked.text), n);
    let wrong = if number == "00" { "01" } else { "00" };

    let refused = phone.send(&world, &errand, &phone.token(false, &claims(wrong))).await;
    let late = phone.send(&world, &errand, &phone.token(false, &claims(&number))).await;

    assert!(matches!(refused, Err(BankError::NotAvailable)), "{refused:?}");
    assert!(matches!(late, Err(BankError::NotAvailable)), "guessing goes on: {late:?}");
    assert!(bank.show_app_errand(&ctx, "browser", &errand).await.is_err());
}

/// A page that stands in between sends the holder's app on the thief's errand, number and all.
#[tokio::test]
async fn an_answer_counts_in_the_browser_that_set_out_and_by_the_apps_own_way_back() {
    let mut world = world().await;
    let holder = world.holder_with_passkey("9000001").await;
    let phone = Phone::new();
    phone.add(&mut world, holder).await.unwrap();
    let (bank, ctx) = (&world.bank, world.ctx());
    let errand = bank.start_app_sign_in(&ctx, "thief", String::new()).await.unwrap();
    assert!(bank.show_app_errand(&ctx, "hers", &errand).await.is_err());
    let (number, _) = bank.show_app_errand(&ctx, "thief", &errand).await.unwrap();
    let (_, asked) = phone.ask(&world, &errand, false).await.unwrap();
    let claims = Claims::read(ISSUER, &errand, world.now).sign(challenge(&asked.text), &number);
    let brought = phone.send(&world, &errand, &phone.token(false, &claims)).await.unwrap();

    let hers = bank.come_back_from_app(&ctx, "hers", &brought).await;
    let guessed = Brought { handle: "guessed".to_owned(), ..brought.clone() };
    let thief = bank.come_back_from_app(&ctx, "thief", &guessed).await;
    let early = bank.finish_app_sign_in(&ctx, &brought).await;

    assert!(matches!(hers, Err(BankError::NotAvailable)), "{hers:?}");
    assert!(matches!(thief, Err(BankError::NotAvailable)), "{thief:?}");
    assert!(matches!(early, Err(BankError::NotAvailable)), "not back: {early:?}");
}

#[tokio::test]
async fn a_signature_is_worth_nothing_for_another_page_another_holder_or_a_sign_in() {
    let mut world = world().await;
    let holder = world.holder_with_passkey("9000001").await;
    let (phone, theirs) = (Phone::new(), Phone::new());
    phone.add(&mut world, holder).await.unwrap();
    world.new_device();
    let other = world.holder_with_passkey("9000002").await;
    theirs.add(&mut world, other).await.unwrap();
    world.wait(7 * DAY);
    let (_, _, one) = phone.arrive(&world).await;
    let (_, _, page) = phone.arrive(&world).await;

    let elsewhere = phone.signed(&world, &text_of(&one)).await.unwrap();
    let by_another = theirs.signed(&world, &text_of(&page)).await.unwrap();
    let (bank, ctx) = (&world.bank, world.ctx());
    let errand = bank.start_app_sign_in(&ctx, "browser", String::new()).await.unwrap();
    let signed_in = phone.answer(&world, (&errand, "browser", false)).await.unwrap();
    for (name, brought) in
        [("another page", &elsewhere), ("another holder", &by_another), ("a sign-in", &signed_in)]
    {
        let answer = brought.credential();
        let refused = bank.finish_consent(&ctx, "browser", &page, &answer).await;
        assert!(matches!(refused, Err(BankError::App)), "{name}: {refused:?}");
    }
    let right = phone.signed(&world, &text_of(&page)).await.unwrap().credential();
    bank.finish_consent(&ctx, "browser", &page, &right).await.unwrap();
}

/// Between the app's answer and the page's form, the telephone is reported lost.
#[tokio::test]
async fn a_lost_telephone_stops_at_once_with_what_it_signed() {
    let mut world = world().await;
    let phone = Phone::new();
    phone.enrol(&world, Route::Branch).await.unwrap();
    let (_, _, state) = phone.arrive(&world).await;
    let brought = phone.signed(&world, &text_of(&state)).await.unwrap();
    let bank = world.bank.clone();
    bank.finish_consent(&world.ctx(), "browser", &state, &brought.credential()).await.unwrap();
    let holder = phone.sign_in(&world).await.unwrap().holder_id;
    let mandate = only_mandate(&world, holder).await;
    assert!(mandate.state.is_active());
    world.wait(DAY);
    let (_, _, next) = phone.arrive(&world).await;
    let late = phone.signed(&world, &text_of(&next)).await.unwrap();

    let id = bank.authenticators(holder).await.unwrap()[0].authenticator_id;
    world.new_device();
    let stranger = world.holder_with_passkey("9000002").await;
    let not_theirs = bank.lose_authenticator(&world.ctx(), stranger, id).await;
    assert!(matches!(not_theirs, Err(BankError::NotAvailable)), "{not_theirs:?}");
    bank.lose_authenticator(&world.ctx(), holder, id).await.unwrap();

    assert!(!only_mandate(&world, holder).await.state.is_active(), "what it signed stops");
    let refused = bank.finish_consent(&world.ctx(), "browser", &next, &late.credential()).await;
    assert!(matches!(refused, Err(BankError::App)), "{refused:?}");
    assert!(phone.sign_in(&world).await.is_err());
    stop_code_of(&world, "authenticator_lost").await;
}

#[tokio::test]
async fn a_telephone_that_is_not_used_any_more_ends_and_links_go_on() {
    let world = world().await;
    let phone = Phone::new();
    phone.enrol(&world, Route::Branch).await.unwrap();
    let (_, _, state) = phone.arrive(&world).await;
    let brought = phone.signed(&world, &text_of(&state)).await.unwrap();
    let (bank, ctx) = (&world.bank, world.ctx());
    bank.finish_consent(&ctx, "browser", &state, &brought.credential()).await.unwrap();
    let holder = phone.sign_in(&world).await.unwrap().holder_id;
    let id = bank.authenticators(holder).await.unwrap()[0].authenticator_id;

    bank.end_authenticator(&ctx, holder, id).await.unwrap();
    let twice = bank.end_authenticator(&ctx, holder, id).await;

    assert!(matches!(twice, Err(BankError::NotAvailable)), "{twice:?}");
    assert!(bank.authenticators(holder).await.unwrap().is_empty());
    assert!(phone.sign_in(&world).await.is_err());
    assert!(only_mandate(&world, holder).await.state.is_active());
    stop_code_of(&world, "authenticator_ended").await;
}

#[tokio::test]
async fn the_app_signs_one_debit_unless_its_wallet_asked_for_more() {
    let world = world().await;
    let phone = Phone::new();
    phone.enrol(&world, Route::Branch).await.unwrap();
    let (_, _, state) = phone.arrive(&world).await;
    let brought = phone.signed(&world, &text_of(&state)).await.unwrap();
    let (bank, ctx) = (&world.bank, world.ctx());
    bank.finish_consent(&ctx, "browser", &state, &brought.credential()).await.unwrap();
    let signed_in = phone.sign_in(&world).await.unwrap();
    let mandate = only_mandate(&world, signed_in.holder_id).await;
    let request_uri = push(&world, details(&world, mandate.mandate_id, 1, 9_000), None).await;
    let arrived = bank.arrive_with(&ctx, CLIENT, &request_uri.unwrap(), "browser").await.unwrap();
    let kanuki_bank::approval::redirect::Arrival::Debit(par) = arrived else { panic!() };
    bank.arrive_debit(&ctx, par, "browser", &signed_in).await.unwrap();
    let (_, _, signing): (_, _, Signing) =
        bank.start_debit_page(&ctx, par, "browser").await.unwrap();
    let brought = phone.signed(&world, &text_of(&signing)).await.unwrap().credential();

    assert!(bank.visiting_debit(&ctx, par, "browser").await.unwrap().is_met_by(Acr::BankApp));
    bank.finish_debit_page(&ctx, (par, "browser"), &signing, &brought).await.unwrap();
}

#[tokio::test]
async fn saying_no_in_the_app_signs_nothing_and_ends_the_errand() {
    let world = world().await;
    let phone = Phone::new();
    phone.enrol(&world, Route::Branch).await.unwrap();
    let (_, _, state) = phone.arrive(&world).await;
    let text = text_of(&state);
    let errand = set_out(&world, &text).await;
    let claims = Claims::read(ISSUER, &errand, world.now).refuse(challenge(&text));
    let brought = phone.send(&world, &errand, &phone.token(false, &claims)).await.unwrap();
    let (bank, ctx) = (&world.bank, world.ctx());

    let (_, said_no) = bank.come_back_from_app(&ctx, "browser", &brought).await.unwrap();

    assert!(said_no);
    let signed = bank.finish_consent(&ctx, "browser", &state, &brought.credential()).await;
    assert!(matches!(signed, Err(BankError::App)), "{signed:?}");
}

#[tokio::test]
async fn the_app_moves_no_contact_and_lets_nothing_else_in() {
    let mut world = world().await;
    let holder = world.holder_with_passkey("9000001").await;
    let (bank, ctx) = (&world.bank, world.ctx());
    let asked = (ContactKind::Phone, "090-9999-0000");
    let (_, _, contact) = bank.start_contact_change(&ctx, holder, asked).await.unwrap();
    let (_, permit) = bank.start_app_permit(&ctx, holder).await.unwrap();

    for text in [text_of(&contact), text_of(&permit)] {
        let asked = Asked { text, shown: None };
        let refused = bank.start_app_signature(&ctx, ("browser", &asked), String::new()).await;
        assert!(matches!(refused, Err(BankError::NotAvailable)), "{refused:?}");
    }
}

#[tokio::test]
async fn errands_that_nobody_ended_are_forgotten() {
    let mut world = world().await;
    let bank = world.bank.clone();
    bank.start_app_sign_in(&world.ctx(), "browser", String::new()).await.unwrap();
    assert_eq!(bank.sweep_app_errands(&world.ctx()).await.unwrap(), 0);

    world.wait(10 * 60);

    assert_eq!(bank.sweep_app_errands(&world.ctx()).await.unwrap(), 1);
    assert_eq!(bank.sweep_app_errands(&world.ctx()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_key_of_the_app_is_kept_whole() {
    let world = world().await;
    let phone = Phone::new();
    phone.enrol(&world, Route::Branch).await.unwrap();
    let holder = phone.sign_in(&world).await.unwrap().holder_id;
    let kept = world.bank.authenticators(holder).await.unwrap().remove(0).into_inner();

    let row = serde_json::to_value(&kept).unwrap();
    assert!(row.get("passkey").is_none() && row.get("card").is_none(), "{row}");
    let read: Authenticator = serde_json::from_value(row).unwrap();

    assert_eq!(read.kind(), Kind::BankApp);
    let (key, own) = (read.app_key().unwrap(), phone.key.public_jwk());
    assert_eq!(key.thumbprint(), own.thumbprint());
}
