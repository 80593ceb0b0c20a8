//! The core banking system over HTTP: reserve, confirm, cancel, credit, and who owns what.
//!
//! Every order is keyed by an id and may be sent again. Anything but a clear answer (no
//! connection, a timeout, a status of 5xx or one that makes no sense, JSON that does not parse) is
//! [`CoreError::Unknown`]: the money may have moved.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use jiff::{Timestamp, civil::Date};
use kanuki_bank::{
    Booking, CancelAnswer, ContractAnswer, ContractOrder, ContractVerb, CoreAccount, CoreAnswer,
    CoreBanking, CoreCustomer, CoreError, OnFile, WithdrawAnswer,
};
use kanuki_domain::{
    Masked, Yen,
    bank_account::AccountNumber,
    id::{ContactChangeId, DebitId},
};
use kanuki_site::Transport;
use kanuki_wire::transaction::ContactKind;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// A [`CoreBanking`] behind HTTP.
pub struct CoreClient {
    transport: Arc<dyn Transport>,
    base_url: String,
    secret: Masked<String>,
}

impl fmt::Debug for CoreClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CoreClient").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Owner {
    customer_no: String,
}

#[derive(Deserialize)]
struct Customer {
    customer_no: String,
    name: Option<Masked<String>>,
    kana: Option<Masked<String>>,
    born_on: Option<Masked<Date>>,
    address: Option<Masked<String>>,
    phone: Option<Masked<String>>,
    email: Option<Masked<String>>,
    phone_since: Option<Timestamp>,
    email_since: Option<Timestamp>,
    address_since: Option<Timestamp>,
    accounts: Vec<Account>,
}

#[derive(Deserialize)]
struct Account {
    branch: String,
    number: String,
    available: Yen,
    overdraft_room: Yen,
}

#[derive(Deserialize)]
struct State {
    state: String,
    reason: Option<String>,
}

impl CoreClient {
    pub(crate) fn new(
        transport: Arc<dyn Transport>,
        base_url: String,
        secret: Masked<String>,
    ) -> Self {
        Self { transport, base_url, secret }
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Option<T>, CoreError> {
        let body = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base_url))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.secret.expose()))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)
            .map_err(|_| CoreError::Unknown)?;
        let answer = self.transport.call(request).await.map_err(|error| {
            tracing::warn!(%error, "the core system gave no answer");
            CoreError::Unknown
        })?;
        match answer.status() {
            StatusCode::OK => {
                serde_json::from_slice(answer.body()).map(Some).map_err(|_| CoreError::Unknown)
            }
            StatusCode::NOT_FOUND => Ok(None),
            status => {
                tracing::warn!(status = status.as_u16(), "the core system gave no clear answer");
                Err(CoreError::Unknown)
            }
        }
    }

    /// An order of which `done` says that it is done. Another state than that, or than a refusal, is
    /// no answer: the money may have moved.
    async fn order(&self, what: &str, body: Value, done: &[&str]) -> Result<CoreAnswer, CoreError> {
        let path = format!("/core/{what}");
        let answer: State =
            self.call(Method::POST, &path, Some(body)).await?.ok_or(CoreError::Unknown)?;
        Ok(match (answer.state.as_str(), answer.reason.as_deref()) {
            (state, _) if done.contains(&state) => CoreAnswer::Done,
            ("refused", Some("not_enough_money")) => CoreAnswer::NotEnoughMoney,
            ("refused" | "cancelled" | "unknown_id", _) => CoreAnswer::Refused,
            _ => return Err(CoreError::Unknown),
        })
    }
}

fn place(id: DebitId, account: &AccountNumber, amount: Yen, text: Option<&str>) -> Value {
    let mut body = json!({
        "id": id,
        "branch": account.branch(),
        "number": account.number(),
        "amount": amount,
    });
    // A core that prints its own words is not asked to know the member.
    if let (Value::Object(members), Some(text)) = (&mut body, text) {
        members.insert("text".to_owned(), text.into());
    }
    body
}

#[async_trait]
impl CoreBanking for CoreClient {
    async fn find_owner(&self, account: &AccountNumber) -> Result<Option<String>, CoreError> {
        let path = format!("/core/accounts/{}/{}", account.branch(), account.number());
        let owner = self.call::<Owner>(Method::GET, &path, None).await?;
        Ok(owner.map(|owner| owner.customer_no))
    }

