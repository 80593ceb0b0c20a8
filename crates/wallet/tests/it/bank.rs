//! A bank that does what it is told, and loses answers when it is told to.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
};

use async_trait::async_trait;
use kanuki_desk::signal::queue::Heard;
use kanuki_domain::{
    Ctx, Masked, Yen,
    bank_account::BankCode,
    connector::Assurance,
    id::{DebitId, GrantId, MandateId, PayoutId},
};
use kanuki_wallet::{BankGateway, GatewayError, PartnerBank, Party};
use kanuki_wire::{
    ErrorCode, OAuthError, approval,
    ciba::{Acknowledged, BackchannelRequest},
    debit::{CreditRequest, DebitRequest, Outcome, RefusalReason},
    keys::Signer as _,
    mandate::{AccountRef, Granted, Kind, Standing},
    par::{AuthorizationRequest, Details, Pushed, REQUEST_URI_PREFIX},
    set::{PollAnswer, PollRequest},
    token::{REFUND_SCOPE, RefundToken, TokenRequest, TokenResponse},
};

/// What happens to the next question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It never arrives.
    LostBefore,
    /// It is done, and the answer is lost.
    LostAfter,
    /// The bank refuses to listen: the token is no longer good.
    TurnedAway,
    /// The bank wants its customer to sign it.
    MustBeSigned,
}

#[derive(Debug, Default)]
pub(crate) struct TestBank {
    /// What its connector declares, if it is not what was configured.
    pub(crate) declares: Mutex<Option<Assurance>>,
    pub(crate) faults: Mutex<VecDeque<Fault>>,
    /// Answers `/par` as a bank does that has stopped new links.
    pub(crate) takes_no_links: Mutex<bool>,
    pub(crate) told: Mutex<Vec<String>>,
    /// The bank that takes a push or an order and never answers.
    pub(crate) hangs: Mutex<Option<BankCode>>,
    /// Event tokens that wait to be fetched, by name, until they are acknowledged or refused.
    pub(crate) waiting: Mutex<BTreeMap<String, String>>,
    /// Why events were refused.
    pub(crate) refused: Mutex<Vec<String>>,
    /// Above this, the bank wants its customer to sign.
    pub(crate) unsigned_max: Mutex<Option<Yen>>,
    /// How often it was asked for a debit.
    pub(crate) asked: Mutex<u32>,
    pushed: Mutex<Vec<AuthorizationRequest>>,
    debits: Mutex<BTreeMap<DebitId, (Yen, Outcome)>>,
    credits: Mutex<BTreeMap<PayoutId, (Yen, Outcome)>>,
    /// What it says of every mandate.
    pub(crate) standing: Mutex<Option<Standing>>,
    /// Which key each token is bound to.
    bound: Mutex<BTreeMap<String, String>>,
    /// How often it was asked for a token.
    pub(crate) exchanged: Mutex<u32>,
    /// What it was asked to have approved elsewhere.
    pub(crate) elsewhere: Mutex<Vec<BackchannelRequest>>,
    /// What it says to a poll; none once it was approved.
    pub(crate) undecided: Mutex<Option<ErrorCode>>,
    /// Whether it gives the token of an approval once, and knows nothing of it afterwards.
    pub(crate) gives_once: Mutex<bool>,
    /// What it says to the next code or refresh token.
    pub(crate) refuses_codes: Mutex<Option<ErrorCode>>,
    /// What is in the account.
    pub(crate) balance: Mutex<Yen>,
    /// What each credit gives back.
    pub(crate) returned: Mutex<BTreeMap<PayoutId, (DebitId, Yen)>>,
    /// Whether it knows no tokens for refunds.
    pub(crate) takes_nothing_back: Mutex<bool>,
    /// Whether it says nothing to whoever wants a mandate to end.
    pub(crate) ends_nothing: Mutex<bool>,
    /// The grants that it was asked to end.
    pub(crate) ended: Mutex<Vec<GrantId>>,
    /// Whether every mandate is about the same account.
    pub(crate) has_one_account: Mutex<bool>,
}

impl TestBank {
    fn fault(&self) -> Option<Fault> {
        self.faults.lock().unwrap().pop_front()
    }

