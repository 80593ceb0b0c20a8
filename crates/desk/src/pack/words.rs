//! What stands on a pack's pages in place of the record's own words: Japanese first, English beside it.
//!
//! The pages follow from the pack and this table alone, because whoever proves a PDF draws them again. So
//! the words live here and in no company's catalog, and a change to one of them is a new form
//! ([`super::SCHEMA`]).

use std::collections::BTreeMap;

use super::acts::{ACTS, Act, NOTED};

/// Words for a value of the record.
type Word = (&'static str, &'static str, &'static str);

const WORDS: &[Word] = &[
    ("kind.not_me", "身に覚えがないという申し出", "somebody said: it was not me"),
    ("kind.told_by_partner", "もう一方の会社からの知らせ", "told by the other company"),
    ("kind.open_item", "結果のわからない取引", "a movement whose end is not known"),
    ("kind.unfreeze", "再開の申し込み", "a request to go on"),
    ("kind.stopped", "止められたウォレット", "a wallet that was stopped"),
    ("state.open", "処理中", "under way"),
    ("state.pending", "処理中", "under way"),
    ("state.needs_approval", "ご本人の承認待ち", "waits for the holder's signature"),
    ("state.held", "保留中", "held"),
    ("state.waiting", "受け取り待ち", "waits to be taken"),
    ("state.booked", "完了", "booked"),
    ("state.posted", "完了", "booked"),
    ("state.refused", "不成立（お金は動いていない）", "refused; no money moved"),
    ("state.cancelled", "取り消し（お金は戻った）", "cancelled; the money is back"),
    ("state.returned", "受け取られず戻った", "not taken; the money is back"),
    ("state.by_hand", "係員が振り込む", "to be transferred by staff"),
    ("state.open_item", "結果を確認中", "its end is being found out"),
    ("link.unconfirmed", "確認待ち（引き落とせない）", "waits for confirmation; debits nothing"),
    ("link.active", "有効", "in force"),
    ("link.suspended", "停止中", "stopped"),
    ("link.revoked", "終了", "ended"),
    ("link.ended", "終了", "ended"),
    ("link.lapsed", "確認されず失効", "lapsed unconfirmed"),
    ("route.passkey", "パスキー", "a passkey"),
    ("route.jpki", "マイナンバーカード", "an identity card (JPKI)"),
    ("route.branch", "窓口での本人確認", "papers seen at a branch"),
    ("route.call", "届け出の番号からの電話", "a call from the number on file"),
    ("route.atm", "キャッシュカードと暗証番号（ATM）", "cash card and PIN at a machine"),
    ("route.post", "届け出の住所への手紙", "a letter to the address on file"),
    ("route.at the bank", "銀行の画面", "at the bank"),
    ("answer.signed", "署名した", "signed"),
    ("answer.refused", "断った", "refused"),
    ("answer.pressed", "ボタンで確認した", "confirmed by a press"),
    ("why.asked_victim", "届け出た人に質問し、返事を待つ", "whoever reported was asked"),
    ("why.asked_police", "警察に照会し、返事を待つ", "the police were asked"),
    ("why.asked_partner", "もう一方の会社に照会し、返事を待つ", "the other company was asked"),
    (
        "evidence.signed",
        "ご本人がこの取引に署名した記録",
        "the person signed exactly these movements",
    ),
    ("evidence.paid_back", "すでに戻っている", "the money is back already"),
    ("evidence.not_booked", "お金は出ていっていない", "no money left the account"),
    ("evidence.taken_back", "ご本人が書面で取り下げた", "taken back in writing"),
    ("evidence.found", "裁判所や警察の書面", "a paper of a court or the police"),
    ("cause.wallet", "ウォレットの会社が別人を通した", "the wallet company let a wrong person in"),
    ("cause.bank", "銀行が別人の同意を通した", "the bank let a wrong person agree"),
    ("cause.other", "両方、またはどちらでもない", "both, or neither"),
    ("claim.received", "受け付けた", "received"),
    ("claim.investigating", "調べている", "looked into"),
    ("claim.paused", "期限を止めて返事を待っている", "waits; the clock stands still"),
    ("claim.pay_proposed", "支払いの承認待ち", "payment waits for a second person"),
    ("claim.refusal_proposed", "お断りの承認待ち", "refusal waits for a second person"),
    ("claim.paying", "支払い中", "being paid"),
    ("claim.paid", "支払い済み", "paid"),
    ("claim.refused", "証拠により補償しない", "refused by evidence"),
    ("side.wallet", "ウォレットの会社", "the wallet company"),
    ("side.bank", "銀行", "the bank"),
    ("channel.mail", "メール", "mail"),
    ("channel.sms", "SMS", "SMS"),
    ("channel.post", "手紙（転送不要）", "letter"),
    ("channel.push", "端末の画面（プッシュ）", "push"),
    ("told.sent", "渡した（配達する会社が受け取った）", "handed over; its carrier took it"),
    ("told.due", "まだ渡せていない（送り直している）", "not handed over yet; tried again"),
    ("told.given_up", "届けられなかった", "could not be delivered"),
    ("letter.written", "差し出し前", "not posted yet"),
    ("letter.posted", "差し出された", "posted"),
    ("letter.returned", "戻ってきた", "came back"),
    ("line.taken", "受領された", "acknowledged"),
    ("line.waits", "まだ受領されていない", "not acknowledged yet"),
    ("line.refused", "相手が受け取りを断った", "refused by the other company"),
    ("line.given_up", "送るのをやめた", "given up"),
    ("signal.link-status-changed", "連携の状態が変わった", "the link's status changed"),
    ("signal.debit-disputed", "引き落としに覚えがないという申し出", "a debit is disputed"),
    ("signal.case-shared", "同じ受付番号の案件の進み具合", "how far the shared case is"),
    ("signal.account-disabled", "利用者のログインが止められた", "the account was disabled"),
    ("signal.credential-compromise", "認証の手段が盗まれた", "a credential was stolen"),
    ("signal.identifier-changed", "連絡先が変わった", "a contact changed"),
    (
        "signal.identifier-recycled",
        "連絡先が別の人のものになった",
        "a contact belongs to somebody else",
    ),
    ("signal.recovery-activated", "アカウントの復旧が申し込まれた", "recovery was asked for"),
    ("signal.session-revoked", "ログインをすべて終わらせた", "sessions were ended"),
    ("signal.credential-change", "認証の手段が変わった", "a credential changed"),
    ("signal.assurance-level-change", "本人確認の水準が変わった", "the level of assurance changed"),
    ("signal.stream-updated", "知らせの回線の設定が変わった", "the stream was changed"),
    ("signal.verification", "回線の確認", "a check of the line"),
    ("status.suspended", "停止", "suspended"),
    ("status.revoked", "終了", "ended"),
    ("status.released", "再開", "released"),
    ("status.reported", "届け出があった", "reported"),
    ("status.paid", "被害者へ支払った", "the victim was paid"),
    ("did.log", "記録した", "kept on record"),
    ("did.lower_caps", "上限を下げた", "lowered the caps"),
    ("did.hold", "一時的に止めて確かめる", "held until looked at"),
    ("did.suspend", "連携を止めた", "suspended the link"),
    ("did.notify", "係員に知らせた", "told staff"),
];

fn found(what: &str) -> Option<&'static Act> {
    ACTS.iter().find(|act| act.what == what)
}

