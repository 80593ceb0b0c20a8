//! The events, each under the URI that names it.

use kanuki_domain::{
    Yen,
    id::{CaseId, DebitId, MandateId},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{SetError, service::ServiceWord};

/// The URIs of the events.
pub mod uri {
    /// RISC 1.0: a wallet or a bank login is no longer its owner's.
    pub const ACCOUNT_DISABLED: &str =
        "https://schemas.openid.net/secevent/risc/event-type/account-disabled";
    /// RISC 1.0: a credential is known to be stolen.
    pub const CREDENTIAL_COMPROMISE: &str =
        "https://schemas.openid.net/secevent/risc/event-type/credential-compromise";
    /// RISC 1.0: a telephone number or an address of the subject changed.
    pub const IDENTIFIER_CHANGED: &str =
        "https://schemas.openid.net/secevent/risc/event-type/identifier-changed";
    /// RISC 1.0: it belongs to somebody else now.
    pub const IDENTIFIER_RECYCLED: &str =
        "https://schemas.openid.net/secevent/risc/event-type/identifier-recycled";
    /// RISC 1.0: somebody asked to recover the subject's account.
    pub const RECOVERY_ACTIVATED: &str =
        "https://schemas.openid.net/secevent/risc/event-type/recovery-activated";
    /// CAEP 1.0: the subject's sessions ended.
    pub const SESSION_REVOKED: &str =
        "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
    /// CAEP 1.0: a credential was made, changed or ended.
    pub const CREDENTIAL_CHANGE: &str =
        "https://schemas.openid.net/secevent/caep/event-type/credential-change";
    /// CAEP 1.0: how well the subject is known changed.
    pub const ASSURANCE_LEVEL_CHANGE: &str =
        "https://schemas.openid.net/secevent/caep/event-type/assurance-level-change";
    /// CAEP 1.0: how dangerous the subject is thought to be changed.
    pub const RISK_LEVEL_CHANGE: &str =
        "https://schemas.openid.net/secevent/caep/event-type/risk-level-change";
    /// SSF 1.0 section 8.1.5: the transmitter itself changed the stream.
    pub const STREAM_UPDATED: &str =
        "https://schemas.openid.net/secevent/ssf/event-type/stream-updated";
    /// SSF 1.0 section 8.1.4.1: a word about the stream itself, which its receiver asked for.
    pub const VERIFICATION: &str =
        "https://schemas.openid.net/secevent/ssf/event-type/verification";
    /// Our own: a mandate was stopped, released or ended.
    pub const LINK_STATUS_CHANGED: &str = "https://kanuki.example/secevent/link-status-changed";
    /// Our own: a case that both companies have under one number.
    pub const CASE_SHARED: &str = "https://kanuki.example/secevent/case-shared";
    /// Our own: the holder says that a debit was not theirs.
    pub const DEBIT_DISPUTED: &str = "https://kanuki.example/secevent/debit-disputed";

    /// Our own: a company stopped what it does with the other, or opened it again.
    pub const SERVICE_STATUS_CHANGED: &str =
        "https://kanuki.example/secevent/service-status-changed";

    /// Every event that there is a word for.
    pub const ALL: [&str; 15] = [
        ACCOUNT_DISABLED,
        CREDENTIAL_COMPROMISE,
        IDENTIFIER_CHANGED,
        IDENTIFIER_RECYCLED,
        RECOVERY_ACTIVATED,
        SESSION_REVOKED,
        CREDENTIAL_CHANGE,
        ASSURANCE_LEVEL_CHANGE,
        RISK_LEVEL_CHANGE,
        STREAM_UPDATED,
        VERIFICATION,
        LINK_STATUS_CHANGED,
        CASE_SHARED,
        DEBIT_DISPUTED,
        SERVICE_STATUS_CHANGED,
    ];
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

/// What became of a credential (CAEP 1.0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CredentialChange {
    /// It is new.
    Create,
    /// It is good for nothing any more.
    Revoke,
    /// It is another now.
    Update,
    /// It was taken away.
    Delete,
}

/// In which direction it changed how well somebody is known (CAEP 1.0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Better.
    Increase,
    /// Less well.
    Decrease,
}

/// How dangerous something is thought to be (CAEP 1.0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RiskLevel {
    /// Hardly.
    Low,
    /// Somewhat.
    Medium,
    /// Very.
    High,
}

/// What became of a stream (SSF 1.0 section 8.1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StreamState {
    /// It tells.
    Enabled,
    /// It tells later.
    Paused,
    /// It tells no more.
    Disabled,
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

