//! The four reports, each as small as what it says.

use axum::{Json, extract::State};
use kanuki_bank::channel::{
    Called, ChannelError, Confirms, Handed, LetterOutcome, Name, Reference, ReportId,
};
use kanuki_domain::{bank_account::AccountNumber, id::MessageId};
use kanuki_site::Problem;
use serde::{Deserialize, Serialize};

use crate::{BankState, oauth::request::StrictJson, refusal::problem};

/// Longest number that a network gives: E.164 has 15 digits, and people write `+` and `-`.
const FROM_MAX: usize = 24;

type Reported<T> = Result<Json<T>, Problem>;

fn refused(error: ChannelError) -> Problem {
    match error {
        ChannelError::Different => Problem::conflict("different_request"),
        ChannelError::Bank(error) => problem(error),
    }
}

fn place(branch: &str, number: &str) -> Result<AccountNumber, Problem> {
    AccountNumber::parse(branch, number).map_err(|_| Problem::unprocessable("bad_account"))
}

/// A call came in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    report_id: ReportId,
    /// The caller's number as the network gives it; `null` when it is withheld.
    from: Option<String>,
    /// What was typed.
    reference: Reference,
    /// The caller has heard whose link it confirms, and said yes.
    #[serde(default)]
    agreed: bool,
}

/// Which link would be confirmed, for the person to be told.
#[derive(Default, Serialize)]
pub(super) struct Whose {
    /// The company.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirms_link_of: Option<String>,
    /// The account, as it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
}

impl From<Option<Confirms>> for Whose {
    fn from(confirms: Option<Confirms>) -> Self {
        let (confirms_link_of, account) =
            confirms.map(|link| (link.link_of, link.account_mask)).unzip();
        Self { confirms_link_of, account }
    }
}

/// What the voice may say: it was good, or it was not, never why; or which link it would confirm, to
/// ask.
#[derive(Serialize)]
pub(super) struct CallAnswer {
    accepted: bool,
    #[serde(flatten)]
    whose: Whose,
}

pub(super) async fn call(
    State(state): State<BankState>,
    StrictJson(call): StrictJson<Call>,
) -> Reported<CallAnswer> {
    let from = call.from.as_deref();
    if from.is_some_and(|from| from.len() > FROM_MAX || from.chars().any(char::is_control)) {
        return Err(Problem::unprocessable("bad_number"));
    }
    let moment = state.site.world.moment("");
    let said = (from, &call.reference, call.agreed);
    let called = state.bank.report_call(&moment.ctx(), &call.report_id, said).await;
    let (accepted, confirms) = match called.map_err(refused)? {
        Called::Nothing => (false, None),
        Called::Asks(confirms) => (false, Some(confirms)),
        Called::Proven => (true, None),
    };
    Ok(Json(CallAnswer { accepted, whose: confirms.into() }))
}

/// A card was read and its PIN was right.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Card {
    report_id: ReportId,
    branch: String,
    number: String,
    /// What was typed: the reference on the page.
    reference: Reference,
}

/// What to print or to hand out; without `code` there is nothing.
#[derive(Serialize)]
pub(super) struct CodeAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<jiff::Timestamp>,
    /// Which link the code confirms: the slip says so, staff ask the person whether they want it.
    #[serde(flatten)]
    whose: Whose,
}

impl From<Option<Handed>> for CodeAnswer {
    fn from(handed: Option<Handed>) -> Self {
        let Some(Handed { code, until, confirms }) = handed else {
            return Self { code: None, valid_until: None, whose: Whose::default() };
        };
        Self { code: Some(code), valid_until: until, whose: confirms.into() }
    }
}

pub(super) async fn card(
    State(state): State<BankState>,
    StrictJson(card): StrictJson<Card>,
) -> Reported<CodeAnswer> {
    let account = place(&card.branch, &card.number)?;
    let moment = state.site.world.moment("");
    let said = (&account, &card.reference);
    let handed = state.bank.report_card(&moment.ctx(), &card.report_id, said).await;
    Ok(Json(handed.map_err(refused)?.into()))
}

/// Staff saw the holder and their papers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counter {
    report_id: ReportId,
    branch: String,
    number: String,
    /// Who at the branch, for the audit log.
    staff: Name,
    /// What the person brought: the reference on the page that waits.
    reference: Reference,
}

pub(super) async fn visit(
    State(state): State<BankState>,
    StrictJson(counter): StrictJson<Counter>,
) -> Reported<CodeAnswer> {
    let account = place(&counter.branch, &counter.number)?;
    let moment = state.site.world.moment("");
    let said = (&account, &counter.staff, &counter.reference);
    let handed = state.bank.report_visit(&moment.ctx(), &counter.report_id, said).await;
    Ok(Json(handed.map_err(refused)?.into()))
}

/// Where a letter went.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fate {
    Posted,
    Uncollected,
    Undeliverable,
}

/// What became of a letter.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LetterReport {
    report_id: ReportId,
    /// The `id` that the message came with.
    letter_id: MessageId,
    outcome: Fate,
}

/// Whether it was a letter whose fate matters.
#[derive(Serialize)]
pub(super) struct LetterAnswer {
    noted: bool,
}

pub(super) async fn letter(
    State(state): State<BankState>,
    StrictJson(letter): StrictJson<LetterReport>,
) -> Reported<LetterAnswer> {
    let outcome = match letter.outcome {
        Fate::Posted => LetterOutcome::Posted,
        Fate::Uncollected => LetterOutcome::Uncollected,
        Fate::Undeliverable => LetterOutcome::Undeliverable,
    };
    let moment = state.site.world.moment("");
    let said = (letter.letter_id, outcome);
    let noted = state.bank.report_letter(&moment.ctx(), &letter.report_id, said).await;
    Ok(Json(LetterAnswer { noted: noted.map_err(refused)? }))
}
