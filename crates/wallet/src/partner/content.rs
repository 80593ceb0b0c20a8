//! How a version of a bank is judged: what is missing, and what a change does.

use jiff::civil::Date;
use kanuki_desk::registry::{self, Content};
use kanuki_domain::{
    Yen,
    agreement::{self, Effect, Gap, Lack},
    connector::HolderProof,
    limits::BANK_WORD_PER_WEEK,
};
use kanuki_record::Table;
use kanuki_wire::place::{is_safe, may_be_called};

use super::PartnerBank;

/// The row that asks for pinned keys and addresses (FAPI 2.0).
const PINNED: &str = "FAPI";
/// The row that caps belong to.
const CAPS: &str = "CP-05";

impl Content for PartnerBank {
    const TABLE: &'static Table = &registry::table("partner_version");

    fn subject(&self) -> String {
        self.code.to_string()
    }

    fn gaps(&self, today: Date) -> Vec<Gap> {
        let agreed = self.agreement.gaps(today).into_iter();
        let profiles = registry::profile::gaps(&self.agreement, Some(self.code));
        let below = agreed.chain(profiles).map(|gap| gap.below(registry::AGREEMENT));
        let mut gaps: Vec<Gap> = below.collect();
        let mut when = |is_so: bool, path: &str, lack| {
            if is_so {
                gaps.push(Gap::new(PINNED, path, lack));
            }
        };
        when(self.name.trim().is_empty(), "name", Lack::Missing);
        when(self.client_id.trim().is_empty(), "client_id", Lack::Missing);
        // Everything that we ask a bank is below it. A slash at the end would be another issuer than
        // the bank names itself.
        let is_issuer = may_be_called(&self.issuer) && !self.issuer.ends_with('/');
        when(!is_issuer, "issuer", Lack::Unsafe);
        when(!is_safe(&self.authorize_url), "authorize_url", Lack::Unsafe);
        let has_events = self.protocol.is_fapi() || self.assurance.reports_stops;
        when(has_events && self.event_keys.keys.is_empty(), "event_keys", Lack::Missing);
        // Plain OAuth binds no token, and knows none of these.
        let is_plain = !self.protocol.is_fapi();
        when(is_plain && !self.assurance.bearer_tokens, "assurance.bearer_tokens", Lack::Unsafe);
        when(is_plain && self.message_signing, "message_signing", Lack::Unsafe);
        when(is_plain && (self.decoupled || self.pings), "decoupled", Lack::Unsafe);
        when(self.rotate_keys_after_days == Some(0), "rotate_keys_after_days", Lack::Unsafe);
        let is_unsafe = self.topups_per_week.is_some_and(Yen::is_zero);
        if is_unsafe {
            gaps.push(Gap::new(CAPS, "topups_per_week", Lack::Unsafe));
        }
        // Knowledge alone, no match, or a contract without an end: no caps follow from it.
        if self.assurance.caps().is_err() {
            gaps.push(Gap::new("FT-10", "assurance.proof", Lack::Unsafe));
        }
        gaps
    }

    fn effect(path: &str, before: Option<&str>, after: Option<&str>) -> Effect {
        if let Some(within) = path.strip_prefix("agreement.") {
            return agreement::effect(within, before, after);
        }
        // A key that is never changed grows old for ever.
        let days = |text: Option<&str>| Some(text.map_or(Ok(u64::MAX), str::parse).unwrap_or(0));
        let proof = |text: Option<&str>| text.and_then(HolderProof::parse);
        match path {
            // One more way to be asked.
            "decoupled" => Effect::of_switch(after, before),
            // Back to FAPI is what tightens.
            "protocol" if after.is_some_and(|to| to != "fapi") => Effect::Loosens,
            // Less is taken from a bank whose tokens are bound to nothing.
            "assurance.bearer_tokens" => Effect::of_switch(before, after),
            // What a bank declares about itself is no safeguard of ours: more is taken from one that
            // declares more (`connector::Assurance::caps`).
            "assurance.proof" => Effect::of_less(Some(proof(before)), Some(proof(after))),
            path if path.starts_with("assurance.") => Effect::of_switch(after, before),
            "message_signing" => Effect::of_switch(before, after),
            "rotate_keys_after_days" => Effect::of_less(days(before), days(after)),
            "topups_per_week" => {
                let amount = |text: Option<&str>| {
                    let default = BANK_WORD_PER_WEEK.amount();
                    Some(text.map_or(Ok(default), str::parse).unwrap_or(u64::MAX))
                };
                Effect::of_less(amount(before), amount(after))
            }
            // An event only ever tightens, so that a key of `event_keys` less makes us deaf to stops.
            _ => Effect::Neutral,
        }
    }

    fn is_key(path: &str) -> bool {
        path.starts_with("event_keys.")
    }
}
