//! A customer whose contacts leaked connects nothing new until they, or two people, say so; whoever
//! signed in with what leaked reads what any stop says.

use kanuki_desk::{
    DeskError,
    leak::{self, HitState},
};
use kanuki_domain::{Yen, id::StaffId, limits::DAY_SECS};
use kanuki_wallet::{WalletError, link::terms};

use crate::world::{ORIGIN, Person, World, bank_code};

fn list(name: &str, line: &str) -> String {
    format!("KANUKI-LEAK,1,{name},made,2026-11-20\nkind,value,seen,note\n{line},2026-11-12,\n")
}

async fn staff(world: &World, name: &str) -> StaffId {
    let until = world.ctx().now;
    world.wallet.invite_staff(&world.ctx(), name, &format!("{name}-code"), until).await.unwrap()
}

async fn load(world: &World, by: StaffId, file: &str) -> String {
    let loaded = world.wallet.load_leaks(&world.ctx(), by, file.as_bytes()).await.unwrap();
    while world.wallet.search_leaks(&world.ctx()).await.unwrap() > 0 {}
    loaded.version
}

async fn sets_out(world: &World, person: &Person) -> Result<String, WalletError> {
    let ctx = world.ctx();
    let wanted = terms(ctx.now, Yen::of(50_000), Yen::of(300_000)).unwrap();
    let who = (person.id, "ses");
    world.wallet.start_linking(&ctx, who, bank_code(), wanted, (true, None)).await
}

async fn told(world: &World, person: &Person, kind: &str) -> usize {
    world.mail(person).await.0.iter().filter(|one| *one == kind).count()
}

async fn proven(world: &World, name: &str, serial: u64) -> Person {
    let person = world.open(name).await;
    world.prove(&person, &World::card(name, serial)).await.unwrap();
    person
}

#[tokio::test]
async fn a_listed_customer_connects_nothing_until_their_passkey_says_that_it_is_them() {
    let world = World::new().await;
    let aoki = staff(&world, "aoki").await;
    let mut hanako = proven(&world, "hanako", 1).await;
    let other = proven(&world, "other", 2).await;
    sets_out(&world, &hanako).await.unwrap();

    load(&world, aoki, &list("A", "mail,Hanako@Example.jp")).await;
    load(&world, aoki, &list("B", "mail,hanako@example.jp")).await;

    assert!(matches!(sets_out(&world, &hanako).await, Err(WalletError::Stopped)));
    // Who set out before the list came does not arrive either.
    let query =
        format!("code=c&state={}&iss=http%3A%2F%2Flocalhost%3A8081", world.bank.last_state());
    let who = (hanako.id, "ses");
    let late = world.wallet.finish_linking(&world.ctx(), who, bank_code(), &query).await;
    assert!(matches!(late, Err(WalletError::NotAvailable)), "{late:?}");
    sets_out(&world, &other).await.unwrap();
    assert_eq!(told(&world, &hanako, "leaked").await, 2, "once, by mail and by SMS");
    assert_eq!(told(&world, &other, "leaked").await, 0);

    let ctx = world.ctx();
    let (options, state) = world.wallet.start_proving(&ctx, hanako.id).await.unwrap();
    let response = hanako.phone.get(&options, ORIGIN).unwrap();
    world.wallet.prove_leak(&ctx, hanako.id, (&response, &state)).await.unwrap();
    assert!(matches!(sets_out(&world, &hanako).await, Err(WalletError::Stopped)), "not yet");
    world.later(DAY_SECS);
    sets_out(&world, &hanako).await.unwrap();
    for number in [hanako.id.to_string().as_str(), "Hanako@Example.jp", "０９０-1234-5678"] {
        let found = world.wallet.find_leaks(&world.ctx(), aoki, number).await.unwrap().unwrap();
        let of_hanako = found.iter().filter(|hit| hit.about == hanako.id.to_string());
        assert!(of_hanako.clone().count() == 1, "{number}: {found:?}");
        assert!(of_hanako.into_iter().all(|hit| !hit.is_standing(world.ctx().now)));
    }
    assert_eq!(
        world.wallet.find_leaks(&world.ctx(), aoki, "x").await.unwrap().map(|h| h.len()),
        None
    );
    world.wallet.let_go_leaks(&world.ctx()).await.unwrap();
    let hit = leak::find(&world.wallet.book, &hanako.id.to_string()).await.unwrap().unwrap();
    assert!(matches!(hit.state, HitState::Over { .. }), "{hit:?}");
    load(&world, aoki, &list("C", "mail,hanako@example.jp")).await;
    sets_out(&world, &hanako).await.unwrap();
}

