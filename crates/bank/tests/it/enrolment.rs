use kanuki_bank::{BankError, stop::Stoppable};
use kanuki_domain::{limits::DAY_SECS, route::Route};

use crate::{
    stopping::stop_code_of,
    world::{World, account},
};

#[tokio::test]
async fn only_a_call_from_the_number_on_file_proves() {
    let world = World::new().await;
    let start = async |number: &str| {
        world
            .bank
            .start_enrolment(&world.ctx(), &account(number), Route::Call, "browser")
            .await
            .unwrap()
    };

    let (_, reference) = start("9000001").await;
    let called =
        async |from: &str, code: &str| world.bank.call_received(&world.ctx(), from, code).await;
    assert!(!called("09099999999", &reference).await.unwrap());
    assert!(!called("09011112222", "12345678").await.unwrap());
    assert!(!called("", &reference).await.unwrap());
    assert!(called("090-1111-2222", &reference).await.unwrap());

    // An account that does not exist looks the same and leads nowhere.
    let (id, reference) = start("9999999").await;
    assert_eq!(reference.len(), 8);
    assert!(!called("09011112222", &reference).await.unwrap());
    let refused = world.bank.start_registration(&world.ctx(), id, "browser").await;
    assert!(matches!(refused, Err(BankError::NotAvailable)));
}

#[tokio::test]
async fn an_atm_code_belongs_to_one_browser_and_five_tries() {
    let world = World::new().await;
    let (id, reference) = world
        .bank
        .start_enrolment(&world.ctx(), &account("9000002"), Route::Atm, "mine")
        .await
        .unwrap();
    let code = world.bank.atm_code(&world.ctx(), &account("9000002"), &reference).await;
    let code = code.unwrap().unwrap();
    let enter = async |browser: &str, code: &str| {
        world.bank.enter_code(&world.ctx(), id, browser, code).await
    };

    assert!(matches!(enter("theirs", &code).await, Err(BankError::NotAvailable)));
    for _ in 0..5 {
        assert!(matches!(enter("mine", "0000000000").await, Err(BankError::NotAvailable)));
    }
    let locked = enter("mine", &code).await;
    assert!(matches!(locked, Err(BankError::TooMany)), "{locked:?}");
}

/// Whoever talks a counter's code out of its holder has nothing: it counts on the holder's page.
#[tokio::test]
async fn a_code_from_the_counter_counts_on_the_page_whose_reference_was_brought() {
    let mut world = World::new().await;
    let start = async |browser: &str| {
        let ctx = world.ctx();
        world.bank.start_enrolment(&ctx, &account("9000001"), Route::Branch, browser).await.unwrap()
    };
    let (hers, reference) = start("hers").await;
    let (his, _) = start("a thief's").await;
    let hand_out = async |number: &str, reference: &str| {
        world.bank.activate_at_branch(&world.ctx(), &account(number), reference).await.unwrap()
    };
    let enter = async |id, browser: &str, code: &str| {
        world.bank.enter_code(&world.ctx(), id, browser, code).await
    };
    assert_eq!(hand_out("9000002", &reference).await, None, "somebody else's page");
    assert_eq!(hand_out("9999999", &reference).await, None, "no account");
    assert_eq!(hand_out("9000001", "12345678").await, None, "no page");
    let first = hand_out("9000001", &reference).await.unwrap();
    let code = hand_out("9000001", &reference).await.unwrap();

    assert!(enter(his, "a thief's", &code).await.is_err());
    assert!(enter(hers, "a thief's", &code).await.is_err());
    assert!(enter(hers, "hers", &first).await.is_err(), "void since the second was handed out");
    enter(hers, "hers", &code).await.unwrap();
    assert!(enter(hers, "hers", &code).await.is_err(), "it proves once");
    assert_eq!(hand_out("9000001", &reference).await, None, "the page waits no more");

    world.wait(60);
    let (later, reference) = world
        .bank
        .start_enrolment(&world.ctx(), &account("9000001"), Route::Branch, "hers")
        .await
        .unwrap();
    let code =
        world.bank.activate_at_branch(&world.ctx(), &account("9000001"), &reference).await.unwrap();
    world.wait(DAY_SECS);
    let late = world.bank.enter_code(&world.ctx(), later, "hers", &code.unwrap()).await;
    assert!(
        matches!(late, Err(BankError::NotAvailable)),
        "a day after it was handed out: {late:?}"
    );
}

/// The holder may have been sent to the counter, or somebody may have stood there in their name.
#[tokio::test]
async fn whoever_was_handed_a_code_is_told_and_can_stop_it_and_what_came_of_it() {
    let mut world = World::new().await;
    let stopped = async |world: &World, code: &str| world.bank.stop(&world.ctx(), code).await;
    let prove = async |world: &World, browser: &str| {
        let (bank, ctx, at) = (&world.bank, world.ctx(), account("9000001"));
        let started = bank.start_enrolment(&ctx, &at, Route::Branch, browser).await;
        let (id, reference) = started.unwrap();
        let code = bank.activate_at_branch(&ctx, &at, &reference).await.unwrap().unwrap();
        (id, code)
    };

    let (id, code) = prove(&world, "one").await;
    let stop = stop_code_of(&world, "code_handed_out").await;
    let shown = world.bank.preview_stop(&world.ctx(), &stop).await.unwrap();
    assert!(matches!(shown, Stoppable::HandedOut { is_stopped: false }), "{shown:?}");
    stopped(&world, &stop).await.unwrap();
    assert!(world.bank.enter_code(&world.ctx(), id, "one", &code).await.is_err());

    world.wait(60);
    let holder = world.holder_with_passkey("9000001").await;
    assert_eq!(world.bank.passkeys(holder).await.unwrap().len(), 1);
    let stop = stop_code_of(&world, "code_handed_out").await;
    let shown = world.bank.preview_stop(&world.ctx(), &stop).await.unwrap();
    assert!(matches!(shown, Stoppable::Passkey { is_stopped: false }), "{shown:?}");
    stopped(&world, &stop).await.unwrap();
    assert!(world.bank.passkeys(holder).await.unwrap().is_empty());
}

/// A stranger who starts later must not be handed what the holder's own card asks for.
#[tokio::test]
async fn the_machine_prints_for_the_page_whose_reference_was_typed_and_for_no_newer_one() {
    let world = World::new().await;
    let start = async |browser: &str| {
        let ctx = world.ctx();
        world.bank.start_enrolment(&ctx, &account("9000001"), Route::Atm, browser).await.unwrap()
    };
    let (hers, reference) = start("hers").await;
    let (his, _) = start("a stranger's").await;

    let print = async |number: &str, reference: &str| {
        world.bank.atm_code(&world.ctx(), &account(number), reference).await.unwrap()
    };
    assert_eq!(print("9000002", &reference).await, None, "another card");
    assert_eq!(print("9000001", "").await, None);
    let code = print("9000001", &reference).await.unwrap();

    let stolen = world.bank.enter_code(&world.ctx(), his, "a stranger's", &code).await;
    assert!(matches!(stolen, Err(BankError::NotAvailable)), "{stolen:?}");
    world.bank.enter_code(&world.ctx(), hers, "hers", &code).await.unwrap();
}
