//! The core over HTTP: JSON, amounts as strings of digits, one secret.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Request, State, rejection::JsonRejection},
    http::{HeaderValue, StatusCode, header::AUTHORIZATION},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiff::civil::Date;
use kanuki_domain::{Masked, Yen, bank_account::AccountNumber};
use serde::Deserialize;
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;

use super::{
    ContractOrder, ContractVerb, Core, CoreCustomer, CoreError, Credit, Direction, EntryState,
    OrderId, Reserve, Teller, contact::ContactKind, faults::Fault,
};

/// The core's endpoints, below `/core`. Every request needs `authorization: Bearer <secret>`.
///
/// Orders (reserve, confirm, cancel, credit, its cancel, teller) meet the faults of [`super::CoreFaults`]: a
/// lost answer is a 504 that says nothing about what was done, out of hours is a 503 that did nothing.
pub fn router(core: Arc<Core>) -> Router {
    let orders = Router::new()
        .route("/core/reserve", post(reserve))
        .route("/core/confirm", post(confirm))
        .route("/core/cancel", post(cancel))
        .route("/core/credit", post(credit))
        .route("/core/credit/cancel", post(cancel_credit))
        .route("/core/teller", post(teller))
        .route("/core/contracts/{verb}", post(order_contract))
        .route("/core/contacts", post(contacts))
        .layer(middleware::from_fn_with_state(Arc::clone(&core), suffer));
    Router::new()
        .route("/core/accounts/{branch}/{number}", get(account))
        .route("/core/accounts/{branch}/{number}/statement", get(statement))
        .route("/core/customers/{no}", get(customer))
        .route("/core/entries/{id}", get(entry))
        .route("/core/pin", post(pin))
        .merge(orders)
        .layer(middleware::from_fn_with_state(Arc::clone(&core), authenticate))
        .with_state(core)
}

/// A refusal to answer, as `{"code": …}`.
struct Fail(StatusCode, &'static str);

impl IntoResponse for Fail {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "code": self.1 }))).into_response()
    }
}

impl From<CoreError> for Fail {
    fn from(error: CoreError) -> Self {
        match error {
            CoreError::NotAnId => Self(StatusCode::BAD_REQUEST, "not_an_id"),
            CoreError::NoAmount => Self(StatusCode::BAD_REQUEST, "no_amount"),
            CoreError::NotAnAccount => Self(StatusCode::BAD_REQUEST, "not_an_account"),
            CoreError::Ledger(_) => Self(StatusCode::SERVICE_UNAVAILABLE, "no_answer"),
            CoreError::Books(source) => {
                tracing::error!(error = %source, "the core's books refuse an order");
                Self(StatusCode::INTERNAL_SERVER_ERROR, "books")
            }
        }
    }
}

impl From<JsonRejection> for Fail {
    fn from(rejection: JsonRejection) -> Self {
        Self(rejection.status(), "bad_request")
    }
}

const NOT_FOUND: Fail = Fail(StatusCode::NOT_FOUND, "not_found");

type Body<T> = Result<Json<T>, JsonRejection>;
type Answer = Result<Json<Value>, Fail>;

async fn authenticate(State(core): State<Arc<Core>>, request: Request, next: Next) -> Response {
    let given = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
    let token = given.and_then(|value| value.strip_prefix(b"Bearer ")).unwrap_or_default();
    let secret = core.secret.expose().as_bytes();
    if secret.is_empty() || !bool::from(token.ct_eq(secret)) {
        return Fail(StatusCode::UNAUTHORIZED, "unauthorized").into_response();
    }
    next.run(request).await
}

async fn suffer(State(core): State<Arc<Core>>, request: Request, next: Next) -> Response {
    let lost = Fail(StatusCode::GATEWAY_TIMEOUT, "no_answer");
    match core.faults.next() {
        Fault::None => next.run(request).await,
        Fault::LoseBefore => lost.into_response(),
        Fault::LoseAfter => {
            let _lost_answer = next.run(request).await;
            lost.into_response()
        }
        Fault::Closed => Fail(StatusCode::SERVICE_UNAVAILABLE, "out_of_hours").into_response(),
    }
}

fn place(branch: &str, number: &str) -> Result<AccountNumber, Fail> {
    AccountNumber::parse(branch, number).map_err(|_| CoreError::NotAnAccount.into())
}

async fn account(
    State(core): State<Arc<Core>>,
    Path((branch, number)): Path<(String, String)>,
) -> Answer {
    let at = place(&branch, &number)?;
    let (customer, account) = core.account(&at).ok_or(NOT_FOUND)?;
    Ok(Json(json!({
        "customer_no": customer.customer_no,
        "account": {
            "branch": account.number.branch(),
            "number": account.number.number(),
            "kind": "ordinary",
        },
    })))
}

/// A field that the bank does not hold is `null`.
fn held(text: &Masked<String>) -> Option<&str> {
    Some(text.expose().as_str()).filter(|text| !text.is_empty())
}

