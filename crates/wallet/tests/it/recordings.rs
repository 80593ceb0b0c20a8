//! What a wallet kept of attempts is written down with what became known, and names nobody.

use kanuki_desk::{
    case::{Case, CaseKind},
    recording::Span,
};
use kanuki_domain::{Yen, mandate::later};
use kanuki_record::Unit;
use kanuki_risk::{Event, Kind};
use kanuki_wallet::write_recording;

use crate::world::World;

#[tokio::test]
async fn a_wallets_recording_tells_its_frauds_and_nobodys_name() {
    let world = World::new().await;
    let (hanako, hers) = world.settled("hanako", 1).await;
    let (ichiro, his) = world.settled("ichiro", 2).await;
    world.top_up(&hanako, hers, "a", 5_000).await;
    world.later(60);
    world.top_up(&ichiro, his, "b", 3_000).await;
    world.later(3_600);
    let person = Some(hanako.id.to_string());
    let mut unit = Unit::new();
    unit.insert(&Case::open(&world.ctx(), CaseKind::NotMe, hers, person));
    world.wallet.book.commit(unit).await.unwrap();

    let now = world.ctx().now;
    let span = Span { from: later(now, -30 * 86_400), until: later(now, 1) };
    let (kept, mut file) = ((&world.wallet.book, &world.wallet.vault), Vec::new());
    let recorded = write_recording(kept, &world.ctx(), "operator", span, &mut file).await.unwrap();

    let text = String::from_utf8(file).unwrap();
    let events: Vec<Event> = text.lines().map(|line| Event::parse(line).unwrap()).collect();
    let topups = events.iter().filter(|event| event.signal.kind == Kind::Topup);
    let told: Vec<_> = topups.map(|event| (event.signal.amount, event.is_fraud)).collect();
    assert_eq!(told, [(Yen::of(5_000), true), (Yen::of(3_000), false)]);
    assert!(events.iter().any(|event| event.signal.kind == Kind::WalletOpened));
    assert_eq!((recorded.frauds, recorded.fraud_yen), (1, Yen::of(5_000)));
    assert!(!text.contains(&hanako.id.to_string()), "{text}");
}
