//! The log's unit: 128 bytes that are whole or recognizably not.
//!
//! ```text
//! cell 0   magic[8]  version u32  crc u32                                   the file's head
//! frame    head: 1, kind u8, rows u32, first cell of the group u64, now     one batch, then
//!          row:  2, transfer    3, id refused for a passing reason    4, account
//! every    … crc u32, the last four bytes, over the cell and its number
//! ```
//!
//! Four cells fill a disk's sector and none lies across two, so a write that a crash stopped leaves
//! whole cells, blank ones, and at most one whose end, where its checksum is, is blank. A flipped bit
//! does not blank a checksum, so the two are told apart even in the last record. The checksum
//! covers the cell's number: a cell in another's place is damage. A row's number is its place, so
//! any row is read, and proven, alone.

use jiff::Timestamp;
use kanuki_domain::Yen;

use super::bytes::{Put, Take, has, pack};
use crate::{
    model::{Account, AccountFlags, AccountId, Transfer, TransferFlags, TransferId},
    state::tail::{Made, Row},
};

/// Bytes of a cell.
pub(crate) const CELL: usize = 128;
/// The same.
pub(crate) const CELL_U64: u64 = 128;
const BODY: usize = 124;

const MAGIC: [u8; 8] = *b"KANUKILG";
/// 3: cells. Before, a record was a batch as it was asked for.
pub(super) const VERSION: u32 = 3;

const HEAD: u8 = 1;
const TRANSFER: u8 = 2;
const REFUSED: u8 = 3;
const ACCOUNT: u8 = 4;

/// The first bytes of every log.
pub(super) fn file_head() -> [u8; CELL] {
    let mut cell = [0; CELL];
    Put::new(&mut cell).array(MAGIC).array(VERSION.to_le_bytes()).end();
    let crc = cell.first_chunk::<12>().map_or(0, |b| crc32fast::hash(b));
    if let Some(place) = cell.get_mut(12..16) {
        place.copy_from_slice(&crc.to_le_bytes());
    }
    cell
}

/// What the first bytes of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileHead {
    /// A log of some version.
    Version(u32),
    /// Not a log, or damaged.
    Damaged,
}

/// Reads the first bytes of a file.
pub(super) fn parse_file_head(cell: &[u8]) -> FileHead {
    let mut take = Take::new(cell);
    let (magic, version, crc) = (take.array(), take.u32(), take.u32());
    let sound = cell.first_chunk::<12>().map(|b| crc32fast::hash(b)) == crc;
    let is_rest_blank = version != Some(VERSION) || take.0.iter().all(|b| *b == 0);
    match version {
        Some(version) if sound && magic == Some(MAGIC) && is_rest_blank => {
            FileHead::Version(version)
        }
        Some(_) | None => FileHead::Damaged,
    }
}

/// What kind of batch a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Time passed.
    Tick,
    /// New accounts.
    Accounts,
    /// New transfers, and refused ids.
    Transfers,
}

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// The begin of a batch.
    Head { kind: Kind, rows: u32, group: u64, now: Timestamp },
    /// A transfer as it was made.
    Transfer(Transfer),
    /// An id that is never made any more.
    Refused(TransferId),
    /// An account as it was made.
    Account(Account),
}

/// The checksum of a cell whose last four bytes do not count and are written over; never 0.
fn checksum(cell: &mut [u8; CELL], number: u64) -> u32 {
    let [n0, n1, n2, n3, n4, ..] = number.to_le_bytes();
    if let Some(place) = cell.last_chunk_mut::<4>() {
        *place = [n0, n1, n2, n3];
    }
    let mut hasher = crc32fast::Hasher::new_with_initial(u32::from(n4));
    hasher.update(cell);
    hasher.finalize().max(1)
}

/// Gives the cells of `bytes`, from number `first` on, their checksums; a blank one stays blank.
pub(super) fn seal_all(bytes: &mut [u8], first: u64) {
    let (cells, _) = bytes.as_chunks_mut::<CELL>();
    for (number, cell) in (first..).zip(cells) {
        if cell.first().is_some_and(|kind| *kind != 0) {
            let crc = checksum(cell, number);
            if let Some(place) = cell.last_chunk_mut::<4>() {
                *place = crc.to_le_bytes();
            }
        }
    }
}