    async fn find_customer(&self, customer_no: &str) -> Result<Option<CoreCustomer>, CoreError> {
        let path = format!("/core/customers/{customer_no}");
        let Some(found) = self.call::<Customer>(Method::GET, &path, None).await? else {
            return Ok(None);
        };
        let account = |a: Account| {
            let account =
                AccountNumber::parse(&a.branch, &a.number).map_err(|_| CoreError::Unknown)?;
            let (available, overdraft_room) = (a.available, a.overdraft_room);
            Ok(CoreAccount { account, available, overdraft_room })
        };
        Ok(Some(CoreCustomer {
            customer_no: found.customer_no,
            name: found.name,
            kana: found.kana.unwrap_or_default(),
            born_on: found.born_on,
            address: found.address,
            phone: found.phone,
            email: found.email,
            on_file: OnFile {
                phone_since: found.phone_since,
                email_since: found.email_since,
                address_since: found.address_since,
            },
            accounts: found.accounts.into_iter().map(account).collect::<Result<_, CoreError>>()?,
        }))
    }

    async fn reserve(
        &self,
        id: DebitId,
        account: &AccountNumber,
        amount: Yen,
        booking: Booking<'_>,
    ) -> Result<CoreAnswer, CoreError> {
        let mut body = place(id, account, amount, booking.text);
        if let Value::Object(members) = &mut body {
            members.insert("allow_overdraft".to_owned(), booking.allow_overdraft.into());
        }
        // One that was confirmed before was set aside before: the answer to a confirmation was lost.
        self.order("reserve", body, &["reserved", "confirmed"]).await
    }

    async fn confirm(&self, id: DebitId) -> Result<CoreAnswer, CoreError> {
        self.order("confirm", json!({ "id": id }), &["confirmed"]).await
    }

    /// A core that never saw the id must say "cancelled" and remember it: "unknown" leaves open
    /// whether the reservation is still on its way.
    async fn cancel(&self, id: DebitId) -> Result<CancelAnswer, CoreError> {
        let body = Some(json!({ "id": id }));
        let answer: State =
            self.call(Method::POST, "/core/cancel", body).await?.ok_or(CoreError::Unknown)?;
        match answer.state.as_str() {
            "cancelled" | "refused" => Ok(CancelAnswer::GivenBack),
            "confirmed" => Ok(CancelAnswer::Taken),
            _ => Err(CoreError::Unknown),
        }
    }

    async fn change_contact(
        &self,
        id: ContactChangeId,
        customer_no: &str,
        (kind, to): (ContactKind, &str),
    ) -> Result<CoreAnswer, CoreError> {
        let body = json!({ "id": id, "customer_no": customer_no, "contact": kind, "to": to });
        self.order("contacts", body, &["changed"]).await
    }

    async fn credit(
        &self,
        id: DebitId,
        account: &AccountNumber,
        amount: Yen,
        text: Option<&str>,
    ) -> Result<CoreAnswer, CoreError> {
        self.order("credit", place(id, account, amount, text), &["booked"]).await
    }

    /// A core without this way (404) promises nothing, and neither does one that does not know the id.
    async fn withdraw_credit(&self, id: DebitId) -> Result<WithdrawAnswer, CoreError> {
        let body = Some(json!({ "id": id }));
        let answer: State = self
            .call(Method::POST, "/core/credit/cancel", body)
            .await?
            .ok_or(CoreError::Unknown)?;
        match answer.state.as_str() {
            "cancelled" | "refused" => Ok(WithdrawAnswer::Withdrawn),
            "booked" => Ok(WithdrawAnswer::Booked),
            _ => Err(CoreError::Unknown),
        }
    }

    /// A core without this way (404) leaves it to people.
    async fn order_contract(&self, order: &ContractOrder) -> Result<ContractAnswer, CoreError> {
        let body = json!({
            "id": order.id,
            "order": order.number,
            "kind": order.kind.name(),
            "collector_code": order.collector_code,
            "contract_no": order.contract_no,
            "branch": order.account.branch(),
            "number": order.account.number(),
            "account_type": order.account_type,
        });
        let (path, done) = match order.verb {
            ContractVerb::Stop => ("/core/contracts/stop", "stopped"),
            ContractVerb::Hold => ("/core/contracts/hold", "held"),
            ContractVerb::Resume => ("/core/contracts/resume", "resumed"),
        };
        let answer = self.call::<State>(Method::POST, path, Some(body)).await?;
        match answer.as_ref().map(|answer| answer.state.as_str()) {
            Some(state) if state == done => Ok(ContractAnswer::Done),
            Some("by_hand") | None => Ok(ContractAnswer::ByHand),
            Some(_) => Err(CoreError::Unknown),
        }
    }
}
