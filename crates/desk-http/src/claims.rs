//! Reports and claims at the desk: the part of a case's page, the list, and what one person may do.

use std::collections::BTreeMap;

use async_trait::async_trait;
use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use kanuki_desk::{
    approval::Approval,
    case::{self, Case, CaseKind},
    claim::{self as claims, Act, Claim, case_of},
    compensation::in_force,
    late_word, matter,
    promise::{self, Promise},
    report::{self, Outcome, Report, Taken},
    second_look, shared,
};
use kanuki_domain::{
    Ctx, Yen,
    agreement::Side,
    compensation::Cause,
    duty::{self, Judged},
    id::{ApprovalId, CaseId, StaffId},
};
use kanuki_site::{
    Answer, Problem, Visit,
    claim::{
        self, Ask, CaseView, Elsewhere, FromOther, Others, Promised, Reported, SecondLook, Seen,
        Sisters, Untold, Waits,
    },
    csrf::CsrfForm,
};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{Company, Desk, at_desk, compensation, name};

/// The most movements to choose from, newest first.
const CHOICES_MAX: usize = 50;

/// What of reports and claims is the company's own.
#[async_trait]
pub trait Claims {
    /// Which of the two companies it is.
    fn side(&self) -> Side;

    /// How people call the partner that a claim is shared with; as it is kept where nobody knows it.
    async fn partner_name(&self, partner: &str) -> Result<String, Problem>;

    /// What of a case could be claimed, newest first: each movement's key, its words, and how much of it is
    /// not back.
    async fn claimable(
        &self,
        visit: &Visit,
        by: StaffId,
        case: &Case,
    ) -> Result<Vec<(String, String, Yen)>, Problem>;

