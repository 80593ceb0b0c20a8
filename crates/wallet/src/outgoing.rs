//! Messages on their way to customers, for the worker that hands them over.

use kanuki_desk::{
    delivery::{self, Ways},
    outbox::{Channel, Contact, Content, Message},
    push, reads,
    waiting::waiting,
};
use kanuki_domain::{
    Ctx,
    delivery::{Said, Tried},
    id::{CustomerId, MessageId},
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit, vault::PersonKey};

use crate::{
    Customer, Wallet, WalletError,
    identity::{FACTS, KeptFacts},
};

/// One message, opened to be delivered.
#[derive(Debug)]
pub struct DueMessage {
    message: Stored<Message>,
    /// The nickname of whom it goes to.
    pub nickname: String,
    /// Where it goes.
    pub contact: Contact,
    /// The language of the device that it is pushed to, or those that its person reads ([`reads`]).
    pub lang: Option<String>,
    /// What it says.
    pub content: Content,
    /// It has waited for so long that it goes another way, even where this one is shut.
    pub is_late: bool,
}

/// So often a note begins again because another message of the same notice failed at the same moment.
const TRIES_MAX: u32 = 5;

impl DueMessage {
    /// The message's id.
    #[must_use]
    pub fn message_id(&self) -> MessageId {
        self.message.message_id
    }

    /// To whom: a customer's id.
    #[must_use]
    pub fn person_id(&self) -> &str {
        &self.message.person_id
    }
}

impl Wallet {
    /// Messages that should leave now, oldest first.
    pub async fn due_messages(&self, ctx: &Ctx<'_>) -> Result<Vec<DueMessage>, WalletError> {
        let mut due = Vec::new();
        for message in waiting::<Message>(&self.book, "state", "due").await? {
            if !message.is_due(ctx.now) {
                continue;
            }
            match self.open_message(ctx, &message).await {
                Ok(Some(opened)) => due.push(opened),
                Ok(None) => self.give_up(ctx, message).await?,
                Err(
                    error @ (WalletError::Ledger(_)
                    | WalletError::Record(RecordError::Unavailable(_))),
                ) => return Err(error),
                Err(error) => {
                    // One that cannot be read must not hold up everybody else's.
                    tracing::error!(%error, "a message cannot be read; it is tried again later");
                    self.put_off(ctx, message).await?;
                }
            }
        }
        Ok(due)
    }

    /// One message, opened; none for a device that shows nothing any more.
    async fn open_message(
        &self,
        ctx: &Ctx<'_>,
        message: &Stored<Message>,
    ) -> Result<Option<DueMessage>, WalletError> {
        let key = self.load::<PersonKey>(&message.person_id).await?;
        let (mut contact, content) = message.open(&self.vault, &key)?;
        let mut lang = None;
        if contact.channel == Channel::Push {
            let Some(device) = self.book.find::<push::Device>(&contact.to).await? else {
                return Ok(None);
            };
            let text = device.hears_at(&self.vault, &key)?.to_text();
            contact.to = text.map_err(|_| WalletError::Key("subscription"))?;
            lang = Some(device.lang.clone());
        }
        let customer = self.book.find::<Customer>(&message.person_id).await?;
        if lang.is_none() {
            let known = customer.as_ref().and_then(|customer| customer.reads.as_deref());
            lang = Some(reads::languages(known, ctx.now));
        }
        let nickname = customer.map(|customer| customer.nickname.clone()).unwrap_or_default();
        let (message, is_late) = (message.clone(), delivery::is_late(message, ctx.now));
        Ok(Some(DueMessage { message, nickname, contact, lang, content, is_late }))
    }

    async fn give_up(
        &self,
        ctx: &Ctx<'_>,
        mut message: Stored<Message>,
    ) -> Result<(), WalletError> {
        message.edit().give_up(ctx.now);
        let mut unit = Unit::new();
        unit.update(&message);
        self.keep_message(unit).await
    }

    async fn put_off(
        &self,
        ctx: &Ctx<'_>,
        mut message: Stored<Message>,
    ) -> Result<(), WalletError> {
        message.edit().put_off(ctx.now);
        let mut unit = Unit::new();
        unit.update(&message);
        self.keep_message(unit).await
    }

