//! What somebody can do who stole everything that the wallet company has: its client keys, the keys
//! that its tokens are bound to, the key of its events, and every token that goes over the wire.
//!
//! He speaks to the banks as the wallet's own servers do, over HTTP. What he takes is in no book of the
//! wallet's, so it is counted here, and the audit of the books knows of it.

use anyhow::Context as _;
use kanuki_desk::signal::queue;
use kanuki_domain::{Yen, id::CustomerId};
use kanuki_wallet::{GatewayError, Party};
use kanuki_wire::{
    debit::{DebitRequest, Outcome},
    error::Endpoint,
    set::{self, SecurityEvent},
};

use super::World;

/// How often one debit is asked for while no answer comes.
const ASKS_MAX: u32 = 8;

/// A debit of the wallet's own, as it was heard on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// At which of the banks.
    pub(crate) place: usize,
    /// The access token that came with it.
    pub(crate) token: String,
    /// What it asked for.
    pub(crate) request: DebitRequest,
}

impl World {
    /// Every debit that was heard so far, oldest first.
    pub(crate) fn heard_debits(&self) -> Vec<Heard> {
        let one = |request: http::Request<bytes::Bytes>| {
            let is_debit =
                request.method() == http::Method::POST && request.uri().path() == "/debits";
            let port = request.uri().port_u16().filter(|_| is_debit)?;
            let place = self.banks.iter().position(|bank| bank.port == port)?;
            let header = request.headers().get(http::header::AUTHORIZATION)?.to_str().ok()?;
            let token = header.strip_prefix("DPoP ")?.to_owned();
            let request = serde_json::from_slice(request.body()).ok()?;
            Some(Heard { place, token, request })
        };
        self.net.heard().into_iter().filter_map(one).collect()
    }

    /// Asks a bank for a debit in the wallet's name, with the wallet's keys for the bank `keys_of`.
    pub(crate) async fn rogue_debit(
        &self,
        who: &str,
        (place, keys_of): (usize, usize),
        (token, request): (&str, &DebitRequest),
    ) -> anyhow::Result<bool> {
        let wallet = &self.wallet.state.wallet;
        let moment = self.wallet.state.site.world.moment("");
        let ctx = moment.ctx();
        let partner = wallet.partner(self.bank(place)?.code).await?;
        let keys = wallet.bank_keys(&ctx, self.bank(keys_of)?.code).await?;
        let party = Party { bank: &partner, keys: &keys };
        let mut answer = wallet.banks.debit(&ctx, party, token, request).await;
        // What is asked for again under its id is the same debit: a thief wants to know, and so do we.
        for _ in 1..ASKS_MAX {
            if !matches!(answer, Err(GatewayError::Unknown) | Ok(Outcome::Pending)) {
                break;
            }
            answer = wallet.banks.debit(&ctx, party, token, request).await;
        }
        let status = match &answer {
            Ok(outcome) => outcome.status(),
            Err(GatewayError::Refused(refusal)) => refusal.code.status(Endpoint::Resource),
            Err(GatewayError::Unknown) => 0,
        };
        self.trace.write(self.now(), who, &format!("POST localhost/debits {status}"));
        let is_booked = matches!(answer, Ok(Outcome::Booked { .. }));
        Ok(is_booked)
    }

    /// Notes that so much was booked at a bank and in no book of the wallet's.
    pub(crate) fn took_outside_the_books(&self, place: usize, amount: Yen) {
        self.tally.borrow_mut().take_outside(place, amount);
        self.tally.borrow_mut().victim_debited(self.now());
    }

    /// Pushes an event to a bank in the wallet's name, signed with the wallet's key or with another
    /// company's.
    pub(crate) async fn rogue_event(
        &self,
        who: &str,
        place: usize,
        (event, is_own_key): (&SecurityEvent, bool),
    ) -> anyhow::Result<bool> {
        let wallet = &self.wallet.state.wallet;
        let moment = self.wallet.state.site.world.moment("");
        let bank = self.bank(place)?;
        let partner = wallet.partner(bank.code).await?;
        let key = if is_own_key { &wallet.set_key } else { &bank.state.bank.set_key };
        let signed = set::make(key, &wallet.config.issuer, &partner.issuer, event)
            .map_err(|_| anyhow::anyhow!("an event that cannot be signed"))?;
        let taken = wallet.banks.tell(&moment.ctx(), &partner, &signed).await;
        let is_taken = taken == queue::Heard::Taken;
        let status = if is_taken { 202 } else { 400 };
        self.trace.write(self.now(), who, &format!("POST localhost/ssf/events {status}"));
        Ok(is_taken)
    }

    async fn customer_of(&self, mail: &str) -> anyhow::Result<CustomerId> {
        let wallet = &self.wallet.state.wallet;
        let hash = wallet.vault.blind("mail", mail.as_bytes());
        let found = wallet.book.list::<kanuki_wallet::Customer>("mail_hash", &hash).await?;
        Ok(found.first().context("a customer of this address")?.customer_id)
    }

    /// What is in the wallet of whoever has this mail address, reserved or not.
    pub(crate) async fn in_wallet(&self, mail: &str) -> anyhow::Result<Yen> {
        let moment = self.wallet.state.site.world.moment("");
        let id = self.customer_of(mail).await?;
        let overview = self.wallet.state.wallet.overview(&moment.ctx(), id).await?;
        Ok(overview.available.plus(overview.reserved).unwrap_or(Yen::MAX))
    }

    /// The mandate that the wallet's books name for the only link of whoever has this mail address.
    pub(crate) async fn mandate_of(
        &self,
        mail: &str,
    ) -> anyhow::Result<kanuki_domain::id::MandateId> {
        let wallet = &self.wallet.state.wallet;
        let id = self.customer_of(mail).await?.to_string();
        let links = wallet.book.list::<kanuki_wallet::link::Link>("customer_id", &id).await?;
        Ok(links.first().context("a link of this customer")?.mandate_id)
    }
}
