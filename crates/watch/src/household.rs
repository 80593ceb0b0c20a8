//! Accounts out of files: which belong together, and what is missing between them.

use std::sync::LazyLock;

use jiff::civil::Date;

use crate::{
    amount::Money,
    descriptor::{Dictionary, Service, fold},
    ending::Stated,
    overlap,
    statement::{Line, Proof, Statement},
    together::{self, Together},
    wrecked::says_nobody,
};

/// One account, oldest first, from one file or from several that follow each other.
#[derive(Debug)]
pub struct Account {
    /// Its name: what its holder calls it, or that of its first file.
    pub name: String,
    /// The files, oldest first.
    pub statements: Vec<Statement>,
    /// Why they are one account.
    pub together: Together,
    /// Where two files do not meet.
    pub gaps: Vec<Gap>,
    /// What the files state as the present balance.
    pub(crate) stated: Vec<Stated>,
}

/// Two files of one account between which something is missing, or which say different things of the same
/// days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The place of the file after it, in [`Account::statements`].
    pub before: usize,
    /// The last day that is known.
    pub from: Date,
    /// The next day that is known.
    pub to: Date,
    /// By how much the balance differs, if both files print one.
    pub difference: Option<Money>,
    /// Whether the files have different layouts: perhaps they are of two accounts.
    pub is_other_layout: bool,
    /// Whether the files name two accounts.
    pub is_other_account: bool,
    /// Whether the later file begins before the earlier one ends: nothing is missing, and the two do not
    /// agree about the days from `to` to `from`.
    pub is_clash: bool,
}

/// What the words of a line mean.
#[derive(Clone, Debug)]
pub(crate) struct Meaning<'d> {
    pub(crate) folded: String,
    pub(crate) service: Option<&'d Service>,
    pub(crate) collected: bool,
    pub(crate) ordinary: bool,
    /// They say nobody's name: no words, only what kind of movement it is, or letters that nobody could read.
    pub(crate) names_nobody: bool,
}

/// Words of a collection: somebody else pulled the money.
const COLLECTED: [&str; 7] =
    ["口座振替", "自動払込", "自動引落", "即時振替", "口振", "リアルタイム振替", "自払"];
/// Words of what people do themselves at a counter, a machine or a till.
const ORDINARY: [&str; 16] = [
    "ATM",
    "カード",
    "振込",
    "フリコミ",
    "手数料",
    "利息",
    "利子",
    "給与",
    "キユウヨ",
    "賞与",
    "年金",
    "税",
    "デビツト",
    "現金",
    "定期",
    "お引出",
];

/// Words of what a person sends.
const SENT: [&str; 2] = ["振込", "フリコミ"];

/// Both lists as they are compared.
static FOLDED: LazyLock<[Vec<String>; 2]> = LazyLock::new(|| {
    let folded = |words: &[&str]| words.iter().map(|word| fold(word)).collect();
    [folded(&COLLECTED), folded(&ORDINARY)]
});

/// Whether words say nobody's name, or no more than what kind of movement it is.
pub(crate) fn names_nobody(text: &str, folded: &str) -> bool {
    says_nobody(text) || FOLDED.first().is_some_and(|kinds| kinds.iter().any(|k| k == folded))
}

impl<'d> Meaning<'d> {
    fn of(text: &str, on: Date, dictionary: &'d Dictionary) -> Self {
        let folded = fold(text);
        let has = |words: &Vec<String>| words.iter().any(|word| folded.contains(word));
        let [collected, ordinary] = FOLDED.each_ref().map(has);
        // What is sent to a service is no debit of it.
        let is_sent = SENT.iter().any(|word| folded.contains(word)) && !collected;
        let service = dictionary.find(&folded, on).filter(|_| !is_sent);
        let names_nobody = service.is_none() && names_nobody(text, &folded);
        Self { folded, service, collected, ordinary, names_nobody }
    }

