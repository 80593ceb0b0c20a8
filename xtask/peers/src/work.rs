//! The twenty rules of `r20.rules` once more, as the others' are made from them. The answers are compared,
//! so a difference between the two texts does not stay unseen.

/// What a fact is compared with.
#[derive(Clone, Copy)]
pub(crate) enum Test {
    Is(bool),
    /// A whole number: `>=`, `>`, `<`.
    Whole(&'static str, i64),
    /// A share in ten thousandths.
    Share(&'static str, i64),
    /// A word, one of these.
    Word(&'static [&'static str]),
}

use Test::{Is, Share, Whole, Word};

const LINK: (&str, Test) = ("kind", Word(&["link"]));
const TOPUP: (&str, Test) = ("kind", Word(&["topup"]));

/// Each with all that must hold.
pub(crate) const RULES: [(&str, &[(&str, Test)]); 20] = [
    ("R01", &[("on_denylist", Is(true))]),
    ("R02", &[("pin_distinct_accts_1h", Whole(">=", 5))]),
    ("R03", &[("ip_distinct_accts_1h", Whole(">=", 10)), LINK]),
    ("R04", &[("dev_distinct_accts_24h", Whole(">=", 4)), LINK]),
    ("R05", &[("acct_distinct_wallets_24h", Whole(">=", 3))]),
    ("R06", &[("asn_fail_rate_1h", Share(">", 4_000)), LINK]),
    ("R07", &[("name_match", Is(false)), LINK]),
    ("R08", &[("kyc_level", Whole("<", 2)), LINK]),
    ("R09", &[("link_age_hours", Whole("<", 24)), TOPUP, ("amount", Whole(">", 50_000))]),
    ("R10", &[("acct_sum_24h", Whole(">", 300_000)), TOPUP]),
    ("R11", &[("acct_sum_1h", Whole(">", 100_000)), TOPUP]),
    ("R12", &[("acct_cnt_10m", Whole(">=", 3)), TOPUP]),
    ("R13", &[("device_trusted", Is(false)), ("amount", Whole(">", 30_000))]),
    ("R14", &[("wallet_age_days", Whole("<", 2)), ("amount", Whole(">", 20_000))]),
    ("R15", &[("country", Word(&["RU", "KP", "IR", "NG"]))]),
    ("R16", &[("ml_score", Share(">", 9_500))]),
    ("R17", &[("ml_score", Share(">", 8_000)), ("ml_score", Share("<=", 9_500))]),
    ("R18", &[("ip_fail_1h", Whole(">=", 20))]),
    (
        "R19",
        &[
            ("kind", Word(&["transfer"])),
            ("pass_through_ratio", Share(">", 9_000)),
            ("wallet_age_days", Whole("<", 30)),
        ],
    ),
    (
        "R20",
        &[
            ("kind", Word(&["payment"])),
            ("amount", Whole(">", 100_000)),
            ("device_trusted", Is(false)),
        ],
    ),
];
