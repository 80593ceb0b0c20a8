//! Once a month, a letter to whoever has no telephone or mail on file: what left the account in the
//! month before, what may debit it now, and which accounts are locked.
//!
//! To everybody of whom there is something to say: a link, a wallet's contract that the bank's older
//! lists know, or a lock that they should remember. Whoever holds nothing of it gets no letter.
//!
//! In 2020 it was just they who found out last, at the passbook machine. The letter asks for nothing
//! and has neither link nor code. It goes to the address on file, never to one that is new, and comes
//! beside the letter about each single debit.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use kanuki_desk::outbox::{Channel, Content, Message};
use kanuki_domain::{
    Ctx, Yen,
    id::{HolderId, MessageId},
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError,
    contract::{Contract, Kind},
    debit::DebitState,
    holder::{Holder, Known, load},
    lock::AccountLock,
    mandate::Mandate,
};

/// How far the letters of a month are: one row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Round {
    /// The month that they tell of, by its first day in Japan.
    month: Date,
    /// The last row that was looked at.
    after: String,
    is_over: bool,
    /// Through which rows; of a round of before, none: it begins anew, and doubles no letter.
    #[serde(default)]
    through: Option<Through>,
}

/// What is gone through for people to write to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Through {
    /// Everybody who was met.
    Holders,
    /// Contracts of the bank's older lists, whose holders may never have been met.
    Contracts,
}

impl Round {
    const fn of(month: Date) -> Self {
        let through = Some(Through::Holders);
        Self { month, after: String::new(), is_over: false, through }
    }

    /// Nothing is left of it.
    const fn is_at_rest(&self) -> bool {
        self.is_over && self.through.is_some()
    }

    /// The round after a page that ended with `last`; none is the end of these rows.
    fn past(&self, last: Option<String>) -> Self {
        match (last, self.through) {
            (Some(after), _) => Self { after, ..self.clone() },
            (None, Some(Through::Contracts)) => Self { is_over: true, ..self.clone() },
            (None, _) => {
                Self { through: Some(Through::Contracts), after: String::new(), ..self.clone() }
            }
        }
    }
}

/// So many rows are looked at in one pass: each may ask the core who its holder is.
const WAVE: usize = 100;

const ROUND: &str = "monthly";

record! { Round => "monthly_round" by |_| ROUND.to_owned(); }

/// That a holder was written to about a month.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MonthlyLetter {
    /// To whom.
    pub holder_id: HolderId,
    /// About which month.
    pub month: Date,
    /// The message that it is, for the letter house's reports.
    pub message_id: MessageId,
    /// When it was written.
    pub written_at: Timestamp,
    /// When it came back.
    pub returned_at: Option<Timestamp>,
}

record! { MonthlyLetter => "monthly_letter" by |l| key(l.holder_id, l.month);
    unique message_id = |l| Some(l.message_id.to_string());
}

fn key(holder_id: HolderId, month: Date) -> String {
    format!("{holder_id}|{month}")
}

/// What one company took in the month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Which, from the registry.
    pub partner: String,
    /// How often.
    pub count: u32,
    /// How much in all.
    pub sum: Yen,
}

/// What may debit the account now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linked {
    /// Which company.
    pub partner: String,
    /// How the account is shown.
    pub account: String,
    /// It is stopped for the time being.
    pub is_stopped: bool,
    /// When it ends by itself, if that is known.
    pub until: Option<Timestamp>,
    /// A contract that was made elsewhere: it may take nothing here until it is linked anew.
    #[serde(default)]
    pub is_elsewhere: bool,
}

/// What a letter says.
#[derive(Debug)]
struct OfMonth {
    taken: Vec<Taken>,
    linked: Vec<Linked>,
    /// Accounts that are locked against new links, as they are shown.
    locked: Vec<String>,
}

/// The first day of the month before `now` in Japan.
fn month_before(now: Timestamp) -> Date {
    let today = day(now);
    let first = Date::new(today.year(), today.month(), 1).unwrap_or(today);
    let last = first.yesterday().unwrap_or(first);
    Date::new(last.year(), last.month(), 1).unwrap_or(last)
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(9))).date()
}

