//! `[partner_limits]`: how much each partner may ask.

use anyhow::{Result, ensure};
use kanuki_bank::pace::Limits;
use kanuki_domain::{
    limits::{PARTNER_PUSHES_PER_MINUTE, PARTNER_REQUESTS_PER_MINUTE, PARTNER_UNFINISHED_MAX},
    settings::{Setting, Settings},
};
use serde::Deserialize;

/// How much each partner may ask at one node, below the default; what is not named is the default.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartnerLimits {
    pushes_per_minute: Option<u32>,
    requests_per_minute: Option<u32>,
    unfinished: Option<usize>,
}

impl PartnerLimits {
    /// All of them.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            pushes_per_minute: self.pushes_per_minute.unwrap_or(PARTNER_PUSHES_PER_MINUTE),
            requests_per_minute: self.requests_per_minute.unwrap_or(PARTNER_REQUESTS_PER_MINUTE),
            unfinished: self.unfinished.unwrap_or(PARTNER_UNFINISHED_MAX),
        }
    }

    /// Refuses what would be unsafe.
    pub(crate) fn check(&self) -> Result<()> {
        let Limits { pushes_per_minute, requests_per_minute, unfinished } = self.limits();
        ensure!(
            (1..=PARTNER_PUSHES_PER_MINUTE).contains(&pushes_per_minute)
                && (1..=PARTNER_REQUESTS_PER_MINUTE).contains(&requests_per_minute)
                && (1..=PARTNER_UNFINISHED_MAX).contains(&unfinished),
            "partner_limits: at most {PARTNER_PUSHES_PER_MINUTE} pushes and \
             {PARTNER_REQUESTS_PER_MINUTE} other requests in a minute and {PARTNER_UNFINISHED_MAX} \
             unfinished ones, and at least one of each: a file has no second person (FT-01)"
        );
        Ok(())
    }

    /// Adds them to what is compared with the start before.
    pub(crate) fn compare(&self, settings: Settings) -> Settings {
        let Limits { pushes_per_minute, requests_per_minute, unfinished } = self.limits();
        let unfinished = u64::try_from(unfinished).unwrap_or(u64::MAX);
        settings
            .with("limit-pushes", Setting::AtMost(pushes_per_minute.into()))
            .with("limit-requests", Setting::AtMost(requests_per_minute.into()))
            .with("limit-unfinished", Setting::AtMost(unfinished))
    }
}
