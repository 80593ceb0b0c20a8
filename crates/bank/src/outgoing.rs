//! Messages on their way to holders, for the worker that hands them over.

use kanuki_desk::{
    delivery::{self, Ways},
    outbox::{Channel, Contact, Content, Message},
    reads,
};
use kanuki_domain::{
    Ctx,
    delivery::Tried,
    id::{HolderId, MessageId},
    limits::ON_FILE_SECS,
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit, vault::PersonKey};

use crate::{
    Bank, BankError, OnFile,
    holder::{Holder, Known, load},
    stop::order::{TRIES_MAX, is_raced},
    waiting::waiting,
};

/// A message that is due, opened.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Which.
    pub message_id: MessageId,
    /// For whom: [`Bank::envelope`] knows the name.
    pub person_id: String,
    /// Where to.
    pub contact: Contact,
    /// What it says.
    pub content: Content,
    /// The languages that its person reads ([`reads`]).
    pub lang: String,
    /// It has waited for so long that it goes another way, even where this one is shut.
    pub is_late: bool,
}

impl Bank {
    /// Messages that are due now, oldest first.
    pub async fn due_messages(&self, ctx: &Ctx<'_>) -> Result<Vec<Outgoing>, BankError> {
        let due = waiting::<Message>(&self.book, "state", "due").await?;
        let mut outgoing = Vec::new();
        for message in due.iter().filter(|m| m.is_due(ctx.now)) {
            // One that cannot be read waits, and stops no other.
            match self.opened(ctx, message).await {
                Ok(Some(one)) => outgoing.push(one),
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, message.id = %message.message_id, "message waits");
                }
            }
        }
        Ok(outgoing)
    }

    /// One message, opened; none if the person was forgotten, so that nothing is left to tell.
    async fn opened(
        &self,
        ctx: &Ctx<'_>,
        message: &Message,
    ) -> Result<Option<Outgoing>, BankError> {
        let Some(key) = self.book.find::<PersonKey>(&message.person_id).await? else {
            return Ok(None);
        };
        let (contact, content) = message.open(&self.vault, &key)?;
        let person_id = message.person_id.clone();
        let (message_id, is_late) = (message.message_id, delivery::is_late(message, ctx.now));
        let holder = match person_id.parse::<HolderId>() {
            Ok(holder_id) => self.book.find::<Holder>(holder_id).await?,
            // Whoever looks after somebody's accounts, for one.
            Err(_) => None,
        };
        let known = holder.as_ref().and_then(|holder| holder.reads.as_ref());
        let lang = reads::languages(known, ctx.now);
        Ok(Some(Outgoing { message_id, person_id, contact, content, lang, is_late }))
    }

    /// The name on the envelope, if the core knows one. It is a courtesy: without one the message leaves
    /// all the same, and where the core is silent nobody need ask it again for the next.
    pub async fn envelope(&self, person_id: &str) -> Result<Option<String>, BankError> {
        let Ok(holder_id) = person_id.parse::<HolderId>() else { return Ok(None) };
        let known = self.known(holder_id).await?;
        Ok(known.core.name.map(kanuki_domain::Masked::into_inner))
    }

    /// Somebody signed in on pages in `lang`: what is written to them is in that.
    pub async fn meet_language(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        lang: &str,
    ) -> Result<(), BankError> {
        let mut holder = self.book.load::<Holder>(holder_id).await?;
        let Some(reads) = reads::met(holder.reads.as_ref(), ctx.now, lang) else { return Ok(()) };
        holder.edit().reads = Some(reads);
        let mut unit = Unit::new();
        unit.update(&holder).audit(
            AuditEntry::new(ctx.now, holder_id, "person.language", holder_id).with("lang", lang),
        );
        match self.book.commit(unit).await {
            // Something of theirs changed at this moment; the next time is as good.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes a message to hand it over in these languages; false where somebody else has it.
    pub async fn take_message(
        &self,
        ctx: &Ctx<'_>,
        (message_id, lang): (MessageId, Option<&str>),
    ) -> Result<bool, BankError> {
        Ok(delivery::take(&self.book, ctx, (message_id, lang)).await?)
    }

    /// Notes how a try to hand a message over ended; none if its way was shut. A notice that fails, or
    /// waits too long, goes another way that the core has on file; where none is left, it becomes a case
    /// (FT-21).
    pub async fn note_message(
        &self,
        ctx: &Ctx<'_>,
        message_id: MessageId,
        tried: impl Into<Option<Tried>>,
    ) -> Result<(), BankError> {
        let tried = tried.into();
        let mut begun = 1;
        loop {
            match self.note_once(ctx, message_id, tried).await {
                // Another message of the same notice failed at the same moment.
                Err(error) if is_raced(&error) && begun < TRIES_MAX => begun += 1,
                noted => return noted,
            }
        }
    }

    async fn note_once(
        &self,
        ctx: &Ctx<'_>,
        message_id: MessageId,
        tried: Option<Tried>,
    ) -> Result<(), BankError> {
        let mut message = load::<Message>(&self.book, message_id).await?;
        if delivery::is_noted(&message, ctx.now, tried) {
            return Ok(());
        }
        let before = message.clone();
        let mut unit = Unit::new();
        if delivery::note(message.edit(), ctx.now, tried)
            && let Err(error) = self.go_elsewhere(ctx, &mut unit, (&mut message, &before)).await
        {
            tracing::warn!(%error, message.id = %message_id, "no other way is known now");
            unit = Unit::new();
            if is_silence(&error) {
                // Without the core nobody knows another way: it stays due, and is tried again.
                message = before;
                message.edit().put_off(ctx.now);
            } else {
                delivery::give_to_people(&mut unit, &self.book, ctx, &mut message).await?;
            }
        }
        unit.update(&message);
        Ok(self.book.commit(unit).await?)
    }

    async fn go_elsewhere(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (message, before): (&mut Stored<Message>, &Message),
    ) -> Result<(), BankError> {
        let holder_id: HolderId = message.person_id.parse().map_err(|_| BankError::NotAvailable)?;
        let known = self.known(holder_id).await?;
        let (_, content) = before.open(&self.vault, &known.key)?;
        let mut contacts = known.contacts();
        if let Some(address) = &known.core.address {
            contacts.push(Contact { channel: Channel::Post, to: address.expose().clone() });
        }
        let settled = settled(&known, ctx);
        let ways = Ways { key: &known.key, contacts: &contacts, settled: &settled };
        let kept = (&self.book, &self.vault);
        Ok(delivery::go_elsewhere(unit, kept, ctx, (message, &content), ways).await?)
    }
}

/// The contacts that were on file for so long that no thief has just put them there, and paper.
fn settled(known: &Known, ctx: &Ctx<'_>) -> Vec<Channel> {
    let on_file = known.core.on_file;
    let since = [(Channel::Mail, on_file.email_since), (Channel::Sms, on_file.phone_since)];
    let is_settled = |(_, since): &(Channel, _)| OnFile::is_settled(*since, ON_FILE_SECS, ctx.now);
    let kept = since.into_iter().filter(is_settled).map(|(channel, _)| channel);
    kept.chain([Channel::Post]).collect()
}

/// Whether asking again may help.
const fn is_silence(error: &BankError) -> bool {
    matches!(error, BankError::Core(_) | BankError::Record(RecordError::Unavailable(_)))
}
