//! What a bank's connector declares decides how much is taken, and whether at all.

use kanuki_desk::registry::Content as _;
use kanuki_domain::{
    Yen,
    agreement::{self, Effect},
    connector::{Assurance, HolderProof, Protocol},
    limits::CODE_PER_DAY,
};
use kanuki_wallet::{PartnerBank, Refusal, WalletError, topup::TopupState};

use crate::world::{World, bank_code};

async fn may_link(world: &World, assurance: Assurance) -> bool {
    *world.bank.declares.lock().unwrap() = Some(assurance);
    let person = world.open("hanako").await;
    world.prove(&person, &World::card("hanako", 1)).await.unwrap();
    let ctx = world.ctx();
    let terms = kanuki_wallet::link::terms(ctx.now, Yen::of(50_000), Yen::of(300_000)).unwrap();
    let who = (person.id, "ses");
    match world.wallet.start_linking(&ctx, who, bank_code(), terms, (true, None)).await {
        Ok(_) => true,
        Err(WalletError::Stopped) => false,
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn a_bank_that_proves_by_knowledge_alone_is_not_linked() {
    for proof in HolderProof::ALL {
        let world = World::new().await;
        let assurance = Assurance { proof, ..Assurance::fapi() };
        assert_eq!(may_link(&world, assurance).await, !proof.is_knowledge_alone(), "{proof:?}");
    }
    let unmatched = Assurance { matches_facts: false, ..Assurance::fapi() };
    assert!(!may_link(&World::new().await, unmatched).await);
}

#[tokio::test]
async fn a_weaker_proof_means_lower_terms_and_caps() {
    let world = World::new().await;
    let proof = HolderProof::OneTimeCode;
    *world.bank.declares.lock().unwrap() = Some(Assurance { proof, ..Assurance::fapi() });
    let (hanako, link) = world.settled("hanako", 1).await;
    let kept = world.wallet.link_of(hanako.id, link).await.unwrap();

    let first = world.top_up(&hanako, link, "a", 6_000).await;
    let second = world.top_up(&hanako, link, "b", 6_000).await;

    assert_eq!(kept.terms.max_individual, CODE_PER_DAY);
    assert!(matches!(first.state, TopupState::Posted { .. }), "{:?}", first.state);
    let over = matches!(second.state, TopupState::Refused { reason: Refusal::OverLimit, .. });
    assert!(over, "{:?}", second.state);
    assert_eq!(world.bank.debited(), Yen::of(6_000));
}

#[tokio::test]
async fn a_bank_that_declares_less_than_before_is_taken_less_from_by_old_links_too() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let set = |assurance| *world.bank.declares.lock().unwrap() = Some(assurance);

    set(Assurance { tells_customer: false, ..Assurance::fapi() });
    let over = world.top_up(&hanako, link, "a", 6_000).await;
    set(Assurance { proof: HolderProof::Pin, ..Assurance::fapi() });
    let id = kanuki_domain::id::TopupId::derive(&["b"]);
    let none = world.wallet.top_up(&world.ctx(), hanako.id, id, link, Yen::of(1_000)).await;

    assert!(matches!(over.state, TopupState::Refused { reason: Refusal::OverLimit, .. }));
    assert!(matches!(none, Err(WalletError::Stopped)));
    assert_eq!(world.bank.debited(), Yen::ZERO);
}

fn is_over(state: TopupState) -> bool {
    matches!(state, TopupState::Refused { reason: Refusal::OverLimit, .. })
}

#[tokio::test]
async fn connecting_the_same_account_again_goes_on_with_the_same_count() {
    let world = World::new().await;
    *world.bank.has_one_account.lock().unwrap() = true;
    let proof = HolderProof::OneTimeCode;
    *world.bank.declares.lock().unwrap() = Some(Assurance { proof, ..Assurance::fapi() });
    let (hanako, link) = world.settled("hanako", 1).await;
    let first = world.top_up(&hanako, link, "a", 6_000).await;
    assert!(matches!(first.state, TopupState::Posted { .. }), "{:?}", first.state);

    world.wallet.unlink(&world.ctx(), hanako.id, link).await.unwrap();
    let again = world.link(&hanako).await;
    assert_ne!(again, link);
    let over = world.top_up(&hanako, again, "b", 6_000).await;
    let fits = world.top_up(&hanako, again, "c", 4_000).await;

    assert!(is_over(over.state), "{:?}", over.state);
    assert!(matches!(fits.state, TopupState::Posted { .. }), "{:?}", fits.state);
    world.later(86_400);
    let next_day = world.top_up(&hanako, again, "d", 6_000).await;
    assert!(matches!(next_day.state, TopupState::Posted { .. }), "{:?}", next_day.state);
}

#[tokio::test]
async fn what_was_taken_under_other_caps_counts_in_those_that_follow() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let set = |assurance| *world.bank.declares.lock().unwrap() = Some(assurance);
    let code = Assurance { proof: HolderProof::OneTimeCode, ..Assurance::fapi() };
    let app = Assurance { proof: HolderProof::App, ..Assurance::fapi() };

    world.top_up(&hanako, link, "a", 4_000).await;
    set(code);
    let second = world.top_up(&hanako, link, "b", 4_000).await;
    set(app);
    let third = world.top_up(&hanako, link, "c", 4_000).await;
    set(code);
    let over = world.top_up(&hanako, link, "d", 4_000).await;

    assert!(matches!(second.state, TopupState::Posted { .. }), "{:?}", second.state);
    assert!(matches!(third.state, TopupState::Posted { .. }), "{:?}", third.state);
    assert!(is_over(over.state), "back and forth forgets nothing: {:?}", over.state);
    assert_eq!(world.bank.debited(), Yen::of(12_000));
}

