//! What changes about a holder at this bank is told to the wallets that they linked.

use std::collections::BTreeSet;

use kanuki_domain::{
    Ctx,
    id::{HolderId, derive_bits, encode_base32},
};
use kanuki_record::Unit;
use kanuki_wire::set::{self, CredentialChange};

use super::Event;
use crate::{Bank, BankError, mandate::Mandate};

/// That the holder has one more of something that signs them in, or one less. Which is not said.
pub(crate) fn credential(change_type: CredentialChange, credential_type: &str) -> set::Event {
    set::Event::CredentialChange { credential_type: credential_type.to_owned(), change_type }
}

impl Bank {
    /// Adds to `unit` that every wallet with a living link of this holder's is told all of `said`, which
    /// came of one `cause`. Each under its own name of the person and of the cause, so that two of
    /// them cannot find out that they have the same customer.
    pub(crate) async fn tell_wallets(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (holder_id, cause): (HolderId, &str),
        said: &[set::Event],
    ) -> Result<(), BankError> {
        let mandates = self.mandates_of(holder_id).await?;
        self.tell_wallets_of(ctx, unit, (&mandates, cause), said);
        Ok(())
    }

    /// The same to the wallets of those of `mandates` that live.
    pub(crate) fn tell_wallets_of(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (mandates, cause): (&[Mandate], &str),
        said: &[set::Event],
    ) {
        let living = mandates.iter().filter(|mandate| mandate.state.is_alive());
        let wallets: BTreeSet<(&str, &str)> =
            living.map(|mandate| (&*mandate.client_id, &*mandate.account_ref)).collect();
        for about @ (client_id, account_ref) in wallets {
            let named = format!("{client_id}|{account_ref}|{cause}");
            let blinded = self.vault.blind("event_cause", named.as_bytes());
            let cause = encode_base32(derive_bits(&[&blinded]));
            for event in said {
                unit.insert(&Event::about_person(ctx, about, (event, cause.clone())));
            }
        }
    }
}
