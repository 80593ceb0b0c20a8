//! How sure a wallet is of its customer, and how sure it wants the bank to be of the holder.

use jiff::Timestamp;
use kanuki_domain::assurance::{Acr, SignIn};
use serde::{Deserialize, Serialize};

use crate::{
    clock,
    error::{ErrorCode, OAuthError},
    form::Form,
    json,
};

/// What a wallet knows of the device and the sign-in behind a request. The bank can check none of it:
/// it is material for the bank's own judgement, and a wallet answers for it by contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthnEvidence {
    /// The customer's device by a keyed name that the wallet made for this bank: 16 to 64 of
    /// `A-Z a-z 0-9 - _`. The same device has the same name here, and another one at every other
    /// bank.
    pub device: String,
    /// How the customer signed in at the wallet.
    pub signed_in_by: SignIn,
    /// When they did.
    pub signed_in_at: Timestamp,
    /// When they signed this very request with a passkey, if they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
    /// The network that they ask from, by a keyed name of the same form; none where the wallet asks by
    /// itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

impl AuthnEvidence {
    /// Checks what holds for every piece of evidence: names of the right form, and nothing that
    /// has not happened yet.
    #[must_use]
    pub fn is_plausible(&self, now: Timestamp) -> bool {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let instants = [Some(self.signed_in_at), self.signed_at];
        let is_name = |name: &str| (16..=64).contains(&name.len()) && name.bytes().all(plain);
        is_name(&self.device)
            && self.place.as_deref().is_none_or(is_name)
            && instants.into_iter().flatten().all(|at| !clock::is_ahead(at.as_second(), now))
    }
}

/// The most classes that one request may list.
const WISHES_MAX: usize = 8;

/// What a client wants of the holder's authentication (RFC 9470 section 4). It may be left out, and
/// it proves nothing: what counts is looked at where the money is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthnWish {
    /// Any of these will do; names of somebody else's are kept, because only they may have been
    /// wanted.
    pub acr_values: Vec<String>,
    /// How many seconds ago the holder may have proven themself at most.
    pub max_age: Option<u32>,
    /// The device and sign-in behind the request.
    pub evidence: Option<AuthnEvidence>,
}

impl AuthnWish {
    /// What money outside of a mandate needs.
    #[must_use]
    pub fn sign_this(evidence: Option<AuthnEvidence>) -> Self {
        let acr_values = Acr::SIGNED.map(|acr| acr.as_str().to_owned()).into();
        Self { acr_values, max_age: Some(0), evidence }
    }

    /// Reads `acr_values`, `max_age` and `authn_evidence` of a pushed request.
    pub fn parse(form: &Form) -> Result<Self, OAuthError> {
        let acr_values: Vec<String> = form
            .get("acr_values")
            .map(|all| all.split(' ').filter(|one| !one.is_empty()).map(str::to_owned).collect())
            .unwrap_or_default();
        if acr_values.len() > WISHES_MAX {
            return Err(OAuthError::invalid_request("acr_values lists too many"));
        }
        let max_age = form.get("max_age").map(str::parse).transpose();
        let max_age =
            max_age.map_err(|_| OAuthError::invalid_request("max_age must be seconds"))?;
        let evidence = form.get("authn_evidence").map(|text| json::read(text.as_bytes()));
        let evidence = evidence
            .transpose()
            .map_err(|_| OAuthError::invalid_request("authn_evidence has other members"))?;
        Ok(Self { acr_values, max_age, evidence })
    }

    /// Adds it to a request to push.
    pub fn add_to(&self, mut form: Form) -> Result<Form, OAuthError> {
        if !self.acr_values.is_empty() {
            form = form.with("acr_values", self.acr_values.join(" "));
        }
        if let Some(max_age) = self.max_age {
            form = form.with("max_age", max_age.to_string());
        }
        if let Some(evidence) = &self.evidence {
            let text = serde_json::to_string(evidence)
                .map_err(|_| OAuthError::invalid_request("authn_evidence cannot be written"))?;
            form = form.with("authn_evidence", text);
        }
        Ok(form)
    }

    /// Those of the wanted classes that a ceremony can be of: something known is never enough.
    fn wanted(&self) -> impl Iterator<Item = Acr> {
        let wanted = self.acr_values.iter().filter_map(|name| Acr::parse(name));
        wanted.filter(|acr| *acr > Acr::Pin)
    }

    /// The weakest class that will do; none where any will. What is never enough makes no other class
    /// weaker that is wanted beside it.
    #[must_use]
    pub fn least(&self) -> Option<Acr> {
        self.wanted().min()
    }

