//! Foreign rules, taken as best practice.

use super::{
    Force::{Abroad, Unverified as Unv},
    Row,
    Shown::{Manual, NotApplicable, Runs, RunsAnd, Unverified},
    row,
};

pub(super) const ROWS: &[Row] = &[
    row(
        "EU-01",
        Abroad,
        "RTS 2018/389 Art. 5",
        "dynamic linking: amount and payee are shown, the proof is of them, and any change voids it",
        Runs(&["shown-is-taken", "payment-by-passkey"]),
    ),
    row(
        "EU-02",
        Abroad,
        "RTS 2018/389 Art. 5(3)(b)",
        "the proof of a batch is of its total and payees",
        NotApplicable("no batches are offered"),
    ),
    row(
        "EU-03",
        Abroad,
        "RTS 2018/389 Art. 4",
        "codes once, five failures, no word about which factor was wrong, five idle minutes",
        Manual(
            "the operator's decision on idle sessions: 30 minutes at bank and desk and 12 hours in the wallet, where each movement above its limit asks anew; the other parts run in guesses-run-out and who-exists-at-the-bank",
        ),
    ),
    row(
        "EU-04",
        Abroad,
        "RTS 2018/389 Art. 2",
        "monitoring uses stolen factors, amounts, known scenarios, signs of malware, the device's log",
        Manual("the risk policy in force (kanuki risk check) and the lists it is fed with"),
    ),
    row(
        "EU-05",
        Unv,
        "RTS 2018/389 Art. 24",
        "binding a device from afar needs strong authentication",
        Unverified("from memory; the text was not at hand"),
    ),
    row(
        "EU-06",
        Abroad,
        "IPR 2024/886",
        "a payee's name is checked before a transfer to an account is authorised",
        NotApplicable(
            "payouts go to accounts of the customer that were linked and compared; no other transfer to an account is offered",
        ),
    ),
    row(
        "EU-07",
        Abroad,
        "PSR（2025-11-27 合意）",
        "spending limits and blocks, refusal on mismatch, human support, sharing of fraud data",
        Manual(
            "not final in the sources; limits and blocks run in own-cap, own-freeze and stop-code",
        ),
    ),
    row(
        "UK-01",
        Abroad,
        "PSR 2024-10-07",
        "victims are paid within five business days, with a clock that can stop and a split",
        RunsAnd(
            &["loss-made-good", "claim-clock"],
            "the closed cases of the last year with the days from report to payment",
        ),
    ),
    row(
        "UK-02",
        Abroad,
        "PSRs 2024 (SI 2024/1013)",
        "a payment may be held on suspicion; its payer is told how to release it",
        Runs(&["drain-is-held"]),
    ),
    row(
        "UK-03",
        Abroad,
        "PSR SD17",
        "confirmation of the payee's name",
        NotApplicable("no transfer to another person's bank account is offered"),
    ),
    row(
        "SG-01",
        Abroad,
        "MAS SRF duty 1",
        "a cooling-off of twelve hours for a new device or token",
        Runs(&["first-day", "new-payout-waits"]),
    ),
    row(
        "SG-02",
        Abroad,
        "MAS SRF duties 2, 3",
        "alerts in real time of sign-in from a new device and of every outgoing transaction",
        Manual(
            "messages of a sign-in from a new device; those of every movement run in wallet-tells and debit-is-told",
        ),
    ),
    row(
        "SG-03",
        Abroad,
        "MAS SRF duty 4",
        "a channel to report at any hour and a kill switch of one's own",
        Runs(&["own-freeze", "stop-code", "report-by-anybody"]),
    ),
    row(
        "SG-04",
        Abroad,
        "MAS SRF duty 5",
        "an account that is being drained quickly is blocked or held for 24 hours",
        Runs(&["drain-is-held"]),
    ),
    row(
        "SG-05",
        Abroad,
        "MAS SRF",
        "who breached a duty bears the loss first",
        RunsAnd(
            &["duties-of-a-case"],
            "the split that was decided in each closed case, with its reasons",
        ),
    ),
    row(
        "SG-06",
        Abroad,
        "MAS PD/2024/10/04",
        "no links in messages, cooling-off, extra proof of large transfers, low default limits",
        Runs(&["no-links-in-messages", "first-day", "payment-by-passkey"]),
    ),
    row(
        "SG-07",
        Abroad,
        "MAS EUPG",
        "adding payees and raising limits are high-risk activities",
        Runs(&["new-payout-waits"]),
    ),
    row(
        "SG-08",
        Abroad,
        "MAS PS Act",
        "caps count by person and company, over all wallets",
        Runs(&["relinked", "closed-and-back", "rolling-caps"]),
    ),
];
