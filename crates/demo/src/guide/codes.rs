//! Codes that were handed out in person: by an employer to staff.

use kanuki_site::{
    Visit,
    ui::{self, Column, Table},
};
use maud::{Markup, html};

use super::Guide;
use crate::{
    pages,
    people::{Desk, STAFF, bank},
};

/// The table, at the anchor `codes`.
pub(super) fn all(visit: &Visit, guide: &Guide) -> Markup {
    html! {
        div #codes {
            p { (visit.t("codes-lead")) }
            (staff(visit, guide))
        }
    }
}

fn bank_name(visit: &Visit, code: &str) -> String {
    bank(code).map_or_else(String::new, |bank| pages::in_lang(visit, bank.name, bank.roma))
}

fn staff(visit: &Visit, guide: &Guide) -> Markup {
    let rows = guide.staff_codes.iter().filter_map(|given| {
        let member = STAFF.iter().find(|staff| staff.key == given.staff)?;
        let (origin, desk) = match member.desk {
            Desk::Wallet => (guide.wallet_origin.as_str(), visit.t("codes-wallet-desk")),
            Desk::Bank(code) => (guide.bank_origin(code), bank_name(visit, code)),
        };
        let href = format!("{origin}{}", guide.staff_path);
        Some(vec![
            html! { (pages::in_lang(visit, member.name, member.roma)) },
            html! { a href=(href) { (desk) } },
            html! { code { (given.code) } },
        ])
    });
    ui::table(&Table { caption: visit.t("codes-staff"), head: head(visit), rows: rows.collect() })
}

fn head(visit: &Visit) -> Vec<Column> {
    vec![
        Column::text(visit.t("codes-who")),
        Column::text(visit.t("codes-where-desk")),
        Column::text(visit.t("codes-code")),
    ]
}
