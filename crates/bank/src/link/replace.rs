//! The holder agrees anew under the link they have: other terms, the same mandate.
//!
//! A renewal that made another mandate would forget what was used of the old one's caps and leave
//! both alive (facts: linking, section 4). So the mandate stays, with its name, its account and its
//! use. Narrower terms hold at once; what is wider waits behind them as any raised cap does. Every
//! code and token from before dies with the signature. What was stopped or has ended is never revived
//! by it: that takes two people, or a new link.

use jiff::Timestamp;
use kanuki_desk::{
    authenticator::Authenticator,
    evidence::{Answer, Content as Answered},
};
use kanuki_domain::{
    Ctx,
    bank_account::AccountNumber,
    id::{GrantId, HolderId, MandateId},
    mandate::Terms,
};
use kanuki_record::{AuditEntry, RecordError, Stored, Unit};
use kanuki_risk::{Key, Kind};
use kanuki_wire::{ErrorCode, callback, mandate::Request, par::NO_SUCH_GRANT};

use crate::{
    Bank, BankError,
    asked::Outcome,
    attempt::Failure,
    holder::{Known, load},
    link::{
        AccountChoice, Pushed,
        possession::refuse,
        token::{Code, Grant},
    },
    mandate::{Mandate, PendingRaise, caps::written, legs},
};

/// What a renewal changes, as the consent page shows it.
#[derive(Clone, Debug)]
pub struct Replaced {
    /// The terms in force.
    pub terms: Terms,
    /// Whether anything becomes wider, which waits.
    pub is_wider: bool,
}

impl Replaced {
    pub(super) fn of(mandate: &Mandate, next: &Terms) -> Self {
        let is_wider = !next.allows_no_more_than(&mandate.terms);
        Self { terms: mandate.terms.clone(), is_wider }
    }
}

fn is_replaceable(mandate: &Mandate, now: Timestamp) -> bool {
    mandate.state.aged(now).is_active() && now <= mandate.terms.valid_to
}

impl Bank {
    /// The mandate that a request is to replace, if it names one. A grant that is not there,
    /// another client's, another customer's, stopped or over: one answer.
    pub(super) async fn replaceable(
        &self,
        ctx: &Ctx<'_>,
        replaces: Option<GrantId>,
        (client_id, asked): (&str, &Request),
    ) -> Result<Option<MandateId>, BankError> {
        let Some(grant_id) = replaces else { return Ok(None) };
        let unknown = || refuse(ErrorCode::InvalidGrantId, NO_SUCH_GRANT);
        let grant = self.book.find::<Grant>(grant_id).await?;
        let grant =
            grant.filter(|g| g.client_id == client_id && g.once.is_none()).ok_or_else(unknown)?;
        let mandate = load::<Mandate>(&self.book, grant.mandate_id).await?;
        let is_theirs = mandate.account_ref == asked.wallet.account_ref;
        if !is_theirs || !is_replaceable(&mandate, ctx.now) {
            return Err(unknown());
        }
        if asked.actions.iter().any(|action| !grant.actions.contains(action)) {
            let why = "a grant that is replaced keeps its actions";
            return Err(refuse(ErrorCode::InvalidAuthorizationDetails, why));
        }
        Ok(Some(mandate.mandate_id))
    }

    /// The account of the mandate that is replaced: nobody chooses another one.
    pub(super) async fn given_account(
        &self,
        pushed: &Pushed,
        holder_id: HolderId,
    ) -> Result<Option<AccountChoice>, BankError> {
        let Some(mandate_id) = pushed.replaces else { return Ok(None) };
        let mandate = load::<Mandate>(&self.book, mandate_id).await?;
        let is_theirs = mandate.holder_id == holder_id;
        Ok(is_theirs.then(|| AccountChoice {
            account: mandate.account.clone(),
            mask: mandate.account_mask.clone(),
        }))
    }

