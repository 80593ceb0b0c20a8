//! Why something is refused, in the reader's language. The library says it in English alone.

use std::fmt::Display;

use kanuki_domain::{Yen, YenError};
use kanuki_formats::{
    directory::CorrectionError,
    jpqr::{JpqrError, Part, consumer::ConsumerError},
    name::{Change, KanaMatch, NameError},
    yucho::YuchoError,
    zengin::{Fault, ZenginError},
};
use kanuki_watch::Lang;

/// A reason that can be said in Japanese; its `Display` says it in English.
pub(super) trait Reason: Display {
    /// The same in Japanese.
    fn japanese(&self) -> String;

    /// In the reader's language.
    fn say(&self, lang: Lang) -> String {
        match lang {
            Lang::Ja => self.japanese(),
            Lang::En => self.to_string(),
        }
    }
}

/// A sentence in both languages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Both(pub(super) &'static str, pub(super) &'static str);

impl Display for Both {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.1)
    }
}

impl Reason for Both {
    fn japanese(&self) -> String {
        self.0.to_owned()
    }
}

impl Reason for ZenginError {
    fn japanese(&self) -> String {
        format!("レコード{}: {}", self.record, self.fault.japanese())
    }
}

impl Reason for Fault {
    fn japanese(&self) -> String {
        let yen = |amount: u64| Yen::new(amount).unwrap_or(Yen::MAX);
        match self {
            Self::Encoding => {
                "半角のJIS文字ではないものがあります。銀行のソフトが作ったままのファイルを使ってください"
                    .to_owned()
            }
            Self::Ebcdic => "文字コードがEBCDIC(1)です。読めるのはJIS(0)だけです".to_owned(),
            Self::Kind(kind) => format!("種別{kind}のファイルではありません"),
            Self::Short(bytes) => {
                format!("レコードが{bytes}バイトより短くなっています。途中で切れていないか見てください")
            }
            Self::Order(kind) => format!("データ区分「{}」のレコードは、ここには置けません", kind.escape_debug()),
            Self::Rest => "最後の項目のあとに、余分なものがあります".to_owned(),
            Self::Field(field) => format!("{field}が決まりどおりではありません"),
            Self::Letter { field, letter } => {
                let letter = letter.escape_debug();
                format!("{field}に、銀行が受け付けない文字「{letter}」があります")
            }
            Self::Long { field, bytes, room } => {
                format!("{field}が{bytes}バイトあります。入るのは{room}バイトまでです")
            }
            Self::Count { said, found } => {
                format!("トレーラーの件数は{said}件ですが、レコードは{found}件です")
            }
            Self::Sum { said, found } => format!(
                "トレーラーの合計は{}ですが、レコードの合計は{}です",
                yen(*said),
                yen(*found)
            ),
            Self::Empty => "中に何もありません".to_owned(),
            Self::TooLarge => "大きすぎて読めません".to_owned(),
        }
    }
}

impl Reason for NameError {
    fn japanese(&self) -> String {
        match self {
            Self::Empty => "名前がありません".to_owned(),
            Self::TooLong => "名前が長すぎます".to_owned(),
            Self::Character(place) => {
                format!("{}文字目は、口座名義には書けない文字です", place.saturating_add(1))
            }
        }
    }
}

impl Reason for YuchoError {
    fn japanese(&self) -> String {
        let words = match self {
            Self::Symbol => "記号は、0か1ではじまる5けたの数字です",
            Self::Number => {
                "この種類の口座の番号ではありません。通帳の番号は8けたまでの数字で、総合口座では最後が1です"
            }
            Self::Zeros => {
                "番号が0だけです。通帳の番号(総合口座では、最後の1の前が口座番号)を見てください"
            }
            Self::Branch => "店番は3けたの数字です。通帳の記号に直せるのは、最後が8のものだけです",
        };
        words.to_owned()
    }
}

impl Reason for CorrectionError {
    fn japanese(&self) -> String {
        format!(
            "{}行目が直し方の決まりに合いません。「番号、名前、カナ」をタブで区切るか、-番号、=番号と書いてください",
            self.0
        )
    }
}

impl Reason for YenError {
    fn japanese(&self) -> String {
        match self {
            Self::Overflow => format!("金額が{}を超えています", Yen::MAX),
            Self::Negative => "金額がマイナスになります".to_owned(),
            Self::NotANumber => "金額ではありません。5000のように数字で書いてください".to_owned(),
        }
    }
}

