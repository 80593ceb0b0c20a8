//! Orders: the same answer for the same id, for ever.

use std::sync::Arc;

use http::StatusCode;
use kanuki_ledger::{EmbeddedEngine, LedgerEngine};
use serde_json::{Value, json};

use crate::support::{CoreClient, Ticking, order};

/// 佐藤 健 at bank two, who starts with ¥186,300.
const KEN: (&str, &str) = ("007", "9200018");

fn refused(reason: &str) -> Value {
    json!({ "state": "refused", "reason": reason })
}

#[tokio::test]
async fn repeated_orders_move_money_once() {
    let core = CoreClient::of("9902").await;

    for _ in 0..3 {
        let answer = core.order("/core/reserve", order("d1", KEN, "6300")).await;
        assert_eq!(answer, json!({ "state": "reserved" }));
    }
    assert_eq!(core.standing("200001").await.0, "180000");
    for _ in 0..3 {
        let answer = core.order("/core/confirm", json!({ "id": "d1" })).await;
        assert_eq!(answer, json!({ "state": "confirmed" }));
    }
    let again = core.order("/core/reserve", order("d1", KEN, "6300")).await;
    assert_eq!(again, json!({ "state": "reserved" }), "the first answer, for ever");
    for _ in 0..3 {
        let answer = core.order("/core/credit", order("c1", KEN, "300")).await;
        assert_eq!(answer, json!({ "state": "booked" }));
    }

    assert_eq!(core.standing("200001").await.0, "180300");
    assert_eq!(core.get("/core/entries/d1").await.1, json!({ "state": "confirmed" }));
    assert_eq!(core.get("/core/entries/c1").await.1, json!({ "state": "booked" }));
    assert_eq!(core.get("/core/entries/none").await.1, json!({ "state": "absent" }));
}

#[tokio::test]
async fn confirm_and_cancel_exclude_each_other() {
    let core = CoreClient::of("9902").await;
    for id in ["a", "b"] {
        core.order("/core/reserve", order(id, KEN, "1000")).await;
    }

    let cancelled = core.order("/core/cancel", json!({ "id": "a" })).await;
    let confirm_after_cancel = core.order("/core/confirm", json!({ "id": "a" })).await;
    let confirmed = core.order("/core/confirm", json!({ "id": "b" })).await;
    let cancel_after_confirm = core.order("/core/cancel", json!({ "id": "b" })).await;

    assert_eq!(
        [cancelled, confirm_after_cancel],
        [json!({ "state": "cancelled" }), json!({ "state": "cancelled" })]
    );
    assert_eq!(
        [confirmed, cancel_after_confirm],
        [json!({ "state": "confirmed" }), json!({ "state": "confirmed" })]
    );
    assert_eq!(core.standing("200001").await.0, "185300");
}

#[tokio::test]
async fn an_id_means_one_order() {
    let core = CoreClient::of("9902").await;
    core.order("/core/reserve", order("d1", KEN, "1000")).await;
    core.order("/core/credit", order("c1", KEN, "1000")).await;

    for (path, body) in [
        ("/core/reserve", order("d1", KEN, "1001")),
        ("/core/reserve", order("d1", ("007", "9999999"), "1000")),
        ("/core/credit", order("c1", KEN, "999")),
    ] {
        assert_eq!(core.order(path, body).await, refused("different_request"));
    }
    assert_eq!(core.standing("200001").await.0, "186300");
}

#[tokio::test]
async fn a_refused_order_stays_refused_when_money_arrives() {
    let core = CoreClient::of("9902").await;
    let too_much = || order("d1", KEN, "186301");

    assert_eq!(core.order("/core/reserve", too_much()).await, refused("not_enough_money"));
    core.order("/core/credit", order("c1", KEN, "500000")).await;

    assert_eq!(core.order("/core/reserve", too_much()).await, refused("not_enough_money"));
    assert_eq!(core.get("/core/entries/d1").await.1, json!({ "state": "refused" }));
    let confirmed = core.order("/core/confirm", json!({ "id": "d1" })).await;
    assert_eq!(confirmed, json!({ "state": "refused" }));
    assert_eq!(
        core.order("/core/reserve", order("d2", ("001", "9999999"), "1")).await,
        refused("no_such_account")
    );
}

#[tokio::test]
async fn an_order_that_arrives_after_its_cancel_holds_nothing() {
    let core = CoreClient::of("9902").await;

    assert_eq!(
        core.order("/core/confirm", json!({ "id": "d1" })).await,
        json!({ "state": "unknown_id" })
    );
    for _ in 0..2 {
        let answer = core.order("/core/cancel", json!({ "id": "d1" })).await;
        assert_eq!(answer, json!({ "state": "cancelled" }));
    }
    let late = core.order("/core/reserve", order("d1", KEN, "1000")).await;

    assert_eq!(late, refused("different_request"));
    assert_eq!(core.standing("200001").await.0, "186300");
}

#[tokio::test]
async fn a_credit_that_arrives_after_its_cancel_pays_nobody() {
    let core = CoreClient::of("9902").await;

    for _ in 0..2 {
        let answer = core.order("/core/credit/cancel", json!({ "id": "c1" })).await;
        assert_eq!(answer, json!({ "state": "cancelled" }));
    }
    for _ in 0..2 {
        let late = core.order("/core/credit", order("c1", KEN, "1000")).await;
        assert_eq!(late, refused("different_request"));
    }
    core.order("/core/credit", order("c2", KEN, "1000")).await;
    let booked = core.order("/core/credit/cancel", json!({ "id": "c2" })).await;

    assert_eq!(booked, json!({ "state": "booked" }), "what was paid in stays");
    assert_eq!(core.standing("200001").await.0, "187300");
    assert_eq!(core.get("/core/entries/c1").await.1, json!({ "state": "cancelled" }));
}

