//! Where the hunt begins: the playbooks, told in moves as files write them.

use super::{
    moves::Move,
    story::{Given, Story},
};

/// What the thief was given, and his moves.
const FIRST: [(Given, &str); 35] = [
    (Given::Phone, "wait 86410, debit 50000, wait 86410, debit 50000, pay 50000"),
    (Given::Phone, "debit 10000, unlink, link, debit 10000, second, debit 9000"),
    (Given::Phone, "mail, unlink, link, wait 604860, link, debit 50000"),
    (Given::Phone, "wait 86410, lower 5000, raise 50000, debit 30000, wait 86410, debit 30000"),
    (Given::Phone, "wait 86410, race 20000, freeze, debit 1000, unfreeze, race 5000"),
    (Given::Phone, "debit 5000, stop, debit 1000, unlink, link, debit 5000"),
    (Given::Phone, "wait 86410, lower 5000, approve 30000, approve 30000, skin, approve 9000"),
    (Given::Phone, "wait 86410, debit 30000, payout 30000, debit 30000, send 10000"),
    (Given::Phone, "wait 86410, debit 50000, wait 2505600, debit 50000, wait 86390, debit 50000"),
    (Given::Phone, "debit 9000, keep 5000, take_back, keep 5000, claim, request 1000"),
    (
        Given::Phone,
        "wait 86410, debit 30000, payout 20000, pay_back, other_bank, other_payout 9000",
    ),
    (Given::Phone, "other_bank, wait 86410, debit 30000, other_payout 30000, other_debit 10000"),
    (Given::Phone, "own_bank, debit 5000, wait 86410, renew 50000, debit 50000"),
    (Given::Phone, "stop_all, link, unlock, wait 86410, link, debit 9000"),
    (Given::Phone, "home 0, unlink, link, unlock, wait 86410, link, debit 9000"),
    (Given::Phone, "alerts, debit 5000, stop, debit 1000, release, agree, debit 1000"),
    (Given::Phone, "wait 86410, freeze, report 0, release, agree, refund 10000, agree"),
    (Given::Phone, "debit 5000, device, drop_key, lost_key, debit 1000, link"),
    (
        Given::Phone,
        "delegate, delegate_acts 0, delegate_acts 1, debit 1000, delegate_end, delegate_acts 0",
    ),
    (Given::Phone, "wait 86410, lower 1000, tired 30000, tired 30000, tired 30000, approve 30000"),
    (Given::Phone, "home 2, call 1, debit 1000, call 3, link, home 3, debit 500"),
    (Given::Phone, "debit 5000, recover, wait 604860, reclaim, debit 1000, pay 1000"),
    (Given::Mailbox, "recover, reclaim, wait 604860, reclaim, debit 5000"),
    (Given::Mailbox, "recover, home 5, wait 604860, reclaim, link_as"),
    (Given::Mailbox, "enrol 2, link_as, raise 50000, mail, look"),
    (
        Given::Delegate,
        "delegate_acts 0, delegate_acts 4, delegate_acts 5, delegate_acts 6, delegate_acts 7",
    ),
    (Given::Delegate, "delegate_acts 3, delegate_acts 2, home 6, delegate_acts 0, delegate_acts 8"),
    (Given::Desk, "call 4, wait 259200, delegate_letter, delegate_acts 4, delegate_acts 7"),
    (Given::Desk, "call 0, release, agree, wait 86410, agree, refund 9000, agree"),
    (Given::Desk, "call 2, call 5, call 6, call 7, call 8, report 1"),
    (Given::Codes, "enrol 0, call 3, unlock, wait 86410, link_as, letter"),
    (Given::List, "guess 0, guess 1, guess 2, guess 3, lock, report 1"),
    (Given::Codes, "enrol 0, link_as, mail, wait 604860, mail, link_as"),
    (Given::Codes, "enrol 1, link_as, skin, enrol 2, link_as"),
    (Given::List, "knock, strange, wait 86410, skin, knock"),
];

/// The stories that the hunt begins with.
pub(crate) fn first() -> Vec<Story> {
    let story = |(given, moves): &(Given, &str)| {
        let moves = moves.split(", ").filter_map(Move::parse).collect();
        Story::new(*given, moves)
    };
    FIRST.iter().map(story).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_first_move_is_one() {
        for ((given, text), story) in FIRST.iter().zip(first()) {
            assert_eq!(text.split(", ").count(), story.moves.len(), "{given:?}: {text}");
        }
    }
}