#[tokio::test]
async fn a_bank_of_plain_oauth_says_that_its_tokens_are_bound_to_nothing_and_gets_the_lowest_caps()
{
    let world = World::new().await;
    let today = agreement::today(world.ctx().now);
    let fapi = *world.wallet.partner(bank_code()).await.unwrap();
    let paths = |bank: &PartnerBank| -> Vec<String> {
        bank.gaps(today).into_iter().map(|gap| gap.path).collect()
    };
    assert!(paths(&fapi).is_empty(), "{:?}", paths(&fapi));

    let mut plain = PartnerBank { protocol: Protocol::Oauth, ..fapi.clone() };
    let gaps = paths(&plain);
    assert!(gaps.contains(&"assurance.bearer_tokens".to_owned()), "{gaps:?}");
    assert!(gaps.contains(&"decoupled".to_owned()), "{gaps:?}");
    plain.assurance.bearer_tokens = true;
    (plain.decoupled, plain.pings, plain.message_signing) = (false, false, false);
    assert!(paths(&plain).is_empty(), "{:?}", paths(&plain));

    let untold = Assurance { tells_customer: false, ..Assurance::fapi() };
    assert_eq!(plain.assurance.caps(), untold.caps());
    let loosens = |path| PartnerBank::effect(path, None, Some("oauth")) == Effect::Loosens;
    assert!(loosens("protocol"));
    let row = serde_json::to_value(&fapi).unwrap();
    assert!(row.get("protocol").is_none(), "what was signed before reads as it did");
}

#[tokio::test]
async fn a_bank_inside_our_own_network_never_counts() {
    let world = World::new().await;
    let today = agreement::today(world.ctx().now);
    for inside in ["https://10.0.0.7", "https://169.254.169.254", "https://core.internal"] {
        let mut bank = *world.wallet.partner(bank_code()).await.unwrap();
        bank.issuer = inside.to_owned();
        let gaps: Vec<String> = bank.gaps(today).into_iter().map(|gap| gap.path).collect();
        assert_eq!(gaps, ["issuer"], "{inside}");
    }
}
