//! Around every request: whose host, who calls, how long, what people see when it fails.

use std::{any::Any, sync::Arc};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use maud::html;

use crate::{
    Brand, PageMeta, Problem, Site,
    caller::Caller,
    cookie, layout,
    ui::{self, Icon, Look},
};

/// How long a browser keeps its device's name.
const DEVICE_SECS: i64 = 400 * 24 * 3600;
/// The same for a page of one's own machine.
const OWN_SECS: i64 = 3_600;

/// True when the caller is a person with a browser that asks for a page.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accept.flat_map(|line| line.split(',')).any(|kind| kind.trim().starts_with("text/html"))
}

pub(crate) async fn around(
    State(site): State<Arc<Site>>,
    request: Request,
    next: Next,
) -> Response {
    let started_at = site.world.now();
    let (mut parts, body) = request.into_parts();
    let caller = Arc::new(Caller::of(&site, &parts));
    let method = parts.method.clone();
    let route = parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let is_page = wants_page(&parts.headers);

    let elsewhere = site.hosts.check(&method, &parts.uri, &parts.headers).err();
    let mut response = if let Some(elsewhere) = elsewhere {
        elsewhere.into_response()
    } else {
        parts.extensions.insert(Arc::clone(&site));
        parts.extensions.insert(Arc::clone(&caller));
        answer(&site, Request::from_parts(parts, body), next).await
    };
    if is_page && let Some(problem) = response.extensions().get::<Problem>().cloned() {
        response = explain(&site, &caller, &problem, response);
    }
    site.security.apply(response.headers_mut());
    if is_page && method == Method::GET && caller.is_new_device {
        name_device(&site, &caller, &mut response);
    }
    if let Ok(id) = HeaderValue::from_str(&caller.request_id) {
        response.headers_mut().insert("x-request-id", id);
    }
    let took_ms = site.world.now().duration_since(started_at).as_millis();
    let route = route.as_deref().unwrap_or("none");
    let status = response.status();
    let labels = [("method", known(&method)), ("route", route), ("status", status.as_str())];
    site.metrics.count("http_requests", "Requests by route and status", &labels);
    tracing::info!(
        request.id = caller.request_id,
        http.method = known(&method),
        http.route = route,
        http.status = status.as_u16(),
        duration_ms = u64::try_from(took_ms).unwrap_or(0),
        "answered"
    );
    response
}

/// Methods are the caller's words, so only known ones become labels.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

/// The handler's answer, in time and never as bare text of the framework.
async fn answer(site: &Site, request: Request, next: Next) -> Response {
    let response = match site.config.request_timeout {
        None => next.run(request).await,
        Some(limit) => match tokio::time::timeout(limit, next.run(request)).await {
            Ok(response) => response,
            // What was begun may still be finished by a worker; the page says so.
            Err(_) => Problem::new(StatusCode::GATEWAY_TIMEOUT, "timed_out").into_response(),
        },
    };
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_bare = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let is_known = response.extensions().get::<Problem>().is_some();
    // `/readyz` speaks plain text on purpose, and only in 503.
    if is_error && is_bare && !is_known && status != StatusCode::SERVICE_UNAVAILABLE {
        return Problem::new(status, code_of(status)).into_response();
    }
    response
}

const fn code_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNAUTHORIZED => "sign_in_first",
        StatusCode::TOO_MANY_REQUESTS => "too_many",
        StatusCode::INTERNAL_SERVER_ERROR => "internal",
        _ => "bad_request",
    }
}

/// The answer to a request whose handler panicked.
pub(crate) fn panicked(_reason: Box<dyn Any + Send + 'static>) -> Response {
    // The reason may quote input, so only the fact is logged; the panic hook has the place.
    tracing::error!("a handler panicked");
    Problem::internal().into_response()
}

/// Turns a refusal into a page: what happened, what it means for the money, what to do next.
fn explain(site: &Site, caller: &Caller, problem: &Problem, was: Response) -> Response {
    if problem.status().is_redirection() {
        return was;
    }
    let own = format!("error-{}", problem.code());
    let fallback =
        if problem.status().is_server_error() { "error-internal" } else { "error-other" };
    let is_known = site.texts.find(caller.lang, &own, &[]).is_some();
    let key = if is_known { own.as_str() } else { fallback };
    let words = site.texts.words(caller.lang);
    let part = |name: &str| {
        let own = site.texts.find(caller.lang, &format!("{key}.{name}"), &[]);
        own.unwrap_or_else(|| words.t(&format!("{fallback}.{name}")))
    };
    let home = if caller.path.starts_with("/desk") { "/desk" } else { "/" };
    let body = html! {
        div.error-page {
            (ui::heading(&words.t(key), Some(&part("what"))))
            div.card {
                dl.explain {
                    div { dt { (ui::icon(Icon::Shield)) (words.t("error-money")) } dd { (part("money")) } }
                    div { dt { (ui::icon(Icon::Arrow)) (words.t("error-next")) } dd { (part("next")) } }
                }
            }
            p.reference { (words.t("error-reference")) " " code { (caller.request_id) } }
            (ui::actions(ui::link_button(Look::Primary, home, &words.t("error-home"))))
        }
    };
    let page = layout::page(&site.frame(caller), &PageMeta::new(words.t(key)), body);
    let mut response = (problem.status(), page).into_response();
    for (name, value) in was.headers() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            response.headers_mut().append(name.clone(), value.clone());
        }
    }
    response
}

fn name_device(site: &Site, caller: &Caller, response: &mut Response) {
    let is_html = response.headers().get(header::CONTENT_TYPE);
    let is_html = is_html.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let name = site.device_cookie();
    let value = caller.device.expose();
    // A program on one's own machine needs it for its forms, and is no company that knows devices.
    let secs = if site.config.brand == Brand::Own { OWN_SECS } else { DEVICE_SECS };
    if is_html && let Some(cookie) = cookie::write(&name, value, secs, site.is_secure()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
