//! Partners: taken on by two people, changed by two people, stopped by one, removed by two.

use kanuki_bank::{
    BankError,
    debit::DebitState,
    desk::Scope,
    event::{Event, EventError},
    link::Possession,
    mandate::Mandate,
    partner::{Partner, REMOVAL_WAIT_SECS},
};
use kanuki_desk::{
    registry::{self, InUse, Origin, RegistryError, Signing, Step},
    settings,
    signal::{Ask, Configuration, Stream},
};
use kanuki_domain::{Yen, agreement, id::StaffId, limits::DAY_SECS, settings::Settings};
use kanuki_passkey::soft::SoftAuthenticator;
use kanuki_wire::{
    ErrorCode,
    debit::RefusalReason,
    keys::{Signer as _, SigningKey},
    set,
};

use crate::{
    reopening::record,
    world::{CLIENT, ISSUER, ORIGIN, World, facts},
};

pub(crate) type Change = fn(&mut Partner);

/// A member of staff and their passkey.
pub(crate) struct Clerk {
    pub(crate) id: StaffId,
    device: SoftAuthenticator,
}

pub(crate) async fn clerk(world: &World, name: &str) -> Clerk {
    let ctx = world.ctx();
    let until = kanuki_domain::mandate::later(ctx.now, DAY_SECS);
    world.bank.invite_staff(&ctx, name, name, until).await.unwrap();
    let (options, state, _) = world.bank.start_staff_activation(&ctx, name).await.unwrap();
    let mut device = SoftAuthenticator::from_seed([u8::try_from(100 + name.len()).unwrap(); 32]);
    let made = device.create(&options, ORIGIN).unwrap();
    let id = world.bank.finish_staff_activation(&ctx, name, &made, &state).await.unwrap();
    Clerk { id, device }
}

pub(crate) async fn two(world: &World) -> (Clerk, Clerk) {
    (clerk(world, "STAFFAOKI").await, clerk(world, "STAFFBABABABA").await)
}

/// What counts now, as somebody would begin to change it.
pub(crate) async fn live(world: &World) -> Partner {
    world.bank.partner(CLIENT).await.unwrap()
}

/// Looked at anew, today.
pub(crate) fn reassessed(world: &World, mut partner: Partner) -> Partner {
    let today = agreement::today(world.now);
    partner.agreement = agreement::example(today);
    partner
}

pub(crate) async fn propose(world: &World, by: &Clerk, partner: Partner) -> u32 {
    world.bank.propose_partner(&world.ctx(), by.id, partner, "四半期の見直し").await.unwrap().number
}

pub(crate) async fn sign(world: &World, by: &mut Clerk, number: u32) -> Result<(), BankError> {
    let ctx = world.ctx();
    let (options, signing) =
        world.bank.start_partner_signature(&ctx, by.id, CLIENT, number).await?;
    let answer = by.device.get(&options, ORIGIN).unwrap();
    world.bank.finish_partner_signature(&ctx, by.id, (&answer, &signing)).await
}

