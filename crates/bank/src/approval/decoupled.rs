//! Another way to the holder: the wallet waits, and the holder opens the bank's own page (CIBA).
//!
//! ```text
//!  asked ── right number and passkey ──▶ signed ── polled ──▶ given
//!    ├── wrong number, once ─▶ over
//!    ├── declines ─▶ over
//!    └── five minutes ─▶ over by the clock
//! ```
//!
//! Whoever asks may be a thief who hopes for a tired tap (RFC 10027, push fatigue). So one request is
//! open per holder; three of one partner that come to nothing within a day end it for that partner for
//! a day, and are told, and six of all partners end it for all; only a browser that signed this very mandate sees it; and it is approved by typing the number that
//! stands on the wallet's screen, which no message and no page of ours shows.
//!
//! **Invariant:** a link is never made this way, and neither is a debit from a device that the
//! mandate does not know: for those the holder's own browser must come from the wallet.

use jiff::Timestamp;
use kanuki_desk::{
    evidence::{Answer, Kept},
    outbox::Content,
};
use kanuki_domain::{
    Ctx,
    id::{DebitApprovalId, HolderId, MandateId, encode_base32},
    limits::{DAY_SECS, DECOUPLED_UNSIGNED_BY_ALL_PER_DAY, DECOUPLED_UNSIGNED_PER_DAY},
    mandate::later,
    typed,
};
use kanuki_record::{
    AuditEntry, RecordError, Stored, Unit, record,
    vault::{PersonKey, Sealed},
};
use kanuki_wire::{
    ErrorCode, Form, OAuthError, approval,
    authn::AuthnEvidence,
    ciba::{Acknowledged, BackchannelRequest, INTERVAL_SECS, Number},
    json,
    token::Issued,
};
use serde::{Deserialize, Serialize};

use crate::{
    Bank, BankError,
    approval::{ApprovalPage, DebitApproval, Signing, ping::PingLater},
    holder::load,
    link::{
        AskedFor, Possession,
        possession::{Bound, refuse},
        token::Grant,
        uses::Uses,
    },
    mandate::Mandate,
    pace::Door,
    partner::Partner,
    replay,
    sweep::forget_on,
};

/// How long a signed one may still be fetched after its time, in seconds: a poll or two.
pub(super) const FETCH_SECS: i64 = 60;

/// Where a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum BackchannelState {
    /// The holder has not decided.
    Asked,
    /// The holder signed; the wallet has not fetched its token.
    Signed,
    /// The wallet has its token.
    Given,
    /// The holder said no.
    Declined,
    /// Somebody typed another number.
    WrongNumber,
    /// Nobody decided in time.
    Lapsed,
}

/// One request of a wallet that waits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Backchannel {
    auth_req_hash: String,
    /// Which partner waits.
    pub client_id: String,
    /// What is to be signed.
    pub approval_id: DebitApprovalId,
    /// Under which mandate.
    pub mandate_id: MandateId,
    /// By whom.
    pub holder_id: HolderId,
    number: Number,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Until when the holder can decide.
    pub expires_at: Timestamp,
    /// Where it is.
    pub state: BackchannelState,
    /// How the wallet is told that it was decided, if it wants to be.
    #[serde(default)]
    ping: Option<PingLater>,
    /// What the wallet signed to ask for it, sealed for the holder.
    #[serde(default)]
    signed_request: Option<Sealed>,
}

record! { Backchannel => "backchannel" by |b| b.auth_req_hash.clone();
    unique approval_id = |b| Some(b.approval_id.to_string());
    // One open request per holder, however many ask at once.
    unique asking = |b| (b.state == BackchannelState::Asked).then(|| b.holder_id.to_string());
    many holder_id = |b| Some(b.holder_id.to_string());
    loose forget_on = |b| Some(forget_on(b.expires_at));
    many ping = |b| b.ping.as_ref().and_then(|ping| ping.due_at).map(|_| "due".to_owned());
}

impl Backchannel {
    pub(super) fn name(&self) -> &str {
        &self.auth_req_hash
    }

    pub(super) const fn ping(&self) -> Option<&PingLater> {
        self.ping.as_ref()
    }

    pub(super) const fn ping_mut(&mut self) -> Option<&mut PingLater> {
        self.ping.as_mut()
    }
}

/// A request that this holder can decide in this browser, with the page and its signature.
#[derive(Debug)]
pub struct Waiting {
    /// What is to be signed.
    pub approval_id: DebitApprovalId,
    /// What is shown.
    pub page: ApprovalPage,
    /// The passkey's options.
    pub options: String,
    /// What must come back.
    pub signing: Signing,
}

fn nobody() -> BankError {
    refuse(ErrorCode::UnknownUserId, "nobody can be asked by this hint")
}

