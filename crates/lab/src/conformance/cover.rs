//! More servers that answer otherwise than they should: about cases, and about what is done with them.

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
    response::{Html, IntoResponse as _, Redirect},
};
use http::Method;

use super::mask::{read, reworded, with_form};

/// What two people agreed to is taken, and nothing is done.
pub(crate) fn pays_nothing(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        let path = request.uri().path();
        let is_it = path.starts_with("/desk/approvals/") && path.ends_with("/approve");
        if is_it && request.method() == Method::POST {
            return Redirect::to("/desk/approvals").into_response();
        }
        next.run(request).await
    }))
}

/// Nobody puts together what the authority is to be told.
pub(crate) fn drafts_nothing(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        if request.uri().path().ends_with("/authority") {
            return Html("<h1>Kanuki</h1>").into_response();
        }
        next.run(request).await
    }))
}

/// A drill is begun, and nothing comes of it.
pub(crate) fn drills_nothing(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        let path = request.uri().path();
        if path.starts_with("/desk/incident/drill") && request.method() == Method::POST {
            return Redirect::to("/desk/incident").into_response();
        }
        next.run(request).await
    }))
}

/// Whoever links is told nothing of what becomes of losses.
pub(crate) fn hides_policy(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        let is_it = request.uri().path() == "/link/start";
        let answer = next.run(request).await;
        if is_it {
            reworded(answer, |page| page.replace("href=\"/compensation\"", "href=\"/\"")).await
        } else {
            answer
        }
    }))
}

/// Whatever account is typed, it is taken for one and the same.
pub(crate) fn sees_one_account(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        if request.uri().path() != "/enrol" || request.method() != Method::POST {
            return next.run(request).await;
        }
        let (request, form) = read(request).await;
        let mut fields: Vec<(String, String)> =
            serde_urlencoded::from_str(&form).unwrap_or_default();
        for (_, value) in fields.iter_mut().filter(|(name, _)| name == "number") {
            "0000001".clone_into(value);
        }
        let form = serde_urlencoded::to_string(fields).unwrap_or_default();
        next.run(with_form(request, form)).await
    }))
}

/// Whoever holds a card to the telephone is told that it proved them.
pub(crate) fn takes_every_card(server: Router) -> Router {
    server.layer(from_fn(async |request: Request, next: Next| {
        let is_it = request.uri().path().starts_with("/identity");
        let answer = next.run(request).await;
        if is_it {
            reworded(answer, |page| page.replace("notice error", "notice success")).await
        } else {
            answer
        }
    }))
}
