use kanuki_desk::kept::is_classified;
use kanuki_site::text::check::{check_catalogs, sources, variables};

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
