use kanuki_bank::BankError;
use kanuki_domain::route::Route;

use crate::world::{World, account};

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

#[tokio::test]
async fn an_activation_code_registers_one_passkey() {
    let mut world = World::new().await;
    world.holder_with_passkey("9000001").await;

    let again = world.bank.use_activation(&world.ctx(), "BRANCH9000001", "browser").await;

    assert!(matches!(again, Err(BankError::NotAvailable)), "{again:?}");
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
