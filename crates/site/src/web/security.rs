//! Headers that keep a browser from being turned against its owner.

use std::sync::{PoisonError, RwLock};

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{SiteConfig, SiteError};

/// The same headers on every answer, made once; but for where forms may lead, which is the
/// registry's to say while the server runs.
#[derive(Debug)]
pub(crate) struct SecurityHeaders {
    headers: Vec<(HeaderName, HeaderValue)>,
    own: Vec<String>,
    /// By which places of the registry forms are led now: what the policy says follows from them.
    led_by: RwLock<Vec<String>>,
    policy: RwLock<HeaderValue>,
}

/// Everything is forbidden but what our own pages do: no inline code, no third party.
fn content_security_policy(origins: &[String]) -> Result<HeaderValue, SiteError> {
    let mut form_action = String::from("'self'");
    for origin in origins {
        // A stray `;` or space would end the directive.
        let is_source = origin.bytes().all(|b| b.is_ascii_graphic() && !b";,'\"".contains(&b));
        if !is_source || !origin.contains("://") {
            return Err(SiteError::Origin(origin.clone()));
        }
        form_action.push(' ');
        form_action.push_str(origin);
    }
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
         connect-src 'self'; form-action {form_action}; frame-ancestors 'none'; \
         base-uri 'none'; manifest-src 'self'; require-trusted-types-for 'script'"
    );
    HeaderValue::from_str(&policy).map_err(|_| SiteError::Origin(origins.join(" ")))
}

const FIXED: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(self), publickey-credentials-get=(self), publickey-credentials-create=(self), \
         clipboard-write=(self), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

impl SecurityHeaders {
    pub(crate) fn new(config: &SiteConfig) -> Result<Self, SiteError> {
        let own = config.form_action_origins.clone();
        let policy = RwLock::new(content_security_policy(&own)?);
        let mut headers = Vec::new();
        headers.extend(
            FIXED.iter().map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            }),
        );
        if config.page_origin.starts_with("https://") {
            let two_years = HeaderValue::from_static("max-age=63072000");
            headers.push((header::STRICT_TRANSPORT_SECURITY, two_years));
        }
        Ok(Self { headers, led_by: RwLock::default(), own, policy })
    }

    /// Lets forms lead to the origins of `places` besides what the company decided at its start.
    pub(crate) fn lead_also_to(
        &self,
        places: &[&str],
        origin: fn(&str) -> Option<String>,
    ) -> Result<(), SiteError> {
        if *self.led_by.read().unwrap_or_else(PoisonError::into_inner) == places {
            return Ok(());
        }
        let mut all = self.own.clone();
        let more = places.iter().filter_map(|place| origin(place));
        all.extend(more.filter(|origin| !self.own.contains(origin)));
        all.dedup();
        let policy = content_security_policy(&all)?;
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = policy;
        *self.led_by.write().unwrap_or_else(PoisonError::into_inner) =
            places.iter().map(|place| (*place).to_owned()).collect();
        Ok(())
    }

    /// Adds what the answer does not say itself.
    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        let policy = self.policy.read().unwrap_or_else(PoisonError::into_inner).clone();
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
        for (name, value) in &self.headers {
            headers.entry(name.clone()).or_insert_with(|| value.clone());
        }
        let kept = HeaderValue::from_static("no-store");
        headers.entry(header::CACHE_CONTROL).or_insert(kept);
    }
}
