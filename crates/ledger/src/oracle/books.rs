//! What was accepted, and what is counted from it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use kanuki_domain::Yen;

use crate::{
    journal::{Journal, Posting, Stretch},
    model::{
        Account, AccountId, BalanceRow, Filter, PAGE_MAX, PendingState, Transfer, TransferId,
        TransferRecord,
    },
    result::{CreateAccountResult as A, CreateTransferResult as R},
};

/// Debits pending and posted, credits pending and posted.
pub(super) type Sums = [u64; 4];

/// A transfer that was accepted.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) transfer: Transfer,
    pub(super) expires_at: Option<Timestamp>,
    /// The post or void that settled it.
    pub(super) settled_by: Option<TransferId>,
    /// The accounts that keep history, as they were right after it.
    after: Vec<BalanceRow>,
}

/// Accounts as they were made, and everything that was accepted since.
#[derive(Clone, Debug, Default)]
pub struct Books {
    pub(super) accounts: BTreeMap<AccountId, Account>,
    pub(super) kept: BTreeMap<TransferId, Kept>,
    pub(super) failed: BTreeSet<TransferId>,
    now: Option<Timestamp>,
}

/// The words of a chain: made, failed with another one, without an end.
type Words<W> = [W; 3];

impl Books {
    /// Makes accounts, one result each.
    pub fn create_accounts(&mut self, accounts: &[Account], now: Timestamp) -> Vec<A> {
        self.pass(now);
        let imports = accounts.first().is_some_and(|account| account.flags.imported);
        let words = [A::Created, A::LinkedEventFailed, A::LinkedEventChainOpen];
        let one = |books: &mut Self, asked: &Account| {
            let stamp =
                books.stamp(asked.timestamp, asked.flags.imported, imports).map_err(|wrong| {
                    match wrong {
                        Wrong::Expected => A::ImportedEventExpected,
                        Wrong::NotExpected => A::ImportedEventNotExpected,
                        Wrong::NotZero => A::TimestampMustBeZero,
                        Wrong::OutOfRange => A::ImportedEventTimestampOutOfRange,
                        Wrong::Advances => A::ImportedEventTimestampMustNotAdvance,
                    }
                })?;
            books.check_account(asked)?;
            books.accounts.insert(asked.id, Account { timestamp: stamp, ..*asked });
            Ok(())
        };
        self.chains(accounts, |account| account.flags.linked, words, one, |_, _, _| {})
    }

    /// Makes transfers, one result each.
    pub fn create_transfers(&mut self, transfers: &[Transfer], now: Timestamp) -> Vec<R> {
        self.pass(now);
        let imports = transfers.first().is_some_and(|transfer| transfer.flags.imported);
        let words = [R::Created, R::LinkedEventFailed, R::LinkedEventChainOpen];
        let one = |books: &mut Self, asked: &Transfer| {
            let stamp =
                books.stamp(asked.timestamp, asked.flags.imported, imports).map_err(|wrong| {
                    match wrong {
                        Wrong::Expected => R::ImportedEventExpected,
                        Wrong::NotExpected => R::ImportedEventNotExpected,
                        Wrong::NotZero => R::TimestampMustBeZero,
                        Wrong::OutOfRange => R::ImportedEventTimestampOutOfRange,
                        Wrong::Advances => R::ImportedEventTimestampMustNotAdvance,
                    }
                })?;
            let (made, expires_at) = books.check_transfer(asked)?;
            books.keep(Transfer { timestamp: stamp, ..made }, expires_at);
            Ok(())
        };
        let burn = |books: &mut Self, asked: &Transfer, refused: R| {
            if refused.is_transient() {
                books.failed.insert(asked.id);
            }
        };
        self.chains(transfers, |transfer| transfer.flags.linked, words, one, burn)
    }

    /// Chain by chain; one that fails leaves nothing but the id that burnt.
    fn chains<E, W: Copy>(
        &mut self,
        events: &[E],
        is_linked: impl Fn(&E) -> bool,
        [made, failed, open]: Words<W>,
        one: impl Fn(&mut Self, &E) -> Result<(), W>,
        burn: impl Fn(&mut Self, &E, W),
    ) -> Vec<W> {
        let mut results = Vec::new();
        let mut chain: Vec<&E> = Vec::new();
        for (place, event) in events.iter().enumerate() {
            chain.push(event);
            let is_last = place.saturating_add(1) == events.len();
            if is_linked(event) && !is_last {
                continue;
            }
            let has_end = !is_linked(event);
            let mut tried = self.clone();
            let whole = if has_end { chain.as_slice() } else { but_last(&chain) };
            let outcome = whole
                .iter()
                .enumerate()
                .find_map(|(at, event)| one(&mut tried, event).err().map(|refused| (at, refused)));
            let mut answers = vec![failed; chain.len()];
            match outcome {
                Some((at, refused)) => {
                    if let (Some(answer), Some(event)) = (answers.get_mut(at), chain.get(at)) {
                        *answer = refused;
                        burn(self, event, refused);
                    }
                }
                None if has_end => {
                    *self = tried;
                    answers.fill(made);
                }
                None => {}
            }
            if let Some(last) = answers.last_mut().filter(|_| !has_end) {
                *last = open;
            }
            results.extend(answers);
            chain.clear();
        }
        results
    }

