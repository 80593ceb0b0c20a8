//! `[push]`: notices on the screens of customers' devices, beside mail and text message.

use anyhow::{Context as _, Result, ensure};
use lettre::Address;
use serde::Deserialize;

use crate::{push::PushPlan, secrets::Keys};

/// Whether notices are pushed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PushConfig {
    /// Whom a push service turns to when something is wrong: `mailto:…` or `https://…` (RFC 8292 section 2.1).
    contact: String,
    /// Names of push services beside those of the usual browsers.
    #[serde(default)]
    services: Vec<String>,
}

/// A name as it stands in an address: no scheme, no port, no number, no star.
fn is_name(name: &str) -> bool {
    let url = format!("https://{name}/").parse::<url::Url>();
    let is_whole = name.contains('.') && name.split('.').all(|part| !part.is_empty());
    is_whole && url.is_ok_and(|url| url.domain() == Some(name))
}

impl PushConfig {
    /// Refuses what would not work, or would hand notices to anybody.
    pub(crate) fn check(&self) -> Result<()> {
        let is_mail = |text: &str| text.parse::<Address>().is_ok();
        let contact = &self.contact;
        let is_contact = contact.strip_prefix("mailto:").is_some_and(is_mail)
            || contact.parse::<url::Url>().is_ok_and(|url| url.scheme() == "https");
        ensure!(is_contact, "push.contact is neither mailto:… nor https://…: {contact}");
        for name in &self.services {
            ensure!(is_name(name), "push.services: {name} is not the name of a push service");
        }
        Ok(())
    }

    /// Makes ready; the key is made at the first start and stays: browsers hear only who holds it.
    pub(crate) fn plan(&self, keys: &Keys) -> Result<PushPlan> {
        let key = keys.signing("push").context("the key that pushes are signed with")?;
        let (contact, services) = (self.contact.clone(), self.services.clone());
        Ok(PushPlan { key, contact, services })
    }

    /// As it is compared with the start before.
    pub(crate) fn noted(&self) -> String {
        let names = std::iter::once(&self.contact).chain(&self.services);
        names.map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_service_is_a_name_and_somebody_can_be_reached() {
        for (contact, service, is_good) in [
            ("mailto:desk@wallet.example", "push.example", true),
            ("https://wallet.example/contact", "push.example", true),
            ("desk@wallet.example", "push.example", false),
            ("mailto:", "push.example", false),
            ("http://wallet.example", "push.example", false),
            ("mailto:desk@wallet.example", "https://push.example", false),
            ("mailto:desk@wallet.example", "push.example:8443", false),
            ("mailto:desk@wallet.example", "10.0.0.1", false),
            ("mailto:desk@wallet.example", "core", false),
            ("mailto:desk@wallet.example", ".example", false),
            ("mailto:desk@wallet.example", "", false),
        ] {
            let services = vec![service.to_owned()];
            let config = PushConfig { contact: contact.to_owned(), services };
            assert_eq!(config.check().is_ok(), is_good, "{contact} {service}");
        }
    }
}
