//! Looking back over past movements at the desk (RQ-04). Whatever is looked at is written down.

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use http::StatusCode;
use kanuki_desk::{
    leak,
    lookback::{
        self, DAYS_DEFAULT, DAYS_MAX, Listed, Lookback, LookbackError, Pattern, SUBJECTS, Tell,
        Typed as Asked, Wrong,
    },
};
use kanuki_domain::id::{LookbackId, StaffId};
use kanuki_risk::{Kind, Subject};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    lookback::{
        FormShown, HitShown, LookPage, LookShown, TellShown, Typed, What, href, list_body,
        look_body,
    },
    risk,
};
use serde::Deserialize;

use crate::{Company, Desk, at_desk, name, proof, refused::hidden};

/// What was wrong with a form: a part of a text key, and words of the checker beside it.
type WrongShown = (&'static str, String);

pub(crate) fn routes() -> Router<Desk> {
    Router::new()
        .route("/desk/lookback", get(list).post(begin))
        .route("/desk/lookback/{id}", get(show))
        .route("/desk/lookback/{id}/{act}", post(act))
}

/// Whatever is not there is not found.
fn refusal(error: LookbackError) -> Problem {
    match error {
        LookbackError::Desk(error) => hidden(error),
        LookbackError::Record(error) => error.into(),
        LookbackError::Company(error) => {
            tracing::error!(%error, "a look-back could not be read or told of");
            Problem::unavailable()
        }
        // A form says these itself, before it comes here.
        LookbackError::Wrong(_) | LookbackError::Busy => Problem::unprocessable("bad_form"),
    }
}

async fn list(State(desk): State<Desk>, visit: Visit) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    drawn(&*desk, &visit, by, (&Typed::default(), None)).await
}

async fn drawn(
    desk: &dyn Company,
    visit: &Visit,
    by: StaffId,
    (typed, wrong): (&Typed, Option<WrongShown>),
) -> Answer {
    let mut looks = Vec::new();
    for look in lookback::list(desk.book(), &visit.ctx(), by).await.map_err(refusal)? {
        looks.push(shown(desk, &look).await);
    }
    let leaks = leak::live(desk.book()).await?;
    let leaks: Vec<(String, String)> = leaks
        .iter()
        .map(|list| (list.version.clone(), format!("{} ({})", list.name, list.version)))
        .collect();
    let subjects = SUBJECTS.map(Subject::name);
    let days = [DAYS_DEFAULT, DAYS_MAX].map(u32::from);
    let form = FormShown { typed, wrong, subjects: &subjects, leaks: &leaks, days };
    let body = list_body(visit, &looks, &form);
    let title = visit.t("lookback-title");
    Ok(visit.desk_page(&desk.meta(visit, &title, "/desk/risk"), body).into_response())
}

async fn shown(desk: &dyn Company, look: &Lookback) -> LookShown {
    let what = match &look.pattern {
        Pattern::Rule { text, name, .. } => What::Rule { name: name.clone(), text: text.clone() },
        Pattern::Keys { keys } => What::Keys {
            subject: keys.first().map_or("everyone", |key| key.subject().name()),
            values: keys.iter().map(|key| key.value().to_owned()).collect(),
        },
        Pattern::Leaked { list } => What::Leaked(list.clone()),
    };
    LookShown {
        id: look.lookback_id.to_string(),
        what,
        days: look.days.into(),
        by: name(desk, &look.by.to_string()).await,
        at: look.until,
        reason: look.reason.clone(),
        state: look.state(),
        percent: look.percent(),
        seen: look.round.seen,
        hits: look.round.hits,
    }
}

/// What is wrong, as the form says it.
fn said(visit: &Visit, wrong: Wrong) -> WrongShown {
    let nothing = String::new();
    match wrong {
        Wrong::Empty => ("empty", nothing),
        Wrong::TooLong => ("too-long", nothing),
        Wrong::Mistakes { mistakes, text } => {
            ("mistakes", risk::mistakes(visit, &mistakes, (&visit.t("lookback-rule"), &text)))
        }
        Wrong::NotOneRule => ("not-one-rule", nothing),
        Wrong::NotKept(kinds) => {
            let word =
                |kind: &Kind| visit.t(&format!("risk-kind-{}", kind.name().replace('_', "-")));
            let kinds: Vec<String> = kinds.iter().map(word).collect();
            ("not-kept", kinds.join(&visit.t("loosened-and")))
        }
        Wrong::Subject => ("subject", nothing),
        Wrong::Entry(line) => ("entry", line.to_string()),
        Wrong::TooMany => ("too-many", nothing),
        Wrong::NoList => ("no-list", nothing),
        Wrong::Days => ("days", nothing),
    }
}

