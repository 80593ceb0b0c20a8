//! Who lives in the demo: the same people, banks, shop and staff every time.
//!
//! All of it is constant, so that a page, a test and a written walkthrough can name a person and
//! mean the same one. Bank codes 9901 to 9903 and account numbers that start with 9 belong to no
//! real institution; telephone numbers start with 0900000, which nobody is given.

mod bank;
mod list;
mod register;
mod staff;

use jiff::civil::Date;
use kanuki_domain::{Masked, Yen};
use kanuki_jpki::{Sex, demo::DemoPerson};

pub use bank::{BANKS, DemoBank, bank};
pub use list::{MERCHANT, Merchant, PEOPLE, person};
pub use register::{WALLET_COLLECTOR, registers_of};
pub use staff::{Desk, STAFF, Staff};

use crate::core::{CoreAccount, CoreCustomer, CoreError};

/// One deposit account of a demo person.
#[derive(Clone, Copy, Debug)]
pub struct DemoAccount {
    /// The bank's code, 9901 to 9903.
    pub bank: &'static str,
    /// Branch, three digits.
    pub branch: &'static str,
    /// Number, seven digits, the first of them 9.
    pub number: &'static str,
    /// What is on the ordinary deposit when the demo first starts.
    pub deposit: Yen,
    /// The time deposit beside it; nine tenths of it may be borrowed against (総合口座).
    pub time_deposit: Yen,
    /// Whether the account may be overdrawn against the time deposit.
    pub has_overdraft: bool,
    /// The four digits of the cash card. For the teller machine, and nowhere a proof of who asks.
    pub pin: &'static str,
}

/// A person of the demo.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// A short name for URLs and tests.
    pub key: &'static str,
    /// The bank's customer number.
    pub customer_no: &'static str,
    /// The name as registered, and so on the card: kanji, or Latin for a foreign resident.
    pub name: &'static str,
    /// The kanji name that the bank holds; empty where the bank holds only kana.
    pub bank_name: &'static str,
    /// The name in full-width katakana, as the bank holds it.
    pub kana: &'static str,
    /// The name in Latin letters, for the English pages.
    pub roma: &'static str,
    /// Birth date.
    pub born_on: Date,
    /// The registered address.
    pub address: &'static str,
    /// Sex, as registered.
    pub sex: Sex,
    /// Telephone, digits only.
    pub phone: &'static str,
    /// Mail address.
    pub email: &'static str,
    /// The password of the demo card's signature certificate.
    pub card_password: &'static str,
    /// The PIN of its certificate for user authentication.
    pub card_pin: &'static str,
    /// Whether the bank lets the person bank online today. Without it, enrolment comes first.
    pub has_online_banking: bool,
    /// Deposit accounts.
    pub accounts: &'static [DemoAccount],
}

/// Since when the demo's people have lived where they live.
const ON_FILE_SINCE: jiff::Timestamp = jiff::Timestamp::constant(1_555_945_200, 0);

impl Person {
    /// What the demo authority writes into the person's certificate.
    #[must_use]
    pub fn on_card(&self) -> DemoPerson {
        DemoPerson {
            name: self.name.to_owned(),
            address: self.address.to_owned(),
            born_on: self.born_on,
            sex: self.sex,
        }
    }

    /// The person's accounts at the bank with `code`.
    pub fn accounts_at(&self, code: &str) -> impl Iterator<Item = &'static DemoAccount> + use<> {
        let code = code.to_owned();
        self.accounts.iter().filter(move |account| account.bank == code)
    }

    /// The person as the core of the bank with `code` knows them; `None` for no customer of it.
    pub fn at_core(&self, code: &str) -> Result<Option<CoreCustomer>, CoreError> {
        let accounts: Vec<CoreAccount> =
            self.accounts_at(code).map(CoreAccount::of_demo).collect::<Result<_, _>>()?;
        if accounts.is_empty() {
            return Ok(None);
        }
        Ok(Some(CoreCustomer {
            customer_no: self.customer_no.to_owned(),
            name: Masked::new(self.bank_name.to_owned()),
            kana: Masked::new(self.kana.to_owned()),
            born_on: Masked::new(self.born_on),
            address: Masked::new(self.address.to_owned()),
            phone: Masked::new(self.phone.to_owned()),
            email: Masked::new(self.email.to_owned()),
            on_file_since: ON_FILE_SINCE,
            online_banking: self.has_online_banking,
            accounts,
        }))
    }
}

/// Everyone whom the core of the bank with `code` knows.
pub fn customers_of(code: &str) -> Result<Vec<CoreCustomer>, CoreError> {
    let known: Vec<Option<CoreCustomer>> =
        PEOPLE.iter().map(|person| person.at_core(code)).collect::<Result<_, _>>()?;
    Ok(known.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests;
