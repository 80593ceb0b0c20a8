//! What deserves a question to the bank.
//!
//! A finding is not a verdict. Each says what was seen, how sure that is, and why it matters; the
//! holder knows whether it was them.

mod over_time;
mod single;
mod stop;
mod unjudged;
mod unnamed;

use stop::Stops;
pub use stop::unseen;
pub use unjudged::{Payee, Unjudged, unjudged};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    amount::Money,
    descriptor::Dictionary,
    household::{Account, Household, Seen, Understood},
    statement::Proof,
    words::Lang,
};

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A debit after the holder had it stopped.
    AfterStop,
    /// The account went below zero, or further below: into the automatic overdraft (当座貸越).
    Overdraft,
    /// The same payee took money on both sides of a month's end: twice a monthly limit.
    MonthEdge,
    /// The same payee took money several times in one day.
    Burst,
    /// A wallet or a collection service took money.
    WalletDebit,
    /// A company that never took money before.
    FirstTime,
    /// Money left, and no line says to whom.
    Unnamed,
    /// Two files of one account say different things of the same days.
    Clash,
    /// Days are missing between two files.
    Gap,
    /// A line is older than the one before it, though the balances fit: no statement has that order.
    Order,
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// A guess.
    Low,
    /// Likely.
    Medium,
    /// It is what it looks like.
    High,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// In which account, by its place in the household.
    pub account: usize,
    /// In which of the account's files, by its place among them: two may have one name.
    pub statement: usize,
    /// What that file is called.
    pub file: String,
    /// On which line of it.
    pub line: u32,
    /// Which of its movements that is, by its place among them: of OFX many may stand on one line.
    #[serde(skip)]
    pub at: usize,
    /// When.
    #[serde(serialize_with = "as_text")]
    pub date: Date,
    /// How much: digits, with a minus for money that left.
    #[serde(serialize_with = "as_digits")]
    pub amount: Money,
    /// What the statement says.
    pub text: String,
    /// How sure.
    pub confidence: Confidence,
    /// What the holder had stopped, where it was taken all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
    /// Why it matters, in the reader's language.
    pub why: String,
}

/// What the holder had stopped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Stopped {
    /// Since when.
    pub since: Date,
    /// In their words.
    pub said: String,
}

impl Finding {
    /// Whether an amount is known: of days that are missing it may not be.
    #[must_use]
    pub fn has_amount(&self) -> bool {
        !matches!(self.kind, Kind::Clash | Kind::Gap) || self.amount != Money::ZERO
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde calls")]
fn as_text<S: serde::Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde calls")]
fn as_digits<S: serde::Serializer>(amount: &Money, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&amount.yen())
}

/// What the holder tells us.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    /// Services that they use themselves, by id: their debits are no findings.
    pub mine: Vec<String>,
    /// What they had stopped, and since when.
    pub stopped: Vec<(Date, String)>,
    /// The language of the reasons.
    pub lang: Lang,
}

impl Knowledge {
    fn is_mine(&self, seen: Seen<'_>) -> bool {
        seen.meaning.service.is_some_and(|s| self.mine.contains(&s.id))
    }
}

/// Everything that deserves a question: the newest first within each kind.
#[must_use]
pub fn find(household: &Household, dictionary: &Dictionary, known: &Knowledge) -> Vec<Finding> {
    let mut findings = Vec::new();
    let stops = Stops::of(known, dictionary);
    for (place, account) in household.accounts.iter().enumerate() {
        let understood = Understood::of(account, dictionary);
        let mut found = Vec::new();
        single::find(&understood, (known, &stops), &mut found);
        over_time::find(&understood, known, &mut found);
        unnamed::find(&understood, known, &mut found);
        gaps(account, known, &mut found);
        stated(account, known, &mut found);
        disorder(&understood, known, &mut found);
        for finding in &mut found {
            finding.account = place;
        }
        findings.append(&mut found);
    }
    findings
        .sort_by(|a, b| a.kind.cmp(&b.kind).then(b.date.cmp(&a.date)).then(a.line.cmp(&b.line)));
    findings
}

/// A finding about one line.
fn about(seen: Seen<'_>, kind: Kind, confidence: Confidence, why: String) -> Finding {
    Finding {
        kind,
        account: 0,
        statement: seen.place,
        file: seen.statement.name.clone(),
        line: seen.line.line,
        at: seen.at,
        date: seen.line.date,
        amount: seen.line.change,
        text: seen.statement.text(seen.line).to_owned(),
        confidence,
        stopped: None,
        why,
    }
}

fn disorder(account: &Understood<'_>, known: &Knowledge, findings: &mut Vec<Finding>) {
    for seen in account.lines() {
        if seen.statement.proof == Proof::Disorder(seen.line.line) {
            findings.push(about(seen, Kind::Order, Confidence::High, known.lang.disorder()));
        }
    }
}

fn gaps(account: &Account, known: &Knowledge, findings: &mut Vec<Finding>) {
    for gap in &account.gaps {
        let Some(after) = account.statements.get(gap.before) else { continue };
        let Some(first) = after.lines.first() else { continue };
        let is_doubtful = gap.is_other_layout || gap.is_other_account;
        let is_sure = (gap.difference.is_some() || gap.is_clash) && !is_doubtful;
        let mut why = known.lang.gap(gap);
        if gap.is_other_account {
            why.push_str(known.lang.other_account());
        } else if gap.is_other_layout {
            why.push_str(known.lang.other_layout());
        }
        findings.push(Finding {
            kind: if gap.is_clash { Kind::Clash } else { Kind::Gap },
            account: 0,
            statement: gap.before,
            file: after.name.clone(),
            line: first.line,
            at: 0,
            date: gap.to,
            amount: gap.difference.unwrap_or_default(),
            text: String::new(),
            confidence: if is_sure { Confidence::High } else { Confidence::Low },
            stopped: None,
            why,
        });
    }
}

/// What the bank itself says of the balance and of the lines, and they do not.
fn stated(account: &Account, known: &Knowledge, findings: &mut Vec<Finding>) {
    for moved in account.moved_since() {
        let Some(statement) = account.statements.get(moved.statement) else { continue };
        findings.push(Finding {
            kind: Kind::Gap,
            account: 0,
            statement: moved.statement,
            file: statement.name.clone(),
            line: moved.line,
            at: statement.lines.len().saturating_sub(1),
            date: moved.last,
            amount: moved.by,
            text: String::new(),
            confidence: Confidence::Medium,
            stopped: None,
            why: known.lang.moved_since(moved.last, moved.by, moved.is_whole),
        });
    }
    for miscounted in account.miscounted() {
        let Some(statement) = account.statements.get(miscounted.statement) else { continue };
        findings.push(Finding {
            kind: Kind::Gap,
            account: 0,
            statement: miscounted.statement,
            file: statement.name.clone(),
            line: miscounted.line,
            at: statement.lines.len().saturating_sub(1),
            date: miscounted.last,
            amount: Money::ZERO,
            text: String::new(),
            confidence: Confidence::Medium,
            stopped: None,
            why: known.lang.miscounted(miscounted.said, miscounted.found),
        });
    }
}
