//! Asks each bank whether its line to us lives (SSF 1.0 section 8.1.4).

use kanuki_desk::signal::line::{self, LineWatch};
use kanuki_domain::{Ctx, connector::Protocol};

use crate::{Party, Wallet, WalletError};

/// Look, make, ask: no question takes more requests.
const STEPS_MAX: usize = 4;

impl Wallet {
    /// Asks whoever is due; how many were asked. A bank of plain OAuth tells nothing.
    pub async fn ask_lines(&self, ctx: &Ctx<'_>) -> Result<usize, WalletError> {
        let push_url = format!("{}/ssf/events", self.config.issuer);
        let mut asked = 0_usize;
        for bank in self.partners().await? {
            if bank.protocol == Protocol::Oauth {
                continue;
            }
            let begun = line::begin(&self.book, ctx, &bank.code.to_string()).await?;
            let Some(mut asking) = begun else { continue };
            let keys = self.bank_keys(ctx, bank.code).await?;
            for _ in 0..STEPS_MAX {
                let party = Party { bank: &bank, keys: &keys };
                let told = self.banks.ask_line(ctx, party, &asking.call(&push_url)).await.ok();
                if !asking.take(&told) {
                    break;
                }
            }
            line::finish(&self.book, ctx, &asking).await?;
            asked = asked.saturating_add(1);
        }
        Ok(asked)
    }

    /// What is known of the lines of banks to us.
    pub async fn lines(&self) -> Result<Vec<LineWatch>, WalletError> {
        let banks = self.partners().await?;
        let codes: Vec<String> = banks.iter().map(|bank| bank.code.to_string()).collect();
        Ok(line::all(&self.book, &codes).await?)
    }
}
