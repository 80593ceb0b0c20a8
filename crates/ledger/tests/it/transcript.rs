//! What a ledger was asked and what it answered, as text.
//!
//! Every request is a line with its result; after each step follow the sums of all accounts that
//! moved, and at the end what became of every transfer and what is listed under every account.
//! Timestamps are told only where they were asked for.

use std::{collections::BTreeSet, fmt::Write as _};

use jiff::{SignedDuration, Timestamp};
use kanuki_domain::Yen;
use kanuki_ledger::{
    Account, AccountId, Filter, LedgerEngine, PendingState, Transfer, TransferId, TransferRecord,
};

use crate::program::{Program, Step};

/// Runs `program` on `engine`, whose ids it moves by `base`. Time passes by `pass`, which is given
/// seconds; an engine that is told the time is told that it passed.
pub(crate) async fn run(
    engine: &dyn LedgerEngine,
    program: &Program,
    (base, start): (u128, Timestamp),
    pass: impl AsyncFn(u32),
) -> String {
    let mut out = format!("program {}\n", program.name);
    let (mut now, mut accounts, mut transfers) = (start, BTreeSet::new(), BTreeSet::new());
    let moved = program.clone().moved(base);
    for (step, asked) in program.steps.iter().zip(&moved.steps) {
        match (step, asked) {
            (Step::Accounts(plain), Step::Accounts(asked)) => {
                let results = engine.create_accounts(asked.clone(), now).await.unwrap();
                for (account, result) in plain.iter().zip(results) {
                    writeln!(out, "{} = {result}", account_line(account)).unwrap();
                    accounts.insert(account.id.0);
                }
            }
            (Step::Transfers(plain), Step::Transfers(asked)) => {
                let results = engine.create_transfers(asked.clone(), now).await.unwrap();
                for (transfer, result) in plain.iter().zip(results) {
                    writeln!(out, "{} = {result}", transfer_line(transfer)).unwrap();
                    transfers.insert(transfer.id.0);
                }
            }
            (Step::Wait(secs), _) => {
                writeln!(out, "wait {secs}").unwrap();
                pass(*secs).await;
                now += SignedDuration::from_secs((*secs).into());
            }
            _ => panic!("a program is moved step by step"),
        }
        sums(engine, &accounts, (base, now), &mut out).await;
    }
    let usable = |id: &u128| *id != 0 && *id != u128::MAX;
    let transfers: Vec<u128> = transfers.into_iter().filter(usable).collect();
    let ids: Vec<TransferId> = transfers.iter().map(|id| TransferId(id + base)).collect();
    for (id, found) in transfers.iter().zip(engine.lookup_transfers(&ids, now).await.unwrap()) {
        if let Some(found) = found {
            writeln!(out, "  {id} is {}", record(&found, base)).unwrap();
        }
    }
    for id in accounts.into_iter().filter(usable) {
        listed(engine, AccountId(id + base), (base, now), &mut out).await;
    }
    out.push('\n');
    out
}

async fn sums(
    engine: &dyn LedgerEngine,
    accounts: &BTreeSet<u128>,
    (base, now): (u128, Timestamp),
    out: &mut String,
) {
    let ids: Vec<AccountId> = accounts.iter().map(|id| AccountId(id.wrapping_add(base))).collect();
    for found in engine.lookup_accounts(&ids, now).await.unwrap().into_iter().flatten() {
        let sums = [
            found.debits_pending,
            found.debits_posted,
            found.credits_pending,
            found.credits_posted,
        ]
        .map(Yen::amount);
        if sums != [0; 4] || found.closed {
            let closed = if found.closed { " closed" } else { "" };
            writeln!(out, "  {} has {sums:?}{closed}", found.id.0 - base).unwrap();
        }
    }
}