#[tokio::test]
async fn of_a_credit_and_its_cancel_at_the_same_moment_one_is_first() {
    let core = Arc::new(CoreClient::of("9902").await);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..40 {
        let core = Arc::clone(&core);
        tasks.spawn(async move {
            let id = format!("c{n}");
            let (paid, withdrawn) = tokio::join!(
                core.order("/core/credit", order(&id, KEN, "100")),
                core.order("/core/credit/cancel", json!({ "id": id })),
            );
            let is_paid = paid == json!({ "state": "booked" });
            let word = if is_paid { "booked" } else { "cancelled" };
            assert_eq!(withdrawn, json!({ "state": word }));
            u64::from(is_paid)
        });
    }
    let paid: u64 = tasks.join_all().await.into_iter().sum();
    assert_eq!(core.standing("200001").await.0, (186_300 + 100 * paid).to_string());
}

#[tokio::test]
async fn a_lost_answer_is_found_again_by_asking() {
    let core = CoreClient::of("9902").await;
    let lost = (StatusCode::GATEWAY_TIMEOUT, json!({ "code": "no_answer" }));

    core.faults.lose_before(1);
    assert_eq!(core.post("/core/reserve", order("before", KEN, "1000")).await, lost);
    core.faults.lose_after(1);
    assert_eq!(core.post("/core/reserve", order("after", KEN, "1000")).await, lost);

    assert_eq!(core.get("/core/entries/before").await.1, json!({ "state": "absent" }));
    assert_eq!(core.get("/core/entries/after").await.1, json!({ "state": "reserved" }));
    core.faults.close();
    let (status, body) = core.post("/core/confirm", json!({ "id": "after" })).await;
    assert_eq!(
        (status, body),
        (StatusCode::SERVICE_UNAVAILABLE, json!({ "code": "out_of_hours" }))
    );
    core.faults.open();
    let confirmed = core.order("/core/confirm", json!({ "id": "after" })).await;
    assert_eq!(confirmed, json!({ "state": "confirmed" }));
    assert_eq!(core.standing("200001").await.0, "185300");
}

#[tokio::test]
async fn orders_at_the_same_moment_never_take_more_than_there_is() {
    let core = Arc::new(CoreClient::of("9902").await);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..50 {
        let core = Arc::clone(&core);
        tasks.spawn(async move {
            core.order("/core/reserve", order(&format!("d{n}"), KEN, "10000")).await
        });
    }

    let answers = tasks.join_all().await;

    let reserved = answers.iter().filter(|a| **a == json!({ "state": "reserved" })).count();
    assert_eq!(reserved, 18);
    assert_eq!(core.standing("200001").await.0, "6300");
}

#[tokio::test]
async fn a_restart_keeps_the_books_and_opens_them_once() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Ticking::start();
    {
        let ledger: Arc<dyn LedgerEngine> = Arc::new(EmbeddedEngine::open(dir.path()).unwrap().0);
        let core = CoreClient::on("9902", ledger, clock.clone()).await;
        core.order("/core/reserve", order("d1", KEN, "6300")).await;
    }

    let ledger: Arc<dyn LedgerEngine> = Arc::new(EmbeddedEngine::open(dir.path()).unwrap().0);
    let core = CoreClient::on("9902", ledger, clock).await;

    assert_eq!(core.standing("200001").await.0, "180000");
    let again = core.order("/core/reserve", order("d1", KEN, "6300")).await;
    assert_eq!(again, json!({ "state": "reserved" }));
}

#[tokio::test]
async fn nobody_is_served_without_the_secret() {
    let core = CoreClient::of("9902").await;

    for secret in ["", "wrong", "between the bank and its cor"] {
        let (status, _) = core.post_as(secret, "/core/reserve", order("d1", KEN, "1000")).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{secret}");
    }
    assert_eq!(core.get("/core/entries/d1").await.1, json!({ "state": "absent" }));
}

#[tokio::test]
async fn bad_orders_are_the_callers_fault() {
    let core = CoreClient::of("9902").await;
    let with = |field: &str, value: Value| {
        let mut body = order("d1", KEN, "1000");
        body[field] = value;
        body
    };

    for body in [
        with("id", json!("")),
        with("id", json!("a b")),
        with("id", json!("x".repeat(81))),
        with("amount", json!("0")),
        with("amount", json!("-1")),
        with("amount", json!(1000)),
        with("amount", json!("1e3")),
        with("number", json!("920001x")),
        with("unknown", json!(true)),
        json!([]),
    ] {
        let (status, _) = core.post("/core/reserve", body.clone()).await;
        assert!(status.is_client_error(), "{body}: {status}");
    }
    assert_eq!(core.standing("200001").await.0, "186300");
}

#[tokio::test]
async fn what_the_bank_does_not_hold_is_null() {
    let core = CoreClient::of("9903").await;

    let (_, account) = core.get("/core/accounts/215/9300014").await;
    let (_, customer) = core.get("/core/customers/300001").await;

    assert_eq!(account["customer_no"], "300001");
    assert_eq!(
        account["account"],
        json!({ "branch": "215", "number": "9300014", "kind": "ordinary" })
    );
    assert_eq!(customer["name"], Value::Null);
    assert_eq!(customer["kana"], "マリア サントス");
    assert_eq!(customer["born_on"], "1994-08-30");
    assert_eq!(core.get("/core/accounts/215/9300022").await.0, StatusCode::NOT_FOUND);
    assert_eq!(core.get("/core/customers/300009").await.0, StatusCode::NOT_FOUND);
}
