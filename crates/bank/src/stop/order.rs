//! A stop of much at once, which the core's silence may cut short.
//!
//! Gates and passkeys end without the core. The rest needs it: which accounts to lock, whom to tell. So
//! what was pressed is written down before that begins and goes away when it is done; until then a
//! worker takes it up again, and nobody has to press twice.

use jiff::Timestamp;
use kanuki_desk::{gate::Gate, outbox::Content};
use kanuki_domain::{
    Ctx,
    id::{AuthenticatorId, CaseId, HolderId},
    mandate::StoppedBy,
};
use kanuki_record::{AuditEntry, RecordError, Unit, record};
use serde::{Deserialize, Serialize};

use crate::{Bank, BankError, holder::look::AllStopped, mandate::Mandate, waiting::waiting};

/// What was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Ordered {
    /// Everything that a wallet may take, and every account is locked.
    Everything {
        /// By whom.
        by: StoppedBy,
    },
    /// What a lost passkey, card or app key let in and did.
    Lost {
        /// Which.
        authenticator_id: AuthenticatorId,
    },
}

/// A stop that is not whole yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StopOrder {
    /// Whose.
    pub holder_id: HolderId,
    /// What.
    pub what: Ordered,
    /// Its case.
    pub case_id: CaseId,
    /// Since when.
    pub asked_at: Timestamp,
    /// Which notice its end sends, beside those of each thing that stops.
    pub tells: Option<String>,
}

record! { StopOrder => "stop_order" by |order| order.key();
    many standing = |_| Some(WAITS.to_owned());
}

const WAITS: &str = "waits";

impl StopOrder {
    fn key(&self) -> String {
        match self.what {
            Ordered::Everything { .. } => format!("everything|{}", self.holder_id),
            Ordered::Lost { authenticator_id } => format!("lost|{authenticator_id}"),
        }
    }

    const fn name(&self) -> &'static str {
        match self.what {
            Ordered::Everything { .. } => "everything",
            Ordered::Lost { .. } => "lost",
        }
    }
}

impl Bank {
    /// Closes the gate of every mandate that could move money. It needs no core.
    pub(crate) async fn close_every_gate(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
    ) -> Result<(), BankError> {
        for mandate in self.book.every::<Mandate>("holder_id", &holder_id.to_string()).await? {
            if mandate.state.is_alive() {
                Gate::of("mandate", mandate.mandate_id).close(&*self.ledger, ctx.now).await?;
            }
        }
        Ok(())
    }

    /// Adds an order to `unit`, if the same is not under way.
    pub(crate) async fn order_stop(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (order, actor): (&StopOrder, String),
    ) -> Result<(), BankError> {
        if self.book.find::<StopOrder>(order.key()).await?.is_none() {
            let entry = AuditEntry::new(ctx.now, actor, "stop.ordered", order.case_id);
            unit.insert(order).audit(entry.with("what", order.name()));
        }
        Ok(())
    }

    /// Carries an order out. It can be repeated; while the core is silent, what needs it stays for the
    /// worker, and the answer is [`BankError::StoppedInPart`].
    pub(crate) async fn carry_out_stop(
        &self,
        ctx: &Ctx<'_>,
        order: &StopOrder,
    ) -> Result<AllStopped, BankError> {
        match self.carry_out_once(ctx, order).await {
            Err(BankError::Core(_)) => Err(BankError::StoppedInPart(order.case_id)),
            other => other,
        }
    }

    async fn carry_out_once(
        &self,
        ctx: &Ctx<'_>,
        order: &StopOrder,
    ) -> Result<AllStopped, BankError> {
        let (holder_id, case_id) = (order.holder_id, order.case_id);
        let done = match order.what {
            Ordered::Everything { by } => self.stop_the_rest(ctx, (holder_id, by), case_id).await?,
            Ordered::Lost { authenticator_id } => {
                self.stop_authenticator(ctx, authenticator_id, case_id).await?;
                AllStopped::none(case_id)
            }
        };
        let known = self.known(holder_id).await?;
        let Some(kept) = self.book.find::<StopOrder>(order.key()).await? else { return Ok(done) };
        let mut unit = Unit::new();
        unit.delete(&kept);
        if let Some(kind) = &kept.tells {
            match order.what {
                Ordered::Everything { .. } => {
                    self.tell_without_code(&mut unit, ctx, &known, &Content::new(kind))?;
                }
                Ordered::Lost { authenticator_id } => {
                    self.tell(&mut unit, ctx, &known, authenticator_id, Content::new(kind))?;
                }
            }
        }
        match self.book.commit(unit).await {
            // Somebody else finished it at the same moment.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(done),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes up every stop that is not whole. Called by the worker; says how many are now.
    pub async fn drive_stop_orders(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let mut driven: usize = 0;
        for order in waiting::<StopOrder>(&self.book, "standing", WAITS).await? {
            match self.carry_out_stop(ctx, &order).await {
                Ok(_) => driven = driven.saturating_add(1),
                Err(error) => tracing::warn!(%error, case = %order.case_id, "a stop waits"),
            }
        }
        Ok(driven)
    }
}
