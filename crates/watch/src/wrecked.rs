//! Words that tell nobody's name: destroyed by a program, or never readable.

use crate::error::ReadError;

/// What people write, and print, for a letter that cannot be read.
const ILLEGIBLE: [char; 10] = ['?', '？', '●', '○', '◯', '〇', '■', '□', '＊', '*'];

/// So many different words lost their letters in a file that another program wrecked: of one merchant's own
/// `RTK ???` there may be many.
const DIFFERENT: usize = 3;

/// Words whose letters were lost, line by line. Whoever takes money chooses what a statement says of it: a few
/// such lines are asked about as lines that name nobody, and only a file of them is refused.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    worded: usize,
    lost: usize,
    first: Option<u32>,
    /// The first of those that differ.
    texts: Vec<String>,
}

impl Lost {
    /// Looks at the words of one line, and refuses those that only a program destroys.
    pub(crate) fn look_at(
        &mut self,
        line: u32,
        words: &[&str],
        is_typed: bool,
    ) -> Result<(), ReadError> {
        if let Some(text) = words.iter().find(|text| is_destroyed(text)) {
            return Err(ReadError::Wrecked { line, text: shortened(text) });
        }
        // Whoever copies a passbook writes `??` for what nobody can read there: that lost nothing.
        if is_typed || words.iter().all(|text| text.trim().is_empty()) {
            return Ok(());
        }
        self.worded = self.worded.saturating_add(1);
        if let Some(text) = words.iter().find(|text| is_lost(text)) {
            self.lost = self.lost.saturating_add(1);
            self.first.get_or_insert(line);
            let text = shortened(text);
            if self.texts.len() < DIFFERENT && !self.texts.contains(&text) {
                self.texts.push(text);
            }
        }
        Ok(())
    }

    /// Refuses a file that is wrecked as a whole: half of its words are lost, and not one merchant's only.
    pub(crate) fn finish(self) -> Result<(), ReadError> {
        let is_half = self.lost.saturating_mul(2) >= self.worded;
        let is_whole = is_half && self.texts.len() >= DIFFERENT;
        match self.first.zip(self.texts.into_iter().next()).filter(|_| is_whole) {
            Some((line, text)) => Err(ReadError::Wrecked { line, text }),
            None => Ok(()),
        }
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Whether a spreadsheet could not work out a cell, or letters were read in another encoding: kana in UTF-8
/// that are read as `Shift_JIS` begin with one of three rare letters each.
fn is_destroyed(text: &str) -> bool {
    let text = text.trim();
    let is_error = matches!(
        text,
        "#NAME?" | "#REF!" | "#VALUE!" | "#N/A" | "#DIV/0!" | "#NULL!" | "#NUM!" | "########"
    );
    let misread = text.chars().filter(|c| matches!(c, '繝' | '繧' | '縺')).count();
    is_error || misread >= 3 || text.contains(char::REPLACEMENT_CHARACTER)
}

/// Whether question marks stand where letters were that an encoding does not have.
fn is_lost(text: &str) -> bool {
    let count = |these: fn(char) -> bool| text.chars().filter(|c| these(*c)).count();
    let lost = count(|c| matches!(c, '?' | '？'));
    let is_all = lost >= 2 && lost == count(|c| !c.is_whitespace());
    is_all || text.contains("???") || text.contains("？？？")
}

/// Whether the words say nobody's name: none at all, signs only, or letters that could not be read.
pub(crate) fn says_nobody(text: &str) -> bool {
    let is_illegible = |c: &char| ILLEGIBLE.contains(c);
    let is_letter = |c: char| c.is_alphanumeric() && !is_illegible(&c) && !matches!(c, 'ー' | '々');
    let mut before = false;
    let has_unread = text.chars().any(|c| {
        let is_second = before && is_illegible(&c);
        before = is_illegible(&c);
        is_second
    });
    has_unread || !text.chars().any(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_name_nobody_are_told_from_those_that_do() {
        for text in ["", " ", "??", "？？", "ド??ザ", "●●", "〇〇", "□", "〃", "－－", "ーー", "?"]
        {
            assert!(says_nobody(text), "{text}");
        }
        for text in ["ドコモコウザ", "ガス?", "ヤチン●", "A", "ATM*", "104"] {
            assert!(!says_nobody(text), "{text}");
        }
    }

    #[test]
    fn what_a_program_destroyed_is_told_from_what_lost_its_letters() {
        for text in ["#NAME?", "繝峨さ繝｢繧ｳ繧ｦ繧ｶ", "ド\u{fffd}モ"] {
            assert!(is_destroyed(text) && !is_lost(text), "{text}");
        }
        for text in ["??", "？？？", "RTK ????", "(?)???"] {
            assert!(is_lost(text) && !is_destroyed(text) && says_nobody(text), "{text}");
        }
        assert!(!is_lost("レストラン??"));
    }

    #[test]
    fn a_file_is_wrecked_where_half_of_its_words_are_lost_and_differ() {
        let finish = |is_typed: bool, words: &[&str]| {
            let mut lost = Lost::default();
            for (line, text) in (2..).zip(words) {
                lost.look_at(line, &[text], is_typed).unwrap();
            }
            lost.finish()
        };
        let wrecked = ["ATM", "??", "????", "????", "", "", "???", "カード"];
        assert!(matches!(finish(false, &wrecked), Err(ReadError::Wrecked { line: 3, .. })));
        assert!(finish(true, &wrecked).is_ok());
        assert!(finish(false, &["ATM", "RTK ???", "RTK ???", "RTK ???"]).is_ok());
        let mostly_whole = ["??", "???", "????", "ATM", "カード", "ガス", "ミズ"];
        assert!(finish(false, &mostly_whole).is_ok());
    }
}
