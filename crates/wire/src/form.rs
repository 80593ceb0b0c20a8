//! Form bodies and query strings, where a parameter means one thing or the request is refused.

use std::collections::BTreeMap;

use url::form_urlencoded;

use crate::error::OAuthError;

/// The largest form that is read, in bytes: a pushed request with signed facts is about 4 KiB.
pub const MAX_BYTES: usize = 32_768;

/// Parameters with unique names. One without a value counts as absent (RFC 6749 section 3.1).
///
/// It has no `Debug` that shows values: they hold codes, tokens and assertions.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Form(BTreeMap<String, String>);

impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Form {
    /// Reads `application/x-www-form-urlencoded` text: a body, or a query without its `?`.
    pub fn decode(text: &[u8]) -> Result<Self, OAuthError> {
        if text.len() > MAX_BYTES {
            return Err(OAuthError::invalid_request("the request is too large"));
        }
        let pairs: Vec<_> = form_urlencoded::parse(text).collect();
        // What is not UTF-8 was replaced by this, so that many requests would mean the same.
        let replaced = char::REPLACEMENT_CHARACTER;
        if pairs.iter().any(|(name, value)| name.contains(replaced) || value.contains(replaced)) {
            return Err(OAuthError::invalid_request("a parameter is not UTF-8"));
        }
        Self::from_pairs(pairs)
    }

    /// Takes pairs that were already decoded; a name that comes twice is refused.
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self, OAuthError>
    where
        N: Into<String>,
        V: Into<String>,
    {
        let mut map = BTreeMap::new();
        for (name, value) in pairs {
            if map.insert(name.into(), value.into()).is_some() {
                return Err(OAuthError::invalid_request("a parameter is repeated"));
            }
        }
        map.retain(|_, value| !value.is_empty());
        Ok(Self(map))
    }

    /// The value of `name`, unless absent or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of `name`, or `invalid_request`.
    pub fn required(&self, name: &str) -> Result<&str, OAuthError> {
        self.get(name).ok_or_else(|| OAuthError::invalid_request(format!("{name} is missing")))
    }

    /// Adds a parameter, for the end that sends.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Every parameter, by name.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// As `application/x-www-form-urlencoded` text.
    #[must_use]
    pub fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(self.pairs()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_parameter_is_refused_even_when_both_agree() {
        for bad in ["a=1&a=1", "a=1&b=2&a=", "a&a"] {
            assert!(Form::decode(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(Form::decode(&vec![b'a'; MAX_BYTES + 1]).is_err());
    }

    #[test]
    fn what_is_no_text_is_refused_and_not_replaced() {
        for bad in
            [&b"state=%FF"[..], b"state=\xff", b"%C1%81=x", b"state=%EF%BF%BD", b"s=%ED%A0%80"]
        {
            assert!(Form::decode(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_empty_parameter_counts_as_absent() {
        let form = Form::decode(b"a=&b=%E9%96%82+x").unwrap();

        assert_eq!(form.get("a"), None);
        assert_eq!(form.get("b"), Some("閂 x"));
        assert_eq!(Form::decode(form.encode().as_bytes()), Ok(form));
    }
}