    async fn answers(&self, bank: BankCode) {
        let hangs = *self.hangs.lock().unwrap() == Some(bank);
        if hangs {
            std::future::pending::<()>().await;
        }
    }

    fn fault_is_clear(&self) -> bool {
        self.faults.lock().unwrap().is_empty()
    }

    /// Everything that was taken from the account.
    pub(crate) fn debited(&self) -> Yen {
        let debits = self.debits.lock().unwrap();
        let booked = debits.values().filter(|(_, o)| matches!(o, Outcome::Booked { .. }));
        booked.fold(Yen::ZERO, |sum, (amount, _)| sum.plus(*amount).unwrap())
    }

    /// Everything that was paid into it.
    pub(crate) fn credited(&self) -> Yen {
        let credits = self.credits.lock().unwrap();
        credits.values().fold(Yen::ZERO, |sum, (amount, _)| sum.plus(*amount).unwrap())
    }

    pub(crate) fn last_state(&self) -> String {
        self.pushed.lock().unwrap().last().unwrap().state.clone().unwrap()
    }

    /// A token works with the key it was made for and with no other.
    fn require_bound(&self, party: Party<'_>, token: &str) -> Result<(), GatewayError> {
        let jkt = party.keys.dpop.public_jwk().thumbprint();
        if self.bound.lock().unwrap().get(token) == Some(&jkt) {
            return Ok(());
        }
        let why = OAuthError::new(ErrorCode::InvalidToken, "the token is bound to another key");
        Err(GatewayError::Refused(why))
    }

    fn book(&self, ctx: &Ctx<'_>, request: &DebitRequest) -> Outcome {
        let mut balance = self.balance.lock().unwrap();
        let mut debits = self.debits.lock().unwrap();
        let (_, outcome) = debits.entry(request.debit_id).or_insert_with(|| {
            let outcome = match balance.minus(request.amount) {
                Ok(rest) => {
                    *balance = rest;
                    Outcome::Booked { booked_at: ctx.now }
                }
                Err(_) => Outcome::Refused { reason: RefusalReason::NotEnoughMoney },
            };
            (request.amount, outcome)
        });
        *outcome
    }
}

/// The token for one debit.
const ONCE: &str = "once";

fn must_be_signed() -> GatewayError {
    let code = ErrorCode::InsufficientUserAuthentication;
    GatewayError::Refused(OAuthError::new(code, "the holder must sign this debit"))
}

#[async_trait]
impl BankGateway for TestBank {
    fn assurance(&self, bank: &PartnerBank) -> Assurance {
        self.declares.lock().unwrap().unwrap_or(bank.assurance)
    }

    async fn push(
        &self,
        _: &Ctx<'_>,
        _: Party<'_>,
        request: &AuthorizationRequest,
    ) -> Result<Pushed, GatewayError> {
        if *self.takes_no_links.lock().unwrap() {
            return Err(GatewayError::Unknown);
        }
        self.pushed.lock().unwrap().push(request.clone());
        Ok(Pushed { request_uri: format!("{REQUEST_URI_PREFIX}x"), expires_in: 300 })
    }

