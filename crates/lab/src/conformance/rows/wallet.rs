//! Linking and compensation: the supervisory guideline for funds-transfer operators, Ⅱ-2-5 and Ⅱ-2-6.

use super::{
    Force::{Law, Sup, SupDes, SupEg},
    Row,
    Shown::{Manual, Runs, RunsAnd},
    row,
};

/// 連携 (linking).
const LINKING: &str = "事務ガイドライン（資金移動業者関係）Ⅱ-2-5-1";
/// 補償 (compensation).
const LOSSES: &str = "事務ガイドライン（資金移動業者関係）Ⅱ-2-6";

pub(super) const ROWS: &[Row] = &[
    row(
        "FT-01",
        Sup,
        LINKING,
        "internal control identifies the risks of the whole linked service when it is introduced or changed",
        Runs(&["risk-record", "wider-onboarding"]),
    ),
    row(
        "FT-02",
        Sup,
        LINKING,
        "a control department collects methods of crime and reports to management",
        Runs(&["monthly-report"]),
    ),
    row(
        "FT-03",
        Sup,
        LINKING,
        "the linked service is audited internally and reported to management",
        Manual("the audit report; kanuki audit verify proves that the log it read is whole"),
    ),
    row(
        "FT-04",
        Sup,
        LINKING,
        "plan, do, check, act works",
        Manual("the last two reviews and what was changed between them"),
    ),
    row(
        "FT-05",
        Sup,
        LINKING,
        "wallet and bank assess the risk of the whole linked service together",
        Runs(&["partner-file", "risk-record", "wider-onboarding"]),
    ),
    row(
        "FT-06",
        Sup,
        LINKING,
        "who is responsible for what is clear",
        Manual(
            "the split of tasks that both companies signed; the registry keeps it with a name for each task",
        ),
    ),
    row(
        "FT-07",
        Sup,
        LINKING,
        "what wallet and bank know of the user is compared before an account is linked",
        Runs(&["somebody-elses-account"]),
    ),
    row(
        "FT-08",
        SupEg,
        LINKING,
        "identity is verified by JPKI or as well, and compared with what the bank has",
        Runs(&["wallet-by-mail-alone", "somebody-elses-account"]),
    ),
    row(
        "FT-09",
        SupDes,
        LINKING,
        "except with JPKI, the comparison covers name, birth date, address and telephone",
        Manual(
            "only JPKI proves an identity here, so name, birth date and address are compared; the table is in docs/defaults.md",
        ),
    ),
    row(
        "FT-10",
        Sup,
        LINKING,
        "the wallet makes sure that the bank proves its customer by several factors",
        Runs(&["declared-factors", "weak-bank-refused"]),
    ),
    row(
        "FT-11",
        Sup,
        LINKING,
        "the wallet's measures do not rest on the same thing as the bank's",
        Runs(&["wallet-by-mail-alone", "unsigned-consent", "partner-file"]),
    ),
    row(
        "FT-12",
        Sup,
        LINKING,
        "the bank protects changes of contacts that it authenticates by",
        Runs(&["contact-change-waits"]),
    ),
    row(
        "FT-13",
        Sup,
        LINKING,
        "the assessment is repeated in time, and measures follow it",
        Runs(&["review-in-time"]),
    ),
    row(
        "FT-14",
        Sup,
        LINKING,
        "where an assessment shows a problem, the service or a part of it is stopped",
        Runs(&["bank-halts-partner", "wallet-halts"]),
    ),
    row(
        "FT-15",
        Sup,
        LINKING,
        "who relies on a bank's verification confirms that user and account holder are one",
        Runs(&["somebody-elses-account"]),
    ),
    row(
        "FT-16",
        Sup,
        LINKING,
        "a partner is judged by criteria before the contract",
        Manual("the criteria and what was found before the contract; the registry keeps its date"),
    ),
    row(
        "FT-17",
        Sup,
        LINKING,
        "the contract states tasks, split, and what supervision needs",
        Manual("the contract; the registry keeps when it was concluded and what it splits"),
    ),
    row(
        "FT-18",
        Sup,
        LINKING,
        "it is checked from time to time that the partner does its part of verification",
        Manual("the record of the last check; the registry asks for its date"),
    ),
    row(
        "FT-19",
        Sup,
        LINKING,
        "declared name, address and birth date are checked for being true",
        Runs(&["wallet-by-mail-alone", "somebody-elses-account"]),
    ),
    row(
        "FT-20",
        Sup,
        LINKING,
        "the contract is changed or ended when that is needed",
        Manual("the contract; the registry keeps each version and who signed it"),
    ),
    row(
        "FT-21",
        Sup,
        LINKING,
        "the holder is told of a link through a contact that the bank already had",
        Runs(&["link-is-told", "contact-change-waits"]),
    ),
    row(
        "FT-22",
        Sup,
        LINKING,
        "what is detected is shared with the partner, suspended, investigated, and victims are contacted",
        Runs(&["stop-crosses", "debit-is-told"]),
    ),
    row(
        "FT-23",
        Sup,
        LINKING,
        "wallet and bank do not send people to each other",
        Runs(&["report-by-anybody", "stop-crosses"]),
    ),
    row(
        "FT-24",
        Law,
        "資金移動業者府令29条の2①五",
        "the policy on losses is given to users when transfers are agreed",
        RunsAnd(
            &["policy-at-linking"],
            "the terms of use with the policy's version and its acceptance",
        ),
    ),
    row(
        "FT-25",
        Law,
        "資金移動業者府令31条四",
        "the policy is known to people who are no users and may lose money",
        Runs(&["compensation-for-anybody"]),
    ),
    row(
        "FT-26",
        Sup,
        LOSSES,
        "the policy says what is made good and when, how, who pays and how it is split, where to turn, when fraud is published",
        Runs(&["compensation-for-anybody"]),
    ),
    row("FT-27", Sup, LOSSES, "users know at least who pays", Runs(&["compensation-for-anybody"])),
    row(
        "FT-28",
        Sup,
        LOSSES,
        "losses are made good properly and quickly, together with the partner",
        RunsAnd(
            &["loss-made-good", "claim-clock"],
            "the closed cases of the last year with the days from report to payment",
        ),
    ),
    row(
        "FT-29",
        Sup,
        LOSSES,
        "inquiries, risks and incidents are shared with partner and association",
        RunsAnd(
            &["stop-crosses", "halt-told"],
            "what was sent to the association; events to the partner are in both audit logs",
        ),
    ),
    row(
        "FT-30",
        Sup,
        LOSSES,
        "fraud is reported to the authority promptly (不正取引発生報告書)",
        RunsAnd(
            &["draft-for-authority"],
            "the reports that were sent, with the time from the case to the report",
        ),
    ),
];
