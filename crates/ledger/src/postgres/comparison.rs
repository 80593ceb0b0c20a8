//! Moved books, read back and held against those that were kept: every transfer with all that it says,
//! every reservation with what became of it and until when it lasts, every id that is never made, and
//! nothing beside them.
//!
//! It goes on where it ended, so that the most of it is done while the old books are still served.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use tokio_postgres::{Client, Statement};

use super::{
    config::PostgresConfig,
    connect::{connect, within},
    error::PostgresError,
    rows::{Bits, RECORD_COLUMNS, bits, nanos_within, transfer_record},
};
use crate::{
    chapter::Chapter,
    engine::BATCH_MAX,
    model::{PendingState, Transfer, TransferId},
};

/// Why moved books are not to be used.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// The kept books cannot be read.
    #[error("the old books cannot be read")]
    Source(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It does not answer.
    #[error("the database cannot be used")]
    Database(#[from] PostgresError),
    /// They are others.
    #[error("read back from the database, {0}")]
    Unlike(String),
}

/// How far books were compared.
#[derive(Debug)]
pub struct Comparison {
    client: Client,
    transfers: Statement,
    states: Statement,
    refused: Statement,
    /// Up to which transfer.
    last: i64,
    /// How many ids are never made.
    never: u64,
    /// What is still reserved, with its deadline.
    open: HashMap<TransferId, Option<Timestamp>>,
    deadlines: BTreeSet<(Timestamp, TransferId)>,
}

impl Comparison {
    /// From the first batch on; nobody else writes to `config` meanwhile.
    pub async fn begin(config: &PostgresConfig) -> Result<Self, CompareError> {
        let client = connect(config).await?;
        // What became of a reservation is read with [`states`](Self::states).
        let transfers = format!(
            "select {RECORD_COLUMNS}, coalesce(i.at = t.at, false) as is_by_id
               from transfer t left join pending p on false left join transfer_id i on i.id = t.id
              where t.at > $1 order by t.at limit $2"
        );
        let states = format!(
            "select {RECORD_COLUMNS} from pending p join transfer t on t.at = p.at
              where p.id = any ($1)"
        );
        let refused = "select count(*) from transfer_id where id = any ($1) and at is null";
        let transfers = within(client.prepare(&transfers)).await?;
        let states = within(client.prepare(&states)).await?;
        let refused = within(client.prepare(refused)).await?;
        Ok(Self {
            client,
            transfers,
            states,
            refused,
            last: i64::MIN,
            never: 0,
            open: HashMap::new(),
            deadlines: BTreeSet::new(),
        })
    }

    /// Compares the next batches. All of them, and no later ones, are in the database.
    pub async fn go_on<E: std::error::Error + Send + Sync + 'static>(
        &mut self,
        chapters: impl Iterator<Item = Result<Chapter, E>>,
    ) -> Result<(), CompareError> {
        let (mut some, mut len) = (Vec::new(), 0_usize);
        for chapter in chapters {
            let chapter = chapter.map_err(|error| CompareError::Source(Box::new(error)))?;
            len = len.saturating_add(chapter.len()).saturating_add(1);
            some.push(chapter);
            if len >= BATCH_MAX {
                self.compare(&some).await?;
                some.clear();
                len = 0;
            }
        }
        self.compare(&some).await
    }

    async fn compare(&mut self, chapters: &[Chapter]) -> Result<(), CompareError> {
        let kept: Vec<Transfer> =
            chapters.iter().flat_map(|chapter| &chapter.transfers).copied().collect();
        for some in kept.chunks(BATCH_MAX) {
            self.require_transfers(some).await?;
        }
        let ended = self.ended(chapters);
        for some in ended.chunks(BATCH_MAX) {
            self.require_states(some).await?;
        }
        let refused: Vec<TransferId> =
            chapters.iter().flat_map(|chapter| &chapter.refused).copied().collect();
        for some in refused.chunks(BATCH_MAX) {
            self.require_refused(some).await?;
        }
        Ok(())
    }

    /// What is reserved by now is reserved there, and as long; and there is nothing that was not kept.
    pub async fn require_all(&self) -> Result<(), CompareError> {
        let open: Vec<_> = self
            .open
            .iter()
            .map(|(id, deadline)| (*id, PendingState::Pending { expires_at: *deadline }))
            .collect();
        for some in open.chunks(BATCH_MAX) {
            self.require_states(some).await?;
        }
        let counts = "select exists (select from transfer where at > $1),
                             (select count(*) from pending where state = 0),
                             (select count(*) from transfer_id where at is null)";
        let row = within(self.client.query_one(counts, &[&self.last])).await?;
        let (is_more, open, never): (bool, i64, i64) = (
            row.try_get(0).map_err(PostgresError::from)?,
            row.try_get(1).map_err(PostgresError::from)?,
            row.try_get(2).map_err(PostgresError::from)?,
        );
        if is_more {
            return Err(unlike("there is a transfer that was never made"));
        }
        if usize::try_from(open) != Ok(self.open.len()) || u64::try_from(never) != Ok(self.never) {
            return Err(unlike("there are more reservations or refused ids than were kept"));
        }
        Ok(())
    }

    async fn require_transfers(&mut self, kept: &[Transfer]) -> Result<(), CompareError> {
        let limit = i64::try_from(kept.len()).unwrap_or(i64::MAX);
        let rows = within(self.client.query(&self.transfers, &[&self.last, &limit])).await?;
        let mut found = rows.iter();
        for transfer in kept {
            let id = transfer.id;
            let missing = || unlike(&format!("transfer {id} is another one, or missing"));
            let row = found.next().ok_or_else(missing)?;
            if transfer_record(row)?.transfer != *transfer {
                return Err(missing());
            }
            if !row.try_get::<_, bool>("is_by_id").map_err(PostgresError::from)? {
                return Err(unlike(&format!(
                    "transfer {id} is not among the ids: it could be made twice"
                )));
            }
            self.last = nanos_within(transfer.timestamp);
        }
        Ok(())
    }

    /// What is over after `chapters`, and how it ended.
    fn ended(&mut self, chapters: &[Chapter]) -> Vec<(TransferId, PendingState)> {
        let mut ended = Vec::new();
        for chapter in chapters {
            self.release(chapter.now, &mut ended);
            for transfer in &chapter.transfers {
                ended.extend(self.take(transfer, chapter.now));
            }
        }
        ended
    }

    /// What `transfer` settles, if it does.
    fn take(&mut self, transfer: &Transfer, now: Timestamp) -> Option<(TransferId, PendingState)> {
        if transfer.flags.pending {
            let timeout = SignedDuration::from_secs(transfer.timeout_secs.into());
            let deadline = (transfer.timeout_secs != 0)
                .then(|| now.checked_add(timeout).unwrap_or(Timestamp::MAX));
            self.deadlines.extend(deadline.map(|at| (at, transfer.id)));
            self.open.insert(transfer.id, deadline);
        }
        let pending = transfer.settled_id()?;
        if let Some(Some(deadline)) = self.open.remove(&pending) {
            self.deadlines.remove(&(deadline, pending));
        }
        let by = transfer.id;
        let state = if transfer.flags.post_pending {
            PendingState::Posted { by, amount: transfer.amount }
        } else {
            PendingState::Voided { by }
        };
        Some((pending, state))
    }

    /// What has timed out at `now`.
    fn release(&mut self, now: Timestamp, ended: &mut Vec<(TransferId, PendingState)>) {
        while let Some((at, id)) = self.deadlines.first().copied()
            && at <= now
        {
            self.deadlines.pop_first();
            self.open.remove(&id);
            ended.push((id, PendingState::Expired { at }));
        }
    }

    async fn require_states(
        &self,
        kept: &[(TransferId, PendingState)],
    ) -> Result<(), CompareError> {
        let ids: Vec<Bits> = kept.iter().map(|(id, _)| Bits(id.bits())).collect();
        let mut found = HashMap::with_capacity(ids.len());
        for row in within(self.client.query(&self.states, &[&ids])).await? {
            found.insert(TransferId(bits(&row, 1)?), transfer_record(&row)?.pending);
        }
        match kept.iter().find(|(id, state)| found.get(id) != Some(&Some(*state))) {
            Some((id, _)) => Err(unlike(&format!("reservation {id} ended, or ends, otherwise"))),
            None => Ok(()),
        }
    }

    async fn require_refused(&mut self, kept: &[TransferId]) -> Result<(), CompareError> {
        let ids: Vec<Bits> = kept.iter().map(|id| Bits(id.bits())).collect();
        let row = within(self.client.query_one(&self.refused, &[&ids])).await?;
        let found: i64 = row.try_get(0).map_err(PostgresError::from)?;
        if usize::try_from(found) != Ok(kept.len()) {
            return Err(unlike("an id that was refused for ever could be used again"));
        }
        self.never = self.never.saturating_add(u64::try_from(kept.len()).unwrap_or(u64::MAX));
        Ok(())
    }
}

fn unlike(what: &str) -> CompareError {
    CompareError::Unlike(what.to_owned())
}
