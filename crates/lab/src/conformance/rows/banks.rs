//! The bank's side: supervision, the bankers' association's guideline, and the request of 2020.

use super::{
    Force::{Industry, Law, Practice, Request, Sup, SupDes, SupEg, SupMust, Unverified as Unv},
    Row,
    Shown::{Manual, Runs, Unverified},
    row,
};

/// 主要行等・中小・地域金融機関向け監督指針 (supervision of banks).
const BANKS: &str = "主要行等／中小・地域金融機関向けの総合的な監督指針";
/// 全銀協 (the bankers' association).
const ZENGINKYO: &str = "全銀協「資金移動業者等との口座連携に関するガイドライン」（2020-11-30）";
/// 金融庁 2020-09-15 (the request after the incident).
const REQUEST: &str = "金融庁 2020-09-15 要請";

pub(super) const ROWS: &[Row] = &[
    row(
        "BK-01",
        Sup,
        BANKS,
        "several factors when a depositor links an account; a PIN alone is not acceptable",
        Runs(&["number-and-pin", "unsigned-consent"]),
    ),
    row(
        "BK-02",
        SupEg,
        BANKS,
        "factors such as a password with a token's, JPKI or another certificate",
        Runs(&["declared-factors", "unsigned-consent"]),
    ),
    row(
        "BK-03",
        Sup,
        BANKS,
        "changes of telephone and mail address are protected by robust authentication",
        Runs(&["contact-change-waits"]),
    ),
    row(
        "BK-04",
        Sup,
        BANKS,
        "the contact that was registered before is told of a link and its content",
        Runs(&["link-is-told"]),
    ),
    row(
        "BK-05",
        Sup,
        BANKS,
        "joint assessment, split of roles, measures that do not duplicate each other",
        Manual(
            "the joint assessment itself and who made it; the registry keeps it with the split of roles",
        ),
    ),
    row(
        "BK-06",
        SupDes,
        BANKS,
        "what the wallet needs to compare name and birth date is provided",
        Runs(&["somebody-elses-account"]),
    ),
    row(
        "BK-07",
        Sup,
        BANKS,
        "monitoring, sharing hits with the operator, suspending, contacting victims",
        Runs(&["stop-crosses", "debit-is-told"]),
    ),
    row("BK-08", Sup, BANKS, "customers are not sent to and fro", Runs(&["report-by-anybody"])),
    row(
        "BK-09",
        Sup,
        "中小・地域金融機関向けの総合的な監督指針Ⅳ-2-6(2)",
        "the contract says how damage is split: intake, criteria, method, payer",
        Manual(
            "the contract's part on damage; the registry keeps the split, and /compensation says it to everybody",
        ),
    ),
    row(
        "BK-10",
        SupMust,
        "中小・地域金融機関向けの総合的な監督指針Ⅱ-3-5-2(2)",
        "phishing-resistant authentication in internet banking",
        Runs(&["sign-in-by-passkey", "unsigned-consent"]),
    ),
    row(
        "BK-11",
        Request,
        "金融庁・警察庁 2025-09-12 要請",
        "low initial limits for a while, early high-value use noticed, accounts stopped faster",
        Runs(&["first-day", "stop-code"]),
    ),
    row(
        "BK-12",
        Law,
        "犯罪収益移転防止法施行規則32条2項（2027-04-01施行）",
        "banks endeavor to share what they know of suspect accounts",
        Manual("the sharing arrangement of the bank; in force from 2027-04-01"),
    ),
    row(
        "BK-13",
        Practice,
        "ゆうちょダイレクト",
        "new users begin with a low limit and wait after a device was registered",
        Runs(&["first-day"]),
    ),
    row(
        "ZG-01",
        Industry,
        ZENGINKYO,
        "an operator's identity process is screened for weaknesses, and again and again",
        Manual("the record of the last two screenings; the registry keeps the date of the next"),
    ),
    row(
        "ZG-02",
        Industry,
        ZENGINKYO,
        "several factors are combined at the link",
        Runs(&["number-and-pin", "unsigned-consent"]),
    ),
    row(
        "ZG-03",
        Industry,
        ZENGINKYO,
        "where a weaker way is used for some customers, they are protected by a separate measure",
        Runs(&["code-route-waits"]),
    ),
    row(
        "ZG-04",
        Industry,
        ZENGINKYO,
        "the bank makes sure of the operator's monitoring, especially when the service changes",
        Manual(
            "the record of the last check; a version of the registry that loosens needs a new assessment",
        ),
    ),
    row(
        "ZG-05",
        Industry,
        ZENGINKYO,
        "how and how far losses are made good is agreed beforehand",
        Manual("the contract's part on damage; the registry keeps the split"),
    ),
    row(
        "ZG-06",
        Industry,
        ZENGINKYO,
        "protection of users comes first, and both sides are looked at",
        Manual("the joint assessment of each pair"),
    ),
    row(
        "ZG-07",
        Unv,
        ZENGINKYO,
        "items that are often said to be in it: second factor for old links, low limits, sharing",
        Unverified("no copy was at hand; BK and FT rows cover the subject"),
    ),
    row(
        "RQ-01",
        Request,
        REQUEST,
        "the whole of linking and debit is examined, with the other side's checks in view",
        Manual(
            "the report of the examination; the registry keeps the joint assessment that came of it",
        ),
    ),
    row(
        "RQ-02",
        Request,
        REQUEST,
        "what is weak is strengthened, such as by several factors",
        Runs(&["number-and-pin"]),
    ),
    row(
        "RQ-03",
        Request,
        REQUEST,
        "until it is, new links and charging are both suspended",
        Runs(&["bank-halts-partner", "wallet-halts"]),
    ),
    row("RQ-04", Request, REQUEST, "past damage is looked for", Runs(&["look-back"])),
    row(
        "RQ-05",
        Request,
        REQUEST,
        "worried customers are answered quickly, losses included",
        Runs(&["report-by-anybody", "compensation-for-anybody"]),
    ),
    row("RQ-06", Request, REQUEST, "problems are reported", Manual("the reports that were sent")),
];