impl Reason for ConsumerError {
    fn japanese(&self) -> String {
        match self {
            Self::TooLong => "コードが長すぎます".to_owned(),
            Self::Base64 => {
                "お店のコード(000201ではじまる)でも、お客さまのコード(Base64)でも、知っているバーコードでもありません".to_owned()
            }
            Self::Malformed => "コードの中身が途中で切れているか、長さが合いません".to_owned(),
            Self::Scheme => "コードがJPQR1でもCPV01でもはじまりません".to_owned(),
            Self::Empty => "コードに支払い方法がありません".to_owned(),
            Self::Length(tag) => format!("タグ{tag:02X}の長さが合いません"),
        }
    }
}

impl Reason for JpqrError {
    fn japanese(&self) -> String {
        match self {
            Self::TooLong => "コードが長すぎます".to_owned(),
            Self::Malformed => "コードの中身が途中で切れているか、長さが合いません".to_owned(),
            Self::Repeated(tag) => format!("タグ{tag:02}が2回あります"),
            Self::NotEmv => "コードが000201ではじまりません".to_owned(),
            Self::Checksum => {
                "チェックサムが合いません。読みまちがいか、書きかえられたコードです".to_owned()
            }
            Self::Missing(tag) => format!("タグ{tag:02}がありません"),
            Self::NotJpqr => "JPQRではない、ほかの決まりのコードです".to_owned(),
            Self::Currency => "円のコードではありません".to_owned(),
            Self::Country => "日本のコードではありません".to_owned(),
            Self::Surcharge(tag) => {
                format!("タグ{tag:02}が、知らないうちに金額を変えるコードです")
            }
            Self::Form(part) => format!("{}の形が決まりに合いません", part_of(*part)),
        }
    }
}

const fn part_of(part: Part) -> &'static str {
    match part {
        Part::Template => "テンプレートの番号(26から51)",
        Part::Shop => "お店の番号(13けた、4けた、6けた、6けた)",
        Part::Usage => "くり返し使えるかどうか",
        Part::Category => "業種の番号(4けた)",
        Part::Amount => "金額",
        Part::Name => "ローマ字の店名(25文字まで)",
        Part::City => "ローマ字の市区町村(15文字まで)",
        Part::Postcode => "郵便番号(10文字まで)",
        Part::JapaneseName => "日本語の店名(25文字まで)",
        Part::Additional => "お店の控えの番号(25文字まで)",
    }
}

/// What folding did to a name.
pub(super) const fn change(change: Change) -> Both {
    match change {
        Change::Form => Both("全角・ひらがな・小文字を書き直しました", "width, hiragana or case"),
        Change::SmallKana => Both("小さいカナを大きくしました", "small kana became large"),
        Change::LongVowel => {
            Both("長音やダッシュを「-」にしました", "a long vowel or dash became -")
        }
        Change::Separator => Both(
            "「・」を空白にしたか、続く空白をまとめました",
            "a dot became a space, or spaces were joined",
        ),
        Change::Wo => Both("ヲ・ヰ・ヱをオ・イ・エにしました", "ヲ, ヰ or ヱ became ｵ, ｲ or ｴ"),
    }
}

/// Why two names are one holder's.
pub(super) const fn sameness(rule: KanaMatch) -> Both {
    match rule {
        KanaMatch::Exact => Both("同じ名義です", "the same name"),
        KanaMatch::Spacing => Both("空白だけが違う、同じ名義です", "the same but for spaces"),
        KanaMatch::WordOrder => {
            Both("並びだけが違う、同じ名義です", "the same words in another order")
        }
        KanaMatch::LongVowel => Both(
            "長音の書き方だけが違う、同じ名義です",
            "the same but for how a long vowel is written",
        ),
        KanaMatch::LegalFormMoved => {
            Both("「カ)」などの位置だけが違う、同じ名義です", "the same legal form at another end")
        }
        KanaMatch::Truncated => Both(
            "一方が30バイトで切れているとみれば、同じ名義です",
            "the same if one is cut at the 30 bytes of a record",
        ),
        KanaMatch::MiddleName => Both(
            "一方がミドルネームを省いているとみれば、同じ名義です",
            "the same if one leaves middle names away",
        ),
    }
}
