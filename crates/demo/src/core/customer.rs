//! Who the core knows: its customers and their accounts, constant for as long as it runs.

use jiff::{Timestamp, civil::Date};
use kanuki_domain::{Masked, Yen, bank_account::AccountNumber};

use super::CoreError;
use crate::people::DemoAccount;

/// The most that may be borrowed against a time deposit, whatever its size.
const OVERDRAFT_MAX: Yen = Yen::of(2_000_000);

/// A customer of the bank, as the core holds them.
#[derive(Clone, Debug)]
pub struct CoreCustomer {
    /// The bank's own number for the person.
    pub customer_no: String,
    /// Kanji or Latin name; empty where the bank holds only kana.
    pub name: Masked<String>,
    /// Name in full-width katakana.
    pub kana: Masked<String>,
    /// Birth date.
    pub born_on: Masked<Date>,
    /// Address; empty where the bank holds none.
    pub address: Masked<String>,
    /// Telephone, digits only; empty where the bank holds none.
    pub phone: Masked<String>,
    /// Mail address; empty where the bank holds none.
    pub email: Masked<String>,
    /// Since when telephone, mail and address are what they are.
    pub on_file_since: Timestamp,
    /// Whether the person banks online today.
    pub online_banking: bool,
    /// Deposit accounts.
    pub accounts: Vec<CoreAccount>,
}

/// One ordinary deposit account (普通預金), perhaps with a time deposit to borrow against.
#[derive(Clone, Debug)]
pub struct CoreAccount {
    /// Branch and number.
    pub number: AccountNumber,
    /// What is on it when the core first starts.
    pub opening: Yen,
    /// The time deposit (定期預金) beside it; it does not move.
    pub time_deposit: Yen,
    /// Whether it may be overdrawn against the time deposit (総合口座の当座貸越).
    pub has_overdraft: bool,
    /// The four digits of the cash card.
    pub pin: Masked<String>,
    /// Closed by the customer: nothing moves any more.
    pub closed: bool,
}

impl CoreAccount {
    /// The account of a demo person.
    pub fn of_demo(account: &DemoAccount) -> Result<Self, CoreError> {
        let number = AccountNumber::parse(account.branch, account.number)
            .map_err(|_| CoreError::NotAnAccount)?;
        Ok(Self {
            number,
            opening: account.deposit,
            time_deposit: account.time_deposit,
            has_overdraft: account.has_overdraft,
            pin: Masked::new(account.pin.to_owned()),
            closed: false,
        })
    }

    /// How much may be borrowed in all: nine tenths of the time deposit, rounded down, and no
    /// more than two million yen. Zero without the overdraft.
    #[must_use]
    pub fn overdraft_limit(&self) -> Yen {
        if !self.has_overdraft {
            return Yen::ZERO;
        }
        let nine_tenths = self.time_deposit.amount().saturating_mul(9).checked_div(10);
        Yen::new(nine_tenths.unwrap_or(0)).unwrap_or(Yen::ZERO).min(OVERDRAFT_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_tenths_of_the_time_deposit_may_be_borrowed() {
        let account = |time_deposit, has_overdraft| CoreAccount {
            number: AccountNumber::parse("101", "9000001").unwrap(),
            opening: Yen::ZERO,
            time_deposit,
            has_overdraft,
            pin: Masked::default(),
            closed: false,
        };

        assert_eq!(account(Yen::of(1_000_000), true).overdraft_limit(), Yen::of(900_000));
        assert_eq!(account(Yen::of(11), true).overdraft_limit(), Yen::of(9));
        assert_eq!(account(Yen::of(1_000_000), false).overdraft_limit(), Yen::ZERO);
        assert_eq!(account(Yen::of(9_000_000), true).overdraft_limit(), OVERDRAFT_MAX);
    }
}
