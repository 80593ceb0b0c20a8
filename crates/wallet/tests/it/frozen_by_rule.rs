//! `then freeze` at the wallet: the attempt is refused, and the wallet does nothing more.

use std::sync::Arc;

use kanuki_desk::case::CaseKind;
use kanuki_domain::{Yen, id::RemittanceId};
use kanuki_risk::{Engine, Policy};
use kanuki_wallet::{
    Profile, Wallet, WalletError,
    proof::Given,
    remittance::{Remittance, RemittanceState},
};

use crate::{
    held::full,
    world::{ORIGIN, Person, World},
};

const RULES: &str = "policy \"wallet\" version \"t\"\nbaseline approve\n\
    rule too-much on remittance\n  when amount > ¥4,000\n  then freeze as too-much tell desk\n";

pub(crate) fn watched(world: &World) -> Wallet {
    let risk = Arc::new(Engine::new(Policy::parse(RULES).unwrap()));
    Wallet { risk, ..world.wallet.clone() }
}

pub(crate) async fn send_with(
    world: &World,
    wallet: &Wallet,
    (from, to): (&Person, &Person),
    yen: u32,
) -> Remittance {
    let ctx = world.ctx();
    let request = wallet.make_request(&ctx, to.id, None, "").await.unwrap();
    let asked = (Some(Yen::of(yen)), "");
    let started = wallet.start_sending(&ctx, from.id, request.request_id, asked).await;
    let (sending, options) = started.unwrap();
    let response = from.phone.clone().get(&options.unwrap(), ORIGIN).unwrap();
    let (id, given) = (RemittanceId::derive(&["1"]), Given::Passkey(&response));
    let sent = wallet.send(&ctx, from.id, id, &sending, &given).await.unwrap();
    let again = wallet.send(&ctx, from.id, id, &sending, &given).await.unwrap();
    assert_eq!(again.state, sent.state, "a second click is the same remittance");
    sent
}

#[tokio::test]
async fn what_a_rule_freezes_moves_nothing_and_stops_the_wallet_under_one_case() {
    let (world, hanako, link, ichiro) = full().await;
    let wallet = watched(&world);
    let ctx = world.ctx();

    let sent = send_with(&world, &wallet, (&hanako, &ichiro), 4_001).await;

    assert!(matches!(sent.state, RemittanceState::Refused { .. }), "{:?}", sent.state);
    let customer = wallet.customer(hanako.id).await.unwrap();
    let frozen = customer.frozen.clone().unwrap();
    let cases = wallet.cases(true).await.unwrap();
    let of_rule: Vec<_> = cases.iter().filter(|case| case.kind == CaseKind::Rule).collect();
    assert!(of_rule.iter().any(|case| case.case_id == frozen.case_id), "{of_rule:?}");
    assert!(of_rule.iter().all(|case| case.about == "rule|too-much"));
    let topup = kanuki_domain::id::TopupId::derive(&["more"]);
    let more = wallet.top_up(&ctx, hanako.id, topup, link, Yen::of(1_000)).await;
    assert!(matches!(more, Err(WalletError::Stopped)), "{more:?}");
    wallet.recover(&ctx).await.unwrap();
    assert_eq!(wallet.cases(true).await.unwrap().len(), cases.len(), "carried out once");
}

/// Who opens a wallet is nobody yet: a thief's openings keep no order from being carried out.
#[tokio::test]
async fn a_refused_opening_freezes_nobody_and_keeps_no_worker() {
    let (world, hanako, _, ichiro) = full().await;
    let rules = RULES.replace(
        "rule too-much",
        "rule too-many on wallet_opened\n  when distinct wallet of wallet_opened per device within 1h > 0\n  \
         then freeze as too-many\nrule too-much",
    );
    let risk = Arc::new(Engine::new(Policy::parse(&rules).unwrap()));
    let wallet = Wallet { risk, ..world.wallet.clone() };
    let ctx = world.ctx();
    let profile = Profile::parse("x", "x@example.jp", "09012345678").unwrap();
    let opened = wallet.open_without_passkey(&ctx, &profile, Some("thief's")).await;
    assert!(matches!(opened, Err(WalletError::TooMany)), "{opened:?}");

    wallet.recover(&ctx).await.unwrap();
    let sent = send_with(&world, &wallet, (&hanako, &ichiro), 4_001).await;

    assert!(matches!(sent.state, RemittanceState::Refused { .. }), "{:?}", sent.state);
    assert!(wallet.customer(hanako.id).await.unwrap().frozen.is_some());
}
