//! Customers whose credentials are known to somebody else (EU-04, FT-22): by mail address, telephone
//! number or customer number, as a list names them.
//!
//! A customer on a list connects and renews no bank account, and what leaves the wallet is signed for;
//! money that is there stays theirs. Each bank of theirs is told (`credential-compromise`). They are told at every contact, with the code that freezes the
//! wallet. It ends by their own passkey, after a wait, or when they prove who they are with their card;
//! by two members of staff; or with the list, when two withdraw it. The words of a refusal are those of
//! any stop: whoever signed in with what leaked learns nothing from them.

use kanuki_desk::{
    case::{Case, CaseKind},
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
use kanuki_wire::set::Event;

use crate::{
    Customer, Wallet, WalletError,
    customer::{Known, ProvingPasskey, contact_key},
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

    /// Looks for some more entries of a list that came; says how many. One that cannot be looked for is
    /// tried again later and stops no other. Called by the worker.
    pub async fn search_leaks(&self, ctx: &Ctx<'_>) -> Result<usize, WalletError> {
        let Some(mut step) = Step::next(self.leaks(), ctx).await? else { return Ok(0) };
        let mut seen: usize = 0;
        while let Some((place, entry)) = step.entry() {
            let goes_on = match self.look_for_leak(ctx, step.version(), &entry).await {
                Ok(looked) => step.passed(ctx, (place, looked)),
                Err(error) => {
                    tracing::warn!(%error, "a customer on a list waits");
                    step.missed(place)
                }
            };
            if !goes_on {
                break;
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
        for customer in found.iter().filter(|customer| customer.closure.closed_at().is_none()) {
            let id = customer.customer_id;
            match insist!(self.hold_leaked(ctx, version, (entry, id)).await)? {
                Taken::Held | Taken::Known => {}
                Taken::Full => return Ok(Looked::Full),
                Taken::Ended => return Ok(Looked::Ended),
            }
        }
        Ok(if found.is_empty() { Looked::Nobody } else { Looked::Ours })
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
            // Which list says so is told to nobody.
            let (cause, stolen) = (format!("leak|{version}"), "password".to_owned());
            let stolen = [Event::CredentialCompromise { credential_type: stolen }];
            self.queue_change(ctx, &mut unit, (id, &cause), &stolen).await?;
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

    /// The customer says with their passkey that it is them: what a list holds ends after the wait, and every
    /// contact is told of that at once. Asking again keeps the first time. Whoever is on no list reads the
    /// same: the page must not tell.
    pub async fn prove_leak(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        (response, state): (&str, &ProvingPasskey),
    ) -> Result<(), WalletError> {
        let known = self.known(id).await?;
        let mut unit = Unit::new();
        self.finish_assertion(ctx, &mut unit, &known.customer, response, state).await?;
        unit.audit(AuditEntry::new(ctx.now, id, "leak.proven", id));
        self.leak_proven(ctx, &mut unit, &known).await?;
        Ok(self.book.commit(unit).await?)
    }

    /// Adds to `unit` that a customer proved with their passkey or their card who they are: it ends after
    /// the wait, also with a card, which may be the first that this wallet sees and anybody's.
    pub(crate) async fn leak_proven(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        known: &Known,
    ) -> Result<(), WalletError> {
        let found = self.book.find::<Hit>(known.customer.customer_id).await?;
        let Some(mut hit) = found.filter(|hit| hit.is_standing(ctx.now)) else { return Ok(()) };
        hit.edit().proven(ctx.now, later(ctx.now, UNLOCK_WAIT_SECS));
        let Some(until) = hit.holds_until(ctx.now) else { return Ok(()) };
        unit.update(&hit);
        self.tell(unit, ctx, known, Content::new("leak_proven").with("ready_at", until))
    }

    /// The hits of whoever has this customer number, mail address or telephone number; none where it is no
    /// such. That somebody looked is written down.
    pub async fn find_leaks(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        number: &str,
    ) -> Result<Option<Vec<Hit>>, WalletError> {
        let abouts = if let Ok(id) = number.trim().parse::<CustomerId>() {
            vec![id.to_string()]
        } else if let Some((key, hash)) = contact_key(&self.vault, number) {
            let customers = self.book.every::<Customer>(key, &hash).await?;
            customers.iter().map(|customer| customer.customer_id.to_string()).collect()
        } else {
            return Ok(None);
        };
        Ok(Some(leak::look(&self.book, ctx, by, &abouts).await?))
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

    /// Ends hits that were proven and whose wait is over, and lets go some more of whom only a list that was
    /// withdrawn held; says how many were looked at.
    /// Called by the worker.
    pub async fn let_go_leaks(&self, ctx: &Ctx<'_>) -> Result<usize, WalletError> {
        let ended = leak::end_proven(&self.book, ctx).await?;
        let Some(mut step) = LetGo::next(self.leaks(), ctx).await? else { return Ok(ended) };
        let mut seen: usize = 0;
        while let Some((hit, ends)) = step.hit(ctx) {
            // Somebody changed it in this moment: everything is looked at again.
            if let Err(error) = self.let_go_one(ctx, (&hit, ends), step.is_late()).await {
                tracing::warn!(%error, "a customer of a withdrawn list waits");
                step.missed();
            }
            seen = seen.saturating_add(1);
        }
        step.done(self.leaks(), ctx).await?;
        Ok(seen.saturating_add(ended))
    }

    /// One who cannot be told waits, and after that is let go with a case for staff.
    async fn let_go_one(
        &self,
        ctx: &Ctx<'_>,
        (hit, ends): (&Stored<Hit>, bool),
        is_late: bool,
    ) -> Result<(), WalletError> {
        let mut unit = Unit::new();
        unit.update(hit);
        if ends {
            let mut news = Unit::new();
            match self.tell_let_go(ctx, &mut news, hit).await {
                Ok(()) => {
                    unit.append(news);
                }
                Err(_) if is_late => {
                    let person = Some(hit.person_id.clone());
                    let mut case = Case::open(ctx, CaseKind::Unreached, &hit.about, person);
                    case.note(ctx.now, "system", "=leak_untold|");
                    unit.insert(&case);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(self.book.commit(unit).await?)
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
