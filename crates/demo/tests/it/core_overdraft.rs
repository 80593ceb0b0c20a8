//! 総合口座: a deposit, a loan against the time deposit, and who may reach it.

use serde_json::{Value, json};

use crate::support::{CoreClient, order};

/// 鈴木 トメ at bank one: ¥73,500 on the deposit, ¥1,000,000 in a time deposit.
const TOME: (&str, &str) = ("112", "9100037");

fn cash(amount: &str, direction: &str) -> Value {
    let (branch, number) = TOME;
    json!({ "branch": branch, "number": number, "amount": amount, "direction": direction })
}

async fn standing(core: &CoreClient) -> (String, String) {
    core.standing("100002").await
}

#[tokio::test]
async fn a_debit_never_borrows_unless_the_holder_said_so() {
    let core = CoreClient::of("9901").await;
    assert_eq!(standing(&core).await, ("73500".to_owned(), "900000".to_owned()));

    let more = core.order("/core/reserve", order("d1", TOME, "73501")).await;
    let all = core.order("/core/reserve", order("d2", TOME, "73500")).await;

    assert_eq!(more, json!({ "state": "refused", "reason": "not_enough_money" }));
    assert_eq!(all, json!({ "state": "reserved" }));
    assert_eq!(standing(&core).await, ("0".to_owned(), "900000".to_owned()));
}

#[tokio::test]
async fn an_allowed_loan_goes_up_to_nine_tenths_of_the_time_deposit() {
    let core = CoreClient::of("9901").await;
    let borrow = |id: &str, amount: &str| {
        let mut body = order(id, TOME, amount);
        body["allow_overdraft"] = json!(true);
        body
    };

    let too_much = core.order("/core/reserve", borrow("d1", "973501")).await;
    let most = core.order("/core/reserve", borrow("d2", "973500")).await;
    assert_eq!(too_much, json!({ "state": "refused", "reason": "not_enough_money" }));
    assert_eq!(most, json!({ "state": "reserved" }));
    assert_eq!(standing(&core).await, ("0".to_owned(), "0".to_owned()));

    core.order("/core/cancel", json!({ "id": "d2" })).await;
    assert_eq!(standing(&core).await, ("73500".to_owned(), "900000".to_owned()));

    core.order("/core/reserve", borrow("d3", "80000")).await;
    core.order("/core/confirm", json!({ "id": "d3" })).await;
    assert_eq!(standing(&core).await, ("0".to_owned(), "893500".to_owned()));
}

#[tokio::test]
async fn money_that_arrives_pays_the_loan_back_first() {
    let core = CoreClient::of("9901").await;
    let out = core.order("/core/teller", cash("85500", "out")).await;
    assert_eq!(out, json!({ "state": "booked", "balance": "-12000" }));

    let small = core.order("/core/reserve", order("d1", TOME, "1")).await;
    assert_eq!(small, json!({ "state": "refused", "reason": "not_enough_money" }));
    core.order("/core/credit", order("c1", TOME, "5000")).await;
    assert_eq!(standing(&core).await, ("0".to_owned(), "893000".to_owned()));
    let paid_in = core.order("/core/teller", cash("10000", "in")).await;

    assert_eq!(paid_in, json!({ "state": "booked", "balance": "3000" }));
    assert_eq!(standing(&core).await, ("3000".to_owned(), "900000".to_owned()));
}

#[tokio::test]
async fn the_passbook_shows_one_line_for_each_order_and_what_is_owed() {
    let core = CoreClient::of("9901").await;
    core.order("/core/teller", cash("85500", "out")).await;
    core.order("/core/reserve", order("held", TOME, "1")).await;
    core.order("/core/teller", cash("20000", "in")).await;
    core.order("/core/reserve", order("d1", TOME, "3000")).await;
    core.order("/core/confirm", json!({ "id": "d1" })).await;

    let (_, body) = core.get("/core/accounts/112/9100037/statement").await;

    let line = |line: &Value| {
        ["text", "direction", "amount", "balance"].map(|f| line[f].as_str().unwrap().to_owned())
    };
    let lines: Vec<_> = body["lines"].as_array().unwrap().iter().map(line).collect();
    assert_eq!(
        lines,
        [
            ["口座振替 カヌキペイ", "out", "3000", "5000"],
            ["現金お預入れ", "in", "20000", "8000"],
            ["現金お引出し", "out", "85500", "-12000"],
            ["繰越", "in", "73500", "73500"],
        ]
    );
}

