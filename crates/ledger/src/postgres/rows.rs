//! Rows as PostgreSQL's binary format has them: arrays of a table's row type, in one parameter.

use std::error::Error;

use bytes::{BufMut as _, BytesMut};
use jiff::Timestamp;
use kanuki_domain::Yen;
use tokio_postgres::{
    Row,
    types::{FromSql, IsNull, Kind, ToSql, Type, to_sql_checked},
};

use super::error::PostgresError;
use crate::{
    model::{
        Account, AccountFlags, AccountId, BalanceRow, PendingState, Transfer, TransferFlags,
        TransferId, TransferRecord,
    },
    state::part::Written,
};

type Boxed = Box<dyn Error + Sync + Send>;

/// 128 bits as a uuid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bits(pub(super) u128);

impl ToSql for Bits {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        out.put_u128(self.0);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::UUID
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Bits {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Boxed> {
        Ok(Self(u128::from_be_bytes(raw.try_into()?)))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::UUID
    }
}

/// Nanoseconds since 1970, if they fit in 64 bits (until the year 2262).
pub(super) fn nanos(at: Timestamp) -> Option<i64> {
    i64::try_from(at.as_nanosecond()).ok()
}

/// The nearest instant that fits.
pub(super) fn nanos_within(at: Timestamp) -> i64 {
    nanos(at).unwrap_or(if at < Timestamp::UNIX_EPOCH { i64::MIN } else { i64::MAX })
}

/// The instant of so many nanoseconds since 1970.
pub(super) fn instant(nanos: i64) -> Result<Timestamp, PostgresError> {
    Timestamp::from_nanosecond(nanos.into()).map_err(|_| PostgresError::Damaged("a timestamp"))
}

/// The columns of one row.
pub(super) trait AsRow {
    /// How many there are.
    const COLUMNS: i32;
    /// How many bytes they take at most, with their lengths and the row's.
    const BYTES: usize;
    /// Writes them, in the order of the table.
    fn put(&self, out: &mut Columns<'_>);
}

/// Where columns are written to.
pub(super) struct Columns<'a>(&'a mut BytesMut);

const BOOL: u32 = 16;
const INT8: u32 = 20;
const INT4: u32 = 23;
const UUID: u32 = 2950;

impl Columns<'_> {
    fn int8(&mut self, value: i64) {
        self.0.put_u32(INT8);
        self.0.put_i32(8);
        self.0.put_i64(value);
    }

    fn int4(&mut self, value: i32) {
        self.0.put_u32(INT4);
        self.0.put_i32(4);
        self.0.put_i32(value);
    }

    fn bool(&mut self, value: bool) {
        self.0.put_u32(BOOL);
        self.0.put_i32(1);
        self.0.put_u8(value.into());
    }

    fn uuid(&mut self, value: u128) {
        self.0.put_u32(UUID);
        self.0.put_i32(16);
        self.0.put_u128(value);
    }

    fn null(&mut self, ty: u32) {
        self.0.put_u32(ty);
        self.0.put_i32(-1);
    }

    /// 0 means "none".
    fn uuid_or_null(&mut self, value: u128) {
        if value == 0 { self.null(UUID) } else { self.uuid(value) }
    }

    fn yen(&mut self, amount: Yen) {
        // Yen has far less than 63 bits.
        self.int8(i64::try_from(amount.amount()).unwrap_or(i64::MAX));
    }

    /// Whoever builds the row has seen that the instant fits.
    fn at(&mut self, at: Timestamp) {
        self.int8(nanos_within(at));
    }

    fn sums(&mut self, account: &Account) {
        self.yen(account.debits_pending);
        self.yen(account.debits_posted);
        self.yen(account.credits_pending);
        self.yen(account.credits_posted);
    }
}

/// Rows as one parameter.
#[derive(Debug)]
pub(super) struct Rows<'a, T>(pub(super) &'a [T]);

impl<T: AsRow + std::fmt::Debug> ToSql for Rows<'_, T> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        let Kind::Array(row) = ty.kind() else {
            return Err("not an array".into());
        };
        out.put_i32(i32::from(!self.0.is_empty()));
        out.put_i32(0);
        out.put_u32(row.oid());
        if self.0.is_empty() {
            return Ok(IsNull::No);
        }
        out.put_i32(i32::try_from(self.0.len())?);
        out.put_i32(1);
        out.reserve(self.0.len().saturating_mul(T::BYTES));
        for row in self.0 {
            // How long the row is stands before it and is known behind it.
            let start = out.len();
            out.put_i32(0);
            out.put_i32(T::COLUMNS);
            row.put(&mut Columns(out));
            let length = i32::try_from(out.len().saturating_sub(start).saturating_sub(4))?;
            if let Some(place) = out.get_mut(start..).and_then(<[u8]>::first_chunk_mut) {
                *place = length.to_be_bytes();
            }
        }
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Array(row) if matches!(row.kind(), Kind::Composite(_)))
    }

    to_sql_checked!();
}

