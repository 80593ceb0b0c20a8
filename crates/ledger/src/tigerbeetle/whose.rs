//! Whose cluster it is, and whether books that are moved to it have arrived: kept as four accounts
//! of a ledger of their own, in which nothing ever moves. An account is made once, by whoever comes
//! first, and never changes: that is what a name needs.

use jiff::Timestamp;
use tigerbeetle as tb;

use super::{TigerBeetleEngine, convert};
use crate::{
    engine::LedgerError,
    model::AccountId,
    whose::{Claim, NotOurs, Owner},
};

/// The ledger of these accounts, far from any that holds money.
pub(super) const LEDGER: u32 = u32::MAX;

/// Why a cluster is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// Wrong address, wrong number, or it does not run.
    #[error(
        "no cluster of this number answers there: it may not run, or the number or the addresses \
         may be others"
    )]
    Silent(#[from] LedgerError),
    /// Somebody else's.
    #[error(transparent)]
    NotOurs(#[from] NotOurs),
    /// Books are being moved to it, or a move was interrupted.
    #[error("books are being moved to this cluster; if no move runs, move them again")]
    OnTheirWay,
}

/// What is said on a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Whose it is.
    Owner,
    /// Which books are on their way; of books that are still served, how far they went.
    Departed,
    /// Which the whole of those were, once they stood still.
    Closed,
    /// That they have arrived.
    Arrived,
}

impl Word {
    const ALL: [Self; 4] = [Self::Owner, Self::Departed, Self::Closed, Self::Arrived];

    fn id(self) -> u128 {
        let name = match self {
            Self::Owner => "owner",
            Self::Departed => "departed",
            Self::Closed => "closed",
            Self::Arrived => "arrived",
        };
        AccountId::derive(&["kanuki", "books", name]).bits()
    }

    /// The account that says `what`, at the instant `at` of nanoseconds since 1970. Imported ones
    /// come before all others, so that accounts of the past may follow.
    fn account(self, what: u128, at: Option<u64>) -> tb::Account {
        let flags = at.map_or(tb::AccountFlags(0), |_| tb::AccountFlags::Imported);
        tb::Account {
            id: self.id(),
            user_data_128: what,
            ledger: LEDGER,
            code: 1,
            flags,
            timestamp: at.unwrap_or(0),
            ..Default::default()
        }
    }
}

/// What is said: owner, departed, closed, arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) owner: Option<u128>,
    pub(super) departed: Option<u128>,
    /// When they departed, by the cluster's clock.
    pub(super) departed_at: Option<Timestamp>,
    /// What they were in the end, and when that was, by the cluster's clock.
    pub(super) closed: Option<(u128, Timestamp)>,
    pub(super) arrived: Option<u128>,
}

impl TigerBeetleEngine {
    /// Opens the cluster's books for `claim`; those that nobody has begun are given its name.
    pub async fn claim(&self, claim: Claim) -> Result<(), ClaimError> {
        let words = self.words().await?;
        if let Some(found) = words.owner {
            claim.check(Owner(found))?;
        } else if self.is_new().await? {
            // Imported, so that books may still be moved here.
            self.say(&[Word::Owner.account(claim.owner.0, Some(1))]).await?;
            self.require(claim).await?;
        } else if claim.adopts {
            self.say(&[Word::Owner.account(claim.owner.0, None)]).await?;
            self.require(claim).await?;
        } else {
            return Err(NotOurs::Nameless.into());
        }
        if words.departed.is_some() && words.arrived.is_none() {
            return Err(ClaimError::OnTheirWay);
        }
        Ok(())
    }

    /// Whose cluster it is; nobody's while no company has begun books there.
    pub async fn owner(&self) -> Result<Option<Owner>, ClaimError> {
        Ok(self.words().await?.owner.map(Owner))
    }

    /// Of two who came at once, one was first.
    pub(super) async fn require(&self, claim: Claim) -> Result<(), ClaimError> {
        let found = self.words().await?.owner.ok_or(LedgerError::Unavailable)?;
        Ok(claim.check(Owner(found))?)
    }

    /// Says whose books are on their way, and which: both or, where somebody else was first, neither.
    pub(super) async fn depart(
        &self,
        claim: Claim,
        (books, at): (u128, Timestamp),
        is_claimed: bool,
    ) -> Result<(), LedgerError> {
        let mut departed = Word::Departed.account(books, Some(2));
        departed.user_data_64 = convert::stamp_for(at);
        if is_claimed {
            return self.say(&[departed]).await;
        }
        let mut owner = Word::Owner.account(claim.owner.0, Some(1));
        owner.flags = owner.flags | tb::AccountFlags::Linked;
        self.say(&[owner, departed]).await
    }

    /// Says what they are in the end, whose beginning is on its way. No account of the past can follow.
    pub(super) async fn close(&self, books: u128, at: Timestamp) -> Result<(), LedgerError> {
        let mut closed = Word::Closed.account(books, None);
        closed.user_data_64 = convert::stamp_for(at);
        self.say(&[closed]).await
    }

    /// Says that they have arrived.
    pub(super) async fn arrive(&self, books: u128) -> Result<(), LedgerError> {
        self.say(&[Word::Arrived.account(books, None)]).await
    }

    /// What became of it is read afterwards: somebody may have said it before.
    async fn say(&self, words: &[tb::Account]) -> Result<(), LedgerError> {
        self.ask(|client| client.create_accounts(words)).await.map(drop)
    }

    pub(super) async fn words(&self) -> Result<Words, LedgerError> {
        let ids = Word::ALL.map(Word::id);
        let found = self.ask(|client| client.lookup_accounts(&ids)).await?;
        let said = |word: Word| found.iter().find(|a| a.id == word.id());
        let what = |word: Word| said(word).map(|account| account.user_data_128);
        let at = |word: Word| said(word).map(|a| convert::instant_of(a.user_data_64)).transpose();
        Ok(Words {
            owner: what(Word::Owner),
            departed: what(Word::Departed),
            departed_at: at(Word::Departed)?,
            closed: what(Word::Closed).zip(at(Word::Closed)?),
            arrived: what(Word::Arrived),
        })
    }

    /// Whether nobody has ever made an account here, but for what is said above.
    pub(super) async fn is_new(&self) -> Result<bool, LedgerError> {
        let some = tb::QueryFilter { limit: 5, ..Default::default() };
        let accounts = self.ask(|client| client.query_accounts(some)).await?;
        let is_word = |account: &tb::Account| Word::ALL.iter().any(|word| word.id() == account.id);
        Ok(accounts.iter().all(is_word))
    }

    /// An instant of the cluster.
    pub(super) async fn instant(&self) -> Result<Timestamp, LedgerError> {
        convert::instant_of(self.clock().await?)
    }
}
