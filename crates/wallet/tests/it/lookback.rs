//! RQ-04: payments are kept for whoever looks back, as what else leaves a wallet is.

use kanuki_desk::lookback::{self, LookHit, Typed};
use kanuki_domain::{
    Yen,
    id::{PaymentId, StaffId},
};
use kanuki_formats::jpqr::ShopNumber;
use kanuki_risk::{Kind, Subject};
use kanuki_wallet::{payment::MerchantSpec, proof::Given};

use crate::world::World;

const RULE: &str = "rule learned on payment \
    when sum of payment per merchant within 24h > ¥500 then decline as looks-like-it";

fn spec() -> MerchantSpec {
    let shop = ShopNumber {
        company: "9010001000001".into(),
        brand: "0001".into(),
        store: "000001".into(),
        counter: "000001".into(),
    };
    MerchantSpec {
        name: "コーヒー閂".into(),
        ascii_name: "KANUKI COFFEE".into(),
        city: "TOKYO".into(),
        category: "5814".into(),
        shop,
        page_key: "key".into(),
    }
}

async fn staff(world: &World, name: &str) -> StaffId {
    let until = kanuki_domain::mandate::later(world.ctx().now, 86_400);
    world.wallet.invite_staff(&world.ctx(), name, name, until).await.unwrap()
}

#[tokio::test]
async fn what_a_shop_was_paid_is_found_by_its_number_and_by_a_rule_and_its_customer_is_told() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    world.top_up(&hanako, link, "a", 30_000).await;
    let merchant = world.wallet.create_merchant(&world.ctx(), &spec()).await.unwrap();
    let code = world.wallet.bill(&world.ctx(), &merchant, Yen::of(800)).unwrap();
    let bill = world.wallet.read_code(&code).await.unwrap();
    let (wallet, ctx) = (&world.wallet, world.ctx());
    let started = wallet.start_paying(&ctx, hanako.id, &bill, None, (true, None)).await;
    let (paying, _) = started.unwrap();
    let id = PaymentId::derive(&["one"]);
    wallet.pay(&ctx, hanako.id, id, &paying, &Given::Nothing).await.unwrap();
    world.later(60);
    let (aoki, baba) = (staff(&world, "aoki").await, staff(&world, "baba").await);

    let shop = merchant.merchant_id.to_string();
    for typed in [Typed::Keys(Subject::Merchant, &shop), Typed::Rule(RULE)] {
        let (ports, ctx) = (world.wallet.lookbacks(), world.ctx());
        let id = lookback::ask(ports, &ctx, aoki, (typed, 1, "a shop that is none")).await.unwrap();
        lookback::step(ports, &ctx).await.unwrap();
        let found = lookback::read(ports, &ctx, aoki, id).await.unwrap();
        let hits: Vec<&LookHit> = found.hits.iter().map(|one| &one.hit).collect();
        assert_eq!(hits.len(), 1, "{typed:?}: {:?}", found.look);
        assert_eq!(
            (hits[0].kind, hits[0].person_id.clone()),
            (Kind::Payment, hanako.id.to_string())
        );
        let moved = found.hits[0].movement.as_ref().unwrap();
        assert_eq!((moved.lost, moved.company.as_str()), (Yen::of(800), "コーヒー閂"));
        lookback::ask_tell(ports, &ctx, aoki, (id, "they must know")).await.unwrap();
        lookback::agree(ports, &ctx, baba, id).await.unwrap();
        lookback::step(ports, &ctx).await.unwrap();
        world.later(60);
    }
    assert!(world.mail(&hanako).await.0.contains(&"lookback".to_owned()));
}
