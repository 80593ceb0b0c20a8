//! The page of `kanuki watch --page`: files and typed lines in, the report out.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use maud::{Markup, html};
use sha2::{Digest as _, Sha256};

use super::{shell, style, title};
use crate::{
    descriptor::{Dictionary, ServiceKind},
    words::Lang,
};

/// What stands above the lines that somebody types.
pub const TYPED_HEADER: &str = "日付,摘要,出金,入金,残高";

/// Whose files are read, as people call them, in both languages.
const READS: (&str, &str) = (
    "三菱UFJ、三井住友、みずほ、ゆうちょ、楽天、ドコモSMTB、SBI新生、イオン、ANSERのCSVと、OFX。",
    "CSV of MUFG, SMBC, Mizuho, Yucho, Rakuten, docomo SMTB, SBI Shinsei, AEON, ANSER; OFX.",
);

/// For `style-src` of a content security policy: the page's one style, and no other.
#[must_use]
pub fn style_hash() -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(style::CSS)))
}

/// How many accounts the page takes at once; the command takes any number.
pub const ACCOUNTS_MAX: usize = 4;
/// How many stops it asks about.
pub const STOPS_MAX: usize = 3;

/// What was written on the page, to be shown again when something of it cannot be read. Files are not:
/// no page can put a file back.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// One for each account: its name, and the lines that were typed.
    pub accounts: [(String, String); ACCOUNTS_MAX],
    /// Services that the holder uses, by id.
    pub mine: Vec<String>,
    /// What was stopped: since when, and its words, as they were written.
    pub stops: [(String, String); STOPS_MAX],
    /// Whether each file is another account.
    pub is_apart: bool,
    /// Whether files had been chosen.
    pub had_files: bool,
}

/// Where something cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Lines that were typed: which account's, and which of its lines, from 1, where one is to blame.
    Typed(usize, Option<u32>),
    /// What was stopped.
    Stop(usize),
    /// A file, or the page as a whole.
    Elsewhere,
}

/// What was wrong with the last try.
#[derive(Clone, Debug)]
pub struct Problem {
    /// In words.
    pub words: String,
    /// Where.
    pub place: Place,
}

/// The page, with what was written and what was wrong with it. `dictionary` has the services to choose from.
#[must_use]
pub fn page(
    lang: Lang,
    dictionary: &Dictionary,
    written: &Written,
    problem: Option<&Problem>,
) -> String {
    let form = Form { lang, written, problem };
    let others = written.accounts.iter().enumerate().skip(1);
    let has_others = others.clone().any(|(_, (name, text))| !name.is_empty() || !text.is_empty());
    let main = html! {
        h1 { (title(lang)) }
        p { (lang.pick(
            "銀行の明細ファイルを選ぶと、覚えのない引き落としがないか調べます。このパソコンの中だけで調べ、何も残さず、どこにも送りません。",
            "Choose statement files to look for debits that nobody knows. All on this machine; nothing is kept or sent.")) }
        (form.problem())
        form method="post" enctype="multipart/form-data" {
            (form.account(0))
            details open[has_others] {
                summary { (lang.pick("家族のほかの口座もいっしょに調べる", "Look at other accounts of the family too")) }
                @for (place, _) in others { (form.account(place)) }
            }
            (form.known(dictionary))
            p {
                label.check {
                    input type="checkbox" name="apart" value="1" checked[written.is_apart];
                    (lang.pick(" ファイルごとに別の口座(家族の口座など)", " Each file is another account (a family's)"))
                }
            }
            p { button type="submit" { (lang.pick("調べる", "Look")) } }
        }
    };
    shell(lang, title(lang), "", main)
}

/// The page as it is drawn.
struct Form<'a> {
    lang: Lang,
    written: &'a Written,
    problem: Option<&'a Problem>,
}

