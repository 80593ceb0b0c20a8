//! A proof that a rule asks for before a payment: a decision that is written down as the proof is asked for,
//! because whoever cannot give it never comes back.

use kanuki_domain::{Ctx, limits::HOUR_SECS};
use kanuki_record::{Order, RecordError, Unit};
use kanuki_risk::{Key, Signal, Subject};

use super::{Attempt, Beside, hour_of};
use crate::{Customer, Wallet, WalletError, payment::Payment};

impl Wallet {
    /// Notes that a rule asks for a proof of the payment that `signal` is, once for each payment: a page
    /// that is loaded again within an hour, with nothing paid in between, asks for no other one.
    pub(crate) async fn note_challenge(
        &self,
        ctx: &Ctx<'_>,
        customer: &Customer,
        signal: Signal,
    ) -> Result<(), WalletError> {
        let name = self.name_of_challenge(customer, &signal).await?;
        let hour = hour_of(ctx.now);
        for known in [hour.saturating_sub(1), hour] {
            let known = format!("{name}|{known}");
            let asked = self.book.find_by::<Attempt>("challenge", &known).await?;
            let is_new =
                |attempt: &Attempt| ctx.now.duration_since(attempt.signal.at).as_secs() < HOUR_SECS;
            if asked.is_some_and(|attempt| is_new(&attempt)) {
                return Ok(());
            }
        }
        let mut unit = Unit::new();
        let beside = Beside { challenge: Some(format!("{name}|{hour}")), ..Beside::default() };
        let verdict = self.weigh_as(ctx, &mut unit, signal, beside).await?;
        match self.book.commit(unit).await {
            // Asked for twice at the same moment.
            Err(RecordError::Duplicate { .. }) => return Ok(()),
            other => other?,
        }
        self.obey(ctx, verdict).await;
        Ok(())
    }

    /// Which payment it is that was not made yet: to whom, how much, and after which other one.
    async fn name_of_challenge(
        &self,
        customer: &Customer,
        signal: &Signal,
    ) -> Result<String, WalletError> {
        let id = customer.customer_id.to_string();
        let newest = self.book.page::<Payment>("customer_id", &id, Order::NewestFirst, 1).await?;
        let after = newest.first().map(|payment| payment.payment_id.to_string());
        let to = signal.key(Subject::Merchant).map(Key::value).unwrap_or_default();
        let (amount, after) = (signal.amount.amount(), after.unwrap_or_default());
        Ok(format!("{id}|{to}|{amount}|{after}"))
    }
}
