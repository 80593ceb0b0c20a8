//! `kanuki check`: the page that tells how exposed one's accounts are, on one's own machine only.
//!
//! The same pages that a wallet and a bank serve, without a company: nothing is kept, because there
//! is nothing to keep it in but memory that ends with the process.

use std::sync::Arc;

use anyhow::Result;
use axum::{Router, response::Redirect, routing::get};
use kanuki_record::{Book, MemoryRecords, vault::Vault};
use kanuki_site::{
    Answer, Brand, Site, SiteConfig, Texts, Visit,
    check::{self, Fields},
    csrf::CsrfForm,
};
use kanuki_watch::Lang;
use maud::Markup;

use crate::{
    Outcome,
    args::Check,
    serve::{Signals, listen_for, open_words, real_world, say, serve},
};

/// Serves until Ctrl-C.
pub(crate) fn run(args: &Check) -> Result<Outcome> {
    let lang = if args.english { Lang::En } else { Lang::Ja };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut signals = Signals::install()?;
        let listener = listen_for(args.port, lang).await?;
        let origin = format!("http://localhost:{}", listener.local_addr()?.port());
        let (stop, stopping) = tokio::sync::watch::channel(false);
        let server = serve(listener, router(&origin)?, stopping);
        say(&open_words(lang, &format!("{origin}/check")));
        signals.wait().await;
        let _nobody_waits = stop.send(true);
        server.await?;
        Ok(Outcome::Well)
    })
}

fn router(origin: &str) -> Result<Router> {
    let world = real_world(origin)?;
    let config = SiteConfig {
        brand: Brand::Own,
        company: "閂 Kanuki".to_owned(),
        cookie_name: "kanuki_check".to_owned(),
        page_origin: origin.to_owned(),
        api_origin: origin.to_owned(),
        form_action_origins: Vec::new(),
        trusts_forwarded_for: false,
        request_timeout: None,
        ready: Vec::new(),
    };
    // A key that nobody knows, for this run's forms alone.
    let vault = Vault::new(world.moment("").ctx().random());
    let book = Book::new(Arc::new(MemoryRecords::default()));
    let site = Site::new(config, world, book, vault, Texts::build(&[])?)?;
    Ok(site.serve(routes()))
}

fn routes() -> Router {
    Router::new()
        .route("/", get(async || Redirect::to("/check")))
        .route("/check", get(form).post(answer))
        .route("/check/crimes", get(check::crimes))
        .route("/check/crimes/{id}", get(check::crime))
}

async fn form(visit: Visit) -> Markup {
    check::form(&visit, &[])
}

async fn answer(visit: Visit, CsrfForm(fields): CsrfForm<Fields>) -> Answer {
    check::answer(&visit, &[], &fields)
}
