//! The page before every movement of money: exactly this, and the proof over it (FT-44, FT-45).

use axum::response::{IntoResponse as _, Redirect};
use kanuki_desk::evidence::Shown;
use kanuki_domain::id::CeremonyId;
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    ui::{self, Field, Kind, Look, PasskeyForm, PasskeyMode},
};
use kanuki_wallet::{
    WalletError,
    proof::{Asked, Given},
};
use maud::{Markup, html};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::refusal::problem;

/// What is about to happen.
pub(super) struct Confirm<'a> {
    /// Keys of the catalog: `{name}-confirm-title`, `.lead`, `.button`.
    pub(super) name: &'a str,
    /// Everything that is signed, as it is signed.
    pub(super) pairs: Vec<(String, Markup)>,
    /// Anything to know before.
    pub(super) note: Option<Markup>,
    /// Where the answer goes.
    pub(super) action: &'a str,
    /// Where somebody who changed their mind goes.
    pub(super) cancel: &'a str,
    /// How it is proven.
    pub(super) asked: &'a Asked,
    /// For the passkey.
    pub(super) options: Option<String>,
}

/// How long it will be held, among what is signed: a note beside it is no promise.
pub(super) fn hold_pair(visit: &Visit, hold_secs: i64) -> Option<(String, Markup)> {
    let hours = hold_secs.saturating_add(3_599).div_euclid(3_600);
    let text = visit.t_args("confirm-hold-hours", &[("n", hours.into())]);
    (hold_secs > 0).then(|| (visit.t("confirm-hold"), html! { (text) }))
}

/// What stands on the page, as text, to be kept with the answer to it.
pub(super) fn shown(visit: &Visit, pairs: &[(String, Markup)]) -> Shown {
    let line = |(name, value): &(String, Markup)| (name.clone(), ui::plain_text(value));
    let lines = pairs.iter().map(line).collect();
    Shown { lang: visit.lang().tag().to_owned(), lines }
}

/// The answer of a confirm page: a passkey's, a code, or just the press.
#[derive(Deserialize)]
pub(super) struct Confirmed {
    pub(super) ceremony: CeremonyId,
    credential: Option<String>,
    code: Option<String>,
}

impl Confirmed {
    /// What was given as proof.
    pub(super) fn given(&self) -> Given<'_> {
        match (&self.credential, &self.code) {
            (Some(credential), _) if !credential.is_empty() => Given::Passkey(credential),
            (_, Some(code)) => Given::OneTimeCode(code),
            _ => Given::Nothing,
        }
    }
}

/// Keeps `state` for the answer and shows the page.
pub(super) async fn page(
    visit: &Visit,
    purpose: &'static str,
    state: &(impl Serialize + Sync),
    confirm: Confirm<'_>,
) -> Answer {
    let ctx = visit.ctx();
    let ceremony = visit.site.ceremonies.open(&ctx, purpose, &visit.binding(), state).await?;
    let key = format!("{}-confirm", confirm.name);
    let label = visit.t(&format!("{key}.button"));
    let form = match (confirm.asked, confirm.options) {
        (Asked::Passkey(_), Some(options)) => ui::passkey_form(
            &visit.words(),
            &PasskeyForm {
                mode: PasskeyMode::Get,
                action: confirm.action.to_owned(),
                options,
                ceremony,
                csrf: visit.csrf_field(),
                label,
                body: html! {},
                alternative: None,
            },
        ),
        (Asked::OneTimeCode, _) => {
            plain_form(visit, confirm.action, ceremony, &label, one_time_code(visit))
        }
        (Asked::Passkey(_) | Asked::Nothing, _) => {
            plain_form(visit, confirm.action, ceremony, &label, html! {})
        }
    };
    let title = visit.t(&key);
    let body = html! {
        (ui::heading(&title, Some(&visit.t(&format!("{key}.lead")))))
        (ui::card(None, html! {
            (ui::definitions(confirm.pairs))
            @if let Some(note) = confirm.note { (note) }
            (form)
            (ui::actions(ui::link_button(Look::Quiet, confirm.cancel, &visit.t("cancel"))))
        }))
    };
    Ok(visit.page(&PageMeta::new(title).back(confirm.cancel), body).into_response())
}

/// The field for a one-time code.
pub(super) fn one_time_code(visit: &Visit) -> Markup {
    let field = Field::new("code", visit.t("one-time-code"))
        .hint(visit.t("one-time-code.hint"))
        .kind(Kind::Numeric)
        .autocomplete("one-time-code")
        .max_length(6);
    ui::field(&field)
}

fn plain_form(
    visit: &Visit,
    action: &str,
    ceremony: CeremonyId,
    label: &str,
    fields: Markup,
) -> Markup {
    ui::form(
        action,
        visit.csrf_field(),
        html! {
            (ui::hidden("ceremony", &ceremony.to_string()))
            (fields)
            (ui::actions(ui::button(Look::Primary, label)))
        },
    )
}

/// What was confirmed. It stays until it runs out, so that a second click finds it again: what it
/// permits derives its id from the ceremony and can happen once.
pub(super) async fn confirmed<T: DeserializeOwned>(
    visit: &Visit,
    ceremony: CeremonyId,
    purpose: &'static str,
) -> Result<T, Problem> {
    let ctx = visit.ctx();
    let found = visit.site.ceremonies.find(&ctx, ceremony, purpose, &visit.binding()).await?;
    Ok(found.state()?)
}

/// Notes that the session's owner was there, after a passkey's proof.
pub(super) async fn note_proof(visit: &Visit, given: &Given<'_>) -> Result<(), Problem> {
    if let (Given::Passkey(_), Some(session)) = (given, &visit.session) {
        visit.site.sessions.prove(&visit.ctx(), session.session_id).await?;
    }
    Ok(())
}

/// Back to a form with the code of what was wrong, for refusals that the person can put right;
/// everything else is a problem.
pub(super) fn back_to_form(path: &str, error: WalletError) -> Answer {
    let code = match &error {
        WalletError::Amount => "amount",
        WalletError::BalanceFull => "balance_full",
        WalletError::NoConsent => "consent",
        WalletError::Profile(field) => field,
        _ => return Err(problem(error)),
    };
    let joint = if path.contains('?') { '&' } else { '?' };
    Ok(Redirect::to(&format!("{path}{joint}error={code}")).into_response())
}