impl Bank {
    /// Writes a page of the letters that are due. Called by the worker; says how many were written.
    /// While the core is silent it waits where it is.
    pub async fn write_monthly_letters(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let month = month_before(ctx.now);
        // Most passes come when the letters of the month are written.
        let known = self.book.find_shared::<Round>(ROUND).await?;
        if known.is_some_and(|round| round.month == month && round.is_at_rest()) {
            return Ok(0);
        }
        let found = self.book.find::<Round>(ROUND).await?;
        let now = match &found {
            Some(round) if round.month == month && round.through.is_some() => Round::clone(round),
            Some(_) | None => Round::of(month),
        };
        if now.is_over {
            return Ok(0);
        }
        let (written, last) = match now.through {
            Some(Through::Contracts) => self.write_to_contracts(ctx, &now).await?,
            Some(Through::Holders) | None => self.write_to_holders(ctx, &now).await?,
        };
        let next = now.past(last);
        let mut unit = Unit::new();
        match found {
            Some(mut round) => {
                *round.edit() = next;
                unit.update(&round);
            }
            None => {
                unit.insert(&next);
            }
        }
        match self.book.commit(unit).await {
            // Another node is as far.
            Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) | Ok(()) => {
                Ok(written)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A page of those who were met; how many letters, and the last of the page.
    async fn write_to_holders(
        &self,
        ctx: &Ctx<'_>,
        round: &Round,
    ) -> Result<(usize, Option<String>), BankError> {
        let mut page = self.book.scan::<Holder>(&round.after).await?;
        page.truncate(WAVE);
        let mut written: usize = 0;
        for holder in &page {
            let id = holder.holder_id;
            if self.has_something(ctx, id, round.month).await? {
                let done = match self.known(id).await {
                    Ok(known) => self.write_month(ctx, &known, round.month).await,
                    Err(error) => Err(error),
                };
                written = written.saturating_add(counted(done)?);
            }
        }
        Ok((written, page.last().map(|last| last.holder_id.to_string())))
    }

    /// A page of contracts of the older lists, whose holders are met here if they never were.
    async fn write_to_contracts(
        &self,
        ctx: &Ctx<'_>,
        round: &Round,
    ) -> Result<(usize, Option<String>), BankError> {
        let mut page = self.book.scan::<Contract>(&round.after).await?;
        page.truncate(WAVE);
        let mut written: usize = 0;
        for contract in page.iter().filter(|contract| is_elsewhere(contract)) {
            let account = match self.open_details(ctx, contract).await {
                Ok(details) => details.account,
                Err(error @ BankError::Record(_)) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, contract = %contract.contract_id, "no letter about it");
                    continue;
                }
            };
            let Some(core) = self.core.find_by_account(&account).await? else { continue };
            let done = match self.meet_holder(ctx, core).await {
                Ok(known) => self.write_month(ctx, &known, round.month).await,
                Err(error) => Err(error),
            };
            written = written.saturating_add(counted(done)?);
        }
        Ok((written, page.last().map(|last| last.contract_id.to_string())))
    }

    /// Whether there is something to write to a holder about, without asking the core: nobody is asked
    /// about what was over before the month began.
    async fn has_something(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        month: Date,
    ) -> Result<bool, BankError> {
        let id = holder_id.to_string();
        for mandate in self.book.every::<Mandate>("holder_id", &id).await? {
            let is_alive = mandate.state.aged(ctx.now).is_alive();
            if is_alive || self.taken_in(&mandate, month).await?.is_some() {
                return Ok(true);
            }
        }
        let locks = self.book.every::<AccountLock>("holder_id", &id).await?;
        Ok(locks.iter().any(|lock| lock.state.is_locked(ctx.now)))
    }

    async fn write_month(
        &self,
        ctx: &Ctx<'_>,
        known: &Known,
        month: Date,
    ) -> Result<bool, BankError> {
        let holder_id = known.holder.holder_id;
        if self.book.find::<MonthlyLetter>(key(holder_id, month)).await?.is_some() {
            return Ok(false);
        }
        let is_reached = known.contacts().iter().any(|one| one.channel != Channel::Post);
        let Some(letterbox) = known.letterbox(ctx.now).filter(|_| !is_reached) else {
            return Ok(false);
        };
        let said = self.month_of(ctx, known, month).await?;
        if said.taken.is_empty() && said.linked.is_empty() && said.locked.is_empty() {
            return Ok(false);
        }
        let content = Content::new("monthly_letter")
            .with("bank", &self.config.name)
            .with("month", month)
            .with("taken", listed(&said.taken))
            .with("linked", listed(&said.linked))
            .with("locked", listed(&said.locked));
        let message = Message::compose(&self.vault, ctx, &known.key, &letterbox, &content)?;
        let letter = MonthlyLetter {
            holder_id,
            month,
            message_id: message.message_id,
            written_at: ctx.now,
            returned_at: None,
        };
        let mut unit = Unit::new();
        unit.insert(&letter).insert(&message).audit(
            AuditEntry::new(ctx.now, "system", "monthly_letter.written", holder_id)
                .with("month", month),
        );
        self.book.commit(unit).await?;
        Ok(true)
    }

