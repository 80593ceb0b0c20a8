//! The wallet's pages of 2020: an e-mail address opens one, whoever is behind it.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    response::{AppendHeaders, IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use http::header;
use jiff::civil::date;
use kanuki_domain::{
    Masked,
    assurance::SignIn,
    bank_account::BankCode,
    id::{CeremonyId, CustomerId},
    mandate::{Terms, later},
    person::Facts,
};
use kanuki_site::{
    Answer, Lang, PageMeta, Problem, Subject, Visit,
    courier::{Channel, Courier, Letter},
    csrf::CsrfForm,
};
use kanuki_wallet::{Customer, Profile, Wallet};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::{CHARGE_MAX, MONTH_MAX, WALLET_CODE, WALLET_LINK, WALLET_OPEN};
use crate::policy::Halt;

/// How long a link of 2020 was good for, in days.
const VALID_DAYS: i64 = 365;

/// The wallet's pages and what they need.
#[derive(Clone)]
pub(crate) struct WalletDesk {
    pub(crate) wallet: Wallet,
    pub(crate) courier: Arc<dyn Courier>,
    pub(crate) halt: Halt,
}

/// The pages, to be merged with the wallet's own routes.
pub(crate) fn wallet_routes(desk: WalletDesk) -> Router {
    Router::new()
        .route(WALLET_OPEN, get(ask_mail).post(send_code))
        .route(WALLET_CODE, post(open))
        .route(WALLET_LINK, get(ask_bank).post(link))
        .with_state(desk)
}

const PURPOSE: &str = "open-2020";

/// What waits for the mailed code.
#[derive(Serialize, Deserialize)]
struct Waiting {
    mail: String,
    kana: String,
    code: String,
}

fn bad(_: impl std::fmt::Debug) -> Problem {
    Problem::bad_request("bad_form")
}

fn page(visit: &Visit, body: Markup) -> Response {
    visit.page(&PageMeta::new("2020"), body).into_response()
}

async fn ask_mail(visit: Visit) -> Answer {
    Ok(page(
        &visit,
        html! {
            form method="post" action=(WALLET_OPEN) {
                (visit.csrf_field())
                input name="mail" type="email";
                input name="kana";
                button type="submit" { "OK" }
            }
        },
    ))
}

#[derive(Deserialize)]
struct MailForm {
    mail: String,
    kana: String,
}

/// Six digits by mail, to be typed within minutes: the only thing that was ever checked.
async fn send_code(
    visit: Visit,
    State(desk): State<WalletDesk>,
    CsrfForm(form): CsrfForm<MailForm>,
) -> Answer {
    let ctx = visit.ctx();
    let number = u32::from_be_bytes(ctx.random()).checked_rem(1_000_000).unwrap_or(0);
    let code = format!("{number:06}");
    let waiting = Waiting { mail: form.mail.clone(), kana: form.kana, code: code.clone() };
    let ceremonies = &visit.site.ceremonies;
    let ceremony = ceremonies.open(&ctx, PURPOSE, &visit.device_hash(), &waiting).await?;
    let letter = Letter {
        id: String::new(),
        channel: Channel::Mail,
        to: form.mail,
        person: String::new(),
        lang: Lang::Ja,
        subject: "code".to_owned(),
        body: code,
    };
    desk.courier.deliver(letter).await.map_err(|_| Problem::unavailable())?;
    Ok(page(
        &visit,
        html! {
            form method="post" action=(WALLET_CODE) {
                (visit.csrf_field())
                input type="hidden" name="ceremony" value=(ceremony);
                input name="code";
                button type="submit" { "OK" }
            }
        },
    ))
}

#[derive(Deserialize)]
struct CodeForm {
    ceremony: CeremonyId,
    code: String,
}

async fn open(
    visit: Visit,
    State(desk): State<WalletDesk>,
    CsrfForm(form): CsrfForm<CodeForm>,
) -> Answer {
    let (ctx, device) = (visit.ctx(), visit.device_hash());
    let ceremony = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &device).await?;
    let waiting: Waiting = ceremony.state()?;
    if waiting.code != form.code {
        return Err(Problem::unprocessable("code"));
    }
    let customer_id = match desk.find(&waiting.mail).await? {
        Some(known) => known,
        None => desk.open(&visit, &waiting).await?,
    };
    let subject = Subject::customer(customer_id);
    let sessions = &visit.site.sessions;
    let (session, cookie) = sessions.start(&ctx, subject, SignIn::Alternative, &device).await?;
    // The mailed code was all the proof there was, and it counted for everything.
    sessions.prove(&ctx, session.session_id).await?;
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Redirect::to("/")).into_response())
}

impl WalletDesk {
    async fn find(&self, mail: &str) -> Result<Option<CustomerId>, Problem> {
        let folded = mail.trim().to_lowercase();
        let hash = self.wallet.vault.blind("mail", folded.as_bytes());
        let found = self.wallet.book.list::<Customer>("mail_hash", &hash).await?;
        Ok(found.first().map(|customer| customer.customer_id))
    }

    async fn open(&self, visit: &Visit, waiting: &Waiting) -> Result<CustomerId, Problem> {
        let profile = Profile::parse("2020", &waiting.mail, "09000000000").map_err(bad)?;
        let claimed = Facts {
            name: Masked::new(waiting.kana.clone()),
            declared_kana: Masked::new(waiting.kana.clone()),
            born_on: Masked::new(date(1980, 1, 1)),
            address: Masked::new(String::new()),
            phone: Masked::new(String::new()),
        };
        let opened = self.wallet.danger_open_unproven(&visit.ctx(), &profile, claimed).await;
        opened.map_err(bad)
    }
}

async fn ask_bank(visit: Visit) -> Answer {
    let _customer = visit.require_customer()?;
    Ok(page(
        &visit,
        html! {
            form method="post" action=(WALLET_LINK) {
                (visit.csrf_field())
                input name="bank";
                button type="submit" { "OK" }
            }
        },
    ))
}

#[derive(Deserialize)]
struct BankForm {
    bank: BankCode,
}

async fn link(
    visit: Visit,
    State(desk): State<WalletDesk>,
    CsrfForm(form): CsrfForm<BankForm>,
) -> Answer {
    let customer_id = visit.require_customer()?;
    let ctx = visit.ctx();
    if ctx.now >= desk.halt.at {
        return Err(Problem::unavailable());
    }
    let validity = (ctx.now, later(ctx.now, VALID_DAYS.saturating_mul(86_400)));
    let terms =
        Terms { max_individual: CHARGE_MAX, ..Terms::rolling(MONTH_MAX, MONTH_MAX, validity) };
    let who = (customer_id, visit.binding());
    let there = desk
        .wallet
        .start_linking(&ctx, (who.0, &who.1), form.bank, terms, (true, None))
        .await
        .map_err(bad)?;
    Ok(Redirect::to(&there).into_response())
}