impl AsRow for Written {
    const COLUMNS: i32 = 20;
    const BYTES: usize = 360;

    fn put(&self, out: &mut Columns<'_>) {
        let Self { transfer, debit, credit } = self;
        out.at(transfer.timestamp);
        out.uuid(transfer.id.bits());
        out.uuid(transfer.debit_account.bits());
        out.uuid(transfer.credit_account.bits());
        out.yen(transfer.amount);
        out.uuid_or_null(transfer.pending_id.map_or(0, TransferId::bits));
        out.uuid_or_null(transfer.user_data);
        out.int8(transfer.timeout_secs.into());
        out.int8(transfer.ledger.into());
        out.int4(transfer.code.into());
        out.int4(pack(&transfer_flags(transfer.flags)));
        out.sums(debit);
        out.sums(credit);
        out.int4(pack(&[debit.closed, credit.closed]));
    }
}

/// An account and the transfer up to which its sums count.
#[derive(Clone, Copy, Debug)]
pub(super) struct AccountRow {
    pub(super) account: Account,
    pub(super) as_of: Timestamp,
}

impl AsRow for AccountRow {
    const COLUMNS: i32 = 12;
    const BYTES: usize = 220;

    fn put(&self, out: &mut Columns<'_>) {
        let Account { id, ledger, code, flags, user_data, timestamp, closed, .. } = self.account;
        out.uuid(id.bits());
        out.int8(ledger.into());
        out.int4(code.into());
        out.int4(pack(&account_flags(flags)));
        out.uuid_or_null(user_data);
        out.at(timestamp);
        out.sums(&self.account);
        out.bool(closed);
        out.at(self.as_of);
    }
}

/// A reservation and what became of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct PendingRow(pub(super) TransferRecord);

impl AsRow for PendingRow {
    const COLUMNS: i32 = 6;
    const BYTES: usize = 128;

    fn put(&self, out: &mut Columns<'_>) {
        let TransferRecord { transfer, pending } = self.0;
        out.uuid(transfer.id.bits());
        out.at(transfer.timestamp);
        let (expires_at, state, by, amount) = match pending {
            Some(PendingState::Posted { by, amount }) => (None, 1, by.bits(), amount),
            Some(PendingState::Voided { by }) => (None, 2, by.bits(), Yen::ZERO),
            Some(PendingState::Expired { at }) => (Some(at), 3, 0, Yen::ZERO),
            Some(PendingState::Pending { expires_at }) => (expires_at, 0, 0, Yen::ZERO),
            None => (None, 0, 0, Yen::ZERO),
        };
        match expires_at {
            Some(at) => out.at(at),
            None => out.null(INT8),
        }
        out.int4(state);
        out.uuid_or_null(by);
        out.yen(amount);
    }
}

/// The columns of [`transfer_record`].
pub(super) const RECORD_COLUMNS: &str = "t.at, t.id, t.debit_account, t.credit_account, t.amount, \
     t.pending_id, t.user_data, t.timeout_secs, t.ledger, t.code, t.flags, \
     p.expires_at, p.state, p.settled_by, p.amount";

/// A transfer and what became of it.
pub(super) fn transfer_record(row: &Row) -> Result<TransferRecord, PostgresError> {
    let pending_id: Option<Bits> = row.try_get(5)?;
    let transfer = Transfer {
        timestamp: instant(row.try_get(0)?)?,
        id: TransferId(bits(row, 1)?),
        debit_account: AccountId(bits(row, 2)?),
        credit_account: AccountId(bits(row, 3)?),
        amount: yen(row, 4)?,
        pending_id: pending_id.map(|id| TransferId(id.0)),
        user_data: bits(row, 6)?,
        timeout_secs: small(row.try_get::<_, i64>(7)?)?,
        ledger: small(row.try_get::<_, i64>(8)?)?,
        code: small(row.try_get::<_, i32>(9)?)?,
        flags: unpack_transfer(row.try_get(10)?),
    };
    let state: Option<i32> = row.try_get(12)?;
    let pending = match state {
        None => None,
        Some(state) => Some(pending_state(row, state)?),
    };
    Ok(TransferRecord { transfer, pending })
}

