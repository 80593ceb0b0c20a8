//! Formats of Japanese banking: who is on the list, how names compare, what a shop's QR says.
//!
//! - [`directory`]: every institution and branch, pinned at a date, with search for pickers;
//! - [`name`], [`address`], [`phone`]: whether two spellings are the same person's;
//! - [`jpqr`]: the QR code of a shop, built and read;
//! - [`register`]: a bank's lists of contracts that were made elsewhere, read row by row;
//! - [`text`]: text that somebody else typed, made safe to show;
//! - [`yucho`]: ゆうちょ passbook numbers as account numbers.
//!
//! **Invariant:** pure functions over plain values. No clock, no network; the only data is
//! compiled in.

pub mod address;
pub mod directory;
mod fold;
pub mod jpqr;
pub mod name;
pub mod phone;
pub mod register;
pub mod text;
pub mod yucho;
