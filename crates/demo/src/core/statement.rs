//! The passbook.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use kanuki_domain::{Yen, bank_account::AccountNumber};
use kanuki_ledger::{AccountId, Filter, TransferRecord, model::PAGE_MAX};
use serde::{Deserialize, Serialize};

use super::{Core, CoreError, SignedYen, chart, passbook};

/// The most lines of one answer.
const LINES_MAX: usize = 1_000;
/// The most pages of transfers that are read for one answer.
const PAGES_MAX: usize = 100;

/// Into the account or out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Money arrived.
    In,
    /// Money left.
    Out,
}

impl Direction {
    /// `in` or `out`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// One line of the passbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatementLine {
    /// When.
    pub at: Timestamp,
    /// What (摘要), as the passbook prints it.
    pub text: String,
    /// How much.
    pub amount: Yen,
    /// Which way.
    pub direction: Direction,
    /// What was there afterwards; below zero when borrowed.
    pub balance: SignedYen,
}

/// What moved under one order, over deposit and loan together.
struct Movement {
    order: u128,
    at: Timestamp,
    code: u16,
    amount: Yen,
    direction: Direction,
}

impl Core {
    /// The account's lines, newest first; `None` for an unknown account. Reservations are no lines.
    pub async fn statement(
        &self,
        at: &AccountNumber,
    ) -> Result<Option<Vec<StatementLine>>, CoreError> {
        let Some((_, account)) = self.account(at) else { return Ok(None) };
        let now = self.clock.now();
        let mut movements = BTreeMap::new();
        self.collect(chart::deposit(at), now, &mut movements).await?;
        if account.has_overdraft {
            self.collect(chart::room(at), now, &mut movements).await?;
        }
        let mut movements: Vec<Movement> = movements.into_values().collect();
        movements.sort_by_key(|movement| movement.at);
        let (mut there, mut borrowed) = (Yen::ZERO, Yen::ZERO);
        let mut lines: Vec<(u128, StatementLine)> = Vec::with_capacity(movements.len());
        for Movement { order, at, code, amount, direction } in movements {
            // One running sum for each direction: a balance is their difference, whatever its sign.
            let sum = match direction {
                Direction::In => &mut there,
                Direction::Out => &mut borrowed,
            };
            *sum = sum.plus(amount).map_err(|error| CoreError::Books(Box::new(error)))?;
            let balance = SignedYen::of(there, borrowed);
            let text = Self::text(code, &self.partner_text);
            lines.push((order, StatementLine { at, text, amount, direction, balance }));
        }
        lines.reverse();
        lines.truncate(LINES_MAX);
        let ids: Vec<_> = lines.iter().map(|(order, _)| passbook::id_of(*order)).collect();
        let said = self.ledger.lookup_transfers(&ids, now).await?;
        for ((_, line), said) in lines.iter_mut().zip(said) {
            if let Some(text) = said.and_then(|said| passbook::unpacked(said.transfer.user_data)) {
                line.text = match line.direction {
                    Direction::Out => Self::text(chart::transfer_code::DEBIT, &text),
                    Direction::In => Self::text(chart::transfer_code::CREDIT, &text),
                };
            }
        }
        Ok(Some(lines.into_iter().map(|(_, line)| line).collect()))
    }

    /// Adds what moved on one ledger account to the order that it belongs to.
    async fn collect(
        &self,
        side: AccountId,
        now: Timestamp,
        into: &mut BTreeMap<u128, Movement>,
    ) -> Result<(), CoreError> {
        let mut filter = Filter::oldest(PAGE_MAX);
        for _page in 0..PAGES_MAX {
            let records = self.ledger.account_transfers(side, filter, now).await?;
            let Some(last) = records.last() else { return Ok(()) };
            filter.since = last.transfer.timestamp.checked_add(SignedDuration::from_nanos(1)).ok();
            for record in records.iter().filter(|record| is_movement(record)) {
                add(record, side, into)?;
            }
        }
        Ok(())
    }

    /// What is printed for a movement of this kind with `partner`.
    fn text(code: u16, partner: &str) -> String {
        let plain = match code {
            chart::transfer_code::OPENING => "繰越",
            chart::transfer_code::DEBIT => return format!("口座振替 {partner}"),
            chart::transfer_code::CREDIT => return format!("振込 {partner}"),
            chart::transfer_code::CASH_IN => "現金お預入れ",
            chart::transfer_code::CASH_OUT => "現金お引出し",
            _ => "お取引",
        };
        plain.to_owned()
    }
}

/// A reservation has not moved yet, a void never did, and a promise to lend is no money.
fn is_movement(record: &TransferRecord) -> bool {
    let transfer = &record.transfer;
    !transfer.flags.pending
        && !transfer.flags.void_pending
        && !transfer.amount.is_zero()
        && transfer.code != chart::transfer_code::FACILITY
}

fn add(
    record: &TransferRecord,
    side: AccountId,
    into: &mut BTreeMap<u128, Movement>,
) -> Result<(), CoreError> {
    let transfer = &record.transfer;
    let direction = if transfer.credit_account == side { Direction::In } else { Direction::Out };
    // An opening belongs to no order: it is its own.
    let order = if transfer.user_data == 0 { transfer.id.bits() } else { transfer.user_data };
    let movement = into.entry(order).or_insert(Movement {
        order,
        at: transfer.timestamp,
        code: transfer.code,
        amount: Yen::ZERO,
        direction,
    });
    movement.amount =
        movement.amount.plus(transfer.amount).map_err(|error| CoreError::Books(Box::new(error)))?;
    Ok(())
}
