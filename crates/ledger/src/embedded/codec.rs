//! A batch as bytes: fixed widths, little-endian.

use jiff::Timestamp;
use kanuki_domain::Yen;

use crate::{
    model::{Account, AccountFlags, AccountId, Transfer, TransferFlags, TransferId},
    state::Batch,
};

const TICK: u8 = 0;
const ACCOUNTS: u8 = 1;
const TRANSFERS: u8 = 2;

/// Marks that `pending_id` is there: an id of 0 that the caller did give was refused, and must be
/// again.
const HAS_PENDING_ID: u16 = 1 << 15;

/// Bytes being read from the front.
pub(super) struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn u128(&mut self) -> Option<u128> {
        self.array().map(u128::from_le_bytes)
    }

    fn yen(&mut self) -> Option<Yen> {
        self.u64().and_then(|amount| Yen::new(amount).ok())
    }

    pub(super) fn timestamp(&mut self) -> Option<Timestamp> {
        let seconds = self.array().map(i64::from_le_bytes)?;
        let nanoseconds = self.array().map(i32::from_le_bytes)?;
        Timestamp::new(seconds, nanoseconds).ok()
    }
}

/// `batch` as bytes.
pub(super) fn encode(batch: &Batch) -> Vec<u8> {
    let mut out = Vec::new();
    match batch {
        Batch::Tick => out.push(TICK),
        Batch::Accounts(accounts) => {
            out.push(ACCOUNTS);
            for account in accounts {
                encode_account(account, &mut out);
            }
        }
        Batch::Transfers(transfers) => {
            out.push(TRANSFERS);
            for transfer in transfers {
                encode_transfer(transfer, &mut out);
            }
        }
    }
    out
}

/// The inverse of [`encode`]; `None` if the bytes are no batch.
pub(super) fn decode(bytes: &[u8]) -> Option<Batch> {
    let mut read = Bytes::new(bytes);
    match read.u8()? {
        TICK => read.0.is_empty().then_some(Batch::Tick),
        ACCOUNTS => decode_all(&mut read, decode_account).map(Batch::Accounts),
        TRANSFERS => decode_all(&mut read, decode_transfer).map(Batch::Transfers),
        _ => None,
    }
}

