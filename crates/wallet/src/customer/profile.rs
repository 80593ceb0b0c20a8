//! What a customer says about themself when they open a wallet.

use kanuki_desk::outbox::{Channel, Contact};
use kanuki_formats::{phone::fold_phone, text::safe_line};
use kanuki_record::vault::Vault;
use serde::{Deserialize, Serialize};

use crate::WalletError;

/// Name and contacts. Contacts are where we write to, never a way to sign in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    nickname: String,
    mail: String,
    phone: String,
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Profile(***)")
    }
}

/// Longest nickname, in characters.
const NICKNAME_MAX: usize = 20;
/// Longest e-mail address, in bytes (RFC 5321 section 4.5.3.1.3).
const MAIL_MAX: usize = 254;

/// An e-mail address as it is compared: trimmed, lower case.
fn fold_mail(text: &str) -> Option<String> {
    let mail = text.trim().to_lowercase();
    let (name, host) = mail.rsplit_once('@')?;
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>,;\"".contains(c);
    let good = !name.is_empty()
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && mail.len() <= MAIL_MAX
        && mail.chars().all(plain);
    good.then_some(mail)
}

impl Profile {
    /// Checks what a person typed.
    pub fn parse(nickname: &str, mail: &str, phone: &str) -> Result<Self, WalletError> {
        let nickname = safe_line(nickname, NICKNAME_MAX);
        if nickname.is_empty() {
            return Err(WalletError::Profile("nickname"));
        }
        let mail = fold_mail(mail).ok_or(WalletError::Profile("mail"))?;
        let phone = fold_phone(phone).ok_or(WalletError::Profile("phone"))?;
        Ok(Self { nickname, mail, phone })
    }

    /// What others see.
    #[must_use]
    pub fn nickname(&self) -> &str {
        &self.nickname
    }

    /// Where we write to.
    #[must_use]
    pub fn contacts(&self) -> Vec<Contact> {
        vec![
            Contact { channel: Channel::Mail, to: self.mail.clone() },
            Contact { channel: Channel::Sms, to: self.phone.clone() },
        ]
    }

    /// Where the mail address is, blinded: a provider for throw-away addresses is one loud number.
    pub(crate) fn mail_domain_hash(&self, vault: &Vault) -> String {
        let (_, domain) = self.mail.rsplit_once('@').unwrap_or_default();
        vault.blind("mail_domain", domain.to_ascii_lowercase().as_bytes())
    }

    pub(super) fn mail_hash(&self, vault: &Vault) -> String {
        vault.blind("mail", self.mail.as_bytes())
    }

    pub(super) fn phone_hash(&self, vault: &Vault) -> String {
        vault.blind("phone", self.phone.as_bytes())
    }
}

/// Under which key, and with which hash, customers with this contact are found.
pub(crate) fn contact_key(vault: &Vault, typed: &str) -> Option<(&'static str, String)> {
    if let Some(mail) = fold_mail(typed) {
        return Some(("mail_hash", vault.blind("mail", mail.as_bytes())));
    }
    let phone = fold_phone(typed)?;
    Some(("phone_hash", vault.blind("phone", phone.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_are_folded_or_refused() {
        let profile = Profile::parse(" はな ", " Hana@Example.JP ", "090-1234-5678").unwrap();
        assert_eq!(profile.nickname(), "はな");
        assert_eq!(profile.mail, "hana@example.jp");
        for (name, mail, phone) in [
            ("", "a@example.jp", "09012345678"),
            ("a", "example.jp", "09012345678"),
            ("a", "a b@example.jp", "09012345678"),
            ("a", "a@localhost", "09012345678"),
            ("a", "a@example.jp", "twelve"),
        ] {
            assert!(Profile::parse(name, mail, phone).is_err(), "{name} {mail} {phone}");
        }
    }
}
