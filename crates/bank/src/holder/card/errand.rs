//! A trip to the operator's app and back, for one signature over one text.
//!
//! The app's answer comes from a page of another site and so without a cookie. It is kept, and counts
//! when the browser that set out comes with the handle that was told to whoever brought the answer:
//! one browser must have both set out and come back (RFC 9700 section 4.7). A page that stands in
//! between, or an address that was sent to the holder by somebody else, ends in another browser and
//! gains nothing.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use kanuki_desk::evidence::challenge;
use kanuki_domain::{
    Ctx,
    id::{HolderId, encode_base32},
    mandate::later,
    route::Route,
};
use kanuki_jpki::{
    AuthenticationRequest, RevocationEvidence, SignatureResponse, VerifiedCard, verify_card,
    verify_card_without_list,
};
use kanuki_record::{
    RecordError, Stored, Unit, record,
    vault::{PersonKey, Sealed},
};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    Bank, BankError,
    holder::{let_in::LetInBy, load},
};

/// How long a trip may take: a card has to be found, and a PIN remembered.
pub(crate) const TRIP_SECS: i64 = 15 * 60;
const ANSWER: &str = "card_errand|answer";

/// What somebody set out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum Errand {
    /// To sign in.
    SignIn,
    /// To sign what a page showed.
    Sign,
    /// To let the card or the app in.
    Add {
        /// For whom.
        holder_id: HolderId,
        /// What it is worth: as much as the proof that lets it in.
        route: Route,
        /// The proof.
        by: LetInBy,
    },
}

/// One trip; used once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CardErrand {
    state_hash: String,
    /// What for.
    pub errand: Errand,
    /// The browser that set out, blinded.
    browser: String,
    /// The text that the card signs, by its SHA-256, and for whom.
    pub(super) request: AuthenticationRequest,
    /// Where the page goes on, for whoever drew it. Not read here.
    pub resume: String,
    /// The answer, sealed, between its arrival and its use.
    answer: Option<Sealed>,
    /// What only the browser that brought the answer was told, as a keyed hash.
    handle_hash: Option<String>,
    /// The browser that set out has come back with it.
    pub(super) is_back: bool,
    expires_at: Timestamp,
}

record! { CardErrand => "card_errand" by |e| e.state_hash.clone(); }

/// What a browser comes back with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// The name of the trip.
    pub state: String,
    /// What was told to whoever brought the answer.
    pub handle: String,
}

impl Brought {
    const PREFIX: &str = "card:";

    /// As the answer of a form that a passkey could answer too.
    #[must_use]
    pub fn credential(&self) -> String {
        format!("{}{}:{}", Self::PREFIX, self.state, self.handle)
    }

    /// The inverse of [`credential`](Self::credential); none for a passkey's answer, which is JSON.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (state, handle) = text.strip_prefix(Self::PREFIX)?.split_once(':')?;
        Some(Self { state: state.to_owned(), handle: handle.to_owned() })
    }
}

/// A card's answer that holds, whoever's it is.
pub(super) struct Believed {
    pub(super) certificate_hash: String,
    pub(super) request: AuthenticationRequest,
    pub(super) answer: SignatureResponse,
    pub(super) list: RevocationEvidence,
}

/// What the operator's app is told, as base64url JSON in its address.
#[derive(Serialize)]
struct Outbound<'a> {
    purpose: &'static str,
    terms_digest: String,
    return_url: String,
    state: &'a str,
    wallet_name: &'a str,
    terms: &'a str,
}

impl Bank {
    /// Sends a browser to have `text` signed; answers with where it goes.
    pub(super) async fn set_out(
        &self,
        ctx: &Ctx<'_>,
        errand: Errand,
        (browser, text, resume): (&str, &str, String),
    ) -> Result<String, BankError> {
        let reading = self.cards.as_ref().filter(|_| self.takes_cards());
        let reading = reading.ok_or(BankError::NotAvailable)?;
        let state = encode_base32(u128::from_be_bytes(ctx.random()));
        let return_url = format!("{}/card/return", self.config.public_url);
        let here = Url::parse(&return_url).map_err(|_| BankError::NotAvailable)?;
        let digest = challenge(text);
        let row = CardErrand {
            state_hash: self.errand_hash(&state),
            errand,
            browser: browser.to_owned(),
            request: AuthenticationRequest::over(digest, &here),
            resume,
            answer: None,
            handle_hash: None,
            is_back: false,
            expires_at: later(ctx.now, TRIP_SECS),
        };
        // The answer is sealed with a key of its own, which is lost with the trip.
        let key = self.vault.create_person(ctx, &row.state_hash)?;
        let mut unit = Unit::new();
        unit.insert(&row).insert(&key);
        self.book.commit(unit).await?;
        let outbound = Outbound {
            purpose: "authentication",
            terms_digest: BASE64_URL_SAFE_NO_PAD.encode(digest),
            return_url,
            state: &state,
            wallet_name: &self.config.name,
            terms: text,
        };
        let json = serde_json::to_vec(&outbound).map_err(|_| BankError::NotAvailable)?;
        let request = BASE64_URL_SAFE_NO_PAD.encode(json);
        Ok(format!("{}?request={request}", reading.operator_url))
    }