async fn customer(State(core): State<Arc<Core>>, Path(no): Path<String>) -> Answer {
    let customer = core.customer(&no).ok_or(NOT_FOUND)?;
    let mut accounts = Vec::with_capacity(customer.accounts.len());
    for account in customer.accounts.iter().filter(|account| !account.closed) {
        let standing = core.standing(account).await?;
        accounts.push(json!({
            "branch": account.number.branch(),
            "number": account.number.number(),
            "kind": "ordinary",
            "available": standing.available(),
            "overdraft_room": standing.overdraft_room(),
        }));
    }
    let CoreCustomer { customer_no, name, kana, born_on, address, .. } = customer;
    let (phone, phone_since) = core.contact_now(customer, ContactKind::Phone);
    let (email, email_since) = core.contact_now(customer, ContactKind::Email);
    Ok(Json(json!({
        "customer_no": customer_no,
        "name": held(name),
        "kana": held(kana),
        "born_on": born_on,
        "address": held(address),
        "phone": held(&phone),
        "email": held(&email),
        "phone_since": phone_since,
        "email_since": email_since,
        "address_since": customer.on_file_since,
        "online_banking": customer.online_banking,
        "accounts": accounts,
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContactBody {
    id: String,
    customer_no: String,
    contact: ContactKind,
    to: Masked<String>,
}

async fn contacts(State(core): State<Arc<Core>>, body: Body<ContactBody>) -> Answer {
    let Json(body) = body?;
    let to = (body.contact, body.to.expose().as_str());
    let state = if core.change_contact(&body.id, &body.customer_no, to) {
        json!({ "state": "changed" })
    } else {
        json!({ "state": "refused", "reason": "not_a_customer" })
    };
    Ok(Json(state))
}

async fn statement(
    State(core): State<Arc<Core>>,
    Path((branch, number)): Path<(String, String)>,
) -> Answer {
    let at = place(&branch, &number)?;
    let lines = core.statement(&at).await?.ok_or(NOT_FOUND)?;
    Ok(Json(json!({ "lines": lines })))
}

async fn entry(State(core): State<Arc<Core>>, Path(id): Path<String>) -> Answer {
    let state = core.find(&OrderId::parse(&id)?).await?;
    Ok(Json(json!({ "state": state })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReserveBody {
    id: String,
    branch: String,
    number: String,
    amount: Yen,
    #[serde(default)]
    allow_overdraft: bool,
    text: Option<String>,
}

async fn reserve(State(core): State<Arc<Core>>, body: Body<ReserveBody>) -> Result<Response, Fail> {
    let Json(body) = body?;
    let request = Reserve {
        id: OrderId::parse(&body.id)?,
        at: place(&body.branch, &body.number)?,
        amount: body.amount,
        allow_overdraft: body.allow_overdraft,
        text: body.text,
    };
    Ok(Json(core.reserve(&request).await?).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdBody {
    id: String,
}

/// A settled order's state; what was never seen is `unknown_id`.
fn settled(state: EntryState) -> Json<Value> {
    match state {
        EntryState::Absent => Json(json!({ "state": "unknown_id" })),
        EntryState::Reserved
        | EntryState::Confirmed
        | EntryState::Cancelled
        | EntryState::Refused
        | EntryState::Booked => Json(json!({ "state": state })),
    }
}

async fn confirm(State(core): State<Arc<Core>>, body: Body<IdBody>) -> Answer {
    let Json(body) = body?;
    Ok(settled(core.confirm(&OrderId::parse(&body.id)?).await?))
}

async fn cancel(State(core): State<Arc<Core>>, body: Body<IdBody>) -> Answer {
    let Json(body) = body?;
    Ok(settled(core.cancel(&OrderId::parse(&body.id)?).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreditBody {
    id: String,
    branch: String,
    number: String,
    amount: Yen,
    text: Option<String>,
}

async fn credit(State(core): State<Arc<Core>>, body: Body<CreditBody>) -> Result<Response, Fail> {
    let Json(body) = body?;
    let request = Credit {
        id: OrderId::parse(&body.id)?,
        at: place(&body.branch, &body.number)?,
        amount: body.amount,
        text: body.text,
    };
    Ok(Json(core.credit(&request).await?).into_response())
}

async fn cancel_credit(State(core): State<Arc<Core>>, body: Body<IdBody>) -> Answer {
    let Json(body) = body?;
    Ok(settled(core.cancel_credit(&OrderId::parse(&body.id)?).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TellerBody {
    #[serde(default)]
    id: Option<String>,
    branch: String,
    number: String,
    amount: Yen,
    direction: Direction,
}

async fn teller(State(core): State<Arc<Core>>, body: Body<TellerBody>) -> Result<Response, Fail> {
    let Json(body) = body?;
    let request = Teller {
        id: body.id.as_deref().map(OrderId::parse).transpose()?,
        at: place(&body.branch, &body.number)?,
        amount: body.amount,
        direction: body.direction,
    };
    Ok(Json(core.teller(&request).await?).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContractBody {
    id: String,
    /// A core that keeps the contracts themselves heeds no order older than its last.
    #[serde(rename = "order")]
    _order: u32,
    kind: String,
    collector_code: String,
    contract_no: Masked<String>,
    branch: String,
    number: String,
    account_type: String,
}

async fn order_contract(
    State(core): State<Arc<Core>>,
    Path(verb): Path<String>,
    body: Body<ContractBody>,
) -> Result<Response, Fail> {
    let verb = match verb.as_str() {
        "stop" => ContractVerb::Stop,
        "hold" => ContractVerb::Hold,
        "resume" => ContractVerb::Resume,
        _ => return Ok(StatusCode::NOT_FOUND.into_response()),
    };
    let Json(body) = body?;
    let about = [&body.collector_code, body.contract_no.expose(), &body.account_type];
    let request = ContractOrder {
        id: OrderId::parse(&body.id)?,
        verb,
        at: place(&body.branch, &body.number)?,
        is_wallets: body.kind == "web-kofuri",
        about: about.map(String::as_str).join("|"),
    };
    Ok(Json(core.order_contract(&request).await?).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PinBody {
    branch: String,
    number: String,
    pin: String,
    #[serde(default)]
    born_on: Option<Date>,
}

async fn pin(State(core): State<Arc<Core>>, body: Body<PinBody>) -> Answer {
    let Json(body) = body?;
    let at = place(&body.branch, &body.number)?;
    Ok(Json(json!({ "ok": core.check_pin(&at, &body.pin, body.born_on) })))
}
