//! How a version of a partner is judged: what is missing, and what a change does.

use jiff::civil::Date;
use kanuki_desk::registry::{self, Content};
use kanuki_domain::{
    Yen,
    agreement::{self, Effect, Gap, Lack},
    limits::{BANK_PER_DAY, BANK_PER_MONTH, PARTNER_PAYOUTS_PER_DAY},
};
use kanuki_record::Table;
use kanuki_wire::place::{is_safe, may_be_called, stays_here};
use serde::{Deserialize, Serialize};

use super::Partner;

/// The row that asks for pinned keys and addresses (FAPI 2.0; redirects compared exactly).
const PINNED: &str = "FAPI";
/// The row that caps belong to.
const CAPS: &str = "CP-05";

/// The most that one mandate of this partner may take, where that is less than the bank's own caps,
/// and the most that all of its mandates together may pay in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PartnerCaps {
    /// Within any 24 hours.
    pub per_day: Option<Yen>,
    /// Within any 30 days.
    pub per_month: Option<Yen>,
    /// All payouts to accounts here within any 24 hours, refunds apart;
    /// [`PARTNER_PAYOUTS_PER_DAY`] where nothing was agreed.
    pub payouts_per_day: Option<Yen>,
}

impl Content for Partner {
    const TABLE: &'static Table = &registry::table("partner_version");

    fn subject(&self) -> String {
        self.client_id.clone()
    }

    fn gaps(&self, today: Date) -> Vec<Gap> {
        let agreed = self.agreement.gaps(today).into_iter();
        let profiles = registry::profile::gaps(&self.agreement, None);
        let below = agreed.chain(profiles).map(|gap| gap.below(registry::AGREEMENT));
        let mut gaps: Vec<Gap> = below.collect();
        let mut when = |is_so: bool, row, path: &str, lack| {
            if is_so {
                gaps.push(Gap::new(row, path, lack));
            }
        };
        when(self.name.trim().is_empty(), PINNED, "name", Lack::Missing);
        when(self.redirect_uris.is_empty(), PINNED, "redirect_uris", Lack::Missing);
        let are_safe = self.redirect_uris.iter().all(|uri| is_safe(uri));
        when(!are_safe, PINNED, "redirect_uris", Lack::Unsafe);
        // What we fetch from and post to.
        for (path, place) in [
            ("issuer", Some(&self.issuer)),
            ("events_url", Some(&self.events_url)),
            ("profile.jwks_uri", self.profile.jwks_uri.as_ref()),
            ("profile.notification_endpoint", self.profile.notification_endpoint.as_ref()),
        ] {
            when(place.is_some_and(|uri| !may_be_called(uri)), PINNED, path, Lack::Unsafe);
        }
        when(self.jwks.keys.is_empty(), PINNED, "jwks", Lack::Missing);
        when(self.set_jwks.keys.is_empty(), PINNED, "set_jwks", Lack::Missing);
        let (day, month) = (self.caps.per_day, self.caps.per_month);
        let is_unsafe = |cap: Option<Yen>, most| cap.is_some_and(|cap| cap.is_zero() || cap > most);
        when(is_unsafe(day, BANK_PER_DAY), CAPS, "caps.per_day", Lack::Unsafe);
        when(is_unsafe(month, BANK_PER_MONTH), CAPS, "caps.per_month", Lack::Unsafe);
        let payouts = self.caps.payouts_per_day;
        when(is_unsafe(payouts, Yen::MAX), CAPS, "caps.payouts_per_day", Lack::Unsafe);
        gaps
    }

    fn effect(path: &str, before: Option<&str>, after: Option<&str>) -> Effect {
        if let Some(within) = path.strip_prefix("agreement.") {
            return agreement::effect(within, before, after);
        }
        // No cap is the widest one.
        let amount = |text: Option<&str>| Some(text.map_or(Ok(u64::MAX), str::parse).unwrap_or(0));
        match path {
            // One more way to ask holders.
            "profile.decoupled" => Effect::of_switch(after, before),
            "profile.dpop_nonce" | "profile.message_signing" | "profile.authn_evidence" => {
                Effect::of_switch(before, after)
            }
            "caps.per_day" | "caps.per_month" => Effect::of_less(amount(before), amount(after)),
            "caps.payouts_per_day" => {
                let amount = |text: Option<&str>| {
                    let default = PARTNER_PAYOUTS_PER_DAY.amount();
                    Some(text.map_or(Ok(default), str::parse).unwrap_or(u64::MAX))
                };
                Effect::of_less(amount(before), amount(after))
            }
            // RFC 8252 section 7.3: which port of this machine is no one's secret.
            path if path.starts_with("redirect_uris.") && after.is_some_and(stays_here) => {
                Effect::Neutral
            }
            path if path.starts_with("redirect_uris.") => Effect::of_permission(before, after),
            // A code less lets the old contracts of that code live on beside new links.
            path if path.starts_with("profile.collector_codes.") && after.is_some() => {
                Effect::Loosens
            }
            // Another way to prove oneself, or one whose conditions are others.
            path if path.starts_with("profile.tls.") => Effect::Loosens,
            // Another name in passbooks, `profile.descriptor`, is neither: two people look at it.
            // A key less is a key less; a new one is looked at by two people. So is any change of
            // `set_jwks`: events only ever tighten, and without the key we are deaf to stops.
            path if path.starts_with("jwks.") && after.is_none() => Effect::Tightens,
            _ => Effect::Neutral,
        }
    }

    fn is_key(path: &str) -> bool {
        path.starts_with("jwks.") || path.starts_with("set_jwks.")
    }
}
