//! Money moves once, within the caps, and comes back.

use kanuki_domain::{
    Yen,
    id::{PaymentId, PayoutId, RemittanceId, TopupId},
};
use kanuki_formats::jpqr::ShopNumber;
use kanuki_wallet::{
    Refusal, WalletError,
    payment::{MerchantSpec, PaymentState},
    payout::PayoutState,
    proof::Given,
    remittance::RemittanceState,
    statement::LineKind,
    topup::TopupState,
};

use crate::{
    bank::Fault,
    world::{ORIGIN, World},
};

#[tokio::test]
async fn double_click_is_one_top_up() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;

    world.top_up(&hanako, link, "click", 5_000).await;
    world.top_up(&hanako, link, "click", 5_000).await;

    assert_eq!(world.balance(&hanako).await, Yen::of(5_000));
    assert_eq!(world.bank.debited(), Yen::of(5_000));
    let id = TopupId::derive(&["click"]);
    let other = world.wallet.top_up(&world.ctx(), hanako.id, id, link, Yen::of(6_000)).await;
    assert!(matches!(other, Err(WalletError::Different)));
}

#[tokio::test]
async fn unknown_answer_keeps_the_reservation_until_the_bank_says() {
    for fault in [Fault::LostBefore, Fault::LostAfter] {
        let world = World::new().await;
        let (hanako, link) = world.settled("hanako", 1).await;
        world.bank.faults.lock().unwrap().extend([fault, fault]);

        let topup = world.top_up(&hanako, link, "a", 5_000).await;
        assert_eq!(topup.state, TopupState::Asking);
        assert_eq!(world.balance(&hanako).await, Yen::ZERO);
        world.later(60);
        world.wallet.recover(&world.ctx()).await.unwrap();
        world.later(60);
        world.wallet.recover(&world.ctx()).await.unwrap();

        assert_eq!(world.balance(&hanako).await, Yen::of(5_000));
        assert_eq!(world.bank.debited(), Yen::of(5_000));
        assert_eq!(world.clearing().await, Yen::of(5_000));
    }
}

#[tokio::test]
async fn silence_for_a_day_becomes_a_named_open_item_and_is_never_given_back() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    world.bank.faults.lock().unwrap().extend([Fault::LostAfter; 3]);
    world.top_up(&hanako, link, "a", 5_000).await;

    world.later(86_400);
    world.wallet.recover(&world.ctx()).await.unwrap();

    let id = TopupId::derive(&["a"]);
    let topup = world.wallet.topup_of(hanako.id, id).await.unwrap();
    let TopupState::OpenItem { case_id } = topup.state else { panic!("{:?}", topup.state) };
    assert_eq!(world.wallet.cases(true).await.unwrap()[0].case_id, case_id);
    let overview = world.wallet.overview(&world.ctx(), hanako.id).await.unwrap();
    assert_eq!(overview.incoming, Yen::of(5_000));
    // A person asks once more, and the bank remembers.
    world.bank.faults.lock().unwrap().clear();
    world.wallet.reopen_topup(&world.ctx(), id).await.unwrap();
    assert_eq!(world.balance(&hanako).await, Yen::of(5_000));
}

#[tokio::test]
async fn refused_top_up_gives_its_caps_back() {
    let world = World::new().await;
    let hanako = world.open("hanako").await;
    world.prove(&hanako, &World::card("hanako", 1)).await.unwrap();
    let link = world.link(&hanako).await;
    *world.bank.balance.lock().unwrap() = Yen::of(9_999);

    let refused = world.top_up(&hanako, link, "a", 10_000).await;
    *world.bank.balance.lock().unwrap() = Yen::of(10_000);
    let again = world.top_up(&hanako, link, "b", 10_000).await;

    let TopupState::Refused { reason, .. } = refused.state else { panic!("{:?}", refused.state) };
    assert_eq!(reason, Refusal::NotEnoughMoney);
    assert!(matches!(again.state, TopupState::Posted { .. }));
}

#[tokio::test]
async fn new_wallet_tops_up_ten_thousand_in_all_however_many_race() {
    let world = World::new().await;
    let hanako = world.open("hanako").await;
    world.prove(&hanako, &World::card("hanako", 1)).await.unwrap();
    let link = world.link(&hanako).await;

    let keys: Vec<String> = (0..8).map(|n| format!("race{n}")).collect();
    let (a, b, c, d) = tokio::join!(
        world.top_up(&hanako, link, &keys[0], 4_000),
        world.top_up(&hanako, link, &keys[1], 4_000),
        world.top_up(&hanako, link, &keys[2], 4_000),
        world.top_up(&hanako, link, &keys[3], 4_000),
    );

    let posted = [a, b, c, d].iter().filter(|t| t.state_name() == "posted").count();
    assert_eq!(posted, 2);
    assert_eq!(world.balance(&hanako).await, Yen::of(8_000));
    world.later(86_400);
    let next_day = world.top_up(&hanako, link, "later", 40_000).await;
    assert_eq!(next_day.state_name(), "posted");
}

