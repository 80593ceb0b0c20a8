//! A bank's word after which links go on with care for a week, and people look.

use kanuki_desk::{
    outbox::Content,
    signal::{
        caution::{self, Care},
        flood, halt, noted,
        policy::{Actions, Measure},
    },
};
use kanuki_domain::Ctx;
use kanuki_record::Unit;
use kanuki_wire::set::SecurityEvent;

use crate::{PartnerBank, Wallet, WalletError, link::Link};

impl Wallet {
    /// Does what the table says of an event that stops nothing, to every living link of the person whom
    /// this bank knows by its subject.
    pub(super) async fn take_care(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (bank, event): (&PartnerBank, &SecurityEvent),
        actions: Actions,
    ) -> Result<(), WalletError> {
        if actions.measure == Measure::Log && !actions.notifies {
            return Ok(());
        }
        self.admit_care(ctx, bank, actions.measure).await?;
        let code = bank.code.to_string();
        let mut links = self.book.list::<Link>("account_ref", &event.subject).await?;
        links.retain(|link| link.bank == bank.code && link.is_alive());
        for link in links {
            let about = link.mandate_id.to_string();
            if actions.notifies {
                let person = Some(link.customer_id.to_string());
                noted::notify(&self.book, ctx, unit, event, (&about, person)).await?;
            }
            if actions.measure == Measure::Log {
                continue;
            }
            let (told, care) = ((&*code, event), (&*about, actions.measure));
            if caution::take(&self.book, ctx, unit, told, care).await? {
                let is_held = actions.measure == Measure::Hold;
                let content = Content::new(if is_held { "link_held" } else { "link_lowered" })
                    .with("bank", &bank.name)
                    .with("account", &link.account_mask);
                let known = self.known(link.customer_id).await?;
                self.tell(unit, ctx, &known, content)?;
            }
        }
        Ok(())
    }

    /// With how much care a link goes on now, because of what its bank told of it or of all.
    pub(crate) async fn care_for(&self, ctx: &Ctx<'_>, link: &Link) -> Result<Care, WalletError> {
        let of_all = halt::care(&self.book, &link.bank.to_string()).await?;
        let of_link = caution::of(&self.book, ctx.now, &link.mandate_id.to_string()).await?;
        Ok(of_link.and(of_all))
    }

    /// Counts one event that calls for care; beyond what an hour has, it waits at its sender.
    pub(super) async fn admit_care(
        &self,
        ctx: &Ctx<'_>,
        bank: &PartnerBank,
        measure: Measure,
    ) -> Result<(), WalletError> {
        let counted = (&*bank.code.to_string(), measure);
        let is_admitted = flood::admit_care(&self.book, ctx, counted).await?;
        if is_admitted { Ok(()) } else { Err(WalletError::TooMany) }
    }
}
