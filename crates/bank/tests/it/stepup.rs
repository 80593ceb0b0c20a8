//! A debit outside of what its holder agreed to: who must sign what, and what that is good for.

use std::sync::Arc;

use kanuki_bank::{
    Bank, BankError,
    approval::{ApprovalState, DebitApproval, redirect::Arrival},
    debit::{DebitState, device::KnownDevice, judge::Why, request::Ask},
    holder::sign_in::SignedIn,
    link::{Possession, token::Authorized},
    mandate::Mandate,
};
use kanuki_domain::{
    Ctx, Masked, Yen,
    assurance::SignIn,
    id::{DebitId, MandateId, ParId},
    limits::DAY_SECS,
    mandate::later,
};
use kanuki_risk::{Engine, Policy};
use kanuki_wire::{
    ErrorCode, approval,
    authn::{AuthnEvidence, AuthnWish},
    callback::{Answer, Callback},
    debit::RefusalReason,
    par::{AuthorizationRequest, Details},
    pkce,
    token::{TokenRequest, TokenResponse},
};

use crate::world::{CALLBACK, CLIENT, Counter, ISSUER, ORIGIN, World, facts};

pub(crate) const BROWSER: &str = "browser";

/// A link that has cooled, on which one debit may take 20,000 yen.
pub(crate) async fn modest(world: &mut World) -> MandateId {
    let mandate = world.linked().await;
    world.wait(DAY_SECS + 1);
    let holder = world.bank.book.load::<Mandate>(mandate).await.unwrap().holder_id;
    let caps = [Yen::of(20_000), Yen::of(100_000)];
    world.bank.lower_caps(&world.ctx(), holder, mandate, &caps).await.unwrap();
    mandate
}

pub(crate) fn evidence(world: &World, device: &str) -> AuthnEvidence {
    AuthnEvidence {
        device: device.to_owned(),
        signed_in_by: SignIn::Passkey,
        signed_in_at: world.now,
        signed_at: None,
        place: None,
    }
}

pub(crate) fn details(
    world: &World,
    mandate_id: MandateId,
    n: u32,
    amount: u32,
) -> approval::Request {
    approval::Request {
        kind: approval::Kind::V1,
        mandate_id,
        debit_id: DebitId::derive(&[&n.to_string()]),
        amount: Yen::of(amount),
        nonce: format!("0123456789-{}", world.jti()),
        expires_at: later(world.now, approval::LIFE_SECS),
    }
}

/// The wallet pushes; the answer is what the browser carries.
pub(crate) async fn push(
    world: &World,
    debit: approval::Request,
    evidence: Option<AuthnEvidence>,
) -> Result<String, BankError> {
    let request = AuthorizationRequest {
        client_id: CLIENT.to_owned(),
        redirect_uri: CALLBACK.to_owned(),
        state: Some("state".to_owned()),
        code_challenge: pkce::challenge(&pkce::verifier([5; 32])).unwrap(),
        dpop_jkt: None,
        details: Details::Debit(debit),
        wish: AuthnWish::sign_this(evidence),
        replaces: None,
    };
    let form = world.assertion().add_to(request.to_form().unwrap());
    let proof = world.proof("POST", "/par", None);
    let pushed = world.bank.push(&world.ctx(), &form, Possession::of_proof(&proof)).await?;
    assert!(pushed.expires_in <= 300);
    Ok(pushed.request_uri)
}

/// Randomness of a moment: the device borrows the world.
pub(crate) fn drawn(world: &World) -> Counter {
    let entropy = Counter::default();
    let mut seed = [0; 8];
    kanuki_domain::Entropy::fill(&world.entropy, &mut seed);
    entropy.start_at(u64::from_le_bytes(seed));
    entropy
}