    async fn exchange(
        &self,
        _: &Ctx<'_>,
        party: Party<'_>,
        request: &TokenRequest,
    ) -> Result<TokenResponse, GatewayError> {
        if let Some(code) = self.refuses_codes.lock().unwrap().take() {
            return Err(GatewayError::Refused(OAuthError::new(code, "the grant is not valid")));
        }
        let asked = self.pushed.lock().unwrap().last().unwrap().dpop_jkt.clone();
        let jkt = party.keys.dpop.public_jwk().thumbprint();
        let is_code = matches!(request, TokenRequest::AuthorizationCode { .. });
        if is_code && asked.as_ref() != Some(&jkt) {
            let why = OAuthError::new(ErrorCode::InvalidGrant, "the code is bound to another key");
            return Err(GatewayError::Refused(why));
        }
        let access = {
            let mut exchanged = self.exchanged.lock().unwrap();
            *exchanged += 1;
            format!("access-{exchanged}")
        };
        self.bound.lock().unwrap().insert(access.clone(), jkt);
        let (count, mandate) = {
            let pushed = self.pushed.lock().unwrap();
            let mandates: Vec<_> =
                pushed.iter().filter_map(|p| Some((p.replaces, p.details.mandate()?))).collect();
            let (replaces, mandate) = mandates.last().copied().unwrap();
            // What is replaced keeps its name.
            let known = (1..=mandates.len())
                .find(|n| replaces.is_some_and(|id| id == GrantId::derive(&[&n.to_string()])));
            (known.unwrap_or(mandates.len()).to_string(), mandate.clone())
        };
        let grant_id = Some(GrantId::derive(&[&count]));
        let granted = Granted {
            kind: Kind::V1,
            mandate_id: MandateId::derive(&[&count]),
            grant_id,
            actions: mandate.actions,
            wallet: mandate.wallet,
            terms: mandate.terms,
            account: AccountRef {
                handle: if *self.has_one_account.lock().unwrap() {
                    "h".to_owned()
                } else {
                    format!("h{count}")
                },
                mask: "***4567".into(),
            },
            standing: *self.standing.lock().unwrap(),
        };
        let refresh_token = match request {
            TokenRequest::AuthorizationCode { .. } => Some(Masked::new("refresh".to_owned())),
            TokenRequest::RefreshToken { .. }
            | TokenRequest::Decoupled { .. }
            | TokenRequest::Refunds => None,
        };
        Ok(TokenResponse {
            access_token: Masked::new(access),
            token_type: "DPoP".into(),
            expires_in: 300,
            refresh_token,
            authorization_details: vec![granted],
            grant_id,
            acr: None,
            auth_time: None,
        })
    }

    async fn exchange_once(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        request: &TokenRequest,
    ) -> Result<TokenResponse<approval::Granted>, GatewayError> {
        let jkt = party.keys.dpop.public_jwk().thumbprint();
        let asked = if let TokenRequest::Decoupled { .. } = request {
            if let Some(code) = *self.undecided.lock().unwrap() {
                return Err(GatewayError::Refused(OAuthError::new(code, "not yet")));
            }
            if *self.gives_once.lock().unwrap() {
                *self.undecided.lock().unwrap() = Some(ErrorCode::InvalidGrant);
            }
            let details = self.elsewhere.lock().unwrap().last().unwrap().details.clone();
            approval::Request::parse(&details).unwrap()
        } else {
            let last = self.pushed.lock().unwrap().last().unwrap().clone();
            let Details::Debit(asked) = last.details else { panic!("a mandate") };
            assert_eq!(last.dpop_jkt.as_ref(), Some(&jkt), "the code is bound to another key");
            asked
        };
        let access = format!("{ONCE}-{}", asked.nonce);
        self.bound.lock().unwrap().insert(access.clone(), jkt);
        let granted = approval::Granted {
            kind: approval::Kind::V1,
            mandate_id: asked.mandate_id,
            debit_id: asked.debit_id,
            amount: asked.amount,
            account: AccountRef { handle: "h1".into(), mask: "***4567".into() },
            signed_at: ctx.now,
        };
        Ok(TokenResponse {
            access_token: Masked::new(access),
            token_type: "DPoP".into(),
            expires_in: 300,
            refresh_token: None,
            authorization_details: vec![granted],
            grant_id: None,
            acr: None,
            auth_time: None,
        })
    }

    async fn refund_token(
        &self,
        _: &Ctx<'_>,
        party: Party<'_>,
    ) -> Result<RefundToken, GatewayError> {
        if *self.takes_nothing_back.lock().unwrap() {
            let why = OAuthError::new(ErrorCode::UnsupportedGrantType, "no");
            return Err(GatewayError::Refused(why));
        }
        let jkt = party.keys.dpop.public_jwk().thumbprint();
        let access_token = Masked::new("refunds".to_owned());
        self.bound.lock().unwrap().insert("refunds".to_owned(), jkt);
        let (token_type, scope) = ("DPoP".to_owned(), REFUND_SCOPE.to_owned());
        Ok(RefundToken { access_token, token_type, expires_in: 300, scope })
    }

