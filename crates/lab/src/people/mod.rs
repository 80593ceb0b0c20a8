//! Who lives in the world: customers of three banks, half of whom will want a wallet.
//!
//! Everyone follows from the seed, so the same people meet every policy.

mod demo;
mod names;
mod pin;

use std::net::{IpAddr, Ipv4Addr};

use jiff::civil::{Date, date};
use kanuki_demo::{
    core::{CoreAccount, CoreCustomer},
    people::BANKS,
};
use kanuki_domain::{Masked, Yen, bank_account::AccountNumber};
use kanuki_jpki::{Sex, demo::DemoPerson};

use crate::sim::chance::Chance;
use names::{FAMILY, GIVEN, QUARTERS};

/// How a holder comes to their first passkey at the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enrolment {
    /// With a code that staff at a branch handed out.
    Branch,
    /// By a call from the number on file.
    Call,
    /// With a code from the bank's machine.
    Atm,
}

/// One person.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// How the trace names them.
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) kana: String,
    pub(crate) born_on: Date,
    pub(crate) sex: Sex,
    pub(crate) address: String,
    pub(crate) phone: String,
    pub(crate) email: String,
    /// Which of [`BANKS`].
    pub(crate) bank: usize,
    pub(crate) account: AccountNumber,
    pub(crate) opening: Yen,
    /// A time deposit (定期預金) beside the account, which lends to it when it is empty (総合口座).
    pub(crate) time_deposit: Yen,
    pub(crate) pin: String,
    pub(crate) enrolment: Enrolment,
    /// Where their telephone is on the network.
    pub(crate) network: IpAddr,
}

impl Person {
    /// As the core of their bank knows them.
    pub(crate) fn at_core(&self) -> CoreCustomer {
        CoreCustomer {
            customer_no: self.key.clone(),
            name: Masked::new(self.name.clone()),
            kana: Masked::new(self.kana.clone()),
            born_on: Masked::new(self.born_on),
            address: Masked::new(self.address.clone()),
            phone: Masked::new(self.phone.clone()),
            email: Masked::new(self.email.clone()),
            on_file_since: jiff::Timestamp::UNIX_EPOCH,
            online_banking: self.enrolment == Enrolment::Branch,
            accounts: vec![CoreAccount {
                number: self.account.clone(),
                opening: self.opening,
                time_deposit: self.time_deposit,
                has_overdraft: !self.time_deposit.is_zero(),
                pin: Masked::new(self.pin.clone()),
                closed: false,
            }],
        }
    }

    /// The serial number of their identity card.
    pub(crate) fn serial(&self) -> u64 {
        self.account.number().parse().unwrap_or(0)
    }

    /// What their identity card says.
    pub(crate) fn on_card(&self) -> DemoPerson {
        DemoPerson {
            name: self.name.clone(),
            address: self.address.clone(),
            born_on: self.born_on,
            sex: self.sex,
        }
    }
}

/// Everyone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Town {
    /// Who will want a wallet.
    pub(crate) customers: Vec<Person>,
    /// Who never does, and has savings: the victims are among them.
    pub(crate) bystanders: Vec<Person>,
    /// Who lends the thief a true name, with a genuine card and a small account.
    pub(crate) accomplices: Vec<Person>,
    /// Wallet companies beside the one of every town.
    pub(crate) more_wallets: usize,
    /// The bank that is the adversary, if one is.
    pub(crate) rogue_bank: Option<RogueAt>,
}

/// A bank that is the adversary.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RogueAt {
    /// Which of [`BANKS`].
    pub(crate) place: usize,
    /// What was agreed that its word alone may bring within a week.
    pub(crate) topups_per_week: Yen,
}

/// How many lend the thief their name, at the least.
const ACCOMPLICES: u32 = 3;
/// Crimes are after one bystander in so many; each has an accomplice of their own.
const BYSTANDERS_EACH: u32 = 40;
/// The most customers of a town: account numbers have seven digits, and gaps.
pub(crate) const CUSTOMERS_MAX: u32 = 35_000;
/// The most holders at one bank, for the same reason.
pub(crate) const HOLDERS_MAX: u32 = 1_200_000;

