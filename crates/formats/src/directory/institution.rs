//! One institution or branch, and what it is called.

use kanuki_domain::bank_account::BankCode;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// What sort of institution it is, as the ranges of codes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// City bank (都市銀行), りそな and 埼玉りそな among them.
    City,
    /// Bank without branches, or founded by another trade (0033–0099).
    Online,
    /// Regional bank (地方銀行).
    Regional,
    /// Member of the second association of regional banks (第二地方銀行).
    SecondRegional,
    /// Trust bank (信託銀行) and others of that range.
    Trust,
    /// Former long-term credit banks, あおぞら and SBI新生.
    LongTerm,
    /// Japanese branch of a foreign bank.
    Foreign,
    /// Funds transfer provider with a seat in the clearing (資金移動業者).
    FundsTransfer,
    /// Shinkin bank (信用金庫).
    Shinkin,
    /// Credit cooperative (信用組合) and 商工中金.
    CreditCooperative,
    /// Labour bank (労働金庫).
    LaborBank,
    /// Agricultural cooperative (農協, 信連, 農林中金).
    Agricultural,
    /// Fishery cooperative (漁協, 信漁連).
    Fishery,
    /// ゆうちょ銀行.
    JapanPost,
    /// Outside the ranges.
    Other,
}

impl Kind {
    /// The kind that the range of `code` stands for.
    #[must_use]
    pub fn of(code: BankCode) -> Self {
        let code: u16 = code.to_string().parse().unwrap_or(0);
        match code {
            1..=32 => Self::City,
            // GMOあおぞらネット銀行 kept the code of the trust bank that it was made from.
            33..=99 | 310 => Self::Online,
            100..=199 => Self::Regional,
            200..=287 => Self::FundsTransfer,
            288..=396 => Self::Trust,
            397 | 398 => Self::LongTerm,
            400..=499 | 600..=699 => Self::Foreign,
            500..=599 => Self::SecondRegional,
            1000..=1999 => Self::Shinkin,
            2000..=2899 => Self::CreditCooperative,
            2900..=2999 => Self::LaborBank,
            3000..=9449 => Self::Agricultural,
            9450..=9499 => Self::Fishery,
            9900 => Self::JapanPost,
            _ => Self::Other,
        }
    }
}

/// A bank, shinkin, cooperative…
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Institution {
    /// Four digits.
    pub code: BankCode,
    /// Name as the list has it: full width, mostly without 銀行.
    pub name: String,
    /// Reading as a 全銀 record has it: large katakana, long vowel as `－`, at most 15 half-width.
    pub kana: String,
    /// What sort of institution it is.
    pub kind: Kind,
}

/// Names that the list abbreviates in ways of their own.
const SPELLED_OUT: [(&str, &str); 6] = [
    ("商工中金", "商工組合中央金庫"),
    ("農林中金", "農林中央金庫"),
    ("労金連", "労働金庫連合会"),
    ("全信組連", "全国信用協同組合連合会"),
    ("秋田たかのす", "秋田たかのす農業協同組合"),
    ("ワイズ・ペイメンツ・ジャパン", "ワイズ・ペイメンツ・ジャパン"),
];

/// Abbreviated ends, longest first.
const ENDS: [(&str, &str); 8] = [
    ("信漁連", "信用漁業協同組合連合会"),
    ("信連", "信用農業協同組合連合会"),
    ("信金", "信用金庫"),
    ("信組", "信用組合"),
    ("労金", "労働金庫"),
    ("農協", "農業協同組合"),
    ("漁協", "漁業協同組合"),
    // Says itself what it is: シティバンク、バンク・オブ・アメリカ…
    ("バンク", "バンク"),
];

impl Institution {
    /// An institution whose kind follows from its code.
    pub fn new(code: BankCode, name: impl Into<String>, kana: impl Into<String>) -> Self {
        Self { code, name: name.into(), kana: kana.into(), kind: Kind::of(code) }
    }

    /// The name as people say it: みずほ銀行, 三菱UFJ銀行, 京都信用金庫.
    #[must_use]
    pub fn display_name(&self) -> String {
        let name: String = self.name.nfkc().collect();
        if let Some((_, full)) = SPELLED_OUT.iter().find(|(short, _)| *short == name) {
            return (*full).to_owned();
        }
        for (end, full) in ENDS {
            if let Some(rest) = name.strip_suffix(end) {
                return format!("{rest}{full}");
            }
        }
        // 新銀行東京 has it in the middle.
        let complete = name.contains("銀行") || name.contains("バンク");
        match self.kind {
            Kind::City
            | Kind::Online
            | Kind::Regional
            | Kind::SecondRegional
            | Kind::Trust
            | Kind::LongTerm
            | Kind::Foreign
            | Kind::JapanPost
                if !complete =>
            {
                format!("{name}銀行")
            }
            _ => name,
        }
    }
}

/// A branch of an institution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// Three digits.
    pub code: String,
    /// Name as the list has it, mostly without 支店.
    pub name: String,
    /// Reading, as in [`Institution::kana`].
    pub kana: String,
}

impl Branch {
    /// The name as people say it: 本店, 丸の内支店.
    #[must_use]
    pub fn display_name(&self) -> String {
        let name: String = self.name.nfkc().collect();
        let complete = ["店", "所", "部", "室", "課", "センター", "プラザ", "オフィス", "デスク"];
        if complete.iter().any(|end| name.ends_with(end)) { name } else { format!("{name}支店") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_as_people_say_them() {
        let table = [
            ("0001", "みずほ", "みずほ銀行"),
            ("0005", "三菱ＵＦＪ", "三菱UFJ銀行"),
            ("0200", "ワイズ・ペイメンツ・ジャパン", "ワイズ・ペイメンツ・ジャパン"),
            ("0294", "三井住友信託", "三井住友信託銀行"),
            ("0401", "シティバンク、エヌ・エイ", "シティバンク、エヌ・エイ"),
            ("0426", "バンコック", "バンコック銀行"),
            ("0322", "新銀行東京", "新銀行東京"),
            ("1000", "信金中央金庫", "信金中央金庫"),
            ("1001", "北海道信金", "北海道信用金庫"),
            ("2895", "奄美信組", "奄美信用組合"),
            ("2951", "北海道労金", "北海道労働金庫"),
            ("3000", "農林中金", "農林中央金庫"),
            ("3003", "岩手県信連", "岩手県信用農業協同組合連合会"),
            ("9481", "ＪＦしまね漁協", "JFしまね漁業協同組合"),
            ("9486", "西日本信漁連", "西日本信用漁業協同組合連合会"),
            ("9900", "ゆうちょ", "ゆうちょ銀行"),
            ("9901", "かんぬき第一銀行", "かんぬき第一銀行"),
        ];
        for (code, name, shown) in table {
            let institution = Institution::new(BankCode::parse(code).unwrap(), name, "カナ");
            assert_eq!(institution.display_name(), shown);
        }
    }
}
