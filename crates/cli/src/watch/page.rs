//! `kanuki watch --page`: a page on this machine, where files are dropped and passbook lines typed.
//!
//! It listens on loopback, keeps nothing, and answers each form with the report. A page elsewhere
//! can post to it, but never read the answer, and a name that only points here is refused.

use axum::{
    Router,
    extract::{DefaultBodyLimit, Multipart, Request, State, multipart::MultipartError},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use kanuki_watch::{Household, Lang, Statement, refusal, report::form};

use super::{Asked, Look, today};
use crate::{
    Outcome,
    serve::{CHOOSE_PORT, Signals, listen, say, serve as listen_on},
};

/// A lifetime of statements.
const BODY_MAX: usize = 64 * 1_024 * 1_024;

/// Serves until Ctrl-C.
pub(super) fn serve(port: u16, asked: Asked) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut signals = Signals::install()?;
        let listener = listen(port, CHOOSE_PORT).await?;
        let address = listener.local_addr()?;
        let (stop, stopping) = tokio::sync::watch::channel(false);
        let server = listen_on(listener, router(asked), stopping);
        say(&format!("open http://localhost:{} — Ctrl-C stops; nothing is kept", address.port()));
        signals.wait().await;
        let _nobody_waits = stop.send(true);
        server.await?;
        Ok(Outcome::Well)
    })
}

fn router(asked: Asked) -> Router {
    Router::new()
        .route("/", get(show).post(look))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(middleware::from_fn(guard))
        .with_state(asked)
}

/// Only for who is on this machine; and the page may load nothing, from nowhere.
async fn guard(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or("");
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let mut response = if matches!(name, "localhost" | "127.0.0.1") {
        next.run(request).await
    } else {
        StatusCode::MISDIRECTED_REQUEST.into_response()
    };
    let policy = format!(
        "default-src 'none'; style-src '{}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        form::style_hash()
    );
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn show(State(asked): State<Asked>) -> Html<String> {
    Html(form::page(asked.known.lang, None))
}

async fn look(State(asked): State<Asked>, form: Multipart) -> Response {
    let lang = asked.known.lang;
    match answer(asked, form).await {
        Ok(page) => Html(page).into_response(),
        Err(problem) => {
            let page = form::page(lang, Some(&problem));
            (StatusCode::UNPROCESSABLE_ENTITY, Html(page)).into_response()
        }
    }
}

async fn answer(asked: Asked, mut form: Multipart) -> Result<String, String> {
    let lang = asked.known.lang;
    let broken = |_: MultipartError| {
        lang.pick("送られた内容が読めません。", "The form is broken.").to_owned()
    };
    let mut statements = Vec::new();
    let mut is_household = false;
    // What follows a name belongs to it.
    let mut owner = String::new();
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name().unwrap_or_default() {
            "name" => field.text().await.map_err(broken)?.trim().clone_into(&mut owner),
            "file" => {
                let name = field.file_name().unwrap_or_default().to_owned();
                let bytes = field.bytes().await.map_err(broken)?;
                if !bytes.is_empty() {
                    statements.push((owner.clone(), read(lang, &name, &bytes)?));
                }
            }
            "typed" => {
                let text = field.text().await.map_err(broken)?;
                if !text.trim().is_empty() {
                    let text = format!("{}\n{text}", form::TYPED_HEADER);
                    let name = lang.pick("通帳", "passbook");
                    let text = text.replace('、', ",");
                    let statement = read_below(lang, (name, 1), text.as_bytes())?;
                    statements.push((owner.clone(), statement));
                }
            }
            "apart" => is_household = true,
            _ => {}
        }
    }
    if statements.is_empty() {
        return Err(lang
            .pick(
                "明細のファイルを選ぶか、通帳の行を書いてください。",
                "Choose a file or type some lines.",
            )
            .to_owned());
    }
    let household = household(statements, is_household);
    Ok(Look::at(household, asked).page())
}

/// As the command does it: names make accounts, and beside them a file without one is its own.
fn household(given: Vec<(String, Statement)>, is_apart: bool) -> Household {
    if given.iter().any(|(owner, _)| !owner.is_empty()) {
        let named = |(owner, statement): (String, Statement)| {
            let owner = if owner.is_empty() { statement.name.clone() } else { owner };
            (owner, statement)
        };
        return Household::named(given.into_iter().map(named).collect());
    }
    let statements = given.into_iter().map(|(_, statement)| statement).collect();
    if is_apart { Household::apart(statements) } else { Household::one(statements) }
}

fn read(lang: Lang, name: &str, bytes: &[u8]) -> Result<Statement, String> {
    read_below(lang, (name, 0), bytes)
}

/// The same where `above` lines are ours and not of whoever wrote the rest.
fn read_below(lang: Lang, (name, above): (&str, u32), bytes: &[u8]) -> Result<Statement, String> {
    kanuki_watch::read(name, bytes, today())
        .map_err(|error| format!("{name}: {}", refusal(lang, &error, above)))
}