async fn sign_in(world: &mut World, bank: &Bank) -> SignedIn {
    let entropy = drawn(world);
    let ctx = Ctx { now: world.now, entropy: &entropy, address_block: "", address: "" };
    let (options, state) = bank.start_sign_in(&ctx).unwrap();
    let response = world.device.get(&options, ORIGIN).unwrap();
    bank.finish_sign_in(&ctx, &response, &state).await.unwrap()
}

async fn try_to_arrive(world: &mut World, request_uri: &str) -> Result<ParId, BankError> {
    let arrived = world.bank.arrive_with(&world.ctx(), CLIENT, request_uri, BROWSER).await;
    let Ok(Arrival::Debit(par)) = arrived else { panic!("{arrived:?}") };
    let bank = world.bank.clone();
    let signed_in = sign_in(world, &bank).await;
    world.bank.arrive_debit(&world.ctx(), par, BROWSER, &signed_in).await?;
    Ok(par)
}

pub(crate) async fn arrive(world: &mut World, request_uri: &str) -> ParId {
    try_to_arrive(world, request_uri).await.unwrap()
}

/// The holder comes, signs in and signs; the answer is the callback.
pub(crate) async fn approve(world: &mut World, request_uri: &str) -> Result<String, BankError> {
    let par = try_to_arrive(world, request_uri).await?;
    let entropy = drawn(world);
    let ctx = Ctx { now: world.now, entropy: &entropy, address_block: "", address: "" };
    let bank = world.bank.clone();
    let (_, options, signing) = bank.start_debit_page(&ctx, par, BROWSER).await?;
    let response = world.device.get(&options, ORIGIN).unwrap();
    bank.finish_debit_page(&ctx, (par, BROWSER), &signing, &response).await
}

fn answer(callback: &str) -> Answer {
    let query = callback.split_once('?').unwrap().1;
    Callback::parse(query).unwrap().accept(ISSUER, "state").unwrap()
}

pub(crate) async fn exchange(
    world: &World,
    callback: &str,
) -> Result<TokenResponse<approval::Granted>, BankError> {
    let Answer::Code(code) = answer(callback) else { panic!("no code") };
    let request = TokenRequest::AuthorizationCode {
        code,
        redirect_uri: CALLBACK.to_owned(),
        code_verifier: Masked::new(pkce::verifier([5; 32])),
    };
    let form = world.assertion().add_to(request.to_form());
    let proof = world.proof("POST", "/token", None);
    let issued = world.bank.exchange(&world.ctx(), &form, Possession::of_proof(&proof)).await?;
    Ok(issued.once().expect("a token for one debit"))
}

async fn authorized(world: &World, token: &str) -> Result<Authorized, BankError> {
    let proof = world.proof("POST", "/debits", Some(token));
    let request = ("POST", "/debits");
    world.bank.authorize(&world.ctx(), token, Possession::of_proof(&proof), request).await
}

/// From the push to what the token opens.
pub(crate) async fn approved(
    world: &mut World,
    mandate: MandateId,
    n: u32,
    amount: u32,
) -> Authorized {
    let request_uri = push(world, details(world, mandate, n, amount), None).await.unwrap();
    let callback = approve(world, &request_uri).await.unwrap();
    let token = exchange(world, &callback).await.unwrap();
    authorized(world, token.access_token.expose()).await.unwrap()
}

pub(crate) fn with(authorized: &Authorized, n: u32, amount: u32) -> Ask {
    Ask { approval: authorized.once, ..World::ask(authorized.mandate_id, n, amount) }
}

pub(crate) fn code_of(refusal: &BankError) -> Option<ErrorCode> {
    match refusal {
        BankError::OAuth(error) => Some(error.code),
        _ => None,
    }
}

pub(crate) fn is_booked(state: DebitState) -> bool {
    matches!(state, DebitState::Booked { .. })
}

