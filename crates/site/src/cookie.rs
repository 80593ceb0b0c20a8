//! Cookies: reading them from a request, writing them safely.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, header};
use kanuki_domain::Ctx;

/// The name a cookie really has: `__Host-` when the page is served over HTTPS.
///
/// RFC 6265bis section 4.1.3.2: such a cookie cannot be planted by a sibling host.
#[must_use]
pub fn full_name(name: &str, is_secure: bool) -> String {
    if is_secure { format!("__Host-{name}") } else { name.to_owned() }
}

/// The value of the cookie `name`, if the browser sent exactly one of that name.
///
/// Two of one name mean that another host or path planted one; neither is trusted.
#[must_use]
pub fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let first = values.next()?;
    if values.next().is_some() { None } else { Some(first) }
}

/// A `Set-Cookie` value: whole site, not for scripts, not on cross-site subrequests.
///
/// `SameSite=Lax`, not `Strict`: the way back from the bank is a cross-site navigation.
/// `max_age_secs` of 0 removes the cookie. `None` when `name` or `value` cannot be in a header.
#[must_use]
pub fn write(name: &str, value: &str, max_age_secs: i64, is_secure: bool) -> Option<HeaderValue> {
    let secure = if is_secure { "; Secure" } else { "" };
    let name = full_name(name, is_secure);
    let line =
        format!("{name}={value}; Path=/; Max-Age={max_age_secs}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&line).ok()
}

/// 256 random bits as 43 letters.
#[must_use]
pub fn random_token(ctx: &Ctx<'_>) -> String {
    URL_SAFE_NO_PAD.encode(ctx.random::<32>())
}

/// True for what [`random_token`] makes; anything else in a token cookie is treated as absent.
#[must_use]
pub fn is_token(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_cookie_is_nobody() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=1; kanuki=x; b=2"));
        assert_eq!(read(&headers, "kanuki"), Some("x"));

        headers.append(header::COOKIE, HeaderValue::from_static("kanuki=planted"));
        assert_eq!(read(&headers, "kanuki"), None);
    }

    #[test]
    fn secure_cookies_have_the_host_prefix() {
        let value = write("kanuki", "v", 60, true).unwrap();
        assert_eq!(
            value.to_str().unwrap(),
            "__Host-kanuki=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
        assert!(write("kanuki", "a\nb", 60, true).is_none());
    }
}
