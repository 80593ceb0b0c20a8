//! What the engine's rules do with money that leaves, with wallets that are opened, and how the rules
//! themselves change.

use std::sync::Arc;

use kanuki_desk::{
    DeskError,
    case::{Case, CaseKind},
    policy::Refused,
    rule, watch,
};
use kanuki_domain::{
    Yen,
    id::{LinkId, PaymentId, RemittanceId, StaffId},
};
use kanuki_formats::jpqr::ShopNumber;
use kanuki_risk::{Engine, Key, Kind, Outcome, Policy};
use kanuki_wallet::{
    Profile, Wallet, WalletError,
    desk::Switch,
    payment::{Bill, MerchantSpec, PaymentState},
    proof::Given,
    remittance::{Remittance, RemittanceState},
};

use crate::world::{ORIGIN, Person, World};

const DAY: i64 = 86_400;

/// A wallet with ¥150,000 in it, and somebody who never got anything from it.
pub(crate) async fn full() -> (World, Person, LinkId, Person) {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    for key in ["a", "b", "c"] {
        world.top_up(&hanako, link, key, 50_000).await;
    }
    let ichiro = world.open("ichiro").await;
    (world, hanako, link, ichiro)
}

pub(crate) async fn send(
    world: &World,
    (from, to): (&Person, &Person),
    key: &str,
    yen: u32,
) -> Remittance {
    let ctx = world.ctx();
    let request = world.wallet.make_request(&ctx, to.id, None, "").await.unwrap();
    let asked = (Some(Yen::of(yen)), "");
    let started = world.wallet.start_sending(&ctx, from.id, request.request_id, asked).await;
    let (sending, options) = started.unwrap();
    let response = from.phone.clone().get(&options.unwrap(), ORIGIN).unwrap();
    let id = RemittanceId::derive(&[key]);
    let given = Given::Passkey(&response);
    let sent = world.wallet.send(&ctx, from.id, id, &sending, &given).await.unwrap();
    let is_held = matches!(sent.state, RemittanceState::Held { .. });
    assert_eq!(sending.hold_secs > 0, is_held, "the page says what happens");
    sent
}

/// SG-04: it waits out of reach of both, and arrives when its time is over.
#[tokio::test]
async fn most_of_a_full_wallet_for_somebody_new_waits_a_day_and_arrives() {
    let (world, hanako, _, ichiro) = full().await;

    let held = send(&world, (&hanako, &ichiro), "drain", 80_000).await;

    assert!(matches!(held.state, RemittanceState::Held { .. }), "{:?}", held.state);
    assert_eq!(world.balance(&hanako).await, Yen::of(70_000));
    assert_eq!(world.balance(&ichiro).await, Yen::ZERO);
    assert_eq!(world.wallet.held_remittances(hanako.id).await.unwrap().len(), 1);
    assert!(world.mail(&hanako).await.0.contains(&"send_held".to_owned()));
    world.later(DAY - 1);
    world.wallet.recover(&world.ctx()).await.unwrap();
    assert_eq!(world.balance(&ichiro).await, Yen::ZERO, "not a second early");
    world.later(1);
    world.wallet.recover(&world.ctx()).await.unwrap();
    world.wallet.recover(&world.ctx()).await.unwrap();
    assert_eq!(world.balance(&ichiro).await, Yen::of(80_000));
    assert_eq!(world.balance(&hanako).await, Yen::of(70_000));

    world.later(7 * DAY);
    let again = send(&world, (&hanako, &ichiro), "again", 60_000).await;
    assert_eq!(again.state_name(), "posted", "who got something before is known");
}

#[tokio::test]
async fn held_money_can_be_taken_back_and_then_moves_no_more() {
    let (world, hanako, _, ichiro) = full().await;
    let held = send(&world, (&hanako, &ichiro), "drain", 80_000).await;
    let stranger =
        world.wallet.cancel_remittance(&world.ctx(), ichiro.id, held.remittance_id).await;
    assert!(matches!(stranger, Err(WalletError::NotAvailable)));

    let back = world.wallet.cancel_remittance(&world.ctx(), hanako.id, held.remittance_id).await;

    assert_eq!(back.unwrap().state_name(), "cancelled");
    world.later(2 * DAY);
    world.wallet.recover(&world.ctx()).await.unwrap();
    assert_eq!(world.balance(&hanako).await, Yen::of(150_000));
    assert_eq!(world.balance(&ichiro).await, Yen::ZERO);
}