#[tokio::test]
async fn a_debit_above_what_was_agreed_is_signed_and_then_booked_once() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let asked = world.bank.request_debit(&world.ctx(), World::ask(mandate, 1, 30_000)).await;
    assert!(matches!(asked, Err(BankError::MustBeSigned(Why::BeyondTerms))), "{asked:?}");
    let found = world.bank.find_debit(CLIENT, DebitId::derive(&["1"])).await.unwrap();
    assert!(found.is_none(), "nothing stands in the way of the same id");

    let token = approved(&mut world, mandate, 1, 30_000).await;
    let booked = world.bank.request_debit(&world.ctx(), with(&token, 1, 30_000)).await.unwrap();
    let again = world.bank.request_debit(&world.ctx(), with(&token, 1, 30_000)).await.unwrap();

    assert!(is_booked(booked.state), "{:?}", booked.state);
    assert_eq!(booked.state, again.state);
    assert_eq!(world.core.balance("9000001"), 470_000);
    world.wait(40 * DAY_SECS);
    let standing = world.debit(mandate, 1, 30_000).await;
    assert_eq!(standing.state, booked.state, "the same answer for ever, whoever asks");
    let kept = world.bank.book.load::<Mandate>(mandate).await.unwrap();
    assert_eq!(kept.terms.max_individual, Yen::of(20_000), "what was agreed stays as it was");
}

#[tokio::test]
async fn what_was_signed_is_kept_and_says_what_was_shown() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let token = approved(&mut world, mandate, 1, 30_000).await;

    let kept = world.bank.book.load::<DebitApproval>(token.once.unwrap()).await.unwrap();
    let ApprovalState::Signed { answer, .. } = &kept.state else { panic!("{:?}", kept.state) };
    let holder = world.bank.book.load::<Mandate>(mandate).await.unwrap().holder_id;
    let answers = world.bank.answers_of(holder, mandate).await.unwrap();
    let found = answers.into_iter().find(|a| a.kept.hash == *answer).expect("it is kept");

    assert!(found.verdict.unwrap().is_some(), "the signature holds");
    let pre_image = found.content.unwrap().pre_image;
    for part in [r#""amount":"30000""#, "閂ウォレット", "***0001", r#""beyond_terms":true"#] {
        assert!(pre_image.contains(part), "{part} in {pre_image}");
    }
    let letters = world.bank.book.list::<kanuki_desk::outbox::Message>("state", "due").await;
    assert!(letters.unwrap().len() >= 2, "the holder hears of it");
}

#[tokio::test]
async fn a_signed_debit_leaves_the_mandates_own_caps_alone_and_uses_the_banks() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let token = approved(&mut world, mandate, 1, 30_000).await;
    let big = world.bank.request_debit(&world.ctx(), with(&token, 1, 30_000)).await.unwrap();
    assert!(is_booked(big.state));

    assert!(is_booked(world.debit(mandate, 2, 20_000).await.state), "its own day is untouched");

    // The bank's day is used up: no signature helps, and none is asked for.
    let more = push(&world, details(&world, mandate, 3, 1), None).await.unwrap_err();
    assert_eq!(code_of(&more), Some(ErrorCode::InvalidAuthorizationDetails));
    let hard = world.debit(mandate, 3, 1).await.state;
    assert!(matches!(hard, DebitState::Refused { reason: RefusalReason::OverLimit, .. }));
}

#[tokio::test]
async fn caps_over_time_ask_for_a_signature_too() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    assert!(is_booked(world.debit(mandate, 1, 15_000).await.state));

    assert!(world.is_to_be_signed(mandate, 2, 5_001).await);
    assert!(is_booked(world.debit(mandate, 2, 5_000).await.state), "the same id, a smaller amount");
}