    fn keep(&mut self, transfer: Transfer, expires_at: Option<Timestamp>) {
        let settled = transfer.pending_id.and_then(|id| self.kept.get_mut(&id));
        if let Some(settled) = settled {
            settled.settled_by = Some(transfer.id);
        }
        let kept = Kept { transfer, expires_at, settled_by: None, after: Vec::new() };
        self.kept.insert(transfer.id, kept);
        let both = [transfer.debit_account, transfer.credit_account].map(|id| self.account(id));
        let history = both.into_iter().flatten().filter(|account| account.flags.history);
        let after = history.map(|account| BalanceRow::of(&account, transfer.timestamp)).collect();
        if let Some(kept) = self.kept.get_mut(&transfer.id) {
            kept.after = after;
        }
    }

    /// Ids that are never made any more.
    #[cfg(test)]
    pub(crate) const fn failed(&self) -> &BTreeSet<TransferId> {
        &self.failed
    }

    /// After a restart only what was written is remembered, and so is time.
    #[cfg(test)]
    pub(crate) const fn restart_at(&mut self, now: Timestamp) {
        self.now = Some(now);
    }

    fn pass(&mut self, now: Timestamp) {
        self.now = self.now.max(Some(now));
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now.unwrap_or(Timestamp::MIN)
    }

    /// Somebody looks at `now`: if that releases something, it is released for everybody.
    pub(crate) fn look_at(&mut self, now: Timestamp) {
        let due = |kept: &Kept| kept.expires_at.is_some_and(|at| at > self.now() && at <= now);
        if self.kept.values().any(|kept| kept.settled_by.is_none() && due(kept)) {
            self.pass(now);
        }
    }

    /// The latest timestamp of any account or transfer.
    fn stamped(&self) -> Timestamp {
        let accounts = self.accounts.values().map(|account| account.timestamp);
        accounts.chain([self.transferred()]).max().unwrap_or(Timestamp::MIN)
    }

    /// The latest timestamp of any transfer.
    pub(super) fn transferred(&self) -> Timestamp {
        let stamps = self.kept.values().map(|kept| kept.transfer.timestamp);
        stamps.max().unwrap_or(Timestamp::MIN)
    }

    /// The timestamp of the next event, or what is wrong with the one it asks for.
    fn stamp(
        &self,
        asked: Timestamp,
        is_imported: bool,
        imports: bool,
    ) -> Result<Timestamp, Wrong> {
        let next = self.stamped().checked_add(SignedDuration::from_nanos(1));
        let next = self.now().max(next.unwrap_or(Timestamp::MIN));
        if imports && !is_imported {
            return Err(Wrong::Expected);
        }
        if !imports && is_imported {
            return Err(Wrong::NotExpected);
        }
        if !is_imported {
            let is_zero = asked == Timestamp::UNIX_EPOCH;
            return if is_zero { Ok(next) } else { Err(Wrong::NotZero) };
        }
        let nanoseconds = asked.as_nanosecond();
        if nanoseconds <= 0 || nanoseconds > i128::from(i64::MAX) {
            return Err(Wrong::OutOfRange);
        }
        if asked >= next { Err(Wrong::Advances) } else { Ok(asked) }
    }

    /// What became of a reservation.
    pub(super) fn state(&self, kept: &Kept) -> Option<PendingState> {
        if !kept.transfer.flags.pending {
            return None;
        }
        let by = kept.settled_by.and_then(|id| self.kept.get(&id)).map(|by| &by.transfer);
        Some(match (by, kept.expires_at) {
            (Some(by), _) if by.flags.void_pending => PendingState::Voided { by: by.id },
            (Some(by), _) => PendingState::Posted { by: by.id, amount: by.amount },
            (None, Some(at)) if at <= self.now() => PendingState::Expired { at },
            (None, expires_at) => PendingState::Pending { expires_at },
        })
    }

    fn is_open(&self, kept: &Kept) -> bool {
        matches!(self.state(kept), Some(PendingState::Pending { .. }))
    }

    /// Counted from all transfers.
    pub(super) fn sums(&self, id: AccountId) -> Sums {
        let mut sums = [0_u64; 4];
        let [debits_pending, debits_posted, credits_pending, credits_posted] = &mut sums;
        for kept in self.kept.values() {
            let transfer = &kept.transfer;
            let (debits, credits) = match (transfer.flags.pending, transfer.flags.void_pending) {
                (true, _) if self.is_open(kept) => (&mut *debits_pending, &mut *credits_pending),
                (true, _) | (_, true) => continue,
                (false, false) => (&mut *debits_posted, &mut *credits_posted),
            };
            let amount = transfer.amount.amount();
            if transfer.debit_account == id {
                *debits = debits.saturating_add(amount);
            }
            if transfer.credit_account == id {
                *credits = credits.saturating_add(amount);
            }
        }
        sums
    }

