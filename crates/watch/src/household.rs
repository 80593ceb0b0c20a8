//! Accounts out of files: which belong together, and what is missing between them.

use std::sync::LazyLock;

use jiff::civil::Date;

use crate::{
    amount::Money,
    descriptor::{Dictionary, Service, fold},
    statement::{Line, Proof, Statement},
};

/// One account, oldest first, from one file or from several that follow each other.
#[derive(Debug)]
pub struct Account {
    /// Its name: what its holder calls it, or that of its first file.
    pub name: String,
    /// The files, oldest first.
    pub statements: Vec<Statement>,
    /// Where two files do not meet.
    pub gaps: Vec<Gap>,
}

/// Two files of one account between which something is missing.
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
}

/// What the words of a line mean.
#[derive(Clone, Debug)]
pub(crate) struct Meaning<'d> {
    pub(crate) folded: String,
    pub(crate) service: Option<&'d Service>,
    pub(crate) collected: bool,
    pub(crate) ordinary: bool,
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

/// Both lists as they are compared.
static FOLDED: LazyLock<[Vec<String>; 2]> = LazyLock::new(|| {
    let folded = |words: &[&str]| words.iter().map(|word| fold(word)).collect();
    [folded(&COLLECTED), folded(&ORDINARY)]
});

impl<'d> Meaning<'d> {
    fn of(text: &str, on: Date, dictionary: &'d Dictionary) -> Self {
        let folded = fold(text);
        let has = |words: &Vec<String>| words.iter().any(|word| folded.contains(word));
        let [collected, ordinary] = FOLDED.each_ref().map(has);
        let service = dictionary.find(&folded, on);
        Self { folded, service, collected, ordinary }
    }

    /// What makes two lines the same payee's.
    pub(crate) fn payee(&self) -> &str {
        self.service.map_or(&self.folded, |service| &service.id)
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
    pub(crate) line: &'a Line,
    pub(crate) meaning: &'a Meaning<'a>,
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
        self.account.statements.iter().zip(&self.meanings).flat_map(|(statement, meanings)| {
            statement.lines.iter().filter_map(move |line| {
                Some(Seen { statement, line, meaning: meanings.get(line.text.place())? })
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
        let accounts = statements.into_iter().map(|s| Account::of(vec![s])).collect();
        Self { accounts }
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
            accounts.into_iter().map(|(name, files)| Account { name, ..Account::of(files) });
        Self { accounts: named.collect() }
    }

    /// All files are one account, whatever their order.
    #[must_use]
    pub fn one(statements: Vec<Statement>) -> Self {
        if statements.is_empty() {
            return Self { accounts: Vec::new() };
        }
        Self { accounts: vec![Account::of(statements)] }
    }

    /// How many lines there are.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.accounts.iter().flat_map(|a| &a.statements).map(|s| s.lines.len()).sum()
    }
}

impl Account {
    fn of(mut statements: Vec<Statement>) -> Self {
        statements.sort_by_key(Statement::span);
        drop_overlaps(&mut statements);
        let name = statements.first().map(|s| s.name.clone()).unwrap_or_default();
        // A file that says nothing of its own is between no others.
        let said: Vec<(usize, &Statement)> =
            statements.iter().enumerate().filter(|(_, s)| !s.lines.is_empty()).collect();
        let pairs = said.iter().zip(said.iter().skip(1));
        let gaps = pairs
            .filter_map(|((_, before), (place, after))| gap_between(before, after, *place))
            .collect();
        Self { name, statements, gaps }
    }

    /// Whether every file is proven by its balances, of which there are at least two to compare.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        let lines = self.statements.iter().map(|s| s.lines.len());
        let is_compared = lines.fold(0, usize::saturating_add) > 1;
        let mut said = self.statements.iter().filter(|s| !s.lines.is_empty());
        is_compared && self.gaps.is_empty() && said.all(|s| s.proof == Proof::Balances)
    }
}

/// Two downloads often share some days, and one may lie within another: a line that a file before has
/// is not counted twice.
fn drop_overlaps(statements: &mut [Statement]) {
    for place in 1..statements.len() {
        let (before, from_here) = statements.split_at_mut(place);
        if let Some(after) = from_here.first_mut() {
            let shared = before.iter().map(|before| shared_lines(before, after)).max();
            after.lines.drain(..shared.unwrap_or(0));
        }
    }
}

/// How many of the first lines of `after` are in `before` too: its last ones, or all of `after`.
fn shared_lines(before: &Statement, after: &Statement) -> usize {
    let key = |s: &Statement, l: &Line| (l.date, l.change, l.balance, s.text(l).to_owned());
    let Some(first) = after.lines.first() else { return 0 };
    let first_key = key(after, first);
    let tails = before.lines.iter().enumerate().filter(|(_, l)| l.date == first.date);
    for (place, line) in tails {
        if key(before, line) != first_key {
            continue;
        }
        let tail = before.lines.get(place..).unwrap_or_default();
        if tail.iter().zip(&after.lines).all(|(a, b)| key(before, a) == key(after, b)) {
            return tail.len().min(after.lines.len());
        }
    }
    0
}

fn gap_between(before: &Statement, after: &Statement, place: usize) -> Option<Gap> {
    let (from, to) = (before.lines.last()?.date, after.lines.first()?.date);
    let is_other_layout = before.layout.id != after.layout.id;
    match (before.closing(), after.opening()) {
        (Some(closing), Some(opening)) if closing == opening => None,
        (Some(closing), Some(opening)) => {
            let difference = Some(opening.plus(closing.negated()));
            Some(Gap { before: place, from, to, difference, is_other_layout })
        }
        // Without balances a month between two files is as suspicious as we can say.
        _ => {
            let days = from.until(to).map_or(0, |span| span.get_days());
            (days > 31).then_some(Gap {
                before: place,
                from,
                to,
                difference: None,
                is_other_layout,
            })
        }
    }
}
