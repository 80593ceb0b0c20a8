//! Names: whether two spellings are one person's (口座名義, kanji, Latin).
//!
//! A bank holds the half-width kana of a 全銀 record and perhaps the kanji; a wallet holds what a
//! certificate said and the kana that its customer declared. Neither may learn the other's value,
//! so all that leaves this module is one of four states and the names of the rules that fired.

mod kana;
mod kana_match;
mod latin;
mod legal_form;
mod variants;
mod written;

pub use kana::{Change, FoldedName, NameError, Wo, fold_kana, fold_kana_with};
pub use kana_match::{KanaMatch, compare_kana, kana_match, same_kana};
pub(crate) use latin::plain_words;
pub use legal_form::{LegalForm, Position};
pub(crate) use variants::plain_kanji;
pub(crate) use written::plain_name;
pub use written::{compare_card_name, compare_name, same_name};

/// Longest name that is looked at, in characters; longer ones are refused or differ.
pub const NAME_MAX: usize = 200;

/// True when `short` is `long` with names left away: two words at least remain, the first of
/// `long` among them, and none that `long` has not.
fn is_shortened<T: PartialEq>(short: &[T], long: &[T]) -> bool {
    let keeps_first = long.first().is_some_and(|first| short.contains(first));
    let mut left: Vec<&T> = long.iter().collect();
    let are_all_known = short.iter().all(|word| {
        let place = left.iter().position(|other| *other == word);
        place.map(|place| left.remove(place)).is_some()
    });
    short.len() >= 2 && short.len() < long.len() && keeps_first && are_all_known
}
