//! Small debits that a holder did not want to hear of one by one: what was not told is kept, and told
//! once it adds up.
//!
//! The sum is kept in the unit that books the debit, in the holder's one row. Of several that are
//! booked at the same moment each is counted, because the later ones find the row changed and count
//! again. It never goes down by itself: nothing trickles away unseen, however slowly.

use kanuki_desk::outbox::Content;
use kanuki_domain::{Ctx, Yen};
use kanuki_record::Unit;
use serde::{Deserialize, Serialize};

use super::alert::{Alerts, Wish};
use crate::{
    Bank, BankError,
    debit::{Debit, DebitState},
    holder::Known,
    mandate::Mandate,
};

/// What was booked under a mandate since its holder was last told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Quiet {
    count: u32,
    sum: Yen,
}

impl Bank {
    /// Adds to the `unit` that books a debit what its holder hears of it: each, unless they chose to
    /// leave out small ones. The first under a mandate is always told, and so is the one with which
    /// those that were not told add up to what is.
    pub(crate) async fn tell_of_debit(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        known: &Known,
        (mandate, debit): (&Mandate, &Debit),
    ) -> Result<(), BankError> {
        let content = Content::new("debited")
            .with("partner", &mandate.partner_name)
            .with("account", &mandate.account_mask)
            .with("amount", debit.amount);
        let Some(mut alerts) = self.book.find::<Alerts>(mandate.holder_id).await? else {
            return self.tell(unit, ctx, known, mandate.mandate_id, content);
        };
        let wish = alerts.wish;
        let is_small = debit.amount < wish.debits_from;
        if !is_small || self.is_first(mandate, debit).await? {
            return self.tell_as_wished(unit, ctx, known, (wish, mandate, content));
        }
        let key = mandate.mandate_id.to_string();
        let quiet = alerts.edit().quiet.entry(key.clone()).or_default();
        quiet.count = quiet.count.saturating_add(1);
        quiet.sum = quiet.sum.plus(debit.amount).unwrap_or(Yen::MAX);
        let Quiet { count, sum } = *quiet;
        if sum >= wish.debits_from {
            alerts.edit().quiet.remove(&key);
            let content = Content { kind: "debits_added_up".to_owned(), ..content }
                .with("count", count)
                .with("sum", sum);
            self.tell_as_wished(unit, ctx, known, (wish, mandate, content))?;
        }
        unit.update(&alerts);
        Ok(())
    }

    /// Whether nothing was ever taken under this mandate before.
    async fn is_first(&self, mandate: &Mandate, debit: &Debit) -> Result<bool, BankError> {
        let all = self.debits_of(mandate.mandate_id).await?;
        Ok(!all.iter().any(|other| {
            matches!(other.state, DebitState::Booked { .. }) && other.debit_id != debit.debit_id
        }))
    }

    /// To the contact that the holder chose for debits. While a contact on file is new, and where the
    /// chosen one is gone, to every one: whoever changed it must not be the only one who hears.
    fn tell_as_wished(
        &self,
        unit: &mut Unit,
        ctx: &Ctx<'_>,
        known: &Known,
        (wish, mandate, content): (Wish, &Mandate, Content),
    ) -> Result<(), BankError> {
        let channel = wish.debits_only_to.map(super::contact::channel);
        let is_settled = known.settles_at() <= ctx.now;
        let chosen: Vec<_> = known
            .contacts()
            .into_iter()
            .filter(|contact| is_settled && Some(contact.channel) == channel)
            .collect();
        let contacts = if chosen.is_empty() { known.contacts() } else { chosen };
        self.tell_at(unit, ctx, (known, &contacts), mandate.mandate_id, content)
    }
}
