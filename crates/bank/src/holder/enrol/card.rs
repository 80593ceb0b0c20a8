//! The identity card: its signature certificate (JPKI, 署名用電子証明書), read by a platform
//! operator's app, against the bank's own record.
//!
//! We send the person there with a nonce and the digest of the terms that were shown. What comes
//! back must be a signature over exactly these and our own origin, by a certificate of the pinned authority that is
//! for signatures, valid and not revoked; where the revocation list cannot be had, it is refused.
//! Then its name, birth date and address must be those of the account that was typed. The answer is
//! one and the same for every reason.

use async_trait::async_trait;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use kanuki_domain::{
    Ctx, Masked,
    bank_account::AccountNumber,
    id::{EnrolmentId, ParId, encode_base32},
    mandate::later,
    person::Facts,
    route::Route,
};
use kanuki_jpki::{
    AuthenticationAnchors, IdentityRequest, RevocationEvidence, SignatureResponse, TrustAnchors,
    VerifiedPerson, verify, verify_without_list,
};
use kanuki_record::{
    AuditEntry, Stored, Unit, record,
    vault::{PersonKey, Sealed},
};
use kanuki_risk::{Key, Kind};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{CODE_DIGITS, Enrolment, Progress, digits};
use crate::{Bank, BankError, attempt::Failure, holder::load, link::matching};

/// The terms that the card signs, exactly as the page names them.
pub const TERMS: &str = "kanuki-bank-enrolment-terms-1";
const ANSWER: &str = "card_trip|answer";
const EVIDENCE: &str = "card_proof|evidence";

/// How this bank reads identity cards.
#[derive(Debug)]
pub struct CardReading {
    /// The authority that is believed, and for what.
    pub anchors: TrustAnchors,
    /// The platform operator's page.
    pub operator_url: String,
    /// The operator's back channel.
    pub operator: Box<dyn CardOperator>,
    /// How cards sign people in; none where the operator reads signature certificates alone.
    pub authentication: Option<CardAuthentication>,
}

/// How this bank reads the card's certificate for user authentication.
#[derive(Debug)]
pub struct CardAuthentication {
    /// The authority that is believed: another one than for signatures.
    pub anchors: AuthenticationAnchors,
    /// The operator's back channel for that authority's list.
    pub operator: Box<dyn CardOperator>,
}

/// The platform operator's back channel.
#[async_trait]
pub trait CardOperator: Send + Sync + std::fmt::Debug {
    /// The revocation list as of now; [`RevocationEvidence::missing`] when it cannot be had, so
    /// that every proof is refused.
    async fn revocation(&self, now: Timestamp) -> RevocationEvidence;
}

/// One trip to the operator's app; used once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CardTrip {
    state_hash: String,
    pub(crate) enrolment_id: EnrolmentId,
    request: IdentityRequest,
    /// The answer, sealed, between its arrival and its use.
    answer: Option<Sealed>,
    /// What only the browser that brought the answer was told, as a keyed hash.
    handle_hash: Option<String>,
    /// The authorization that the person came from.
    par_id: Option<ParId>,
    expires_at: Timestamp,
}

record! { CardTrip => "card_trip" by |t| t.state_hash.clone();
    loose forget_on = |t| Some(crate::sweep::forget_on(t.expires_at));
}

/// Certificate and signature that proved an enrolment, for as long as it can be disputed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CardProof {
    enrolment_id: EnrolmentId,
    /// When the card was read.
    pub proven_at: Timestamp,
    /// What was signed, and the answer; sealed for the holder.
    evidence: Sealed,
}

record! { CardProof => "card_proof" by |p| p.enrolment_id.to_string(); }

/// What the operator's app is told, as base64url JSON in its address.
#[derive(Serialize)]
struct Outbound<'a> {
    nonce: String,
    terms_digest: String,
    return_url: String,
    state: &'a str,
    wallet_name: &'a str,
    terms: &'a str,
}

