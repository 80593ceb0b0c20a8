//! Whether an institution is called what somebody calls it.
//!
//! A code and a name that do not belong together are a slip of the pen at best: what is said of the
//! one would be believed of the other.

use kanuki_domain::bank_account::BankCode;

use super::{Directory, Institution, data, former, query::fold};

/// Whether a code and a name belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Called {
    /// It is called that, or was once.
    So,
    /// It is called this, and was never called what was said.
    Otherwise(String),
    /// No list says what it is called: it is newer than the list, gone before the oldest one, or
    /// nobody's.
    Unknown,
}

/// Forms of a company, which names carry or not.
const FORMS: [&str; 4] = ["株式会社", "(株)", "\u{FF08}株\u{FF09}", "㈱"];

/// A name without its form, and without what follows it in brackets (a product, or a remark).
pub(super) fn plain(name: &str) -> String {
    let mut name = name.to_owned();
    for form in FORMS {
        name = name.replace(form, "");
    }
    let cut = name.find(['(', '\u{FF08}']).filter(|at| *at > 0);
    fold(cut.and_then(|at| name.get(..at)).unwrap_or(&name))
}

/// Every way in which one institution is written.
pub(super) fn names(institution: &Institution) -> [String; 3] {
    [&institution.name, &institution.display_name(), &institution.kana].map(|name| fold(name))
}

impl Directory {
    /// Whether the institution with this code is called `name`: today, in everyday words, or on any
    /// of the lists since [`former_since`](Self::former_since).
    #[must_use]
    pub fn called(&self, code: BankCode, name: &str) -> Called {
        let name = plain(name);
        let today = self.find(code);
        let formers = || former::of_code(code);
        let Some(shown) = today.or_else(|| formers().last().map(|former| &former.institution))
        else {
            return Called::Unknown;
        };
        let everyday = data::aliases(code).into_iter().map(fold);
        let mut known = today.into_iter().chain(formers().map(|former| &former.institution));
        let is_so = known.any(|institution| names(institution).contains(&name))
            || everyday.into_iter().any(|alias| alias == name || format!("{alias}銀行") == name);
        if is_so { Called::So } else { Called::Otherwise(shown.display_name()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(code: &str, name: &str) -> Called {
        Directory::get().called(BankCode::parse(code).unwrap(), name)
    }

    #[test]
    fn a_name_of_today_or_of_once_belongs_to_its_code() {
        for (code, name) in [
            ("0001", "みずほ銀行"),
            ("0001", "みずほ"),
            ("0001", "株式会社みずほ銀行"),
            ("0001", "みずほ銀行（みずほダイレクト）"),
            ("0001", "ミズホ"),
            ("9900", "ゆうちょ銀行"),
            ("0118", "みちのく銀行(合併して今はない)"),
            ("0038", "住信SBIネット銀行"),
            ("0038", "ドコモSMTBネット銀行"),
            ("0537", "福邦銀行"),
        ] {
            assert_eq!(called(code, name), Called::So, "{code} {name}");
        }
    }

    #[test]
    fn a_name_of_another_does_not_and_the_right_one_is_named() {
        let otherwise = |name: &str| Called::Otherwise(name.to_owned());
        for (code, name, right) in [
            ("0001", "三井住友銀行", "みずほ銀行"),
            ("0001", "みずほ信託銀行", "みずほ銀行"),
            ("0001", "(みずほ)三井住友銀行", "みずほ銀行"),
            ("0001", "", "みずほ銀行"),
            ("0537", "福井銀行", "福邦銀行"),
            ("0038", "楽天銀行", "ドコモSMTBネット銀行"),
        ] {
            assert_eq!(called(code, name), otherwise(right), "{code} {name}");
        }
    }

    #[test]
    fn of_whom_no_list_says_the_name_nothing_is_claimed() {
        assert_eq!(called("9998", "見本銀行"), Called::Unknown);
        assert_eq!(called("2266", "だれか"), Called::Unknown, "gone before the oldest list");
    }
}
