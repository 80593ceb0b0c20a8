//! The report: a page that an elderly parent can read, and a letter to the bank to print.
//!
//! One file without scripts or addresses: it works from a folder, offline, and on paper.

mod card;
mod chart;
pub mod form;
mod letter;
mod style;

use jiff::civil::Date;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{
    finding::{Finding, Kind, Unjudged},
    household::{Account, Household},
    layout::KnownFrom,
    together::Together,
    words::Lang,
};

/// What the report is about.
#[derive(Debug)]
pub struct Report<'a> {
    /// The accounts.
    pub household: &'a Household,
    /// What was found in them.
    pub findings: &'a [Finding],
    /// What was said to be stopped and is named on no line.
    pub unseen_stops: Vec<&'a str>,
    /// Whom nobody can call old or new, because an account's files are too short.
    pub unjudged: &'a [Unjudged],
    /// The date of the dictionary.
    pub dictionary: &'a str,
    /// The day it is written.
    pub today: Date,
    /// In which language.
    pub lang: Lang,
}

const fn title(lang: Lang) -> &'static str {
    lang.pick("口座の見守り", "Watch over accounts")
}

/// A whole page around `main`: one style, no script, nothing to load.
pub(crate) fn shell(lang: Lang, title: &str, more_style: &str, main: Markup) -> String {
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(style::CSS)) (PreEscaped(more_style)) }
            }
            body { main { (main) } }
        }
    }
    .into_string()
}

impl Report<'_> {
    /// The whole page.
    #[must_use]
    pub fn page(&self) -> String {
        let lang = self.lang;
        let title = title(lang);
        shell(
            lang,
            title,
            "",
            html! {
                h1 { (title) }
                p.when { (lang.date(self.today)) }
                (self.summary())
                @for said in &self.unseen_stops {
                    p { (lang.unseen_stop(said)) }
                }
                @for (place, account) in self.household.accounts.iter().enumerate() {
                    (self.account(place, account))
                }
                (self.letter())
                (self.limits())
            },
        )
    }

    fn summary(&self) -> Markup {
        let lang = self.lang;
        let (count, files) = (card::count(self.findings), self.household.file_count());
        let lines = self.household.line_count();
        html! {
            section.summary.found[count > 0] {
                @if count == 0 {
                    h2 { (lang.pick("気になるものは見つかりませんでした", "Nothing to ask about was found")) }
                } @else {
                    h2 {
                        @match lang {
                            Lang::Ja => { "確かめていただきたいものが" (count) "件あります" }
                            Lang::En => { (count) " things to check" }
                        }
                    }
                    ul {
                        @for (kind, number) in self.by_kind() {
                            li { (lang.kind(kind)) ": " b { (number) } }
                        }
                    }
                    p {
                        (lang.pick(
                            "これは「おかしい」と決めるものではありません。ご自分で使った覚えがあれば心配いりません。ひとつの引き落としに、わけがいくつもあることがあります。",
                            "This does not say that anything is wrong. If you remember it, all is well. One debit may be here for several reasons."))
                    }
                }
                @if !self.unjudged.is_empty() { p { (lang.but_not_all()) } }
                p.small {
                    @match lang {
                        Lang::Ja => { (files) "個のファイル、" (lines) "行を見ました。この中身はどこにも送られていません。" }
                        Lang::En => { (files) " files, " (lines) " lines. Nothing of it was sent anywhere." }
                    }
                }
            }
        }
    }

    fn by_kind(&self) -> Vec<(Kind, usize)> {
        let mut kinds: Vec<(Kind, usize)> = Vec::new();
        for finding in self.findings {
            match kinds.last_mut() {
                Some((kind, count)) if *kind == finding.kind => *count = count.saturating_add(1),
                _ => kinds.push((finding.kind, 1)),
            }
        }
        kinds
    }

    fn account(&self, place: usize, account: &Account) -> Markup {
        let lang = self.lang;
        let found: Vec<&Finding> = self.findings.iter().filter(|f| f.account == place).collect();
        html! {
            section {
                h2 { (account.name) }
                (self.files(account))
                (chart::timeline(account, &found, lang))
                @for card in card::of(&found) {
                    (card.shown(lang))
                }
                @for unjudged in self.unjudged.iter().filter(|u| u.account == place) {
                    p { (lang.too_short()) }
                    ul { @for payee in &unjudged.payees { li { (lang.payee(payee)) } } }
                }
            }
        }
    }

    /// Of which files an account is, why, and how far they prove each other.
    fn files(&self, account: &Account) -> Markup {
        let lang = self.lang;
        html! {
            @if let Some(why) = lang.together(account.together) {
                p.small {
                    (why) ": "
                    @for (place, statement) in account.statements.iter().enumerate() {
                        @if place > 0 { (lang.pick("、", ", ")) }
                        (statement.name)
                    }
                    @if account.together > Together::Told {
                        (lang.pick("。", ". ")) (lang.how_to_part()) (lang.pick("。", "."))
                    }
                }
            }
            p.small {
                @if let Some(statement) = account.statements.first() {
                    (statement.layout.bank) " · "
                    (lang.pick("並び方の出どころ: ", "layout known from: "))
                    (statement.layout.known_from.words(lang)) " · "
                }
                @if account.is_to_its_end() {
                    (lang.pick("残高がすべて、いまの残高(現在高)まで合っています(抜けや書きかえはありません)",
                        "every balance adds up, to the one that the bank states as today's: nothing is missing or changed"))
                } @else if account.is_proven() && account.is_counted() {
                    (lang.pick("残高がすべて合い、行の数も、銀行がはじめに書いた件数と合っています(抜けや書きかえはありません)",
                        "every balance adds up, and there are as many lines as the bank says: nothing is missing or changed"))
                } @else if account.is_proven() {
                    (lang.pick("残高がすべて合っています(行と行の間に、抜けや書きかえはありません)",
                        "every balance adds up: between these lines nothing is missing or changed"))
                } @else {
                    (lang.pick("残高で確かめられないところがあります",
                        "not everything can be proven by the balances"))
                }
            }
            @if let Some(later) = lang.later(account) { p.small { (later) } }
        }
    }

    fn letter(&self) -> Markup {
        letter::letters(self)
    }

    fn limits(&self) -> Markup {
        let lang = self.lang;
        let is_published = self
            .household
            .accounts
            .iter()
            .flat_map(|a| &a.statements)
            .any(|s| s.layout.known_from == KnownFrom::PublishedReaders);
        html! {
            section.limits {
                h2 { (lang.pick("この見守りで分からないこと", "What this cannot know")) }
                ul {
                    li { (lang.pick(
                        "明細に出る前の引き落としや、読みこんでいない口座のことは分かりません。",
                        "Debits that are not on a statement yet, and accounts that were not given.")) }
                    li { (lang.pick(
                        "どのサービスに口座がつながっているかは、明細だけでは分かりません。銀行に「この口座につながっている口座振替をすべて教えてください」と尋ねてください。",
                        "Which services are linked but took nothing yet: ask the bank for every direct debit on the account.")) }
                    @if is_published {
                        li { (lang.pick(
                            "ファイルの並び方は公開されている読み取りプログラムから知ったもので、銀行が約束したものではありません。",
                            "The layout of the file is known from published readers, not from the bank.")) }
                    }
                }
                p.small { (lang.pick("名前の一覧の日付: ", "Dictionary of ")) (self.dictionary) }
            }
        }
    }
}
