//! A holder who has nothing here any more is forgotten: their key goes, and all that names them.

use jiff::Timestamp;
use kanuki_desk::{
    authenticator::Authenticator,
    evidence,
    gate::Gate,
    leak,
    notice::Notice,
    outbox::Message,
    retention::{Keeper, Need, Needs, Verdict, cutoff, is_held, with, with_one, with_prefix},
    screening,
};
use kanuki_record::{Record, RecordError, Stored, Unit, vault::PersonKey};

use super::is_before;
use crate::{
    Bank,
    channel::PostedLetter,
    delegate::{Delegation, Standing},
    holder::{Holder, alert::Alerts, contact::ContactChange},
    link::{Pushed, matching::FieldMatch},
    lock::{AccountLock, LockState},
    mandate::Mandate,
    monthly::MonthlyLetter,
};

/// Years after the last that tied somebody to the gateway.
pub(super) const HOLDER_YEARS: i16 = 7;

/// Holders.
pub(super) struct Holders<'a> {
    pub(super) bank: &'a Bank,
    pub(super) now: Timestamp,
    pub(super) needs: &'a Needs,
}

impl Keeper<Holder> for Holders<'_> {
    async fn judge(
        &self,
        holder: &Stored<Holder>,
        unit: &mut Unit,
    ) -> Result<Verdict, RecordError> {
        let due = cutoff(self.now, HOLDER_YEARS);
        if holder.first_seen_at >= due {
            return Ok(Verdict::TooNew);
        }
        let id = holder.holder_id.to_string();
        let is_past = [holder.contact_changed_at, holder.letter_returned_at];
        if !is_past.into_iter().all(|at| is_before(at, due)) || !self.is_over(&id, due).await? {
            return Ok(Verdict::Young);
        }
        let need = match self.needs.of(&[&id]) {
            None => self.needed(&id).await?,
            need => need,
        };
        if let Some(need) = need {
            return Ok(Verdict::Needed(need));
        }
        let more = self.take_along(&id, unit).await?;
        Ok(if more { Verdict::Partly } else { Verdict::Due })
    }
}

impl Holders<'_> {
    /// Whether everything that ties somebody to the gateway ended before `due`: what they sign in with,
    /// who looks after their accounts. Who can sign in is still a customer of it.
    async fn is_over(&self, id: &str, due: Timestamp) -> Result<bool, RecordError> {
        let book = &self.bank.book;
        let means = book.every::<Authenticator>("owner_id", id).await?;
        if !means.iter().all(|one| one.revoked_at.is_some_and(|at| at < due)) {
            return Ok(false);
        }
        let delegations = book.every::<Delegation>("holder_id", id).await?;
        let is_over = |one: &Delegation| match one.standing {
            Standing::Invited { until } => until < due,
            Standing::Active { ends_at, .. } => ends_at < due,
            Standing::Ended { at, .. } => at < due,
        };
        Ok(delegations.iter().all(|one| is_over(one)))
    }

    /// What still needs or names them.
    async fn needed(&self, id: &str) -> Result<Option<Need>, RecordError> {
        let book = &self.bank.book;
        let locks = book.every::<AccountLock>("holder_id", id).await?;
        if locks.iter().any(|lock| lock.state != LockState::Open) {
            return Ok(Some(Need::Live));
        }
        // A switch of the ledger has their name, and would be lost with it. A silent ledger is no answer.
        let gate = Gate::of("person", id).is_closed(&*self.bank.ledger, self.now).await;
        if gate.unwrap_or(true) || is_held(book, id).await? || self.is_leaked(id).await? {
            return Ok(Some(Need::Held));
        }
        let is_named = self.names::<Mandate>("holder_id", id).await?
            || self.names::<Notice>("person_id", id).await?
            || self.names::<Message>("person_id", id).await?;
        Ok(is_named.then_some(Need::Named))
    }

    async fn names<T: Record>(&self, key: &'static str, id: &str) -> Result<bool, RecordError> {
        Ok(self.bank.book.find_by::<T>(key, id).await?.is_some())
    }

    async fn is_leaked(&self, id: &str) -> Result<bool, RecordError> {
        let hits = self.bank.book.every::<leak::Hit>("person_id", id).await?;
        Ok(hits.iter().any(|hit| !matches!(hit.state, leak::HitState::Over { .. })))
    }

    /// Adds to `unit` all that is theirs; true when there is more than one step takes.
    async fn take_along(&self, id: &str, unit: &mut Unit) -> Result<bool, RecordError> {
        let book = &self.bank.book;
        let mut more = self.take_delegates(id, unit).await?;
        more |= with::<Authenticator>(book, unit, ("owner_id", id)).await?;
        more |= with::<evidence::Kept>(book, unit, ("person_id", id)).await?;
        more |= with::<ContactChange>(book, unit, ("holder_id", id)).await?;
        more |= with::<FieldMatch>(book, unit, ("holder_id", id)).await?;
        more |= with::<Pushed>(book, unit, ("holder_id", id)).await?;
        more |= with::<PostedLetter>(book, unit, ("holder_id", id)).await?;
        more |= with::<AccountLock>(book, unit, ("holder_id", id)).await?;
        more |= with::<screening::Hit>(book, unit, ("person_id", id)).await?;
        more |= with::<leak::Hit>(book, unit, ("person_id", id)).await?;
        more |= with_prefix::<MonthlyLetter>(book, unit, &format!("{id}|")).await?;
        with_one::<screening::Hold>(book, unit, id).await?;
        with_one::<Alerts>(book, unit, id).await?;
        // The key last: while any of the rest is left, it can still be read for whom it may concern.
        if !more {
            with_one::<PersonKey>(book, unit, id).await?;
        }
        Ok(more)
    }

    /// Who looked after their accounts, with what they signed in with and the key of their address.
    async fn take_delegates(&self, id: &str, unit: &mut Unit) -> Result<bool, RecordError> {
        let book = &self.bank.book;
        let mut more = false;
        for one in book.every::<Delegation>("holder_id", id).await? {
            let delegation_id = one.delegation_id.to_string();
            more |= with::<Authenticator>(book, unit, ("owner_id", &delegation_id)).await?;
            with_one::<PersonKey>(book, unit, &delegation_id).await?;
            unit.delete(&one);
        }
        Ok(more)
    }
}
