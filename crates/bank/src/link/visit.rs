//! The holder's browser comes with a `request_uri`, signs in and chooses an account.

use kanuki_desk::outbox::Content;
use kanuki_domain::{Ctx, bank_account::AccountNumber, id::ParId, mandate::later};
use kanuki_record::{Stored, Unit};

use crate::{
    Bank, BankError,
    asked::Outcome,
    holder::{load, sign_in::SignedIn},
    link::{AccountChoice, Choice, Pushed},
};

/// How long a request lives once its holder has come: people read, search for cards and call.
const VISIT_SECS: i64 = 30 * 60;

impl Bank {
    /// First or repeated visit of one browser. Reloading is fine; another browser is refused
    /// (leaked `request_uri`, browser swapping).
    pub async fn visit(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
        request_uri: &str,
        browser: &str,
    ) -> Result<ParId, BankError> {
        let mut pushed = self.find_pushed(ctx, client_id, request_uri).await?;
        match pushed.browser.as_deref() {
            Some(known) if known == browser => {}
            Some(_) => return Err(BankError::NotAvailable),
            None => {
                pushed.edit().browser = Some(browser.to_owned());
                pushed.edit().expires_at = later(ctx.now, VISIT_SECS);
                let mut unit = Unit::new();
                unit.update(&pushed);
                self.book.commit(unit).await?;
                self.pace.came(client_id, pushed.par_id, pushed.expires_at);
            }
        }
        Ok(pushed.par_id)
    }

    /// The request that this browser is in the middle of.
    pub async fn visiting(
        &self,
        ctx: &Ctx<'_>,
        par_id: ParId,
        browser: &str,
    ) -> Result<Stored<Pushed>, BankError> {
        let pushed = load::<Pushed>(&self.book, par_id).await?;
        let is_here = pushed.browser.as_deref() == Some(browser);
        if is_here && pushed.finished_at.is_none() && ctx.now < pushed.expires_at {
            Ok(pushed)
        } else {
            Err(BankError::NotAvailable)
        }
    }

    /// Whether this browser's request was signed: then its pages, opened again, must not say that
    /// nothing was linked.
    pub async fn was_signed(&self, par_id: ParId, browser: &str) -> Result<bool, BankError> {
        let found = self.book.find::<Pushed>(par_id).await?;
        Ok(found.is_some_and(|pushed| {
            pushed.browser.as_deref() == Some(browser)
                && pushed.finished_at.is_some()
                && pushed.outcome == Some(Outcome::Signed)
        }))
    }

    /// The holder signed in for this request. After a change of contact a new link waits here; terms of
    /// one that is there may be narrowed at once, and what is wider waits where they are signed.
    pub async fn arrive(
        &self,
        ctx: &Ctx<'_>,
        par_id: ParId,
        browser: &str,
        signed_in: &SignedIn,
    ) -> Result<(), BankError> {
        let mut pushed = self.visiting(ctx, par_id, browser).await?;
        let known = self.known(signed_in.holder_id).await?;
        if pushed.replaces.is_none() {
            self.require_settled(ctx, &known, Some(&signed_in.authenticator)).await?;
        }
        let is_new = pushed.holder.is_none() && pushed.replaces.is_none();
        pushed.edit().holder = Some((signed_in.holder_id, signed_in.authenticator.route));
        pushed.edit().chosen = self.given_account(&pushed, signed_in.holder_id).await?;
        let mut unit = Unit::new();
        unit.update(&pushed);
        if is_new {
            // Before anything is signed, and whatever comes of it: the code ends what signed in.
            let partner = self.known_partner(&pushed.client_id).await?;
            let content = Content::new("link_asked").with("partner", &partner.name);
            let stops = signed_in.authenticator.authenticator_id;
            self.tell(&mut unit, ctx, &known, stops, content)?;
        }
        Ok(self.book.commit(unit).await?)
    }

    /// The accounts that the signed-in holder may choose from.
    pub async fn choices(
        &self,
        ctx: &Ctx<'_>,
        par_id: ParId,
        browser: &str,
    ) -> Result<Vec<Choice>, BankError> {
        let pushed = self.visiting(ctx, par_id, browser).await?;
        let (holder_id, _) = pushed.holder.ok_or(BankError::NotAvailable)?;
        let known = self.known(holder_id).await?;
        let choice = |a: crate::CoreAccount| Choice { mask: a.account.mask(), account: a.account };
        Ok(known.core.accounts.into_iter().map(choice).collect())
    }

    /// The holder chose; one of their own accounts, and no other.
    pub async fn choose(
        &self,
        ctx: &Ctx<'_>,
        par_id: ParId,
        browser: &str,
        account: &AccountNumber,
    ) -> Result<(), BankError> {
        let mut pushed = self.visiting(ctx, par_id, browser).await?;
        let (holder_id, _) = pushed.holder.ok_or(BankError::NotAvailable)?;
        if pushed.replaces.is_some() {
            return Err(BankError::NotAvailable);
        }
        let known = self.known(holder_id).await?;
        if !known.core.accounts.iter().any(|a| a.account == *account) {
            return Err(BankError::NotAvailable);
        }
        let sealed = self.seal_account(ctx, &known.key, account)?;
        pushed.edit().chosen = Some(AccountChoice { account: sealed, mask: account.mask() });
        let mut unit = Unit::new();
        unit.update(&pushed);
        Ok(self.book.commit(unit).await?)
    }
}
