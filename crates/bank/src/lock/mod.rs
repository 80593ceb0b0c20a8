//! A holder locks an account against every new link.
//!
//! The lock is one row per account, and every grant writes that row in the unit that makes the
//! mandate: a lock that was closed while a grant was in flight changes the row's version, so the
//! whole grant fails. Of a lock and a grant, one is always first. What confirms a link that moved
//! nothing before is such a grant too.
//!
//! Closing is for anybody who can be believed a little: the holder, signed in, or whoever has a
//! stop code. Opening takes a passkey and a wait, is told at once, and can be called off.

mod open;

use jiff::Timestamp;
use kanuki_desk::outbox::Content;
use kanuki_domain::{
    Ctx,
    id::{BankAccountId, HolderId},
    limits::LOCK_NOTICE_SECS,
    mandate::later,
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit, record};
use serde::{Deserialize, Serialize};

pub use open::{OpeningState, OpeningTerms};

use crate::{
    Bank, BankError,
    holder::{Known, load},
    mandate::Mandate,
    stop::order::Ordered,
};

/// How often closing begins again because something else changed the row meanwhile.
pub(crate) const TRIES_MAX: u32 = 5;

/// Who closed a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockedBy {
    /// The holder, signed in.
    Holder,
    /// Whoever typed the stop code of a notice.
    StopCode,
    /// Whoever looks after the holder's accounts.
    Delegate,
    /// The bank's default for accounts that were never linked.
    Bank,
    /// The account is on a list of what leaked ([`crate::leak`]).
    Leak,
}

/// Where a lock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LockState {
    /// New links are possible.
    Open,
    /// No new link.
    Locked {
        /// Since when.
        since: Timestamp,
        /// By whom.
        by: LockedBy,
    },
    /// No new link yet; it opens by itself.
    Opening {
        /// Since when it has been locked.
        since: Timestamp,
        /// When it opens.
        opens_at: Timestamp,
    },
}

impl LockState {
    /// False when new links are possible at `now`.
    #[must_use]
    pub fn is_locked(self, now: Timestamp) -> bool {
        match self {
            Self::Open => false,
            Self::Locked { .. } => true,
            Self::Opening { opens_at, .. } => now < opens_at,
        }
    }

    /// Whether its holder reads the same as they would of a list's lock.
    #[must_use]
    pub const fn may_be_a_lists(self) -> bool {
        matches!(
            self,
            Self::Locked { by: LockedBy::Holder | LockedBy::StopCode | LockedBy::Leak, .. }
        )
    }

    /// Closes it. One that is locked stays as it is, but that a person's lock stands behind a list's: it
    /// does not open with it. One that is opening is called off.
    #[must_use]
    pub fn lock(self, by: LockedBy, now: Timestamp) -> Self {
        match self {
            Self::Locked { since, by: LockedBy::Leak } => Self::Locked { since, by },
            Self::Locked { .. } => self,
            Self::Opening { since, .. } if self.is_locked(now) => Self::Locked { since, by },
            Self::Open | Self::Opening { .. } => Self::Locked { since: now, by },
        }
    }
}

/// The lock of one account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountLock {
    /// Which account.
    pub account_id: BankAccountId,
    /// Whose.
    pub holder_id: HolderId,
    /// Where it stands.
    pub state: LockState,
    /// When the holder was last told that somebody tried while it was locked.
    pub told_at: Option<Timestamp>,
    /// How many links were granted past it: changes with each, so that no grant and no closing
    /// miss each other.
    pub grants: u32,
    /// What a list's lock stands over: an opening that was under way. It goes on when the list lets go, and
    /// no sooner than it would have.
    #[serde(default)]
    pub before_leak: Option<LockState>,
}

record! { AccountLock => "account_lock" by |l| l.account_id.to_string();
    many holder_id = |l| Some(l.holder_id.to_string());
}

/// A lock as it is kept, or as it would be.
enum Found {
    Kept(Stored<AccountLock>),
    Fresh(AccountLock),
}

impl Found {
    fn lock(&self) -> &AccountLock {
        match self {
            Self::Kept(kept) => kept,
            Self::Fresh(fresh) => fresh,
        }
    }

    /// Adds it to `unit` with `change` made; fails there if somebody else changed it meanwhile.
    fn write(self, unit: &mut Unit, change: impl FnOnce(&mut AccountLock)) {
        match self {
            Self::Kept(mut kept) => {
                change(kept.edit());
                unit.update(&kept);
            }
            Self::Fresh(mut fresh) => {
                change(&mut fresh);
                unit.insert(&fresh);
            }
        }
    }
}

