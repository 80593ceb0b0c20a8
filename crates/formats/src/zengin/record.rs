//! One record: fields cut out of bytes, and put together again.

use encoding_rs::SHIFT_JIS;

use super::fault::{Fault, Field, ZenginError};
use crate::name::{Wo, fold_kana_with};

/// As much as is read: a million records and some.
const BYTES_MAX: usize = 256 * 1_024 * 1_024;

/// Letters that a field of words may hold beside kana, Latin capitals and digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Letters {
    /// Names of banks and branches: space and `-`.
    Place,
    /// Account names: also `( ) .`.
    Name,
    /// What a payer writes to a payee: also `ｦ \ ｢ ｣ / ,` and small marks.
    Free,
}

impl Letters {
    fn has(self, c: char) -> bool {
        match c {
            'ｱ'..='ﾝ' | 'ﾞ' | 'ﾟ' | 'A'..='Z' | '0'..='9' | ' ' | '-' => true,
            // The older edition of the rule refuses it, the later one allows it: read, not written.
            'ｦ' | '(' | ')' | '.' => self != Self::Place,
            '\\' | '｢' | '｣' | '/' | ',' | '#' | '*' | ':' => self == Self::Free,
            _ => false,
        }
    }
}

/// One record of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a>(&'a [u8]);

/// The records of a file, without the line ends that some systems put between.
pub(super) fn records(bytes: &[u8], size: usize) -> Result<Vec<Record<'_>>, ZenginError> {
    if bytes.len() > BYTES_MAX {
        return Err(ZenginError { record: 1, fault: Fault::TooLarge });
    }
    let mut found = Vec::new();
    let mut rest = bytes;
    loop {
        let blank = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n' | 0x1A)).count();
        rest = rest.get(blank..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(found);
        }
        let fault = |fault| ZenginError { record: found.len().saturating_add(1), fault };
        let Some((record, after)) = rest.split_at_checked(size) else {
            return Err(fault(Fault::Short(size)));
        };
        if !record.iter().all(|b| matches!(b, 0x20..=0x7E | 0xA1..=0xDF)) {
            return Err(fault(Fault::Encoding));
        }
        found.push(Record(record));
        rest = after;
    }
}

impl<'a> Record<'a> {
    /// What kind of record it is.
    pub(super) fn mark(self) -> char {
        self.0.first().map_or(' ', |byte| char::from(*byte))
    }

    fn cut(self, from: usize, length: usize) -> &'a [u8] {
        self.0.get(from..from.saturating_add(length)).unwrap_or_default()
    }

    /// Digits, all of them.
    pub(super) fn digits(self, from: usize, length: usize, field: Field) -> Result<&'a str, Fault> {
        let bytes = self.cut(from, length);
        let text = std::str::from_utf8(bytes).map_err(|_| Fault::Field(field))?;
        let is_number = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
        if is_number { Ok(text) } else { Err(Fault::Field(field)) }
    }

    /// A number, filled with zeros on the left.
    pub(super) fn number(self, from: usize, length: usize, field: Field) -> Result<u64, Fault> {
        self.digits(from, length, field)?.parse().map_err(|_| Fault::Field(field))
    }

    /// Words, filled with spaces on the right.
    pub(super) fn words(
        self,
        from: usize,
        length: usize,
        letters: Letters,
        field: Field,
    ) -> Result<String, Fault> {
        let bytes = self.cut(from, length);
        let text = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes);
        let text = text.ok_or(Fault::Encoding)?;
        match text.chars().find(|c| !letters.has(*c)) {
            Some(letter) => Err(Fault::Letter { field, letter }),
            None => Ok(text.trim_end().to_owned()),
        }
    }

    /// One digit as a letter, or a space.
    pub(super) fn letter(self, from: usize) -> char {
        self.cut(from, 1).first().map_or(' ', |byte| char::from(*byte))
    }

    /// Nothing may stand here but spaces, or the zeros that some systems fill with.
    pub(super) fn empty(self, from: usize, length: usize) -> Result<(), Fault> {
        let bytes = self.cut(from, length);
        let is_all = |fill: u8| bytes.iter().all(|byte| *byte == fill);
        if is_all(b' ') || is_all(b'0') { Ok(()) } else { Err(Fault::Rest) }
    }
}

/// One record being written.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// Letters that are known to fit.
    pub(super) fn plain(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Digits, exactly so many.
    pub(super) fn digits(&mut self, text: &str, length: usize, field: Field) -> Result<(), Fault> {
        if text.len() != length || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Fault::Field(field));
        }
        self.plain(text);
        Ok(())
    }

    /// A number, filled with zeros on the left.
    pub(super) fn number(&mut self, value: u64, length: usize, field: Field) -> Result<(), Fault> {
        let text = format!("{value:0>length$}");
        if text.len() > length {
            return Err(Fault::Long { field, bytes: text.len(), room: length });
        }
        self.plain(&text);
        Ok(())
    }

    /// Words as people write them, folded to what the field can hold, filled with spaces on the right.
    pub(super) fn words(
        &mut self,
        text: &str,
        length: usize,
        letters: Letters,
        field: Field,
    ) -> Result<(), Fault> {
        let folded = fold(text, letters, field)?;
        if folded.len() > length {
            return Err(Fault::Long { field, bytes: folded.len(), room: length });
        }
        self.0.extend_from_slice(&folded);
        self.spaces(length.saturating_sub(folded.len()));
        Ok(())
    }

    pub(super) fn spaces(&mut self, count: usize) {
        self.0.extend(std::iter::repeat_n(b' ', count));
    }

    pub(super) fn finish(self, ends: &str, out: &mut Vec<u8>) {
        out.extend(self.0);
        out.extend_from_slice(ends.as_bytes());
    }
}

/// The bytes of words; empty stays empty.
fn fold(text: &str, letters: Letters, field: Field) -> Result<Vec<u8>, Fault> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let refused = |letter| Fault::Letter { field, letter };
    let folded = if letters == Letters::Free {
        // Already as the field has it, or refused: what a payer writes is not a name to be mended.
        text.to_owned()
    } else {
        let folded = fold_kana_with(text, Wo::Refuse).map_err(|error| match error {
            crate::name::NameError::Character(place) => {
                refused(text.chars().nth(place).unwrap_or('?'))
            }
            _ => Fault::Field(field),
        })?;
        folded.as_str().to_owned()
    };
    if let Some(letter) = folded.chars().find(|c| !letters.has(*c)) {
        return Err(refused(letter));
    }
    // Each of these letters is one byte. The usual encoder would write `&#12316;` for one that is not.
    let (bytes, _, has_errors) = SHIFT_JIS.encode(&folded);
    if has_errors || bytes.len() != folded.chars().count() {
        return Err(Fault::Encoding);
    }
    Ok(bytes.into_owned())
}