/// A cell without its checksum, filled by `fill`.
fn filled(fill: impl FnOnce(Put<'_>) -> Put<'_>) -> [u8; CELL] {
    let mut cell = [0; CELL];
    fill(Put::new(&mut cell)).end();
    cell
}

/// The cell of a transfer as it was made, without its checksum.
pub(super) fn of_transfer(transfer: &Transfer) -> [u8; CELL] {
    filled(|put| put_transfer(put.array([TRANSFER]), transfer))
}

impl Cell {
    /// Adds the cell `number` to `out`.
    pub(super) fn write(&self, number: u64, out: &mut Vec<u8>) {
        let mut cell = self.bytes();
        seal_all(&mut cell, number);
        out.extend_from_slice(&cell);
    }

    /// Its bytes without a checksum.
    pub(super) fn bytes(&self) -> [u8; CELL] {
        filled(|put| match self {
            Self::Head { kind, rows, group, now } => {
                let kind = match kind {
                    Kind::Tick => 0,
                    Kind::Accounts => 1,
                    Kind::Transfers => 2,
                };
                put.array([HEAD, kind])
                    .array(rows.to_le_bytes())
                    .array(group.to_le_bytes())
                    .timestamp(*now)
            }
            Self::Transfer(transfer) => put_transfer(put.array([TRANSFER]), transfer),
            Self::Refused(id) => put.array([REFUSED]).array(id.bits().to_le_bytes()),
            Self::Account(account) => put_account(put.array([ACCOUNT]), account),
        })
    }

    /// Reads the cell `number`; `None` if it is not whole.
    pub(super) fn parse(cell: &[u8; CELL], number: u64) -> Option<Self> {
        let crc = cell.last_chunk::<4>().map(|b| u32::from_le_bytes(*b))?;
        if crc != checksum(&mut { *cell }, number) {
            return None;
        }
        let mut take = Take::new(cell.get(..BODY)?);
        match take.u8()? {
            HEAD => {
                let kind = match take.u8()? {
                    0 => Kind::Tick,
                    1 => Kind::Accounts,
                    2 => Kind::Transfers,
                    _ => return None,
                };
                let (rows, group, now) = (take.u32()?, take.u64()?, take.timestamp()?);
                Some(Self::Head { kind, rows, group, now })
            }
            TRANSFER => take_transfer(&mut take).map(Self::Transfer),
            REFUSED => take.u128().map(TransferId).map(Self::Refused),
            ACCOUNT => take_account(&mut take).map(Self::Account),
            _ => None,
        }
    }
}

impl Cell {
    pub(super) const fn is_transfer(&self) -> bool {
        matches!(self, Self::Transfer(_))
    }

    /// The request that makes this transfer again. What was left out or bounded is settled in it.
    pub(super) fn asked_transfer(&self) -> Option<Transfer> {
        match self {
            Self::Transfer(made) if made.flags.imported => Some(*made),
            Self::Transfer(made) => Some(Transfer { timestamp: Timestamp::UNIX_EPOCH, ..*made }),
            Self::Head { .. } | Self::Refused(_) | Self::Account(_) => None,
        }
    }

    /// The request that makes this account again.
    pub(super) fn asked_account(&self) -> Option<Account> {
        match self {
            Self::Account(made) if made.flags.imported => Some(*made),
            Self::Account(made) => Some(Account { timestamp: Timestamp::UNIX_EPOCH, ..*made }),
            Self::Head { .. } | Self::Refused(_) | Self::Transfer(_) => None,
        }
    }

    /// The id that was refused.
    pub(super) const fn refused(&self) -> Option<TransferId> {
        match self {
            Self::Refused(id) => Some(*id),
            Self::Head { .. } | Self::Transfer(_) | Self::Account(_) => None,
        }
    }

    /// Whether the books made the same.
    pub(super) fn is(&self, row: &Row) -> bool {
        match (self, row.made) {
            (Self::Transfer(kept), Made::Transfer { transfer, .. }) => *kept == transfer,
            (Self::Refused(kept), Made::Refused(id)) => *kept == id,
            (
                Self::Transfer(_) | Self::Refused(_) | Self::Account(_) | Self::Head { .. },
                Made::Transfer { .. } | Made::Refused(_),
            ) => false,
        }
    }
}

/// Whether a cell that is not whole is one that never arrived wholly: its checksum is blank.
pub(super) fn is_unfinished(cell: &[u8; CELL]) -> bool {
    cell.last_chunk::<4>() == Some(&[0; 4])
}

pub(super) fn put_account<'a>(put: Put<'a>, account: &Account) -> Put<'a> {
    let flags = account.flags;
    let bits = pack([
        flags.debits_must_not_exceed_credits,
        flags.credits_must_not_exceed_debits,
        flags.history,
        account.closed,
        flags.linked,
        flags.imported,
    ]);
    put.array(account.id.bits().to_le_bytes())
        .array(account.ledger.to_le_bytes())
        .array(account.code.to_le_bytes())
        .array(bits.to_le_bytes())
        .array(account.debits_pending.amount().to_le_bytes())
        .array(account.debits_posted.amount().to_le_bytes())
        .array(account.credits_pending.amount().to_le_bytes())
        .array(account.credits_posted.amount().to_le_bytes())
        .array(account.user_data.to_le_bytes())
        .timestamp(account.timestamp)
}

