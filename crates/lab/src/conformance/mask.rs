//! Servers that answer otherwise than they should: what stands before a company's server in a pair
//! whose control is off.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    middleware::{Next, from_fn},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use http::{Method, StatusCode, header};
use kanuki_site::courier::Letter;

/// The largest page or form that is read here.
const BYTES_MAX: usize = 4 * 1024 * 1024;
/// What a page says when something was done.
const DONE: &str = "<h1>OK</h1><div class=\"notice success\">OK</div>";

fn is_post(request: &Request, paths: &[&str]) -> bool {
    request.method() == Method::POST && paths.contains(&request.uri().path())
}

/// The request with its body read.
pub(super) async fn read(request: Request) -> (Request, String) {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, BYTES_MAX).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    (Request::from_parts(parts, Body::from(bytes)), text)
}

/// The request with another form in it.
pub(super) fn with_form(request: Request, form: String) -> Request {
    let (mut parts, _) = request.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    Request::from_parts(parts, Body::from(form))
}

/// The answer with other words in it.
pub(super) async fn reworded(
    response: Response,
    change: impl FnOnce(String) -> String,
) -> Response {
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let bytes = to_bytes(body, BYTES_MAX).await.unwrap_or_default();
    let text = change(String::from_utf8_lossy(&bytes).into_owned());
    Response::from_parts(parts, Body::from(text))
}

/// What is for everybody stands behind the sign-in.
pub(crate) fn behind_sign_in(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| match request.uri().path() {
        "/report" | "/compensation" => Redirect::to("/sign-in").into_response(),
        _ => next.run(request).await,
    }))
}

/// Whoever presses a stop is told that it worked.
pub(crate) fn stops_nothing(server: Router) -> Router {
    const STOPS: [&str; 5] =
        ["/stop/confirm", "/stop/press", "/freeze", "/desk/gates/close", "/desk/switches/stop"];
    server.layer(from_fn(async |request: Request, next: Next| {
        if is_post(&request, &STOPS) {
            return Html(DONE).into_response();
        }
        next.run(request).await
    }))
}

/// Whoever reports is told no day by which the money is back.
pub(crate) fn promises_no_day(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        let is_report = request.uri().path().starts_with("/report");
        let answer = next.run(request).await;
        if is_report {
            reworded(answer, |page| page.replace("返金の期限", "")).await
        } else {
            answer
        }
    }))
}

/// That two people agreed to tell whom a look-back hit is taken, and nothing goes out.
pub(crate) fn tells_no_past(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        let path = request.uri().path().to_owned();
        match path.strip_suffix("/agree").filter(|look| look.starts_with("/desk/lookback/")) {
            Some(look) => Redirect::to(look).into_response(),
            None => next.run(request).await,
        }
    }))
}

/// Nobody writes a report of the month.
pub(crate) fn reports_no_month(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        if request.uri().path().starts_with("/desk/monthly") {
            return Html("<h1>Kanuki</h1>").into_response();
        }
        next.run(request).await
    }))
}

/// The schedule of what is kept says one year wherever the law says more.
pub(crate) fn keeps_one_year(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        let is_it = request.uri().path() == "/desk/retention";
        let answer = next.run(request).await;
        if is_it {
            reworded(answer, |page| page.replace("10年", "1年").replace("7年", "1年")).await
        } else {
            answer
        }
    }))
}

/// Events of the other company are taken and thrown away.
pub(crate) fn hears_nothing(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        if is_post(&request, &["/ssf/events"]) {
            return StatusCode::ACCEPTED.into_response();
        }
        next.run(request).await
    }))
}

/// Whatever is asked about is known from a fraud.
pub(crate) fn knows_everybody(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        if !is_post(&request, &["/exchange"]) {
            return next.run(request).await;
        }
        let answer = next.run(request).await;
        reworded(answer, |told| told.replace("no_match", "match")).await
    }))
}

/// Whatever answers the page to consent is a signature.
pub(crate) fn takes_any_signature(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        if is_post(&request, &["/authorize/consent"]) {
            return Html(DONE).into_response();
        }
        next.run(request).await
    }))
}

/// Whoever says that they go to the machine is taken to come from a branch.
pub(crate) fn takes_codes_for_visits(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        if !is_post(&request, &["/enrol"]) {
            return next.run(request).await;
        }
        let (request, form) = read(request).await;
        let form = form.replace("proof=atm", "proof=branch");
        next.run(with_form(request, form)).await
    }))
}

/// Lets a shopper agree to one amount and takes another.
pub(crate) fn takes_more(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        if !is_post(&request, &["/pay/confirm"]) {
            return next.run(request).await;
        }
        let (request, form) = read(request).await;
        let form = form.replace("amount=10500", "amount=19500");
        let answer = next.run(with_form(request, form)).await;
        reworded(answer, |page| page.replace("19,500", "10,500")).await
    }))
}

/// Takes whatever rules are proposed, with a record of their risks or without.
pub(crate) fn takes_bare_loosening(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        if !is_post(&request, &["/desk/risk/policy"]) {
            return next.run(request).await;
        }
        let (request, form) = read(request).await;
        if form.contains("act=propose") {
            return Redirect::to("/desk/approvals").into_response();
        }
        next.run(request).await
    }))
}

