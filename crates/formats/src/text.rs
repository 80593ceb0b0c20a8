//! Text that somebody else typed, made safe to show.
//!
//! A name or a note from another person stands beside amounts and buttons. Direction controls can
//! make `¥100` read `001¥`, zero-width characters can make two names look equal, a pile of accents
//! can cover the line above. HTML escaping stops none of that.

use unicode_normalization::char::is_combining_mark;

/// Marks that may follow one letter; Vietnamese and IPA need two, piles need dozens.
const MARKS_MAX: usize = 2;

/// One line of at most `max` characters without anything that hides or reorders.
///
/// Controls, direction marks, zero-width and blank-looking characters are dropped, any run of
/// white space becomes one space, and text that is cut ends in `…`. The result may be empty: show
/// a word of your own then.
#[must_use]
pub fn safe_line(text: &str, max: usize) -> String {
    let mut out = String::new();
    let mut length = 0_usize;
    let mut marks = 0_usize;
    // Cutting is decided before cleaning ends, so that a megabyte costs no more than a line.
    let mut visible = text.chars().filter(|c| !is_hidden(*c)).peekable();
    while let Some(c) = visible.next() {
        if is_combining_mark(c) {
            marks = marks.saturating_add(1);
            if marks > MARKS_MAX || out.is_empty() || out.ends_with(' ') {
                continue;
            }
            // Belongs to the letter before it and is not counted.
            out.push(c);
            continue;
        }
        marks = 0;
        let c = if c.is_whitespace() { ' ' } else { c };
        if c == ' ' && (out.is_empty() || out.ends_with(' ')) {
            continue;
        }
        if length == max {
            let is_rest_blank = c == ' ' && visible.all(char::is_whitespace);
            return if is_rest_blank { trimmed(out) } else { cut(out) };
        }
        out.push(c);
        length = length.saturating_add(1);
    }
    trimmed(out)
}

/// True when the text holds something that [`safe_line`] would drop for hiding or reordering.
#[must_use]
pub fn has_hidden(text: &str) -> bool {
    text.chars().any(is_hidden)
}

fn trimmed(mut text: String) -> String {
    text.truncate(text.trim_end().len());
    text
}

/// Replaces the last letter and its marks by `…`, so that the length stays within the limit.
fn cut(mut text: String) -> String {
    while text.pop().is_some_and(is_combining_mark) {}
    let mut text = trimmed(text);
    text.push('…');
    text
}

/// Controls, format characters and letters that draw nothing.
///
/// Variation selectors stay: the register's form of 辻 is the owner's own.
fn is_hidden(c: char) -> bool {
    // Tab and line ends are white space, handled as such.
    if matches!(c, '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}') {
        return false;
    }
    c.is_control()
        || matches!(
            c,
            '\u{00AD}'
                | '\u{034F}'
                | '\u{061C}'
                | '\u{115F}'
                | '\u{1160}'
                | '\u{17B4}'
                | '\u{17B5}'
                | '\u{180B}'..='\u{180E}'
                | '\u{200B}'..='\u{200F}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF9}'..='\u{FFFB}'
                | '\u{1D173}'..='\u{1D17A}'
                | '\u{E0000}'..='\u{E007F}'
        )
}

/// The bytes of `text` in `Shift_JIS`, as Windows writes it; none if a letter is not in it.
#[must_use]
pub fn to_shift_jis(text: &str) -> Option<Vec<u8>> {
    let (bytes, _, has_lost) = encoding_rs::SHIFT_JIS.encode(text);
    (!has_lost).then(|| bytes.into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_hides_or_reorders_is_dropped() {
        let table = [
            ("\u{202E}円001¥", "円001¥"),
            ("山\u{200B}田\u{FEFF}太郎", "山田太郎"),
            ("一行\n二行\t三", "一行 二行 三"),
            ("\u{3164}\u{2800}", ""),
            ("  山田　 太郎 ", "山田 太郎"),
            ("e\u{301}\u{302}\u{303}\u{304}\u{305}", "e\u{301}\u{302}"),
            ("\u{301}a", "a"),
            ("bell\u{7}", "bell"),
            ("辻\u{E0101}", "辻\u{E0101}"),
        ];
        for (typed, shown) in table {
            assert_eq!(safe_line(typed, 40), shown, "{typed:?}");
        }
    }

    #[test]
    fn long_text_is_cut_with_a_sign() {
        assert_eq!(safe_line("あいうえお", 5), "あいうえお");
        assert_eq!(safe_line("あいうえおか", 5), "あいうえ…");
        assert_eq!(safe_line("あいう えお", 5), "あいう…");
        assert_eq!(safe_line("あいうえか\u{3099}き", 5), "あいうえ…");
        assert_eq!(safe_line("あいうえお  ", 5), "あいうえお");
    }

    proptest! {
        /// Whatever was typed, the line is short, has nothing hidden, and cleaning it again changes nothing.
        #[test]
        fn lines_are_short_clean_and_stable(text in any::<String>(), max in 1_usize..50) {
            let line = safe_line(&text, max);

            let letters = line.chars().filter(|c| !is_combining_mark(*c)).count();
            prop_assert!(letters <= max);
            prop_assert!(!has_hidden(&line) && !line.contains('\n'));
            prop_assert_eq!(safe_line(&line, max), line.clone());
        }
    }
}
