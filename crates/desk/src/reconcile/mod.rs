//! Two companies' books about the same money, laid side by side.
//!
//! Each company writes a [`Statement`]: every debit, payout and refund between the two, by the id
//! that both know. [`compare`] says what does not agree, [`keep`] makes a case of each difference, and
//! closes those of which two people brought a statement that agrees.
//!
//! A statement of the other company is a claim, nothing more: it moves no money and releases nothing. It
//! only makes people look.

mod compare;
mod keep;
mod statement;
#[cfg(test)]
mod tests;

pub use compare::{Compared, Difference, Mismatch, NotCompared, Sums, What, compare};
pub use keep::{Ended, Kept, NEW_MAX, OPEN_MAX, about, differences, digest, end, keep, take};
pub use statement::{
    Kind, LINES_MAX, Line, Movement, Standing, Statement, StatementError, days_around,
};
