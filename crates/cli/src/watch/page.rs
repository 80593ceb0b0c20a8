//! `kanuki watch --page`: a page on this machine, where files are dropped and passbook lines typed.
//!
//! It listens on loopback, keeps nothing, and answers each form with the report. A form of a page elsewhere
//! is refused, and so is a name that only points here.

use axum::{
    Router,
    extract::{
        DefaultBodyLimit, Multipart, Request, State,
        multipart::{Field, MultipartError},
    },
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use jiff::civil::Date;
use kanuki_watch::{
    Household, Lang, Statement,
    descriptor::ServiceKind,
    place_of, refusal,
    report::form::{self, Place, Problem, Written},
};

use super::{Asked, Look, today};
use crate::{
    Outcome,
    serve::{Signals, listen_for, open_words, say, serve as listen_on},
};

/// A lifetime of statements, and as much of one form's files as is kept. What is more is read past, so that the
/// browser shows the answer and not a broken connection.
const FILES_MAX: usize = 64 * 1_024 * 1_024;
/// More lines than anybody types.
const TEXT_MAX: usize = 4 * 1_024 * 1_024;
/// Whoever sends more is no browser with a form.
const SENT_MAX: usize = 16 * 1_024 * 1_024 * 1_024;

/// Serves until Ctrl-C.
pub(super) fn serve(port: u16, asked: Asked) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut signals = Signals::install()?;
        let listener = listen_for(port, asked.known.lang).await?;
        let address = listener.local_addr()?;
        let lang = asked.known.lang;
        let (stop, stopping) = tokio::sync::watch::channel(false);
        let server = listen_on(listener, router(asked), stopping);
        say(&open_words(lang, &format!("http://localhost:{}", address.port())));
        signals.wait().await;
        let _nobody_waits = stop.send(true);
        server.await?;
        Ok(Outcome::Well)
    })
}

fn router(asked: Asked) -> Router {
    Router::new()
        .route("/", get(show).post(look))
        .layer(DefaultBodyLimit::max(SENT_MAX))
        .layer(middleware::from_fn(guard))
        .with_state(asked)
}

