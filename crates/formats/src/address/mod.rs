//! Whether two spellings are one address: 丸の内一丁目二番三号, 丸の内１－２－３.

mod compare;
mod numeral;
mod tokens;

pub use compare::{compare_address, fold_address, same_address};
