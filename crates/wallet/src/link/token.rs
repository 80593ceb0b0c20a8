//! Asking the bank under a link: fresh tokens, and what an answer means.

use jiff::Timestamp;
use kanuki_domain::{Ctx, Masked, id::DebitId, mandate::later};
use kanuki_record::{RecordError, Unit, vault::PersonKey};
use kanuki_wire::{
    ErrorCode,
    debit::{CreditRequest, DebitRequest, Outcome},
    token::TokenRequest,
};
use serde::{Deserialize, Serialize};

use super::Link;
use crate::{GatewayError, PartnerBank, Party, Refusal, Wallet, WalletError, bank::BankKeys};

pub(super) const TOKENS: &str = "link|tokens";
/// A token with less than this left is exchanged first.
const MARGIN_SECS: i64 = 30;

/// The tokens of one link.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Tokens {
    pub(super) access: Masked<String>,
    pub(super) refresh: Option<Masked<String>>,
    pub(super) expires_at: Timestamp,
    /// The `DPoP` key that the access token is bound to; the first tokens did not say.
    #[serde(default)]
    pub(super) key: Option<String>,
}

/// What the bank made of a debit or credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BankSays {
    /// Done, and final.
    Booked,
    /// Not done, and never will be under this id.
    Refused(Refusal),
    /// Nothing, and it will not before its customer signed exactly this there (RFC 9470).
    MustBeSigned,
    /// It would not listen: our token is no good. It says nothing about what it did before.
    TurnedAway,
    /// Under way, or no answer.
    Unknown,
}

/// One question to the bank.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Question<'a> {
    /// Pull money.
    Debit(&'a DebitRequest),
    /// Pay money out.
    Credit(CreditRequest),
}

/// What a bank's answer means; none if it is our token that it does not like.
pub(crate) fn meaning(answer: Result<Outcome, GatewayError>) -> Option<BankSays> {
    match answer {
        Ok(Outcome::Booked { .. }) => Some(BankSays::Booked),
        Ok(Outcome::Refused { reason }) => Some(BankSays::Refused(reason.into())),
        Ok(Outcome::Pending) | Err(GatewayError::Unknown) => Some(BankSays::Unknown),
        Err(GatewayError::Refused(refusal))
            if refusal.code == ErrorCode::InsufficientUserAuthentication =>
        {
            Some(BankSays::MustBeSigned)
        }
        Err(GatewayError::Refused(_)) => None,
    }
}

impl Wallet {
    /// Asks the bank of `link`, with a fresh token where the old one has run out.
    pub(crate) async fn ask_bank(
        &self,
        ctx: &Ctx<'_>,
        link: &Link,
        question: Question<'_>,
    ) -> Result<BankSays, WalletError> {
        let partner = self.partner(link.bank).await?;
        for renew in [false, true] {
            let (token, keys) = match self.access_token(ctx, link, renew).await {
                Ok(usable) => usable,
                // A link that has ended gives no new token either.
                Err(WalletError::Bank(_)) => break,
                Err(WalletError::BankSilent) => return Ok(BankSays::Unknown),
                Err(error) => return Err(error),
            };
            let (token, party) = (token.expose(), Party { bank: &partner, keys: &keys });
            let answer = match question {
                Question::Debit(request) => self.banks.debit(ctx, party, token, request).await,
                Question::Credit(request) => self.banks.credit(ctx, party, token, &request).await,
            };
            // A token that was ended before its time: once more with a new one.
            if let Some(says) = meaning(answer) {
                return Ok(says);
            }
        }
        Ok(match question {
            Question::Debit(request) => {
                self.what_became_of(ctx, &partner, request.debit_id).await?
            }
            Question::Credit(_) => None,
        }
        .unwrap_or(BankSays::TurnedAway))
    }

    /// What became of a debit, asked in our own name: the link may have ended while it was under way, and
    /// its tokens with it. None where the bank knows of none, or does not say.
    async fn what_became_of(
        &self,
        ctx: &Ctx<'_>,
        bank: &PartnerBank,
        debit_id: DebitId,
    ) -> Result<Option<BankSays>, WalletError> {
        let keys = self.bank_keys(ctx, bank.code).await?;
        let party = Party { bank, keys: &keys };
        let Ok(token) = self.banks.refund_token(ctx, party).await else { return Ok(None) };
        let token = token.access_token.expose();
        let found = self.banks.find_debit(ctx, party, token, debit_id).await;
        Ok(found.ok().flatten().and_then(|outcome| meaning(Ok(outcome))))
    }

