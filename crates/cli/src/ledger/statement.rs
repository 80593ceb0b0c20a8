//! `kanuki ledger report --partner`: what a company says of the money between it and a partner, out of
//! its records and its ledger, while it serves or not.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    time::Duration,
};

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp, civil::Date};
use kanuki_bank::partner::Partner;
use kanuki_desk::reconcile::{Movement, Statement};
use kanuki_domain::bank_account::BankCode;
use kanuki_ledger::{
    Chapter, LedgerEngine, PendingState, PostgresEngine, TransferId, TransferRecord,
    embedded::chapters, engine::BATCH_MAX,
};
use kanuki_record::{Book, Table};
use kanuki_site::Clock as _;
use kanuki_store::SqliteRecords;
use kanuki_wallet::PartnerBank;

use super::{place::Place, wait};
use crate::{Outcome, company::ledger::LedgerPlan, out::out, real::SystemClock};

/// Prints the statement as CSV, or its lines as JSON.
pub(super) fn print(
    place: &Place,
    partner: &str,
    day: Option<Date>,
    is_json: bool,
) -> Result<Outcome> {
    let statement = wait(make(place, partner, day))?;
    if is_json {
        out!("{}", serde_json::to_string(&statement.lines.values().collect::<Vec<_>>())?);
    } else {
        // Its own line ends are enough.
        out!("{}", statement.to_csv().trim_end());
    }
    Ok(Outcome::Well)
}

fn records(data: &Path, tables: &[&'static Table]) -> Result<Book> {
    let file = data.join("records.sqlite");
    let records = SqliteRecords::open_read_only(&file, tables)
        .with_context(|| format!("cannot read {}", file.display()))?;
    Ok(Book::new(std::sync::Arc::new(records)))
}

/// Every movement that was asked for between us and a partner.
pub(super) async fn movements_with(place: &Place, partner: &str) -> Result<Vec<Movement>> {
    Ok(begin(place, partner, None).await?.1)
}

async fn make(place: &Place, partner: &str, day: Option<Date>) -> Result<Statement> {
    let (mut statement, movements) = begin(place, partner, day).await?;
    let kept = kept(place, &movements, SystemClock.now()).await?;
    for movement in movements {
        let money = movement.money;
        statement.add(movement.told_by(kept.get(&money)));
    }
    Ok(statement)
}

/// A statement without lines, and what they will be about.
async fn begin(
    place: &Place,
    partner: &str,
    day: Option<Date>,
) -> Result<(Statement, Vec<Movement>)> {
    let now = SystemClock.now();
    Ok(if let Some(code) = place.bank {
        let book = records(&place.data, &kanuki_bank::tables())?;
        let known = book.find::<Partner>(partner).await?;
        let known = known.with_context(|| format!("{partner} is no partner of this bank"))?;
        let movements = kanuki_bank::reconcile::movements(&book, &known.client_id).await?;
        (kanuki_bank::reconcile::begin(now, code, &known.client_id, day), movements)
    } else {
        let code = BankCode::parse(partner)
            .with_context(|| format!("{partner} is not the code of a bank"))?;
        let book = records(&place.data, &kanuki_wallet::tables())?;
        let known = book.find::<PartnerBank>(code.to_string()).await?;
        let known = known.with_context(|| format!("{code} is no partner of this wallet"))?;
        let movements = kanuki_wallet::reconcile::movements(&book, code).await?;
        (kanuki_wallet::reconcile::begin(now, &known, day), movements)
    })
}

type Kept = HashMap<TransferId, TransferRecord>;

/// What the ledger keeps of the money of `movements`.
async fn kept(place: &Place, movements: &[Movement], now: Timestamp) -> Result<Kept> {
    let ids: HashSet<TransferId> = movements.iter().map(|movement| movement.money).collect();
    match &place.plan {
        LedgerPlan::Embedded => {
            let folder = place.folder();
            let all =
                chapters(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
            let mut kept = Kept::new();
            for chapter in all {
                read(&mut kept, &chapter?, &ids);
            }
            expire(&mut kept, now);
            Ok(kept)
        }
        LedgerPlan::Postgres { config } => {
            // The company may be serving: this one only reads.
            let engine = PostgresEngine::open((**config).clone(), Duration::ZERO).await?;
            look_up(&engine, &ids, now).await
        }
        LedgerPlan::TigerBeetle { cluster, addresses } => {
            let engine = place.cluster(*cluster, addresses).await?;
            look_up(&engine, &ids, now).await
        }
    }
}

async fn look_up(
    engine: &dyn LedgerEngine,
    ids: &HashSet<TransferId>,
    now: Timestamp,
) -> Result<Kept> {
    let ids: Vec<TransferId> = ids.iter().copied().collect();
    let mut kept = Kept::new();
    for some in ids.chunks(BATCH_MAX) {
        let found = engine.lookup_transfers(some, now).await?;
        kept.extend(found.into_iter().flatten().map(|record| (record.transfer.id, record)));
    }
    Ok(kept)
}

/// Adds what one batch did to the transfers in question.
fn read(kept: &mut Kept, chapter: &Chapter, ids: &HashSet<TransferId>) {
    for transfer in &chapter.transfers {
        if let Some(settled) = transfer.settled_id().and_then(|id| kept.get_mut(&id)) {
            let by = transfer.id;
            settled.pending = Some(if transfer.flags.void_pending {
                PendingState::Voided { by }
            } else {
                PendingState::Posted { by, amount: transfer.amount }
            });
        }
        if ids.contains(&transfer.id) {
            let timeout = SignedDuration::from_secs(transfer.timeout_secs.into());
            let expires_at = (transfer.timeout_secs != 0)
                .then(|| chapter.now.checked_add(timeout).unwrap_or(Timestamp::MAX));
            let pending = transfer.flags.pending.then_some(PendingState::Pending { expires_at });
            kept.insert(transfer.id, TransferRecord { transfer: *transfer, pending });
        }
    }
}

fn expire(kept: &mut Kept, now: Timestamp) {
    for record in kept.values_mut() {
        if let Some(PendingState::Pending { expires_at: Some(at) }) = record.pending
            && at <= now
        {
            record.pending = Some(PendingState::Expired { at });
        }
    }
}
