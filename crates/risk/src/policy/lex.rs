//! The text of a policy into words, numbers with their units, and signs.

use super::error::{Mistake, Span, words};

/// One word or sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    Text(String),
    /// A number without a unit.
    Number(i64),
    Yen(i64),
    /// Seconds.
    Duration(i64),
    /// Hundredths of a percent.
    Percent(i64),
    /// Seconds after midnight.
    Time(i64),
    Sign(&'static str),
    /// What is none of these, and why.
    Bad(Mistake),
    End,
}

impl Token {
    /// How it is named in messages.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Text(text) => format!("\"{text}\""),
            Self::Number(_) => "a number".to_owned(),
            Self::Yen(_) => "an amount of yen".to_owned(),
            Self::Duration(_) => "a length of time".to_owned(),
            Self::Percent(_) => "a percentage".to_owned(),
            Self::Time(_) => "a time of day".to_owned(),
            Self::Sign(sign) => format!("`{sign}`"),
            Self::Bad(_) => "what means nothing".to_owned(),
            Self::End => "the end of the file".to_owned(),
        }
    }
}

/// Of so many signs that are not seen it is told where they stand.
const HIDDEN_MAX: usize = 20;

/// The longer signs first.
const SIGNS: [&str; 12] = [">=", "<=", "!=", ">", "<", "=", "(", ")", "[", "]", ",", ":"];

/// Cuts `text` into tokens. Comments begin with `#` and end with their line.
///
/// A sign that is not seen, or that turns the line around, is none of a policy: two people agree to
/// what they read, and that must be what is compiled. So such signs are all that is told of a text that has some.
pub(super) fn lex(text: &str) -> Result<Vec<(Token, Span)>, Vec<Mistake>> {
    refuse_hidden(text)?;
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = skip(rest);
        let start = text.len().saturating_sub(rest.len());
        let Some(first) = rest.chars().next() else {
            tokens.push((Token::End, Span { start, end: start }));
            return Ok(tokens);
        };
        let found = match first {
            '"' => quoted(rest, start),
            '¥' | '￥' => yen(rest, start),
            '0'..='9' => number(rest, start),
            'a'..='z' => Ok(word(rest)),
            other => sign(rest).ok_or_else(|| {
                let span = Span { start, end: start.saturating_add(other.len_utf8()) };
                let help = "names are written in a-z, 0-9, - and _; texts in double quotes";
                Mistake::new(span, words!("`{}` means nothing here", other.escape_debug()), help)
            }),
        };
        // Behind what is none it goes on, so that all that is wrong is told at once.
        let (token, after) = found.unwrap_or_else(|mistake| {
            let after = text.get(mistake.span.end..).unwrap_or_default();
            (Token::Bad(mistake), after)
        });
        let end = text.len().saturating_sub(after.len());
        tokens.push((token, Span { start, end }));
        rest = after;
    }
}

/// Whether people who read a text may not see this sign, or see a line end that is none here.
pub(super) fn is_hidden(c: char) -> bool {
    let is_line = matches!(c, '\n' | '\t');
    (c.is_control() && !is_line)
        || matches!(
            c,
            '\u{AD}'
                | '\u{34F}'
                | '\u{600}'..='\u{605}'
                | '\u{61C}'
                | '\u{6DD}'
                | '\u{70F}'
                | '\u{115F}'
                | '\u{1160}'
                | '\u{17B4}'
                | '\u{17B5}'
                | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF9}'..='\u{FFFB}'
                | '\u{1D173}'..='\u{1D17A}'
                | '\u{E0000}'..='\u{E007F}'
        )
}

fn refuse_hidden(text: &str) -> Result<(), Vec<Mistake>> {
    let told = |(start, sign): (usize, char)| {
        let span = Span { start, end: start.saturating_add(sign.len_utf8()) };
        let message = words!("U+{} cannot be seen here", format!("{:04X}", u32::from(sign)));
        Mistake::new(span, message, "leave it out; a line ends with a line feed alone")
    };
    let hidden = text.char_indices().filter(|(_, c)| is_hidden(*c));
    let all: Vec<Mistake> = hidden.take(HIDDEN_MAX).map(told).collect();
    if all.is_empty() { Ok(()) } else { Err(all) }
}

fn skip(mut rest: &str) -> &str {
    loop {
        rest = rest.trim_start();
        if !rest.starts_with('#') {
            return rest;
        }
        rest = rest.split_once('\n').map_or("", |(_, after)| after);
    }
}

fn take(rest: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
    rest.split_at(end)
}

fn word(rest: &str) -> (Token, &str) {
    let (word, after) =
        take(rest, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-');
    (Token::Word(word.to_owned()), after)
}

fn sign(rest: &str) -> Option<(Token, &str)> {
    let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign))?;
    Some((Token::Sign(sign), rest.strip_prefix(sign)?))
}

