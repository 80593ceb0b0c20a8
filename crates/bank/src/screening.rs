//! Holders beside sanctions and watch lists: when they make a passkey, when they link, and when a list
//! comes. Their names are the core's.
//!
//! What a hit does is `kanuki_desk::screening`'s: a gate that is a leg of every debit closes, and
//! neither the holder nor a partner can tell it from any other stop: no link is signed, no debit leaves,
//! in the words of a stop by staff. Enrolling goes on as it would under such a stop.

use kanuki_desk::{
    officer::Officer,
    screening::{self, Hit, Loaded, Occasion, Person, Ports, Refused, Step},
};
use kanuki_domain::{Ctx, id::HolderId};
use kanuki_formats::screening::{Ours, Who};

use crate::{
    Bank, BankError, CoreCustomer,
    holder::{Holder, Known},
};

/// How many people one step of a round looks at, at most: the core is asked about each.
const STEP_PEOPLE: usize = 50;

fn who(core: &CoreCustomer) -> Who {
    let mut names = vec![(Ours::BankKana, core.kana.expose().clone())];
    names.extend(core.name.as_ref().map(|name| (Ours::Bank, name.expose().clone())));
    Who { names, born_on: core.born_on.as_ref().map(|day| *day.expose()) }
}

impl Bank {
    /// What the desk's screening works through.
    #[must_use]
    pub fn screening(&self) -> Ports<'_> {
        Ports { book: &self.book, ledger: &*self.ledger, vault: &self.vault }
    }

    /// Screens a holder before what they do counts: if this cannot be done, neither can the other.
    pub(crate) async fn screen(
        &self,
        ctx: &Ctx<'_>,
        known: &Known,
        occasion: Occasion,
    ) -> Result<(), BankError> {
        let gate = known.holder.holder_id.to_string();
        let person = Person { key: &known.key, gate: &gate, who: &who(&known.core) };
        screening::hold(self.screening(), ctx, person, occasion).await?;
        Ok(())
    }

    /// Screens some more holders against a list that came; says how many. A core that does not answer
    /// twice in a row ends the step where it is; a holder who cannot be read is tried again later and stops nobody else.
    /// Called by the worker.
    pub async fn screen_again(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let ports = self.screening();
        let Some(mut step) = Step::next(ports, ctx).await? else { return Ok(0) };
        let most = step.people(STEP_PEOPLE);
        let again = step.again(most);
        let mut is_last = false;
        let ids = if let Some(ids) = again {
            ids
        } else {
            let page = self.book.scan::<Holder>(step.after()).await?;
            is_last = page.len() <= most;
            let some = page.into_iter().take(most);
            some.map(|holder| holder.holder_id.to_string()).collect()
        };
        let mut seen: usize = 0;
        let mut unanswered: Option<String> = None;
        for id in ids {
            let looked = self.look_at(ctx, &mut step, &id).await;
            if let Err(error @ BankError::Core(_)) = &looked {
                tracing::warn!(%error, "the core did not tell whom to screen");
                // One whom it cannot tell stops nobody else; two in a row are a core that is silent.
                if unanswered.replace(id).is_some() {
                    unanswered = None;
                    is_last = false;
                    break;
                }
                continue;
            }
            if unanswered.take().is_some_and(|first| !step.missed(&first)) {
                is_last = false;
                break;
            }
            match looked {
                // No customer of the core's any more.
                Ok(()) | Err(BankError::NotAvailable) => step.passed(&id),
                Err(error) => {
                    tracing::warn!(%error, "a holder could not be screened and is tried again");
                    if !step.missed(&id) {
                        is_last = false;
                        break;
                    }
                    continue;
                }
            }
            seen = seen.saturating_add(1);
            if step.is_paused() {
                is_last = false;
                break;
            }
        }
        if unanswered.is_some_and(|last| !step.missed(&last)) {
            is_last = false;
        }
        step.done(ports, ctx, is_last).await?;
        Ok(seen)
    }

    async fn look_at(&self, ctx: &Ctx<'_>, step: &mut Step, id: &str) -> Result<(), BankError> {
        let holder_id: HolderId = id.parse().map_err(|_| BankError::NotAvailable)?;
        let known = self.known(holder_id).await?;
        let who = who(&known.core);
        let person = Person { key: &known.key, gate: id, who: &who };
        Ok(step.look(self.screening(), ctx, person).await?)
    }

    /// Closes and opens what a crash left; says how many. Called by the worker.
    pub async fn finish_holds(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
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
    pub async fn screening_lists(&self) -> Result<Vec<Loaded>, BankError> {
        let all = screening::live(&self.book).await?;
        Ok(all.into_iter().map(kanuki_record::Stored::into_inner).collect())
    }

    /// Every hit that holds somebody; that somebody looked is written down.
    pub async fn screening_hits(
        &self,
        ctx: &Ctx<'_>,
        officer: Officer,
    ) -> Result<Vec<Hit>, BankError> {
        Ok(screening::hits(self.screening(), ctx, officer).await?)
    }
}
