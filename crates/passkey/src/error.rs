//! Why a ceremony was refused.

use webauthn_rs::prelude::WebauthnError;

/// Why a registration or an assertion was refused.
///
/// The customer sees one uniform answer whatever the variant; the variants are for counting and
/// for the log.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// The relying party's id does not belong to its origin; a mistake in the configuration.
    #[error("the relying party id does not belong to the origin")]
    Configuration,
    /// The user name or display name was empty.
    #[error("the user has no name to show")]
    EmptyName,
    /// An assertion was asked of a user without a passkey.
    #[error("the user holds no passkey")]
    NoPasskey,
    /// The response is not JSON of the expected shape.
    #[error("the response is malformed")]
    Malformed,
    /// `type` names another ceremony, so this is another operation's signature.
    #[error("the response belongs to another ceremony")]
    WrongCeremony,
    /// The page that asked is not exactly ours.
    #[error("the response was made for another origin")]
    OtherOrigin,
    /// The page was framed by another site.
    #[error("the response was made inside another site's page")]
    CrossOrigin,
    /// What was signed is not what was shown.
    #[error("the response answers another challenge")]
    OtherChallenge,
    /// The authenticator did not check who is there.
    #[error("the authenticator did not verify its user")]
    UserNotVerified,
    /// The credential is not one of those this ceremony may use.
    #[error("the credential is not one of this user's")]
    UnknownCredential,
    /// The user handle in the response is missing, or is somebody else's.
    #[error("the user handle is missing or names somebody else")]
    OtherUser,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    BadSignature,
    /// The counter did not advance: two copies of the key may exist.
    #[error("the signature counter did not advance")]
    PossibleClone,
    /// A property that may never change, such as backup eligibility, did.
    #[error("the credential changed what cannot change")]
    Inconsistent,
    /// Anything else that the protocol refuses.
    #[error("the ceremony was refused")]
    Refused(#[source] WebauthnError),
    /// A stored state or passkey is not one that this crate wrote.
    #[error("a stored passkey or ceremony state is damaged")]
    Damaged,
}

impl From<WebauthnError> for PasskeyError {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::Configuration => Self::Configuration,
            WebauthnError::InvalidUsername => Self::EmptyName,
            WebauthnError::InvalidClientDataType => Self::WrongCeremony,
            WebauthnError::MismatchedChallenge => Self::OtherChallenge,
            WebauthnError::InvalidRPOrigin | WebauthnError::InvalidRPIDHash => Self::OtherOrigin,
            WebauthnError::CredentialCrossOrigin => Self::CrossOrigin,
            WebauthnError::UserNotVerified => Self::UserNotVerified,
            WebauthnError::CredentialNotFound => Self::UnknownCredential,
            WebauthnError::InvalidUserUniqueId => Self::OtherUser,
            WebauthnError::AuthenticationFailure | WebauthnError::SignatureInvalid => {
                Self::BadSignature
            }
            WebauthnError::CredentialPossibleCompromise => Self::PossibleClone,
            WebauthnError::CredentialBackupEligibilityInconsistent => Self::Inconsistent,
            // The library's enum has a hundred variants; those that a caller counts are above.
            other => Self::Refused(other),
        }
    }
}