pub(crate) fn refused(done: Result<(), BankError>) -> RegistryError {
    match done {
        Err(BankError::Registry(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_new_partner_is_taken_on_by_two_people_and_not_by_one() {
    let world = World::new().await;
    let (mut aoki, mut baba) = two(&world).await;
    let new = Partner { client_id: "wallet-two".to_owned(), ..live(&world).await };
    let ctx = world.ctx();
    let version = world.bank.propose_partner(&ctx, aoki.id, new, "新しい提携先").await.unwrap();
    assert_eq!(version.origin, Origin::Staff { by: aoki.id });
    assert!(world.bank.partner("wallet-two").await.is_err(), "a proposal counts for nothing");

    let alone = world.bank.start_partner_signature(&ctx, aoki.id, "wallet-two", 1).await;
    assert!(matches!(alone, Err(BankError::Registry(RegistryError::SamePerson))));
    let (options, signing) =
        world.bank.start_partner_signature(&ctx, baba.id, "wallet-two", 1).await.unwrap();
    // The one who proposed answers in the other's place.
    let stolen = aoki.device.get(&options, ORIGIN);
    assert!(stolen.is_err(), "no key of the proposer is asked for");
    let answer = baba.device.get(&options, ORIGIN).unwrap();
    let as_proposer = world.bank.finish_partner_signature(&ctx, aoki.id, (&answer, &signing)).await;
    assert!(matches!(refused(as_proposer), RegistryError::SamePerson));
    world.bank.finish_partner_signature(&ctx, baba.id, (&answer, &signing)).await.unwrap();

    assert_eq!(world.bank.partner("wallet-two").await.unwrap().name, "閂ウォレット");
    let kept = registry::version::<Partner>(&world.bank.book, "wallet-two", 1).await.unwrap();
    let signature = kept.signature.clone().unwrap();
    assert_eq!((kept.step, signature.by), (Step::Live, baba.id));
    assert!(signature.pre_image.contains("wallet-two") && signature.pre_image.contains("新しい"));
}

#[tokio::test]
async fn an_id_that_could_be_another_things_is_refused() {
    let world = World::new().await;
    let (aoki, _) = two(&world).await;
    for id in ["", "wallet|one", "wallet/one", "wallet one", "ウォレット", &"w".repeat(61)] {
        let odd = Partner { client_id: id.to_owned(), ..live(&world).await };
        let done = world.bank.propose_partner(&world.ctx(), aoki.id, odd, "試し").await;
        assert!(matches!(refused(done.map(|_| ())), RegistryError::Subject), "{id:?}");
    }
}

#[tokio::test]
async fn an_answer_counts_once_and_only_for_what_was_shown() {
    let mut world = World::new().await;
    let (aoki, mut baba) = two(&world).await;
    world.wait(DAY_SECS);
    let mut renamed = live(&world).await;
    renamed.name = "閂ウォレット二号".to_owned();
    let number = propose(&world, &aoki, renamed).await;
    let ctx = world.ctx();
    let (options, signing) =
        world.bank.start_partner_signature(&ctx, baba.id, CLIENT, number).await.unwrap();
    let answer = baba.device.get(&options, ORIGIN).unwrap();

    // The kept state is pointed at another text: what is stored is not what was signed.
    let mut changed = serde_json::to_value(&signing).unwrap();
    changed["nonce"] = "another".into();
    let changed: Signing = serde_json::from_value(changed).unwrap();
    let other = world.bank.finish_partner_signature(&ctx, baba.id, (&answer, &changed)).await;
    assert!(matches!(refused(other), RegistryError::Stale));
    // The version itself is changed behind everybody's back after it was shown.
    let mut stored = registry::version::<Partner>(&world.bank.book, CLIENT, number).await.unwrap();
    let honest = stored.content.events_url.clone();
    stored.edit().content.events_url = "https://evil.example/".to_owned();
    let mut unit = kanuki_record::Unit::new();
    unit.update(&stored);
    world.bank.book.commit(unit).await.unwrap();
    let swapped = world.bank.finish_partner_signature(&ctx, baba.id, (&answer, &signing)).await;
    assert!(matches!(refused(swapped), RegistryError::Stale));
    let mut stored = registry::version::<Partner>(&world.bank.book, CLIENT, number).await.unwrap();
    stored.edit().content.events_url = honest;
    let mut unit = kanuki_record::Unit::new();
    unit.update(&stored);
    world.bank.book.commit(unit).await.unwrap();

    world.bank.finish_partner_signature(&ctx, baba.id, (&answer, &signing)).await.unwrap();
    let again = world.bank.finish_partner_signature(&ctx, baba.id, (&answer, &signing)).await;
    assert!(matches!(refused(again), RegistryError::Decided));
    assert_eq!(live(&world).await.name, "閂ウォレット二号");
}

#[tokio::test]
async fn one_version_waits_at_a_time_and_a_stale_one_is_never_signed() {
    let mut world = World::new().await;
    let (aoki, mut baba) = two(&world).await;
    world.wait(DAY_SECS);
    let mut renamed = live(&world).await;
    renamed.name = "A".to_owned();
    let number = propose(&world, &aoki, renamed).await;
    let mut second = live(&world).await;
    second.name = "B".to_owned();
    let twice =
        world.bank.propose_partner(&world.ctx(), baba.id, second.clone(), "急ぎ").await.map(|_| ());
    assert!(matches!(refused(twice), RegistryError::Waiting));

    // The configuration changes what counts while the version waits.
    let mut rotated = live(&world).await;
    rotated.issuer = "http://localhost:8089".to_owned();
    world.bank.import_partner(&world.ctx(), rotated, &[]).await.unwrap();
    assert!(matches!(refused(sign(&world, &mut baba, number).await), RegistryError::Stale));
    world.bank.decline_partner(&world.ctx(), baba.id, CLIENT, number).await.unwrap();
    assert!(matches!(refused(sign(&world, &mut baba, number).await), RegistryError::Decided));
    let same = live(&world).await;
    let same = world.bank.propose_partner(&world.ctx(), baba.id, same, "なし").await.map(|_| ());
    assert!(matches!(refused(same), RegistryError::Unchanged));
    let number = propose(&world, &aoki, second).await;
    sign(&world, &mut baba, number).await.unwrap();
    assert_eq!(live(&world).await.name, "B");
}

/// The same day is not earlier: two versions may be assessed in one day, each with its own findings.
#[tokio::test]
async fn what_loosens_on_the_day_of_the_last_assessment_needs_findings_of_its_own() {
    let mut world = World::new().await;
    let (aoki, mut baba) = two(&world).await;
    world.wait(DAY_SECS);
    let first = reassessed(&world, live(&world).await);
    let number = propose(&world, &aoki, first).await;
    sign(&world, &mut baba, number).await.unwrap();
    let mut wider = live(&world).await;
    wider.redirect_uris.push("https://elsewhere.example/callback".to_owned());

    let number = propose(&world, &aoki, wider.clone()).await;
    let RegistryError::Gaps(gaps) = refused(sign(&world, &mut baba, number).await) else {
        panic!("signed by the old assessment");
    };
    assert!(gaps.iter().any(|gap| gap.lack == agreement::Lack::Same), "{gaps:?}");
    world.bank.decline_partner(&world.ctx(), aoki.id, CLIENT, number).await.unwrap();
    for threat in wider.agreement.assessment.threats.values_mut() {
        threat.finding = "新しい転送先でも同じ".to_owned();
    }
    let number = propose(&world, &aoki, wider).await;
    sign(&world, &mut baba, number).await.unwrap();

    assert_eq!(live(&world).await.redirect_uris.len(), 2);
}

#[tokio::test]
async fn what_loosens_needs_a_new_assessment_and_what_tightens_one_person() {
    let mut world = World::new().await;
    let (mut aoki, mut baba) = two(&world).await;
    world.wait(DAY_SECS);
    let loosening: &[Change] = &[
        |p| p.redirect_uris.push("https://elsewhere.example/callback".to_owned()),
        |p| p.agreement.safeguards.contact_change_days = Some(7),
        |p| p.caps.payouts_per_day = Some(Yen::of(10_000_001)),
        |p| {
            let by = p.agreement.assessment.review_by.unwrap();
            p.agreement.assessment.review_by = Some(by.tomorrow().unwrap());
        },
    ];
    for change in loosening {
        let mut wider = live(&world).await;
        change(&mut wider);
        let number = propose(&world, &aoki, wider).await;
        let RegistryError::Gaps(gaps) = refused(sign(&world, &mut baba, number).await) else {
            panic!("signed without a new assessment");
        };
        assert!(gaps.iter().any(|gap| gap.requirement == "INC-17"), "{gaps:?}");
        world.bank.decline_partner(&world.ctx(), aoki.id, CLIENT, number).await.unwrap();
    }

    let mut narrower = live(&world).await;
    narrower.caps.per_day = Some(Yen::of(10_000));
    narrower.caps.payouts_per_day = Some(Yen::of(9_999_999));
    narrower.profile.dpop_nonce = true;
    let number = propose(&world, &aoki, narrower).await;
    sign(&world, &mut aoki, number).await.unwrap();
    assert_eq!(live(&world).await.caps.per_day, Some(Yen::of(10_000)));

    let mut back = reassessed(&world, live(&world).await);
    back.profile.dpop_nonce = false;
    let number = propose(&world, &aoki, back).await;
    assert!(matches!(refused(sign(&world, &mut aoki, number).await), RegistryError::SamePerson));
    sign(&world, &mut baba, number).await.unwrap();
    assert!(!live(&world).await.profile.dpop_nonce);
}

#[tokio::test]
async fn a_version_with_gaps_is_kept_and_shown_and_never_counts() {
    let world = World::new().await;
    let (aoki, mut baba) = two(&world).await;
    let mut lacking = live(&world).await;
    lacking.agreement.compensation.pays_first = None;
    lacking.redirect_uris = vec!["http://wallet.example/callback".to_owned()];
    let number = propose(&world, &aoki, lacking).await;

    let RegistryError::Gaps(gaps) = refused(sign(&world, &mut baba, number).await) else {
        panic!("a version with gaps was signed");
    };
    let named: Vec<&str> = gaps.iter().map(|gap| gap.path.as_str()).collect();
    assert!(named.contains(&"agreement.compensation.pays_first"), "{named:?}");
    assert!(named.contains(&"redirect_uris"), "{named:?}");
    assert!(live(&world).await.agreement.compensation.pays_first.is_some());
}

#[tokio::test]
async fn a_file_is_a_version_until_staff_sign_and_never_loosens() {
    let mut world = World::new().await;
    let (aoki, mut baba) = two(&world).await;
    let ctx = world.ctx();
    let first = registry::live::<Partner>(&world.bank.book, CLIENT).await.unwrap().unwrap();
    assert_eq!(first.origin, Origin::Configuration { signers: Vec::new() });
    world.bank.import_partner(&ctx, live(&world).await, &[]).await.unwrap();
    let all = registry::history::<Partner>(&world.bank.book, CLIENT).await.unwrap();
    assert_eq!(all.len(), 1, "the same file is no new version");

    let mut wider = live(&world).await;
    wider.redirect_uris.push("https://elsewhere.example/callback".to_owned());
    let done = world.bank.import_partner(&ctx, wider.clone(), &[]).await;
    let RegistryError::Loosens(paths) = refused(done) else { panic!("a file loosened") };
    assert_eq!(paths, ["redirect_uris.https://elsewhere.example/callback"]);
    let mut bare = live(&world).await;
    bare.client_id = "wallet-two".to_owned();
    bare.agreement = agreement::Agreement::default();
    let bare = world.bank.import_partner(&ctx, bare, &[]).await;
    assert!(matches!(refused(bare), RegistryError::Gaps(_)));

    world.wait(DAY_SECS);
    let mut renamed = live(&world).await;
    renamed.name = "署名済み".to_owned();
    let number = propose(&world, &aoki, renamed).await;
    sign(&world, &mut baba, number).await.unwrap();
    world.bank.import_partner(&world.ctx(), wider, &[]).await.unwrap();
    assert_eq!(live(&world).await.name, "署名済み", "the file has no say any more");
    assert_eq!(live(&world).await.redirect_uris.len(), 1);
}

/// Found by a thief: one line of a file made a partner of a rogue wallet.
#[tokio::test]
async fn what_a_file_brings_after_the_first_start_waits_for_two_people() {
    let world = World::new().await;
    let (book, ctx) = (&world.bank.book, world.ctx());
    let (aoki, mut baba) = two(&world).await;
    let named = |id: &str, known: &Partner| Partner { client_id: id.to_owned(), ..known.clone() };
    let known = live(&world).await;
    settings::start(book, &ctx, &Settings::of_bank(), &[]).await.unwrap();
    let early = named("wallet-early", &known);
    world.bank.import_partner(&ctx, early, &[]).await.unwrap();
    world.bank.partner("wallet-early").await.unwrap();
    settings::founded(book).await.unwrap();

    for _ in 0..2 {
        let late = named("wallet-late", &known);
        world.bank.import_partner(&ctx, late, &["K. Ono".to_owned()]).await.unwrap();
    }
    assert!(world.bank.partner("wallet-late").await.is_err(), "a file alone makes no partner");
    let history = registry::history::<Partner>(book, "wallet-late").await.unwrap();
    assert_eq!(history.iter().map(|one| one.step).collect::<Vec<_>>(), [Step::Waiting]);
    let sign = async |by| world.bank.start_partner_signature(&ctx, by, "wallet-late", 1).await;
    let alone = sign(baba.id).await.map(|_| ());
    assert!(matches!(refused(alone), RegistryError::NobodyProposes));

    let take = async |why| {
        registry::take_up::<Partner>(book, (aoki.id, ctx.now), ("wallet-late", 1), why).await
    };
    assert!(matches!(take(" ").await, Err(RegistryError::NoReason)));
    take("looked at").await.unwrap();
    assert!(matches!(take("again").await, Err(RegistryError::Decided)));
    let own = sign(aoki.id).await.map(|_| ());
    assert!(matches!(refused(own), RegistryError::SamePerson));
    let (options, signing) = sign(baba.id).await.unwrap();
    let answer = baba.device.get(&options, ORIGIN).unwrap();
    world.bank.finish_partner_signature(&ctx, baba.id, (&answer, &signing)).await.unwrap();
    world.bank.partner("wallet-late").await.unwrap();
    assert_eq!(world.bank.registry_faults().await.unwrap(), Vec::<String>::new());

    // What was declined is not asked for with every start.
    let other = named("wallet-other", &known);
    world.bank.import_partner(&ctx, other.clone(), &[]).await.unwrap();
    world.bank.decline_partner(&ctx, baba.id, "wallet-other", 1).await.unwrap();
    world.bank.import_partner(&ctx, other, &[]).await.unwrap();
    assert_eq!(registry::history::<Partner>(book, "wallet-other").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_later_file_tightens_at_once_and_brings_no_key_alone() {
    let world = World::new().await;
    let (book, ctx, known) = (&world.bank.book, world.ctx(), live(&world).await);
    settings::start(book, &ctx, &Settings::of_bank(), &[]).await.unwrap();
    settings::founded(book).await.unwrap();

    let mut tighter = known.clone();
    tighter.caps.per_day = Some(Yen::of(10_000));
    world.bank.import_partner(&ctx, tighter.clone(), &[]).await.unwrap();
    assert_eq!(live(&world).await.caps.per_day, tighter.caps.per_day);
    let mut keyed = tighter.clone();
    keyed.jwks.keys.push(SigningKey::generate().unwrap().public_jwk().clone());
    for _ in 0..2 {
        world.bank.import_partner(&ctx, keyed.clone(), &[]).await.unwrap();
    }
    assert_eq!(live(&world).await.jwks, known.jwks, "a file alone brings no key");
    let waits = registry::waiting::<Partner>(book, CLIENT).await.unwrap().unwrap();
    assert_eq!((waits.number, waits.base), (3, Some(2)));
}

#[tokio::test]
async fn after_the_review_day_new_links_stop_and_old_ones_go_on() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    world.wait(2 * DAY_SECS);
    let overdue = live(&world).await.agreement.assessment.review_by.unwrap();
    // A mandate lasts a year at most, so the review is moved and not the clock.
    let mut stored = world.bank.book.load::<Partner>(CLIENT).await.unwrap();
    let yesterday = agreement::today(world.now).yesterday().unwrap();
    assert!(yesterday < overdue);
    stored.edit().agreement.assessment.review_by = Some(yesterday);
    let mut unit = kanuki_record::Unit::new();
    unit.update(&stored);
    world.bank.book.commit(unit).await.unwrap();

    let new = world.push(facts()).await;
    assert!(
        matches!(&new, Err(BankError::OAuth(e)) if e.code == ErrorCode::TemporarilyUnavailable),
        "{new:?}"
    );
    assert!(matches!(world.debit(mandate, 1, 1_000).await.state, DebitState::Booked { .. }));
}

/// Found by a stranger: a year and a turned key later, nothing started any more.
#[tokio::test]
async fn after_the_review_day_keys_still_turn_and_nothing_else_is_signed() {
    let mut world = World::new().await;
    let (aoki, mut baba) = two(&world).await;
    let key = || SigningKey::generate().unwrap().public_jwk().clone();
    let by = live(&world).await.agreement.assessment.review_by.unwrap();
    world.wait(460 * DAY_SECS);
    assert!(by < agreement::today(world.now));

    // A file alone: the demo's, of which nobody has signed anything.
    let mut turned = live(&world).await;
    turned.jwks.keys.push(key());
    turned.set_jwks.keys.push(key());
    world.bank.import_partner(&world.ctx(), turned, &[]).await.unwrap();
    let mut turned = live(&world).await;
    assert_eq!((turned.jwks.keys.len(), turned.set_jwks.keys.len()), (2, 2));
    // So may two people, and one of what only tightens.
    turned.jwks.keys.push(key());
    turned.caps.per_day = Some(Yen::of(10_000));
    let number = propose(&world, &aoki, turned.clone()).await;
    sign(&world, &mut baba, number).await.unwrap();
    let now = live(&world).await;
    assert_eq!((now.jwks.keys.len(), now.agreement.assessment.review_by), (3, Some(by)));
    let new = world.push(facts()).await;
    assert!(
        matches!(&new, Err(BankError::OAuth(e)) if e.code == ErrorCode::TemporarilyUnavailable),
        "new links stay stopped: {new:?}"
    );

    // Whatever else comes with a key waits for the assessment.
    turned.jwks.keys.push(key());
    turned.name = "B".to_owned();
    let number = propose(&world, &aoki, turned.clone()).await;
    let RegistryError::Gaps(gaps) = refused(sign(&world, &mut baba, number).await) else {
        panic!("a new name without a new assessment");
    };
    assert_eq!(gaps.iter().map(|gap| gap.requirement).collect::<Vec<_>>(), ["FT-13"]);
}

/// A file that was read before and brings one thing more is no reason not to start: what it brings waits,
/// and whoever would sign it looks at the risks anew. A company nobody knows yet must come assessed.
#[tokio::test]
async fn after_the_review_day_what_a_file_brings_waits_and_the_company_starts() {
    let mut world = World::new().await;
    let book = world.bank.book.clone();
    settings::start(&book, &world.ctx(), &Settings::of_bank(), &[]).await.unwrap();
    settings::founded(&book).await.unwrap();
    world.wait(460 * DAY_SECS);
    let known = live(&world).await;
    let renamed = Partner { name: "B".to_owned(), ..known.clone() };
    world.bank.import_partner(&world.ctx(), renamed, &[]).await.unwrap();

    assert_eq!(live(&world).await.name, known.name);
    let waits = registry::waiting::<Partner>(&book, CLIENT).await.unwrap().unwrap();
    let gaps = waits.gaps(agreement::today(world.now));
    assert_eq!(gaps.iter().map(|gap| gap.requirement).collect::<Vec<_>>(), ["FT-13"]);
    let new = Partner { client_id: "wallet-two".to_owned(), ..known };
    let new = world.bank.import_partner(&world.ctx(), new, &[]).await;
    assert!(matches!(refused(new), RegistryError::Gaps(_)));
}

#[tokio::test]
async fn a_partner_cap_holds_for_old_mandates_and_new_ones() {
    let mut world = World::new().await;
    let (mut aoki, _) = two(&world).await;
    let mandate = world.linked().await;
    world.wait(8 * DAY_SECS);
    let mut narrower = live(&world).await;
    narrower.caps.per_day = Some(Yen::of(5_000));
    let number = propose(&world, &aoki, narrower).await;
    sign(&world, &mut aoki, number).await.unwrap();

    assert!(matches!(world.debit(mandate, 1, 5_000).await.state, DebitState::Booked { .. }));
    let over = world.debit(mandate, 2, 1).await.state;
    assert!(
        matches!(over, DebitState::Refused { reason: RefusalReason::OverLimit, .. }),
        "{over:?}"
    );
    let (request_uri, _) = world.push(facts()).await.unwrap();
    let callback = world.consent(&request_uri, "9000001").await;
    assert!(callback.is_ok());
    let mandates = world.bank.book.list::<Mandate>("client_id", CLIENT).await.unwrap();
    assert_eq!(mandates[0].terms.max_individual, Yen::of(5_000));
}

#[tokio::test]
async fn a_stopped_partner_is_refused_everywhere_and_ends_no_consent() {
    let mut world = World::new().await;
    let (aoki, _) = two(&world).await;
    let mandate = world.linked().await;
    let (request_uri, verifier) = world.push(facts()).await.unwrap();
    let callback = world.consent(&request_uri, "9000001").await.unwrap();
    let scope = Scope::Partner(CLIENT.to_owned());
    world.bank.close_gate(&world.ctx(), aoki.id, &scope, "鍵の漏えい").await.unwrap();

    let is_stopped = |error: &BankError| matches!(error, BankError::OAuth(e) if e.code == ErrorCode::TemporarilyUnavailable);
    let pushed = world.push(facts()).await.unwrap_err();
    assert!(is_stopped(&pushed), "{pushed:?}");
    let exchanged = world.exchange(&callback, &verifier).await.unwrap_err();
    assert!(is_stopped(&exchanged), "{exchanged:?}");
    let revoke = world.assertion().add_to(kanuki_wire::Form::default().with("token", "x"));
    let proof = world.proof("POST", "/revoke", None);
    let revoked =
        world.bank.revoke_token(&world.ctx(), &revoke, Possession::of_proof(&proof)).await;
    assert!(is_stopped(&revoked.unwrap_err()));
    let debit = world.debit(mandate, 1, 1_000).await.state;
    assert!(
        matches!(debit, DebitState::Refused { reason: RefusalReason::Stopped, .. }),
        "an old link: {debit:?}"
    );

    let told = |status, jti: &str| {
        let event = set::SecurityEvent {
            jti: jti.to_owned(),
            txn: None,
            subject: "ref-1".to_owned(),
            issued_at: world.now,
            event: set::Event::LinkStatusChanged {
                mandate_id: mandate,
                status,
                reason: "wallet".to_owned(),
            },
        };
        set::make(&world.set_key, "http://localhost:8080", ISSUER, &event).unwrap()
    };
    let ending = told(set::LinkStatus::Revoked, "e1");
    let ended = world.bank.receive_event(&world.ctx(), &ending).await;
    assert!(matches!(ended, Err(EventError::Bank(e)) if is_stopped(&e)));
    let state = || async { world.bank.book.load::<Mandate>(mandate).await.unwrap().state };
    assert!(state().await.is_active(), "a stopped partner ends no consent");
    // What only stops is taken from whoever may be robbed.
    let stopping = told(set::LinkStatus::Suspended, "e2");
    world.bank.receive_event(&world.ctx(), &stopping).await.unwrap();
    assert!(!state().await.is_active() && state().await.is_alive());
}

#[tokio::test]
async fn a_partner_goes_only_after_a_month_of_standing_still_and_when_nobody_uses_it() {
    let mut world = World::new().await;
    let (aoki, baba) = two(&world).await;
    let mandate = world.linked().await;
    let ctx = world.ctx();
    let early = world.bank.ask_remove_partner(&ctx, aoki.id, CLIENT, "契約終了").await.map(|_| ());
    assert!(matches!(refused(early), RegistryError::InUse(InUse::NotStopped)));
    let scope = Scope::Partner(CLIENT.to_owned());
    world.bank.close_gate(&ctx, aoki.id, &scope, "契約終了").await.unwrap();
    let asked = world.bank.ask_remove_partner(&ctx, aoki.id, CLIENT, "契約終了").await.unwrap();
    let soon = world.bank.decide(&ctx, baba.id, asked, true).await;
    assert!(matches!(soon, Err(BankError::Desk(kanuki_desk::DeskError::TooEarly))));

    world.wait(REMOVAL_WAIT_SECS);
    let alone = world.bank.decide(&world.ctx(), aoki.id, asked, true).await;
    assert!(matches!(alone, Err(BankError::Desk(kanuki_desk::DeskError::SamePerson))));
    let alive = world.bank.decide(&world.ctx(), baba.id, asked, true).await;
    assert!(matches!(refused(alive), RegistryError::InUse(InUse::Links)));
    let stored = world.bank.book.load::<Mandate>(mandate).await.unwrap();
    let holder = stored.holder_id;
    world.bank.revoke_mandate(&world.ctx(), holder, mandate).await.unwrap();
    assert!(!world.due_events().await.is_empty());
    let released = world
        .bank
        .ask_open_gate(&world.ctx(), aoki.id, &scope, ("誤り", Some(record(&world))))
        .await
        .unwrap();
    world.bank.decide(&world.ctx(), baba.id, released, true).await.unwrap();
    world.bank.close_gate(&world.ctx(), aoki.id, &scope, "やはり").await.unwrap();
    let restarted = world.bank.decide(&world.ctx(), baba.id, asked, true).await;
    assert!(matches!(refused(restarted), RegistryError::InUse(InUse::Restarted)));
    world.bank.decide(&world.ctx(), baba.id, asked, false).await.unwrap();

    let asked = world.bank.ask_remove_partner(&world.ctx(), aoki.id, CLIENT, "終了").await.unwrap();
    let partner = world.bank.partner(CLIENT).await.unwrap();
    let arranged = Ask::Create(Configuration::default());
    world.bank.arrange_stream(&world.ctx(), &partner, arranged).await.unwrap();
    world.wait(REMOVAL_WAIT_SECS);
    world.bank.decide(&world.ctx(), baba.id, asked, true).await.unwrap();
    assert!(world.bank.partner(CLIENT).await.is_err());
    assert!(world.bank.book.find::<Stream>(CLIENT).await.unwrap().is_none());
    let queue = format!("due|{CLIENT}");
    assert!(world.bank.book.list::<Event>("state", &queue).await.unwrap().is_empty());
    let untold = world.bank.book.list::<Event>("state", "sent").await.unwrap();
    assert!(untold.iter().any(|event| event.given_up_at.is_some()), "the record stays");
    let all = registry::history::<Partner>(&world.bank.book, CLIENT).await.unwrap();
    assert_eq!(all[0].step, Step::Removed);
    assert!(world.bank.book.find::<Mandate>(mandate).await.unwrap().is_some(), "so do mandates");
}
