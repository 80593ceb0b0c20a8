//! A letter to the bank: what to ask, so that nobody can answer "ask the other company".
//!
//! What was taken after a stop, what the words of the statement tell, and what is only a guess stand apart: a
//! bank that is told a guess as a fact believes the rest less.

use jiff::civil::Date;
use maud::{Markup, html};

use super::Report;
use crate::{
    amount::{Money, largest},
    descriptor::fold,
    finding::{Confidence, Finding, Kind},
    household::{Account, names_nobody},
    words::Lang,
};

/// More lines than fit on a page help nobody. The largest are shown: whoever takes ¥10 twenty times first hides
/// nothing by it.
const ROWS_MAX: usize = 20;

/// Why a line is asked about, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    /// It was stopped before.
    Stopped,
    /// A wallet, a collector, a company that is new: the words tell so.
    Told,
    /// It took the account below zero.
    BelowZero,
    /// A guess.
    Guessed,
    /// Nobody is named.
    Unnamed,
}

/// One line to ask about.
struct Row<'a> {
    class: Class,
    date: Date,
    text: &'a str,
    amount: Money,
    stopped: String,
}

/// One letter for each account, because each goes to another bank.
pub(super) fn letters(report: &Report<'_>) -> Markup {
    html! {
        @for (place, account) in report.household.accounts.iter().enumerate() {
            @let rows = rows(report, place, account);
            @if !rows.is_empty() { section.letter { (letter(report, &account.name, &rows)) } }
        }
    }
}

/// The debits of one account to ask about, each once and for its strongest reason: a day's sum or a missing
/// week is no line of a statement. A file is known by its place, because each month's may have
/// one name, and so is a movement, because all of an OFX file may stand on one line.
fn rows<'a>(report: &Report<'a>, place: usize, account: &'a Account) -> Vec<Row<'a>> {
    let own = report.findings.iter().filter(|finding| finding.account == place);
    let mut asked: Vec<(usize, usize, Row<'_>)> = own
        .filter_map(|f| Some((f.statement, f.at, row(report.lang, f)?)))
        .chain(unnamed(report, place, account))
        .collect();
    asked.sort_by_key(|(file, at, row)| (*file, *at, row.class));
    asked.dedup_by_key(|(file, at, _)| (*file, *at));
    asked.sort_by_key(|(file, at, row)| (row.class, row.date, *file, *at));
    asked.into_iter().map(|(_, _, row)| row).collect()
}

fn row(lang: Lang, finding: &Finding) -> Option<Row<'_>> {
    let class = match finding.kind {
        Kind::AfterStop => Class::Stopped,
        Kind::WalletDebit | Kind::FirstTime if finding.confidence == Confidence::Low => {
            Class::Guessed
        }
        Kind::WalletDebit | Kind::FirstTime => Class::Told,
        Kind::Overdraft => Class::BelowZero,
        Kind::MonthEdge | Kind::Burst | Kind::Unnamed | Kind::Clash | Kind::Gap | Kind::Order => {
            return None;
        }
    };
    let stopped = finding.stopped.as_ref().map(|stopped| lang.stopped(stopped)).unwrap_or_default();
    Some(Row { class, date: finding.date, text: &finding.text, amount: finding.amount, stopped })
}

/// A finding counts such lines; the bank has to be told each.
fn unnamed<'a>(
    report: &Report<'a>,
    place: usize,
    account: &'a Account,
) -> impl Iterator<Item = (usize, usize, Row<'a>)> {
    let is_unnamed = |finding: &Finding| finding.account == place && finding.kind == Kind::Unnamed;
    let files = report.findings.iter().filter(move |finding| is_unnamed(finding));
    let files: Vec<usize> = files.map(|finding| finding.statement).collect();
    let statements = account.statements.iter().enumerate();
    statements.filter(move |(file, _)| files.contains(file)).flat_map(|(file, statement)| {
        let lines = statement.lines.iter().enumerate();
        lines.filter_map(move |(at, line)| {
            let text = statement.text(line);
            let is_asked = line.change.is_negative() && names_nobody(text, &fold(text));
            let (class, date, amount) = (Class::Unnamed, line.date, line.change);
            let row = Row { class, date, text, amount, stopped: String::new() };
            is_asked.then_some((file, at, row))
        })
    })
}

