//! Kanuki as it ships, but for some of its controls and figures. Every other answer is the shipped
//! one's.

use jiff::Timestamp;
use kanuki_bank::{StandardRules, mandate::Mandate};
use kanuki_desk::cap::Cap;
use kanuki_domain::{
    Yen,
    limits::{BANK_PER_DAY, BANK_PER_MONTH, COOLING_LINK, DAY_SECS, MONTH_SECS},
    mandate::{Cooling, Period},
};
use kanuki_wallet::{Customer, Limit, link::Link, rules::Act};

use super::{Changes, Control};

/// A bank's shipped rules without what is switched off.
#[derive(Clone, Debug)]
pub(super) struct AblatedBank {
    pub(super) changes: Changes,
    pub(super) shipped: StandardRules,
}

/// A wallet's shipped rules without what is switched off.
#[derive(Clone, Debug)]
pub(super) struct AblatedWallet {
    pub(super) changes: Changes,
    pub(super) shipped: kanuki_wallet::StandardRules,
}

/// The caps of the shipped rules that count by account and person, with these figures.
pub(super) fn account_caps(mandate: &Mandate, (day, month): (Yen, Yen)) -> [Cap; 4] {
    let (account, person) = (mandate.account_id, mandate.holder_id);
    [
        Cap::rolling("account-day", account, day, DAY_SECS),
        Cap::rolling("account-month", account, month, MONTH_SECS),
        Cap::rolling("person-day", person, day, DAY_SECS),
        Cap::rolling("person-month", person, month, MONTH_SECS),
    ]
}

/// Those that hold while a link cools.
pub(super) fn cooling_caps(mandate: &Mandate) -> [Cap; 2] {
    let window = if mandate.route.rests_on_a_code() { DAY_SECS } else { 0 };
    let first = mandate.route.rule().first_cap;
    [
        Cap::rolling("cooling", mandate.mandate_id, first, window),
        Cap::rolling("cooling-account", mandate.account_id, COOLING_LINK, DAY_SECS),
    ]
}

impl AblatedBank {
    /// A mandate for the most that is offered is one for the most that this policy offers: whoever asks
    /// what higher caps would cost is not told that holders never signed more.
    fn following(&self, mandate: &Mandate) -> Mandate {
        let mut mandate = mandate.clone();
        let Some((day, month)) = self.changes.figures().account_caps else { return mandate };
        for cap in &mut mandate.terms.periodic {
            let (shipped, figure) = match cap.period {
                Period::Day => (BANK_PER_DAY, day),
                Period::Month => (BANK_PER_MONTH, month),
                _ => continue,
            };
            if cap.amount == shipped {
                cap.amount = shipped.max(figure);
            }
        }
        mandate
    }
}

impl kanuki_bank::Rules for AblatedBank {
    fn caps(&self, mandate: &Mandate, now: Timestamp) -> Vec<Cap> {
        let shipped = account_caps(mandate, (BANK_PER_DAY, BANK_PER_MONTH));
        let (account, cooling) = (shipped, cooling_caps(mandate));
        let figures = self.changes.figures().account_caps;
        let stays = |cap: &Cap| {
            let of = if account.contains(cap) {
                Control::AccountCaps
            } else if cooling.contains(cap) {
                Control::Cooling
            } else {
                Control::MandateCaps
            };
            let is_replaced = of == Control::AccountCaps && figures.is_some();
            !self.changes.lacks(of) && !is_replaced
        };
        let mut caps: Vec<Cap> =
            self.shipped.caps(&self.following(mandate), now).into_iter().filter(stays).collect();
        if let Some(figures) = figures {
            caps.extend(account_caps(mandate, figures));
        }
        caps
    }

    fn credit_caps(&self, mandate: &Mandate, now: Timestamp) -> Vec<Cap> {
        if self.changes.lacks(Control::PayoutWaits) {
            return Vec::new();
        }
        self.shipped.credit_caps(mandate, now)
    }

    fn terms_max(&self) -> (Yen, Yen) {
        self.changes.figures().account_caps.unwrap_or_else(|| self.shipped.terms_max())
    }

    fn cooling(&self) -> Cooling {
        let cooling = self.shipped.cooling();
        if self.changes.lacks(Control::Cooling) {
            return Cooling { passkey_secs: 0, code_secs: 0, ..cooling };
        }
        cooling
    }

    fn raise_wait_secs(&self) -> i64 {
        if self.changes.lacks(Control::RaiseWait) {
            return 0;
        }
        let written = self.changes.figures().raise_wait_secs;
        written.unwrap_or_else(|| self.shipped.raise_wait_secs())
    }

    fn must_match(&self) -> bool {
        !self.changes.lacks(Control::OwnName)
    }

    fn needs_signature(&self) -> bool {
        !self.changes.lacks(Control::Signature)
    }

    fn tells_holders(&self) -> bool {
        !self.changes.lacks(Control::BankNotices)
    }

    fn waits_for_contacts(&self) -> bool {
        !self.changes.lacks(Control::ContactWaits)
    }

    fn half_caps(&self, mandate: &Mandate) -> Vec<Cap> {
        if self.changes.lacks(Control::ContactWaits) {
            return Vec::new();
        }
        // Half of a lower figure; of a higher one, no more than half of what ships.
        let figures = self.changes.figures().account_caps;
        let of = |(day, month)| self.shipped.clone().tightened(day, month).half_caps(mandate);
        figures.map_or_else(|| self.shipped.half_caps(mandate), of)
    }

    fn listens_to_risk(&self) -> bool {
        !self.changes.lacks(Control::BankRisk)
    }

    fn steps_up(&self) -> bool {
        !self.changes.lacks(Control::StepUp)
    }

    fn allows_overdraft(&self) -> bool {
        self.changes.lacks(Control::NoOverdraft)
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
            !(is("new-wallet") && self.changes.lacks(Control::NewWallet)
                || is("new-payout") && self.changes.lacks(Control::PayoutWaits)
                || is("recovered") && self.changes.lacks(Control::RecoveryWait))
        };
        self.shipped.limits(act, customer, link, now).into_iter().filter(stays).collect()
    }

    fn needs_identity_to_link(&self) -> bool {
        !self.changes.lacks(Control::IdentityToLink)
    }

    fn tells_customers(&self) -> bool {
        !self.changes.lacks(Control::WalletNotices)
    }

    fn recovery_wait_secs(&self) -> i64 {
        if self.changes.lacks(Control::RecoveryWait) {
            return 0;
        }
        let written = self.changes.figures().recovery_wait_secs;
        written.unwrap_or_else(|| self.shipped.recovery_wait_secs())
    }

    fn payout_wait_secs(&self) -> i64 {
        if self.changes.lacks(Control::PayoutWaits) {
            return 0;
        }
        let written = self.changes.figures().payout_wait_secs;
        written.unwrap_or_else(|| self.shipped.payout_wait_secs())
    }

    fn unfreeze_wait_secs(&self) -> i64 {
        self.shipped.unfreeze_wait_secs()
    }

    fn payment_proof_above(&self) -> Yen {
        if self.changes.lacks(Control::PaymentProof) {
            return Yen::MAX;
        }
        let written = self.changes.figures().payment_proof_above;
        written.unwrap_or_else(|| self.shipped.payment_proof_above())
    }

    fn caps_a_banks_word(&self) -> bool {
        !self.changes.lacks(Control::BankWord)
    }

    fn listens_to_risk(&self) -> bool {
        !self.changes.lacks(Control::WalletRisk)
    }
}
