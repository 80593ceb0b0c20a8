//! What the passbook says about an order (摘要), where the caller says it.
//!
//! It is kept in the ledger like all else: fifteen letters of JIS X 0201 are fifteen bytes, which fit
//! into the `user_data` of a transfer of zero yen that stands in the order's chain. It is no part of
//! what makes two orders the same: a caller who words a repeat differently gets the first answer.

use kanuki_domain::Yen;
use kanuki_ledger::{Transfer, TransferId};

use super::chart;

/// The code of the transfer that carries it; see `order` for the others.
const TEXT: u16 = 107;
/// The most letters that are printed.
const LETTERS_MAX: usize = 15;
/// Half-width katakana in Unicode and in JIS X 0201.
const KANA_FROM: u32 = 0xff61;
const KANA_BYTES_FROM: u32 = 0xa1;

fn byte_of(letter: char) -> Option<u8> {
    match letter {
        ' '..='~' => u8::try_from(u32::from(letter)).ok(),
        '｡'..='ﾟ' => {
            let nth = u32::from(letter).checked_sub(KANA_FROM)?;
            u8::try_from(nth.checked_add(KANA_BYTES_FROM)?).ok()
        }
        _ => None,
    }
}

fn letter_of(byte: u8) -> Option<char> {
    let code = u32::from(byte);
    match code.checked_sub(KANA_BYTES_FROM) {
        Some(nth) => char::from_u32(nth.checked_add(KANA_FROM)?),
        None => char::from_u32(code),
    }
}

/// As `user_data`; none for what this printer cannot print.
pub(super) fn packed(text: &str) -> Option<u128> {
    let bytes: Vec<u8> = text.chars().map(byte_of).collect::<Option<_>>()?;
    if bytes.is_empty() || bytes.len() > LETTERS_MAX {
        return None;
    }
    Some(bytes.iter().fold(0, |sum, byte| (sum << 8) | u128::from(*byte)))
}

/// What was packed.
pub(super) fn unpacked(packed: u128) -> Option<String> {
    let bytes = packed.to_be_bytes();
    bytes.into_iter().skip_while(|byte| *byte == 0).map(letter_of).collect()
}

/// The name of the transfer that carries the text of one line.
pub(super) fn id_of(line: u128) -> TransferId {
    TransferId::derive(&["core", "text", &line.to_string()])
}

/// That transfer.
pub(super) fn mark(line: u128, packed: u128) -> Transfer {
    Transfer::posted(id_of(line), chart::orders(), chart::marks(), Yen::ZERO, TEXT)
        .with_user_data(packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifteen_letters_come_back_as_they_were() {
        for text in ["ﾍﾝｷﾝ ｶﾝﾇｷﾍﾟｲ 12", "KANUKI", "ﾟ｡"] {
            assert_eq!(packed(text).and_then(unpacked).as_deref(), Some(text));
        }
        for text in ["", "カンヌキ", "ﾍﾝｷﾝ ｶﾝﾇｷﾍﾟｲ 123"] {
            assert_eq!(packed(text), None, "{text}");
        }
    }
}