    async fn keep_message(&self, unit: Unit) -> Result<(), WalletError> {
        match self.book.commit(unit).await {
            // Another node took it.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Somebody signed in on pages in `lang`: what is written to them is in that.
    pub async fn meet_language(
        &self,
        ctx: &Ctx<'_>,
        customer_id: CustomerId,
        lang: &str,
    ) -> Result<(), WalletError> {
        let mut customer = self.book.load::<Customer>(customer_id).await?;
        let Some(reads) = reads::met(customer.reads.as_deref(), ctx.now, lang) else {
            return Ok(());
        };
        customer.edit().reads = Some(Box::new(reads));
        let mut unit = Unit::new();
        unit.update(&customer).audit(
            AuditEntry::new(ctx.now, customer_id, "person.language", customer_id)
                .with("lang", lang),
        );
        match self.book.commit(unit).await {
            // Something of theirs changed at this moment; the next time is as good.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes a message to hand it over; false where somebody else has it.
    pub async fn take_message(
        &self,
        ctx: &Ctx<'_>,
        (message_id, lang): (MessageId, Option<&str>),
    ) -> Result<bool, WalletError> {
        Ok(delivery::take(&self.book, ctx, (message_id, lang)).await?)
    }

    /// Notes how a try to hand a message over ended; none if its way was shut. A notice that fails, or
    /// waits too long, goes another way that we know; where none is left, it becomes a case (FT-21).
    pub async fn note_message(
        &self,
        ctx: &Ctx<'_>,
        due: DueMessage,
        tried: impl Into<Option<Tried>>,
    ) -> Result<(), WalletError> {
        let tried = tried.into();
        let mut begun = 1;
        loop {
            match self.note_once(ctx, &due, tried).await {
                Err(WalletError::Record(
                    RecordError::Conflict { .. } | RecordError::Duplicate { .. },
                )) if begun < TRIES_MAX => begun += 1,
                noted => return noted,
            }
        }
    }

    async fn note_once(
        &self,
        ctx: &Ctx<'_>,
        due: &DueMessage,
        tried: Option<Tried>,
    ) -> Result<(), WalletError> {
        let mut message = self.load::<Message>(due.message_id()).await?;
        if delivery::is_noted(&message, ctx.now, tried) {
            return Ok(());
        }
        let mut unit = Unit::new();
        let before = message.clone();
        if due.contact.channel == Channel::Push && tried.is_some_and(is_gone) {
            self.end_gone(ctx, &mut unit, &message).await?;
        }
        if delivery::note(message.edit(), ctx.now, tried)
            && let Err(error) =
                self.go_elsewhere(ctx, &mut unit, (&mut message, &due.content)).await
        {
            tracing::warn!(%error, message.id = %message.message_id, "no other way is known now");
            if is_silence(&error) {
                return self.put_off(ctx, before).await;
            }
            unit = Unit::new();
            delivery::give_to_people(&mut unit, &self.book, ctx, &mut message).await?;
        }
        unit.update(&message);
        Ok(self.book.commit(unit).await?)
    }

    /// Adds to `unit` that the device of a push has ended, as its push service says. Mail and text message
    /// were sent with it and go their own way.
    async fn end_gone(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        message: &Message,
    ) -> Result<(), WalletError> {
        let key = self.load::<PersonKey>(&message.person_id).await?;
        let (contact, _) = message.open(&self.vault, &key)?;
        if let Some(device) = self.book.find::<push::Device>(&contact.to).await? {
            push::end(unit, ctx.now, &device, "push_service");
        }
        Ok(())
    }

    async fn go_elsewhere(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        failed: (&mut Stored<Message>, &Content),
    ) -> Result<(), WalletError> {
        let (key, contacts) = self.ways_to(&failed.0.person_id).await?;
        // A wallet does not know since when a contact is somebody's.
        let settled = [Channel::Mail, Channel::Sms, Channel::Post];
        let ways = Ways { key: &key, contacts: &contacts, settled: &settled };
        let kept = (&self.book, &self.vault);
        Ok(delivery::go_elsewhere(unit, kept, ctx, failed, ways).await?)
    }

    /// Mail and telephone, then the address that an identity card proved.
    async fn ways_to(&self, person_id: &str) -> Result<(PersonKey, Vec<Contact>), WalletError> {
        let id: CustomerId = person_id.parse().map_err(|_| WalletError::NotAvailable)?;
        let known = self.known(id).await?;
        let mut contacts = known.contacts;
        if let Some(sealed) = &known.customer.facts {
            let kept: KeptFacts = self.vault.open(&known.key, FACTS, sealed)?;
            let to = kept.facts.address.expose().clone();
            contacts.push(Contact { channel: Channel::Post, to });
        }
        Ok((known.key, contacts))
    }
}

/// Whether a push service says that nobody listens at that address any more (RFC 8030 section 7.3). Another
/// refusal is about one message.
fn is_gone(tried: Tried) -> bool {
    tried.said == Said::Refused && matches!(tried.code, Some(404 | 410))
}

/// Whether asking again may help.
const fn is_silence(error: &WalletError) -> bool {
    matches!(error, WalletError::Ledger(_) | WalletError::Record(RecordError::Unavailable(_)))
}
