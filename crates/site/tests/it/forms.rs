//! Only our own pages may change something.

use axum::body::Body;
use http::{Request, StatusCode, header};

use crate::support::{company, config, field, form};

#[tokio::test]
async fn form_of_our_own_page_is_read() {
    let company = company(config());
    let (cookies, token) = company.arrive().await;

    let body = format!("{}&amount=5%2C000", field(&token));
    let reply = company.post("/form", &cookies, &body).await;

    assert_eq!((reply.status, reply.body.as_str()), (StatusCode::OK, "5,000"));
}

#[tokio::test]
async fn form_without_the_right_token_is_refused() {
    let company = company(config());
    let (cookies, token) = company.arrive().await;
    let (_, of_another) = company.arrive().await;
    let changed = format!("{}x", field(&token));

    for csrf in [String::new(), field(""), field("a.b"), changed, field(&of_another)] {
        let reply = company.post("/form", &cookies, &format!("{csrf}&amount=1")).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{csrf}");
    }
    let without_cookie = company.post("/form", "", &format!("{}&amount=1", field(&token))).await;
    assert_eq!(without_cookie.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn token_from_before_sign_in_is_no_good_after_it() {
    let company = company(config());
    let (cookies, token) = company.arrive().await;
    let signed_in = company.post("/start", &cookies, &field(&token)).await.cookies();

    let both = format!("{cookies}; {signed_in}");
    let reply = company.post("/form", &both, &format!("{}&amount=1", field(&token))).await;

    assert_eq!(reply.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn form_that_the_browser_says_is_foreign_is_refused() {
    let company = company(config());
    let (cookies, token) = company.arrive().await;

    for (name, value) in [
        ("origin", "null"),
        ("origin", "http://localhost:8080"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let body = Body::from(format!("{}&amount=1", field(&token)));
        let mut request = form("/form", &cookies).body(body).unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
        assert_eq!(company.send(request).await.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
}

#[tokio::test]
async fn doubled_missing_or_oversized_fields_are_refused() {
    let company = company(config());
    let (cookies, token) = company.arrive().await;
    let csrf = field(&token);
    let large = "1".repeat(70_000);

    for (body, status) in [
        (format!("{csrf}&amount=1&amount=2"), StatusCode::BAD_REQUEST),
        (format!("{csrf}&{csrf}&amount=1"), StatusCode::BAD_REQUEST),
        (csrf.clone(), StatusCode::UNPROCESSABLE_ENTITY),
        (format!("{csrf}&amount={large}"), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let reply = company.post("/form", &cookies, &body).await;
        assert_eq!(reply.status, status);
        assert!(!reply.body.contains("amount"), "what was typed is not repeated");
    }
}

#[tokio::test]
async fn scripts_prove_themselves_by_header() {
    let company = company(config());
    let (cookies, token) = company.arrive().await;
    let ask = |csrf: &str| {
        let request = Request::post("/script").header(header::HOST, "wallet.localhost:8080");
        let request = request.header(header::COOKIE, &cookies).header("x-csrf-token", csrf);
        request.body(Body::empty()).unwrap()
    };

    assert_eq!(company.send(ask(&token)).await.status, StatusCode::OK);
    assert_eq!(company.send(ask("no")).await.status, StatusCode::FORBIDDEN);
}

/// What nobody may send is refused before it is read: the same bytes are no form at all elsewhere.
#[tokio::test]
async fn an_upload_of_nobody_is_not_read() {
    let company = company(config());
    let (cookies, _) = company.arrive().await;
    let junk = |path: &str| {
        let mut request = form(path, &cookies).body(Body::from("no parts in here")).unwrap();
        let kind = "multipart/form-data; boundary=x".parse().unwrap();
        request.headers_mut().insert(header::CONTENT_TYPE, kind);
        request
    };

    assert_eq!(company.send(junk("/photo")).await.status, StatusCode::BAD_REQUEST);
    let refused = company.send(junk("/desk/photo")).await.status;
    assert!([StatusCode::SEE_OTHER, StatusCode::UNAUTHORIZED].contains(&refused), "{refused}");
}

#[tokio::test]
async fn photos_arrive_with_the_token_in_the_form() {
    let company = company(config());
    let (cookies, token) = company.arrive().await;
    let upload = |csrf: &str| {
        let part = "--x\r\nContent-Disposition: form-data; name=";
        let body = format!(
            "{part}\"file\"; filename=\"a.jpg\"\r\n\r\nJPEG\r\n{part}\"csrf\"\r\n\r\n{csrf}\r\n--x--\r\n"
        );
        let mut request = form("/photo", &cookies).body(Body::from(body)).unwrap();
        let kind = "multipart/form-data; boundary=x".parse().unwrap();
        request.headers_mut().insert(header::CONTENT_TYPE, kind);
        request
    };

    let read = company.send(upload(&token)).await;
    let refused = company.send(upload("no")).await;

    assert_eq!((read.status, read.body.as_str()), (StatusCode::OK, "4"));
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}
