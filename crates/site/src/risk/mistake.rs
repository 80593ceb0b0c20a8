//! The mistakes of a text of rules in the reader's language.

use kanuki_risk::{PolicyError, Words};

use crate::{
    Lang, Visit,
    text::{Arg, Texts},
};

/// What stands in the words of a mistake, in order.
const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// The mistakes with the lines they are in. `file` is the name that is shown.
#[must_use]
pub fn render(visit: &Visit, error: &PolicyError, (file, text): (&str, &str)) -> String {
    let say = |words: &Words| said(&visit.site.texts, visit.lang(), words);
    error.render_as((file, text), (&visit.t("mistake-error"), &say))
}

/// In this language; in English where it has no words for it.
fn said(texts: &Texts, lang: Lang, words: &Words) -> String {
    // Names and signs stand as they are; only a phrase is said in the reader's language, too.
    let part = |part: &String| {
        let phrase = part.contains(' ').then(|| texts.find(lang, &key(part), &[]));
        phrase.flatten().unwrap_or_else(|| part.clone())
    };
    let parts: Vec<String> = words.parts().iter().map(part).collect();
    let named = NAMES.into_iter().zip(&parts).map(|(name, part)| (name, part.into()));
    let named: Vec<(&str, Arg<'_>)> = named.collect();
    texts.find(lang, &key(words.form()), &named).unwrap_or_else(|| words.to_string())
}

/// The key of English words: `mistake-` and the words themselves.
fn key(form: &str) -> String {
    let words = form.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(str::to_ascii_lowercase).collect();
    format!("mistake-{}", words.join("-"))
}

#[cfg(test)]
mod tests {
    use kanuki_risk::{Company, Policy};

    use super::*;

    const MISTAKES: &str = include_str!("../../../risk/tests/it/mistakes.txt");

    fn texts() -> Texts {
        Texts::build(&[]).unwrap()
    }

    #[test]
    fn every_kind_of_mistake_is_said_in_both_languages() {
        let texts = texts();
        for case in MISTAKES.split("=== ").skip(1) {
            let (_, rest) = case.split_once('\n').unwrap();
            let (text, _) = rest.split_once("---\n").unwrap();
            let error = Policy::parse(&text.replace('␍', "\r")).unwrap_err();
            for mistake in &error.0 {
                for words in [&mistake.message, &mistake.help].into_iter().filter(|w| !w.is_empty())
                {
                    assert_eq!(said(&texts, Lang::En, words), words.to_string());
                    let ja = said(&texts, Lang::Ja, words);
                    assert!(!ja.is_ascii() && !ja.contains("{$"), "{words}: {ja}");
                }
            }
        }
    }

    #[test]
    fn what_a_company_never_sends_and_a_phrase_within_are_said_in_both_languages() {
        let text = "policy \"wallet\" version \"1\"\nbaseline approve\n\
                    rule r on payment when day_balance > ¥5 then decline as r tell partner\n";
        let policy = Policy::parse(text).unwrap();
        let unsent = policy.unsent(Company::Wallet);
        assert!(!unsent.is_empty());
        for mistake in &unsent {
            assert!(!said(&texts(), Lang::Ja, &mistake.message).is_ascii(), "{}", mistake.message);
            assert!(!said(&texts(), Lang::Ja, &mistake.help).is_ascii(), "{}", mistake.help);
        }
        let error = Policy::parse("policy \"t\" version 1\n").unwrap_err();
        let ja = said(&texts(), Lang::Ja, &error.0[0].message);
        assert_eq!(ja, "引用符で囲んだ版の名前が要りますが、数があります");
    }
}