#[tokio::test]
async fn remittance_is_signed_for_exactly_this_payee_and_amount() {
    let world = World::new().await;
    let (mut hanako, link) = world.settled("hanako", 1).await;
    let ichiro = world.open("ichiro").await;
    world.later(86_400);
    world.top_up(&hanako, link, "a", 30_000).await;
    let ctx = world.ctx();
    let request = world.wallet.make_request(&ctx, ichiro.id, None, "夕食代").await.unwrap();
    let asked = (Some(Yen::of(3_000)), "ありがとう");
    let (sending, options) =
        world.wallet.start_sending(&ctx, hanako.id, request.request_id, asked).await.unwrap();
    let response = hanako.phone.get(&options.unwrap(), ORIGIN).unwrap();
    let id = RemittanceId::derive(&["r"]);

    // The signature of one remittance does not permit another.
    let dearer = (Some(Yen::of(30_000)), "");
    let (other, _) =
        world.wallet.start_sending(&ctx, hanako.id, request.request_id, dearer).await.unwrap();
    let given = Given::Passkey(&response);
    let stolen = world.wallet.send(&ctx, hanako.id, id, &other, &given).await;
    assert!(matches!(stolen, Err(WalletError::NotAccepted)));

    let sent = world.wallet.send(&ctx, hanako.id, id, &sending, &given).await.unwrap();
    world.wallet.send(&ctx, hanako.id, id, &sending, &given).await.unwrap();

    assert_eq!(sent.state_name(), "posted");
    assert_eq!(world.balance(&hanako).await, Yen::of(27_000));
    assert_eq!(world.balance(&ichiro).await, Yen::of(3_000));
    let lines = world.wallet.statement(&ctx, ichiro.id, None, 10).await.unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].kind, lines[0].balance), (LineKind::Received, Yen::of(3_000)));
    assert_eq!(lines[0].counterparty, "hanako");
}

#[tokio::test]
async fn money_by_link_is_claimed_once_or_goes_back() {
    let world = World::new().await;
    let (mut hanako, link) = world.settled("hanako", 1).await;
    let ichiro = world.open("ichiro").await;
    let jiro = world.open("jiro").await;
    world.top_up(&hanako, link, "a", 30_000).await;
    let mut codes = Vec::new();
    for key in ["one", "two", "three"] {
        let ctx = world.ctx();
        let amount = Yen::of(5_000);
        let (sending, options) =
            world.wallet.start_sending_by_link(&ctx, hanako.id, amount, "").await.unwrap();
        let response = hanako.phone.get(&options.unwrap(), ORIGIN).unwrap();
        let id = RemittanceId::derive(&[key]);
        let given = Given::Passkey(&response);
        world.wallet.send(&ctx, hanako.id, id, &sending, &given).await.unwrap();
        codes.push(world.wallet.claim_code(hanako.id, id).await.unwrap().into_inner());
    }
    assert_eq!(world.balance(&hanako).await, Yen::of(15_000));

    let ctx = world.ctx();
    world.wallet.claim(&ctx, ichiro.id, &codes[0]).await.unwrap();
    assert!(world.wallet.claim(&ctx, jiro.id, &codes[0]).await.is_err());
    let second = RemittanceId::derive(&["two"]);
    world.wallet.cancel_remittance(&ctx, hanako.id, second).await.unwrap();
    assert!(world.wallet.claim(&ctx, jiro.id, &codes[1]).await.is_err());
    world.later(7 * 86_400);
    world.wallet.expire(&world.ctx()).await.unwrap();
    assert!(world.wallet.claim(&world.ctx(), jiro.id, &codes[2]).await.is_err());

    assert_eq!(world.balance(&ichiro).await, Yen::of(5_000));
    assert_eq!(world.balance(&jiro).await, Yen::ZERO);
    assert_eq!(world.balance(&hanako).await, Yen::of(25_000));
    let third = world.wallet.remittance_of(hanako.id, RemittanceId::derive(&["three"])).await;
    assert!(matches!(third.unwrap().state, RemittanceState::Returned { .. }));
}

