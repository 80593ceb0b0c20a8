//! Corrections of one's own over the pinned list: a bank that was renamed last week, a branch that the
//! list misses.
//!
//! The lines of the list itself, with tabs between:
//!
//! ```text
//! 0038⇥ドコモＳＭＴＢネット⇥ドコモエスエムテイ－ビ－ネツト      an institution, in place of a listed one of its code
//! -0554                                       a code that is no longer given out
//! =0038                                       the branches of 0038 follow, in place of the listed ones
//! 101⇥イチゴ⇥イチゴ                               a branch
//! # why, and since when
//! ```

use std::collections::BTreeMap;

use kanuki_domain::bank_account::BankCode;

use super::{Branch, Directory, Institution};

/// A line that is no correction, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {0} is no correction: write CODE, NAME and KANA with tabs between, -CODE, or =CODE")]
pub struct CorrectionError(
    /// The line.
    pub usize,
);

impl Directory {
    /// The pinned list with the corrections of `text`.
    pub fn corrected(text: &str) -> Result<Self, CorrectionError> {
        let mut extra = Vec::new();
        let mut retired = Vec::new();
        let mut branches: BTreeMap<BankCode, Vec<Branch>> = BTreeMap::new();
        let mut open: Option<BankCode> = None;
        for (place, line) in text.lines().enumerate() {
            let wrong = CorrectionError(place.saturating_add(1));
            let code = |text: &str| BankCode::parse(text.trim()).map_err(|_| wrong);
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(rest) = line.strip_prefix('-') {
                retired.push(code(rest)?);
                continue;
            }
            if let Some(rest) = line.strip_prefix('=') {
                let bank = code(rest)?;
                branches.entry(bank).or_default();
                open = Some(bank);
                continue;
            }
            let mut cells = line.split('\t').map(str::trim);
            let (Some(number), Some(name), Some(kana), None) =
                (cells.next(), cells.next(), cells.next(), cells.next())
            else {
                return Err(wrong);
            };
            if name.is_empty() || kana.is_empty() {
                return Err(wrong);
            }
            if let Some(bank) = open {
                let branch = branch(number, name, kana).ok_or(wrong)?;
                branches.entry(bank).or_default().push(branch);
            } else {
                extra.push(Institution::new(code(number)?, name, kana));
            }
        }
        let mut directory = Self::with(extra);
        for bank in retired {
            directory.entries.remove(&bank);
            directory.retired.insert(bank);
        }
        for (bank, list) in branches {
            directory = directory.with_branches(bank, list);
        }
        Ok(directory)
    }
}

fn branch(code: &str, name: &str, kana: &str) -> Option<Branch> {
    let is_code = code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit());
    is_code.then(|| Branch { code: code.to_owned(), name: name.to_owned(), kana: kana.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrections_stand_in_place_of_what_is_listed() {
        let text =
            "# renamed\n0001\tあたらしい\tアタラシイ\n-0009\n\n=0001\n001\tホンテン\tホンテン\n";
        let directory = Directory::corrected(text).unwrap();
        let code = |text: &str| BankCode::parse(text).unwrap();

        assert_eq!(directory.find(code("0001")).unwrap().display_name(), "あたらしい銀行");
        assert_eq!(directory.branches(code("0001")).len(), 1);
        assert!(directory.find(code("0009")).is_none() && directory.is_retired(code("0009")));
        assert_eq!(directory.search("あたらしい", 3).len(), 1);
        assert_eq!(directory.len(), Directory::get().len() - 1);
        assert!(directory.branches(code("0005")).len() > 100, "others stay as they are");
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        for (text, line) in [
            ("1\tA\tB", 1),
            ("0001\tA", 1),
            ("#\n0001\tA\tB\tC", 2),
            ("=12", 1),
            ("=0001\n1\tA\tB", 2),
            ("-", 1),
        ] {
            assert_eq!(Directory::corrected(text).err(), Some(CorrectionError(line)), "{text:?}");
        }
    }
}
