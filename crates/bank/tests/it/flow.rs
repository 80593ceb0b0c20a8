//! mule-fan-in: what a bank moved for one wallet or one account, as staff see it.

use kanuki_bank::{credit::AskCredit, debit::DebitState, mandate::Mandate};
use kanuki_domain::{
    Yen,
    id::{PayoutId, StaffId},
    limits::DAY_SECS,
};
use kanuki_risk::{Key, Subject};

use crate::world::{CLIENT, World};

#[tokio::test]
async fn what_was_debited_for_a_wallet_and_came_back_is_a_flow_from_both_sides() {
    let mut world = World::new().await;
    let mandate_id = world.linked().await;
    world.wait(8 * DAY_SECS);
    world.debit(mandate_id, 1, 3_000).await;
    world.debit(mandate_id, 2, 2_000).await;
    let ask = AskCredit {
        client_id: CLIENT.to_owned(),
        mandate_id,
        credit_id: PayoutId::derive(&["out"]),
        amount: Yen::of(4_000),
        refund_of: None,
    };
    let paid = world.bank.request_credit(&world.ctx(), ask).await.unwrap();
    assert!(matches!(paid.state, DebitState::Booked { .. }), "{:?}", paid.state);
    let mandate = world.bank.book.load::<Mandate>(mandate_id).await.unwrap();
    let account = Key::Account(mandate.account_id.to_string());
    let staff = StaffId::derive(&["aoki"]);
    let read = async |key: &Key| world.bank.read_flow(&world.ctx(), staff, key).await.unwrap();

    let of_account = read(&account).await.unwrap();
    let wallet = of_account.went.parties[0].key.clone();
    let of_wallet = read(&wallet).await.unwrap();

    assert_eq!(wallet.subject(), Subject::Wallet);
    assert_eq!((of_account.came.yen, of_account.went.yen), (Yen::of(4_000), Yen::of(5_000)));
    assert_eq!((of_wallet.came.yen, of_wallet.went.yen), (Yen::of(5_000), Yen::of(4_000)));
    assert_eq!(of_wallet.came.parties[0].key, account);
    assert_eq!(of_wallet.came.most.map(|(most, _)| most), Some(1));
    assert!(read(&Key::Device("d".to_owned())).await.is_none());
    assert!(read(&Key::Wallet("nobody's".to_owned())).await.unwrap().is_empty());
}