pub(super) fn take_account(take: &mut Take<'_>) -> Option<Account> {
    let id = AccountId(take.u128()?);
    let (ledger, code, bits) = (take.u32()?, take.u16()?, take.u16()?);
    let flags = AccountFlags {
        debits_must_not_exceed_credits: has(bits, 0),
        credits_must_not_exceed_debits: has(bits, 1),
        history: has(bits, 2),
        linked: has(bits, 4),
        imported: has(bits, 5),
    };
    Some(Account {
        id,
        ledger,
        code,
        flags,
        closed: has(bits, 3),
        debits_pending: take.yen()?,
        debits_posted: take.yen()?,
        credits_pending: take.yen()?,
        credits_posted: take.yen()?,
        user_data: take.u128()?,
        timestamp: take.timestamp()?,
    })
}

pub(super) fn put_transfer<'a>(put: Put<'a>, transfer: &Transfer) -> Put<'a> {
    let flags = transfer.flags;
    let bits = pack([
        flags.linked,
        flags.pending,
        flags.post_pending,
        flags.void_pending,
        flags.balancing_debit,
        flags.balancing_credit,
        flags.closing_debit,
        flags.closing_credit,
        flags.imported,
    ]);
    // A kept transfer that settles nothing has no pending id, and no id is 0.
    let pending_id = transfer.pending_id.map_or(0, TransferId::bits);
    put.array(transfer.id.bits().to_le_bytes())
        .array(transfer.debit_account.bits().to_le_bytes())
        .array(transfer.credit_account.bits().to_le_bytes())
        .array(pending_id.to_le_bytes())
        .array(transfer.user_data.to_le_bytes())
        .array(transfer.amount.amount().to_le_bytes())
        .array(transfer.timeout_secs.to_le_bytes())
        .array(transfer.ledger.to_le_bytes())
        .array(transfer.code.to_le_bytes())
        .array(bits.to_le_bytes())
        .timestamp(transfer.timestamp)
}

pub(super) fn take_transfer(take: &mut Take<'_>) -> Option<Transfer> {
    let id = TransferId(take.u128()?);
    let (debit, credit) = (AccountId(take.u128()?), AccountId(take.u128()?));
    let (pending_id, user_data) = (TransferId(take.u128()?), take.u128()?);
    let amount: Yen = take.yen()?;
    let (timeout_secs, ledger) = (take.u32()?, take.u32()?);
    let (code, bits) = (take.u16()?, take.u16()?);
    let flags = TransferFlags {
        linked: has(bits, 0),
        pending: has(bits, 1),
        post_pending: has(bits, 2),
        void_pending: has(bits, 3),
        balancing_debit: has(bits, 4),
        balancing_credit: has(bits, 5),
        closing_debit: has(bits, 6),
        closing_credit: has(bits, 7),
        imported: has(bits, 8),
    };
    Some(Transfer {
        id,
        debit_account: debit,
        credit_account: credit,
        amount,
        pending_id: (!pending_id.is_none()).then_some(pending_id),
        timeout_secs,
        ledger,
        code,
        flags,
        user_data,
        timestamp: take.timestamp()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells() -> Vec<Cell> {
        let mut void = Transfer::void(TransferId(7), TransferId(u128::MAX - 1)).linked();
        void.timestamp = Timestamp::new(-5, -7).unwrap();
        let closing = Transfer::closing(TransferId(1), AccountId(2), AccountId(3), 4)
            .expires_after(u32::MAX)
            .with_user_data(u128::MAX - 5);
        let flags = AccountFlags::DEBIT_BALANCE.with_history();
        let mut account = Account::new(AccountId(9), u32::MAX, 8, flags).with_user_data(6).linked();
        account.closed = true;
        account.credits_pending = Yen::of(3);
        let now = Timestamp::MAX;
        vec![
            Cell::Head { kind: Kind::Tick, rows: 0, group: 1, now: Timestamp::MIN },
            Cell::Head { kind: Kind::Transfers, rows: 8_189, group: u64::MAX, now },
            Cell::Transfer(void),
            Cell::Transfer(closing),
            Cell::Refused(TransferId(5)),
            Cell::Account(account),
        ]
    }

    #[test]
    fn cell_survives_its_bytes_in_its_place_only() {
        for cell in cells() {
            let mut bytes = Vec::new();
            cell.write(1 << 33, &mut bytes);
            let bytes: [u8; CELL] = bytes.try_into().unwrap();

            assert_eq!(Cell::parse(&bytes, 1 << 33), Some(cell));
            assert_eq!(Cell::parse(&bytes, 1), None);
        }
    }

    #[test]
    fn flipped_bit_is_no_unfinished_cell() {
        for cell in cells() {
            let mut bytes = Vec::new();
            cell.write(3, &mut bytes);
            let sound: [u8; CELL] = bytes.try_into().unwrap();
            for bit in 0..CELL * 8 {
                let mut flipped = sound;
                flipped[bit >> 3] ^= 1 << (bit & 7);

                assert_eq!(Cell::parse(&flipped, 3), None);
                assert!(!is_unfinished(&flipped));
            }
            let mut torn = sound;
            torn[100..].fill(0);
            assert!(is_unfinished(&torn));
        }
    }
}
