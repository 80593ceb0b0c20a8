//! Sending by a link, to somebody who has no request out, or no wallet yet.

use kanuki_domain::{
    Ctx, Masked, Yen,
    id::{CustomerId, RemittanceId, derive_bits, encode_base32},
    limits::WALLET_BALANCE_MAX,
    mandate::later,
};
use kanuki_formats::text::safe_line;
use kanuki_wire::transaction::Signed;

use super::{LINK_WAITS_SECS, MESSAGE_MAX, Remittance, RemittanceState, Sending, Way};
use crate::{Wallet, WalletError, proof::nonce, risk::To};

impl Wallet {
    /// What the customer confirms and signs to send by link.
    ///
    /// The signature names no payee, because there is none yet; it names the amount, and the page
    /// says that whoever has the link can take it.
    pub async fn start_sending_by_link(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        amount: Yen,
        message: &str,
    ) -> Result<(Sending, Option<String>), WalletError> {
        let customer = self.customer(id).await?;
        Self::require_open(&customer)?;
        if amount.is_zero() || amount > WALLET_BALANCE_MAX {
            return Err(WalletError::Amount);
        }
        let signed = Signed::Remittance {
            from: customer.wallet_id,
            to: customer.wallet_id,
            to_name: "whoever has the link".to_owned(),
            amount,
            nonce: nonce(ctx),
        };
        let (asked, options) = self.ask_proof(&customer, &signed).await?;
        let hold_secs = self.foresee_hold(ctx, &customer, (To::Whoever, amount)).await?;
        let message = safe_line(message, MESSAGE_MAX);
        let to_name = String::new();
        let sending = Sending {
            signed,
            asked,
            request_id: None,
            message,
            amount,
            to_name,
            hold_secs,
            shown: None,
            device: None,
        };
        Ok((sending, options))
    }

    pub(super) fn link_way(&self, ctx: &Ctx<'_>, id: RemittanceId) -> Way {
        Way::Link {
            claim_hash: self.claim_hash(self.claim_code_of(id).expose()),
            until: later(ctx.now, LINK_WAITS_SECS),
        }
    }

    /// The code follows from the id and our key, so it can be shown again and is kept nowhere.
    fn claim_code_of(&self, id: RemittanceId) -> Masked<String> {
        let blinded = self.vault.blind("claim", id.to_string().as_bytes());
        Masked::new(encode_base32(derive_bits(&[&blinded])))
    }

    pub(super) fn claim_hash(&self, code: &str) -> String {
        self.vault.blind("claim_code", code.as_bytes())
    }

    /// The claim code of the customer's own remittance, while it waits.
    pub async fn claim_code(
        &self,
        id: CustomerId,
        remittance_id: RemittanceId,
    ) -> Result<Masked<String>, WalletError> {
        let remittance = self.remittance_of(id, remittance_id).await?;
        match (&remittance.way, remittance.state) {
            (Way::Link { .. }, RemittanceState::Waiting) => Ok(self.claim_code_of(remittance_id)),
            _ => Err(WalletError::NotAvailable),
        }
    }

    /// A remittance that this customer sent or received.
    pub async fn remittance_of(
        &self,
        id: CustomerId,
        remittance_id: RemittanceId,
    ) -> Result<Remittance, WalletError> {
        let remittance = self.load::<Remittance>(remittance_id).await?.into_inner();
        let is_payee = matches!(
            remittance.state,
            RemittanceState::Posted { to_customer, .. } if to_customer == id
        );
        if remittance.customer_id == id || is_payee {
            Ok(remittance)
        } else {
            Err(WalletError::NotAvailable)
        }
    }

    /// Money of this customer that waits to be claimed, newest first.
    pub async fn waiting_remittances(
        &self,
        id: CustomerId,
    ) -> Result<Vec<Remittance>, WalletError> {
        let all = self.book.list::<Remittance>("customer_id", &id.to_string()).await?;
        Ok(all
            .into_iter()
            .map(kanuki_record::Stored::into_inner)
            .filter(|r| r.state == RemittanceState::Waiting)
            .collect())
    }
}
