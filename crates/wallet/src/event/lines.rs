//! Asks each bank whether its line to us lives (SSF 1.0 section 8.1.4).

use kanuki_desk::signal::line::{self, LineWatch};
use kanuki_domain::{Ctx, connector::Protocol};

use crate::{PartnerBank, Party, Wallet, WalletError};

/// Look, make, ask: no question takes more requests.
const STEPS_MAX: usize = 4;

impl Wallet {
    /// Asks one bank if it is due; true if it was asked. A bank of plain OAuth tells nothing.
    pub async fn ask_line(&self, ctx: &Ctx<'_>, bank: &PartnerBank) -> Result<bool, WalletError> {
        if bank.protocol == Protocol::Oauth {
            return Ok(false);
        }
        let push_url = format!("{}/ssf/events", self.config.issuer);
        let begun = line::begin(&self.book, ctx, &bank.code.to_string()).await?;
        let Some(mut asking) = begun else { return Ok(false) };
        let keys = self.bank_keys(ctx, bank.code).await?;
        for _ in 0..STEPS_MAX {
            let party = Party { bank, keys: &keys };
            let told = self.banks.ask_line(ctx, party, &asking.call(&push_url)).await.ok();
            if !asking.take(&told) {
                break;
            }
        }
        line::finish(&self.book, ctx, &asking).await?;
        Ok(true)
    }

    /// What is known of the lines of banks to us.
    pub async fn lines(&self) -> Result<Vec<LineWatch>, WalletError> {
        let banks = self.partners().await?;
        let codes: Vec<String> = banks.iter().map(|bank| bank.code.to_string()).collect();
        Ok(line::all(&self.book, &codes).await?)
    }
}
