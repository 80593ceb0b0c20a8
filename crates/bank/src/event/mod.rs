//! What one company must tell the other at once: security event tokens, out and in.
//!
//! Out: a row written in the same unit as what it tells of, pushed by a worker, or fetched, until it
//! is acknowledged by either. In: acted on once, and only to tighten; a release by the partner never releases
//! anything here.

mod fetch;
mod inbound;
mod listen;
mod stream;

pub use inbound::EventError;
pub use listen::Fetching;

use jiff::Timestamp;
use kanuki_desk::signal::{Passage, passage};
use kanuki_domain::{
    Ctx,
    id::{CaseId, MandateId, encode_base32},
    mandate::later,
};
use kanuki_record::{RecordError, Stored, Unit, record};
use kanuki_wire::set::{self, CaseStage, LinkStatus, SecurityEvent};
use serde::{Deserialize, Serialize};

use crate::{Bank, BankError, mandate::Mandate, waiting::waiting};

/// Longest time between two pushes.
const RETRY_SECS_MAX: i64 = 900;

/// An event on its way to a partner.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Event {
    /// Its `jti`.
    pub event_id: String,
    /// For which partner.
    pub client_id: String,
    /// The mandate it is about; none where it is about the line itself.
    pub mandate_id: Option<MandateId>,
    /// The wallet's opaque reference, or the stream's name: the subject.
    pub account_ref: String,
    /// What the mandate is now.
    pub status: Option<LinkStatus>,
    /// What the partner said when it asked for a word on the line.
    #[serde(default)]
    pub state_said: Option<String>,
    /// The case both companies share, if there is one.
    pub case_id: Option<CaseId>,
    /// How far that case is, where it is what is told.
    #[serde(default)]
    pub stage: Option<CaseStage>,
    /// When it happened.
    pub at: Timestamp,
    /// When it is next pushed; `None` once it was acknowledged.
    pub due_at: Option<Timestamp>,
    /// How often it was pushed.
    pub attempts: u32,
    /// When it was given up, because its partner had been removed.
    #[serde(default)]
    pub given_up_at: Option<Timestamp>,
    /// It is not pushed: it waits until its partner fetches it, or lets its stream go on.
    #[serde(default)]
    pub is_held: bool,
    /// Why its partner refused it for good, in the code that it gave.
    #[serde(default)]
    pub refused: Option<String>,
}

record! { Event => "event" by |e| e.event_id.clone();
    many state = |e| Some(e.place());
}

/// Where the events of a partner wait that does not want them pushed, apart from all others: it
/// may never come, and must not stand in anybody's way.
fn held_for(client_id: &str) -> String {
    format!("held|{client_id}")
}

impl Event {
    /// That a mandate's status changed.
    pub fn link_status(
        ctx: &Ctx<'_>,
        mandate: &Mandate,
        status: LinkStatus,
        case_id: Option<CaseId>,
    ) -> Self {
        Self {
            event_id: encode_base32(u128::from_be_bytes(ctx.random())),
            client_id: mandate.client_id.clone(),
            mandate_id: Some(mandate.mandate_id),
            account_ref: mandate.account_ref.clone(),
            status: Some(status),
            state_said: None,
            case_id,
            stage: None,
            at: ctx.now,
            due_at: Some(ctx.now),
            attempts: 0,
            given_up_at: None,
            is_held: false,
            refused: None,
        }
    }

    /// A word on the line (SSF 1.0 section 8.1.4.1).
    fn verification(
        ctx: &Ctx<'_>,
        client_id: &str,
        stream_id: String,
        state: Option<String>,
    ) -> Self {
        Self {
            event_id: encode_base32(u128::from_be_bytes(ctx.random())),
            client_id: client_id.to_owned(),
            mandate_id: None,
            account_ref: stream_id,
            status: None,
            state_said: state,
            case_id: None,
            stage: None,
            at: ctx.now,
            due_at: Some(ctx.now),
            attempts: 0,
            given_up_at: None,
            is_held: false,
            refused: None,
        }
    }

    /// How far a case is that both companies have; its number is the subject.
    pub(crate) fn case_shared(
        ctx: &Ctx<'_>,
        client_id: &str,
        case_id: CaseId,
        stage: CaseStage,
    ) -> Self {
        Self {
            case_id: Some(case_id),
            stage: Some(stage),
            ..Self::verification(ctx, client_id, case_id.to_string(), None)
        }
    }

