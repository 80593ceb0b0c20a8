//! Messages on their way to holders, for the worker that hands them over.

use kanuki_desk::{
    delivery::{self, Ways},
    outbox::{Channel, Contact, Content, Message},
};
use kanuki_domain::{
    Ctx,
    delivery::Tried,
    id::{HolderId, MessageId},
};
use kanuki_record::{RecordError, Stored, Unit, vault::PersonKey};

use crate::{Bank, BankError, holder::load, waiting::waiting};

/// A message that is due, opened.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Which.
    pub message_id: MessageId,
    /// The name for the envelope, if the core tells it now.
    pub person: Option<String>,
    /// Where to.
    pub contact: Contact,
    /// What it says.
    pub content: Content,
}

impl Bank {
    /// Messages that are due now, oldest first.
    pub async fn due_messages(&self, ctx: &Ctx<'_>) -> Result<Vec<Outgoing>, BankError> {
        let due = waiting::<Message>(&self.book, "state", "due").await?;
        let mut outgoing = Vec::new();
        for message in due.iter().filter(|m| m.due_at.is_some_and(|at| at <= ctx.now)) {
            // One that cannot be read waits, and stops no other.
            match self.opened(message).await {
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
    async fn opened(&self, message: &Message) -> Result<Option<Outgoing>, BankError> {
        let Some(key) = self.book.find::<PersonKey>(&message.person_id).await? else {
            return Ok(None);
        };
        let (contact, content) = message.open(&self.vault, &key)?;
        let person = self.envelope(&message.person_id).await;
        Ok(Some(Outgoing { message_id: message.message_id, person, contact, content }))
    }

    /// A name is a courtesy: without one the message leaves all the same.
    async fn envelope(&self, person_id: &str) -> Option<String> {
        let known = self.known(person_id.parse::<HolderId>().ok()?).await.ok()?;
        known.core.name.map(kanuki_domain::Masked::into_inner)
    }

    /// Notes how a try to hand a message over ended. A notice that fails, or waits too long, goes
    /// another way that the core has on file; where none is left, it becomes a case (FT-21).
    pub async fn note_message(
        &self,
        ctx: &Ctx<'_>,
        message_id: MessageId,
        tried: Tried,
    ) -> Result<(), BankError> {
        let mut message = load::<Message>(&self.book, message_id).await?;
        if message.due_at.is_none() {
            // Another worker handed it over at the same moment.
            return Ok(());
        }
        let before = message.clone();
        let mut unit = Unit::new();
        if delivery::note(message.edit(), ctx.now, tried)
            && let Err(error) = self.go_elsewhere(ctx, &mut unit, (&mut message, &before)).await
        {
            // Without the core nobody knows another way: it stays due, and is tried again.
            tracing::warn!(%error, message.id = %message_id, "no other way is known now");
            message = before;
            message.edit().put_off(ctx.now);
            unit = Unit::new();
        }
        unit.update(&message);
        match self.book.commit(unit).await {
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
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
        let ways = Ways { key: &known.key, contacts: &contacts };
        let kept = (&self.book, &self.vault);
        Ok(delivery::go_elsewhere(unit, kept, ctx, (message, &content), ways).await?)
    }
}