fn decode_all<T>(
    read: &mut Bytes<'_>,
    one: impl Fn(&mut Bytes<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let mut all = Vec::new();
    while !read.0.is_empty() {
        all.push(one(read)?);
    }
    Some(all)
}

fn encode_account(account: &Account, out: &mut Vec<u8>) {
    let Account { id, ledger, code, flags, closed, .. } = account;
    out.extend(id.bits().to_le_bytes());
    out.extend(ledger.to_le_bytes());
    out.extend(code.to_le_bytes());
    let bits = [
        flags.debits_must_not_exceed_credits,
        flags.credits_must_not_exceed_debits,
        flags.history,
        *closed,
        flags.linked,
        flags.imported,
    ];
    out.extend(pack(&bits).to_le_bytes());
    for sum in [
        account.debits_pending,
        account.debits_posted,
        account.credits_pending,
        account.credits_posted,
    ] {
        out.extend(sum.amount().to_le_bytes());
    }
    out.extend(account.user_data.to_le_bytes());
    encode_timestamp(account.timestamp, out);
}

fn encode_timestamp(at: Timestamp, out: &mut Vec<u8>) {
    out.extend(at.as_second().to_le_bytes());
    out.extend(at.subsec_nanosecond().to_le_bytes());
}

fn decode_account(read: &mut Bytes<'_>) -> Option<Account> {
    let id = AccountId(read.u128()?);
    let (ledger, code, bits) = (read.u32()?, read.u16()?, read.u16()?);
    let flags = AccountFlags {
        debits_must_not_exceed_credits: has(bits, 0),
        credits_must_not_exceed_debits: has(bits, 1),
        history: has(bits, 2),
        linked: has(bits, 4),
        imported: has(bits, 5),
    };
    Some(Account {
        debits_pending: read.yen()?,
        debits_posted: read.yen()?,
        credits_pending: read.yen()?,
        credits_posted: read.yen()?,
        closed: has(bits, 3),
        user_data: read.u128()?,
        timestamp: read.timestamp()?,
        ..Account::new(id, ledger, code, flags)
    })
}

fn encode_transfer(transfer: &Transfer, out: &mut Vec<u8>) {
    let flags = transfer.flags;
    let bits = [
        flags.linked,
        flags.pending,
        flags.post_pending,
        flags.void_pending,
        flags.balancing_debit,
        flags.balancing_credit,
        flags.closing_debit,
        flags.closing_credit,
        flags.imported,
    ];
    let marker = if transfer.pending_id.is_some() { HAS_PENDING_ID } else { 0 };
    let pending_id = transfer.pending_id.map_or(0, TransferId::bits);
    for id in [
        transfer.id.bits(),
        transfer.debit_account.bits(),
        transfer.credit_account.bits(),
        pending_id,
        transfer.user_data,
    ] {
        out.extend(id.to_le_bytes());
    }
    out.extend(transfer.amount.amount().to_le_bytes());
    out.extend(transfer.timeout_secs.to_le_bytes());
    out.extend(transfer.ledger.to_le_bytes());
    out.extend(transfer.code.to_le_bytes());
    out.extend((pack(&bits) | marker).to_le_bytes());
    encode_timestamp(transfer.timestamp, out);
}

fn decode_transfer(read: &mut Bytes<'_>) -> Option<Transfer> {
    let id = TransferId(read.u128()?);
    let (debit, credit) = (AccountId(read.u128()?), AccountId(read.u128()?));
    let (pending_id, user_data) = (TransferId(read.u128()?), read.u128()?);
    let amount = read.yen()?;
    let (timeout_secs, ledger) = (read.u32()?, read.u32()?);
    let (code, bits) = (read.u16()?, read.u16()?);
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
        pending_id: (bits & HAS_PENDING_ID != 0).then_some(pending_id),
        timeout_secs,
        ledger,
        code,
        flags,
        user_data,
        timestamp: read.timestamp()?,
    })
}

/// The flags as bits, the first one lowest.
fn pack(flags: &[bool]) -> u16 {
    flags.iter().rev().fold(0, |bits, flag| (bits << 1_u32) | u16::from(*flag))
}

fn has(bits: u16, place: u32) -> bool {
    bits.checked_shr(place).is_some_and(|shifted| shifted & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flag_survives_alone() {
        for place in 0..9 {
            let flags: Vec<bool> = (0..9).map(|p| p == place).collect();

            let bits = pack(&flags);

            let read: Vec<bool> = (0..9).map(|p| has(bits, p)).collect();
            assert_eq!(read, flags);
        }
    }

    #[test]
    fn batch_survives_its_bytes() {
        let void = Transfer::void(TransferId(7), TransferId(u128::MAX)).linked();
        let mut odd = Transfer::closing(TransferId(1), AccountId(2), AccountId(3), 4)
            .expires_after(u32::MAX)
            .with_user_data(u128::MAX - 5);
        odd.pending_id = Some(TransferId(0));
        odd.timestamp = Timestamp::new(-5, -7).unwrap();
        let flags = AccountFlags::DEBIT_BALANCE.with_history();
        let mut account = Account::new(AccountId(9), u32::MAX, 8, flags);
        account.closed = true;
        account.credits_pending = Yen::of(3);
        let account = account.linked().imported(odd.timestamp).with_user_data(u128::MAX);
        let batches =
            [Batch::Tick, Batch::Accounts(vec![account]), Batch::Transfers(vec![void, odd])];
        for batch in batches {
            let bytes = encode(&batch);

            assert_eq!(decode(&bytes), Some(batch));
            assert_ne!(decode(&bytes[..bytes.len() - 1]), decode(&bytes));
        }
    }
}
