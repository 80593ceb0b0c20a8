//! For the account holder: statements of any bank in, findings out.
//!
//! ```text
//! file ─▶ read (encoding, layout, dates, amounts) ─▶ prove (do the balances add up?)
//!      ─▶ household (accounts, gaps) ─▶ finding (rules) ─▶ report (page, letter)
//! ```
//!
//! And for whoever chooses a bank or a wallet: [`profile`], dated and sourced claims in, what an
//! attacker would need out.
//!
//! In 2020 most victims used no wallet and found the loss by chance in a passbook. What a wallet's
//! debit looks like on a statement, and which ones deserve a question to the bank, is what this
//! crate knows. And because most of them could not even ask whether they were exposed, [`exposure`]
//! answers that from a few questions, and [`crime`] names how such crimes go.
//!
//! **Invariant:** pure functions over bytes. Nothing is stored, nothing is sent; what a statement
//! says leaves this crate only in its answer.

mod above;
pub mod amount;
mod cell_reader;
pub mod crime;
pub mod date;
mod decode;
pub mod descriptor;
mod ending;
mod error;
pub mod exposure;
pub mod finding;
pub mod household;
mod identity;
pub mod layout;
mod month_day;
pub mod ofx;
mod overlap;
pub mod profile;
mod prove;
mod quote;
pub mod read;
mod refusal;
pub mod report;
mod separator;
mod short_date;
pub mod statement;
mod together;
pub mod words;
mod wrecked;

pub use above::Above;
pub use amount::Money;
pub use error::{OtherFile, ReadError};
pub use finding::{Confidence, Finding, Kind};
pub use household::{Account, Household};
pub use identity::Identity;
pub use read::read;
pub use refusal::{place as place_of, refusal};
pub use statement::{Line, Statement};
pub use together::Together;
pub use words::Lang;
