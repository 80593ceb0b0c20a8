//! Asking for it, and stopping it.

use jiff::Timestamp;
use kanuki_desk::outbox::{Channel, Content};
use kanuki_domain::{
    Ctx, Masked,
    id::{CustomerId, RecoveryId, encode_base32},
    mandate::later,
};
use kanuki_record::{AuditEntry, Order, PAGE_MAX, Record as _, RecordError, Stored, Unit, record};
use kanuki_wire::set::Event;
use serde::{Deserialize, Serialize};

use super::{Recovery, RecoveryState};
use crate::{Customer, Wallet, WalletError, customer::profile::contact_key, replay::Replay};

/// So many recoveries of one wallet that wait are told of: more would only be noise. Each can be
/// stopped with the code of any of these notices.
const TOLD_MAX: usize = 3;
/// Most wallets of one contact.
const WALLETS_MAX: usize = 20;

/// A request as it came in, until a worker looks whose it is.
///
/// Whoever asks waits for this row and for nothing else, so that a contact that nobody has costs
/// exactly as much as anybody's: the answer cannot be told apart by time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecoveryAsk {
    /// Also the name of the first recovery that comes of it.
    ask_id: RecoveryId,
    contact_key: String,
    contact_hash: String,
    code_hash: String,
    asked_at: Timestamp,
}

record! { RecoveryAsk => "recovery_ask" by |a| a.ask_id.to_string();
    many state = |_| Some("open".to_owned());
}

impl Wallet {
    /// Asks to get back into the wallet with this e-mail address or telephone number.
    ///
    /// The answer is always a code to come back with. Whether there is such a wallet is told to its
    /// owner and to nobody else.
    pub async fn request_recovery(
        &self,
        ctx: &Ctx<'_>,
        contact: &str,
    ) -> Result<Masked<String>, WalletError> {
        let code = encode_base32(u128::from_be_bytes(ctx.random()));
        // What is no contact at all is looked up too, and found nowhere.
        let (key, hash) = contact_key(&self.vault, contact)
            .unwrap_or_else(|| ("mail_hash", self.vault.blind("no-contact", contact.as_bytes())));
        let ask = RecoveryAsk {
            ask_id: RecoveryId::generate(ctx),
            contact_key: key.to_owned(),
            contact_hash: hash,
            code_hash: self.vault.blind("recovery", code.as_bytes()),
            asked_at: ctx.now,
        };
        let mut unit = Unit::new();
        unit.insert(&ask);
        self.book.commit(unit).await?;
        Ok(Masked::new(code))
    }

