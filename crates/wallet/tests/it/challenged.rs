//! A proof that a rule asks for before a small payment is a decision that staff see.

use kanuki_desk::recording::Span;
use kanuki_domain::{Yen, id::PaymentId, mandate::later};
use kanuki_formats::jpqr::ShopNumber;
use kanuki_risk::{Event, Kind, Outcome};
use kanuki_wallet::{
    payment::{Bill, MerchantSpec, Paying},
    proof::Given,
    write_recording,
};

use crate::{
    held::full,
    world::{ORIGIN, Person, World},
};

async fn shop(world: &World) -> Bill {
    let shop = ShopNumber {
        company: "9010001000001".into(),
        brand: "0001".into(),
        store: "000001".into(),
        counter: "000001".into(),
    };
    let spec = MerchantSpec {
        name: "コーヒー閂".into(),
        ascii_name: "KANUKI COFFEE".into(),
        city: "TOKYO".into(),
        category: "5814".into(),
        shop,
        page_key: "key".into(),
    };
    let merchant = world.wallet.create_merchant(&world.ctx(), &spec).await.unwrap();
    Bill {
        merchant_id: merchant.merchant_id,
        merchant_name: merchant.name,
        amount: Some(Yen::of(100)),
        reference: None,
    }
}

async fn start(world: &World, from: &Person, bill: &Bill) -> (Paying, Option<String>) {
    let asked = (true, Some("d"));
    world.wallet.start_paying(&world.ctx(), from.id, bill, None, asked).await.unwrap()
}

/// How often staff see that the rule asked.
async fn asked(world: &World) -> usize {
    let all = world.wallet.decisions().await.unwrap();
    let is_it = |one: &&kanuki_risk::Record| {
        one.first_rule() == Some("unsigned-payments") && one.outcome == Outcome::Challenge
    };
    all.iter().filter(is_it).count()
}

/// passcode-thief: whoever cannot sign leaves, and staff saw nothing of the customers who were asked.
#[tokio::test]
async fn a_payment_that_must_be_signed_is_one_decision_however_often_its_page_is_seen() {
    let (world, hanako, ..) = full().await;
    let bill = shop(&world).await;
    for n in 0..5 {
        let (paying, options) = start(&world, &hanako, &bill).await;
        assert!(options.is_none(), "{n}");
        let id = PaymentId::derive(&[&n.to_string()]);
        world.wallet.pay(&world.ctx(), hanako.id, id, &paying, &Given::Nothing).await.unwrap();
    }
    assert_eq!(asked(&world).await, 0);

    start(&world, &hanako, &bill).await;
    world.later(5);
    let (paying, options) = start(&world, &hanako, &bill).await;
    assert_eq!(asked(&world).await, 1, "its page, seen twice");

    let response = hanako.phone.clone().get(&options.unwrap(), ORIGIN).unwrap();
    let (id, given) = (PaymentId::derive(&["signed"]), Given::Passkey(&response));
    let paid = world.wallet.pay(&world.ctx(), hanako.id, id, &paying, &given).await.unwrap();
    assert_eq!(paid.state_name(), "posted");
    assert_eq!(asked(&world).await, 1, "it was signed for");
    start(&world, &hanako, &bill).await;
    assert_eq!(asked(&world).await, 2, "another payment");

    let open = world.wallet.open_yen(&world.wallet.decisions().await.unwrap()).await.unwrap();
    assert!(open.iter().all(|yen| yen.is_zero()), "nothing moved by it: {open:?}");
    world.later(1);
    let now = world.ctx().now;
    let span = Span { from: later(now, -30 * 86_400), until: later(now, 1) };
    let (kept, mut file) = ((&world.wallet.book, &world.wallet.vault), Vec::new());
    write_recording(kept, &world.ctx(), "operator", span, &mut file).await.unwrap();
    let text = String::from_utf8(file).unwrap();
    let events = text.lines().map(|line| Event::parse(line).unwrap().signal);
    let signed: Vec<_> = events
        .filter(|signal| signal.kind == Kind::Payment)
        .map(|signal| signal.facts.signed)
        .collect();
    let no = Some(false);
    assert_eq!(signed, [no, no, no, no, no, no, Some(true), no], "{text}");
}
