//! `/openapi.json`: the JSON endpoints as they are.

pub(crate) mod schema;

use axum::{Json, Router, extract::State, routing::get};
use kanuki_desk_http::signals::stream;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Server,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};

use crate::{BankState, app, events, exchange, oauth};

#[derive(OpenApi)]
#[openapi(
    info(title = "Kanuki bank", description = "Account linking (FAPI 2.0), debits, payouts and \
        security events between a bank and wallet operators. Amounts are strings of digits in yen."),
    paths(
        app::api::ask,
        app::api::answer,
        oauth::metadata::server,
        oauth::metadata::keys,
        oauth::metadata::event_keys,
        oauth::metadata::transmitter,
        oauth::endpoints::par,
        oauth::endpoints::token,
        oauth::endpoints::ask_decoupled,
        oauth::endpoints::revoke,
        oauth::endpoints::introspect,
        oauth::debits::pull,
        oauth::debits::find,
        oauth::credits::pay,
        oauth::credits::find,
        oauth::grants::read,
        oauth::grants::revoke,
        events::receive,
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
        schema::healthz,
    ),
    modifiers(&Security)
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        // OpenAPI has no word for DPoP (RFC 9449): the header is described as what it is.
        let header = ApiKeyValue::with_description(
            "Authorization",
            "`DPoP` and an access token, with a proof in the `DPoP` header",
        );
        let scheme = SecurityScheme::ApiKey(ApiKey::Header(header));
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("dpop", scheme);
        // A fresh client assertion (RFC 7523) for each request of a receiver of events.
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("assertion", bearer);
    }
}

pub(crate) fn routes() -> Router<BankState> {
    Router::new().route("/openapi.json", get(document))
}

async fn document(State(state): State<BankState>) -> Json<utoipa::openapi::OpenApi> {
    let mut document = Document::openapi();
    document.servers = Some(vec![Server::new(state.bank.config.issuer.clone())]);
    Json(document)
}