fn not_now() -> BankError {
    refuse(ErrorCode::AccessDenied, "the holder cannot be asked now")
}

fn invalid_grant() -> BankError {
    refuse(ErrorCode::InvalidGrant, "the grant is not valid")
}

impl Bank {
    /// `/bc-authorize`: takes a request of a partner that agreed on it.
    ///
    /// An unknown grant, another partner's, an ended one and one whose mandate no browser was bound
    /// to are one answer.
    pub async fn ask_decoupled(
        &self,
        ctx: &Ctx<'_>,
        form: &Form,
        possession: Possession<'_>,
    ) -> Result<Acknowledged, BankError> {
        let partner = self.authenticate(ctx, form, possession, Door::Decoupled).await?;
        if !partner.profile.decoupled {
            return Err(refuse(
                ErrorCode::UnauthorizedClient,
                "decoupled approval was not agreed on",
            ));
        }
        let keys = self.keys_of(&partner).await?;
        let parties = (partner.client_id.as_str(), self.config.issuer.as_str());
        let asked = BackchannelRequest::read(form, parties, &keys, ctx.now)?;
        let (client_id, jti) = (&partner.client_id, &asked.jti);
        if !replay::first_use(&self.book, ctx, "backchannel", client_id, jti).await? {
            return Err(refuse(ErrorCode::InvalidRequestObject, "jti was used before"));
        }
        self.require_open(ctx, client_id).await?;
        let request = approval::Request::parse(&asked.details).map_err(OAuthError::from)?;
        let mandate = self.hinted(&partner, &asked, &request).await?;
        let evidence = asked.evidence.as_deref().map(|text| json::read(text.as_bytes()));
        let evidence: Option<AuthnEvidence> = evidence
            .transpose()
            .map_err(|_| OAuthError::invalid_request("authn_evidence has other members"))?;
        partner.profile.require_evidence(evidence.as_ref())?;
        // A mandate learns no device this way, not even its first one while it cools.
        let device = evidence.as_ref().map(|evidence| evidence.device.as_str());
        if self.is_new_device(&mandate, device).await?
            || self.is_strange(ctx, &mandate, evidence.as_ref()).await?
        {
            return Err(not_now());
        }
        let token = asked.notification_token.clone();
        let wants_ping = partner.profile.notification_endpoint.is_some();
        if wants_ping && token.is_none() {
            let why = "client_notification_token is needed for a ping";
            return Err(OAuthError::invalid_request(why).into());
        }
        let unsigned = self.require_patience(ctx, client_id, mandate.holder_id).await?;
        let approval = self.ask_approval(ctx, client_id, &request, evidence).await?;
        let by_wish = later(ctx.now, i64::from(asked.life_secs()));
        let auth_req_id = [ctx.random::<16>(), ctx.random::<16>()]
            .map(|half| encode_base32(u128::from_be_bytes(half)))
            .concat();
        let key = load::<PersonKey>(&self.book, mandate.holder_id).await?;
        let ping = token.filter(|_| wants_ping);
        let ping =
            ping.map(|token| self.ping_later(ctx, &key, (&auth_req_id, token))).transpose()?;
        let row = Backchannel {
            auth_req_hash: self.vault.blind("backchannel", auth_req_id.as_bytes()),
            client_id: client_id.clone(),
            approval_id: approval.approval_id,
            mandate_id: mandate.mandate_id,
            holder_id: mandate.holder_id,
            number: asked.number,
            asked_at: ctx.now,
            expires_at: approval.expires_at.min(by_wish),
            state: BackchannelState::Asked,
            ping,
            signed_request: self.seal_request(ctx, mandate.mandate_id, form.get("request")).await?,
        };
        self.keep_asking(ctx, (&row, &approval), &mandate, unsigned).await?;
        let left = row.expires_at.duration_since(ctx.now).as_secs();
        Ok(Acknowledged {
            auth_req_id,
            expires_in: u32::try_from(left).unwrap_or(0),
            interval: INTERVAL_SECS,
        })
    }

    /// The mandate behind a hint, if its holder can be asked about it.
    async fn hinted(
        &self,
        partner: &Partner,
        asked: &BackchannelRequest,
        request: &approval::Request,
    ) -> Result<Mandate, BankError> {
        let grant = self.book.find::<Grant>(asked.grant_id).await?.ok_or_else(nobody)?;
        let is_theirs = grant.client_id == partner.client_id
            && grant.mandate_id == request.mandate_id
            && grant.revoked_at.is_none()
            && grant.once.is_none();
        let bound = self.book.list::<Kept>("about", &grant.mandate_id.to_string()).await?;
        if !is_theirs || !bound.iter().any(|kept| kept.answer == Answer::Signed) {
            return Err(nobody());
        }
        Ok(load::<Mandate>(&self.book, grant.mandate_id).await?.into_inner())
    }

