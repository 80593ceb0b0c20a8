//! Kanuki as it ships, but for some of its controls. Every other answer is the shipped one's.

use jiff::Timestamp;
use kanuki_bank::{StandardRules, mandate::Mandate};
use kanuki_desk::cap::Cap;
use kanuki_domain::{
    Yen,
    limits::{BANK_PER_DAY, BANK_PER_MONTH, COOLING_LINK, DAY_SECS, MONTH_SECS},
    mandate::Cooling,
};
use kanuki_wallet::{Customer, Limit, link::Link, rules::Act};

use super::control::{Control, Off};

/// A bank's shipped rules without what is switched off.
#[derive(Clone, Debug)]
pub(super) struct AblatedBank {
    pub(super) off: Off,
    pub(super) shipped: StandardRules,
}

/// A wallet's shipped rules without what is switched off.
#[derive(Clone, Debug)]
pub(super) struct AblatedWallet {
    pub(super) off: Off,
    pub(super) shipped: kanuki_wallet::StandardRules,
}

/// The caps of the shipped rules that count by account and person.
fn account_caps(mandate: &Mandate) -> [Cap; 4] {
    let (account, person) = (mandate.account_id, mandate.holder_id);
    [
        Cap::rolling("account-day", account, BANK_PER_DAY, DAY_SECS),
        Cap::rolling("account-month", account, BANK_PER_MONTH, MONTH_SECS),
        Cap::rolling("person-day", person, BANK_PER_DAY, DAY_SECS),
        Cap::rolling("person-month", person, BANK_PER_MONTH, MONTH_SECS),
    ]
}

/// Those that hold while a link cools.
fn cooling_caps(mandate: &Mandate) -> [Cap; 2] {
    let window = if mandate.route.rests_on_a_code() { DAY_SECS } else { 0 };
    let first = mandate.route.rule().first_cap;
    [
        Cap::rolling("cooling", mandate.mandate_id, first, window),
        Cap::rolling("cooling-account", mandate.account_id, COOLING_LINK, DAY_SECS),
    ]
}

impl kanuki_bank::Rules for AblatedBank {
    fn caps(&self, mandate: &Mandate, now: Timestamp) -> Vec<Cap> {
        let (account, cooling) = (account_caps(mandate), cooling_caps(mandate));
        let stays = |cap: &Cap| {
            let of = if account.contains(cap) {
                Control::AccountCaps
            } else if cooling.contains(cap) {
                Control::Cooling
            } else {
                Control::MandateCaps
            };
            !self.off.has(of)
        };
        self.shipped.caps(mandate, now).into_iter().filter(stays).collect()
    }

    fn credit_caps(&self, mandate: &Mandate, now: Timestamp) -> Vec<Cap> {
        if self.off.has(Control::PayoutWaits) {
            return Vec::new();
        }
        self.shipped.credit_caps(mandate, now)
    }

    fn terms_max(&self) -> (Yen, Yen) {
        self.shipped.terms_max()
    }

    fn cooling(&self) -> Cooling {
        let cooling = self.shipped.cooling();
        if self.off.has(Control::Cooling) {
            return Cooling { passkey_secs: 0, code_secs: 0, ..cooling };
        }
        cooling
    }

    fn raise_wait_secs(&self) -> i64 {
        if self.off.has(Control::RaiseWait) { 0 } else { self.shipped.raise_wait_secs() }
    }

    fn must_match(&self) -> bool {
        !self.off.has(Control::OwnName)
    }

    fn needs_signature(&self) -> bool {
        !self.off.has(Control::Signature)
    }

    fn tells_holders(&self) -> bool {
        !self.off.has(Control::BankNotices)
    }

    fn waits_for_contacts(&self) -> bool {
        !self.off.has(Control::ContactWaits)
    }

    fn half_caps(&self, mandate: &Mandate) -> Vec<Cap> {
        if self.off.has(Control::ContactWaits) {
            return Vec::new();
        }
        self.shipped.half_caps(mandate)
    }

    fn listens_to_risk(&self) -> bool {
        !self.off.has(Control::BankRisk)
    }

    fn steps_up(&self) -> bool {
        !self.off.has(Control::StepUp)
    }

    fn allows_overdraft(&self) -> bool {
        self.off.has(Control::NoOverdraft)
    }

    fn locks_unlinked_accounts(&self) -> bool {
        self.shipped.locks_unlinked_accounts()
    }
}

impl kanuki_wallet::Rules for AblatedWallet {
    fn limits(
        &self,
        act: Act,
        customer: &Customer,
        link: Option<&Link>,
        now: Timestamp,
    ) -> Vec<Limit> {
        let stays = |limit: &Limit| {
            let is = |start: &str| limit.kind.starts_with(start);
            !(is("new-wallet") && self.off.has(Control::NewWallet)
                || is("new-payout") && self.off.has(Control::PayoutWaits)
                || is("recovered") && self.off.has(Control::RecoveryWait))
        };
        self.shipped.limits(act, customer, link, now).into_iter().filter(stays).collect()
    }

    fn needs_identity_to_link(&self) -> bool {
        !self.off.has(Control::IdentityToLink)
    }

    fn tells_customers(&self) -> bool {
        !self.off.has(Control::WalletNotices)
    }

    fn recovery_wait_secs(&self) -> i64 {
        if self.off.has(Control::RecoveryWait) { 0 } else { self.shipped.recovery_wait_secs() }
    }

    fn payout_wait_secs(&self) -> i64 {
        if self.off.has(Control::PayoutWaits) { 0 } else { self.shipped.payout_wait_secs() }
    }

    fn unfreeze_wait_secs(&self) -> i64 {
        self.shipped.unfreeze_wait_secs()
    }

    fn payment_proof_above(&self) -> Yen {
        if self.off.has(Control::PaymentProof) {
            return Yen::MAX;
        }
        self.shipped.payment_proof_above()
    }

    fn listens_to_risk(&self) -> bool {
        !self.off.has(Control::WalletRisk)
    }
}