/// What stands above the lines of a class.
const fn about(lang: Lang, class: Class) -> &'static str {
    let (ja, en) = match class {
        Class::Stopped => (
            "次のものは、止めるようにお願いしたあとに引き落とされています。",
            "These were taken after I had them stopped.",
        ),
        Class::Told => (
            "次の引き落としに覚えがありません。調べて、文書でお答えください。",
            "I do not know these debits. Please look into them and answer in writing.",
        ),
        Class::BelowZero => (
            "次の引き落としで、残高がマイナスになりました(当座貸越)。だれへの支払いか教えてください。",
            "These took the account below zero (overdraft). Please tell me whom they paid.",
        ),
        Class::Guessed => (
            "次のものは、はっきりしません。念のため、だれへの支払いか教えてください。",
            "I am not sure about these. Please tell me, to be safe, whom they paid.",
        ),
        Class::Unnamed => (
            "次のものは、明細に相手の名前がありません。だれへの支払いか教えてください。",
            "The statement does not name whom these paid. Please tell me.",
        ),
    };
    lang.pick(ja, en)
}

/// What the bank is asked and told to do about all of it.
const QUESTIONS: [(&str, &str); 6] = [
    (
        "引き落とした会社の名前と、連絡先を教えてください。",
        "Which company took the money, and how can it be reached?",
    ),
    (
        "いつ、どのような本人確認で、この口座につながれたのかを教えてください。",
        "When was this account linked to it, and how was the holder identified?",
    ),
    (
        "この口座につながっている口座振替を、すべて教えてください。",
        "Please list every direct debit on this account.",
    ),
    (
        "調べが終わるまで、この相手からの引き落としと、新しくつなぐことを止めてください。",
        "Please stop debits by this company and any new link until this is settled.",
    ),
    (
        "残高を超える引き落とし(当座貸越)をしないようにしてください。",
        "Please stop debits from reaching into an overdraft.",
    ),
    (
        "補償の申し出を受けつけ、受付番号を教えてください。",
        "Please take this as a claim for compensation and tell me its number.",
    ),
];

fn letter(report: &Report<'_>, account: &str, rows: &[Row<'_>]) -> Markup {
    let lang = report.lang;
    html! {
        h2 { (lang.pick("銀行への手紙(印刷して使えます)", "A letter to the bank (to print)")) }
        p.small.no-print { (account) }
        p.small.no-print { (lang.pick(
            "覚えのある行は、線を引いて消してから送ってください。",
            "Strike out the lines that you do know before you send it.")) }
        p { (lang.date(report.today)) }
        @match lang {
            Lang::Ja => {
                p { span.pair { span.blank { } " 銀行" } " " span.pair { span.blank { } " 支店 御中" } }
                p { span.pair { "お名前 " span.blank { } } " " span.pair { "口座番号 " span.blank { } } }
            }
            Lang::En => {
                p { span.pair { "To: " span.blank { } " bank," } " " span.pair { span.blank { } " branch" } }
                p { span.pair { "Name " span.blank { } } " " span.pair { "Account " span.blank { } } }
            }
        }
        @for class in rows.chunk_by(|a, b| a.class == b.class) {
            @if let Some(first) = class.first() {
                p { (about(lang, first.class)) }
                (table(lang, class))
            }
        }
        ol { @for (ja, en) in QUESTIONS { li { (lang.pick(ja, en)) } } }
        @if rows.iter().any(|row| row.class == Class::Stopped) {
            p { (lang.pick(
                "止まらなかった理由と、止めた手続きの記録も教えてください。",
                "Please tell me why they were not stopped, and what was recorded of my request.")) }
        }
        p { (lang.pick(
            "「相手の会社に聞いてください」というお答えでは困ります。両方の会社で調べてください。",
            "Please do not refer me to the other company: look into it together.")) }
    }
}

fn table(lang: Lang, rows: &[Row<'_>]) -> Markup {
    let heads = [("日付", "Date"), ("明細の文字", "On the statement"), ("金額", "Amount")];
    let more = rows.len().saturating_sub(ROWS_MAX);
    html! {
        table {
            thead { tr {
                @for (ja, en) in heads { th scope="col" { (lang.pick(ja, en)) } }
            } }
            tbody {
                @for row in largest(rows.iter(), ROWS_MAX, |row| row.amount) {
                    tr {
                        td.d { (lang.date(row.date)) }
                        td {
                            (row.text)
                            // Under the words and in no column of its own: a telephone is narrow.
                            @if !row.stopped.is_empty() {
                                br; (lang.pick("止めたもの: ", "stopped: ")) (row.stopped)
                            }
                        }
                        td.n { (row.amount.abs()) }
                    }
                }
            }
        }
        @if more > 0 {
            p { @match lang {
                Lang::Ja => { "ほかに" (more) "件あります。明細を添えます。" }
                Lang::En => { "And " (more) " more; the statement is attached." }
            } }
        }
    }
}
