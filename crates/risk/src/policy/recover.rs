//! Where reading goes on behind a mistake.

use std::ops::Range;

use super::{
    error::{Mistake, Span},
    lex::Token,
};

/// Where the next part of a file begins, from the token at `from` on: at a word that parts begin
/// with, first in its line or followed by what follows it. A rule may be called as parts begin.
pub(super) fn next_start(tokens: &[(Token, Span)], text: &str, from: usize) -> usize {
    let is_first = |span: Span| {
        let before = text.get(..span.start).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        line.trim().is_empty()
    };
    let token = |at: usize| tokens.get(at).map(|(token, _)| token);
    let is_start = |at: usize| {
        let Some((Token::Word(word), span)) = tokens.get(at) else { return false };
        let (name, sign) = (token(at.saturating_add(1)), token(at.saturating_add(2)));
        let is_named = matches!(name, Some(Token::Word(_)));
        match word.as_str() {
            "rule" => {
                let is_whole = is_named && matches!(sign, Some(Token::Word(on)) if on == "on");
                is_whole || is_first(*span)
            }
            "list" | "given" => is_named && matches!(sign, Some(Token::Sign(":"))),
            "baseline" | "model" => is_first(*span),
            _ => false,
        }
    };
    let last = tokens.len().saturating_sub(1);
    (from..last).find(|at| is_start(*at)).unwrap_or(last)
}

/// Whether `mistake`, found between these tokens, is only what follows from one that is none: that
/// is told already.
pub(super) fn is_told(tokens: &[(Token, Span)], part: Range<usize>, mistake: &Mistake) -> bool {
    let mut of_part = tokens.iter().take(part.end.saturating_add(1)).skip(part.start);
    of_part.any(|(token, span)| matches!(token, Token::Bad(_)) && span.start <= mistake.span.start)
}