/// What happened, as the `events` claim has it: one member, named by the event's URI. Members that a
/// peer adds are ignored (SSF 1.0 section 4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The subject was disabled: hold its link.
    #[serde(rename = "https://schemas.openid.net/secevent/risc/event-type/account-disabled")]
    AccountDisabled {
        /// Why; RISC lets a transmitter leave it out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<TakeoverReason>,
    },
    /// One of the subject's credentials was stolen.
    #[serde(rename = "https://schemas.openid.net/secevent/risc/event-type/credential-compromise")]
    CredentialCompromise {
        /// As in CAEP: `password`, `pin`, `fido2-platform`, `fido2-roaming`…
        credential_type: String,
    },
    /// A telephone number or an address of the subject changed. Which is not said, nor what it is:
    /// neither the old nor the new one leaves its company.
    #[serde(rename = "https://schemas.openid.net/secevent/risc/event-type/identifier-changed")]
    IdentifierChanged {},
    /// One of them belongs to somebody else now.
    #[serde(rename = "https://schemas.openid.net/secevent/risc/event-type/identifier-recycled")]
    IdentifierRecycled {},
    /// Somebody asked to recover the subject's account: perhaps they, perhaps a thief.
    #[serde(rename = "https://schemas.openid.net/secevent/risc/event-type/recovery-activated")]
    RecoveryActivated {},
    /// The subject's sessions ended.
    #[serde(rename = "https://schemas.openid.net/secevent/caep/event-type/session-revoked")]
    SessionRevoked {},
    /// A credential was made, changed or ended.
    #[serde(rename = "https://schemas.openid.net/secevent/caep/event-type/credential-change")]
    CredentialChange {
        /// As in [`CredentialCompromise`](Self::CredentialCompromise).
        credential_type: String,
        /// What became of it.
        change_type: CredentialChange,
    },
    /// How well the subject is known changed.
    #[serde(rename = "https://schemas.openid.net/secevent/caep/event-type/assurance-level-change")]
    AssuranceLevelChange {
        /// By whose levels.
        namespace: String,
        /// Which it is now.
        current_level: String,
        /// Better or less well; a transmitter may leave it out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        change_direction: Option<Direction>,
    },
    /// How dangerous the subject is thought to be changed.
    #[serde(rename = "https://schemas.openid.net/secevent/caep/event-type/risk-level-change")]
    RiskLevelChange {
        /// What is dangerous: `USER`, `DEVICE`, `SESSION`…
        principal: String,
        /// How much.
        current_level: RiskLevel,
        /// Why, in the sender's word for it; nothing is decided by it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        risk_reason: Option<String>,
    },
    /// The transmitter itself changed the stream, which is the subject.
    #[serde(rename = "https://schemas.openid.net/secevent/ssf/event-type/stream-updated")]
    StreamUpdated {
        /// What it is now.
        status: StreamState,
    },
    /// A mandate changed at the sender; the receiver follows.
    #[serde(rename = "https://kanuki.example/secevent/link-status-changed")]
    LinkStatusChanged {
        /// Which mandate.
        mandate_id: MandateId,
        /// What it is now.
        status: LinkStatus,
        /// A class such as `holder`, `staff`, `report`: never free text about a person.
        reason: String,
    },
    /// The holder disputes a debit.
    #[serde(rename = "https://kanuki.example/secevent/debit-disputed")]
    DebitDisputed {
        /// Under which mandate.
        mandate_id: MandateId,
        /// Which debit.
        debit_id: DebitId,
    },
    /// A case that both companies have: its number is the subject, and nobody is named.
    #[serde(rename = "https://kanuki.example/secevent/case-shared")]
    CaseShared {
        /// Its number.
        case_id: CaseId,
        /// How far it is.
        stage: CaseStage,
    },
    /// A company stopped what it does with the other, or opened it again: the subject is the stop.
    #[serde(rename = "https://kanuki.example/secevent/service-status-changed")]
    ServiceStatusChanged(ServiceWord),
    /// The line works: the subject is the stream, and nothing happened to anybody.
    #[serde(rename = "https://schemas.openid.net/secevent/ssf/event-type/verification")]
    Verification {
        /// What the receiver said when it asked, unchanged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<String>,
    },
}

impl Event {
    /// The URI that names it.
    #[must_use]
    pub const fn uri(&self) -> &'static str {
        match self {
            Self::AccountDisabled { .. } => uri::ACCOUNT_DISABLED,
            Self::CredentialCompromise { .. } => uri::CREDENTIAL_COMPROMISE,
            Self::IdentifierChanged {} => uri::IDENTIFIER_CHANGED,
            Self::IdentifierRecycled {} => uri::IDENTIFIER_RECYCLED,
            Self::RecoveryActivated {} => uri::RECOVERY_ACTIVATED,
            Self::SessionRevoked {} => uri::SESSION_REVOKED,
            Self::CredentialChange { .. } => uri::CREDENTIAL_CHANGE,
            Self::AssuranceLevelChange { .. } => uri::ASSURANCE_LEVEL_CHANGE,
            Self::RiskLevelChange { .. } => uri::RISK_LEVEL_CHANGE,
            Self::StreamUpdated { .. } => uri::STREAM_UPDATED,
            Self::LinkStatusChanged { .. } => uri::LINK_STATUS_CHANGED,
            Self::DebitDisputed { .. } => uri::DEBIT_DISPUTED,
            Self::CaseShared { .. } => uri::CASE_SHARED,
            Self::ServiceStatusChanged(_) => uri::SERVICE_STATUS_CHANGED,
            Self::Verification { .. } => uri::VERIFICATION,
        }
    }

    /// The one event of an `events` claim.
    pub(super) fn read(events: Map<String, Value>) -> Result<Self, SetError> {
        let mut uris = events.keys();
        let (Some(uri), None) = (uris.next(), uris.next()) else { return Err(SetError::Count) };
        if !uri::ALL.contains(&uri.as_str()) {
            return Err(SetError::UnknownEvent);
        }
        serde_json::from_value(Value::Object(events)).map_err(|_| SetError::Event)
    }
}