impl Form<'_> {
    /// What was wrong, the line as it was typed, and the way to it.
    fn problem(&self) -> Markup {
        let lang = self.lang;
        let Some(problem) = self.problem else { return html! {} };
        let way = match problem.place {
            Place::Typed(account, _) => Some(format!("#{}", id("typed", account))),
            Place::Stop(stop) => Some(format!("#{}", id("since", stop))),
            Place::Elsewhere => None,
        };
        html! {
            section.summary.found role="alert" {
                h2 { (lang.pick("読めませんでした", "That could not be read")) }
                p #problem { (problem.words) }
                @if let Some(line) = self.line_to_blame() { p { code { (line) } } }
                p.small { (lang.pick("書いたものは、下にそのまま残っています。", "What you wrote is still there, below.")) }
                @if self.written.had_files {
                    p.small { (lang.pick("ファイルだけは、もう一度選んでください。", "Only the files have to be chosen again.")) }
                }
                @if let Some(way) = way { p { a href=(way) { (lang.pick("直すところへ", "To where it is")) } } }
            }
        }
    }

    fn line_to_blame(&self) -> Option<&str> {
        let Place::Typed(account, Some(line)) = self.problem?.place else { return None };
        let (_, text) = self.written.accounts.get(account)?;
        let before = usize::try_from(line).ok()?.checked_sub(1)?;
        text.lines().nth(before).filter(|line| !line.trim().is_empty())
    }

    fn is_at(&self, is_it: impl Fn(Place) -> bool) -> bool {
        self.problem.is_some_and(|problem| is_it(problem.place))
    }

    /// One account: what follows a name belongs to it.
    fn account(&self, place: usize) -> Markup {
        let lang = self.lang;
        let number = place.saturating_add(1);
        let empty = (String::new(), String::new());
        let (name, text) = self.written.accounts.get(place).unwrap_or(&empty);
        let is_wrong = self.is_at(|at| matches!(at, Place::Typed(account, _) if account == place));
        let hint = id("hint", place);
        let described = if is_wrong { format!("{hint} problem") } else { hint.clone() };
        let fields = html! {
            p {
                label for=(id("name", place)) { (lang.pick("口座の名前(だれの、どこの。なくても構いません)", "Name of the account (whose, where; optional)")) }
                input id=(id("name", place)) type="text" name="name" maxlength="40" autocomplete="off" value=(name)
                    placeholder=[(place == 0).then_some(lang.pick("母のゆうちょ", "Mother's Yucho"))];
            }
            p {
                label for=(id("file", place)) { (lang.pick("明細ファイル(いくつでも)", "Statement files (any number)")) }
                input id=(id("file", place)) type="file" name="file" multiple accept=".csv,.tsv,.txt,.ofx,.qfx";
            }
            @if place == 0 {
                p.small { (lang.pick(READS.0, READS.1)) }
            }
            p {
                label for=(id("typed", place)) { (lang.pick("通帳から書き写す(1行に1つ)", "Lines from a passbook, one each")) }
                textarea id=(id("typed", place)) name="typed" rows=(if place == 0 { 5 } else { 3 }) spellcheck="false"
                    aria-describedby=(described) aria-invalid=[is_wrong.then_some("true")] autofocus[is_wrong]
                    // The line end that a browser drops, so that a first empty line stays one.
                    placeholder="08-09-01,ドコモコウザ,100000,,20000" { "\n" (text) }
            }
            p.small id=(hint) { (lang.pick(
                "順番: 日付,摘要,出金,入金,残高。日付は通帳のとおり(08-09-01)で構いません。桁の区切りのコンマは書かないでください。",
                "In this order: date, text, out, in, balance. Dates as the passbook has them (08-09-01); no separators in amounts.")) }
        };
        html! {
            @if place == 0 { (fields) } @else {
                fieldset { legend { (lang.pick("口座", "Account")) " " (number) } (fields) }
            }
        }
    }

    /// What the holder knows: which services are theirs, and which were stopped.
    fn known(&self, dictionary: &Dictionary) -> Markup {
        let (lang, written) = (self.lang, self.written);
        let has_stops =
            written.stops.iter().any(|(since, words)| !since.is_empty() || !words.is_empty());
        let wallets = dictionary.services().iter().filter(|s| s.kind == ServiceKind::Wallet);
        html! {
            details open[!written.mine.is_empty()] {
                summary { (lang.pick("自分で使っているスマホ決済がある", "You use payment apps yourself")) }
                fieldset {
                    legend { (lang.pick("使っているもの(その支払いは知らせません)", "What you use: its debits are no findings")) }
                    @for service in wallets {
                        label.check {
                            input type="checkbox" name="mine" value=(service.id) checked[written.mine.contains(&service.id)];
                            " " (service.name)
                        }
                    }
                }
            }
            details open[has_stops] {
                summary { (lang.pick("止めてもらったものがある", "You had something stopped")) }
                @for (place, stop) in written.stops.iter().enumerate() { (self.stop(place, stop)) }
            }
        }
    }

    fn stop(&self, place: usize, (since, words): &(String, String)) -> Markup {
        let lang = self.lang;
        let is_wrong = self.is_at(|at| at == Place::Stop(place));
        let (invalid, described) = (is_wrong.then_some("true"), is_wrong.then_some("problem"));
        html! {
            fieldset {
                legend { (lang.pick("止めてもらったもの", "Stopped")) " " (place.saturating_add(1)) }
                p {
                    label for=(id("since", place)) { (lang.pick("いつから(例: 2026/9/10、R8.9.10)", "Since when (2026/9/10)")) }
                    input id=(id("since", place)) type="text" name="since" maxlength="20" autocomplete="off" value=(since)
                        aria-invalid=[invalid] aria-describedby=[described] autofocus[is_wrong];
                }
                p {
                    label for=(id("words", place)) { (lang.pick("明細に出る名前(例: ドコモコウザ)", "Its name on the statement")) }
                    input id=(id("words", place)) type="text" name="words" maxlength="40" autocomplete="off" value=(words)
                        aria-invalid=[invalid] aria-describedby=[described];
                }
            }
        }
    }
}

/// `typed`, `typed2`, `typed3`: the first has no number.
fn id(name: &str, place: usize) -> String {
    if place == 0 { name.to_owned() } else { format!("{name}{}", place.saturating_add(1)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::LAYOUTS;

    #[test]
    fn the_page_names_every_bank_whose_files_are_read() {
        let named: Vec<&str> = READS.0.split('、').collect();
        let banks = LAYOUTS.iter().filter(|layout| !layout.is_typed());
        for layout in banks.clone() {
            let is_named = named.iter().any(|name| layout.bank.starts_with(name));
            assert!(is_named, "{} is missing in READS", layout.bank);
        }
        assert_eq!(READS.1.split([',', ';']).count(), named.len(), "in both languages");
        assert_eq!(banks.count() + 2, named.len(), "and ANSER and OFX");
    }
}