    /// How many requests of this partner came to nothing in the last day; refuses when it is too many,
    /// or all partners' are, or when one is still open. No one partner can send so many that the holder
    /// hears from no other.
    async fn require_patience(
        &self,
        ctx: &Ctx<'_>,
        client_id: &str,
        holder_id: HolderId,
    ) -> Result<usize, BankError> {
        self.require_none_open(ctx, holder_id).await?;
        let since = later(ctx.now, -DAY_SECS);
        let all = self.book.every::<Backchannel>("holder_id", &holder_id.to_string()).await?;
        let came_to_nothing = |one: &&Stored<Backchannel>| match one.state {
            BackchannelState::Signed | BackchannelState::Given => false,
            BackchannelState::Asked
            | BackchannelState::Declined
            | BackchannelState::WrongNumber
            | BackchannelState::Lapsed => one.asked_at > since,
        };
        let (mut unsigned, mut own): (usize, usize) = (0, 0);
        for one in all.iter().filter(came_to_nothing) {
            unsigned = unsigned.saturating_add(1);
            own = own.saturating_add(usize::from(one.client_id == client_id));
        }
        let is_too_many =
            own >= DECOUPLED_UNSIGNED_PER_DAY || unsigned >= DECOUPLED_UNSIGNED_BY_ALL_PER_DAY;
        if is_too_many { Err(not_now()) } else { Ok(own) }
    }

    /// Refuses while a request is open. One whose time is over makes room, however long ago that was:
    /// what nobody answered must not stand in the way for ever.
    async fn require_none_open(&self, ctx: &Ctx<'_>, holder_id: HolderId) -> Result<(), BankError> {
        let asking = self.book.find_by::<Backchannel>("asking", &holder_id.to_string()).await?;
        let Some(mut open) = asking else { return Ok(()) };
        if ctx.now < open.expires_at {
            return Err(not_now());
        }
        open.edit().state = BackchannelState::Lapsed;
        let mut unit = Unit::new();
        unit.update(&open);
        match self.book.commit(unit).await {
            Ok(()) => Ok(()),
            Err(RecordError::Conflict { .. }) => Err(not_now()),
            Err(error) => Err(error.into()),
        }
    }

    async fn keep_asking(
        &self,
        ctx: &Ctx<'_>,
        (row, approval): (&Backchannel, &DebitApproval),
        mandate: &Mandate,
        unsigned: usize,
    ) -> Result<(), BankError> {
        let is_last = unsigned.saturating_add(1) >= DECOUPLED_UNSIGNED_PER_DAY;
        let kind = if is_last { "approval_asked_last" } else { "approval_asked" };
        let content = Content::new(kind)
            .with("partner", &mandate.partner_name)
            .with("account", &mandate.account_mask)
            .with("amount", approval.amount);
        let known = self.known(mandate.holder_id).await?;
        let mut unit = Unit::new();
        unit.insert(row).audit(
            AuditEntry::new(ctx.now, &row.client_id, "debit.decoupled_asked", row.approval_id)
                .with("mandate", row.mandate_id)
                .with("amount", approval.amount.amount()),
        );
        self.tell(&mut unit, ctx, &known, mandate.mandate_id, content)?;
        match self.book.commit(unit).await {
            Ok(()) => Ok(()),
            // Another request was faster: one is open.
            Err(RecordError::Duplicate { .. }) => Err(not_now()),
            Err(error) => Err(error.into()),
        }
    }

