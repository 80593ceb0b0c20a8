//! The bank's books of its gateway for an accounting program.

use kanuki_desk::journal::Words;
use kanuki_domain::id::CaseId;

use crate::chart;

/// What our accounts and movements are called; `docs/chart-of-accounts.md` explains each.
pub const WORDS: Words = Words { account, reason, reference };

const fn account(code: u16) -> &'static str {
    match code {
        chart::CODE_CORE_CLEARING => "core clearing 勘定系清算",
        chart::CODE_PARTNER_CLEARING => "partner clearing 提携先清算",
        chart::CODE_SUSPENSE => "suspense 仮受",
        chart::CODE_COMPENSATION => "compensation 補償",
        _ => "other その他",
    }
}

/// The accounts on both sides say whether it was a debit or a payout.
const fn reason(code: u16) -> &'static str {
    match code {
        chart::CODE_PARTNER_CLEARING => "with a partner 提携先との入出金",
        chart::CODE_COMPENSATION => "compensation 補償",
        _ => "other その他",
    }
}

fn reference(code: u16, bits: u128) -> String {
    match code {
        chart::CODE_COMPENSATION => CaseId::from_bits(bits).to_string(),
        _ => String::new(),
    }
}