    async fn ask_decoupled(
        &self,
        _: &Ctx<'_>,
        _: Party<'_>,
        request: &BackchannelRequest,
    ) -> Result<Acknowledged, GatewayError> {
        self.elsewhere.lock().unwrap().push(request.clone());
        Ok(Acknowledged { auth_req_id: "a".to_owned(), expires_in: 300, interval: 5 })
    }

    async fn debit(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        token: &str,
        request: &DebitRequest,
    ) -> Result<Outcome, GatewayError> {
        self.answers(party.bank.code).await;
        *self.asked.lock().unwrap() += 1;
        self.require_bound(party, token)?;
        let is_known = self.debits.lock().unwrap().contains_key(&request.debit_id);
        let most = self.unsigned_max.lock().unwrap().unwrap_or(Yen::MAX);
        if !token.starts_with(ONCE) && !is_known && request.amount > most && self.fault_is_clear() {
            return Err(must_be_signed());
        }
        match self.fault() {
            Some(Fault::MustBeSigned) => Err(must_be_signed()),
            Some(Fault::LostBefore) => Err(GatewayError::Unknown),
            Some(Fault::LostAfter) => {
                self.book(ctx, request);
                Err(GatewayError::Unknown)
            }
            Some(Fault::TurnedAway) => Err(GatewayError::Refused(OAuthError::new(
                ErrorCode::InvalidToken,
                "the token is not valid",
            ))),
            None => Ok(self.book(ctx, request)),
        }
    }

    async fn find_debit(
        &self,
        _: &Ctx<'_>,
        party: Party<'_>,
        token: &str,
        debit_id: DebitId,
    ) -> Result<Option<Outcome>, GatewayError> {
        self.answers(party.bank.code).await;
        self.require_bound(party, token)?;
        if self.fault().is_some() {
            return Err(GatewayError::Unknown);
        }
        Ok(self.debits.lock().unwrap().get(&debit_id).map(|(_, outcome)| *outcome))
    }

    async fn credit(
        &self,
        ctx: &Ctx<'_>,
        party: Party<'_>,
        token: &str,
        request: &CreditRequest,
    ) -> Result<Outcome, GatewayError> {
        self.require_bound(party, token)?;
        let fault = self.fault();
        if fault == Some(Fault::LostBefore) {
            return Err(GatewayError::Unknown);
        }
        if fault == Some(Fault::TurnedAway) {
            let why = OAuthError::new(ErrorCode::InvalidToken, "the token is not valid");
            return Err(GatewayError::Refused(why));
        }
        if (token == "refunds") != request.refund_of.is_some() {
            let why = OAuthError::new(ErrorCode::InsufficientScope, "another token");
            return Err(GatewayError::Refused(why));
        }
        if let Some(debit_id) = request.refund_of {
            let mut returned = self.returned.lock().unwrap();
            returned.insert(request.payout_id, (debit_id, request.amount));
        }
        let outcome = Outcome::Booked { booked_at: ctx.now };
        self.credits.lock().unwrap().entry(request.payout_id).or_insert((request.amount, outcome));
        if fault.is_some() { Err(GatewayError::Unknown) } else { Ok(outcome) }
    }

    async fn end_grant(
        &self,
        _: &Ctx<'_>,
        _: Party<'_>,
        _: &str,
        grant_id: GrantId,
    ) -> Result<(), GatewayError> {
        if *self.ends_nothing.lock().unwrap() {
            return Err(GatewayError::Unknown);
        }
        self.ended.lock().unwrap().push(grant_id);
        Ok(())
    }

    async fn fetch_events(
        &self,
        _: &Ctx<'_>,
        _: Party<'_>,
        asked: &PollRequest,
    ) -> Result<PollAnswer, GatewayError> {
        let mut waiting = self.waiting.lock().unwrap();
        waiting.retain(|jti, _| !asked.ack.contains(jti) && !asked.set_errs.contains_key(jti));
        let codes = asked.set_errs.values().map(|refusal| refusal.err.clone());
        self.refused.lock().unwrap().extend(codes);
        Ok(PollAnswer { sets: waiting.clone(), more_available: false })
    }

    async fn tell(&self, _: &Ctx<'_>, bank: &PartnerBank, token: &str) -> Heard {
        self.answers(bank.code).await;
        self.told.lock().unwrap().push(token.to_owned());
        Heard::Taken
    }
}
