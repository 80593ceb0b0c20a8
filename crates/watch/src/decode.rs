//! Which characters the bytes of a file are: decided once per file, and never mended.

use std::borrow::Cow;

use encoding_rs::SHIFT_JIS;

/// The encodings that Japanese banks send. UTF-16 is turned into UTF-8 before it comes here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    ShiftJis,
}

/// Decodes cells; the first one that is not plain ASCII decides for the whole file.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    encoding: Option<Encoding>,
}

impl Decoder {
    /// The text of a cell; none if its bytes are of another encoding than the cells before.
    ///
    /// A replacement character would shift what follows or hide a name, so there is none.
    pub(crate) fn cell<'a>(&mut self, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
        if bytes.is_ascii() {
            return std::str::from_utf8(bytes).ok().map(Cow::Borrowed);
        }
        match self.encoding {
            Some(Encoding::Utf8) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Some(Encoding::ShiftJis) => shift_jis(bytes),
            None => {
                if let Ok(text) = std::str::from_utf8(bytes) {
                    self.encoding = Some(Encoding::Utf8);
                    return Some(Cow::Borrowed(text));
                }
                let text = shift_jis(bytes)?;
                self.encoding = Some(Encoding::ShiftJis);
                Some(text)
            }
        }
    }
}

/// Counts line ends as they come: LF, CR LF, and the lone CR of an old Macintosh.
#[derive(Debug, Default)]
pub(crate) struct LineEnds {
    was_return: bool,
}

impl LineEnds {
    /// How many lines end in `bytes`, which follow those that were counted before.
    pub(crate) fn count(&mut self, bytes: &[u8]) -> u32 {
        let mut ended: u32 = 0;
        for byte in bytes {
            let is_return = *byte == b'\r';
            if is_return || (*byte == b'\n' && !self.was_return) {
                ended = ended.saturating_add(1);
            }
            self.was_return = is_return;
        }
        ended
    }
}

fn shift_jis(bytes: &[u8]) -> Option<Cow<'_, str>> {
    // Any UTF-8 is also some Shift_JIS. A cell that is Japanese in UTF-8 was put there by another
    // program; kana that happen to be good UTF-8 spell no Japanese there.
    let is_japanese = |c: char| matches!(c, '\u{3000}'..='\u{9FFF}' | '\u{FF01}'..='\u{FF9F}');
    if std::str::from_utf8(bytes).is_ok_and(|text| text.chars().any(is_japanese)) {
        return None;
    }
    SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes)
}

/// The whole of a UTF-16 file as UTF-8; none if it is none, or is cut in the middle of a character.
pub(crate) fn utf16(bytes: &[u8]) -> Option<Result<String, ()>> {
    let encoding = match bytes {
        [0xFF, 0xFE, ..] => encoding_rs::UTF_16LE,
        [0xFE, 0xFF, ..] => encoding_rs::UTF_16BE,
        _ => return None,
    };
    let rest = bytes.get(2..).unwrap_or_default();
    let text = encoding.decode_without_bom_handling_and_without_replacement(rest);
    Some(text.map(Cow::into_owned).ok_or(()))
}
