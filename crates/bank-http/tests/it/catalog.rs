use kanuki_bank_http::texts;
use kanuki_desk::kept::is_classified;
use kanuki_domain::route::{ROUTES, Route, SecondChannel};
use kanuki_site::{
    Arg, Lang,
    text::check::{check_catalogs, sources, variables},
};

#[test]
fn both_languages_say_everything_and_nothing_is_left_over() {
    let mut found = sources(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    // What both companies draw is worded here where the words are the bank's own.
    found.extend(sources(concat!(env!("CARGO_MANIFEST_DIR"), "/../desk-http/src")));
    let mut found: Vec<&str> = found.iter().map(String::as_str).collect();
    // Refusals are looked up by their code, in `site`.
    found.push(r#"format!("error-{}", code)"#);

    check_catalogs(
        &[
            include_str!("../../locales/ja/app.ftl"),
            include_str!("../../locales/ja/bank.ftl"),
            include_str!("../../locales/ja/card.ftl"),
            include_str!("../../locales/ja/contract.ftl"),
            include_str!("../../locales/ja/delegate.ftl"),
            include_str!("../../locales/ja/desk.ftl"),
            include_str!("../../locales/ja/items.ftl"),
            include_str!("../../locales/ja/look.ftl"),
            include_str!("../../locales/ja/notice.ftl"),
        ],
        &[
            include_str!("../../locales/en/app.ftl"),
            include_str!("../../locales/en/bank.ftl"),
            include_str!("../../locales/en/card.ftl"),
            include_str!("../../locales/en/contract.ftl"),
            include_str!("../../locales/en/delegate.ftl"),
            include_str!("../../locales/en/desk.ftl"),
            include_str!("../../locales/en/items.ftl"),
            include_str!("../../locales/en/look.ftl"),
            include_str!("../../locales/en/notice.ftl"),
        ],
        &found,
    );
}

/// What is not on the list of what may be read again is covered; that somebody thought about it is here.
#[test]
fn somebody_thought_about_every_value_of_a_message_that_is_kept() {
    let catalogs = [
        include_str!("../../locales/ja/app.ftl"),
        include_str!("../../locales/ja/bank.ftl"),
        include_str!("../../locales/ja/card.ftl"),
        include_str!("../../locales/ja/contract.ftl"),
        include_str!("../../locales/ja/delegate.ftl"),
        include_str!("../../locales/ja/desk.ftl"),
        include_str!("../../locales/ja/items.ftl"),
        include_str!("../../locales/ja/look.ftl"),
        include_str!("../../locales/ja/notice.ftl"),
    ];
    let named = variables(&catalogs, "notice-");
    assert!(named.len() > 15, "{named:?}");
    let unknown: Vec<_> = named.iter().filter(|name| !is_classified(name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// The checks above see that words are used, never that each member of a family has its own: a route
/// whose words were forgotten would show a holder their key.
#[test]
fn every_route_and_every_second_channel_has_its_words() {
    let texts = texts().unwrap();
    let mut wanted: Vec<String> = Vec::new();
    for rule in ROUTES {
        let name = rule.route.name();
        wanted.extend(["", ".what"].map(|part| format!("enrol-proof-{name}{part}")));
        wanted.push(format!("security-route-{name}"));
        // A card is read on the operator's page.
        if rule.route != Route::Jpki {
            let parts = ["title", "lead", "one", "two", "three", "never"];
            wanted.extend(parts.map(|part| format!("enrol-{name}-{part}")));
        }
        if rule.rests_on_a_code {
            wanted.extend(["", ".what"].map(|part| format!("look-proof-{name}{part}")));
            wanted.extend(["one", "two"].map(|part| format!("look-{name}-{part}")));
        }
    }
    for second in SecondChannel::ALL {
        let name = match second.route() {
            Route::Post => "letter",
            route => route.name(),
        };
        wanted.extend(["", ".what"].map(|part| format!("confirm-by-{name}{part}")));
    }
    for key in wanted {
        for lang in [Lang::Ja, Lang::En] {
            assert!(texts.find(lang, &key, &[]).is_some(), "{key} in {lang:?}");
        }
    }
}

/// What a victim hears of their money says what it is and under which number, and nothing that a thief could
/// use: the number opens nothing without its code, and there is no link (FT-41).
#[test]
fn a_compensation_is_told_as_one_with_its_number_and_no_link() {
    let texts = texts().unwrap();
    let number = "48213-90576";
    let all = ["bank", "partner", "amount", "account", "case", "stop_code"];
    for (lang, word) in [(Lang::Ja, "補償"), (Lang::En, "compensation")] {
        for kind in ["made_good", "made_good_there"] {
            let args: [(&str, Arg<'_>); 6] = all.map(|name| match name {
                "case" => (name, number.into()),
                "amount" => (name, "¥9,000".into()),
                _ => (name, "x".into()),
            });
            let said = ["subject", "body"].map(|part| {
                let key = format!("notice-{kind}-{part}");
                texts.find(lang, &key, &args).unwrap_or_else(|| panic!("{key} in {lang:?}"))
            });
            let whole = said.concat();
            assert!(whole.contains(word) && said[1].contains(number), "{whole}");
            assert!(whole.matches("9,000").count() >= 2, "{whole}");
            for link in ["http", "www", "://", ".jp", "localhost"] {
                assert!(!whole.contains(link), "FT-41: {whole}");
            }
        }
    }
}

/// A code that nobody knows where to type stops nothing.
#[test]
fn every_notice_with_a_stop_code_says_where_to_type_it() {
    let both = [
        (include_str!("../../locales/ja/notice.ftl"), "入力"),
        (include_str!("../../locales/en/notice.ftl"), "type"),
    ];
    for (catalog, word) in both {
        let bodies = catalog.split("\nnotice-").filter(|text| text.contains("-body ="));
        let with_code: Vec<_> = bodies.filter(|text| text.contains("{ $stop_code }")).collect();
        assert!(with_code.len() > 20, "{}", with_code.len());
        for body in with_code {
            assert!(body.contains(word), "{body}");
        }
    }
}

#[test]
fn a_stop_is_told_with_the_number_of_its_case_where_there_is_one() {
    let texts = texts().unwrap();
    for lang in [Lang::Ja, Lang::En] {
        let told = |case: &[(&str, Arg<'_>)]| {
            let mut args: Vec<(&str, Arg<'_>)> =
                ["bank", "partner", "account", "stop_code"].map(|name| (name, "x".into())).into();
            args.extend(case.iter().cloned());
            texts.find(lang, "notice-mandate_suspended-body", &args).unwrap()
        };
        let numbered = told(&[("numbered", "yes".into()), ("case", "48213-90576".into())]);
        assert!(numbered.contains("48213-90576"), "{numbered}");
        let without = told(&[]);
        assert!(!without.contains("case") && !without.contains("受付番号"), "{without}");
    }
}
