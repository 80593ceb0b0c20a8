//! What somebody asked for, brought or proposed before they left the bank's desk counts for nothing.

use kanuki_bank::{
    BankError,
    contract::{
        Kind,
        import::{Import, ImportError, ImportState},
    },
    desk::Scope,
};
use kanuki_desk::{DeskError, registry::RegistryError, staff::Staff};
use kanuki_domain::{Yen, id::StaffId, limits::DAY_SECS};
use kanuki_record::Unit;

use crate::{
    contracts::{OURS, list, wanted},
    registry::{live, propose, refused, sign, two},
    reopening::record,
    world::{CLIENT, World},
};

async fn leave(world: &World, id: StaffId) {
    let mut staff = world.bank.book.load::<Staff>(id).await.unwrap();
    staff.edit().left_at = Some(world.now);
    let mut unit = Unit::new();
    unit.update(&staff);
    world.bank.book.commit(unit).await.unwrap();
}

#[tokio::test]
async fn a_version_of_somebody_who_left_is_signed_by_nobody_and_can_be_declined() {
    let mut world = World::new().await;
    let (aoki, mut baba) = two(&world).await;
    world.wait(DAY_SECS);
    let mut tighter = live(&world).await;
    tighter.caps.per_day = Some(Yen::of(10_000));
    let number = propose(&world, &aoki, tighter.clone()).await;
    leave(&world, aoki.id).await;

    let signed = refused(sign(&world, &mut baba, number).await);

    assert!(matches!(signed, RegistryError::ProposerLeft), "{signed:?}");
    assert_ne!(live(&world).await.caps.per_day, Some(Yen::of(10_000)));
    world.bank.decline_partner(&world.ctx(), baba.id, CLIENT, number).await.unwrap();
    let anew = propose(&world, &baba, tighter).await;
    sign(&world, &mut baba, anew).await.unwrap();
    assert_eq!(live(&world).await.caps.per_day, Some(Yen::of(10_000)));
}

#[tokio::test]
async fn a_list_that_somebody_brought_who_left_is_not_accepted() {
    let world = World::new().await;
    let (aoki, baba) = two(&world).await;
    let text = list(Kind::WebKofuri, "2026-11-01", &[OURS]);
    let ctx = world.ctx();
    let brought =
        world.bank.upload_register(&ctx, aoki.id, text.as_bytes(), &wanted(Kind::WebKofuri)).await;
    let id = brought.unwrap().import_id;
    leave(&world, aoki.id).await;

    let accepted = world.bank.decide_import(&ctx, baba.id, id, true).await;

    let left = |done: &Result<(), ImportError>| {
        matches!(done, Err(ImportError::Bank(BankError::Desk(DeskError::HasLeft))))
    };
    assert!(left(&accepted), "{accepted:?}");
    assert_eq!(world.bank.drive_imports(&ctx).await.unwrap(), 0);
    world.bank.decide_import(&ctx, baba.id, id, false).await.unwrap();
    let import = world.bank.book.load::<Import>(id).await.unwrap();
    assert!(matches!(import.state, ImportState::Declined { .. }));
}

#[tokio::test]
async fn neither_who_asked_nor_who_agrees_may_have_left() {
    let world = World::new().await;
    let (aoki, baba) = two(&world).await;
    let ctx = world.ctx();
    let all = Scope::Everything;
    world.bank.close_gate(&ctx, aoki.id, &all, "試し").await.unwrap();
    let asked = world
        .bank
        .ask_open_gate(&ctx, aoki.id, &all, ("試し", Some(record(&world))))
        .await
        .unwrap();
    leave(&world, baba.id).await;
    let agreed = world.bank.decide(&ctx, baba.id, asked, true).await;
    assert!(matches!(agreed, Err(BankError::Desk(DeskError::HasLeft))), "{agreed:?}");

    leave(&world, aoki.id).await;
    let third = StaffId::derive(&["chiba"]);
    let agreed = world.bank.decide(&ctx, third, asked, true).await;

    assert!(matches!(agreed, Err(BankError::Desk(DeskError::HasLeft))), "{agreed:?}");
    assert!(world.bank.is_gate_closed(&ctx, &all).await.unwrap());
}
