//! Formats of Japanese banking: who is on the list, how names compare, what a shop's QR says.
//!
//! - [`directory`]: every institution and branch, pinned at a date, with search for pickers;
//! - [`name`], [`address`], [`phone`]: whether two spellings are the same person's;
//! - [`identifier`]: telephone numbers and addresses in the one form that is hashed;
//! - [`jpqr`]: the QR codes of shops and of customers, built and read;
//! - [`leak`]: accounts and people whose credentials are known to have leaked, as a list;
//! - [`register`]: a bank's lists of contracts that were made elsewhere, read row by row;
//! - [`screening`]: sanctions and watch lists, and whether a person's name is on one;
//! - [`text`]: text that somebody else typed, made safe to show;
//! - [`yucho`]: ゆうちょ passbook numbers as account numbers, and back;
//! - [`zengin`]: the fixed records of 全銀, read and written as strictly as a bank takes them.
//!
//! **Invariant:** pure functions over plain values. No clock, no network; the only data is
//! compiled in.

pub use kanuki_domain::{
    Yen,
    bank_account::{AccountNumber, BankCode},
    person::RuleFired,
};

pub mod address;
mod cell_reader;
mod cells;
pub mod directory;
mod fold;
pub mod identifier;
pub mod jpqr;
pub mod leak;
pub mod name;
pub mod phone;
pub mod register;
pub mod screening;
pub mod text;
pub mod yucho;
pub mod zengin;

/// The examples of the README are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
