//! What the bank says about itself.

use axum::{Json, extract::State};
use kanuki_desk::signal;
use kanuki_domain::assurance::Acr;
use kanuki_site::{Problem, Visit};
use kanuki_wire::{
    client_cert::{BY_AUTHORITY, SELF_SIGNED},
    keys::{AllowList, Jwks, Signer as _},
    metadata::Metadata,
};
use serde_json::{Value, json};

use crate::{BankState, openapi::schema, refusal::problem};

/// Authorization server metadata (RFC 8414).
#[utoipa::path(get, path = "/.well-known/oauth-authorization-server", tag = "linking",
    responses((status = 200, description = "What this server offers", body = Value)))]
pub(crate) async fn server(State(state): State<BankState>) -> Json<Value> {
    let issuer = &state.bank.config.issuer;
    let mut metadata = serde_json::to_value(Metadata::of(issuer)).unwrap_or_default();
    let more = json!({
        "introspection_endpoint": format!("{issuer}/introspect"),
        "introspection_endpoint_auth_methods_supported": ["private_key_jwt"],
        "introspection_endpoint_auth_signing_alg_values_supported": AllowList::OAUTH.names(),
        "introspection_signing_alg_values_supported": AllowList::SERVER.names(),
        "authorization_signing_alg_values_supported": AllowList::SERVER.names(),
        "request_object_signing_alg_values_supported": AllowList::OAUTH.names(),
        "require_signed_request_object": false,
        "tls_client_certificate_bound_access_tokens": state.bank.config.takes_client_certificates,
        "grant_management_endpoint": format!("{issuer}/grants"),
        "grant_management_actions_supported": ["create", "query", "replace", "revoke"],
    });
    if let (Value::Object(all), Value::Object(more)) = (&mut metadata, more) {
        all.extend(more);
        let reached = Acr::LADDER.iter().filter(|acr| state.bank.reaches(**acr));
        let reached: Vec<&str> = reached.map(|acr| acr.as_str()).collect();
        all.insert("acr_values_supported".to_owned(), json!(reached));
        if state.bank.config.takes_client_certificates {
            let methods = json!(["private_key_jwt", BY_AUTHORITY, SELF_SIGNED]);
            let endpoints = ["token", "revocation", "introspection"];
            let name = |endpoint| format!("{endpoint}_endpoint_auth_methods_supported");
            all.extend(endpoints.map(|endpoint| (name(endpoint), methods.clone())));
        }
    }
    Json(metadata)
}

/// The public half of the key that this server signs its answers with. Access tokens are opaque.
#[utoipa::path(get, path = "/jwks", tag = "linking",
    responses(
        (status = 200, description = "A JSON Web Key Set", body = Value),
        (status = 503, description = "Ask again", body = schema::Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn keys(
    State(state): State<BankState>,
    visit: Visit,
) -> Result<Json<Jwks>, Problem> {
    Ok(Json(state.bank.server_jwks(&visit.ctx()).await.map_err(problem)?))
}

/// The public half of the key that event tokens are signed with: RS256, so it is no key of the
/// authorization server (FAPI 2.0 section 5.4.1).
#[utoipa::path(get, path = "/ssf/jwks", tag = "events",
    responses((status = 200, description = "A JSON Web Key Set", body = Value)))]
pub(crate) async fn event_keys(State(state): State<BankState>) -> Json<Jwks> {
    Json(Jwks::of([state.bank.set_key.public_jwk()]))
}

/// How this bank tells events (SSF 1.0 section 7.1): pushed to registered partners or fetched by
/// them, signed.
#[utoipa::path(get, path = "/.well-known/ssf-configuration", tag = "events",
    responses((status = 200, description = "How events are told", body = Value)))]
pub(crate) async fn transmitter(State(state): State<BankState>) -> Json<Value> {
    let issuer = &state.bank.config.issuer;
    Json(signal::metadata(issuer, &format!("{issuer}/ssf/jwks")))
}