#[tokio::test]
async fn money_by_link_that_no_worker_saw_end_goes_back_all_the_same() {
    let world = World::new().await;
    let (mut hanako, link) = world.settled("hanako", 1).await;
    world.top_up(&hanako, link, "a", 5_000).await;
    let (ctx, amount) = (world.ctx(), Yen::of(5_000));
    let started = world.wallet.start_sending_by_link(&ctx, hanako.id, amount, "").await;
    let (sending, options) = started.unwrap();
    let response = hanako.phone.get(&options.unwrap(), ORIGIN).unwrap();
    let id = RemittanceId::derive(&["one"]);
    world.wallet.send(&ctx, hanako.id, id, &sending, &Given::Passkey(&response)).await.unwrap();

    world.later(10 * 86_400);
    assert_eq!(world.wallet.expire(&world.ctx()).await.unwrap().driven, 0, "its day is past");
    assert_eq!(world.wallet.expire_every(&world.ctx()).await.unwrap(), 1);
    let sent = world.wallet.remittance_of(hanako.id, id).await.unwrap();
    assert!(matches!(sent.state, RemittanceState::Returned { .. }), "{:?}", sent.state);
}

#[tokio::test]
async fn shop_is_named_as_we_know_it_and_a_bill_is_paid_once() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    world.top_up(&hanako, link, "a", 30_000).await;
    let ctx = world.ctx();
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
    let merchant = world.wallet.create_merchant(&ctx, &spec).await.unwrap();
    let code = world.wallet.bill(&ctx, &merchant, Yen::of(800)).unwrap();
    let bill = world.wallet.read_code(&code).await.unwrap();
    assert_eq!((bill.merchant_name.as_str(), bill.amount), ("コーヒー閂", Some(Yen::of(800))));

    let pay = |key: &'static str| {
        let (wallet, bill) = (&world.wallet, &bill);
        async move {
            let (paying, options) =
                wallet.start_paying(&ctx, hanako.id, bill, None, (true, None)).await?;
            assert!(options.is_none(), "a small payment by a fresh session needs no passkey");
            let id = PaymentId::derive(&[key]);
            wallet.pay(&ctx, hanako.id, id, &paying, &Given::Nothing).await
        }
    };
    assert!(matches!(pay("one").await.unwrap().state, PaymentState::Posted { .. }));
    assert!(matches!(pay("two").await, Err(WalletError::NotAvailable)));
    let (_, asked) =
        world.wallet.start_paying(&ctx, hanako.id, &bill, None, (false, None)).await.unwrap();
    assert!(asked.is_some(), "a session that is not fresh needs the passkey");

    assert_eq!(world.balance(&hanako).await, Yen::of(29_200));
    assert_eq!(world.wallet.owed_to(&ctx, merchant.merchant_id).await.unwrap(), Yen::of(800));
}

#[tokio::test]
async fn payout_waits_for_a_new_account_and_holds_a_rapid_drain() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let mut phone = hanako.phone.clone();
    for key in ["a", "b", "c"] {
        world.top_up(&hanako, link, key, 50_000).await;
    }
    let fresh = world.link(&hanako).await;
    let ctx = world.ctx();
    let early = world.wallet.start_paying_out(&ctx, hanako.id, fresh, Yen::of(1_000)).await;
    assert!(matches!(early, Err(WalletError::TooEarly { .. })));
    world.later(8 * 86_400);

    let mut pay_out = async |key: &str, yen: u32| {
        let ctx = world.ctx();
        let (paying, options) =
            world.wallet.start_paying_out(&ctx, hanako.id, link, Yen::of(yen)).await.unwrap();
        let response = phone.get(&options.unwrap(), ORIGIN).unwrap();
        let given = Given::Passkey(&response);
        let id = PayoutId::derive(&[key]);
        world.wallet.pay_out(&ctx, hanako.id, id, &paying, &given).await.unwrap()
    };
    let small = Box::pin(pay_out("small", 10_000)).await;
    let drain = Box::pin(pay_out("drain", 100_000)).await;

    assert!(matches!(small.state, PayoutState::Posted { .. }));
    assert!(matches!(drain.state, PayoutState::Held { .. }), "{:?}", drain.state);
    assert_eq!(world.bank.credited(), Yen::of(10_000));
    assert_eq!(world.balance(&hanako).await, Yen::of(40_000));
    let ctx = world.ctx();
    world.wallet.cancel_payout(&ctx, hanako.id, drain.payout_id).await.unwrap();
    assert_eq!(world.balance(&hanako).await, Yen::of(140_000));

    let again = Box::pin(pay_out("again", 100_000)).await;
    world.later(86_401);
    world.wallet.recover(&world.ctx()).await.unwrap();
    let again = world.wallet.payout_of(hanako.id, again.payout_id).await.unwrap();
    assert!(matches!(again.state, PayoutState::Posted { .. }), "{:?}", again.state);
    assert_eq!(world.bank.credited(), Yen::of(110_000));
    assert_eq!(world.clearing().await, Yen::of(40_000));
}
