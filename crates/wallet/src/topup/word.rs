//! What one bank's word alone may bring.
//!
//! A bank that says "booked" owes us the amount from then on, and pays some days later. One that says so
//! of debits that it never made, because it was robbed or is the robber, makes e-money that nothing
//! stands behind, and no answer of its own can show that: its statement agrees with what it said. So
//! everything that it confirms within a week, by whichever link, is one more cap, as its own day of
//! payouts is at a bank. Who settles within a week and looks whether the money came loses no more.

use kanuki_desk::registry::every;
use kanuki_domain::{
    Ctx, Yen,
    limits::{BANK_WORD_PER_WEEK, WEEK_SECS},
    mandate::later,
};

use super::{Topup, TopupState};
use crate::{Limit, PartnerBank, Wallet, WalletError};

/// How the names of these limits begin.
const KIND: &str = "bank-word-";

/// What was agreed with `bank`, or what counts where nothing was.
fn agreed(bank: &PartnerBank) -> Yen {
    bank.topups_per_week.unwrap_or(BANK_WORD_PER_WEEK)
}

/// What top-ups from `bank` draw on. The amount is part of the name: an account that was opened keeps
/// the credit it began with.
pub(super) fn limit(bank: &PartnerBank) -> Limit {
    let amount = agreed(bank);
    Limit::new(format!("{KIND}{}", amount.amount()), bank.code, amount, WEEK_SECS)
}

impl Limit {
    /// Whether it is a bank's and no customer's: nobody can do anything about it but wait.
    pub(crate) fn is_a_banks(&self) -> bool {
        self.kind.starts_with(KIND)
    }
}

impl Wallet {
    /// Whether `next` has another cap than what counts.
    pub(crate) async fn changes_word(&self, next: &PartnerBank) -> Result<bool, WalletError> {
        let known = self.book.find_shared::<PartnerBank>(next.code).await?;
        Ok(known.is_some_and(|known| agreed(&known) != agreed(next)))
    }

    /// Counts in the cap of `bank` what was topped up within the week by another one, so that a change
    /// begins no week anew. It is done before the row says so, for what a crash would leave, and after it,
    /// for what was asked for in between; twice is fine.
    pub(crate) async fn carry_word(
        &self,
        ctx: &Ctx<'_>,
        bank: &PartnerBank,
    ) -> Result<(), WalletError> {
        let limit = limit(bank);
        let cap = limit.cap();
        cap.open(&*self.ledger, ctx.now).await?;
        let since = later(ctx.now, WEEK_SECS.saturating_neg());
        let counts = |topup: &Topup| {
            let is_over = matches!(topup.state, TopupState::Refused { .. });
            let is_recent = topup.requested_at > since;
            topup.bank == bank.code && is_recent && !is_over && !topup.limits.contains(&limit)
        };
        for topup in every::<Topup>(&self.book, counts).await? {
            let name = topup.topup_id.to_string();
            let used = (name.as_str(), topup.amount);
            cap.charge(used, topup.requested_at, &*self.ledger, ctx.now).await?;
        }
        Ok(())
    }
}
