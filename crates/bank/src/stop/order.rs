//! A stop of much at once, which the core's silence may cut short.
//!
//! Gates and passkeys end without the core. The rest needs it: which accounts to lock, whom to tell. So
//! what was pressed is written down before that begins and is marked when it is done; until then a
//! worker takes it up again, and nobody has to press twice.
//!
//! An order is never deleted: its row's version rises with every press, so that a worker who began
//! before a press cannot end what that press asked for.

use jiff::Timestamp;
use kanuki_desk::{gate::Gate, outbox::Content};
use kanuki_domain::{
    Ctx,
    id::{AuthenticatorId, BankAccountId, CaseId, ContractId, HolderId, MandateId, NoticeId},
    mandate::StoppedBy,
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError,
    holder::{load, look::AllStopped},
    lock::LockedBy,
    mandate::Mandate,
    waiting::waiting,
};

/// How often a stop begins again because something else changed the same records meanwhile.
pub(crate) const TRIES_MAX: u32 = 5;

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
    /// One mandate is suspended.
    Mandate {
        /// Which.
        mandate_id: MandateId,
        /// By whom.
        by: StoppedBy,
    },
    /// What the stop code of a notice stops.
    Notice {
        /// Which.
        notice_id: NoticeId,
    },
    /// One mandate ends for good.
    End {
        /// Which.
        mandate_id: MandateId,
        /// By whom.
        by: StoppedBy,
    },
    /// A contract that was made elsewhere stops.
    Contract {
        /// Which.
        contract_id: ContractId,
        /// By whom.
        by: StoppedBy,
    },
    /// One account, or every one, is locked against new links.
    Lock {
        /// Which; none is every one.
        account_id: Option<BankAccountId>,
        /// By whom.
        by: LockedBy,
    },
    /// The caps of a mandate went down, of which its holder is to be told.
    Lowered {
        /// Which.
        mandate_id: MandateId,
    },
    /// The holder hears of more, by staff for a caller; of which they are to be told.
    Alerted,
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
    /// When it was whole; pressed again, it is one that waits again.
    #[serde(default)]
    pub done_at: Option<Timestamp>,
}

record! { StopOrder => "stop_order" by |order| order.key();
    many standing = |order| order.done_at.is_none().then(|| WAITS.to_owned());
}

const WAITS: &str = "waits";

impl Ordered {
    /// What a delegate stopped can be undone; what others stop, as its kind says.
    pub(crate) const fn is_by_delegate(&self) -> bool {
        match self {
            Self::Everything { by }
            | Self::Mandate { by, .. }
            | Self::End { by, .. }
            | Self::Contract { by, .. } => matches!(by, StoppedBy::Delegate),
            Self::Lost { .. }
            | Self::Notice { .. }
            | Self::Lock { .. }
            | Self::Lowered { .. }
            | Self::Alerted => false,
        }
    }
}

impl StopOrder {
    pub(crate) fn key(&self) -> String {
        match self.what {
            Ordered::Everything { .. } => format!("everything|{}", self.holder_id),
            Ordered::Lost { authenticator_id } => format!("lost|{authenticator_id}"),
            Ordered::Mandate { mandate_id, .. } => format!("mandate|{mandate_id}"),
            Ordered::Notice { notice_id } => format!("notice|{notice_id}"),
            Ordered::End { mandate_id, .. } => format!("end|{mandate_id}"),
            Ordered::Contract { contract_id, .. } => {
                format!("contract|{}|{contract_id}", self.holder_id)
            }
            Ordered::Lock { account_id: None, .. } => format!("lock|{}", self.holder_id),
            Ordered::Lock { account_id: Some(account_id), .. } => {
                format!("lock|{}|{account_id}", self.holder_id)
            }
            Ordered::Lowered { mandate_id } => format!("lowered|{mandate_id}"),
            Ordered::Alerted => format!("alerted|{}", self.holder_id),
        }
    }

