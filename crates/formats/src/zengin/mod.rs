//! The fixed records of 全銀 that companies and banks exchange, read and written as strictly as a bank
//! takes them.
//!
//! | kind | what | bytes | |
//! |---|---|---|---|
//! | 21 | transfers that a company orders (総合振込) | 120 | [`read`], [`write`] with [`Transfer`] |
//! | 91 | debits that a collector asks for, and their result (口座振替) | 120 | [`read`], [`write`] with [`Debit`] |
//! | 01 | incoming transfers that a bank reports (振込入金通知) | 200 | [`Report::read`], [`Report::write`] |
//! | 03 | movements of an account that a bank reports (入出金取引明細) | 200 | [`Report::read`], [`Report::write`] |
//!
//! Known from: 21 and 91, the tables of the banks' association (JIS code, 令和元年12月) as open readers and
//! banks' guides repeat them; of 01, the header and a record's first columns, as 阿波銀行 publishes them; of 03,
//! the header's first twelve fields, as きらぼし銀行 does. Their other columns and trailers are not confirmed by a
//! published table and no file of a bank's own was seen, so what does not add up in them is refused, never mended.
//!
//! A length is in bytes, and ﾞ is one of its own. Nothing is cut to fit: a name that was cut is another
//! name. Days have no year in 21 and 91, and a Japanese year without its era in 01 and 03; what that
//! means is an argument.

mod entry;
mod fault;
mod file;
mod record;
mod report;
#[cfg(test)]
mod report_tests;
mod report_write;
#[cfg(test)]
mod tests;

pub use entry::{Debit, Deposit, Edi, Entry, Outcome, Place, Transfer};
pub use fault::{Fault, Field, ZenginError};
pub use file::{Block, Header, LineEnds, kind, read, write};
pub use report::{Movement, Report};
