//! The sample people of `kanuki up`, as holders whom a thief is after.

use kanuki_demo::people::{BANKS, PEOPLE, Person as Sample};
use kanuki_domain::bank_account::AccountNumber;

use super::{Enrolment, Person, Town, network};
use crate::sim::chance::Chance;

impl Town {
    /// Those who have an account at one of the first `banks` banks; nobody else lives here.
    pub(crate) fn of_demo(banks: usize) -> Self {
        let mut chance = Chance::of(0, "where the sample people are");
        let bystanders = PEOPLE.iter().filter_map(|sample| person(sample, banks, &mut chance));
        Self { bystanders: bystanders.collect(), ..Self::default() }
    }
}

fn person(sample: &Sample, banks: usize, chance: &mut Chance) -> Option<Person> {
    let place = |code: &str| BANKS.iter().take(banks).position(|bank| bank.code == code);
    let (bank, account) =
        sample.accounts.iter().find_map(|account| Some((place(account.bank)?, account)))?;
    Some(Person {
        key: sample.key.to_owned(),
        name: sample.name.to_owned(),
        kana: sample.kana.to_owned(),
        born_on: sample.born_on,
        sex: sample.sex,
        address: sample.address.to_owned(),
        phone: sample.phone.to_owned(),
        email: sample.email.to_owned(),
        bank,
        account: AccountNumber::parse(account.branch, account.number).ok()?,
        opening: account.deposit,
        time_deposit: account.time_deposit,
        pin: account.pin.to_owned(),
        enrolment: Enrolment::Branch,
        network: network(chance),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_holders_of_the_banks_that_were_named_are_there() {
        assert_eq!(Town::of_demo(3).bystanders.len(), PEOPLE.len());
        let first = Town::of_demo(1);
        assert!(!first.bystanders.is_empty() && first.bystanders.iter().all(|p| p.bank == 0));
    }
}
