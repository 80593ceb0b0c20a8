//! The code on every notice that stops what the notice is about.
//!
//! It is typed at the company's own `/stop`: a message never carries a link (FT-41). It can only
//! stop, never start anything, so whoever reads the notice may use it.

use kanuki_domain::{Ctx, typed};
use kanuki_record::vault::Vault;

/// Twelve letters of Crockford's base 32: 60 bits, out of reach of guessing under a rate limit.
#[derive(Clone, PartialEq, Eq)]
pub struct StopCode(String);

impl std::fmt::Debug for StopCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StopCode(***)")
    }
}

const LENGTH: usize = 12;

impl StopCode {
    /// A new code.
    pub fn generate(ctx: &Ctx<'_>) -> Self {
        let letters = kanuki_domain::id::encode_base32(u128::from_be_bytes(ctx.random()));
        Self(letters.chars().rev().take(LENGTH).collect::<String>().to_uppercase())
    }

    /// What a person typed, on whatever keyboard ([`typed::code`]).
    pub fn parse(typed: &str) -> Option<Self> {
        let code = typed::code(typed);
        let is_one = code.len() == LENGTH && code.bytes().all(|b| b.is_ascii_alphanumeric());
        is_one.then_some(Self(code))
    }

    /// One that nobody was given: it stands where something was typed that is no code.
    pub(crate) fn none() -> Self {
        Self("0".repeat(LENGTH))
    }

    /// As it is printed: three groups of four.
    #[must_use]
    pub fn grouped(&self) -> String {
        let letters: Vec<char> = self.0.chars().collect();
        letters
            .chunks(4)
            .map(|group| group.iter().collect::<String>())
            .collect::<Vec<_>>()
            .join("-")
    }

    /// What is kept of it.
    #[must_use]
    pub fn blinded(&self, vault: &Vault) -> String {
        vault.blind("stop_code", self.0.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;
    impl kanuki_domain::Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xA7);
        }
    }

    #[test]
    fn codes_survive_being_read_out_and_typed() {
        let ctx = Ctx {
            now: jiff::Timestamp::UNIX_EPOCH,
            entropy: &Fixed,
            address_block: "",
            address: "",
        };
        let code = StopCode::generate(&ctx);
        let spoken = code.grouped().to_lowercase().replace('-', " ").replace('0', "o");

        let full_width = |c: char| char::from_u32(u32::from(c) + 0xfee0).unwrap();
        let on_a_japanese_keyboard: String = code.grouped().chars().map(full_width).collect();
        assert_eq!(StopCode::parse(&spoken), Some(code.clone()));
        assert_eq!(StopCode::parse(&on_a_japanese_keyboard), Some(code));
        assert_eq!(StopCode::parse("1234"), None);
        assert_eq!(StopCode::parse("あいうえおかきくけこさし"), None);
    }
}
