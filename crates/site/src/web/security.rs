//! Headers that keep a browser from being turned against its owner.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{SiteConfig, SiteError};

/// The same headers on every answer, made once.
#[derive(Clone, Debug)]
pub(crate) struct SecurityHeaders {
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// Everything is forbidden but what our own pages do: no inline code, no third party.
fn content_security_policy(config: &SiteConfig) -> String {
    let mut form_action = String::from("'self'");
    for origin in &config.form_action_origins {
        form_action.push(' ');
        form_action.push_str(origin);
    }
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
         connect-src 'self'; form-action {form_action}; frame-ancestors 'none'; \
         base-uri 'none'; manifest-src 'self'; require-trusted-types-for 'script'"
    )
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
        for origin in &config.form_action_origins {
            // A stray `;` or space would end the directive.
            let is_source = origin.bytes().all(|b| b.is_ascii_graphic() && !b";,'\"".contains(&b));
            if !is_source || !origin.contains("://") {
                return Err(SiteError::Origin(origin.clone()));
            }
        }
        let policy = HeaderValue::from_str(&content_security_policy(config))
            .map_err(|_| SiteError::Origin(config.form_action_origins.join(" ")))?;
        let mut headers = vec![(header::CONTENT_SECURITY_POLICY, policy)];
        headers.extend(
            FIXED.iter().map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            }),
        );
        if config.page_origin.starts_with("https://") {
            let two_years = HeaderValue::from_static("max-age=63072000");
            headers.push((header::STRICT_TRANSPORT_SECURITY, two_years));
        }
        Ok(Self { headers })
    }

    /// Adds what the answer does not say itself.
    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.headers {
            headers.entry(name.clone()).or_insert_with(|| value.clone());
        }
        let kept = HeaderValue::from_static("no-store");
        headers.entry(header::CACHE_CONTROL).or_insert(kept);
    }
}
