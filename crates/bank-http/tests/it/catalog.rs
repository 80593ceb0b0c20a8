use kanuki_site::text::check::{check_catalogs, sources};

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
