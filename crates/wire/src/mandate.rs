//! The one rich authorization type (RFC 9396): a mandate, as it is asked for and as it is granted.

use jiff::Timestamp;
use kanuki_domain::{
    Masked,
    id::{GrantId, MandateId},
    mandate::{Terms, TermsError},
};
use serde::{Deserialize, Serialize};

use crate::{
    error::{ErrorCode, OAuthError},
    json::{self, JsonError, Unread},
};

/// The value of `type`, for `authorization_details_types_supported`.
pub const TYPE: &str = "urn:kanuki:mandate:1";

/// [`TYPE`] as a type: any other text does not parse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Version 1.
    #[default]
    #[serde(rename = "urn:kanuki:mandate:1")]
    V1,
}

/// What a wallet may do to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Pull money for top-ups.
    Debit,
    /// Pay out to the account.
    Credit,
}

/// The wallet's customer, by a name that means nothing anywhere else.
///
/// The wallet's own name is not here: the bank shows the one in its register of clients, so that a
/// request cannot dress up as another company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WalletRef {
    /// Opaque, made for this bank: 1 to 64 of `A-Z a-z 0-9 - _`.
    pub account_ref: String,
}

/// What a wallet asks for. An unknown type or field is refused (RFC 9396 section 5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Always [`TYPE`].
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What it may do; at least one thing, each once.
    pub actions: Vec<Action>,
    /// For whom.
    pub wallet: WalletRef,
    /// How much, how often, until when.
    pub terms: Terms,
    /// Who the customer is, and how the wallet knows.
    pub holder_binding: HolderBinding,
}

/// Who the wallet's customer is: facts for the bank to compare with its own, and how the wallet came
/// to know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolderBinding {
    /// How the wallet came to know them.
    pub method: BindingMethod,
    /// The facts: a [`crate::holder_facts`] token.
    pub assertion: Masked<String>,
}

/// How a wallet came to know who its customer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BindingMethod {
    /// The signing certificate of their My Number card (JPKI).
    Jpki,
    /// They said so. A bank that compares facts refuses it.
    SelfDeclared,
}

/// The account that the holder chose, as far as a wallet may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountRef {
    /// Opaque, made for this wallet.
    pub handle: String,
    /// For the customer's eyes: `***4567`.
    pub mask: String,
}

/// Whether a live mandate can be used, as the bank sees it now.
///
/// A wallet that does not know it would show a link as ready whose debits are all refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
pub enum Standing {
    /// It rests on a code: debits are ¥0 until the holder confirms it through a second channel, and
    /// it ends by itself if they never do.
    Unconfirmed {
        /// When it ends by itself.
        lapses_at: Timestamp,
    },
    /// It can be used.
    Active {
        /// Until when the low cap of a new link holds; none once it has cooled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cooling_until: Option<Timestamp>,
    },
    /// Stopped for the time being.
    Suspended,
}

/// What the bank granted. The facts are gone: tokens and their answers carry no personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Granted {
    /// Always [`TYPE`].
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The mandate's name at the bank.
    pub mandate_id: MandateId,
    /// The grant that its tokens hang on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
    /// What the wallet may do.
    pub actions: Vec<Action>,
    /// For whom, as it was asked.
    pub wallet: WalletRef,
    /// The terms that the holder signed.
    pub terms: Terms,
    /// Which account.
    pub account: AccountRef,
    /// Whether it can be used now; a peer may leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
}