/// The desk's first page says nothing of days of review that have passed.
pub(crate) fn forgets_reviews(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        let is_desk = request.uri().path() == "/desk";
        let answer = next.run(request).await;
        if is_desk {
            reworded(answer, |page| page.replace("リスク評価の見直し", "")).await
        } else {
            answer
        }
    }))
}

/// Whatever is proposed about a partner comes with an assessment that says it was made a day later.
pub(crate) fn dates_assessments_anew(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        if !is_post(&request, &["/desk/propose"]) {
            return next.run(request).await;
        }
        let (request, form) = read(request).await;
        let mut fields: Vec<(String, String)> =
            serde_urlencoded::from_str(&form).unwrap_or_default();
        for (name, value) in &mut fields {
            let part = name.strip_prefix("agreement.assessment.").unwrap_or_default();
            let is_day = ["assessed_on", "wallet.on", "bank.on"].contains(&part);
            let day: Option<jiff::civil::Date> = value.parse().ok();
            if let Some(day) = day.filter(|_| is_day) {
                *value = day.tomorrow().unwrap_or(day).to_string();
            }
        }
        let form = serde_urlencoded::to_string(fields).unwrap_or_default();
        next.run(with_form(request, form)).await
    }))
}

/// A page that no passkey answers any more.
async fn without_passkey(response: Response) -> Response {
    reworded(response, |page| page.replace("data-passkey=\"get\"", "data-password=\"get\"")).await
}

/// Sign-in pages ask for a password where they asked for a passkey.
pub(crate) fn signs_in_by_password(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        let is_it = request.uri().path().ends_with("/sign-in");
        let answer = next.run(request).await;
        if is_it { without_passkey(answer).await } else { answer }
    }))
}

/// A payout is made with a click.
pub(crate) fn pays_out_by_click(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        let is_it = is_post(&request, &["/payout/confirm"]);
        let answer = next.run(request).await;
        if is_it { without_passkey(answer).await } else { answer }
    }))
}

/// Says which accounts it does not know.
pub(crate) fn says_who_exists(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        if !is_post(&request, &["/enrol", "/holder/look"]) {
            return next.run(request).await;
        }
        let (request, form) = read(request).await;
        if form.contains("9000001") {
            return (StatusCode::NOT_FOUND, Html("<h1>Unknown</h1>")).into_response();
        }
        next.run(request).await
    }))
}

/// The wrong code of a report that is typed.
pub(crate) const WRONG_REPORT_CODE: &str = "AAAA-AAAA-AAAA";

/// The wrong code that guessers type.
pub(crate) const WRONG_CODE: &str = "0000000000";

/// Wrong codes are shown the form again and never counted.
pub(crate) fn counts_no_guesses(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        if !is_post(&request, &["/enrol/code"]) {
            return next.run(request).await;
        }
        let (request, form) = read(request).await;
        if !form.contains(WRONG_CODE) {
            return next.run(request).await;
        }
        let query: Vec<(String, String)> = serde_urlencoded::from_str(&form).unwrap_or_default();
        let kept = query.into_iter().filter(|(name, _)| name == "enrolment" || name == "request");
        let query = serde_urlencoded::to_string(kept.collect::<Vec<_>>()).unwrap_or_default();
        Redirect::to(&format!("/enrol/wait?{query}")).into_response()
    }))
}

/// The page to confirm does not say how much.
pub(crate) fn hides_amounts(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        let is_confirm = is_post(&request, &["/topup/confirm", "/pay/confirm", "/payout/confirm"]);
        let answer = next.run(request).await;
        if is_confirm {
            reworded(answer, |page| page.replace("3,210", "…")).await
        } else {
            answer
        }
    }))
}

/// A bank that says that a PIN is enough.
pub(crate) fn declares_a_pin(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        let is_it = request.uri().path() == "/.well-known/oauth-authorization-server";
        let answer = next.run(request).await;
        if !is_it {
            return answer;
        }
        reworded(answer, |page| {
            page.replace("\"acr_values_supported\":[", "\"acr_values_supported\":[\"urn:x:pin\",")
        })
        .await
    }))
}

/// Nobody counts who signs in without a passkey.
pub(crate) fn counts_nobody(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        let answer = next.run(request).await;
        reworded(answer, |page| page.replace("customers_without_passkey", "customers")).await
    }))
}

/// The desk shows partners and not what was agreed with them.
pub(crate) fn keeps_no_agreement(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        if request.uri().path().starts_with("/desk/partners/") {
            return Html("<h1>Kanuki</h1>").into_response();
        }
        next.run(request).await
    }))
}

/// The desk calls every connector good enough.
pub(crate) fn takes_every_bank(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        let is_it = request.uri().path() == "/desk/banks";
        let answer = next.run(request).await;
        if !is_it {
            return answer;
        }
        reworded(answer, |page| page.replace("notice error", "notice success")).await
    }))
}

/// The caps that a holder lowers stay as they were.
pub(crate) fn lowers_nothing(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        if request.method() == Method::POST && request.uri().path().ends_with("/lower") {
            return Html(DONE).into_response();
        }
        next.run(request).await
    }))
}

/// Every message carries a link to where one signs in.
pub(crate) fn with_link(letter: Letter) -> Letter {
    let body = format!("{}\nhttp://wallet.localhost:8080/sign-in", letter.body);
    Letter { body, ..letter }
}
