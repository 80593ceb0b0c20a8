//! Asking for the end of one's wallet, and taking that back. Both are signed: the one ends what its owner
//! has, the other lets money move again.

use kanuki_desk::{evidence::Shown, outbox::Content};
use kanuki_domain::{Ctx, id::CustomerId};
use kanuki_record::{AuditEntry, Unit};
use kanuki_wire::transaction::Signed;
use serde::{Deserialize, Serialize};

use super::Closure;
use crate::{
    Wallet, WalletError,
    error::insist,
    proof::{Asked, Given, nonce},
};

/// What waits for its proof; kept on the server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Asking {
    /// What is signed, as it is shown.
    pub signed: Signed,
    /// How it is proven.
    pub asked: Asked,
    /// What the page showed, to be kept with the proof.
    #[serde(default)]
    pub shown: Option<Shown>,
}

impl Wallet {
    /// What the customer signs to have their wallet closed; the text is the passkey's options.
    ///
    /// Money that no account of theirs can take would be stuck: [`WalletError::NoAccount`].
    pub async fn start_closing(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
    ) -> Result<(Asking, Option<String>), WalletError> {
        let overview = self.overview(ctx, id).await?;
        Self::require_open(&overview.customer)?;
        if !overview.available.is_zero() && !overview.can_be_emptied() {
            return Err(WalletError::NoAccount);
        }
        let left = overview.available.plus(overview.reserved).map_err(|_| WalletError::Amount)?;
        let wallet = overview.customer.wallet_id;
        let signed = Signed::CloseWallet { wallet, left, nonce: nonce(ctx) };
        self.ask_to(&overview.customer, signed).await
    }

    /// What they sign to keep a wallet that is being closed.
    pub async fn start_keeping(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
    ) -> Result<(Asking, Option<String>), WalletError> {
        let customer = self.customer(id).await?;
        if !matches!(customer.closure, Closure::Closing(_)) {
            return Err(WalletError::NotAvailable);
        }
        let signed = Signed::KeepWallet { wallet: customer.wallet_id, nonce: nonce(ctx) };
        self.ask_to(&customer, signed).await
    }

    async fn ask_to(
        &self,
        customer: &crate::Customer,
        signed: Signed,
    ) -> Result<(Asking, Option<String>), WalletError> {
        let (asked, options) = self.ask_proof(customer, &signed).await?;
        Ok((Asking { signed, asked, shown: None }, options))
    }

    /// The customer has signed: from now on money only leaves, and after the wait the worker closes the
    /// wallet. Every contact is told, with a code that stops it. Asking twice is fine.
    pub async fn close(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        asking: &Asking,
        given: &Given<'_>,
    ) -> Result<(), WalletError> {
        insist!(self.close_once(ctx, id, asking, given).await)
    }

    async fn close_once(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        asking: &Asking,
        given: &Given<'_>,
    ) -> Result<(), WalletError> {
        let mut known = self.known(id).await?;
        if known.customer.closure.asked().is_some() {
            return Ok(());
        }
        Self::require_open(&known.customer)?;
        let Signed::CloseWallet { wallet, left, .. } = &asking.signed else {
            return Err(WalletError::NotAccepted);
        };
        if *wallet != known.customer.wallet_id {
            return Err(WalletError::NotAccepted);
        }
        let mut unit = Unit::new();
        let what = (&asking.signed, asking.shown.as_ref());
        let customer = known.customer.clone();
        let asked = (&asking.asked, given);
        let proof = self.check_proof(ctx, &mut unit, &customer, what, asked).await?;
        let closure = std::mem::take(&mut known.customer.edit().closure);
        let closure = closure.ask(ctx.now, self.rules.close_wait_secs(), proof)?;
        let from = closure.asked().map_or(ctx.now, super::Closing::effective_at);
        known.customer.edit().closure = closure;
        unit.update(&known.customer).audit(
            AuditEntry::new(ctx.now, id, "wallet.closing_asked", wallet)
                .with("left", left.amount())
                .with("from", from),
        );
        let content = Content::new("closing_asked").with("ready_at", from).with("amount", *left);
        self.tell(&mut unit, ctx, &known, content)?;
        Ok(self.book.commit(unit).await?)
    }

    /// The customer keeps their wallet: it goes on as before. Once its links end, it is too late.
    pub async fn keep(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        asking: &Asking,
        given: &Given<'_>,
    ) -> Result<(), WalletError> {
        insist!(self.keep_once(ctx, id, asking, given).await)
    }

    async fn keep_once(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        asking: &Asking,
        given: &Given<'_>,
    ) -> Result<(), WalletError> {
        let mut known = self.known(id).await?;
        if known.customer.closure.is_open() {
            return Ok(());
        }
        let wallet_id = known.customer.wallet_id;
        if !matches!(&asking.signed, Signed::KeepWallet { wallet, .. } if *wallet == wallet_id) {
            return Err(WalletError::NotAccepted);
        }
        let mut unit = Unit::new();
        let what = (&asking.signed, asking.shown.as_ref());
        let customer = known.customer.clone();
        self.check_proof(ctx, &mut unit, &customer, what, (&asking.asked, given)).await?;
        // A round of the worker that was cut short may have left it closed.
        self.reopen_gate(ctx, wallet_id).await?;
        let closure = std::mem::take(&mut known.customer.edit().closure);
        let case_id = closure.asked().and_then(super::Closing::case_id);
        known.customer.edit().closure = closure.keep()?;
        self.end_case(ctx, &mut unit, (case_id, "=closing_taken_back")).await?;
        unit.update(&known.customer).audit(AuditEntry::new(
            ctx.now,
            id,
            "wallet.closing_taken_back",
            wallet_id,
        ));
        self.tell(&mut unit, ctx, &known, Content::new("closing_taken_back"))?;
        Ok(self.book.commit(unit).await?)
    }
}
