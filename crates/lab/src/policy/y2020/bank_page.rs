//! The bank's page of 2020: who knows number and PIN is taken for the holder.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Query, State},
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use bytes::Bytes;
use http::{Request, StatusCode, header};
use jiff::civil::Date;
use kanuki_bank::{Bank, BankError};
use kanuki_domain::{Ctx, Masked, bank_account::AccountNumber, id::CeremonyId, mandate::Route};
use kanuki_record::Unit;
use kanuki_site::{
    Answer, Lang, PageMeta, Problem, Transport, Visit,
    courier::{Channel, Courier, Letter},
    csrf::CsrfForm,
};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

use super::{BANK_CODE, BANK_LINK};
use crate::policy::Halt;

/// One bank's page and what it asks for.
#[derive(Clone)]
pub(crate) struct PinDesk {
    pub(crate) bank: Bank,
    pub(crate) net: Arc<dyn Transport>,
    /// Where its core is.
    pub(crate) core_url: String,
    pub(crate) core_secret: Masked<String>,
    /// Whether it asks for the birth date as well.
    pub(crate) asks_birth_date: bool,
    /// Whether it calls a code to the number on file, and by whom.
    pub(crate) calls: Option<Arc<dyn Courier>>,
    pub(crate) halt: Halt,
}

/// The page, to be merged with the bank's own routes.
pub(crate) fn bank_routes(desk: PinDesk) -> Router {
    Router::new()
        .route(BANK_LINK, get(show).post(submit))
        .route(BANK_CODE, axum::routing::post(type_code))
        .with_state(desk)
}

#[derive(Clone, Serialize, Deserialize)]
struct Asked {
    client_id: String,
    request_uri: String,
}

#[derive(Deserialize)]
struct Typed {
    client_id: String,
    request_uri: String,
    branch: String,
    number: String,
    pin: String,
    born_on: Option<Date>,
}

async fn show(visit: Visit, State(desk): State<PinDesk>, Query(asked): Query<Asked>) -> Answer {
    Ok(page(&visit, &desk, &asked).into_response())
}

async fn submit(
    visit: Visit,
    State(desk): State<PinDesk>,
    CsrfForm(typed): CsrfForm<Typed>,
) -> Answer {
    if visit.now() >= desk.halt.at {
        return Err(Problem::unavailable());
    }
    let asked =
        Asked { client_id: typed.client_id.clone(), request_uri: typed.request_uri.clone() };
    let account = AccountNumber::parse(&typed.branch, &typed.number);
    let account = account.map_err(|_| Problem::unprocessable("account"))?;
    if !desk.is_right(&account, &typed).await? {
        let again = page(&visit, &desk, &asked);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response());
    }
    if let Some(courier) = &desk.calls {
        return desk.call(&visit, courier, (asked, account)).await;
    }
    desk.send_back(&visit, &asked, &account).await
}

const PURPOSE: &str = "call-2020";

/// What waits for the code that was called.
#[derive(Serialize, Deserialize)]
struct Called {
    asked: Asked,
    account: AccountNumber,
    code: String,
}

#[derive(Deserialize)]
struct CodeForm {
    ceremony: CeremonyId,
    code: String,
}

/// One try for each call.
async fn type_code(
    visit: Visit,
    State(desk): State<PinDesk>,
    CsrfForm(form): CsrfForm<CodeForm>,
) -> Answer {
    let (ctx, device) = (visit.ctx(), visit.device_hash());
    let ceremony = visit.site.ceremonies.take(&ctx, form.ceremony, PURPOSE, &device).await?;
    let called: Called = ceremony.state()?;
    if called.code != form.code {
        return Err(Problem::unprocessable("code"));
    }
    desk.send_back(&visit, &called.asked, &called.account).await
}

fn page(visit: &Visit, desk: &PinDesk, asked: &Asked) -> Markup {
    let body = html! {
        form method="post" action=(BANK_LINK) {
            (visit.csrf_field())
            input type="hidden" name="client_id" value=(asked.client_id);
            input type="hidden" name="request_uri" value=(asked.request_uri);
            input name="branch";
            input name="number";
            input name="pin";
            @if desk.asks_birth_date { input name="born_on" type="date"; }
            button type="submit" { "OK" }
        }
    };
    visit.page(&PageMeta::new(desk.bank.config.name.clone()), body)
}

#[derive(Serialize)]
struct PinQuestion<'a> {
    branch: &'a str,
    number: &'a str,
    pin: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    born_on: Option<Date>,
}

