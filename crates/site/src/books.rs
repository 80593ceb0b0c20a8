//! The page of both desks on which two companies' books are laid side by side, and from which
//! accountants fetch ours.
//!
//! Drawn here once; what differs, and what becomes a case, is decided in each company's use cases.

use axum::response::{IntoResponse as _, Response};
use http::header;
use jiff::Timestamp;
use kanuki_domain::Yen;
use maud::{Markup, html};

use crate::{
    Visit, show,
    ui::{self, Column, Field, Icon, Look, Table, Tone},
};

/// Where the page is, at both companies.
pub const PAGE: &str = "/desk/books";

/// Another company.
#[derive(Clone, Debug)]
pub struct Partner {
    /// By what it is chosen.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A difference that nobody has explained yet.
#[derive(Clone, Debug)]
pub struct Open {
    /// Its case.
    pub case_id: String,
    /// With whom.
    pub partner: String,
    /// The movement's id at both companies.
    pub movement: String,
    /// When it was found.
    pub found_at: Timestamp,
    /// Who sees to it.
    pub owner: Option<String>,
    /// Whether that is who looks.
    pub is_mine: bool,
}

/// What was booked, here and there.
#[derive(Clone, Debug)]
pub struct Booked {
    /// `debit`, `payout`, `refund`.
    pub kind: &'static str,
    /// Here.
    pub ours: Yen,
    /// There.
    pub theirs: Yen,
}

/// What a comparison came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Movements that agree.
    pub agreed: usize,
    /// That may yet agree.
    pub in_transit: u64,
    /// That do not.
    pub differences: usize,
    /// Cases that were opened.
    pub opened: usize,
    /// Cases that wait for a second person to say that both agree.
    pub waiting: usize,
    /// Cases that were closed.
    pub closed: usize,
    /// Differences without a case, because there were too many.
    pub left: usize,
    /// What was booked.
    pub booked: Vec<Booked>,
}

/// What is said about a file that was compared.
#[must_use]
pub fn outcome(visit: &Visit, outcome: &Outcome) -> Markup {
    let count = |key: &str, n: usize| {
        let n = u64::try_from(n).unwrap_or(u64::MAX);
        visit.t_args(key, &[("n", n.into())])
    };
    let is_even = outcome.differences == 0;
    let (tone, title) = if is_even {
        (Tone::Success, visit.t("books-even"))
    } else {
        (Tone::Warning, count("books-differ", outcome.differences))
    };
    let rows = outcome.booked.iter().map(|booked| {
        let kind = visit.t(&format!("books-kind-{}", booked.kind));
        vec![html! { (kind) }, ui::money(booked.ours), ui::money(booked.theirs)]
    });
    let sums = Table {
        caption: visit.t("books-booked"),
        head: vec![
            Column::text(visit.t("books-kind")),
            Column::number(visit.t("books-here")),
            Column::number(visit.t("books-there")),
        ],
        rows: rows.collect(),
    };
    html! {
        (ui::notice(tone, &title, html! {
            ul {
                li { (count("books-agreed", outcome.agreed)) }
                @if outcome.in_transit > 0 {
                    li { (visit.t_args("books-in-transit", &[("n", outcome.in_transit.into())])) }
                }
                @if outcome.opened > 0 { li { (count("books-opened", outcome.opened)) } }
                @if outcome.waiting > 0 { li { (count("books-waiting", outcome.waiting)) } }
                @if outcome.closed > 0 { li { (count("books-closed", outcome.closed)) } }
                @if outcome.left > 0 { li { (count("books-left", outcome.left)) } }
            }
            p { (visit.t("books-nothing-moved")) }
        }))
        (ui::table(&sums))
    }
}

/// What is said about a file that was not compared: `why` has a line's number, never its text.
#[must_use]
pub fn refused(visit: &Visit, why: &str) -> Markup {
    ui::notice(
        Tone::Error,
        &visit.t("books-refused"),
        html! {
            p { (why) }
            p { (visit.t("books-refused-next")) }
        },
    )
}

/// What is said about a file for accountants that was not made: `why` is part of a text key.
#[must_use]
pub fn not_made(visit: &Visit, why: &str) -> Markup {
    ui::notice(
        Tone::Error,
        &visit.t("books-not-made"),
        html! {
            p { (visit.t(&format!("books-not-made-{why}"))) }
            p { (visit.t("books-nothing-moved")) }
        },
    )
}

/// A file to be saved, of this name and kind.
pub fn file(name: &str, kind: &str, bytes: Vec<u8>) -> Response {
    let name = format!("attachment; filename=\"{name}\"");
    let heads = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, &name)];
    (heads, bytes).into_response()
}

