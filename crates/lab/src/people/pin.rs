//! How people choose the four digits of a cash card.
//!
//! Japanese figures were not found, so this is a range of what others measured (facts: web
//! passwords have dates in half of all cases, banking PINs follow the own birthday in about one of
//! eleven).

use jiff::civil::Date;

use crate::sim::chance::Chance;

/// Digits that many people find first.
const POPULAR: &[&str] = &["1234", "0000", "1111", "1212", "7777", "2580", "1004", "2000"];

/// A PIN of somebody born on `born_on`.
pub(super) fn choose(chance: &mut Chance, born_on: Date) -> String {
    match chance.below(100) {
        // One in eleven uses the own birthday, as month and day or as the year.
        0..=6 => format!("{:02}{:02}", born_on.month(), born_on.day()),
        7..=8 => format!("{:04}", born_on.year()),
        9..=16 => chance.pick(POPULAR).copied().unwrap_or("1234").to_owned(),
        // Other people's dates.
        17..=31 => format!("{:02}{:02}", chance.between(1, 12), chance.between(1, 28)),
        32..=46 => format!("{:04}", chance.between(1940, 2019)),
        _ => chance.digits(4),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::civil::date;

    use super::*;

    #[test]
    fn popular_pins_are_popular_and_birthdays_are_one_in_eleven() {
        let mut chance = Chance::of(1, "pins");
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for _ in 0..10_000 {
            *counts.entry(choose(&mut chance, date(1961, 11, 30))).or_default() += 1;
        }

        assert!((700..1_100).contains(&(counts["1130"] + counts["1961"])));
        assert!(counts["1234"] > 60);
        assert!(counts.keys().all(|pin| pin.len() == 4 && pin.parse::<u16>().is_ok()));
    }
}
