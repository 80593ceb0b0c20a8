//! Words that tell nobody's name: destroyed by a program, or never readable.

/// What people write, and print, for a letter that cannot be read.
const ILLEGIBLE: [char; 10] = ['?', '？', '●', '○', '◯', '〇', '■', '□', '＊', '*'];

/// Whether a spreadsheet could not work out a cell, or letters were lost or read in another encoding: kana in
/// UTF-8 that are read as `Shift_JIS` begin with one of three rare letters each. Whoever copies a passbook
/// writes `??` for what nobody can read there: that destroyed nothing.
pub(crate) fn is_wrecked(text: &str, is_typed: bool) -> bool {
    let text = text.trim();
    let count = |these: fn(char) -> bool| text.chars().filter(|c| these(*c)).count();
    let is_error = matches!(
        text,
        "#NAME?" | "#REF!" | "#VALUE!" | "#N/A" | "#DIV/0!" | "#NULL!" | "#NUM!" | "########"
    );
    let misread = count(|c| matches!(c, '繝' | '繧' | '縺'));
    let is_lost = !is_typed && {
        let lost = count(|c| matches!(c, '?' | '？'));
        let is_all = lost >= 2 && lost == count(|c| !c.is_whitespace());
        is_all || text.contains("???") || text.contains("？？？")
    };
    is_error || misread >= 3 || text.contains(char::REPLACEMENT_CHARACTER) || is_lost
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
    fn what_a_person_could_not_read_is_not_destroyed() {
        for text in ["??", "？？？", "ド????ザ"] {
            assert!(!is_wrecked(text, true), "{text}");
        }
        for text in ["#NAME?", "繝峨さ繝｢繧ｳ繧ｦ繧ｶ", "ド\u{fffd}モ"] {
            assert!(is_wrecked(text, true) && is_wrecked(text, false), "{text}");
        }
        for text in ["??", "RTK ????", "(?)???"] {
            assert!(is_wrecked(text, false), "{text}");
        }
        assert!(!is_wrecked("レストラン??", false));
    }
}