#[tokio::test]
async fn two_people_or_the_card_let_a_customer_go_and_a_withdrawn_list_does() {
    let world = World::new().await;
    let (aoki, baba) = (staff(&world, "aoki").await, staff(&world, "baba").await);
    let hanako = proven(&world, "hanako", 1).await;
    let unproven = world.open("unproven").await;
    let (wallet, ctx) = (&world.wallet, world.ctx());

    // One telephone number is two people's here.
    let version = load(&world, aoki, &list("A", "phone,090-1234-5678")).await;
    assert_eq!(leak::standing(&wallet.book, &ctx, aoki).await.unwrap().len(), 2);
    assert_eq!(leak::live(&wallet.book).await.unwrap()[0].round.held, 2);
    let about = hanako.id.to_string();
    leak::ask(&wallet.book, &ctx, aoki, (&about, "called back")).await.unwrap();
    let alone = wallet.agree_leak(&ctx, aoki, &about).await;
    assert!(matches!(alone, Err(WalletError::Desk(DeskError::SamePerson))));
    wallet.agree_leak(&ctx, baba, &about).await.unwrap();
    sets_out(&world, &hanako).await.unwrap();
    assert_eq!(told(&world, &hanako, "leak_over").await, 2);

    // A first card is anybody's: it waits as a passkey does, and every contact hears of it.
    world.prove(&unproven, &World::card("unproven", 3)).await.unwrap();
    assert!(matches!(sets_out(&world, &unproven).await, Err(WalletError::Stopped)));
    assert_eq!(told(&world, &unproven, "leak_proven").await, 2);
    let hit = leak::find(&wallet.book, &unproven.id.to_string()).await.unwrap().unwrap();
    assert!(matches!(hit.state, HitState::Proving { .. }), "{hit:?}");
    world.later(DAY_SECS);
    sets_out(&world, &unproven).await.unwrap();

    let third = proven(&world, "third", 4).await;
    let other = load(&world, aoki, &list("B", &format!("customer,{}", third.id))).await;
    assert!(matches!(sets_out(&world, &third).await, Err(WalletError::Stopped)));
    for version in [&version, &other] {
        leak::ask_withdraw(&wallet.book, &ctx, aoki, (version, "forged")).await.unwrap();
        leak::withdraw(&wallet.book, &ctx, baba, version).await.unwrap();
    }
    for _ in 0..8 {
        wallet.let_go_leaks(&ctx).await.unwrap();
    }
    sets_out(&world, &third).await.unwrap();
    assert_eq!(told(&world, &hanako, "leak_over").await, 2, "who was let go is not told again");
}

#[tokio::test]
async fn whoever_is_on_no_list_confirms_with_the_same_answer_and_nobody_is_written_to() {
    let world = World::new().await;
    let mut hanako = proven(&world, "hanako", 1).await;
    let ctx = world.ctx();
    let (options, state) = world.wallet.start_proving(&ctx, hanako.id).await.unwrap();
    let response = hanako.phone.get(&options, ORIGIN).unwrap();
    world.wallet.prove_leak(&ctx, hanako.id, (&response, &state)).await.unwrap();
    assert_eq!(told(&world, &hanako, "leak_proven").await, 0);
    assert!(leak::find(&world.wallet.book, &hanako.id.to_string()).await.unwrap().is_none());
}
