//! Agreeing anew: the same mandate, other terms.

use jiff::Timestamp;
use kanuki_bank::{
    BankError,
    debit::{DebitState, device::KnownDevice},
    link::Possession,
    mandate::Mandate,
};
use kanuki_domain::{
    Yen,
    id::{GrantId, MandateId},
    limits::DAY_SECS,
    mandate::{Period, PeriodicCap, Terms, Zone, later},
    route::SecondChannel,
};
use kanuki_wire::{
    ErrorCode, Form, mandate as details, par::Details, token::TokenRequest, token::TokenResponse,
};

use crate::{
    contacts::{change, link},
    routes::choose,
    stepup::evidence,
    world::{World, account, facts},
};

fn is_booked(state: DebitState) -> bool {
    matches!(state, DebitState::Booked { .. })
}

/// A link that has cooled, with the tokens of its first consent.
async fn linked() -> (World, TokenResponse) {
    let mut world = World::new().await;
    world.holder_with_passkey("9000001").await;
    let (request_uri, verifier) = world.push(facts()).await.unwrap();
    let callback = world.consent(&request_uri, "9000001").await.unwrap();
    let tokens = world.exchange(&callback, &verifier).await.unwrap();
    world.wait(DAY_SECS);
    (world, tokens)
}

fn names(tokens: &TokenResponse) -> (MandateId, GrantId) {
    (tokens.authorization_details[0].mandate_id, tokens.grant_id.unwrap())
}

fn rolling(now: Timestamp, day: u32, month: u32) -> Terms {
    Terms::rolling(Yen::of(day), Yen::of(month), (now, later(now, 300 * DAY_SECS)))
}

async fn is_good(world: &World, token: &str) -> bool {
    let proof = world.proof("POST", "/debits", Some(token));
    let possession = Possession::of_proof(&proof);
    world.bank.authorize(&world.ctx(), token, possession, ("POST", "/debits")).await.is_ok()
}

async fn refresh(world: &World, tokens: &TokenResponse) -> Result<TokenResponse, BankError> {
    let refresh_token = tokens.refresh_token.clone().unwrap();
    let form = world.assertion().add_to(TokenRequest::RefreshToken { refresh_token }.to_form());
    let proof = world.proof("POST", "/token", None);
    let issued = world.bank.exchange(&world.ctx(), &form, Possession::of_proof(&proof)).await?;
    Ok(issued.standing().unwrap())
}

fn is_refused_as_unknown<T: std::fmt::Debug>(result: Result<T, BankError>) -> bool {
    matches!(result, Err(BankError::OAuth(refusal)) if refusal.code == ErrorCode::InvalidGrantId)
}

#[tokio::test]
async fn narrower_terms_hold_at_once_on_the_same_mandate_with_what_was_used() {
    let (mut world, old) = linked().await;
    let (mandate, grant) = names(&old);
    assert!(is_booked(world.debit(mandate, 1, 15_000).await.state));

    let new = world.renewed(rolling(world.now, 20_000, 100_000), grant).await;

    assert_eq!(names(&new), (mandate, grant), "the link stays the same");
    let granted = &new.authorization_details[0];
    assert_eq!(granted.account, old.authorization_details[0].account);
    assert_eq!(granted.terms, rolling(world.now, 20_000, 100_000));
    assert!(world.is_to_be_signed(mandate, 2, 5_001).await, "what was used is carried");
    assert!(is_booked(world.debit(mandate, 3, 5_000).await.state));
    let kept = world.bank.book.load::<Mandate>(mandate).await.unwrap();
    let answers = world.bank.answers_of(kept.holder_id, mandate).await.unwrap();
    assert_eq!(answers.len(), 2, "what was signed before stays evidence");
    let texts = answers.iter().filter_map(|one| one.content.as_ref());
    let renewing = texts.filter(|text| text.pre_image.contains(&mandate.to_string()));
    assert_eq!(renewing.count(), 1, "the renewal says what it replaces");
}

