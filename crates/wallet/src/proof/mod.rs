//! Proving that it is the customer, over exactly what was shown (dynamic linking, FT-45).

use kanuki_desk::authenticator::{Authenticator, list_live};
use kanuki_domain::{Ctx, assurance::SignIn, id::encode_base32};
use kanuki_passkey::{Asserted, AssertionState, Evidence, Passkey};
use kanuki_record::{Stored, Unit};
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
        signed: &Signed,
        (asked, given): (&Asked, &Given<'_>),
    ) -> Result<Proof, WalletError> {
        let evidence = match (asked, given) {
            (Asked::Passkey(state), Given::Passkey(response)) => {
                let asserted = self.finish_assertion(unit, customer, response, state).await?;
                Some(asserted.evidence)
            }
            (Asked::OneTimeCode, Given::OneTimeCode(code)) => {
                self.use_code(ctx, unit, customer.customer_id, code).await?;
                None
            }
            (Asked::Nothing, _) => None,
            (Asked::Passkey(_) | Asked::OneTimeCode, _) => return Err(WalletError::NotAccepted),
        };
        Ok(Proof { signed: signed.clone(), evidence })
    }

    /// Options and state for an assertion by any of the customer's passkeys.
    pub(crate) async fn start_assertion(
        &self,
        customer: &Customer,
        challenge: [u8; 32],
    ) -> Result<(String, AssertionState), WalletError> {
        let keys: Vec<Passkey> = list_live(&self.book, customer.customer_id)
            .await?
            .into_iter()
            .map(|a| a.into_inner().passkey)
            .collect();
        Ok(self.rp.start_assertion(&keys, challenge)?)
    }

    /// Checks an assertion and adds the passkey's new counter to `unit`.
    pub(crate) async fn finish_assertion(
        &self,
        unit: &mut Unit,
        customer: &Customer,
        response: &str,
        state: &AssertionState,
    ) -> Result<Asserted, WalletError> {
        let mut live = list_live(&self.book, customer.customer_id).await?;
        let mut keys: Vec<Passkey> = live.iter().map(|a| a.passkey.clone()).collect();
        let asserted = self.rp.finish_assertion(response, state, &mut keys)?;
        keep_counters(unit, &mut live, keys, &asserted);
        Ok(asserted)
    }
}

/// Adds the passkey that changed to `unit`.
pub(crate) fn keep_counters(
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
            authenticator.edit().passkey = key;
            unit.update(authenticator);
        }
    }
}
