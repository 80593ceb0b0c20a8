//! Hosts, headers, languages and the routes that every server has.

use std::sync::Arc;

use axum::body::Body;
use http::{Request, StatusCode, header};
use kanuki_site::Ready;

use crate::support::{company, config, page};

#[tokio::test]
async fn people_at_the_api_host_are_sent_to_the_pages() {
    let company = company(config());
    let mut person = page("/form?a=1").body(Body::empty()).unwrap();
    person.headers_mut().insert(header::HOST, "localhost:8080".parse().unwrap());
    let program = Request::get("/form?a=1").header(header::HOST, "localhost:8080");

    let sent = company.send(person).await;
    let served = company.send(program.body(Body::empty()).unwrap()).await;

    assert_eq!(sent.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(sent.header(header::LOCATION), "http://wallet.localhost:8080/form?a=1");
    assert_eq!(served.status, StatusCode::OK);
}

#[tokio::test]
async fn unknown_hosts_are_misdirected_except_for_probes() {
    let company = company(config());
    let ask = |path: &str| {
        let request = Request::get(path).header(header::HOST, "10.0.0.7:8080");
        request.body(Body::empty()).unwrap()
    };

    assert_eq!(company.send(ask("/")).await.status, StatusCode::MISDIRECTED_REQUEST);
    for probe in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(company.send(ask(probe)).await.status, StatusCode::OK, "{probe}");
    }
}

#[tokio::test]
async fn in_process_callers_may_use_absolute_addresses() {
    let company = company(config());
    let request = Request::get("http://localhost:8080/form").body(Body::empty()).unwrap();

    assert_eq!(company.send(request).await.status, StatusCode::OK);
}

#[tokio::test]
async fn pages_allow_nothing_but_our_own_code_and_are_not_kept() {
    let company = company(config());

    let reply = company.get("/", "").await;

    let policy = reply.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"));
    assert!(policy.contains("form-action 'self' http://bank-one.localhost:8081;"), "{policy}");
    assert_eq!(reply.header(header::CACHE_CONTROL), "no-store");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert_eq!(reply.header("strict-transport-security"), "", "only over HTTPS");
    assert!(!reply.body.contains("style=\"") && !reply.body.contains("<script>"));
}

#[tokio::test]
async fn over_https_cookies_are_bound_to_the_host() {
    let mut secure = config();
    secure.page_origin = "https://wallet.example".into();
    let company = company(secure);
    let mut request = page("/").body(Body::empty()).unwrap();
    request.headers_mut().insert(header::HOST, "wallet.example".parse().unwrap());

    let reply = company.send(request).await;

    let cookie = reply.header(header::SET_COOKIE);
    assert!(cookie.starts_with("__Host-kanuki_wallet_device="), "{cookie}");
    assert!(cookie.ends_with("; Secure"), "{cookie}");
    assert!(reply.header("strict-transport-security").starts_with("max-age="));
}

#[tokio::test]
async fn assets_are_found_by_content_and_kept_for_ever() {
    let company = company(config());
    let css = kanuki_site::web::assets::css_path();

    let reply = company.get(&css, "").await;
    let old = company.get("/assets/kanuki.0000000000000000.css", "").await;

    assert_eq!(reply.header(header::CONTENT_TYPE), "text/css; charset=utf-8");
    assert!(reply.header(header::CACHE_CONTROL).contains("immutable"));
    assert_eq!(old.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn language_is_one_tap_away_and_leads_only_back_here() {
    let company = company(config());

    let chosen = company.get("/lang?to=en&back=%2Fform%3Fa%3D1", "").await;
    let elsewhere = company.get("/lang?to=en&back=%2F%2Fevil.test", "").await;
    let english = company.get("/", "lang=en").await;

    assert_eq!(chosen.header(header::LOCATION), "/form?a=1");
    assert!(chosen.cookies().contains("lang=en"));
    assert_eq!(elsewhere.header(header::LOCATION), "/");
    assert!(english.body.contains("<html lang=\"en\""));
    assert!(english.body.contains("/lang?to=ja&amp;back=%2F"));
}

#[tokio::test]
async fn requests_are_counted_by_route_not_by_path() {
    let company = company(config());
    company.get("/number/7", "").await;
    company.get("/no-such-page", "").await;

    let text = company.get("/metrics", "").await.body;

    assert!(text.contains("route=\"/number/{n}\",status=\"200\"} 1"), "{text}");
    assert!(text.contains("route=\"none\",status=\"404\"} 1"), "{text}");
}

/// A ledger that works or not, and has found damage or not.
struct Ledger {
    works: bool,
    damaged: bool,
}

#[async_trait::async_trait]
impl Ready for Ledger {
    fn name(&self) -> &'static str {
        "ledger"
    }

    async fn is_ready(&self) -> bool {
        self.works
    }

    async fn is_damaged(&self) -> bool {
        self.damaged
    }
}

#[tokio::test]
async fn part_that_found_damage_is_told_while_traffic_goes_on() {
    for (works, damaged, status, said, gauge) in [
        (true, false, StatusCode::OK, "ready\n", 0),
        (true, true, StatusCode::OK, "ready, but damaged (see the log): ledger\n", 1),
        (false, true, StatusCode::SERVICE_UNAVAILABLE, "not ready: ledger\n", 1),
    ] {
        let mut config = config();
        config.ready = vec![Arc::new(Ledger { works, damaged })];
        let company = company(config);

        let ready = company.get("/readyz", "").await;
        let metrics = company.get("/metrics", "").await;

        assert_eq!((ready.status, ready.body.as_str()), (status, said));
        let line = format!("part_damaged{{part=\"ledger\"}} {gauge}");
        assert!(metrics.body.contains(&line), "{}", metrics.body);
    }
}