#[tokio::test]
async fn what_protects_the_holder_cannot_be_signed_away() {
    // A link that cools.
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let cooling = world.debit(mandate, 1, 10_001).await.state;
    assert!(matches!(cooling, DebitState::Refused { reason: RefusalReason::OverLimit, .. }));

    // A stop.
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let kept = world.bank.book.load::<Mandate>(mandate).await.unwrap();
    let gate = kanuki_desk::gate::Gate::of("account", kept.account_id);
    gate.close(&*world.bank.ledger, world.now).await.unwrap();
    let stopped = world.debit(mandate, 1, 30_000).await.state;
    assert!(matches!(stopped, DebitState::Refused { reason: RefusalReason::Stopped, .. }));
    assert!(push(&world, details(&world, mandate, 2, 30_000), None).await.is_err());

    // A mandate that has ended.
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let holder = world.bank.book.load::<Mandate>(mandate).await.unwrap().holder_id;
    world.bank.revoke_mandate(&world.ctx(), holder, mandate).await.unwrap();
    let ended = world.debit(mandate, 1, 30_000).await.state;
    assert!(matches!(ended, DebitState::Refused { reason: RefusalReason::NotActive, .. }));
    assert!(push(&world, details(&world, mandate, 2, 30_000), None).await.is_err());
}

#[tokio::test]
async fn a_token_for_one_debit_opens_nothing_else() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let token = approved(&mut world, mandate, 1, 30_000).await;

    for (n, amount) in [(1, 30_001), (1, 1), (2, 30_000)] {
        let other = world.bank.request_debit(&world.ctx(), with(&token, n, amount)).await;
        let code = code_of(&other.unwrap_err());
        assert_eq!(code, Some(ErrorCode::InsufficientScope), "{n}: {amount}");
    }
    let standing = world.bank.book.load::<Mandate>(mandate).await.unwrap().grant_id;
    for grant_id in [token.grant_id, standing] {
        assert!(world.bank.revoke_grant(&world.ctx(), &token, grant_id).await.is_err());
        assert!(world.bank.read_grant(&world.ctx(), &token, grant_id).await.is_err());
    }
    assert_eq!(world.core.balance("9000001"), 500_000);
    assert!(is_booked(world.debit(mandate, 9, 1_000).await.state), "the standing right stands");
}

#[tokio::test]
async fn two_debits_with_one_token_at_once_are_one_debit() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let token = approved(&mut world, mandate, 1, 30_000).await;
    let world = Arc::new(world);

    let racers: Vec<_> = (0..8_u32)
        .map(|n| {
            let (world, ask) = (world.clone(), with(&token, 1 + n % 2, 30_000));
            tokio::spawn(async move { world.bank.request_debit(&world.ctx(), ask).await })
        })
        .collect();
    let mut booked = 0;
    for racer in racers {
        booked += u32::from(racer.await.unwrap().is_ok_and(|debit| is_booked(debit.state)));
    }

    assert_eq!(booked, 4, "the same debit, four times told");
    assert_eq!(world.core.balance("9000001"), 470_000);
}

#[tokio::test]
async fn a_code_gives_one_token_without_refresh_and_its_reuse_ends_only_that() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let request_uri = push(&world, details(&world, mandate, 1, 30_000), None).await.unwrap();
    let callback = approve(&mut world, &request_uri).await.unwrap();
    let token = exchange(&world, &callback).await.unwrap();
    assert!(token.refresh_token.is_none());
    assert_eq!(token.acr.unwrap().as_str(), "urn:kanuki:acr:passkey-uv-dynamic");
    assert_eq!(token.auth_time, Some(world.now.as_second()));
    assert_eq!(token.authorization_details[0].amount, Yen::of(30_000));

    let again = exchange(&world, &callback).await.unwrap_err();

    assert_eq!(code_of(&again), Some(ErrorCode::InvalidGrant));
    let denied = authorized(&world, token.access_token.expose()).await.unwrap_err();
    assert_eq!(code_of(&denied), Some(ErrorCode::InvalidToken));
    assert!(is_booked(world.debit(mandate, 2, 1_000).await.state), "the standing right stands");
}

