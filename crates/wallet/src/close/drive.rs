//! Brings a closing to its end: called by a worker, again and again, until nothing is left.

use kanuki_desk::{
    authenticator::list_passkeys,
    case::{Case, CaseKind},
    gate::Gate,
    outbox::Content,
};
use kanuki_domain::{
    Ctx,
    id::{CustomerId, WalletId},
    limits::CLOSE_STUCK_SECS,
    mandate::later,
};
use kanuki_record::{AuditEntry, Stored, Unit};

use super::{Closing, Closure};
use crate::{Customer, Wallet, WalletError, customer::alternative::Alternative, error::insist};

/// How far a closing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Something is not over, or nobody wants it any more.
    Waits,
    /// Nothing is left: whoever is signed in is signed out, and [`Wallet::finish_closing`] does the rest.
    Ready,
}

impl Wallet {
    /// Everybody whose wallet is being closed.
    pub async fn closings(&self) -> Result<Vec<CustomerId>, WalletError> {
        let all = self.book.every::<Customer>("closing", WANTED).await?;
        Ok(all.into_iter().map(|customer| customer.customer_id).collect())
    }

    /// Takes a closing as far as it goes now. Calling it twice, or from two places, is fine.
    pub async fn drive_closing(&self, ctx: &Ctx<'_>, id: CustomerId) -> Result<Step, WalletError> {
        insist!(self.drive_closing_once(ctx, id).await)
    }

    async fn drive_closing_once(&self, ctx: &Ctx<'_>, id: CustomerId) -> Result<Step, WalletError> {
        let customer = self.customer(id).await?;
        match &customer.closure {
            Closure::Closing(closing) => {
                // What a round was cut short in the middle of lets its owner's money leave again.
                self.reopen_gate(ctx, customer.wallet_id).await?;
                if ctx.now < closing.effective_at() {
                    return Ok(Step::Waits);
                }
                if self.open_ends(ctx, &customer).await?.is_empty() {
                    self.begin_ending(ctx, customer).await
                } else {
                    self.wait_to_close(ctx, customer).await
                }
            }
            Closure::Ending(_) => self.drive_ending_wallet(ctx, customer).await,
            Closure::Open | Closure::Closed(_) => Ok(Step::Waits),
        }
    }

    /// Empty, and nothing under way: from here on nobody takes it back.
    async fn begin_ending(
        &self,
        ctx: &Ctx<'_>,
        mut customer: Stored<Customer>,
    ) -> Result<Step, WalletError> {
        let closure = std::mem::take(&mut customer.edit().closure);
        customer.edit().closure = closure.end(ctx.now)?;
        let mut unit = Unit::new();
        unit.update(&customer).audit(AuditEntry::new(
            ctx.now,
            "system",
            "wallet.closing_ends",
            customer.wallet_id,
        ));
        self.book.commit(unit).await?;
        let customer = self.customer(customer.customer_id).await?;
        self.drive_ending_wallet(ctx, customer).await
    }

    /// The gate first, so that what is found empty stays so; then every link, each asked for at its bank
    /// until that has heard.
    async fn drive_ending_wallet(
        &self,
        ctx: &Ctx<'_>,
        customer: Stored<Customer>,
    ) -> Result<Step, WalletError> {
        let Closure::Ending(_) = &customer.closure else { return Ok(Step::Waits) };
        let (id, wallet_id) = (customer.customer_id, customer.wallet_id);
        Gate::of("wallet", wallet_id).close(&*self.ledger, ctx.now).await?;
        if !self.open_ends(ctx, &customer).await?.is_empty() {
            // Somebody was faster than the gate, or people began to look into it.
            return self.wait_again(ctx, customer).await;
        }
        for link in self.live_links(id).await? {
            self.unlink(ctx, id, link.link_id).await?;
        }
        if self.banks_to_hear(id).await?.is_empty() {
            Ok(Step::Ready)
        } else {
            self.wait_to_close(ctx, customer).await
        }
    }

