//! What events are drawn from, and the facts of one as our rules take them.

use kanuki_risk::Policy;
use serde_json::{Value, json};

/// A throw after the other, from the number it begins with.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)).checked_rem(below).unwrap_or_default()
    }
}

/// Facts of about the same spread as people's, so that some eight in a hundred meet a rule.
pub(crate) fn draw_facts(n: u32) -> Value {
    let mut dice = Dice(7);
    let event = |_| {
        let acts = ["link", "topup", "transfer", "payment"];
        let act = acts.get(usize::try_from(dice.roll(4)).unwrap_or_default()).copied();
        json!({
            "on_denylist": dice.roll(500) == 0, "pin_distinct_accts_1h": dice.roll(5),
            "ip_distinct_accts_1h": dice.roll(9), "kind": act, "country": "JP",
            "dev_distinct_accts_24h": dice.roll(3), "acct_distinct_wallets_24h": dice.roll(3),
            "asn_fail_rate_1h": 0.131, "name_match": dice.roll(200) > 0, "kyc_level": 2,
            "link_age_hours": dice.roll(9_000), "amount": dice.roll(40_000),
            "acct_sum_24h": dice.roll(90_000), "acct_sum_1h": dice.roll(9_000),
            "acct_cnt_10m": dice.roll(3), "device_trusted": dice.roll(50) > 0,
            "wallet_age_days": dice.roll(2_000), "ml_score": 0.0278,
            "ip_fail_1h": dice.roll(20), "pass_through_ratio": 0.897,
        })
    };
    (0..n).map(event).collect()
}

/// The facts of one event in the policy's order; shares by ten thousand.
pub(crate) fn values(policy: &Policy, event: &Value) -> Vec<i64> {
    let mut values = policy.blank();
    for (name, value) in event.as_object().into_iter().flatten() {
        let given = match name.as_str() {
            "kind" => "act",
            "amount" => "yen",
            other => other,
        };
        let Some(place) = policy.given(given).and_then(|slot| values.get_mut(slot)) else {
            continue;
        };
        *place = match value {
            Value::Bool(is) => i64::from(*is),
            Value::String(word) => policy.word(word),
            Value::Number(number) if number.is_i64() => number.as_i64().unwrap_or_default(),
            other => ten_thousandths(&other.to_string()),
        };
    }
    values
}

fn ten_thousandths(text: &str) -> i64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().chain("0000".chars()).take(4).collect();
    format!("{whole}{digits}").parse().unwrap_or_default()
}
