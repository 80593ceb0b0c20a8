//! The demo from outside: its core over HTTP, its pages as a browser sees them.

#[cfg(test)]
mod card;
#[cfg(test)]
mod core_orders;
#[cfg(test)]
mod core_overdraft;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod support;

#[test]
fn every_text_exists_in_both_languages_and_is_used() {
    let sources = kanuki_site::text::check::sources(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let [(_, ja), (_, en)] = kanuki_demo::TEXTS;

    kanuki_site::text::check::check_catalogs(&[ja], &[en], &sources);
}