#[tokio::test]
async fn the_passbook_says_what_the_bank_says_and_a_repeat_changes_nothing() {
    let core = CoreClient::of("9901").await;
    let saying = |id: &str, text: &str| {
        let mut body = order(id, TOME, "3000");
        body["text"] = text.into();
        body
    };
    core.order("/core/reserve", saying("d1", "ｶﾝﾇｷ")).await;
    let again = core.order("/core/reserve", saying("d1", "ﾄﾞｺﾓｺｳｻﾞ")).await;
    assert_eq!(again, json!({ "state": "reserved" }), "the same order, worded otherwise");
    core.order("/core/confirm", json!({ "id": "d1" })).await;
    core.order("/core/credit", saying("c1", "ﾍﾝｷﾝ ｶﾝﾇｷ")).await;
    core.order("/core/credit", saying("c2", "印字できない")).await;

    let (_, body) = core.get("/core/accounts/112/9100037/statement").await;

    let texts: Vec<_> =
        body["lines"].as_array().unwrap().iter().map(|l| l["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["振込 カヌキペイ", "振込 ﾍﾝｷﾝ ｶﾝﾇｷ", "口座振替 ｶﾝﾇｷ", "繰越"]);
}

#[tokio::test]
async fn cash_with_an_id_is_paid_once() {
    let core = CoreClient::of("9901").await;
    let mut body = cash("1000", "in");
    body["id"] = json!("t1");

    for _ in 0..2 {
        let answer = core.order("/core/teller", body.clone()).await;
        assert_eq!(answer, json!({ "state": "booked", "balance": "74500" }));
    }
    for balance in ["75500", "76500"] {
        let answer = core.order("/core/teller", cash("1000", "in")).await;
        assert_eq!(answer, json!({ "state": "booked", "balance": balance }));
    }
}

#[tokio::test]
async fn a_pin_is_right_with_the_right_birth_date_only_and_locks() {
    let core = CoreClient::of("9901").await;
    let ask = |pin: &str, born_on: Value| json!({ "branch": TOME.0, "number": TOME.1, "pin": pin, "born_on": born_on });
    let yes = json!({ "ok": true });
    let no = json!({ "ok": false });

    assert_eq!(core.order("/core/pin", ask("0223", Value::Null)).await, yes);
    assert_eq!(core.order("/core/pin", ask("0223", json!("1941-02-23"))).await, yes);
    for _ in 0..3 {
        assert_eq!(core.order("/core/pin", ask("0223", json!("1941-02-24"))).await, no);
    }
    assert_eq!(core.order("/core/pin", ask("0223", Value::Null)).await, no, "locked");
    let nobody = json!({ "branch": "112", "number": "9999999", "pin": "0223" });
    assert_eq!(core.order("/core/pin", nobody).await, no);
}

#[tokio::test]
async fn what_leaves_one_account_arrives_somewhere() {
    use kanuki_ledger::AccountId;
    let core = CoreClient::of("9901").await;
    core.order("/core/reserve", order("d1", TOME, "3000")).await;
    core.order("/core/confirm", json!({ "id": "d1" })).await;
    core.order("/core/credit", order("c1", ("101", "9100011"), "1000")).await;

    let clearing = AccountId::derive(&["core", "clearing"]);
    let now = "2027-01-01T00:00:00Z".parse().unwrap();
    let found = core.ledger.find_account(clearing, now).await.unwrap().unwrap();

    assert_eq!(found.credit_balance(), kanuki_domain::Yen::of(2_000));
}
