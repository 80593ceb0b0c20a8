//! The holder sees who, how much, how often and until when, and signs exactly that.

use jiff::Timestamp;
use kanuki_desk::{
    evidence::{Answer, Content as Answered, Shown, Signature},
    gate::Gate,
    outbox::Content,
    screening,
};
use kanuki_domain::{
    Ctx, Masked,
    assurance::Acr,
    bank_account::AccountNumber,
    id::{BankAccountId, GrantId, HolderId, MandateId, ParId, encode_base32},
    mandate::{MandateState, Terms, later},
    route::{Route, SecondChannel},
};
use kanuki_passkey::AssertionState;
use kanuki_record::{AuditEntry, Stored, Unit, vault::PersonKey};
use kanuki_wire::{
    callback,
    mandate::{Action, BindingMethod},
    transaction::Signed,
};
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError,
    asked::Outcome,
    holder::{Known, load},
    link::{
        Pushed, Replaced,
        token::{Code, Grant},
    },
    mandate::{Mandate, NewMandate, caps::written, confirm::letter_code},
};

/// What the consent page shows, all of it from parsed values.
#[derive(Clone, Debug)]
pub struct ConsentPage {
    /// Who will debit: the name in the registry.
    pub partner_name: String,
    /// From which account.
    pub account_mask: String,
    /// What it may do.
    pub actions: Vec<Action>,
    /// How much, how often, until when.
    pub terms: Terms,
    /// How the wallet came to know its customer.
    pub binding: BindingMethod,
    /// How the passkey came to be: it says whether the link will wait for a second channel.
    pub route: Route,
    /// Another passkey of the holder that could sign rests on a code, and this one does not: signed
    /// with that, the link waits.
    pub other_waits: bool,
    /// What was agreed to before, when the holder agrees anew.
    pub replaced: Option<Replaced>,
}

/// What must come back with the signature.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConsentState {
    par_id: ParId,
    pre_image: String,
    assertion: AssertionState,
    #[serde(default)]
    shown: Option<Shown>,
    /// How often the caps of the mandate that is replaced had changed.
    #[serde(default)]
    seen: Option<u32>,
    /// The account that the page was about, blinded.
    #[serde(default)]
    account_id: Option<BankAccountId>,
}

impl ConsentState {
    /// Notes what the page showed, to be kept with the answer.
    pub fn showing(&mut self, shown: Shown) {
        self.shown = Some(shown);
    }

    fn answered(&self, assertion: Option<Signature>) -> Answered {
        Answered { shown: self.shown.clone(), pre_image: self.pre_image.clone(), assertion }
    }
}

/// The proof of a consent.
#[derive(Debug)]
enum Proof {
    /// By an authenticator that came by this route, worth that.
    Signed(Box<Answered>, Route, Acr),
    /// None at all. Exists for the attack lab, which shows what follows.
    Unproven,
}

impl Proof {
    const fn acr(&self) -> Option<Acr> {
        match self {
            Self::Signed(_, _, acr) => Some(*acr),
            Self::Unproven => None,
        }
    }
}

impl Bank {
    /// Prepares the consent page and the challenge of its signature.
    ///
    /// Refuses here, before anything is shown, when the wallet's customer is not the holder.
    pub async fn start_consent(
        &self,
        ctx: &Ctx<'_>,
        par_id: ParId,
        browser: &str,
    ) -> Result<(ConsentPage, String, ConsentState), BankError> {
        let pushed = self.visiting(ctx, par_id, browser).await?;
        let (holder_id, route) = pushed.holder.ok_or(BankError::NotAvailable)?;
        let binding = pushed.binding.ok_or(BankError::NotAvailable)?;
        let known = self.known(holder_id).await?;
        let replaced = self.replacing(ctx, &pushed, &known).await?;
        if replaced.is_some() {
            // What was locked against new links, and waits for them, is about new links.
            self.require_match(ctx, &pushed, &known).await?;
        } else {
            self.require_settled(ctx, &known, None).await?;
            self.admit(ctx, &pushed, &known).await?;
        }
        let chosen = pushed.chosen.clone().ok_or(BankError::NotAvailable)?;
        let partner = self.known_partner(&pushed.client_id).await?;
        let signed = Signed::Mandate {
            wallet_name: partner.name.clone(),
            account_mask: chosen.mask.clone(),
            actions: pushed.actions.clone(),
            terms: pushed.terms.clone(),
            binding,
            replaces: pushed.replaces,
            nonce: encode_base32(u128::from_be_bytes(ctx.random())),
        };
        let challenge = signed.challenge().map_err(|_| BankError::Amounts)?;
        let canonical = signed.canonical().map_err(|_| BankError::Amounts)?;
        let (options, assertion) = self.start_signature(holder_id, challenge).await?;
        let pre_image = String::from_utf8_lossy(&canonical).into_owned();
        let page = ConsentPage {
            partner_name: partner.name.clone(),
            account_mask: chosen.mask,
            actions: pushed.actions.clone(),
            terms: pushed.terms.clone(),
            binding,
            route,
            other_waits: !route.rests_on_a_code() && self.has_code_authenticator(holder_id).await?,
            replaced: replaced.as_ref().map(|mandate| Replaced::of(mandate, &pushed.terms)),
        };
        let seen = replaced.map(|mandate| mandate.cap_generation);
        let (shown, account_id) = (None, Some(self.chosen_id(&pushed, &known)?));
        let state = ConsentState { par_id, pre_image, assertion, shown, seen, account_id };
        Ok((page, options, state))
    }

