//! Why a profile is refused, in both languages: whoever wrote the file mends it, and few of them read English.

use super::{CLAIM_DAYS_MAX, SCHEMA, field::FIELDS, field::Shape, value::expected, words::Both};
use crate::words::Lang;

/// A profile that cannot be used; its `Display` is English.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Too long to be one.
    #[error("longer than a profile can be (1 MB)")]
    TooLong,
    /// In another encoding.
    #[error("line {0} is not UTF-8 (Shift_JIS?): save the file as UTF-8")]
    Encoding(
        /// The first line that is not, counted from 1.
        usize,
    ),
    /// Not the shape of one.
    #[error("not an institution profile: {0}")]
    Shape(#[from] serde_json::Error),
    /// Of another schema.
    #[error("\"schema\" is \"{0}\"; this version reads \"{SCHEMA}\"")]
    Schema(String),
    /// Who it is about, or where to correct it, is not said as it should be.
    #[error("\"{what}\": {}", why.en)]
    Head {
        /// Which part.
        what: &'static str,
        /// What would be right.
        why: Both,
    },
    /// A claim that cannot stand.
    #[error("claim {number} ({field}): {fault}")]
    Claim {
        /// Counted from 1.
        number: usize,
        /// Of what.
        field: String,
        /// Why not.
        fault: ClaimFault,
    },
    /// An incident that cannot stand.
    #[error("incident {number} ({id}): {}", why.en)]
    Incident {
        /// Counted from 1.
        number: usize,
        /// Its name.
        id: String,
        /// Why not.
        why: Both,
    },
}

/// Why a claim cannot stand.
#[derive(Debug, thiserror::Error)]
pub enum ClaimFault {
    /// No such field.
    #[error("no such field; there are {}", names())]
    Field,
    /// Not a value of the field.
    #[error("\"value\" must be {}", expected(*_0, Lang::En))]
    Value(Shape),
    /// No address.
    #[error("\"source_url\" must be the address of the page that says so")]
    Address,
    /// Nobody stands for it.
    #[error("\"checked_by\" must say who compared the claim with its source")]
    Unchecked,
    /// It holds today, on the word of others.
    #[error(
        "what holds today must come from the institution, its regulator or a measurement; \
         with \"until\" it is history and others may be its witnesses"
    )]
    NotPrimary,
    /// Neither or both ends.
    #[error("needs \"expires\" (it holds today) or \"until\" (it held until then), and not both")]
    End,
    /// Believed for too long.
    #[error("\"expires\" is more than {CLAIM_DAYS_MAX} days after \"quoted_date\"")]
    TooLong,
    /// It ends before it begins.
    #[error("ends before it begins")]
    Backwards,
    /// Newer than the file.
    #[error("\"quoted_date\" is after \"data_date\"")]
    Future,
}

fn names() -> String {
    FIELDS.iter().map(|field| field.name).collect::<Vec<_>>().join(", ")
}

impl ProfileError {
    /// The same for one reader.
    #[must_use]
    pub fn say(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.to_string(),
            Lang::Ja => self.japanese(),
        }
    }

    fn japanese(&self) -> String {
        match self {
            Self::TooLong => "長すぎます(1 MBまで)".to_owned(),
            Self::Encoding(line) => format!(
                "{line}行目がUTF-8ではありません(Shift_JISかもしれません)。UTF-8で保存し直してください"
            ),
            Self::Shape(error) => {
                format!("記録の形(institution-profile)ではありません: {}", json(error))
            }
            Self::Schema(found) => {
                format!("\"schema\" が「{found}」です。読めるのは「{SCHEMA}」です")
            }
            Self::Head { what, why } => format!("\"{what}\": {}", why.ja),
            Self::Claim { number, field, fault } => {
                format!("情報の{number}件目({field}): {}", fault.japanese())
            }
            Self::Incident { number, id, why } => format!("事件の{number}件目({id}): {}", why.ja),
        }
    }
}