    /// Asks for one debit with the token that its customer signed for it.
    pub(crate) async fn ask_once(
        &self,
        ctx: &Ctx<'_>,
        link: &Link,
        (token, keys): (&str, &BankKeys),
        request: &DebitRequest,
    ) -> Result<BankSays, WalletError> {
        let partner = self.partner(link.bank).await?;
        let party = Party { bank: &partner, keys };
        let answer = self.banks.debit(ctx, party, token, request).await;
        Ok(meaning(answer).unwrap_or(BankSays::TurnedAway))
    }

    /// A token that is good now, with the keys it is bound to.
    ///
    /// A fresh one is bound to the newest `DPoP` key. Stopped between the bank's answer and our
    /// note, the old token and its key are still there, and the refresh token is good for another.
    async fn access_token(
        &self,
        ctx: &Ctx<'_>,
        link: &Link,
        renew: bool,
    ) -> Result<(Masked<String>, BankKeys), WalletError> {
        let key = self.load::<PersonKey>(link.customer_id).await?;
        let mut stored = self.load::<Link>(link.link_id).await?;
        let mut tokens: Tokens = self.vault.open(&key, TOKENS, &stored.tokens)?;
        if !renew && later(ctx.now, MARGIN_SECS) < tokens.expires_at {
            let name = tokens.key.as_deref();
            if let Some(keys) = self.bank_keys_named(ctx, link.bank, name).await? {
                return Ok((tokens.access, keys));
            }
        }
        let keys = self.bank_keys(ctx, link.bank).await?;
        let partner = self.partner(link.bank).await?;
        let party = Party { bank: &partner, keys: &keys };
        let refresh_token = tokens.refresh.clone().ok_or(WalletError::BankSilent)?;
        let request = TokenRequest::RefreshToken { refresh_token };
        let response = self.banks.exchange(ctx, party, &request).await?;
        tokens.access = response.access_token;
        tokens.expires_at = later(ctx.now, i64::from(response.expires_in));
        tokens.refresh = response.refresh_token.or(tokens.refresh);
        tokens.key = Some(keys.dpop_name());
        // Each answer says how the mandate stands; a silent one changes nothing.
        let details = response.authorization_details.iter();
        let mut ours = details.filter(|granted| granted.mandate_id == link.mandate_id);
        if let Some(granted) = ours.next() {
            stored.edit().standing = granted.standing.or(stored.standing);
            // As its holder changed them at the bank, which has the last word on them.
            stored.edit().terms = granted.terms.clone();
        }
        stored.edit().tokens = self.vault.seal(ctx, &key, TOKENS, &tokens)?;
        let mut unit = Unit::new();
        unit.update(&stored);
        match self.book.commit(unit).await {
            // Another request renewed it too; both tokens are good.
            Ok(()) | Err(RecordError::Conflict { .. }) => Ok((tokens.access, keys)),
            Err(error) => Err(error.into()),
        }
    }

    /// Asks the bank once to end the grant; true if it says that it has ended.
    pub(super) async fn ask_end(&self, ctx: &Ctx<'_>, link: &Link) -> Result<bool, WalletError> {
        let Some(grant_id) = link.grant_id else { return Ok(true) };
        let partner = self.partner(link.bank).await?;
        let (token, keys) = match self.access_token(ctx, link, false).await {
            Ok(usable) => usable,
            Err(WalletError::Bank(_) | WalletError::BankSilent) => return Ok(false),
            Err(error) => return Err(error),
        };
        let party = Party { bank: &partner, keys: &keys };
        let ended = self.banks.end_grant(ctx, party, token.expose(), grant_id).await;
        if let Err(reason) = &ended {
            tracing::info!(link = %link.link_id, %reason, "grant not ended yet");
        }
        Ok(ended.is_ok())
    }
}