/// What is listed of an account: everything, its debits backwards, and its balances.
async fn listed(
    engine: &dyn LedgerEngine,
    account: AccountId,
    (base, now): (u128, Timestamp),
    out: &mut String,
) {
    let all = Filter::oldest(100);
    let debits = Filter { credits: false, limit: 3, reversed: true, ..all };
    let marked = Filter { user_data: 5, ..all };
    for (kind, filter) in [("", all), (" last debits", debits), (" marked", marked)] {
        let rows = engine.account_transfers(account, filter, now).await.unwrap();
        let ids: Vec<u128> = rows.iter().map(|row| row.transfer.id.0 - base).collect();
        if !ids.is_empty() {
            writeln!(out, "  {}{kind} lists {ids:?}", account.0 - base).unwrap();
        }
    }
    let rows = engine.account_balances(account, all, now).await.unwrap();
    for row in rows {
        let sums = [row.debits_pending, row.debits_posted, row.credits_pending, row.credits_posted]
            .map(Yen::amount);
        writeln!(out, "  {} had {sums:?}", account.0 - base).unwrap();
    }
}

fn record(found: &TransferRecord, base: u128) -> String {
    let t = &found.transfer;
    let [debit, credit] = [t.debit_account, t.credit_account].map(|id| id.0 - base);
    let state = match found.pending {
        None => String::new(),
        Some(PendingState::Pending { .. }) => ", pending".to_owned(),
        Some(PendingState::Posted { by, amount }) => {
            format!(", posted by {} with {}", by.0 - base, amount.amount())
        }
        Some(PendingState::Voided { by }) => format!(", voided by {}", by.0 - base),
        Some(PendingState::Expired { .. }) => ", expired".to_owned(),
    };
    let at = if t.flags.imported { format!(" @{}", t.timestamp) } else { String::new() };
    format!("{} {debit}>{credit} c={} u={}{at}{state}", t.amount.amount(), t.code, t.user_data)
}

fn id(id: u128) -> String {
    if id == u128::MAX { "max".to_owned() } else { id.to_string() }
}

fn flags(all: &[(bool, &str)]) -> String {
    let set = all.iter().filter(|(is_set, _)| *is_set);
    set.fold(String::new(), |text, (_, name)| text + " " + name)
}

fn stamp(at: Timestamp) -> String {
    if at == Timestamp::UNIX_EPOCH { String::new() } else { format!(" @{at}") }
}

fn account_line(a: &Account) -> String {
    let set = flags(&[
        (a.flags.linked, "linked"),
        (a.flags.debits_must_not_exceed_credits, "debits_must_not_exceed_credits"),
        (a.flags.credits_must_not_exceed_debits, "credits_must_not_exceed_debits"),
        (a.flags.history, "history"),
        (a.flags.imported, "imported"),
        (a.closed, "closed"),
    ]);
    let sums = [a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted];
    let sums = sums.map(Yen::amount);
    let sums = if sums == [0; 4] { String::new() } else { format!(" {sums:?}") };
    let (ledger, code, user) = (a.ledger, a.code, a.user_data);
    format!("account {} l={ledger} c={code} u={user}{set}{sums}{}", id(a.id.0), stamp(a.timestamp))
}

fn transfer_line(t: &Transfer) -> String {
    let f = t.flags;
    let set = flags(&[
        (f.linked, "linked"),
        (f.pending, "pending"),
        (f.post_pending, "post_pending_transfer"),
        (f.void_pending, "void_pending_transfer"),
        (f.balancing_debit, "balancing_debit"),
        (f.balancing_credit, "balancing_credit"),
        (f.closing_debit, "closing_debit"),
        (f.closing_credit, "closing_credit"),
        (f.imported, "imported"),
    ]);
    let amount =
        if t.amount == Transfer::ALL { "all".to_owned() } else { t.amount.amount().to_string() };
    let settles = t.pending_id.map_or(String::new(), |pending| format!(" p={}", id(pending.0)));
    let timeout =
        if t.timeout_secs == 0 { String::new() } else { format!(" s={}", t.timeout_secs) };
    format!(
        "transfer {} {}>{} {amount}{settles}{timeout} l={} c={} u={}{set}{}",
        id(t.id.0),
        id(t.debit_account.0),
        id(t.credit_account.0),
        t.ledger,
        t.code,
        t.user_data,
        stamp(t.timestamp)
    )
}
