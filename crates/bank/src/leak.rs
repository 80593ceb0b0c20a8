//! Accounts whose credentials are known to somebody else (EU-04, FT-22, 2020: kana name, birth date and
//! PIN were all that a thief needed, and lists of them were for sale).
//!
//! A list names accounts by bank, branch and number. The core says whose each is. Then, in one unit: the
//! account is locked against new links (`crate::lock`), its holder is told at every contact on file what
//! happened and what to do, and the hit stands. While it stands, no raise of a cap comes into force and
//! a rule sees it (`leaked`): what is linked is signed for, each time. Money does not stop here; each wallet
//! that the account is linked to is told, and does what its own table says (`credential-compromise`).
//!
//! It ends by the holder's own passkey, after the wait that every lock has; by two members of staff; or
//! with the list, when two withdraw it. What the holder or somebody for them locked stays locked.

use jiff::Timestamp;
use kanuki_desk::{
    case::{Case, CaseKind},
    leak::{self, Hit, LetGo, Loaded, Looked, Ports, Refused, Step, Taken},
    outbox::Content,
};
use kanuki_domain::{
    Ctx,
    bank_account::{AccountNumber, BankCode},
    id::{BankAccountId, HolderId, StaffId},
    typed,
};
use kanuki_formats::leak::{Entry, Leaked};
use kanuki_record::{Stored, Unit};
use kanuki_wire::set;

use crate::{
    Bank, BankError,
    holder::Holder,
    lock::{TRIES_MAX, is_raced},
    mandate::Mandate,
};

/// How many cases one step of letting go opens for staff, about holders who could not be told.
const CASES_MAX: usize = 10;

/// Branch and number in ten digits, or fourteen with our own code before them.
fn account_of(digits: &str, ours: BankCode) -> Option<AccountNumber> {
    let rest = match digits.len() {
        10 => digits,
        _ => digits.strip_prefix(&ours.to_string()).filter(|rest| rest.len() == 10)?,
    };
    AccountNumber::parse(rest.get(..3)?, rest.get(3..)?).ok()
}

