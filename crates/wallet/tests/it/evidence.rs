//! What a customer confirmed is kept with the movement, and shows when somebody changed it.

use kanuki_desk::evidence::{Fault, Shown};
use kanuki_domain::{
    Yen,
    id::{PayoutId, TopupId},
};
use kanuki_wallet::{
    payout::Payout,
    proof::{By, Given},
    topup::Topup,
};
use kanuki_wire::transaction::Signed;

use crate::world::{ORIGIN, World};

fn shown() -> Shown {
    Shown { lang: "en".to_owned(), lines: vec![("Amount".to_owned(), "¥5,000".to_owned())] }
}

#[tokio::test]
async fn a_payout_is_proven_again_and_a_changed_one_is_not() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let mut phone = hanako.phone.clone();
    world.top_up(&hanako, link, "a", 20_000).await;
    world.later(8 * 86_400);
    let ctx = world.ctx();
    let amount = Yen::of(5_000);
    let started = world.wallet.start_paying_out(&ctx, hanako.id, link, amount).await;
    let (mut paying, options) = started.unwrap();
    paying.shown = Some(shown());
    let response = phone.get(&options.unwrap(), ORIGIN).unwrap();
    let id = PayoutId::derive(&["a"]);
    let given = Given::Passkey(&response);
    world.wallet.pay_out(&ctx, hanako.id, id, &paying, &given).await.unwrap();

    let kept = world.wallet.book.load::<Payout>(id).await.unwrap().into_inner().proof;

    assert_eq!((kept.by, kept.shown.clone()), (Some(By::Passkey), Some(shown())));
    assert!(world.wallet.verify_proof(&kept).unwrap().unwrap().user_verified);
    let mut dearer = kept.clone();
    let Signed::Payout { amount, .. } = &mut dearer.signed else { panic!("{dearer:?}") };
    *amount = Yen::of(50_000);
    let found = world.wallet.verify_proof(&dearer);
    assert!(matches!(found, Err(Fault::Signature(_))), "{found:?}");
    let mut unsigned = kept;
    unsigned.evidence = None;
    let found = world.wallet.verify_proof(&unsigned);
    assert!(matches!(found, Err(Fault::NoSignature)), "{found:?}");
}

#[tokio::test]
async fn a_top_up_keeps_what_its_page_showed() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let id = TopupId::derive(&["a"]);
    let what = (link, Yen::of(5_000));
    let topped = world
        .wallet
        .top_up_as_shown(&world.ctx(), hanako.id, id, what, (Some(shown()), None))
        .await;
    topped.unwrap();

    let kept = world.wallet.book.load::<Topup>(id).await.unwrap().into_inner().proof.unwrap();

    assert_eq!((kept.by, kept.shown.clone()), (Some(By::Press), Some(shown())));
    assert!(matches!(kept.signed, Signed::Topup { amount, .. } if amount == Yen::of(5_000)));
    assert!(matches!(world.wallet.verify_proof(&kept), Ok(None)));
}
