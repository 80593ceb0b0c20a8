//! Messages on their way to holders, for the worker that hands them over.

use kanuki_desk::outbox::{Contact, Content, Message};
use kanuki_domain::{
    Ctx,
    id::{HolderId, MessageId},
};
use kanuki_record::{RecordError, Unit, vault::PersonKey};

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

    /// Notes whether a message left.
    pub async fn message_left(
        &self,
        ctx: &Ctx<'_>,
        message_id: MessageId,
        has_left: bool,
    ) -> Result<(), BankError> {
        let mut message = load::<Message>(&self.book, message_id).await?;
        if has_left {
            message.edit().mark_sent();
        } else {
            message.edit().mark_failed(ctx.now);
        }
        let mut unit = Unit::new();
        unit.update(&message);
        match self.book.commit(unit).await {
            // Another worker handed it over at the same moment.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