pub(crate) fn is_raced<T>(done: &Result<T, BankError>) -> bool {
    matches!(
        done,
        Err(BankError::Record(RecordError::Conflict { .. } | RecordError::Duplicate { .. }))
    )
}

impl Bank {
    /// The lock of an account, in the bank's default state where nobody has touched it.
    async fn find_lock(
        &self,
        ctx: &Ctx<'_>,
        (account_id, holder_id): (BankAccountId, HolderId),
    ) -> Result<Found, BankError> {
        if let Some(kept) = self.book.find::<AccountLock>(account_id).await? {
            return Ok(Found::Kept(kept));
        }
        let was_linked =
            self.book.find_by::<Mandate>("account_id", &account_id.to_string()).await?.is_some();
        let state = if self.rules.locks_unlinked_accounts() && !was_linked {
            LockState::Locked { since: ctx.now, by: LockedBy::Bank }
        } else {
            LockState::Open
        };
        Ok(Found::Fresh(AccountLock {
            account_id,
            holder_id,
            state,
            told_at: None,
            grants: 0,
            before_leak: None,
        }))
    }

    /// How the lock of one of a holder's own accounts stands.
    pub async fn lock_of(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        account_id: BankAccountId,
    ) -> Result<AccountLock, BankError> {
        self.require_own(holder_id, account_id).await?;
        Ok(self.find_lock(ctx, (account_id, holder_id)).await?.lock().clone())
    }

    /// Whether an account takes no new link now.
    pub(crate) async fn is_locked(
        &self,
        ctx: &Ctx<'_>,
        whose: (BankAccountId, HolderId),
    ) -> Result<bool, BankError> {
        Ok(self.find_lock(ctx, whose).await?.lock().state.is_locked(ctx.now))
    }

    /// The holder locks one of their accounts: at once, and by a press.
    pub async fn lock_account(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        account_id: BankAccountId,
    ) -> Result<(), BankError> {
        self.lock_account_as(ctx, (holder_id, LockedBy::Holder), account_id).await
    }

