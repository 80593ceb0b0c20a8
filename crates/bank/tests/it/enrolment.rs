use kanuki_bank::{BankError, holder::enrol::Proof};

use crate::world::{World, account};

#[tokio::test]
async fn only_a_call_from_the_number_on_file_proves() {
    let world = World::new().await;
    let start = async |number: &str| {
        world
            .bank
            .start_enrolment(&world.ctx(), &account(number), Proof::Call, "browser")
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
    let (id, _) = world
        .bank
        .start_enrolment(&world.ctx(), &account("9000002"), Proof::Atm, "mine")
        .await
        .unwrap();
    let code = world.bank.atm_code(&world.ctx(), &account("9000002")).await.unwrap().unwrap();
    let enter = async |browser: &str, code: &str| {
        world.bank.enter_atm_code(&world.ctx(), id, browser, code).await
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
