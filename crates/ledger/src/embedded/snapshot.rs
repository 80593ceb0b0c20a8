//! Snapshots: the balances and open reservations at one place of the log.
//!
//! ```text
//! magic[8]  version u32  then blocks of  length u32, crc u32, bytes
//! ```
//!
//! A new one is written beside the present one, made durable, read back, and only then takes its
//! place; the one before stays as a second chance. All three may be lost: the log makes them again.

use std::io;

use super::{
    bytes::{Put, Take},
    cell::{put_account, put_transfer, take_account, take_transfer},
    disk::{Blob, Device, fill},
};
use crate::state::{
    Held, Image, Open,
    spans::{Span, Spans},
};

pub(crate) const SNAPSHOT: &str = "ledger.snapshot";
pub(crate) const SNAPSHOT_BEFORE: &str = "ledger.snapshot.before";
const SNAPSHOT_NEW: &str = "ledger.snapshot.new";
const MAGIC: [u8; 12] = *b"KANUKISN\x02\0\0\0";
/// Without spans of ids.
const MAGIC_1: [u8; 12] = *b"KANUKISN\x01\0\0\0";
const BLOCK: usize = 1 << 20;
const ACCOUNT_LEN: usize = 84;
const TRANSFER_LEN: usize = 112;

/// Books at a place of the log.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// The cell of the first frame that is not in it.
    pub(crate) cell: u64,
    pub(crate) image: Image,
}

impl Snapshot {
    fn encode(&self) -> Vec<u8> {
        let Image { accounts, open, now, stamped, transferred, next, spans } = &self.image;
        let mut out = Vec::new();
        out.extend(self.cell.to_le_bytes());
        out.extend(next.to_le_bytes());
        for at in [now, stamped, transferred] {
            out.extend(at.as_second().to_le_bytes());
            out.extend(at.subsec_nanosecond().to_le_bytes());
        }
        out.extend(u64::try_from(accounts.len()).unwrap_or(0).to_le_bytes());
        for Held { account, last } in accounts {
            let mut bytes = [0; ACCOUNT_LEN];
            put_account(Put::new(&mut bytes), account).end();
            out.extend(bytes);
            out.extend(last.to_le_bytes());
        }
        out.extend(u64::try_from(open.len()).unwrap_or(0).to_le_bytes());
        for Open { number, transfer, expires_at } in open {
            let mut bytes = [0; TRANSFER_LEN];
            put_transfer(Put::new(&mut bytes), transfer).end();
            out.extend(bytes);
            out.extend(number.to_le_bytes());
            out.push(u8::from(expires_at.is_some()));
            let at = expires_at.unwrap_or_default();
            out.extend(at.as_second().to_le_bytes());
            out.extend(at.subsec_nanosecond().to_le_bytes());
        }
        let spans = spans.as_ref().map_or_else(Vec::new, |spans| spans.all().to_vec());
        out.extend(u64::try_from(spans.len()).unwrap_or(0).to_le_bytes());
        for Span { from, to } in spans {
            out.extend(from.to_le_bytes());
            out.extend(to.to_le_bytes());
        }
        out
    }

    fn decode(bytes: &[u8], has_spans: bool) -> Option<Self> {
        let mut take = Take::new(bytes);
        let (cell, next) = (take.u64()?, take.u64()?);
        let (now, stamped, transferred) = (take.timestamp()?, take.timestamp()?, take.timestamp()?);
        let mut accounts = Vec::new();
        for _ in 0..take.u64()? {
            accounts.push(Held { account: take_account(&mut take)?, last: take.u64()? });
        }
        let mut open = Vec::new();
        for _ in 0..take.u64()? {
            let transfer = take_transfer(&mut take)?;
            let (number, expires) = (take.u64()?, take.u8()? == 1);
            let at = take.timestamp()?;
            open.push(Open { number, transfer, expires_at: expires.then_some(at) });
        }
        let spans = if has_spans { Some(take_spans(&mut take)?) } else { None };
        let image = Image { accounts, open, now, stamped, transferred, next, spans };
        take.0.is_empty().then_some(Self { cell, image })
    }
}

fn take_spans(take: &mut Take<'_>) -> Option<Spans> {
    let mut spans = Vec::new();
    for _ in 0..take.u64()? {
        spans.push(Span { from: take.u128()?, to: take.u128()? });
    }
    Spans::restore(spans)
}

/// What a snapshot's file holds.
#[derive(Debug)]
pub(crate) enum Found {
    /// A sound snapshot.
    Sound(Box<Snapshot>),
    /// There is none.
    None,
    /// It has changed since it was written.
    Damaged {
        /// The byte where the damaged block begins.
        offset: u64,
    },
}

/// Reads the snapshot `name`.
pub(crate) fn read(device: &dyn Device, name: &str) -> io::Result<Found> {
    if !device.exists(name)? {
        return Ok(Found::None);
    }
    parse(&*device.open(name)?)
}