    /// The same by whoever looks after the accounts. While the core is silent it is an order, which a
    /// worker carries out ([`BankError::StoppedInPart`]).
    pub(crate) async fn lock_account_as(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, by): (HolderId, LockedBy),
        account_id: BankAccountId,
    ) -> Result<(), BankError> {
        let done = self.lock_own(ctx, (holder_id, by), account_id).await;
        let what = Ordered::Lock { account_id: Some(account_id), by };
        self.or_order(ctx, done, (holder_id, format!("{by:?}")), what).await
    }

    /// Locks one account of a holder now.
    pub(crate) async fn lock_own(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, by): (HolderId, LockedBy),
        account_id: BankAccountId,
    ) -> Result<(), BankError> {
        self.require_own(holder_id, account_id).await?;
        self.close_lock(ctx, (account_id, holder_id), by).await
    }

    /// A stop code of a notice about a lock: the account is locked, or stays so.
    pub(crate) async fn relock(
        &self,
        ctx: &Ctx<'_>,
        account_id: BankAccountId,
    ) -> Result<(), BankError> {
        let holder_id = load::<AccountLock>(&self.book, account_id).await?.holder_id;
        self.close_lock(ctx, (account_id, holder_id), LockedBy::StopCode).await
    }

    /// A stop code of a notice about a passkey that was registered at `since`: no account stays
    /// open, or goes on to open, by what may have been signed with it.
    pub(crate) async fn close_openings(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        since: Timestamp,
    ) -> Result<(), BankError> {
        for lock in self.book.list::<AccountLock>("holder_id", &holder_id.to_string()).await? {
            if matches!(lock.state, LockState::Opening { opens_at, .. } if since < opens_at) {
                self.close_lock(ctx, (lock.account_id, holder_id), LockedBy::StopCode).await?;
            }
        }
        Ok(())
    }

    /// Closes it, whoever else changes it at the same moment.
    pub(crate) async fn close_lock(
        &self,
        ctx: &Ctx<'_>,
        whose: (BankAccountId, HolderId),
        by: LockedBy,
    ) -> Result<(), BankError> {
        let mut done = self.close_once(ctx, whose, by).await;
        for _ in 1..TRIES_MAX {
            if !is_raced(&done) {
                break;
            }
            done = self.close_once(ctx, whose, by).await;
        }
        done
    }

    async fn close_once(
        &self,
        ctx: &Ctx<'_>,
        whose: (BankAccountId, HolderId),
        by: LockedBy,
    ) -> Result<(), BankError> {
        let mut unit = Unit::new();
        let found = self.find_lock(ctx, whose).await?;
        found.write(&mut unit, |lock| {
            lock.state = lock.state.lock(by, ctx.now);
            lock.before_leak = None;
        });
        self.stand_again(ctx, &mut unit, whose.0).await?;
        unit.audit(
            AuditEntry::new(ctx.now, whose.1, "account.locked", whose.0)
                .with("by", format!("{by:?}")),
        );
        Ok(self.book.commit(unit).await?)
    }

    /// Refuses a link to an account that is locked, and tells the holder once a day that somebody
    /// tries.
    pub(crate) async fn require_unlocked(
        &self,
        ctx: &Ctx<'_>,
        account_id: BankAccountId,
        known: &Known,
        partner_name: &str,
    ) -> Result<(), BankError> {
        let found = self.find_lock(ctx, (account_id, known.holder.holder_id)).await?;
        if !found.lock().state.is_locked(ctx.now) {
            return Ok(());
        }
        let was_told = found.lock().told_at.is_some_and(|at| ctx.now < later(at, LOCK_NOTICE_SECS));
        let mut unit = Unit::new();
        unit.audit(
            AuditEntry::new(ctx.now, known.holder.holder_id, "link.locked_out", account_id)
                .with("partner", partner_name),
        );
        if !was_told {
            found.write(&mut unit, |lock| lock.told_at = Some(ctx.now));
            let mask = self.mask_of(known, account_id);
            let content =
                Content::new("lock_tried").with("partner", partner_name).with("account", mask);
            self.tell(&mut unit, ctx, known, account_id, content)?;
        }
        match self.book.commit(unit).await {
            // Told by another request at this moment, or opened: the answer is no either way.
            Ok(()) | Err(RecordError::Conflict { .. } | RecordError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        Err(BankError::Locked)
    }

    /// Adds to a grant's `unit` that the account took it, so that a lock closed meanwhile wins.
    pub(crate) async fn pass_lock(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        whose: (BankAccountId, HolderId),
    ) -> Result<(), BankError> {
        let found = self.find_lock(ctx, whose).await?;
        if found.lock().state.is_locked(ctx.now) {
            return Err(BankError::Locked);
        }
        found.write(unit, |lock| {
            lock.state = LockState::Open;
            lock.before_leak = None;
            lock.grants = lock.grants.saturating_add(1);
        });
        Ok(())
    }

    /// Adds to `unit` that a list locks the account.
    pub(crate) async fn lock_by_list(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        whose: (BankAccountId, HolderId),
    ) -> Result<(), BankError> {
        let found = self.find_lock(ctx, whose).await?;
        found.write(unit, |lock| {
            let is_opening = matches!(lock.state, LockState::Opening { .. });
            if is_opening && lock.state.is_locked(ctx.now) {
                lock.before_leak = Some(lock.state);
            }
            lock.state = lock.state.lock(LockedBy::Leak, ctx.now);
        });
        Ok(())
    }

    /// Adds to `unit` that no list locks the account any more; what a person locked stays locked, and what
    /// was opening before opens when it would have.
    pub(crate) async fn unlock_by_list(
        &self,
        unit: &mut Unit,
        account_id: BankAccountId,
    ) -> Result<(), BankError> {
        let Some(mut lock) = self.book.find::<AccountLock>(account_id).await? else {
            return Ok(());
        };
        if matches!(lock.state, LockState::Locked { by: LockedBy::Leak, .. }) {
            let row = lock.edit();
            row.state = row.before_leak.take().unwrap_or(LockState::Open);
            unit.update(&lock);
        }
        Ok(())
    }

    pub(crate) async fn require_own(
        &self,
        holder_id: HolderId,
        account_id: BankAccountId,
    ) -> Result<Known, BankError> {
        let known = self.known(holder_id).await?;
        let mut own = known.core.accounts.iter();
        if own.any(|a| self.account_id(&a.account) == account_id) {
            Ok(known)
        } else {
            Err(BankError::NotAvailable)
        }
    }

    pub(crate) fn mask_of(&self, known: &Known, account_id: BankAccountId) -> String {
        let mut own = known.core.accounts.iter();
        let found = own.find(|a| self.account_id(&a.account) == account_id);
        found.map(|a| a.account.mask()).unwrap_or_default()
    }
}