/// Whether an act of the record has words. One without never stands in a pack.
#[must_use]
pub fn has_words(what: &str) -> bool {
    found(what).is_some()
}

/// Whether a kind of event between the companies has words. One without never stands in a pack.
#[must_use]
pub fn signal_has_words(kind: &str) -> bool {
    word("signal", kind).is_some()
}

/// Whether the person of a case did this, or was told of it.
pub(super) fn is_of_the_person(what: &str) -> bool {
    found(what).is_some_and(|act| act.is_theirs)
}

/// Where an act stands among others of the same moment.
pub(super) fn rank(what: &str) -> u8 {
    found(what).map_or(NOTED, |act| act.rank)
}

/// The sentence of an act in both languages.
pub(super) fn sentence(what: &str, with: &BTreeMap<String, String>) -> (String, String) {
    let Some(act) = found(what) else { return (what.to_owned(), what.to_owned()) };
    let (mut ja, mut en) = (act.ja.to_owned(), act.en.to_owned());
    for (name, value) in with {
        let (in_ja, in_en) = both(kind_of(name), value);
        let mark = format!("{{{name}}}");
        ja = ja.replace(&mark, &in_ja);
        en = en.replace(&mark, &in_en);
    }
    let begins = en.chars().next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let rest: String = en.chars().skip(1).collect();
    (ja, format!("{begins}{rest}"))
}

/// Values of a sentence that are words of the record themselves.
fn kind_of(name: &str) -> &str {
    match name {
        "payer" | "company" => "side",
        other => other,
    }
}

fn word(kind: &str, value: &str) -> Option<(&'static str, &'static str)> {
    let key = format!("{kind}.{value}");
    let found = WORDS.iter().find(|(name, ..)| *name == key);
    found.map(|(_, ja, en)| (*ja, *en))
}

/// A value in both languages; as it is where it is no word of the record: an amount, an account.
pub(super) fn both(kind: &str, value: &str) -> (String, String) {
    word(kind, value).map_or_else(
        || (value.to_owned(), value.to_owned()),
        |(ja, en)| (ja.to_owned(), en.to_owned()),
    )
}

/// The same on one line: `完了 / booked`.
pub(super) fn line(kind: &str, value: &str) -> String {
    let (ja, en) = both(kind, value);
    if ja == en { ja } else { format!("{ja} / {en}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_has_its_words_once_and_in_both_languages() {
        for (at, act) in ACTS.iter().enumerate() {
            assert!(!act.ja.is_ascii() && act.en.is_ascii(), "{}", act.what);
            assert!(ACTS.iter().skip(at + 1).all(|other| other.what != act.what), "{}", act.what);
            let marks = |text: &str| {
                let mut marks: Vec<String> = text
                    .split('{')
                    .skip(1)
                    .filter_map(|part| Some(part.split_once('}')?.0.to_owned()))
                    .collect();
                marks.sort();
                marks.dedup();
                marks
            };
            assert_eq!(marks(act.ja), marks(act.en), "{}", act.what);
        }
        for (at, (name, _, en)) in WORDS.iter().enumerate() {
            assert!(en.is_ascii(), "{name}");
            assert!(WORDS.iter().skip(at + 1).all(|(other, ..)| other != name), "{name}");
        }
    }

    #[test]
    fn what_must_not_become_known_has_no_words_here() {
        for secret in ["疑", "suspic", "制裁", "sanction", "screening", "exchange"] {
            let is_told = |text: &str| text.to_lowercase().contains(secret);
            assert!(!ACTS.iter().any(|act| is_told(act.ja) || is_told(act.en)), "{secret}");
            assert!(!WORDS.iter().any(|(_, ja, en)| is_told(ja) || is_told(en)), "{secret}");
        }
        for noted in ["case.exchange_match", "case.lookback", "case.recoup_asked", "case.x"] {
            assert!(!has_words(noted), "{noted}");
        }
    }
}
