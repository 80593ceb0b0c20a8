//! Authentication, internet transactions, systems and records: the rest of the guideline for
//! funds-transfer operators, and what differs for prepaid issuers.

use super::{
    Force::{Law, Sup, SupEg, SupMust},
    Row,
    Shown::{Manual, NotApplicable, Runs, RunsAnd},
    row,
};

/// インターネット取引 (transactions over the internet), new in 2026.
const NET: &str = "事務ガイドライン（資金移動業者関係）Ⅱ-2-3-1-2";
/// システム (systems).
const SYSTEM: &str = "事務ガイドライン（資金移動業者関係）Ⅱ-2-3-1-1";
/// 前払式支払手段 (prepaid).
const PREPAID: &str = "事務ガイドライン（前払式支払手段発行者関係）Ⅱ-2-8、Ⅱ-2-9、Ⅱ-3-1-2";

pub(super) const ROWS: &[Row] = &[
    row(
        "FT-31",
        SupMust,
        NET,
        "phishing-resistant authentication by default at sign-in, withdrawal and change of the payout account",
        Runs(&["sign-in-by-passkey", "payout-by-passkey", "unsigned-consent"]),
    ),
    row(
        "FT-32",
        Sup,
        NET,
        "who cannot use it has another way, and how many do is counted and lowered",
        Runs(&["counted-without-passkey"]),
    ),
    row(
        "FT-33",
        Sup,
        NET,
        "until it is rolled out: other factors, a published schedule, closer watching",
        NotApplicable("passkeys are the default from the first day; there is no transition"),
    ),
    row(
        "FT-34",
        Sup,
        NET,
        "customers are told of sign-in, transaction, withdrawal and change of the payout account",
        Manual(
            "messages of a sign-in from a new device; those of link, top-up, payment and payout run in wallet-tells",
        ),
    ),
    row("FT-35", SupMust, NET, "repeated failures lock by themselves", Runs(&["guesses-run-out"])),
    row(
        "FT-36",
        Sup,
        NET,
        "behavior at sign-in is analysed, and its data kept",
        Manual("the risk policy in force (kanuki risk check) and the retention of its log"),
    ),
    row(
        "FT-37",
        Sup,
        NET,
        "step-up, timely cut-off of suspicious access, block of its source",
        Manual("kanuki lab run reverse-brute-force, and the breakers at the desk (/desk/gates)"),
    ),
    row(
        "FT-38",
        SupEg,
        NET,
        "phishing-resistant authentication at transactions and at links to bank accounts",
        Runs(&["unsigned-consent", "payment-by-passkey"]),
    ),
    row("FT-39", SupEg, NET, "customers set their own limits", Runs(&["own-cap"])),
    row(
        "FT-40",
        SupEg,
        NET,
        "abnormal transactions are detected and their user is contacted quickly",
        Runs(&["drain-is-held"]),
    ),
    row(
        "FT-41",
        Sup,
        NET,
        "no links to sign-in in mail and messages; people are told to use bookmark or app",
        Runs(&["no-links-in-messages"]),
    ),
    row(
        "FT-42",
        Sup,
        NET,
        "it is a matter of top management; intelligence is shared",
        Manual("the decision of management and the memberships (JPCERT/CC and others)"),
    ),
    row(
        "FT-43",
        Sup,
        NET,
        "customers can check transactions in time and report quickly; victims are contacted",
        Runs(&["report-by-anybody", "debit-is-told", "wallet-tells", "stop-code"]),
    ),
    row(
        "FT-44",
        Law,
        "資金移動業者府令31条二・三",
        "an instruction is shown before it is sent and can be corrected",
        Runs(&["confirmed-first", "shown-is-taken"]),
    ),
    row(
        "FT-45",
        Law,
        "資金移動業者府令31条一、Ⅱ-2-1-2-1(5)",
        "transfers and payouts of suspected users are stopped",
        Runs(&["own-freeze", "stop-code", "wallet-halts"]),
    ),
    row(
        "FT-46",
        Sup,
        SYSTEM,
        "security is designed for the whole service with the part of the partner",
        Manual(
            "the threat model; docs/adr and kanuki lab run wire-tamper rogue-wallet show what it rests on",
        ),
    ),
    row(
        "FT-47",
        Sup,
        SYSTEM,
        "limits of the system are known, surges planned for, volumes shared with partners",
        Manual(
            "measurements of the installation (kanuki ledger bench) and the volumes that were agreed",
        ),
    ),
    row(
        "FT-48",
        Sup,
        SYSTEM,
        "secrets are encrypted or masked, keys managed, privileges least",
        Manual("the operator's key management; who can read the key files"),
    ),
    row(
        "FT-49",
        Sup,
        SYSTEM,
        "patches follow the authority's guideline",
        Manual("the patch record"),
    ),
    row(
        "FT-50",
        Sup,
        SYSTEM,
        "contingency plan, drilled with outsourcers and partners",
        RunsAnd(&["drill"], "the plan and the protocol of the last drill with each bank"),
    ),
    row(
        "FT-51",
        Sup,
        SYSTEM,
        "failures and attacks are reported at once, with the common forms",
        Manual("the reports that were sent"),
    ),
    row("FT-52", Sup, "Ⅱ-2-3-3", "outsourcing is overseen", Manual("contracts and audit reports")),
    row(
        "FT-53",
        Law,
        "犯罪収益移転防止法6〜8条",
        "identity and transaction records are kept for seven years",
        Runs(&["kept-for-years"]),
    ),
    row(
        "FT-54",
        Law,
        "資金移動業者府令33条、Ⅱ-2-2-2-1",
        "books for ten years; each user's liability can be restored after a loss",
        Manual("kanuki ledger restore of the last backup, then kanuki ledger verify"),
    ),
    row(
        "FT-55",
        Sup,
        "Ⅱ-2-2-2-1④",
        "the liability to a user ends only when the payee has received",
        Manual(
            "docs/ledger.md: a payout stays pending in the ledger until the bank has booked it; kanuki ledger verify",
        ),
    ),
    row(
        "FT-56",
        Law,
        "資金決済法施行令12条の2、府令30条の2",
        "a type-2 operator moves ¥1,000,000 at most and looks at balances above it",
        Runs(&["first-day", "rolling-caps"]),
    ),
    row(
        "FT-57",
        Sup,
        "Ⅱ-2-1-2-1",
        "money laundering: central function, customer risk, screening, scenarios",
        Manual(
            "the program of the company; what it screens names against are lists of its own (docs/screening.md)",
        ),
    ),
    row(
        "PP-01",
        SupEg,
        PREPAID,
        "at linking, what the wallet authenticates by goes to the telephone or address that the bank has",
        Runs(&["code-route-waits"]),
    ),
    row(
        "PP-02",
        Sup,
        PREPAID,
        "the charge cap is at a level that deters fraud",
        Runs(&["first-day", "rolling-caps"]),
    ),
    row(
        "PP-03",
        Sup,
        PREPAID,
        "the bank uses phishing-resistant authentication",
        Runs(&["declared-factors", "unsigned-consent"]),
    ),
    row(
        "PP-04",
        SupMust,
        PREPAID,
        "phishing-resistant authentication at sign-in and when balance is passed on",
        Runs(&["sign-in-by-passkey", "payment-by-passkey"]),
    ),
    row(
        "PP-05",
        Law,
        "前払式支払手段府令23条の2①三、23条の3①四",
        "a policy on losses as FT-24 to FT-30 ask",
        Runs(&["compensation-for-anybody"]),
    ),
    row(
        "PP-06",
        Law,
        "前払式支払手段府令23条の3①一、Ⅱ-2-6-1",
        "what is passed on is capped; receivers above a threshold are noticed and suspended",
        Manual("the risk policy in force; its caps run in rolling-caps and drain-is-held"),
    ),
    row(
        "PP-07",
        Law,
        "前払式支払手段府令5条の2",
        "above ¥100,000 an item or ¥300,000 a month the supervision of high-value prepaid applies",
        Manual("the registration of the company; the caps that ship are not above these"),
    ),
    row(
        "PP-08",
        Sup,
        "Ⅱ-2-5-1",
        "victims of codes: fast intake, freeze, refund of what is left",
        NotApplicable("no code that somebody buys and tells to a thief is issued"),
    ),
];
