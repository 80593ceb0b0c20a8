//! Messages on their way to holders, for the worker that hands them over.

use kanuki_desk::outbox::{Contact, Content, Message};
use kanuki_domain::{
    Ctx,
    id::{HolderId, MessageId},
};
use kanuki_record::{RecordError, Unit, vault::PersonKey};

use crate::{Bank, BankError, holder::load};

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
        let due = self.book.list::<Message>("state", "due").await?;
        let mut outgoing = Vec::new();
        for message in due.iter().rev().filter(|m| m.due_at.is_some_and(|at| at <= ctx.now)) {
            let Some(key) = self.book.find::<PersonKey>(&message.person_id).await? else {
                // The person was forgotten: nothing can be read, and nothing is left to tell.
                continue;
            };
            match message.open(&self.vault, &key) {
                Ok((contact, content)) => outgoing.push(Outgoing {
                    message_id: message.message_id,
                    person: self.envelope(&message.person_id).await,
                    contact,
                    content,
                }),
                Err(error) => {
                    tracing::error!(%error, message.id = %message.message_id, "unreadable message");
                }
            }
        }
        Ok(outgoing)
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