    /// What of its duties was kept.
    async fn duties(&self, ctx: &Ctx<'_>, case: &Case) -> Result<Vec<Judged>, Problem>;

    /// What a partner told that the victim of this case has by now.
    async fn told_paid(&self, case_id: CaseId) -> Result<Option<Yen>, Problem>;

    /// Another open case of this one's person, not joined with it, under which a partner says that it paid
    /// and nothing is claimed, with how much.
    async fn paid_sister(&self, case: &Case) -> Result<Option<(CaseId, Yen)>, Problem>;

    /// Staff write down what somebody says on the telephone, about one of them.
    async fn report_by_phone(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        what: (&str, &str),
        about: Option<&str>,
    ) -> Result<Taken, Problem>;

    /// Whoever reported was answered.
    async fn answer_report(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
    ) -> Result<(), Problem>;

    /// A report is the same as another.
    async fn join_report(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        both: (CaseId, CaseId),
    ) -> Result<(), Problem>;

    /// A report ends with what came of it.
    async fn end_report(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        end: (&str, Outcome),
    ) -> Result<(), Problem>;

    /// One person does something to a claim; what needs a second one is asked for.
    async fn act_on_claim(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        act: (Act, &str),
    ) -> Result<Option<ApprovalId>, Problem>;

    /// Staff know which other company a report is about, or that it is about none.
    async fn name_other(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        other: Option<&str>,
    ) -> Result<(), Problem>;

    /// Whoever was refused asks for a second look.
    async fn look_again(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        reason: &str,
    ) -> Result<(), Problem>;

    /// Opens the claim of a case, for what was chosen.
    async fn open_claim(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        case_id: CaseId,
        chosen: &[String],
    ) -> Result<(), Problem>;
}

pub(crate) fn routes() -> Router<Desk> {
    Router::new().route("/desk/claims", get(list)).route("/desk/cases/{id}/claim", post(act))
}

async fn seen(desk: &dyn Company, claim: Claim) -> Result<Seen, Problem> {
    Ok(Seen {
        case_id: claim.case_id,
        partner: desk.partner_name(&claim.partner).await?,
        is_payer: claim.is_payer,
        amount: claim.asked(),
        only_paid: claim.only_paid,
        items: claim
            .items
            .iter()
            .map(|item| (item.movement.clone(), item.amount, item.is_paid))
            .collect(),
        parts: Cause::ALL.map(|cause| (cause, claim.parts(cause))).into(),
        clock: claim.clock,
        policy: claim.policy.clone(),
        reference: claim.reference.clone(),
        state: claim.state,
    })
}

/// What an approval about a claim or the policy of claims asks for; nothing where it is about something
/// else.
pub async fn asked_for(
    desk: &dyn Company,
    visit: &Visit,
    approval: &Approval,
) -> Result<Vec<(String, Markup)>, Problem> {
    let Some(case_id) = case_of(approval) else {
        return compensation::asked_for(desk, visit, approval).await;
    };
    let Some(claim) = claims::find(desk.book(), case_id).await? else { return Ok(Vec::new()) };
    Ok(claim::approval_facts(visit, &seen(desk, claim).await?))
}

/// What the list of cases says about claims.
pub async fn reminder(desk: &dyn Company, visit: &Visit) -> Result<Markup, Problem> {
    let open = claims::open_ones(desk.book()).await?;
    let late = open.iter().filter(|claim| claim.is_overdue(visit.now())).count();
    let waiting = promises(desk, visit, None).await?;
    Ok(
        html! { (claim::promise_reminder(visit, &waiting)) (claim::reminder(visit, open.len(), late)) },
    )
}

/// What was promised to people who reported, and is not kept yet: a page of it.
async fn promises(
    desk: &dyn Company,
    visit: &Visit,
    after: Option<CaseId>,
) -> Result<Waits, Problem> {
    let now = visit.now();
    let promised = |one: &Promise| Promised {
        case_id: one.case_id,
        reported_at: one.reported_at,
        is_told: one.is_told,
        answer: (one.answered_at.is_none() && !one.is_told)
            .then(|| (one.clock.answer_by(), one.is_answer_late(now))),
        refund: (!one.has_claim).then(|| (one.refund_by(now), one.is_refund_late(now))),
    };
    let waiting = promise::waiting(desk.book(), desk.side(), after).await?;
    Ok(Waits { all: waiting.all.iter().map(promised).collect(), after, next: waiting.next })
}

#[derive(Deserialize)]
struct Paged {
    after: Option<String>,
}

async fn list(State(desk): State<Desk>, visit: Visit, Query(paged): Query<Paged>) -> Answer {
    at_desk(&*desk, &visit).await?;
    let after = match paged.after.as_deref().map(str::parse::<CaseId>) {
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => return Err(Problem::not_found()),
        None => None,
    };
    let mut all = Vec::new();
    // They stand on the first page, whatever comes after it.
    if after.is_none() {
        for one in claims::open_ones(desk.book()).await? {
            all.push(seen(&*desk, one).await?);
        }
    }
    let title = visit.t("claim-list");
    let meta = desk.meta(&visit, &title, "/desk");
    let mut waiting = promises(&*desk, &visit, after).await?;
    let paid = paid(&*desk, &mut waiting).await?;
    Ok(visit.desk_page(&meta, claim::list(&visit, &all, &waiting, &paid)).into_response())
}

/// Takes those from the list whose money is back: whoever reported waits for the answer alone.
async fn paid(desk: &dyn Company, waiting: &mut Waits) -> Result<Vec<Promised>, Problem> {
    let (mut paid, mut others) = (Vec::new(), Vec::new());
    for one in std::mem::take(&mut waiting.all) {
        let is_paid = match desk.book().find::<Case>(one.case_id).await? {
            Some(case) => matter::made_good_at(desk.book(), &case).await?.is_some(),
            None => false,
        };
        if is_paid { paid.push(one) } else { others.push(one) }
    }
    waiting.all = others;
    Ok(paid)
}

async fn reported(
    desk: &dyn Company,
    visit: &Visit,
    (report, case, has_claim): (&Report, &Case, bool),
) -> Reported {
    let ending = match report.ending {
        Some((by, outcome)) => Some((name(desk, &by.to_string()).await, outcome)),
        None => None,
    };
    let (now, is_open) = (visit.now(), case.closed_at.is_none());
    let promise = report.clock.map(|clock| Promise {
        case_id: report.case_id,
        reported_at: report.reported_at(case),
        clock,
        answered_at: report.answered_at,
        has_claim,
        is_told: false,
    });
    let answer = |one: &Promise| (one.clock.answer_by(), is_open && one.is_answer_late(now));
    let refund = |one: &Promise| (one.refund_by(now), is_open && one.is_refund_late(now));
    Reported {
        answer_by: promise.as_ref().map(answer),
        refund_by: promise.as_ref().filter(|one| !one.has_claim).map(refund),
        answered_at: report.answered_at,
        ending,
    }
}

/// The other open cases of this one's person, where it can be joined with them.
async fn sisters(desk: &dyn Company, case: &Case) -> Result<Sisters, Problem> {
    let book = desk.book();
    let is_told = case.kind == CaseKind::ToldByPartner;
    if case.closed_at.is_some()
        || (!is_told && report::of_case(book, case.case_id).await?.is_none())
    {
        return Ok(Sisters::default());
    }
    let all = late_word::sisters(book, case).await?;
    let paid = desk.paid_sister(case).await?;
    Ok(Sisters { all: all.iter().map(|one| (one.case_id, one.opened_at)).collect(), paid })
}

/// What the cases have that this one was joined with, and its person's others.
async fn elsewhere(
    desk: &dyn Company,
    case: &Case,
    claims: Vec<Claim>,
) -> Result<Elsewhere, Problem> {
    let mut found = Elsewhere { sisters: sisters(desk, case).await?, ..Elsewhere::default() };
    for id in matter::numbers(desk.book(), case).await? {
        let is_claimed = claims.iter().any(|claim| claim.case_id == id);
        if id != case.case_id && !is_claimed && found.told.is_none() {
            found.told = desk.told_paid(id).await?.map(|amount| (id, amount));
        }
    }
    for claim in claims {
        found.claims.push(seen(desk, claim).await?);
    }
    Ok(found)
}

async fn from_other(desk: &dyn Company, visit: &Visit, case: &Case) -> Result<FromOther, Problem> {
    let ending = match shared::ending(case) {
        Some((by, outcome)) => Some((name(desk, &by.to_string()).await, outcome)),
        None => None,
    };
    let promise = promise::of_told(desk.book(), desk.side(), case).await?;
    let now = visit.now();
    let refund_by = promise.map(|one| (one.refund_by(now), one.is_refund_late(now)));
    Ok(FromOther { ending, refund_by })
}

/// How a case may end: what came of it, where nobody claims anything here, the other company knows.
fn possible(claims: &[Claim], is_from_other: bool, is_paid_there: bool) -> Vec<Outcome> {
    if !is_from_other || !claims.is_empty() {
        return matter::outcomes(claims, is_paid_there);
    }
    let mut all = Outcome::ALL.to_vec();
    all.retain(|one| !is_paid_there || *one != Outcome::NothingLost);
    all
}

/// Whether what was decided is, or can be, looked at again.
async fn second_look_of(
    desk: &dyn Company,
    visit: &Visit,
    (by, case): (StaffId, &Case),
) -> Result<SecondLook, Problem> {
    let book = desk.book();
    Ok(match second_look::asked(book, case).await? {
        Some(again) => SecondLook::Asked {
            at: again.at,
            by_first: again.not_by.contains(&by),
            others: match second_look::others(book, visit.now(), &again).await? {
                0 => Others::Nobody,
                1 => Others::One,
                _ => Others::Enough,
            },
        },
        None if second_look::may_be_asked_now(book, case).await? => SecondLook::Possible,
        None => SecondLook::No,
    })
}

/// The part of a case's page.
pub async fn of_case(
    desk: &dyn Company,
    visit: &Visit,
    (by, case): (StaffId, &Case),
) -> Result<Markup, Problem> {
    let (book, ctx) = (desk.book(), visit.ctx());
    let all = matter::claims(book, case).await?;
    let has_claim = !all.is_empty();
    let claimed: Vec<String> =
        all.iter().flat_map(Claim::movements).map(|(movement, _)| movement).collect();
    let (own, others): (Vec<Claim>, Vec<Claim>) =
        all.iter().cloned().partition(|claim| claim.case_id == case.case_id);
    let elsewhere = elsewhere(desk, case, others).await?;
    let told = desk.told_paid(case.case_id).await?;
    let is_paid_there = !has_claim && (told.is_some() || elsewhere.told.is_some());
    let claim = own.into_iter().next();
    let report = match report::of_case(book, case.case_id).await? {
        Some(report) => Some(reported(desk, visit, (&report, case, has_claim)).await),
        None => None,
    };
    let from_other = match report {
        None if case.kind == CaseKind::ToldByPartner => Some(from_other(desk, visit, case).await?),
        _ => None,
    };
    let outcomes = possible(&all, from_other.is_some(), is_paid_there);
    let second_look = second_look_of(desk, visit, (by, case)).await?;
    let claim = match claim {
        Some(claim) => Some(seen(desk, claim).await?),
        None => None,
    };
    let untold = match case.closed_at {
        None => report::untold(book, case).await?,
        Some(_) => None,
    };
    let (policy, _) = in_force(book).await?;
    let mut left = Vec::new();
    if claim.is_none() && case.closed_at.is_none() {
        left = desk.claimable(visit, by, case).await?;
        // What a claim of the matter is about is decided there.
        left.retain(|(movement, _, _)| !claimed.contains(movement));
        left.truncate(CHOICES_MAX);
    }
    let judged = desk.duties(&ctx, case).await?;
    let advice = duty::advice(desk.side(), &judged);
    let view = CaseView {
        case_id: case.case_id,
        is_open: case.closed_at.is_none(),
        has_person: case.person_id.is_some(),
        report,
        from_other,
        claim,
        elsewhere,
        outcomes,
        pays_first: policy.split.pays_first == Some(desk.side()),
        left,
        told,
        untold: match untold {
            Some(report) => Some(Untold {
                number: report.case_id,
                nobody_else: report.nobody_else,
                others: desk.partners().await?.into_iter().map(|one| (one.id, one.name)).collect(),
            }),
            None => None,
        },
        second_look,
        duties: (judged, advice),
        contact: policy.contact,
    };
    Ok(claim::section(visit, &view))
}

async fn act(
    State(desk): State<Desk>,
    visit: Visit,
    Path(text): Path<String>,
    CsrfForm(form): CsrfForm<BTreeMap<String, String>>,
) -> Answer {
    let by = at_desk(&*desk, &visit).await?;
    let id: CaseId = text.parse().map_err(|_| Problem::not_found())?;
    let (ask, why) = claim::ask(&form).ok_or_else(|| Problem::unprocessable("bad_form"))?;
    let ctx = visit.ctx();
    let act = match ask {
        Ask::Answered => {
            desk.answer_report(&ctx, by, id).await?;
            None
        }
        Ask::Join(number) => {
            let other = case::the_one(desk.book(), &number).await?;
            let other = other.ok_or_else(|| Problem::unprocessable("bad_form"))?;
            desk.join_report(&ctx, by, (id, other)).await?;
            None
        }
        Ask::Open(chosen) => {
            desk.open_claim(&ctx, by, id, &chosen).await?;
            None
        }
        Ask::End(outcome) => {
            desk.end_report(&ctx, by, id, (&desk.reason(why)?, outcome)).await?;
            None
        }
        Ask::Name(other) => {
            let known = desk.partners().await?;
            if other.as_ref().is_some_and(|id| !known.iter().any(|one| one.id == *id)) {
                return Err(Problem::unprocessable("bad_form"));
            }
            desk.name_other(&ctx, by, id, other.as_deref()).await?;
            None
        }
        Ask::LookAgain => {
            desk.look_again(&ctx, by, id, &desk.reason(why)?).await?;
            None
        }
        Ask::Investigate => Some(Act::Investigate),
        Ask::Pause(pause) => Some(Act::Pause(pause)),
        Ask::Pay(cause) => Some(Act::Pay(cause)),
        Ask::PayPart(cause) => Some(Act::PayPart(cause)),
        Ask::Refuse(evidence, reference) => Some(Act::Refuse(evidence, reference)),
    };
    let mut next = format!("/desk/cases/{id}");
    if let Some(act) = act {
        let done = desk.act_on_claim(&ctx, by, id, (act, &desk.reason(why)?)).await?;
        if done.is_some() {
            "/desk/approvals".clone_into(&mut next);
        }
    }
    Ok(Redirect::to(&next).into_response())
}
