//! An address as words and numbers.

use super::numeral::Numeral;
use crate::{
    fold::{compatible, enlarge, is_hyphen, katakana},
    name::plain_kanji,
};

/// Longest address that is looked at, in characters.
const ADDRESS_MAX: usize = 300;

/// A piece of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Words, folded; a number that is part of a town's name (北1条) is among them.
    Text(String),
    /// A block, lot, house or room number.
    Number(u32),
}

/// What follows a number that is part of a town's name. Katakana, as the text is by then.
const IN_NAMES: [&str; 6] = ["条", "線", "番町", "番丁", "地割", "区"];

/// What follows a block or house number, longest first.
const AFTER_NUMBERS: [&str; 5] = ["番地", "丁目", "号室", "番", "号"];

/// Splits an address; empty when it is blank or too long.
pub(super) fn tokens(address: &str) -> Vec<Token> {
    if address.chars().nth(ADDRESS_MAX).is_some() {
        return Vec::new();
    }
    let text = folded(without_postcode(address));
    let mut reader = Reader::default();
    let mut rest = text.as_slice();
    while let Some((c, after)) = rest.split_first() {
        rest = if let Some(numeral) = Numeral::at_start(rest) {
            reader.number(numeral, rest)
        } else {
            reader.character(*c);
            after
        };
    }
    reader.tokens
}

/// Leaves `〒100-0005` away.
fn without_postcode(address: &str) -> &str {
    match address.trim_start().strip_prefix('〒') {
        None => address,
        Some(rest) => rest.trim_start_matches(|c: char| {
            c.is_whitespace() || c.is_ascii_digit() || is_hyphen(c) || ('０'..='９').contains(&c)
        }),
    }
}

/// One form for each character; 大字 and 字 dropped; a space only where it parts two numbers.
fn folded(address: &str) -> Vec<char> {
    let plain: String = compatible(address)
        .map(katakana)
        .map(enlarge)
        .map(plain_kanji)
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            // 霞ヶ関 is written with any of these, 三ノ輪 too.
            'ガ' => 'ケ',
            '之' => 'ノ',
            c if is_hyphen(c) => '-',
            c if c.is_whitespace() || matches!(c, ',' | '、' | '・' | '.') => ' ',
            c => c,
        })
        .collect();
    plain.replace("大字", "").replace('字', "").chars().collect()
}

#[derive(Default)]
struct Reader {
    tokens: Vec<Token>,
    /// True straight after a number and what closes it, when another number may follow.
    is_in_run: bool,
}

impl Reader {
    /// Reads a number and what closes it; returns what is left.
    fn number<'a>(&mut self, numeral: Numeral, text: &'a [char]) -> &'a [char] {
        let (own, after) = text.split_at(numeral.len.min(text.len()));
        if let Some(rest) = IN_NAMES.iter().find_map(|word| strip(after, word)) {
            let name = after.len().saturating_sub(rest.len());
            self.text(&numeral.value.to_string());
            after.iter().take(name).for_each(|c| self.character(*c));
            return rest;
        }
        let closed = AFTER_NUMBERS.iter().find_map(|word| strip(after, word));
        // 八丁堀 and 三田 are names; 堺's 二丁 is written in digits.
        let closed = closed.or_else(|| strip(after, "丁").filter(|_| !numeral.is_kanji));
        let is_last = !matches!(after.first(), Some(c) if c.is_alphabetic());
        if numeral.is_kanji && closed.is_none() && !(self.is_in_run && is_last) {
            for c in own {
                self.character(*c);
            }
            return after;
        }
        self.tokens.push(Token::Number(numeral.value));
        self.is_in_run = true;
        let rest = closed.unwrap_or(after);
        // 5番地の2: the の only parts two numbers.
        match strip(rest, "ノ") {
            Some(rest) if Numeral::at_start(rest).is_some() => rest,
            _ => rest,
        }
    }

    fn character(&mut self, c: char) {
        // A hyphen or space parts numbers; elsewhere it is a long vowel or nothing.
        if c != '-' && c != ' ' {
            self.is_in_run = false;
            self.text(c.encode_utf8(&mut [0; 4]));
        }
    }

    fn text(&mut self, text: &str) {
        match self.tokens.last_mut() {
            Some(Token::Text(last)) => last.push_str(text),
            _ => self.tokens.push(Token::Text(text.to_owned())),
        }
    }
}

fn strip<'a>(text: &'a [char], word: &str) -> Option<&'a [char]> {
    word.chars().try_fold(text, |rest, c| match rest.split_first() {
        Some((first, rest)) if *first == c => Some(rest),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn towns_keep_their_numbers_and_blocks_lose_their_words() {
        let n = Token::Number;
        let t = |text: &str| Token::Text(text.to_owned());
        let table = [
            ("丸の内一丁目二番三号", vec![t("丸ノ内"), n(1), n(2), n(3)]),
            ("丸の内１－２－３", vec![t("丸ノ内"), n(1), n(2), n(3)]),
            ("北一条西2丁目3番地の4", vec![t("北1条西"), n(2), n(3), n(4)]),
            ("三番町5", vec![t("3番町"), n(5)]),
            ("八丁堀2丁目", vec![t("八丁堀"), n(2)]),
            ("三田2-3", vec![t("三田"), n(2), n(3)]),
            ("十番地の二", vec![n(10), n(2)]),
            ("1番2号 一番館ビル3階", vec![n(1), n(2), n(1), t("館ビル"), n(3), t("階")]),
        ];
        for (address, expected) in table {
            assert_eq!(tokens(address), expected, "{address}");
        }
    }
}