impl Bank {
    /// What the desk's lists of leaks work through.
    #[must_use]
    pub const fn leaks(&self) -> Ports<'_> {
        Ports { book: &self.book, vault: &self.vault }
    }

    /// Puts a list in force: one person is enough to tighten. Other banks' accounts are left out.
    pub async fn load_leaks(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        file: &[u8],
    ) -> Result<Loaded, Refused> {
        let ours = self.config.code;
        let is_ours = |who: &Leaked| matches!(who, Leaked::Account(bank, _) if *bank == ours);
        leak::load(self.leaks(), ctx, by, file, is_ours).await
    }

    /// Looks for some more entries of a list that came; says how many. A core that does not answer twice
    /// in a row ends the step where it is; an entry that cannot be looked for is tried again later and
    /// stops no other. Called by the worker.
    pub async fn search_leaks(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let Some(mut step) = Step::next(self.leaks(), ctx).await? else { return Ok(0) };
        let mut seen: usize = 0;
        let mut unanswered: Option<u64> = None;
        while let Some((place, entry)) = step.entry() {
            let looked = self.look_for_leak(ctx, step.version(), &entry).await;
            if let Err(error @ BankError::Core(_)) = &looked {
                tracing::warn!(%error, "the core did not tell whose account is on a list");
                match unanswered.take() {
                    None => unanswered = Some(place),
                    Some(first) if !step.silent((first, place)) => break,
                    Some(_) => {}
                }
                continue;
            }
            if unanswered.take().is_some_and(|first| !step.missed(first)) {
                break;
            }
            let goes_on = match looked {
                Ok(looked) => step.passed(ctx, (place, looked)),
                Err(error) => {
                    tracing::warn!(%error, "an account on a list waits");
                    step.missed(place)
                }
            };
            if !goes_on {
                break;
            }
            seen = seen.saturating_add(1);
        }
        // Nothing came behind it: it alone may be what the core cannot tell.
        if unanswered.is_some_and(|last| !step.missed(last)) {
            tracing::warn!("too many accounts on a list wait");
        }
        step.done(self.leaks(), ctx).await?;
        Ok(seen)
    }

    async fn look_for_leak(
        &self,
        ctx: &Ctx<'_>,
        version: &str,
        entry: &Entry,
    ) -> Result<Looked, BankError> {
        let Leaked::Account(_, account) = &entry.who else { return Ok(Looked::Nobody) };
        let mut done = self.hold_leaked(ctx, version, (entry, account)).await;
        for _ in 1..TRIES_MAX {
            if !is_raced(&done) {
                break;
            }
            done = self.hold_leaked(ctx, version, (entry, account)).await;
        }
        done
    }

    /// Locks one account and tells its holder, in one unit. Doing it twice is fine.
    async fn hold_leaked(
        &self,
        ctx: &Ctx<'_>,
        version: &str,
        (entry, account): (&Entry, &AccountNumber),
    ) -> Result<Looked, BankError> {
        let Some(core) = self.core.find_by_account(account).await? else {
            return Ok(Looked::Nobody);
        };
        let known = self.meet_holder(ctx, core).await?;
        let (account_id, holder_id) = (self.account_id(account), known.holder.holder_id);
        let (about, person) = (account_id.to_string(), holder_id.to_string());
        let mut unit = Unit::new();
        let from = (version, entry.seen);
        let taken = leak::take((&self.book, ctx), &mut unit, (&about, &person), from).await?;
        let looked = match taken {
            Taken::Held => {
                self.lock_by_list(ctx, &mut unit, (account_id, holder_id)).await?;
                let content = Content::new("leaked").with("account", account.mask());
                self.tell(&mut unit, ctx, &known, account_id, content)?;
                self.tell_leaked(ctx, &mut unit, (version, account_id)).await?;
                Looked::Ours
            }
            Taken::Known => Looked::Ours,
            Taken::Full => return Ok(Looked::Full),
            Taken::Ended => return Ok(Looked::Ended),
        };
        self.book.commit(unit).await?;
        Ok(looked)
    }

    /// Adds to `unit` that every wallet with a living link to the account is told that its credentials are
    /// known to somebody else. Which list says so is not.
    async fn tell_leaked(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (version, account_id): (&str, BankAccountId),
    ) -> Result<(), BankError> {
        let all = self.book.every::<Mandate>("account_id", &account_id.to_string()).await?;
        let mandates: Vec<Mandate> = all.into_iter().map(Stored::into_inner).collect();
        let cause = format!("leak|{version}|{account_id}");
        // What opened accounts in 2020: four digits.
        let stolen = [set::Event::CredentialCompromise { credential_type: "pin".to_owned() }];
        self.tell_wallets_of(ctx, unit, (&mandates, &cause), &stolen);
        Ok(())
    }

    /// Until when an account's hit holds at least; none where it has none.
    pub(crate) async fn leak_until(
        &self,
        ctx: &Ctx<'_>,
        account_id: BankAccountId,
    ) -> Result<Option<Timestamp>, BankError> {
        let found = self.book.find_shared::<Hit>(account_id).await?;
        Ok(found.and_then(|hit| hit.holds_until(ctx.now)))
    }

    /// Adds to `unit` that the holder signed to open the account, which it does at `until`.
    pub(crate) async fn leak_proven(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        (account_id, until): (BankAccountId, Timestamp),
    ) -> Result<(), BankError> {
        if let Some(mut hit) = self.book.find::<Hit>(account_id).await? {
            hit.edit().proven(ctx.now, until);
            unit.update(&hit);
        }
        Ok(())
    }

    /// Adds to `unit`, which locks the account, that what was signed to open it is called off.
    pub(crate) async fn stand_again(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        account_id: BankAccountId,
    ) -> Result<(), BankError> {
        if let Some(mut hit) = self.book.find::<Hit>(account_id).await? {
            hit.edit().stands_again(ctx.now);
            unit.update(&hit);
        }
        Ok(())
    }

    /// The hits of one account or person, by account number (with the bank's code or without) or by the
    /// id that pages show; none where the number is no such. That somebody looked is written down.
    pub async fn find_leaks(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        number: &str,
    ) -> Result<Option<Vec<Hit>>, BankError> {
        let number = typed::digits(number);
        let abouts = if let Ok(account_id) = number.parse::<BankAccountId>() {
            vec![account_id.to_string()]
        } else if let Ok(holder_id) = number.parse::<HolderId>() {
            let hits = self.book.every::<Hit>("person_id", &holder_id.to_string()).await?;
            hits.iter().map(|hit| hit.about.clone()).collect()
        } else if let Some(account) = account_of(&number, self.config.code) {
            vec![self.account_id(&account).to_string()]
        } else {
            return Ok(None);
        };
        Ok(Some(leak::look(&self.book, ctx, by, &abouts).await?))
    }

    /// The account that staff name by branch and number, with our code before them or without, or by the id that
    /// pages show of one that was seen here. Whether a number is anybody's is not asked, and so not told.
    pub async fn account_named(&self, number: &str) -> Result<Option<BankAccountId>, BankError> {
        let number = typed::digits(number);
        let Ok(account_id) = number.parse::<BankAccountId>() else {
            let account = account_of(&number, self.config.code);
            return Ok(account.map(|account| self.account_id(&account)));
        };
        let is_linked =
            !self.book.list::<Mandate>("account_id", &account_id.to_string()).await?.is_empty();
        let is_seen = is_linked || self.book.find::<Hit>(account_id).await?.is_some();
        Ok(is_seen.then_some(account_id))
    }

    /// Whether a holder of this id was met here.
    pub async fn is_holder(&self, holder_id: HolderId) -> Result<bool, BankError> {
        Ok(self.book.find::<Holder>(holder_id).await?.is_some())
    }

    /// A second person agrees to let an account go: its lock opens with that, and its holder is told.
    pub async fn agree_leak(
        &self,
        ctx: &Ctx<'_>,
        by: StaffId,
        about: &str,
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        let hit = leak::agree((&self.book, ctx), &mut unit, by, about).await?;
        self.open_leaked(&mut unit, &hit).await?;
        self.tell_let_go(ctx, &mut unit, &hit).await?;
        Ok(self.book.commit(unit).await?)
    }

    /// Ends hits that were proven and whose wait is over, and lets go some more of what only a list that was
    /// withdrawn locked; says how many hits were looked at.
    /// One whose holder cannot be told waits, and after that is let go with a case for staff. Called by
    /// the worker.
    pub async fn let_go_leaks(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let ended = leak::end_proven(&self.book, ctx).await?;
        let Some(mut step) = LetGo::next(self.leaks(), ctx).await? else { return Ok(ended) };
        let (mut seen, mut cases_left): (usize, usize) = (0, CASES_MAX);
        while let Some((hit, ends)) = step.hit(ctx) {
            let cases = if step.is_late() { &mut cases_left } else { &mut 0 };
            // Another list, the holder or staff changed it in this moment, or the core is silent: everything
            // is looked at again.
            if let Err(error) = self.let_go_one(ctx, (&hit, ends), cases).await {
                tracing::warn!(%error, "an account of a withdrawn list waits");
                step.missed();
            }
            seen = seen.saturating_add(1);
        }
        step.done(self.leaks(), ctx).await?;
        Ok(seen.saturating_add(ended))
    }

    async fn let_go_one(
        &self,
        ctx: &Ctx<'_>,
        (hit, ends): (&Stored<Hit>, bool),
        cases_left: &mut usize,
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        unit.update(hit);
        if ends {
            self.open_leaked(&mut unit, hit).await?;
            let mut news = Unit::new();
            match self.tell_let_go(ctx, &mut news, hit).await {
                Ok(()) => {
                    unit.append(news);
                }
                Err(_) if *cases_left > 0 => {
                    *cases_left = cases_left.saturating_sub(1);
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

    /// Adds to `unit` that no list locks the account any more.
    async fn open_leaked(&self, unit: &mut Unit, hit: &Hit) -> Result<(), BankError> {
        let account_id: BankAccountId = hit.about.parse().map_err(|_| BankError::NotAvailable)?;
        self.unlock_by_list(unit, account_id).await
    }

    async fn tell_let_go(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        hit: &Hit,
    ) -> Result<(), BankError> {
        let account_id: BankAccountId = hit.about.parse().map_err(|_| BankError::NotAvailable)?;
        let holder_id: HolderId = hit.person_id.parse().map_err(|_| BankError::NotAvailable)?;
        let known = match self.known(holder_id).await {
            // No customer of the core's any more: there is nobody to tell.
            Err(BankError::NotAvailable) => return Ok(()),
            known => known?,
        };
        let mask = self.mask_of(&known, account_id);
        let content = Content::new("leak_over").with("account", mask);
        self.tell(unit, ctx, &known, account_id, content)
    }
}