/// What a form asks for; a kind of list or of pattern that is none was sent by no page.
fn asked(typed: &Typed) -> Result<Asked<'_>, Problem> {
    let none = || Problem::unprocessable("bad_form");
    match typed.pattern.as_str() {
        "rule" => Ok(Asked::Rule(&typed.rule)),
        "keys" => {
            let subject = Subject::parse(&typed.subject).ok_or_else(none)?;
            Ok(Asked::Keys(subject, &typed.keys))
        }
        "leaked" => Ok(Asked::Leaked(&typed.list)),
        _ => Err(none()),
    }
}

async fn begin(State(desk): State<Desk>, visit: Visit, CsrfForm(typed): CsrfForm<Typed>) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let mut typed = typed;
    // Browsers end lines in their own way.
    typed.rule = typed.rule.replace("\r\n", "\n");
    let (pattern, reason) = (asked(&typed)?, desk.reason(&typed.reason)?);
    // What is no number of days is none at all, and is told as such.
    let days: u16 = typed.days.trim().parse().unwrap_or(0);
    let begun = lookback::ask(desk.lookbacks(), &visit.ctx(), by, (pattern, days, &reason)).await;
    let wrong = match begun {
        Ok(id) => return Ok(Redirect::to(&href(&id.to_string())).into_response()),
        Err(LookbackError::Wrong(wrong)) => said(&visit, wrong),
        Err(LookbackError::Busy) => ("busy", String::new()),
        Err(error) => return Err(refusal(error)),
    };
    let page = drawn(&*desk, &visit, by, (&typed, Some(wrong))).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn id_of(text: &str) -> Result<LookbackId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

async fn show(State(desk): State<Desk>, visit: Visit, Path(text): Path<String>) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let read = lookback::read(desk.lookbacks(), &visit.ctx(), by, id_of(&text)?).await;
    let read = read.map_err(refusal)?;
    let look = shown(&*desk, &read.look).await;
    let hits: Vec<HitShown> = read.hits.iter().map(hit).collect();
    let is_usable = read.look.is_usable();
    let shadow = is_usable.then(|| lookback::shadow_text(desk.engine(), &read.look.pattern));
    let page = LookPage {
        look: &look,
        hits: &hits,
        lost: read.lost,
        tell: told(&*desk, by, &read.look).await,
        shadow: shadow.flatten(),
    };
    let body = look_body(&visit, &page);
    let title = visit.t("lookback-one");
    Ok(visit.desk_page(&desk.meta(&visit, &title, "/desk/risk"), body).into_response())
}

fn hit(one: &Listed) -> HitShown {
    let (hit, movement) = (&one.hit, one.movement.as_ref());
    HitShown {
        // A debit is called by its partner and its number.
        about: hit.about.rsplit('|').next().unwrap_or_default().to_owned(),
        kind: hit.kind,
        person: hit.person_id.clone(),
        at: movement.map_or(hit.at, |movement| movement.at),
        amount: hit.amount,
        moved: movement.map(|movement| [movement.lost, movement.refunded]),
        company: movement.map(|movement| movement.company.clone()).unwrap_or_default(),
        outcome: hit.outcome,
        told_at: hit.told_at,
        is_passed: hit.passed_at.is_some(),
        case: one.case_id.map(|id| id.to_string()),
    }
}

async fn told(desk: &dyn Company, looks: StaffId, look: &Lookback) -> TellShown {
    match look.tell.clone() {
        Tell::Nobody if look.is_usable() && look.round.hits > 0 => TellShown::Nobody,
        Tell::Nobody => TellShown::Cannot,
        Tell::Asked { by, at, reason } => {
            let is_own = by == looks;
            TellShown::Asked { by: name(desk, &by.to_string()).await, at, reason, is_own }
        }
        Tell::Agreed { asked_by, by, done_at, .. } => {
            let first = name(desk, &asked_by.to_string()).await;
            let second = name(desk, &by.to_string()).await;
            TellShown::Agreed { by: [first, second], done_at }
        }
    }
}

#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    reason: String,
}

async fn act(
    State(desk): State<Desk>,
    visit: Visit,
    Path((text, act)): Path<(String, String)>,
    CsrfForm(form): CsrfForm<Given>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let (id, ctx, ports) = (id_of(&text)?, visit.ctx(), desk.lookbacks());
    let done = match act.as_str() {
        "tell" => lookback::ask_tell(ports, &ctx, by, (id, &desk.reason(&form.reason)?)).await,
        "keep" => lookback::keep_quiet(ports, &ctx, by, id).await,
        "agree" => {
            proof::require(&visit, &href(&text))?;
            lookback::agree(ports, &ctx, by, id).await
        }
        _ => return Err(Problem::not_found()),
    };
    done.map_err(refusal)?;
    Ok(Redirect::to(&href(&text)).into_response())
}