#[tokio::test]
async fn every_earlier_token_dies_with_the_signature() {
    let (mut world, old) = linked().await;
    let (mandate, grant) = names(&old);
    let fresh = refresh(&world, &old).await.unwrap();
    assert!(is_good(&world, fresh.access_token.expose()).await);

    let (uri, verifier) =
        world.push_anew(rolling(world.now, 20_000, 100_000), grant).await.unwrap();
    let (_, options, state) = world.compare(&uri).await.unwrap();
    assert!(is_good(&world, fresh.access_token.expose()).await, "looking at it changes nothing");
    let callback = world.sign((&options, &state)).await.unwrap();

    assert!(!is_good(&world, fresh.access_token.expose()).await);
    assert!(refresh(&world, &old).await.is_err());
    let form = Form::default().with("token", old.refresh_token.clone().unwrap().expose());
    let form = world.assertion().add_to(form);
    world.bank.revoke_token(&world.ctx(), &form, Possession::default()).await.unwrap();
    let new = world.exchange(&callback, &verifier).await.unwrap();
    assert!(is_good(&world, new.access_token.expose()).await, "a dead token revokes nothing");
    assert!(refresh(&world, &new).await.is_ok());
    assert!(is_booked(world.debit(mandate, 1, 1_000).await.state));
}

#[tokio::test]
async fn what_is_wider_waits_a_day_and_the_validity_does_not() {
    let (mut world, old) = linked().await;
    let (mandate, grant) = names(&old);
    world.renewed(rolling(world.now, 10_000, 100_000), grant).await;
    world.wait(100 * DAY_SECS);

    let new = world.renewed(rolling(world.now, 30_000, 300_000), grant).await;

    let granted = &new.authorization_details[0].terms;
    assert_eq!(granted.max_individual, Yen::of(10_000), "not yet");
    assert_eq!(granted.valid_to, later(world.now, 300 * DAY_SECS));
    assert!(world.is_to_be_signed(mandate, 1, 10_001).await);
    world.wait(DAY_SECS + 1);
    assert!(is_booked(world.debit(mandate, 2, 30_000).await.state));
    assert!(world.is_to_be_signed(mandate, 3, 1).await);
    let later_on = refresh(&world, &new).await.unwrap();
    assert_eq!(later_on.authorization_details[0].terms.max_individual, Yen::of(30_000));
}

#[tokio::test]
async fn a_new_kind_of_cap_counts_what_was_debited_before_it_was_there() {
    let (mut world, old) = linked().await;
    let (mandate, grant) = names(&old);
    assert!(is_booked(world.debit(mandate, 1, 8_000).await.state));
    let mut terms = rolling(world.now, 50_000, 300_000);
    terms.max_individual = Yen::of(10_000);
    terms.periodic[0].amount = Yen::of(10_000);
    terms.periodic.push(PeriodicCap::calendar(Period::Month, Zone::japan(), Yen::of(10_000)));
    terms.max_debits = std::num::NonZeroU32::new(3);

    world.renewed(terms, grant).await;

    assert!(world.is_to_be_signed(mandate, 2, 2_001).await);
    assert!(is_booked(world.debit(mandate, 3, 2_000).await.state));
    world.wait(40 * DAY_SECS);
    assert!(is_booked(world.debit(mandate, 4, 1_000).await.state));
    assert!(world.is_to_be_signed(mandate, 5, 1_000).await, "three in all");
}

#[tokio::test]
async fn the_page_shows_what_holds_beside_what_is_asked_for() {
    let (mut world, old) = linked().await;
    let (_, grant) = names(&old);
    let mut asked = rolling(world.now, 20_000, 100_000);
    asked.max_debits = std::num::NonZeroU32::new(9);
    let (uri, _) = world.push_anew(asked.clone(), grant).await.unwrap();

    let (page, _, _) = world.compare(&uri).await.unwrap();

    let replaced = page.replaced.unwrap();
    assert_eq!((replaced.terms, page.terms), (old.authorization_details[0].terms.clone(), asked));
    assert!(!replaced.is_wider);
}

