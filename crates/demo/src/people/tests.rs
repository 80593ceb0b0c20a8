use std::collections::BTreeSet;

use kanuki_domain::bank_account::{AccountNumber, BankCode};

use super::*;

#[test]
fn nobody_could_be_mistaken_for_a_real_customer() {
    for person in PEOPLE {
        for account in person.accounts {
            assert!(account.number.starts_with('9'), "{}", person.key);
            assert!(AccountNumber::parse(account.branch, account.number).is_ok(), "{}", person.key);
            assert!(bank(account.bank).is_some(), "{}", person.key);
        }
        assert!(person.phone.starts_with("0900000"), "{}", person.key);
        assert!(person.email.ends_with("@example.jp"), "{}", person.key);
    }
    for bank in BANKS {
        assert!(BankCode::parse(bank.code).is_ok());
        assert!(bank.code.starts_with("99"));
    }
}

#[test]
fn names_of_things_are_not_given_twice() {
    let keys: BTreeSet<_> = PEOPLE.iter().map(|person| person.key).collect();
    let numbers: BTreeSet<_> = PEOPLE.iter().map(|person| person.customer_no).collect();
    let phones: BTreeSet<_> = PEOPLE.iter().map(|person| person.phone).collect();
    let accounts: Vec<_> = PEOPLE.iter().flat_map(|person| person.accounts).collect();
    let places: BTreeSet<_> = accounts.iter().map(|a| (a.bank, a.branch, a.number)).collect();

    assert_eq!([keys.len(), numbers.len(), phones.len()], [PEOPLE.len(); 3]);
    assert_eq!(places.len(), accounts.len());
}

#[test]
fn card_passwords_are_what_a_card_accepts() {
    for person in PEOPLE {
        assert!((6..=16).contains(&person.card_password.len()), "{}", person.key);
        let is_upper = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        assert!(person.card_password.bytes().all(is_upper), "{}", person.key);
        let is_pin =
            person.card_pin.len() == 4 && person.card_pin.bytes().all(|b| b.is_ascii_digit());
        assert!(is_pin, "{}", person.key);
    }
}

#[test]
fn the_people_of_the_written_walkthrough_exist() {
    let of = |key| person(key).unwrap();

    assert!(of("hanako").has_online_banking && of("hanako").accounts_at("9901").count() > 0);
    assert!(!of("ken").has_online_banking && of("ken").accounts_at("9902").count() > 0);
    assert!(of("tome").accounts_at("9901").any(|a| a.has_overdraft && !a.time_deposit.is_zero()));
    assert_eq!((of("maria").kana, of("maria").bank_name), ("マリア サントス", ""));
    assert!(of("ichiro").accounts_at("9901").count() > 0);
}

#[test]
fn every_desk_has_two_members_of_staff() {
    let desks = [Desk::Wallet, Desk::Bank("9901"), Desk::Bank("9902"), Desk::Bank("9903")];
    for desk in desks {
        assert_eq!(STAFF.iter().filter(|staff| staff.desk == desk).count(), 2, "{desk:?}");
    }
}

#[test]
fn a_core_knows_its_own_customers_only() {
    let known = customers_of("9902").unwrap();

    assert!(known.iter().any(|c| c.customer_no == person("ken").unwrap().customer_no));
    assert!(!known.iter().any(|c| c.customer_no == person("tome").unwrap().customer_no));
}
