//! What happened in 2020 and must not happen again. No rule, and the reason for many.

use super::{
    Force::{Lesson, Unverified as Unv},
    Row,
    Shown::{Runs, Unverified},
    row,
};

const SEEN: &str = "2020年の不正出金";

pub(super) const ROWS: &[Row] = &[
    row(
        "INC-01",
        Lesson,
        SEEN,
        "a wallet opened with an e-mail address links a bank account",
        Runs(&["wallet-by-mail-alone"]),
    ),
    row(
        "INC-02",
        Lesson,
        SEEN,
        "an account is linked by what can be known: number, name, birth date, PIN",
        Runs(&["number-and-pin"]),
    ),
    row(
        "INC-03",
        Lesson,
        SEEN,
        "one PIN is tried at one account after the other",
        Runs(&["walked-numbers", "guesses-run-out"]),
    ),
    row(
        "INC-04",
        Lesson,
        "mijica 2020",
        "a secondary code is guessed without end",
        Runs(&["guesses-run-out"]),
    ),
    row(
        "INC-05",
        Lesson,
        SEEN,
        "a month's limit is taken on its last day and again on the next",
        Runs(&["rolling-caps"]),
    ),
    row("INC-06", Lesson, SEEN, "four charges in the minute after the link", Runs(&["first-day"])),
    row(
        "INC-07",
        Unv,
        SEEN,
        "an account is linked a second time to reset its counters",
        Unverified("no source shows that it was done; the probe relinked runs for CP-07 and SG-08"),
    ),
    row(
        "INC-08",
        Lesson,
        "ドコモ 2020-11",
        "one person has many wallets",
        Runs(&["one-wallet-a-person"]),
    ),
    row(
        "INC-09",
        Lesson,
        SEEN,
        "the wallet's holder and the account's holder are two people",
        Runs(&["somebody-elses-account"]),
    ),
    row(
        "INC-10",
        Lesson,
        SEEN,
        "a page tells the name or the existence of an account before anybody is proven",
        Runs(&["who-exists-at-the-bank"]),
    ),
    row(
        "INC-11",
        Lesson,
        SEEN,
        "a victim who never used a wallet hears nothing and can claim nowhere",
        Runs(&["link-is-told", "debit-is-told", "report-by-anybody", "compensation-for-anybody"]),
    ),
    row(
        "INC-12",
        Lesson,
        "2020-09-10",
        "new links are halted and old ones go on draining",
        Runs(&["bank-halts-partner", "wallet-halts"]),
    ),
    row(
        "INC-13",
        Lesson,
        "mijica 2020",
        "limits are lowered and the service is not stopped",
        Runs(&["bank-halts-partner", "own-cap"]),
    ),
    row(
        "INC-14",
        Lesson,
        "SBI証券 2020",
        "the payout account is changed to a new one and emptied at once",
        Runs(&["payout-by-passkey", "new-payout-waits"]),
    ),
    row(
        "INC-15",
        Lesson,
        "mijica 2020",
        "a product can be used before the proof by another way is complete",
        Runs(&["code-route-waits"]),
    ),
    row(
        "INC-16",
        Lesson,
        "2021-01 逮捕",
        "goods are bought with charged money within 24 hours of the account",
        Runs(&["first-day"]),
    ),
    row(
        "INC-17",
        Lesson,
        SEEN,
        "onboarding is opened wider without a new assessment",
        Runs(&["wider-onboarding", "risk-record"]),
    ),
];
