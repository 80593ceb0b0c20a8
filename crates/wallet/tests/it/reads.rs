//! What is written to a customer is in the language that they read.

use kanuki_desk::{outbox::Message, reads::BOTH_SECS};

use crate::world::World;

/// The languages in which what waits leaves.
async fn due_in(world: &World) -> Vec<Option<String>> {
    let due = world.wallet.due_messages(&world.ctx()).await.unwrap();
    due.into_iter().map(|due| due.lang).collect()
}

#[tokio::test]
async fn a_customer_of_english_pages_reads_english_and_for_a_month_japanese_too() {
    let world = World::new().await;
    let (hanako, link) = world.settled("hanako", 1).await;
    let all = due_in(&world).await;
    assert!(!all.is_empty() && all.iter().all(|lang| lang.as_deref() == Some("ja")), "{all:?}");

    world.wallet.meet_language(&world.ctx(), hanako.id, "en").await.unwrap();
    world.top_up(&hanako, link, "a", 1_000).await;
    // Whoever took the account over signs in too: its owner's words go on for a while.
    assert!(due_in(&world).await.iter().all(|lang| lang.as_deref() == Some("en ja")));

    world.later(BOTH_SECS);
    world.wallet.meet_language(&world.ctx(), hanako.id, "en").await.unwrap();
    assert!(due_in(&world).await.iter().all(|lang| lang.as_deref() == Some("en")));
    let due = world.wallet.due_messages(&world.ctx()).await.unwrap();
    let one = due.first().unwrap();
    let taken = (one.message_id(), one.lang.as_deref());
    assert!(world.wallet.take_message(&world.ctx(), taken).await.unwrap());
    let id = one.message_id();
    let kept = world.wallet.book.load::<Message>(id).await.unwrap();
    assert_eq!(kept.lang.as_deref(), Some("en"), "for whoever must show what was said");
}
