//! Mandates in plain words, the same on every page.

use jiff::Timestamp;
use kanuki_bank::mandate::Mandate;
use kanuki_desk::evidence::Shown;
use kanuki_domain::{
    id::ParId,
    mandate::{MandateState, StoppedBy, Terms},
};
use kanuki_site::{
    Visit, show,
    ui::{self, Tone},
};
use kanuki_wire::mandate::{Action, BindingMethod};
use maud::{Markup, html};

/// Ceremonies that one network may open in an hour without being signed in: enough for an office
/// behind one address, and an end to filling the store.
pub(crate) const CEREMONIES_MAX: u32 = 1_000;

/// A state in a word, and what it means now.
pub(crate) struct StateWords {
    pub(crate) tone: Tone,
    pub(crate) word: String,
    pub(crate) meaning: String,
}

/// Where a mandate stands at `now`.
pub(crate) fn state(visit: &Visit, mandate: &Mandate, now: Timestamp) -> StateWords {
    let aged = mandate.state.aged(now);
    let (key, tone, at) = match aged {
        MandateState::Unconfirmed { lapses_at } => ("unconfirmed", Tone::Warning, Some(lapses_at)),
        MandateState::Active { cooling_until } if now < cooling_until => {
            ("cooling", Tone::Info, Some(cooling_until))
        }
        MandateState::Active { .. } if now > mandate.terms.valid_to => {
            ("over", Tone::Neutral, Some(mandate.terms.valid_to))
        }
        MandateState::Active { .. } => ("active", Tone::Success, None),
        MandateState::Suspended { at, .. } => ("suspended", Tone::Error, Some(at)),
        MandateState::Revoked { at, .. } => ("revoked", Tone::Neutral, Some(at)),
        MandateState::Lapsed { at } => ("lapsed", Tone::Neutral, Some(at)),
    };
    let by = match aged {
        MandateState::Suspended { by, .. } | MandateState::Revoked { by, .. } => {
            visit.t(match by {
                StoppedBy::Holder => "by-holder",
                StoppedBy::Bank => "by-bank",
                StoppedBy::Wallet => "by-wallet",
                StoppedBy::Delegate => "by-delegate",
            })
        }
        MandateState::Unconfirmed { .. }
        | MandateState::Active { .. }
        | MandateState::Lapsed { .. } => String::new(),
    };
    let at = at.map(|at| show::instant(visit.lang(), at)).unwrap_or_default();
    StateWords {
        tone,
        word: visit.t(&format!("state-{key}")),
        meaning: visit.t_args(
            &format!("state-{key}.what"),
            &[("at", at.into()), ("by", by.into()), ("partner", (&mandate.partner_name).into())],
        ),
    }
}

/// How much, how often, until when: what a consent says and a mandate allows.
pub(crate) fn terms(visit: &Visit, terms: &Terms) -> Vec<(String, Markup)> {
    let lines = kanuki_site::terms::lines(&visit.words(), terms);
    lines.into_iter().map(|(label, value)| (label, html! { (value) })).collect()
}

/// Other terms beside those in force: what changes is marked, with what it was.
pub(crate) fn compared(visit: &Visit, before: &Terms, next: &Terms) -> Vec<(String, Markup)> {
    let words = visit.words();
    let old = kanuki_site::terms::lines(&words, before);
    let new = kanuki_site::terms::lines(&words, next);
    let was = |label: &String| old.iter().find(|(known, _)| known == label).map(|(_, was)| was);
    let mark = |was: String| {
        html! {
            br; (ui::badge(Tone::Warning, &visit.t("consent-changed")))
            " " (visit.t_args("consent-was", &[("was", was.into())]))
        }
    };
    let line = |(label, value): &(String, String)| {
        let is_same = was(label) == Some(value);
        let before = was(label).cloned().unwrap_or_else(|| visit.t("consent-was-none"));
        (label.clone(), html! { strong { (value) } @if !is_same { (mark(before)) } })
    };
    let gone = old.iter().filter(|(label, _)| new.iter().all(|(known, _)| known != label));
    let ended = |(label, was): &(String, String)| {
        (label.clone(), html! { strong { (visit.t("consent-gone")) } (mark(was.clone())) })
    };
    new.iter().map(line).chain(gone.map(ended)).collect()
}

/// What a wallet may do.
pub(crate) fn actions(visit: &Visit, actions: &[Action]) -> Markup {
    html! {
        @for action in actions {
            div { (visit.t(match action {
                Action::Debit => "action-debit",
                Action::Credit => "action-credit",
            })) }
        }
    }
}

/// How a wallet came to know its customer.
pub(crate) fn binding(visit: &Visit, method: BindingMethod) -> String {
    visit.t(match method {
        BindingMethod::Jpki => "binding-jpki",
        BindingMethod::SelfDeclared => "binding-self-declared",
    })
}

/// What stood on a page, as text, to be kept with the answer to it.
pub(crate) fn shown(visit: &Visit, pairs: &[(String, Markup)]) -> Shown {
    let line = |(name, value): &(String, Markup)| (name.clone(), ui::plain_text(value));
    Shown { lang: visit.lang().tag().to_owned(), lines: pairs.iter().map(line).collect() }
}

/// `path` with the authorization in progress, if there is one. The id is no secret: only the
/// browser that the request belongs to can use it.
pub(crate) fn with_request(path: &str, request: Option<ParId>) -> String {
    match request {
        Some(request) if path.contains('?') => format!("{path}&request={request}"),
        Some(request) => format!("{path}?request={request}"),
        None => path.to_owned(),
    }
}

/// The authorization in progress as a field of a form.
pub(crate) fn request_field(request: Option<ParId>) -> Markup {
    html! { @if let Some(request) = request { (ui::hidden("request", &request.to_string())) } }
}

/// A message above a form that was not accepted.
pub(crate) fn again(visit: &Visit, is_again: bool) -> Markup {
    html! {
        @if is_again {
            (ui::notice(Tone::Error, &visit.t("again-title"), html! { p { (visit.t("again-body")) } }))
        }
    }
}
