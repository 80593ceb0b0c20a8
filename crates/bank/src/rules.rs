//! Where a bank's policy can differ. Served banks have exactly one: [`StandardRules`].
//!
//! The attack lab keeps what the incident's parties ran as types of its own; no configuration of
//! a served bank can name them.

use jiff::Timestamp;
use kanuki_desk::cap::Cap;
use kanuki_domain::{
    Yen,
    limits::{
        BANK_PER_DAY, BANK_PER_MONTH, COOLING, COOLING_LINK, CREDIT_PER_DAY, CREDIT_PER_MONTH,
        DAY_SECS, MONTH_SECS, NEW_CREDIT_PER_DAY, NEW_PAYOUT_SECS, RAISE_WAIT_SECS,
    },
    mandate::{Cooling, later},
};

use crate::mandate::{Mandate, caps::own_caps};

/// The strategy points of a bank.
pub trait Rules: Send + Sync + std::fmt::Debug {
    /// Every cap that one debit under `mandate` draws on at `now`.
    fn caps(&self, mandate: &Mandate, now: Timestamp) -> Vec<Cap>;

    /// Every cap that one payout to the account of `mandate` draws on at `now`, besides what was
    /// agreed with its partner.
    fn credit_caps(&self, mandate: &Mandate, now: Timestamp) -> Vec<Cap> {
        let (account, id) = (mandate.account_id, mandate.mandate_id);
        let mut caps = vec![
            Cap::rolling("credit-account-day", account, CREDIT_PER_DAY, DAY_SECS),
            Cap::rolling("credit-mandate-month", id, CREDIT_PER_MONTH, MONTH_SECS),
        ];
        if now < later(mandate.signed_at, NEW_PAYOUT_SECS) {
            caps.push(Cap::rolling("credit-new", id, NEW_CREDIT_PER_DAY, DAY_SECS));
        }
        caps
    }

    /// The widest terms the bank grants: per day and per month.
    fn terms_max(&self) -> (Yen, Yen);

    /// How long links cool.
    fn cooling(&self) -> Cooling;

    /// How long a raised cap waits, in seconds.
    fn raise_wait_secs(&self) -> i64;

    /// Whether the wallet's verified facts must match the bank's own.
    fn must_match(&self) -> bool;

    /// Whether a mandate that nobody signed moves nothing, whenever and under whatever rules it was made.
    fn needs_signature(&self) -> bool {
        true
    }

    /// Whether holders are told through the contacts that the bank has on file (FT-21).
    fn tells_holders(&self) -> bool;

    /// Whether a changed contact or a new device makes what is new wait (FT-12, BK-03).
    fn waits_for_contacts(&self) -> bool {
        true
    }

    /// What a debit draws on besides [`Rules::caps`] for a day after a contact changed: half of
    /// what it could take otherwise.
    fn half_caps(&self, mandate: &Mandate) -> Vec<Cap> {
        let half = |amount: Yen| amount.half_down().max(Yen::of(1));
        let (account, person) = (mandate.account_id.to_string(), mandate.holder_id.to_string());
        let (day, _) = self.terms_max();
        let least = mandate.terms.periodic.iter().map(|cap| cap.amount).min();
        let own = least.unwrap_or(day).min(day);
        // The amount is part of the name: an account that was opened keeps the credit it began with.
        let of = |kind: &str, id: String, whole: Yen| {
            let kind = format!("{kind}-half-{}", whole.amount());
            Cap::rolling(&kind, id, half(whole), DAY_SECS)
        };
        vec![
            of("account", account, day),
            of("person", person, day),
            of("mandate", mandate.mandate_id.to_string(), own),
        ]
    }

    /// Whether the risk engine is obeyed.
    fn listens_to_risk(&self) -> bool;

    /// Whether a debit outside of what its holder agreed to can be signed by them (RFC 9470);
    /// otherwise it is refused, and devices are not looked at.
    fn steps_up(&self) -> bool;

