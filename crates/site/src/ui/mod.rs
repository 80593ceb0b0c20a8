//! The parts that pages are made of. Text arrives already translated; everything is escaped.

mod action;
mod chart;
mod choice;
mod code;
mod field;
mod icon;
mod money;
mod notice;
mod passkey;
mod scanner;
mod table;

use maud::{Markup, html};

pub use action::{
    Action, Look, actions, button, button_named, form, get_form, hidden, link_button, post_button,
    quick_actions,
};
pub use chart::{Chart, ChartKind, Series, Unit, chart};
pub use choice::{Choice, checkbox, choices, select};
pub use code::{copy_more, copy_text, qr, stop_code};
pub use field::{AmountField, Field, Kind, amount_buttons, amount_field, field, text_area};
pub use icon::{Icon, icon};
pub use money::{BalanceCard, Direction, Row, balance_card, meter, money, money_signed, rows};
pub use notice::{Tone, badge, definitions, empty, notice, steps};
pub use passkey::{PasskeyForm, PasskeyMode, passkey_form};
pub use scanner::{QrScanner, qr_scanner};
pub use table::{Column, Table, table};

/// The words of a part of a page, as a person reads them: without its marks, and what stands on a
/// line of its own on a line of its own.
#[must_use]
pub fn plain_text(markup: &Markup) -> String {
    let mut text = String::new();
    for (n, part) in markup.0.split('<').enumerate() {
        // What stands before the first mark, then one mark and what follows it.
        let (mark, words) = match part.split_once('>') {
            Some((mark, words)) if n > 0 => (mark, words),
            _ => ("", part),
        };
        if ["/div", "/p", "/li", "br"].contains(&mark) {
            text.push('\n');
        }
        text.push_str(words);
    }
    let text = text.trim().to_owned();
    // What maud escapes; `&` last, so that nothing is undone twice.
    let marks = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
    marks.iter().fold(text, |text, (mark, letter)| text.replace(mark, letter))
}

/// The page's one main heading, with a sentence that says what it is for.
#[must_use]
pub fn heading(title: &str, lead: Option<&str>) -> Markup {
    html! {
        div.heading {
            h1 { (title) }
            @if let Some(lead) = lead { p.lead { (lead) } }
        }
    }
}

/// A part of a page with a heading of its own.
#[must_use]
pub fn section(title: &str, body: Markup) -> Markup {
    html! { section.section { h2 { (title) } (body) } }
}

/// A sheet on the page.
#[must_use]
pub fn card(title: Option<&str>, body: Markup) -> Markup {
    html! {
        div.card {
            @if let Some(title) = title { h2.card-title { (title) } }
            (body)
        }
    }
}

/// Two columns on a desktop, one after the other on a phone.
#[must_use]
pub fn columns(main: Markup, aside: Markup) -> Markup {
    html! { div.columns { div.stack { (main) } div.stack { (aside) } } }
}

/// Parts below each other at even distance.
#[must_use]
pub fn stack(parts: &[Markup]) -> Markup {
    html! { div.stack { @for part in parts { (part) } } }
}

/// Something to open when one wants to know more.
#[must_use]
pub fn details(summary: &str, body: Markup) -> Markup {
    html! { details.details { summary { (summary) } div { (body) } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_part_are_what_its_reader_sees() {
        let name = "A & <b>\"閂\"</b> &amp;";
        let part =
            html! { strong.x title="a<b" { (name) } " " (money(kanuki_domain::Yen::of(1_000))) };
        assert_eq!(plain_text(&part), format!("{name} ¥1,000"));
        let lines = html! { div { "引き落とし" } div { (name) br; "入金" } };
        assert_eq!(plain_text(&lines), format!("引き落とし\n{name}\n入金"));
    }
}
