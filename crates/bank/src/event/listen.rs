//! Where a partner's events are fetched, and how we prove that it is us.

use kanuki_domain::{Ctx, id::encode_base32};
use kanuki_wire::client_assertion;

use crate::{Bank, BankError, partner::Partner};

/// One question to a partner: what was told to us and did not arrive?
#[derive(Clone, Debug)]
pub struct Fetching {
    /// Where: beside the address that its events are pushed to, which the registry takes only
    /// where it is no private one (`kanuki_wire::place::may_be_called`), as does whoever sends.
    pub url: String,
    /// A fresh assertion by the one key of ours that the partner has pinned: the one that signs our
    /// event tokens. It is of another type than they are.
    pub assertion: String,
}

impl Bank {
    /// The question to one partner; none to a partner whose paths are its own.
    pub fn fetching(
        &self,
        ctx: &Ctx<'_>,
        partner: &Partner,
    ) -> Result<Option<Fetching>, BankError> {
        self.asking_at(ctx, partner, "/ssf/poll")
    }

    /// The same at another place beside it: `/ssf/stream`, `/ssf/verify`.
    pub fn asking_at(
        &self,
        ctx: &Ctx<'_>,
        partner: &Partner,
        path: &str,
    ) -> Result<Option<Fetching>, BankError> {
        let Some(base) = partner.events_url.strip_suffix("/ssf/events") else { return Ok(None) };
        let jti = encode_base32(u128::from_be_bytes(ctx.random()));
        let (us, them) = (&self.config.issuer, &partner.issuer);
        let assertion = client_assertion::make(&*self.set_key, us, them, &jti, ctx.now)
            .map_err(|_| BankError::NotAvailable)?;
        Ok(Some(Fetching { url: format!("{base}{path}"), assertion }))
    }
}
