//! Telephone numbers in one form.

use kanuki_domain::person::{Comparison, RuleFired};
use unicode_normalization::UnicodeNormalization as _;

use crate::fold::is_hyphen;

/// Folds a number to digits as dialled in Japan (`09012345678`), or `+` and digits when abroad.
///
/// None when it is not a telephone number: letters, an extension, too short or too long
/// (E.164: at most 15 digits).
#[must_use]
pub fn fold_phone(text: &str) -> Option<String> {
    let mut digits = String::new();
    let mut international = false;
    for c in text.nfkc() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if digits.is_empty() && !international => international = true,
            '(' | ')' | '.' => {}
            c if c.is_whitespace() || is_hyphen(c) => {}
            _ => return None,
        }
        if digits.len() > 15 {
            return None;
        }
    }
    if !international {
        let domestic = digits.starts_with('0') && matches!(digits.len(), 10 | 11);
        return domestic.then_some(digits);
    }
    match digits.strip_prefix("81") {
        // `+81 (0)90…` is how business cards write it.
        Some(rest) => {
            let domestic = format!("0{}", rest.strip_prefix('0').unwrap_or(rest));
            matches!(domestic.len(), 10 | 11).then_some(domestic)
        }
        None => (digits.len() >= 7 && !digits.starts_with('0')).then(|| format!("+{digits}")),
    }
}

/// Compares two numbers; a side that is empty or no number is missing.
#[must_use]
pub fn compare_phone(a: &str, b: &str) -> Comparison {
    match (fold_phone(a), fold_phone(b)) {
        (Some(x), Some(y)) if x != y => Comparison::different(),
        (Some(_), Some(_)) if a.trim() == b.trim() => Comparison::by([]),
        (Some(_), Some(_)) => Comparison::by([RuleFired::Notation]),
        _ => Comparison::missing(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_number_meet() {
        for text in [
            "090-0000-1234",
            "０９０－００００－１２３４",
            "090 0000 1234",
            "(090)0000ー1234",
            "+81 90-0000-1234",
            "+81 (0)90-0000-1234",
        ] {
            assert_eq!(fold_phone(text).as_deref(), Some("09000001234"), "{text}");
        }
        assert_eq!(fold_phone("03-0000-1234").as_deref(), Some("0300001234"));
        assert_eq!(fold_phone("+44 20 0000 1234").as_deref(), Some("+442000001234"));
    }

    #[test]
    fn what_is_no_number_is_missing() {
        for text in ["", "なし", "0000", "9012345678", "090-0000-1234 内線5", "+", "+0123456789"]
        {
            assert_eq!(fold_phone(text), None, "{text}");
        }
        assert_eq!(compare_phone("なし", "09000001234"), Comparison::missing());
        assert_eq!(compare_phone("09000001235", "09000001234"), Comparison::different());
        let near = compare_phone("+81 90-0000-1234", "09000001234");
        assert_eq!(near, Comparison::by([RuleFired::Notation]));
    }
}
