//! Words on a page that are a program's and nobody's language, for the tests of crates that draw pages.

/// What a program calls something, where a page has to say it in words.
const PROGRAMS: [&str; 10] = [
    "system",
    "everything",
    "public",
    "pending",
    "posted",
    "refused",
    "true",
    "false",
    "null",
    "any",
];
/// What is shown as it is written: texts that people edit or run, and what no reader sees.
const AS_WRITTEN: [&str; 5] = ["pre", "script", "style", "textarea", "title"];
/// Elements that nothing stands in.
const EMPTY: [&str; 9] = ["area", "br", "col", "hr", "img", "input", "link", "meta", "path"];

/// The words on a Japanese page that only a program knows: `open_item`, `reported|partner`, `=code`,
/// `system`. Names that are shown as such (in `code`) may be a program's, but not two in one.
#[must_use]
pub fn raw_words(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    if !page.contains("<html lang=\"ja\"") {
        return found;
    }
    let mut open: Vec<(&str, bool)> = Vec::new();
    let mut rest = page;
    while let Some((text, after)) = rest.split_once('<') {
        let is_hidden = open.iter().any(|(_, is_hidden)| *is_hidden);
        let is_code = open.iter().any(|(name, _)| *name == "code");
        if !is_hidden {
            found.extend(words(text).filter(|word| is_raw(word, is_code)).map(str::to_owned));
        }
        let Some((tag, left)) = after.split_once('>') else { break };
        rest = left;
        let name = tag.split([' ', '/', '\n']).find(|part| !part.is_empty()).unwrap_or_default();
        if tag.starts_with('/') {
            let place = open.iter().rposition(|(known, _)| *known == name);
            open.truncate(place.unwrap_or(open.len()));
        } else if !tag.starts_with('!') && !tag.ends_with('/') && !EMPTY.contains(&name) {
            open.push((name, AS_WRITTEN.contains(&name) || tag.contains("lang=\"en\"")));
        }
    }
    found
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| c.is_whitespace() || !c.is_ascii());
    parts.map(|word| word.trim_matches(|c: char| ".,;:()[]/'\"".contains(c)))
}

fn is_raw(word: &str, is_code: bool) -> bool {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let begins = |word: &str| word.starts_with(|c: char| c.is_ascii_lowercase());
    let is_pair = word.split_once('|').is_some_and(|(kind, _)| begins(kind));
    let is_note = word.strip_prefix('=').is_some_and(begins);
    let is_snake = word.contains('_') && word.chars().all(|c| is_letter(c) || c == '_');
    is_pair || is_note || (!is_code && (PROGRAMS.contains(&word) || (is_snake && !is_id(word))))
}

/// `cas_01h…`, or how one begins.
fn is_id(word: &str) -> bool {
    word.split_once('_').is_some_and(|(kind, rest)| kind.len() == 3 && !rest.contains('_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programs_words_are_found_where_people_read_them() {
        let page = |body: &str| format!("<html lang=\"ja\"><body>{body}</body></html>");
        for (body, raw) in [
            ("<p>system さん</p>", Some("system")),
            ("<td>open_item</td>", Some("open_item")),
            ("<p><code>reported|kanuki-wallet</code></p>", Some("reported|kanuki-wallet")),
            ("<br><li>=contact_believe_asked</li>", Some("=contact_believe_asked")),
            ("<p><code>open_item</code>、cas_01abc、「cas_」で始まる番号</p>", None),
            ("<pre>debit when account_age</pre><code lang=\"en\">a|b</code>", None),
            ("<input value=\"open_item\"><p>Kanuki 24 SMS bank-one.example</p>", None),
        ] {
            let found = raw_words(&page(body));
            assert_eq!(found.first().map(String::as_str), raw, "{body}");
        }
        assert!(raw_words("<html lang=\"en\"><p>system</p></html>").is_empty());
    }
}
