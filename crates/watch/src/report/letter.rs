//! A letter to the bank: what to ask, so that nobody can answer "ask the other company".

use maud::{Markup, html};

use super::Report;
use crate::{
    finding::{Finding, Kind},
    words::Lang,
};

/// More lines than fit on a page help nobody.
const ROWS_MAX: usize = 20;

/// One letter for each account, because each goes to another bank.
pub(super) fn letters(report: &Report<'_>) -> Markup {
    html! {
        @for (place, account) in report.household.accounts.iter().enumerate() {
            @let asked = asked(report, place);
            @if !asked.is_empty() {
                section.letter {
                    @match report.lang {
                        Lang::Ja => { (japanese(report, &account.name, &asked)) }
                        Lang::En => { (english(report, &account.name, &asked)) }
                    }
                }
            }
        }
    }
}

/// The debits of one account to ask about, each once: a day's sum or a missing week is no line of a
/// statement.
fn asked<'a>(report: &Report<'a>, account: usize) -> Vec<&'a Finding> {
    let is_line = |kind| {
        !matches!(
            kind,
            Kind::Clash | Kind::Gap | Kind::Order | Kind::Unnamed | Kind::Burst | Kind::MonthEdge
        )
    };
    let own = report.findings.iter().filter(|f| f.account == account && is_line(f.kind));
    let mut asked: Vec<&Finding> = own.collect();
    asked.sort_by_key(|f| (f.date, &f.file, f.line));
    asked.dedup_by_key(|f| (&f.file, f.line));
    asked.truncate(ROWS_MAX);
    asked
}

fn japanese(report: &Report<'_>, account: &str, asked: &[&Finding]) -> Markup {
    html! {
        h2 { "銀行への手紙(印刷して使えます)" }
        p.small.no-print { (account) }
        p { (report.lang.date(report.today)) }
        p { span.blank { } " 銀行 " span.blank { } " 支店 御中" }
        p { "お名前 " span.blank { } " 口座番号 " span.blank { } }
        p { "次の引き落としに覚えがありません。調べて、文書でお答えください。" }
        (table(report, asked, ["日付", "明細の文字", "金額"]))
        ol {
            li { "引き落とした会社の名前と、連絡先を教えてください。" }
            li { "いつ、どのような本人確認で、この口座につながれたのかを教えてください。" }
            li { "この口座につながっている口座振替を、すべて教えてください。" }
            li { "調べが終わるまで、この相手からの引き落としと、新しくつなぐことを止めてください。" }
            li { "残高を超える引き落とし(当座貸越)をしないようにしてください。" }
            li { "補償の申し出を受けつけ、受付番号を教えてください。" }
        }
        p { "「相手の会社に聞いてください」というお答えでは困ります。両方の会社で調べてください。" }
    }
}

fn english(report: &Report<'_>, account: &str, asked: &[&Finding]) -> Markup {
    html! {
        h2 { "A letter to the bank (to print)" }
        p.small.no-print { (account) }
        p { (report.lang.date(report.today)) }
        p { "To: " span.blank { } " bank, " span.blank { } " branch" }
        p { "Name " span.blank { } " Account " span.blank { } }
        p { "I do not know these debits. Please look into them and answer in writing." }
        (table(report, asked, ["Date", "On the statement", "Amount"]))
        ol {
            li { "Which company took the money, and how can it be reached?" }
            li { "When was this account linked to it, and how was the holder identified?" }
            li { "Please list every direct debit on this account." }
            li { "Please stop debits by this company and any new link until this is settled." }
            li { "Please stop debits from reaching into an overdraft." }
            li { "Please take this as a claim for compensation and tell me its number." }
        }
        p { "Please do not refer me to the other company: look into it together." }
    }
}

fn table(report: &Report<'_>, asked: &[&Finding], heads: [&str; 3]) -> Markup {
    html! {
        table {
            thead { tr { @for head in heads { th scope="col" { (head) } } } }
            tbody {
                @for finding in asked {
                    tr {
                        td.d { (report.lang.date(finding.date)) }
                        td { (finding.text) }
                        td.n { (finding.amount.abs()) }
                    }
                }
            }
        }
    }
}
