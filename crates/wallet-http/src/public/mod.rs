//! Pages for everybody, signed in or not, customer or not: stop, report, compensation, check.

mod check;
mod compensation;
mod report;
mod stop;

use axum::{
    Router,
    routing::{get, post},
};

use crate::WalletState;

pub(crate) fn routes() -> Router<WalletState> {
    Router::new()
        .route("/stop", get(stop::form).post(stop::preview))
        .route("/stop/press", post(stop::press))
        .route("/report", get(report::form).post(report::send))
        .route("/report/look", get(report::look).post(report::far))
        .route("/report/again", post(report::again))
        .route("/report/{number}", get(report::look_at))
        .route("/compensation", get(compensation::policy))
        .route("/check", get(check::form).post(check::answer))
        .route("/check/crimes", get(kanuki_site::check::crimes))
        .route("/check/crimes/{id}", get(kanuki_site::check::crime))
}
