//! Customers beside sanctions and watch lists: when they prove who they are, and when a list comes.
//!
//! What a hit does is `kanuki_desk::screening`'s: the wallet's own gate closes and nothing moves in or
//! out, under the words of any stop. The proof of identity goes on as it would, so that nobody can ask
//! this page whether they are on a list.

use kanuki_desk::{
    officer::Officer,
    screening::{self, Hit, Loaded, Occasion, Person, Ports, Refused, Step},
};
use kanuki_domain::{Ctx, person::Facts};
use kanuki_formats::screening::{Ours, Who};
use kanuki_record::vault::PersonKey;

use crate::{
    Customer, Wallet, WalletError,
    customer::Known,
    identity::{FACTS, KeptFacts},
};

/// How many people one step of a round looks at, at most.
const STEP_PEOPLE: usize = 200;

fn who(facts: &Facts) -> Who {
    let names = vec![
        (Ours::Card, facts.name.expose().clone()),
        (Ours::DeclaredKana, facts.declared_kana.expose().clone()),
    ];
    Who { names, born_on: Some(*facts.born_on.expose()) }
}

impl Wallet {
    /// What the desk's screening works through.
    #[must_use]
    pub fn screening(&self) -> Ports<'_> {
        Ports { book: &self.book, ledger: &*self.ledger, vault: &self.vault }
    }

    /// Screens whoever just proved who they are, before it counts: if this cannot be done, neither can
    /// the other.
    pub(crate) async fn screen_new(
        &self,
        ctx: &Ctx<'_>,
        known: &Known,
        facts: &Facts,
    ) -> Result<(), WalletError> {
        let gate = known.customer.wallet_id.to_string();
        let person = Person { key: &known.key, gate: &gate, who: &who(facts) };
        screening::hold(self.screening(), ctx, person, Occasion::Identity).await?;
        Ok(())
    }

    /// Screens some more customers against a list that came; says how many. Whoever cannot be read is
    /// tried again later and stops nobody else. Called by the worker.
    pub async fn screen_again(&self, ctx: &Ctx<'_>) -> Result<usize, WalletError> {
        let ports = self.screening();
        let Some(mut step) = Step::next(ports, ctx).await? else { return Ok(0) };
        let most = step.people(STEP_PEOPLE);
        if let Some(ids) = step.again(most) {
            return self.screen_missed(ctx, step, ids).await;
        }
        let page = self.book.scan::<Customer>(step.after()).await?;
        let mut is_last = page.len() <= most;
        let mut seen: usize = 0;
        for customer in page.into_iter().take(most) {
            let id = customer.customer_id.to_string();
            match self.look_at(ctx, &mut step, &customer).await {
                Ok(()) => step.passed(&id),
                Err(error) => {
                    tracing::warn!(%error, "a customer could not be screened and is tried again");
                    if !step.missed(&id) {
                        is_last = false;
                        break;
                    }
                }
            }
            seen = seen.saturating_add(1);
            if step.is_paused() {
                is_last = false;
                break;
            }
        }
        step.done(ports, ctx, is_last).await?;
        Ok(seen)
    }

    async fn look_at(
        &self,
        ctx: &Ctx<'_>,
        step: &mut Step,
        customer: &Customer,
    ) -> Result<(), WalletError> {
        // Nothing of theirs is here any more, and nothing can come.
        if customer.closure.closed_at().is_some() {
            return Ok(());
        }
        let Some(sealed) = &customer.facts else { return Ok(()) };
        let key = self.load::<PersonKey>(customer.customer_id).await?.into_inner();
        let kept: KeptFacts = self.vault.open(&key, FACTS, sealed)?;
        let gate = customer.wallet_id.to_string();
        let person = Person { key: &key, gate: &gate, who: &who(&kept.facts) };
        Ok(step.look(self.screening(), ctx, person).await?)
    }

    /// Tries those again who could not be looked at; says how many could.
    async fn screen_missed(
        &self,
        ctx: &Ctx<'_>,
        mut step: Step,
        ids: Vec<String>,
    ) -> Result<usize, WalletError> {
        let mut seen: usize = 0;
        for id in ids {
            let looked = match self.book.find::<Customer>(&id).await {
                Ok(Some(customer)) => self.look_at(ctx, &mut step, &customer).await,
                Ok(None) => Ok(()),
                Err(error) => Err(error.into()),
            };
            if looked.is_ok() {
                step.passed(&id);
                seen = seen.saturating_add(1);
            } else if !step.missed(&id) {
                break;
            }
            if step.is_paused() {
                break;
            }
        }
        step.done(self.screening(), ctx, false).await?;
        Ok(seen)
    }

    /// Closes and opens what a crash left. Called by the worker.
    pub(crate) async fn finish_holds(&self, ctx: &Ctx<'_>) -> Result<usize, WalletError> {
        Ok(screening::drive_holds(self.screening(), ctx).await?)
    }

    /// Puts a list in force: one person is enough to tighten.
    pub async fn load_screening_list(
        &self,
        ctx: &Ctx<'_>,
        officer: Officer,
        file: &[u8],
    ) -> Result<Loaded, Refused> {
        screening::load(&self.book, ctx, officer, file).await
    }

    /// The lists in force, newest first.
    pub async fn screening_lists(&self) -> Result<Vec<Loaded>, WalletError> {
        let all = screening::live(&self.book).await?;
        Ok(all.into_iter().map(kanuki_record::Stored::into_inner).collect())
    }

    /// Every hit that holds somebody; that somebody looked is written down.
    pub async fn screening_hits(
        &self,
        ctx: &Ctx<'_>,
        officer: Officer,
    ) -> Result<Vec<Hit>, WalletError> {
        Ok(screening::hits(self.screening(), ctx, officer).await?)
    }
}