#[tokio::test]
async fn time_ends_the_page_the_code_and_the_token() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;

    let request_uri = push(&world, details(&world, mandate, 1, 30_000), None).await.unwrap();
    let par = arrive(&mut world, &request_uri).await;
    world.wait(300);
    let late = world.bank.start_debit_page(&world.ctx(), par, BROWSER).await;
    assert!(matches!(late, Err(BankError::NotAvailable)));
    let late = world.bank.arrive_with(&world.ctx(), CLIENT, &request_uri, BROWSER).await;
    assert!(matches!(late, Err(BankError::NotAvailable)));

    let request_uri = push(&world, details(&world, mandate, 1, 30_000), None).await.unwrap();
    let callback = approve(&mut world, &request_uri).await.unwrap();
    world.wait(61);
    assert!(exchange(&world, &callback).await.is_err());

    let request_uri = push(&world, details(&world, mandate, 1, 30_000), None).await.unwrap();
    let callback = approve(&mut world, &request_uri).await.unwrap();
    let token = exchange(&world, &callback).await.unwrap();
    world.wait(300);
    assert!(authorized(&world, token.access_token.expose()).await.is_err());
    assert!(world.is_to_be_signed(mandate, 1, 30_000).await, "and the same id can begin anew");
}

#[tokio::test]
async fn what_a_wallet_may_not_have_signed_is_refused_before_any_page() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let good = details(&world, mandate, 1, 30_000);
    world.debit(mandate, 7, 1_000).await;

    let changed = |edit: &dyn Fn(&mut approval::Request)| {
        let mut request = details(&world, mandate, 1, 30_000);
        edit(&mut request);
        request
    };
    for (name, request) in [
        ("another mandate", changed(&|r| r.mandate_id = MandateId::derive(&["other"]))),
        ("too long", changed(&|r| r.expires_at = later(r.expires_at, 60))),
        ("over", changed(&|r| r.expires_at = later(r.expires_at, -300))),
        ("asked before", changed(&|r| r.debit_id = DebitId::derive(&["7"]))),
        ("above the bank's", changed(&|r| r.amount = Yen::of(50_001))),
    ] {
        let refused = push(&world, request, None).await.unwrap_err();
        assert_eq!(code_of(&refused), Some(ErrorCode::InvalidAuthorizationDetails), "{name}");
    }
    push(&world, good.clone(), None).await.unwrap();
    let twice = push(&world, good, None).await.unwrap_err();
    assert_eq!(code_of(&twice), Some(ErrorCode::InvalidAuthorizationDetails), "the nonce");
}

#[tokio::test]
async fn nobody_else_can_sign_and_no_other_browser_can_come() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let request_uri = push(&world, details(&world, mandate, 1, 30_000), None).await.unwrap();
    let arrived = world.bank.arrive_with(&world.ctx(), CLIENT, &request_uri, BROWSER).await;
    let Ok(Arrival::Debit(par)) = arrived else { panic!("{arrived:?}") };

    let thief = world.bank.arrive_with(&world.ctx(), CLIENT, &request_uri, "theirs").await;
    assert!(matches!(thief, Err(BankError::NotAvailable)));
    let before = world.bank.start_debit_page(&world.ctx(), par, BROWSER).await;
    assert!(matches!(before, Err(BankError::NotAvailable)), "nothing is shown before sign-in");

    world.device = kanuki_passkey::soft::SoftAuthenticator::from_seed([8; 32]);
    world.holder_with_passkey("9000002").await;
    let bank = world.bank.clone();
    let stranger = sign_in(&mut world, &bank).await;
    let refused = world.bank.arrive_debit(&world.ctx(), par, BROWSER, &stranger).await;
    assert!(matches!(refused, Err(BankError::NotTheSamePerson)));
}

