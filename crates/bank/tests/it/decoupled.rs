//! A holder approves one debit at the bank's own page while the wallet waits; and what a thief who
//! hopes for a tired tap gets: nothing.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use kanuki_bank::{
    BankError,
    approval::decoupled::{Backchannel, Waiting},
    debit::{DebitState, request::Ask},
    link::{Possession, token::Authorized},
    mandate::Mandate,
    partner::Profile,
};
use kanuki_desk::{evidence::Answer, outbox::Message};
use kanuki_domain::{
    Ctx, Masked, Yen,
    assurance::SignIn,
    id::{DebitId, GrantId, HolderId, MandateId},
    limits::{DAY_SECS, DECOUPLED_UNSIGNED_PER_DAY},
    mandate::{Interaction, later},
};
use kanuki_record::{Book, Unit, vault::PersonKey};
use kanuki_wire::{
    ErrorCode, approval,
    authn::AuthnEvidence,
    ciba::{Acknowledged, BackchannelRequest, Number},
    token::{TokenRequest, TokenResponse},
};

use crate::{
    told_crash::Stopping,
    world::{CLIENT, Counter, ISSUER, ORIGIN, World},
};

/// The browser in which the mandate was signed.
const BROWSER: &str = "browser";

pub(crate) struct Linked {
    pub(crate) mandate_id: MandateId,
    grant_id: GrantId,
    pub(crate) holder: HolderId,
}

/// A partner that agreed, and a link that has cooled, on which one debit may take 20,000 yen.
pub(crate) async fn linked(world: &mut World) -> Linked {
    let mandate_id = world.linked().await;
    world.wait(DAY_SECS + 1);
    let mandate = world.bank.book.load::<Mandate>(mandate_id).await.unwrap();
    let caps = [Yen::of(20_000), Yen::of(100_000)];
    world.bank.lower_caps(&world.ctx(), mandate.holder_id, mandate_id, &caps).await.unwrap();
    agree(world, true).await;
    Linked { mandate_id, grant_id: mandate.grant_id, holder: mandate.holder_id }
}

async fn agree(world: &World, decoupled: bool) {
    let mut partner = world.bank.book.load::<kanuki_bank::partner::Partner>(CLIENT).await.unwrap();
    partner.edit().profile = Profile { decoupled, ..Profile::default() };
    let mut unit = Unit::new();
    unit.update(&partner);
    world.bank.book.commit(unit).await.unwrap();
}

pub(crate) fn request(world: &World, linked: &Linked, n: u32, number: &str) -> BackchannelRequest {
    let details = approval::Request {
        kind: approval::Kind::V1,
        mandate_id: linked.mandate_id,
        debit_id: DebitId::derive(&[&n.to_string()]),
        amount: Yen::of(30_000),
        nonce: format!("0123456789-{}", world.jti()),
        expires_at: later(world.now, approval::LIFE_SECS),
    };
    BackchannelRequest {
        grant_id: linked.grant_id,
        number: Number::parse(number).unwrap(),
        requested_expiry: None,
        details: details.to_details().unwrap(),
        evidence: None,
        jti: world.jti(),
        notification_token: None,
    }
}

pub(crate) async fn send(
    world: &World,
    request: &BackchannelRequest,
) -> Result<Acknowledged, BankError> {
    let form = request.to_form(&world.client_key, (CLIENT, ISSUER), world.now).unwrap();
    let form = world.assertion().add_to(form);
    let proof = world.proof("POST", "/bc-authorize", None);
    world.bank.ask_decoupled(&world.ctx(), &form, Possession::of_proof(&proof)).await
}

pub(crate) async fn poll(
    world: &World,
    taken: &Acknowledged,
) -> Result<TokenResponse<approval::Granted>, BankError> {
    let auth_req_id = Masked::new(taken.auth_req_id.clone());
    let form = world.assertion().add_to(TokenRequest::Decoupled { auth_req_id }.to_form());
    let proof = world.proof("POST", "/token", None);
    let issued = world.bank.exchange(&world.ctx(), &form, Possession::of_proof(&proof)).await?;
    Ok(issued.once().unwrap())
}

