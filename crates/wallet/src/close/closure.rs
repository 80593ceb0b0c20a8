//! Where a wallet is on its way to its end. The values are made by the transitions here and by nothing
//! else.

use jiff::Timestamp;
use kanuki_domain::{id::CaseId, mandate::later};
use serde::{Deserialize, Serialize};

use crate::{WalletError, proof::Proof};

/// Where a wallet is on its way to its end.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub enum Closure {
    /// It is used.
    #[default]
    Open,
    /// Its owner asked that it be closed: money leaves and nothing comes in, and they can take it back.
    Closing(Closing),
    /// It is empty and its wait is over: its gate is closed and its links end. Nobody takes that back.
    Ending(Ending),
    /// It is over: nobody signs in, nothing moves. What has to be kept is kept.
    Closed(Closed),
}

/// That its owner asked for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Closing {
    asked_at: Timestamp,
    effective_at: Timestamp,
    // Beside the row and not in it: every use case holds one.
    proof: Box<Proof>,
    case_id: Option<CaseId>,
}

/// That it is empty and its links end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ending {
    closing: Closing,
    since: Timestamp,
}

/// That it is over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Closed {
    closing: Closing,
    at: Timestamp,
}

impl Closing {
    /// When it was asked for.
    #[must_use]
    pub const fn asked_at(&self) -> Timestamp {
        self.asked_at
    }

    /// Before then it is not closed.
    #[must_use]
    pub const fn effective_at(&self) -> Timestamp {
        self.effective_at
    }

    /// Their signature over it.
    #[must_use]
    pub fn proof(&self) -> &Proof {
        &self.proof
    }

    /// The case that was opened because it takes so long.
    #[must_use]
    pub const fn case_id(&self) -> Option<CaseId> {
        self.case_id
    }
}

impl Ending {
    /// Since when its links end.
    #[must_use]
    pub const fn since(&self) -> Timestamp {
        self.since
    }
}

impl Closed {
    /// When it was closed.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}

impl Closure {
    /// As part of text keys and in the index.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closing(_) => "closing",
            Self::Ending(_) => "ending",
            Self::Closed(_) => "closed",
        }
    }

    /// What was asked for, while it is neither open nor over.
    #[must_use]
    pub const fn asked(&self) -> Option<&Closing> {
        match self {
            Self::Closing(closing) | Self::Ending(Ending { closing, .. }) => Some(closing),
            Self::Open | Self::Closed(_) => None,
        }
    }

    /// Since when its owner wants, or wanted, its end.
    #[must_use]
    pub const fn asked_at(&self) -> Option<Timestamp> {
        match self {
            Self::Closing(closing)
            | Self::Ending(Ending { closing, .. })
            | Self::Closed(Closed { closing, .. }) => Some(closing.asked_at),
            Self::Open => None,
        }
    }

    /// When it was closed, once it is.
    #[must_use]
    pub const fn closed_at(&self) -> Option<Timestamp> {
        match self {
            Self::Closed(closed) => Some(closed.at),
            Self::Open | Self::Closing(_) | Self::Ending(_) => None,
        }
    }

    /// True until its owner asked for its end.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }

    /// True once money can no longer come in, whoever sends it: nothing is left to wait for.
    #[must_use]
    pub const fn is_shut(&self) -> bool {
        matches!(self, Self::Ending(_) | Self::Closed(_))
    }

    /// The owner asks for it, and has `wait_secs` to think again.
    pub(super) fn ask(
        self,
        now: Timestamp,
        wait_secs: i64,
        proof: Proof,
    ) -> Result<Self, WalletError> {
        let Self::Open = self else { return Err(WalletError::NotAvailable) };
        let effective_at = later(now, wait_secs);
        Ok(Self::Closing(Closing {
            asked_at: now,
            effective_at,
            proof: Box::new(proof),
            case_id: None,
        }))
    }

    /// The owner wants to keep it.
    pub(super) fn keep(self) -> Result<Self, WalletError> {
        match self {
            Self::Open | Self::Closing(_) => Ok(Self::Open),
            Self::Ending(_) | Self::Closed(_) => Err(WalletError::NotAvailable),
        }
    }

    /// Somebody stopped the wallet: whoever asked for its end has to ask again. What is over stays so.
    pub(crate) fn stop(self) -> Self {
        match self {
            Self::Open | Self::Closing(_) | Self::Ending(_) => Self::Open,
            Self::Closed(closed) => Self::Closed(closed),
        }
    }

    /// It is empty and its wait is over.
    pub(super) fn end(self, now: Timestamp) -> Result<Self, WalletError> {
        match self {
            Self::Closing(closing) if now >= closing.effective_at => {
                Ok(Self::Ending(Ending { closing, since: now }))
            }
            Self::Ending(ending) => Ok(Self::Ending(ending)),
            Self::Open | Self::Closing(_) | Self::Closed(_) => Err(WalletError::NotAvailable),
        }
    }

    /// Something came in at the last moment: it has to leave first.
    pub(super) fn wait_again(self) -> Self {
        match self {
            Self::Ending(Ending { closing, .. }) => Self::Closing(closing),
            other @ (Self::Open | Self::Closing(_) | Self::Closed(_)) => other,
        }
    }

    /// Nothing is left.
    pub(super) fn close(self, now: Timestamp) -> Result<Self, WalletError> {
        match self {
            Self::Ending(Ending { closing, .. }) => Ok(Self::Closed(Closed { closing, at: now })),
            Self::Open | Self::Closing(_) | Self::Closed(_) => Err(WalletError::NotAvailable),
        }
    }

    /// People see to it that it goes on, under this case.
    pub(super) const fn give_to_people(&mut self, case: CaseId) {
        match self {
            Self::Closing(closing) | Self::Ending(Ending { closing, .. }) => {
                closing.case_id = Some(case);
            }
            Self::Open | Self::Closed(_) => {}
        }
    }
}
