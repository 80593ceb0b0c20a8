//! Small changes to good input, from a seed: the same seed gives the same bytes everywhere.

/// A stream of numbers (`SplitMix64`): enough to choose where to cut.
#[derive(Clone, Debug)]
pub struct Stream(u64);

impl Stream {
    /// From a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % end).unwrap_or(0)
    }
}

/// Pieces that parsers stumble over.
const PIECES: [&[u8]; 12] = [
    b"\"",
    b"{",
    b"]",
    b",",
    b"=",
    b"&",
    b"%zz",
    b"\0",
    b"\xF0\x9F\x92\xB4",
    b"-1",
    b"18446744073709551616",
    b"\r\n",
];

/// `input` with one to four changes: a byte flipped, a piece put in, a stretch cut or doubled.
pub fn mutated(input: &[u8], stream: &mut Stream) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=stream.below(4) {
        let at = stream.below(bytes.len().saturating_add(1));
        let to = at.saturating_add(stream.below(24)).min(bytes.len());
        match stream.below(5) {
            0 => {
                let bit =
                    1_u8.checked_shl(u32::try_from(stream.below(8)).unwrap_or(0)).unwrap_or(1);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= bit;
                }
            }
            1 => {
                let piece = PIECES.get(stream.below(PIECES.len())).copied().unwrap_or_default();
                bytes.splice(at..at, piece.iter().copied());
            }
            2 => {
                bytes.drain(at..to);
            }
            3 => {
                let doubled = bytes.get(at..to).unwrap_or_default().to_vec();
                bytes.splice(at..at, doubled);
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
}