    const fn name(&self) -> &'static str {
        match self.what {
            Ordered::Everything { .. } => "everything",
            Ordered::Lost { .. } => "lost",
            Ordered::Mandate { .. } => "mandate",
            Ordered::Notice { .. } => "notice",
            Ordered::End { .. } => "end",
            Ordered::Contract { .. } => "contract",
            Ordered::Lock { .. } => "lock",
            Ordered::Lowered { .. } => "lowered",
            Ordered::Alerted => "alerted",
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

    /// Adds an order to `unit`. Of one that is under way the version rises, so that whoever carries it
    /// out at this moment does not end it: they may have gone past what is pressed now.
    pub(crate) async fn order_stop(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (order, actor): (&StopOrder, String),
    ) -> Result<(), BankError> {
        let entry = AuditEntry::new(ctx.now, actor, "stop.ordered", order.case_id)
            .with("what", order.name());
        match self.book.find::<StopOrder>(order.key()).await? {
            None => {
                unit.insert(order).audit(entry);
            }
            Some(mut over) if over.done_at.is_some() => {
                *over.edit() = order.clone();
                unit.update(&over).audit(entry);
            }
            Some(mut waiting) => {
                // A delegate's stop can be undone: who may end what it is about is not folded into it.
                if waiting.what.is_by_delegate() && !order.what.is_by_delegate() {
                    *waiting.edit() = order.clone();
                    unit.audit(entry);
                } else if matches!(order.what, Ordered::Notice { .. }) {
                    // It stops what was there when it was pressed, the last time too.
                    waiting.edit().asked_at = order.asked_at;
                }
                unit.update(&waiting);
            }
        }
        Ok(())
    }

    /// Writes an order down by itself.
    pub(crate) async fn write_order(
        &self,
        ctx: &Ctx<'_>,
        order: &StopOrder,
        actor: &str,
    ) -> Result<(), BankError> {
        let mut tries = 1;
        loop {
            let mut unit = Unit::new();
            self.order_stop(ctx, &mut unit, (order, actor.to_owned())).await?;
            match self.book.commit(unit).await.map_err(BankError::from) {
                // Pressed twice at the same moment, or done at this one.
                Err(error) if is_raced(&error) && tries < TRIES_MAX => tries += 1,
                other => return other,
            }
        }
    }

    /// Suspends one mandate for whoever may, under a case that is open: its gate first, and what needs
    /// the core as an order, so that its silence loses nothing.
    pub(crate) async fn stop_mandate(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
        (by, case_id, actor): (StoppedBy, CaseId, String),
    ) -> Result<(), BankError> {
        Gate::of("mandate", mandate.mandate_id).close(&*self.ledger, ctx.now).await?;
        let order = StopOrder {
            holder_id: mandate.holder_id,
            what: Ordered::Mandate { mandate_id: mandate.mandate_id, by },
            case_id,
            asked_at: ctx.now,
            tells: None,
            done_at: None,
        };
        self.write_order(ctx, &order, &actor).await?;
        self.carry_out_stop(ctx, &order).await.map(drop)
    }

    /// Carries an order out. It can be repeated; while the core is silent, what needs it stays for the
    /// worker, and the answer is [`BankError::StoppedInPart`].
    pub(crate) async fn carry_out_stop(
        &self,
        ctx: &Ctx<'_>,
        order: &StopOrder,
    ) -> Result<AllStopped, BankError> {
        let mut tries = 1;
        loop {
            match self.carry_out_once(ctx, order).await {
                Err(BankError::Core(_)) => return Err(BankError::StoppedInPart(order.case_id)),
                Err(error) if is_raced(&error) && tries < TRIES_MAX => tries += 1,
                other => return other,
            }
        }
    }

    async fn carry_out_once(
        &self,
        ctx: &Ctx<'_>,
        order: &StopOrder,
    ) -> Result<AllStopped, BankError> {
        // As it is now: what is pressed from here on is not ended below, and what was pressed before it
        // is carried out as it stands: a holder's end and not the hold that it took the place of.
        let kept = self.book.find::<StopOrder>(order.key()).await?;
        let kept = kept.filter(|kept| kept.done_at.is_none());
        let order: &StopOrder = kept.as_deref().unwrap_or(order);
        let (holder_id, case_id) = (order.holder_id, order.case_id);
        let done = match order.what {
            Ordered::Everything { by } => self.stop_the_rest(ctx, (holder_id, by), case_id).await?,
            Ordered::Lost { authenticator_id } => {
                self.stop_authenticator(ctx, authenticator_id, case_id).await?;
                AllStopped::none(case_id)
            }
            Ordered::Mandate { mandate_id, by } => {
                let mandate = load::<Mandate>(&self.book, mandate_id).await?;
                self.suspend(ctx, mandate, by, Some(case_id)).await?;
                AllStopped::none(case_id)
            }
            Ordered::Notice { notice_id } => {
                self.stop_what_it_names(ctx, notice_id, (case_id, order.asked_at)).await?;
                AllStopped::none(case_id)
            }
            what @ (Ordered::End { .. }
            | Ordered::Contract { .. }
            | Ordered::Lock { .. }
            | Ordered::Lowered { .. }
            | Ordered::Alerted) => {
                self.carry_out_late(ctx, holder_id, what).await?;
                AllStopped::none(case_id)
            }
        };
        match kept {
            Some(kept) => self.end_order(ctx, kept).await.map(|()| done),
            None => Ok(done),
        }
    }

    /// Marks an order as whole and sends its notice.
    async fn end_order(
        &self,
        ctx: &Ctx<'_>,
        mut order: Stored<StopOrder>,
    ) -> Result<(), BankError> {
        order.edit().done_at = Some(ctx.now);
        let mut unit = Unit::new();
        unit.update(&order);
        if let Some(kind) = &order.tells {
            let known = self.known(order.holder_id).await?;
            match order.what {
                Ordered::Lost { authenticator_id } => {
                    self.tell(&mut unit, ctx, &known, authenticator_id, Content::new(kind))?;
                }
                _ => self.tell_without_code(&mut unit, ctx, &known, &Content::new(kind))?,
            }
        }
        match self.book.commit(unit).await {
            // Somebody else finished it at the same moment, or it was pressed again and waits.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
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

pub(crate) const fn is_raced(error: &BankError) -> bool {
    matches!(error, BankError::Record(RecordError::Conflict { .. } | RecordError::Duplicate { .. }))
}
