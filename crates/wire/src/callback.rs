//! The answer that the browser brings back: a code or a refusal, with `iss` (RFC 9207).

use kanuki_domain::Masked;
use subtle::ConstantTimeEq;
use url::Url;

use crate::{
    error::{ErrorCode, OAuthError},
    form::Form,
};

/// What the bank said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A code for one exchange within a minute. It is in no log, nor is the address it came in.
    Code(Masked<String>),
    /// A refusal.
    Refused(OAuthError),
}

/// An authorization response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// Whose answer this claims to be.
    pub iss: String,
    /// What the wallet sent along, if it did.
    pub state: Option<String>,
    /// Read only after [`Callback::accept`].
    answer: Answer,
}

/// Why an authorization response was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// Not a response, with a parameter twice, or with tokens in it.
    #[error("not an authorization response")]
    Malformed,
    /// The signed response is not a good token.
    #[error("the signed response is not a good token")]
    Token(#[source] crate::jws::JwsError),
    /// From another bank than the one the customer was sent to: a mix-up attack.
    #[error("iss is another issuer")]
    Issuer,
    /// Not the answer to this browser's request.
    #[error("state is another request's")]
    State,
}

impl Callback {
    /// A response, for the bank's end.
    #[must_use]
    pub fn new(iss: &str, state: Option<&str>, answer: Answer) -> Self {
        Self { iss: iss.to_owned(), state: state.map(str::to_owned), answer }
    }

    /// Reads the query of the redirect address; unknown parameters are ignored.
    pub fn parse(query: &str) -> Result<Self, CallbackError> {
        Self::read(query, None)
    }

    /// The same from a server that may not know RFC 9207, at an address that was registered with
    /// `issuer` and with nobody else (RFC 9700 section 4.4.2.2). An `iss` that is there still counts.
    pub fn parse_at(query: &str, issuer: &str) -> Result<Self, CallbackError> {
        Self::read(query, Some(issuer))
    }

    fn read(query: &str, otherwise: Option<&str>) -> Result<Self, CallbackError> {
        let form = Form::decode(query.as_bytes()).map_err(|_| CallbackError::Malformed)?;
        // FAPI 2.0 section 5.3.3: nothing but a code comes by the browser.
        if ["access_token", "id_token", "response"].iter().any(|name| form.get(name).is_some()) {
            return Err(CallbackError::Malformed);
        }
        let answer = match (form.get("code"), form.get("error")) {
            (Some(code), None) => Answer::Code(Masked::new(code.to_owned())),
            (None, Some(error)) => Answer::Refused(OAuthError::new(
                ErrorCode::parse(error),
                form.get("error_description").unwrap_or_default(),
            )),
            (None, None) | (Some(_), Some(_)) => return Err(CallbackError::Malformed),
        };
        let iss = form.get("iss").or(otherwise).ok_or(CallbackError::Issuer)?.to_owned();
        Ok(Self { iss, state: form.get("state").map(str::to_owned), answer })
    }

    /// The answer, once it is sure to be this bank's answer to this browser's request.
    pub fn accept(self, issuer: &str, state: &str) -> Result<Answer, CallbackError> {
        if self.iss != issuer {
            return Err(CallbackError::Issuer);
        }
        let given = self.state.as_deref().unwrap_or_default();
        if state.is_empty() || !bool::from(given.as_bytes().ct_eq(state.as_bytes())) {
            return Err(CallbackError::State);
        }
        Ok(self.answer)
    }

    /// Where the bank sends the browser (status 303).
    pub fn to_url(&self, redirect_uri: &str) -> Result<String, CallbackError> {
        let mut url = Url::parse(redirect_uri).map_err(|_| CallbackError::Malformed)?;
        {
            let mut query = url.query_pairs_mut();
            match &self.answer {
                Answer::Code(code) => {
                    query.append_pair("code", code.expose());
                }
                Answer::Refused(refusal) => {
                    query.append_pair("error", refusal.code.as_str());
                    query.append_pair("error_description", &refusal.description);
                }
            }
            if let Some(state) = &self.state {
                query.append_pair("state", state);
            }
            query.append_pair("iss", &self.iss);
        }
        Ok(url.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://bank.example";

    fn there_and_back(answer: Answer) -> Result<Answer, CallbackError> {
        let url = Callback::new(ISSUER, Some("s 1"), answer)
            .to_url("https://wallet.example/callback?kept=1")
            .unwrap();
        let (_, query) = url.split_once('?').unwrap();
        Callback::parse(query)?.accept(ISSUER, "s 1")
    }

    #[test]
    fn an_answer_comes_back_as_it_was_sent() {
        let code = Answer::Code(Masked::new("c+/=".to_owned()));
        assert_eq!(there_and_back(code.clone()), Ok(code));
        let refusal =
            Answer::Refused(OAuthError::new(ErrorCode::AccessDenied, "the holder said no"));
        assert_eq!(there_and_back(refusal.clone()), Ok(refusal));
    }

    /// The authorization response modules of the FAPI 2.0 client plan.
    #[test]
    fn answers_that_may_be_someone_elses_are_refused() {
        let iss = "iss=https%3A%2F%2Fbank.example";
        for (query, why) in [
            (format!("code=c&state=s&{iss}"), None),
            ("code=c&state=s".into(), Some(CallbackError::Issuer)),
            ("code=c&state=s&iss=https%3A%2F%2Fevil.example".into(), Some(CallbackError::Issuer)),
            (format!("code=c&state=s&{iss}%2F"), Some(CallbackError::Issuer)),
            ("error=access_denied&state=s".into(), Some(CallbackError::Issuer)),
            (format!("code=c&{iss}"), Some(CallbackError::State)),
            (format!("code=c&state=t&{iss}"), Some(CallbackError::State)),
            (format!("code=c&state=&{iss}"), Some(CallbackError::State)),
            (format!("error=access_denied&state=t&{iss}"), Some(CallbackError::State)),
            (format!("code=c&code=c&state=s&{iss}"), Some(CallbackError::Malformed)),
            (format!("code=c&state=s&{iss}&{iss}"), Some(CallbackError::Malformed)),
            (format!("code=c&error=x&state=s&{iss}"), Some(CallbackError::Malformed)),
            (format!("state=s&{iss}"), Some(CallbackError::Malformed)),
            (format!("code=c&id_token=t&state=s&{iss}"), Some(CallbackError::Malformed)),
        ] {
            let answer = Callback::parse(&query).and_then(|c| c.accept(ISSUER, "s"));
            assert_eq!(answer.err(), why, "{query}");
        }
        for (query, why) in [
            ("code=c&state=s".to_owned(), None),
            (format!("code=c&state=s&{iss}"), None),
            ("code=c&state=s&iss=https%3A%2F%2Fevil.example".into(), Some(CallbackError::Issuer)),
            ("code=c&state=t".into(), Some(CallbackError::State)),
            ("code=c&state=s&id_token=t".into(), Some(CallbackError::Malformed)),
        ] {
            let answer = Callback::parse_at(&query, ISSUER).and_then(|c| c.accept(ISSUER, "s"));
            assert_eq!(answer.err(), why, "plain: {query}");
        }
        let forgotten = Callback::parse(&format!("code=c&{iss}")).unwrap();
        assert_eq!(forgotten.accept(ISSUER, ""), Err(CallbackError::State));
    }
}
