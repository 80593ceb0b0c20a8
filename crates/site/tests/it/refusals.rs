//! What people and programs are told when something does not work.

use axum::body::Body;
use http::{Request, StatusCode, header};

use crate::support::{company, config};

#[tokio::test]
async fn programs_get_problem_json_with_a_stable_code() {
    let company = company(config());
    let request = Request::get("/refused").header(header::HOST, "localhost:8080");

    let reply = company.send(request.body(Body::empty()).unwrap()).await;

    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert_eq!(reply.header(header::CONTENT_TYPE), "application/problem+json");
    let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(body["code"], "not_listed_anywhere");
    assert_eq!(body["type"], "urn:kanuki:problem:not_listed_anywhere");
    assert_eq!(body["status"], 403);
}

#[tokio::test]
async fn people_are_told_what_it_means_for_their_money() {
    let company = company(config());

    for (path, status, title) in [
        ("/no-such-page", StatusCode::NOT_FOUND, "ページが見つかりません"),
        ("/start", StatusCode::METHOD_NOT_ALLOWED, "この開き方はできません"),
        ("/refused", StatusCode::FORBIDDEN, "受け付けられませんでした"),
        ("/number/many", StatusCode::BAD_REQUEST, "受け付けられませんでした"),
        ("/panic", StatusCode::INTERNAL_SERVER_ERROR, "処理できませんでした"),
    ] {
        let reply = company.get(path, "").await;
        assert_eq!(reply.status, status, "{path}");
        assert!(reply.body.contains(&format!("<h1>{title}</h1>")), "{path}: {}", reply.body);
        assert!(reply.body.contains("お金について"), "{path}");
        assert!(reply.body.contains(reply.header("x-request-id")), "{path}");
        assert!(!reply.header("content-security-policy").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn reason_of_a_panic_stays_inside() {
    let company = company(config());
    let request = Request::get("/panic").header(header::HOST, "localhost:8080");

    let reply = company.send(request.body(Body::empty()).unwrap()).await;

    assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!reply.body.contains("4980"), "{}", reply.body);
}

#[test]
fn every_message_exists_in_both_languages_and_is_used() {
    use kanuki_site::text::check::{check_catalogs, sources};

    let sources = sources(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    // The checker's own tests name keys that do not exist.
    let sources = sources.iter().map(String::as_str).filter(|s| !s.contains("fn check_catalogs"));
    // Both desks say the registry's words.
    let desk = [
        include_str!("../../../desk-http/src/partners/mod.rs"),
        include_str!("../../../desk-http/src/partners/propose.rs"),
        include_str!("../../../desk-http/src/partners/version.rs"),
        // And what people report and are owed.
        include_str!("../../../desk-http/src/cases.rs"),
        include_str!("../../../desk-http/src/claims.rs"),
        include_str!("../../../desk-http/src/compensation.rs"),
        include_str!("../../../desk-http/src/history.rs"),
    ];
    let sources: Vec<&str> = sources.chain([include_str!("kitchen.rs")]).chain(desk).collect();

    check_catalogs(
        &[
            include_str!("../../locales/ja/site.ftl"),
            include_str!("../../locales/ja/registry.ftl"),
            include_str!("../../locales/ja/check.ftl"),
            include_str!("../../locales/ja/crime.ftl"),
            include_str!("../../locales/ja/claim.ftl"),
            include_str!("../../locales/ja/compensation.ftl"),
            include_str!("../../locales/ja/history.ftl"),
        ],
        &[
            include_str!("../../locales/en/site.ftl"),
            include_str!("../../locales/en/registry.ftl"),
            include_str!("../../locales/en/check.ftl"),
            include_str!("../../locales/en/crime.ftl"),
            include_str!("../../locales/en/claim.ftl"),
            include_str!("../../locales/en/compensation.ftl"),
            include_str!("../../locales/en/history.ftl"),
        ],
        &sources,
    );
}
