//! What is wrong with the shape of a file that somebody wrote by hand, in words for them: the line, and
//! what to write there. The TOML library speaks of types and fields.

use kanuki_risk::meant;

/// The line of the place `at`, counted from 1.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or(text).matches('\n').count().saturating_add(1)
}

/// The line of a fault that the TOML library found in `text`, and what to write there.
pub(crate) fn in_words(text: &str, error: &toml::de::Error) -> (usize, String) {
    let line = line_of(text, error.span().map_or(0, |span| span.start));
    let said = error.message();
    let mut quoted = said.split('`').skip(1).step_by(2);
    let first = quoted.next().unwrap_or_default();
    let what = if said.starts_with("missing field") {
        format!(
            "there is no `{first}`; write a line `{first} = …` as docs/adding-an-attack.md has it"
        )
    } else if said.starts_with("unknown field") {
        let hint = meant(first, quoted);
        format!("nothing here is called {first}; {hint}")
    } else if said.starts_with("unknown variant") {
        let known = quoted.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        format!("\"{first}\" is not one of {known}")
    } else if said.starts_with("invalid type") {
        format!("{}; see docs/adding-an-attack.md", wanted(said))
    } else {
        format!("{said}; see docs/adding-an-attack.md")
    };
    (line, what)
}

/// `invalid type: string "50000", expected u64`, for people.
fn wanted(said: &str) -> String {
    let (found, expected) = said.split_once(", expected ").unwrap_or((said, ""));
    let found = found.trim_start_matches("invalid type: ");
    let wanted = match expected {
        "u64" | "u32" | "i64" => "a whole number without quotes, such as 50000",
        "a string" => "words between quotes, such as \"default\"",
        "a sequence" => "a list, such as [\"one\", \"two\"]",
        "a boolean" => "true or false, without quotes",
        other => other,
    };
    format!("here stands {found}; write {wanted}")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only how it is refused matters")]
    struct File {
        about: String,
        yen: u64,
        moves: Vec<String>,
        #[serde(default)]
        faults: bool,
        given: Given,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Given {
        List,
        Phone,
    }

    /// Golden: what somebody reads who wrote the file by hand.
    #[test]
    fn each_fault_has_its_line_and_says_what_to_write() {
        let good = "about = \"x\"\nyen = 5\nmoves = [\"pay\"]\nfaults = false\ngiven = \"phone\"\n";
        assert!(matches!(toml::from_str::<File>(good).unwrap().given, Given::Phone | Given::List));
        let told = [
            ("yen = 5", "yen = \"5\"", 2, "here stands string \"5\"; write a whole number"),
            ("[\"pay\"]", "\"pay\"", 3, "here stands string \"pay\"; write a list, such as ["),
            ("\"x\"", "7", 1, "here stands integer `7`; write words between quotes"),
            ("false", "\"no\"", 4, "here stands string \"no\"; write true or false"),
            ("about", "abuot", 1, "nothing here is called abuot; did you mean `about`?"),
            ("about = \"x\"\n", "", 1, "there is no `about`; write a line `about = …`"),
            ("\"phone\"", "\"luck\"", 5, "\"luck\" is not one of \"list\", \"phone\""),
        ];
        for (from, to, line, wanted) in told {
            let text = good.replacen(from, to, 1);
            let error = toml::from_str::<File>(&text).unwrap_err();
            let (found, what) = in_words(&text, &error);
            assert_eq!(found, line, "{what}");
            assert!(what.starts_with(wanted), "{what}");
        }
    }
}
