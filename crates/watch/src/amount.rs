//! Amounts as statements print them.

use std::{borrow::Cow, cmp::Reverse, fmt};

use unicode_normalization::UnicodeNormalization as _;

/// Whole yen with a sign: a change of a balance, or a balance that may be below zero.
///
/// The domain's `Yen` has no sign, because a ledger says debit and credit; a passbook does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

/// More than any household's account: also keeps sums within `i64`.
const MAX: i64 = 1_000_000_000_000;

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Wraps `yen` if it is an amount that a statement can hold.
    #[must_use]
    pub fn new(yen: i64) -> Option<Self> {
        (-MAX..=MAX).contains(&yen).then_some(Self(yen))
    }

    /// Yen.
    #[must_use]
    pub const fn yen(self) -> i64 {
        self.0
    }

    /// True for money that left.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The sum.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The same amount the other way.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(self.0.saturating_neg())
    }

    /// Without its sign.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }
}

/// The `most` that move the most money, in the order in which they were given; of like ones the first.
pub(crate) fn largest<T>(
    these: impl Iterator<Item = T>,
    most: usize,
    amount: impl Fn(&T) -> Money,
) -> Vec<T> {
    let mut these: Vec<(usize, T)> = these.enumerate().collect();
    these.sort_by_key(|(place, one)| (Reverse(amount(one).abs()), *place));
    these.truncate(most);
    these.sort_by_key(|(place, _)| *place);
    these.into_iter().map(|(_, one)| one).collect()
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_str("−")?;
        }
        f.write_str("¥")?;
        let digits = self.0.unsigned_abs().to_string();
        for (place, digit) in digits.char_indices() {
            if place > 0 && digits.len().saturating_sub(place).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// What a cell of an amount column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing: the column of the other direction, or a balance that was not printed.
    Empty,
    /// An amount.
    Amount(Money),
    /// Something else.
    Not,
}

/// Reads `10,560`, `"¥10,560"`, `▲1,000`, `(1,000)`, `１，０００円`, `300000.00`; a formula is
/// [`Cell::Not`], and so is a comma or a point that parts no thousands: it would mean another amount.
#[must_use]
pub fn parse(text: &str) -> Cell {
    let text = text.trim();
    let text: Cow<'_, str> =
        if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfkc().collect()) };
    let mut read = Digits::default();
    let mut is_negative = false;
    for (place, c) in whole_yen(&text).chars().enumerate() {
        let is_read = match c {
            '0'..='9' => read.digit(c),
            ',' => read.separator(),
            '▲' | '△' | '-' | '−' | '(' if !read.has_any && !is_negative => {
                is_negative = true;
                true
            }
            '+' => place == 0,
            '¥' | '\\' | '円' | ' ' | '*' | ')' => true,
            _ => false,
        };
        if !is_read {
            return Cell::Not;
        }
    }
    if !read.has_any {
        // `-`, `***` and the like stand for nothing.
        return Cell::Empty;
    }
    if read.behind_separator.is_some_and(|digits| digits != 3) {
        return Cell::Not;
    }
    let signed = if is_negative { read.value.saturating_neg() } else { read.value };
    Money::new(signed).map_or(Cell::Not, Cell::Amount)
}

/// Yen have no decimals; a spreadsheet writes `.00` all the same. Three zeros would be a separator of
/// another country.
fn whole_yen(text: &str) -> &str {
    let bare = text.trim_end_matches(['円', ')', ' ']);
    let whole = bare.strip_suffix(".00").or_else(|| bare.strip_suffix(".0"));
    whole.filter(|whole| whole.ends_with(|c: char| c.is_ascii_digit())).unwrap_or(text)
}

/// The digits of an amount, in groups of three where they are parted.
#[derive(Default)]
struct Digits {
    value: i64,
    has_any: bool,
    /// How many came before the first separator.
    before: u8,
    /// How many came behind the last one.
    behind_separator: Option<u8>,
}

impl Digits {
    fn digit(&mut self, c: char) -> bool {
        let digit = i64::from(c.to_digit(10).unwrap_or(0));
        self.value = self.value.saturating_mul(10).saturating_add(digit);
        self.has_any = true;
        let group = self.behind_separator.as_mut().unwrap_or(&mut self.before);
        *group = group.saturating_add(1);
        true
    }

    fn separator(&mut self) -> bool {
        let is_whole = match self.behind_separator {
            None => (1..=3).contains(&self.before),
            Some(digits) => digits == 3,
        };
        self.behind_separator = Some(0);
        is_whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_banks_print_them() {
        let yen = |n| Cell::Amount(Money::new(n).unwrap());
        for (text, expected) in [
            ("10560", yen(10_560)),
            ("10,560", yen(10_560)),
            ("¥10,560", yen(10_560)),
            ("\\10,560", yen(10_560)),
            ("１０，５６０円", yen(10_560)),
            ("▲1,000", yen(-1_000)),
            ("-1000", yen(-1_000)),
            ("(1,000)", yen(-1_000)),
            ("+5", yen(5)),
            ("0", yen(0)),
            ("", Cell::Empty),
            ("-", Cell::Empty),
            ("***", Cell::Empty),
            ("=1+1", Cell::Not),
            ("300000.00", yen(300_000)),
            ("▲1,000.0円", yen(-1_000)),
            ("1,234,567", yen(1_234_567)),
            ("1.5", Cell::Not),
            ("300.000", Cell::Not),
            (".00", Cell::Not),
            ("300,00", Cell::Not),
            ("1,0000", Cell::Not),
            ("1234,567", Cell::Not),
            (",500", Cell::Not),
            ("500,", Cell::Not),
            ("12ab", Cell::Not),
            ("--5", Cell::Not),
            ("99999999999999999999999", Cell::Not),
        ] {
            assert_eq!(parse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn money_is_shown_with_separators_and_a_real_minus() {
        for (yen, shown) in [
            (0, "¥0"),
            (999, "¥999"),
            (1_000, "¥1,000"),
            (-170_000, "−¥170,000"),
            (1_234_567, "¥1,234,567"),
        ] {
            assert_eq!(Money::new(yen).unwrap().to_string(), shown);
        }
    }
}
