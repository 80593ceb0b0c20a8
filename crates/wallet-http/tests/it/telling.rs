//! One queue for each bank: whoever is silent keeps nobody else waiting.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Waker},
};

use kanuki_domain::bank_account::BankCode;
use kanuki_wallet::PartnerBank;
use kanuki_wallet_http::{WalletState, workers};

use crate::{
    company::Company,
    world::{World, bank_code},
};

/// Another bank, and one event for each of the two.
async fn owe_two(world: &World) {
    let other = BankCode::parse("9902").unwrap();
    let ctx = world.ctx();
    let first: PartnerBank = (*world.wallet.partner(bank_code()).await.unwrap()).clone();
    let second = PartnerBank {
        code: other,
        issuer: "http://localhost:8082".into(),
        authorize_url: "http://bank-two.localhost:8082/authorize".into(),
        ..first
    };
    world.wallet.import_bank(&ctx, second, &[]).await.unwrap();
    for bank in [bank_code(), other] {
        world.wallet.report(&ctx, ("a@example.jp", "?"), Some(bank)).await.unwrap();
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn a_bank_that_never_answers_keeps_neither_another_nor_money_waiting() {
    let company = Company::new().await;
    owe_two(&company.world).await;
    let wallet = company.world.wallet.clone();
    let state = WalletState { wallet, site: Arc::clone(&company.site) };
    *company.world.bank.hangs.lock().unwrap() = Some(bank_code());

    let told = poll(pin!(workers::tell(&state)));

    assert!(told.is_pending(), "the silent one still holds its own turn");
    assert_eq!(company.world.bank.told.lock().unwrap().len(), 1, "the living one heard");
    assert!(poll(pin!(workers::drive(&state))).is_ready(), "and money goes on");
    *company.world.bank.hangs.lock().unwrap() = None;
    assert_eq!(workers::tell(&state).await, 1, "what it did not answer comes again");
}