    /// The mandate that the signed-in holder is about to replace. Somebody else's is refused in the
    /// words of any other mismatch, and counted as one.
    pub(super) async fn replacing(
        &self,
        ctx: &Ctx<'_>,
        pushed: &Stored<Pushed>,
        known: &Known,
    ) -> Result<Option<Stored<Mandate>>, BankError> {
        let Some(mandate_id) = pushed.replaces else { return Ok(None) };
        let mandate = load::<Mandate>(&self.book, mandate_id).await?;
        if mandate.holder_id != known.holder.holder_id {
            self.mismatch(ctx, pushed, known).await?;
            return Err(BankError::NotTheSamePerson);
        }
        let mandate = self.ripen(ctx, mandate).await?;
        let account: AccountNumber =
            self.vault.open(&known.key, "mandate|account", &mandate.account)?;
        let is_there = known.core.accounts.iter().any(|own| own.account == account);
        // Another renewal may have given actions up since this one was pushed.
        let grant = load::<Grant>(&self.book, mandate.grant_id).await?;
        let has_more = pushed.actions.iter().any(|action| !grant.actions.contains(action));
        if !is_there || has_more || !is_replaceable(&mandate, ctx.now) {
            return Err(BankError::NotAvailable);
        }
        Ok(Some(mandate))
    }

    /// Counts that a request and the holder do not go together; the error says no more.
    async fn mismatch(
        &self,
        ctx: &Ctx<'_>,
        pushed: &Stored<Pushed>,
        known: &Known,
    ) -> Result<(), BankError> {
        let keys = vec![
            Key::Person(known.holder.holder_id.to_string()),
            Key::Device(pushed.browser.clone().unwrap_or_default()),
        ];
        self.require_few(ctx, Kind::LinkMismatch, keys.clone()).await?;
        let keys = [keys, vec![Key::Partner(pushed.client_id.clone())]].concat();
        self.failed(ctx, Failure::new(Kind::LinkMismatch, keys)).await?;
        Err(BankError::NotTheSamePerson)
    }

    /// The holder signed other terms: writes them down and answers with the callback address.
    /// `seen` is how often the caps had changed when the page was shown: what the holder compared
    /// with must still be so.
    pub(super) async fn replace(
        &self,
        ctx: &Ctx<'_>,
        mut pushed: Stored<Pushed>,
        (holder_id, authenticator): (HolderId, &Authenticator),
        (answered, seen): (&Answered, u32),
    ) -> Result<String, BankError> {
        self.require_open(ctx, &pushed.client_id).await?;
        let known = self.known(holder_id).await?;
        let mandate = self.replacing(ctx, &pushed, &known).await?;
        let mut mandate =
            mandate.filter(|m| m.cap_generation == seen).ok_or(BankError::NotAvailable)?;
        for gate in legs::gates(&mandate) {
            if gate.is_closed(&*self.ledger, ctx.now).await? {
                return Err(BankError::Stopped);
            }
        }
        let mut grant = load::<Grant>(&self.book, mandate.grant_id).await?;
        grant.edit().replace(&pushed.actions, authenticator.kind().rule().acr);
        let settled = self.settled_from(&known, authenticator).await?;
        let change = self.change(ctx, &mandate, &pushed.terms, settled);
        let renewals = mandate.renewals.saturating_add(1);
        mandate.edit().renewals = renewals;
        mandate.edit().renewed_at = Some(ctx.now);
        mandate.edit().raise = Some(change);
        if pushed.place.is_some() {
            mandate.edit().made_from.clone_from(&pushed.place);
        }
        let (code, code_row) = Code::issue(self, ctx, &pushed.to(), grant.names_now());
        pushed.edit().finished_at = Some(ctx.now);

        let mut unit = Unit::new();
        pushed.edit().outcome = Some(Outcome::Signed);
        self.pass_match(&mut unit, (pushed.par_id, holder_id), mandate.mandate_id).await?;
        unit.update(&pushed).update(&mandate).update(&grant).insert(&code_row);
        let browser = pushed.browser.clone().unwrap_or_default();
        let from = (mandate.mandate_id.to_string(), browser.as_str(), Answer::Signed);
        self.keep_answer(ctx, &mut unit, &known.key, from, answered)?;
        // A device is let in for good, which a passkey or a contact that is too new may not.
        let device = pushed.device.as_deref().filter(|_| ctx.now >= settled);
        self.bind_device(ctx, &mut unit, mandate.mandate_id, device).await?;
        self.keep_request(ctx, &mut unit, (&pushed, &mandate), &known).await?;
        self.forget_facts(&mut unit, pushed.par_id).await?;
        self.note_consent(ctx, &mut unit, (&pushed, &mandate)).await?;
        unit.audit(
            AuditEntry::new(ctx.now, holder_id, "mandate.renewed", mandate.mandate_id)
                .with("partner", &mandate.client_id)
                .with("terms", written(&pushed.terms)),
        );
        self.tell_renewed(ctx, &mut unit, &mandate, &known)?;
        match self.book.commit(unit).await {
            Ok(()) => {}
            // Another tab, or a stop, was faster: what the holder saw is not so any more.
            Err(RecordError::Conflict { .. }) => return Err(BankError::NotAvailable),
            Err(error) => return Err(error.into()),
        }
        self.pace.answered(&pushed.client_id, pushed.par_id);
        self.ripen_after(ctx, mandate.mandate_id).await;
        let answer = callback::Answer::Code(kanuki_domain::Masked::new(code));
        self.callback(ctx, &pushed.to(), answer).await
    }