    fn place(&self) -> String {
        match (self.due_at, self.is_held) {
            (None, _) => "sent".to_owned(),
            (Some(_), false) => "due".to_owned(),
            (Some(_), true) => held_for(&self.client_id),
        }
    }

    /// What it tells.
    fn told(&self) -> set::Event {
        if let (Some(case_id), Some(stage)) = (self.case_id, self.stage) {
            return set::Event::CaseShared { case_id, stage };
        }
        let reason = if self.case_id.is_some() { "report" } else { "holder" };
        match (self.mandate_id, self.status) {
            (Some(mandate_id), Some(status)) => {
                set::Event::LinkStatusChanged { mandate_id, status, reason: reason.to_owned() }
            }
            _ => set::Event::Verification { state: self.state_said.clone() },
        }
    }

    /// Its partner is gone: nobody is told any more.
    pub(crate) const fn give_up(&mut self, now: Timestamp) {
        self.due_at = None;
        self.given_up_at = Some(now);
    }
}

/// A token ready to be pushed.
#[derive(Clone, Debug)]
pub struct Push {
    /// Which event.
    pub event_id: String,
    /// Where to: from the registry, never from a request.
    pub url: String,
    /// The signed token.
    pub token: String,
}

impl Bank {
    /// Tokens that are due now.
    pub async fn due_events(&self, ctx: &Ctx<'_>) -> Result<Vec<Push>, BankError> {
        self.release_events(ctx).await?;
        let due = waiting::<Event>(&self.book, "state", "due").await?;
        let mut pushes = Vec::new();
        for event in due.into_iter().filter(|e| e.due_at.is_some_and(|at| at <= ctx.now)) {
            match self.passage_of(ctx, &event).await? {
                Passage::Push => {}
                Passage::Fetch | Passage::Hold => {
                    self.note(event, |event| event.is_held = true).await?;
                    continue;
                }
                Passage::Drop => {
                    self.note(event, |event| event.give_up(ctx.now)).await?;
                    continue;
                }
            }
            // One that cannot be made waits, and stops no other.
            match self.signed(&event).await {
                Ok(push) => pushes.push(push),
                Err(error) => tracing::warn!(%error, event.id = event.event_id, "event waits"),
            }
        }
        Ok(pushes)
    }

    async fn passage_of(&self, ctx: &Ctx<'_>, event: &Event) -> Result<Passage, BankError> {
        let about = (event.told().uri(), event.account_ref.as_str());
        Ok(passage(&self.book, ctx.now, &event.client_id, about).await?)
    }

    /// Writes one event; another node that was faster did the same.
    async fn note(
        &self,
        mut event: Stored<Event>,
        change: impl FnOnce(&mut Event),
    ) -> Result<(), BankError> {
        change(event.edit());
        let mut unit = Unit::new();
        unit.update(&event);
        match self.book.commit(unit).await {
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The token of one event.
    async fn signed(&self, event: &Event) -> Result<Push, BankError> {
        let partner = self.partner(&event.client_id).await?;
        let told = SecurityEvent {
            jti: event.event_id.clone(),
            txn: event.case_id.map(|c| c.to_string()),
            subject: event.account_ref.clone(),
            issued_at: event.at,
            event: event.told(),
        };
        let token = set::make(&self.set_key, &self.config.issuer, &partner.issuer, &told)
            .map_err(|_| BankError::NotAvailable)?;
        Ok(Push { event_id: event.event_id.clone(), url: partner.events_url, token })
    }

    /// Notes whether a push was acknowledged.
    pub async fn event_pushed(
        &self,
        ctx: &Ctx<'_>,
        event_id: &str,
        is_acknowledged: bool,
    ) -> Result<(), BankError> {
        let mut event: Stored<Event> = crate::holder::load(&self.book, event_id).await?;
        if event.due_at.is_none() {
            // Fetched and acknowledged while it was on its way.
            return Ok(());
        }
        if is_acknowledged {
            event.edit().due_at = None;
        } else {
            let attempts = event.attempts.saturating_add(1);
            let wait = 1_i64.checked_shl(attempts.min(20)).unwrap_or(RETRY_SECS_MAX);
            event.edit().attempts = attempts;
            event.edit().due_at = Some(later(ctx.now, wait.min(RETRY_SECS_MAX)));
        }
        let mut unit = Unit::new();
        unit.update(&event);
        Ok(self.book.commit(unit).await?)
    }
}
