//! Forgetting who had a wallet that is closed: who they were after seven years (FT-53), what was left for
//! the books after ten (FT-54).

use jiff::Timestamp;
use kanuki_desk::{
    authenticator::Authenticator,
    leak,
    notice::Notice,
    push::Device,
    retention::{
        COMPANIONS_MAX, Keeper, NOTICE_YEARS, Need, Needs, Verdict, cutoff, is_held, with, with_one,
    },
    screening::{Hit, Hold},
};
use kanuki_record::{Book, Order, RecordError, Stored, Unit, vault::PersonKey};

use super::{CUSTOMER_YEARS, FACTS_YEARS};
use crate::{
    Customer,
    customer::alternative::Alternative,
    link::Link,
    remittance::{Remittance, RemittanceState, Request, Way},
};

/// Closed wallets, with all that belongs to their customers.
#[derive(Debug)]
pub(super) struct Customers<'a> {
    pub(super) book: &'a Book,
    pub(super) now: Timestamp,
    pub(super) needs: &'a Needs,
}

impl Keeper<Customer> for Customers<'_> {
    async fn judge(
        &self,
        customer: &Stored<Customer>,
        unit: &mut Unit,
    ) -> Result<Verdict, RecordError> {
        let is_older = |years, at| at < cutoff(self.now, years);
        let Some(at) = customer.closure.closed_at().filter(|at| is_older(FACTS_YEARS, *at)) else {
            return Ok(Verdict::Young);
        };
        if let Some(need) = self.need_of(customer).await? {
            return Ok(Verdict::Needed(need));
        }
        let id = customer.customer_id.to_string();
        if let Some(key) = self.book.find::<PersonKey>(&id).await? {
            unit.delete(&key);
            return self.forget_person(customer, unit).await;
        }
        if !is_older(CUSTOMER_YEARS, at) {
            return Ok(Verdict::Young);
        }
        self.forget_rest(&id, unit).await
    }
}

impl Customers<'_> {
    async fn need_of(&self, customer: &Customer) -> Result<Option<Need>, RecordError> {
        let (id, wallet) = (customer.customer_id.to_string(), customer.wallet_id.to_string());
        if let Some(need) = self.needs.of(&[&id, &wallet]) {
            return Ok(Some(need));
        }
        if is_held(self.book, &id).await? {
            return Ok(Some(Need::Held));
        }
        // Whoever has a code of theirs may use it as long as it is kept.
        let last = self.book.page::<Notice>("person_id", &id, Order::NewestFirst, 1).await?;
        let due = cutoff(self.now, NOTICE_YEARS);
        Ok(last.iter().any(|notice| notice.at >= due).then_some(Need::Named))
    }

    /// Who they were: what was sealed goes with the key, and so do their names, contacts and passkeys.
    async fn forget_person(
        &self,
        customer: &Stored<Customer>,
        unit: &mut Unit,
    ) -> Result<Verdict, RecordError> {
        let id = customer.customer_id.to_string();
        let mut row = customer.clone();
        row.edit().forget_person();
        unit.update(&row);
        with_one::<Alternative>(self.book, unit, &id).await?;
        with_one::<Hold>(self.book, unit, &id).await?;
        with_one::<leak::Hit>(self.book, unit, &id).await?;
        // More than ten passkeys nobody has; hits come in tens.
        with::<Authenticator>(self.book, unit, ("owner_id", &id)).await?;
        with::<Hit>(self.book, unit, ("person_id", &id)).await?;
        // A closed wallet has none, but for one that was turned on as it closed.
        with::<Device>(self.book, unit, ("person_id", &id)).await?;
        Ok(Verdict::Partly)
    }

    /// Their links, what they asked for, and the words of what they sent; then they themself.
    async fn forget_rest(&self, id: &str, unit: &mut Unit) -> Result<Verdict, RecordError> {
        let mut is_more = with::<Link>(self.book, unit, ("customer_id", id)).await?;
        is_more |= with::<Request>(self.book, unit, ("customer_id", id)).await?;
        let mut silenced = 0_usize;
        for mut sent in self.book.every::<Remittance>("customer_id", id).await? {
            if silenced == COMPANIONS_MAX {
                is_more = true;
                break;
            }
            if self.has_payee(&sent).await? {
                // Its payee still reads how much came, and from nobody any more.
                if sent.is_silent() {
                    continue;
                }
                sent.edit().silence();
                unit.update(&sent);
            } else {
                unit.delete(&sent);
            }
            silenced = silenced.saturating_add(1);
        }
        Ok(if is_more { Verdict::Partly } else { Verdict::Due })
    }

    async fn has_payee(&self, sent: &Remittance) -> Result<bool, RecordError> {
        let to = match (sent.state, &sent.way) {
            (RemittanceState::Posted { to_customer, .. }, _) => to_customer,
            (_, Way::Direct { to_customer, .. }) => *to_customer,
            (_, Way::Link { .. }) => return Ok(false),
        };
        Ok(self.book.find::<Customer>(to).await?.is_some())
    }
}
