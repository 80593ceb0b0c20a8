//! What two people at the wallet's desk decide about the desk itself.

use kanuki_desk::{approval::Approval, own};
use kanuki_domain::{Ctx, id::StaffId};
use kanuki_record::Unit;

use crate::{Wallet, WalletError};

impl Wallet {
    /// The second person agreed to what is about the desk itself, in `unit`.
    pub(super) async fn agree_own(
        &self,
        ctx: &Ctx<'_>,
        mut unit: Unit,
        by: StaffId,
        approval: &Approval,
    ) -> Result<(), WalletError> {
        let fell = own::agree((&self.book, ctx), &mut unit, by, approval).await?;
        for asked in &fell {
            self.drop_refund(ctx, &mut unit, asked).await?;
            self.drop_recoup(ctx, &mut unit, asked).await?;
        }
        Ok(self.book.commit(unit).await?)
    }
}
