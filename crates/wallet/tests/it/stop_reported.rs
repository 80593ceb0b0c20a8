//! Whoever stopped their wallet with a notice's code is owed what anybody is who reports (FT-23): days, a
//! code, and no end by one person's note.

use kanuki_desk::DeskError;
use kanuki_wallet::WalletError;

use crate::{claims::aoki, world::World};

#[tokio::test]
async fn a_stop_by_its_code_is_a_report_with_days_and_a_code_of_its_own() {
    let world = World::new().await;
    let (hanako, _) = world.settled("hanako", 1).await;
    let (_, typed) = world.mail(&hanako).await;
    let (wallet, ctx) = (&world.wallet, world.ctx());
    let id = wallet.stop(&ctx, &typed).await.unwrap();

    let taken = wallet.report_by_stop(&ctx, id).await.unwrap().unwrap();

    assert_eq!(wallet.stop(&ctx, &typed).await.unwrap(), id, "pressed twice");
    assert!(wallet.report_by_stop(&ctx, id).await.unwrap().is_none(), "the code is shown once");
    let seen = wallet.report_progress(&id.to_string(), &taken.code.grouped()).await.unwrap();
    assert_eq!(seen.unwrap().clock, taken.clock);
    let bounced = wallet.close_case(&ctx, aoki(), id, "銀行に聞いてください").await;
    assert!(matches!(bounced, Err(WalletError::Desk(DeskError::NeedsOutcome))), "{bounced:?}");
}
