//! Which characters the bytes of a list are: decided once per file, and never mended.

use std::borrow::Cow;

use encoding_rs::{SHIFT_JIS, UTF_8};

/// Decodes cells; the first that is not plain ASCII decides for the whole file.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    encoding: Option<&'static encoding_rs::Encoding>,
}

impl Decoder {
    /// The text of a cell; none if its bytes are not of the encoding of the cells before.
    ///
    /// Whatever is Japanese in UTF-8 can be read as some `Shift_JIS` too, as nonsense. So a cell that is
    /// good UTF-8 with Japanese letters in it is UTF-8, and in a file of `Shift_JIS` a stranger.
    pub(super) fn cell<'a>(&mut self, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
        if bytes.is_ascii() {
            return std::str::from_utf8(bytes).ok().map(Cow::Borrowed);
        }
        let is_utf8 = std::str::from_utf8(bytes).is_ok_and(|text| text.chars().any(is_japanese));
        let encoding = if is_utf8 { UTF_8 } else { SHIFT_JIS };
        if **self.encoding.get_or_insert(encoding) != *encoding {
            return None;
        }
        encoding.decode_without_bom_handling_and_without_replacement(bytes)
    }
}

fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF01}'..='\u{FF9F}')
}
