//! `then freeze` at the wallet: the attempt is refused, and the wallet does nothing more.

use std::sync::Arc;

use kanuki_desk::case::CaseKind;
use kanuki_domain::{Yen, id::RemittanceId};
use kanuki_risk::{Engine, Policy};
use kanuki_wallet::{Wallet, WalletError, proof::Given, remittance::RemittanceState};

use crate::{
    held::full,
    world::{ORIGIN, World},
};

const RULES: &str = "policy \"wallet\" version \"t\"\nbaseline approve\n\
    rule too-much on remittance\n  when amount > ¥4,000\n  then freeze as too-much tell desk\n";

fn watched(world: &World) -> Wallet {
    let risk = Arc::new(Engine::new(Policy::parse(RULES).unwrap()));
    Wallet { risk, ..world.wallet.clone() }
}

#[tokio::test]
async fn what_a_rule_freezes_moves_nothing_and_stops_the_wallet_under_one_case() {
    let (world, hanako, link, ichiro) = full().await;
    let wallet = watched(&world);
    let ctx = world.ctx();
    let request = wallet.make_request(&ctx, ichiro.id, None, "").await.unwrap();
    let asked = (Some(Yen::of(4_001)), "");
    let started = wallet.start_sending(&ctx, hanako.id, request.request_id, asked).await;
    let (sending, options) = started.unwrap();
    let response = hanako.phone.clone().get(&options.unwrap(), ORIGIN).unwrap();
    let given = Given::Passkey(&response);
    let id = RemittanceId::derive(&["1"]);

    let sent = wallet.send(&ctx, hanako.id, id, &sending, &given).await.unwrap();

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
    let again = wallet.send(&ctx, hanako.id, id, &sending, &given).await.unwrap();
    assert_eq!(again.state, sent.state, "a second click is the same remittance");
    wallet.recover(&ctx).await.unwrap();
    assert_eq!(wallet.cases(true).await.unwrap().len(), cases.len(), "carried out once");
}
