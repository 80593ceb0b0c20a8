//! Reading what a browser brings back from a bank.

use kanuki_domain::{Ctx, bank_account::BankCode, connector::Protocol};
use kanuki_wire::{
    callback::{Callback, CallbackError},
    jarm,
    jws::JwsError,
};

use crate::{Wallet, WalletError};

/// Whether a key may be one that the bank made since we asked for its keys.
const fn may_be_newer(error: CallbackError) -> bool {
    matches!(error, CallbackError::Token(JwsError::UnknownKey))
}

impl Wallet {
    /// The answer in the redirect's query. Of a bank that agreed to sign, only a signed one is
    /// read: whoever takes the signature off takes the answer away.
    pub(crate) async fn read_callback(
        &self,
        ctx: &Ctx<'_>,
        bank: BankCode,
        query: &str,
    ) -> Result<Callback, WalletError> {
        let partner = self.partner(bank).await?;
        if partner.protocol == Protocol::Oauth {
            // The address it came to is this bank's alone (RFC 9700 section 4.4.2.2).
            let callback = Callback::parse_at(query, &partner.issuer);
            return callback.map_err(|_| WalletError::NotAvailable);
        }
        if !partner.message_signing {
            return Callback::parse(query).map_err(|_| WalletError::NotAvailable);
        }
        let token = jarm::token_in(query).map_err(|_| WalletError::NotAvailable)?;
        let parties = (partner.issuer.as_str(), partner.client_id.as_str());
        let keys = self.banks.server_keys(ctx, &partner, false).await?;
        let read = match jarm::verify(&token, parties, &keys, ctx.now) {
            Err(error) if may_be_newer(error) => {
                let keys = self.banks.server_keys(ctx, &partner, true).await?;
                jarm::verify(&token, parties, &keys, ctx.now)
            }
            read => read,
        };
        read.map_err(|_| WalletError::NotAvailable)
    }
}