#[tokio::test]
async fn two_tabs_do_no_harm_and_each_signs_only_what_it_compared() {
    let (mut world, old) = linked().await;
    let (mandate, grant) = names(&old);
    let (one, first) = world.push_anew(rolling(world.now, 20_000, 100_000), grant).await.unwrap();
    let (two, _) = world.push_anew(rolling(world.now, 50_000, 300_000), grant).await.unwrap();
    let (_, one_options, one_state) = world.compare(&one).await.unwrap();
    let (_, two_options, two_state) = world.compare(&two).await.unwrap();

    let callback = world.sign((&one_options, &one_state)).await.unwrap();
    let late = world.sign((&two_options, &two_state)).await;

    assert!(matches!(late, Err(BankError::NotAvailable)), "it compared with what was");
    let tokens = world.exchange(&callback, &first).await.unwrap();
    assert!(is_good(&world, tokens.access_token.expose()).await);
    assert!(world.is_to_be_signed(mandate, 1, 20_001).await);
    // The same page anew is a consent like any other.
    let (_, options, state) = world.compare(&two).await.unwrap();
    world.sign((&options, &state)).await.unwrap();
}

#[tokio::test]
async fn an_overtaken_code_is_refused_and_revokes_nothing() {
    let (mut world, old) = linked().await;
    let (_, grant) = names(&old);
    let (uri, first) = world.push_anew(rolling(world.now, 20_000, 100_000), grant).await.unwrap();
    let (_, options, state) = world.compare(&uri).await.unwrap();
    let overtaken = world.sign((&options, &state)).await.unwrap();

    let tokens = world.renewed(rolling(world.now, 10_000, 100_000), grant).await;

    assert!(world.exchange(&overtaken, &first).await.is_err());
    assert!(world.exchange(&overtaken, &first).await.is_err());
    assert!(is_good(&world, tokens.access_token.expose()).await);
}

#[tokio::test]
async fn what_is_stopped_over_or_not_theirs_is_refused_in_the_same_words() {
    let (mut world, old) = linked().await;
    let (mandate, grant) = names(&old);
    let terms = rolling(world.now, 20_000, 100_000);
    let unknown = GrantId::derive(&["nobody's"]);
    assert!(is_refused_as_unknown(world.push_anew(terms.clone(), unknown).await));
    let (pending, _) = world.push_anew(terms.clone(), grant).await.unwrap();
    let (_, options, state) = world.compare(&pending).await.unwrap();

    let holder = world.bank.book.load::<Mandate>(mandate).await.unwrap().holder_id;
    world.bank.revoke_mandate(&world.ctx(), holder, mandate).await.unwrap();

    assert!(is_refused_as_unknown(world.push_anew(terms, grant).await));
    assert!(world.sign((&options, &state)).await.is_err(), "a page from before revives nothing");
    let kept = world.bank.book.load::<Mandate>(mandate).await.unwrap();
    assert!(!kept.state.is_alive());
    assert!(refresh(&world, &old).await.is_err());

    let (world, old) = linked().await;
    let (_, grant) = names(&old);
    let mut world = world;
    world.wait(301 * DAY_SECS);
    let terms = rolling(world.now, 20_000, 100_000);
    assert!(is_refused_as_unknown(world.push_anew(terms, grant).await), "it is over");
}

/// Pushes other terms with these actions, from this device.
async fn push_with(
    world: &World,
    terms: Terms,
    grant: GrantId,
    (actions, device): (&[details::Action], &str),
) -> String {
    let (mut request, _) = World::request_on(terms, world.facts_token(facts()));
    request.replaces = Some(grant);
    if let Details::Mandate(details) = &mut request.details {
        details.actions = actions.to_vec();
    }
    request.wish.evidence = Some(evidence(world, device));
    let form = world.assertion().add_to(request.to_form().unwrap());
    let proof = world.proof("POST", "/par", None);
    let pushed = world.bank.push(&world.ctx(), &form, Possession::of_proof(&proof)).await;
    pushed.unwrap().request_uri
}

