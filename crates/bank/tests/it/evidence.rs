//! What was shown and answered is kept, and shows when somebody changed it.

use kanuki_bank::{BankError, Verified};
use kanuki_desk::evidence::{Answer, Content, Fault, Given, Kept, Proven, Shown, Signature};
use kanuki_domain::{
    Yen,
    id::{CaseId, HolderId, MandateId, StaffId},
    limits::DAY_SECS,
};
use kanuki_record::{Unit, vault::PersonKey};
use kanuki_wire::transaction::Signed;

use crate::world::{CLIENT, ORIGIN, World, account, facts};

async fn holder_of(world: &World, mandate: MandateId) -> HolderId {
    world.bank.book.load::<kanuki_bank::mandate::Mandate>(mandate).await.unwrap().holder_id
}

/// A case about a mandate, because its holder typed a stop code.
async fn case_of(world: &World) -> CaseId {
    let code = crate::stopping::stop_code(world).await;
    world.bank.stop(&world.ctx(), &code).await.unwrap()
}

async fn read(world: &World, case: CaseId, mandate: MandateId) -> Vec<Verified> {
    let staff = StaffId::derive(&["aoki"]);
    world.bank.evidence_of_case(&world.ctx(), staff, (case, mandate)).await.unwrap()
}

fn shown() -> Shown {
    Shown { lang: "ja".to_owned(), lines: vec![("1日".to_owned(), "¥50,000".to_owned())] }
}

#[tokio::test]
async fn a_consent_is_proven_again_from_what_was_kept() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let case = case_of(&world).await;

    let kept = read(&world, case, mandate).await;

    let [one] = kept.as_slice() else { panic!("{kept:?}") };
    assert_eq!(one.kept.answer, Answer::Signed);
    assert!(matches!(&one.verdict, Ok(Some(Proven::Passkey(by))) if by.user_verified));
    let text = &one.content.as_ref().unwrap().pre_image;
    let signed: Signed = serde_json::from_str(text).unwrap();
    let Signed::Mandate { wallet_name, terms, .. } = signed else { panic!("{text}") };
    let day = terms.periodic.first().map(|cap| cap.amount);
    assert_eq!((wallet_name.as_str(), day), ("閂ウォレット", Some(Yen::of(50_000))));
}

#[tokio::test]
async fn nobody_reads_evidence_without_a_case_about_it() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let case =
        world.bank.report(&world.ctx(), ("mail@example.jp", "?"), None).await.unwrap().case_id;
    let staff = StaffId::derive(&["aoki"]);

    let other = world.bank.evidence_of_case(&world.ctx(), staff, (case, mandate)).await;

    assert!(matches!(other, Err(BankError::NotAvailable)), "{other:?}");
}

