//! mule-fan-in: how money came together in a wallet and went on, as staff see it.

use kanuki_domain::{Yen, id::StaffId};
use kanuki_risk::{Key, flow::Party};
use kanuki_wallet::link::Link;

use crate::{
    closing::pay_out,
    crowd::by_link,
    held::send,
    world::{Person, World},
};

async fn wallet_of(world: &World, person: &Person) -> Key {
    Key::Wallet(world.wallet.customer(person.id).await.unwrap().wallet_id.to_string())
}

fn account(link: &Link) -> Key {
    Key::Account(format!("{}|{}", link.bank, link.account_handle))
}

fn keys(parties: &[Party]) -> Vec<(Key, Yen)> {
    parties.iter().map(|party| (party.key.clone(), party.yen)).collect()
}

#[tokio::test]
async fn two_pay_a_mule_who_passes_it_on_and_the_way_is_seen_from_bank_to_bank() {
    let world = World::new().await;
    let (hanako, hers) = world.settled("hanako", 1).await;
    let (jiro, his) = world.settled("jiro", 2).await;
    let (mule, _) = world.settled("mule", 3).await;
    let (end, out) = world.settled("end", 4).await;
    world.top_up(&hanako, hers, "a", 10_000).await;
    world.top_up(&jiro, his, "b", 10_000).await;
    world.later(60);
    send(&world, (&hanako, &mule), "direct", 5_000).await;
    world.later(60);
    let (_, code) = by_link(&world, &jiro, "by link").await;
    world.wallet.claim(&world.ctx(), mule.id, code.expose()).await.unwrap();
    let (_, _unclaimed) = by_link(&world, &hanako, "nobody takes it").await;
    world.later(60);
    send(&world, (&mule, &end), "on", 4_000).await;
    world.later(60);
    pay_out(&world, &end, out, "out", 3_000).await;
    world.wallet.recover(&world.ctx()).await.unwrap();
    let staff = StaffId::derive(&["aoki"]);
    let looked_at = wallet_of(&world, &mule).await;
    let Key::Wallet(id) = &looked_at else { panic!() };

    let as_payee = Key::Payee(id.clone());
    let flow = world.wallet.read_flow(&world.ctx(), staff, &as_payee).await.unwrap().unwrap();

    assert_eq!(flow.subject, looked_at);
    let (from_her, from_him) = (wallet_of(&world, &hanako).await, wallet_of(&world, &jiro).await);
    let to = wallet_of(&world, &end).await;
    let paid = [(from_her.clone(), Yen::of(5_000)), (from_him, Yen::of(1_000))];
    assert_eq!(keys(&flow.came.parties), paid, "what nobody claimed has not come");
    assert_eq!(keys(&flow.went.parties), [(to.clone(), Yen::of(4_000))]);
    assert_eq!(flow.came.most.map(|(most, _)| most), Some(2));
    let way = &flow.ways[0];
    let link = world.wallet.link_of(hanako.id, hers).await.unwrap();
    assert_eq!(way.before.as_ref().map(|one| one.from.clone()), Some(account(&link)));
    assert_eq!(way.came.as_ref().map(|one| one.from.clone()), Some(from_her));
    assert_eq!(way.went.as_ref().map(|one| one.to.clone()), Some(to));
    let link = world.wallet.link_of(end.id, out).await.unwrap();
    assert_eq!(way.after.as_ref().map(|one| one.to.clone()), Some(account(&link)));
    assert!(!flow.is_cut);
}

#[tokio::test]
async fn nobody_has_a_flow_who_is_no_wallet_and_an_empty_one_is_empty() {
    let world = World::new().await;
    let new = world.open("new").await;
    let staff = StaffId::derive(&["aoki"]);
    let read = async |key: &Key| world.wallet.read_flow(&world.ctx(), staff, key).await.unwrap();

    let key = wallet_of(&world, &new).await;
    assert!(read(&key).await.unwrap().is_empty());
    assert!(read(&Key::Wallet("nonsense".into())).await.is_none());
    assert!(read(&Key::Device("d".into())).await.is_none());
}
