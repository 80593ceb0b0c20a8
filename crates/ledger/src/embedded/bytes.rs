//! Fixed-width, little-endian bytes: put into a cell, taken from the front.

use jiff::Timestamp;
use kanuki_domain::Yen;

/// Bytes being read from the front.
pub(super) struct Take<'a>(pub(super) &'a [u8]);

impl<'a> Take<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn u128(&mut self) -> Option<u128> {
        self.array().map(u128::from_le_bytes)
    }

    pub(super) fn yen(&mut self) -> Option<Yen> {
        self.u64().and_then(|amount| Yen::new(amount).ok())
    }

    pub(super) fn timestamp(&mut self) -> Option<Timestamp> {
        let seconds = self.array().map(i64::from_le_bytes)?;
        let nanoseconds = self.array().map(i32::from_le_bytes)?;
        Timestamp::new(seconds, nanoseconds).ok()
    }

    /// Seven bits a byte, the lowest first.
    pub(super) fn varint(&mut self) -> Option<u128> {
        let mut value = 0_u128;
        for shift in (0..126_u32).step_by(7) {
            let byte = self.u8()?;
            value |= u128::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    pub(super) fn varint_u64(&mut self) -> Option<u64> {
        self.varint().and_then(|value| u64::try_from(value).ok())
    }
}

/// Bytes being put one after the other into room that is there already.
pub(super) struct Put<'a>(&'a mut [u8]);

impl<'a> Put<'a> {
    pub(super) const fn new(room: &'a mut [u8]) -> Self {
        Self(room)
    }

    pub(super) fn array<const N: usize>(self, bytes: [u8; N]) -> Self {
        let Some((room, rest)) = self.0.split_first_chunk_mut() else {
            return Self(&mut []);
        };
        *room = bytes;
        Self(rest)
    }

    /// That was all.
    pub(super) const fn end(self) {
        let Self(_room_left) = self;
    }

    pub(super) fn timestamp(self, at: Timestamp) -> Self {
        self.array(at.as_second().to_le_bytes()).array(at.subsec_nanosecond().to_le_bytes())
    }
}

/// Adds `value`, seven bits a byte, the lowest first.
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u128) {
    // Nearly all are short, and arithmetic with 64 bits is less work.
    if let Ok(short) = u64::try_from(value) {
        return put_short(out, short);
    }
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7_u32;
        if value == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}

fn put_short(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7_u32;
        if value == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}

/// The flags as bits, the first one lowest.
pub(super) fn pack<const N: usize>(flags: [bool; N]) -> u16 {
    flags.iter().rev().fold(0, |bits, flag| (bits << 1_u32) | u16::from(*flag))
}

pub(super) fn has(bits: u16, place: u32) -> bool {
    bits.checked_shr(place).is_some_and(|shifted| shifted & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flag_survives_alone() {
        for place in 0..9_u32 {
            let flags: [bool; 9] = std::array::from_fn(|p| u32::try_from(p) == Ok(place));

            let bits = pack(flags);

            assert_eq!((0..9).map(|p| has(bits, p)).collect::<Vec<_>>(), flags);
        }
    }

    #[test]
    fn varints_survive() {
        for value in [0, 1, 127, 128, 300, u128::from(u64::MAX), 1 << 80] {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);

            assert_eq!(Take::new(&bytes).varint(), Some(value));
        }
    }
}
