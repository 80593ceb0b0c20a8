//! Coming back from the bank with a code.

use kanuki_domain::{
    Ctx, Masked,
    bank_account::BankCode,
    connector::Protocol,
    id::{CustomerId, LinkId},
    mandate::later,
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit, vault::PersonKey};
use kanuki_wire::{
    callback::Answer,
    mandate::{Action, BindingMethod, Granted, HolderBinding, Kind, Request, WalletRef},
    token::{TokenRequest, TokenResponse},
};

use super::{CameBack, Link, LinkState, Linking, start::VERIFIER, token::Tokens};
use crate::{Party, Wallet, WalletError, customer::Known};

impl Wallet {
    /// Takes the bank's answer in the redirect's query and keeps the link.
    ///
    /// Refuses an answer of another bank than the one that was asked (mix-up) and of another
    /// browser. A second one, after a reload, is told what the first one made and changes nothing.
    /// A refusal at the bank is [`WalletError::Bank`].
    pub async fn finish_linking(
        &self,
        ctx: &Ctx<'_>,
        (id, binding): (CustomerId, &str),
        bank: BankCode,
        query: &str,
    ) -> Result<LinkId, WalletError> {
        let callback = self.read_callback(ctx, bank, query).await?;
        let state = callback.state.clone().unwrap_or_default();
        let linking = self.take_linking(ctx, (id, binding), bank, &state).await?;
        if let Some(CameBack::With(link_id)) = linking.came_back {
            return Ok(link_id);
        }
        let partner = self.partner(bank).await?;
        let answer =
            callback.accept(&partner.issuer, &state).map_err(|_| WalletError::NotAvailable)?;
        let code = match answer {
            Answer::Code(code) => code,
            Answer::Refused(refusal) => return Err(WalletError::Bank(refusal)),
        };
        // The code is bound to the key that was named when it was asked for.
        let keys = self.bank_keys_named(ctx, bank, linking.key.as_deref()).await?;
        let keys = keys.ok_or(WalletError::NotAvailable)?;
        let person = self.load::<PersonKey>(id).await?;
        let verifier: String = self.vault.open(&person, VERIFIER, &linking.verifier)?;
        let request = TokenRequest::AuthorizationCode {
            code,
            redirect_uri: self.redirect_uri(bank),
            code_verifier: Masked::new(verifier),
        };
        let party = Party { bank: &partner, keys: &keys };
        let asked = Box::pin(self.asked_for(ctx, id, party, &linking)).await?;
        let exchanged = self.banks.exchange_link(ctx, party, (&request, &asked)).await;
        let response = match exchanged.map_err(WalletError::from) {
            Err(WalletError::Bank(refusal)) => return self.if_renewed(&linking, refusal).await,
            other => other?,
        };
        let granted = response.authorization_details.first().cloned();
        let granted = granted.ok_or(WalletError::NotAvailable)?;
        // Never another customer's mandate, never more than was asked for.
        granted.check_against(&asked).map_err(|_| WalletError::NotAvailable)?;
        let response = (granted, response, keys.dpop_name());
        let link_id = match linking.renews {
            Some(link_id) => self.keep_renewal(ctx, (id, link_id), response).await?,
            None => self.keep_link(ctx, self.known(id).await?, bank, response).await?,
        };
        self.note_came_back(linking, link_id).await?;
        Ok(link_id)
    }

    /// What this trip was for. The facts are in it only for a bank that is told them now; any other has
    /// had them, and its answer is compared with the rest.
    async fn asked_for(
        &self,
        ctx: &Ctx<'_>,
        id: CustomerId,
        party: Party<'_>,
        linking: &Linking,
    ) -> Result<Request, WalletError> {
        let holder_binding = match party.bank.protocol {
            Protocol::Fapi => HolderBinding {
                method: BindingMethod::SelfDeclared,
                assertion: Masked::new(String::new()),
            },
            Protocol::Oauth => {
                let consented_at = linking.started_at.unwrap_or(ctx.now);
                let customer = self.customer(id).await?;
                self.holder_binding(ctx, &customer, party, consented_at).await?
            }
        };
        Ok(Request {
            kind: Kind::V1,
            actions: linking.actions.clone(),
            wallet: WalletRef { account_ref: self.account_ref(party.bank.code, id) },
            terms: linking.terms.clone(),
            holder_binding,
        })
    }