#[tokio::test]
async fn declining_is_final_and_is_told_to_the_wallet() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let request_uri = push(&world, details(&world, mandate, 1, 30_000), None).await.unwrap();
    let par = arrive(&mut world, &request_uri).await;
    let bank = world.bank.clone();
    let (_, _, asked) = bank.start_debit_page(&world.ctx(), par, BROWSER).await.unwrap();
    let way = (par, BROWSER);
    let callback = bank.decline_debit_page(&world.ctx(), way, Some(&asked)).await.unwrap();

    let Answer::Refused(refusal) = answer(&callback) else { panic!("a code") };
    assert_eq!(refusal.code, ErrorCode::AccessDenied);
    let holder = world.bank.book.load::<Mandate>(mandate).await.unwrap().holder_id;
    let refusals = world.bank.refusals_of(holder).await.unwrap();
    assert!(refusals[0].content.as_ref().unwrap().pre_image.contains("30000"), "kept, too");
    let again = world.bank.decline_debit_page(&world.ctx(), way, None).await;
    assert!(matches!(again, Err(BankError::NotAvailable)));
    let later = world.bank.start_debit_page(&world.ctx(), par, BROWSER).await;
    assert!(matches!(later, Err(BankError::NotAvailable)));
    assert_eq!(world.core.balance("9000001"), 500_000);
}

/// A partner that asks again when there is room, by the token of the mandate.
#[tokio::test]
async fn what_its_holder_said_no_to_is_not_booked_when_it_would_need_no_signature_any_more() {
    let mut world = World::new().await;
    let mandate = modest(&mut world).await;
    let spent = world.bank.request_debit(&world.ctx(), World::ask(mandate, 1, 20_000)).await;
    assert!(is_booked(spent.unwrap().state));
    assert!(world.is_to_be_signed(mandate, 2, 10_000).await);
    let request = details(&world, mandate, 2, 10_000);
    let request_uri = push(&world, request, None).await.unwrap();
    let par = arrive(&mut world, &request_uri).await;
    let bank = world.bank.clone();
    let (_, _, asked) = bank.start_debit_page(&world.ctx(), par, BROWSER).await.unwrap();
    bank.decline_debit_page(&world.ctx(), (par, BROWSER), Some(&asked)).await.unwrap();
    world.wait(2 * DAY_SECS);
    let other = world.bank.request_debit(&world.ctx(), World::ask(mandate, 3, 10_000)).await;
    assert!(is_booked(other.unwrap().state), "there is room");

    for _ in 0..2 {
        let ask = World::ask(mandate, 2, 10_000);
        let debit = world.bank.request_debit(&world.ctx(), ask).await.unwrap();
        let reason = RefusalReason::Declined;
        assert!(matches!(debit.state, DebitState::Refused { reason: why, .. } if why == reason));
    }
    assert_eq!(world.core.balance("9000001"), 470_000);
}

#[tokio::test]
async fn a_device_that_the_mandate_does_not_know_must_be_let_in_by_a_signature() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let (first, other) = ("device-of-the-first-day", "device-of-somebody-else");
    let from = |world: &World, n, amount, device: &str| Ask {
        evidence: Some(evidence(world, device)),
        ..World::ask(mandate, n, amount)
    };
    // While it cools, the first device that is named is the one.
    let ask = from(&world, 1, 1_000, first);
    assert!(is_booked(world.bank.request_debit(&world.ctx(), ask).await.unwrap().state));
    world.wait(DAY_SECS + 1);

    let strange = world.bank.request_debit(&world.ctx(), from(&world, 2, 1_000, other)).await;
    assert!(matches!(strange, Err(BankError::MustBeSigned(Why::NewDevice))), "{strange:?}");
    let unnamed = world.bank.request_debit(&world.ctx(), World::ask(mandate, 2, 1_000)).await;
    assert!(matches!(unnamed, Err(BankError::MustBeSigned(Why::NewDevice))), "{unnamed:?}");
    let ask = from(&world, 3, 1_000, first);
    assert!(is_booked(world.bank.request_debit(&world.ctx(), ask).await.unwrap().state));

    let request = details(&world, mandate, 2, 1_000);
    let request_uri = push(&world, request, Some(evidence(&world, other))).await.unwrap();
    let callback = approve(&mut world, &request_uri).await.unwrap();
    let token = exchange(&world, &callback).await.unwrap();
    let token = authorized(&world, token.access_token.expose()).await.unwrap();
    let ask = Ask { approval: token.once, ..from(&world, 2, 1_000, other) };
    assert!(is_booked(world.bank.request_debit(&world.ctx(), ask).await.unwrap().state));
    let ask = from(&world, 4, 1_000, other);
    assert!(is_booked(world.bank.request_debit(&world.ctx(), ask).await.unwrap().state), "let in");
}

