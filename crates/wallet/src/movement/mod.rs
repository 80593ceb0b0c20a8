//! One movement in the ledger: what must agree before money moves, and how a refusal reads.

use kanuki_desk::{
    gate::Gate,
    never::{self, Closed},
};
use kanuki_domain::{Ctx, Yen};
use kanuki_ledger::{
    AccountId, ChainError, CreateTransferResult as R, Transfer, TransferId, chain,
};
use kanuki_wire::debit::RefusalReason;
use serde::{Deserialize, Serialize};

use crate::{Wallet, WalletError, rules::Limit};

/// Why money did not move, in classes that a customer can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Above a cap.
    OverLimit,
    /// The wallet or the bank account does not have it.
    NotEnoughMoney,
    /// A kill switch is closed, here or at the bank.
    Stopped,
    /// The link has ended or is not confirmed at the bank.
    NotActive,
    /// Try again later.
    TryLater,
    /// The bank's customer did not sign it at the bank.
    NotApproved,
}

impl Refusal {
    /// As part of a text key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OverLimit => "over_limit",
            Self::NotEnoughMoney => "not_enough_money",
            Self::Stopped => "stopped",
            Self::NotActive => "not_active",
            Self::TryLater => "try_later",
            Self::NotApproved => "not_approved",
        }
    }
}

impl From<RefusalReason> for Refusal {
    fn from(reason: RefusalReason) -> Self {
        match reason {
            RefusalReason::OverLimit => Self::OverLimit,
            RefusalReason::NotEnoughMoney => Self::NotEnoughMoney,
            RefusalReason::Stopped => Self::Stopped,
            RefusalReason::NotActive => Self::NotActive,
            RefusalReason::TryLater => Self::TryLater,
            RefusalReason::Declined => Self::NotApproved,
        }
    }
}

/// The gates and caps of one movement.
#[derive(Clone, Debug)]
pub(crate) struct Guards<'a> {
    /// Kill switches, widest first.
    pub(crate) gates: Vec<Gate>,
    /// Caps, as the row keeps them.
    pub(crate) limits: &'a [Limit],
}

/// What a settling of a reservation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    /// As asked, now or before.
    Done,
    /// The reservation had ended the other way, or by its timeout.
    Otherwise,
}

impl Wallet {
    /// Makes the chain `name`: gates, caps, money, all or nothing. Sending it again is fine.
    ///
    /// The inner result is the ledger's decision; the outer one means that it is not known. A
    /// refusal is for good: the ids of the money are closed first, because another driver of the
    /// same row may have seen a better moment, or may yet see one.
    pub(crate) async fn make_chain(
        &self,
        ctx: &Ctx<'_>,
        guards: &Guards<'_>,
        name: &str,
        amount: Yen,
        money: Vec<Transfer>,
    ) -> Result<Result<(), Refusal>, WalletError> {
        let made = self.try_chain(ctx, guards, name, (amount, &money)).await?;
        let Err(reason) = made else { return Ok(made) };
        for leg in &money {
            let accounts = (leg.debit_account, leg.credit_account);
            let closed = never::close(&*self.ledger, leg.id, accounts, leg.code, ctx.now).await?;
            if closed == Closed::Moved {
                return Ok(Ok(()));
            }
        }
        Ok(Err(reason))
    }