    /// What makes two lines the same payee's.
    pub(crate) fn payee(&self) -> &str {
        self.service.map_or(&self.folded, |service| &service.id)
    }

    /// Whether the words tell the same payee from others, whom the holder did not pay at a till or a machine.
    pub(crate) fn is_payee(&self) -> bool {
        let is_person = self.ordinary && !self.is_pulled();
        !is_person && !self.folded.is_empty() && !self.names_nobody
    }

    /// Money that a company pulled, as far as the words tell.
    pub(crate) fn is_pulled(&self) -> bool {
        self.service.is_some() || (self.collected && !self.folded.is_empty())
    }
}

/// A line with what it means.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) statement: &'a Statement,
    /// The place of the file, in [`Account::statements`]: two may have one name.
    pub(crate) place: usize,
    /// The place of the line among the file's: of OFX many may stand on one line.
    pub(crate) at: usize,
    pub(crate) line: &'a Line,
    pub(crate) meaning: &'a Meaning<'a>,
}

impl Seen<'_> {
    /// Money that left, to somebody whom the words do not name.
    pub(crate) const fn is_unnamed_debit(&self) -> bool {
        self.line.change.is_negative() && self.meaning.names_nobody
    }
}

/// The words of every file of an account, understood once.
#[derive(Debug)]
pub(crate) struct Understood<'a> {
    account: &'a Account,
    meanings: Vec<Vec<Meaning<'a>>>,
}

impl<'a> Understood<'a> {
    pub(crate) fn of(account: &'a Account, dictionary: &'a Dictionary) -> Self {
        let meanings = account.statements.iter().map(|statement| {
            // Who used these words may have changed with the years: whoever did on their newest day.
            let mut newest: Vec<Option<Date>> = vec![None; statement.texts.iter().count()];
            for line in &statement.lines {
                if let Some(day) = newest.get_mut(line.text.place()) {
                    *day = (*day).max(Some(line.date));
                }
            }
            let texts = statement.texts.iter().zip(newest);
            texts
                .map(|(text, day)| Meaning::of(text, day.unwrap_or_default(), dictionary))
                .collect()
        });
        Self { account, meanings: meanings.collect() }
    }

    /// Every line, oldest first.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Seen<'_>> {
        let files = self.account.statements.iter().zip(&self.meanings).enumerate();
        files.flat_map(|(place, (statement, meanings))| {
            statement.lines.iter().enumerate().filter_map(move |(at, line)| {
                let meaning = meanings.get(line.text.place())?;
                Some(Seen { statement, place, at, line, meaning })
            })
        })
    }
}

/// The accounts that are looked at together.
#[derive(Debug)]
pub struct Household {
    /// Each once.
    pub accounts: Vec<Account>,
}

impl Household {
    /// Every file is an account of its own.
    #[must_use]
    pub fn apart(statements: Vec<Statement>) -> Self {
        let alone = |s| Account::of(vec![s], Together::Alone);
        Self { accounts: statements.into_iter().map(alone).collect() }
    }

    /// Files are one account where they say so themselves, or where their lines do.
    #[must_use]
    pub fn sorted(statements: Vec<Statement>) -> Self {
        let accounts = together::sorted(statements).into_iter();
        Self { accounts: accounts.map(|(why, files)| Account::of(files, why)).collect() }
    }

    /// Files of one name are one account, whatever their order: 母のゆうちょ, 父の信金.
    #[must_use]
    pub fn named(statements: Vec<(String, Statement)>) -> Self {
        let mut accounts: Vec<(String, Vec<Statement>)> = Vec::new();
        for (name, statement) in statements {
            match accounts.iter_mut().find(|(known, _)| *known == name) {
                Some((_, files)) => files.push(statement),
                None => accounts.push((name, vec![statement])),
            }
        }
        let named =
            accounts.into_iter().map(|(name, files)| Account { name, ..Account::told(files) });
        Self { accounts: named.collect() }
    }