    /// The account that was chosen, blinded.
    fn chosen_id(&self, pushed: &Pushed, known: &Known) -> Result<BankAccountId, BankError> {
        let chosen = pushed.chosen.as_ref().ok_or(BankError::NotAvailable)?;
        let account: AccountNumber =
            self.vault.open(&known.key, "mandate|account", &chosen.account)?;
        Ok(self.account_id(&account))
    }

    /// Whether something that could sign rests on a code.
    async fn has_code_authenticator(&self, holder_id: HolderId) -> Result<bool, BankError> {
        let all = self.authenticators(holder_id).await?;
        Ok(all.iter().any(|one| one.route.rests_on_a_code()))
    }

    /// The holder signed: makes the mandate and answers with the callback address.
    pub async fn finish_consent(
        &self,
        ctx: &Ctx<'_>,
        browser: &str,
        state: &ConsentState,
        response: &str,
    ) -> Result<String, BankError> {
        let pushed = self.visiting(ctx, state.par_id, browser).await?;
        let (holder_id, _) = pushed.holder.ok_or(BankError::NotAvailable)?;
        let known = self.known(holder_id).await?;
        // Another tab may have chosen another account since: what was signed is about the first.
        if state.account_id != Some(self.chosen_id(&pushed, &known)?) {
            return Err(BankError::NotAvailable);
        }
        let signed = self.finish_signature(ctx, holder_id, response, &state.assertion).await?;
        // Whoever asked for a stronger class is not given a weaker one.
        if !pushed.is_met_by(signed.authenticator.kind().rule().acr) {
            return Err(BankError::App);
        }
        let answered = state.answered(Some(signed.signature));
        if let Some(seen) = state.seen {
            let by = (holder_id, &signed.authenticator);
            return self.replace(ctx, pushed, by, (&answered, seen)).await;
        }
        // It may be another passkey than the one that signed in, and a contact may have changed.
        self.require_settled(ctx, &known, Some(&signed.authenticator)).await?;
        let by = &signed.authenticator;
        let proof = Proof::Signed(Box::new(answered), by.route, by.kind().rule().acr);
        self.grant(ctx, pushed, proof).await
    }

    /// Makes a mandate that nobody signed, for the attack lab's banks of 2020.
    ///
    /// `cargo xtask tidy` refuses a call of it anywhere but in the lab.
    pub async fn danger_grant_unproven(
        &self,
        ctx: &Ctx<'_>,
        par_id: ParId,
        browser: &str,
    ) -> Result<String, BankError> {
        let pushed = self.visiting(ctx, par_id, browser).await?;
        self.grant(ctx, pushed, Proof::Unproven).await
    }