    async fn wait_again(
        &self,
        ctx: &Ctx<'_>,
        mut customer: Stored<Customer>,
    ) -> Result<Step, WalletError> {
        let wallet_id = customer.wallet_id;
        let closure = std::mem::take(&mut customer.edit().closure);
        customer.edit().closure = closure.wait_again();
        let mut unit = Unit::new();
        unit.update(&customer).audit(AuditEntry::new(
            ctx.now,
            "system",
            "wallet.closing_waits",
            wallet_id,
        ));
        self.book.commit(unit).await?;
        self.reopen_gate(ctx, wallet_id).await?;
        Ok(Step::Waits)
    }

    /// What takes weeks gets somebody who sees to it.
    async fn wait_to_close(
        &self,
        ctx: &Ctx<'_>,
        mut customer: Stored<Customer>,
    ) -> Result<Step, WalletError> {
        let is_late = customer.closure.asked().is_some_and(|closing| {
            closing.case_id().is_none()
                && ctx.now >= later(closing.effective_at(), CLOSE_STUCK_SECS)
        });
        if is_late {
            let person = Some(customer.customer_id.to_string());
            let mut case = Case::open(ctx, CaseKind::OpenItem, customer.wallet_id, person);
            case.note(ctx.now, "system", "=closing_waits");
            customer.edit().closure.give_to_people(case.case_id);
            let mut unit = Unit::new();
            unit.insert(&case).update(&customer).audit(
                AuditEntry::new(ctx.now, "system", "wallet.closing_late", customer.wallet_id)
                    .with("case", case.case_id),
            );
            self.book.commit(unit).await?;
        }
        Ok(Step::Waits)
    }

    /// Ends a wallet of which nothing is left, and with it every way to sign in: true once it is done.
    ///
    /// The caller ends every session of the customer, before and after: before, so that a crash leaves
    /// nobody signed in; after, for whoever signed in meanwhile.
    pub async fn finish_closing(&self, ctx: &Ctx<'_>, id: CustomerId) -> Result<bool, WalletError> {
        insist!(self.finish_closing_once(ctx, id).await)
    }

    async fn finish_closing_once(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
    ) -> Result<bool, WalletError> {
        let mut known = self.known(id).await?;
        if known.customer.closure.closed_at().is_some() {
            return Ok(true);
        }
        // Asked again of the row that is written below: whoever stops the wallet now writes it too.
        let customer = known.customer.clone();
        if self.drive_ending_wallet(ctx, customer).await? != Step::Ready {
            return Ok(false);
        }
        let case_id = known.customer.closure.asked().and_then(Closing::case_id);
        let mut unit = Unit::new();
        let row = known.customer.edit();
        row.closure = std::mem::take(&mut row.closure).close(ctx.now)?;
        // The same person may open another wallet; staff find this one by the other name.
        row.former_person = row.person_hash.take();
        for mut passkey in list_passkeys(&self.book, id).await? {
            passkey.edit().revoked_at = Some(ctx.now);
            unit.update(&passkey);
        }
        if let Some(printed) = self.book.find::<Alternative>(id).await? {
            unit.delete(&printed);
        }
        self.end_screens(ctx, &mut unit, id).await?;
        known.screens.clear();
        self.end_case(ctx, &mut unit, (case_id, "=closing_done")).await?;
        unit.update(&known.customer).audit(AuditEntry::new(
            ctx.now,
            "system",
            "wallet.closed",
            known.customer.wallet_id,
        ));
        self.tell(&mut unit, ctx, &known, Content::new("wallet_closed"))?;
        self.book.commit(unit).await?;
        Ok(true)
    }

    /// Opens the gate that an ending closed, unless the wallet is frozen: read again after, because
    /// somebody may have pressed in between and found it closed.
    pub(super) async fn reopen_gate(
        &self,
        ctx: &Ctx<'_>,
        wallet_id: WalletId,
    ) -> Result<(), WalletError> {
        let gate = Gate::of("wallet", wallet_id);
        if self.customer_of(wallet_id).await?.frozen.is_some()
            || !gate.is_closed(&*self.ledger, ctx.now).await?
        {
            return Ok(());
        }
        gate.open(&*self.ledger, ctx.now).await?;
        if self.customer_of(wallet_id).await?.is_shut() {
            gate.close(&*self.ledger, ctx.now).await?;
        }
        Ok(())
    }
}

/// Under which value wallets are found whose end is wanted.
pub(crate) const WANTED: &str = "wanted";
