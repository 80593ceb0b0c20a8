//! Forgetting what is over: requests that nobody finished, codes, tokens, trips with a card.
//!
//! Each is refused by its own time long before. What a holder signed or refused, what a partner
//! signed to ask for what was answered, and every debit are evidence and stay; so does the list of who asked
//! about an account. A request's facts go with their key, whether or not its row stays.

use jiff::Timestamp;
use kanuki_domain::{limits::DAY_SECS, mandate::later};
use kanuki_record::{Book, Record, RecordError, Stored, Unit, vault::PersonKey};

use crate::{
    Bank, BankError,
    approval::{DebitApproval, decoupled::Backchannel, polled::Polled, redirect::PushedDebit},
    holder::enrol::card::CardTrip,
    link::{
        Pushed,
        token::{Code, Grant, Token},
    },
};

/// How many days back a sweep looks: a bank may have been down, or its sweeper.
const SWEEP_DAYS: i64 = 30;

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// The day on which a row can be forgotten that ends at `end`: a day later, because a page may be
/// open and a poll under way, and because what is counted is counted by the day.
pub(crate) fn forget_on(end: Timestamp) -> String {
    day(later(end, DAY_SECS))
}

impl Bank {
    /// Forgets whatever could be forgotten by yesterday. Called by the worker; on two nodes, too.
    pub async fn forget_over(&self, now: Timestamp) -> Result<usize, BankError> {
        let (book, days) = (&self.book, &days_back(now));
        let forgotten = [
            forget::<Code>(book, days).await?,
            forget::<Token>(book, days).await?,
            forget::<Grant>(book, days).await?,
            forget::<PushedDebit>(book, days).await?,
            forget::<Backchannel>(book, days).await?,
            forget::<Polled>(book, days).await?,
            forget::<DebitApproval>(book, days).await?,
            self.forget_trips(days).await?,
            self.forget_requests(days).await?,
        ];
        Ok(forgotten.into_iter().fold(0, usize::saturating_add))
    }

    /// Trips of a card that never came back, with the key of what it would have said.
    async fn forget_trips(&self, days: &[String]) -> Result<usize, BankError> {
        let mut forgotten: usize = 0;
        for trip in due::<CardTrip>(&self.book, days).await? {
            let mut unit = Unit::new();
            self.forget_key(&mut unit, &trip.enrolment_id.to_string()).await?;
            unit.delete(&trip);
            forgotten = forgotten.saturating_add(tried(self.book.commit(unit).await)?);
        }
        Ok(forgotten)
    }

    /// Requests to link that nobody finished: the facts go, and the row too unless somebody signed
    /// in with it, who may want to know who asked.
    async fn forget_requests(&self, days: &[String]) -> Result<usize, BankError> {
        let mut forgotten: usize = 0;
        for mut pushed in due::<Pushed>(&self.book, days).await? {
            let mut unit = Unit::new();
            self.forget_key(&mut unit, &pushed.par_id.to_string()).await?;
            if pushed.holder.is_none() {
                unit.delete(&pushed);
            } else {
                pushed.edit().is_forgotten = true;
                unit.update(&pushed);
            }
            forgotten = forgotten.saturating_add(tried(self.book.commit(unit).await)?);
        }
        Ok(forgotten)
    }

    async fn forget_key(&self, unit: &mut Unit, of: &str) -> Result<(), RecordError> {
        if let Some(key) = self.book.find::<PersonKey>(of).await? {
            unit.delete(&key);
        }
        Ok(())
    }
}

/// One, or none where another node was faster.
fn tried(done: Result<(), RecordError>) -> Result<usize, RecordError> {
    match done {
        Ok(()) => Ok(1),
        Err(RecordError::Conflict { .. } | RecordError::Absent { .. }) => Ok(0),
        Err(error) => Err(error),
    }
}

/// The days on which a sweep at `now` looks, yesterday first.
fn days_back(now: Timestamp) -> Vec<String> {
    (1..=SWEEP_DAYS).map(|days| day(later(now, days.saturating_mul(-DAY_SECS)))).collect()
}

/// Rows that could be forgotten on one of `days`; a page for each day, the rest at the next sweep.
async fn due<T: Record>(book: &Book, days: &[String]) -> Result<Vec<Stored<T>>, RecordError> {
    let mut all = Vec::new();
    // One look in place of one for each day where there is no such row at all.
    if book.scan_unread::<T>("", 1).await?.len() == 0 {
        return Ok(all);
    }
    for on in days {
        all.extend(book.list::<T>("forget_on", on).await?);
    }
    Ok(all)
}

async fn forget<T: Record>(book: &Book, days: &[String]) -> Result<usize, RecordError> {
    let mut forgotten: usize = 0;
    loop {
        let mut swept: usize = 0;
        for row in due::<T>(book, days).await? {
            let mut unit = Unit::new();
            unit.delete(&row);
            swept = swept.saturating_add(tried(book.commit(unit).await)?);
        }
        if swept == 0 {
            return Ok(forgotten);
        }
        forgotten = forgotten.saturating_add(swept);
    }
}