    /// The trip with this state, which nobody else can finish by this; or one that came back well
    /// before, as it is.
    async fn take_linking(
        &self,
        ctx: &Ctx<'_>,
        (id, binding): (CustomerId, &str),
        bank: BankCode,
        state: &str,
    ) -> Result<Stored<Linking>, WalletError> {
        let hash = self.vault.blind("linking", state.as_bytes());
        let mut linking = self.load::<Linking>(hash).await?;
        let is_ours = linking.customer_id == id
            && linking.binding == binding
            && linking.bank == bank
            && ctx.now < linking.expires_at;
        // Set out before a list came: it ends here.
        if !is_ours || self.is_leaked(ctx, id).await? {
            return Err(WalletError::NotAvailable);
        }
        let came_back = linking.came_back;
        match came_back {
            Some(CameBack::With(_)) => return Ok(linking),
            Some(CameBack::Once) => return Err(WalletError::NotAvailable),
            None => linking.edit().came_back = Some(CameBack::Once),
        }
        let mut unit = Unit::new();
        unit.update(&linking);
        match self.book.commit(unit).await {
            Ok(()) => self.load::<Linking>(&linking.state_hash).await,
            Err(RecordError::Conflict { .. }) => Err(WalletError::NotAvailable),
            Err(error) => Err(error.into()),
        }
    }

    async fn note_came_back(
        &self,
        mut linking: Stored<Linking>,
        link_id: LinkId,
    ) -> Result<(), WalletError> {
        linking.edit().came_back = Some(CameBack::With(link_id));
        let mut unit = Unit::new();
        unit.update(&linking);
        match self.book.commit(unit).await {
            // The worker has forgotten the trip: nothing depends on it any more.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn keep_link(
        &self,
        ctx: &Ctx<'_>,
        known: Known,
        bank: BankCode,
        (granted, response, key_name): (Granted, TokenResponse, String),
    ) -> Result<LinkId, WalletError> {
        let tokens = Tokens {
            access: response.access_token,
            refresh: response.refresh_token,
            expires_at: later(ctx.now, i64::from(response.expires_in)),
            key: Some(key_name),
        };
        let link = Link {
            link_id: LinkId::generate(ctx),
            customer_id: known.customer.customer_id,
            wallet_id: known.customer.wallet_id,
            bank,
            mandate_id: granted.mandate_id,
            grant_id: response.grant_id.or(granted.grant_id),
            account_ref: granted.wallet.account_ref,
            account_handle: granted.account.handle,
            account_mask: granted.account.mask,
            takes_payouts: granted.actions.contains(&Action::Credit),
            terms: granted.terms,
            state: LinkState::Active,
            connected_at: ctx.now,
            renewed_at: None,
            bank_released_at: None,
            made_from: self.place_of(ctx),
            end_told: None,
            standing: granted.standing,
            tokens: self.vault.seal(ctx, &known.key, super::token::TOKENS, &tokens)?,
        };
        let mut gates = link.gate().accounts();
        gates.extend(super::link_switch(link.link_id).accounts());
        kanuki_desk::gate::create_accounts(&*self.ledger, gates, ctx.now).await?;
        let mut unit = Unit::new();
        self.end_older(ctx, &mut unit, &link).await?;
        unit.insert(&link).audit(
            AuditEntry::new(ctx.now, link.customer_id, "link.connected", link.link_id)
                .with("bank", bank)
                .with("mandate", link.mandate_id),
        );
        let content = self.connected(&link).await;
        self.tell(&mut unit, ctx, &known, content)?;
        self.commit_once(unit).await?;
        Ok(link.link_id)
    }

    /// The same account, connected anew, replaces its older link.
    async fn end_older(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        link: &Link,
    ) -> Result<(), WalletError> {
        for mut older in self.live_links(link.customer_id).await? {
            let is_same = older.bank == link.bank && older.account_handle == link.account_handle;
            if is_same && older.is_active() {
                older.edit().state = LinkState::Ended { at: ctx.now };
                self.queue_status(ctx, unit, &older, crate::event::Told::Revoked).await?;
                self.queue_ending(ctx, unit, &older).await?;
                unit.update(&older);
            }
        }
        Ok(())
    }
}
