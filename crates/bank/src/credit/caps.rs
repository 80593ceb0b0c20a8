//! What may be paid in under a mandate.
//!
//! Whoever has a robbed wallet's keys and one account of a helper would otherwise be paid by this
//! bank without end: the waits and caps for payouts at the wallet are then on the wrong side. So money
//! that comes in has caps as money that goes out has, per account, per mandate and per partner, as
//! legs of the same chain. A refund is never more than the debit it gives back, but what was debited
//! has mostly been spent: it draws on what its partner may pay in on one day, and on nothing else.

use jiff::Timestamp;
use kanuki_desk::cap::Cap;

use crate::{Bank, BankError, credit::AskCredit, mandate::Mandate};

impl Bank {
    /// Every cap that this payment draws on now: those of the rules, and what was agreed with the
    /// partner for all of its payouts together.
    pub(super) async fn credit_caps(
        &self,
        ask: &AskCredit,
        mandate: &Mandate,
        now: Timestamp,
    ) -> Result<Vec<Cap>, BankError> {
        let mut caps = self.rules.credit_caps(mandate, now);
        if caps.is_empty() {
            return Ok(caps);
        }
        if ask.refund_of.is_some() {
            caps.clear();
        }
        caps.extend(self.partner_payout_caps(&mandate.client_id).await?);
        Ok(caps)
    }
}
