//! The events, each under the URI that names it.

use kanuki_domain::{
    Yen,
    id::{CaseId, DebitId, MandateId},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::SetError;

/// The URIs of the events.
pub mod uri {
    /// RISC 1.0 section 2.3: a wallet or a bank login is no longer its owner's.
    pub const ACCOUNT_DISABLED: &str =
        "https://schemas.openid.net/secevent/risc/event-type/account-disabled";
    /// RISC 1.0 section 2.8: a credential is known to be stolen.
    pub const CREDENTIAL_COMPROMISE: &str =
        "https://schemas.openid.net/secevent/risc/event-type/credential-compromise";
    /// SSF 1.0 section 8.1.4.1: a word about the stream itself, which its receiver asked for.
    pub const VERIFICATION: &str =
        "https://schemas.openid.net/secevent/ssf/event-type/verification";
    /// Our own: a mandate was stopped, released or ended.
    pub const LINK_STATUS_CHANGED: &str = "https://kanuki.example/secevent/link-status-changed";
    /// Our own: a case that both companies have under one number.
    pub const CASE_SHARED: &str = "https://kanuki.example/secevent/case-shared";
    /// Our own: the holder says that a debit was not theirs.
    pub const DEBIT_DISPUTED: &str = "https://kanuki.example/secevent/debit-disputed";
}

/// Why a subject was disabled (RISC 1.0 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TakeoverReason {
    /// Someone else has taken it over.
    Hijacking,
    /// It is one of many that were made by a machine.
    BulkAccount,
}

/// Where a mandate now is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkStatus {
    /// Stopped for the time being.
    Suspended,
    /// Ended for good.
    Revoked,
    /// Let go on.
    Released,
}

/// How far a case is that both companies share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseStage {
    /// Somebody reported; perhaps nobody's customer. What they wrote stays where they wrote it.
    Reported,
    /// The victim has the money from the company that tells it.
    Paid {
        /// How much.
        amount: Yen,
    },
}

/// What happened. Members that a peer adds are ignored (SSF 1.0 section 4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The subject was disabled: hold its link.
    AccountDisabled {
        /// Why; RISC lets a transmitter leave it out.
        reason: Option<TakeoverReason>,
    },
    /// One of the subject's credentials was stolen.
    CredentialCompromise {
        /// As in CAEP: `password`, `pin`, `fido2-platform`, `fido2-roaming`…
        credential_type: String,
    },
    /// A mandate changed at the sender; the receiver follows.
    LinkStatusChanged {
        /// Which mandate.
        mandate_id: MandateId,
        /// What it is now.
        status: LinkStatus,
        /// A class such as `holder`, `staff`, `report`: never free text about a person.
        reason: String,
    },
    /// The holder disputes a debit.
    DebitDisputed {
        /// Under which mandate.
        mandate_id: MandateId,
        /// Which debit.
        debit_id: DebitId,
    },
    /// A case that both companies have: its number is the subject, and nobody is named.
    CaseShared {
        /// Its number.
        case_id: CaseId,
        /// How far it is.
        stage: CaseStage,
    },
    /// The line works: the subject is the stream, and nothing happened to anybody.
    Verification {
        /// What the receiver said when it asked, unchanged.
        state: Option<String>,
    },
}

#[derive(Serialize, Deserialize)]
struct Verification {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct AccountDisabled {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<TakeoverReason>,
}

#[derive(Serialize, Deserialize)]
struct CredentialCompromise {
    credential_type: String,
}

#[derive(Serialize, Deserialize)]
struct LinkStatusChanged {
    mandate_id: MandateId,
    status: LinkStatus,
    reason: String,
}

#[derive(Serialize, Deserialize)]
struct DebitDisputed {
    mandate_id: MandateId,
    debit_id: DebitId,
}

#[derive(Serialize, Deserialize)]
struct CaseShared {
    case_id: CaseId,
    stage: CaseStage,
}

fn shape<T: DeserializeOwned>(payload: Value) -> Result<T, SetError> {
    serde_json::from_value(payload).map_err(|_| SetError::Event)
}

impl Event {
    /// The URI that names it.
    #[must_use]
    pub const fn uri(&self) -> &'static str {
        match self {
            Self::AccountDisabled { .. } => uri::ACCOUNT_DISABLED,
            Self::CredentialCompromise { .. } => uri::CREDENTIAL_COMPROMISE,
            Self::LinkStatusChanged { .. } => uri::LINK_STATUS_CHANGED,
            Self::DebitDisputed { .. } => uri::DEBIT_DISPUTED,
            Self::CaseShared { .. } => uri::CASE_SHARED,
            Self::Verification { .. } => uri::VERIFICATION,
        }
    }

    /// The `events` claim with this one event.
    pub(super) fn to_events(&self) -> Option<Map<String, Value>> {
        let payload = match self.clone() {
            Self::AccountDisabled { reason } => serde_json::to_value(AccountDisabled { reason }),
            Self::CredentialCompromise { credential_type } => {
                serde_json::to_value(CredentialCompromise { credential_type })
            }
            Self::LinkStatusChanged { mandate_id, status, reason } => {
                serde_json::to_value(LinkStatusChanged { mandate_id, status, reason })
            }
            Self::DebitDisputed { mandate_id, debit_id } => {
                serde_json::to_value(DebitDisputed { mandate_id, debit_id })
            }
            Self::CaseShared { case_id, stage } => {
                serde_json::to_value(CaseShared { case_id, stage })
            }
            Self::Verification { state } => serde_json::to_value(Verification { state }),
        };
        Some(Map::from_iter([(self.uri().to_owned(), payload.ok()?)]))
    }

    /// The event under `uri`.
    pub(super) fn read(uri: &str, payload: Value) -> Result<Self, SetError> {
        match uri {
            uri::ACCOUNT_DISABLED => {
                let AccountDisabled { reason } = shape(payload)?;
                Ok(Self::AccountDisabled { reason })
            }
            uri::CREDENTIAL_COMPROMISE => {
                let CredentialCompromise { credential_type } = shape(payload)?;
                Ok(Self::CredentialCompromise { credential_type })
            }
            uri::LINK_STATUS_CHANGED => {
                let LinkStatusChanged { mandate_id, status, reason } = shape(payload)?;
                Ok(Self::LinkStatusChanged { mandate_id, status, reason })
            }
            uri::DEBIT_DISPUTED => {
                let DebitDisputed { mandate_id, debit_id } = shape(payload)?;
                Ok(Self::DebitDisputed { mandate_id, debit_id })
            }
            uri::CASE_SHARED => {
                let CaseShared { case_id, stage } = shape(payload)?;
                Ok(Self::CaseShared { case_id, stage })
            }
            uri::VERIFICATION => {
                let Verification { state } = shape(payload)?;
                Ok(Self::Verification { state })
            }
            _ => Err(SetError::UnknownEvent),
        }
    }
}