fn pending_state(row: &Row, state: i32) -> Result<PendingState, PostgresError> {
    let expires_at: Option<i64> = row.try_get(11)?;
    let expires_at = expires_at.map(instant).transpose()?;
    let by = TransferId(bits(row, 13)?);
    match (state, expires_at) {
        (0, expires_at) => Ok(PendingState::Pending { expires_at }),
        (1, _) => Ok(PendingState::Posted { by, amount: yen(row, 14)? }),
        (2, _) => Ok(PendingState::Voided { by }),
        (3, Some(at)) => Ok(PendingState::Expired { at }),
        _ => Err(PostgresError::Damaged("what became of a reservation")),
    }
}

/// The columns of [`account`], of the table and of the view `balance`.
pub(super) const ACCOUNT_COLUMNS: &str = "id, ledger, code, flags, user_data, made_at, \
     debits_pending, debits_posted, credits_pending, credits_posted, closed";

/// An account.
pub(super) fn account(row: &Row) -> Result<Account, PostgresError> {
    let flags = unpack_account(row.try_get(3)?);
    let id = AccountId(bits(row, 0)?);
    let (ledger, code) = (small(row.try_get::<_, i64>(1)?)?, small(row.try_get::<_, i32>(2)?)?);
    Ok(Account {
        user_data: bits(row, 4)?,
        timestamp: instant(row.try_get(5)?)?,
        debits_pending: yen(row, 6)?,
        debits_posted: yen(row, 7)?,
        credits_pending: yen(row, 8)?,
        credits_posted: yen(row, 9)?,
        closed: row.try_get(10)?,
        ..Account::new(id, ledger, code, flags)
    })
}

/// The sums of `account` after the transfer whose timestamp is the first column.
pub(super) fn balance_row(account: AccountId, row: &Row) -> Result<BalanceRow, PostgresError> {
    Ok(BalanceRow {
        account,
        timestamp: instant(row.try_get(0)?)?,
        debits_pending: yen(row, 1)?,
        debits_posted: yen(row, 2)?,
        credits_pending: yen(row, 3)?,
        credits_posted: yen(row, 4)?,
    })
}

/// An id or a reference; null is 0, "none".
pub(super) fn bits(row: &Row, column: usize) -> Result<u128, PostgresError> {
    let bits: Option<Bits> = row.try_get(column)?;
    Ok(bits.map_or(0, |bits| bits.0))
}

fn yen(row: &Row, column: usize) -> Result<Yen, PostgresError> {
    let amount: i64 = row.try_get(column)?;
    let amount = u64::try_from(amount).map_err(|_| PostgresError::Damaged("an amount"))?;
    Yen::new(amount).map_err(|_| PostgresError::Damaged("an amount"))
}

fn small<A, B: TryFrom<A>>(value: A) -> Result<B, PostgresError> {
    B::try_from(value).map_err(|_| PostgresError::Damaged("a number"))
}

fn transfer_flags(flags: TransferFlags) -> [bool; 9] {
    [
        flags.linked,
        flags.pending,
        flags.post_pending,
        flags.void_pending,
        flags.balancing_debit,
        flags.balancing_credit,
        flags.closing_debit,
        flags.closing_credit,
        flags.imported,
    ]
}

fn unpack_transfer(bits: i32) -> TransferFlags {
    TransferFlags {
        linked: has(bits, 0),
        pending: has(bits, 1),
        post_pending: has(bits, 2),
        void_pending: has(bits, 3),
        balancing_debit: has(bits, 4),
        balancing_credit: has(bits, 5),
        closing_debit: has(bits, 6),
        closing_credit: has(bits, 7),
        imported: has(bits, 8),
    }
}

fn account_flags(flags: AccountFlags) -> [bool; 5] {
    [
        flags.debits_must_not_exceed_credits,
        flags.credits_must_not_exceed_debits,
        flags.history,
        flags.linked,
        flags.imported,
    ]
}

fn unpack_account(bits: i32) -> AccountFlags {
    AccountFlags {
        debits_must_not_exceed_credits: has(bits, 0),
        credits_must_not_exceed_debits: has(bits, 1),
        history: has(bits, 2),
        linked: has(bits, 3),
        imported: has(bits, 4),
    }
}

/// The flags as bits, the first one lowest.
fn pack(flags: &[bool]) -> i32 {
    flags.iter().rev().fold(0, |bits, flag| (bits << 1_u32) | i32::from(*flag))
}

const fn has(bits: i32, place: u32) -> bool {
    (bits >> place) & 1 == 1
}