    /// Whether a debit may draw on an overdraft.
    fn allows_overdraft(&self) -> bool;

    /// Whether accounts that were never linked are locked against new links until their holder
    /// opens them.
    fn locks_unlinked_accounts(&self) -> bool {
        false
    }
}

/// The rules of `docs/defaults.md`, perhaps tightened.
#[derive(Clone, Debug)]
pub struct StandardRules {
    per_day: Yen,
    per_month: Yen,
    locks_unlinked: bool,
}

impl Default for StandardRules {
    fn default() -> Self {
        Self { per_day: BANK_PER_DAY, per_month: BANK_PER_MONTH, locks_unlinked: false }
    }
}

impl StandardRules {
    /// The same with lower caps; a value above the default stays at the default.
    #[must_use]
    pub fn tightened(self, per_day: Yen, per_month: Yen) -> Self {
        Self {
            per_day: self.per_day.min(per_day),
            per_month: self.per_month.min(per_month),
            ..self
        }
    }

    /// The same, with every account that was never linked locked until its holder opens it.
    #[must_use]
    pub fn locking_unlinked(self) -> Self {
        Self { locks_unlinked: true, ..self }
    }
}

impl Rules for StandardRules {
    fn caps(&self, mandate: &Mandate, now: Timestamp) -> Vec<Cap> {
        let (account, person) = (mandate.account_id.to_string(), mandate.holder_id.to_string());
        let id = mandate.mandate_id.to_string();
        let rolling = |kind: &str, id: &String, amount, secs| Cap::rolling(kind, id, amount, secs);
        let mut caps = vec![
            rolling("account-day", &account, BANK_PER_DAY, DAY_SECS),
            rolling("account-month", &account, BANK_PER_MONTH, MONTH_SECS),
            rolling("person-day", &person, BANK_PER_DAY, DAY_SECS),
            rolling("person-month", &person, BANK_PER_MONTH, MONTH_SECS),
        ];
        // A mandate's own can only narrow these.
        caps.extend(own_caps(mandate.mandate_id, &mandate.terms, mandate.cap_generation, now));
        // A tightened cap is one more cap: the default one, and what was used of it, stays.
        if self.per_day < BANK_PER_DAY {
            for (kind, id) in [("account-day", &account), ("person-day", &person)] {
                let kind = format!("{kind}-{}", self.per_day.amount());
                caps.push(rolling(&kind, id, self.per_day, DAY_SECS));
            }
        }
        if self.per_month < BANK_PER_MONTH {
            for (kind, id) in [("account-month", &account), ("person-month", &person)] {
                let kind = format!("{kind}-{}", self.per_month.amount());
                caps.push(rolling(&kind, id, self.per_month, MONTH_SECS));
            }
        }
        if mandate.state.cooling_until(now).is_some() {
            // A link that rested on a code cools longer, by day; any other, in all.
            let window = if mandate.route.rests_on_a_code() { DAY_SECS } else { 0 };
            caps.push(rolling("cooling", &id, mandate.route.rule().first_cap, window));
            // However often an account is linked, everything that is cooling on it shares one cap.
            caps.push(rolling("cooling-account", &account, COOLING_LINK, DAY_SECS));
        }
        caps
    }

    fn terms_max(&self) -> (Yen, Yen) {
        (self.per_day, self.per_month)
    }

    fn cooling(&self) -> Cooling {
        COOLING
    }

    fn raise_wait_secs(&self) -> i64 {
        RAISE_WAIT_SECS
    }

    fn must_match(&self) -> bool {
        true
    }

    fn tells_holders(&self) -> bool {
        true
    }

    fn listens_to_risk(&self) -> bool {
        true
    }

    fn steps_up(&self) -> bool {
        true
    }

    fn allows_overdraft(&self) -> bool {
        false
    }

    fn locks_unlinked_accounts(&self) -> bool {
        self.locks_unlinked
    }
}