/// Why authorization details were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DetailsError {
    /// Not JSON of the one known type and its fields.
    #[error("authorization_details must be of type urn:kanuki:mandate:1 and its fields")]
    Json(#[source] JsonError),
    /// None, or several: one consent is for one mandate.
    #[error("exactly one mandate must be asked for")]
    Count,
    /// No action, or one twice.
    #[error("actions must be debit, credit or both, each once")]
    Actions,
    /// Not an opaque name.
    #[error("account_ref must be 1 to 64 letters, digits, - or _")]
    AccountRef,
    /// Terms that no mandate can have.
    #[error("the terms are not possible")]
    Terms(#[source] TermsError),
    /// The grant is not what was asked for, or more.
    #[error("the grant goes beyond the request")]
    Widened,
}

impl From<DetailsError> for OAuthError {
    fn from(error: DetailsError) -> Self {
        Self::new(ErrorCode::InvalidAuthorizationDetails, error.to_string())
    }
}

impl Request {
    /// Reads `authorization_details`: a JSON array of exactly one request that makes sense.
    ///
    /// Whether the bank wants such a mandate is the bank's to decide afterwards.
    pub fn parse(details: &str) -> Result<Self, DetailsError> {
        Self::of(json::check(details.as_bytes()).map_err(DetailsError::Json)?)
    }

    /// The same, once it is known to be JSON with one meaning.
    pub(crate) fn of(details: Unread<'_>) -> Result<Self, DetailsError> {
        let all: Vec<Self> = details.read().map_err(DetailsError::Json)?;
        let [request] = <[Self; 1]>::try_from(all).map_err(|_| DetailsError::Count)?;
        request.validate()?;
        Ok(request)
    }

    /// Checks what holds for every request.
    pub fn validate(&self) -> Result<(), DetailsError> {
        let mut actions = self.actions.clone();
        actions.sort_unstable();
        actions.dedup();
        if actions.is_empty() || actions.len() != self.actions.len() {
            return Err(DetailsError::Actions);
        }
        let name = &self.wallet.account_ref;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if !(1..=64).contains(&name.len()) || !name.bytes().all(plain) {
            return Err(DetailsError::AccountRef);
        }
        self.terms.validate().map_err(DetailsError::Terms)
    }

    /// `authorization_details` as a form parameter.
    pub fn to_details(&self) -> Result<String, DetailsError> {
        serde_json::to_string(&[self]).map_err(|_| DetailsError::Json(JsonError::Shape))
    }
}

impl Granted {
    /// The wallet's check that it was given what it asked for, or less: never another customer's
    /// mandate, and never more than the customer agreed to in the wallet.
    pub fn check_against(&self, request: &Request) -> Result<(), DetailsError> {
        let within = self.actions.iter().all(|a| request.actions.contains(a))
            && !self.actions.is_empty()
            && self.wallet == request.wallet
            && self.terms.is_within(&request.terms);
        if within { Ok(()) } else { Err(DetailsError::Widened) }
    }
}

#[cfg(test)]
mod tests {
    use kanuki_domain::{Yen, mandate::Interaction};
    use serde_json::{Value, json};

    use super::*;

    fn good() -> Value {
        json!({
            "type": TYPE,
            "actions": ["debit", "credit"],
            "wallet": {"account_ref": "r-1"},
            "terms": {
                "max_individual": "10000",
                "periodic": [
                    {"period": "day", "alignment": "rolling", "amount": "30000"},
                    {"period": "month", "alignment": "calendar", "tz": "Asia/Tokyo",
                        "amount": "100000", "max_debits": 20},
                ],
                "interaction": ["in_session"],
                "valid_from": "2026-12-01T00:00:00Z", "valid_to": "2027-12-01T00:00:00Z",
            },
            "holder_binding": {"method": "jpki", "assertion": "a.b.c"},
        })
    }

    fn parse(details: &Value) -> Result<Request, DetailsError> {
        Request::parse(&details.to_string())
    }

    #[test]
    fn a_request_reads_back_as_it_was_written() {
        let request = parse(&json!([good()])).unwrap();

        assert_eq!(Request::parse(&request.to_details().unwrap()), Ok(request.clone()));
        assert_eq!(request.terms.periodic[0].amount, Yen::of(30_000));
        assert!(!format!("{request:?}").contains("a.b.c"));
    }

    #[test]
    fn anything_unknown_in_a_request_is_refused() {
        let shape = DetailsError::Json(JsonError::Shape);
        for (at, value, why) in [
            ("/type", json!("urn:kanuki:mandate:2"), shape),
            ("/type", json!("payment_initiation"), shape),
            ("/actions", json!(["debit", "close"]), shape),
            ("/actions", json!([]), DetailsError::Actions),
            ("/actions", json!(["debit", "debit"]), DetailsError::Actions),
            ("/wallet", json!({"account_ref": "r", "display_name": "Bank"}), shape),
            ("/wallet/account_ref", json!(""), DetailsError::AccountRef),
            ("/wallet/account_ref", json!("0001-1234567 "), DetailsError::AccountRef),
            ("/wallet/account_ref", json!("r".repeat(65)), DetailsError::AccountRef),
            ("/terms/max_individual", json!(10_000), shape),
            ("/terms/max_individual", json!("-1"), shape),
            ("/terms/max_individual", json!("1e4"), shape),
            ("/terms/max_individual", json!("30001"), DetailsError::Terms(TermsError::Amounts)),
            (
                "/terms/valid_to",
                json!("2028-12-01T00:00:00Z"),
                DetailsError::Terms(TermsError::Validity),
            ),
            ("/terms/max_individual", json!("0"), DetailsError::Terms(TermsError::Amounts)),
            ("/terms/periodic", json!([]), DetailsError::Terms(TermsError::Count)),
            ("/terms/periodic/1/tz", json!("Mars/Olympus"), shape),
            ("/terms/interaction", json!([]), DetailsError::Terms(TermsError::Interaction)),
            ("/terms/interaction/0", json!("asleep"), shape),
            ("/holder_binding", Value::Null, shape),
            ("/holder_binding/method", json!("pin"), shape),
            ("/holder_binding/assertion", Value::Null, shape),
        ] {
            let mut details = good();
            *details.pointer_mut(at).unwrap() = value.clone();
            assert_eq!(parse(&json!([details])), Err(why), "{at}: {value}");
        }
        for unknown in ["locations", "account", "mandate_id", "consented", "holder_facts"] {
            let mut details = good();
            details[unknown] = json!("x");
            assert_eq!(parse(&json!([details])), Err(shape), "{unknown}");
        }
        for inside in ["/wallet", "/terms", "/terms/periodic/0", "/holder_binding"] {
            let mut details = good();
            details.pointer_mut(inside).unwrap()["unknown"] = json!("x");
            assert_eq!(parse(&json!([details])), Err(shape), "{inside}");
        }
    }

    #[test]
    fn one_consent_is_for_one_mandate() {
        assert_eq!(parse(&json!([])), Err(DetailsError::Count));
        assert_eq!(parse(&json!([good(), good()])), Err(DetailsError::Count));
        assert_eq!(parse(&good()), Err(DetailsError::Json(JsonError::Shape)));
        let twice = good().to_string().replacen('{', r#"{"actions":["debit"],"#, 1);
        assert_eq!(
            Request::parse(&format!("[{twice}]")),
            Err(DetailsError::Json(JsonError::Malformed))
        );
    }

    #[test]
    fn a_grant_may_narrow_but_not_widen() {
        let request = parse(&json!([good()])).unwrap();
        let same = Granted {
            kind: Kind::V1,
            mandate_id: MandateId::derive(&["m"]),
            grant_id: None,
            actions: vec![Action::Debit],
            wallet: request.wallet.clone(),
            terms: request.terms.narrowed(Yen::of(20_000), Yen::of(50_000)),
            account: AccountRef { handle: "h".into(), mask: "***4567".into() },
            standing: None,
        };
        assert_eq!(same.check_against(&request), Ok(()));

        let wide = |change: &dyn Fn(&mut Granted)| {
            let mut granted = same.clone();
            change(&mut granted);
            granted.check_against(&request)
        };
        let refused = Err(DetailsError::Widened);
        assert_eq!(wide(&|g| g.terms.max_individual = Yen::of(10_001)), refused);
        assert_eq!(wide(&|g| g.terms.periodic[0].amount = Yen::of(30_001)), refused);
        assert_eq!(wide(&|g| g.terms.periodic[1].max_debits = None), refused);
        assert_eq!(wide(&|g| g.terms.periodic.truncate(1)), refused);
        assert_eq!(wide(&|g| g.terms.interaction.push(Interaction::OffSession)), refused);
        assert_eq!(wide(&|g| g.terms.valid_to = Timestamp::MAX), refused);
        assert_eq!(wide(&|g| g.wallet.account_ref = "other".into()), refused);
        assert_eq!(wide(&|g| g.actions.clear()), refused);
    }
}