impl Bank {
    /// Sends a browser to have its identity card read for `account`. The answer, where it goes, is
    /// the same whether or not the account exists.
    pub async fn start_card(
        &self,
        ctx: &Ctx<'_>,
        account: &AccountNumber,
        browser: &str,
        par_id: Option<ParId>,
    ) -> Result<String, BankError> {
        let reading = self.cards.as_ref().ok_or(BankError::NotAvailable)?;
        let account_id = self.account_id(account).to_string();
        let is_real = self.may_come_to_something(ctx, (browser, &account_id), true).await?;
        let customer_no = self.core.find_owner(account).await?.filter(|_| is_real);
        let enrolment = Enrolment::waiting(ctx, (account_id, customer_no), Route::Jpki, browser);
        let state = encode_base32(u128::from_be_bytes(ctx.random()));
        let random: [u8; 32] = ctx.random();
        let return_url = format!("{}/enrol/card", self.config.public_url);
        let here = Url::parse(&return_url).map_err(|_| BankError::NotAvailable)?;
        let trip = CardTrip {
            state_hash: self.vault.blind("card_trip", state.as_bytes()),
            enrolment_id: enrolment.enrolment_id,
            request: IdentityRequest::new(random, TERMS.as_bytes(), &here),
            answer: None,
            handle_hash: None,
            par_id,
            expires_at: later(ctx.now, Route::Jpki.rule().wait_secs),
        };
        // The answer is sealed with a key of its own, which is lost with the trip.
        let key = self.vault.create_person(ctx, enrolment.enrolment_id)?;
        let mut unit = Unit::new();
        unit.insert(&enrolment).insert(&trip).insert(&key).audit(AuditEntry::new(
            ctx.now,
            "visitor",
            "enrolment.started",
            enrolment.enrolment_id,
        ));
        self.book.commit(unit).await?;
        let outbound = Outbound {
            nonce: BASE64_URL_SAFE_NO_PAD.encode(random),
            terms_digest: BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(TERMS)),
            return_url,
            state: &state,
            wallet_name: &self.config.name,
            terms: TERMS,
        };
        let json = serde_json::to_vec(&outbound).map_err(|_| BankError::NotAvailable)?;
        let request = BASE64_URL_SAFE_NO_PAD.encode(json);
        Ok(format!("{}?request={request}", reading.operator_url))
    }

    async fn trip(&self, ctx: &Ctx<'_>, state: &str) -> Result<Stored<CardTrip>, BankError> {
        let hash = self.vault.blind("card_trip", state.as_bytes());
        let trip = load::<CardTrip>(&self.book, hash).await?;
        if ctx.now < trip.expires_at { Ok(trip) } else { Err(BankError::NotAvailable) }
    }

    fn handle_hash(&self, handle: &str) -> String {
        self.vault.blind("card_handle", handle.as_bytes())
    }

    /// Takes what the operator's app posts, from a page of another site and therefore without a
    /// cookie: it is kept, and looked at when the browser that set out comes with the handle that
    /// is returned here. One browser must have both set out and come back (as RFC 9700 section 4.7
    /// asks of any redirect).
    pub async fn receive_card(
        &self,
        ctx: &Ctx<'_>,
        state: &str,
        answer: &SignatureResponse,
    ) -> Result<String, BankError> {
        let mut trip = self.trip(ctx, state).await?;
        if trip.answer.is_some() {
            return Err(BankError::NotAvailable);
        }
        let key = load::<PersonKey>(&self.book, trip.enrolment_id).await?;
        let handle = encode_base32(u128::from_be_bytes(ctx.random()));
        trip.edit().answer = Some(self.vault.seal(ctx, &key, ANSWER, answer)?);
        trip.edit().handle_hash = Some(self.handle_hash(&handle));
        let mut unit = Unit::new();
        unit.update(&trip);
        self.book.commit(unit).await?;
        Ok(handle)
    }

    /// Checks the answer against the bank's record. The trip is over either way, and every refusal
    /// is [`BankError::NotTheSamePerson`].
    pub async fn finish_card(
        &self,
        ctx: &Ctx<'_>,
        browser: &str,
        (state, handle): (&str, &str),
    ) -> Result<(EnrolmentId, Option<ParId>), BankError> {
        let trip = self.trip(ctx, state).await?;
        let id = trip.enrolment_id;
        if trip.handle_hash != Some(self.handle_hash(handle)) {
            return Err(BankError::NotAvailable);
        }
        let mut enrolment = self.enrolment(ctx, id, browser).await?;
        let key = load::<PersonKey>(&self.book, id).await?;
        let sealed = trip.answer.as_ref().ok_or(BankError::NotAvailable)?;
        let answer: SignatureResponse = self.vault.open(&key, ANSWER, sealed)?;
        let mut unit = Unit::new();
        unit.delete(&trip).delete(&key);
        let mut entry = AuditEntry::new(ctx.now, "visitor", "enrolment.card_read", id);
        // Junk says nothing about whose account it is, so it counts for nothing but itself; a good
        // card of somebody else counts for that card and this browser. Neither keeps a neighbour of
        // the same network from linking.
        let account = Key::Account(enrolment.typed_account.clone());
        let (refused, kind, keys) = match self.read_card(ctx, &trip, &answer).await? {
            Ok(person) => {
                // Whose card it was can be found out when it must be: the authority knows.
                entry = entry
                    .with("card", BASE64_URL_SAFE_NO_PAD.encode(person.certificate_fingerprint));
                let card = self.vault.blind("card", &person.certificate_fingerprint);
                let keys = vec![Key::Device(browser.to_owned()), Key::Secret(card)];
                let bound = (&*trip, &answer, &person);
                let taken = match self.require_few(ctx, Kind::CardOfAnother, keys.clone()).await {
                    Ok(()) => self.take_card(ctx, &mut unit, &mut enrolment, bound).await?,
                    Err(_) => Err("too many accounts of others".to_owned()),
                };
                (taken.err(), Kind::CardOfAnother, [keys, vec![account]].concat())
            }
            Err(reason) => (Some(reason), Kind::CardRefused, vec![account]),
        };
        unit.audit(entry.with("refused", refused.as_deref().unwrap_or("no")));
        unit.update(&enrolment);
        self.book.commit(unit).await?;
        if refused.is_none() {
            return Ok((id, trip.par_id));
        }
        self.failed(ctx, Failure::new(kind, keys)).await?;
        Err(BankError::NotTheSamePerson)
    }

    async fn read_card(
        &self,
        ctx: &Ctx<'_>,
        trip: &CardTrip,
        answer: &SignatureResponse,
    ) -> Result<Result<VerifiedPerson, String>, BankError> {
        let reading = self.cards.as_ref().ok_or(BankError::NotAvailable)?;
        // What is junk without any list costs nobody one.
        if let Err(reason) = verify_without_list(answer, &trip.request, &reading.anchors, ctx.now) {
            return Ok(Err(reason.to_string()));
        }
        let revocation = reading.operator.revocation(ctx.now).await;
        let checked = verify(answer, &trip.request, &reading.anchors, &revocation, ctx.now);
        Ok(checked.map_err(|reason| reason.to_string()))
    }

    /// The card is good: is it the holder's of the account that was typed?
    async fn take_card(
        &self,
        ctx: &Ctx<'_>,
        unit: &mut Unit,
        enrolment: &mut Stored<Enrolment>,
        (trip, answer, person): (&CardTrip, &SignatureResponse, &VerifiedPerson),
    ) -> Result<Result<(), String>, BankError> {
        // Without such an account a made-up number is asked for, and its answer thrown away: the
        // core is asked once for every card, and never for an empty name.
        let known_no = enrolment.customer_no.clone();
        let asked = known_no.clone().unwrap_or_else(|| digits(ctx, CODE_DIGITS));
        let found = self.core.find_customer(&asked).await?;
        let Some(core) = found.filter(|_| known_no.is_some()) else {
            return Ok(Err("no such account".to_owned()));
        };
        // The certificate has no kana and no telephone.
        let facts = Facts {
            name: person.name.clone(),
            declared_kana: Masked::default(),
            born_on: person.born_on.clone(),
            address: person.address.clone(),
            phone: Masked::default(),
        };
        if !matching::is_cardholder(&facts, &core) {
            return Ok(Err("another person".to_owned()));
        }
        let known = self.meet_holder(ctx, core).await?;
        let kept = (trip.request, answer);
        unit.insert(&CardProof {
            enrolment_id: enrolment.enrolment_id,
            proven_at: ctx.now,
            evidence: self.vault.seal(ctx, &known.key, EVIDENCE, &kept)?,
        });
        enrolment.edit().holder_id = Some(known.holder.holder_id);
        enrolment.edit().progress = Progress::Proven;
        Ok(Ok(()))
    }
}
