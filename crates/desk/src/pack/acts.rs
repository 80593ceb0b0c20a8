//! The acts of a timeline, in the sentences that stand on its page.

/// An act of the timeline.
pub(super) struct Act {
    /// The word of the record.
    pub(super) what: &'static str,
    /// Of two at the same time, the lower comes first: one follows from the other.
    pub(super) rank: u8,
    /// Whether the person of the case did it, or was told of it.
    pub(super) is_theirs: bool,
    /// In Japanese; `{amount}` and the like are filled in.
    pub(super) ja: &'static str,
    /// In English, with the same names.
    pub(super) en: &'static str,
}

const fn act(what: &'static str, rank: u8, ja: &'static str, en: &'static str) -> Act {
    Act { what, rank, is_theirs: false, ja, en }
}

/// An act that its person did, or was told of.
const fn own(what: &'static str, rank: u8, ja: &'static str, en: &'static str) -> Act {
    Act { what, rank, is_theirs: true, ja, en }
}

/// Where acts have no rank of their own.
pub(super) const NOTED: u8 = 40;

pub(super) const ACTS: &[Act] = &[
    own("link.agreed", 10, "口座連携に同意した", "The holder agreed to the link"),
    own("link.connected", 10, "銀行口座を連携した", "The bank account was linked"),
    own("answer.signed", 5, "画面の内容に署名した", "The person signed what the page showed"),
    own("answer.refused", 5, "画面の内容を断った", "The person refused what the page showed"),
    act(
        "debit.asked",
        10,
        "ウォレットの会社が {amount} の引き落としを求めた",
        "The wallet company asked for a debit of {amount}",
    ),
    act(
        "debit.booked",
        20,
        "{amount} が口座 {account} から引き落とされた",
        "{amount} was debited from account {account}",
    ),
    act(
        "debit.refused",
        20,
        "{amount} の引き落としを銀行が断った（お金は動いていない）",
        "The bank refused the debit of {amount}; no money moved",
    ),
    act(
        "topup.asked",
        10,
        "{amount} のチャージ（口座からの引き落とし）を求めた",
        "A top-up of {amount} (a debit from the account) was asked for",
    ),
    act("topup.posted", 20, "{amount} がウォレットに入った", "{amount} came into the wallet"),
    act(
        "topup.refused",
        20,
        "{amount} のチャージはできなかった（お金は動いていない）",
        "The top-up of {amount} was refused; no money moved",
    ),
    act(
        "payout.asked",
        10,
        "{amount} の出金（口座への払い戻し）を求めた",
        "A payout of {amount} to the account was asked for",
    ),
    act("payout.posted", 20, "{amount} が口座へ出金された", "{amount} was paid out to the account"),
    act(
        "payout.refused",
        20,
        "{amount} の出金はできなかった（お金はウォレットに残った）",
        "The payout of {amount} was refused; the money stayed in the wallet",
    ),
    act(
        "payout.cancelled",
        20,
        "{amount} の出金を取り消した（お金はウォレットに残った）",
        "The payout of {amount} was cancelled; the money stayed in the wallet",
    ),
    act(
        "remittance.asked",
        10,
        "{amount} の送金を求めた",
        "A remittance of {amount} was asked for",
    ),
    act(
        "remittance.posted",
        20,
        "{amount} が相手のウォレットへ届いた",
        "{amount} reached the other wallet",
    ),
    act(
        "remittance.refused",
        20,
        "{amount} の送金はできなかった（お金はウォレットに残った）",
        "The remittance of {amount} was refused; the money stayed in the wallet",
    ),
    act(
        "remittance.cancelled",
        20,
        "{amount} の送金を取り消した（お金は戻った）",
        "The remittance of {amount} was cancelled; the money came back",
    ),
    act(
        "remittance.returned",
        20,
        "{amount} の送金は受け取られず、戻った",
        "The remittance of {amount} was not taken and came back",
    ),
    act("payment.asked", 10, "{amount} の支払いを求めた", "A payment of {amount} was asked for"),
    act("payment.posted", 20, "{amount} を店に支払った", "{amount} was paid to a shop"),
    act(
        "payment.refused",
        20,
        "{amount} の支払いはできなかった（お金はウォレットに残った）",
        "The payment of {amount} was refused; the money stayed in the wallet",
    ),
    act(
        "refund.asked",
        46,
        "{payer}が {amount} を口座 {account} へ返すよう求めた",
        "{payer} asked to pay {amount} back to account {account}",
    ),
    act(
        "refund.booked",
        60,
        "{payer}が {amount} を口座 {account} へ返した",
        "{payer} paid {amount} back to account {account}",
    ),
    act(
        "refund.refused",
        60,
        "{payer}からの {amount} の返金は口座 {account} に入らなかった",
        "The refund of {amount} by {payer} did not reach account {account}",
    ),
    own(
        "stop_code.used",
        25,
        "お知らせの停止コードで止めた",
        "Stopped with the stop code of a notice",
    ),
    own("wallet.frozen", 25, "ウォレットを止めた", "The wallet was stopped"),
    own("case.opened", 30, "この案件の受け付け", "This case was opened"),
    own(
        "case.stop_code",
        NOTED,
        "停止コードが使われたことを受け付けた",
        "The use of a stop code was taken",
    ),
    own(
        "case.report_by_phone",
        NOTED,
        "電話で届け出を受け、読み上げて確かめた",
        "The report was taken by telephone and read back",
    ),
    own("case.report_taken", NOTED, "届け出を受け付けた", "The report was taken"),
    own("case.report_answered", NOTED, "届け出た人に返事をした", "Whoever reported was answered"),
    own(
        "case.report_told",
        NOTED,
        "もう一方の会社に受付番号を知らせた",
        "The other company was told the number",
    ),
    own(
        "case.ended_at_bank",
        NOTED,
        "銀行で連携が終わったことを確かめた",
        "That the link ended at the bank was confirmed",
    ),
    own(
        "case.end_unknown",
        NOTED,
        "銀行で連携が終わったか、まだ確かめられない",
        "Whether the link ended at the bank is not known yet",
    ),
    act("case.stopped_again", NOTED, "もう一度、止める操作があった", "It was stopped once more"),
    act("case.told_by_bank", NOTED, "銀行からの知らせで止めた", "Stopped on the word of the bank"),
    act(
        "case.wallet_is_closed",
        NOTED,
        "ウォレットはすでに退会済みだった",
        "The wallet had been closed before",
    ),
    act(
        "case.frozen_for",
        NOTED,
        "別の案件のために、係員がウォレットを止めた",
        "Staff stopped the wallet for another case",
    ),
    act(
        "case.proposed_unfreeze",
        NOTED,
        "再開の承認が申請された",
        "One person asked to let it go on",
    ),
    act(
        "case.claim_told_of",
        NOTED,
        "もう一方の会社から、この番号の届け出があったと知らされた",
        "The other company told of a report under this number",
    ),
    act(
        "case.claim_named",
        NOTED,
        "もう一方の会社から、だれの口座連携についてかを知らされた",
        "The other company said which link it is about",
    ),
    own(
        "case.report_by_stop",
        NOTED,
        "停止の操作を届け出として受け付けた",
        "The stop was taken as a report",
    ),
    act(
        "case.claim_joined",
        NOTED,
        "同じ人の案件とつないだ",
        "Joined with a case of the same person",
    ),
    act(
        "case.claim_other_named",
        NOTED,
        "関わる会社がわかり、受付番号を知らせた",
        "The other company was found and told the number",
    ),
    act(
        "case.claim_nobody_else",
        NOTED,
        "ほかの会社は関わっていないことを確かめた",
        "No other company has to do with it",
    ),
    own(
        "case.claim_again_asked",
        NOTED,
        "別の担当者による再調査の申し込みがあった",
        "A second look by other people was asked for",
    ),
    own(
        "case.claim_victim_told",
        NOTED,
        "返金が被害の補償であることを本人に知らせた",
        "The person was told that the money is their compensation",
    ),
    act(
        "case.claim_opened_by_word",
        NOTED,
        "もう一方の会社から支払いの知らせがあり、終わっていた案件をもう一度開いた",
        "The other company said that it paid, and the case was opened again",
    ),
    act("case.claim_outcome_made_good", NOTED, "結果：補償した", "Outcome: made good"),
    act(
        "case.claim_outcome_not_owed",
        NOTED,
        "結果：証拠により補償しないと決めた",
        "Outcome: nothing is owed, by evidence",
    ),
    act(
        "case.claim_outcome_nothing_lost",
        NOTED,
        "結果：お金は出ていない",
        "Outcome: nothing was lost",
    ),
    act(
        "case.claim_outcome_taken_back",
        NOTED,
        "結果：届け出た人が取り下げた",
        "Outcome: taken back by whoever reported",
    ),
    own(
        "claim.opened",
        NOTED,
        "補償の手続きを始めた（{amount}）",
        "The claim was opened ({amount})",
    ),
    act("claim.investigating", NOTED, "補償を調べている", "The claim is looked into"),
    own(
        "claim.paused",
        NOTED,
        "返金の期限を止めた：{why}",
        "The clock of the refund was stopped: {why}",
    ),
    act(
        "claim.pay_proposed",
        NOTED,
        "一人の係員が、支払いの承認を申請した",
        "One person asked that it be paid",
    ),
    act(
        "claim.refusal_proposed",
        NOTED,
        "一人の係員が、証拠によるお断りの承認を申請した",
        "One person asked that it be refused, by evidence",
    ),
    act(
        "claim.fell_through",
        NOTED,
        "支払いができなかった。もう一度調べる",
        "A payment came to nothing; it is looked into again",
    ),
    own(
        "claim.refused",
        NOTED,
        "別の係員が承認し、証拠により補償しないと決めた：{evidence}",
        "A second person agreed: not owed, by evidence: {evidence}",
    ),
    act(
        "claim.pay_agreed",
        45,
        "別の係員が承認し、{payer}が {amount} を支払うと決めた",
        "A second person agreed that {payer} pays {amount}",
    ),
    own(
        "claim.paid",
        60,
        "{payer}が {amount} を口座 {account} へ支払った",
        "{payer} paid {amount} to account {account}",
    ),
    act(
        "claim.settled",
        70,
        "被害者への支払いがすべて済み、分担を記帳した（ウォレットの会社 {wallet}・銀行 {bank}、割合 {split}）",
        "All is paid to the victim, and the shares are booked (wallet company {wallet}, bank {bank}, split {split})",
    ),
    own(
        "claim.told_paid",
        44,
        "{payer}が被害者へ {amount} を支払ったと、{payer}から知らされた",
        "{payer} told that it paid {amount} to the victim",
    ),
    act(
        "claim.share_agreed",
        45,
        "別の係員が承認し、{company}の分担を記帳すると決めた",
        "A second person agreed that {company} books its share",
    ),
    act(
        "claim.share_booked",
        70,
        "{company}が、自社の分担 {share} を割合 {split} で記帳した（支払ったのは{payer}）",
        "{company} booked its share of {share} by the split {split}; it was {payer} that paid",
    ),
    own("case.closed", 80, "この案件の終了", "This case was closed"),
];
