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

/// Keys of those whose wallet is closed: who they were goes with theirs, and is counted and logged as such.
/// A key of anybody else goes with the row that it belongs to.
#[derive(Debug)]
pub(super) struct Keys<'a> {
    pub(super) book: &'a Book,
    pub(super) now: Timestamp,
    pub(super) needs: &'a Needs,
}

impl Keeper<PersonKey> for Keys<'_> {
    async fn judge(
        &self,
        key: &Stored<PersonKey>,
        unit: &mut Unit,
    ) -> Result<Verdict, RecordError> {
        let Some(customer) = self.book.find::<Customer>(&key.person_id).await? else {
            return Ok(Verdict::Young);
        };
        if !is_over(&customer, FACTS_YEARS, self.now) {
            return Ok(Verdict::Young);
        }
        if let Some(need) = need_of(self.book, (self.now, self.needs), &customer).await? {
            return Ok(Verdict::Needed(need));
        }
        forget_person(self.book, unit, customer).await?;
        Ok(Verdict::Due)
    }
}

/// Closed wallets, with what is left of their customers for the books.
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
        if !is_over(customer, CUSTOMER_YEARS, self.now) {
            return Ok(Verdict::Young);
        }
        if let Some(need) = need_of(self.book, (self.now, self.needs), customer).await? {
            return Ok(Verdict::Needed(need));
        }
        let id = customer.customer_id.to_string();
        // Their key goes before them, with who they were.
        if self.book.find::<PersonKey>(&id).await?.is_some() {
            return Ok(Verdict::Young);
        }
        self.forget_rest(&id, unit).await
    }
}

/// Whether a wallet was closed so many years ago.
fn is_over(customer: &Customer, years: i16, now: Timestamp) -> bool {
    customer.closure.closed_at().is_some_and(|at| at < cutoff(now, years))
}

async fn need_of(
    book: &Book,
    (now, needs): (Timestamp, &Needs),
    customer: &Customer,
) -> Result<Option<Need>, RecordError> {
    let (id, wallet) = (customer.customer_id.to_string(), customer.wallet_id.to_string());
    if let Some(need) = needs.of(&[&id, &wallet]) {
        return Ok(Some(need));
    }
    if is_held(book, &id).await? {
        return Ok(Some(Need::Held));
    }
    // Whoever has a code of theirs may use it as long as it is kept.
    let last = book.page::<Notice>("person_id", &id, Order::NewestFirst, 1).await?;
    let due = cutoff(now, NOTICE_YEARS);
    Ok(last.iter().any(|notice| notice.at >= due).then_some(Need::Named))
}

/// Who they were: what was sealed goes with the key, and so do their names, contacts and passkeys.
async fn forget_person(
    book: &Book,
    unit: &mut Unit,
    mut customer: Stored<Customer>,
) -> Result<(), RecordError> {
    let id = customer.customer_id.to_string();
    customer.edit().forget_person();
    unit.update(&customer);
    with_one::<Alternative>(book, unit, &id).await?;
    with_one::<Hold>(book, unit, &id).await?;
    with_one::<leak::Hit>(book, unit, &id).await?;
    // More than ten passkeys nobody has; hits come in tens.
    with::<Authenticator>(book, unit, ("owner_id", &id)).await?;
    with::<Hit>(book, unit, ("person_id", &id)).await?;
    // A closed wallet has none, but for one that was turned on as it closed.
    with::<Device>(book, unit, ("person_id", &id)).await?;
    Ok(())
}

impl Customers<'_> {
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
