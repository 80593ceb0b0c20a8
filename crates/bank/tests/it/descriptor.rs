//! What a passbook says about debits, payouts and refunds, and who decides that.

use kanuki_bank::{credit::AskCredit, partner::Partner};
use kanuki_domain::{
    Yen,
    descriptor::Descriptor,
    id::{DebitId, PayoutId},
};
use kanuki_record::Unit;

use crate::{
    core_system::Fault,
    world::{CLIENT, World},
};

async fn agree(world: &World, text: &str) {
    let mut partner = world.bank.book.load::<Partner>(CLIENT).await.unwrap();
    partner.edit().profile.descriptor = Some(Descriptor::parse(text).unwrap());
    let mut unit = Unit::new();
    unit.update(&partner);
    world.bank.book.commit(unit).await.unwrap();
}

fn texts(world: &World) -> Vec<Option<String>> {
    world.core.passbook()
}

#[tokio::test]
async fn the_passbook_says_what_was_agreed_and_marks_what_comes_back() {
    let mut world = World::new().await;
    let mandate_id = world.linked().await;
    world.debit(mandate_id, 1, 1_000).await;
    agree(&world, "ｶﾝﾇｷ").await;
    world.debit(mandate_id, 2, 2_000).await;
    let refund = AskCredit {
        client_id: CLIENT.to_owned(),
        mandate_id,
        credit_id: PayoutId::derive(&["1"]),
        amount: Yen::of(500),
        refund_of: Some(DebitId::derive(&["2"])),
    };
    let payout =
        AskCredit { credit_id: PayoutId::derive(&["2"]), refund_of: None, ..refund.clone() };
    world.bank.request_credit(&world.ctx(), refund).await.unwrap();
    world.bank.request_credit(&world.ctx(), payout).await.unwrap();

    let said = ["ｶﾝﾇｷ", "ﾍﾝｷﾝ ｶﾝﾇｷ", "ｶﾝﾇｷ"].map(|text| Some(text.to_owned()));
    assert_eq!(texts(&world)[0], None, "nothing had been agreed");
    assert_eq!(texts(&world)[1..], said);
}

#[tokio::test]
async fn a_debit_keeps_its_words_however_long_the_core_is_silent() {
    let mut world = World::new().await;
    let mandate_id = world.linked().await;
    agree(&world, "ｶﾝﾇｷ").await;
    world.core.0.lock().unwrap().faults = vec![Fault::BeforeDoing];
    world.debit(mandate_id, 1, 1_000).await;
    world.core.0.lock().unwrap().printed.clear();
    agree(&world, "KANUKI").await;

    world.wait(60);
    world.bank.recover_debits(&world.ctx()).await.unwrap();

    assert_eq!(texts(&world), [Some("ｶﾝﾇｷ".to_owned())]);
}