impl ClaimFault {
    fn japanese(&self) -> String {
        match self {
            Self::Field => format!("この名前の項目はありません。書けるのは {}", names()),
            Self::Value(shape) => format!("\"value\" には{}", expected(*shape, Lang::Ja)),
            Self::Address => {
                "\"source_url\" には、そう書いてあるページのアドレスを書いてください".to_owned()
            }
            Self::Unchecked => "\"checked_by\" に、出どころと見くらべた人を書いてください".to_owned(),
            Self::NotPrimary => "いまのことは、本人の発表、監督官庁、測定のどれかに基づくものだけです。\"until\" を付ければ過去の記録になり、報道なども使えます".to_owned(),
            Self::End => "\"expires\"(いまのこと)か \"until\"(過去のこと)の、どちらか一つが要ります".to_owned(),
            Self::TooLong => {
                format!("\"expires\" は、\"quoted_date\" から{CLAIM_DAYS_MAX}日までです")
            }
            Self::Backwards => "はじまる前に終わっています".to_owned(),
            Self::Future => "\"quoted_date\" が \"data_date\" よりあとの日です".to_owned(),
        }
    }
}

/// What a reader of JSON says, as far as it says one of the few things that it can.
fn json(error: &serde_json::Error) -> String {
    let at = match (error.line(), error.column()) {
        (0, _) | (1, 0) => String::new(),
        (line, column) => format!("{line}行目の{column}文字目あたり: "),
    };
    let text = error.to_string();
    let named = |before: &str| text.strip_prefix(before)?.split('`').next().map(str::to_owned);
    let why = if error.is_eof() {
        if at.is_empty() { "中に何もありません" } else { "途中で終わっています" }.to_owned()
    } else if error.is_syntax() {
        "JSONの書き方が合いません。かっこ、コンマ、引用符を見てください".to_owned()
    } else if let Some(name) = named("missing field `") {
        format!("\"{name}\" がありません")
    } else if let Some(name) = named("unknown field `") {
        format!("\"{name}\" という項目はありません")
    } else if let Some(name) = named("duplicate field `") {
        format!("\"{name}\" が2回あります")
    } else if let Some(name) = named("unknown variant `") {
        let known: Vec<&str> = text.split('`').skip(3).step_by(2).collect();
        format!("「{name}」とは書けません。書けるのは {}", known.join(", "))
    } else if text.starts_with("invalid type") || text.starts_with("invalid length") {
        "値の種類が合いません。引用符やかっこを見てください".to_owned()
    } else {
        "値が読めません。日付なら 2026-09-10 のように書いてください".to_owned()
    };
    format!("{at}{why}")
}

#[cfg(test)]
mod tests {
    use super::{super::read, *};

    #[test]
    fn what_is_no_profile_is_told_without_a_word_of_english() {
        let head = r#""schema":"institution-profile/v1","kind":"bank","id":"9901","name":"見本銀行","name_en":"Sample","data_date":"2026-11-01","corrections":"a@bank.example""#;
        for (text, said) in [
            (String::new(), "中に何もありません"),
            ("{".to_owned(), "途中で終わっています"),
            ("{]".to_owned(), "かっこ、コンマ、引用符"),
            ("{}".to_owned(), "\"schema\" がありません"),
            (format!("{{{head},\"color\":1}}"), "\"color\" という項目はありません"),
            (format!("{{{head},\"id\":\"9902\"}}"), "\"id\" が2回あります"),
            (
                format!("{{{}}}", head.replace("\"bank\"", "\"shop\"")),
                "「shop」とは書けません。書けるのは bank, wallet",
            ),
            (format!("{{{head},\"claims\":1}}"), "値の種類が合いません"),
            (format!("{{{}}}", head.replace("2026-11-01", "きのう")), "日付なら 2026-09-10"),
            (format!("{{{}}}", head.replace("\"9901\"", "\"99\"")), "4けたの番号"),
            (format!("{{{}}}", head.replace("profile/v1", "profile/v9")), "読めるのは"),
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            let ja = error.say(Lang::Ja);
            assert!(ja.contains(said), "{text}: {ja}");
            assert_ne!(ja, error.say(Lang::En));
            for english in ["expected", "missing", "invalid", " at line"] {
                assert!(!ja.contains(english), "{ja}");
            }
        }
    }
}
