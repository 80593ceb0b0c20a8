//! The second count: plain maps and wide integers, sharing no arithmetic with the engine.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::PROBLEMS_MAX;
use crate::{
    model::{Account, AccountFlags, AccountId, PendingState, Transfer, TransferId},
    state::State,
};

/// Debits pending and posted, credits pending and posted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    debits_pending: i128,
    debits_posted: i128,
    credits_pending: i128,
    credits_posted: i128,
}

#[derive(Debug)]
struct Counted {
    ledger: u32,
    flags: AccountFlags,
    sums: Sums,
    /// Open closing transfers, and one if it was made closed; it is closed while there is one.
    closings: i128,
}

#[derive(Debug)]
struct Entry {
    transfer: Transfer,
    /// `None` if it was not a pending one.
    state: Option<PendingState>,
}

/// All accounts and transfers, counted again.
#[derive(Debug, Default)]
pub(super) struct Recount {
    accounts: BTreeMap<AccountId, Counted>,
    entries: BTreeMap<TransferId, Entry>,
    waiting: BTreeMap<Timestamp, Vec<TransferId>>,
    last: Option<Timestamp>,
    problems: Vec<String>,
}

impl Recount {
    /// Notes a problem.
    pub(super) fn problem(&mut self, text: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(text);
        }
    }

    /// What was noted.
    pub(super) fn into_problems(self) -> Vec<String> {
        self.problems
    }

    /// Counts a new account.
    pub(super) fn add_account(&mut self, account: &Account) {
        let Account { id, ledger, flags, closed, .. } = *account;
        let closings = i128::from(closed);
        let counted = Counted { ledger, flags, sums: Sums::default(), closings };
        if self.accounts.insert(id, counted).is_some() {
            self.problem(format!("account {id} was made twice"));
        }
    }

    /// Lets time pass: what nobody settled by its deadline is given back.
    pub(super) fn advance(&mut self, now: Timestamp) {
        while let Some(first) = self.waiting.first_entry() {
            let at = *first.key();
            if at > now {
                return;
            }
            for id in first.remove() {
                let open = self.entries.get(&id).filter(|entry| is_open(entry));
                if let Some(transfer) = open.map(|entry| entry.transfer) {
                    self.move_pending(&transfer, -1);
                    self.set(id, PendingState::Expired { at });
                }
            }
        }
    }

    /// Counts a transfer as the engine kept it.
    pub(super) fn add_transfer(&mut self, kept: &Transfer, now: Timestamp) {
        let id = kept.id;
        let is_ahead = kept.timestamp > now;
        let is_early = if kept.flags.imported { is_ahead } else { kept.timestamp < now };
        if is_early || self.last.is_some_and(|last| kept.timestamp <= last) {
            self.problem(format!("transfer {id} has a timestamp that does not rise"));
        }
        self.last = Some(kept.timestamp);
        let mut state = None;
        if let Some(pending_id) = kept.pending_id {
            self.settle(pending_id, kept);
        } else if kept.flags.pending {
            self.move_pending(kept, 1);
            state = Some(PendingState::Pending { expires_at: self.wait(kept, now) });
        } else {
            self.move_posted(kept);
        }
        if self.entries.insert(id, Entry { transfer: *kept, state }).is_some() {
            self.problem(format!("transfer {id} was made twice"));
        }
        self.check_flags(kept.debit_account);
        self.check_flags(kept.credit_account);
    }

    fn wait(&mut self, kept: &Transfer, now: Timestamp) -> Option<Timestamp> {
        if kept.timeout_secs == 0 {
            return None;
        }
        let at = now.checked_add(SignedDuration::from_secs(kept.timeout_secs.into())).ok()?;
        self.waiting.entry(at).or_default().push(kept.id);
        Some(at)
    }

    fn settle(&mut self, pending_id: TransferId, kept: &Transfer) {
        let id = kept.id;
        let open = self.entries.get(&pending_id).filter(|entry| is_open(entry));
        let Some(pending) = open.map(|entry| entry.transfer) else {
            return self.problem(format!("transfer {id} settles one that is not open"));
        };
        let same = kept.debit_account == pending.debit_account
            && kept.credit_account == pending.credit_account
            && kept.amount <= pending.amount;
        if !same {
            self.problem(format!("transfer {id} settles other than what was reserved"));
        }
        self.move_pending(&pending, -1);
        if kept.flags.post_pending {
            self.move_posted(kept);
            self.set(pending_id, PendingState::Posted { by: id, amount: kept.amount });
        } else {
            self.set(pending_id, PendingState::Voided { by: id });
        }
    }

    fn set(&mut self, id: TransferId, state: PendingState) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.state = Some(state);
        }
    }

    /// Adds (`1`) or takes back (`-1`) a reservation.
    fn move_pending(&mut self, transfer: &Transfer, sign: i128) {
        let amount = i128::from(transfer.amount.amount()).saturating_mul(sign);
        let flags = transfer.flags;
        if let Some(debit) = self.accounts.get_mut(&transfer.debit_account) {
            add(&mut debit.sums.debits_pending, amount);
            add(&mut debit.closings, i128::from(flags.closing_debit).saturating_mul(sign));
        }
        if let Some(credit) = self.accounts.get_mut(&transfer.credit_account) {
            add(&mut credit.sums.credits_pending, amount);
            add(&mut credit.closings, i128::from(flags.closing_credit).saturating_mul(sign));
        }
    }

    fn move_posted(&mut self, transfer: &Transfer) {
        let amount = i128::from(transfer.amount.amount());
        if let Some(debit) = self.accounts.get_mut(&transfer.debit_account) {
            add(&mut debit.sums.debits_posted, amount);
        }
        if let Some(credit) = self.accounts.get_mut(&transfer.credit_account) {
            add(&mut credit.sums.credits_posted, amount);
        }
    }

    /// After every transfer, not only at the end: an overdraft that was filled up again is one too.
    fn check_flags(&mut self, id: AccountId) {
        let Some(Counted { flags, sums, .. }) = self.accounts.get(&id) else {
            return self.problem(format!("account {id} was used before it was made"));
        };
        let debits = sums.debits_pending.saturating_add(sums.debits_posted);
        let credits = sums.credits_pending.saturating_add(sums.credits_posted);
        let over = (flags.debits_must_not_exceed_credits && debits > sums.credits_posted)
            || (flags.credits_must_not_exceed_debits && credits > sums.debits_posted);
        if over {
            self.problem(format!("account {id} passed its limit"));
        }
    }

    /// Compares with the engine's books; answers how many accounts and transfers were compared.
    pub(super) fn compare(&mut self, state: &State) -> u64 {
        let mut problems = Vec::new();
        let mut checked = 0_u64;
        for account in state.accounts() {
            checked = checked.saturating_add(1);
            let id = account.id;
            match self.accounts.get(&id) {
                Some(c) if sums_of(&account) != c.sums => problems.push(format!(
                    "account {id} has {:?} in the books and {:?} counted again",
                    sums_of(&account),
                    c.sums
                )),
                Some(c) if account.closed != (c.closings > 0) => {
                    problems.push(format!("account {id} is open or closed against the count"));
                }
                Some(_) => {}
                None => problems.push(format!("account {id} was never made")),
            }
        }
        for record in state.transfers() {
            checked = checked.saturating_add(1);
            let id = record.transfer.id;
            match self.entries.get(&id) {
                Some(e) if e.transfer == record.transfer && e.state == record.pending => {}
                Some(_) => problems.push(format!("transfer {id} stands otherwise than counted")),
                None => problems.push(format!("transfer {id} was never made")),
            }
        }
        problems.extend(self.ledger_problems());
        if checked != self.size() {
            problems.push("the books lack an account or a transfer that was counted".to_owned());
        }
        for text in problems {
            self.problem(text);
        }
        checked
    }

    fn size(&self) -> u64 {
        u64::try_from(self.accounts.len().saturating_add(self.entries.len())).unwrap_or(u64::MAX)
    }

    /// Double entry: what is debited somewhere is credited elsewhere.
    fn ledger_problems(&self) -> Vec<String> {
        let mut differences: BTreeMap<u32, (i128, i128)> = BTreeMap::new();
        for Counted { ledger, sums, .. } in self.accounts.values() {
            let (pending, posted) = differences.entry(*ledger).or_default();
            add(pending, sums.debits_pending.saturating_sub(sums.credits_pending));
            add(posted, sums.debits_posted.saturating_sub(sums.credits_posted));
        }
        let unequal = differences.into_iter().filter(|(_, difference)| *difference != (0, 0));
        unequal.map(|(ledger, _)| format!("debits and credits of ledger {ledger} differ")).collect()
    }
}