#[tokio::test]
async fn a_raise_is_kept_with_what_its_page_showed() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    world.wait(DAY_SECS);
    let holder = holder_of(&world, mandate).await;
    let lower = [Yen::of(20_000), Yen::of(100_000)];
    world.bank.lower_caps(&world.ctx(), holder, mandate, &lower).await.unwrap();
    let wanted = [Yen::of(50_000), Yen::of(300_000)];
    let started = world.bank.start_raise(&world.ctx(), holder, mandate, &wanted).await;
    let (options, mut state) = started.unwrap();
    state.showing(shown());
    let response = world.device.get(&options, ORIGIN).unwrap();
    let answer = (response.as_str(), &state);
    world.bank.finish_raise(&world.ctx(), (holder, "ses_1"), mandate, answer).await.unwrap();

    let kept = world.bank.answers_of(holder, mandate).await.unwrap();

    assert_eq!(kept.len(), 2, "the consent and the raise");
    assert!(kept.iter().all(|one| one.verdict.is_ok()));
    let raise = kept.iter().find(|one| one.kept.browser == "ses_1").unwrap();
    let content = raise.content.as_ref().unwrap();
    assert_eq!(content.shown, Some(shown()));
    assert!(content.pre_image.contains(r#""max_individual":"50000""#), "{}", content.pre_image);
}

#[tokio::test]
async fn a_refusal_is_bound_to_what_was_shown_and_seen_by_its_holder() {
    let mut world = World::new().await;
    let holder = world.holder_with_passkey("9000001").await;
    let (request_uri, _) = world.push(facts()).await.unwrap();
    let ctx = world.ctx();
    let par_id = world.bank.visit(&ctx, CLIENT, &request_uri, "browser").await.unwrap();
    let (options, state) = world.bank.start_sign_in(&ctx).unwrap();
    let response = world.device.get(&options, ORIGIN).unwrap();
    let ctx = world.ctx();
    let signed_in = world.bank.finish_sign_in(&ctx, &response, &state).await.unwrap();
    world.bank.arrive(&ctx, par_id, "browser", &signed_in).await.unwrap();
    world.bank.choose(&ctx, par_id, "browser", &account("9000001")).await.unwrap();
    let (_, _, mut asked) = world.bank.start_consent(&ctx, par_id, "browser").await.unwrap();
    asked.showing(shown());

    let other = world.bank.refuse_consent(&ctx, (par_id, "theirs"), Some(&asked)).await;
    assert!(other.is_err(), "another browser cannot refuse for them");
    world.bank.refuse_consent(&ctx, (par_id, "browser"), Some(&asked)).await.unwrap();
    let twice = world.bank.refuse_consent(&ctx, (par_id, "browser"), Some(&asked)).await;
    assert!(twice.is_err(), "an answer is one");

    let refused = world.bank.refusals_of(holder).await.unwrap();
    let [one] = refused.as_slice() else { panic!("{refused:?}") };
    assert!(matches!(one.verdict, Ok(None)), "{:?}", one.verdict);
    assert_eq!(
        (one.kept.about.as_str(), one.kept.browser.as_str()),
        (par_id.to_string().as_str(), "browser")
    );
    let content = one.content.as_ref().unwrap();
    assert_eq!(content.shown, Some(shown()));
    assert!(content.pre_image.contains("閂ウォレット") && content.pre_image.contains("nonce"));
    assert!(world.bank.mandates_of(holder).await.unwrap().is_empty(), "no means no");
}

/// Puts `content` in the place of what is kept under the same name, as somebody with the company's
/// key could.
async fn forge(world: &World, holder: HolderId, content: &Content) {
    let person = world.bank.book.load::<PersonKey>(holder).await.unwrap();
    let mut stored = newest(world, holder).await;
    let given = Given {
        person: &person,
        about: stored.about.clone(),
        browser: "",
        answer: stored.answer,
        content,
    };
    let mut forged = Kept::seal(&world.bank.vault, &world.ctx(), given).unwrap();
    forged.hash.clone_from(&stored.hash);
    *stored.edit() = forged;
    let mut unit = Unit::new();
    unit.update(&stored);
    world.bank.book.commit(unit).await.unwrap();
}

async fn newest(world: &World, holder: HolderId) -> kanuki_record::Stored<Kept> {
    world.bank.book.find_by::<Kept>("person_id", &holder.to_string()).await.unwrap().unwrap()
}

fn flipped(text: &str) -> String {
    let other = |letter| if letter == 'A' { 'B' } else { 'A' };
    let letter = |(place, letter)| if place == 30 { other(letter) } else { letter };
    text.chars().enumerate().map(letter).collect()
}

#[tokio::test]
async fn a_flipped_byte_is_found() {
    let mut world = World::new().await;
    let mandate = world.linked().await;
    let holder = holder_of(&world, mandate).await;
    let case = case_of(&world).await;
    let whole = read(&world, case, mandate).await.remove(0).content.unwrap();

    let mut other_terms = whole.clone();
    other_terms.pre_image = whole.pre_image.replace("50000", "60000");
    forge(&world, holder, &other_terms).await;
    let found = read(&world, case, mandate).await.remove(0).verdict;
    assert!(matches!(found, Err(Fault::OtherText)), "{found:?}");

    let mut other_signature = whole.clone();
    let Some(Signature::Passkey(evidence)) = &mut other_signature.assertion else { panic!() };
    evidence.signature = flipped(&evidence.signature);
    forge(&world, holder, &other_signature).await;
    let found = read(&world, case, mandate).await.remove(0).verdict;
    assert!(matches!(found, Err(Fault::Signature(_))), "{found:?}");

    let mut none = whole.clone();
    none.assertion = None;
    forge(&world, holder, &none).await;
    let found = read(&world, case, mandate).await.remove(0).verdict;
    assert!(matches!(found, Err(Fault::NoSignature)), "{found:?}");

    forge(&world, holder, &whole).await;
    assert!(read(&world, case, mandate).await.remove(0).verdict.is_ok(), "and put back, it holds");
    let mut stored = newest(&world, holder).await;
    let mut row = serde_json::to_value(&*stored).unwrap();
    row["sealed"] = flipped(row["sealed"].as_str().unwrap()).into();
    *stored.edit() = serde_json::from_value(row).unwrap();
    let mut unit = Unit::new();
    unit.update(&stored);
    world.bank.book.commit(unit).await.unwrap();
    let found = read(&world, case, mandate).await.remove(0).verdict;
    assert!(matches!(found, Err(Fault::Unreadable)), "{found:?}");
}
