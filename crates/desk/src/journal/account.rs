//! What moved between a company and a partner, as a bank tells it of an account: a 全銀 file of kind 03
//! (入出金取引明細).
//!
//! The account is the one in which the two settle, seen as the wallet's: what the bank owes it. So
//! the wallet and the bank write the same file, and either's accountant can read it in.

use std::collections::HashMap;

use jiff::Timestamp;
use kanuki_domain::bank_account::BankCode;
use kanuki_formats::{
    name::fold_kana,
    zengin::{self, Deposit, LineEnds, Place, Report},
};
use kanuki_ledger::{AccountId, Journal, Posting, Stretch, TransferId};

use super::{Days, NotWritten, in_japan};
use crate::reconcile::{Kind, Movement};

/// 取引区分: 振替, a transfer within the bank's own books.
const SORT: &str = "14";

/// The account in which two companies settle, as the accountant's program knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Three digits.
    branch: String,
    /// Up to ten digits.
    number: String,
}

impl std::str::FromStr for Settled {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "not BRANCH-NUMBER, such as 001-1234567";
        let (branch, number) = text.split_once('-').ok_or(wrong)?;
        let is_plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        let fits = branch.len() == 3 && (1..=10).contains(&number.len());
        if !(fits && is_plain(branch) && is_plain(number)) {
            return Err(wrong);
        }
        Ok(Self { branch: branch.to_owned(), number: number.to_owned() })
    }
}

/// One partner, as its books are found.
#[derive(Clone, Debug)]
pub struct Between {
    /// The bank of the two.
    pub bank: BankCode,
    /// The account in which they settle, in our books.
    pub clearing: AccountId,
    /// Every movement that was asked for.
    pub movements: Vec<Movement>,
    /// Whether we are the wallet: then a debit of that account is money that came in for it.
    pub is_wallet: bool,
}

impl Between {
    /// What must be read of our books.
    #[must_use]
    pub fn stretch(&self, days: Days, most: usize) -> Stretch {
        Stretch { of: Some(self.clearing), ..days.stretch(most) }
    }

    /// The file of `days`, made at `now`, of the account `settled` that bears `name` (kana).
    pub fn file(
        &self,
        journal: &Journal,
        days: Days,
        (settled, name): (&Settled, &str),
        now: Timestamp,
    ) -> Result<Vec<u8>, NotWritten> {
        if journal.is_cut {
            return Err(NotWritten::TooMany);
        }
        let folded = fold_kana(name.trim()).map_err(|_| NotWritten::Name)?;
        let name = folded.as_str();
        let report = self.report(journal, days, (settled, name), now)?;
        if report.movements.is_empty() {
            return Err(NotWritten::Nothing);
        }
        Ok(report.write(LineEnds::CrLf)?)
    }

    fn report(
        &self,
        journal: &Journal,
        days: Days,
        (settled, name): (&Settled, &str),
        now: Timestamp,
    ) -> Result<Report, NotWritten> {
        let known: HashMap<TransferId, &Movement> =
            self.movements.iter().map(|movement| (movement.money, movement)).collect();
        let before = self.owed(journal)?;
        let mut after = before;
        let mut movements = Vec::new();
        for posting in &journal.postings {
            let change = self.change(posting)?;
            if change == 0 {
                continue;
            }
            after = after.checked_add(change).ok_or(NotWritten::Balance)?;
            movements.push(movement(posting, change, &known));
        }
        Ok(Report {
            made_on: in_japan(now).0,
            span: days.span(),
            place: Place {
                bank: self.bank,
                bank_name: String::new(),
                branch: settled.branch.clone(),
                branch_name: String::new(),
            },
            deposit: Deposit::Other,
            number: format!("{:0>10}", settled.number),
            name: name.to_owned(),
            balances: Some((before, after)),
            movements,
        })
    }

    /// What a posting does to what the bank owes the wallet.
    fn change(&self, posting: &Posting) -> Result<i64, NotWritten> {
        let amount = posting.transfer.amount.amount();
        let amount = i64::try_from(amount).map_err(|_| NotWritten::Balance)?;
        let is_debit = posting.transfer.debit_account == self.clearing;
        Ok(if is_debit == self.is_wallet { amount } else { amount.saturating_neg() })
    }

    /// What it owed before.
    fn owed(&self, journal: &Journal) -> Result<i64, NotWritten> {
        let Journal { debits_before: debits, credits_before: credits, .. } = journal;
        let (plus, minus) = if self.is_wallet { (debits, credits) } else { (credits, debits) };
        let whole = |sum: &u128| i64::try_from(*sum).map_err(|_| NotWritten::Balance);
        whole(plus)?.checked_sub(whole(minus)?).ok_or(NotWritten::Balance)
    }
}