    /// Made closed, or closed by a reservation that is still open.
    pub(super) fn is_closed(&self, account: &Account) -> bool {
        let closes = |kept: &Kept| {
            let Transfer { flags, debit_account, credit_account, .. } = kept.transfer;
            (flags.closing_debit && debit_account == account.id)
                || (flags.closing_credit && credit_account == account.id)
        };
        account.closed || self.kept.values().any(|kept| closes(kept) && self.is_open(kept))
    }

    /// The account with its sums.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<Account> {
        let made = self.accounts.get(&id)?;
        let yen = |amount| Yen::new(amount).unwrap_or(Yen::MAX);
        let [debits_pending, debits_posted, credits_pending, credits_posted] =
            self.sums(id).map(yen);
        let closed = self.is_closed(made);
        Some(Account {
            debits_pending,
            debits_posted,
            credits_pending,
            credits_posted,
            closed,
            ..*made
        })
    }

    /// Every account.
    pub fn accounts(&self) -> impl Iterator<Item = Account> {
        self.accounts.keys().filter_map(|id| self.account(*id))
    }

    /// The transfer and what became of it.
    #[must_use]
    pub fn transfer(&self, id: TransferId) -> Option<TransferRecord> {
        let kept = self.kept.get(&id)?;
        Some(TransferRecord { transfer: kept.transfer, pending: self.state(kept) })
    }

    /// Every transfer, by id.
    pub fn transfers(&self) -> impl Iterator<Item = TransferRecord> {
        self.kept.keys().filter_map(|id| self.transfer(*id))
    }

    fn chosen(&self, account: AccountId, filter: &Filter) -> Vec<&Kept> {
        let mut all: Vec<&Kept> = self
            .kept
            .values()
            .filter(|kept| {
                let Transfer {
                    timestamp: at, debit_account, credit_account, code, user_data, ..
                } = kept.transfer;
                let side = (filter.debits && debit_account == account)
                    || (filter.credits && credit_account == account);
                side && filter.since.is_none_or(|since| at >= since)
                    && filter.until.is_none_or(|until| at <= until)
                    && [0, code].contains(&filter.code)
                    && [0, user_data].contains(&filter.user_data)
            })
            .collect();
        all.sort_by_key(|kept| kept.transfer.timestamp);
        if filter.reversed {
            all.reverse();
        }
        all.truncate(usize::try_from(filter.limit.min(PAGE_MAX)).unwrap_or(0));
        all
    }

    /// Transfers of `account`, by timestamp.
    #[must_use]
    pub fn account_transfers(&self, account: AccountId, filter: &Filter) -> Vec<TransferRecord> {
        let chosen = self.chosen(account, filter);
        chosen.iter().filter_map(|kept| self.transfer(kept.transfer.id)).collect()
    }

    /// What was posted in a stretch of time.
    #[must_use]
    pub fn journal(&self, stretch: &Stretch) -> Journal {
        let side = |t: &Transfer, of: AccountId| (t.debit_account == of, t.credit_account == of);
        let moved = |t: &&Transfer| {
            let is_money = !t.flags.pending && !t.flags.void_pending && !t.amount.is_zero();
            let is_asked = stretch.of.is_none_or(|of| side(t, of) != (false, false));
            is_money && is_asked && t.ledger == stretch.ledger
        };
        let mut all: Vec<&Transfer> =
            self.kept.values().map(|kept| &kept.transfer).filter(moved).collect();
        all.sort_by_key(|transfer| transfer.timestamp);
        let code = |id| self.accounts.get(&id).map_or(0, |account| account.code);
        let mut journal = Journal::default();
        for transfer in all.iter().filter(|t| t.timestamp < stretch.since) {
            let amount = u128::from(transfer.amount.amount());
            match stretch.of.map(|of| side(transfer, of)) {
                Some((true, _)) => {
                    journal.debits_before = journal.debits_before.saturating_add(amount);
                }
                Some((_, true)) => {
                    journal.credits_before = journal.credits_before.saturating_add(amount);
                }
                Some((false, false)) | None => {}
            }
        }
        let within = all.iter().filter(|t| (stretch.since..=stretch.until).contains(&t.timestamp));
        journal.is_cut = within.clone().nth(stretch.most).is_some();
        journal.postings = within
            .take(stretch.most)
            .map(|transfer| Posting {
                transfer: **transfer,
                debit_code: code(transfer.debit_account),
                credit_code: code(transfer.credit_account),
            })
            .collect();
        journal
    }

    /// The sums of `account` after each, if it keeps history.
    #[must_use]
    pub fn account_balances(&self, account: AccountId, filter: &Filter) -> Vec<BalanceRow> {
        let chosen = self.chosen(account, filter);
        let rows = chosen.iter().flat_map(|kept| &kept.after);
        rows.filter(|row| row.account == account).copied().collect()
    }
}

fn but_last<'a, 'b, E>(chain: &'a [&'b E]) -> &'a [&'b E] {
    chain.split_last().map_or(chain, |(_, rest)| rest)
}

/// What is wrong with a timestamp, or with being imported.
enum Wrong {
    Expected,
    NotExpected,
    NotZero,
    OutOfRange,
    Advances,
}