    /// All files are one account, whatever their order.
    #[must_use]
    pub fn one(statements: Vec<Statement>) -> Self {
        if statements.is_empty() {
            return Self { accounts: Vec::new() };
        }
        Self { accounts: vec![Account::told(statements)] }
    }

    /// These accounts, and then those.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.accounts.extend(others.accounts);
        self
    }

    /// How many files there are.
    #[must_use]
    pub fn file_count(&self) -> usize {
        self.accounts.iter().map(|a| a.statements.len()).sum()
    }

    /// How many lines there are.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.accounts.iter().flat_map(|a| &a.statements).map(|s| s.lines.len()).sum()
    }
}

impl Account {
    fn told(statements: Vec<Statement>) -> Self {
        let is_one = statements.len() == 1;
        Self::of(statements, if is_one { Together::Alone } else { Together::Told })
    }

    fn of(mut statements: Vec<Statement>, together: Together) -> Self {
        statements.sort_by_key(Statement::span);
        let stated = Stated::all(&statements);
        let disputed = overlap::drop_overlaps(&mut statements);
        let name = statements.first().map(|s| s.name.clone()).unwrap_or_default();
        // A file that says nothing of its own is between no others.
        let said: Vec<(usize, &Statement)> =
            statements.iter().enumerate().filter(|(_, s)| !s.lines.is_empty()).collect();
        let pairs = said.iter().zip(said.iter().skip(1));
        let gaps = pairs
            .filter_map(|((_, before), (place, after))| {
                match disputed.iter().find(|(of, _)| of == place) {
                    Some((_, days)) => Some(Gap::disputed(before, after, *place, *days)),
                    None => gap_between(before, after, *place),
                }
            })
            .collect();
        Self { name, statements, together, gaps, stated }
    }

    /// What its files are called.
    #[must_use]
    pub fn file_names(&self) -> Vec<&str> {
        self.statements.iter().map(|s| s.name.as_str()).collect()
    }

    /// Whether every file is proven by its balances, of which there are at least two to compare.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        let lines = self.statements.iter().map(|s| s.lines.len());
        let is_compared = lines.fold(0, usize::saturating_add) > 1;
        let mut said = self.statements.iter().filter(|s| !s.lines.is_empty());
        is_compared
            && self.gaps.is_empty()
            && self.moved_since().is_empty()
            && self.miscounted().is_empty()
            && said.all(|s| s.proof == Proof::Balances)
    }
}

impl Gap {
    /// Between two files with these days of their own; `difference` and `is_clash` are for the caller.
    fn of(before: &Statement, after: &Statement, place: usize, (from, to): (Date, Date)) -> Self {
        Self {
            before: place,
            from,
            to,
            difference: None,
            is_other_layout: before.layout.id != after.layout.id,
            is_other_account: together::said(before, after) == Some(false),
            is_clash: false,
        }
    }

    /// Both tell of these days, and not the same.
    fn disputed(
        before: &Statement,
        after: &Statement,
        place: usize,
        (first, last): (Date, Date),
    ) -> Self {
        Self { is_clash: true, ..Self::of(before, after, place, (last, first)) }
    }
}

fn gap_between(before: &Statement, after: &Statement, place: usize) -> Option<Gap> {
    let ((_, from), (to, end)) = (before.span()?, after.span()?);
    if to < from {
        // Both tell of the days until the first of them ends.
        return Some(Gap::disputed(before, after, place, (to, from.min(end))));
    }
    let gap = Gap::of(before, after, place, (from, to));
    match before.closing().zip(after.opening()) {
        Some((closing, opening)) if closing == opening => None,
        // On the day on which they meet nothing can be missing between them.
        Some(_) if from == to => Some(Gap::disputed(before, after, place, (to, from))),
        Some((closing, opening)) => {
            Some(Gap { difference: Some(opening.plus(closing.negated())), ..gap })
        }
        // Without balances a month between two files is as suspicious as we can say.
        None => (from.until(to).map_or(0, |span| span.get_days()) > 31).then_some(gap),
    }
}