    /// What was signed holds already; its cap accounts are made before the next debit, by the next
    /// token or by the worker, if they cannot be made now.
    async fn ripen_after(&self, ctx: &Ctx<'_>, mandate_id: MandateId) {
        let ripened = match load::<Mandate>(&self.book, mandate_id).await {
            Ok(mandate) => self.ripen(ctx, mandate).await.map(|_| ()),
            Err(error) => Err(error),
        };
        if let Err(error) = ripened {
            tracing::warn!(%error, mandate.id = %mandate_id, "the terms change a little later");
        }
    }

    /// When which terms hold. The validity is not a cap: it holds at once, unless the passkey may
    /// not widen anything yet.
    fn change(
        &self,
        ctx: &Ctx<'_>,
        mandate: &Mandate,
        next: &Terms,
        settled: Timestamp,
    ) -> PendingRaise {
        let old = &mandate.terms;
        let is_settled = ctx.now >= settled;
        let is_longer = next.valid_to > old.valid_to;
        let at_once = |terms, then| PendingRaise { terms, effective_at: ctx.now, then };
        if next.allows_no_more_than(old) && (is_settled || !is_longer) {
            return at_once(next.clone(), None);
        }
        let mut meanwhile = old.meanwhile(next);
        if !is_settled {
            meanwhile.valid_to = meanwhile.valid_to.min(old.valid_to);
        }
        let effective_at = self.raised_from(ctx, settled);
        let wider = PendingRaise { terms: next.clone(), effective_at, then: None };
        at_once(meanwhile, Some(Box::new(wider)))
    }

    fn tell_renewed(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        mandate: &Mandate,
        known: &Known,
    ) -> Result<(), BankError> {
        let Some(last) = mandate.waiting() else { return Ok(()) };
        let is_later = last.effective_at > ctx.now;
        let kind = if is_later { "mandate_renewed_wider" } else { "mandate_renewed" };
        let content = kanuki_desk::outbox::Content::new(kind)
            .with("partner", &mandate.partner_name)
            .with("account", &mandate.account_mask)
            .with("terms", written(&last.terms))
            .with("from", last.effective_at);
        self.tell(unit, ctx, known, mandate.mandate_id, content)
    }
}
