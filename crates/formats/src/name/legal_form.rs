//! Legal forms in account names: `ｶ)ｱﾙﾌｱ`, `ｱﾙﾌｱ(ｶ`, `ｱﾙﾌｱ(ﾕ)ｼﾃﾝ`.

use unicode_normalization::UnicodeNormalization as _;

/// A legal form and how account names abbreviate it.
#[derive(Debug, PartialEq, Eq)]
pub struct LegalForm {
    /// Half width, without brackets.
    pub abbreviation: &'static str,
    /// In kanji.
    pub name: &'static str,
}

/// Where the abbreviation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// `ｶ)ｱﾙﾌｱ`
    Head,
    /// `ｱﾙﾌｱ(ｶ)ｵｵｻｶ`
    Middle,
    /// `ｱﾙﾌｱ(ｶ`
    Tail,
}

const fn form(abbreviation: &'static str, name: &'static str) -> LegalForm {
    LegalForm { abbreviation, name }
}

/// The abbreviations that banks publish for typing account names.
static FORMS: [LegalForm; 27] = [
    form("ｶ", "株式会社"),
    form("ﾕ", "有限会社"),
    form("ﾒ", "合名会社"),
    form("ｼ", "合資会社"),
    form("ﾄﾞ", "合同会社"),
    form("ｲ", "医療法人"),
    form("ｻﾞｲ", "財団法人"),
    form("ｼﾔ", "社団法人"),
    form("ｼﾕｳ", "宗教法人"),
    form("ｶﾞｸ", "学校法人"),
    form("ﾌｸ", "社会福祉法人"),
    form("ｿ", "相互会社"),
    form("ﾎｺﾞ", "更生保護法人"),
    form("ﾄｸﾋ", "特定非営利活動法人"),
    form("ﾄﾞｸ", "独立行政法人"),
    form("ﾁﾄﾞｸ", "地方独立行政法人"),
    form("ﾍﾞﾝ", "弁護士法人"),
    form("ﾁﾕｳ", "中間法人"),
    form("ｷﾞﾖ", "行政書士法人"),
    form("ｼﾎｳ", "司法書士法人"),
    form("ｾﾞｲ", "税理士法人"),
    form("ﾀﾞｲ", "国立大学法人"),
    form("ﾉｳ", "農事組合法人"),
    form("ｶﾝﾘ", "管理組合法人"),
    form("ﾛｳﾑ", "社会保険労務士法人"),
    form("ﾚﾝ", "連合会"),
    form("ｷﾖｳｸﾐ", "協同組合"),
];

fn named(abbreviation: &str) -> Option<&'static LegalForm> {
    FORMS.iter().find(|form| form.abbreviation == abbreviation)
}

impl LegalForm {
    /// The form that a name says in kanji, as papers have it and no account name can: 株式会社, ㈱.
    #[must_use]
    pub fn in_kanji(name: &str) -> Option<&'static Self> {
        let name: String = name.nfkc().filter(|c| !c.is_whitespace()).collect();
        let short = [("(株)", "ｶ"), ("(有)", "ﾕ")];
        let named_short = short.iter().find(|(short, _)| name.contains(short));
        let whole = || FORMS.iter().find(|form| name.contains(form.name));
        named_short.and_then(|(_, abbreviation)| named(abbreviation)).or_else(whole)
    }

    /// The one form in a folded name, where it stands, and the name without it or its spaces.
    pub(super) fn find(folded: &str) -> Option<(&'static Self, Position, String)> {
        let body = |text: &str| text.replace(' ', "");
        let Some((before, after)) = folded.split_once('(') else {
            let (head, rest) = folded.split_once(')')?;
            return Some((named(head.trim())?, Position::Head, body(rest)));
        };
        if before.trim().is_empty() {
            // `(ｶ)ｱﾙﾌｱ`: not by the book, but people type it.
            let (head, rest) = after.split_once(')')?;
            return Some((named(head.trim())?, Position::Head, body(rest)));
        }
        let (inside, rest) = after.split_once(')').unwrap_or((after, ""));
        let position = if rest.trim().is_empty() { Position::Tail } else { Position::Middle };
        Some((named(inside.trim())?, position, body(&format!("{before}{rest}"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_found_where_they_stand() {
        let table = [
            ("ｶ)ｱﾙﾌｱ", "株式会社", Position::Head, "ｱﾙﾌｱ"),
            ("(ｶ)ｱﾙﾌｱ", "株式会社", Position::Head, "ｱﾙﾌｱ"),
            ("ｱﾙﾌｱ(ｶ", "株式会社", Position::Tail, "ｱﾙﾌｱ"),
            ("ｱﾙﾌｱ (ﾕ)", "有限会社", Position::Tail, "ｱﾙﾌｱ"),
            ("ｱﾙﾌｱ(ﾄﾞ)ｵｵｻｶ", "合同会社", Position::Middle, "ｱﾙﾌｱｵｵｻｶ"),
            ("ﾄｸﾋ)ﾐﾄﾞﾘ ﾉ ﾓﾘ", "特定非営利活動法人", Position::Head, "ﾐﾄﾞﾘﾉﾓﾘ"),
        ];
        for (folded, name, position, body) in table {
            let (form, at, rest) = LegalForm::find(folded).unwrap();
            assert_eq!((form.name, at, rest.as_str()), (name, position, body), "{folded}");
        }
    }

    #[test]
    fn brackets_around_anything_else_are_no_form() {
        for folded in ["ﾔﾏﾀﾞ ﾀﾛｳ", "ﾔﾏﾀﾞ(ﾀﾛｳ)", "ﾔﾏﾀﾞ)ﾀﾛｳ"]
        {
            assert_eq!(LegalForm::find(folded), None, "{folded}");
        }
    }
}
