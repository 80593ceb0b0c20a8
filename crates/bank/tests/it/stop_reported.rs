//! Whoever stopped something is owed what anybody is who reports (FT-23): days, a code, and no end by one
//! person's note.

use kanuki_bank::BankError;
use kanuki_desk::{DeskError, promise, report::Outcome};
use kanuki_domain::claim::Shared;

use crate::{
    claims::{aoki, baba},
    stopping::stop_code,
    world::{CLIENT, World},
};

#[tokio::test]
async fn a_stop_by_its_code_is_a_report_with_days_and_a_code_of_its_own() {
    let mut world = World::new().await;
    world.linked().await;
    let typed = stop_code(&world).await;
    let bank = &world.bank;
    let ctx = world.ctx();
    let id = bank.stop(&ctx, &typed).await.unwrap();

    let taken = bank.report_by_stop(&ctx, id).await.unwrap().unwrap();

    let again = bank.stop(&ctx, &typed).await.unwrap();
    assert_eq!(again, id);
    assert!(bank.report_by_stop(&ctx, id).await.unwrap().is_none(), "the code is shown once");
    let (number, code) = (id.to_string(), taken.code.grouped());
    let seen = bank.report_progress(&number, &code).await.unwrap().unwrap();
    assert_eq!((seen.clock, seen.ended_at), (taken.clock, None));
    assert_ne!(seen.shared, Shared::Later, "the stop told the wallet");
    let report = bank.report_of(id).await.unwrap().unwrap();
    assert_eq!(report.told.as_deref(), Some(CLIENT));
    assert!(bank.report_text(id).await.unwrap().is_none(), "nothing was written");
    let waiting = promise::waiting(&bank.book, None).await.unwrap();
    assert!(waiting.all.iter().any(|one| one.case_id == id), "staff are reminded of its days");

    let bounced =
        bank.note_case(&ctx, aoki(), id, ("ウォレットの会社に聞いてください", true)).await;
    assert!(matches!(bounced, Err(BankError::Desk(DeskError::NeedsOutcome))), "{bounced:?}");
    for by in [aoki(), baba()] {
        let open = bank.report_progress(&number, &code).await.unwrap().unwrap();
        assert_eq!(open.ended_at, None);
        bank.end_report(&ctx, by, id, ("お知らせ済み", Outcome::NothingLost)).await.unwrap();
    }
    let ended = bank.report_progress(&number, &code).await.unwrap().unwrap();
    assert!(ended.ended_at.is_some() && ended.may_ask_again);
}