/// SG-04: whoever's money waits has somebody to ask, whether its rule tells the desk or not.
#[tokio::test]
async fn money_that_a_rule_holds_is_a_case_that_somebody_can_take() {
    let (world, hanako, _, ichiro) = full().await;
    send(&world, (&hanako, &ichiro), "drain", 80_000).await;
    send(&world, (&hanako, &ichiro), "more", 60_000).await;

    let open = world.wallet.book.list::<Case>("state", "open").await.unwrap();

    let of: Vec<_> = open.iter().filter_map(|case| rule::of_case(case)).collect();
    assert_eq!(of, ["rapid-drain-new-payee"]);
}

#[tokio::test]
async fn money_that_was_taken_back_may_no_longer_be_lost() {
    let (world, hanako, _, ichiro) = full().await;
    let held = send(&world, (&hanako, &ichiro), "drain", 80_000).await;
    let open = async || {
        let decisions = world.wallet.decisions().await.unwrap();
        world.wallet.open_yen(&decisions).await.unwrap()
    };
    assert_eq!(open().await, [Yen::of(80_000)]);

    world.wallet.cancel_remittance(&world.ctx(), hanako.id, held.remittance_id).await.unwrap();

    assert_eq!(open().await, [Yen::ZERO]);
}

/// Whoever stops the wallet during the hold keeps the money where it is.
#[tokio::test]
async fn a_wallet_that_was_stopped_meanwhile_keeps_what_is_held() {
    let (world, hanako, _, ichiro) = full().await;
    let held = send(&world, (&hanako, &ichiro), "drain", 80_000).await;
    let aoki = StaffId::derive(&["aoki"]);
    let switch = Switch::Wallet(held.from);
    world.wallet.pull_switch(&world.ctx(), aoki, switch, "called").await.unwrap();

    world.later(2 * DAY);
    world.wallet.recover(&world.ctx()).await.unwrap();

    assert_eq!(world.balance(&ichiro).await, Yen::ZERO);
    let held = world.wallet.remittance_of(hanako.id, held.remittance_id).await.unwrap();
    assert_eq!(held.state_name(), "held");
}

#[tokio::test]
async fn what_is_held_by_link_can_be_claimed_when_its_time_is_over() {
    let (world, hanako, _, ichiro) = full().await;
    let ctx = world.ctx();
    let started = world.wallet.start_sending_by_link(&ctx, hanako.id, Yen::of(80_000), "").await;
    let (sending, options) = started.unwrap();
    let response = hanako.phone.clone().get(&options.unwrap(), ORIGIN).unwrap();
    let id = RemittanceId::derive(&["link"]);
    let given = Given::Passkey(&response);
    let held = world.wallet.send(&ctx, hanako.id, id, &sending, &given).await.unwrap();
    assert_eq!(held.state_name(), "held");
    assert!(world.wallet.claim_code(hanako.id, id).await.is_err(), "no code to pass on yet");

    world.later(DAY);
    world.wallet.recover(&world.ctx()).await.unwrap();

    let code = world.wallet.claim_code(hanako.id, id).await.unwrap();
    world.wallet.claim(&world.ctx(), ichiro.id, code.expose()).await.unwrap();
    assert_eq!(world.balance(&ichiro).await, Yen::of(80_000));
}

/// passcode-thief: an unlocked telephone pays five times without a passkey, and not a sixth time.
#[tokio::test]
async fn the_sixth_small_payment_in_a_row_wants_a_passkey() {
    let (world, hanako, ..) = full().await;
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
    let bill = Bill {
        merchant_id: merchant.merchant_id,
        merchant_name: merchant.name.clone(),
        amount: Some(Yen::of(100)),
        reference: None,
    };
    let start = || async {
        world.wallet.start_paying(&world.ctx(), hanako.id, &bill, None, (true, None)).await.unwrap()
    };
    let early = start().await.0;
    for n in 0..5 {
        let (paying, options) = start().await;
        assert!(options.is_none(), "{n}");
        let id = PaymentId::derive(&[&n.to_string()]);
        let paid = world.wallet.pay(&world.ctx(), hanako.id, id, &paying, &Given::Nothing).await;
        assert!(!matches!(paid.unwrap().state, PaymentState::Refused { .. }), "{n}");
    }

    assert!(start().await.1.is_some());
    // A page from before is of no use either.
    let id = PaymentId::derive(&["early"]);
    let paid =
        world.wallet.pay(&world.ctx(), hanako.id, id, &early, &Given::Nothing).await.unwrap();
    assert!(matches!(paid.state, PaymentState::Refused { .. }), "{:?}", paid.state);
}

