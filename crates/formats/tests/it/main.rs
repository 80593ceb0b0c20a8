//! What must hold for any input: answers, never a panic, and the same from either side.

use kanuki_formats::{address, directory::Directory, name, phone, yucho};
use proptest::prelude::*;

/// Text near what people type, so that the interesting branches are reached.
fn typed() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ァ-ヶー・ 　ぁ-んｦ-ﾟ()A-Za-z]{0,40}",
        "[東京都千代田区丸の内一二三十百番地丁目号条0-9０-９ー－ の字〒-]{0,40}",
        "[-+() 0-9]{0,20}",
    ]
}

proptest! {
    #[test]
    fn comparing_does_not_depend_on_the_side(a in typed(), b in typed()) {
        prop_assert_eq!(name::compare_name(&a, &b), name::compare_name(&b, &a));
        prop_assert_eq!(name::compare_kana(&a, &b), name::compare_kana(&b, &a));
        prop_assert_eq!(address::compare_address(&a, &b), address::compare_address(&b, &a));
        prop_assert_eq!(phone::compare_phone(&a, &b), phone::compare_phone(&b, &a));
    }

    #[test]
    fn nothing_differs_from_itself(text in typed()) {
        use kanuki_domain::person::Compared::Different;

        prop_assert_ne!(name::compare_name(&text, &text).compared, Different);
        prop_assert_ne!(name::compare_kana(&text, &text).compared, Different);
        prop_assert_ne!(address::compare_address(&text, &text).compared, Different);
        prop_assert_ne!(phone::compare_phone(&text, &text).compared, Different);
    }

    #[test]
    fn folded_names_hold_only_what_a_record_can(text in typed()) {
        if let Ok(folded) = name::fold_kana(&text) {
            let allowed = |c: char| {
                matches!(c, 'ｱ'..='ﾟ' | 'A'..='Z' | '0'..='9' | ' ' | '(' | ')' | '-' | '.')
            };
            prop_assert!(folded.as_str().chars().all(allowed), "{}", folded.as_str());
            let again = name::fold_kana(folded.as_str());
            prop_assert_eq!(again.as_ref().map(name::FoldedName::as_str), Ok(folded.as_str()));
        }
    }

    #[test]
    fn anything_may_be_searched_or_converted(text in typed(), other in typed()) {
        prop_assert!(Directory::get().search(&text, 5).len() <= 5);
        if let Ok(passbook) = yucho::read(&text, &other) {
            prop_assert_eq!(passbook.account.branch().len(), 3);
        }
    }
}