    fn errand_hash(&self, state: &str) -> String {
        self.vault.blind("card_errand", state.as_bytes())
    }

    async fn errand(&self, ctx: &Ctx<'_>, state: &str) -> Result<Stored<CardErrand>, BankError> {
        let errand = load::<CardErrand>(&self.book, self.errand_hash(state)).await?;
        if ctx.now < errand.expires_at { Ok(errand) } else { Err(BankError::NotAvailable) }
    }

    fn errand_handle(&self, handle: &str) -> String {
        self.vault.blind("card_errand_handle", handle.as_bytes())
    }

    /// Takes what the operator's app posts; the answer is looked at when the browser comes with what
    /// is returned here.
    pub async fn receive_card_answer(
        &self,
        ctx: &Ctx<'_>,
        state: &str,
        answer: &SignatureResponse,
    ) -> Result<Brought, BankError> {
        let mut errand = self.errand(ctx, state).await?;
        if errand.answer.is_some() {
            return Err(BankError::NotAvailable);
        }
        let key = load::<PersonKey>(&self.book, &errand.state_hash).await?;
        let handle = encode_base32(u128::from_be_bytes(ctx.random()));
        errand.edit().answer = Some(self.vault.seal(ctx, &key, ANSWER, answer)?);
        errand.edit().handle_hash = Some(self.errand_handle(&handle));
        let mut unit = Unit::new();
        unit.update(&errand);
        once(self.book.commit(unit).await)?;
        Ok(Brought { state: state.to_owned(), handle })
    }

    /// The trip of the browser that set out and has come back.
    pub async fn come_back(
        &self,
        ctx: &Ctx<'_>,
        browser: &str,
        brought: &Brought,
    ) -> Result<CardErrand, BankError> {
        let mut errand = self.returned(ctx, brought).await?;
        if errand.browser != browser {
            return Err(BankError::NotAvailable);
        }
        if !errand.is_back {
            errand.edit().is_back = true;
            let mut unit = Unit::new();
            unit.update(&errand);
            once(self.book.commit(unit).await)?;
        }
        Ok(errand.into_inner())
    }

    pub(super) async fn returned(
        &self,
        ctx: &Ctx<'_>,
        brought: &Brought,
    ) -> Result<Stored<CardErrand>, BankError> {
        let errand = self.errand(ctx, &brought.state).await?;
        let is_it = errand.handle_hash == Some(self.errand_handle(&brought.handle));
        if is_it { Ok(errand) } else { Err(BankError::NotAvailable) }
    }

    /// Ends the trip, whatever comes of it, and checks the card's answer. Every reason why a card is
    /// refused is [`BankError::Card`]; the log says which.
    pub(super) async fn end_errand(
        &self,
        ctx: &Ctx<'_>,
        errand: Stored<CardErrand>,
    ) -> Result<Believed, BankError> {
        if !errand.is_back {
            return Err(BankError::NotAvailable);
        }
        let key = load::<PersonKey>(&self.book, &errand.state_hash).await?;
        let sealed = errand.answer.as_ref().ok_or(BankError::NotAvailable)?;
        let answer: SignatureResponse = self.vault.open(&key, ANSWER, sealed)?;
        let mut unit = Unit::new();
        unit.delete(&errand).delete(&key);
        once(self.book.commit(unit).await)?;
        let reading = self.card_authentication().ok_or(BankError::NotAvailable)?;
        let request = errand.request;
        if let Err(reason) = verify_card_without_list(&answer, &request, &reading.anchors, ctx.now)
        {
            tracing::info!(%reason, "a card was refused");
            return Err(BankError::Card);
        }
        let list = reading.operator.revocation(ctx.now).await;
        match verify_card(&answer, &request, &reading.anchors, &list, ctx.now) {
            Ok(VerifiedCard { certificate_fingerprint }) => Ok(Believed {
                certificate_hash: self.card_hash(certificate_fingerprint),
                request,
                answer,
                list,
            }),
            Err(reason) => {
                tracing::info!(%reason, "a card was refused");
                Err(BankError::Card)
            }
        }
    }

    /// Forgets trips that nobody ended, and what was brought on them; says how many.
    pub async fn sweep_card_errands(&self, ctx: &Ctx<'_>) -> Result<usize, BankError> {
        let mut removed: usize = 0;
        let mut after = String::new();
        loop {
            let page = self.book.scan::<CardErrand>(&after).await?;
            let Some(last) = page.last() else { return Ok(removed) };
            after.clone_from(&last.state_hash);
            for errand in page.iter().filter(|errand| errand.expires_at <= ctx.now) {
                let mut unit = Unit::new();
                unit.delete(errand);
                if let Some(key) = self.book.find::<PersonKey>(&errand.state_hash).await? {
                    unit.delete(&key);
                }
                match self.book.commit(unit).await {
                    Ok(()) => removed = removed.saturating_add(1),
                    Err(RecordError::Conflict { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }
}

/// Of two requests that use one trip, the store refuses the second.
pub(in crate::holder) fn once(committed: Result<(), RecordError>) -> Result<(), BankError> {
    match committed {
        Err(RecordError::Conflict { .. }) => Err(BankError::NotAvailable),
        other => Ok(other?),
    }
}