    /// Whether a ceremony of one of the classes that are `reached`, done anew for this request, gives what
    /// is wanted; refused in the words of RFC 9470 section 5 otherwise. Any `max_age` is met by what is
    /// new. Something known is never enough, so a wish for it alone is met by nothing.
    pub fn check(&self, reached: impl Fn(Acr) -> bool) -> Result<(), OAuthError> {
        let is_met =
            |wanted: Acr| Acr::LADDER.into_iter().any(|acr| reached(acr) && acr.satisfies(wanted));
        if self.acr_values.is_empty() || self.wanted().any(is_met) {
            return Ok(());
        }
        let why = "none of the acr_values can be reached here";
        Err(OAuthError::new(ErrorCode::UnmetAuthenticationRequirements, why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence() -> AuthnEvidence {
        AuthnEvidence {
            device: "a-device-of-this-bank".into(),
            signed_in_by: SignIn::Passkey,
            signed_in_at: Timestamp::UNIX_EPOCH,
            signed_at: None,
            place: None,
        }
    }

    #[test]
    fn a_class_has_one_name() {
        for acr in Acr::LADDER {
            assert_eq!(serde_json::to_value(acr).unwrap(), acr.as_str());
        }
    }

    #[test]
    fn a_wish_reads_back_as_it_was_written() {
        for wish in [AuthnWish::default(), AuthnWish::sign_this(Some(evidence()))] {
            let body = wish.add_to(Form::default()).unwrap().encode();
            let form = Form::decode(body.as_bytes()).unwrap();
            assert_eq!(AuthnWish::parse(&form), Ok(wish));
        }
        for (name, value) in [
            ("max_age", "-1"),
            ("max_age", "soon"),
            ("acr_values", "a b c d e f g h i"),
            ("authn_evidence", "{}"),
            ("authn_evidence", r#"{"device":"d","device":"e"}"#),
        ] {
            let form = Form::default().with(name, value);
            assert!(AuthnWish::parse(&form).is_err(), "{name}={value}");
        }
    }

    #[test]
    fn a_wish_that_nothing_here_meets_is_refused_and_any_other_is_granted() {
        let check = |values: &[&str], reached: &[Acr]| {
            let acr_values = values.iter().map(|&v| v.to_owned()).collect();
            AuthnWish { acr_values, ..AuthnWish::default() }.check(|acr| reached.contains(&acr))
        };
        let passkeys = &[Acr::PasskeyUv, Acr::PasskeyUvDynamic][..];
        let cards = &[Acr::PasskeyUv, Acr::PasskeyUvDynamic, Acr::Jpki][..];
        for (met, reached) in [
            (&[][..], passkeys),
            (&["urn:kanuki:acr:passkey-uv"], passkeys),
            (&["x", "urn:kanuki:acr:bank-app"], passkeys),
            (&["urn:kanuki:acr:jpki"], cards),
        ] {
            assert_eq!(check(met, reached), Ok(()), "{met:?}");
        }
        for unmet in [&["urn:kanuki:acr:jpki"][..], &["phr"], &["urn:kanuki:acr:pin"]] {
            let refused = check(unmet, passkeys).unwrap_err();
            assert_eq!(refused.code, ErrorCode::UnmetAuthenticationRequirements, "{unmet:?}");
        }
    }

    #[test]
    fn what_is_never_enough_makes_nothing_weaker_that_is_wanted_beside_it() {
        let least = |values: &[&str]| {
            let acr_values = values.iter().map(|&v| v.to_owned()).collect();
            AuthnWish { acr_values, ..AuthnWish::default() }.least()
        };
        assert_eq!(least(&[]), None);
        assert_eq!(least(&["urn:kanuki:acr:pin", "urn:kanuki:acr:jpki"]), Some(Acr::Jpki));
        let both = ["urn:kanuki:acr:jpki", "urn:kanuki:acr:bank-app", "urn:kanuki:acr:pin"];
        assert_eq!(least(&both), Some(Acr::BankApp));
    }

    #[test]
    fn evidence_of_what_has_not_happened_is_not_plausible() {
        let good = evidence();
        let now = Timestamp::from_second(60).unwrap();
        let later = Timestamp::from_second(600).unwrap();
        assert!(good.is_plausible(now));
        for bad in [
            AuthnEvidence { device: "short".into(), ..evidence() },
            AuthnEvidence { device: "a device of this bank".into(), ..evidence() },
            AuthnEvidence { device: "d".repeat(65), ..evidence() },
            AuthnEvidence { place: Some("203.0.113.0/24 is no name".into()), ..evidence() },
            AuthnEvidence { signed_in_at: later, ..evidence() },
            AuthnEvidence { signed_at: Some(later), ..evidence() },
        ] {
            assert!(!bad.is_plausible(now), "{bad:?}");
        }
    }
}
