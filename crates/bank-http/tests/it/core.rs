//! The client of the core banking system: only a clear answer is an answer.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use kanuki_bank::{Booking, CancelAnswer, CoreAnswer, CoreBanking as _, CoreError, WithdrawAnswer};
use kanuki_bank_http::core_client;
use kanuki_domain::{Masked, Yen, id::DebitId};
use kanuki_site::{Transport, TransportError};

use crate::world::account;

/// Answers with one status and body, or not at all.
struct Scripted {
    answer: Option<(u16, &'static str)>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Transport for Scripted {
    async fn call(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let line = format!(
            "{} {} {} {}",
            request.method(),
            request.uri(),
            request.headers()["authorization"].to_str().unwrap(),
            String::from_utf8_lossy(request.body())
        );
        self.asked.lock().unwrap().push(line);
        let (status, body) = self.answer.ok_or(TransportError::TimedOut)?;
        Ok(Response::builder().status(status).body(Bytes::from(body)).unwrap())
    }
}

fn core(answer: Option<(u16, &'static str)>) -> (Arc<Scripted>, kanuki_bank_http::CoreClient) {
    let wire = Arc::new(Scripted { answer, asked: Mutex::default() });
    let secret = Masked::new("secret".to_owned());
    (wire.clone(), core_client(wire, "http://core.test".to_owned(), secret))
}

#[tokio::test]
async fn anything_but_a_clear_answer_is_unknown() {
    let enough = r#"{"state":"refused","reason":"not_enough_money"}"#;
    for (answer, expected) in [
        (Some((200, r#"{"state":"reserved"}"#)), Ok(CoreAnswer::Done)),
        // The answer to its confirmation was lost, and it is driven again.
        (Some((200, r#"{"state":"confirmed"}"#)), Ok(CoreAnswer::Done)),
        (Some((200, enough)), Ok(CoreAnswer::NotEnoughMoney)),
        (Some((200, r#"{"state":"refused","reason":"closed"}"#)), Ok(CoreAnswer::Refused)),
        (Some((200, r#"{"state":"thinking"}"#)), Err(CoreError::Unknown)),
        (Some((200, "<html>")), Err(CoreError::Unknown)),
        (Some((404, "")), Err(CoreError::Unknown)),
        (Some((401, "")), Err(CoreError::Unknown)),
        (Some((504, "")), Err(CoreError::Unknown)),
        (None, Err(CoreError::Unknown)),
    ] {
        let (_, core) = core(answer);
        let (id, at) = (DebitId::from_bits(1), account("9000001"));
        let got = core.reserve(id, &at, Yen::of(500), Booking::default()).await;
        assert_eq!(got, expected, "{answer:?}");
    }
}

#[tokio::test]
async fn a_state_of_another_order_is_no_answer() {
    for state in [r#"{"state":"confirmed"}"#, r#"{"state":"reserved"}"#] {
        let (_, core) = core(Some((200, state)));
        let (id, at) = (DebitId::from_bits(1), account("9000001"));
        let paid = core.credit(id, &at, Yen::of(500), None).await;
        assert_eq!(paid, Err(CoreError::Unknown), "{state}");
    }
}

/// Whoever was told that a debit is stopped must not lose money to an answer that was misread.
#[tokio::test]
async fn a_cancel_says_whether_the_money_was_taken_before() {
    for (answer, expected) in [
        (r#"{"state":"cancelled"}"#, Ok(CancelAnswer::GivenBack)),
        (r#"{"state":"refused","reason":"closed"}"#, Ok(CancelAnswer::GivenBack)),
        (r#"{"state":"confirmed"}"#, Ok(CancelAnswer::Taken)),
        (r#"{"state":"unknown_id"}"#, Err(CoreError::Unknown)),
        (r#"{"state":"reserved"}"#, Err(CoreError::Unknown)),
    ] {
        let (_, core) = core(Some((200, answer)));
        assert_eq!(core.cancel(DebitId::from_bits(1)).await, expected, "{answer}");
    }
}

/// A core that cannot promise must not be taken for one that did: the holder would be paid twice.
#[tokio::test]
async fn only_a_clear_word_withdraws_a_payment_in() {
    for (answer, expected) in [
        ((200, r#"{"state":"cancelled"}"#), Ok(WithdrawAnswer::Withdrawn)),
        ((200, r#"{"state":"refused","reason":"closed"}"#), Ok(WithdrawAnswer::Withdrawn)),
        ((200, r#"{"state":"booked"}"#), Ok(WithdrawAnswer::Booked)),
        ((200, r#"{"state":"unknown_id"}"#), Err(CoreError::Unknown)),
        ((200, r#"{"state":"confirmed"}"#), Err(CoreError::Unknown)),
        ((404, r#"{"code":"not_found"}"#), Err(CoreError::Unknown)),
        ((504, r#"{"code":"no_answer"}"#), Err(CoreError::Unknown)),
    ] {
        let (_, core) = core(Some(answer));
        assert_eq!(core.withdraw_credit(DebitId::from_bits(1)).await, expected, "{answer:?}");
    }
}

#[tokio::test]
async fn orders_carry_their_id_and_the_secret() {
    let (wire, core) = core(Some((200, r#"{"state":"confirmed"}"#)));

    core.confirm(DebitId::from_bits(1)).await.unwrap();

    let asked = wire.asked.lock().unwrap();
    let id = DebitId::from_bits(1);
    let expected = format!(r#"POST http://core.test/core/confirm Bearer secret {{"id":"{id}"}}"#);
    assert_eq!(*asked, [expected]);
}

#[tokio::test]
async fn an_unknown_account_is_no_account() {
    let (_, core) = core(Some((404, r#"{"code":"not_found"}"#)));

    assert_eq!(core.find_by_account(&account("9000009")).await, Ok(None));
}
