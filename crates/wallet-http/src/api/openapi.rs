//! `/openapi.json`: the JSON endpoints as they are.

use axum::{Json, Router, extract::State, routing::get};
use kanuki_desk_http::signals::stream;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Server,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};

use super::{money, schema, wallet};
use crate::{WalletState, events, exchange, ping};

#[derive(OpenApi)]
#[openapi(
    info(title = "Kanuki wallet", description = "A wallet's own API for its customers' scripts, \
        and security events between it and its partner banks. Amounts are strings of digits in \
        yen."),
    paths(
        wallet::show,
        wallet::links,
        wallet::statement,
        wallet::freeze,
        money::top_up,
        money::find_topup,
        money::pay,
        money::find_payment,
        read_frame,
        events::receive,
        events::keys,
        events::keys_for,
        events::transmitter,
        stream::create,
        stream::read,
        stream::update,
        stream::replace,
        stream::end,
        stream::status,
        stream::set_status,
        stream::add_subject,
        stream::remove_subject,
        stream::verify,
        stream::fetch,
        exchange::answer,
        ping::hear,
        healthz,
        readyz,
    ),
    modifiers(&Security)
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let cookie = ApiKeyValue::with_description("kanuki_wallet", "The session of a page");
        let scheme = SecurityScheme::ApiKey(ApiKey::Cookie(cookie));
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("session", scheme);
        // A fresh assertion (RFC 7523) of a bank for each request of a receiver of events.
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("assertion", bearer);
    }
}

/// Looks for a QR code in one frame of the camera, for the page at `/pay`.
#[utoipa::path(post, path = "/pay/scan", tag = "pages", security(("session" = [])),
    request_body(content = schema::Frame, content_type = "multipart/form-data"),
    params(("x-csrf-token" = String, Header, description = "From the page")),
    responses(
        (status = 200, description = "What the code says, if there is one",
            body = schema::FrameAnswer),
        (status = 400, description = "Not a picture sent as a form", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 401, description = "Not signed in", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "The token is missing", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = schema::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "Too often", body = schema::Problem,
            content_type = "application/problem+json")))]
#[expect(dead_code, reason = "described here, answered by the page's own handler")]
fn read_frame() {}

/// That the server is up.
#[utoipa::path(get, path = "/healthz", tag = "operation",
    responses((status = 200, description = "It is", body = String, content_type = "text/plain")))]
#[expect(dead_code, reason = "described here, answered by the site")]
fn healthz() {}

/// That everything the server needs answers.
#[utoipa::path(get, path = "/readyz", tag = "operation",
    responses(
        (status = 200, description = "It does", body = String, content_type = "text/plain"),
        (status = 503, description = "Not now", body = String, content_type = "text/plain")))]
#[expect(dead_code, reason = "described here, answered by the site")]
fn readyz() {}

pub(super) fn routes() -> Router<WalletState> {
    Router::new().route("/openapi.json", get(document))
}

async fn document(State(state): State<WalletState>) -> Json<utoipa::openapi::OpenApi> {
    let mut document = Document::openapi();
    document.servers = Some(vec![Server::new(state.site.config.page_origin.clone())]);
    Json(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A route that is served and not described is a contract that nobody can hold us to.
    #[test]
    fn every_route_of_the_api_is_described() {
        let described = Document::openapi().paths.paths;
        let sources = [
            include_str!("mod.rs"),
            include_str!("../events.rs"),
            include_str!("../../../desk-http/src/signals/mod.rs"),
        ]
        .join("\n");
        let routed: Vec<&str> =
            sources.split(".route").skip(1).filter_map(|rest| rest.split('"').nth(1)).collect();
        assert!(routed.len() >= 11, "{routed:?}");
        for path in routed {
            assert!(described.contains_key(path), "{path} is not in /openapi.json");
        }
    }
}
