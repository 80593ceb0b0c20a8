//! Customers whose credentials are known to somebody else (EU-04, FT-22): by mail address, telephone
//! number or customer number, as a list names them.
//!
//! A customer on a list connects and renews no bank account, and what leaves the wallet is signed for;
//! money that is there stays theirs. They are told at every contact, with the code that freezes the
//! wallet. It ends by their own passkey, after a wait, or when they prove who they are with their card;
//! by two members of staff; or with the list, when two withdraw it. The words of a refusal are those of
//! any stop: whoever signed in with what leaked learns nothing from them.

use jiff::Timestamp;
use kanuki_desk::{
    leak::{self, Hit, LetGo, Loaded, Looked, Ports, Refused, Step, Taken},
    outbox::Content,
};
use kanuki_domain::{
    Ctx,
    id::{CustomerId, StaffId},
    limits::UNLOCK_WAIT_SECS,
    mandate::later,
};
use kanuki_formats::leak::{Entry, Leaked};
use kanuki_record::{AuditEntry, Stored, Unit};

use crate::{
    Customer, Wallet, WalletError,
    customer::{ProvingPasskey, contact_key},
    error::insist,
};

impl Wallet {
    /// What the desk's lists of leaks work through.
    #[must_use]
    pub const fn leaks(&self) -> Ports<'_> {
        Ports { book: &self.book, vault: &self.vault }
    }

    /// Puts a list in force: one person is enough to tighten. Accounts are the banks' to look for.
    pub async fn load_leaks(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        file: &[u8],
    ) -> Result<Loaded, Refused> {
        let is_ours = |who: &Leaked| !matches!(who, Leaked::Account(..));
        leak::load(self.leaks(), ctx, by, file, is_ours).await
    }

    /// The lists in force, newest first.
    pub async fn leak_lists(&self) -> Result<Vec<Loaded>, WalletError> {
        let all = leak::live(&self.book).await?;
        Ok(all.into_iter().map(Stored::into_inner).collect())
    }

    /// Looks for some more entries of a list that came; says how many. One that cannot be looked for is
    /// tried again later and stops no other. Called by the worker.
    pub async fn search_leaks(&self, ctx: &Ctx<'_>) -> Result<usize, WalletError> {
        let Some(mut step) = Step::next(self.leaks(), ctx).await? else { return Ok(0) };
        let mut seen: usize = 0;
        while let Some((place, entry)) = step.entry(ctx) {
            match self.look_for_leak(ctx, step.version(), &entry).await {
                Ok(looked) => step.passed(place, looked),
                Err(error) => {
                    tracing::warn!(%error, "a customer on a list waits");
                    if !step.missed(place) {
                        break;
                    }
                }
            }
            seen = seen.saturating_add(1);
        }
        step.done(self.leaks(), ctx).await?;
        Ok(seen)
    }

    async fn look_for_leak(
        &self,
        ctx: &Ctx<'_>,
        version: &str,
        entry: &Entry,
    ) -> Result<Looked, WalletError> {
        let found = match &entry.who {
            Leaked::Account(..) => Vec::new(),
            Leaked::Mail(contact) | Leaked::Phone(contact) => {
                match contact_key(&self.vault, contact) {
                    Some((key, hash)) => self.book.every::<Customer>(key, &hash).await?,
                    None => Vec::new(),
                }
            }
            Leaked::Customer(id) => match id.parse::<CustomerId>() {
                Ok(id) => self.book.find::<Customer>(id).await?.into_iter().collect(),
                Err(_) => Vec::new(),
            },
        };
        let mut held: u64 = 0;
        for customer in &found {
            let id = customer.customer_id;
            let taken = insist!(self.hold_leaked(ctx, version, (entry, id)).await);
            held = held.saturating_add(u64::from(matches!(taken?, Taken::Held)));
        }
        Ok(match (found.is_empty(), held) {
            (true, _) => Looked::Nobody,
            (false, 0) => Looked::Known,
            (false, held) => Looked::Held(held),
        })
    }

    /// Holds one customer and tells them, in one unit. Doing it twice is fine.
    async fn hold_leaked(
        &self,
        ctx: &Ctx<'_>,
        version: &str,
        (entry, id): (&Entry, CustomerId),
    ) -> Result<Taken, WalletError> {
        let about = id.to_string();
        let mut unit = Unit::new();
        let from = (version, entry.seen);
        let taken = leak::take((&self.book, ctx), &mut unit, (&about, &about), from).await?;
        if matches!(taken, Taken::Held) {
            let known = self.known(id).await?;
            self.tell(&mut unit, ctx, &known, Content::new("leaked"))?;
        }
        self.book.commit(unit).await?;
        Ok(taken)
    }

    /// Whether a list holds a customer now.
    pub(crate) async fn is_leaked(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
    ) -> Result<bool, WalletError> {
        let found = self.book.find_shared::<Hit>(id).await?;
        Ok(found.is_some_and(|hit| hit.is_standing(ctx.now)))
    }

    /// What holds a customer, for their own page: none where nothing does.
    pub async fn leak_of(&self, ctx: &Ctx<'_>, id: CustomerId) -> Result<Option<Hit>, WalletError> {
        let found = self.book.find::<Hit>(id).await?.map(Stored::into_inner);
        Ok(found.filter(|hit| hit.is_standing(ctx.now)))
    }

    /// The customer says with their passkey that it is them: it ends after the wait, and every contact is
    /// told of that at once. Asking again keeps the first time.
    pub async fn prove_leak(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        (response, state): (&str, &ProvingPasskey),
    ) -> Result<Timestamp, WalletError> {
        let known = self.known(id).await?;
        let mut unit = Unit::new();
        self.finish_assertion(ctx, &mut unit, &known.customer, response, state).await?;
        let until = later(ctx.now, UNLOCK_WAIT_SECS);
        let found = self.book.find::<Hit>(id).await?;
        let mut hit = found.ok_or(WalletError::NotAvailable)?;
        hit.edit().proven(ctx.now, until);
        let until = hit.holds_until(ctx.now).ok_or(WalletError::NotAvailable)?;
        unit.update(&hit)
            .audit(AuditEntry::new(ctx.now, id, "leak.proven", id).with("until", until));
        self.tell(&mut unit, ctx, &known, Content::new("leak_proven").with("ready_at", until))?;
        self.book.commit(unit).await?;
        Ok(until)
    }

    /// Adds to `unit` that a customer proved with their card who they are: it ends now.
    pub(crate) async fn leak_proven(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        id: CustomerId,
    ) -> Result<(), WalletError> {
        if let Some(mut hit) = self.book.find::<Hit>(id).await? {
            hit.edit().proven(ctx.now, ctx.now);
            unit.update(&hit);
        }
        Ok(())
    }

    /// Every hit that holds; that somebody looked is written down.
    pub async fn leak_hits(&self, ctx: &Ctx<'_>, by: StaffId) -> Result<Vec<Hit>, WalletError> {
        Ok(leak::standing(&self.book, ctx, by).await?)
    }

    /// A second person agrees to let a customer go, who is told.
    pub async fn agree_leak(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        about: &str,
    ) -> Result<(), WalletError> {
        let mut unit = Unit::new();
        let hit = leak::agree((&self.book, ctx), &mut unit, by, about).await?;
        self.tell_let_go(ctx, &mut unit, &hit).await?;
        Ok(self.book.commit(unit).await?)
    }

    /// Lets go some more of whom only a list that was withdrawn held; says how many were looked at.
    /// Called by the worker.
    pub async fn let_go_leaks(&self, ctx: &Ctx<'_>) -> Result<usize, WalletError> {
        let Some(mut step) = LetGo::next(self.leaks()).await? else { return Ok(0) };
        let mut seen: usize = 0;
        while let Some((hit, ends)) = step.hit(ctx) {
            let mut unit = Unit::new();
            unit.update(&hit);
            let told = if ends { self.tell_let_go(ctx, &mut unit, &hit).await } else { Ok(()) };
            let done = match told {
                Ok(()) => self.book.commit(unit).await.map_err(WalletError::from),
                Err(error) => Err(error),
            };
            // Somebody changed it in this moment: everything is looked at again.
            if let Err(error) = done {
                tracing::warn!(%error, "a customer of a withdrawn list waits");
            }
            seen = seen.saturating_add(1);
        }
        step.done(self.leaks(), ctx).await?;
        Ok(seen)
    }

    async fn tell_let_go(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        hit: &Hit,
    ) -> Result<(), WalletError> {
        let id: CustomerId = hit.person_id.parse().map_err(|_| WalletError::NotAvailable)?;
        let known = self.known(id).await?;
        self.tell(unit, ctx, &known, Content::new("leak_over"))
    }
}
