//! Case numbers as people read them out and type them.

use crate::id::CaseId;

/// The number that somebody typed, also as it is read out: in groups, in capitals, without the underscore.
#[must_use]
pub fn parse(typed: &str) -> Option<CaseId> {
    let is_gap = |c: char| c.is_whitespace() || matches!(c, '-' | '_' | '–' | 'ー');
    let typed: String = typed.chars().filter(|c| !is_gap(*c)).take(64).collect();
    let typed = typed.to_ascii_lowercase();
    format!("{}_{}", CaseId::PREFIX, typed.strip_prefix(CaseId::PREFIX)?).parse().ok()
}

/// The same letters in groups of four, to be read out.
#[must_use]
pub fn grouped(number: &str) -> String {
    let (prefix, rest) = number.split_once('_').unwrap_or(("", number));
    let letters: Vec<char> = rest.chars().collect();
    let groups = letters.chunks(4).map(|group| group.iter().collect::<String>());
    let all: Vec<String> = std::iter::once(prefix.to_owned()).chain(groups).collect();
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_out_is_typed_with_spaces_or_without() {
        let id = CaseId::derive(&["a case"]);
        let text = id.to_string();
        let read = grouped(&text);
        assert!(
            read.starts_with("cas ") && read.split(' ').all(|group| group.len() <= 4),
            "{read}"
        );
        for typed in [text.clone(), read.clone(), read.to_uppercase(), read.replace(' ', "-")] {
            assert_eq!(parse(&typed), Some(id), "{typed}");
        }
        let short: String = read.chars().take(20).collect();
        for wrong in ["", "cas", "cas_x", "apr_01", &short] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
