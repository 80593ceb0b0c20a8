//! On the page of a rule's case at both desks: who sees to it, and whom it is about, with the way to what can
//! be done about each.

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect},
    routing::post,
};
use kanuki_desk::{
    case::Case,
    leaving::{self, Presence},
    officer::Officer,
    owner, rule,
};
use kanuki_domain::id::{CaseId, StaffId};
use kanuki_risk::{Key, Record};
use kanuki_site::{
    Answer, Problem, Visit,
    csrf::CsrfForm,
    risk::{Whom, owner_card, suspicion_card, whom_section},
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{Company, Desk, at_desk, name, refused::hidden};

/// So many of them stand on the page, newest first.
const WHOM_MAX: usize = 20;
/// And so many are looked for.
const ASKED_MAX: usize = 100;

pub(crate) fn routes() -> Router<Desk> {
    Router::new().route("/desk/cases/{id}/owner", post(give))
}

/// Whom the rule of a case held for, as far as something can be done about them at this desk: of `held`, which
/// [`seen::of_case`](crate::seen::of_case) read and wrote down.
pub async fn of_case(
    desk: &dyn Company,
    visit: &Visit,
    (case, held): (&Case, &[Record]),
) -> Result<Markup, Problem> {
    if rule::of_case(case).is_none() {
        return Ok(html! {});
    }
    let mut all: Vec<Whom> = Vec::new();
    for seen in held {
        for key in &seen.signal.keys {
            let Some(act) = desk.act_href(case.case_id, key) else { continue };
            if all.len() < ASKED_MAX && !all.iter().any(|one| one.act == act) {
                let (at, outcome, amount) = (seen.at, seen.outcome, seen.signal.amount);
                all.push(Whom { key: key.clone(), at, outcome, amount, act });
            }
        }
    }
    let mut whom = Vec::new();
    for one in all {
        // A wallet that was refused as it was opened is nobody's.
        if whom.len() < WHOM_MAX && desk.named(&one.key).await? == Named::Known {
            whom.push(one);
        }
    }
    Ok(whom_section(visit, &whom))
}

/// Who sees to a case that staff take up by themselves; nothing for another one.
async fn owner_of_case(
    desk: &dyn Company,
    visit: &Visit,
    (by, case): (StaffId, &Case),
) -> Result<Markup, Problem> {
    if !owner::is_taken_up(case) {
        return Ok(html! {});
    }
    let owner = match case.owner {
        Some(id) => Some(name(desk, &id.to_string()).await),
        None => None,
    };
    let mut others = Vec::new();
    for one in leaving::members(desk.book(), visit.now()).await? {
        let is_here = one.presence == Presence::Works;
        if is_here && one.staff_id != by && case.owner != Some(one.staff_id) {
            others.push((one.staff_id.to_string(), one.name));
        }
    }
    let is_own = case.owner == Some(by);
    Ok(owner_card(visit, &case.case_id.to_string(), (owner.as_deref(), is_own), &others))
}

/// The cards of an open rule's case: who sees to it, and the way to a draft for the authority.
pub async fn cards_of_case(
    desk: &dyn Company,
    visit: &Visit,
    about: (StaffId, &Case),
) -> Result<Markup, Problem> {
    Ok(html! {
        (owner_of_case(desk, visit, about).await?)
        (suspicion_of_case(desk, visit, about).await?)
    })
}

/// The same with whom it is about, for a page of one column.
pub async fn all_of_case(
    desk: &dyn Company,
    visit: &Visit,
    (by, case): (StaffId, &Case),
    held: &[Record],
) -> Result<Markup, Problem> {
    Ok(html! {
        (cards_of_case(desk, visit, (by, case)).await?)
        (of_case(desk, visit, (case, held)).await?)
    })
}

/// On an open rule's case, the way to a draft for the authority, for those who may know that there are any:
/// to everybody else nothing says so.
pub async fn suspicion_of_case(
    desk: &dyn Company,
    visit: &Visit,
    (by, case): (StaffId, &Case),
) -> Result<Markup, Problem> {
    if !owner::is_taken_up(case) || Officer::find(desk.book(), by).await?.is_none() {
        return Ok(html! {});
    }
    Ok(suspicion_card(visit, &case.case_id.to_string()))
}

#[derive(Deserialize)]
struct To {
    /// Whoever asks, where nobody is named.
    #[serde(default)]
    to: String,
}

async fn give(
    State(desk): State<Desk>,
    visit: Visit,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<To>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let case_id: CaseId = id.parse().map_err(|_| Problem::not_found())?;
    let to = match form.to.as_str() {
        "" => by,
        named => named.parse().map_err(|_| Problem::unprocessable("bad_form"))?,
    };
    owner::give(desk.book(), &visit.ctx(), by, (case_id, to)).await.map_err(hidden)?;
    Ok(Redirect::to(&format!("/desk/cases/{case_id}")).into_response())
}

/// Whether what staff typed as somebody's key names somebody, as far as a desk can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// There is one.
    Known,
    /// It is of the right form; who it is only attempts say.
    Formed,
    /// It is not, or there is none.
    Wrong,
}

/// Of a key that no company has a register of: a hash, or a name that a partner gave.
#[must_use]
pub fn formed(key: &Key) -> Named {
    let text = key.value();
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control();
    let is_formed = !text.is_empty() && text.chars().all(is_plain);
    if is_formed { Named::Formed } else { Named::Wrong }
}