/// docomo-2020: one browser that opens wallet after wallet.
#[tokio::test]
async fn one_browser_opens_four_wallets_and_the_desk_hears_of_the_fifth_once() {
    let world = World::new().await;
    let mut refused = 0;
    for n in 0..7 {
        let profile = Profile::parse("x", &format!("{n}@example.jp"), "09012345678").unwrap();
        let opened =
            world.wallet.open_without_passkey(&world.ctx(), &profile, Some("thief's")).await;
        refused += usize::from(matches!(opened, Err(WalletError::TooMany)));
        assert_eq!(opened.is_ok(), n < 4, "{n}");
    }
    assert_eq!(refused, 3);
    let cases = world.wallet.cases(true).await.unwrap();
    let about: Vec<&str> = cases.iter().map(|case| case.about.as_str()).collect();
    assert_eq!(about, ["rule|wallets-opened-device"]);
    let told: Vec<&Case> = cases.iter().map(|case| &**case).collect();
    assert_eq!(rule::of_case(told[0]), Some("wallets-opened-device"));
    assert_eq!(told[0].kind, CaseKind::Rule);

    let decisions = world.wallet.decisions_of("wallets-opened-device").await.unwrap();
    assert_eq!(decisions.len(), 3);
    let policy = world.wallet.risk.policy();
    for decision in &decisions {
        assert_eq!(decision.outcome, Outcome::Decline);
        assert_eq!(&decision.replay(&policy).unwrap(), decision);
    }
}

/// A restart gives the same decision: who drew on an account is not forgotten for a month.
#[tokio::test]
async fn what_came_in_is_counted_on_after_a_restart() {
    let (world, hanako, ..) = full().await;
    let key = Key::Person(hanako.id.to_string());
    let count = |wallet: &Wallet| wallet.risk.count(&key, Kind::Topup, world.ctx().now, 30 * DAY);
    assert_eq!(count(&world.wallet), 3);
    let restarted = Wallet { risk: Arc::new(Engine::wallet().unwrap()), ..world.wallet.clone() };
    assert_eq!(count(&restarted), 0);

    restarted.recall_attempts(world.ctx().now).await.unwrap();

    assert_eq!(count(&restarted), 3);
    world.later(31 * DAY);
    restarted.forget(&world.ctx()).await.unwrap();
    let forgotten = Wallet { risk: Arc::new(Engine::wallet().unwrap()), ..world.wallet.clone() };
    forgotten.recall_attempts(world.ctx().now).await.unwrap();
    assert_eq!(count(&forgotten), 0);
}

/// The same for as long as a rule in force looks back.
#[tokio::test]
async fn what_a_rule_of_two_months_counts_is_kept_for_two_months() {
    let (world, hanako, ..) = full().await;
    let rules = "policy \"wallet\" version \"t\"\nbaseline approve\n\
        rule r on topup\n  when sum of topup per person within 60d > ¥900,000\n  then decline as r\n";
    let engine = || Arc::new(Engine::new(Policy::parse(rules).unwrap()));
    let key = Key::Person(hanako.id.to_string());
    let restarted = async || {
        let wallet = Wallet { risk: engine(), ..world.wallet.clone() };
        wallet.forget(&world.ctx()).await.unwrap();
        wallet.recall_attempts(world.ctx().now).await.unwrap();
        wallet.risk.count(&key, Kind::Topup, world.ctx().now, 90 * DAY)
    };
    world.later(59 * DAY);
    assert_eq!(restarted().await, 3);
    world.later(2 * DAY);
    assert_eq!(restarted().await, 0);
}