#[tokio::test]
async fn actions_that_were_given_up_meanwhile_do_not_come_back() {
    let (mut world, old) = linked().await;
    let (_, grant) = names(&old);
    let terms = rolling(world.now, 20_000, 100_000);
    let both = [details::Action::Debit, details::Action::Credit];
    let wide = push_with(&world, terms.clone(), grant, (&both, "d")).await;
    let (_, options, shown) = world.compare(&wide).await.unwrap();
    let narrow = push_with(&world, terms.clone(), grant, (&both[..1], "d")).await;
    let (_, narrow_options, narrow_state) = world.compare(&narrow).await.unwrap();
    world.sign((&narrow_options, &narrow_state)).await.unwrap();

    assert!(world.sign((&options, &shown)).await.is_err());
    assert!(matches!(world.compare(&wide).await, Err(BankError::NotAvailable)));
}

#[tokio::test]
async fn after_a_change_of_contact_terms_are_narrowed_at_once_and_widened_when_it_has_settled() {
    let (mut world, old) = linked().await;
    let (mandate, grant) = names(&old);
    world.wait(30 * DAY_SECS);
    let holder = world.bank.book.load::<Mandate>(mandate).await.unwrap().holder_id;
    change(&mut world, holder, "080-7777-8888").await.unwrap();
    assert!(matches!(link(&mut world).await, Err(BankError::Waits { .. })), "a new link waits");

    let narrow = world.renewed(rolling(world.now, 1_000, 2_000), grant).await;

    assert_eq!(narrow.authorization_details[0].terms.max_individual, Yen::of(1_000));
    let wide = world.renewed(rolling(world.now, 20_000, 100_000), grant).await;
    assert_eq!(wide.authorization_details[0].terms.max_individual, Yen::of(1_000), "not yet");
    world.wait(6 * DAY_SECS);
    assert!(world.is_to_be_signed(mandate, 1, 1_001).await, "it has not settled");
    world.wait(2 * DAY_SECS);
    assert!(is_booked(world.debit(mandate, 2, 15_000).await.state));
}

/// The first passkey of somebody who was talked out of a code renews at once; it lets nothing in.
#[tokio::test]
async fn a_passkey_that_is_too_new_to_widen_lets_no_device_in_by_a_renewal() {
    let mut world = World::new().await;
    let link = world.linked_by_call().await;
    let reference = choose(&world, link, SecondChannel::Atm).await.unwrap();
    let slip = world.bank.atm_code(&world.ctx(), &account("9000001"), &reference).await;
    let code = slip.unwrap().unwrap();
    world.bank.confirm_mandate(&world.ctx(), link.0, link.1, &code).await.unwrap();
    let grant = world.bank.book.load::<Mandate>(link.1).await.unwrap().grant_id;
    let is_known = async |world: &World, device: &str| {
        let id = link.1.to_string();
        let known = world.bank.book.list::<KnownDevice>("mandate_id", &id).await.unwrap();
        known.iter().any(|known| known.device == device)
    };
    let debit = [details::Action::Debit];
    for (device, wait, is_let_in) in
        [("device-on-the-first-day", 0, false), ("device-after-a-week", 8 * DAY_SECS, true)]
    {
        world.wait(wait);
        let terms = rolling(world.now, 20_000, 100_000);
        let uri = push_with(&world, terms, grant, (&debit, device)).await;
        let (_, options, state) = world.compare(&uri).await.unwrap();
        world.sign((&options, &state)).await.unwrap();
        assert_eq!(is_known(&world, device).await, is_let_in, "{device}");
    }
}
