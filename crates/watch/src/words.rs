//! What is said to the holder, in plain Japanese and in English.
//!
//! Kept here and not in a page's catalogue, because the same sentences stand in the table, the
//! JSON, the page and the letter, on a machine that is offline.

use jiff::civil::Date;

use crate::{
    amount::Money,
    descriptor::{Service, ServiceKind},
    ending::Later,
    finding::{Confidence, Kind, Payee, Stopped},
    household::{Account, Gap},
    statement::Line,
    together::Together,
};

/// The reader's language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// 日本語
    #[default]
    Ja,
    /// English
    En,
}

impl Lang {
    /// One of two texts.
    #[must_use]
    pub const fn pick<'a>(self, ja: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Ja => ja,
            Self::En => en,
        }
    }

    /// For the `lang` attribute.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// That something which was stopped is named on no line.
    #[must_use]
    pub fn unseen_stop(self, said: &str) -> String {
        match self {
            Self::Ja => format!(
                "止めてもらった「{said}」という名前の行は、この明細にはありません。明細には別の名前で出ることがあります。銀行に名前を聞いて、そのとおりに書いてください。"
            ),
            Self::En => format!(
                "No line has the name of what was stopped, \u{201c}{said}\u{201d}. A statement may call it otherwise: ask the bank and write it so."
            ),
        }
    }

    /// A day as people write it.
    #[must_use]
    pub fn date(self, date: Date) -> String {
        match self {
            Self::Ja => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
            Self::En => date.strftime("%-d %b %Y").to_string(),
        }
    }

    /// What a kind of finding is called.
    #[must_use]
    pub const fn kind(self, kind: Kind) -> &'static str {
        let (ja, en) = match kind {
            Kind::AfterStop => ("止めたはずの引き落とし", "Taken after it was stopped"),
            Kind::Overdraft => ("残高がマイナス(自動の借り入れ)", "Below zero: an automatic loan"),
            Kind::MonthEdge => ("月末と月初めの両方", "Both sides of a month's end"),
            Kind::Burst => ("同じ日に何度も", "Several times in one day"),
            Kind::WalletDebit => ("スマホ決済や集金会社への支払い", "To a wallet or a collector"),
            Kind::FirstTime => ("初めての相手", "A company that never took money before"),
            Kind::Unnamed => ("だれに払ったか分からない行", "Nobody is named"),
            Kind::Clash => ("同じ日のことが食いちがう", "Two files that do not agree"),
            Kind::Gap => ("抜けている期間", "Days that are missing"),
            Kind::Order => ("日付の順番がおかしい行", "A line out of the order of its days"),
        };
        self.pick(ja, en)
    }

    /// How sure.
    #[must_use]
    pub const fn confidence(self, confidence: Confidence) -> &'static str {
        let (ja, en) = match confidence {
            Confidence::High => ("確か", "sure"),
            Confidence::Medium => ("おそらく", "likely"),
            Confidence::Low => ("推測", "a guess"),
        };
        self.pick(ja, en)
    }

    pub(crate) fn wallet(self, service: &Service) -> String {
        let name = &service.name;
        match (self, service.kind) {
            (Self::Ja, ServiceKind::Wallet) => format!(
                "{name}への引き落とし(チャージや支払い)です。ご自分で使っていなければ、だれかがあなたの口座をつないだおそれがあります。"
            ),
            (Self::Ja, ServiceKind::Collection) => format!(
                "{name}を通した引き落としです。明細の名前からは、どの会社に払ったのか分かりません。覚えがなければ銀行に尋ねてください。"
            ),
            (Self::En, ServiceKind::Wallet) => format!(
                "Taken by {name}: a top-up or a payment. If you do not use it yourself, somebody may have linked your account."
            ),
            (Self::En, ServiceKind::Collection) => format!(
                "Collected through {name}. The name does not tell which company was paid. Ask the bank if you do not know it."
            ),
        }
    }

    pub(crate) fn first_time(self) -> String {
        self.pick(
            "この口座からこの相手への支払いは、これが初めてです。申し込んだ覚えがあるか確かめてください。",
            "This is the first payment from this account to them. Did you sign up for it?",
        )
        .to_owned()
    }

    /// That an account's files are too short to say who is new.
    #[must_use]
    pub const fn too_short(self) -> &'static str {
        self.pick(
            "この口座の明細は2か月分に足りないため、はじめの30日に払った相手が初めてかどうかは調べられません。次の相手に覚えがあるか、ご自分で確かめてください。もっと前からの明細があれば、調べられます。",
            "There are fewer than two months of this account, so of its first 30 days nobody can tell who was paid for the first time. Do you remember each of these? With an older statement it can be told.",
        )
    }

    /// Somebody who was paid, in a line.
    #[must_use]
    pub fn payee(self, payee: &Payee) -> String {
        let (text, count, amount) = (&payee.text, payee.count, payee.amount.abs());
        match self {
            Self::Ja => format!("「{text}」 {count}回 {amount}"),
            Self::En => format!("\u{201c}{text}\u{201d}, {count} ×, {amount}"),
        }
    }

    /// The end of a sentence that says how much was found, where some of it could not be looked for.
    #[must_use]
    pub const fn but_not_all(self) -> &'static str {
        self.pick(
            "(初めての相手かどうかは、明細が短く、調べていません)",
            "(not who was paid for the first time: too few days)",
        )
    }

    pub(crate) fn burst(self, count: usize, total: Money) -> String {
        let total = total.abs();
        match self {
            Self::Ja => format!(
                "同じ日に{count}回、合わせて{total}が出ています。盗まれるときによくある形です。"
            ),
            Self::En => {
                format!("{count} times in one day, {total} in all. Thefts often look like this.")
            }
        }
    }

    pub(crate) fn month_edge(self, before: Money, after: Money) -> String {
        let (before, after) = (before.abs(), after.abs());
        match self {
            Self::Ja => format!(
                "月の終わりに{before}、月の初めに{after}が出ています。月ごとの限度を二度使う手口と同じ形です。"
            ),
            Self::En => format!(
                "{before} at the end of a month and {after} at the beginning of the next: the way to use a monthly limit twice."
            ),
        }
    }

    pub(crate) fn overdraft(self, balance: Money, crosses: bool) -> String {
        match (self, crosses) {
            (Self::Ja, true) => format!(
                "残高が{balance}になりました。定期預金などを担保に、自動で借り入れになっています(当座貸越)。"
            ),
            (Self::Ja, false) => {
                format!("残高がマイナスのまま、さらに引き落とされて{balance}になりました。")
            }
            (Self::En, true) => format!(
                "The balance went to {balance}: an automatic loan against a time deposit (overdraft)."
            ),
            (Self::En, false) => format!("More was taken while below zero; now {balance}."),
        }
    }

    pub(crate) fn after_stop(self, since: Date) -> String {
        let day = self.date(since);
        match self {
            Self::Ja => format!(
                "{day}に止めたはずの相手です。止まっていません。すぐ銀行に知らせてください。"
            ),
            Self::En => format!("Stopped on {day}, and it was not. Tell the bank at once."),
        }
    }

    /// What was stopped, and since when.
    pub(crate) fn stopped(self, stopped: &Stopped) -> String {
        let (day, said) = (self.date(stopped.since), &stopped.said);
        match self {
            Self::Ja => format!("{said}、{day}"),
            Self::En => format!("{said}, {day}"),
        }
    }

    pub(crate) fn other_layout(self) -> &'static str {
        self.pick(
            "二つのファイルは、明細の形が違います。別の口座のものなら、口座ごとに分けて調べてください。",
            " The two files are in different layouts. If they are of two accounts, keep them apart.",
        )
    }

    pub(crate) fn other_account(self) -> &'static str {
        self.pick(
            "二つのファイルに書かれた口座番号も違います。口座ごとに分けて調べてください。",
            " The two files also name different accounts: keep them apart.",
        )
    }

    /// Why files are one account; none where there is only one.
    #[must_use]
    pub const fn together(self, why: Together) -> Option<&'static str> {
        let (ja, en) = match why {
            Together::Alone => return None,
            Together::Told => ("言われたとおり1つの口座としました", "one account, as you said"),
            Together::Number => (
                "ファイルの中の口座番号が同じなので、1つの口座としました",
                "one account: the files name the same one",
            ),
            Together::Lines => (
                "同じ行があるので、1つの口座としました",
                "one account: the files have lines in common",
            ),
            Together::Balances => (
                "残高がつながるので、1つの口座としました",
                "one account: the balance of one goes on in the other",
            ),
            Together::FileName => (
                "銀行とファイルの名前が似ているので、1つの口座としました",
                "one account: bank and names of the files are alike",
            ),
        };
        Some(self.pick(ja, en))
    }

    /// How to say which files are one account.
    #[must_use]
    pub const fn how_to_part(self) -> &'static str {
        self.pick(
            "分け方が違うときは、口座ごとに名前をつけてください",
            "If that is wrong, give each account a name",
        )
    }

    /// A line as it is named in a sentence: where, when, how much.
    pub(crate) fn line_of(self, line: &Line) -> String {
        let (at, day, amount) = (line.line, self.date(line.date), line.change.abs());
        match self {
            Self::Ja => format!("{at}行目 {day} {amount}"),
            Self::En => format!("line {at}, {day}, {amount}"),
        }
    }

    /// That `count` lines name nobody, the first of which are `named`.
    pub(crate) fn unnamed(self, named: &[String], count: usize) -> String {
        let more = count.saturating_sub(named.len());
        match self {
            Self::Ja => {
                let (lines, more) = (
                    named.join("、"),
                    if more > 0 { format!("、ほか{more}行") } else { String::new() },
                );
                format!(
                    "お金が出た{count}行に、相手の名前がありません({lines}{more})。名前では調べられないので、だれに払ったか思い出せないときは、通帳を見るか銀行に尋ねてください。"
                )
            }
            Self::En => {
                let (lines, more) = (
                    named.join("; "),
                    if more > 0 { format!("; and {more} more") } else { String::new() },
                );
                format!(
                    "Money left on {count} lines that name nobody ({lines}{more}). They cannot be checked by name: look at the passbook or ask the bank."
                )
            }
        }
    }

    pub(crate) fn disorder(self) -> String {
        self.pick(
            "残高は合っていますが、この行の日付は前の行より古くなっています。ふつうの明細にはない順番です。書きかえられていないか、銀行から取り直したファイルと比べてください。",
            "The balances fit, but this line is older than the one before it: no statement has that order. Download the file again and compare.",
        )
        .to_owned()
    }

    /// That the balance went on moving behind the last line, on `last`; where the file is whole, none of its
    /// lines is missing.
    pub(crate) fn moved_since(self, last: Date, by: Money, is_whole: bool) -> String {
        let (day, less, by) = (self.date(last), by.is_negative(), by.abs());
        match self {
            Self::Ja => {
                let so = if less { "減って" } else { "増えて" };
                let why = if is_whole {
                    "明細の件数は合っているので、まだ明細に出ていない動きがあります。何日かたってから、"
                } else {
                    "最後のほうの行が抜けているか、そのあとに動きがあります。"
                };
                format!(
                    "ファイルのはじめに書かれた現在高は、最後の行({day})の残高より{by}{so}います。{why}{day}からあとの明細を取り寄せてください。"
                )
            }
            Self::En => {
                let so = if less { "less" } else { "more" };
                let why = if is_whole {
                    "the file has every line that it says it has, so something moved that is not on it yet"
                } else {
                    "lines are missing at the end, or something moved later"
                };
                format!(
                    "The balance that the bank states above the lines is {by} {so} than that of the last one ({day}): {why}. Ask for what came after {day}."
                )
            }
        }
    }

    /// That a file has more or fewer lines than its bank says.
    pub(crate) fn miscounted(self, said: usize, found: usize) -> String {
        match (self, found < said) {
            (Self::Ja, true) => format!(
                "ファイルのはじめに明細は{said}件と書かれていますが、{found}行しかありません。はじめか終わりの行が抜けています。銀行から取り直してください。"
            ),
            (Self::Ja, false) => format!(
                "ファイルのはじめに明細は{said}件と書かれていますが、{found}行あります。行が書き足されているか、別のファイルとつながっています。銀行から取り直してください。"
            ),
            (Self::En, true) => format!(
                "The file says that it has {said} lines, and has {found}: some are missing at its beginning or end. Download it again."
            ),
            (Self::En, false) => format!(
                "The file says that it has {said} lines, and has {found}: some were added, or it is two files in one. Download it again."
            ),
        }
    }

    /// That the balance at the download is another than at the end of the days that were asked for, and that
    /// the file cannot say why.
    #[must_use]
    pub fn later(self, account: &Account) -> Option<String> {
        account.later().map(|later| self.moved_later(later))
    }

    fn moved_later(self, later: Later) -> String {
        let (until, less, by) = (self.date(later.until), later.by.is_negative(), later.by.abs());
        let made = later.made_on.map(|day| self.date(day));
        match self {
            Self::Ja => {
                let so = if less { "減って" } else { "増えて" };
                let made = made
                    .map_or("取り出した日".to_owned(), |day| format!("取り出した日({day})"));
                format!(
                    "{until}までの明細です。{made}の現在高は、そのときより{by}{so}いました。{until}よりあとのことは、このファイルでは分かりません。見るには、あとの明細も取り寄せてください。"
                )
            }
            Self::En => {
                let so = if less { "less" } else { "more" };
                let made =
                    made.map_or("the download".to_owned(), |day| format!("the download ({day})"));
                format!(
                    "It ends on {until}. At {made} the balance was {by} {so} than then; what moved after {until} this file cannot say. Download what came later to see it."
                )
            }
        }
    }

    pub(crate) fn hole(self) -> &'static str {
        self.pick(
            "点線のところは、明細が抜けています。",
            "Where the line is dotted, lines are missing.",
        )
    }

    pub(crate) fn gap(self, gap: &Gap) -> String {
        let (from, to) = (self.date(gap.from), self.date(gap.to));
        let less = gap.difference.is_some_and(Money::is_negative);
        match (self, gap.difference.map(Money::abs)) {
            (Self::Ja, _) if gap.is_clash && gap.from == gap.to => format!(
                "二つのファイルがどちらも{to}のことを言っていますが、中身が合いません。行が抜けているか、どちらかが書きかえられているか、別の口座のものです。銀行から取り直してください。"
            ),
            (Self::En, _) if gap.is_clash && gap.from == gap.to => format!(
                "Two files both tell of {to}, and do not agree: lines are missing, one was changed, or they are of two accounts. Download them again."
            ),
            (Self::Ja, _) if gap.is_clash => format!(
                "二つのファイルは{to}から{from}までのことを両方で言っていますが、中身が合いません。別の口座のものか、どちらかが書きかえられています。銀行から取り直してください。"
            ),
            (Self::En, _) if gap.is_clash => format!(
                "Two files both tell of {to} to {from}, and do not agree. They are of two accounts, or one was changed. Download them again."
            ),
            (Self::Ja, Some(by)) => {
                let so = if less { "減って" } else { "増えて" };
                format!(
                    "{from}から{to}までの明細がつながりません。この間に残高が{by}{so}います。この間の明細を取り寄せてください。"
                )
            }
            (Self::Ja, None) => {
                format!("{from}から{to}までの明細がありません。この間の明細を取り寄せてください。")
            }
            (Self::En, Some(by)) => {
                let so = if less { "less" } else { "more" };
                format!(
                    "The files from {from} and {to} do not meet: the balance is {by} {so}. Ask for what is between."
                )
            }
            (Self::En, None) => format!("Nothing from {from} to {to}. Ask for what is between."),
        }
    }
}