pub(crate) fn code<T: std::fmt::Debug>(answer: Result<T, BankError>) -> ErrorCode {
    match answer {
        Err(BankError::OAuth(error)) => error.code,
        other => panic!("{other:?}"),
    }
}

async fn waiting(world: &World, holder: HolderId, browser: &str) -> Option<Waiting> {
    world.bank.waiting_approval(&world.ctx(), holder, browser).await.unwrap()
}

/// The holder opens the page, types `number` and signs.
pub(crate) async fn sign(
    world: &mut World,
    linked: &Linked,
    number: &str,
) -> Result<(), BankError> {
    let Waiting { options, signing, .. } = waiting(world, linked.holder, BROWSER).await.unwrap();
    let response = world.device.get(&options, ORIGIN).unwrap();
    let entropy = Counter::default();
    entropy.start_at(world.now.as_second().unsigned_abs());
    let ctx = Ctx { now: world.now, entropy: &entropy, address_block: "", address: "" };
    let who = (linked.holder, BROWSER);
    world.bank.sign_decoupled(&ctx, who, number, (&signing, &response)).await
}

async fn told(world: &World) -> Vec<String> {
    let mut kinds = Vec::new();
    for message in world.bank.book.list::<Message>("state", "due").await.unwrap() {
        let key = world.bank.book.load::<PersonKey>(&message.person_id).await.unwrap();
        kinds.push(message.open(&world.bank.vault, &key).unwrap().1.kind);
    }
    kinds
}

