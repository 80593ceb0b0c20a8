//! Fetching what a bank told us and pushing did not bring (RFC 8936).

use kanuki_domain::Ctx;
use kanuki_wire::set::{PollRequest, SetRefusal};

use crate::{PartnerBank, Party, Wallet, WalletError};

/// The most answers that one pass takes from one bank; the rest comes with the next pass.
const ROUNDS_MAX: usize = 10;

impl Wallet {
    /// Asks every bank whose events come to us; how many events were taken.
    pub async fn listen(&self, ctx: &Ctx<'_>) -> Result<usize, WalletError> {
        let mut taken = 0_usize;
        for bank in self.partners().await? {
            match self.listen_to(ctx, &bank).await {
                Ok(events) => taken = taken.saturating_add(events),
                Err(error) => tracing::info!(bank = %bank.code, %error, "no events were fetched"),
            }
        }
        Ok(taken)
    }

    async fn listen_to(&self, ctx: &Ctx<'_>, bank: &PartnerBank) -> Result<usize, WalletError> {
        let keys = self.bank_keys(ctx, bank.code).await?;
        let mut asked = PollRequest { return_immediately: Some(true), ..PollRequest::default() };
        let mut taken = 0_usize;
        for _ in 0..ROUNDS_MAX {
            let party = Party { bank, keys: &keys };
            let answer = self.banks.fetch_events(ctx, party, &asked).await?;
            asked.ack.clear();
            asked.set_errs.clear();
            for (jti, token) in answer.sets {
                // As if it had been pushed. What cannot be acted on now is told nothing: it comes
                // again.
                match self.receive_event(ctx, &token).await {
                    Ok(received) => note(&mut asked, jti, received.code()),
                    Err(error) => tracing::warn!(%error, "a fetched event waits"),
                }
            }
            if asked.ack.is_empty() && asked.set_errs.is_empty() {
                break;
            }
            taken = taken.saturating_add(asked.ack.len());
        }
        Ok(taken)
    }
}

/// Adds what the bank is told of one token: that it was taken, or why it is refused for good.
fn note(asked: &mut PollRequest, jti: String, code: Option<&'static str>) {
    let Some(code) = code else {
        asked.ack.push(jti);
        return;
    };
    tracing::warn!(jti, code, "a fetched event was refused");
    let description = "the token is not good".to_owned();
    asked.set_errs.insert(jti, SetRefusal { err: code.to_owned(), description });
}