/// How far the log went when the snapshot in `file` was taken; nothing where that cannot be told. Reads its
/// first block alone.
pub(crate) fn seen(file: &dyn Blob) -> io::Result<Option<u64>> {
    let mut head = [0; MAGIC.len() + 8];
    let got = fill(file, &mut head, 0)?;
    let mut take = Take::new(head.get(..got).unwrap_or_default());
    let is_ours = matches!(take.array(), Some(MAGIC | MAGIC_1));
    let (Some(length), Some(crc)) = (take.u32(), take.u32()) else { return Ok(None) };
    let length = usize::try_from(length).ok().filter(|length| is_ours && *length <= BLOCK);
    let Some(length) = length else { return Ok(None) };
    let mut block = vec![0; length];
    let offset = u64::try_from(head.len()).map_err(io::Error::other)?;
    if fill(file, &mut block, offset)? < length || crc32fast::hash(&block) != crc {
        return Ok(None);
    }
    Ok(Take::new(&block).u64())
}

/// Reads the snapshot in `file`.
pub(crate) fn parse(file: &dyn Blob) -> io::Result<Found> {
    let len = usize::try_from(file.len()?).map_err(io::Error::other)?;
    let mut bytes = vec![0; len];
    let got = fill(file, &mut bytes, 0)?;
    bytes.truncate(got);
    let mut take = Take::new(&bytes);
    let has_spans = match take.array() {
        Some(MAGIC) => true,
        Some(MAGIC_1) => false,
        Some(_) | None => return Ok(Found::Damaged { offset: 0 }),
    };
    let mut content = Vec::with_capacity(got);
    while !take.0.is_empty() {
        let left = take.0.len();
        let (length, crc) = (take.u32(), take.u32());
        let length = length.and_then(|length| usize::try_from(length).ok());
        let block = length.and_then(|length| take.0.split_at_checked(length));
        match block {
            Some((block, rest)) if crc == Some(crc32fast::hash(block)) => {
                content.extend_from_slice(block);
                take = Take::new(rest);
            }
            Some(_) | None => {
                let offset = u64::try_from(got.saturating_sub(left)).unwrap_or(0);
                return Ok(Found::Damaged { offset });
            }
        }
    }
    Ok(Snapshot::decode(&content, has_spans)
        .map_or(Found::Damaged { offset: 0 }, |snapshot| Found::Sound(Box::new(snapshot))))
}

/// Writes a snapshot and, once it has proven readable, puts it in the place of the present one.
pub(crate) fn write(device: &dyn Device, snapshot: &Snapshot) -> io::Result<()> {
    let content = snapshot.encode();
    let mut bytes = MAGIC.to_vec();
    for block in content.chunks(BLOCK) {
        bytes.extend(u32::try_from(block.len()).map_err(io::Error::other)?.to_le_bytes());
        bytes.extend(crc32fast::hash(block).to_le_bytes());
        bytes.extend(block);
    }
    let file = device.open(SNAPSHOT_NEW)?;
    file.cut(0)?;
    file.write_at(&bytes, 0)?;
    file.sync()?;
    match read(device, SNAPSHOT_NEW)? {
        Found::Sound(found) if found.encode() == content => {}
        Found::Sound(_) | Found::None | Found::Damaged { .. } => {
            return Err(io::Error::other("a new snapshot does not read as it was written"));
        }
    }
    if device.exists(SNAPSHOT)? {
        device.rename(SNAPSHOT, SNAPSHOT_BEFORE)?;
    }
    device.rename(SNAPSHOT_NEW, SNAPSHOT)?;
    device.sync()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Account, AccountFlags, AccountId, LEDGER_YEN, Transfer, TransferId},
        state::{Batch, State},
    };
    use jiff::Timestamp;
    use kanuki_domain::Yen;

    fn books() -> State {
        let mut books = State::new();
        let account = |id| Account::new(AccountId(id), LEDGER_YEN, 1, AccountFlags::NONE);
        books.apply(&Batch::Accounts(vec![account(1), account(2)]), Timestamp::UNIX_EPOCH);
        let paid = |n| Transfer::posted(TransferId(n), AccountId(1), AccountId(2), Yen::of(1), 1);
        let paid = Batch::Transfers((1..=90).map(paid).collect());
        assert_eq!(books.apply(&paid, Timestamp::UNIX_EPOCH).created(), 90);
        books
    }

    #[test]
    fn snapshot_survives_its_bytes() {
        let bytes = Snapshot { cell: 7, image: books().image() }.encode();

        let read = Snapshot::decode(&bytes, true).unwrap();

        assert_eq!(read.encode(), bytes);
        assert!(read.image.spans.unwrap().has(TransferId(50)));
    }

    #[test]
    fn snapshot_from_before_spans_leaves_every_id_to_be_looked_up() {
        let image = Image { spans: None, ..books().image() };
        let bytes = Snapshot { cell: 7, image }.encode();
        let (of_spans, before) = bytes.split_last_chunk::<8>().map(|(b, n)| (n, b)).unwrap();
        assert_eq!(of_spans, &[0; 8]);

        let read = Snapshot::decode(before, false).unwrap();
        let restored = State::restore(read.image, crate::state::ids::Ids::default());

        assert!(restored.image().spans.unwrap().has(TransferId(u128::MAX - 1)));
    }
}
