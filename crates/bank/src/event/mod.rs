//! What one company must tell the other at once: security event tokens, out and in.
//!
//! Out: a row written in the same unit as what it tells of, in the queue of its partner, pushed by a
//! worker, or fetched, until it is acknowledged by either. In: acted on once, and only to tighten; a release by the partner never releases
//! anything here.

mod fetch;
mod halting;
mod inbound;
mod listen;
mod outbox;
mod stream;
mod tell;
mod tighten;

pub use inbound::EventError;
pub use listen::Fetching;
pub use outbox::Push;
pub(crate) use tell::credential;

use jiff::Timestamp;
use kanuki_desk::signal::gravity::Gravity;
use kanuki_domain::{
    Ctx,
    id::{CaseId, DebitId, MandateId, MessageId},
};
use kanuki_record::record;
use kanuki_wire::set::{self, CaseStage, LinkStatus};
use serde::{Deserialize, Serialize};

use crate::{Bank, BankError, mandate::Mandate};

/// An event on its way to a partner.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Event {
    /// Its `jti`; sorts by time.
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
    /// What changed about the person, where it is that.
    #[serde(default)]
    pub said: Option<set::Event>,
    /// The same for all events of one cause, where no case is.
    #[serde(default)]
    pub cause: Option<String>,
    /// When it happened.
    pub at: Timestamp,
    /// When it is next pushed; `None` once it was acknowledged.
    pub due_at: Option<Timestamp>,
    /// When it was acknowledged; rows from before it was kept do not know.
    #[serde(default)]
    pub taken_at: Option<Timestamp>,
    /// How often it was pushed.
    pub attempts: u32,
    /// How often of these it was refused, so that it may be one which cannot arrive.
    #[serde(default)]
    pub refusals: u32,
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

/// Where the events of a partner wait that are to be pushed.
fn due_for(client_id: &str) -> String {
    format!("due|{client_id}")
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
            event_id: MessageId::generate(ctx).to_string(),
            client_id: mandate.client_id.clone(),
            mandate_id: Some(mandate.mandate_id),
            account_ref: mandate.account_ref.clone(),
            status: Some(status),
            state_said: None,
            case_id,
            stage: None,
            said: None,
            cause: None,
            at: ctx.now,
            due_at: Some(ctx.now),
            taken_at: None,
            attempts: 0,
            refusals: 0,
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
            event_id: MessageId::generate(ctx).to_string(),
            client_id: client_id.to_owned(),
            mandate_id: None,
            account_ref: stream_id,
            status: None,
            state_said: state,
            case_id: None,
            stage: None,
            said: None,
            cause: None,
            at: ctx.now,
            due_at: Some(ctx.now),
            taken_at: None,
            attempts: 0,
            refusals: 0,
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

    /// That a debit was not its holder's, under the number of the case.
    pub(crate) fn disputed(
        ctx: &Ctx<'_>,
        mandate: &Mandate,
        debit_id: DebitId,
        case_id: CaseId,
    ) -> Self {
        let mandate_id = mandate.mandate_id;
        let (client_id, about) = (&mandate.client_id, mandate.account_ref.clone());
        Self {
            mandate_id: Some(mandate_id),
            case_id: Some(case_id),
            said: Some(set::Event::DebitDisputed { mandate_id, debit_id }),
            ..Self::verification(ctx, client_id, about, None)
        }
    }

    /// Whether it says this of a case and is not taken yet.
    fn is_telling(&self, case_id: CaseId) -> bool {
        self.case_id == Some(case_id) && self.stage.is_some() && self.due_at.is_some()
    }

    fn place(&self) -> String {
        match (self.due_at, self.is_held) {
            (None, _) => "sent".to_owned(),
            (Some(_), false) => due_for(&self.client_id),
            (Some(_), true) => held_for(&self.client_id),
        }
    }

    /// What changed about a person, by the wallet's own name for them.
    fn about_person(
        ctx: &Ctx<'_>,
        (client_id, account_ref): (&str, &str),
        (said, cause): (&set::Event, String),
    ) -> Self {
        Self {
            said: Some(said.clone()),
            cause: Some(cause),
            ..Self::verification(ctx, client_id, account_ref.to_owned(), None)
        }
    }

    /// What it tells.
    pub(crate) fn told(&self) -> set::Event {
        if let Some(said) = &self.said {
            return said.clone();
        }
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

    /// How much hangs on it.
    fn gravity(&self) -> Gravity {
        Gravity::of(self.told().uri())
    }

    /// Its partner is gone: nobody is told any more.
    pub(crate) const fn give_up(&mut self, now: Timestamp) {
        self.due_at = None;
        self.given_up_at = Some(now);
    }
}

impl Bank {
    /// Whether a partner is still to be told of a case.
    pub(crate) async fn is_telling(
        &self,
        case_id: CaseId,
        client_id: &str,
    ) -> Result<bool, BankError> {
        for place in [due_for(client_id), held_for(client_id)] {
            let waiting = self.book.every::<Event>("state", &place).await?;
            if waiting.iter().any(|event| event.is_telling(case_id)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