#[tokio::test]
async fn the_right_number_and_a_passkey_approve_exactly_one_debit_once() {
    let mut world = World::new().await;
    let linked = linked(&mut world).await;
    let taken = send(&world, &request(&world, &linked, 1, "07")).await.unwrap();
    assert_eq!((taken.expires_in, taken.interval), (300, 5));
    assert!(taken.auth_req_id.len() >= 26, "128 bits or more");
    assert_eq!(code(poll(&world, &taken).await), ErrorCode::AuthorizationPending);
    let page = waiting(&world, linked.holder, BROWSER).await.unwrap().page;
    assert_eq!((page.amount, page.partner_name.as_str()), (Yen::of(30_000), "閂ウォレット"));

    sign(&mut world, &linked, "０７").await.unwrap();
    world.wait(5);
    let issued = poll(&world, &taken).await.unwrap();

    let text = issued.access_token.expose();
    let proof = world.proof("POST", "/debits", Some(text));
    let possession = Possession::of_proof(&proof);
    let ctx = world.ctx();
    let authorized = world.bank.authorize(&ctx, text, possession, ("POST", "/debits")).await;
    let Authorized { client_id, mandate_id, once, .. } = authorized.unwrap();
    let debit_id = issued.authorization_details[0].debit_id;
    let ask = Ask {
        client_id,
        mandate_id,
        debit_id,
        amount: Yen::of(30_000),
        evidence: None,
        approval: once,
        interaction: Interaction::InSession,
    };
    let debit = world.bank.request_debit(&world.ctx(), ask).await.unwrap();
    assert!(matches!(debit.state, DebitState::Booked { .. }), "{:?}", debit.state);
    assert!(issued.refresh_token.is_none());
    assert_eq!(code(poll(&world, &taken).await), ErrorCode::InvalidGrant, "it was given once");
    assert!(waiting(&world, linked.holder, BROWSER).await.is_none());
    assert!(told(&world).await.contains(&"approval_asked".to_owned()));
    let kept = world.bank.answers_of(linked.holder, linked.mandate_id).await.unwrap();
    assert!(kept.iter().all(|one| one.verdict.is_ok()));
    assert!(kept.iter().any(|one| {
        one.content.as_ref().is_some_and(|content| content.pre_image.contains(r#""kind":"debit""#))
    }));
}

#[tokio::test]
async fn a_wrong_number_ends_it_whatever_was_signed() {
    for wrong in ["08", "", "７", "７０", "007"] {
        let mut world = World::new().await;
        let linked = linked(&mut world).await;
        let taken = send(&world, &request(&world, &linked, 1, "07")).await.unwrap();

        let refused = sign(&mut world, &linked, wrong).await;

        assert!(matches!(refused, Err(BankError::NotAvailable)), "{wrong}: {refused:?}");
        assert!(waiting(&world, linked.holder, BROWSER).await.is_none(), "one try, once");
        assert_eq!(code(poll(&world, &taken).await), ErrorCode::AccessDenied);
    }
}

#[tokio::test]
async fn only_the_browser_that_signed_the_mandate_sees_and_decides_it() {
    let mut world = World::new().await;
    let linked = linked(&mut world).await;
    send(&world, &request(&world, &linked, 1, "07")).await.unwrap();

    assert!(waiting(&world, linked.holder, "theirs").await.is_none());
    let stranger = HolderId::derive(&["stranger"]);
    assert!(waiting(&world, stranger, BROWSER).await.is_none());
    let Waiting { options, signing, .. } = waiting(&world, linked.holder, BROWSER).await.unwrap();
    let response = world.device.get(&options, ORIGIN).unwrap();
    for who in [(linked.holder, "theirs"), (stranger, BROWSER)] {
        let answer = (&signing, response.as_str());
        let refused = world.bank.sign_decoupled(&world.ctx(), who, "07", answer).await;
        assert!(matches!(refused, Err(BankError::NotAvailable)), "{refused:?}");
        let refused = world.bank.decline_decoupled(&world.ctx(), who, &signing).await;
        assert!(matches!(refused, Err(BankError::NotAvailable)), "{refused:?}");
    }
}

#[tokio::test]
async fn one_is_open_at_a_time_and_three_for_nothing_end_it_for_a_day() {
    let mut world = World::new().await;
    let linked = linked(&mut world).await;
    for n in 0..u32::try_from(DECOUPLED_UNSIGNED_PER_DAY).unwrap() {
        send(&world, &request(&world, &linked, n, "07")).await.unwrap();
        let second = send(&world, &request(&world, &linked, 100 + n, "08")).await;
        assert_eq!(code(second), ErrorCode::AccessDenied, "one is open");
        world.wait(301);
    }

    let fourth = send(&world, &request(&world, &linked, 9, "07")).await;
    assert_eq!(code(fourth), ErrorCode::AccessDenied);
    let told = told(&world).await;
    // To each contact once.
    let last = told.iter().filter(|kind| *kind == "approval_asked_last").count();
    assert!(last > 0);
    assert_eq!(told.iter().filter(|kind| *kind == "approval_asked").count(), 2 * last);
    world.wait(DAY_SECS);
    assert!(send(&world, &request(&world, &linked, 10, "07")).await.is_ok(), "a day later");
}

/// Whoever sends more than a partner may closes its own way, and no other partner's.
#[tokio::test]
async fn a_partner_that_sends_for_nothing_closes_its_own_way_only() {
    let mut world = World::new().await;
    let linked = linked(&mut world).await;
    for n in 0..u32::try_from(DECOUPLED_UNSIGNED_PER_DAY).unwrap() {
        send(&world, &request(&world, &linked, n, "07")).await.unwrap();
        world.wait(301);
    }
    // The same requests, as if other partners had sent them.
    let sent_by = async |world: &World, names: &[&str]| {
        let mut unit = Unit::new();
        let mut all = world.bank.book.scan::<Backchannel>("").await.unwrap();
        for (row, name) in all.iter_mut().zip(names.iter().cycle()) {
            row.edit().client_id = (*name).to_owned();
            unit.update(row);
        }
        world.bank.book.commit(unit).await.unwrap();
    };

    let own = send(&world, &request(&world, &linked, 9, "07")).await;
    sent_by(&world, &["other"]).await;
    let others = send(&world, &request(&world, &linked, 10, "07")).await;
    for n in 11..13 {
        world.wait(301);
        send(&world, &request(&world, &linked, n, "07")).await.unwrap();
    }
    world.wait(301);
    sent_by(&world, &["other", "third"]).await;
    let all = send(&world, &request(&world, &linked, 20, "07")).await;

    assert_eq!(code(own), ErrorCode::AccessDenied);
    assert!(others.is_ok(), "{others:?}");
    assert_eq!(code(all), ErrorCode::AccessDenied, "six of all partners are enough for a day");
}

/// A bank that stops at any write of a poll gives the token with the next poll, or has given it.
#[tokio::test]
async fn what_was_signed_is_not_lost_by_a_stop_between_given_and_the_token() {
    let mut at = 0;
    loop {
        let mut world = World::new().await;
        let linked = linked(&mut world).await;
        let taken = send(&world, &request(&world, &linked, 1, "07")).await.unwrap();
        sign(&mut world, &linked, "07").await.unwrap();
        let left = Arc::new(AtomicI64::new(at));
        let whole = world.bank.book.clone();
        world.bank.book = Book::new(Arc::new(Stopping::new(whole.clone(), Arc::clone(&left))));

        let first = poll(&world, &taken).await;
        left.store(i64::MAX, Ordering::SeqCst);
        if first.is_ok() {
            assert_eq!(code(poll(&world, &taken).await), ErrorCode::InvalidGrant);
            break;
        }
        assert!(poll(&world, &taken).await.is_ok(), "stopped at {at}: {first:?}");
        at += 1;
    }

    assert!(at >= 1, "the stops must have hit a write");
}

#[tokio::test]
async fn who_cannot_be_asked_is_one_answer() {
    let mut world = World::new().await;
    let linked = linked(&mut world).await;
    let good = request(&world, &linked, 1, "07");
    let nobody = BackchannelRequest { grant_id: GrantId::from_bits(1), ..good.clone() };
    assert_eq!(code(send(&world, &nobody).await), ErrorCode::UnknownUserId);
    let other = Linked { mandate_id: MandateId::from_bits(1), ..linked };
    let mixed = request(&world, &other, 1, "07");
    assert_eq!(code(send(&world, &mixed).await), ErrorCode::UnknownUserId, "another mandate");

    let evidence = AuthnEvidence {
        device: "0123456789abcdef".to_owned(),
        signed_in_by: SignIn::Passkey,
        signed_in_at: world.now,
        signed_at: None,
        place: None,
    };
    let new_device = BackchannelRequest {
        evidence: Some(serde_json::to_string(&evidence).unwrap()),
        jti: world.jti(),
        ..good.clone()
    };
    assert_eq!(code(send(&world, &new_device).await), ErrorCode::AccessDenied, "a new device");
    let linking = BackchannelRequest {
        details: r#"[{"type":"urn:kanuki:mandate:1"}]"#.to_owned(),
        jti: world.jti(),
        ..good.clone()
    };
    let refused = code(send(&world, &linking).await);
    assert_eq!(refused, ErrorCode::InvalidAuthorizationDetails, "never for linking");
    agree(&world, false).await;
    let unagreed = BackchannelRequest { jti: world.jti(), ..good.clone() };
    assert_eq!(code(send(&world, &unagreed).await), ErrorCode::UnauthorizedClient);
    agree(&world, true).await;
    let fresh = BackchannelRequest { jti: world.jti(), ..good };
    assert!(send(&world, &fresh).await.is_ok());
    assert_eq!(code(send(&world, &fresh).await), ErrorCode::InvalidRequestObject, "sent twice");
}

#[tokio::test]
async fn a_mandate_learns_no_device_this_way() {
    let mut world = World::new().await;
    let mandate_id = world.linked().await;
    let mandate = world.bank.book.load::<Mandate>(mandate_id).await.unwrap();
    let linked = Linked { mandate_id, grant_id: mandate.grant_id, holder: mandate.holder_id };
    agree(&world, true).await;
    let first = AuthnEvidence {
        device: "0123456789abcdef".to_owned(),
        signed_in_by: SignIn::Passkey,
        signed_in_at: world.now,
        signed_at: None,
        place: None,
    };
    let evidence = Some(serde_json::to_string(&first).unwrap());
    for _ in 0..2 {
        let request =
            BackchannelRequest { evidence: evidence.clone(), ..request(&world, &linked, 1, "07") };
        assert_eq!(code(send(&world, &request).await), ErrorCode::AccessDenied, "while it cools");
    }
}

#[tokio::test]
async fn polling_too_often_slows_down_and_time_ends_it() {
    let mut world = World::new().await;
    let linked = linked(&mut world).await;
    let taken = send(&world, &request(&world, &linked, 1, "07")).await.unwrap();
    assert_eq!(code(poll(&world, &taken).await), ErrorCode::AuthorizationPending);
    assert_eq!(code(poll(&world, &taken).await), ErrorCode::SlowDown);
    world.wait(9);
    assert_eq!(code(poll(&world, &taken).await), ErrorCode::SlowDown, "ten seconds from now on");
    world.wait(15);
    assert_eq!(code(poll(&world, &taken).await), ErrorCode::AuthorizationPending);

    world.wait(300);
    assert_eq!(code(poll(&world, &taken).await), ErrorCode::ExpiredToken);
    assert!(waiting(&world, linked.holder, BROWSER).await.is_none());
    let unknown = Acknowledged { auth_req_id: "x".to_owned(), ..taken };
    assert_eq!(code(poll(&world, &unknown).await), ErrorCode::InvalidGrant);
}

/// The wallet asks every five seconds; one of them comes while the holder's signature is checked.
#[tokio::test]
async fn a_poll_changes_nothing_of_what_the_holder_decides_on() {
    let mut world = World::new().await;
    let linked = linked(&mut world).await;
    let taken = send(&world, &request(&world, &linked, 1, "07")).await.unwrap();
    let of = linked.holder.to_string();
    let before = world.bank.book.find_by::<Backchannel>("asking", &of).await.unwrap().unwrap();

    for _ in 0..3 {
        poll(&world, &taken).await.unwrap_err();
    }

    let mut unit = Unit::new();
    unit.update(&before);
    world.bank.book.commit(unit).await.expect("the signature that was on its way");
}

#[tokio::test]
async fn a_no_is_kept_and_told_to_the_wallet() {
    let mut world = World::new().await;
    let linked = linked(&mut world).await;
    let taken = send(&world, &request(&world, &linked, 1, "07")).await.unwrap();
    let Waiting { signing, .. } = waiting(&world, linked.holder, BROWSER).await.unwrap();

    let who = (linked.holder, BROWSER);
    world.bank.decline_decoupled(&world.ctx(), who, &signing).await.unwrap();

    assert_eq!(code(poll(&world, &taken).await), ErrorCode::AccessDenied);
    let refused = world.bank.refusals_of(linked.holder).await.unwrap();
    let [one] = refused.as_slice() else { panic!("{refused:?}") };
    assert_eq!((one.kept.answer, one.kept.browser.as_str()), (Answer::Refused, BROWSER));
    assert!(one.content.as_ref().unwrap().pre_image.contains(r#""amount":"30000""#));
}

/// One request that nobody answers, and then nothing for a week.
#[tokio::test]
async fn a_request_that_was_left_alone_stands_in_the_way_of_no_later_one() {
    let mut world = World::new().await;
    let linked = linked(&mut world).await;
    send(&world, &request(&world, &linked, 1, "07")).await.unwrap();
    world.wait(7 * DAY_SECS);

    let taken = send(&world, &request(&world, &linked, 2, "08")).await.unwrap();

    sign(&mut world, &linked, "08").await.unwrap();
    world.wait(5);
    assert!(poll(&world, &taken).await.is_ok());
}