#[tokio::test]
async fn the_device_that_a_link_was_made_from_is_known_from_the_start() {
    let mut world = World::new().await;
    world.holder_with_passkey("9000001").await;
    let (mut request, verifier) = world.request(world.facts_token(facts()));
    request.wish.evidence = Some(evidence(&world, "device-of-the-link"));
    let form = world.assertion().add_to(request.to_form().unwrap());
    let proof = world.proof("POST", "/par", None);
    let pushed = world.bank.push(&world.ctx(), &form, Possession::of_proof(&proof)).await.unwrap();
    let callback = world.consent(&pushed.request_uri, "9000001").await.unwrap();
    let tokens = world.exchange(&callback, &verifier).await.unwrap();
    let mandate_id = tokens.authorization_details[0].mandate_id;

    let known =
        world.bank.book.list::<KnownDevice>("mandate_id", &mandate_id.to_string()).await.unwrap();

    assert_eq!(known.len(), 1);
    assert_eq!(known[0].device, "device-of-the-link");
    assert!(tokens.acr.is_some() && tokens.auth_time.is_some());
}

#[tokio::test]
async fn what_the_risk_engine_doubts_is_signed_and_what_it_declines_is_not() {
    for (outcome, is_signed) in [("challenge", true), ("hold for 1h", false)] {
        let mut world = World::new().await;
        let often = format!(
            "policy \"often\" version \"1\" baseline approve rule often-device on debit
             when count of debit per device within 1h > 2 then {outcome} as often"
        );
        world.bank.risk = Arc::new(Engine::new(Policy::parse(&often).unwrap()));
        let mandate = world.linked().await;
        let ask = |world: &World, n| Ask {
            evidence: Some(evidence(world, "device-of-the-link")),
            ..World::ask(mandate, n, 10)
        };
        for n in 0..2 {
            let debit = world.bank.request_debit(&world.ctx(), ask(&world, n)).await.unwrap();
            assert!(is_booked(debit.state));
        }

        let third = world.bank.request_debit(&world.ctx(), ask(&world, 2)).await;

        if is_signed {
            assert!(matches!(third, Err(BankError::MustBeSigned(Why::Unusual))), "{third:?}");
            let token = approved(&mut world, mandate, 2, 10).await;
            let ask = Ask { approval: token.once, ..ask(&world, 2) };
            let booked = world.bank.request_debit(&world.ctx(), ask).await.unwrap();
            assert!(is_booked(booked.state));
        } else {
            let state = third.unwrap().state;
            assert!(matches!(state, DebitState::Refused { reason: RefusalReason::TryLater, .. }));
        }
    }
}

#[tokio::test]
async fn a_mandate_that_is_asked_about_with_a_wish_that_nobody_meets_is_refused() {
    let world = World::new().await;
    let (mut request, _) = world.request(world.facts_token(facts()));
    request.wish.acr_values =
        vec!["urn:kanuki:acr:jpki".to_owned(), "urn:kanuki:acr:pin".to_owned()];
    let form = world.assertion().add_to(request.to_form().unwrap());
    let proof = world.proof("POST", "/par", None);

    let refused = world.bank.push(&world.ctx(), &form, Possession::of_proof(&proof)).await;

    let code = code_of(&refused.unwrap_err());
    assert_eq!(code, Some(ErrorCode::UnmetAuthenticationRequirements));
}
