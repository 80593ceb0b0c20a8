//! What the companies of 2020 ran, with some of today's controls before their pages: would that have
//! been enough? Whoever links is still asked for number and PIN alone.

use jiff::Timestamp;
use kanuki_bank::mandate::Mandate;
use kanuki_desk::cap::Cap;
use kanuki_domain::{
    Yen,
    limits::{BANK_PER_DAY, BANK_PER_MONTH},
    mandate::Cooling,
};
use kanuki_wallet::{Customer, Limit, link::Link, rules::Act};

use super::{BankRules2020, WalletRules2020};
use crate::policy::{
    Changes, Control,
    ablated::{account_caps, cooling_caps},
};

/// A bank of 2020 with what `changes` add.
#[derive(Clone, Debug)]
pub(crate) struct AddedBank {
    pub(crate) changes: Changes,
    pub(crate) shipped: kanuki_bank::StandardRules,
}

/// The wallet of 2020 with what `changes` add.
#[derive(Clone, Debug)]
pub(crate) struct AddedWallet {
    pub(crate) changes: Changes,
    pub(crate) shipped: kanuki_wallet::StandardRules,
}

impl kanuki_bank::Rules for AddedBank {
    fn caps(&self, mandate: &Mandate, now: Timestamp) -> Vec<Cap> {
        let mut caps = Vec::new();
        if self.changes.adds(Control::AccountCaps) {
            let shipped = (BANK_PER_DAY, BANK_PER_MONTH);
            let figures = self.changes.figures().account_caps.unwrap_or(shipped);
            caps.extend(account_caps(mandate, figures));
        }
        let is_cooling = mandate.state.cooling_until(now).is_some();
        if is_cooling && self.changes.adds(Control::Cooling) {
            caps.extend(cooling_caps(mandate));
        }
        caps
    }

    fn credit_caps(&self, mandate: &Mandate, now: Timestamp) -> Vec<Cap> {
        BankRules2020.credit_caps(mandate, now)
    }

    fn terms_max(&self) -> (Yen, Yen) {
        BankRules2020.terms_max()
    }

    fn cooling(&self) -> Cooling {
        if self.changes.adds(Control::Cooling) {
            return self.shipped.cooling();
        }
        BankRules2020.cooling()
    }

    fn raise_wait_secs(&self) -> i64 {
        BankRules2020.raise_wait_secs()
    }

    fn must_match(&self) -> bool {
        BankRules2020.must_match()
    }

    fn needs_signature(&self) -> bool {
        BankRules2020.needs_signature()
    }

    fn tells_holders(&self) -> bool {
        self.changes.adds(Control::BankNotices)
    }

    fn steps_up(&self) -> bool {
        BankRules2020.steps_up()
    }

    fn allows_overdraft(&self) -> bool {
        !self.changes.adds(Control::NoOverdraft)
    }

    fn listens_to_risk(&self) -> bool {
        self.changes.adds(Control::BankRisk)
    }

    fn waits_for_contacts(&self) -> bool {
        BankRules2020.waits_for_contacts()
    }
}

impl kanuki_wallet::Rules for AddedWallet {
    fn limits(
        &self,
        act: Act,
        customer: &Customer,
        link: Option<&Link>,
        now: Timestamp,
    ) -> Vec<Limit> {
        let mut limits = WalletRules2020.limits(act, customer, link, now);
        if self.changes.adds(Control::NewWallet) {
            let shipped = self.shipped.limits(act, customer, link, now);
            limits.extend(shipped.into_iter().filter(|limit| limit.kind.starts_with("new-wallet")));
        }
        limits
    }

    fn needs_identity_to_link(&self) -> bool {
        WalletRules2020.needs_identity_to_link()
    }

    fn tells_customers(&self) -> bool {
        self.changes.adds(Control::WalletNotices)
    }

    fn recovery_wait_secs(&self) -> i64 {
        WalletRules2020.recovery_wait_secs()
    }

    fn payout_wait_secs(&self) -> i64 {
        WalletRules2020.payout_wait_secs()
    }

    fn unfreeze_wait_secs(&self) -> i64 {
        WalletRules2020.unfreeze_wait_secs()
    }

    fn payment_proof_above(&self) -> Yen {
        WalletRules2020.payment_proof_above()
    }

    fn listens_to_risk(&self) -> bool {
        self.changes.adds(Control::WalletRisk)
    }
}
