//! Catalogs and code agree, in both languages.

use kanuki_desk::kept::is_classified;
use kanuki_site::text::check::{check_catalogs, sources, variables};

/// Codes of the API that no page shows; browsers would get the words of their status.
const SCRIPTS_ONLY: [&str; 7] = [
    "stream_exists",
    "approval_needed",
    "bad_json",
    "bad_query",
    "idempotency_key",
    "json_expected",
    "proof_needed",
];

/// Keys that code builds from parts, spelled out: each must exist.
fn built_keys(found: &[String]) -> String {
    let outcomes = [
        ("topup", &["pending", "needs_approval", "posted", "refused", "open_item"][..]),
        ("send", &["pending", "held", "posted", "refused", "waiting", "returned", "cancelled"]),
        ("send", &["cancelled-direct"]),
        ("receive", &["posted"]),
        ("pay", &["pending", "posted", "refused"]),
        ("payout", &["pending", "held", "posted", "refused", "cancelled", "by_hand", "open_item"]),
    ];
    let mut keys = vec!["next-link.body".to_owned(), "next-identity.body".to_owned()];
    for (name, states) in outcomes {
        for state in states {
            // What to do after a refusal depends on its reason.
            let is_refused = *state == "refused";
            let parts = if is_refused { &["", ".what"][..] } else { &["", ".what", ".next"] };
            keys.extend(parts.iter().map(|part| format!("{name}-{state}{part}")));
        }
    }
    let reasons =
        ["over_limit", "not_enough_money", "stopped", "not_active", "try_later", "not_approved"];
    for reason in reasons {
        keys.extend(["", ".next"].map(|part| format!("refusal-{reason}{part}")));
    }
    for name in ["topup", "send", "pay", "payout", "close", "keep"] {
        keys.extend(["", ".lead", ".button"].map(|part| format!("{name}-confirm{part}")));
    }
    for page in ["callback-denied", "callback-refused", "callback-silent"] {
        keys.extend(["", ".what", ".next"].map(|part| format!("{page}{part}")));
    }
    for code in problem_codes(found) {
        keys.extend(["", ".what", ".money", ".next"].map(|part| format!("error-{code}{part}")));
    }
    let calls: Vec<String> = keys.into_iter().map(|key| format!("t(\"{key}\")")).collect();
    calls.join(" ")
}

/// The codes that our code gives to problems.
fn problem_codes(found: &[String]) -> Vec<String> {
    let makers = ["bad_request(\"", "forbidden(\"", "conflict(\"", "unprocessable(\""];
    let mut codes = Vec::new();
    for source in found {
        for maker in makers.map(|maker| format!("Problem::{maker}")) {
            let parts = source.split(&maker).skip(1);
            codes.extend(parts.map(|part| part.split_once('"').unwrap().0.to_owned()));
        }
        for part in source.split("Problem::new(StatusCode::").skip(1) {
            let (_, code) = part.split_once('"').unwrap();
            codes.push(code.split_once('"').unwrap().0.to_owned());
        }
    }
    codes.retain(|code| !SCRIPTS_ONLY.contains(&code.as_str()));
    assert!(codes.len() > 15, "the codes were not found in the sources");
    codes.sort();
    codes.dedup();
    codes
}

#[test]
fn every_text_exists_in_both_languages_and_is_used() {
    let ja =
        [include_str!("../../locales/ja/wallet.ftl"), include_str!("../../locales/ja/desk.ftl")];
    let en =
        [include_str!("../../locales/en/wallet.ftl"), include_str!("../../locales/en/desk.ftl")];
    let mut found = sources(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    // What the desk refuses is worded here and answered there, for both companies.
    found.extend(sources(concat!(env!("CARGO_MANIFEST_DIR"), "/../desk-http/src")));
    found.push(built_keys(&found));
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    check_catalogs(&ja, &en, &found);
}

/// What is not on the list of what may be read again is covered; that somebody thought about it is here.
#[test]
fn somebody_thought_about_every_value_of_a_message_that_is_kept() {
    let ja =
        [include_str!("../../locales/ja/wallet.ftl"), include_str!("../../locales/ja/desk.ftl")];
    let named = variables(&ja, "notice-");
    assert!(named.len() > 10, "{named:?}");
    let unknown: Vec<_> = named.iter().filter(|name| !is_classified(name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
