//! Routes that every server has: health, metrics, assets, language, sign-out.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    Extension, Router,
    extract::{Path, Query},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::{StatusCode, header};
use serde::Deserialize;

use crate::{
    Answer, Lang, Problem, Session, Sessions, Site, Visit, csrf::CsrfForm, text::LANG_COOKIE,
    web::assets,
};

/// Something that must work before traffic is welcome.
#[async_trait]
pub trait Ready: Send + Sync {
    /// What to look at when it is not: `ledger`.
    fn name(&self) -> &'static str;
    /// True when it works now.
    async fn is_ready(&self) -> bool;
    /// True if it works and has found damage that somebody must look at.
    async fn is_damaged(&self) -> bool {
        false
    }
}

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/assets/{file}", get(async |Path(file): Path<String>| assets::serve(&file)))
        .route("/favicon.ico", get(async || assets::favicon()))
        .route("/manifest.webmanifest", get(manifest))
        .route("/lang", get(choose_language).post(choose_language))
        .route("/sign-out", post(sign_out))
        .route("/desk/sign-out", post(desk_sign_out))
}

async fn ready(Extension(site): Extension<Arc<Site>>) -> Response {
    let (mut failing, mut damaged) = (Vec::new(), Vec::new());
    if site.book.find::<Session>("-").await.is_err() {
        failing.push("records");
    }
    for part in &site.config.ready {
        if !part.is_ready().await {
            failing.push(part.name());
        }
        if part.is_damaged().await {
            damaged.push(part.name());
        }
    }
    if failing.is_empty() && damaged.is_empty() {
        return "ready\n".into_response();
    }
    if failing.is_empty() {
        // All but something old works: whoever sends traffic goes on, whoever watches looks.
        return format!("ready, but damaged (see the log): {}\n", damaged.join(", "))
            .into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", failing.join(", ")))
        .into_response()
}

async fn metrics(Extension(site): Extension<Arc<Site>>) -> Response {
    for part in &site.config.ready {
        let labels = [("part", part.name())];
        let (works, damage) = ("1 while a part works", "1 once a part has found damage in itself");
        site.metrics.gauge("part_ready", works, &labels, part.is_ready().await.into());
        site.metrics.gauge("part_damaged", damage, &labels, part.is_damaged().await.into());
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], site.metrics.text()).into_response()
}

async fn manifest(Extension(site): Extension<Arc<Site>>) -> Response {
    let body = serde_json::json!({
        "name": site.config.company,
        "short_name": site.config.company,
        "start_url": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": site.config.brand.color(),
        "icons": [{ "src": assets::icon_path(), "sizes": "any", "type": "image/svg+xml" }],
    });
    ([(header::CONTENT_TYPE, "application/manifest+json")], body.to_string()).into_response()
}

#[derive(Deserialize)]
struct Choice {
    to: String,
    back: Option<String>,
}

/// Remembers a language. GET is fine: it changes nothing but the choice of words.
async fn choose_language(visit: Visit, Query(choice): Query<Choice>) -> Answer {
    let lang = Lang::parse(&choice.to).ok_or_else(Problem::not_found)?;
    let back = visit.back(choice.back.as_deref(), "/");
    let cookie =
        format!("{LANG_COOKIE}={}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax", lang.tag());
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&back)).into_response())
}

#[derive(Deserialize)]
struct Nothing {}

async fn sign_out(visit: Visit, CsrfForm(Nothing {}): CsrfForm<Nothing>) -> Answer {
    end(&visit, &visit.site.sessions, "/").await
}

async fn desk_sign_out(visit: Visit, CsrfForm(Nothing {}): CsrfForm<Nothing>) -> Answer {
    end(&visit, &visit.site.desk_sessions, "/desk").await
}

async fn end(visit: &Visit, sessions: &Sessions, then: &str) -> Answer {
    let cookie = match &visit.session {
        Some(session) => sessions.end(session).await?,
        None => sessions.cleared(),
    };
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(then)).into_response())
}
