//! Who works at the wallet's desk, and how somebody's access ends: one asks, another agrees.

use kanuki_desk::{
    approval::Approval,
    leaving::{self, Member},
    officer,
    staff::Staff,
};
use kanuki_domain::{
    Ctx,
    id::{ApprovalId, StaffId},
};
use kanuki_record::{RecordError, Unit};

use crate::{Wallet, WalletError};

impl Wallet {
    /// The name that a member of staff is known by, also of one who left.
    pub async fn staff_name(&self, id: StaffId) -> Result<Option<String>, WalletError> {
        Ok(self.book.find::<Staff>(id).await?.map(|staff| staff.name.clone()))
    }

    /// Everybody who works here, is invited or has left, by name.
    pub async fn members(&self, ctx: &Ctx<'_>) -> Result<Vec<Member>, WalletError> {
        Ok(leaving::members(&self.book, ctx.now).await?)
    }

    /// Asks that somebody's access end.
    pub async fn ask_end_staff(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        staff_id: StaffId,
        reason: &str,
    ) -> Result<ApprovalId, WalletError> {
        self.staff(staff_id).await?;
        let mut unit = Unit::new();
        let asked = leaving::ask((&self.book, ctx), &mut unit, by, staff_id, reason).await?;
        match self.book.commit(unit).await {
            Ok(()) => Ok(asked),
            Err(RecordError::Duplicate { .. }) => Err(WalletError::NotAvailable),
            Err(error) => Err(error.into()),
        }
    }

    /// The second person agreed that somebody has the role of an officer or has it no more, in `unit`.
    pub(super) async fn turn_officer(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        by: StaffId,
        approval: &Approval,
    ) -> Result<(), WalletError> {
        officer::decide((&self.book, ctx), &mut unit, by, approval).await?;
        Ok(self.book.commit(unit).await?)
    }

    /// The second person agreed, in `unit`.
    pub(super) async fn end_staff(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        by: StaffId,
        approval: &Approval,
    ) -> Result<(), WalletError> {
        let fell = leaving::end((&self.book, ctx), &mut unit, by, approval).await?;
        for asked in &fell {
            self.drop_refund(ctx, &mut unit, asked).await?;
            self.drop_recoup(ctx, &mut unit, asked).await?;
        }
        Ok(self.book.commit(unit).await?)
    }
}