#[derive(Deserialize)]
struct PinAnswer {
    ok: bool,
}

impl PinDesk {
    /// A voice at the number on file says six digits, which the page asks for.
    async fn call(
        &self,
        visit: &Visit,
        courier: &Arc<dyn Courier>,
        (asked, account): (Asked, AccountNumber),
    ) -> Answer {
        let ctx = visit.ctx();
        let found = self.bank.core.find_by_account(&account).await;
        let holder = found.ok().flatten().ok_or_else(|| Problem::bad_request("account"))?;
        let phone = holder.phone.ok_or_else(|| Problem::bad_request("phone"))?;
        let number = u32::from_be_bytes(ctx.random()).checked_rem(1_000_000).unwrap_or(0);
        let code = format!("{number:06}");
        let called = Called { asked, account, code: code.clone() };
        let ceremonies = &visit.site.ceremonies;
        let ceremony = ceremonies.open(&ctx, PURPOSE, &visit.device_hash(), &called).await?;
        let letter = Letter {
            id: String::new(),
            channel: Channel::Sms,
            to: phone.expose().clone(),
            person: String::new(),
            lang: Lang::Ja,
            subject: "call".to_owned(),
            body: code,
        };
        courier.deliver(letter).await.map_err(|_| Problem::unavailable())?;
        let body = html! {
            form method="post" action=(BANK_CODE) {
                (visit.csrf_field())
                input type="hidden" name="ceremony" value=(ceremony);
                input name="code";
                button type="submit" { "OK" }
            }
        };
        Ok(visit.page(&PageMeta::new(self.bank.config.name.clone()), body).into_response())
    }

    /// Grants, and sends the browser back to the wallet.
    async fn send_back(
        &self,
        visit: &Visit,
        asked: &Asked,
        account: &AccountNumber,
    ) -> Result<Response, Problem> {
        let callback = self.grant(visit, asked, account).await;
        let callback = callback.map_err(|_| Problem::bad_request("request"))?;
        Ok(Redirect::to(&callback).into_response())
    }

    /// Asks the core, as a teller machine does.
    async fn is_right(&self, account: &AccountNumber, typed: &Typed) -> Result<bool, Problem> {
        let question = PinQuestion {
            branch: account.branch(),
            number: account.number(),
            pin: &typed.pin,
            born_on: typed.born_on.filter(|_| self.asks_birth_date),
        };
        if self.asks_birth_date && question.born_on.is_none() {
            return Ok(false);
        }
        let body = serde_json::to_vec(&question).map_err(|_| Problem::internal())?;
        let request = Request::post(format!("{}/core/pin", self.core_url))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.core_secret.expose()))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body))
            .map_err(|_| Problem::internal())?;
        let answer = self.net.call(request).await.map_err(|_| Problem::unavailable())?;
        let answer: PinAnswer =
            serde_json::from_slice(answer.body()).map_err(|_| Problem::unavailable())?;
        Ok(answer.ok)
    }

    async fn grant(
        &self,
        visit: &Visit,
        asked: &Asked,
        account: &AccountNumber,
    ) -> Result<String, BankError> {
        let asked = (asked.client_id.as_str(), asked.request_uri.as_str());
        grant_unsigned(&self.bank, &visit.ctx(), asked, (&visit.device_hash(), account)).await
    }
}

/// Makes the mandate that nobody signed; where the browser goes with its code.
pub(crate) async fn grant_unsigned(
    bank: &Bank,
    ctx: &Ctx<'_>,
    (client_id, request_uri): (&str, &str),
    (browser, account): (&str, &AccountNumber),
) -> Result<String, BankError> {
    let par_id = bank.visit(ctx, client_id, request_uri, browser).await?;
    let core = bank.core.find_by_account(account).await?;
    let known = bank.meet_holder(ctx, core.ok_or(BankError::NotAvailable)?).await?;
    let number = bank.vault.seal(ctx, &known.key, "mandate|account", account)?;
    let mut pushed = bank.visiting(ctx, par_id, browser).await?;
    pushed.edit().holder = Some((known.holder.holder_id, Route::Passkey));
    pushed.edit().chosen =
        Some(kanuki_bank::link::AccountChoice { account: number, mask: account.mask() });
    let mut unit = Unit::new();
    unit.update(&pushed);
    bank.book.commit(unit).await?;
    bank.danger_grant_unproven(ctx, par_id, browser).await
}