fn movement(
    posting: &Posting,
    change: i64,
    known: &HashMap<TransferId, &Movement>,
) -> zengin::Movement {
    let transfer = &posting.transfer;
    let movement = known.get(&transfer.pending_id.unwrap_or(transfer.id));
    let text = match movement.map(|movement| movement.line.kind) {
        Some(Kind::Debit) => "ﾁﾔ-ｼﾞ",
        Some(Kind::Payout) => "ｼﾕﾂｷﾝ",
        Some(Kind::Refund) => "ﾍﾝｷﾝ",
        None => "",
    };
    let text = text.to_owned();
    // The field has capitals, digits and hyphens only.
    let other = movement.map_or_else(String::new, |movement| {
        movement.line.id.to_ascii_uppercase().replace('_', "-")
    });
    let (day, _) = in_japan(transfer.timestamp);
    let (sort, edi) = (Some(SORT.to_owned()), String::new());
    zengin::Movement { day, change, sort, other, text, edi }
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;
    use kanuki_domain::Yen;
    use kanuki_ledger::Transfer;

    use super::*;
    use crate::reconcile::{Line, Standing};

    const CLEARING: AccountId = AccountId(1);

    fn at() -> Timestamp {
        "2026-11-25T03:00:00Z".parse().unwrap()
    }

    /// One debit and one payout, in the books of the wallet or of the bank.
    fn books(is_wallet: bool) -> (Between, Journal) {
        let line = |id: &str, kind| Line {
            id: id.to_owned(),
            kind,
            amount: Yen::of(1),
            standing: Standing::Booked,
            asked_at: at(),
        };
        let movement = |n, id, kind| Movement { line: line(id, kind), money: TransferId(n) };
        let movements =
            vec![movement(1, "top_01abc", Kind::Debit), movement(2, "pot_01abd", Kind::Payout)];
        let posting = |n, comes_in: bool, amount| {
            let sides = (CLEARING, AccountId(2));
            let (debit, credit) = if comes_in == is_wallet { sides } else { (sides.1, sides.0) };
            let moved = Transfer::posted(TransferId(n + 10), debit, credit, Yen::of(amount), 101);
            let pending_id = Some(TransferId(n));
            let transfer = Transfer { pending_id, timestamp: at(), ..moved };
            Posting { transfer, debit_code: 1, credit_code: 2 }
        };
        let postings = vec![posting(1, true, 5_000), posting(2, false, 1_200)];
        let (more, less) = (900, 400);
        let (debits_before, credits_before) = if is_wallet { (more, less) } else { (less, more) };
        let bank = BankCode::parse("9901").unwrap();
        let between = Between { bank, clearing: CLEARING, movements, is_wallet };
        (between, Journal { postings, debits_before, credits_before, is_cut: false })
    }

    #[test]
    fn both_companies_write_the_same_file_and_it_reads_back() {
        let settled: Settled = "001-1234567".parse().unwrap();
        let day: Date = "2026-11-25".parse().unwrap();
        let days = Days::new(day, day, Timestamp::MAX).unwrap();
        let written = [true, false].map(|is_wallet| {
            let (between, journal) = books(is_wallet);
            let name = if is_wallet { "ｶﾇｷ" } else { "カヌキ" };
            between.file(&journal, days, (&settled, name), at()).unwrap()
        });

        let [wallet, bank] = &written;
        assert_eq!(wallet, bank);
        let read = Report::read(wallet, day).unwrap();
        assert_eq!(read.balances, Some((500, 4_300)));
        let told: Vec<_> = read.movements.iter().map(|m| (m.change, m.other.as_str())).collect();
        assert_eq!(told, [(5_000, "TOP-01ABC"), (-1_200, "POT-01ABD")]);
    }

    #[test]
    fn days_without_a_movement_make_no_file() {
        let (between, _) = books(true);
        let settled: Settled = "001-1".parse().unwrap();
        let day: Date = "2026-11-25".parse().unwrap();
        let days = Days::new(day, day, Timestamp::MAX).unwrap();

        let refused = between.file(&Journal::default(), days, (&settled, "ｶﾇｷ"), at());

        assert!(matches!(refused, Err(NotWritten::Nothing)), "{refused:?}");
        let nobody = between.file(&Journal::default(), days, (&settled, "閂"), at());
        assert!(matches!(nobody, Err(NotWritten::Name)), "{nobody:?}");
    }

    #[test]
    fn account_is_three_digits_and_up_to_ten() {
        for wrong in ["", "001", "01-1", "001-", "001-12345678901", "0a1-1", "001-1-1", "００１-1"]
        {
            assert!(wrong.parse::<Settled>().is_err(), "{wrong}");
        }
    }
}
