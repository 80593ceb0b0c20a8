//! The part of a form that asks for the record. Nothing in it is required by the browser, because the
//! form that it stands in can also only be checked; what is missing is named when it is sent.

use std::collections::BTreeMap;

use kanuki_domain::risk_record::{Danger, RiskRecord, View};
use kanuki_formats::text::safe_line;
use maud::{Markup, html};

use super::{Partner, named};
use crate::{
    Visit,
    ui::{self, Field, Kind},
};

/// What was typed, by the names of the fields.
pub type Typed = BTreeMap<String, String>;

/// What was typed into one field; nothing where it is not there.
#[must_use]
pub fn entered<'a>(typed: &'a Typed, name: &str) -> &'a str {
    typed.get(name).map(String::as_str).unwrap_or_default()
}

/// So many dangers can be written down in one form.
const DANGERS: usize = 3;
/// The longest text of one field, in characters.
const TEXT_MAX: u16 = 500;

/// The fields of a record about `loosened`, with what was typed.
#[must_use]
pub fn fields(visit: &Visit, loosened: &[String], partners: &[Partner], typed: &Typed) -> Markup {
    let field = |name: String, label: String| field(typed, name, label);
    html! {
        (ui::card(Some(&visit.t("risk-record")), html! {
            p { (visit.t("risk-record-lead")) }
            ul.points { @for what in loosened { li { (named(visit, what, partners)) } } }
            div.form {
                @for n in 0..DANGERS {
                    (ui::text_area(&field(format!("finding-{n}"), visit.t("risk-record-finding"))))
                    (ui::text_area(&field(format!("measure-{n}"), visit.t("risk-record-measure"))))
                }
                (view_fields(visit, partners, typed))
                (ui::field(&field("review_by".to_owned(), visit.t("risk-record-review-by"))
                    .hint(visit.t("risk-record-review-by-hint"))
                    .kind(Kind::Date)))
            }
        }))
    }
}

/// The fields of what each partner says to it.
pub(super) fn view_fields(visit: &Visit, partners: &[Partner], typed: &Typed) -> Markup {
    let field = |name: String, key: &str, partner: &Partner| {
        let args = [("name", partner.name.as_str().into())];
        field(typed, name, visit.t_args(key, &args))
    };
    html! {
        @for partner in partners {
            @let id = &partner.id;
            (ui::text_area(&field(format!("says-{id}"), "risk-record-view", partner)
                .hint(visit.t("risk-record-view-hint"))))
            (ui::field(&field(format!("name-{id}"), "risk-record-view-name", partner)))
            (ui::field(&field(format!("on-{id}"), "risk-record-view-on", partner).kind(Kind::Date)))
        }
    }
}

fn field(typed: &Typed, name: String, label: String) -> Field {
    let value = typed.get(&name).cloned().unwrap_or_default();
    Field::new(name, label).value(value).optional("").max_length(TEXT_MAX)
}

fn line(typed: &Typed, name: &str) -> String {
    // Several lines become one: each is made safe by itself.
    let lines = entered(typed, name).lines().map(|line| safe_line(line, usize::from(TEXT_MAX)));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Reads back what each partner says.
#[must_use]
pub fn views(typed: &Typed, partners: &[Partner]) -> Vec<View> {
    let view = |Partner { id, .. }: &Partner| View {
        partner: id.clone(),
        name: line(typed, &format!("name-{id}")),
        on: line(typed, &format!("on-{id}")).parse().ok(),
        says: line(typed, &format!("says-{id}")),
    };
    partners.iter().map(view).collect()
}

/// Reads the record back; what it loosens and why is the desk's to add.
#[must_use]
pub fn parse(typed: &Typed, partners: &[Partner]) -> RiskRecord {
    let dangers = (0..DANGERS).map(|n| Danger {
        finding: line(typed, &format!("finding-{n}")),
        measure: line(typed, &format!("measure-{n}")),
    });
    RiskRecord {
        dangers: dangers.filter(|danger| *danger != Danger::default()).collect(),
        views: views(typed, partners),
        review_by: line(typed, "review_by").parse().ok(),
        ..RiskRecord::default()
    }
}