const fn is_open(entry: &Entry) -> bool {
    matches!(entry.state, Some(PendingState::Pending { .. }))
}

fn add(sum: &mut i128, amount: i128) {
    // An i128 of yen does not overflow within the life of the universe's log.
    *sum = sum.saturating_add(amount);
}

fn sums_of(account: &Account) -> Sums {
    Sums {
        debits_pending: account.debits_pending.amount().into(),
        debits_posted: account.debits_posted.amount().into(),
        credits_pending: account.credits_pending.amount().into(),
        credits_posted: account.credits_posted.amount().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kanuki_domain::Yen;

    /// Two accounts in the books; the count is told of `counted` in place of what happened.
    fn compared(happened: Yen, counted: Yen) -> Vec<String> {
        let now = Timestamp::UNIX_EPOCH;
        let accounts =
            [1, 2].map(|id| Account::new(AccountId(id), 392, 1, AccountFlags::NO_OVERDRAFT));
        let accounts = [accounts[0], Account { flags: AccountFlags::NONE, ..accounts[1] }];
        let request = Transfer::posted(TransferId(1), AccountId(2), AccountId(1), happened, 1);
        let mut state = State::new();
        state.apply_accounts(&accounts, now);
        state.apply_transfers(&[request], now);
        let mut recount = Recount::default();
        for account in &accounts {
            recount.add_account(account);
        }
        let kept = state.transfer(TransferId(1)).unwrap().transfer;
        recount.add_transfer(&Transfer { amount: counted, ..kept }, now);
        recount.compare(&state);
        recount.into_problems()
    }

    #[test]
    fn one_yen_of_difference_is_a_problem() {
        assert_eq!(compared(Yen::of(100), Yen::of(100)), Vec::<String>::new());

        let problems = compared(Yen::of(100), Yen::of(101));

        assert_eq!(problems.len(), 3, "both accounts and the transfer: {problems:?}");
    }

    #[test]
    fn overdraft_is_a_problem_even_if_it_was_filled_up_again() {
        let mut recount = Recount::default();
        recount.add_account(&Account::new(AccountId(1), 392, 1, AccountFlags::NO_OVERDRAFT));
        recount.add_account(&Account::new(AccountId(2), 392, 1, AccountFlags::NONE));
        let away = Transfer::posted(TransferId(1), AccountId(1), AccountId(2), Yen::of(5), 1);
        let back = Transfer::posted(TransferId(2), AccountId(2), AccountId(1), Yen::of(5), 1);
        let at = Timestamp::UNIX_EPOCH;
        let later = Transfer { timestamp: Timestamp::new(1, 0).unwrap(), ..back };

        recount.add_transfer(&away, at);
        recount.add_transfer(&later, at);

        assert_eq!(recount.into_problems().len(), 1);
    }
}
