//! `kanuki ledger report`: the books at the end of a day, for accountants.
//!
//! Everything is counted from the transfers; no balance that an engine wrote is believed.

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp, civil::Date, tz};
use kanuki_bank::journal::WORDS as BANKS_WORDS;
use kanuki_ledger::{LEDGER_YEN, PostgresEngine, TrialBalance, embedded::chapters};
use kanuki_wallet::{chart, journal::WORDS as WALLETS_WORDS};
use serde::Serialize;

use super::{args::DailyReport, place::Place, statement, wait};
use crate::{Outcome, company::ledger::LedgerPlan, out::out};

/// What a wallet owes to people: the base of what must be put aside (要供託額の基礎).
const OWED: [u16; 3] = [chart::CODE_CUSTOMER, chart::CODE_MERCHANT, chart::CODE_SUSPENSE];

/// One kind of account that holds money.
#[derive(Debug, Serialize)]
struct Line {
    code: u16,
    account: &'static str,
    accounts: u64,
    debit: String,
    credit: String,
    reserved_debit: String,
    reserved_credit: String,
}

/// The books of one day. Amounts are digits in yen.
#[derive(Debug, Serialize)]
struct Sheet {
    day: Date,
    ok: bool,
    lines: Vec<Line>,
    /// Only of a wallet: what is owed to customers and shops.
    #[serde(skip_serializing_if = "Option::is_none")]
    to_be_safeguarded: Option<String>,
}

/// The last instant of `day` in Japan, which has no summer time.
fn end_of(day: Date) -> Result<Timestamp> {
    let next = day.tomorrow()?.to_zoned(tz::offset(9).to_time_zone())?;
    Ok(next.timestamp().checked_sub(SignedDuration::from_nanos(1))?)
}

fn balance(place: &Place, day: Date) -> Result<TrialBalance> {
    let until = end_of(day)?;
    match &place.plan {
        LedgerPlan::Embedded => {
            let folder = place.folder();
            let all =
                chapters(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
            Ok(TrialBalance::count(all, until)?)
        }
        LedgerPlan::Postgres { config } => {
            wait(async { Ok(PostgresEngine::trial_balance(config, until).await?) })
        }
        LedgerPlan::TigerBeetle { cluster, addresses } => wait(async {
            let engine = place.cluster(*cluster, addresses).await?;
            Ok(engine.trial_balance(until).await?)
        }),
    }
}

impl Sheet {
    fn of(balance: &TrialBalance, day: Date, is_wallet: bool) -> Self {
        let words = if is_wallet { &WALLETS_WORDS } else { &BANKS_WORDS };
        let money = || balance.lines.iter().filter(|((ledger, _), _)| *ledger == LEDGER_YEN);
        let lines = money().map(|((_, code), line)| Line {
            code: *code,
            account: (words.account)(*code),
            accounts: line.accounts,
            debit: line.debit_balance().to_string(),
            credit: line.credit_balance().to_string(),
            reserved_debit: line.debits_pending.to_string(),
            reserved_credit: line.credits_pending.to_string(),
        });
        let owed = money()
            .filter(|((_, code), _)| OWED.contains(code))
            .fold(0_u128, |sum, (_, line)| sum.saturating_add(line.credit_balance()));
        Self {
            day,
            ok: balance.is_even(LEDGER_YEN),
            lines: lines.collect(),
            to_be_safeguarded: is_wallet.then(|| owed.to_string()),
        }
    }

    /// One row per line, the head first.
    fn rows(&self) -> Vec<Vec<String>> {
        let head = "day code account accounts debit credit reserved_debit reserved_credit";
        let mut rows = vec![head.split(' ').map(str::to_owned).collect()];
        for line in &self.lines {
            rows.push(vec![
                self.day.to_string(),
                line.code.to_string(),
                line.account.to_owned(),
                line.accounts.to_string(),
                line.debit.clone(),
                line.credit.clone(),
                line.reserved_debit.clone(),
                line.reserved_credit.clone(),
            ]);
        }
        if let Some(owed) = &self.to_be_safeguarded {
            let mut row = vec![String::new(); 8];
            for (cell, text) in row.iter_mut().zip([
                &*self.day.to_string(),
                "",
                "to be safeguarded 要供託額の基礎",
                "",
                "",
                owed,
            ]) {
                text.clone_into(cell);
            }
            rows.push(row);
        }
        rows
    }
}

/// Prints the trial balance of a day, or what is between us and a partner.
pub(super) fn run(args: &DailyReport) -> Result<Outcome> {
    let place = Place::to_read(&args.config)?;
    if let Some(partner) = &args.partner {
        return statement::print(&place, partner, args.day, args.json);
    }
    let day = args.day.context("which day? --day 2026-11-25")?;
    let sheet = Sheet::of(&balance(&place, day)?, day, place.bank.is_none());
    if args.json {
        out!("{}", serde_json::to_string(&sheet)?);
    } else {
        let separator = if args.csv { "," } else { "  " };
        for row in sheet.rows() {
            out!("{}", row.join(separator));
        }
    }
    if !sheet.ok {
        eprintln!("kanuki: debits and credits differ: run kanuki ledger verify");
        return Ok(Outcome::Bad);
    }
    Ok(Outcome::Well)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_in_japan() {
        let end = end_of("2026-11-25".parse().unwrap()).unwrap();

        assert_eq!(end.to_string(), "2026-11-25T14:59:59.999999999Z");
    }
}