    /// The open request that `holder_id` can decide in this browser: one that signed the mandate.
    pub async fn waiting_approval(
        &self,
        ctx: &Ctx<'_>,
        holder_id: HolderId,
        browser: &str,
    ) -> Result<Option<Waiting>, BankError> {
        let found = self.book.find_by::<Backchannel>("asking", &holder_id.to_string()).await?;
        let Some(open) = found.filter(|open| ctx.now < open.expires_at) else { return Ok(None) };
        if !self.is_bound(open.mandate_id, browser).await? {
            return Ok(None);
        }
        let approval_id = open.approval_id;
        match self.start_approval(ctx, approval_id, holder_id).await {
            Ok((page, options, signing)) => {
                Ok(Some(Waiting { approval_id, page, options, signing }))
            }
            Err(BankError::NotAvailable) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether something about this mandate was signed in this browser.
    async fn is_bound(&self, mandate_id: MandateId, browser: &str) -> Result<bool, BankError> {
        let all = self.book.list::<Kept>("about", &mandate_id.to_string()).await?;
        Ok(all.iter().any(|kept| kept.answer == Answer::Signed && kept.browser == browser))
    }

    async fn deciding(
        &self,
        ctx: &Ctx<'_>,
        (holder_id, browser): (HolderId, &str),
        approval_id: DebitApprovalId,
    ) -> Result<Stored<Backchannel>, BankError> {
        let found = self.book.find_by::<Backchannel>("asking", &holder_id.to_string()).await?;
        let open = found
            .filter(|open| open.approval_id == approval_id && ctx.now < open.expires_at)
            .ok_or(BankError::NotAvailable)?;
        if self.is_bound(open.mandate_id, browser).await? {
            Ok(open)
        } else {
            Err(BankError::NotAvailable)
        }
    }

    /// The holder typed the number and signed. Another number than the wallet shows ends it: who
    /// guesses has one try in a hundred, once.
    pub async fn sign_decoupled(
        &self,
        ctx: &Ctx<'_>,
        who: (HolderId, &str),
        number: &str,
        (signing, response): (&Signing, &str),
    ) -> Result<(), BankError> {
        let mut open = self.deciding(ctx, who, signing.approval_id()).await?;
        let mut unit = Unit::new();
        let is_right = Number::parse(&typed::digits(number)) == Some(open.number);
        if is_right {
            let approval =
                self.sign_approval(ctx, &mut unit, who, (signing, response, None)).await?;
            let kept = (&approval, AskedFor::Signed);
            Self::keep_debit_request(ctx, &mut unit, kept, open.signed_request.as_ref());
            open.edit().decide(BackchannelState::Signed, ctx.now);
        } else {
            let about = (open.approval_id, who.1);
            let ended = self.decline_approval(ctx, &mut unit, about, None).await?;
            let kept = (&ended, AskedFor::WrongNumber);
            Self::keep_debit_request(ctx, &mut unit, kept, open.signed_request.as_ref());
            open.edit().decide(BackchannelState::WrongNumber, ctx.now);
            unit.audit(AuditEntry::new(
                ctx.now,
                who.0,
                "debit.decoupled_wrong_number",
                open.approval_id,
            ));
        }
        unit.update(&open);
        self.book.commit(unit).await?;
        if is_right { Ok(()) } else { Err(BankError::NotAvailable) }
    }

    /// The holder said no to exactly what was shown; that is kept.
    pub async fn decline_decoupled(
        &self,
        ctx: &Ctx<'_>,
        who: (HolderId, &str),
        signing: &Signing,
    ) -> Result<(), BankError> {
        let mut open = self.deciding(ctx, who, signing.approval_id()).await?;
        let mut unit = Unit::new();
        let about = (open.approval_id, who.1);
        let ended = self.decline_approval(ctx, &mut unit, about, Some((who.0, signing))).await?;
        let kept = (&ended, AskedFor::Declined);
        Self::keep_debit_request(ctx, &mut unit, kept, open.signed_request.as_ref());
        open.edit().decide(BackchannelState::Declined, ctx.now);
        unit.update(&open);
        Ok(self.book.commit(unit).await?)
    }

    /// A poll of `/token` (CIBA Core section 10.1).
    pub(crate) async fn poll_decoupled(
        &self,
        ctx: &Ctx<'_>,
        (client_id, auth_req_id): (&str, &str),
        bound: &Bound,
        uses: &mut Uses,
    ) -> Result<Issued, BankError> {
        let hash = self.vault.blind("backchannel", auth_req_id.as_bytes());
        let found = self.book.find::<Backchannel>(&hash).await?;
        let mut row = found.filter(|row| row.client_id == client_id).ok_or_else(invalid_grant)?;
        match row.state {
            BackchannelState::Asked if ctx.now < row.expires_at => {
                uses.note(&self.book).await?;
                Err(self.not_yet(ctx, (&hash, row.expires_at)).await?)
            }
            BackchannelState::Declined | BackchannelState::WrongNumber => {
                Err(refuse(ErrorCode::AccessDenied, "the holder did not agree"))
            }
            BackchannelState::Signed if ctx.now < later(row.expires_at, FETCH_SECS) => {
                let edit = row.edit();
                edit.state = BackchannelState::Given;
                if let Some(ping) = edit.ping_mut() {
                    ping.due_at = None;
                }
                let approval = load::<DebitApproval>(&self.book, row.approval_id).await?;
                let of = (approval.grant_id(), 0);
                // Given and the token are one: what was signed is not lost between them.
                let (issued, mut unit) = self.issue(ctx, of, (client_id, bound, false)).await?;
                unit.update(&row);
                match uses.commit(&self.book, unit).await {
                    Ok(()) => Ok(issued),
                    Err(RecordError::Conflict { .. }) => Err(invalid_grant()),
                    Err(error) => Err(error.into()),
                }
            }
            BackchannelState::Given => Err(invalid_grant()),
            BackchannelState::Asked | BackchannelState::Signed | BackchannelState::Lapsed => {
                Err(refuse(ErrorCode::ExpiredToken, "the request is over"))
            }
        }
    }
}