impl Town {
    /// `count` customers and as many bystanders.
    pub(crate) fn of(seed: u64, count: u32) -> Self {
        Self::with(seed, count, count)
    }

    /// So many customers, and so many bystanders.
    pub(crate) fn with(seed: u64, customers: u32, bystanders: u32) -> Self {
        let mut maker = Maker { chance: Chance::of(seed, "town"), made: 0 };
        let customers = (0..customers).filter_map(|_| maker.person(false)).collect();
        let bystanders: Vec<Person> = (0..bystanders).filter_map(|_| maker.person(true)).collect();
        let wanted = u32::try_from(bystanders.len())
            .unwrap_or(0)
            .div_euclid(BYSTANDERS_EACH)
            .max(ACCOMPLICES);
        let accomplices = (0..wanted).filter_map(|_| maker.person(false));
        let accomplices = accomplices.map(|person| Person {
            key: person.key.replace('p', "t"),
            enrolment: Enrolment::Branch,
            ..person
        });
        let accomplices = accomplices.collect();
        Self { customers, bystanders, accomplices, ..Self::default() }
    }

    /// `count` holders with accounts at the first bank, who want no wallet, and one customer.
    pub(crate) fn at_one_bank(seed: u64, count: u32) -> Self {
        let mut maker = Maker { chance: Chance::of(seed, "town"), made: 0 };
        let customers: Vec<Person> = maker.person(false).into_iter().collect();
        let branches = BANKS.first().map(|bank| bank.branches).unwrap_or_default();
        let bystanders = (0..count).filter_map(|number| {
            let place = usize::try_from(number).ok()?.checked_rem(branches.len())?;
            let (branch, _, _) = branches.get(place)?;
            let digits = Self::number_at_one_bank(number).to_string();
            let account = AccountNumber::parse(branch, &digits).ok()?;
            maker.person_with(true, |_, _| Some((0, account)))
        });
        Self { bystanders: bystanders.collect(), customers, ..Self::default() }
    }

    /// Seven apart from the next, as real numbers have gaps, and below everybody else's.
    const fn number_at_one_bank(number: u32) -> u32 {
        1_000_000_u32.saturating_add(number.saturating_mul(7))
    }

    /// Lets `person` have the account at another bank, under the same number.
    pub(crate) fn move_to(person: &mut Person, bank: usize) {
        let branch = BANKS.get(bank).and_then(|bank| bank.branches.first());
        let Some((branch, _, _)) = branch else { return };
        if let Ok(account) = AccountNumber::parse(branch, person.account.number()) {
            (person.bank, person.account) = (bank, account);
        }
    }

    /// Everyone with an account at the bank in this place.
    pub(crate) fn at_bank(&self, bank: usize) -> impl Iterator<Item = &Person> {
        let everyone = self.customers.iter().chain(&self.bystanders).chain(&self.accomplices);
        everyone.filter(move |person| person.bank == bank)
    }
}

struct Maker {
    chance: Chance,
    made: u32,
}

impl Maker {
    /// The next person; bystanders have more on their account.
    fn person(&mut self, saves: bool) -> Option<Person> {
        self.person_with(saves, account)
    }

