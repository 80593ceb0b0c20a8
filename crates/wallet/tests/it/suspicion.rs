//! A draft of a report of suspicious transactions: two people write and read it, and no row that anybody
//! else sees knows of it.

use kanuki_desk::{
    DeskError,
    officer::Officer,
    suspicion::{Drafts, Standing, Text},
};
use kanuki_record::Record;

use crate::world::World;

#[tokio::test]
async fn a_draft_is_read_by_a_second_person_and_no_other_row_knows_of_it() {
    let world = World::new().await;
    let ctx = world.ctx();
    let officer = async |name: &str| {
        let id = world.wallet.invite_officer(&ctx, name, name, ctx.now).await.unwrap();
        Officer::find(&world.wallet.book, id).await.unwrap().unwrap()
    };
    let (aoki, baba) = (officer("aoki").await, officer("baba").await);
    let drafts = Drafts { book: &world.wallet.book, vault: &world.wallet.vault };
    let case = world.wallet.report(&ctx, ("a@example.jp", "x"), None).await.unwrap().case_id;
    let known = world.wallet.cases(true).await.unwrap()[0].clone().into_inner();

    let begun = Text { from: case.to_string(), ..Text::default() };
    let id = drafts.begin(&ctx, aoki, &begun).await.unwrap();
    let why = "ふだんと違う".to_owned();
    drafts.write(&ctx, aoki, (id, Text { why, ..Text::default() })).await.unwrap();
    assert!(matches!(drafts.check(&ctx, aoki, id).await, Err(DeskError::SamePerson)));
    assert!(matches!(drafts.drop(&ctx, aoki, id).await, Err(DeskError::SamePerson)));
    assert!(matches!(drafts.file(&ctx, baba, (id, "1")).await, Err(DeskError::Decided)));
    drafts.check(&ctx, baba, id).await.unwrap();
    // Written on, it has to be read again.
    let (_, text) = drafts.read(&ctx, aoki, id).await.unwrap();
    drafts.write(&ctx, aoki, (id, text)).await.unwrap();
    assert!(matches!(drafts.file(&ctx, aoki, (id, "1")).await, Err(DeskError::Decided)));
    drafts.check(&ctx, baba, id).await.unwrap();
    drafts.file(&ctx, aoki, (id, "受付-1")).await.unwrap();

    let (draft, text) = drafts.read(&ctx, baba, id).await.unwrap();
    assert!(matches!(&draft.standing, Standing::Filed { number, .. } if number == "受付-1"));
    assert_eq!((text.from, text.why.as_str()), (case.to_string(), "ふだんと違う"));
    assert!(matches!(drafts.drop(&ctx, baba, id).await, Err(DeskError::Decided)));

    // The case is as it was, and neither the draft's row nor the log names it.
    let after = world.wallet.cases(true).await.unwrap()[0].clone().into_inner();
    assert_eq!((after.steps, after.about), (known.steps, known.about));
    let row = serde_json::to_string(&draft).unwrap();
    assert!(!row.contains(&case.to_string()) && !row.contains("ふだん"), "{row}");
    let log = world.wallet.book.records().audit_log(0, 1_000).await.unwrap();
    let own: Vec<_> = log.iter().filter(|entry| entry.body.contains("suspicion.")).collect();
    assert_eq!(own.len(), 8, "every look is an entry");
    assert!(own.iter().all(|entry| !entry.body.contains(&case.to_string())));
    assert!(draft.keys().iter().flatten().all(|key| !key.contains("cas_")));
}
