//! `/demo/inbox`, and the same as JSON for scripts.

use axum::{
    Json, Router,
    extract::{Query, State},
    response::Response,
    routing::get,
};
use kanuki_site::{
    Visit, show,
    ui::{self, Field, Icon, Look, Row, Tone},
};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Channel, DemoInbox, Message};
use crate::pages::{self, Place};

/// The most messages on one page.
const SHOWN_MAX: usize = 200;

/// What the filter sends for everybody's messages; nobody is called that.
const EVERYONE: &str = "*";

/// `/demo/inbox` and `/demo/inbox.json`; `?person=` shows one person's.
pub fn router(inbox: DemoInbox) -> Router {
    Router::new()
        .route("/demo/inbox", get(page))
        .route("/demo/inbox.json", get(as_json))
        .with_state(inbox)
}

#[derive(Deserialize)]
struct Asked {
    person: Option<String>,
}

impl Asked {
    fn person(&self) -> Option<&str> {
        self.person.as_deref().filter(|name| *name != EVERYONE && !name.is_empty())
    }
}

async fn as_json(State(inbox): State<DemoInbox>, Query(asked): Query<Asked>) -> Json<Value> {
    Json(json!({ "messages": inbox.list(asked.person()) }))
}

async fn page(
    visit: Visit,
    State(inbox): State<DemoInbox>,
    Query(asked): Query<Asked>,
) -> Response {
    let messages = inbox.list(asked.person());
    let company = visit.site.config.company.as_str();
    let lead = visit.t_args("inbox-lead", &[("company", company.into())]);
    let body = html! {
        (ui::heading(&visit.t("inbox-title"), Some(&lead)))
        (filter(&visit, &inbox, asked.person()))
        @if messages.is_empty() {
            (ui::empty(Icon::Mail, &visit.t("inbox-empty"), &visit.t("inbox-empty-text"), None))
        }
        @if !messages.is_empty() {
            (ui::rows(messages.iter().take(SHOWN_MAX).map(|m| one(&visit, m)).collect()))
        }
    };
    pages::page(&visit, Place::Inbox, &visit.t("inbox-title"), body)
}

fn filter(visit: &Visit, inbox: &DemoInbox, chosen: Option<&str>) -> Markup {
    let mut options = vec![(EVERYONE.to_owned(), visit.t("inbox-everyone"))];
    options.extend(inbox.people().into_iter().map(|name| (name.clone(), name)));
    let field = Field::new("person", visit.t("inbox-whose")).value(chosen.unwrap_or(EVERYONE));
    ui::get_form(
        "/demo/inbox",
        html! {
            (ui::select(&field, &options))
            (ui::actions(ui::button(Look::Secondary, &visit.t("inbox-show"))))
        },
    )
}

fn one(visit: &Visit, message: &Message) -> Row {
    let Message { channel, to, person, subject, body, at } = message;
    let (picture, key) = match channel {
        Channel::Mail => (Icon::Mail, "inbox-mail"),
        Channel::Sms => (Icon::Bell, "inbox-sms"),
        Channel::Phone => (Icon::Phone, "inbox-phone"),
        Channel::Post => (Icon::Receipt, "inbox-post"),
        Channel::Push => (Icon::Bell, "inbox-push"),
    };
    let sent = show::instant(visit.lang(), *at);
    Row::new(subject.as_str())
        .detail(format!("{person} · {to} · {sent}"))
        .icon(picture)
        .badge(Tone::Info, visit.t(key))
        .extra(html! {
            p {
                @for (index, line) in body.lines().enumerate() {
                    @if index > 0 { br; }
                    (line)
                }
            }
        })
}