    /// What the ledger says at this moment.
    async fn try_chain(
        &self,
        ctx: &Ctx<'_>,
        guards: &Guards<'_>,
        name: &str,
        (amount, money): (Yen, &[Transfer]),
    ) -> Result<Result<(), Refusal>, WalletError> {
        let mut legs: Vec<Transfer> = guards.gates.iter().map(|gate| gate.leg(name)).collect();
        legs.extend(guards.limits.iter().map(|limit| limit.cap().leg(name, amount)));
        legs.extend(money.iter().copied());
        let caps_from = guards.gates.len();
        let money_from = caps_from.saturating_add(guards.limits.len());
        // Before the chain and not after its refusal: a leg without its account burns its id.
        self.open_missing(ctx, guards).await?;
        let made = chain(&*self.ledger, legs, ctx.now).await;
        let Err(ChainError::Refused { index, reason, .. }) = made else {
            return made.map(Ok).map_err(WalletError::from);
        };
        match reason {
            R::DebitAccountAlreadyClosed | R::CreditAccountAlreadyClosed => {
                Ok(Err(Refusal::Stopped))
            }
            R::ExceedsCredits if index >= money_from => Ok(Err(Refusal::NotEnoughMoney)),
            R::ExceedsCredits if index >= caps_from => {
                let limit = guards.limits.get(index.saturating_sub(caps_from));
                let Some(limit) = limit.filter(|limit| limit.is_a_banks()) else {
                    return Ok(Err(Refusal::OverLimit));
                };
                tracing::warn!(bank = %limit.subject, "what a bank's word may bring is used up");
                Ok(Err(Refusal::TryLater))
            }
            // Refused before, and a crash kept that from being written down.
            R::IdAlreadyFailed => Ok(Err(Refusal::TryLater)),
            R::ExistsWithDifferentFlags
            | R::ExistsWithDifferentAmount
            | R::ExistsWithDifferentUserData
            | R::ExistsWithDifferentTimeout
                if index >= money_from =>
            {
                Ok(Err(Refusal::TryLater))
            }
            _ => made.map(Ok).map_err(WalletError::from),
        }
    }

    /// Makes gates and caps that nobody has needed yet; doing it twice is fine. A cap whose opening
    /// was cut short has an account and no credit yet: it is opened now.
    async fn open_missing(&self, ctx: &Ctx<'_>, guards: &Guards<'_>) -> Result<(), WalletError> {
        let gates = guards.gates.iter().map(Gate::account_id);
        let caps = guards.limits.iter().map(|limit| limit.cap().account_id());
        let ids: Vec<AccountId> = gates.chain(caps).collect();
        let mut found = self.ledger.lookup_accounts(&ids, ctx.now).await?.into_iter();
        for gate in &guards.gates {
            if found.next().flatten().is_none() {
                let accounts = gate.accounts();
                kanuki_desk::gate::create_accounts(&*self.ledger, accounts, ctx.now).await?;
            }
        }
        for limit in guards.limits {
            if found.next().flatten().is_none_or(|account| account.credits_posted.is_zero()) {
                limit.cap().open(&*self.ledger, ctx.now).await?;
            }
        }
        Ok(())
    }

    /// Whether all of `gates` are open, decided by the ledger.
    pub(crate) async fn are_open(
        &self,
        ctx: &Ctx<'_>,
        gates: &[Gate],
    ) -> Result<bool, WalletError> {
        for gate in gates {
            if gate.is_closed(&*self.ledger, ctx.now).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Settles a reservation by `transfer`, a post or a void, with `also` in the same chain.
    pub(crate) async fn settle(
        &self,
        ctx: &Ctx<'_>,
        transfer: Transfer,
        also: Vec<Transfer>,
    ) -> Result<Settled, WalletError> {
        let mut legs = vec![transfer];
        legs.extend(also);
        match chain(&*self.ledger, legs, ctx.now).await {
            Ok(()) => Ok(Settled::Done),
            Err(
                ChainError::Refused {
                    index: 0,
                    reason:
                        R::PendingTransferAlreadyPosted
                        | R::PendingTransferAlreadyVoided
                        | R::PendingTransferExpired,
                    ..
                }
                | ChainError::Torn { .. },
            ) => Ok(Settled::Otherwise),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives back what the chain `name` used of its caps, because no money moved. A use that has
    /// run out by itself is fine.
    pub(crate) async fn give_back(
        &self,
        ctx: &Ctx<'_>,
        limits: &[Limit],
        name: &str,
    ) -> Result<(), WalletError> {
        for limit in limits {
            self.settle(ctx, limit.cap().give_back(name), Vec::new()).await?;
        }
        Ok(())
    }
}

/// The id of the reservation of the row `name`.
pub(crate) fn pend_id(name: &str) -> TransferId {
    TransferId::derive(&["money", name])
}

/// The id of what posts it.
pub(crate) fn post_id(name: &str) -> TransferId {
    TransferId::derive(&["money-post", name])
}

/// The id of what voids it.
pub(crate) fn void_id(name: &str) -> TransferId {
    TransferId::derive(&["money-void", name])
}