/// The page's body; `said` is what to say first.
#[must_use]
pub fn body(visit: &Visit, partners: &[Partner], open: &[Open], said: &Markup) -> Markup {
    html! {
        (ui::heading(&visit.t("books-title"), Some(&visit.t("books-lead"))))
        (said)
        (ui::section(&visit.t("books-open"), differences(visit, open)))
        @if partners.is_empty() {
            (ui::empty(Icon::Bank, &visit.t("books-nobody"), &visit.t("books-nobody-what"), None))
        } @else {
            (ui::card(Some(&visit.t("books-compare")), compare_form(visit, partners)))
            (ui::card(Some(&visit.t("books-ours")), ours_form(visit, partners)))
        }
        (ui::card(Some(&visit.t("books-journal")), journal_form(visit)))
        @if !partners.is_empty() {
            (ui::card(Some(&visit.t("books-account")), account_form(visit, partners)))
        }
    }
}

fn differences(visit: &Visit, open: &[Open]) -> Markup {
    if open.is_empty() {
        return html! { p { (visit.t("books-none")) } };
    }
    let age = |at: Timestamp| {
        let secs = visit.now().duration_since(at).as_secs();
        show::span(visit.lang(), u64::try_from(secs).unwrap_or_default())
    };
    let take = |open: &Open| {
        let path = format!("{PAGE}/{}/take", open.case_id);
        ui::post_button(visit.csrf_field(), &path, Look::Secondary, &visit.t("books-take"))
    };
    let rows = open.iter().map(|open| {
        vec![
            html! { a href={ "/desk/cases/" (open.case_id) } { code { (open.movement) } } },
            html! { (open.partner) },
            html! { (age(open.found_at)) },
            html! {
                @match &open.owner {
                    Some(name) => (name),
                    None => (visit.t("books-no-owner")),
                }
                @if !open.is_mine { " " (take(open)) }
            },
        ]
    });
    ui::table(&Table {
        caption: visit.t("books-open"),
        head: ["books-movement", "books-partner", "books-age", "books-owner"]
            .map(|key| Column::text(visit.t(key)))
            .into(),
        rows: rows.collect(),
    })
}

fn choice(visit: &Visit, partners: &[Partner], place: &str) -> Markup {
    let options: Vec<_> =
        partners.iter().map(|partner| (partner.id.clone(), partner.name.clone())).collect();
    ui::select(&Field::new("partner", visit.t("books-partner")).place(place), &options)
}

fn compare_form(visit: &Visit, partners: &[Partner]) -> Markup {
    html! {
        p { (visit.t("books-compare-what")) }
        form.form method="post" action=(PAGE) enctype="multipart/form-data" {
            (visit.csrf_field())
            (choice(visit, partners, "theirs"))
            div.field {
                label for="f-file" { (visit.t("books-file")) }
                p.hint #f-file-hint { (visit.t("books-file-hint")) }
                input.input #f-file type="file" name="file" required accept=".csv,text/csv"
                    aria-describedby="f-file-hint";
            }
            (ui::actions(ui::button(Look::Primary, &visit.t("books-compare-button"))))
        }
    }
}

fn ours_form(visit: &Visit, partners: &[Partner]) -> Markup {
    let day = Field::new("day", visit.t("books-day"))
        .kind(ui::Kind::Date)
        .hint(visit.t("books-day-hint"))
        .optional(visit.t("field-optional"));
    html! {
        p { (visit.t("books-ours-what")) }
        (ui::get_form(&format!("{PAGE}/statement"), html! {
            (choice(visit, partners, "ours"))
            (ui::field(&day))
            (ui::actions(ui::button(Look::Secondary, &visit.t("books-ours-button"))))
        }))
    }
}

/// The first and the last day of a file, by their names in a form.
fn days(visit: &Visit, place: &str) -> Markup {
    let day = |name: &'static str, label: &str| {
        ui::field(&Field::new(name, visit.t(label)).kind(ui::Kind::Date).place(place))
    };
    html! { (day("first", "books-first")) (day("last", "books-last")) }
}

fn journal_form(visit: &Visit) -> Markup {
    let options =
        |values: [(&str, &str); 2]| values.map(|(value, key)| (value.to_owned(), visit.t(key)));
    let forms = options([("sums", "books-form-sums"), ("each", "books-form-each")]);
    let letters = options([("utf-8", "books-letters-utf8"), ("shift_jis", "books-letters-sjis")]);
    html! {
        p { (visit.t("books-journal-what")) }
        (ui::get_form(&format!("{PAGE}/journal"), html! {
            (days(visit, "journal"))
            (ui::select(&Field::new("form", visit.t("books-form")), &forms))
            (ui::select(&Field::new("letters", visit.t("books-letters")), &letters))
            (ui::actions(ui::button(Look::Secondary, &visit.t("books-journal-button"))))
        }))
    }
}

fn account_form(visit: &Visit, partners: &[Partner]) -> Markup {
    let number = Field::new("number", visit.t("books-number"))
        .hint(visit.t("books-number-hint"))
        .max_length(14);
    let name = Field::new("name", visit.t("books-name")).hint(visit.t("books-name-hint"));
    html! {
        p { (visit.t("books-account-what")) }
        (ui::get_form(&format!("{PAGE}/account"), html! {
            (choice(visit, partners, "account"))
            (days(visit, "account"))
            (ui::field(&number))
            (ui::field(&name.max_length(60)))
            (ui::actions(ui::button(Look::Secondary, &visit.t("books-account-button"))))
        }))
    }
}
