//! `kanuki ledger export`: what was posted on some days, for accountants, while the company serves or
//! not.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use kanuki_desk::journal::{
    Days, Encoding, Form,
    account::{Between, Settled},
    csv,
};
use kanuki_domain::bank_account::BankCode;
use kanuki_ledger::{Journal, LedgerEngine as _, PostgresEngine, Stretch, embedded::chapters};
use kanuki_site::Clock as _;

use super::{
    args::{Export, Letters},
    place::Place,
    statement::movements_with,
    wait,
};
use crate::{Outcome, company::ledger::LedgerPlan, real::SystemClock};

/// Writes what is asked for.
pub(super) fn run(args: &Export) -> Result<Outcome> {
    let place = Place::to_read(&args.config)?;
    let last = args.to.unwrap_or(args.day);
    let days = Days::new(args.day, last, SystemClock.now()).context(
        "--to is the same day as --day or a later one, a year later at most, and over in Japan",
    )?;
    let bytes = if let Some(partner) = &args.partner {
        let settled = args.zengin.as_ref().context("which account is it? --zengin 001-1234567")?;
        let name = args.name.as_deref().context("whose is it? --name, in half-width kana")?;
        account(&place, partner, days, (settled, name))?
    } else {
        let journal = wait(read(&place, &days.stretch(usize::MAX)))?;
        let form = if args.each { Form::Each } else { Form::Sums };
        let encoding = match args.encoding {
            Letters::Utf8 => Encoding::Utf8,
            Letters::ShiftJis => Encoding::ShiftJis,
        };
        let is_wallet = place.bank.is_none();
        let words =
            if is_wallet { &kanuki_wallet::journal::WORDS } else { &kanuki_bank::journal::WORDS };
        csv(&journal, words, form, encoding)?
    };
    std::io::stdout().lock().write_all(&bytes).context("the file was not written whole")?;
    Ok(Outcome::Well)
}

/// Reads the journal, wherever the books are.
async fn read(place: &Place, stretch: &Stretch) -> Result<Journal> {
    match &place.plan {
        LedgerPlan::Embedded => {
            let folder = place.folder();
            let all =
                chapters(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
            Ok(Journal::read(all, stretch)?)
        }
        LedgerPlan::Postgres { config } => Ok(PostgresEngine::journal(config, stretch).await?),
        LedgerPlan::TigerBeetle { cluster, addresses } => {
            let engine = place.cluster(*cluster, addresses).await?;
            Ok(engine.journal(*stretch, SystemClock.now()).await?)
        }
    }
}

/// The account with a partner, as a 全銀 file.
fn account(place: &Place, partner: &str, days: Days, of: (&Settled, &str)) -> Result<Vec<u8>> {
    let (between, journal) = wait(async {
        let between = between(place, partner).await?;
        let journal = read(place, &between.stretch(days, usize::MAX)).await?;
        Ok((between, journal))
    })?;
    Ok(between.file(&journal, days, of, SystemClock.now())?)
}

async fn between(place: &Place, partner: &str) -> Result<Between> {
    let movements = movements_with(place, partner).await?;
    Ok(if let Some(bank) = place.bank {
        let clearing = kanuki_bank::chart::partner_clearing(partner);
        Between { bank, clearing, movements, is_wallet: false }
    } else {
        let bank = BankCode::parse(partner)?;
        let clearing = kanuki_wallet::chart::bank_clearing(bank);
        Between { bank, clearing, movements, is_wallet: true }
    })
}
