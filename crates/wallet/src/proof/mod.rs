//! Proving that it is the customer, over exactly what was shown (dynamic linking, FT-45).

use jiff::Timestamp;
use kanuki_desk::{
    authenticator::{Authenticator, keys_of, list_passkeys},
    evidence::{Fault, Shown},
};
use kanuki_domain::{Ctx, assurance::SignIn, id::encode_base32};
use kanuki_passkey::{Asserted, AssertionState, Evidence, Passkey};
use kanuki_record::{AuditEntry, Stored, Unit};
use kanuki_wire::transaction::Signed;
use serde::{Deserialize, Serialize};

use crate::{Customer, Wallet, WalletError};

/// How an act is to be proven. Kept on the server between the two halves.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Asked {
    /// By a passkey over the transaction.
    Passkey(AssertionState),
    /// By a one-time code: the customer has no passkey, and lower caps.
    OneTimeCode,
    /// The session is proof enough.
    Nothing,
}

/// What the customer gave.
#[derive(Clone, Debug)]
pub enum Given<'a> {
    /// `credential.toJSON()` of the assertion.
    Passkey(&'a str),
    /// Six digits.
    OneTimeCode(&'a str),
    /// Nothing.
    Nothing,
}

/// What is kept of a proof with the row that it permitted: enough to verify it years later.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Proof {
    /// The transaction as it was signed.
    pub signed: Signed,
    /// The passkey's signature, where one was needed.
    pub evidence: Option<Evidence>,
    /// How it was given; the first proofs that were kept did not say.
    #[serde(default)]
    pub by: Option<By>,
    /// What the page showed; none where an API's caller drew it.
    #[serde(default)]
    pub shown: Option<Shown>,
}

/// How a proof was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// A passkey signed it.
    Passkey,
    /// A one-time code was typed.
    OneTimeCode,
    /// The button was pressed in a session that was proof enough.
    Press,
}

impl Proof {
    /// True for everything but a press.
    pub(crate) fn is_signed(&self) -> bool {
        self.evidence.is_some() || self.by.is_some_and(|by| by != By::Press)
    }

    /// What was pressed in a session that is proof enough.
    pub(crate) const fn pressed(signed: Signed, shown: Option<Shown>) -> Self {
        Self { signed, evidence: None, by: Some(By::Press), shown }
    }
}

/// How the customer who asks is signed in: what their session knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The keyed hash of their device's name.
    pub device_hash: String,
    /// With what they signed in.
    pub signed_in_by: SignIn,
    /// When.
    pub signed_in_at: Timestamp,
}

/// A nonce of 128 random bits as text.
pub(crate) fn nonce(ctx: &Ctx<'_>) -> String {
    encode_base32(u128::from_be_bytes(ctx.random()))
}

impl Wallet {
    /// Asks `customer` to prove `signed`; the text is the options for the page, if it is to call
    /// the passkey.
    pub(crate) async fn ask_proof(
        &self,
        customer: &Customer,
        signed: &Signed,
    ) -> Result<(Asked, Option<String>), WalletError> {
        match customer.sign_in {
            SignIn::Alternative => Ok((Asked::OneTimeCode, None)),
            SignIn::Passkey => {
                let challenge = signed.challenge().map_err(|_| WalletError::NotAccepted)?;
                let (options, state) = self.start_assertion(customer, challenge).await?;
                Ok((Asked::Passkey(state), Some(options)))
            }
        }
    }

    /// Checks what was given for `asked`; a passkey that counts is updated in `unit`.
    pub(crate) async fn check_proof(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        customer: &Customer,
        (signed, shown): (&Signed, Option<&Shown>),
        (asked, given): (&Asked, &Given<'_>),
    ) -> Result<Proof, WalletError> {
        let (evidence, by) = match (asked, given) {
            (Asked::Passkey(state), Given::Passkey(response)) => {
                let asserted = self.finish_assertion(ctx, unit, customer, response, state).await?;
                (Some(asserted.evidence), By::Passkey)
            }
            (Asked::OneTimeCode, Given::OneTimeCode(code)) => {
                self.use_code(ctx, unit, customer.customer_id, code).await?;
                (None, By::OneTimeCode)
            }
            (Asked::Nothing, _) => (None, By::Press),
            (Asked::Passkey(_) | Asked::OneTimeCode, _) => return Err(WalletError::NotAccepted),
        };
        Ok(Proof { signed: signed.clone(), evidence, by: Some(by), shown: shown.cloned() })
    }

    /// Options and state for an assertion by any of the customer's passkeys.
    pub(crate) async fn start_assertion(
        &self,
        customer: &Customer,
        challenge: [u8; 32],
    ) -> Result<(String, AssertionState), WalletError> {
        let keys = keys_of(&list_passkeys(&self.book, customer.customer_id).await?);
        Ok(self.rp.start_assertion(&keys, challenge)?)
    }

    /// Checks an assertion and adds the passkey's new counter to `unit`.
    pub(crate) async fn finish_assertion(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        customer: &Customer,
        response: &str,
        state: &AssertionState,
    ) -> Result<Asserted, WalletError> {
        let mut live = list_passkeys(&self.book, customer.customer_id).await?;
        let mut keys = keys_of(&live);
        let asserted = self.rp.finish_assertion(response, state, &mut keys)?;
        keep_counters(ctx, unit, &mut live, keys, &asserted);
        Ok(asserted)
    }
}

impl Wallet {
    /// Proves once more what was kept of a movement, from the row and nothing else: the passkey's
    /// user, or nothing where a code or a press was enough.
    pub fn verify_proof(&self, proof: &Proof) -> Result<Option<Asserted>, Fault> {
        let challenge = proof.signed.challenge().map_err(|_| Fault::OtherText)?;
        match (&proof.evidence, proof.by) {
            (Some(evidence), _) => Ok(Some(self.rp.verify_again(evidence, challenge)?)),
            (None, Some(By::Passkey)) => Err(Fault::NoSignature),
            (None, Some(By::OneTimeCode | By::Press) | None) => Ok(None),
        }
    }
}

/// Adds the passkey that changed to `unit`. A key that left its device, or came back, is as safe as
/// the account that carries it: noted.
pub(crate) fn keep_counters(
    ctx: &Ctx<'_>,
    unit: &mut Unit,
    live: &mut [Stored<Authenticator>],
    keys: Vec<Passkey>,
    asserted: &Asserted,
) {
    if !asserted.changed {
        return;
    }
    for (authenticator, key) in live.iter_mut().zip(keys) {
        if key.credential_id() == asserted.credential_id {
            authenticator.edit().keep(key);
            unit.update(authenticator);
            if asserted.backup_changed {
                let (owner, id) = (&authenticator.owner_id, authenticator.authenticator_id);
                unit.audit(
                    AuditEntry::new(ctx.now, owner, "passkey.backup_changed", id)
                        .with("backed_up", asserted.backup_state),
                );
            }
        }
    }
}