    /// What left in the month, by company, and what may debit and what is locked at `ctx.now`.
    async fn month_of(
        &self,
        ctx: &Ctx<'_>,
        known: &Known,
        month: Date,
    ) -> Result<OfMonth, BankError> {
        let holder_id = known.holder.holder_id.to_string();
        let mut taken: BTreeMap<String, Taken> = BTreeMap::new();
        let mut linked = Vec::new();
        for mandate in self.book.every::<Mandate>("holder_id", &holder_id).await? {
            let partner = mandate.partner_name.clone();
            if let Some((count, sum)) = self.taken_in(&mandate, month).await? {
                let fresh = Taken { partner: partner.clone(), count: 0, sum: Yen::ZERO };
                let of = taken.entry(partner.clone()).or_insert(fresh);
                of.count = of.count.saturating_add(count);
                of.sum = of.sum.plus(sum).unwrap_or(Yen::MAX);
            }
            let state = mandate.state.aged(ctx.now);
            if state.is_alive() {
                linked.push(Linked {
                    partner,
                    account: mandate.account_mask.clone(),
                    is_stopped: !state.is_active(),
                    until: Some(mandate.terms.valid_to),
                    is_elsewhere: false,
                });
            }
        }
        for contract in self.contracts_on(known).await?.iter().filter(|one| is_elsewhere(one)) {
            linked.push(Linked {
                partner: contract.collector_name.clone(),
                account: contract.account_mask.clone(),
                is_stopped: false,
                until: None,
                is_elsewhere: true,
            });
        }
        let locks = self.book.every::<AccountLock>("holder_id", &holder_id).await?;
        let locks = locks.iter().filter(|lock| lock.state.is_locked(ctx.now));
        let locked = locks.map(|lock| self.mask_of(known, lock.account_id));
        let locked = locked.filter(|mask| !mask.is_empty()).collect();
        Ok(OfMonth { taken: taken.into_values().collect(), linked, locked })
    }

    /// How often money was taken under a mandate in a month of Japan, and how much; none if never.
    async fn taken_in(
        &self,
        mandate: &Mandate,
        month: Date,
    ) -> Result<Option<(u32, Yen)>, BankError> {
        let mut taken: Option<(u32, Yen)> = None;
        for debit in self.debits_of(mandate.mandate_id).await? {
            let DebitState::Booked { at } = debit.state else { continue };
            let on = day(at);
            if (on.year(), on.month()) == (month.year(), month.month()) {
                let (count, sum) = taken.unwrap_or((0, Yen::ZERO));
                let sum = sum.plus(debit.amount).unwrap_or(Yen::MAX);
                taken = Some((count.saturating_add(1), sum));
            }
        }
        Ok(taken)
    }

    /// The letter house says that a message came back. True if it was a letter about a month. An
    /// address where the holder is unknown gets no more of them: nobody asked for it but the bank.
    pub(crate) async fn monthly_letter_reported(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (message_id, came_back, is_unknown): (MessageId, bool, bool),
    ) -> Result<bool, BankError> {
        let id = message_id.to_string();
        let Some(mut letter) = self.book.find_by::<MonthlyLetter>("message_id", &id).await? else {
            return Ok(false);
        };
        if came_back && letter.returned_at.is_none() {
            letter.edit().returned_at = Some(ctx.now);
            unit.update(&letter);
            if is_unknown {
                let mut holder: Stored<Holder> = load(&self.book, letter.holder_id).await?;
                holder.edit().letter_returned_at = Some(ctx.now);
                unit.update(&holder);
            }
            let entry =
                AuditEntry::new(ctx.now, "letters", "monthly_letter.returned", letter.holder_id);
            unit.audit(entry);
        }
        Ok(true)
    }
}

/// A wallet's contract of the bank's older lists that may still debit somewhere.
fn is_elsewhere(contract: &Contract) -> bool {
    contract.kind == Kind::WebKofuri && contract.standing.is_open()
}

/// How many letters that was. Whom the core does not know any more is no reason to stop; nor is another
/// node, which wrote at the same moment.
fn counted(done: Result<bool, BankError>) -> Result<usize, BankError> {
    match done {
        Ok(is_written) => Ok(usize::from(is_written)),
        Err(
            BankError::NotAvailable
            | BankError::Record(RecordError::Conflict { .. } | RecordError::Duplicate { .. }),
        ) => Ok(0),
        Err(error) => Err(error),
    }
}

/// As a message keeps it: whoever writes the letter puts it into words.
fn listed<T: Serialize>(all: &[T]) -> String {
    serde_json::to_string(all).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_month_before_is_japans() {
        let before = |now: &str| month_before(now.parse().unwrap()).to_string();
        assert_eq!(before("2026-10-31T14:59:59Z"), "2026-09-01");
        assert_eq!(before("2026-10-31T15:00:00Z"), "2026-10-01");
        assert_eq!(before("2027-01-01T00:00:00Z"), "2026-12-01");
    }
}
