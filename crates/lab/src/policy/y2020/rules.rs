//! The rules of 2020 behind the strategy points of wallet and bank.

use jiff::Timestamp;
use kanuki_bank::mandate::Mandate;
use kanuki_desk::cap::Cap;
use kanuki_domain::{Yen, limits::COOLING, mandate::Cooling};
use kanuki_wallet::{Customer, Limit, link::Link, rules::Act};

use crate::sim::clock::japan;

/// The most that one charge could be.
pub(crate) const CHARGE_MAX: Yen = Yen::of(100_000);
/// The most by calendar month and wallet.
pub(crate) const MONTH_MAX: Yen = Yen::of(300_000);

/// The banks: no caps of their own, no cool-off, no comparing, no telling.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BankRules2020;

impl kanuki_bank::Rules for BankRules2020 {
    fn caps(&self, _mandate: &Mandate, _now: Timestamp) -> Vec<Cap> {
        Vec::new()
    }

    fn credit_caps(&self, _mandate: &Mandate, _now: Timestamp) -> Vec<Cap> {
        Vec::new()
    }

    fn terms_max(&self) -> (Yen, Yen) {
        (MONTH_MAX, MONTH_MAX)
    }

    fn cooling(&self) -> Cooling {
        Cooling { passkey_secs: 0, code_secs: 0, ..COOLING }
    }

    fn raise_wait_secs(&self) -> i64 {
        0
    }

    fn must_match(&self) -> bool {
        false
    }

    fn needs_signature(&self) -> bool {
        false
    }

    fn tells_holders(&self) -> bool {
        false
    }

    fn steps_up(&self) -> bool {
        false
    }

    fn allows_overdraft(&self) -> bool {
        true
    }

    fn listens_to_risk(&self) -> bool {
        false
    }

    fn waits_for_contacts(&self) -> bool {
        false
    }
}

/// The wallet: one cap, by wallet and calendar month.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WalletRules2020;

impl kanuki_wallet::Rules for WalletRules2020 {
    fn limits(
        &self,
        act: Act,
        customer: &Customer,
        _link: Option<&Link>,
        now: Timestamp,
    ) -> Vec<Limit> {
        if act != Act::Topup {
            return Vec::new();
        }
        // A cap that never comes back, but another one each month: all of it is there again at
        // midnight of the first.
        let month = japan(now).date();
        let kind = format!("2020-month-{}-{:02}", month.year(), month.month());
        vec![Limit::new(kind, customer.wallet_id, MONTH_MAX, 0)]
    }

    fn needs_identity_to_link(&self) -> bool {
        false
    }

    fn tells_customers(&self) -> bool {
        false
    }

    fn recovery_wait_secs(&self) -> i64 {
        0
    }

    fn payout_wait_secs(&self) -> i64 {
        0
    }

    fn unfreeze_wait_secs(&self) -> i64 {
        0
    }

    fn payment_proof_above(&self) -> Yen {
        Yen::MAX
    }

    fn listens_to_risk(&self) -> bool {
        false
    }
}