fn quoted(rest: &str, start: usize) -> Result<(Token, &str), Mistake> {
    let inside = rest.strip_prefix('"').unwrap_or(rest);
    let (text, after) = take(inside, |c| c != '"' && c != '\n');
    if let Some(after) = after.strip_prefix('"') {
        return Ok((Token::Text(text.to_owned()), after));
    }
    let end = start.saturating_add(text.len()).saturating_add(1);
    Err(Mistake::new(Span { start, end }, "this text does not end", "close it with \""))
}

fn digits(text: &str) -> Option<i64> {
    text.parse().ok().filter(|n| *n < i64::MAX)
}

fn yen(rest: &str, start: usize) -> Result<(Token, &str), Mistake> {
    let sign = rest.chars().next().map_or(0, char::len_utf8);
    let (_, number) = rest.split_at(sign);
    let (number, after) = take(number, |c| c.is_ascii_digit() || c == ',');
    // A comma that ends a list is none of the amount's.
    let cut = number.trim_end_matches(',');
    let after = if cut.len() == number.len() {
        after
    } else {
        rest.split_at(sign.saturating_add(cut.len())).1
    };
    let groups: Vec<&str> = cut.split(',').collect();
    let is_plain = groups.len() == 1 || {
        let first = groups.first().map_or(0, |group| group.len());
        (1..=3).contains(&first) && groups.iter().skip(1).all(|group| group.len() == 3)
    };
    let amount = digits(&cut.replace(',', "")).filter(|_| is_plain);
    amount.map(|amount| (Token::Yen(amount), after)).ok_or_else(|| {
        let end = start.saturating_add(sign).saturating_add(cut.len());
        let help = "write ¥30,000 or ¥30000";
        Mistake::new(Span { start, end }, "this is no amount of yen", help)
    })
}

fn number(rest: &str, start: usize) -> Result<(Token, &str), Mistake> {
    let (all, after) = take(rest, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '%' | ':'));
    let (number, unit) = take(all, |c| c.is_ascii_digit());
    let token = digits(number).and_then(|n| match unit {
        "" => Some(Token::Number(n)),
        "s" => Some(Token::Duration(n)),
        "m" => n.checked_mul(60).map(Token::Duration),
        "h" => n.checked_mul(3_600).map(Token::Duration),
        "d" => n.checked_mul(86_400).map(Token::Duration),
        _ if unit.ends_with('%') => percent(n, unit).map(Token::Percent),
        _ => time(n, unit).map(Token::Time),
    });
    token.map(|token| (token, after)).ok_or_else(|| {
        let span = Span { start, end: start.saturating_add(all.len()) };
        let help = "write 3, ¥30,000, 90s, 10m, 24h, 30d, 12.5% or 22:00";
        Mistake::new(span, words!("`{}` is no number with a unit", all), help)
    })
}

fn percent(whole: i64, unit: &str) -> Option<i64> {
    let fraction = unit.strip_suffix('%')?;
    let hundredths = match fraction.strip_prefix('.') {
        None if fraction.is_empty() => 0,
        Some(one) if one.len() == 1 => digits(one)?.checked_mul(10)?,
        Some(two) if two.len() == 2 => digits(two)?,
        _ => return None,
    };
    whole.checked_mul(100)?.checked_add(hundredths)
}

fn time(hours: i64, unit: &str) -> Option<i64> {
    let minutes = unit.strip_prefix(':').filter(|minutes| minutes.len() == 2)?;
    let minutes = digits(minutes).filter(|minutes| *minutes < 60)?;
    let is_time = hours < 24 || (hours == 24 && minutes == 0);
    let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
    minutes.checked_mul(60).filter(|_| is_time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_their_units() {
        let tokens =
            lex("3 ¥30,000 ￥5 90s 10m 24h 30d 12.5% 0.13% 300% 22:05 # 7\n x-y_1").unwrap();
        let tokens: Vec<Token> = tokens.into_iter().map(|(token, _)| token).collect();
        assert_eq!(
            tokens,
            [
                Token::Number(3),
                Token::Yen(30_000),
                Token::Yen(5),
                Token::Duration(90),
                Token::Duration(600),
                Token::Duration(86_400),
                Token::Duration(2_592_000),
                Token::Percent(1_250),
                Token::Percent(13),
                Token::Percent(30_000),
                Token::Time(79_500),
                Token::Word("x-y_1".to_owned()),
                Token::End,
            ]
        );
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for bad in [
            "¥30,00",
            "¥",
            "¥1,2345",
            "5x",
            "25:00",
            "7:5",
            "1.2345%",
            "1e9",
            "99999999999999999999",
        ] {
            let tokens = lex(bad).unwrap();
            assert!(matches!(tokens.first(), Some((Token::Bad(_), _))), "{bad}: {tokens:?}");
        }
    }
}
