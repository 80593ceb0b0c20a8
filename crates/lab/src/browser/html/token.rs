//! From bytes of HTML to tags and text.
//!
//! Enough of the language for pages that machines wrote: no error recovery beyond skipping what is
//! not understood. A page that it cannot read makes an actor fail, and that is seen.

use std::borrow::Cow;

/// A piece of a page, as it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// `<name attribute="value">`; void elements look the same.
    Open(Cow<'a, str>, Attributes<'a>),
    /// `</name>`.
    Close(Cow<'a, str>),
    /// Text between tags, entities decoded.
    Text(Cow<'a, str>),
}

/// What stands in a tag beside its name: read where it stands, and decoded only where it is asked for,
/// because a page has hundreds of tags and a person looks at a few.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attributes<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Attributes<'a> {
    /// The value of `key`; of two, the last.
    pub(crate) fn get(&self, key: &str) -> Option<Cow<'a, str>> {
        let is_meant = |(name, _): &&(&str, &str)| name.eq_ignore_ascii_case(key);
        self.0.iter().rev().find(is_meant).map(|(_, value)| decode(value))
    }

    /// Whether `key` is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(name, _)| name.eq_ignore_ascii_case(key))
    }
}

/// Hands the pieces of `html` to `take`, in order. What stands in `script` and `style` is left out.
pub(crate) fn read<'a>(html: &'a str, mut take: impl FnMut(Token<'a>)) {
    let mut rest = html;
    while let Some((text, after)) = rest.split_once('<') {
        take_text(&mut take, text);
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some((tag, after)) = split_tag(after) else { return };
        rest = after;
        match tag.strip_prefix('/') {
            Some(name) => take(Token::Close(lower(name.trim()))),
            None if tag.starts_with(['!', '?']) => {}
            None => {
                let (name, attributes) = parse_tag(tag);
                if matches!(&*name, "script" | "style") {
                    let end = if name == "script" { "</script>" } else { "</style>" };
                    rest = rest.split_once(end).map_or("", |(_, after)| after);
                } else {
                    take(Token::Open(name, attributes));
                }
            }
        }
    }
    take_text(&mut take, rest);
}

fn take_text<'a>(take: &mut impl FnMut(Token<'a>), text: &'a str) {
    if !text.trim().is_empty() {
        take(Token::Text(decode(text)));
    }
}

/// `name` in lower case, as our servers write it already.
fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// Splits at the `>` that ends the tag, which is not one inside quotes.
fn split_tag(text: &str) -> Option<(&str, &str)> {
    // As our servers write: what stands before a `>` outside of quotes has each `"` twice.
    if let Some((tag, rest)) = text.split_once('>')
        && tag.matches('"').count().is_multiple_of(2)
        && !tag.contains('\'')
    {
        return Some((tag, rest));
    }
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => {
                let (tag, rest) = text.split_at_checked(at)?;
                return Some((tag, rest.strip_prefix('>')?));
            }
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if byte == open => quote = None,
            (None | Some(_), _) => {}
        }
    }
    None
}

fn parse_tag(tag: &str) -> (Cow<'_, str>, Attributes<'_>) {
    let tag = tag.trim().trim_end_matches('/');
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return (lower(name), Attributes(attributes));
        }
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (key, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let (value, after) = match after.strip_prefix('=') {
            None => ("", after),
            Some(value) => split_value(value),
        };
        attributes.push((key, value));
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
fn decode(text: &str) -> Cow<'_, str> {
    let Some((before, after)) = text.split_once('&') else { return Cow::Borrowed(text) };
    let mut decoded = String::with_capacity(text.len());
    decoded.push_str(before);
    let mut rest = after;
    loop {
        let named = rest.split_once(';').and_then(|(name, after)| Some((entity(name)?, after)));
        let after = if let Some((c, after)) = named {
            decoded.push(c);
            after
        } else {
            decoded.push('&');
            rest
        };
        let Some((before, next)) = after.split_once('&') else {
            decoded.push_str(after);
            return Cow::Owned(decoded);
        };
        decoded.push_str(before);
        rest = next;
    }
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

        let mut seen = Vec::new();
        read(html, |token| seen.push(token));

        let [form, input, text, close] = seen.as_slice() else { panic!("{seen:?}") };
        let Token::Open(name, attributes) = form else { panic!("{form:?}") };
        assert_eq!(name, "form");
        assert_eq!(attributes.get("data-options").unwrap(), "{\"a\":\"x>y\"}");
        assert!(attributes.has("hidden") && !attributes.has("action"));
        let Token::Open(name, attributes) = input else { panic!("{input:?}") };
        assert_eq!((&**name, &*attributes.get("value").unwrap()), ("input", "1 < 2 &amp; 円"));
        assert_eq!((text, close), (&Token::Text("A&B".into()), &Token::Close("form".into())));
    }

    #[test]
    fn names_are_read_in_any_case_and_the_last_of_two_counts() {
        let mut seen = Vec::new();
        read("<INPUT Name=a NAME='b &lt;' value>", |token| seen.push(token));

        let [Token::Open(name, attributes)] = seen.as_slice() else { panic!("{seen:?}") };
        assert_eq!((&**name, &*attributes.get("name").unwrap()), ("input", "b <"));
        assert_eq!(attributes.get("value").unwrap(), "");
    }

    #[test]
    fn broken_pages_end_and_do_not_hang() {
        for broken in ["<", "<a", "<a href='", "<!--", "&", "&#xFFFFFFFF;", "<script>"] {
            read(broken, drop);
        }
    }
}
