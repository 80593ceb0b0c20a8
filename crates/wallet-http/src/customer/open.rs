//! Opening a wallet: who you are to others, where we write to, and a passkey.

use axum::{
    Router,
    extract::{Query, State},
    response::IntoResponse,
    routing::{get, post},
};
use kanuki_domain::{assurance::SignIn, id::CeremonyId};
use kanuki_site::{
    Answer, PageMeta, Problem, Visit,
    csrf::CsrfForm,
    ui::{self, Field, Kind, Look, PasskeyForm, PasskeyMode, Tone},
};
use kanuki_wallet::{
    Profile,
    customer::{Opening, SignedIn},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{confirm::back_to_form, form_error, sign_in::start_session};
use crate::{WalletState, refusal::problem};

const PURPOSE: &str = "open_wallet";

pub(super) fn routes() -> Router<WalletState> {
    Router::new().route("/open", get(show).post(start)).route("/open/finish", post(finish))
}

#[derive(Deserialize)]
pub(super) struct Way {
    pub(super) error: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ProfileForm {
    nickname: String,
    mail: String,
    phone: String,
}

impl ProfileForm {
    pub(super) fn parse(&self) -> Result<Profile, kanuki_wallet::WalletError> {
        Profile::parse(&self.nickname, &self.mail, &self.phone)
    }
}

/// The fields about a new customer, with what was wrong beside the field it is about.
pub(super) fn profile_fields(visit: &Visit, error: Option<&str>) -> Markup {
    let wrong = |name: &str| form_error(visit, error.filter(|code| *code == name));
    html! {
        (ui::field(&Field::new("nickname", visit.t("open-nickname"))
            .hint(visit.t("open-nickname.hint")).error(wrong("nickname"))
            .autocomplete("nickname").max_length(20)))
        (ui::field(&Field::new("mail", visit.t("open-mail"))
            .hint(visit.t("open-mail.hint")).error(wrong("mail"))
            .kind(Kind::Email).autocomplete("email").max_length(254)))
        (ui::field(&Field::new("phone", visit.t("open-phone"))
            .hint(visit.t("open-phone.hint")).error(wrong("phone"))
            .kind(Kind::Tel).autocomplete("tel").max_length(20)))
    }
}

async fn show(visit: Visit, Query(way): Query<Way>) -> Markup {
    let body = html! {
        (ui::heading(&visit.t("open-title"), Some(&visit.t("open-lead"))))
        (ui::card(None, ui::form("/open", visit.csrf_field(), html! {
            (profile_fields(&visit, way.error.as_deref()))
            (ui::actions(ui::button(Look::Primary, &visit.t("open-button"))))
        })))
        p { a href="/alternative/open" { (visit.t("open-alternative")) } }
    };
    visit.page(&PageMeta::new(visit.t("open-title")).back("/"), body)
}

/// Refuses a network that opens wallet after wallet.
pub(super) fn may_open(visit: &Visit) -> Result<(), Problem> {
    if visit.allow("open", 30, 3_600) { Ok(()) } else { Err(Problem::too_many()) }
}

async fn start(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<ProfileForm>,
) -> Answer {
    may_open(&visit)?;
    let profile = match form.parse() {
        Ok(profile) => profile,
        Err(error) => return back_to_form("/open", error),
    };
    let ctx = visit.ctx();
    let (options, mut opening) = state.wallet.start_opening(&ctx, profile).map_err(problem)?;
    let device = visit.device_hash();
    opening.device = Some(device.clone());
    let ceremony = visit.site.ceremonies.open(&ctx, PURPOSE, &device, &opening).await?;
    let form = PasskeyForm {
        mode: PasskeyMode::Create,
        action: "/open/finish".to_owned(),
        options,
        ceremony,
        csrf: visit.csrf_field(),
        label: visit.t("open-passkey-button"),
        body: html! {},
        alternative: Some(("/alternative/open".to_owned(), visit.t("open-alternative"))),
    };
    let body = html! {
        (ui::heading(&visit.t("open-passkey-title"), Some(&visit.t("open-passkey-lead"))))
        (ui::card(None, ui::passkey_form(&visit.words(), &form)))
        (ui::notice(Tone::Info, &visit.t("open-passkey-what"), html! {
            p { (visit.t("open-passkey-what.body")) }
        }))
    };
    let meta = PageMeta::new(visit.t("open-passkey-title")).back("/open");
    Ok(visit.page(&meta, body).into_response())
}

#[derive(Deserialize)]
struct Finish {
    ceremony: CeremonyId,
    credential: String,
}

async fn finish(
    State(state): State<WalletState>,
    visit: Visit,
    CsrfForm(form): CsrfForm<Finish>,
) -> Answer {
    let ctx = visit.ctx();
    let device = visit.device_hash();
    let taken = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &device).await?;
    let opening: Opening = taken.state()?;
    let customer_id =
        state.wallet.finish_opening(&ctx, opening, &form.credential).await.map_err(problem)?;
    start_session(&state, &visit, SignedIn { customer_id, sign_in: SignIn::Passkey }, "/?welcome=1")
        .await
}
