//! What can be claimed of an institution: the fields of `institution-profile/v1`.
//!
//! A table and not code, so that the schema's page, the errors and the comparison name the same
//! fields in the same order.

use kanuki_domain::barrier::AttackPath;
use serde::{Serialize, Serializer};

use super::{factor::FACTORS, words::Both};

/// What a field's value looks like.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A list of factors; see [`FACTORS`].
    Factors,
    /// A list of words.
    Words(&'static [Word]),
    /// One word.
    Word(&'static [Word]),
    /// Yes or no.
    Flag,
    /// A whole number up to a limit.
    Number(u32),
    /// An amount of yen, as a string of digits.
    Yen,
    /// Words in the institution's own language.
    Text,
    /// One of several texts; several claims do not contradict each other.
    Sample,
    /// An `https` address.
    Url,
}

/// A word that a value may be.
#[derive(Debug)]
pub struct Word {
    /// As it is written in a profile.
    pub name: &'static str,
    /// As people read it.
    pub label: Both,
}

/// One field.
#[derive(Debug)]
pub struct Field {
    /// As it is written in a profile.
    pub name: &'static str,
    /// What it is called.
    pub label: Both,
    /// What its value looks like.
    pub shape: Shape,
    /// The way to the money on which it matters.
    pub path: Option<AttackPath>,
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Field {}

impl Field {
    /// What it is called where no number follows: without the unit that a number would need.
    #[must_use]
    pub fn topic(&self) -> Both {
        let alone = |label: &'static str| label.split_once('(').map_or(label, |(topic, _)| topic);
        if matches!(self.shape, Number(_)) {
            Both { ja: alone(self.label.ja), en: self.label.en }
        } else {
            self.label
        }
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

const fn field(
    name: &'static str,
    path: Option<AttackPath>,
    shape: Shape,
    ja: &'static str,
    en: &'static str,
) -> Field {
    Field { name, label: Both { ja, en }, shape, path }
}

const fn word(name: &'static str, ja: &'static str, en: &'static str) -> Word {
    Word { name, label: Both { ja, en } }
}

const LINK_CHANNELS: &[Word] = &[
    word("web_kofuri", "Web口座振替受付", "Web direct-debit page"),
    word("instant", "即時口座振替", "instant debit"),
    word("api", "API連携", "API"),
    word("paper", "書面", "paper"),
];
const NOTICES: &[Word] = &[
    word("none", "知らせない", "none"),
    word("mail", "メール", "e-mail"),
    word("sms", "SMS", "SMS"),
    word("app", "アプリ", "app"),
    word("post", "郵便", "post"),
];
const PLACES: &[Word] = &[
    word("none", "できない", "not possible"),
    word("app", "アプリ", "app"),
    word("web", "ウェブ", "web"),
    word("phone", "電話", "telephone"),
    word("branch", "窓口", "branch"),
];
/// How a transfer is confirmed (取引認証), lowest first.
pub const TXN_AUTH: &[Word] = &[
    word("none", "なし(入っていれば送れる)", "none: being signed in is enough"),
    word("otp", "一度きりの番号(内容と結びつかない)", "one-time code, not bound to the transfer"),
    word("two_channel", "別の経路で承認", "approval on a second channel"),
    word("otp_bound", "内容から作る番号", "code made from payee and amount"),
    word("app_wysiwys", "アプリに相手と金額が出る", "payee and amount shown in the app"),
    word("token_input", "トークンに相手を打ち込む", "payee typed into the token"),
];
const PASSKEY: &[Word] = &[
    word("none", "使えない", "not offered"),
    word("offered", "選べる(ほかの方法でも入れる)", "offered, beside weaker ways"),
    word("required", "必ず使う", "required"),
];
const PROTECTION: &[Word] = &[
    word("none", "なし", "none"),
    word("notice_to_old", "前の連絡先に知らせる", "notice to the old contact"),
    word("wait", "変更後しばらく新しい連携や増額を待たせる", "new links and raises wait after it"),
    word("links_blocked", "変更後は連携を止める", "links are blocked after it"),
];
const DMARC: &[Word] = &[
    word("absent", "ない", "absent"),
    word("none", "見るだけ", "none"),
    word("quarantine", "隔離", "quarantine"),
    word("reject", "拒否", "reject"),
];

use AttackPath::{ContactChange, Link, Recovery, SignIn, Transfer};
use Shape::{Factors, Flag, Number, Sample, Text, Url, Word as One, Words, Yen};

/// The longest wait that is believed, in hours.
const HOURS_MAX: u32 = 24 * 366;

/// Every field, in the order in which it is shown.
pub const FIELDS: [Field; 37] = [
    field("link.channels", Some(Link), Words(LINK_CHANNELS), "連携の経路", "ways to link"),
    field("link.factors", Some(Link), Factors, "連携のときに求めるもの", "asked for when linking"),
    field(
        "link.wallet_identity",
        Some(Link),
        Factors,
        "ウォレットの本人確認",
        "the wallet's identity proof",
    ),
    field("link.name_match", Some(Link), Flag, "名義の照合", "names are compared"),
    field(
        "link.holder_confirmation",
        Some(Link),
        Number(366),
        "ネットバンキングでの本人の確認(日以内)",
        "days for the holder to confirm in online banking",
    ),
    field(
        "link.notify_at_link",
        Some(Link),
        Words(NOTICES),
        "連携したときの知らせ",
        "notice of a link",
    ),
    field(
        "link.notify_at_pull",
        Some(Link),
        Words(NOTICES),
        "引き落としの知らせ",
        "notice of a debit",
    ),
    field(
        "link.cooloff_hours",
        Some(Link),
        Number(HOURS_MAX),
        "連携直後の制限(時間)",
        "hours of low limits after linking",
    ),
    field("link.first_limit", Some(Link), Yen, "連携直後の上限", "limit right after linking"),
    field(
        "link.user_lock",
        Some(Link),
        Words(PLACES),
        "新しい連携を自分で止める場所",
        "where the holder can lock links",
    ),
    field(
        "mandates.list",
        Some(Link),
        Words(PLACES),
        "連携先の一覧を見る場所",
        "where mandates are listed",
    ),
    field(
        "mandates.stop_self_service",
        Some(Link),
        Flag,
        "連携を自分で止められる",
        "holders can stop a mandate",
    ),
    field(
        "overdraft.auto_default",
        Some(Link),
        Flag,
        "自動の貸越がはじめから付く",
        "overdraft is on by default",
    ),
    field(
        "overdraft.opt_out",
        Some(Link),
        Words(PLACES),
        "自動の貸越を外す場所",
        "where the overdraft is switched off",
    ),
    field(
        "login.factors",
        Some(SignIn),
        Factors,
        "ログインで求めるもの",
        "asked for when signing in",
    ),
    field("login.passkey", Some(SignIn), One(PASSKEY), "パスキー", "passkey"),
    field(
        "login.password_max",
        Some(SignIn),
        Number(1_024),
        "パスワードの最大文字数",
        "longest password",
    ),
    field(
        "contact_change.factors",
        Some(ContactChange),
        Factors,
        "連絡先の変更で求めるもの",
        "asked for when contacts change",
    ),
    field(
        "contact_change.protection",
        Some(ContactChange),
        Words(PROTECTION),
        "連絡先を変えたあとの守り",
        "protection after contacts change",
    ),
    field(
        "txn_auth",
        Some(Transfer),
        One(TXN_AUTH),
        "振込の確認(取引認証)",
        "transaction authentication",
    ),
    field(
        "limits.default",
        Some(Transfer),
        Yen,
        "1日の振込上限(はじめの設定)",
        "daily limit as it comes",
    ),
    field(
        "limits.raise_delay",
        Some(Transfer),
        Number(HOURS_MAX),
        "上限引き上げの待ち時間(時間)",
        "hours until a raised limit",
    ),
    field(
        "recovery.factors",
        Some(Recovery),
        Factors,
        "再登録・再発行で求めるもの",
        "asked for when recovering",
    ),
    field(
        "recovery.delay_hours",
        Some(Recovery),
        Number(HOURS_MAX),
        "再登録の待ち時間(時間)",
        "hours until a recovery",
    ),
    field(
        "open.identity",
        None,
        Factors,
        "口座・ウォレットを開くときの本人確認",
        "identity proof at opening",
    ),
    field("freeze.channels", None, Words(PLACES), "緊急停止の方法", "ways to freeze"),
    field("freeze.hours", None, Text, "緊急停止の受付時間", "hours for freezing"),
    field("freeze.phone", None, Text, "緊急停止の電話", "telephone for freezing"),
    field("compensation.policy_url", None, Url, "補償方針", "compensation policy"),
    field(
        "compensation.days",
        None,
        Number(3_660),
        "補償の届け出期限(日)",
        "days to report a loss",
    ),
    field(
        "compensation.non_customers",
        None,
        Flag,
        "利用者でない被害者も補償する",
        "victims who are no customers are paid",
    ),
    field(
        "monitoring.partner_contact",
        None,
        Flag,
        "連携先と連絡窓口を決めている",
        "a contact is named on each side",
    ),
    field("descriptor.samples", None, Sample, "明細に出る名前", "names on a statement"),
    field("dns.dmarc", None, One(DMARC), "なりすましメール対策(DMARC)", "DMARC"),
    field("web.observatory", None, Text, "ウェブの守り(HTTP Observatory)", "HTTP Observatory"),
    field("security_txt", None, Flag, "弱点の連絡先(security.txt)", "security.txt"),
    field(
        "links.existing_redone",
        None,
        Flag,
        "以前の連携を一度解除した",
        "earlier links were ended and made anew",
    ),
];

/// The field of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.name == name)
}

impl Shape {
    /// The words that a value may hold; empty where it is not made of words.
    #[must_use]
    pub fn allowed(self) -> Vec<&'static str> {
        match self {
            Self::Factors => FACTORS.iter().map(|factor| factor.name).collect(),
            Self::Words(words) | Self::Word(words) => words.iter().map(|word| word.name).collect(),
            Self::Flag | Self::Number(_) | Self::Yen | Self::Text | Self::Sample | Self::Url => {
                Vec::new()
            }
        }
    }

    /// What one of its words is called.
    #[must_use]
    pub fn label(self, name: &str) -> Option<Both> {
        match self {
            Self::Factors => super::factor::find(name).map(|factor| factor.label),
            Self::Words(words) | Self::Word(words) => {
                words.iter().find(|word| word.name == name).map(|word| word.label)
            }
            Self::Flag | Self::Number(_) | Self::Yen | Self::Text | Self::Sample | Self::Url => {
                None
            }
        }
    }
}
