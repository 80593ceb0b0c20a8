//! From bytes of HTML to tags and text.
//!
//! Enough of the language for pages that machines wrote: no error recovery beyond skipping what is
//! not understood. A page that it cannot read makes an actor fail, and that is seen.

use std::collections::BTreeMap;

/// A piece of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// `<name attribute="value">`; void elements look the same.
    Open(String, BTreeMap<String, String>),
    /// `</name>`.
    Close(String),
    /// Text between tags, entities decoded.
    Text(String),
}

/// The pieces of `html` in order. What stands in `script` and `style` is left out.
pub(crate) fn tokens(html: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = html;
    while let Some((text, after)) = rest.split_once('<') {
        push_text(&mut tokens, text);
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some((tag, after)) = split_tag(after) else { return tokens };
        rest = after;
        match tag.strip_prefix('/') {
            Some(name) => tokens.push(Token::Close(name.trim().to_ascii_lowercase())),
            None if tag.starts_with(['!', '?']) => {}
            None => {
                let (name, attributes) = parse_tag(tag);
                if matches!(name.as_str(), "script" | "style") {
                    let end = format!("</{name}>");
                    rest = rest.split_once(end.as_str()).map_or("", |(_, after)| after);
                } else {
                    tokens.push(Token::Open(name, attributes));
                }
            }
        }
    }
    push_text(&mut tokens, rest);
    tokens
}

fn push_text(tokens: &mut Vec<Token>, text: &str) {
    if !text.trim().is_empty() {
        tokens.push(Token::Text(decode(text)));
    }
}

/// Splits at the `>` that ends the tag, which is not one inside quotes.
fn split_tag(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return text.split_at_checked(at).map(|(tag, rest)| (tag, skip(rest))),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None | Some(_), _) => {}
        }
    }
    None
}

/// `text` without its first character.
fn skip(text: &str) -> &str {
    let mut rest = text.chars();
    rest.next();
    rest.as_str()
}

fn parse_tag(tag: &str) -> (String, BTreeMap<String, String>) {
    let tag = tag.trim().trim_end_matches('/');
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mut attributes = BTreeMap::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return (name.to_ascii_lowercase(), attributes);
        }
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (key, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let (value, after) = match after.strip_prefix('=') {
            None => ("", after),
            Some(value) => split_value(value),
        };
        attributes.insert(key.to_ascii_lowercase(), decode(value));
        rest = after;
    }
}

fn split_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inside) = text.strip_prefix(quote) {
            return inside.split_once(quote).unwrap_or((inside, ""));
        }
    }
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

/// Replaces character references: the named ones that encoders write, and numbers.
fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let named = after.split_once(';').and_then(|(name, after)| Some((entity(name)?, after)));
        if let Some((c, after)) = named {
            decoded.push(c);
            rest = after;
        } else {
            decoded.push('&');
            rest = after;
        }
    }
    decoded.push_str(rest);
    decoded
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_brackets_and_entities_survive() {
        let html = "<!DOCTYPE html><form data-options='{\"a\":\"x>y\"}' hidden>\
                    <!-- <b> --><input value=\"1 &lt; 2 &amp;amp; &#x5186;\">\
                    <script>if (a < b) { x(); }</script>A&B</form>";

        let seen = tokens(html);

        let attributes = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        assert_eq!(
            seen,
            [
                Token::Open(
                    "form".into(),
                    attributes(&[("data-options", "{\"a\":\"x>y\"}"), ("hidden", "")])
                ),
                Token::Open("input".into(), attributes(&[("value", "1 < 2 &amp; 円")])),
                Token::Text("A&B".into()),
                Token::Close("form".into()),
            ]
        );
    }

    #[test]
    fn broken_pages_end_and_do_not_hang() {
        for broken in ["<", "<a", "<a href='", "<!--", "&", "&#xFFFFFFFF;", "<script>"] {
            let _seen = tokens(broken);
        }
    }
}
