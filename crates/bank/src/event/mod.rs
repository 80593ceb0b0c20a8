//! What one company must tell the other at once: security event tokens, out and in.
//!
//! Out: a row written in the same unit as what it tells of, pushed by a worker until it is
//! acknowledged. In: acted on once, and only to tighten; a release by the partner never releases
//! anything here.

mod inbound;

pub use inbound::EventError;

use jiff::Timestamp;
use kanuki_domain::{
    Ctx,
    id::{CaseId, encode_base32},
    mandate::later,
};
use kanuki_record::{Stored, Unit, record};
use kanuki_wire::set::{self, LinkStatus, SecurityEvent};
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
    /// The mandate it is about.
    pub mandate_id: kanuki_domain::id::MandateId,
    /// The wallet's opaque reference: the subject.
    pub account_ref: String,
    /// What the mandate is now.
    pub status: LinkStatus,
    /// The case both companies share, if there is one.
    pub case_id: Option<CaseId>,
    /// When it happened.
    pub at: Timestamp,
    /// When it is next pushed; `None` once it was acknowledged.
    pub due_at: Option<Timestamp>,
    /// How often it was pushed.
    pub attempts: u32,
    /// When it was given up, because its partner had been removed.
    #[serde(default)]
    pub given_up_at: Option<Timestamp>,
}

record! { Event => "event" by |e| e.event_id.clone();
    many state = |e| Some(if e.due_at.is_some() { "due" } else { "sent" }.to_owned());
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
            mandate_id: mandate.mandate_id,
            account_ref: mandate.account_ref.clone(),
            status,
            case_id,
            at: ctx.now,
            due_at: Some(ctx.now),
            attempts: 0,
            given_up_at: None,
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
        let due = waiting::<Event>(&self.book, "state", "due").await?;
        let mut pushes = Vec::new();
        for event in due.iter().filter(|e| e.due_at.is_some_and(|at| at <= ctx.now)) {
            // One that cannot be made waits, and stops no other.
            match self.signed(event).await {
                Ok(push) => pushes.push(push),
                Err(error) => tracing::warn!(%error, event.id = event.event_id, "event waits"),
            }
        }
        Ok(pushes)
    }

    /// The token of one event.
    async fn signed(&self, event: &Event) -> Result<Push, BankError> {
        let partner = self.partner(&event.client_id).await?;
        let reason = if event.case_id.is_some() { "report" } else { "holder" };
        let told = SecurityEvent {
            jti: event.event_id.clone(),
            txn: event.case_id.map(|c| c.to_string()),
            subject: event.account_ref.clone(),
            issued_at: event.at,
            event: set::Event::LinkStatusChanged {
                mandate_id: event.mandate_id,
                status: event.status,
                reason: reason.to_owned(),
            },
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