/// Only for who is on this machine; and the page may load nothing, from nowhere.
async fn guard(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or("");
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let origin = request.headers().get(header::ORIGIN).map(|o| o.to_str().unwrap_or(""));
    // A form of another site would have this machine work on what nobody here gave it.
    let is_elsewhere = origin.is_some_and(|origin| origin != format!("http://{host}"));
    let mut response = match name {
        "localhost" | "127.0.0.1" if is_elsewhere => StatusCode::FORBIDDEN.into_response(),
        "localhost" | "127.0.0.1" => next.run(request).await,
        _ => StatusCode::MISDIRECTED_REQUEST.into_response(),
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
    // `no-referrer` would have a browser call its own form's origin `null`.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn show(State(asked): State<Asked>) -> Html<String> {
    let written = Written { mine: asked.known.mine.clone(), ..Written::default() };
    Html(form::page(asked.known.lang, &asked.dictionary, &written, None))
}

async fn look(State(asked): State<Asked>, form: Multipart) -> Response {
    let mut sent = Sent::default();
    let read = sent.read(asked.known.lang, form).await;
    let answer = read.and_then(|()| answer(asked.clone(), &sent));
    match answer {
        Ok(page) => Html(page).into_response(),
        Err(problem) => {
            let (lang, dictionary) = (asked.known.lang, &asked.dictionary);
            let page = form::page(lang, dictionary, &sent.written, Some(&problem));
            let status = if sent.is_too_big() {
                StatusCode::PAYLOAD_TOO_LARGE
            } else {
                StatusCode::UNPROCESSABLE_ENTITY
            };
            (status, Html(page)).into_response()
        }
    }
}

/// What came with the form: what was written, and the files of each account by its place.
#[derive(Default)]
struct Sent {
    written: Written,
    files: Vec<(usize, String, Vec<u8>)>,
    /// How much came in files, kept or not.
    size: usize,
}

impl Sent {
    /// Takes the whole of it before anything is judged, so that nothing of it is lost.
    async fn read(&mut self, lang: Lang, mut form: Multipart) -> Result<(), Problem> {
        let broken = |_: MultipartError| {
            elsewhere(lang.pick("送られた内容が読めません。", "The form is broken."))
        };
        // What follows a name belongs to it, and words follow their day.
        let (mut names, mut stops): (usize, usize) = (0, 0);
        while let Some(field) = form.next_field().await.map_err(broken)? {
            let account = names.saturating_sub(1);
            let name = field.name().unwrap_or_default().to_owned();
            if name == "file" {
                let file = field.file_name().unwrap_or_default().to_owned();
                let bytes = self.take_file(field).await.map_err(broken)?;
                if !bytes.is_empty() || self.is_too_big() {
                    self.written.had_files = true;
                    self.files.push((account, file, bytes));
                }
                continue;
            }
            let text = self.take_text(field).await.map_err(broken)?;
            match name.as_str() {
                "name" => {
                    if let Some((owner, _)) = self.written.accounts.get_mut(names) {
                        text.trim().clone_into(owner);
                    }
                    names = names.saturating_add(1);
                }
                "typed" => {
                    if let Some((_, typed)) = self.written.accounts.get_mut(account) {
                        *typed = text;
                    }
                }
                "mine" => self.written.mine.push(text),
                "since" => {
                    if let Some((since, _)) = self.written.stops.get_mut(stops) {
                        text.trim().clone_into(since);
                    }
                    stops = stops.saturating_add(1);
                }
                "words" => {
                    let stop = self.written.stops.get_mut(stops.saturating_sub(1));
                    if let Some((_, words)) = stop {
                        text.trim().clone_into(words);
                    }
                }
                "apart" => self.written.is_apart = true,
                _ => {}
            }
        }
        if self.is_too_big() {
            return Err(elsewhere(lang.pick(
                "選んだファイルか、書いたものが大きすぎます(合わせて64MBまで)。何も調べていません。期間を分けて取り直すか、ページではなく「kanuki watch ファイルの名前」で調べてください。",
                "The files, or what was typed, are too big (64 MB in all). Nothing was looked at. Download shorter periods, or use kanuki watch FILE instead of this page.",
            )));
        }
        Ok(())
    }

    const fn is_too_big(&self) -> bool {
        self.size > FILES_MAX
    }

    /// A file, to its end. From where it is all too much, nothing more is kept, nor the files before it.
    async fn take_file(&mut self, mut field: Field<'_>) -> Result<Vec<u8>, MultipartError> {
        let mut kept = Vec::new();
        while let Some(chunk) = field.chunk().await? {
            self.size = self.size.saturating_add(chunk.len());
            if self.is_too_big() {
                kept = Vec::new();
                self.files.clear();
            } else {
                kept.extend_from_slice(&chunk);
            }
        }
        Ok(kept)
    }

    /// What was typed into one place, to its end. Too much of it is refused as a file of that size is.
    async fn take_text(&mut self, mut field: Field<'_>) -> Result<String, MultipartError> {
        let mut kept = Vec::new();
        while let Some(chunk) = field.chunk().await? {
            if kept.len().saturating_add(chunk.len()) > TEXT_MAX {
                self.size = usize::MAX;
            } else {
                kept.extend_from_slice(&chunk);
            }
        }
        Ok(String::from_utf8_lossy(&kept).into_owned())
    }

    /// What was put in each place of the page: a place with a name is one account, one without holds as many
    /// as its files say.
    fn household(&self, lang: Lang) -> Result<Household, Problem> {
        let mut named = Vec::new();
        let mut others = Household::apart(Vec::new());
        for (place, (owner, _)) in self.written.accounts.iter().enumerate() {
            let statements = self.statements(lang, place)?;
            if !owner.is_empty() {
                named.extend(statements.into_iter().map(|s| (owner.clone(), s)));
            } else if self.written.is_apart {
                others = others.and(Household::apart(statements));
            } else {
                others = others.and(Household::sorted(statements));
            }
        }
        Ok(Household::named(named).and(others))
    }

    /// Files and typed lines of one place.
    fn statements(&self, lang: Lang, place: usize) -> Result<Vec<Statement>, Problem> {
        let mut statements = Vec::new();
        if let Some((_, typed)) = self.written.accounts.get(place) {
            for (_, name, bytes) in self.files.iter().filter(|(account, _, _)| *account == place) {
                let read = kanuki_watch::read(name, bytes.as_slice(), today());
                let read = read
                    .map_err(|error| elsewhere(&format!("{name}: {}", refusal(lang, &error, 0))))?;
                statements.push(read);
            }
            if !typed.trim().is_empty() {
                statements.push(typed_lines(lang, place, typed)?);
            }
        }
        Ok(statements)
    }

    /// What was stopped; a place that was left empty is none.
    fn stops(&self, lang: Lang) -> Result<Vec<(Date, String)>, Problem> {
        let mut stops = Vec::new();
        for (place, (since, words)) in self.written.stops.iter().enumerate() {
            if since.is_empty() && words.is_empty() {
                continue;
            }
            let day = kanuki_watch::date::answer(since, today()).ok().filter(|_| !words.is_empty());
            let told = lang.pick(
                "止めてもらったものには、日付(2026/9/10 か R8.9.10)と、明細に出る名前の両方を書いてください。",
                "What was stopped needs both a day, as 2026/9/10, and its name on the statement.",
            );
            let day =
                day.ok_or_else(|| Problem { words: told.to_owned(), place: Place::Stop(place) })?;
            stops.push((day, words.clone()));
        }
        Ok(stops)
    }
}

fn elsewhere(words: &str) -> Problem {
    Problem { words: words.to_owned(), place: Place::Elsewhere }
}

/// Lines from a passbook, below the header that nobody has to type.
fn typed_lines(lang: Lang, account: usize, typed: &str) -> Result<Statement, Problem> {
    let text = format!("{}\n{}", form::TYPED_HEADER, parted(typed));
    kanuki_watch::read(lang.pick("通帳", "passbook"), text.as_bytes(), today()).map_err(|error| {
        let line = place_of(&error).map(|line| line.saturating_sub(1));
        Problem { words: refusal(lang, &error, 1), place: Place::Typed(account, line) }
    })
}

/// Cells parted by commas, also where the lines were pasted from a spreadsheet, which parts them by tabs: an
/// amount with separators is one cell there.
fn parted(typed: &str) -> String {
    let lines = typed.lines().map(|line| {
        if line.contains('\t') {
            let cells = line.split('\t').map(|cell| format!("\"{}\"", cell.replace('"', "")));
            cells.collect::<Vec<_>>().join(",")
        } else {
            line.replace(['、', '，'], ",")
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn answer(mut asked: Asked, sent: &Sent) -> Result<String, Problem> {
    let lang = asked.known.lang;
    asked.known.stopped.extend(sent.stops(lang)?);
    // The page shows the wallets that the command was told, and whoever takes one away means it; what it
    // does not show stays.
    let is_shown = |id: &String| {
        asked.dictionary.services().iter().any(|s| s.kind == ServiceKind::Wallet && s.id == *id)
    };
    asked.known.mine.retain(|id| !is_shown(id));
    asked.known.mine.extend(sent.written.mine.iter().cloned());
    let household = sent.household(lang)?;
    if household.accounts.is_empty() {
        return Err(elsewhere(lang.pick(
            "明細のファイルを選ぶか、通帳の行を書いてください。",
            "Choose a file or type some lines.",
        )));
    }
    Ok(Look::at(household, asked).page())
}