    async fn grant(
        &self,
        ctx: &Ctx<'_>,
        mut pushed: Stored<Pushed>,
        proof: Proof,
    ) -> Result<String, BankError> {
        let (holder_id, route) = pushed.holder.ok_or(BankError::NotAvailable)?;
        let chosen = pushed.chosen.clone().ok_or(BankError::NotAvailable)?;
        if pushed.replaces.is_some() {
            return Err(BankError::NotAvailable);
        }
        self.require_open(ctx, &pushed.client_id).await?;
        let known = self.known(holder_id).await?;
        let account: AccountNumber =
            self.vault.open(&known.key, "mandate|account", &chosen.account)?;
        self.require_unstopped(ctx, holder_id, &account).await?;
        let partner = self.known_partner(&pushed.client_id).await?;
        let route = match &proof {
            Proof::Signed(_, by, _) => by.weaker(route),
            Proof::Unproven => Route::Passkey,
        };
        let letter = route.is_confirmed_by(SecondChannel::Letter).then(|| letter_code(self, ctx));
        let begins = (ctx.now, pushed.terms.valid_from);
        let mandate = Mandate::from(NewMandate {
            grant_id: GrantId::generate(ctx),
            mandate_id: MandateId::generate(ctx),
            client_id: pushed.client_id.clone(),
            partner_name: partner.name.clone(),
            holder_id,
            account_id: self.account_id(&account),
            account: chosen.account,
            account_mask: chosen.mask,
            account_ref: pushed.account_ref.clone(),
            terms: pushed.terms.clone(),
            route,
            state: MandateState::sign(route, begins, &self.rules.cooling()),
            signed_at: ctx.now,
            is_unsigned: matches!(proof, Proof::Unproven),
            made_from: pushed.place.clone(),
            confirm_hash: letter.as_ref().map(|(_, hash)| hash.clone()),
        });
        let grant = Grant::of(&mandate, &pushed, proof.acr());
        let (code, code_row) = Code::issue(self, ctx, &pushed.to(), grant.names_now());
        pushed.edit().finished_at = Some(ctx.now);

        let mut unit = Unit::new();
        self.pass(ctx, &mut unit, &mut pushed, &mandate).await?;
        unit.update(&pushed).insert(&mandate).insert(&code_row).insert(&grant);
        if let Proof::Signed(answered, ..) = &proof {
            let browser = pushed.browser.clone().unwrap_or_default();
            let from = (mandate.mandate_id.to_string(), browser.as_str(), Answer::Signed);
            self.keep_answer(ctx, &mut unit, &known.key, from, answered)?;
        }
        self.keep_request(ctx, &mut unit, (&pushed, &mandate), &known).await?;
        self.forget_facts(&mut unit, pushed.par_id).await?;
        if mandate.state.is_active() {
            let codes = &partner.profile.collector_codes;
            self.replace_contracts(ctx, &mut unit, &mandate, codes).await?;
        }
        self.bind_device(ctx, &mut unit, mandate.mandate_id, pushed.device.as_deref()).await?;
        self.note_consent(ctx, &mut unit, (&pushed, &mandate)).await?;
        unit.audit(
            AuditEntry::new(ctx.now, holder_id, "mandate.signed", mandate.mandate_id)
                .with("partner", &mandate.client_id)
                .with("route", format!("{route:?}"))
                .with("terms", written(&mandate.terms)),
        );
        self.tell(&mut unit, ctx, &known, mandate.mandate_id, signed_content(&mandate, ctx.now))?;
        if let Some((code, _)) = &letter {
            self.write_letter(ctx, &mut unit, &known, &mandate, code)?;
        }
        self.book.commit(unit).await?;
        self.pace.answered(&pushed.client_id, pushed.par_id);
        let answer = callback::Answer::Code(Masked::new(code));
        self.callback(ctx, &pushed.to(), answer).await
    }

    /// No new links of a person or account that is stopped, by whatever stopped them: if a hit of
    /// screening let a link through whose first debit then says "stopped", only a hit would look so.
    async fn require_unstopped(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        account: &AccountNumber,
    ) -> Result<(), BankError> {
        let account = Gate::of("account", self.account_id(account));
        for gate in [Gate::of("person", holder_id), screening::gate(holder_id), account] {
            if gate.is_closed(&*self.ledger, ctx.now).await? {
                return Err(BankError::Stopped);
            }
        }
        Ok(())
    }

    /// The holder said no: the wallet is told so, and nothing else.
    ///
    /// With `asked` they said it to the consent page, and the refusal is kept, bound to exactly
    /// what that page showed. Without it they left before anything was shown.
    pub async fn refuse_consent(
        &self,
        ctx: &Ctx<'_>,
        (par_id, browser): (ParId, &str),
        asked: Option<&ConsentState>,
    ) -> Result<String, BankError> {
        let mut pushed = self.visiting(ctx, par_id, browser).await?;
        pushed.edit().finished_at = Some(ctx.now);
        pushed.edit().outcome = pushed.outcome.or(Some(Outcome::Refused));
        let mut unit = Unit::new();
        unit.update(&pushed);
        self.forget_facts(&mut unit, par_id).await?;
        let mut entry = AuditEntry::new(ctx.now, "holder", "link.refused", par_id);
        if let (Some(asked), Some((holder_id, _))) = (asked, pushed.holder) {
            if asked.par_id != par_id {
                return Err(BankError::NotAvailable);
            }
            let key = load::<PersonKey>(&self.book, holder_id).await?;
            let from = (par_id.to_string(), browser, Answer::Refused);
            let hash = self.keep_answer(ctx, &mut unit, &key, from, &asked.answered(None))?;
            entry = entry.with("holder", holder_id).with("shown", hash);
        }
        unit.audit(entry);
        self.book.commit(unit).await?;
        self.pace.answered(&pushed.client_id, par_id);
        let denied = kanuki_wire::OAuthError::new(
            kanuki_wire::ErrorCode::AccessDenied,
            "the holder did not agree",
        );
        self.callback(ctx, &pushed.to(), callback::Answer::Refused(denied)).await
    }

    /// The facts were compared: losing their key forgets them.
    pub(super) async fn forget_facts(
        &self,
        unit: &mut Unit,
        par_id: ParId,
    ) -> Result<(), BankError> {
        if let Some(key) = self.book.find::<PersonKey>(par_id).await? {
            unit.delete(&key);
        }
        Ok(())
    }
}

fn signed_content(mandate: &Mandate, now: Timestamp) -> Content {
    let until = mandate.state.cooling_until(now).unwrap_or_else(|| later(now, 0));
    let kind = if mandate.route.rests_on_a_code() { "mandate_waits" } else { "mandate_signed" };
    Content::new(kind)
        .with("partner", &mandate.partner_name)
        .with("account", &mandate.account_mask)
        .with("terms", written(&mandate.terms))
        .with("cooling_until", until)
}