/// FT-22: rules go live by two people, in the words that were proposed, at every node.
#[tokio::test]
async fn another_policy_takes_two_people_and_is_in_force_at_once_and_at_the_next_node() {
    let (world, ..) = full().await;
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let ctx = world.ctx();
    let shipped = Policy::wallet_text();
    let text = shipped.replace("¥100,000 and drained", "¥50,000 and drained");
    assert_ne!(text, shipped);
    let version = Policy::parse(&text).unwrap().version().to_owned();
    let record = Some(crate::loosening::record(&world));

    let wrong = world.wallet.propose_policy(&ctx, aoki, ("policy \"wallet\"", "x"), None).await;
    assert!(matches!(wrong, Err(Refused::Mistakes(_))), "{wrong:?}");
    let other = world.wallet.propose_policy(&ctx, aoki, (Policy::bank_text(), "x"), None).await;
    assert!(matches!(other, Err(Refused::OtherName { .. })), "{other:?}");
    let same = world.wallet.propose_policy(&ctx, aoki, (shipped, "x"), None).await;
    assert!(matches!(same, Err(Refused::Known)), "{same:?}");

    let compared = world.wallet.compare_policy(&ctx, aoki, &text).await.unwrap();
    assert_eq!(compared.live.events, compared.other.events);
    assert!(compared.live.events >= 3, "{compared:?}");
    let asked = world.wallet.propose_policy(&ctx, aoki, (&text, "smaller wallets too"), None).await;
    let asked = asked.unwrap();
    let own = world.wallet.approve(&ctx, aoki, asked).await;
    assert!(matches!(own, Err(WalletError::Desk(DeskError::SamePerson))), "{own:?}");
    assert_ne!(world.wallet.risk.policy().version(), version);
    world.wallet.approve(&ctx, baba, asked).await.unwrap();
    assert_eq!(world.wallet.risk.policy().version(), version);

    let node = Wallet { risk: Arc::new(Engine::wallet().unwrap()), ..world.wallet.clone() };
    assert!(node.refresh_policy().await.unwrap());
    assert_eq!(node.risk.policy().version(), version);
    assert!(!node.refresh_policy().await.unwrap());

    // The way back loosens, so it needs a record; else it is the same, and what was declined is not in force.
    let back =
        world.wallet.propose_policy(&ctx, baba, (shipped, "back"), record.clone()).await.unwrap();
    world.wallet.decline(&ctx, aoki, back).await.unwrap();
    assert_eq!(world.wallet.risk.policy().version(), version);
    let back =
        world.wallet.propose_policy(&ctx, baba, (shipped, "back"), record.clone()).await.unwrap();
    world.wallet.approve(&ctx, aoki, back).await.unwrap();
    assert!(node.refresh_policy().await.unwrap());
    assert_eq!(node.risk.policy().version(), Policy::wallet().unwrap().version());
}

/// FT-22: who was confirmed as part of a fraud is stopped by one person and let go by two.
#[tokio::test]
async fn a_watched_payee_gets_nothing_at_once_until_two_people_let_them_go() {
    let (world, hanako, _, ichiro) = full().await;
    let (aoki, baba) = (StaffId::derive(&["aoki"]), StaffId::derive(&["baba"]));
    let first = send(&world, (&hanako, &ichiro), "before", 1_000).await;
    assert_eq!(first.state_name(), "posted");
    let RemittanceState::Posted { to, .. } = first.state else { panic!("{first:?}") };
    let payee = Key::Payee(to.to_string());

    watch::add(&world.wallet.book, &world.ctx(), aoki, &world.wallet.risk, (&payee, "a mule"))
        .await
        .unwrap();
    watch::add(&world.wallet.book, &world.ctx(), baba, &world.wallet.risk, (&payee, "a mule"))
        .await
        .unwrap();
    let nobody = Key::Secret("x".to_owned());
    assert!(
        watch::add(
            &world.wallet.book,
            &world.ctx(),
            aoki,
            &world.wallet.risk,
            (&nobody, "no such list")
        )
        .await
        .is_err()
    );

    assert_eq!(send(&world, (&hanako, &ichiro), "during", 1_000).await.state_name(), "held");
    let node = Wallet { risk: Arc::new(Engine::wallet().unwrap()), ..world.wallet.clone() };
    assert_eq!(node.refresh_watched().await.unwrap(), 1, "another node knows it too");
    let lists =
        watch::read(&world.wallet.book, &world.ctx(), aoki, &world.wallet.risk).await.unwrap();
    let members: Vec<String> =
        lists.iter().flat_map(|(.., members)| members).map(watch::Watched::name).collect();
    assert_eq!(members, [format!("watched_payees|{to}")]);

    let ctx = world.ctx();
    let asked =
        watch::ask_end(&world.wallet.book, &ctx, aoki, (&members[0], "mistaken")).await.unwrap();
    assert!(world.wallet.approve(&ctx, aoki, asked).await.is_err());
    assert_eq!(send(&world, (&hanako, &ichiro), "still", 1_000).await.state_name(), "held");
    world.wallet.approve(&ctx, baba, asked).await.unwrap();
    assert_eq!(send(&world, (&hanako, &ichiro), "after", 1_000).await.state_name(), "posted");
}