    /// The same with an account of one's own choice.
    fn person_with(
        &mut self,
        saves: bool,
        account: impl FnOnce(&mut Chance, u32) -> Option<(usize, AccountNumber)>,
    ) -> Option<Person> {
        let number = self.made;
        self.made = self.made.saturating_add(1);
        let chance = &mut self.chance;
        let (family, family_kana) = *chance.pick(FAMILY)?;
        let (given, given_kana, sex) = *chance.pick(GIVEN)?;
        let born_on = born_on(chance)?;
        let (bank, account) = account(chance, number)?;
        let opening = if saves { chance.between(700, 3_000) } else { chance.between(80, 600) };
        let enrolment = match chance.below(100) {
            0..=69 => Enrolment::Branch,
            70..=84 => Enrolment::Call,
            _ => Enrolment::Atm,
        };
        Some(Person {
            key: format!("p{number:05}"),
            name: format!("{family} {given}"),
            kana: format!("{family_kana} {given_kana}"),
            born_on,
            sex,
            address: street(chance)?,
            phone: format!("0900{:07}", number.saturating_add(100_000)),
            email: format!("p{number:05}@example.jp"),
            bank,
            account,
            opening: Yen::new(opening.saturating_mul(1_000)).ok()?,
            time_deposit: Yen::ZERO,
            pin: pin::choose(chance, born_on),
            enrolment,
            network: network(chance),
        })
    }
}

fn born_on(chance: &mut Chance) -> Option<Date> {
    let year = i16::try_from(chance.between(1938, 2006)).ok()?;
    let days = i32::try_from(chance.below(365)).ok()?;
    date(year, 1, 1).checked_add(jiff::Span::new().days(days)).ok()
}

/// A bank and an account there: numbers begin with 9 and have gaps, as real ones do.
fn account(chance: &mut Chance, number: u32) -> Option<(usize, AccountNumber)> {
    let bank = usize::try_from(chance.below(u64::try_from(BANKS.len()).ok()?)).ok()?;
    let (branch, _, _) = chance.pick(BANKS.get(bank)?.branches)?;
    // Above those of the demo's sample people.
    let digits = 9_500_000_u64.saturating_add(u64::from(number).saturating_mul(7));
    let digits = digits.saturating_add(chance.below(7));
    Some((bank, AccountNumber::parse(branch, &digits.to_string()).ok()?))
}

fn street(chance: &mut Chance) -> Option<String> {
    let quarter = chance.pick(QUARTERS)?;
    let (block, lot, house) = (chance.between(1, 6), chance.between(1, 20), chance.between(1, 30));
    Some(format!("{quarter}{block}丁目{lot}番{house}号"))
}

/// An address of a mobile network: families and neighbors share a block.
pub(crate) fn network(chance: &mut Chance) -> IpAddr {
    let octet = |chance: &mut Chance, end| u8::try_from(chance.below(end)).unwrap_or(0);
    // TEST-NET ranges are too small for a town, so 100.64.0.0/10 (RFC 6598) it is.
    IpAddr::V4(Ipv4Addr::new(
        100,
        octet(chance, 64).saturating_add(64),
        octet(chance, 250),
        octet(chance, 250).saturating_add(1),
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn everyone_is_somebody_else_and_follows_from_the_seed() {
        let town = Town::of(7, 300);
        let everyone: Vec<&Person> = (0..3).flat_map(|bank| town.at_bank(bank)).collect();
        let accounts: BTreeSet<_> = everyone.iter().map(|p| (p.bank, &p.account)).collect();

        assert_eq!(accounts.len(), 607);
        assert!(everyone.iter().all(|p| p.account.number().starts_with('9')));
        let again = Town::of(7, 300);
        assert!(town.customers.iter().zip(&again.customers).all(|(a, b)| a.name == b.name));
    }

    /// A bank of a million once had 71,429 accounts: where numbers ran out, nobody was made, and
    /// nobody was told.
    #[test]
    fn the_largest_town_and_the_largest_bank_have_everybody_who_was_asked_for() {
        let town = Town::of(1, CUSTOMERS_MAX);
        let bank = Town::at_one_bank(1, HOLDERS_MAX.div_euclid(8));

        let count = |people: &[Person]| u32::try_from(people.len()).unwrap();
        assert_eq!([&town.customers, &town.bystanders].map(|p| count(p)), [CUSTOMERS_MAX; 2]);
        assert_eq!(count(&bank.bystanders), HOLDERS_MAX.div_euclid(8));
        let last = Town::number_at_one_bank(HOLDERS_MAX - 1);
        assert!(last < 9_500_000, "{last} may be somebody else's");
    }
}
