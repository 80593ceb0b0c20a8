//! Telling a bank what happened here, and acting on what a bank tells us (SSF, RISC).

mod fetch;
mod halting;
mod inbound;
mod lines;
mod listen;
mod once;
mod outbound;
mod outbox;
mod stream;
mod tighten;

use jiff::Timestamp;
use kanuki_desk::signal::gravity::Gravity;
use kanuki_domain::{bank_account::BankCode, id::CaseId};
use kanuki_record::{Stored, record};
use kanuki_wire::set::uri;
use serde::{Deserialize, Serialize};

use crate::{Wallet, WalletError};

pub use inbound::Received;

/// What a bank is told about one mandate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Ended for good.
    Revoked,
    /// Let go on.
    Released,
}

/// An event token that waits to be taken by its bank. Written in the unit of what it tells, so
/// that no crash can lose it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OutEvent {
    /// The token's `jti`; sorts by time.
    pub event_id: String,
    /// To which bank.
    pub bank: BankCode,
    /// The signed token. It names a mandate and no person.
    pub token: String,
    /// When it is next tried; `None` once it was taken.
    pub due_at: Option<Timestamp>,
    /// When it was acknowledged; rows from before it was kept do not know.
    #[serde(default)]
    pub taken_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: u32,
    /// How often of these it was refused, so that it may be one which cannot arrive.
    #[serde(default)]
    pub refusals: u32,
    /// When it was given up: its bank was removed, does not want it or refused it.
    #[serde(default)]
    pub given_up_at: Option<Timestamp>,
    /// The kind of event, by its URI.
    #[serde(default = "link_status")]
    pub uri: String,
    /// The opaque name that it is about.
    #[serde(default)]
    pub subject: String,
    /// It is not pushed: it waits until its bank fetches it, or lets its stream go on.
    #[serde(default)]
    pub is_held: bool,
    /// Why its bank refused it for good, in the code that it gave.
    #[serde(default)]
    pub refused: Option<String>,
}

record! { OutEvent => "out_event" by |e| e.event_id.clone();
    many state = |e| Some(e.place());
}

/// What events were of that were written before their kind was.
fn link_status() -> String {
    uri::LINK_STATUS_CHANGED.to_owned()
}

/// Where the events of a bank wait that are to be pushed.
fn due_for(bank: BankCode) -> String {
    format!("due|{bank}")
}

/// Where the events of a bank wait that does not want them pushed, apart from all others: it may
/// never come, and must not stand in anybody's way.
fn held_for(bank: BankCode) -> String {
    format!("held|{bank}")
}

impl Wallet {
    /// Whether a bank is still to be told of a case.
    pub(crate) async fn is_telling(
        &self,
        case_id: CaseId,
        bank: BankCode,
    ) -> Result<bool, WalletError> {
        let subject = case_id.to_string();
        let waiting = self.waiting_events(bank).await?;
        Ok(waiting.iter().any(|event| event.subject == subject))
    }

    /// What is pushed to a bank and was not taken yet.
    pub(crate) async fn unpushed_events(
        &self,
        bank: BankCode,
    ) -> Result<Vec<Stored<OutEvent>>, WalletError> {
        Ok(self.book.every::<OutEvent>("state", &due_for(bank)).await?)
    }

    /// What a bank has not heard yet, whether it is pushed or waits until it is fetched.
    pub(crate) async fn waiting_events(
        &self,
        bank: BankCode,
    ) -> Result<Vec<Stored<OutEvent>>, WalletError> {
        let mut waiting = self.book.every::<OutEvent>("state", &due_for(bank)).await?;
        waiting.extend(self.book.every::<OutEvent>("state", &held_for(bank)).await?);
        Ok(waiting)
    }
}

impl OutEvent {
    fn place(&self) -> String {
        match (self.due_at, self.is_held) {
            (None, _) => "sent".to_owned(),
            (Some(_), false) => due_for(self.bank),
            (Some(_), true) => held_for(self.bank),
        }
    }

    /// How much hangs on it.
    #[must_use]
    pub fn gravity(&self) -> Gravity {
        Gravity::of(&self.uri)
    }

    /// Nobody is told any more.
    pub(crate) const fn give_up(&mut self, now: Timestamp) {
        self.due_at = None;
        self.given_up_at = Some(now);
    }
}