    /// Looks whose the requests are that came in, starts their waits and tells their owners. Called
    /// by the worker; a request that was cut short is finished by the next call.
    pub async fn drive_recovery_asks(&self, ctx: &Ctx<'_>) -> Result<usize, WalletError> {
        let asks = self.book.page("state", "open", Order::OldestFirst, PAGE_MAX).await?;
        let mut driven: usize = 0;
        for ask in &asks {
            self.drive_recovery_ask(ctx, ask).await?;
            let mut unit = Unit::new();
            unit.delete(ask);
            match self.book.commit(unit).await {
                Ok(()) => driven = driven.saturating_add(1),
                // Another node was faster.
                Err(RecordError::Conflict { .. } | RecordError::Absent { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(driven)
    }

    async fn drive_recovery_ask(
        &self,
        ctx: &Ctx<'_>,
        ask: &RecoveryAsk,
    ) -> Result<(), WalletError> {
        let (key, channel) = match ask.contact_key.as_str() {
            "phone_hash" => ("phone_hash", Channel::Sms),
            _ => ("mail_hash", Channel::Mail),
        };
        let mut found = self.book.list::<Customer>(key, &ask.contact_hash).await?;
        // A closed wallet is nobody's, and so is one whose contact is somebody else's by now: answered like
        // a contact that nobody has.
        let is_theirs = |customer: &Customer| {
            customer.closure.closed_at().is_none() && !customer.is_strange(channel)
        };
        found.retain(|customer| is_theirs(customer));
        // Anybody can name this contact as theirs; nobody can crowd out a proven person.
        found.sort_by_key(|customer| customer.person_hash.is_none());
        found.truncate(WALLETS_MAX);
        let name = |index: usize| match index {
            0 => ask.ask_id,
            _ => RecoveryId::derive(&[&ask.ask_id.to_string(), &index.to_string()]),
        };
        if found.is_empty() {
            return self.keep_decoy(ctx, ask).await;
        }
        let ids: Vec<RecoveryId> = (0..found.len()).map(name).collect();
        for (index, (customer, id)) in found.iter().zip(&ids).enumerate() {
            // The code names the first; the others are found through it.
            let code_hash = match index {
                0 => ask.code_hash.clone(),
                _ => self.vault.blind("recovery", format!("{}|{index}", ask.code_hash).as_bytes()),
            };
            match self.keep_request(ctx, customer, (ask, code_hash, *id, &ids)).await {
                Ok(()) => {}
                // Kept before a crash. That another node told of one today is no such thing: it comes again.
                Err(WalletError::Record(RecordError::Duplicate { table, .. }))
                    if table != Replay::TABLE.name => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// A contact that nobody has is answered by a recovery of nobody's wallet: it waits, ripens and asks
    /// for a card like any other, and no card is the right one.
    async fn keep_decoy(&self, ctx: &Ctx<'_>, ask: &RecoveryAsk) -> Result<(), WalletError> {
        let decoy = Recovery {
            recovery_id: ask.ask_id,
            customer_id: CustomerId::derive(&["nobody", &ask.ask_id.to_string()]),
            code_hash: ask.code_hash.clone(),
            requested_at: ask.asked_at,
            ready_at: later(ask.asked_at, self.rules.recovery_wait_secs()),
            state: RecoveryState::Waiting,
            asked_together: vec![ask.ask_id],
        };
        let mut unit = Unit::new();
        unit.insert(&decoy).insert(&self.vault.create_person(ctx, decoy.recovery_id)?);
        match self.book.commit(unit).await {
            // Kept before a crash.
            Ok(()) | Err(RecordError::Duplicate { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn keep_request(
        &self,
        ctx: &Ctx<'_>,
        customer: &Customer,
        (ask, code_hash, recovery_id, asked_together): (
            &RecoveryAsk,
            String,
            RecoveryId,
            &[RecoveryId],
        ),
    ) -> Result<(), WalletError> {
        let id = customer.customer_id;
        let told = self.waiting_recoveries(ctx, id).await?.len();
        let recovery = Recovery {
            recovery_id,
            customer_id: id,
            code_hash,
            requested_at: ask.asked_at,
            ready_at: later(ask.asked_at, self.rules.recovery_wait_secs()),
            state: RecoveryState::Waiting,
            asked_together: asked_together.to_vec(),
        };
        let known = self.known(id).await?;
        let mut unit = Unit::new();
        unit.insert(&recovery).insert(&self.vault.create_person(ctx, recovery.recovery_id)?);
        unit.audit(
            AuditEntry::new(ctx.now, "anyone", "recovery.requested", recovery.recovery_id)
                .with("customer", id),
        );
        if told < TOLD_MAX {
            let content = Content::new("recovery_requested").with("ready_at", recovery.ready_at);
            self.tell(&mut unit, ctx, &known, content)?;
            self.tell_banks_asked(ctx, &mut unit, (id, recovery_id)).await?;
        }
        Ok(self.book.commit(unit).await?)
    }

    /// Adds to `unit` that banks hear of a recovery, once a day: their care lasts for a week, and whoever asks
    /// again after each that was stopped must not fill the line of alarms.
    async fn tell_banks_asked(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (id, recovery_id): (CustomerId, RecoveryId),
    ) -> Result<(), WalletError> {
        let today = Replay::of_recovery(ctx.now, id);
        if self.book.find::<Replay>(&today.replay_id).await?.is_some() {
            return Ok(());
        }
        unit.insert(&today);
        let (cause, asked) = (recovery_id.to_string(), [Event::RecoveryActivated {}]);
        self.queue_change(ctx, unit, (id, &cause), &asked).await
    }

    /// Recoveries of `id` that are under way.
    pub async fn waiting_recoveries(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
    ) -> Result<Vec<Stored<Recovery>>, WalletError> {
        let all = self.book.list::<Recovery>("waiting_of", &id.to_string()).await?;
        Ok(all.into_iter().filter(|recovery| recovery.is_under_way(ctx.now)).collect())
    }

    /// Stops every recovery of `id`: they signed in with a passkey, or used a stop code.
    pub async fn cancel_recoveries(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        by: &str,
    ) -> Result<usize, WalletError> {
        let mut stopped = 0_usize;
        loop {
            // As many as one page holds at a time; what is stopped is not listed again.
            let waiting = self.book.list::<Recovery>("waiting_of", &id.to_string()).await?;
            if waiting.is_empty() {
                return Ok(stopped);
            }
            stopped = stopped.saturating_add(waiting.len());
            self.cancel_page(ctx, id, (by, waiting)).await?;
        }
    }

    async fn cancel_page(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        (by, mut waiting): (&str, Vec<Stored<Recovery>>),
    ) -> Result<(), WalletError> {
        let mut unit = Unit::new();
        for recovery in &mut waiting {
            recovery.edit().state = RecoveryState::Cancelled;
            unit.update(recovery).audit(
                AuditEntry::new(ctx.now, by, "recovery.cancelled", recovery.recovery_id)
                    .with("customer", id),
            );
        }
        Ok(self.book.commit(unit).await?)
    }
}
