//! The wallet hears at once that its request was decided (CIBA ping), if the registry says where.
//!
//! Only that: what was decided it learns by polling, as it would without. A ping that does not arrive
//! is tried again until the request is over, and costs nothing but time.

use jiff::Timestamp;
use kanuki_desk::signal::queue::{self, Heard};
use kanuki_domain::{Ctx, Masked, mandate::later};
use kanuki_record::{
    RecordError, Stored, Unit,
    vault::{PersonKey, Sealed},
};
use kanuki_wire::{
    ciba::ping::{NotificationToken, Ping},
    place::may_be_called_by,
};
use serde::{Deserialize, Serialize};

use super::decoupled::{Backchannel, BackchannelState, FETCH_SECS};
use crate::{Bank, BankError, holder::load, waiting::waiting};

const SECRET: &str = "backchannel|ping";
/// The longest pause between two tries, in seconds.
const PAUSE_MAX_SECS: i64 = 30;

/// What a ping of one request needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PingLater {
    /// The name of the request and the client's secret, sealed for the holder.
    sealed: Sealed,
    /// When it is next tried; none before there is something to tell, and after it was heard.
    pub(super) due_at: Option<Timestamp>,
    tries: u32,
}

#[derive(Serialize, Deserialize)]
struct Secret {
    ping: Ping,
    token: NotificationToken,
}

/// A ping that is due.
#[derive(Clone, Debug)]
pub struct DuePing {
    /// To which partner.
    pub client_id: String,
    /// Of which request.
    pub name: String,
    /// Where to, as registered.
    pub url: String,
    /// The client's secret.
    pub token: Masked<String>,
    /// What it says, JSON.
    pub body: Vec<u8>,
}

/// Under which name a partner is left in peace whose endpoint for pings does not answer: it may well
/// take events.
fn pause_of(client_id: &str) -> String {
    format!("ping|{client_id}")
}

impl Bank {
    /// Keeps what a ping will need.
    pub(super) fn ping_later(
        &self,
        ctx: &Ctx<'_>,
        key: &PersonKey,
        (auth_req_id, token): (&str, NotificationToken),
    ) -> Result<PingLater, BankError> {
        let secret = Secret { ping: Ping { auth_req_id: auth_req_id.to_owned() }, token };
        let sealed = self.vault.seal(ctx, key, SECRET, &secret)?;
        Ok(PingLater { sealed, due_at: None, tries: 0 })
    }

    /// Pings that are due now.
    pub async fn due_pings(&self, ctx: &Ctx<'_>) -> Result<Vec<DuePing>, BankError> {
        let mut due = Vec::new();
        for row in waiting::<Backchannel>(&self.book, "ping", "due").await? {
            if queue::is_paused(&self.book, ctx.now, &pause_of(&row.client_id)).await? {
                continue;
            }
            let name = row.name().to_owned();
            match self.due_ping(ctx, row).await {
                Ok(ping) => due.extend(ping),
                // One that cannot be made waits, and stops no other.
                Err(error) => tracing::warn!(%error, request = name, "a ping waits"),
            }
        }
        Ok(due)
    }

    async fn due_ping(
        &self,
        ctx: &Ctx<'_>,
        row: Stored<Backchannel>,
    ) -> Result<Option<DuePing>, BankError> {
        let Some(ping) = row.ping().filter(|ping| ping.due_at.is_some_and(|at| at <= ctx.now))
        else {
            return Ok(None);
        };
        let partner = self.partner(&row.client_id).await?;
        let url = partner
            .profile
            .notification_endpoint
            .filter(|url| may_be_called_by(url, &self.config.issuer));
        let is_over = ctx.now >= later(row.expires_at, FETCH_SECS);
        let Some(url) = url.filter(|_| !is_over) else {
            self.note_ping(ctx, row, true).await?;
            return Ok(None);
        };
        let key = load::<PersonKey>(&self.book, row.holder_id).await?;
        let secret: Secret = self.vault.open(&key, SECRET, &ping.sealed)?;
        let body = serde_json::to_vec(&secret.ping).map_err(|_| BankError::NotAvailable)?;
        let token = Masked::new(String::from(secret.token));
        let (client_id, name) = (row.client_id.clone(), row.name().to_owned());
        Ok(Some(DuePing { client_id, name, url, token, body }))
    }

    /// Notes whether a ping was heard; if not, it is tried again a little later.
    pub async fn ping_sent(
        &self,
        ctx: &Ctx<'_>,
        name: &str,
        is_heard: bool,
    ) -> Result<(), BankError> {
        let row = load::<Backchannel>(&self.book, name).await?;
        let heard = if is_heard { Heard::Taken } else { Heard::Silent };
        queue::note(&self.book, ctx.now, &pause_of(&row.client_id), heard).await?;
        self.note_ping(ctx, row, is_heard).await
    }

    async fn note_ping(
        &self,
        ctx: &Ctx<'_>,
        mut row: Stored<Backchannel>,
        is_done: bool,
    ) -> Result<(), BankError> {
        if let Some(ping) = row.edit().ping_mut() {
            ping.tries = ping.tries.saturating_add(1);
            let pause = 1_i64.checked_shl(ping.tries).unwrap_or(PAUSE_MAX_SECS);
            ping.due_at = (!is_done).then(|| later(ctx.now, pause.min(PAUSE_MAX_SECS)));
        }
        let mut unit = Unit::new();
        unit.update(&row);
        match self.book.commit(unit).await {
            // Polled at this very moment: there is nothing left to say.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Backchannel {
    /// It was decided: whoever waits is told, if they want to be.
    pub(super) fn decide(&mut self, state: BackchannelState, now: Timestamp) {
        self.state = state;
        if let Some(ping) = self.ping_mut() {
            ping.due_at = Some(now);
        }
    }
}
